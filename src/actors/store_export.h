/* store_export.h: rolling exports: plain files beside the database (dump.h) with the newest record
 * of everything but events, from which it can be rebuilt when LevelDB's own files are gone. Part
 * of store_db. They lie in PROFILE/exports as NNNNNNNN.jsonl, the newest two are kept; one
 * appears by a rename, whole and synced, or not at all.
 *
 * One is written in steps of at most STEP_BYTES, between which the store serves others, and never
 * when it would leave the disk less than it takes itself. Records are checked as they are read, so
 * a finished export is also a proof that everything could be read. */

#ifndef STUI_ACTORS_STORE_EXPORT_H
#define STUI_ACTORS_STORE_EXPORT_H

#include "actors/dump.h"
#include "actors/engine.h"

struct store_db;
struct store_policy;

enum {
    STORE_EXPORT_KEPT = 2,
    STORE_EXPORT_STEP_BYTES = 256 << 10,
};

/* One that is being written. Embedded by the database. Zeroed: none. */
struct store_export {
    int fd;     /* owned while `name` is set; -1: into `text` */
    char *name; /* owned: the file, not yet in its place */
    struct dump dump;
    char from[KEYS_SIZE + 8];        /* where the next step begins */
    char *held, held_key[KEYS_SIZE]; /* owned: the newest record so far of the session at hand */
    size_t held_size, bytes, synced_bytes, damaged;
    char *text; /* owned: lines that nobody took yet, when it is no file */
    size_t text_size, text_capacity;
    char *vault; /* owned: the body of meta/vault instead of the database's own; NULL: that */
    const struct store_policy *waiting; /* borrowed; NULL: only what is written */
    int64_t wall_ms;                    /* when it was begun */
    bool everything;                    /* all generations, and events */
};

/* Begins one in the file NAME (copied), which is made anew, 0600. */
int store_export_begin (struct store_export *self, const struct store_db *db, const char *name,
                        bool everything, int64_t wall_ms, struct stui_cause *cause);

/* Begins one of everything in memory, with the writes that WAIT as the newest generations: a
 * backup. Each step leaves its lines in `text`, which the caller takes. *VAULT, which it takes over,
 * is what the record meta/vault says in it (store_vault_wrap); NULL: what it says in the database. */
void store_export_begin_text (struct store_export *self, const struct store_db *db,
                              const struct store_policy *waiting, char **vault, int64_t wall_ms);

/* Goes on. 1: there is more to do; 0: the file is whole and synced, and closed; or an error with
 * CAUSE, after which the export is gone. A damaged record, or a database that cannot be read to
 * its end, is one. */
int store_export_step (struct store_export *self, struct store_db *db, struct stui_cause *cause);

/* All of it at once: an export more in its place. */
int store_export_now (struct store_db *db, int64_t wall_ms, struct stui_cause *cause);

/* Gives up and removes the file. */
void store_export_cancel (struct store_export *self);

/* Puts the whole file NAME among the exports in DIR and removes those that are too many. */
int store_export_roll (const char *dir, const char *name, struct stui_cause *cause);

/* Removes all exports in DIR but the KEEP newest. */
void store_export_keep (const char *dir, int keep);

/* Shows each whole record of the file NAME, one call each; VISIT may be NULL. Damaged lines are
 * passed over. *DUMP tells afterwards what kind of file it is; not `begun`: none of ours. 0, or an
 * error with CAUSE when it cannot be read. */
typedef void store_export_visitor (void *context, const char *key, const char *record, size_t size);
int store_export_read (const char *name, struct dump *dump, store_export_visitor *visit,
                       void *context, struct stui_cause *cause);

/* The same for all exports in DIR, the newest first. */
void store_export_each (const char *dir, store_export_visitor *visit, void *context);

/* Reads all exports in DIR through: how many are not whole. NAME (SIZE bytes) becomes the newest of
 * these. */
size_t store_export_check (const char *dir, char *name, size_t size);

/* What is there in DIR: how many, and when the newest whole one was made (0: none). */
size_t store_export_count (const char *dir, int64_t *made_at_ms);

#endif
