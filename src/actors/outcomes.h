/* outcomes.h: what became of evaluations whose asker was away when they were settled: the newest, for
 * whoever asks afterwards by the tag of what was asked. Owned by the image's supervisor, in memory alone: it
 * is no record, which the events are. Pure but for the heap.
 *
 * Bounds: OUTCOMES_MAX of them, OUTCOMES_BYTES_MAX of their texts; the oldest go, and what is larger by itself
 * is not kept. */

#ifndef STUI_ACTORS_OUTCOMES_H
#define STUI_ACTORS_OUTCOMES_H

#include <stui/types.h>

enum {
    OUTCOMES_MAX = 64,            /* as many as can be held */
    OUTCOMES_BYTES_MAX = 1 << 20, /* four of the largest replies that an image sends at once */
};

struct outcome {
    char *tag;        /* owned */
    char *result;     /* owned JSON text; NULL: it is an error … */
    char *err, *text; /* … of this type, in this sentence; owned */
    char *details;    /* owned JSON text; may be NULL */
};

struct outcomes {
    struct outcome *items; /* owned; oldest first */
    size_t count, capacity;
    size_t bytes;
    uint64_t settled; /* how many came since the start, also those that were not kept */
};

void outcomes_fini (struct outcomes *self);

/* Keeps a copy of ONE; what was kept by the same tag is forgotten. Nothing when its tag is empty: nobody can ask by
 * that. */
void outcomes_keep (struct outcomes *self, const struct outcome *one);
/* What is kept by TAG, borrowed until the next is kept; NULL. */
const struct outcome *outcomes_find (const struct outcomes *self, const char *tag);

#endif
