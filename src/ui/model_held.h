/* model_held.h: what images have held and in doubt, as their supervisors say. Owned by the ui. Pure but
 * for the heap. */

#ifndef STUI_UI_MODEL_HELD_H
#define STUI_UI_MODEL_HELD_H

#include <stui/types.h>

struct json;
struct model;

struct model_held_entry {
    char id[STUI_UUID_LEN + 1];
    char image[STUI_NAME_MAX + 1];
    bool doubtful, cut;
    bool anew; /* its session was made anew since: the variables are gone */
    char *code, *why, *asked_by, *session; /* owned; only the code is never NULL */
    int64_t asked_ms;                      /* wall */
};

struct model_held {
    struct model_held_entry *items; /* owned; by image, then the oldest first */
    size_t count, capacity;
    size_t selected;
};

void model_held_fini (struct model_held *self);

/* What the supervisor of IMAGE has (ENTRIES may be NULL: nothing); the same one stays selected. */
void model_held_take (struct model_held *self, const char *image, const struct json *entries);
/* Forgets those of images that have none by now. */
void model_held_sweep (struct model_held *self, const struct model *model);

/* The one under the cursor; NULL. Borrowed until the next answer. */
const struct model_held_entry *model_held_selected (const struct model_held *self);
/* Selects the first that is in doubt, or held. */
void model_held_select_first (struct model_held *self, bool doubtful);

#endif
