/* sessions.c: the session set of sessions.h. Long: a step for each thing that happens to a session. Pure
 * but for the heap. */

#include "actors/sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

static void
session_free (struct session *self)
{
    free (self->remote_id);
    free (self->name);
    free (self->note);
    free (self->stamp);
    json_destroy (&self->tags);
    json_destroy (&self->adopted_from);
    json_destroy (&self->theirs);
    json_destroy (&self->parted);
    json_destroy (&self->context);
    json_destroy (&self->variables);
    free (self->waiters);
    free (self);
}

void
sessions_forget (struct sessions *self)
{
    for (size_t index = 0; index < self->count; index++)
        session_free (self->items[index]);
    self->count = 0;
}

void
sessions_fini (struct sessions *self)
{
    sessions_forget (self);
    free (self->items);
    *self = (struct sessions){0};
}

struct session *
sessions_find (const struct sessions *self, const char *id)
{
    for (size_t index = 0; index < self->count; index++)
        if (strcmp (self->items[index]->id, id) == 0)
            return self->items[index];
    return NULL;
}

struct session *
sessions_push (struct sessions *self, const char *id, const char *name)
{
    struct session *session = stui_alloc (sizeof *session);
    snprintf (session->id, sizeof session->id, "%s", id);
    session->name = stui_strdup (name);
    stui_grow (&self->items, &self->capacity, self->count, sizeof *self->items);
    self->items[self->count++] = session;
    return session;
}

void
session_text_replace (char **text, const char *value)
{
    char *copy = value ? stui_strdup (value) : NULL;
    free (*text);
    *text = copy;
}

/* ---- Saving ------------------------------------------------------------------------------ */

void
session_save_end (struct session *self, bool saved, uint64_t generation, int64_t now_ms)
{
    if (saved) {
        self->saved = self->saving;
        self->base = self->saving_state;
        self->generation = generation;
        if (self->refused) /* it is kept after all, as a closed one */
            self->reason[0] = '\0';
        self->refused = false;
        if (self->saved != self->change)
            self->unsaved_ms = self->meanwhile_ms; /* those since it began wait anew */
    }
    else {
        self->changed_ms = self->unsaved_ms = now_ms; /* tried again after the quiet time */
    }
    self->saving = 0;
}

static int64_t
session_save_ms (const struct session *self)
{
    if (self->saved == self->change || self->saving || self->overtaken)
        return STUI_NEVER;
    if (self->save_now)
        return 0;
    int64_t quiet = self->changed_ms + SESSION_SAVE_QUIET_MS;
    int64_t latest = self->unsaved_ms + SESSION_SAVE_LATEST_MS;
    return quiet < latest ? quiet : latest;
}

struct session *
sessions_save_due (const struct sessions *self, int64_t now_ms)
{
    if (!self->key[0])
        return NULL; /* no image yet to keep it under */
    for (size_t index = 0; index < self->count; index++)
        if (session_save_ms (self->items[index]) <= now_ms)
            return self->items[index];
    return NULL;
}

bool
sessions_all_saved (const struct sessions *self)
{
    for (size_t index = 0; index < self->count; index++)
        if (self->items[index]->saved != self->items[index]->change
            && !self->items[index]->overtaken)
            return false;
    return true;
}

void
sessions_save_all (struct sessions *self)
{
    for (size_t index = 0; index < self->count; index++)
        self->items[index]->save_now = true;
}

/* ---- Changes ----------------------------------------------------------------------------- */

void
session_set_open (struct session *self, bool open, int64_t now_ms)
{
    if (self->open && self->open_mark_ms)
        self->open_ms += now_ms - self->open_mark_ms;
    self->open = open;
    self->open_mark_ms = open ? now_ms : 0;
}

void
session_touch (struct session *self, bool context, int64_t now_ms)
{
    bool told = self->told == self->change;
    self->frozen = false;
    session_set_open (self, self->open, now_ms);
    if (self->saved == self->change || self->saved == 0)
        self->unsaved_ms = now_ms;
    if (self->saving == self->change)
        self->meanwhile_ms = now_ms;
    self->change++;
    self->wished = self->change;
    if (context)
        self->worked = self->change;
    self->changed_ms = now_ms;
    if (!context && told)
        self->told = self->change;
}

void
session_touch_there (struct session *self, int64_t now_ms)
{
    uint64_t wished = self->wished;
    session_touch (self, false, now_ms);
    self->wished = wished;
}

struct session *
sessions_new (struct sessions *self, const char *id, const char *name, struct json *context,
              int64_t now_ms, int64_t wall_ms)
{
    struct session *session = sessions_push (self, id, name);
    session_set_open (session, true, now_ms);
    session->state = STUI_SESSION_FRESH;
    session->context = context ? context : json_object ();
    session->created_wall_ms = session->modified_wall_ms = wall_ms;
    session->opened = 1;
    session->used_ms = now_ms;
    session_touch (session, true, now_ms);
    session->save_now = true;
    session->due = self->online ? SESSION_OP_CREATE : SESSION_OP_NONE;
    return session;
}

static void
session_modified (struct session *self, int64_t now_ms, int64_t wall_ms)
{
    session_touch (self, true, now_ms);
    self->used_ms = now_ms;
    self->modified_wall_ms = wall_ms;
    /* What the image refused is tried again with the next change. */
    bool refused = self->state == STUI_SESSION_FAILED && self->known_there && !self->conflict;
    if (refused || self->state == STUI_SESSION_FRESH || self->state == STUI_SESSION_RESTORED)
        self->state = STUI_SESSION_MODIFIED;
}

/* The array of CONTEXT that NAME means, a member or, behind a dot, a member's member; NULL. */
static struct json *
context_take_array (struct json *context, const char *name)
{
    const char *dot = strchr (name, '.');
    if (!dot)
        return json_is_array (json_get (context, name)) ? json_take (context, name) : NULL;
    char outer[32];
    snprintf (outer, sizeof outer, "%.*s", (int) (dot - name), name);
    struct json *member = json_take (context, outer), *array = NULL;
    if (json_is_array (json_get (member, dot + 1)))
        array = json_take (member, dot + 1);
    if (member)
        json_set (context, outer, member);
    return array;
}

static void
context_set_array (struct json *context, const char *name, struct json *array)
{
    const char *dot = strchr (name, '.');
    if (!dot) {
        json_set (context, name, array);
        return;
    }
    char outer[32];
    snprintf (outer, sizeof outer, "%.*s", (int) (dot - name), name);
    struct json *member = json_take (context, outer);
    json_set (member, dot + 1, array);
    json_set (context, outer, member);
}

/* ARRAY without its oldest elements, so that with BESIDE bytes of other context it can be saved, or
 * empty. Takes ARRAY over; counts in *DROPPED. */
static struct json *
array_fit (struct json *array, size_t beside, size_t *dropped)
{
    enum { KEY_BYTES = 64 }; /* its name and what stands around it */
    size_t size = json_size (array) + beside + KEY_BYTES;
    if (size <= SESSION_CONTEXT_MAX)
        return array;
    struct json *kept = json_array ();
    for (const struct json *one = json_first (array); one; one = json_next (one)) {
        size_t bytes = json_size (one) + 1;
        if (size <= SESSION_CONTEXT_MAX) {
            json_push (kept, json_copy (one));
            continue;
        }
        size -= bytes < size ? bytes : size;
        ++*dropped;
    }
    json_destroy (&array);
    return kept;
}

size_t
session_context_fit (struct json *context)
{
    static const char *const spare[] = {"transcript.tail", "results", "history"};
    size_t dropped = 0;
    for (size_t at = 0; at < sizeof spare / sizeof *spare; at++) {
        if (json_size (context) <= SESSION_CONTEXT_MAX)
            break;
        struct json *array = context_take_array (context, spare[at]);
        if (array)
            context_set_array (context, spare[at],
                               array_fit (array, json_size (context), &dropped));
    }
    return dropped;
}

int
session_edit (struct session *self, const struct json *patch, int64_t now_ms, int64_t wall_ms,
              size_t *dropped, struct stui_cause *cause)
{
    struct json *next = json_copy (self->context);
    for (const struct json *member = json_first (patch); member; member = json_next (member))
        json_set (next, json_key (member), json_copy (member));
    *dropped = session_context_fit (next);
    size_t size = json_size (next);
    if (size > SESSION_CONTEXT_MAX) {
        json_destroy (&next);
        return stui_fail (cause, STUI_E_TOO_LARGE,
                          "the session would take %zu bytes, %d is the most: shorten its text",
                          size, STUI_SESSION_MAX);
    }
    session_base_keep (self);
    json_destroy (&self->context);
    self->context = next;
    session_modified (self, now_ms, wall_ms);
    return 0;
}

size_t
session_note_input (struct session *self, const char *code, int64_t now_ms, int64_t wall_ms)
{
    session_base_keep (self);
    struct json *history = json_take (self->context, "history");
    if (!json_is_array (history)) {
        json_destroy (&history);
        history = json_array ();
    }
    struct json *kept = json_array ();
    size_t skip = json_count (history) >= SESSION_HISTORY_MAX
                      ? json_count (history) - SESSION_HISTORY_MAX + 1
                      : 0;
    for (const struct json *input = json_first (history); input; input = json_next (input))
        if (skip > 0)
            skip--;
        else
            json_push (kept, json_copy (input));
    json_destroy (&history);
    json_push (kept, json_string (code));
    json_set (self->context, "history", kept);
    size_t dropped = session_context_fit (self->context);
    self->evaluations++;
    session_modified (self, now_ms, wall_ms);
    self->save_now = true;
    return dropped;
}

void
session_note_result (struct session *self, bool error, int64_t now_ms)
{
    self->errors += error;
    if (error)
        session_touch (self, false, now_ms);
}

void
sessions_open (struct sessions *self, struct session *session, int64_t now_ms)
{
    session->frozen = false;
    if (session->open && (session->state != STUI_SESSION_FAILED || !self->online))
        return;
    session->opened += !session->open;
    session_set_open (session, true, now_ms);
    session->used_ms = now_ms;
    session->garbled = 0;
    if (session->state == STUI_SESSION_CLOSED)
        session->reason[0] = '\0';
    session->refused = false;
    session->closed_by[0] = '\0';
    session->close_there = session->left_there = false;
    session_forget_conflict (session);
    session->state = self->online ? STUI_SESSION_RESTORING : STUI_SESSION_PRESERVED;
    session->due = self->online ? SESSION_OP_RESTORE : SESSION_OP_NONE;
    session_touch (session, false, now_ms);
    session->save_now = true;
}

void
sessions_close (struct sessions *self, struct session *session, int64_t now_ms, int64_t wall_ms)
{
    session_set_open (session, false, now_ms);
    session->left_there = false;
    session->state = STUI_SESSION_CLOSED;
    session->current = session->refused = false;
    session->close_there = session->was_there || session->maybe_there;
    session->due = self->online && session->close_there ? SESSION_OP_CLOSE : SESSION_OP_NONE;
    session->modified_wall_ms = wall_ms;
    session_touch (session, false, now_ms);
    session->save_now = true;
}

size_t
sessions_store_open (struct sessions *self, int64_t now_ms)
{
    size_t count = 0;
    for (size_t index = 0; index < self->count; index++) {
        struct session *session = self->items[index];
        if (!session->open)
            continue;
        session_set_open (session, false, now_ms);
        session_touch (session, false, now_ms);
        session->state = STUI_SESSION_STORED;
        session->left_there = session->was_there;
        session->save_now = true;
        count++;
    }
    return count;
}

struct session *
sessions_current (const struct sessions *self)
{
    for (size_t index = 0; index < self->count; index++)
        if (self->items[index]->current)
            return self->items[index];
    return NULL;
}

void
sessions_set_current (struct sessions *self, struct session *session, int64_t now_ms)
{
    for (size_t index = 0; index < self->count; index++) {
        struct session *other = self->items[index];
        if (other == session || !other->current)
            continue;
        other->current = false;
        session_touch (other, false, now_ms);
        other->save_now = true;
    }
}

bool
session_may_give_place (const struct session *self, int64_t now_ms)
{
    if (self->left_there)
        return true;
    bool held = self->holder[0] && self->held_until_ms > now_ms;
    return self->open && self->known_there && !held && !self->current;
}

bool
session_is_older (const struct session *self, const struct session *other)
{
    if (self->left_there != other->left_there)
        return self->left_there;
    if (self->used_ms != other->used_ms)
        return self->used_ms < other->used_ms;
    return self->modified_wall_ms < other->modified_wall_ms;
}

void
session_give_place (struct session *self, int64_t now_ms)
{
    session_set_open (self, false, now_ms);
    self->state = STUI_SESSION_STORED;
    self->close_there = true;
    self->left_there = false;
    self->gave_place = true;
    self->due = SESSION_OP_CLOSE;
    session_touch (self, false, now_ms);
    self->save_now = true;
}

void
session_hold (struct session *self, const char *terminal, int64_t now_ms)
{
    self->frozen = false;
    if (strcmp (self->holder, terminal) != 0) {
        memcpy (self->holder_before, self->holder, sizeof self->holder_before);
        snprintf (self->holder, sizeof self->holder, "%s", terminal);
        self->held_since_ms = now_ms;
        self->held_anew = true;
        self->terminal = self->terminal || *terminal;
        session_touch (self, false, now_ms);
    }
    self->held_until_ms = now_ms + SESSION_LEASE_MS;
}

void
session_want (struct session *self, const char *terminal, int64_t now_ms)
{
    if (!self->wanted_by[0])
        self->wanted_ms = now_ms + SESSION_HANDOVER_MS;
    snprintf (self->wanted_by, sizeof self->wanted_by, "%s", terminal);
    self->held_anew = true;
}

/* Who wanted it has it now, and is told so once all that was written before is stored. */
static void
session_hand_over (struct session *self, int64_t now_ms)
{
    session_hold (self, self->wanted_by, now_ms);
    self->wanted_by[0] = '\0';
    self->save_now = true;
    for (size_t index = 0; index < self->waiter_count; index++)
        if (self->waiters[index].wait == SESSION_WAIT_LEASE) {
            self->waiters[index].wait = SESSION_WAIT_SAVED;
            self->waiters[index].change = self->change;
        }
}

bool
session_was_taken (const struct session *self, const char *terminal, int64_t now_ms)
{
    return *terminal && self->holder[0] && strcmp (self->holder, terminal) != 0
           && strcmp (self->holder_before, terminal) == 0
           && now_ms - self->held_since_ms < SESSION_TAKEN_MS;
}

bool
session_may_write (const struct session *self, const char *terminal, int64_t now_ms)
{
    return !self->holder[0] || self->held_until_ms <= now_ms
           || strcmp (self->holder, terminal) == 0;
}

void
session_wait (struct session *self, const char *peer, uint64_t ref, enum session_wait wait,
              uint64_t change)
{
    stui_grow (&self->waiters, &self->waiter_capacity, self->waiter_count, sizeof *self->waiters);
    struct session_waiter *waiter = &self->waiters[self->waiter_count++];
    snprintf (waiter->peer, sizeof waiter->peer, "%s", peer);
    waiter->ref = ref;
    waiter->wait = wait;
    waiter->change = change;
    waiter->known = STUI_SESSION_COUNT;
}

bool
session_waits_for_save (const struct session_waiter *waiter)
{
    return waiter->wait == SESSION_WAIT_SAVED || waiter->wait == SESSION_WAIT_MADE
           || waiter->wait == SESSION_WAIT_REAP;
}

/* ---- The image comes and goes ------------------------------------------------------------ */

static void
session_garbled_fail (struct session *self)
{
    self->state = STUI_SESSION_FAILED;
    snprintf (self->reason, sizeof self->reason,
              "its restore was answered %d times by what cannot be read: 'stui session restore' "
              "asks once more",
              self->garbled);
}

void
sessions_garbled (struct sessions *self)
{
    for (size_t index = 0; index < self->count; index++)
        self->items[index]->garbled += self->items[index]->on_wire == SESSION_OP_RESTORE;
}

void
sessions_join (struct sessions *self, size_t first, int64_t now_ms)
{
    for (size_t index = first; index < self->count; index++) {
        struct session *session = self->items[index];
        session->known_there = session->frozen = false;
        session->on_wire = SESSION_OP_NONE;
        session->renewed_ms = now_ms;
        session->due = SESSION_OP_NONE;
        if (session->open && session->garbled >= SESSION_GARBLED_MAX) {
            session_garbled_fail (session);
        }
        else if (session->open) {
            /* One that no image ever had is made, not asked for; where a create was not answered it is
             * asked first: what that told is known for ours only until another is sent. */
            bool asked = session->was_there || session->maybe_there || session->version > 0
                         || session->stamp;
            session->due = asked ? SESSION_OP_RESTORE : SESSION_OP_CREATE;
            if (session->state != STUI_SESSION_FRESH)
                session->state = STUI_SESSION_RESTORING;
        }
        else if (session->close_there) {
            session->due = SESSION_OP_CLOSE;
        }
    }
}

void
sessions_online (struct sessions *self, bool renew, int64_t now_ms)
{
    self->online = true;
    self->renew = renew;
    sessions_join (self, 0, now_ms);
}

void
sessions_offline (struct sessions *self, int64_t now_ms)
{
    self->online = false;
    self->offline_ms = now_ms;
    for (size_t index = 0; index < self->count; index++) {
        struct session *session = self->items[index];
        session->due = session->on_wire = SESSION_OP_NONE;
        session->keep = SESSION_KEEP_NONE; /* the conflict is there again when the image is */
        if (session->open && session->state != STUI_SESSION_ORPHANED)
            session->state = STUI_SESSION_PRESERVED;
    }
    sessions_save_all (self);
}

/* When an update is due that only keeps SESSION alive on its image. */
static int64_t
session_renew_ms (const struct sessions *self, const struct session *session)
{
    bool settled = session->open && session->known_there && session->due == SESSION_OP_NONE
                   && session->on_wire == SESSION_OP_NONE && session->state != STUI_SESSION_FAILED;
    return self->online && self->renew && settled && session->lease_ms > 0
               ? session->renewed_ms + session->lease_ms / 3
               : STUI_NEVER;
}

size_t
sessions_tick (struct sessions *self, int64_t now_ms)
{
    size_t orphans = 0;
    for (size_t index = 0; index < self->count; index++) {
        struct session *session = self->items[index];
        if (session->open && !session->open_mark_ms)
            session->open_mark_ms = now_ms;
        if (!self->online && session->state == STUI_SESSION_PRESERVED
            && now_ms - self->offline_ms >= self->orphan_after_ms) {
            session->state = STUI_SESSION_ORPHANED;
            session_touch (session, false, now_ms);
            orphans++;
        }
        if (session_renew_ms (self, session) <= now_ms)
            session->due = SESSION_OP_UPDATE;
        if (session->wanted_by[0] && session->wanted_ms <= now_ms)
            session_hand_over (session, now_ms);
        if (session->holder[0] && session->held_until_ms <= now_ms) {
            session->holder[0] = '\0'; /* its terminal is gone */
            session->held_anew = true;
        }
    }
    return orphans;
}

/* ---- The reaper -------------------------------------------------------------------------- */

bool
session_saves_books (const struct session *self, const struct sessions *set)
{
    bool unsaved = self->saved != self->change || self->saving;
    return unsaved && self->wished <= self->saved && set->key[0] && !self->unsaved
           && !self->overtaken;
}

const char *
session_may_be_reaped (const struct session *self, const struct sessions *set, uint64_t generation,
                       int64_t now_ms)
{
    if (self->saved != self->change || self->saving)
        return "it has work that is not saved yet";
    if (self->generation != generation)
        return "it has been changed meanwhile";
    if (self->holder[0] && self->held_until_ms > now_ms)
        return "a terminal edits it";
    if (self->open && set->online)
        return "its image is there: close it first";
    if (self->open && self->state != STUI_SESSION_ORPHANED && self->state != STUI_SESSION_FAILED)
        return "its image has been away for a short time only";
    if (set->online && self->state == STUI_SESSION_CLOSED
        && (self->close_there || self->on_wire != SESSION_OP_NONE))
        return "its image has not answered yet that it is closed: try again";
    if (set->online && (self->left_there || self->close_there || self->on_wire != SESSION_OP_NONE))
        return "its image still has it: close it first";
    return NULL;
}

void
session_become (struct session *self, const char *id)
{
    if (!self->remote_id && self->was_there)
        session_text_replace (&self->remote_id, self->id);
    snprintf (self->id, sizeof self->id, "%s", id);
    json_destroy (&self->adopted_from);
    self->generation = 0;
}

bool
sessions_reaped (struct sessions *self, struct session *session, int64_t now_ms)
{
    if (!session->frozen) {
        session_touch (session, false, now_ms);
        session->save_now = true;
        return false;
    }
    for (size_t index = 0; index < self->count; index++)
        if (self->items[index] == session) {
            session_free (session);
            memmove (self->items + index, self->items + index + 1,
                     (self->count - index - 1) * sizeof *self->items);
            self->count--;
            break;
        }
    return true;
}

/* ---- Time -------------------------------------------------------------------------------- */

int64_t
sessions_deadline (const struct sessions *self)
{
    int64_t earliest = STUI_NEVER;
    for (size_t index = 0; index < self->count; index++) {
        const struct session *session = self->items[index];
        int64_t at = self->key[0] ? session_save_ms (session) : STUI_NEVER;
        if (!self->online && session->state == STUI_SESSION_PRESERVED
            && self->offline_ms + self->orphan_after_ms < at)
            at = self->offline_ms + self->orphan_after_ms;
        if (session_renew_ms (self, session) < at)
            at = session_renew_ms (self, session);
        if (session->holder[0] && session->held_until_ms < at)
            at = session->held_until_ms;
        if (session->wanted_by[0] && session->wanted_ms < at)
            at = session->wanted_ms;
        if (at < earliest)
            earliest = at;
    }
    return earliest;
}
