/* buffer.h: bytes that grow at the end and are taken from the front. Pure but for the heap. */

#ifndef STUI_UI_BUFFER_H
#define STUI_UI_BUFFER_H

#include <stddef.h>

/* Zeroed is a good start. What waits is bytes[taken .. size). */
struct buffer {
    char *bytes; /* owned */
    size_t size, capacity, taken;
};

void buffer_add (struct buffer *self, const void *bytes, size_t size);
void buffer_string (struct buffer *self, const char *text);
/* At most 127 bytes. */
void buffer_printf (struct buffer *self, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));
/* How much waits, and where; borrowed until the next call. */
size_t buffer_left (const struct buffer *self);
const char *buffer_head (const struct buffer *self);
/* Takes SIZE bytes from the front. */
void buffer_take (struct buffer *self, size_t size);
/* Empty; the memory is kept. */
void buffer_clear (struct buffer *self);
void buffer_fini (struct buffer *self);

#endif
