/* uuid.c: UUIDs of version 7 (RFC 9562, 5.7) with its method 1, a counter of fixed length: 48
 * bits of milliseconds, 32 of counter, 42 of randomness, so that ids of one generator rise as
 * texts. A new millisecond starts the counter at random in its lower half, so that two
 * generators of one moment differ in more than the last 42 bits. Pure. */

#include "runtime/uuid.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/random.h"

static const int64_t ms_mask = (INT64_C (1) << 48) - 1;

void
uuid_next (struct uuid_source *self, int64_t wall_ms, struct random_source *random,
           char text[STUI_UUID_LEN + 1])
{
    if (wall_ms > self->last_ms) {
        self->last_ms = wall_ms & ms_mask;
        self->counter = (uint32_t) (random_next (random) >> 33);
    }
    else if (++self->counter == 0)
        self->last_ms++;
    uint64_t tail = random_next (random) >> 22;
    uint64_t low = (uint64_t) (self->counter & 0xFFFFF) << 42 | tail;
    uint64_t variant = UINT64_C (2) << 62 | low;
    snprintf (text, STUI_UUID_LEN + 1, "%08" PRIx32 "-%04x-7%03x-%04x-%012" PRIx64,
              (uint32_t) (self->last_ms >> 16), (unsigned) self->last_ms & 0xFFFF,
              (unsigned) (self->counter >> 20), (unsigned) (variant >> 48),
              variant & (uint64_t) ms_mask);
}

void
uuid_after (struct uuid_source *self, const char *after)
{
    if (!uuid_is_valid (after) || after[14] != '7')
        return;
    unsigned long high = strtoul (after, NULL, 16), low = strtoul (after + 9, NULL, 16);
    int64_t ms = (int64_t) (high << 16 | low);
    unsigned long top = strtoul (after + 15, NULL, 16);
    uint64_t bottom = strtoul (after + 19, NULL, 16) << 48 | strtoul (after + 24, NULL, 16);
    uint32_t counter = (uint32_t) (top << 20 | (bottom << 2 >> 44));
    if (ms < self->last_ms || (ms == self->last_ms && counter <= self->counter))
        return;
    self->last_ms = ms;
    self->counter = counter;
}

bool
uuid_is_valid (const char *text)
{
    if (!text || strlen (text) != STUI_UUID_LEN)
        return false;
    for (int index = 0; index < STUI_UUID_LEN; index++) {
        bool dash = index == 8 || index == 13 || index == 18 || index == 23;
        if (dash ? text[index] != '-' : !strchr ("0123456789abcdef", text[index]))
            return false;
    }
    return true;
}
