/* shaper.h: one direction of a connection: what a bad network does to a stream of bytes, under a clock
 * that is passed in. Bytes are put in as they come, and come out in pieces, each at its time, in their
 * order. Pure but for the heap. */

#ifndef STUI_CHAOS_SHAPER_H
#define STUI_CHAOS_SHAPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/random.h"

/* What is done to a direction; zeroed: nothing. */
struct shaper_rules {
    int64_t latency_ms;  /* and up to half of it again, drawn for each piece */
    int64_t bytes_per_s; /* 0: as fast as it goes */
    int64_t slice_bytes; /* each piece has so many at most, a millisecond between two; 0: as read */
    int64_t corrupt_of;  /* of so many bytes one, on average, becomes 0xFF; 0: none */
    int64_t limit_bytes; /* after so many the stream is cut; 0: never */
    bool holds;          /* nothing comes out */
};

struct shaper_piece {
    char *bytes; /* owned */
    size_t size, sent;
    int64_t due_ms;
};

/* Zeroed but for the seed of RANDOM: a good network. */
struct shaper {
    struct shaper_rules rules;
    struct random_source random;
    struct shaper_piece *pieces; /* owned; the first FIRST have left */
    size_t first, count, capacity;
    size_t waiting;  /* bytes in them */
    int64_t last_ms; /* when the last piece is due */
    int64_t free_ms; /* when the line is free for the next */
    int64_t left;    /* until the limit */
    uint64_t spoilt; /* bytes that were changed */
    bool is_cut;     /* the limit was reached: what comes is thrown away */
};

void shaper_fini (struct shaper *self);

/* From now on. What waits already keeps its time. */
void shaper_set (struct shaper *self, const struct shaper_rules *rules);

/* Whether it takes more: what is read and cannot leave is bounded, as a network's buffers are. */
bool shaper_has_room (const struct shaper *self);
/* Takes a copy of what was read at NOW_MS. */
void shaper_put (struct shaper *self, int64_t now_ms, const char *bytes, size_t size);

/* What may leave at NOW_MS: its size and *BYTES, borrowed until the next call; 0: nothing yet. */
size_t shaper_ready (const struct shaper *self, int64_t now_ms, const char **bytes);
/* SIZE bytes of that have left. */
void shaper_took (struct shaper *self, size_t size);

/* When the next piece may leave; INT64_MAX: none waits, or all are held. */
int64_t shaper_due_ms (const struct shaper *self);
/* Whether all has left. */
bool shaper_is_empty (const struct shaper *self);

#endif
