/* recovery.h: how long after the end of a fault the image answers again. Pure but for the heap. */

#ifndef STUI_CHAOS_RECOVERY_H
#define STUI_CHAOS_RECOVERY_H

#include <stddef.h>
#include <stdint.h>

/* A fault after which its image has not answered yet. */
struct recovery_wait {
    size_t image;
    int64_t since_ms;
    const char *what; /* borrowed: the fault's kind */
};

/* Zeroed is a good start. */
struct recovery {
    struct recovery_wait *waits; /* owned */
    size_t wait_count, wait_capacity;
    int64_t *took_ms; /* owned */
    size_t count, capacity;
    struct recovery_wait slowest; /* of those that are over; what is NULL: none */
    int64_t slowest_ms;
};

void recovery_fini (struct recovery *self);
/* A fault on IMAGE, WHAT (borrowed for good), ended at AT_MS. */
void recovery_begin (struct recovery *self, size_t image, const char *what, int64_t at_ms);
/* IMAGE answered at NOW_MS. */
void recovery_note_answer (struct recovery *self, size_t image, int64_t now_ms);
/* The time within which SHARE in a hundred of them had recovered; 0 when there were none. */
int64_t recovery_percentile (struct recovery *self, int share);

#endif
