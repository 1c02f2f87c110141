/* supervise_mail.c: what the switchboard brings to one image's supervision: commands of
 * terminals, and the answers of registry, store and netwatch. It is as long as the list of what others
 * answer, and so is mail_answer: a case for each. Pure but for the heap. */

#include "actors/supervise.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/json_scan.h"
#include "runtime/wire.h"

void
supervise_mail_ok (struct supervise *self, const struct msg *msg, struct json *result)
{
    char *text = json_print (result);
    supervise_send (self, msg_ok (msg, text));
    free (text);
    json_destroy (&result);
}

void
supervise_mail_refuse (struct supervise *self, const struct msg *msg, int err, const char *format,
                       ...)
{
    struct stui_cause cause;
    va_list args;
    va_start (args, format);
    stui_vfail (&cause, err, format, args);
    va_end (args);
    supervise_send (self, msg_error (msg, err, cause.text, NULL));
}

/* The answer to whoever asked for REQUEST; then it is gone. */
void
supervise_answer (struct supervise *self, struct request **request, const struct json *result)
{
    char *text = json_print (result);
    if ((*request)->peer[0])
        supervise_send (self, msg_new ((*request)->peer, MSG_OK, (*request)->ref, text));
    free (text);
    requests_remove (&self->requests, request);
}

void
supervise_refuse (struct supervise *self, struct request **request, int err, const char *format,
                  ...)
{
    struct stui_cause cause; /* cut between characters: a message is valid UTF-8, or it is lost */
    va_list args;
    va_start (args, format);
    stui_vfail (&cause, err, format, args);
    va_end (args);
    bool held = supervise_held_refused (self, *request, &cause);
    if (err == STUI_E_IN_DOUBT || err == STUI_E_NEVER_RUN)
        supervise_event (self, err == STUI_E_IN_DOUBT ? "in_doubt" : "never_run", "%s %s: %s",
                         (*request)->command, (*request)->id, cause.text);
    if ((*request)->peer[0] && !held)
        supervise_send (self, msg_new ((*request)->peer, MSG_ERROR, (*request)->ref,
                                       stui_err_word (err), cause.text, NULL));
    requests_remove (&self->requests, request);
}

/* ---- Commands ------------------------------------------------------------------------------ */

/* The session that PARAMETERS name, with the id that the image knows it by put in its place.
 * 0, or an error: then it was answered, or waits until the sessions are read. */
static int
command_session (struct supervise *self, const struct msg *msg, struct json *parameters,
                 struct session **session_p)
{
    const char *id = json_get_text (parameters, "session_id");
    if (!id)
        return 0;
    bool chosen = strcmp (id, MSG_SESSION_CURRENT) == 0;
    struct session *session =
        chosen ? sessions_current (&self->sessions) : sessions_find (&self->sessions, id);
    if (!session && chosen && !supervise_deferred_awaits (self)) { /* a throw-away scope */
        if (supervise_session_hides_current (self, msg))
            return STUI_E_LOCKED;
        struct json *named = json_take (parameters, "session_id");
        json_destroy (&named);
        return 0;
    }
    if (session && chosen) {
        json_set_text (parameters, "session_id", session->id);
        id = session->id;
    }
    if (!session && supervise_deferred_awaits (self)) {
        supervise_deferred_add (self, msg);
        return STUI_E_SESSION_NOT_FOUND;
    }
    if (!session && supervise_session_is_sealed (self, msg, id))
        return STUI_E_LOCKED;
    if (!session || !session->open) {
        supervise_mail_refuse (self, msg, STUI_E_SESSION_NOT_FOUND,
                               session
                                   ? "session %.40s of %s is not open: 'stui session restore %.40s'"
                                   : "there is no session %.40s of %s: see 'stui session ls'; "
                                     "'stui session undo' brings back what was cleaned away",
                               id, self->name, id);
        return STUI_E_SESSION_NOT_FOUND;
    }
    session->frozen = false;
    if (session->remote_id)
        json_set_text (parameters, "session_id", session->remote_id);
    *session_p = session;
    return 0;
}

bool
supervise_is_alias (const struct supervise *self)
{
    return strcmp (self->verdict, "alias") == 0;
}

void
supervise_advice (const struct supervise *self, char text[SUPERVISE_ADVICE_SIZE])
{
    static const char *const helps[][2] = {{"enable", "takes it up again"},
                                           {"retry", "tries it again"},
                                           {"test", "says where it fails"}};
    size_t which = self->phase == LIFE_DISABLED ? 0 : self->phase == LIFE_FAILED ? 1 : 2;
    if (supervise_is_alias (self) && which == 2)
        snprintf (text, SUPERVISE_ADVICE_SIZE, "use the name %s", self->other);
    else
        snprintf (text, SUPERVISE_ADVICE_SIZE, "'stui image %s %s' %s", helps[which][0], self->name,
                  helps[which][1]);
}

/* Whether COMMAND may be asked of the image now or soon; else MSG is answered. HOLDS: it may be later
 * as well. */
static bool
command_may_go (struct supervise *self, const struct msg *msg, const char *command, bool holds)
{
    char advice[SUPERVISE_ADVICE_SIZE];
    supervise_advice (self, advice);
    bool rests = self->phase == LIFE_FAILED || self->phase == LIFE_DISABLED;
    if (self->read_only && wire_command_changes (command))
        supervise_mail_refuse (self, msg, STUI_E_PERMISSION,
                               "%s is connected read-only: %s was not sent", self->name, command);
    else if (self->phase == LIFE_LIVE && supervise_is_alias (self))
        supervise_mail_refuse (self, msg, STUI_E_UNREACHABLE,
                               "nothing was sent to %s: it is another route to an image that is "
                               "known; %s",
                               self->name, advice);
    else if (self->finishing || (rests && !holds))
        supervise_mail_refuse (self, msg, self->finishing ? STUI_E_STOPPING : STUI_E_UNREACHABLE,
                               "nothing was sent to %s: %.120s%s%s", self->name,
                               self->finishing       ? "stui is stopping"
                               : self->cause.text[0] ? self->cause.text
                                                     : "it is disabled",
                               self->finishing ? "" : "; ", self->finishing ? "" : advice);
    else if (requests_count_kind (&self->requests, REQUEST_COMMAND) >= HELD_ALL_MAX)
        supervise_mail_refuse (self, msg, STUI_E_QUEUE_FULL,
                               "queue full: %s has not answered %d requests, also of those who "
                               "have left",
                               self->name, HELD_ALL_MAX);
    else if (requests_count_owed (&self->requests) >= STUI_IMAGE_ROOM)
        supervise_mail_refuse (self, msg, STUI_E_QUEUE_FULL, "queue full: %s owes %d answers",
                               self->name, STUI_IMAGE_ROOM);
    else
        return true;
    return false;
}

/* Whether PARAMETERS of COMMAND are an object, and one that can be stored when it may be held; else MSG is answered. */
static bool
command_takes (struct supervise *self, const struct msg *msg, const char *command, const char *text,
               const struct json *parameters)
{
    if (!json_is_object (parameters))
        supervise_mail_refuse (self, msg, STUI_E_INVALID_REQUEST,
                               "the parameters of %s are no object", command);
    else if (held_takes (command) && json_scan_depth (text, strlen (text), NULL) > HELD_DEPTH_MAX)
        supervise_mail_refuse (self, msg, STUI_E_TOO_LARGE,
                               "the parameters of %s are nested deeper than the %d levels that "
                               "can be stored",
                               command, HELD_DEPTH_MAX);
    else
        return true;
    return false;
}

/* COMMAND with PARAMETERS is asked for by MSG. The request, borrowed; NULL: MSG was answered, or waits
 * until the sessions are read. */
static struct request *
command_begin (struct supervise *self, const struct msg *msg, const char *command,
               const char *parameters_text, uint64_t wait_ms, const char *tag)
{
    struct json *parameters = json_parse_text (parameters_text);
    struct session *session = NULL;
    if (!command_takes (self, msg, command, parameters_text, parameters)
        || command_session (self, msg, parameters, &session) != 0) {
        json_destroy (&parameters);
        return NULL;
    }
    struct request *request =
        requests_add (&self->requests, REQUEST_COMMAND, command, self->now_ms);
    snprintf (request->peer, sizeof request->peer, "%s", msg->peer);
    request->ref = msg->ref;
    request->changes = wire_command_changes (command);
    request->wait_ms = (int64_t) wait_ms;
    request->deadline_ms = supervise_deferred_since (self) + request->wait_ms;
    request->tag = stui_strdup (tag);
    request->parameters = json_print (parameters);
    if (session)
        memcpy (request->about, session->id, sizeof request->about);
    json_destroy (&parameters);
    /* Somebody waits for it now: the backoff need not be sat out. */
    if (self->phase == LIFE_WAITING && self->loaded && self->start_wanted && request->wait_ms > 0)
        supervise_live (self, LIFE_EV_START);
    return request;
}

/* `command`, and `hold`, which has the same fields. */
static void
mail_command (struct supervise *self, const struct msg *msg)
{
    const char *command = msg_text (msg, 0);
    bool holds = msg->verb == MSG_HOLD;
    if (holds && !held_takes (command)) {
        supervise_mail_refuse (self, msg, STUI_E_INVALID_REQUEST,
                               "%s cannot be held: it carries no code", command);
        return;
    }
    if (!command_may_go (self, msg, command, holds))
        return;
    struct request *request = command_begin (self, msg, command, msg_text (msg, 1),
                                             msg_number (msg, 2), msg_text (msg, 3));
    if (!request)
        return;
    request->hold = holds;
    if (self->phase == LIFE_FAILED || self->phase == LIFE_DISABLED)
        request->deadline_ms = self->now_ms; /* it is held: no time brings it online */
}

static void
mail_held_send (struct supervise *self, const struct msg *msg)
{
    struct held_entry *entry = held_find (&self->held, msg_text (msg, 0));
    if (!supervise_held_may_change (self, msg, entry, HELD_STATE_HELD)
        || !supervise_held_has_session (self, msg, entry)
        || !command_may_go (self, msg, entry->command, false))
        return;
    struct request *request = command_begin (self, msg, entry->command, entry->parameters,
                                             msg_number (msg, 1), msg_text (msg, 2));
    if (!request)
        return;
    memcpy (request->held_id, entry->id, sizeof request->held_id);
    request->any_image = (msg_number (msg, 3) & MSG_SEND_ANY_IMAGE) != 0;
    request->anyway = (msg_number (msg, 3) & MSG_SEND_ANYWAY) != 0;
}

static void
mail_interrupt (struct supervise *self, const struct msg *msg)
{
    struct request *target = requests_find_tag (&self->requests, msg_text (msg, 0));
    if (!target) {
        supervise_mail_refuse (self, msg, STUI_E_NOT_FOUND, "nothing of that kind runs in %s",
                               self->name);
        return;
    }
    if (target->state == REQUEST_WAITING) {
        supervise_refuse (self, &target, STUI_E_EVALUATION, "given up before it was sent");
        struct json *result = json_object ();
        json_set_bool (result, "interrupted", true);
        json_set_text (result, "how", "not sent");
        supervise_mail_ok (self, msg, result);
        return;
    }
    if (self->phase != LIFE_LIVE || self->rep) {
        supervise_mail_refuse (self, msg, STUI_E_UNREACHABLE,
                               self->rep ? "%s knows no interrupt: it runs on"
                                         : "%s cannot be asked to interrupt: it is not connected",
                               self->name);
        return;
    }
    if (requests_count_owed (&self->requests) >= STUI_IMAGE_ROOM + SUPERVISE_INTERRUPTS_MAX) {
        supervise_mail_refuse (self, msg, STUI_E_QUEUE_FULL,
                               "queue full: %s has been interrupted before", self->name);
        return;
    }
    struct request *request =
        requests_add (&self->requests, REQUEST_COMMAND, "interrupt", self->now_ms);
    snprintf (request->peer, sizeof request->peer, "%s", msg->peer);
    request->ref = msg->ref;
    request->parameters = stui_printf ("{\"id\":\"%s\"}", target->id);
}

/* What was not sent is not sent any more; what became of the rest is said when it is known. */
static void
mail_asker_gone (struct supervise *self, const struct msg *msg)
{
    if (supervise_deferred_drop (self, msg->peer, msg_number (msg, 0))
        || supervise_await_drop (self, msg->peer, msg_number (msg, 0)))
        return;
    struct request *request = requests_find_asker (&self->requests, msg->peer, msg_number (msg, 0));
    if (!request)
        return; /* it was answered meanwhile */
    if (request->state == REQUEST_WAITING) {
        supervise_refuse (self, &request, STUI_E_UNREACHABLE,
                          "whoever asked has left before it was sent");
        return;
    }
    supervise_held_unawaited (self, request,
                              "whoever asked waits no more: what becomes of it is an event");
    /* Answered all the same: registry keeps room for it until then, and control drops it. */
    supervise_send (self, msg_new (request->peer, MSG_ERROR, request->ref,
                                   stui_err_word (STUI_E_IN_DOUBT), "nobody waits for it", NULL));
    request->peer[0] = '\0';
}

static void
mail_retry (struct supervise *self, const struct msg *msg)
{
    self->takes_back = self->phase == LIFE_FAILED && self->trouble == STUI_TROUBLE_FENCED;
    supervise_order (self, false);
    if (!self->loaded)
        self->phase = LIFE_WAITING; /* begins once what was learnt of it is read */
    else {
        backoff_reset (&self->backoff);
        supervise_live (self, LIFE_EV_START);
    }
    self->report_dirty = true;
    supervise_report_flush (self); /* first: whoever asked looks at the state when it is answered */
    supervise_mail_ok (self, msg, json_object ());
}

static void
mail_look (struct supervise *self, const struct msg *msg)
{
    bool tunnel = strncmp (msg->peer, "netwatch#", 9) == 0;
    if (tunnel && self->phase == LIFE_FAILED && stui_trouble_is_tunnel (self->trouble))
        supervise_live (self, LIFE_EV_START);
    else
        supervise_look (self, msg_text (msg, 0));
}

static void
mail_disable (struct supervise *self, const struct msg *msg)
{
    supervise_order (self, true);
    supervise_live (self, LIFE_EV_DISABLE);
    supervise_mail_ok (self, msg, json_object ());
}

static void
mail_tick (struct supervise *self, const struct msg *msg)
{
    supervise_tock (self, msg_number (msg, 0));
}

/* ---- Answers of other actors ----------------------------------------------------------------- */

static void
answer_image (struct supervise *self, const struct json *result)
{
    if (!result) { /* without it we could take another supervisor's sessions for ours */
        self->unread = true;
        self->load_ms = self->now_ms + SUPERVISE_LOAD_MS;
        return;
    }
    self->connection.seq = (uint64_t) json_get_number (result, "connection", 0);
    const struct json *image = json_get (result, "image");
    const char *id = json_get_text (image, "image_id");
    if (id && *id && strlen (id) <= KEYS_IMAGE_MAX) {
        snprintf (self->image_id, sizeof self->image_id, "%s", id);
        snprintf (self->image_before, sizeof self->image_before, "%s", id);
        const char *key = json_get_text (image, "key");
        bool usable = key && *key && strlen (key) <= KEYS_IMAGE_MAX;
        snprintf (self->wanted_key, sizeof self->wanted_key, "%s", usable ? key : id);
        supervise_text_keep (&self->dialect, json_get_text (image, "dialect"));
        supervise_text_keep (&self->dialect_version, json_get_text (image, "dialect_version"));
    }
    transcript_load (&self->transcript, json_get (image, "transcript"));
    supervise_order_read (self, json_get_bool (image, "let_go", false));
    if (self->wanted_key[0]) /* its sessions are asked for at the end of the step */
        return;
    self->loaded = true;
    if (self->start_wanted)
        supervise_live (self, LIFE_EV_START);
}

/* A fresh start was asked for: nothing is restored, nothing is lost. */
static void
answer_sessions_fresh (struct supervise *self)
{
    if (!self->fresh)
        return;
    self->fresh = false;
    size_t stored = sessions_store_open (&self->sessions, self->now_ms);
    if (stored > 0)
        supervise_event (self, "session_stored",
                         "a fresh start: %zu session%s that %s open %s kept, 'stui session "
                         "restore' opens one",
                         stored, stored == 1 ? "" : "s", stored == 1 ? "was" : "were",
                         stored == 1 ? "is" : "are");
}

static void
answer_sessions (struct supervise *self, const struct json *result)
{
    self->loading = false;
    self->veiled = json_get_bool (result, "encrypted", self->veiled);
    /* A failed read leaves what is in memory, and is tried again. So is one that was overtaken: by
     * another image at the address, or by a change of what would be let go. */
    bool wanted = strcmp (self->loading_key, self->wanted_key) == 0;
    bool more = strcmp (self->loading_key, self->sessions.key) == 0; /* to those that are here */
    size_t known = more ? self->sessions.count : 0;
    bool joins = more && self->sessions.online;
    if (result && wanted && (more || sessions_all_saved (&self->sessions))) {
        if (!more) {
            supervise_session_let_go (self);
            supervise_sessions_hand_over (self);
        }
        sessions_load (&self->sessions, self->loading_key, json_get (result, "sessions"));
        supervise_session_seal (self, result);
        supervise_sessions_read (self);
        answer_sessions_fresh (self);
    }
    else
        self->load_ms = result ? self->now_ms : self->now_ms + SUPERVISE_LOAD_MS;
    self->reload = self->reload || (more && !result);
    int64_t damaged = json_get_number (result, "damaged", 0);
    if (damaged > 0)
        supervise_event (self, "damaged", "%lld damaged session records were set aside",
                         (long long) damaged);
    self->report_dirty = true;
    bool served = self->phase == LIFE_LIVE && (self->claimed || self->rep);
    if (served && joins)
        sessions_join (&self->sessions, known, self->now_ms);
    else if (served && strcmp (self->sessions.key, self->wanted_key) == 0)
        sessions_online (&self->sessions, self->rep, self->now_ms);
    if (self->loaded)
        return;
    self->loaded = true;
    if (self->start_wanted)
        supervise_live (self, LIFE_EV_START);
}

static void
answer_secret (struct supervise *self, enum supervise_purpose purpose, const struct json *result,
               const struct msg *msg)
{
    const char *value = json_get_text (result, "value");
    if (self->phase != LIFE_RESOLVING)
        return;
    if (!value) {
        int err = stui_err_from_word (msg_text (msg, 0));
        supervise_fail (self, LIFE_EV_UNRESOLVED,
                        err == STUI_E_LOCKED      ? STUI_TROUBLE_LOCKED
                        : err == STUI_E_NOT_FOUND ? STUI_TROUBLE_NO_SECRET
                                                  : STUI_TROUBLE_NO_CLAIM,
                        "%s", msg_text (msg, 1));
        return;
    }
    if (purpose == ASK_SECRET)
        self->token = stui_strdup (value);
    else if (z85_to_key (value, NULL))
        memcpy (self->client_key, value, sizeof self->client_key);
    else {
        supervise_fail (self, LIFE_EV_UNRESOLVED, STUI_TROUBLE_NO_SECRET,
                        "the secret %s is no secret key of CURVE, of 40 characters (Z85)",
                        self->client_key_secret);
        return;
    }
    supervise_secrets (self);
}

static void
answer_judge (struct supervise *self, const struct json *result, const char *error)
{
    if (!result) {
        supervise_fail (self, LIFE_EV_TIME, STUI_TROUBLE_NO_CLAIM, "cannot claim: %s",
                        error ? error : "it was not judged");
        return;
    }
    const char *verdict = json_get_text (result, "verdict");
    const char *other = json_get_text (result, "other");
    snprintf (self->verdict, sizeof self->verdict, "%s", verdict ? verdict : "ours");
    snprintf (self->other, sizeof self->other, "%s", other ? other : "");
    if (strcmp (self->verdict, "alias") == 0) {
        supervise_event (self, "alias", "another route to the image that %s is", self->other);
        supervise_live (self, LIFE_EV_ALIAS);
        return;
    }
    if (strcmp (self->verdict, "copy") == 0)
        supervise_event (self, "copy", "a copy of the image that %s is: kept apart", self->other);
    if (strcmp (self->verdict, "moved") == 0)
        supervise_event (
            self, "moved",
            "the image that %s was answers here now: 'stui session adopt %s' takes over "
            "what is kept under that name",
            self->other, self->name);
    if (strcmp (self->verdict, "new") == 0) {
        self->replaced_wall_ms = self->wall_ms;
        supervise_event (self, "replaced",
                         "another image answers at this address: the sessions of "
                         "the old one are kept under its id, 'stui session adopt %s' takes them "
                         "over",
                         self->name);
    }
    supervise_live (self, LIFE_EV_JUDGED);
}

static void
answer_count (struct supervise *self, const struct json *result, const char *error)
{
    const char *client_id = json_get_text (result, "client_id");
    if (!client_id) {
        supervise_fail (self, LIFE_EV_UNCOUNTED, STUI_TROUBLE_NO_CLAIM, "cannot claim: %s",
                        error ? error : "the database gave no epoch");
        return;
    }
    self->claim_above = 0; /* the store keeps it: the next is above as well */
    snprintf (self->client_id, sizeof self->client_id, "%s", client_id);
    self->generation = json_get_number (result, "generation", 0);
    self->counter = json_get_number (result, "counter", 0);
    supervise_live (self, LIFE_EV_COUNTED);
}

static void
answer_save_session (struct supervise *self, const struct supervise_ask *ask,
                     const struct json *result, const struct msg *msg)
{
    struct session *session = sessions_find (&self->sessions, ask->session);
    if (!session)
        return;
    if (!result && stui_err_from_word (msg_text (msg, 0)) == STUI_E_CONFLICT) {
        supervise_session_overtaken (self, session);
        return;
    }
    session_save_end (session, result != NULL, (uint64_t) json_get_number (result, "generation", 0),
                      self->now_ms);
    self->veiled = json_get_bool (result, "encrypted", self->veiled);
    if (result) {
        session->unsaved = false;
        if (session->state == STUI_SESSION_CLOSED)
            session->reason[0] = '\0'; /* that it was not kept */
    }
    else
        supervise_session_unsaved (self, session, msg_text (msg, 1));
    self->report_dirty = true;
    supervise_session_waiters (self, session, false);
}

/* The ask of REF, taken out of the list. */
static bool
ask_take (struct supervise *self, uint64_t ref, struct supervise_ask *ask)
{
    for (size_t index = 0; index < self->ask_count; index++) {
        if (self->asks[index].ref != ref)
            continue;
        *ask = self->asks[index];
        self->asks[index] = self->asks[--self->ask_count];
        return true;
    }
    return false;
}

/* What the attempt that is on its way had asked for. */
static void
answer_attempt (struct supervise *self, enum supervise_purpose purpose, const struct msg *msg,
                const struct json *result)
{
    const char *error = msg->verb == MSG_ERROR ? msg_text (msg, 1) : NULL;
    switch (purpose) {
    case ASK_SECRET:
    case ASK_CLIENT_KEY:
        answer_secret (self, purpose, result, msg);
        break;
    case ASK_RESOLVE:
        supervise_route_resolved (self, result, error);
        break;
    case ASK_TUNNEL:
        supervise_route_tunnel (self, msg, result);
        break;
    case ASK_TUNNEL_WHY:
        supervise_route_explained (self, msg);
        break;
    case ASK_JUDGE:
        answer_judge (self, result, error);
        break;
    default: /* ASK_COUNT */
        answer_count (self, result, error);
        break;
    }
}

static void
mail_answer (struct supervise *self, const struct msg *msg)
{
    struct supervise_ask ask;
    if (!ask_take (self, msg->ref, &ask))
        return;
    struct json *result = msg->verb == MSG_OK ? json_parse_text (msg_text (msg, 0)) : NULL;
    bool stale = ask.attempt != self->attempt;
    switch (ask.purpose) {
    case ASK_PERMIT:
        if (!stale && self->phase == LIFE_PERMITTING && result) {
            self->permit = true;
            supervise_live (self, LIFE_EV_GRANTED);
        }
        else if (result) {
            supervise_send (self, msg_new ("registry", MSG_PERMIT_RETURN, 0));
        }
        break;
    case ASK_SECRET:
    case ASK_CLIENT_KEY:
    case ASK_RESOLVE:
    case ASK_TUNNEL:
    case ASK_TUNNEL_WHY:
    case ASK_JUDGE:
    case ASK_COUNT:
        if (!stale)
            answer_attempt (self, ask.purpose, msg, result);
        break;
    case ASK_IMAGE:
        answer_image (self, result);
        break;
    case ASK_SESSIONS:
        answer_sessions (self, result);
        break;
    case ASK_SAVE_SESSION:
        answer_save_session (self, &ask, result, msg);
        break;
    case ASK_EVENTS:
        self->events_out = false;
        break;
    case ASK_CONNECTIONS: /* a store that cannot write keeps them */
        self->connections_out = false;
        break;
    case ASK_HELD:
        supervise_held_loaded (self, result, msg);
        break;
    case ASK_SAVE_HELD:
        supervise_held_saved (self, result, msg);
        break;
    case ASK_STATE:
        self->report_out = false;
        break;
    case ASK_SAVE_IMAGE:
    case ASK_PURPOSE_COUNT:
        break;
    }
    json_destroy (&result);
}

/* ---- The table ------------------------------------------------------------------------------- */

static const struct {
    enum msg_verb verb;
    void (*handle) (struct supervise *self, const struct msg *msg);
    bool sessions; /* it is about sessions: it waits until they are read */
    bool uses;     /* who asks it works with the image */
} verbs[] = {
    {MSG_COMMAND, mail_command, false, true}, /* one that changes */
    {MSG_HOLD, mail_command, false, true},
    {MSG_HELD_LIST, supervise_held_list, true, false},
    {MSG_HELD_SEND, mail_held_send, true, true},
    {MSG_HELD_DROP, supervise_held_drop, true, false},
    {MSG_DOUBT_RESOLVE, supervise_doubt_resolve, true, false},
    {MSG_AWAIT, supervise_await, false, false},
    {MSG_INTERRUPT, mail_interrupt, false, false},
    {MSG_TRANSCRIPT_GET, supervise_transcript_get, false, false},
    {MSG_RETRY, mail_retry, false, false},
    {MSG_DISABLE, mail_disable, false, false},
    {MSG_LOOK, mail_look, false, false},
    {MSG_TICK, mail_tick, false, false},
    {MSG_SESSION_LIST, supervise_session_list, true, false},
    {MSG_SESSION_NEW, supervise_session_new, true, true},
    {MSG_SESSION_SHOW, supervise_session_show, true, false},
    {MSG_SESSION_EDIT, supervise_session_edit, true, true},
    {MSG_SESSION_LEASE, supervise_session_lease, true, false},
    {MSG_SESSION_RELEASE, supervise_session_release, true, false},
    {MSG_TERMINAL_GONE, supervise_terminal_gone, false, false},
    {MSG_ASKER_GONE, mail_asker_gone, false, false},
    {MSG_SESSION_WRITE, supervise_session_write, true, true},
    {MSG_SESSION_WATCH, supervise_session_watch, true, false},
    {MSG_SESSION_RESTORE, supervise_session_restore, true, true},
    {MSG_SESSION_CLOSE, supervise_session_close, true, false},
    {MSG_SESSION_SET, supervise_session_set, true, false},
    {MSG_SESSION_IMPORT, supervise_session_import, true, true},
    {MSG_SESSION_RESOLVE, supervise_session_resolve, true, true},
    {MSG_SESSION_LEFT, supervise_session_left, true, false},
    {MSG_SESSION_ADOPT, supervise_session_adopt, true, true},
    {MSG_MAY_REAP, supervise_may_reap, true, false},
    {MSG_REAPED, supervise_reaped, true, false},
    {MSG_RETURNED, supervise_returned, true, false},
    {MSG_OK, mail_answer, false, false},
    {MSG_ERROR, mail_answer, false, false},
};

void
supervise_mail (struct supervise *self, const struct msg *msg)
{
    for (size_t index = 0; index < sizeof verbs / sizeof *verbs; index++)
        if (verbs[index].verb == msg->verb) {
            if (verbs[index].sessions && supervise_deferred_awaits (self))
                supervise_deferred_add (self, msg);
            else {
                verbs[index].handle (self, msg);
                if (verbs[index].uses
                    && (msg->verb != MSG_COMMAND || wire_command_changes (msg_text (msg, 0))))
                    supervise_used (self);
            }
            return;
        }
    if (msg_kind (msg->verb) == MSG_REQUEST)
        supervise_mail_refuse (self, msg, STUI_E_UNKNOWN_VERB,
                               "a supervisor does not know the verb %s", msg_word (msg->verb));
}
