/* dump.c: see dump.h. */

#include "actors/dump.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/checksum.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/uuid.h"

#define SEAL_FORMAT "{\"checksum\":\"xxh64:%016" PRIx64 "\","

enum { SEAL_SIZE = 37 }; /* bytes that SEAL_FORMAT makes */

static uint64_t
chain_on (uint64_t chain, uint64_t checksum)
{
    uint64_t both[2] = {chain, checksum};
    unsigned char bytes[sizeof both];
    for (size_t index = 0; index < sizeof bytes; index++) /* the same on every machine */
        bytes[index] = (unsigned char) (both[index / 8] >> 8 * (index % 8));
    return checksum_xxh64 (bytes, sizeof bytes);
}

/* Seals LINE, which has SEAL_SIZE bytes of room before its REST of SIZE bytes. */
static void
line_seal (struct dump *self, char *line, size_t rest_size)
{
    char seal[SEAL_SIZE + 1];
    uint64_t checksum = checksum_xxh64 (line + SEAL_SIZE, rest_size);
    snprintf (seal, sizeof seal, SEAL_FORMAT, checksum);
    memcpy (line, seal, SEAL_SIZE);
    self->chain = chain_on (self->chain, checksum);
}

/* REST, without its end of line, becomes a line. Frees REST. */
static char *
line_make (struct dump *self, char *rest, size_t *size)
{
    char *line = stui_printf ("%*s%s\n", SEAL_SIZE, "", rest);
    *size = strlen (line);
    line_seal (self, line, *size - SEAL_SIZE - 1);
    free (rest);
    return line;
}

char *
dump_begin (struct dump *self, const char *client_id, uint64_t generation, int64_t made_at_ms,
            size_t *size)
{
    self->begun = true;
    return line_make (self,
                      stui_printf ("\"stui\":\"dump\",\"format\":%d,\"made_at_ms\":%" PRId64
                                   ",\"client_id\":\"%s\",\"generation\":%" PRIu64 "}",
                                   DUMP_FORMAT, made_at_ms, client_id, generation),
                      size);
}

char *
dump_record (struct dump *self, const char *key, const char *record, size_t record_size,
             size_t *size)
{
    static const char before[] = "\"key\":\"", between[] = "\",\"record\":";
    size_t key_size = strlen (key);
    size_t rest_size =
        sizeof before - 1 + key_size + sizeof between - 1 + record_size + strlen ("}");
    *size = SEAL_SIZE + rest_size + 1;
    char *line = stui_alloc (*size + 1);
    char *at = line + SEAL_SIZE;
    at = mempcpy (at, before, sizeof before - 1);
    at = mempcpy (at, key, key_size);
    at = mempcpy (at, between, sizeof between - 1);
    at = mempcpy (at, record, record_size);
    memcpy (at, "}\n", 3);
    line_seal (self, line, rest_size);
    self->records++;
    return line;
}

char *
dump_end (struct dump *self, size_t *size)
{
    self->ended = true;
    return line_make (self,
                      stui_printf ("\"records\":%" PRIu64 ",\"all\":\"xxh64:%016" PRIx64 "\"}",
                                   self->records, self->chain),
                      size);
}

/* ---- Reading ----------------------------------------------------------------------------- */

static bool
rest_takes (const char **at, const char *end, const char *word)
{
    size_t length = strlen (word);
    if ((size_t) (end - *at) < length || memcmp (*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

static enum dump_line
read_record (struct dump *self, const char *at, const char *end, struct dump_entry *entry)
{
    const char *quote = memchr (at, '"', (size_t) (end - at));
    if (!quote || quote - at >= KEYS_SIZE || end[-1] != '}')
        return DUMP_LINE_FOREIGN;
    snprintf (entry->key, sizeof entry->key, "%.*s", (int) (quote - at), at);
    at = quote;
    if (!rest_takes (&at, end, "\",\"record\":") || at >= end)
        return DUMP_LINE_FOREIGN;
    entry->record = at;
    entry->record_size = (size_t) (end - 1 - at);
    self->records++;
    return DUMP_LINE_RECORD;
}

static enum dump_line
read_begin (struct dump *self, const char *line, size_t size)
{
    struct json *json = json_parse (line, size, NULL);
    const char *client_id = json_get_text (json, "client_id");
    bool good = json_get_number (json, "format", 0) == DUMP_FORMAT && client_id
                && uuid_is_valid (client_id) && !self->begun;
    if (good) {
        snprintf (self->client_id, sizeof self->client_id, "%s", client_id);
        self->generation = (uint64_t) json_get_number (json, "generation", 0);
        self->made_at_ms = json_get_number (json, "made_at_ms", 0);
        self->begun = true;
    }
    json_destroy (&json);
    return good ? DUMP_LINE_BEGIN : DUMP_LINE_FOREIGN;
}

enum dump_line
dump_read (struct dump *self, const char *line, size_t size, struct dump_entry *entry)
{
    memset (entry, 0, sizeof *entry);
    if (size <= SEAL_SIZE)
        return DUMP_LINE_DAMAGED;
    char seal[SEAL_SIZE + 1];
    uint64_t checksum = checksum_xxh64 (line + SEAL_SIZE, size - SEAL_SIZE);
    snprintf (seal, sizeof seal, SEAL_FORMAT, checksum);
    if (memcmp (line, seal, SEAL_SIZE) != 0)
        return DUMP_LINE_DAMAGED;
    uint64_t before = self->chain;
    self->chain = chain_on (self->chain, checksum);
    const char *at = line + SEAL_SIZE, *end = line + size;
    if (rest_takes (&at, end, "\"key\":\""))
        return read_record (self, at, end, entry);
    if (rest_takes (&at, end, "\"stui\":\"dump\","))
        return read_begin (self, line, size);
    char last[96];
    int last_size =
        snprintf (last, sizeof last, "\"records\":%" PRIu64 ",\"all\":\"xxh64:%016" PRIx64 "\"}",
                  self->records, before);
    if ((size_t) (end - at) != (size_t) last_size || memcmp (at, last, (size_t) last_size) != 0)
        return DUMP_LINE_FOREIGN;
    self->ended = true;
    return DUMP_LINE_END;
}
