/* records.c: see records.h. */

#include "actors/records.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "actors/checksum.h"
#include "runtime/alloc.h"

#define SEAL_FORMAT "{\"checksum\":\"xxh64:%016" PRIx64 "\","

enum { SEAL_SIZE = 37 }; /* bytes that SEAL_FORMAT makes */

char *
records_encode (const char *body, uint64_t generation, int64_t written_at_ms, size_t *size)
{
    char seal[SEAL_SIZE + 1];
    char *text = stui_printf ("%*s\"schema\":%d,\"generation\":%" PRIu64
                              ",\"written_at_ms\":%" PRId64 ",\"body\":%s}",
                              SEAL_SIZE, "", RECORDS_SCHEMA, generation, written_at_ms, body);
    *size = strlen (text);
    uint64_t checksum = checksum_xxh64 (text + SEAL_SIZE, *size - SEAL_SIZE);
    int length = snprintf (seal, sizeof seal, SEAL_FORMAT, checksum);
    assert (length == SEAL_SIZE);
    memcpy (text, seal, SEAL_SIZE);
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

enum records_verdict
records_decode (const char *bytes, size_t size, struct record *record)
{
    memset (record, 0, sizeof *record);
    if (size <= SEAL_SIZE)
        return RECORDS_DAMAGED;
    char seal[SEAL_SIZE + 1];
    uint64_t checksum = checksum_xxh64 (bytes + SEAL_SIZE, size - SEAL_SIZE);
    snprintf (seal, sizeof seal, SEAL_FORMAT, checksum);
    if (memcmp (bytes, seal, SEAL_SIZE) != 0)
        return RECORDS_DAMAGED;
    const char *at = bytes + SEAL_SIZE;
    const char *end = bytes + size;
    if (!member_read (&at, end, "\"schema\":", &record->schema))
        return RECORDS_DAMAGED;
    if (record->schema > RECORDS_SCHEMA)
        return RECORDS_NEWER;
    static const char body[] = ",\"body\":";
    size_t length = sizeof body - 1;
    int64_t generation;
    if (!member_read (&at, end, ",\"generation\":", &generation)
        || !member_read (&at, end, ",\"written_at_ms\":", &record->written_at_ms)
        || (size_t) (end - at) < length + 2 || memcmp (at, body, length) != 0 || end[-1] != '}')
        return RECORDS_DAMAGED;
    record->generation = (uint64_t) generation;
    record->body = at + length;
    record->body_size = (size_t) (end - 1 - record->body);
    return RECORDS_GOOD;
}

int
records_choose (const struct records_candidate *candidates, size_t count,
                enum records_verdict *verdicts, struct record *chosen)
{
    int best = -1;
    memset (chosen, 0, sizeof *chosen);
    for (size_t index = count; index-- > 0;) {
        const struct records_candidate *candidate = &candidates[index];
        verdicts[index] = RECORDS_UNREAD;
        if (best >= 0)
            continue;
        verdicts[index] = records_decode (candidate->bytes, candidate->size, chosen);
        if (verdicts[index] == RECORDS_GOOD && chosen->generation != candidate->generation)
            verdicts[index] = RECORDS_DAMAGED;
        if (verdicts[index] == RECORDS_GOOD)
            best = (int) index;
    }
    return best;
}
