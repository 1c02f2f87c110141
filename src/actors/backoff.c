/* backoff.c: see backoff.h. Pure. */

#include "actors/backoff.h"

int64_t
backoff_next (struct backoff *self, struct random_source *random)
{
    int64_t ceiling = self->min_ms;
    for (uint32_t step = 0; step < self->failures && ceiling < self->max_ms; step++)
        ceiling *= 2;
    if (ceiling > self->max_ms)
        ceiling = self->max_ms;
    if (self->failures < UINT32_MAX)
        self->failures++;
    return 1 + (int64_t) random_below (random, (uint64_t) ceiling);
}

void
backoff_reset (struct backoff *self)
{
    self->failures = 0;
}
