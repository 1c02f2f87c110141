/* store_db.h: what lies in the profile's database: identity, sessions, images, events; found,
 * checked and written through an engine. No socket and no clock: the store actor owns one,
 * tells it the time, and asks the policy when to write. Blocks on the disk only.
 *
 *     PROFILE/db                  the database
 *     PROFILE/key                 the key of what is encrypted in it (store_vault.h)
 *     PROFILE/ledger              what must be in it (store_ledger.h)
 *     PROFILE/exports/N.jsonl     the newest records, outside of it (store_export.h)
 *     PROFILE/opening             how many starts in a row ended while it was being opened
 *     PROFILE/db.before[.N]       its files as they were before it was opened (store_files_rescue),
 *                                 until what is in it was compared with the ledger
 *     PROFILE/restored            a backup that is to take the place of all (store_restore.h)
 *     PROFILE/db.damaged-STAMP    a damaged one, as it was (store_repair.h)
 *
 * A damaged record met on the way is moved under quarantine/, and `notices` says so; what the
 * ledger knows and the database does not show is fetched from elsewhere, or named as lost.
 *
 * Opening is store_open.c's, reading sessions and events store_load.c's, connections of images
 * store_connections.c's. */

#ifndef STUI_ACTORS_STORE_DB_H
#define STUI_ACTORS_STORE_DB_H

#include <stui/types.h>

#include <czmq.h>

#include "actors/engine.h"
#include "actors/engine_batch.h"
#include "actors/store_export.h"
#include "actors/store_ledger.h"
#include "actors/store_policy.h"
#include "actors/store_seal.h"
#include "actors/vault.h"
#include "actors/wall_trust.h"

struct json;
struct random_source;

enum {
    STORE_DB_SCHEMA = 3,     /* of the database as a whole: which keys there are */
    STORE_DB_TRIES = 3,      /* that may end so before it is taken to be what ends them: it is
                                      rebuilt then; after as many more without its tables */
    STORE_DB_BEFORES = 4,    /* openings in a row of which none was compared: all are kept */
    STORE_DB_COMPARE = 2,    /* so many are left to a quiet moment: comparing at the start takes
                                      100 ms with 10,000 sessions */
    STORE_DB_REBUILDS = 3,   /* while it is open: what damages it more often is the disk */
    STORE_DB_EVENTS = 10000, /* kept; older ones go in the batch that brings new ones */
    STORE_DB_EVENTS_ANSWER = 1000, /* at most in one answer, and at most 1 MB */
};

/* Embedded by the store. Zeroed: closed. */
struct store_db {
    const struct engine_functions *functions; /* borrowed */
    struct engine *engine;                    /* owned; NULL while it cannot be opened */
    char *path, *exports, *key_file;          /* owned */
    struct vault vault;                       /* its keys; opened with the database */
    bool encrypts_sessions;                   /* it is to; it cannot while the vault is not open */
    uint64_t place_device, place_inode;       /* of its directory, while it is open */
    struct engine_batch salvage;              /* read from a directory that is gone */
    struct store_ledger ledger;
    struct store_export export;        /* being written */
    struct store_seal seal;            /* what was saved in plain */
    bool has_before[STORE_DB_BEFORES]; /* and it may hold what the database lost */
    bool postponed;         /* what the ledger misses could not be looked for, and that was said */
    bool raised;            /* the generation, since it was opened */
    bool lost;              /* its directory is gone */
    bool damaged;           /* the engine said so: rebuilt before it is used again */
    bool connections_begun; /* what an earlier run left open was ended */
    bool images_checked;    /* against the ledger; done before the first is given out */
    bool held_checked;      /* likewise, what images have held */
    unsigned tries;         /* starts in a row that ended while it was being opened */
    unsigned rebuilds;      /* since it was opened */
    uint64_t commits;       /* that changed a session or an image, since it was opened */
    char client_id[STUI_UUID_LEN + 1];
    uint64_t generation;          /* the profile's: the epoch of claims */
    struct json *counters;        /* owned: image_id -> counter of the last claim */
    zhashx_t *sessions;           /* owned: key prefix -> the generations that are there */
    zhashx_t *held;               /* owned: what is stored of held evaluations (store_held.h) */
    bool indexed;                 /* whether that holds all sessions, or only those met so far */
    uint64_t stamps;              /* given out by this run */
    uint64_t first_seq, last_seq; /* of the events that are there; 0: none was ever */
    struct json *notices;    /* owned: an array of events to be put; emptied by who puts them */
    struct json *losses;     /* owned: what was lost for good, [{at_ms, image, session_id,
                             generation, used}], the newest */
    bool losses_changed;     /* written with the next batch */
    struct wall_trust clock; /* by which things are old */
};

/* Opens the database of the profile in DIR, which is there already, makes or rebuilds what is
 * missing and raises the generation, synced. WALL_MS is the time of day. 0, or an error with CAUSE,
 * after which SELF is as closed; but when the disk refused (STORAGE) or damaged (MALFORMED) a profile
 * that is known otherwise it has its identity, and reopening does the rest. */
int store_db_open (struct store_db *self, const char *dir, const struct engine_functions *functions,
                   int64_t wall_ms, struct random_source *random, struct stui_cause *cause);

/* Looks at the wall clock at NOW_MS of the one that only rises, and keeps what it is believed to be. */
void store_db_time (struct store_db *self, int64_t now_ms, int64_t wall_ms);

/* Closes the engine after a failed write and opens it again, rebuilt when it was damaged.
 * Identity and generation stay. */
int store_db_reopen (struct store_db *self, int64_t wall_ms, struct stui_cause *cause);

/* Whether the directory went from under the open database. What it still knows is in memory then,
 * and reopening writes it into a new one, once the profile's directory is there again. */
bool store_db_is_lost (struct store_db *self);

/* The place of db.before number INDEX (below STORE_DB_BEFORES); caller frees. */
char *store_db_before (const struct store_db *self, size_t index);

/* What the db.before are kept for has been looked at: they go. */
void store_db_drop_before (struct store_db *self);

/* Accepts a closed one. */
void store_db_close (struct store_db *self);

/* Writes COUNT writes as one synced batch, with all that goes along: the generation and seq
 * (each write's `number` is set), older generations and events deleted. */
int store_db_commit (struct store_db *self, struct store_write *writes, size_t count,
                     int64_t wall_ms, struct stui_cause *cause);

/* Raises the counter of IMAGE_ID in memory, and the generation when it is not above ABOVE:
 * {client_id, generation, counter}; caller owns. It counts once STORE_WRITE_IDENTITY is written. */
struct json *store_db_claim (struct store_db *self, const char *image_id, uint64_t above);

/* Reading. WAITING are writes that are newer than what is stored. *RESULT is what the verb's
 * `ok` carries (msg.h); caller owns. 0, or an error with CAUSE. */
int store_db_image_load (struct store_db *self, const struct store_policy *waiting,
                         const char *name, int64_t wall_ms, struct json **result,
                         struct stui_cause *cause);
/* As its text, in which each body is as it was saved. */
int store_db_sessions_load (struct store_db *self, const struct store_policy *waiting,
                            const char *image, int64_t wall_ms, char **result,
                            struct stui_cause *cause);
int store_db_versions (struct store_db *self, const char *image, const char *session,
                       struct json **result, struct stui_cause *cause);
int store_db_events_get (struct store_db *self, uint64_t after, size_t limit, struct json **result,
                         struct stui_cause *cause);

/* How many images and sessions there are. */
int store_db_count (struct store_db *self, size_t *images, size_t *sessions,
                    struct stui_cause *cause);

#endif
