/* records.h: a record of the database: a JSON value that can tell whether it is whole. Pure.
 *
 *     {"checksum":"xxh64:0123456789abcdef","schema":2,"key":"image/one","generation":7,
 *      "written_at_ms":1769855400123,"body":{…}}
 *
 * without any white space outside the body. The checksum (checksum.h) is that of all bytes
 * between the comma after it and the end, so it covers the header too, and it is checked
 * before a byte is parsed. This first member keeps its form in every future schema: a good
 * checksum with a greater schema is a newer stui's record, not damage.
 *
 * A record names the key that it was written under: one that a damaged database shows under
 * another is damaged too. Records of schema 1 have no key; migrate.h says what else became of
 * older schemas. The body of schema 3 is sealed (vault.h): the checksum is that of the sealed one,
 * so that records are judged, copied and repaired without its key. All else is as in schema 2, and
 * what is not sealed has that schema still. */

#ifndef STUI_ACTORS_RECORDS_H
#define STUI_ACTORS_RECORDS_H

#include <stui/types.h>

enum {
    RECORDS_SCHEMA = 2,
    RECORDS_SCHEMA_SEALED = 3,
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
    int64_t schema;  /* set unless damaged; the rest only when good */
    const char *key; /* borrowed from the bytes, not NUL-terminated; NULL of schema 1 */
    size_t key_size;
    uint64_t generation;
    int64_t written_at_ms; /* wall clock */
    const char *body;      /* JSON text, borrowed from the bytes; not NUL-terminated */
    size_t body_size;
};

/* The record of BODY, which is JSON text, for KEY; SEALED: as vault_seal made it. Caller frees. *SIZE
 * is without the NUL. GENERATION and WRITTEN_AT_MS stay below 2^53, as all numbers in JSON. */
char *records_encode (const char *key, const char *body, bool sealed, uint64_t generation,
                      int64_t written_at_ms, size_t *size);

/* Gives SIZE bytes of a record the checksum that they have now. */
void records_seal (char *bytes, size_t size);

/* Judges SIZE bytes that were found under KEY (NULL: wherever). RECORD is filled as far as the
 * verdict allows. */
enum records_verdict records_decode (const char *key, const char *bytes, size_t size,
                                     struct record *record);

/* One stored generation of a session. */
struct records_candidate {
    const char *bytes;
    size_t size;
    uint64_t generation; /* as its key says; a good record that says another is damaged */
};

/* The newest good one of COUNT candidates of rising generation, whose keys begin with SUBJECT:
 * its index, or -1 when none is good. VERDICTS gets a verdict for each. */
int records_choose (const char *subject, const struct records_candidate *candidates, size_t count,
                    enum records_verdict *verdicts, struct record *chosen);

#endif
