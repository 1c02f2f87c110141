/* store_retain.h: what is not kept for ever: old events. Part of store_db. (Sessions go through the
 * archive: reaper.h.) What is dropped stays in the exports for as long as they are kept. */

#ifndef STUI_ACTORS_STORE_RETAIN_H
#define STUI_ACTORS_STORE_RETAIN_H

#include "actors/store_db.h"

enum {
    STORE_RETAIN_EVENT_DAYS = 90,
    STORE_RETAIN_AT_ONCE = 500, /* in one go */
};

/* Drops what is too old. Answers how many records, or an error with CAUSE. */
int store_retain (struct store_db *db, int64_t wall_ms, struct stui_cause *cause);

#endif
