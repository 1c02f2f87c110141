/* backoff.h: when to try again: exponential backoff with full jitter, for ever. After "Exponential
 * Backoff And Jitter" (M. Brooker, AWS Architecture Blog, 2015): the wait is evenly random in
 * [0, min (max, min_ms * 2^failures)]. Pure. */

#ifndef STUI_ACTORS_BACKOFF_H
#define STUI_ACTORS_BACKOFF_H

#include <stdint.h>

#include "runtime/random.h"

struct backoff {
    int64_t min_ms, max_ms;
    uint32_t failures; /* consecutive */
};

/* Counts a failure and returns how many ms to wait before the next attempt: at least 1. */
int64_t backoff_next (struct backoff *self, struct random_source *random);

/* Starts anew: after success, a network change, a wake, a manual retry. */
void backoff_reset (struct backoff *self);

#endif
