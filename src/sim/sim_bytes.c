/* sim_bytes.c: see sim_bytes.h. */

#include "sim/sim_bytes.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

char *
sim_bytes_extend (struct sim_bytes *self, size_t size)
{
    if (self->size + size > self->room) {
        size_t doubled = self->room * 2;
        self->room = self->size + size > doubled ? self->size + size : doubled;
        self->bytes = stui_realloc (self->bytes, self->room);
    }
    self->size += size;
    return self->bytes + self->size - size;
}

void
sim_bytes_append (struct sim_bytes *self, const void *bytes, size_t size)
{
    if (size > 0)
        memcpy (sim_bytes_extend (self, size), bytes, size);
}

void
sim_bytes_drop (struct sim_bytes *self, size_t size)
{
    if (size == self->size) { /* idle peers are many: they keep nothing */
        sim_bytes_fini (self);
        return;
    }
    memmove (self->bytes, self->bytes + size, self->size - size);
    self->size -= size;
}

void
sim_bytes_fini (struct sim_bytes *self)
{
    free (self->bytes);
    *self = (struct sim_bytes){0};
}
