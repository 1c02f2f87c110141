/* recovery.c: see recovery.h. Pure. */

#include "chaos/recovery.h"

#include <stdlib.h>

#include "chaos/numbers.h"
#include "runtime/alloc.h"

void
recovery_fini (struct recovery *self)
{
    free (self->waits);
    free (self->took_ms);
    *self = (struct recovery){0};
}

void
recovery_begin (struct recovery *self, size_t image, const char *what, int64_t at_ms)
{
    stui_grow (&self->waits, &self->wait_capacity, self->wait_count, sizeof *self->waits);
    self->waits[self->wait_count++] = (struct recovery_wait){image, at_ms, what};
}

void
recovery_note_answer (struct recovery *self, size_t image, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->wait_count; i++) {
        const struct recovery_wait wait = self->waits[i];
        if (wait.image != image || now_ms < wait.since_ms) {
            self->waits[kept++] = wait;
            continue;
        }
        stui_grow (&self->took_ms, &self->capacity, self->count, sizeof *self->took_ms);
        self->took_ms[self->count++] = now_ms - wait.since_ms;
        if (self->slowest.what != NULL && now_ms - wait.since_ms <= self->slowest_ms)
            continue;
        self->slowest = wait;
        self->slowest_ms = now_ms - wait.since_ms;
    }
    self->wait_count = kept;
}

int64_t
recovery_percentile (struct recovery *self, int share)
{
    if (self->count == 0)
        return 0;
    numbers_sort (self->took_ms, self->count);
    size_t rank = (self->count * (size_t) share + 99) / 100;
    return self->took_ms[rank > 0 ? rank - 1 : 0];
}
