/* logscan.c: see logscan.h. */

#include "actors/logscan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

enum { BLOCK_SIZE = 32768, HEADER_SIZE = 7, BATCH_HEADER_SIZE = 12 };

enum fragment { FRAGMENT_NONE, FRAGMENT_FULL, FRAGMENT_FIRST, FRAGMENT_MIDDLE, FRAGMENT_LAST };

enum { WRITE_DELETE, WRITE_PUT };

/* ---- A batch ------------------------------------------------------------------------------- */

struct rest {
    const unsigned char *at, *end;
};

static bool
rest_varint (struct rest *self, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && self->at < self->end; shift += 7) {
        unsigned char byte = *self->at++;
        *value |= (uint64_t) (byte & 127) << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

static bool
rest_text (struct rest *self, const char **text, size_t *size)
{
    uint64_t length;
    if (!rest_varint (self, &length) || length > (uint64_t) (self->end - self->at))
        return false;
    *text = (const char *) self->at;
    *size = (size_t) length;
    self->at += length;
    return true;
}

/* Who is shown the writes of a batch. */
struct batch_reader {
    logscan_visitor *visit;
    void *context;
};

static void
batch_read (void *context, const char *bytes, size_t size)
{
    struct batch_reader *self = context;
    if (size < BATCH_HEADER_SIZE)
        return;
    struct rest rest = {(const unsigned char *) bytes + BATCH_HEADER_SIZE,
                        (const unsigned char *) bytes + size};
    while (rest.at < rest.end) {
        const char *key, *value;
        size_t key_size, value_size;
        unsigned char kind = *rest.at++;
        if (kind > WRITE_PUT || !rest_text (&rest, &key, &key_size))
            return;
        if (kind == WRITE_DELETE)
            continue;
        if (!rest_text (&rest, &value, &value_size))
            return;
        self->visit (self->context, key, key_size, value, value_size);
    }
}

/* ---- A manifest ---------------------------------------------------------------------------- */

/* What may stand in a change of the set of files, by LevelDB's version_edit.cc; each is a tag and
 * these parts: n a number, t a text. */
enum { EDIT_NEXT_FILE = 3, EDIT_TAGS = 10 };
static const char *const edit_parts[EDIT_TAGS] = {
    [1] = "t",  [2] = "n",  [EDIT_NEXT_FILE] = "n", [4] = "n",
    [5] = "nt", [6] = "nn", [7] = "nnntt",          [9] = "n",
};

/* The context is the lowest next number so far; 0: none. */
static void
edit_read (void *context, const char *bytes, size_t size)
{
    uint64_t *lowest = context, tag, number = 0;
    struct rest rest = {(const unsigned char *) bytes, (const unsigned char *) bytes + size};
    while (rest_varint (&rest, &tag)) {
        if (tag >= EDIT_TAGS || !edit_parts[tag])
            return;
        for (const char *part = edit_parts[tag]; *part; part++) {
            const char *text;
            size_t text_size;
            if (*part == 'n' ? !rest_varint (&rest, &number)
                             : !rest_text (&rest, &text, &text_size))
                return;
        }
        if (tag == EDIT_NEXT_FILE && (*lowest == 0 || number < *lowest))
            *lowest = number;
    }
}

/* ---- Blocks -------------------------------------------------------------------------------- */

/* Called with each record of a log, whole. */
typedef void record_visitor (void *context, const char *bytes, size_t size);

/* A record whose fragments come. */
struct gathered {
    char *bytes; /* owned */
    size_t size, capacity;
    bool begun;
};

static void
gathered_add (struct gathered *self, const char *bytes, size_t size)
{
    if (size == 0)
        return; /* there may be no memory yet to point to */
    if (self->size + size > self->capacity) {
        self->capacity = 2 * (self->size + size);
        self->bytes = stui_realloc (self->bytes, self->capacity);
    }
    memcpy (self->bytes + self->size, bytes, size);
    self->size += size;
}

/* Reads one block; a fragment that cannot be spoils the rest of it. */
static void
block_read (struct gathered *self, const unsigned char *bytes, size_t size, record_visitor *visit,
            void *context)
{
    while (size >= HEADER_SIZE) {
        size_t length = (size_t) bytes[4] | (size_t) bytes[5] << 8;
        enum fragment kind = bytes[6];
        if (kind == FRAGMENT_NONE || kind > FRAGMENT_LAST || length > size - HEADER_SIZE) {
            self->begun = false;
            return;
        }
        const char *data = (const char *) bytes + HEADER_SIZE;
        if (kind == FRAGMENT_FULL || kind == FRAGMENT_FIRST) {
            self->size = 0;
            self->begun = true;
        }
        if (self->begun)
            gathered_add (self, data, length);
        if (self->begun && (kind == FRAGMENT_FULL || kind == FRAGMENT_LAST)) {
            visit (context, self->bytes, self->size);
            self->begun = false;
        }
        bytes += HEADER_SIZE + length;
        size -= HEADER_SIZE + length;
    }
}

static void
records_read (const char *bytes, size_t size, record_visitor *visit, void *context)
{
    struct gathered gathered = {0};
    for (size_t at = 0; at < size; at += BLOCK_SIZE)
        block_read (&gathered, (const unsigned char *) bytes + at,
                    size - at < BLOCK_SIZE ? size - at : BLOCK_SIZE, visit, context);
    free (gathered.bytes);
}

void
logscan_read (const char *bytes, size_t size, logscan_visitor *visit, void *context)
{
    struct batch_reader reader = {visit, context};
    records_read (bytes, size, batch_read, &reader);
}

uint64_t
logscan_manifest_floor (const char *bytes, size_t size)
{
    uint64_t lowest = 0;
    records_read (bytes, size, edit_read, &lowest);
    return lowest;
}
