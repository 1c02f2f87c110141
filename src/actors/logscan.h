/* logscan.h: reads what can be read of a LevelDB log (the newest writes, not yet in a table), for
 * one that is damaged. Pure. The format is that of LevelDB's doc/log_format.md: blocks of 32 KiB,
 * in them fragments (checksum, length, type) that make up batches of writes.
 *
 * LevelDB itself refuses such a log, and its repair asserts on some. Here no checksum of LevelDB's
 * is looked at: whoever is shown a value checks it by its own (records.h). */

#ifndef STUI_ACTORS_LOGSCAN_H
#define STUI_ACTORS_LOGSCAN_H

#include <stddef.h>
#include <stdint.h>

/* A write that was found; borrowed until it returns. It may be damaged in any way. */
typedef void logscan_visitor (void *context, const char *key, size_t key_size, const char *value,
                              size_t value_size);

/* Shows all writes (no deletions) in SIZE bytes of a log, in their order. */
void logscan_read (const char *bytes, size_t size, logscan_visitor *visit, void *context);

/* A manifest is a log as well, of changes to the set of files. The lowest number that LevelDB may give
 * to a new file when it opens by SIZE bytes of one, however much of it it believes: no file below
 * is written again, while one with a greater number, which a crash or a damaged manifest left, may be
 * cut off and written anew. 0: it cannot be told. */
uint64_t logscan_manifest_floor (const char *bytes, size_t size);

#endif
