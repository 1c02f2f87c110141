/* store_upkeep.h: what the store does at quiet moments: rolling exports, and with each a look at
 * everything in the database. Part of the store; told the time.
 *
 * An export is due when something was saved since the last one, EVERY_MS have passed since then
 * (FIRST_MS since the start) and nothing was saved for QUIET_MS, or for twice EVERY_MS whatever
 * was saved. It takes a step of at most 256 KB each STEP_MS, so that a save waits for one step at
 * most, and stops when the disk has less free than the export has taken. */

#ifndef STUI_ACTORS_STORE_UPKEEP_H
#define STUI_ACTORS_STORE_UPKEEP_H

#include "actors/store_db.h"

enum {
    STORE_UPKEEP_FIRST_MS = 30000,
    STORE_UPKEEP_EVERY_MS = 600000,
    STORE_UPKEEP_QUIET_MS = 3000,
    STORE_UPKEEP_STEP_MS = 20,
    STORE_UPKEEP_HOLD_MS = 3600000,
    STORE_UPKEEP_END_ENTRIES = 200,    /* so few sessions and images are exported at the end too */
    STORE_UPKEEP_FREE_BYTES = 1 << 20, /* never leaves less than this */
};

/* Retention follows an export, once a day at most, and not for HOLD_MS after a jump of the clock,
 * which is said: WALL minus MONO must be what it was at the export before, give or take an hour. (A
 * suspend is a jump as well: then MONO stands still. A laptop has one a day, so no longer.) What is old
 * is told by wall_trust.h: a start under a wrong clock is no jump. */

/* Embedded by the store. */
struct store_upkeep {
    uint64_t seen;          /* commits of the database when last looked */
    uint64_t exported;      /* commits that the last export holds; starts as not */
    uint64_t exporting;     /* those that the one being written holds */
    int64_t changed_ms;     /* when `seen` changed last */
    int64_t tried_ms;       /* when the last export ended, well or not; the start at first */
    int64_t first_ms;       /* how long after tried_ms the next one is due */
    int64_t wall_offset_ms; /* of the clocks when last looked at */
    int64_t retained_ms;    /* mono: the last time; STUI_NEVER: not yet */
    int64_t held_until_ms;  /* mono: no retention before, because the clock jumped; 0: none did */
    int64_t step_ms;        /* of the next step, while one is being written */
};

void store_upkeep_init (struct store_upkeep *self, int64_t now_ms, int64_t wall_ms);

/* When there is something to do; STUI_NEVER: not before the next commit. */
int64_t store_upkeep_deadline_ms (const struct store_upkeep *self, const struct store_db *db);

/* Does what is due. */
void store_upkeep_run (struct store_upkeep *self, struct store_db *db, int64_t now_ms,
                       int64_t wall_ms);

/* At the end, all else written: an export, when it is a matter of moments. */
void store_upkeep_end (struct store_upkeep *self, struct store_db *db, int64_t wall_ms);

#endif
