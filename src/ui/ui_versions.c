/* ui_versions.c: see ui_versions.h. */

#include "ui/ui_versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/versions.h"
#include "ui/layout.h"
#include "ui/ui_step.h"
#include "ui/versions_view.h"

void
ui_versions_fini (struct ui_versions *self)
{
    free (self->text);
    *self = (struct ui_versions){0};
}

void
ui_versions_close (struct ui *self)
{
    ui_versions_fini (&self->versions);
    self->details.keys = false;
    self->details.top = 0;
}

void
ui_versions_open (struct ui *self, const struct model_session *session, int64_t from, int64_t to)
{
    struct ui_versions *versions = &self->versions;
    char peer[STUI_ACTOR_ID_MAX + 1];
    bool conflict = session->conflict && from == 0 && to == 0;
    const char *key = session->key ? session->key : "";
    struct msg *msg =
        conflict ? msg_new (ui_peer (session->image, peer), MSG_SESSION_SHOW, self->last_ref + 1,
                            session->id)
                 : msg_new ("store", MSG_SESSION_VERSIONS, self->last_ref + 1, key, session->id);
    struct ui_ask *ask = ui_ask (self, UI_ASK_VERSIONS, session->image, msg);
    if (!ask)
        return;
    ui_versions_fini (versions);
    *versions = (struct ui_versions){.from = from, .to = to, .asked = ask->ref};
    memcpy (versions->id, session->id, sizeof versions->id);
    memcpy (versions->image, session->image, sizeof versions->image);
    self->details.keys = true;
    self->details.top = 0;
}

void
ui_versions_give_up (struct ui *self, const struct ui_ask *ask)
{
    if (ask->ref == self->versions.asked)
        ui_versions_close (self);
}

bool
ui_versions_are_shown (const struct ui *self)
{
    const struct model_session *session = model_sessions_selected (&self->sessions);
    return session && strcmp (session->id, self->versions.id) == 0
           && strcmp (session->image, self->versions.image) == 0;
}

static enum role
line_role (const char *line)
{
    switch (line[0]) {
    case '-':
        return ROLE_ERROR;
    case '+':
        return ROLE_SUCCESS;
    case ' ':
        return ROLE_NORMAL;
    default:
        return ROLE_DIM;
    }
}

int
ui_versions_lines (const struct ui *self, struct grid *grid, struct rect area, int row)
{
    const char *text = self->versions.text ? self->versions.text : "Reading …\n";
    while (*text) {
        size_t size = strcspn (text, "\n");
        char *line = stui_strndup (text, size);
        row = layout_paragraph (grid, area, row, style_of (grid, line_role (line)), line);
        free (line);
        text += size + (text[size] == '\n');
    }
    return row;
}

/* What is shown of STORED, the versions that there are. Caller frees; NULL, with a sentence in CAUSE, when they
 * are not the ones that are wanted. */
static char *
stored_text (const struct ui_versions *self, const struct json *stored, struct ui_now now,
             struct stui_cause *cause)
{
    struct version older = {0}, newer = {0};
    bool wanted = self->from != 0 || !json_first (stored);
    if (wanted && versions_choose (stored, self->from, self->to, &older, &newer, cause) < 0)
        return NULL;
    char *text = versions_view (stored, older.generation, newer.generation, now);
    version_fini (&older);
    version_fini (&newer);
    return text;
}

void
ui_versions_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                    const struct json *result)
{
    struct ui_versions *versions = &self->versions;
    struct stui_cause cause = {0};
    if (ask->ref != versions->asked)
        return;
    const struct json *stored = json_get (result, "versions");
    if (!result)
        snprintf (cause.text, sizeof cause.text, "%s",
                  msg->verb == MSG_ERROR ? msg_text (msg, 1) : "the answer was damaged");
    else
        versions->text = stored ? stored_text (versions, stored, self->now, &cause)
                                : versions_view_conflict (result, self->now);
    if (!versions->text) {
        ui_say (self, ROLE_ERROR, "%s", cause.text);
        ui_versions_close (self);
    }
    self->dirty |= UI_DIRTY_NEWS;
}
