/* store_restored.h: what came with a backup, and is not to be taken for what it was when that was made.
 * Part of store_db: no clock, blocks on the disk only.
 *
 *     meta/restored    {"made_at_ms","at_ms","held":{NAME: generation…}}: of the newest restore
 *
 * What an image NAME had held in such a generation, or an older one, may have been sent since the backup
 * was made, by this profile or by the one that it is of: it is in doubt. What is held from then on has a
 * greater one. Kept by generations, since records may be sealed when they are restored. */

#ifndef STUI_ACTORS_STORE_RESTORED_H
#define STUI_ACTORS_STORE_RESTORED_H

#include <stui/types.h>

struct engine_batch;
struct json;
struct store_db;

/* Being gathered while a backup is read: HELDS, {NAME: generation…}, takes in the record VALUE under KEY. */
void store_restored_gather (struct json *helds, const char *key, const char *value, size_t size);
/* Adds the record of it to BATCH. */
void store_restored_put (struct engine_batch *batch, const struct json *helds, int64_t made_at_ms,
                         int64_t wall_ms);

/* The last generation of what NAME had held that came with a backup, and WHY it is in doubt; 0: none
 * did. */
uint64_t store_restored_held (struct store_db *db, const char *name, char why[STUI_CAUSE_MAX]);

#endif
