/* ui_sessions.c: see ui_sessions.h. */

#include "ui/ui_sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"

void
ui_refresh_sessions (struct ui *self)
{
    int64_t soon = self->now.mono_ms + (self->sessions.listed ? UI_SESSIONS_SOON_MS : 0);
    if (self->sessions_ms > soon)
        self->sessions_ms = soon;
}

void
ui_sessions_ask (struct ui *self)
{
    struct msg *msg = msg_new ("store", MSG_SESSIONS_LOAD, self->last_ref + 1, "");
    self->sessions_ms = STUI_NEVER;
    if (ui_ask (self, UI_ASK_SESSIONS, "", msg))
        self->sessions_open++;
}

/* Asks the supervisors of the first images that have sessions among those that are shown. */
static void
ask_live (struct ui *self)
{
    const char *last = "";
    size_t asked = 0;
    for (size_t at = 0; at < self->sessions.count && asked < UI_SESSIONS_LIVE_MAX; at++) {
        const struct model_session *session = &self->sessions.items[at];
        char peer[STUI_ACTOR_ID_MAX + 1];
        bool shown = !self->sessions.of[0] || strcmp (session->image, self->sessions.of) == 0;
        if (!shown || strcmp (session->image, last) == 0
            || !model_find (&self->model, session->image))
            continue;
        last = session->image;
        struct msg *msg = msg_new (ui_peer (last, peer), MSG_SESSION_LIST, self->last_ref + 1);
        if (!ui_ask (self, UI_ASK_SESSIONS_LIVE, last, msg))
            return;
        self->sessions_open++;
        asked++;
    }
}

/* The session whose copy was asked for is here: it is handed on as another's beginning. */
static void
begin_copy (struct ui *self, const struct ui_ask *ask, const struct json *shown)
{
    char peer[STUI_ACTOR_ID_MAX + 1], name[160];
    const char *its = json_get_text (shown, "name");
    const struct json *context = json_get (shown, "context");
    struct json *copy = json_object ();
    snprintf (name, sizeof name, "%.120s copy", its ? its : "session");
    json_set_text (copy, "name", name);
    json_set (copy, "context", context ? json_copy (context) : json_object ());
    char *text = json_print (copy);
    ui_ask (self, UI_ASK_SESSION_BEGIN, ask->image,
            msg_new (ui_peer (ask->image, peer), MSG_SESSION_IMPORT, self->last_ref + 1, text,
                     (uint64_t) 1));
    free (text);
    json_destroy (&copy);
}

void
ui_say_place (struct ui *self, const char *image, const struct json *result)
{
    const char *name = json_get_text (json_get (result, "gave_place"), "name");
    const char *mine = json_get_text (json_get (result, "mine_is"), "name");
    const char *its = json_get_text (result, "name");
    if (mine)
        ui_news (self, ROLE_WARNING,
                 "Session %.60s is the version of %s now; yours is session %.60s", its ? its : "",
                 image, mine);
    if (name)
        ui_news (self, ROLE_WARNING,
                 "Session %.60s gave its place on %s: its text is kept, its variables are gone",
                 name, image);
}

void
ui_sessions_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                    const struct json *result)
{
    const char *id = json_get_text (result, "session_id");
    if (!result && ask->kind != UI_ASK_SESSIONS_LIVE) /* an image that has none says so */
        ui_say (self, ROLE_ERROR, "%s", msg_text (msg, 1));
    switch (ask->kind) {
    case UI_ASK_SESSIONS:
        self->sessions_open--;
        if (result) {
            model_sessions_take_stored (&self->sessions, json_get (result, "sessions"));
            model_sessions_store_unlisted (&self->sessions, &self->model);
            ask_live (self);
        }
        break;
    case UI_ASK_SESSIONS_LIVE:
        self->sessions_open--;
        if (result)
            model_sessions_take_live (&self->sessions, ask->image, json_get (result, "sessions"));
        break;
    case UI_ASK_SESSION_COPY:
        if (result)
            begin_copy (self, ask, result);
        break;
    default:
        if (id && strlen (id) == STUI_UUID_LEN)
            ui_open_session (self, ask->image, id, true);
        ui_say_place (self, ask->image, result);
    }
    bool lists = ask->kind == UI_ASK_SESSIONS || ask->kind == UI_ASK_SESSIONS_LIVE;
    if (lists && self->sessions_open == 0 && self->sessions_ms == STUI_NEVER)
        self->sessions_ms = self->now.mono_ms + UI_SESSIONS_MS;
}

void
ui_set_filter (struct ui *self, const char *text)
{
    if (self->screen == SCREEN_SESSIONS)
        model_sessions_set_filter (&self->sessions, text);
    else if (self->screen == SCREEN_EVENTS) {
        snprintf (self->model.events_filter, sizeof self->model.events_filter, "%s", text);
        self->events_up = 0;
    }
    else if (self->screen == SCREEN_TRANSCRIPT) {
        snprintf (self->transcript.filter, sizeof self->transcript.filter, "%s", text);
        model_transcript_follow (&self->transcript);
    }
    else
        model_set_filter (&self->model, text);
}

const char *
ui_filter (const struct ui *self)
{
    return self->screen == SCREEN_SESSIONS     ? self->sessions.filter
           : self->screen == SCREEN_EVENTS     ? self->model.events_filter
           : self->screen == SCREEN_TRANSCRIPT ? self->transcript.filter
                                               : self->model.filter;
}

/* How likely SESSION is the one that is meant by opening its image. */
static int
session_rank (const struct json *session)
{
    const char *state = json_get_text (session, "state"),
               *id = json_get_text (session, "session_id");
    const char *name = json_get_text (session, "name");
    if (!id || strlen (id) > STUI_UUID_LEN || !state || strcmp (state, "closed") == 0
        || strcmp (state, "stored") == 0)
        return 0;
    bool own =
        json_get_bool (session, "terminal", false) || (name && strcmp (name, WORKSPACE_NAME) == 0);
    return own ? 2 : 1;
}

const char *
ui_sessions_choose (const struct json *list)
{
    const struct json *chosen = NULL;
    const struct json *session = json_first (json_get (list, "sessions"));
    for (; session; session = json_next (session)) {
        const char *when = json_get_text (session, "last_modified");
        const char *best = json_get_text (chosen, "last_modified");
        int more = session_rank (session) - (chosen ? session_rank (chosen) : 0);
        if (more > 0 || (more == 0 && chosen && when && best && strcmp (when, best) > 0))
            chosen = session;
    }
    return json_get_text (chosen, "session_id");
}
