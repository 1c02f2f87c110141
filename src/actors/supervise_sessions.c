/* supervise_sessions.c: what terminals ask of one image's sessions, and who waits for what of one. Long: a
 * function for each thing that can be asked. Pure but for the heap. */

#include "actors/supervise.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/reaper.h"
#include "runtime/json.h"

void
supervise_session_list (struct supervise *self, const struct msg *msg)
{
    struct json *list = json_array ();
    for (size_t index = 0; index < self->sessions.count; index++)
        json_push (list, session_to_json (self->sessions.items[index], &self->sessions, self->name,
                                          false));
    struct json *result = json_object ();
    json_set (result, "sessions", list);
    supervise_mail_ok (self, msg, result);
}

/* Refuses a session where there is nothing to keep it under. */
bool
supervise_session_has_no_key (struct supervise *self, const struct msg *msg)
{
    if (supervise_is_alias (self)) {
        supervise_mail_refuse (self, msg, STUI_E_INVALID_REQUEST,
                               "%s is another route to the image that %s is: use that name",
                               self->name, self->other);
        return true;
    }
    if (self->sessions.key[0])
        return false;
    char advice[SUPERVISE_ADVICE_SIZE];
    supervise_advice (self, advice);
    supervise_mail_refuse (
        self, msg, STUI_E_UNREACHABLE,
        "%s has never been online, so there is nothing to keep a session under; %s", self->name,
        advice);
    return true;
}

void
supervise_session_new (struct supervise *self, const struct msg *msg)
{
    if (supervise_session_has_no_key (self, msg) || supervise_session_would_be_plain (self, msg))
        return;
    struct json *context = json_parse_text (msg_text (msg, 1));
    if (!json_is_object (context)) {
        supervise_mail_refuse (self, msg, STUI_E_INVALID_REQUEST,
                               "the session's context is no object");
        json_destroy (&context);
        return;
    }
    if (json_size (context) > SESSION_CONTEXT_MAX) {
        supervise_mail_refuse (self, msg, STUI_E_TOO_LARGE,
                               "the session would take %zu bytes, %d is the most: shorten its text",
                               json_size (context), STUI_SESSION_MAX);
        json_destroy (&context);
        return;
    }
    char id[STUI_UUID_LEN + 1];
    const char *name = msg_text (msg, 0);
    if (strlen (name) > SESSION_NAME_MAX) {
        supervise_mail_refuse (self, msg, STUI_E_INVALID_REQUEST,
                               "the session's name has %zu bytes, %d is the most", strlen (name),
                               SESSION_NAME_MAX);
        json_destroy (&context);
        return;
    }
    uuid_next (&self->uuid, self->wall_ms, &self->random, id);
    char number[32];
    snprintf (number, sizeof number, "session %zu", self->sessions.count + 1);
    struct session *session = sessions_new (&self->sessions, id, *name ? name : number, context,
                                            self->now_ms, self->wall_ms);
    session_wait (session, msg->peer, msg->ref, SESSION_WAIT_MADE, session->change);
    self->report_dirty = true;
}

/* The session that a message names in its first field; NULL when it was refused. */
static struct session *
mail_session (struct supervise *self, const struct msg *msg)
{
    struct session *session = sessions_find (&self->sessions, msg_text (msg, 0));
    if (!session && !supervise_session_is_sealed (self, msg, msg_text (msg, 0)))
        supervise_mail_refuse (self, msg, STUI_E_SESSION_NOT_FOUND,
                               "there is no session %.40s of %s: see 'stui session ls'; "
                               "'stui session undo' brings back what was cleaned away",
                               msg_text (msg, 0), self->name);
    return session;
}

/* What its code wrote lately goes with it, into an export say; in the database it is in the image's
 * record, so that no line that is printed is a change of the session. */
static void
show_transcript (const struct supervise *self, const struct session *session, struct json *shown)
{
    const char *id = session->remote_id ? session->remote_id : session->id;
    struct json *tail = transcript_tail (&self->transcript, id);
    if (!tail)
        return;
    struct json *context = json_take (shown, "context");
    struct json *transcript = json_take (context, "transcript");
    if (!json_is_object (transcript)) {
        json_destroy (&transcript);
        transcript = json_object ();
    }
    json_set (transcript, "tail", tail);
    json_set (context, "transcript", transcript);
    session_context_fit (context);
    json_set (shown, "context", context);
}

void
supervise_session_show (struct supervise *self, const struct msg *msg)
{
    struct session *session = mail_session (self, msg);
    if (!session)
        return;
    struct json *shown = session_to_json (session, &self->sessions, self->name, true);
    show_transcript (self, session, shown);
    supervise_mail_ok (self, msg, shown);
}

/* Replaces the fields in TEXT, an object; false when that was refused. */
static bool
mail_patch (struct supervise *self, const struct msg *msg, struct session *session,
            const char *text)
{
    struct json *patch = json_parse_text (text);
    struct stui_cause cause = {0};
    size_t dropped = 0;
    if (!json_is_object (patch))
        stui_fail (&cause, STUI_E_INVALID_REQUEST, "the session's new fields are no object");
    else
        session_edit (session, patch, self->now_ms, self->wall_ms, &dropped, &cause);
    json_destroy (&patch);
    supervise_session_dropped (self, session, cause.err ? 0 : dropped);
    if (cause.err)
        supervise_mail_refuse (self, msg, cause.err, "%s", cause.text);
    return cause.err == 0;
}

void
supervise_session_edit (struct supervise *self, const struct msg *msg)
{
    struct session *session = mail_session (self, msg);
    if (!session)
        return;
    if (!mail_patch (self, msg, session, msg_text (msg, 1)))
        return;
    struct json *result = json_object ();
    json_set_number (result, "version", session->version);
    json_set_number (result, "change", (int64_t) session->change);
    supervise_mail_ok (self, msg, result);
}

/* One terminal writes; the others watch. What the one before wrote is stored first. */
void
supervise_session_lease (struct supervise *self, const struct msg *msg)
{
    struct session *session = mail_session (self, msg);
    if (!session)
        return;
    const char *terminal = msg_text (msg, 1);
    if (!uuid_is_valid (terminal)) {
        supervise_mail_refuse (self, msg, STUI_E_INVALID_REQUEST, "a terminal is named by a UUID");
        return;
    }
    if (session_was_taken (session, terminal, self->now_ms)) {
        supervise_mail_refuse (self, msg, STUI_E_PERMISSION,
                               "another terminal has just taken session %s over", session->name);
        return;
    }
    if (!session_may_write (session, terminal, self->now_ms)) {
        session_want (session, terminal, self->now_ms);
        session_wait (session, msg->peer, msg->ref, SESSION_WAIT_LEASE, 0);
        return;
    }
    session_hold (session, terminal, self->now_ms);
    session->save_now = true;
    session_wait (session, msg->peer, msg->ref, SESSION_WAIT_SAVED, session->change);
}

/* SESSION is nobody's; what its holder wrote is stored at once. */
static void
session_set_free (struct supervise *self, struct session *session)
{
    session_hold (session, "", self->now_ms);
    session->save_now = true;
}

/* Its holder alone may: one that was late to hear that another has it takes it from nobody. */
void
supervise_session_release (struct supervise *self, const struct msg *msg)
{
    struct session *session = mail_session (self, msg);
    const char *terminal = msg_text (msg, 1);
    if (!session)
        return;
    if (session->holder[0] && strcmp (session->holder, terminal) != 0) {
        supervise_mail_refuse (self, msg, STUI_E_PERMISSION,
                               "another terminal edits session %s: that one alone lets it go",
                               session->name);
        return;
    }
    session_set_free (self, session);
    session_wait (session, msg->peer, msg->ref, SESSION_WAIT_SAVED, session->change);
}

/* What it held is free: the next terminal need not wait until the leases run out. */
void
supervise_terminal_gone (struct supervise *self, const struct msg *msg)
{
    const char *terminal = msg_text (msg, 0);
    for (size_t index = 0; *terminal && index < self->sessions.count; index++) {
        struct session *session = self->sessions.items[index];
        if (strcmp (session->wanted_by, terminal) == 0)
            session->wanted_by[0] = '\0';
        if (strcmp (session->holder, terminal) == 0)
            session_set_free (self, session);
    }
}

void
supervise_session_write (struct supervise *self, const struct msg *msg)
{
    struct session *session = mail_session (self, msg);
    if (!session)
        return;
    if (!session_may_write (session, msg_text (msg, 1), self->now_ms)) {
        supervise_mail_refuse (self, msg, STUI_E_PERMISSION,
                               "another terminal edits session %s: ':edit' takes it over",
                               session->name);
        return;
    }
    if (!mail_patch (self, msg, session, msg_text (msg, 2)))
        return;
    session_hold (session, msg_text (msg, 1), self->now_ms);
    session_wait (session, msg->peer, msg->ref, SESSION_WAIT_SAVED, session->change);
}

/* The open request is the credit of whoever watches. */
void
supervise_session_watch (struct supervise *self, const struct msg *msg)
{
    struct session *session = mail_session (self, msg);
    if (!session)
        return;
    size_t watchers = 0;
    for (size_t index = 0; index < session->waiter_count; index++)
        watchers += session->waiters[index].wait == SESSION_WAIT_NEWS;
    for (size_t index = 0; watchers >= SESSION_WATCHERS_MAX; index++)
        if (session->waiters[index].wait == SESSION_WAIT_NEWS) {
            session->waiters[index].wait = SESSION_WAIT_NOTHING; /* its client may be gone */
            watchers--;
        }
    session_wait (session, msg->peer, msg->ref, SESSION_WAIT_NEWS, msg_number (msg, 1));
    session->waiters[session->waiter_count - 1].known =
        stui_session_state_from_word (msg_text (msg, 2));
}

void
supervise_session_restore (struct supervise *self, const struct msg *msg)
{
    struct session *session = mail_session (self, msg);
    if (!session)
        return;
    sessions_open (&self->sessions, session, self->now_ms);
    self->report_dirty = true;
    bool settled =
        !self->sessions.online
        || (session->due == SESSION_OP_NONE
            && (session->on_wire == SESSION_OP_NONE || session->on_wire == SESSION_OP_UPDATE));
    if (settled)
        supervise_mail_ok (self, msg,
                           session_to_json (session, &self->sessions, self->name, false));
    else
        session_wait (session, msg->peer, msg->ref, SESSION_WAIT_SETTLED, 0);
}

void
supervise_session_close (struct supervise *self, const struct msg *msg)
{
    struct session *session = mail_session (self, msg);
    if (!session)
        return;
    if (session->state == STUI_SESSION_CLOSED) {
        struct json *json = session_to_json (session, &self->sessions, self->name, false);
        json_set_bool (json, "closed", true);
        json_set_bool (json, "already", true);
        supervise_mail_ok (self, msg, json);
        return;
    }
    if (msg_number (msg, 1) == 0 && !session_may_write (session, "", self->now_ms)) {
        supervise_mail_refuse (
            self, msg, STUI_E_PERMISSION,
            "a terminal edits session %.64s now: 'stui session close %s --anyway' "
            "closes it all the same",
            session->name, session->id);
        return;
    }
    sessions_close (&self->sessions, session, self->now_ms, self->wall_ms);
    snprintf (session->closed_by, sizeof session->closed_by, "%s", msg_text (msg, 2));
    if (session->due == SESSION_OP_NONE && session->on_wire == SESSION_OP_NONE)
        supervise_session_waiters (self, session, true); /* what they wait for comes no more */
    session_wait (session, msg->peer, msg->ref, SESSION_WAIT_SAVED, session->change);
    self->report_dirty = true;
}

/* ---- Name and note, imports, conflicts ------------------------------------------------------- */

void
supervise_session_set (struct supervise *self, const struct msg *msg)
{
    struct session *session = mail_session (self, msg);
    struct stui_cause cause = {0};
    if (!session)
        return;
    struct json *about = json_parse_text (msg_text (msg, 1));
    bool chosen = json_get_bool (about, "current", false);
    if (chosen && !session->open)
        stui_fail (&cause, STUI_E_INVALID_REQUEST,
                   "session %s is %s: 'stui session restore %.13s' opens it first", session->name,
                   stui_session_state_word (session->state), session->id);
    else
        session_set_about (session, about, self->now_ms, &cause);
    if (chosen && !cause.err)
        sessions_set_current (&self->sessions, session, self->now_ms);
    json_destroy (&about);
    if (cause.err) {
        supervise_mail_refuse (self, msg, cause.err, "%s", cause.text);
        return;
    }
    session_wait (session, msg->peer, msg->ref, SESSION_WAIT_SAVED, session->change);
    self->report_dirty = true;
}

static void
import_checked (struct supervise *self, const struct msg *msg, const struct json *exported)
{
    struct json *answer = json_object ();
    json_set_bool (answer, "already", sessions_same (&self->sessions, exported) != NULL);
    supervise_mail_ok (self, msg, answer);
}

void
supervise_session_import (struct supervise *self, const struct msg *msg)
{
    enum { STORE, OPEN, CHECK };
    struct stui_cause cause = {0};
    char fresh_id[STUI_UUID_LEN + 1];
    if (supervise_session_has_no_key (self, msg) || supervise_session_would_be_plain (self, msg))
        return;
    struct json *exported = json_parse_text (msg_text (msg, 0));
    if (session_import_check (exported, &cause) != 0)
        supervise_mail_refuse (self, msg, cause.err, "%s", cause.text);
    else if (msg_number (msg, 1) == CHECK)
        import_checked (self, msg, exported);
    else {
        uuid_next (&self->uuid, self->wall_ms, &self->random, fresh_id);
        struct session *session =
            sessions_import (&self->sessions, exported, fresh_id, self->now_ms, self->wall_ms);
        if (msg_number (msg, 1) == OPEN)
            sessions_open (&self->sessions, session, self->now_ms);
        bool settles = session->due != SESSION_OP_NONE;
        session_wait (session, msg->peer, msg->ref,
                      settles ? SESSION_WAIT_SETTLED : SESSION_WAIT_SAVED, session->change);
        supervise_session_waiters (self, session, false); /* it may have been there already */
        self->report_dirty = true;
    }
    json_destroy (&exported);
}

void
supervise_session_resolve (struct supervise *self, const struct msg *msg)
{
    static const char *const words[] = {
        [SESSION_KEEP_NONE] = "",
        [SESSION_KEEP_MINE] = "mine",
        [SESSION_KEEP_THEIRS] = "theirs",
        [SESSION_KEEP_BOTH] = "both",
    };
    static_assert (sizeof words / sizeof *words == SESSION_KEEP_COUNT, "a word for each");
    struct session *session = mail_session (self, msg);
    if (!session)
        return;
    int keep = SESSION_KEEP_MINE;
    while (keep < SESSION_KEEP_COUNT && strcmp (words[keep], msg_text (msg, 1)) != 0)
        keep++;
    if (keep == SESSION_KEEP_COUNT)
        supervise_mail_refuse (self, msg, STUI_E_INVALID_REQUEST,
                               "'%.20s' cannot be kept: mine, theirs or both", msg_text (msg, 1));
    else if (!session->conflict)
        supervise_mail_refuse (self, msg, STUI_E_INVALID_REQUEST,
                               "session %s is in no conflict: it is %s", session->name,
                               stui_session_state_word (session->state));
    else if (!self->sessions.online)
        supervise_mail_refuse (self, msg, STUI_E_UNREACHABLE,
                               "%s is away, and its version of session %s with it: choose when it "
                               "is back",
                               self->name, session->name);
    else {
        session_resolve (session, (enum session_keep) keep);
        session_wait (session, msg->peer, msg->ref, SESSION_WAIT_SETTLED, 0);
        self->report_dirty = true;
    }
}

/* Both are kept: the user's own version becomes a session of its own, beside that of the image. */
void
supervise_session_part (struct supervise *self, struct session *session)
{
    char id[STUI_UUID_LEN + 1], name[SESSION_NAME_MAX + 1];
    uuid_next (&self->uuid, self->wall_ms, &self->random, id);
    session_name_mine (session, name);
    struct json *context = session->parted;
    session->parted = NULL;
    sessions_new (&self->sessions, id, name, context, self->now_ms, self->wall_ms);
    session->theirs_taken = true;
    memcpy (session->mine_is, id, sizeof session->mine_is);
    supervise_event (self, "conflict_resolved",
                     "session %s is the image's version now; yours is session %s",
                     supervise_session_word (self, session), self->veiled ? id : name);
}

/* Events and the log are read by whoever may read no session: encrypted ones go by their id there. */
const char *
supervise_session_word (const struct supervise *self, const struct session *session)
{
    return self->veiled ? session->id : session->name;
}

/* The user is told what the limit of a session cost. */
void
supervise_session_dropped (struct supervise *self, const struct session *session, size_t dropped)
{
    if (dropped > 0)
        supervise_event (self, "session_full",
                         "session %s has reached %d bytes: the %zu oldest of its transcript, "
                         "results and history are not kept",
                         supervise_session_word (self, session), STUI_SESSION_MAX, dropped);
}

/* SESSION is here no more: whoever waits for something of it hears WHY. */
static void
session_waiters_refuse (struct supervise *self, struct session *session, const char *why,
                        const char *details)
{
    for (size_t at = 0; at < session->waiter_count; at++)
        supervise_send (self,
                        msg_new (session->waiters[at].peer, MSG_ERROR, session->waiters[at].ref,
                                 stui_err_word (STUI_E_SESSION_NOT_FOUND), why, details));
    session->waiter_count = 0;
}

/* SESSION is not here any more, and is not saved. */
void
supervise_session_gone (struct supervise *self, struct session *session)
{
    session_waiters_refuse (
        self, session, "the session was moved meanwhile: 'stui session ls' says where it is", NULL);
    session->frozen = true;
    sessions_reaped (&self->sessions, session, self->now_ms);
    self->report_dirty = true;
}

/* ---- The reaper ------------------------------------------------------------------------------ */

/* Tells PEER whether SESSION may go, as GENERATION. */
static void
reap_answer (struct supervise *self, struct session *session, const char *peer, uint64_t ref,
             uint64_t generation)
{
    const char *why = session_may_be_reaped (session, &self->sessions, generation, self->now_ms);
    if (!why && requests_find_about (&self->requests, REQUEST_COMMAND, session->id))
        why = "code runs in it";
    if (!why)
        why = supervise_held_wants (self, session->id);
    session->frozen = !why;
    struct json *result = json_object ();
    json_set_bool (result, "may", !why);
    json_set_text (result, "why", why);
    json_set_text (result, "session", session->id);
    json_set_number (result, "generation", (int64_t) generation);
    char *text = json_print (result);
    supervise_send (self, msg_new (peer, MSG_OK, ref, text));
    free (text);
    json_destroy (&result);
}

/* A moment after a close it is on its way to the store that the image has closed it as well: that is
 * waited for, what somebody did meanwhile is not. */
void
supervise_may_reap (struct supervise *self, const struct msg *msg)
{
    struct session *session = mail_session (self, msg);
    uint64_t generation = msg_number (msg, 1);
    if (!session)
        return;
    if (session->generation == generation && session_saves_books (session, &self->sessions)) {
        session->save_now = true;
        session_wait (session, msg->peer, msg->ref, SESSION_WAIT_REAP, session->change);
    }
    else
        reap_answer (self, session, msg->peer, msg->ref, generation);
}

/* Somebody went on with SESSION while it was carried to another image: what is here is another session
 * from then on. */
static void
session_split (struct supervise *self, struct session *session)
{
    char id[STUI_UUID_LEN + 1];
    uuid_next (&self->uuid, self->wall_ms, &self->random, id);
    supervise_event (self, "session_split",
                     "session %s was changed while it was adopted by another image: it stays here "
                     "too, as %s",
                     supervise_session_word (self, session), id);
    session_become (session, id);
    self->report_dirty = true;
}

void
supervise_reaped (struct supervise *self, const struct msg *msg)
{
    struct session *session = sessions_find (&self->sessions, msg_text (msg, 0));
    uint64_t end = msg_number (msg, 1);
    if (!session)
        return;
    if (end == REAPER_STAYS && session->frozen) {
        /* What failed may be on the disk after all, and it in the archive: so it is saved anew. */
        session->frozen = false;
        sessions_reaped (&self->sessions, session, self->now_ms);
    }
    if (end == REAPER_STAYS)
        return;
    if (session->frozen) {
        session_waiters_refuse (self, session,
                                end == REAPER_CARRIED
                                    ? "the session belongs to another image now"
                                    : "the session was cleaned away: 'stui session undo' brings "
                                      "it back",
                                NULL);
        self->report_dirty = true;
    }
    else if (end == REAPER_CARRIED)
        session_split (self, session);
    sessions_reaped (&self->sessions, session, self->now_ms);
}

void
supervise_returned (struct supervise *self, const struct msg *msg)
{
    struct json *records = json_array (), *record = json_parse_text (msg_text (msg, 0));
    const char *key = json_get_text (record, "image_id");
    bool ours = key && strcmp (key, self->sessions.key) == 0; /* else it is read with the others */
    bool whole = json_get (record, "session_id") != NULL;
    json_push (records, record);
    if (ours && whole)
        sessions_load (&self->sessions, self->sessions.key, records);
    else if (ours) {
        self->reload = true;
        self->load_ms = self->now_ms;
    }
    self->report_dirty = self->report_dirty || ours;
    json_destroy (&records);
}

/* ---- Who waits for what ------------------------------------------------------------------------ */

/* Whether nobody is kept waiting for SESSION to be made on the image: it was, or that may last, as
 * where a REP image owes another answer. */
static bool
making_is_over (const struct supervise *self, const struct session *session)
{
    return session->state != STUI_SESSION_FRESH || !self->sessions.online || self->rep
           || self->suspect || self->finishing;
}

static bool
waiter_lacks_text (const struct session *session, const struct session_waiter *waiter)
{
    return waiter->change != session->change || session->held_anew;
}

static bool
waiter_is_due (const struct supervise *self, const struct session *session,
               const struct session_waiter *waiter, bool settled)
{
    switch (waiter->wait) {
    case SESSION_WAIT_MADE:
        return waiter->change <= session->saved && (settled || making_is_over (self, session));
    case SESSION_WAIT_SAVED:
        return waiter->change <= session->saved;
    case SESSION_WAIT_SETTLED:
        return settled;
    case SESSION_WAIT_REAP:
        return !session_saves_books (session, &self->sessions);
    case SESSION_WAIT_LEASE:
        return false;
    case SESSION_WAIT_NOTHING:
        return true;
    case SESSION_WAIT_NEWS:
        return waiter_lacks_text (session, waiter)
               || (waiter->known != STUI_SESSION_COUNT && waiter->known != session->state);
    }
    return true;
}

/* The store did not take it, and why: nobody is kept waiting. It is tried again. */
void
supervise_session_unsaved (struct supervise *self, struct session *session, const char *why)
{
    size_t kept = 0;
    for (size_t index = 0; index < session->waiter_count; index++) {
        struct session_waiter *waiter = &session->waiters[index];
        if (session_waits_for_save (waiter))
            supervise_send (self, msg_new (waiter->peer, MSG_ERROR, waiter->ref,
                                           stui_err_word (STUI_E_STORAGE), why, NULL));
        else
            session->waiters[kept++] = *waiter;
    }
    bool refused = session->saved == 0 && !session->maybe_there && kept < session->waiter_count;
    session->waiter_count = kept;
    if (refused) { /* whoever asked for it was told that there is none */
        sessions_close (&self->sessions, session, self->now_ms, self->wall_ms);
        struct stui_cause cause;
        stui_fail (&cause, STUI_E_STORAGE, "not kept: %.200s", why);
        memcpy (session->reason, cause.text, sizeof session->reason);
        session->refused = true;
    }
    if (!session->unsaved)
        supervise_event (self, "unsaved", "session %s is not saved: %s",
                         supervise_session_word (self, session), why);
    session->unsaved = true;
}

/* Which session ID is, as KEY of JSON; nothing when ID is empty. */
static void
other_to_json (const struct supervise *self, const char *id, struct json *json, const char *key)
{
    const struct session *other = *id ? sessions_find (&self->sessions, id) : NULL;
    if (!other)
        return;
    struct json *named = json_object ();
    json_set_text (named, "session_id", other->id);
    json_set_text (named, "name", other->name);
    json_set (json, key, named);
}

/* What coming onto the image cost, as members of JSON: its own variables, another session's, its text. */
static void
session_news_to_json (const struct supervise *self, const struct session *session,
                      struct json *json)
{
    if (session->recreated)
        json_set_bool (json, "recreated", true);
    if (session->as_of[0])
        json_set_text (json, "as_of", session->as_of);
    if (session->theirs_taken)
        json_set_bool (json, "theirs_taken", true);
    other_to_json (self, session->displaced, json, "gave_place");
    other_to_json (self, session->mine_is, json, "mine_is");
}

/* Answers those who waited for a save, for news, or for the image to settle it. */
void
supervise_session_waiters (struct supervise *self, struct session *session, bool settled)
{
    size_t kept = 0;
    for (size_t index = 0; index < session->waiter_count; index++) {
        struct session_waiter *waiter = &session->waiters[index];
        if (!waiter_is_due (self, session, waiter, settled)) {
            session->waiters[kept++] = *waiter;
            continue;
        }
        if (waiter->wait == SESSION_WAIT_REAP) {
            bool changed = session->wished > waiter->change;
            reap_answer (self, session, waiter->peer, waiter->ref,
                         changed ? 0 : session->generation);
            continue;
        }
        struct json *json = session_to_json (session, &self->sessions, self->name,
                                             waiter->wait >= SESSION_WAIT_NEWS
                                                 && waiter_lacks_text (session, waiter));
        json_set_bool (json, "closed", !session->open);
        session_news_to_json (self, session, json);
        char *text = json_print (json);
        supervise_send (self, msg_new (waiter->peer, MSG_OK, waiter->ref, text));
        free (text);
        json_destroy (&json);
    }
    session->waiter_count = kept;
    session->held_anew = false;
    if (!settled)
        return;
    session->recreated = session->theirs_taken = false;
    session->as_of[0] = session->displaced[0] = session->mine_is[0] = '\0';
}

/* The sessions here are let go for those of another image: whoever watches one hears so. */
void
supervise_session_let_go (struct supervise *self)
{
    for (size_t index = 0; index < self->sessions.count; index++)
        session_waiters_refuse (self, self->sessions.items[index],
                                "another image answers there: the session is stored under the old "
                                "one's id",
                                "{\"replaced\":true}");
}

/* The image takes no more sessions of ours: the one used least recently gives its place to SESSION.
 * When none can, SESSION has failed, and false is answered. */
bool
supervise_session_make_place (struct supervise *self, struct session *session)
{
    struct session *oldest = NULL;
    for (size_t index = 0; index < self->sessions.count; index++) {
        struct session *other = self->sessions.items[index];
        if (other != session && session_may_give_place (other, self->now_ms)
            && !requests_find_about (&self->requests, REQUEST_COMMAND, other->id)
            && (!oldest || session_is_older (other, oldest)))
            oldest = other;
    }
    if (oldest) {
        session_give_place (oldest, self->now_ms);
        memcpy (session->displaced, oldest->id, sizeof session->displaced);
        supervise_event (self, "session_stored",
                         "session %s gave its place on the image to session %s: its text is kept, "
                         "its variables are gone; 'stui session restore' opens it",
                         supervise_session_word (self, oldest),
                         supervise_session_word (self, session));
        return true;
    }
    session->due = SESSION_OP_NONE;
    session->state = STUI_SESSION_FAILED;
    snprintf (session->reason, sizeof session->reason,
              "the image takes no more sessions of this profile, and none of those open there can "
              "give its place now (edited or running): close one, then 'stui session restore'");
    return false;
}
