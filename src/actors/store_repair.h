/* store_repair.h: a damaged database is set aside whole and repaired on a copy. */

#ifndef STUI_ACTORS_STORE_REPAIR_H
#define STUI_ACTORS_STORE_REPAIR_H

#include <stui/types.h>

#include "actors/engine.h"

enum store_repair_outcome {
    STORE_REPAIR_REPAIRED, /* what could be saved is there again */
    STORE_REPAIR_EMPTY,    /* nothing could: PATH is free for a new database */
    STORE_REPAIR_OUTCOME_COUNT
};

/* Copies the closed database in PATH, lets the engine repair the copy, renames the original to
 * PATH.damaged-STAMP and puts the copy in its place, unless it was beyond repair. ASIDE gets
 * the original's new name (caller frees). An outcome, or an error with CAUSE: the disk refused.
 * Of the original nothing is ever changed but its name, and that last. */
int store_repair (const char *path, const struct engine_functions *functions, int64_t stamp,
                  char **aside, struct stui_cause *cause);

#endif
