/* ui_mail.c: what messages do to the ui: the link to the owner, answers, and the life of a
 * workspace's session: which one it is, the live view of it, the edit lease, writes. See
 * ui_step.h. take_answer is as long as the list of what is asked: a case for each. */

#include "ui/ui_step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "ui/commands_view.h"
#include "ui/ui_choose.h"
#include "ui/ui_files.h"
#include "ui/ui_held.h"
#include "ui/ui_history.h"
#include "ui/ui_kiosk.h"
#include "ui/ui_panels.h"
#include "ui/ui_inspector.h"
#include "ui/ui_outcomes.h"
#include "ui/ui_sessions.h"
#include "ui/ui_transcript.h"
#include "ui/ui_waits.h"

/* Events asked for at once: what the events screen keeps. */
enum { EVENTS_AT_ONCE = MODEL_EVENTS_MAX };

/* ---- what should be open -------------------------------------------------------------------- */

void
ui_connect (struct ui *self)
{
    struct msg *msg = msg_new ("registry", MSG_CONNECT, self->last_ref + 1, "[]");
    ui_ask (self, UI_ASK_CONNECT, "", msg);
}

static void
attach_events (struct ui *self)
{
    /* First the number of the last event, which none of them is asked for along with, then what came
     * shortly before it, then news. */
    bool first = self->events_after < 0;
    struct msg *msg = msg_new ("store", MSG_EVENTS_GET, self->last_ref + 1,
                               (uint64_t) (first ? 0 : self->events_after),
                               (uint64_t) (first ? 0 : EVENTS_AT_ONCE), (uint64_t) !first);
    self->listening = ui_ask (self, UI_ASK_EVENTS, "", msg) != NULL;
}

void
ui_attach (struct ui *self)
{
    if (!self->watching && self->now.mono_ms >= self->watch_ms) {
        struct msg *msg = msg_new ("registry", MSG_WATCH, self->last_ref + 1, self->model.version);
        self->watching = ui_ask (self, UI_ASK_WATCH, "", msg) != NULL;
        self->watch_ms = STUI_NEVER;
    }
    if (self->kiosk) {
        ui_kiosk_attach (self);
        return;
    }
    if (!self->listening && self->now.mono_ms >= self->listen_ms)
        attach_events (self);
    if (ui_sees (self, SCREEN_SESSIONS) && self->sessions_open == 0
        && self->now.mono_ms >= self->sessions_ms)
        ui_sessions_ask (self);
    ui_held_attach (self);
    ui_history_attach (self);
    ui_panels_attach (self);
    ui_transcript_attach (self);
    ui_inspector_attach (self);
}

static void
workspace_write (struct ui *self, struct workspace *workspace)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    enum screen_id screen = self->screen == SCREEN_HELP ? self->before : self->screen;
    const char *word = self->current == workspace ? screen_of (screen)->name : "workspace";
    struct json *patch = workspace_write_begin (workspace, word, self->now);
    ui_inspector_keep (self, workspace, patch);
    ui_panes_keep (self, workspace, patch);
    char *text = json_print (patch);
    json_destroy (&patch);
    struct msg *msg = msg_new (ui_peer (workspace->image, peer), MSG_SESSION_WRITE,
                               self->last_ref + 1, workspace->session, self->terminal_id, text);
    free (text);
    struct ui_ask *ask = ui_ask_about (self, UI_ASK_WRITE, workspace, msg);
    if (ask)
        ask->edited = workspace->edited;
    else
        workspace_write_end (workspace, 0, false, self->now);
}

/* The next step of a workspace: find its session, watch it, write, hold the lease; the lease after
 * the write, because asking for it saves what was written at once. */
void
ui_pursue (struct ui *self, struct workspace *workspace)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    ui_peer (workspace->image, peer);
    if (self->now.mono_ms >= workspace->retry_ms)
        workspace->retry_ms = STUI_NEVER;
    if (workspace->retry_ms != STUI_NEVER || self->model.link == MODEL_UNLINKED)
        return;
    if (!workspace->session[0]) {
        if (!workspace->asks_session)
            workspace->asks_session =
                ui_ask_about (self, UI_ASK_SESSION_LIST, workspace,
                              msg_new (peer, MSG_SESSION_LIST, self->last_ref + 1))
                != NULL;
        return;
    }
    if (!workspace->watches)
        workspace->watches =
            ui_ask_about (self, UI_ASK_SESSION_WATCH, workspace,
                          msg_new (peer, MSG_SESSION_WATCH, self->last_ref + 1, workspace->session,
                                   workspace->change, stui_session_state_word (workspace->state)))
            != NULL;
    ui_outcomes_pursue (self, workspace);
    if (workspace_write_is_due (workspace, self->now.mono_ms))
        workspace_write (self, workspace);
    ui_lease_pursue (self, workspace);
}

/* ---- the link ------------------------------------------------------------------------------- */

static void
take_linked (struct ui *self, const struct msg *msg)
{
    bool back = self->model.link == MODEL_UNLINKED && self->model.owner_pid != 0;
    bool early = self->model.link == MODEL_STARTING && self->watching; /* it waits in the relay */
    self->model.owner_pid = msg_number (msg, 0);
    model_set_link (&self->model, MODEL_LINKED, "", self->now);
    if (back) {
        ui_news (self, ROLE_SUCCESS, "Linked again; the owner is process %llu",
                 (unsigned long long) self->model.owner_pid);
    }
    if (!early)
        ui_connect (self);
    self->watch_ms = self->watching ? STUI_NEVER : self->now.mono_ms;
    self->listen_ms = self->now.mono_ms;
    for (size_t index = 0; index < self->workspace_count; index++) {
        struct workspace *workspace = self->workspaces[index];
        workspace->retry_ms = workspace->outcomes_ms = STUI_NEVER;
        if (workspace->lease_ms == STUI_NEVER)
            workspace->lease_ms = self->now.mono_ms + WORKSPACE_GRACE_MS;
    }
}

static void
take_unlinked (struct ui *self, const struct msg *msg)
{
    bool first = self->model.link != MODEL_UNLINKED; /* it is said again with a newer cause */
    model_set_link (&self->model, MODEL_UNLINKED, msg_text (msg, 0), self->now);
    ui_history_forget (self);
    self->model.version = 0; /* another owner counts anew, and knows of no lease */
    for (size_t index = 0; first && index < self->workspace_count; index++) {
        struct workspace *workspace = self->workspaces[index];
        workspace->change = 0;
        workspace->lease_ms = workspace->mine ? 0 : STUI_NEVER; /* who had it takes it again */
        workspace->holder[0] = '\0';
        workspace->was_mine = workspace->mine;
        workspace->mine = false;
    }
}

static void
take_stalled (struct ui *self, const struct msg *msg)
{
    const char *cause = msg_text (msg, 0);
    model_set_link (&self->model, *cause ? MODEL_STALLED : MODEL_LINKED, cause, self->now);
}

/* ---- the fleet ------------------------------------------------------------------------------ */

static void
answer_watch (struct ui *self, const struct json *result)
{
    self->watching = false;
    self->watch_ms = self->now.mono_ms
                     + (!result       ? UI_AGAIN_MS
                        : self->kiosk ? KIOSK_FRAME_MS
                                      : UI_WATCH_MS);
    if (!result)
        return;
    bool first = !self->model.listed;
    model_take_images (&self->model, result, self->now);
    if (self->model.came && !first)
        ui_connect (self); /* all: also what was added since, here or elsewhere */
    self->model.came = false;
    if (!self->kiosk)
        ui_held_tell (self);
    ui_take_alerts (self, result);
    uint64_t marks = (uint64_t) json_get_number (result, "marks", 0);
    self->marks_wanted = self->marks_wanted || marks != self->marks_seen;
    self->marks_seen = marks;
    ui_welcome_take_images (self);
    self->held_wanted = self->held_wanted || ui_sees (self, SCREEN_HELD);
    if (self->model.link == MODEL_STARTING) /* an answer is a link, whoever says so later */
        model_set_link (&self->model, MODEL_LINKED, "", self->now);
    if (!self->restored) {
        self->restored = true;
        ui_ask (self, UI_ASK_STORED, "",
                msg_new ("store", MSG_SESSIONS_LOAD, self->last_ref + 1, ""));
    }
    /* Who waited for an image to be there need not wait longer. */
    for (size_t index = 0; index < self->workspace_count; index++) {
        struct workspace *workspace = self->workspaces[index];
        const struct model_image *image = model_find (&self->model, workspace->image);
        if (image && image->state == STUI_IMAGE_ONLINE && !workspace->session[0]
            && !workspace->replaced)
            workspace->retry_ms = STUI_NEVER;
    }
}

/* That the configuration is wrong is said until it was read again, well. */
static void
say_config (struct ui *self, const char *kind, const char *text)
{
    bool wrong = strcmp (kind, "config_error") == 0;
    if (!wrong && strcmp (kind, "config_read") != 0)
        return;
    if (wrong)
        ui_news (self, ROLE_ERROR, "%s", text);
    else if (self->config_wrong || self->keys_trouble[0])
        ui_news (self, ROLE_NORMAL, "%s", text);
    self->config_wrong = wrong;
    ui_tell (self, msg_new ("main", MSG_CONFIG_STALE, 0)); /* this terminal's own part of it */
}

/* What is wrong for all images is said at once, whatever screen is seen. */
static void
say_news (struct ui *self, const struct json *events)
{
    for (const struct json *event = json_first (events); event; event = json_next (event)) {
        const char *kind = json_get_text (event, "kind"), *text = json_get_text (event, "text");
        int64_t seq = json_get_number (event, "seq", 0);
        if (seq <= self->events_said)
            continue;
        self->events_said = seq;
        if (kind && text)
            say_config (self, kind, text);
    }
}

static void
answer_events (struct ui *self, const struct json *result)
{
    self->listening = false;
    self->listen_ms = self->now.mono_ms;
    if (!result) {
        self->listen_ms += UI_AGAIN_MS;
    }
    else if (self->events_after < 0) {
        int64_t last = json_get_number (result, "last_seq", 0);
        self->events_said = last;
        self->events_after = last > EVENTS_AT_ONCE ? last - EVENTS_AT_ONCE : 0;
    }
    else if (json_get_number (result, "last_seq", 0) < self->events_after) {
        self->events_said = json_get_number (result, "last_seq", 0);
        self->events_after = 0; /* another database: its numbers began anew */
        self->listen_ms += UI_AGAIN_MS;
    }
    else {
        model_take_events (&self->model, result);
        say_news (self, json_get (result, "events"));
        if (json_count (json_get (result, "events")) > 0)
            ui_refresh_sessions (self);
        if (json_count (json_get (result, "events")) == 0)
            self->listen_ms += UI_AGAIN_MS; /* not in a circle */
        if (self->model.last_seq > self->events_after)
            self->events_after = self->model.last_seq;
    }
}

/* Of all stored sessions the workspace that was edited last: it is opened, and says itself which
 * screen was left. */
static void
answer_stored (struct ui *self, const struct json *result)
{
    const struct json *newest = NULL;
    const char *when = "";
    const struct json *session = json_first (json_get (result, "sessions"));
    for (; session; session = json_next (session)) {
        const char *name = json_get_text (session, "name"),
                   *image = json_get_text (session, "image");
        const char *modified = json_get_text (session, "last_modified");
        bool ours = json_get_bool (session, "terminal", false)
                    || (name && strcmp (name, WORKSPACE_NAME) == 0);
        if (!ours || !image || !modified || !json_get_bool (session, "open", false)
            || !model_find (&self->model, image) || strcmp (modified, when) < 0)
            continue;
        newest = session;
        when = modified;
    }
    if (!newest || self->current)
        return;
    const char *id = json_get_text (newest, "session_id");
    ui_open_session (self, json_get_text (newest, "image"),
                     id && strlen (id) == STUI_UUID_LEN ? id : "", false);
    if (!self->touched)
        model_select_name (&self->model, self->current->image);
}

/* ---- a workspace's session ------------------------------------------------------------------ */

static void
workspace_trouble (struct ui *self, struct workspace *workspace, const char *why)
{
    snprintf (workspace->trouble, sizeof workspace->trouble, "%s", why);
    workspace->retry_ms = self->now.mono_ms + UI_AGAIN_MS;
}

static void
workspace_set_session (struct workspace *workspace, const char *id)
{
    snprintf (workspace->session, sizeof workspace->session, "%s", id);
    workspace->change = 0;
    workspace->trouble[0] = '\0';
    workspace->replaced = false;
    workspace->former[0] = '\0';
}

/* Its session of the image that was here before is the one's that is here now: it was adopted. */
static bool
was_adopted (const struct workspace *workspace, const struct json *list)
{
    const struct json *one = json_first (json_get (list, "sessions"));
    for (; one; one = json_next (one)) {
        const char *id = json_get_text (one, "session_id"), *state = json_get_text (one, "state");
        if (id && state && strcmp (id, workspace->former) == 0)
            return strcmp (state, stui_session_state_word (STUI_SESSION_CLOSED)) != 0;
    }
    return false;
}

static void
workspace_take_former (struct ui *self, struct workspace *workspace)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    struct msg *msg = msg_new (ui_peer (workspace->image, peer), MSG_SESSION_RESTORE,
                               self->last_ref + 1, workspace->former);
    struct ui_ask *ask = ui_ask (self, UI_ASK_ORDER, workspace->image, msg);
    if (!ask)
        return; /* there is no room for a question now: it is looked for again */
    snprintf (ask->said, sizeof ask->said, "Session %.40s was adopted and is open",
              workspace->name ? workspace->name : "");
    char id[STUI_UUID_LEN + 1];
    memcpy (id, workspace->former, sizeof id);
    workspace_set_session (workspace, id);
}

/* It had a session, and its image is away: whoever took that away does not want another in its place.
 * The text stays here; it joins a session when there is one again. */
static bool
was_put_away (const struct ui *self, const struct workspace *workspace)
{
    const struct model_image *image = model_find (&self->model, workspace->image);
    return workspace->loaded && image && image->state != STUI_IMAGE_ONLINE;
}

static void
answer_session_list (struct ui *self, struct workspace *workspace, const struct json *result,
                     const char *why)
{
    const char *id = ui_sessions_choose (result);
    workspace->asks_session = false;
    if (!result)
        workspace_trouble (self, workspace, why);
    else if (workspace->former[0] && !self->read_only && was_adopted (workspace, result))
        workspace_take_former (self, workspace);
    else if (id)
        workspace_set_session (workspace, id);
    else if (self->read_only)
        workspace_trouble (self, workspace, "it has no session, and this terminal makes none");
    else if (workspace->replaced && workspace->edited == workspace->replaced_edits)
        workspace_trouble (
            self, workspace,
            "Another image answers here: typing begins a session in it, :adopt takes "
            "over that of the old one");
    else if (was_put_away (self, workspace))
        workspace_trouble (
            self, workspace,
            "Its session is not there any more: :undo-cleanup brings back one that was put away");
    else {
        char peer[STUI_ACTOR_ID_MAX + 1];
        struct msg *msg = msg_new (ui_peer (workspace->image, peer), MSG_SESSION_NEW,
                                   self->last_ref + 1, WORKSPACE_NAME, "{}");
        workspace->asks_session = ui_ask_about (self, UI_ASK_SESSION_NEW, workspace, msg) != NULL;
    }
}

static void
answer_session_new (struct ui *self, struct workspace *workspace, const struct json *result,
                    const char *why)
{
    const char *id = json_get_text (result, "session_id");
    workspace->asks_session = false;
    if (id && strlen (id) <= STUI_UUID_LEN)
        workspace_set_session (workspace, id);
    else
        workspace_trouble (self, workspace, why);
    ui_say_place (self, workspace->image, result);
}

static void
say_taken (struct ui *self)
{
    ui_news (self, ROLE_WARNING,
             "Another terminal took over; M-e and M-u bring back what you typed last");
}

/* RESULT has the workspace's session in another state than BEFORE: who closed it, and what brings it back. */
static void
say_closed (struct ui *self, const struct workspace *workspace, enum stui_session_state before,
            const struct json *result)
{
    const char *by = json_get_text (result, "closed_by");
    bool terminal = by && strlen (by) == STUI_UUID_LEN;
    if (workspace->state != STUI_SESSION_CLOSED || before == workspace->state
        || (by && strcmp (by, self->terminal_id) == 0))
        return;
    ui_news (self, ROLE_WARNING, "Session %.60s was closed%s%s%s%s", workspace->name,
             !by        ? ""
             : terminal ? " by another terminal"
                        : " by `",
             by && !terminal ? by : "", by && !terminal ? "`" : "",
             self->read_only ? "" : ": M-e opens it again, its variables are gone");
}

static void
answer_session_watch (struct ui *self, struct workspace *workspace, const struct json *result,
                      int err, const char *why, bool replaced)
{
    workspace->watches = false;
    if (!result) {
        if (err == STUI_E_SESSION_NOT_FOUND) {
            memcpy (workspace->former, workspace->session, sizeof workspace->former);
            workspace->session[0] = '\0';
        }
        /* What is not saved yet wants a session at once. */
        if (replaced && workspace_is_saved (workspace)) {
            workspace->replaced = true;
            workspace->replaced_edits = workspace->edited;
        }
        if (err != STUI_E_ACTOR_ENDED) /* then the link says what is wrong */
            workspace_trouble (self, workspace, why);
        else
            workspace->retry_ms = self->now.mono_ms + UI_AGAIN_MS;
        return;
    }
    bool unsaved = !workspace_is_saved (workspace), had = workspace->mine && unsaved;
    enum stui_session_state before = workspace->loaded ? workspace->state : STUI_SESSION_CLOSED;
    const char *view = workspace_take_session (workspace, result, self->terminal_id, self->now);
    if (had && !workspace->mine && workspace->holder[0])
        say_taken (self);
    if (json_get_bool (result, "recreated", false))
        ui_news (
            self, ROLE_WARNING,
            "%s has the session again, made from what is kept here: its variables' values are gone",
            workspace->image);
    say_closed (self, workspace, before, result);
    if (json_get_bool (result, "theirs_taken", false) && !unsaved && !json_get (result, "mine_is"))
        ui_news (self, ROLE_WARNING,
                 "Session %.60s is the version of %s now; M-u brings back what stood here",
                 workspace->name, workspace->image);
    ui_say_place (self, workspace->image, result);
    int screen = view ? screen_from_name (view) : -1;
    if (view)
        ui_inspector_restore (self, workspace, result);
    if (view && ui_panes_restore (self, workspace, result))
        return;
    if (screen == SCREEN_WORKSPACE && !self->touched && workspace == self->current
        && self->panes.count == 1)
        ui_show (self, SCREEN_WORKSPACE);
}

static void
answer_lease (struct ui *self, struct workspace *workspace, const struct json *result,
              const char *why)
{
    workspace->asks_lease = false;
    if (!result) {
        if (workspace->wants_lease)
            ui_say (self, ROLE_WARNING, "Not yet: %s", why);
        workspace->wants_lease = false;
        workspace_trouble (self, workspace, why);
        return;
    }
    const char *holder = json_get_text (result, "holder");
    snprintf (workspace->holder, sizeof workspace->holder, "%s", holder ? holder : "");
    workspace->mine = strcmp (workspace->holder, self->terminal_id) == 0;
    workspace->was_mine = workspace->was_mine && !workspace->holder[0];
    workspace->lease_ms = self->now.mono_ms + UI_RENEW_MS;
    if (!workspace->holder[0])
        workspace->retry_ms = self->now.mono_ms + UI_AGAIN_MS;
    if (workspace->wants_lease && workspace->mine) {
        ui_say (self, ROLE_SUCCESS, "This terminal edits it now");
        workspace->wants_lease = false;
    }
    if (workspace->mine && workspace->edited != workspace->saved
        && workspace->write_due_ms == STUI_NEVER)
        workspace->write_due_ms = self->now.mono_ms;
}

static void
answer_write (struct ui *self, struct workspace *workspace, uint64_t edited,
              const struct json *result, int err, const char *why)
{
    workspace_write_end (workspace, edited, result != NULL, self->now);
    if (result) {
        workspace->trouble[0] = '\0';
        return;
    }
    if (err == STUI_E_PERMISSION) {
        workspace->mine = false; /* the session's next change says who has it */
        say_taken (self);
    }
    else if (err != STUI_E_ACTOR_ENDED)
        snprintf (workspace->trouble, sizeof workspace->trouble, "%s", why);
}

/* ---- evaluations ---------------------------------------------------------------------------- */

static void
answer_interrupt (struct ui *self, const struct json *result, const char *why)
{
    if (!result)
        ui_say (self, ROLE_WARNING, "Not interrupted: %s", why);
    else if (!json_get_bool (result, "interrupted", false))
        ui_say (self, ROLE_WARNING, "The image did not interrupt it; it may have ended already");
}

/* ---- answers -------------------------------------------------------------------------------- */

static struct workspace *
workspace_of (const struct ui *self, uint64_t number)
{
    for (size_t index = 0; index < self->workspace_count; index++)
        if (self->workspaces[index]->number == number)
            return self->workspaces[index];
    return NULL;
}

/* Whether MSG refuses because another image answers there. */
static bool
was_replaced (const struct msg *msg)
{
    struct json *details = msg->verb == MSG_ERROR ? json_parse_text (msg_text (msg, 2)) : NULL;
    bool replaced = json_get_bool (details, "replaced", false);
    json_destroy (&details);
    return replaced;
}

/* The workspace's share of an answer. */
static void
take_workspace_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                       const struct json *result)
{
    struct workspace *workspace = workspace_of (self, ask->workspace);
    const char *why = msg->verb == MSG_ERROR ? msg_text (msg, 1) : "the answer was damaged";
    int err = msg->verb == MSG_ERROR ? stui_err_from_word (msg_text (msg, 0)) : 0;
    if (!workspace)
        return;
    switch (ask->kind) {
    case UI_ASK_SESSION_LIST:
        answer_session_list (self, workspace, result, why);
        break;
    case UI_ASK_SESSION_NEW:
        answer_session_new (self, workspace, result, why);
        break;
    case UI_ASK_SESSION_WATCH:
        answer_session_watch (self, workspace, result, err, why, was_replaced (msg));
        break;
    case UI_ASK_LEASE:
        answer_lease (self, workspace, result, why);
        break;
    case UI_ASK_WRITE:
        answer_write (self, workspace, ask->edited, result, err, why);
        break;
    case UI_ASK_EVALUATE:
        ui_evaluate_answer (self, workspace, msg, result);
        break;
    case UI_ASK_OUTCOME:
        ui_outcomes_answer (self, workspace, msg, result);
        break;
    case UI_ASK_FILE_OPEN:
    case UI_ASK_FILE_LOOK:
    case UI_ASK_FILE_WRITE:
        ui_file_answer (self, ask, msg, result);
        break;
    case UI_ASK_COMPLETE:
        ui_chooser_answer (self, ask, msg, result);
        break;
    default:
        answer_interrupt (self, result, why);
    }
}

static void
take_order_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                   const struct json *result)
{
    ui_refresh_sessions (self);
    self->held_wanted = self->held_wanted || ui_sees (self, SCREEN_HELD);
    if (msg->verb == MSG_OK)
        ui_say (self, ROLE_SUCCESS, "%s%s", ask->said,
                json_get_bool (result, "recreated", false)
                    ? ": its texts are here, its variables' values are gone"
                    : "");
    else
        ui_say (self, ROLE_ERROR, "%s", msg_text (msg, 1));
    ui_say_place (self, ask->image, result);
}

/* Who makes what of the answer to a question of each kind; none: what follows tells itself (a watch what
 * became of a connection, an evaluation that it was interrupted). */
static void (*const takers[UI_ASK_COUNT]) (struct ui *self, const struct ui_ask *ask,
                                           const struct msg *msg, const struct json *result) = {
    [UI_ASK_SESSIONS] = ui_sessions_answer,
    [UI_ASK_SESSIONS_LIVE] = ui_sessions_answer,
    [UI_ASK_SESSION_BEGIN] = ui_sessions_answer,
    [UI_ASK_SESSION_COPY] = ui_sessions_answer,
    [UI_ASK_VERSIONS] = ui_versions_answer,
    [UI_ASK_CLEANUP] = ui_cleanup_answer,
    [UI_ASK_CLEANED] = ui_cleanup_answer,
    [UI_ASK_MARKS] = ui_history_answer,
    [UI_ASK_FAVOURITE] = ui_history_answer,
    [UI_ASK_LAYOUT] = ui_history_answer,
    [UI_ASK_MARKED] = ui_history_answer,
    [UI_ASK_HISTORY] = ui_history_answer,
    [UI_ASK_KIOSK] = ui_history_answer,
    [UI_ASK_PROBE] = ui_panels_answer,
    [UI_ASK_EDIT] = ui_panels_answer,
    [UI_ASK_FAN] = ui_panels_answer,
    [UI_ASK_WELCOME] = ui_panels_answer,
    [UI_ASK_WELCOME_ADD] = ui_panels_answer,
    [UI_ASK_TRANSCRIPT] = ui_transcript_answer,
    [UI_ASK_TRANSCRIPT_SAVE] = ui_transcript_answer,
    [UI_ASK_INSPECT] = ui_inspector_answer,
    [UI_ASK_INSPECT_AGAIN] = ui_inspector_answer,
    [UI_ASK_RELEASE] = ui_inspector_answer,
    [UI_ASK_HELD] = ui_held_answer,
    [UI_ASK_HELD_SEND] = ui_held_answer,
    [UI_ASK_ORDER] = take_order_answer,
    [UI_ASK_SESSION_LIST] = take_workspace_answer,
    [UI_ASK_SESSION_NEW] = take_workspace_answer,
    [UI_ASK_SESSION_WATCH] = take_workspace_answer,
    [UI_ASK_LEASE] = take_workspace_answer,
    [UI_ASK_WRITE] = take_workspace_answer,
    [UI_ASK_EVALUATE] = take_workspace_answer,
    [UI_ASK_OUTCOME] = take_workspace_answer,
    [UI_ASK_INTERRUPT] = take_workspace_answer,
    [UI_ASK_COMPLETE] = take_workspace_answer,
    [UI_ASK_FILE_OPEN] = take_workspace_answer,
    [UI_ASK_FILE_LOOK] = take_workspace_answer,
    [UI_ASK_FILE_WRITE] = take_workspace_answer,
};

static void
take_answer (struct ui *self, const struct msg *msg)
{
    struct ui_ask ask = {.kind = UI_ASK_COUNT};
    for (size_t index = 0; index < self->ask_count; index++)
        if (self->asks[index].ref == msg->ref) {
            ask = self->asks[index];
            self->asks[index] = self->asks[--self->ask_count];
            break;
        }
    struct json *result = msg->verb == MSG_OK ? json_parse_text (msg_text (msg, 0)) : NULL;
    if (ask.given_up)
        ui_waits_late (self, &ask, msg);
    else if (ask.kind == UI_ASK_WATCH)
        answer_watch (self, result);
    else if (ask.kind == UI_ASK_EVENTS)
        answer_events (self, result);
    else if (ask.kind == UI_ASK_STORED)
        answer_stored (self, result);
    else if (ask.kind < UI_ASK_COUNT && takers[ask.kind])
        takers[ask.kind](self, &ask, msg, result);
    json_destroy (&result);
}

void
ui_take_message (struct ui *self, const struct msg *msg, struct ui_now now)
{
    self->now = now;
    switch (msg->verb) {
    case MSG_OK:
    case MSG_ERROR:
        take_answer (self, msg);
        break;
    case MSG_LINKED:
        take_linked (self, msg);
        break;
    case MSG_UNLINKED:
        take_unlinked (self, msg);
        break;
    case MSG_STALLED:
        take_stalled (self, msg);
        break;
    case MSG_CONFIGURED:
        ui_configure (self, msg);
        break;
    default:
        break; /* the actor has its table of verbs: nothing else comes here */
    }
    ui_take_time (self, now);
}
