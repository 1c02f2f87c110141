/* records.h: a record of the database: a JSON value that can tell whether it is whole. Pure.
 *
 *     {"checksum":"xxh64:0123456789abcdef","schema":1,"generation":7,"written_at_ms":1769855400123,
 *      "body":{…}}
 *
 * without any white space outside the body. The checksum (checksum.h) is that of all bytes
 * between the comma after it and the end, so it covers the header too, and it is checked
 * before a byte is parsed. This first member keeps its form in every future schema: a good
 * checksum with a greater schema is a newer stui's record, not damage. */

#ifndef STUI_ACTORS_RECORDS_H
#define STUI_ACTORS_RECORDS_H

#include <stui/types.h>

enum {
    RECORDS_SCHEMA = 1,
    RECORDS_GENERATIONS = 3, /* of a session that are kept: two crashes in a row leave one */
};

enum records_verdict {
    RECORDS_GOOD,
    RECORDS_NEWER,   /* whole, but of a schema that we do not know: left alone */
    RECORDS_DAMAGED, /* to be set aside */
    RECORDS_UNREAD,  /* not looked at: a newer one was good */
    RECORDS_VERDICT_COUNT
};

struct record {
    int64_t schema; /* set unless damaged; the rest only when good */
    uint64_t generation;
    int64_t written_at_ms; /* wall clock */
    const char *body;      /* JSON text, borrowed from the bytes; not NUL-terminated */
    size_t body_size;
};

/* The record of BODY, which is JSON text; caller frees. *SIZE is without the NUL. GENERATION
 * and WRITTEN_AT_MS stay below 2^53, as all numbers in JSON. */
char *records_encode (const char *body, uint64_t generation, int64_t written_at_ms, size_t *size);

/* Judges SIZE bytes. RECORD is filled as far as the verdict allows. */
enum records_verdict records_decode (const char *bytes, size_t size, struct record *record);

/* One stored generation of a session. */
struct records_candidate {
    const char *bytes;
    size_t size;
    uint64_t generation; /* as its key says; a good record that says another is damaged */
};

/* The newest good one of COUNT candidates of rising generation: its index, or -1 when none is
 * good. VERDICTS gets a verdict for each. */
int records_choose (const struct records_candidate *candidates, size_t count,
                    enum records_verdict *verdicts, struct record *chosen);

#endif
