/* records.c: see records.h. */

#include "actors/records.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "actors/checksum.h"
#include "runtime/alloc.h"

#define SEAL_FORMAT "{\"checksum\":\"xxh64:%016" PRIx64 "\","

enum {
    SEAL_SIZE = 37,    /* bytes that SEAL_FORMAT makes */
    HEADER_SIZE = 512, /* the longest: a key of 256 and three numbers */
};

void
records_seal (char *bytes, size_t size)
{
    char seal[SEAL_SIZE + 1];
    assert (size >= SEAL_SIZE);
    uint64_t checksum = checksum_xxh64 (bytes + SEAL_SIZE, size - SEAL_SIZE);
    int length = snprintf (seal, sizeof seal, SEAL_FORMAT, checksum);
    assert (length == SEAL_SIZE);
    memcpy (bytes, seal, SEAL_SIZE);
}

/* By hand, not through printf: a session has up to 1 MB, and this is done for each save. */
char *
records_encode (const char *key, const char *body, bool sealed, uint64_t generation,
                int64_t written_at_ms, size_t *size)
{
    char header[HEADER_SIZE];
    int header_size =
        snprintf (header, sizeof header,
                  "\"schema\":%d,\"key\":\"%s\",\"generation\":%" PRIu64
                  ",\"written_at_ms\":%" PRId64 ",\"body\":",
                  sealed ? RECORDS_SCHEMA_SEALED : RECORDS_SCHEMA, key, generation, written_at_ms);
    assert (header_size < HEADER_SIZE);
    size_t body_size = strlen (body);
    *size = SEAL_SIZE + (size_t) header_size + body_size + 1;
    char *text = stui_realloc (NULL, *size + 1);
    char *at = text + SEAL_SIZE;
    memcpy (at, header, (size_t) header_size);
    memcpy (at + header_size, body, body_size);
    memcpy (text + *size - 1, "}", 2);
    records_seal (text, *size);
    return text;
}

/* Steps over WORD at *AT, and the decimal after it. */
static bool
member_read (const char **at, const char *end, const char *word, int64_t *value)
{
    size_t length = strlen (word);
    if ((size_t) (end - *at) < length || memcmp (*at, word, length) != 0)
        return false;
    const char *digit = *at + length;
    const char *first = digit;
    *value = 0;
    for (; digit < end && *digit >= '0' && *digit <= '9' && digit - first < 16; digit++)
        *value = *value * 10 + (*digit - '0');
    *at = digit;
    return digit > first;
}

/* Steps over the member "key" and fills it in. Keys hold nothing that JSON would escape. */
static bool
member_read_key (const char **at, const char *end, struct record *record)
{
    static const char word[] = ",\"key\":\"";
    size_t length = sizeof word - 1;
    if ((size_t) (end - *at) < length || memcmp (*at, word, length) != 0)
        return false;
    record->key = *at + length;
    const char *quote = memchr (record->key, '"', (size_t) (end - record->key));
    if (!quote)
        return false;
    record->key_size = (size_t) (quote - record->key);
    *at = quote + 1;
    return true;
}

static bool
record_is_at (const struct record *record, const char *key)
{
    return !key || !record->key
           || (strlen (key) == record->key_size
               && memcmp (key, record->key, record->key_size) == 0);
}

static bool
seal_is_good (const char *bytes, size_t size)
{
    if (size <= SEAL_SIZE)
        return false;
    char seal[SEAL_SIZE + 1];
    uint64_t checksum = checksum_xxh64 (bytes + SEAL_SIZE, size - SEAL_SIZE);
    snprintf (seal, sizeof seal, SEAL_FORMAT, checksum);
    return memcmp (bytes, seal, SEAL_SIZE) == 0;
}

enum records_verdict
records_decode (const char *key, const char *bytes, size_t size, struct record *record)
{
    memset (record, 0, sizeof *record);
    if (!seal_is_good (bytes, size))
        return RECORDS_DAMAGED;
    const char *at = bytes + SEAL_SIZE;
    const char *end = bytes + size;
    if (!member_read (&at, end, "\"schema\":", &record->schema))
        return RECORDS_DAMAGED;
    if (record->schema > RECORDS_SCHEMA_SEALED)
        return RECORDS_NEWER;
    static const char body[] = ",\"body\":";
    size_t length = sizeof body - 1;
    int64_t generation;
    if ((record->schema >= 2 && !member_read_key (&at, end, record))
        || !member_read (&at, end, ",\"generation\":", &generation)
        || !member_read (&at, end, ",\"written_at_ms\":", &record->written_at_ms)
        || (size_t) (end - at) < length + 2 || memcmp (at, body, length) != 0 || end[-1] != '}'
        || !record_is_at (record, key))
        return RECORDS_DAMAGED;
    record->generation = (uint64_t) generation;
    record->body = at + length;
    record->body_size = (size_t) (end - 1 - record->body);
    return RECORDS_GOOD;
}

int
records_choose (const char *subject, const struct records_candidate *candidates, size_t count,
                enum records_verdict *verdicts, struct record *chosen)
{
    int best = -1;
    memset (chosen, 0, sizeof *chosen);
    for (size_t index = count; index-- > 0;) {
        const struct records_candidate *candidate = &candidates[index];
        verdicts[index] = RECORDS_UNREAD;
        if (best >= 0)
            continue;
        char key[HEADER_SIZE];
        snprintf (key, sizeof key, "%s%016" PRIx64, subject, candidate->generation);
        verdicts[index] = records_decode (key, candidate->bytes, candidate->size, chosen);
        if (verdicts[index] == RECORDS_GOOD && chosen->generation != candidate->generation)
            verdicts[index] = RECORDS_DAMAGED;
        if (verdicts[index] == RECORDS_GOOD)
            best = (int) index;
    }
    return best;
}
