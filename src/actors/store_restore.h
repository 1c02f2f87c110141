/* store_restore.h: a profile made what a backup says. For whoever holds the profile's lock while no
 * store runs. */

#ifndef STUI_ACTORS_STORE_RESTORE_H
#define STUI_ACTORS_STORE_RESTORE_H

#include "actors/engine.h"

/* What a backup holds. */
struct store_restore_report {
    size_t records, sessions, images, events;
    int64_t made_at_ms;
    bool has_vault, has_passphrase;
    char client_id[STUI_UUID_LEN + 1];
};

/* Reads all of FILE: 0 when every record in it is whole and known to this stui, or an error with a
 * sentence in CAUSE. */
int store_restore_look (const char *file, struct store_restore_report *report,
                        struct stui_cause *cause);

/* The profile in DIR, whose lock the caller holds, becomes that of the backup, with the backup's
 * identity; the next opening raises the generation above both. What was there is kept as db.replaced-
 * and exports.replaced-STAMP, the newest few. An error with CAUSE: all is as it was. */
int store_restore (const char *dir, const char *file, const struct engine_functions *functions,
                   int64_t wall_ms, struct store_restore_report *report, struct stui_cause *cause);

/* Goes on with a restore that was cut short after its decision; does nothing when there is none. An
 * error with CAUSE: nothing in DIR may be opened before it succeeds. */
int store_restore_finish (const char *dir, int64_t wall_ms, struct stui_cause *cause);

#endif
