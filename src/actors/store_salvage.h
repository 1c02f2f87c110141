/* store_salvage.h: what can still be read of a database whose directory was removed while it is
 * open: its files live as long as they are open. Part of store_db. */

#ifndef STUI_ACTORS_STORE_SALVAGE_H
#define STUI_ACTORS_STORE_SALVAGE_H

#include "actors/store_db.h"

/* Whether the directory of the open database is gone, or another one. */
bool store_salvage_is_lost (const struct store_db *db);

/* Remembers which directory it is. */
void store_salvage_note_place (struct store_db *db);

/* Reads all that is whole of the open database into memory, in the place of what was there. */
void store_salvage_take (struct store_db *db);

/* Shows what was taken, and frees it. */
void store_salvage_each (const struct store_db *db, engine_visitor *visit, void *context);
void store_salvage_free (struct store_db *db);

#endif
