/* store_aside.h: what `secret reset` set aside, still encrypted, and the way back. Part of store_db.
 *
 *     aside/SEQ           {"at_ms","vault":the body of meta/vault or null,"secrets":{NAME:a sealed body}}
 *     PROFILE/key.aside-… a key file of then; any such file is looked into
 *
 * It is no damage: it is exported, copied and repaired like all else, and goes only by
 * store_aside_discard. Its key opens its ring, which the ring of today takes in: sessions that were
 * sealed by it open again, and its secrets are sealed anew. */

#ifndef STUI_ACTORS_STORE_ASIDE_H
#define STUI_ACTORS_STORE_ASIDE_H

#include <stui/types.h>

struct json;
struct store_db;

/* Sets vault, secrets and key file aside: the next secret begins another vault; at once, when sessions
 * are to be encrypted. What is damaged goes under quarantine/. 0, or an error with CAUSE. */
int store_aside_reset (struct store_db *self, int64_t wall_ms, struct stui_cause *cause);

/* [{at_ms, secrets: how many, argon2id: {…} or null}…], the oldest first; caller owns. */
struct json *store_aside_list (const struct store_db *self);

/* Brings back all that the root key in HEX opens; empty: all whose key is in a file. A secret that was
 * set anew meanwhile stays as it is. *RESULT is {secrets: [those that are back], kept: [those that
 * stay], quarantined: how many records of secrets lie damaged under quarantine/, where this leaves
 * them}, owned by the caller. 0, or an error with CAUSE: PERMISSION when it opens nothing. */
int store_aside_restore (struct store_db *self, const char *hex, int64_t wall_ms,
                         struct json **result, struct stui_cause *cause);

/* Deletes all of it for good, and exports that hold it; key files stay. *COUNT: how many resets'. */
int store_aside_discard (struct store_db *self, int64_t wall_ms, size_t *count,
                         struct stui_cause *cause);

#endif
