/* outcomes.h: what became of evaluations whose asker was away when they were settled: the newest, for
 * whoever asks afterwards by the tag of what was asked. Owned by the image's supervisor; the store keeps them
 * beside the list of what is held (store_held.h), so that the next owner knows them too. Pure but for the heap.
 *
 * Bounds: OUTCOMES_MAX of them, OUTCOMES_BYTES_MAX of their texts, OUTCOMES_AGE_MS; the oldest go, and what is
 * larger by itself, or nested deeper than OUTCOMES_DEPTH_MAX, is not kept (of an error: without its details). */

#ifndef STUI_ACTORS_OUTCOMES_H
#define STUI_ACTORS_OUTCOMES_H

#include <stui/types.h>

struct json;

#define OUTCOMES_AGE_MS                                                                            \
    (INT64_C (30) * 24 * 3600 * 1000) /* who asks later was not away, but left */

enum {
    OUTCOMES_MAX = 64,            /* as many as can be held */
    OUTCOMES_BYTES_MAX = 1 << 20, /* four of the largest replies that an image sends at once */
    OUTCOMES_DEPTH_MAX = STUI_JSON_DEPTH - 4, /* in {held: {settled: [{…}]}} of the store */
};

struct outcome {
    char *id;         /* owned: of the evaluation, as held.h has it */
    char *tag;        /* owned */
    char *result;     /* owned JSON text; NULL: it is an error … */
    char *err, *text; /* … of this type, in this sentence; owned */
    char *details;    /* owned JSON text; may be NULL */
    int64_t at_ms;    /* wall: when it was settled */
};

struct outcomes {
    struct outcome *items; /* owned; oldest first */
    size_t count, capacity;
    size_t bytes;
    uint64_t settled; /* how many came since the start, also those that were not kept */
};

void outcomes_fini (struct outcomes *self);

/* Keeps a copy of ONE, which is settled now; what was kept by the same tag is forgotten, and what is too old.
 * Nothing when its tag is empty: nobody can ask by that. */
void outcomes_keep (struct outcomes *self, const struct outcome *one);
/* What is kept by TAG, borrowed until the next is kept; NULL. */
const struct outcome *outcomes_find (const struct outcomes *self, const char *tag);

/* What a user's word HOW (drop, ran, not-ran) makes of code that was held or in doubt: the sentence, and the error
 * into *ERR. NULL: nothing yet. */
const char *outcomes_said (const char *how, int *err);

/* As the store keeps them, [{id, state: settled, …}…]; caller owns. */
struct json *outcomes_to_json (const struct outcomes *self);
/* Whether STORED, a record beside those of what is held, is one. */
bool outcomes_is_stored (const struct json *stored);
/* Puts what an earlier run left, LIST, before what is there; what makes no sense or is too old at WALL_MS is left
 * out. */
void outcomes_load (struct outcomes *self, const struct json *list, int64_t wall_ms);

#endif
