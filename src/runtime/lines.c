/* lines.c: see lines.h. */

#include "runtime/lines.h"

#include <stdlib.h>

#include "runtime/alloc.h"

bool
lines_next (struct lines *self, FILE *file, size_t limit)
{
    uint64_t begun = self->bytes;
    int byte;
    self->size = 0;
    self->ended = self->too_long = false;
    while (!self->ended && (byte = getc_unlocked (file)) != EOF) {
        self->bytes++;
        self->ended = byte == '\n';
        self->too_long = self->too_long || (!self->ended && self->size >= limit);
        if (self->ended || self->too_long)
            continue;
        stui_grow (&self->text, &self->capacity, self->size, 1);
        self->text[self->size++] = (char) byte;
    }
    self->number += self->bytes > begun;
    return self->bytes > begun;
}

void
lines_fini (struct lines *self)
{
    free (self->text);
    *self = (struct lines){0};
}
