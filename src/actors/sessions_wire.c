/* sessions_wire.c: what the image is told of its sessions, and what its answers mean: ours, older,
 * or somebody else's. Pure but for the heap. */

#include "actors/sessions.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"

/* A close makes place: it goes before a create, which waits for its answer. */
static bool
sessions_close_is_due (const struct sessions *self)
{
    for (size_t index = 0; index < self->count; index++)
        if (self->items[index]->due == SESSION_OP_CLOSE
            || self->items[index]->on_wire == SESSION_OP_CLOSE)
            return true;
    return false;
}

struct session *
sessions_due (const struct sessions *self)
{
    bool closing = sessions_close_is_due (self);
    for (size_t index = 0; self->online && index < self->count; index++) {
        struct session *session = self->items[index];
        if (session->on_wire != SESSION_OP_NONE || (closing && session->due == SESSION_OP_CREATE))
            continue;
        if (session->due == SESSION_OP_NONE && session->open && session->known_there
            && session->state != STUI_SESSION_FAILED && session->told < session->saved)
            session->due = SESSION_OP_UPDATE;
        /* What the image has not been told goes once it is saved: all of it, so that the next owner
         * knows it for ours. So does what the image is to forget. One to be made there does not wait
         * for a disk that takes nothing. */
        bool after_save = session->due == SESSION_OP_UPDATE || session->state == STUI_SESSION_STORED
                          || (session->due == SESSION_OP_CREATE && !session->unsaved);
        if (session->due != SESSION_OP_NONE && (!after_save || session->saved == session->change))
            return session;
    }
    return NULL;
}

const char *
session_wire_command (enum session_op op)
{
    static const char *const commands[] = {
        [SESSION_OP_NONE] = "",
        [SESSION_OP_RESTORE] = "restore_session",
        [SESSION_OP_CREATE] = "create_session",
        [SESSION_OP_UPDATE] = "update_session_state",
        [SESSION_OP_CLOSE] = "close_session",
    };
    static_assert (sizeof commands / sizeof *commands == SESSION_OP_COUNT, "a command per op");
    return commands[op];
}

struct json *
session_wire_begin (struct session *self, const char *client_id)
{
    struct json *parameters = json_object ();
    json_set_text (parameters, "session_id", self->remote_id ? self->remote_id : self->id);
    self->on_wire = self->due;
    self->due = SESSION_OP_NONE;
    if (self->on_wire == SESSION_OP_CREATE) {
        self->maybe_there = true;
        json_set_text (parameters, "session_id", self->id);
        json_set_text (parameters, "client_id", client_id);
        json_set_text (parameters, "name", self->name);
    }
    /* What is not stored stays here: a killed owner would leave a state there that the next one cannot
     * know. One that is made while the disk takes nothing is empty there until it does. */
    bool stored = self->saved == self->change;
    if (self->on_wire == SESSION_OP_CREATE || self->on_wire == SESSION_OP_UPDATE) {
        json_set (parameters, "state_data", stored ? json_copy (self->context) : json_object ());
        self->telling = stored ? self->change : 0;
        session_marks_add (self, json_get (parameters, "state_data"));
    }
    if (self->on_wire == SESSION_OP_UPDATE && self->version > 0)
        json_set_number (parameters, "base_version", self->version);
    return parameters;
}

void
session_wire_again (struct session *self)
{
    if (self->due == SESSION_OP_NONE)
        self->due = self->on_wire;
    self->on_wire = SESSION_OP_NONE;
}

/* The image's own marks of what it has. */
static void
session_take_marks (struct session *self, const struct json *result)
{
    self->version = json_get_number (result, "version", 0);
    session_text_replace (&self->stamp, json_get_text (result, "last_modified"));
    int64_t timeout_s = json_get_number (result, "timeout", 0);
    if (timeout_s > 0)
        self->lease_ms = timeout_s * 1000;
    const char *id = json_get_text (result, "session_id");
    if (id) /* an answer may leave it out */
        session_text_replace (&self->remote_id, strcmp (id, self->id) != 0 ? id : NULL);
    self->known_there = self->was_there = self->maybe_there = true;
    self->gave_place = false;
}

/* The image acknowledged what was told: it has all of it, or edits came meanwhile. */
static void
session_acknowledge (struct session *self)
{
    self->told = self->telling;
    if (self->state != STUI_SESSION_FAILED)
        self->state = self->told == self->change ? STUI_SESSION_RESTORED : STUI_SESSION_MODIFIED;
}

void
session_adopted (struct session *self, const struct json *result, int64_t now_ms)
{
    session_take_marks (self, result);
    session_set_open (self, true, now_ms);
    self->opened++;
    self->used_ms = now_ms;
    self->state = STUI_SESSION_RESTORED;
    session_touch (self, false, now_ms);
    /* Cut to what may be kept, or not: the image is told what it has anew if it differs. */
    const struct json *state = json_get (result, "session_state");
    self->told = json_equal (state, self->context) ? self->change : 0;
    self->save_now = true;
}

/* ---- Conflicts ---- */

/* The state in THERE (the result of a restore, the details of a Conflict) as it could be a session's
 * here; NULL when it is no object or too large even without its oldest history. Caller owns. */
static struct json *
session_their_state (const struct json *there)
{
    const struct json *state = json_get (there, "session_state");
    if (!json_is_object (state))
        return NULL;
    struct json *copy = json_copy (state);
    session_context_fit (copy);
    if (json_size (copy) > SESSION_CONTEXT_MAX)
        json_destroy (&copy);
    return copy;
}

/* Keeps what the image has, so that it can be looked at beside ours. */
static void
session_keep_theirs (struct session *self, const struct json *there)
{
    struct json *state = session_their_state (there);
    json_destroy (&self->theirs);
    self->theirs = json_object ();
    json_set_number (self->theirs, "version", json_get_number (there, "version", 0));
    json_set_text (self->theirs, "last_modified", json_get_text (there, "last_modified"));
    json_set (self->theirs, "state", state ? state : json_null ());
}

void
session_forget_conflict (struct session *self)
{
    self->conflict = false;
    self->keep = SESSION_KEEP_NONE;
    self->reason[0] = '\0';
    json_destroy (&self->theirs);
}

void
session_resolve (struct session *self, enum session_keep keep)
{
    self->keep = keep;
    self->due = SESSION_OP_RESTORE;
    self->state = STUI_SESSION_RESTORING;
}

/* The user has chosen: RESULT is what the image has by now. */
static enum session_outcome
session_settle_conflict (struct session *self, const struct json *result, int64_t now_ms)
{
    enum session_keep keep = self->keep;
    struct json *state = keep == SESSION_KEEP_MINE ? NULL : session_their_state (result);
    if (keep != SESSION_KEEP_MINE && !state) {
        self->keep = SESSION_KEEP_NONE;
        self->state = STUI_SESSION_FAILED;
        snprintf (self->reason, sizeof self->reason,
                  "the image's version cannot be taken (%s): keep yours",
                  json_is_object (json_get (result, "session_state"))
                      ? "it is larger than a session may be"
                      : "it is no object");
        return SESSION_CONFLICT;
    }
    session_take_marks (self, result);
    session_forget_conflict (self);
    if (keep == SESSION_KEEP_MINE) {
        self->state = STUI_SESSION_MODIFIED;
        self->told = 0;
        session_touch (self, false, now_ms);
        self->save_now = true;
        self->due = SESSION_OP_UPDATE; /* over the version that was just told */
        return SESSION_OVERWRITES;
    }
    session_base_keep (self);
    if (keep == SESSION_KEEP_BOTH)
        self->parted = self->context;
    else
        json_destroy (&self->context);
    self->context = state;
    self->state = STUI_SESSION_RESTORED;
    session_touch (self, true, now_ms);
    self->told = self->change;
    self->save_now = true;
    return keep == SESSION_KEEP_BOTH ? SESSION_PARTED : SESSION_RESOLVED;
}

/* The image has it: is what it has ours, older, or somebody else's? */
static enum session_outcome
session_compare (struct session *self, const struct json *result, int64_t now_ms)
{
    int64_t version = json_get_number (result, "version", 0);
    const char *stamp = json_get_text (result, "last_modified");
    const struct json *state = json_get (result, "session_state");
    bool same = state && json_equal (state, self->context);
    /* One that we never had an answer about may be another profile's, under an imported id. Where it was
     * made anew, or the image is started from an older save, a number may be there a second time: then
     * the time tells. */
    bool later = stamp && self->stamp && strcmp (stamp, self->stamp) > 0;
    bool newer = version > 0 ? version > self->version || later : stamp && (!self->stamp || later);
    /* An update whose answer was lost made it newer: that one is from here. */
    bool ours = same || session_marks_have (self, state);
    if (newer && !ours && self->keep != SESSION_KEEP_NONE)
        return session_settle_conflict (self, result, now_ms);
    if (newer && !ours) {
        self->conflict = true;
        session_keep_theirs (self, result);
        self->state = STUI_SESSION_FAILED;
        snprintf (
            self->reason, sizeof self->reason,
            "the image holds version %lld of %s, which is not from here (%lld%s%s was the last)",
            (long long) version, stamp ? stamp : "some time", (long long) self->version,
            self->stamp ? " of " : "", self->stamp ? self->stamp : "");
        return SESSION_CONFLICT;
    }
    bool older = version > 0 ? version < self->version
                             : stamp && self->stamp && strcmp (stamp, self->stamp) < 0;
    session_take_marks (self, result);
    session_forget_conflict (self);
    self->garbled = 0;
    self->state = STUI_SESSION_RESTORED;
    self->told = same ? self->change : 0;
    session_touch_there (self, now_ms); /* the marks are part of the record */
    if (!same)
        self->due = SESSION_OP_UPDATE;
    if (older) {
        snprintf (self->as_of, sizeof self->as_of, "%s", stamp ? stamp : "an earlier time");
        return SESSION_OLDER;
    }
    return same ? SESSION_IN_STEP : SESSION_SETTLING;
}

static enum session_outcome
session_wire_error (struct session *self, enum session_op op, const char *err_type,
                    const char *text, const struct json *details, int64_t now_ms)
{
    bool missing = err_type && strcmp (err_type, "SessionNotFound") == 0;
    if (op == SESSION_OP_CLOSE) {
        self->close_there = !missing && !self->open;
        return SESSION_GONE;
    }
    if (missing && op != SESSION_OP_CREATE) {
        /* Where it is made anew its versions begin again: that is stored before, or the next owner would
         * take somebody else's for an old one. */
        session_text_replace (&self->remote_id, NULL);
        if (self->version > 0 || self->stamp) {
            session_text_replace (&self->stamp, NULL);
            self->version = 0;
            session_touch (self, false, now_ms);
            self->save_now = true;
        }
        self->due = SESSION_OP_CREATE;
        return SESSION_SETTLING;
    }
    if (op == SESSION_OP_CREATE && err_type && strcmp (err_type, "SessionLimitExceeded") == 0) {
        self->due = SESSION_OP_CREATE;
        return SESSION_CROWDED;
    }
    self->conflict = err_type && strcmp (err_type, "Conflict") == 0;
    self->state = STUI_SESSION_FAILED;
    snprintf (self->reason, sizeof self->reason, "%s: %s", err_type ? err_type : "error",
              text ? text : "");
    if (self->conflict)
        session_keep_theirs (self, details);
    return self->conflict ? SESSION_CONFLICT : SESSION_REFUSED;
}

/* It was closed while OP was on the wire: what the image has of it now is closed there too. */
static enum session_outcome
session_wire_closed (struct session *self, enum session_op op, const struct json *result,
                     const char *err_type, int64_t now_ms)
{
    bool missing = err_type && strcmp (err_type, "SessionNotFound") == 0;
    if (result)
        session_take_marks (self, result);
    self->close_there = result || (op != SESSION_OP_CREATE && !missing);
    self->due = self->close_there ? SESSION_OP_CLOSE : SESSION_OP_NONE;
    session_touch_there (self, now_ms);
    return self->close_there ? SESSION_SETTLING : SESSION_GONE;
}

enum session_outcome
session_wire_end (struct session *self, const struct json *result, const char *err_type,
                  const char *text, const struct json *details, int64_t now_ms)
{
    enum session_op op = self->on_wire;
    self->on_wire = SESSION_OP_NONE;
    self->renewed_ms = now_ms;
    if (!self->open && op != SESSION_OP_CLOSE)
        return session_wire_closed (self, op, result, err_type, now_ms);
    if (!result)
        return session_wire_error (self, op, err_type, text, details, now_ms);
    switch (op) {
    case SESSION_OP_RESTORE:
        return session_compare (self, result, now_ms);
    case SESSION_OP_CREATE: {
        /* One that exists already answers as restore does. */
        if (json_get (result, "session_state"))
            return session_compare (self, result, now_ms);
        bool again = self->was_there || self->gave_place;
        session_take_marks (self, result);
        session_acknowledge (self);
        session_touch_there (self, now_ms);
        return again ? SESSION_RECREATED : SESSION_IN_STEP;
    }
    case SESSION_OP_UPDATE:
        session_take_marks (self, result);
        session_acknowledge (self);
        session_touch_there (self, now_ms);
        return SESSION_IN_STEP;
    default:
        self->close_there = self->was_there = self->maybe_there = self->known_there = false;
        session_touch_there (self, now_ms);
        return SESSION_GONE;
    }
}
