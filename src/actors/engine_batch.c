/* engine_batch.c: see engine_batch.h. */

#include "actors/engine_batch.h"

#include <stdlib.h>

#include "runtime/alloc.h"

void
engine_batch_take (struct engine_batch *self, const char *key, char **value, size_t size)
{
    stui_grow (&self->changes, &self->capacity, self->count, sizeof *self->changes);
    self->changes[self->count++] = (struct engine_change){stui_strdup (key), *value, size};
    self->bytes += size;
    *value = NULL;
}

void
engine_batch_put (struct engine_batch *self, const char *key, const char *value, size_t size)
{
    char *copy = stui_memdup (value, size);
    engine_batch_take (self, key, &copy, size);
}

void
engine_batch_delete (struct engine_batch *self, const char *key)
{
    char *none = NULL;
    engine_batch_take (self, key, &none, 0);
}

static void
batch_clear (struct engine_batch *self)
{
    for (size_t index = 0; index < self->count; index++) {
        free ((void *) self->changes[index].key);
        free ((void *) self->changes[index].value);
    }
    self->count = self->bytes = 0;
}

int
engine_batch_write (struct engine_batch *self, const struct engine_functions *functions,
                    struct engine *engine, struct stui_cause *cause)
{
    int err = self->count > 0 ? functions->write (engine, self->changes, self->count, cause) : 0;
    batch_clear (self);
    return err;
}

void
engine_batch_fini (struct engine_batch *self)
{
    batch_clear (self);
    free (self->changes);
    *self = (struct engine_batch){0};
}
