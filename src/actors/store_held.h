/* store_held.h: what images have held and in doubt (held.h) in the database: one record an image,
 * sealed when sessions are, since it carries code as they do. Part of store_db: no clock, blocks on
 * the disk only. */

#ifndef STUI_ACTORS_STORE_HELD_H
#define STUI_ACTORS_STORE_HELD_H

#include "actors/store_db.h"

/* {held: the list of image NAME, or null}; caller owns. LOCKED with CAUSE: it is not known whether
 * there is one. */
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
