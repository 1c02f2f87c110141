/* zmtp.c: ZMTP 3.0 by hand. See zmtp.h. */

#include "conformance/zmtp.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "runtime/alloc.h"

enum {
    VERSION_AT = 10,
    MECHANISM_AT = 12,
    MECHANISM_BYTES = 20,
    SHORT_MAX = 255,
    LENGTH_BYTES = 8,
    VALUE_LENGTH_BYTES = 4,
};

void
kit_bytes_add (struct kit_bytes *self, const void *bytes, size_t size)
{
    if (self->taken > 0) {
        self->size -= self->taken;
        memmove (self->bytes, self->bytes + self->taken, self->size);
        self->taken = 0;
    }
    if (self->size + size > self->capacity) {
        self->capacity = 2 * (self->size + size);
        self->bytes = stui_realloc (self->bytes, self->capacity);
    }
    if (size > 0)
        memcpy (self->bytes + self->size, bytes, size);
    self->size += size;
}

void
kit_bytes_fini (struct kit_bytes *self)
{
    free (self->bytes);
    *self = (struct kit_bytes){0};
}

void
kit_greeting (char greeting[KIT_GREETING_BYTES], int version, const char *mechanism)
{
    memset (greeting, 0, KIT_GREETING_BYTES);
    greeting[0] = (char) 0xFF;
    greeting[9] = 0x7F;
    greeting[VERSION_AT] = (char) version;
    memcpy (greeting + MECHANISM_AT, mechanism, strnlen (mechanism, MECHANISM_BYTES));
}

int
kit_greeting_check (const char greeting[KIT_GREETING_BYTES], struct stui_cause *cause)
{
    if ((unsigned char) greeting[0] != 0xFF || (greeting[9] & 1) != 1)
        return stui_fail (cause, STUI_E_MALFORMED,
                          "what it greets with is no ZMTP: it begins with %02x … %02x",
                          (unsigned char) greeting[0], (unsigned char) greeting[9]);
    if (greeting[VERSION_AT] < 3)
        return stui_fail (cause, STUI_E_MALFORMED, "it greets with ZMTP version %d, not 3",
                          greeting[VERSION_AT]);
    return 0;
}

void
kit_frame_put (struct kit_bytes *out, unsigned flags, const void *bytes, size_t size)
{
    unsigned char head[1 + LENGTH_BYTES];
    size_t head_size = 2;
    if (size > SHORT_MAX)
        flags |= KIT_FRAME_LONG;
    head[0] = (unsigned char) flags;
    head[1] = (unsigned char) size;
    if (flags & KIT_FRAME_LONG) {
        head_size = sizeof head;
        for (size_t i = LENGTH_BYTES, rest = size; i > 0; i--, rest >>= 8)
            head[i] = (unsigned char) rest;
    }
    kit_bytes_add (out, head, head_size);
    kit_bytes_add (out, bytes, size);
}

int
kit_frame_take (struct kit_bytes *in, struct kit_frame *frame, struct stui_cause *cause)
{
    const unsigned char *at = (const unsigned char *) in->bytes + in->taken;
    size_t left = in->size - in->taken, head = 2;
    if (left < head)
        return 0;
    unsigned flags = at[0];
    uint64_t size = at[1];
    if (flags & ~(unsigned) (KIT_FRAME_MORE | KIT_FRAME_LONG | KIT_FRAME_COMMAND))
        return stui_fail (cause, STUI_E_MALFORMED, "a frame has the flags %02x", flags);
    if (flags & KIT_FRAME_LONG) {
        head = 1 + LENGTH_BYTES;
        if (left < head)
            return 0;
        size = 0;
        for (size_t i = 1; i <= LENGTH_BYTES; i++)
            size = size << 8 | at[i];
    }
    if (size > STUI_RECEIVE_MAX)
        return stui_fail (cause, STUI_E_TOO_LARGE, "a frame of %llu bytes",
                          (unsigned long long) size);
    if (left - head < size)
        return 0;
    *frame = (struct kit_frame){flags, in->bytes + in->taken + head, (size_t) size};
    in->taken += head + (size_t) size;
    return 1;
}

void
kit_command_put (struct kit_bytes *out, const char *name, const void *body, size_t size)
{
    struct kit_bytes command = {0};
    char length = (char) strlen (name);
    kit_bytes_add (&command, &length, 1);
    kit_bytes_add (&command, name, strlen (name));
    kit_bytes_add (&command, body, size);
    kit_frame_put (out, KIT_FRAME_COMMAND, command.bytes, command.size);
    kit_bytes_fini (&command);
}

static void
property_put (struct kit_bytes *out, const char *name, const char *value)
{
    char name_size = (char) strlen (name), value_size[] = {0, 0, 0, (char) strlen (value)};
    kit_bytes_add (out, &name_size, 1);
    kit_bytes_add (out, name, strlen (name));
    kit_bytes_add (out, value_size, sizeof value_size);
    kit_bytes_add (out, value, strlen (value));
}

void
kit_ready_put (struct kit_bytes *out, const char *name, const char *socket_type)
{
    struct kit_bytes body = {0};
    property_put (&body, "Socket-Type", socket_type);
    property_put (&body, "Identity", "");
    kit_command_put (out, name, body.bytes, body.size);
    kit_bytes_fini (&body);
}

bool
kit_command_is (const struct kit_frame *frame, const char *name, const char **body, size_t *size)
{
    size_t length = strlen (name);
    if (!(frame->flags & KIT_FRAME_COMMAND) || frame->size < 1 + length
        || (size_t) (unsigned char) frame->bytes[0] != length
        || memcmp (frame->bytes + 1, name, length) != 0)
        return false;
    *body = frame->bytes + 1 + length;
    *size = frame->size - 1 - length;
    return true;
}

char *
kit_property (const char *body, size_t size, const char *name)
{
    const unsigned char *at = (const unsigned char *) body, *end = at + size;
    while (at < end) {
        size_t name_size = *at++;
        if ((size_t) (end - at) < name_size + VALUE_LENGTH_BYTES)
            return NULL;
        const unsigned char *key = at;
        at += name_size;
        size_t value_size =
            (size_t) at[0] << 24 | (size_t) at[1] << 16 | (size_t) at[2] << 8 | (size_t) at[3];
        at += VALUE_LENGTH_BYTES;
        if ((size_t) (end - at) < value_size)
            return NULL;
        if (name_size == strlen (name) && strncasecmp ((const char *) key, name, name_size) == 0)
            return stui_strndup ((const char *) at, value_size);
        at += value_size;
    }
    return NULL;
}
