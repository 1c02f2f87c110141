/* fleet_permits.c: who may attempt: so many at once, the fewest consecutive failures first, each
 * for a second at most. While supervisors start, images that have no sessions yet wait: whose they are
 * could not be told, and a thousand attempts in vain would keep the processors from those who still read
 * what they know. Pure but for the heap. */

#include "actors/fleet.h"

#include <stdio.h>
#include <string.h>

#include "runtime/alloc.h"

void
fleet_reading (struct fleet *self)
{
    self->reading_until_ms = self->now_ms + FLEET_READING_MS;
}

/* Whether somebody still reads what it knows, and may be waited for. */
static bool
permits_wait (struct fleet *self)
{
    return self->now_ms < self->reading_until_ms && fleet_other_unknown (self, NULL);
}

/* Who is next of those that ask; asking_count: nobody. */
static size_t
permits_next (const struct fleet *self, bool waits)
{
    size_t best = self->asking_count;
    for (size_t index = 0; index < self->asking_count; index++) {
        const struct fleet_permit *permit = &self->asking[index];
        if (!(waits && permit->is_new)
            && (best == self->asking_count || permit->failures < self->asking[best].failures))
            best = index;
    }
    return best;
}

/* A burst of attempts takes more memory than what comes of it: it is given back in the calm after it, where
 * nothing is there that is about to go again. */
static void
permits_tidy_later (struct fleet *self)
{
    if (self->tidy_ms == 0)
        self->tidy_max_ms = self->now_ms + FLEET_TIDY_MAX_MS;
    self->tidy_ms = self->now_ms + FLEET_TIDY_MS;
    if (self->tidy_ms > self->tidy_max_ms)
        self->tidy_ms = self->tidy_max_ms;
}

static void
permits_give (struct fleet *self)
{
    bool waits = self->asking_count > 0 && permits_wait (self);
    while (self->granted_count < FLEET_PERMITS) {
        size_t best = permits_next (self, waits);
        if (best == self->asking_count)
            break;
        struct fleet_permit permit = self->asking[best];
        memmove (self->asking + best, self->asking + best + 1,
                 (self->asking_count - best - 1) * sizeof permit);
        self->asking_count--;
        permits_tidy_later (self);
        fleet_send (self, msg_new (permit.peer, MSG_OK, permit.ref, "{}"));
        permit.until_ms = self->now_ms + FLEET_PERMIT_MS;
        stui_grow (&self->granted, &self->granted_capacity, self->granted_count, sizeof permit);
        self->granted[self->granted_count++] = permit;
    }
}

static void
permit_free (struct fleet *self, const char *peer)
{
    for (size_t index = 0; index < self->granted_count; index++)
        if (strcmp (self->granted[index].peer, peer) == 0) {
            self->granted[index] = self->granted[--self->granted_count];
            return;
        }
}

void
fleet_permits_drop (struct fleet *self, const char *peer)
{
    permit_free (self, peer);
    size_t kept = 0;
    for (size_t index = 0; index < self->asking_count; index++)
        if (strcmp (self->asking[index].peer, peer) != 0)
            self->asking[kept++] = self->asking[index];
    self->asking_count = kept;
    permits_give (self);
}

void
fleet_permit (struct fleet *self, const struct msg *msg)
{
    stui_grow (&self->asking, &self->asking_capacity, self->asking_count, sizeof *self->asking);
    struct fleet_permit *permit = &self->asking[self->asking_count++];
    const struct fleet_image *image = fleet_image_of (self, msg->peer);
    *permit = (struct fleet_permit){
        .ref = msg->ref, .failures = msg_number (msg, 0), .is_new = image && image->key[0] == '\0'};
    snprintf (permit->peer, sizeof permit->peer, "%s", msg->peer);
    permits_give (self);
}

void
fleet_permit_return (struct fleet *self, const struct msg *msg)
{
    permit_free (self, msg->peer);
    permits_give (self);
}

void
fleet_permits_expire (struct fleet *self)
{
    size_t kept = 0;
    for (size_t index = 0; index < self->granted_count; index++)
        if (self->granted[index].until_ms > self->now_ms)
            self->granted[kept++] = self->granted[index];
    self->granted_count = kept;
    permits_give (self);
}

void
fleet_permits_known (struct fleet *self)
{
    if (self->asking_count > 0 && !permits_wait (self))
        permits_give (self);
}

int64_t
fleet_permits_deadline (const struct fleet *self)
{
    bool may_wait = self->asking_count > 0 && self->now_ms < self->reading_until_ms;
    int64_t earliest = may_wait ? self->reading_until_ms : STUI_NEVER;
    for (size_t index = 0; index < self->granted_count; index++)
        if (self->granted[index].until_ms < earliest)
            earliest = self->granted[index].until_ms;
    return earliest;
}
