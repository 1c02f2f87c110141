/* store_repair.h: what is done about damage. Part of store_db.
 *
 * A database that LevelDB calls damaged is rebuilt: copied, the copy repaired by the engine, and
 * all whole records of the copy and of the rolling exports written into a new database, of each
 * key the greatest generation. The new one takes the old one's place, which is kept aside as
 * PROFILE/db.damaged-STAMP, untouched. (Not the repaired copy itself is used: what a repair lets
 * through, sequence numbers above all, is not checked by anything.)
 *
 * A record that is not there, or not whole, though the ledger knows it, is fetched from the
 * exports, or from PROFILE/db.before: all files as they were before the last openings, because LevelDB
 * deletes files that a damaged manifest does not name, or writes them anew. What is found nowhere is
 * lost, said so and remembered. What cannot be looked for, because the disk has no room for a copy, is
 * not lost: it is looked for again. */

#ifndef STUI_ACTORS_STORE_REPAIR_H
#define STUI_ACTORS_STORE_REPAIR_H

#include "actors/store_db.h"

enum {
    STORE_REPAIR_LOSSES = 100, /* remembered, the newest */
};

/* Rebuilds the closed database. 0, or an error with CAUSE: the disk refused, all is as it was. */
int store_repair_rebuild (struct store_db *db, int64_t wall_ms, struct stui_cause *cause);

/* ERR is what writing came to. When LevelDB's own thread has met damage that nobody had read, it takes no more writes:
 * then the database is rebuilt, and what failed can be done again, all being read anew. False: it cannot. */
bool store_repair_again (struct store_db *db, int err, int64_t wall_ms, struct stui_cause *cause);

/* Compares what the ledger knows of GROUP (store_ledger_each) with what is there; the sessions of
 * GROUP must be in the index. Answers how many records were put back (at least 1 when the database was found damaged
 * on the way, and rebuilt), or an error with CAUSE: what is there may be older than it should be, and is not to be
 * given out. */
int store_repair_check (struct store_db *db, const char *group, int64_t wall_ms,
                        struct stui_cause *cause);

/* Puts back single records that something else names, WANTED {KEY: generation…}, when exports or
 * db.before have them in that generation. Answers how many, or an error with CAUSE. */
int store_repair_fetch (struct store_db *db, const struct json *wanted, struct stui_cause *cause);

/* Whether the archive has the session at SUBJECT, not older than generation DUE: it was moved there,
 * and the ledger's lines of that did not outlive a crash. */
bool store_repair_is_archived (struct store_db *db, const char *subject, uint64_t due);

/* Notes in the ledger what it does not know of yet, of a database older than it, or takes to be gone
 * though it is there, after a crash between the two; all sessions must be in the index. */
void store_repair_learn (struct store_db *db);

/* Reads all of the database and puts right what can be: everything there is passes an eye. */
int store_repair_verify (struct store_db *db, int64_t wall_ms, struct stui_cause *cause);

#endif
