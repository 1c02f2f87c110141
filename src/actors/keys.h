/* keys.h: the readable keys of the database, made and read back. Pure.
 *
 *     session/IMAGE/SESSION/GENERATION     image/NAME      event/SEQ
 *     archive/IMAGE/SESSION (one that was cleaned away and can be brought back)
 *     held/NAME (which evaluations are held and in doubt: store_held.h)     held/NAME/ID (one of them)
 *     connection/NAME/SEQ (one that ended)     last/NAME (the newest, as it is)
 *     history/NAME (the sums of those that were folded)
 *     meta/identity     meta/schema        meta/losses (what was lost for good)
 *     meta/marks (favourites, recents)     meta/alive (when stui last ran)
 *     meta/sealed (all of before is encrypted: store_seal.h)
 *     meta/restored (what came with a backup: store_restored.h)
 *     meta/reaper (how long stui ran without which image)
 *     meta/vault        secret/NAME (vault.h)     aside/SEQ (of a reset: store_aside.h)
 *     quarantine/KEY (a damaged record set aside)
 *
 * GENERATION and SEQ are 16 lower-case hex digits, so that the order of keys is that of
 * numbers. IMAGE is the image_id, or `rep-` and the hex SHA-256 of the normalised address for
 * an image that has none. IMAGE, SESSION and both NAMEs are of [A-Za-z0-9._-]: a part that came from
 * a peer and holds anything else, a slash above all, is refused and never escaped. */

#ifndef STUI_ACTORS_KEYS_H
#define STUI_ACTORS_KEYS_H

#include <stui/types.h>

enum {
    KEYS_IMAGE_MAX = 80,   /* bytes of IMAGE: a UUID, "rep-" and 64 digits, or some other id */
    KEYS_SESSION_MAX = 64, /* bytes of SESSION: a UUID, or what an image chose */
    KEYS_SIZE = 256,       /* any key with its NUL: the longest has 182 bytes */
};

#define KEYS_IDENTITY    "meta/identity"
#define KEYS_SCHEMA      "meta/schema"
#define KEYS_LOSSES      "meta/losses"   /* not read back by keys_parse */
#define KEYS_MARKS       "meta/marks"    /* likewise */
#define KEYS_ALIVE       "meta/alive"    /* likewise */
#define KEYS_CLOCK       "meta/clock"    /* likewise */
#define KEYS_REAPER      "meta/reaper"   /* likewise */
#define KEYS_SEALED      "meta/sealed"   /* likewise */
#define KEYS_RESTORED    "meta/restored" /* likewise */
#define KEYS_VAULT       "meta/vault"
#define KEYS_SECRETS     "secret/"
#define KEYS_ASIDE       "aside/"
#define KEYS_SESSIONS    "session/"
#define KEYS_ARCHIVE     "archive/"
#define KEYS_IMAGES      "image/"
#define KEYS_EVENTS      "event/"
#define KEYS_HELDS       "held/"
#define KEYS_CONNECTIONS "connection/"
#define KEYS_LASTS       "last/"
#define KEYS_HISTORIES   "history/"
#define KEYS_QUARANTINE  "quarantine/"

enum keys_kind {
    KEYS_KIND_SESSION,
    KEYS_KIND_ARCHIVE,
    KEYS_KIND_IMAGE,
    KEYS_KIND_HELD,
    KEYS_KIND_HELD_ONE,
    KEYS_KIND_EVENT,
    KEYS_KIND_CONNECTION,
    KEYS_KIND_LAST,
    KEYS_KIND_HISTORY,
    KEYS_KIND_IDENTITY,
    KEYS_KIND_SCHEMA,
    KEYS_KIND_VAULT,
    KEYS_KIND_SECRET,
    KEYS_KIND_ASIDE,
    KEYS_KIND_COUNT
};

/* A key taken apart. Unused parts are empty or 0. */
struct keys_key {
    enum keys_kind kind;
    char image[KEYS_IMAGE_MAX + 1];     /* IMAGE, or NAME of an image or a secret */
    char session[KEYS_SESSION_MAX + 1]; /* SESSION, or ID */
    uint64_t number;                    /* GENERATION or SEQ */
};

/* Whether ID, as an image told it, can be an IMAGE: the alphabet, and no claim to be the
 * `rep-` key of another image. */
bool keys_image_id_is_valid (const char *id);

/* IMAGE for an image that has no id, from its ADDRESS as address_format () writes it. */
void keys_image_from_address (const char *address, char image[KEYS_IMAGE_MAX + 1]);

/* Each writes a key; 0, or STUI_E_INVALID_REQUEST with CAUSE and an empty key when a part is
 * hostile. The prefix, with its last slash, is common to all generations of a SESSION; to all
 * sessions of IMAGE when SESSION is NULL. */
int keys_session (char key[KEYS_SIZE], const char *image, const char *session, uint64_t generation,
                  struct stui_cause *cause);
int keys_session_prefix (char key[KEYS_SIZE], const char *image, const char *session,
                         struct stui_cause *cause);
/* Where SESSION lies in the archive. */
int keys_archive (char key[KEYS_SIZE], const char *image, const char *session,
                  struct stui_cause *cause);
int keys_image (char key[KEYS_SIZE], const char *name, struct stui_cause *cause);
int keys_held (char key[KEYS_SIZE], const char *name, struct stui_cause *cause);
/* One of what NAME has held; ID empty: the prefix of all of them, with its last slash. */
int keys_held_one (char key[KEYS_SIZE], const char *name, const char *id, struct stui_cause *cause);
int keys_secret (char key[KEYS_SIZE], const char *name, struct stui_cause *cause);
void keys_aside (char key[KEYS_SIZE], uint64_t seq);
void keys_event (char key[KEYS_SIZE], uint64_t seq);
/* All of image NAME's: the prefix of its connections, with its last slash; one of them; the
 * newest; the sums. */
int keys_connections (char key[KEYS_SIZE], const char *name, struct stui_cause *cause);
int keys_connection (char key[KEYS_SIZE], const char *name, uint64_t seq, struct stui_cause *cause);
int keys_last (char key[KEYS_SIZE], const char *name, struct stui_cause *cause);
int keys_history (char key[KEYS_SIZE], const char *name, struct stui_cause *cause);
/* KEY, at most 182 bytes long, gets a place under quarantine/. */
void keys_quarantine (char place[KEYS_SIZE], const char *key);

/* Takes SIZE bytes of a key apart. 0, or STUI_E_MALFORMED when it is not one of ours, written
 * as we write it (a quarantine/ key is not: what lies there is never read back). */
int keys_parse (const char *bytes, size_t size, struct keys_key *key);

#endif
