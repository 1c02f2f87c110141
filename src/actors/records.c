/* records.c: see records.h. */

#include "actors/records.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "actors/checksum.h"
#include "runtime/alloc.h"
#include "runtime/digits.h"

/* What a record begins with: these and between them the checksum. */
#define SEAL_BEFORE "{\"checksum\":\"xxh64:"
#define SEAL_AFTER  "\","

enum {
    SEAL_SIZE = sizeof SEAL_BEFORE - 1 + DIGITS_HEX + sizeof SEAL_AFTER - 1,
    HEADER_SIZE = 512, /* the longest: a key of 256 and three numbers */
};

/* What the rest of SIZE BYTES begins with. */
static void
seal_print (char seal[SEAL_SIZE + 1], const char *bytes, size_t size)
{
    char *at = stpcpy (seal, SEAL_BEFORE);
    stpcpy (digits_hex (at, checksum_xxh64 (bytes + SEAL_SIZE, size - SEAL_SIZE)), SEAL_AFTER);
}

void
records_seal (char *bytes, size_t size)
{
    char seal[SEAL_SIZE + 1];
    assert (size >= SEAL_SIZE);
    seal_print (seal, bytes, size);
    memcpy (bytes, seal, SEAL_SIZE);
}

/* By hand, not through printf: a session has up to 1 MB, and this is done for each save. */
char *
records_encode (const char *key, const char *body, bool sealed, uint64_t generation,
                int64_t written_at_ms, size_t *size)
{
    enum { BESIDE_KEY = 128 };
    size_t body_size = strlen (body);
    assert (strlen (key) < HEADER_SIZE - BESIDE_KEY);
    char *text = stui_realloc (NULL, SEAL_SIZE + HEADER_SIZE + body_size + 2);
    char *at = stpcpy (text + SEAL_SIZE, "\"schema\":");
    at = digits_decimal (at, sealed ? RECORDS_SCHEMA_SEALED : RECORDS_SCHEMA);
    at = stpcpy (stpcpy (stpcpy (at, ",\"key\":\""), key), "\",\"generation\":");
    at = stpcpy (digits_decimal (at, generation), ",\"written_at_ms\":");
    if (written_at_ms < 0)
        *at++ = '-';
    at = digits_decimal (at, written_at_ms < 0 ? 0 - (uint64_t) written_at_ms
                                               : (uint64_t) written_at_ms);
    at = stpcpy (at, ",\"body\":");
    at = mempcpy (at, body, body_size);
    memcpy (at, "}", 2);
    *size = (size_t) (at + 1 - text);
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
    seal_print (seal, bytes, size);
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
        digits_hex (stpcpy (key, subject), candidate->generation);
        verdicts[index] = records_decode (key, candidate->bytes, candidate->size, chosen);
        if (verdicts[index] == RECORDS_GOOD && chosen->generation != candidate->generation)
            verdicts[index] = RECORDS_DAMAGED;
        if (verdicts[index] == RECORDS_GOOD)
            best = (int) index;
    }
    return best;
}
