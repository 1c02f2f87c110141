/* store_policy.c: see store_policy.h. Lists are searched from end to end: they are as long as
 * the sessions saved within a few ms, and when degraded as the sessions that changed since. */

#include "actors/store_policy.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/checksum.h"
#include "runtime/alloc.h"

static void
write_drop_tickets (struct store_write *write)
{
    for (size_t index = 0; index < write->ticket_count; index++)
        free (write->tickets[index].result);
    free (write->tickets);
    write->tickets = NULL;
    write->ticket_count = write->ticket_capacity = 0;
}

/* Whether it may be dropped when there are too many. */
static bool
kind_is_bounded (enum store_write_kind kind)
{
    return kind == STORE_WRITE_EVENT || kind == STORE_WRITE_CONNECTION;
}

/* Whether it may not be written in plain while sessions are encrypted. */
static bool
kind_is_sealed (enum store_write_kind kind)
{
    return kind == STORE_WRITE_SESSION || kind == STORE_WRITE_HELD;
}

/* How many may be written: they come first. */
static size_t
policy_pending (const struct store_policy *self)
{
    return self->count - self->locked;
}

/* Forgets COUNT writes from index FIRST on, none of them locked. */
static void
policy_remove (struct store_policy *self, size_t first, size_t count)
{
    if (count == 0)
        return; /* there may be no array yet */
    for (struct store_write *write = self->writes + first; write < self->writes + first + count;
         write++) {
        self->bytes -= write->bytes;
        if (kind_is_bounded (write->kind))
            self->event_bytes -= write->bytes;
        write_drop_tickets (write);
        free (write->subject);
        free (write->body);
    }
    self->count -= count;
    memmove (self->writes + first, self->writes + first + count,
             (self->count - first) * sizeof *self->writes);
}

void
store_policy_fini (struct store_policy *self)
{
    self->locked = 0;
    policy_remove (self, 0, self->count);
    free (self->writes);
    memset (self, 0, sizeof *self);
}

static uint64_t
subject_mark (const char *subject)
{
    return checksum_xxh64 (subject, strlen (subject));
}

/* By their marks first: keys begin alike, and there may be a thousand. */
static struct store_write *
policy_find (const struct store_policy *self, const char *subject, uint64_t mark)
{
    for (struct store_write *write = self->writes; write < self->writes + self->count; write++)
        if (write->mark == mark && strcmp (write->subject, subject) == 0)
            return write;
    return NULL;
}

const struct store_write *
store_policy_find (const struct store_policy *self, const char *subject)
{
    return self->count > 0 ? policy_find (self, subject, subject_mark (subject)) : NULL;
}

/* Keeps events within their bound, for as long as they cannot be written. */
static void
policy_bound_events (struct store_policy *self)
{
    size_t index = 0;
    while (self->event_bytes > STORE_POLICY_EVENTS_BYTES) {
        while (!kind_is_bounded (self->writes[index].kind))
            index++;
        policy_remove (self, index, 1);
        self->dropped++;
    }
}

static struct store_write *
policy_append (struct store_policy *self, enum store_write_kind kind, const char *subject,
               uint64_t mark, int64_t now_ms)
{
    if (policy_pending (self) == 0)
        self->since_ms = now_ms;
    stui_grow (&self->writes, &self->capacity, self->count, sizeof *self->writes);
    struct store_write *write = &self->writes[policy_pending (self)];
    memmove (write + 1, write, self->locked * sizeof *write);
    self->count++;
    *write = (struct store_write){.kind = kind, .subject = stui_strdup (subject), .mark = mark};
    return write;
}

bool
store_policy_put (struct store_policy *self, enum store_write_kind kind, const char *subject,
                  char **body, struct store_ticket *ticket, int64_t now_ms)
{
    uint64_t mark = subject_mark (subject);
    struct store_write *write =
        kind == STORE_WRITE_EVENT ? NULL : policy_find (self, subject, mark);
    if (!write)
        write = policy_append (self, kind, subject, mark, now_ms);
    size_t bytes = *body ? strlen (*body) : 0;
    self->last_ms = now_ms;
    self->bytes += bytes - write->bytes;
    if (kind_is_bounded (kind))
        self->event_bytes += bytes - write->bytes;
    free (write->body);
    write->body = *body;
    write->bytes = bytes;
    *body = NULL;
    if (self->state != STORE_POLICY_HEALTHY) {
        policy_bound_events (self);
        return false;
    }
    if (ticket) {
        if (!write->tickets) { /* mostly there is one, and no more come */
            write->tickets = stui_alloc (sizeof *write->tickets);
            write->ticket_capacity = 1;
        }
        stui_grow (&write->tickets, &write->ticket_capacity, write->ticket_count,
                   sizeof *write->tickets);
        write->tickets[write->ticket_count++] = *ticket;
        ticket->result = NULL;
    }
    return true;
}

/* Takes as many of the oldest writes as fit into one batch, and at least one. */
static enum store_policy_action
policy_commit (struct store_policy *self)
{
    size_t bytes = 0;
    for (self->batch = 0; self->batch < policy_pending (self); self->batch++) {
        bytes += self->writes[self->batch].bytes;
        if (self->batch > 0 && bytes > STORE_POLICY_BATCH_BYTES)
            break;
    }
    return STORE_POLICY_COMMIT;
}

static int64_t
policy_due_ms (const struct store_policy *self)
{
    int64_t quiet_ms = self->last_ms + STORE_POLICY_GROUP_MS;
    int64_t latest_ms = self->since_ms + STORE_POLICY_GROUP_MAX_MS;
    return quiet_ms < latest_ms ? quiet_ms : latest_ms;
}

enum store_policy_action
store_policy_next (struct store_policy *self, bool flush, int64_t now_ms)
{
    if (self->state == STORE_POLICY_DEGRADED)
        return flush || now_ms >= self->reopen_at_ms ? STORE_POLICY_REOPEN : STORE_POLICY_WAIT;
    size_t pending = policy_pending (self);
    if (pending == 0)
        return STORE_POLICY_WAIT;
    bool together = !self->more && self->burst + pending >= self->last_burst;
    bool enough = together || self->bytes >= STORE_POLICY_BATCH_BYTES;
    bool due = now_ms >= policy_due_ms (self);
    if (flush || enough || due || self->state == STORE_POLICY_TRIAL)
        return policy_commit (self);
    return STORE_POLICY_WAIT;
}

int64_t
store_policy_deadline_ms (const struct store_policy *self)
{
    if (self->state == STORE_POLICY_DEGRADED)
        return self->reopen_at_ms;
    return policy_pending (self) > 0 ? policy_due_ms (self) : STUI_NEVER;
}

bool
store_policy_committed (struct store_policy *self)
{
    assert (self->batch > 0 && self->batch <= policy_pending (self));
    bool healed = self->state == STORE_POLICY_TRIAL;
    self->state = STORE_POLICY_HEALTHY;
    self->reopen_delay_ms = 0;
    self->burst += self->batch;
    policy_remove (self, 0, self->batch);
    self->batch = 0;
    if (policy_pending (self) == 0 && !self->more) {
        self->last_burst = self->burst;
        self->burst = 0;
    }
    return healed;
}

bool
store_policy_failed (struct store_policy *self, int64_t now_ms)
{
    bool was_healthy = self->state == STORE_POLICY_HEALTHY;
    for (size_t index = 0; index < self->count; index++)
        write_drop_tickets (&self->writes[index]);
    int64_t delay = self->reopen_delay_ms * 2;
    if (delay < STORE_POLICY_REOPEN_MIN_MS)
        delay = STORE_POLICY_REOPEN_MIN_MS;
    if (delay > STORE_POLICY_REOPEN_MAX_MS)
        delay = STORE_POLICY_REOPEN_MAX_MS;
    self->reopen_delay_ms = delay;
    self->reopen_at_ms = now_ms + delay;
    self->state = STORE_POLICY_DEGRADED;
    self->batch = 0;
    policy_bound_events (self);
    return was_healthy;
}

size_t
store_policy_lock (struct store_policy *self)
{
    size_t pending = policy_pending (self), kept = 0, moved = 0;
    struct store_write *sealed = stui_alloc ((pending + 1) * sizeof *sealed);
    for (size_t index = 0; index < pending; index++) {
        struct store_write *write = &self->writes[index];
        if (!kind_is_sealed (write->kind)) {
            self->writes[kept++] = *write;
            continue;
        }
        write_drop_tickets (write);
        sealed[moved++] = *write;
    }
    if (moved > 0)
        memcpy (self->writes + kept, sealed, moved * sizeof *sealed);
    free (sealed);
    self->locked += moved;
    self->batch = 0;
    return moved;
}

void
store_policy_unlock (struct store_policy *self)
{
    self->locked = 0;
}

void
store_policy_reopened (struct store_policy *self, uint64_t last_seq)
{
    assert (self->state == STORE_POLICY_DEGRADED);
    self->state = STORE_POLICY_TRIAL;
    for (size_t index = self->count; index-- > 0;) {
        const struct store_write *write = &self->writes[index];
        if (write->kind == STORE_WRITE_EVENT && write->number > 0 && write->number <= last_seq)
            policy_remove (self, index, 1);
    }
}
