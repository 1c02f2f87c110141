/* store_held.h: what images have held and in doubt (held.h) in the database, sealed when sessions are,
 * since it carries code as they do. Part of store_db: no clock, blocks on the disk only.
 *
 *     held/NAME       {"records":{ID: generation…},"settled":{…}}: which there are, in their order
 *     held/NAME/ID    one of them, as in held.h's list, or what came of it, as in outcomes.h's
 *
 * Supervisors hand in the whole list; of it only what changed is written, in one batch with the record
 * that names them. What was settled takes the place of what was held. Damage of one record costs one
 * evaluation, and one that is not named, of a
 * generation that the naming record knows, was settled: it does not come back from an older file. That
 * record lost, all that lie there count. Databases of schema 2 have the list itself under held/NAME:
 * it is read as ever, and taken apart when it is next written. */

#ifndef STUI_ACTORS_STORE_HELD_H
#define STUI_ACTORS_STORE_HELD_H

#include "actors/store_db.h"

struct engine_batch;

/* What a store_db knows of what is stored: of each image which ID in which generation, and the checksum
 * of its text, and which are settled. Empty it is learnt again. */
zhashx_t *store_held_new (void);

/* Adds to BATCH what the list in WRITE changes, and sets its number. What is settled stays as it is when the list
 * does not say. A batch that fails has db->held purged. */
int store_held_put (struct store_db *db, struct engine_batch *batch, struct store_write *write,
                    int64_t wall_ms, struct stui_cause *cause);

/* {held: the list of image NAME, or null}; caller owns. What is lost of it is said once. LOCKED with
 * CAUSE: it is not known whether there is one. */
int store_held_load (struct store_db *db, const struct store_policy *waiting, const char *name,
                     int64_t wall_ms, struct json **result, struct stui_cause *cause);

/* Settles the one with ID of image NAME, which nobody supervises: HOW is drop, or as held_resolve
 * has it. The list that is to be stored into *BODY; caller owns. NOT_FOUND, LOCKED, INVALID_REQUEST,
 * UNSUPPORTED with CAUSE. */
int store_held_settle (struct store_db *db, const struct store_policy *waiting, const char *name,
                       const char *id, const char *how, int64_t wall_ms, char **body,
                       struct stui_cause *cause);

/* Of all images: {images: {NAME: [as people are shown it…]}, locked: how many cannot be read, why};
 * caller owns. */
int store_held_all (struct store_db *db, const struct store_policy *waiting, int64_t wall_ms,
                    struct json **result, struct stui_cause *cause);

#endif
