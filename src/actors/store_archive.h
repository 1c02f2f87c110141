/* store_archive.h: sessions that were cleaned away, until they are deleted or brought back; and those
 * that go from one image to another. Part of store_db.
 *
 * Each step is one synced batch: the newest generation of a session goes from session/ to archive/,
 * its older ones with it, or back. So a crash leaves it in one of the two places; should the ledger
 * not hear of it, the archive itself is looked at before a session is missed (store_repair.h).
 * A record in the archive is that of the session, byte for byte, with a member `archived` before its
 * others. */

#ifndef STUI_ACTORS_STORE_ARCHIVE_H
#define STUI_ACTORS_STORE_ARCHIVE_H

#include "actors/store_db.h"

/* Moves SESSION of IMAGE (a key) into the archive; ABOUT says why. 0, or an error with CAUSE:
 * INVALID_REQUEST when its newest generation is not GENERATION, or a newer state is among WAITING. */
int store_archive_put (struct store_db *db, const struct store_policy *waiting, const char *image,
                       const char *session, uint64_t generation, const struct json *about,
                       int64_t wall_ms, struct stui_cause *cause);

/* {sessions: […]} without contexts; caller owns *RESULT. A session that is also outside of the
 * archive, since somebody went on with it while it was moved, has `live`. */
int store_archive_list (struct store_db *db, int64_t wall_ms, struct json **result,
                        struct stui_cause *cause);

/* Moves it back, stored and not open: {session: its record}; caller owns *RESULT. EXISTS when there
 * is one outside of the archive already, NOT_FOUND when there is none in it. */
int store_archive_back (struct store_db *db, const struct store_policy *waiting, const char *image,
                        const char *session, int64_t wall_ms, struct json **result,
                        struct stui_cause *cause);

/* A session that goes from one IMAGE key to another. */
struct store_archive_way {
    const char *from, *to, *session;
    uint64_t generation;      /* that is meant */
    const struct json *about; /* {image: the other one's name, same: whether it is the same image at
                               * another address, from: {image_id, image} or null: what is kept of
                               * where it was} */
};

/* Moves it, stored and not open, in one batch: {session: its record}; caller owns *RESULT. 0, or an
 * error with CAUSE: as store_archive_put has them; EXISTS when the other image has one. */
int store_archive_carry (struct store_db *db, const struct store_policy *waiting,
                         const struct store_archive_way *way, int64_t wall_ms, struct json **result,
                         struct stui_cause *cause);

/* Deletes it for good. */
int store_archive_drop (struct store_db *db, const char *image, const char *session,
                        struct stui_cause *cause);

#endif
