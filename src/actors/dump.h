/* dump.h: the form of a file that holds records outside of the database: rolling exports and
 * backups. Pure. One JSON object a line:
 *
 *     {"checksum":"xxh64:…","stui":"dump","format":1,"made_at_ms":…,"client_id":"…","generation":…}
 *     {"checksum":"xxh64:…","key":"session/IMAGE/SESSION/GENERATION","record":{…}}
 *     …
 *     {"checksum":"xxh64:…","records":17,"all":"xxh64:…"}
 *
 * The records are the database's own (records.h), byte for byte. Each line has a checksum of all
 * that follows it on the line, so that of a damaged file every whole line can be used; the last
 * one counts the records and has the checksum of all lines before it, so that a file that was cut
 * or changed is known for it. */

#ifndef STUI_ACTORS_DUMP_H
#define STUI_ACTORS_DUMP_H

#include <stui/types.h>

#include "actors/keys.h"

enum {
    DUMP_FORMAT = 1,
    DUMP_LINE_MAX = STUI_SESSION_MAX + (1 << 20), /* bytes of the longest line */
};

/* What a writer or a reader keeps from line to line. Zeroed: at the beginning. */
struct dump {
    uint64_t chain; /* checksum over the checksums of all lines so far */
    uint64_t records;
    bool begun, ended; /* the first and the last line were there */
    /* set by who read all lines */
    bool whole;      /* each was good, and the last one last */
    bool too_long;   /* one has more bytes than any may have */
    size_t bad_line; /* the number of the first that is not good, from 1 on; 0: none */
    /* of the first line */
    char client_id[STUI_UUID_LEN + 1];
    uint64_t generation;
    int64_t made_at_ms;
};

/* Each makes a line with its end; caller frees. *SIZE is without a NUL. */
char *dump_begin (struct dump *self, const char *client_id, uint64_t generation, int64_t made_at_ms,
                  size_t *size);
char *dump_record (struct dump *self, const char *key, const char *record, size_t record_size,
                   size_t *size);
char *dump_end (struct dump *self, size_t *size);

enum dump_line {
    DUMP_LINE_DAMAGED,
    DUMP_LINE_FOREIGN, /* whole, but of a newer format, or out of place */
    DUMP_LINE_BEGIN,
    DUMP_LINE_RECORD,
    DUMP_LINE_END, /* and all that it says is so; damaged otherwise */
    DUMP_LINE_COUNT
};

/* What a DUMP_LINE_RECORD holds; borrowed from the line. */
struct dump_entry {
    char key[KEYS_SIZE];
    const char *record;
    size_t record_size;
};

/* Takes a LINE of SIZE bytes without its end. */
enum dump_line dump_read (struct dump *self, const char *line, size_t size,
                          struct dump_entry *entry);

#endif
