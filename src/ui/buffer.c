/* buffer.c: see buffer.h. Pure but for the heap. */

#include "ui/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

void
buffer_add (struct buffer *self, const void *bytes, size_t size)
{
    if (size == 0)
        return;
    if (self->taken > 0 && self->size + size > self->capacity) {
        memmove (self->bytes, self->bytes + self->taken, buffer_left (self));
        self->size -= self->taken;
        self->taken = 0;
    }
    if (self->size + size > self->capacity) {
        size_t wanted = 2 * (self->size + size);
        self->capacity = wanted > 256 ? wanted : 256;
        self->bytes = stui_realloc (self->bytes, self->capacity);
    }
    memcpy (self->bytes + self->size, bytes, size);
    self->size += size;
}

void
buffer_string (struct buffer *self, const char *text)
{
    buffer_add (self, text, strlen (text));
}

void
buffer_printf (struct buffer *self, const char *format, ...)
{
    char text[128];
    va_list arguments;
    va_start (arguments, format);
    int length = vsnprintf (text, sizeof text, format, arguments);
    va_end (arguments);
    if (length > 0)
        buffer_add (self, text, (size_t) length < sizeof text ? (size_t) length : sizeof text - 1);
}

size_t
buffer_left (const struct buffer *self)
{
    return self->size - self->taken;
}

const char *
buffer_head (const struct buffer *self)
{
    return self->bytes ? self->bytes + self->taken : "";
}

void
buffer_take (struct buffer *self, size_t size)
{
    self->taken += size < buffer_left (self) ? size : buffer_left (self);
    if (self->taken == self->size)
        buffer_clear (self);
}

void
buffer_clear (struct buffer *self)
{
    self->size = self->taken = 0;
}

void
buffer_fini (struct buffer *self)
{
    if (!self)
        return;
    free (self->bytes);
    *self = (struct buffer){0};
}
