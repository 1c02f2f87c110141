/* supervise_deferred.c: what was asked about sessions before they are read waits until they are, for as
 * long as whoever asked would wait. Part of supervise.h. Pure but for the heap. */

#include "actors/supervise.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

enum {
    /* Who says no time waits so long: reading takes less, also at the start of a thousand images. */
    DEFERRED_MS = 10000,
    DEFERRED_LEAST_MS = 1000, /* who would not wait for an image waits for the disk all the same */
};

bool
supervise_deferred_awaits (const struct supervise *self)
{
    bool other = self->wanted_key[0] && strcmp (self->wanted_key, self->sessions.key) != 0;
    bool opening = (self->refusal[0] || self->sealed) && (self->reload || self->loading);
    return !self->finishing && (!self->loaded || other || opening);
}

/* When MSG is given up. What is only reported is not: nobody would say it again. */
static int64_t
deadline_of (const struct supervise *self, const struct msg *msg)
{
    if (msg_kind (msg->verb) != MSG_REQUEST)
        return STUI_NEVER;
    bool commands = msg->verb == MSG_COMMAND || msg->verb == MSG_HOLD;
    int64_t wait_ms = commands                     ? (int64_t) msg_number (msg, 2)
                      : msg->verb == MSG_HELD_SEND ? (int64_t) msg_number (msg, 1)
                                                   : DEFERRED_MS;
    return supervise_deferred_since (self)
           + (wait_ms > DEFERRED_LEAST_MS ? wait_ms : DEFERRED_LEAST_MS);
}

void
supervise_deferred_add (struct supervise *self, const struct msg *msg)
{
    stui_grow (&self->deferred, &self->deferred_capacity, self->deferred_count,
               sizeof *self->deferred);
    struct supervise_deferred *deferred = &self->deferred[self->deferred_count++];
    deferred->msg = msg_from_texts (msg->peer, msg_word (msg->verb), "0",
                                    (const char *const *) msg->fields, msg->field_count, NULL);
    deferred->msg->ref = msg->ref;
    deferred->since_ms = supervise_deferred_since (self);
    deferred->deadline_ms = deadline_of (self, msg);
}

static void
deferred_remove (struct supervise *self, size_t at)
{
    msg_destroy (&self->deferred[at].msg);
    self->deferred_count--;
    memmove (self->deferred + at, self->deferred + at + 1,
             (self->deferred_count - at) * sizeof *self->deferred);
}

bool
supervise_deferred_drop (struct supervise *self, const char *peer, uint64_t ref)
{
    for (size_t at = 0; at < self->deferred_count; at++) {
        const struct msg *msg = self->deferred[at].msg;
        if (msg->ref != ref || strcmp (msg->peer, peer) != 0)
            continue;
        supervise_mail_refuse (self, msg, STUI_E_UNREACHABLE,
                               "whoever asked has left before it was looked at");
        deferred_remove (self, at);
        return true;
    }
    return false;
}

int64_t
supervise_deferred_since (const struct supervise *self)
{
    return self->deferred_since_ms ? self->deferred_since_ms : self->now_ms;
}

int64_t
supervise_deferred_deadline (const struct supervise *self)
{
    int64_t earliest = STUI_NEVER;
    for (size_t at = 0; at < self->deferred_count; at++)
        if (self->deferred[at].deadline_ms < earliest)
            earliest = self->deferred[at].deadline_ms;
    return earliest;
}

void
supervise_deferred_expire (struct supervise *self)
{
    for (size_t at = 0; at < self->deferred_count;) {
        const struct supervise_deferred *deferred = &self->deferred[at];
        if (deferred->deadline_ms > self->now_ms) {
            at++;
            continue;
        }
        supervise_mail_refuse (self, deferred->msg, STUI_E_STORAGE,
                               "the sessions of %s could not be read in %lld s, nothing was done: "
                               "see 'stui doctor'",
                               self->name, (long long) (self->now_ms - deferred->since_ms) / 1000);
        deferred_remove (self, at);
    }
}

void
supervise_deferred_settle (struct supervise *self)
{
    if (self->deferred_count == 0 || supervise_deferred_awaits (self))
        return;
    struct supervise_deferred *deferred = self->deferred;
    size_t count = self->deferred_count;
    self->deferred = NULL;
    self->deferred_count = self->deferred_capacity = 0;
    for (size_t index = 0; index < count; index++) {
        self->deferred_since_ms = deferred[index].since_ms;
        supervise_mail (self, deferred[index].msg);
        msg_destroy (&deferred[index].msg);
    }
    self->deferred_since_ms = 0;
    free (deferred);
}
