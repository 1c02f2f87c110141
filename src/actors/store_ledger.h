/* store_ledger.h: which generation of each session and image was confirmed, kept outside of the
 * database: a small file that lets a start see what a damaged database does not show, however
 * quietly it lost it (a cut log reads like one that ended there).
 *
 * One line a change, later ones over earlier ones, each with its checksum:
 *
 *     0123456789abcdef HIGHEST PRESENT SUBJECT
 *
 * SUBJECT is a key without its generation (`session/IMAGE/SESSION/`, `image/NAME`), or
 * `client/UUID` for the profile's own id. HIGHEST is the greatest generation ever used, which
 * no later one falls below; PRESENT is the one that must be there, 0 when it is gone on
 * purpose, or lost and said so.
 *
 * Lines are appended after each commit without a sync: they outlive the process, and after a
 * power cut some of the newest are missing, which hides a loss but never invents one. The file
 * is written anew, synced, when most of its lines are overruled. It never fails: what could not
 * be written is written with the next line. One thread owns it: the store's. */

#ifndef STUI_ACTORS_STORE_LEDGER_H
#define STUI_ACTORS_STORE_LEDGER_H

#include <stui/types.h>

#include <czmq.h>

struct store_ledger_entry {
    uint64_t highest, present;
};

/* Embedded by the database. Zeroed: closed. */
struct store_ledger {
    char *path;       /* owned */
    zhashx_t *groups; /* owned: "session/IMAGE/" -> SESSION -> entry; "image/" -> NAME -> entry */
    size_t entries, lines;
    char *pending; /* owned: lines that are to be appended */
    size_t pending_size, pending_capacity;
    bool stale; /* the file is not what it should be: to be written anew */
};

/* Reads the file in PATH, as far as it is whole; none is an empty one. */
void store_ledger_open (struct store_ledger *self, const char *path);
void store_ledger_close (struct store_ledger *self);

/* The entry of SUBJECT; NULL when it was never heard of. Borrowed until the next change. */
const struct store_ledger_entry *store_ledger_find (const struct store_ledger *self,
                                                    const char *subject);

/* Whether it knows of nothing but the profile's own id. */
bool store_ledger_is_empty (const struct store_ledger *self);

/* The subject's newest generation is PRESENT now (0: none). */
void store_ledger_note (struct store_ledger *self, const char *subject, uint64_t present);

/* Appends what was noted. */
void store_ledger_write (struct store_ledger *self);

/* The file as a whole, synced. */
int store_ledger_rewrite (struct store_ledger *self, struct stui_cause *cause);

/* The profile's id as last noted, or NULL. Borrowed. */
const char *store_ledger_client (const struct store_ledger *self);

/* Shows all entries whose subject begins with GROUP, which is all there is ("", "session/"), all
 * of one image ("session/IMAGE/"), or "image/". */
typedef void store_ledger_visitor (void *context, const char *subject,
                                   const struct store_ledger_entry *entry);
void store_ledger_each (const struct store_ledger *self, const char *group,
                        store_ledger_visitor *visit, void *context);

#endif
