/* ui_inspector.c: see ui_inspector.h. Pure but for the heap. */

#include "ui/ui_inspector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "ui/commands_sessions.h"
#include "ui/ui_held.h"

/* Asks the image of what is inspected; PARAMETERS is taken over. */
static struct ui_ask *
ask_image (struct ui *self, enum ui_ask_kind kind, const char *command, struct json *parameters)
{
    const struct model_inspector *inspector = &self->inspector;
    char peer[STUI_ACTOR_ID_MAX + 1], tag[64];
    snprintf (tag, sizeof tag, "%.40s/%llu", self->terminal_id,
              (unsigned long long) self->last_ref + 1);
    json_set_text (parameters, "session_id", inspector->session);
    char *text = json_print (parameters);
    json_destroy (&parameters);
    struct msg *msg = msg_new (ui_peer (inspector->image, peer), MSG_COMMAND, self->last_ref + 1,
                               command, text, ui_held_patience_ms (self, inspector->image), tag);
    free (text);
    return ui_ask (self, kind, inspector->image, msg);
}

/* The image need not keep these objects any longer. */
static void
release (struct ui *self)
{
    struct json *ids = model_inspector_ids (&self->inspector);
    if (json_count (ids) == 0) {
        json_destroy (&ids);
        return;
    }
    struct json *parameters = json_object ();
    json_set (parameters, "object_ids", ids);
    ask_image (self, UI_ASK_RELEASE, "release", parameters);
}

/* Whether what is inspected is WORKSPACE's session's. */
static bool
is_inspected (const struct ui *self, const struct workspace *workspace)
{
    const struct model_inspector *inspector = &self->inspector;
    return inspector->root && strcmp (workspace->session, inspector->session) == 0
           && strcmp (workspace->image, inspector->image) == 0;
}

/* What is kept of it with its session is another one, or NONE. */
static void
note_kept (struct ui *self, bool none)
{
    for (size_t index = 0; index < self->workspace_count; index++) {
        struct workspace *workspace = self->workspaces[index];
        if (!is_inspected (self, workspace))
            continue;
        workspace->inspected_none = none;
        if (workspace->mine)
            workspace_note_edit (workspace, self->now);
    }
}

void
ui_inspector_open (struct ui *self, const struct workspace *workspace, const char *code,
                   const struct json *result)
{
    if (!json_get_text (result, "object_id"))
        return;
    release (self);
    note_kept (self, true); /* of the one before, perhaps another session's */
    model_inspector_forget_path (&self->inspector);
    model_inspector_open (&self->inspector, workspace->image, workspace->session, code, result);
    if (self->current == workspace && self->screen == SCREEN_WORKSPACE)
        ui_show (self, SCREEN_INSPECTOR);
    note_kept (self, false);
}

void
ui_inspector_attach (struct ui *self)
{
    int64_t from;
    struct inspector_node *node = model_inspector_wants (&self->inspector, &from);
    if (!node || !ui_sees (self, SCREEN_INSPECTOR) || self->model.link != MODEL_LINKED
        || self->ask_count >= UI_ASKS_MAX) /* it is asked for when an answer has made room */
        return;
    struct json *parameters = json_object ();
    json_set_text (parameters, "object_id", node->object_id);
    json_set_number (parameters, "from", from);
    json_set_number (parameters, "count", INSPECTOR_PAGE);
    struct ui_ask *ask = ask_image (self, UI_ASK_INSPECT, "inspect", parameters);
    node->asked = ask != NULL;
    if (ask)
        ask->edited = node->number;
}

/* What was evaluated again, because its objects had gone. */
static void
answer_again (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
              const struct json *result)
{
    struct model_inspector *inspector = &self->inspector;
    if (!inspector->root || inspector->root->number != ask->edited)
        return; /* something else is inspected since */
    if (!result || json_get_bool (result, "has_error", false)
        || !json_get_text (result, "object_id")) {
        const char *text = json_get_text (result, "result");
        ui_say (self, ROLE_ERROR, "%s: %s", inspector->image,
                !result ? msg_text (msg, 1)
                : text  ? text
                        : "it gave no object");
        return;
    }
    char *code = stui_strdup (inspector->root->name);
    char image[sizeof inspector->image], session[sizeof inspector->session];
    memcpy (image, inspector->image, sizeof image);
    memcpy (session, inspector->session, sizeof session);
    model_inspector_keep_path (inspector);
    model_inspector_open (inspector, image, session, code, result);
    free (code);
}

void
ui_inspector_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                     const struct json *result)
{
    if (ask->kind == UI_ASK_RELEASE)
        return;
    if (ask->kind == UI_ASK_INSPECT_AGAIN) {
        answer_again (self, ask, msg, result);
        return;
    }
    if (result) {
        model_inspector_take (&self->inspector, ask->edited, result);
        return;
    }
    int err = msg->verb == MSG_ERROR ? stui_err_from_word (msg_text (msg, 0)) : STUI_E_INTERNAL;
    const char *why = msg->verb == MSG_ERROR ? msg_text (msg, 1) : "the answer was damaged";
    bool gone = err == STUI_E_OBJECT_NOT_FOUND || err == STUI_E_SESSION_NOT_FOUND;
    model_inspector_refused (&self->inspector, ask->edited,
                             gone ? "the image was started again, or has let it go" : why, gone);
    if (!gone)
        ui_say (self, ROLE_ERROR, "%s: %s", ask->image, why);
}

void
ui_inspector_give_up (struct ui *self, const struct ui_ask *ask)
{
    model_inspector_refused (&self->inspector, ask->edited, "given up", false);
}

void
ui_inspector_keep (const struct ui *self, const struct workspace *workspace, struct json *patch)
{
    if (is_inspected (self, workspace))
        json_set (patch, "inspector", model_inspector_record (&self->inspector));
    else if (workspace->inspected_none)
        json_set (patch, "inspector", json_null ());
}

void
ui_inspector_restore (struct ui *self, const struct workspace *workspace,
                      const struct json *session)
{
    model_inspector_load (&self->inspector, workspace->image, workspace->session,
                          json_get (json_get (session, "context"), "inspector"));
}

/* ---- commands --------------------------------------------------------------------------------- */

/* Its code again: only when the user says so, for it may do more than answer an object. */
static void
evaluate_again (struct ui *ui, const struct command *self)
{
    struct model_inspector *inspector = &ui->inspector;
    const struct model_image *image = model_find (&ui->model, inspector->image);
    if (ui->read_only) {
        ui_say (ui, ROLE_WARNING, "This terminal was started read-only: nothing was sent");
        return;
    }
    if (image && image->is_protected
            ? command_asks (ui, self, "", image->name,
                            "%s is protected: type its name to evaluate the code again",
                            image->name)
            : command_asks (ui, self, "", "y", "Evaluate '%.24s' again in %.24s? y/n",
                            inspector->root->name, inspector->image))
        return;
    struct json *parameters = json_object ();
    json_set_text (parameters, "code", inspector->root->name);
    json_set_text (parameters, "mode", "inspectIt");
    struct ui_ask *ask = ask_image (ui, UI_ASK_INSPECT_AGAIN, "evaluate", parameters);
    if (ask)
        ask->edited = inspector->root->number;
}

void
command_inspector_refresh (struct ui *ui, const struct command *self, const char *argument)
{
    (void) argument;
    struct model_inspector *inspector = &ui->inspector;
    struct inspector_row *row = model_inspector_selected (inspector);
    if (!row)
        ui_say (ui, ROLE_WARNING, "Nothing is inspected: M-i in a workspace inspects");
    else if (inspector->why[0])
        evaluate_again (ui, self);
    else {
        struct inspector_node *node = row->node;
        /* A value that stands alone is seen anew with its siblings. */
        model_inspector_refresh (inspector, node->expanded || !node->parent ? node : node->parent);
    }
}

void
command_inspector_copy (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    const struct inspector_row *row = model_inspector_selected (&ui->inspector);
    if (!row) {
        ui_bell (ui);
        return;
    }
    ui_copy (ui, row->node->value, strlen (row->node->value));
    ui_say (ui, ROLE_SUCCESS, "Copied; ^V in a workspace puts it in");
}

void
command_inspector_close (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    release (ui);
    note_kept (ui, true);
    model_inspector_fini (&ui->inspector);
    ui_show (ui, ui->current ? SCREEN_WORKSPACE : SCREEN_IMAGES);
}
