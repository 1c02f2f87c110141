/* engine_batch.h: changes that are gathered to be written together, with keys and values of their
 * own: copied byte for byte, whatever is in them. One thread owns a batch. */

#ifndef STUI_ACTORS_ENGINE_BATCH_H
#define STUI_ACTORS_ENGINE_BATCH_H

#include "actors/engine.h"

/* Zeroed: empty. Readers may look at all of it. */
struct engine_batch {
    struct engine_change *changes; /* owned with keys and values */
    size_t count, capacity;
    size_t bytes; /* of all values */
};

/* SIZE bytes of VALUE, copied, under KEY. */
void engine_batch_put (struct engine_batch *self, const char *key, const char *value, size_t size);
/* The same with *VALUE taken over. */
void engine_batch_take (struct engine_batch *self, const char *key, char **value, size_t size);
/* KEY is to go. */
void engine_batch_delete (struct engine_batch *self, const char *key);

/* Writes all into ENGINE, if there is anything. The batch is empty afterwards, also after an error. */
int engine_batch_write (struct engine_batch *self, const struct engine_functions *functions,
                        struct engine *engine, struct stui_cause *cause);

/* Forgets all; accepts an empty one, which it leaves. */
void engine_batch_fini (struct engine_batch *self);

#endif
