/* store_upkeep.c: see store_upkeep.h. */

#include "actors/store_upkeep.h"

#include <inttypes.h>
#include <stdlib.h>

#include "actors/store_export.h"
#include "actors/store_files.h"
#include "actors/store_index.h"
#include "actors/store_repair.h"
#include "actors/store_retain.h"
#include "runtime/alloc.h"
#include "runtime/log.h"

void
store_upkeep_init (struct store_upkeep *self, int64_t now_ms, int64_t wall_ms)
{
    *self = (struct store_upkeep){.exported = UINT64_MAX,
                                  .changed_ms = now_ms,
                                  .tried_ms = now_ms,
                                  .first_ms = STORE_UPKEEP_FIRST_MS,
                                  .wall_offset_ms = wall_ms - now_ms,
                                  .retained_ms = STUI_NEVER};
}

static bool
is_writing (const struct store_db *db)
{
    return db->export.name != NULL;
}

int64_t
store_upkeep_deadline_ms (const struct store_upkeep *self, const struct store_db *db)
{
    if (!db->engine)
        return STUI_NEVER;
    if (is_writing (db))
        return self->step_ms;
    if (db->commits == self->exported)
        return STUI_NEVER;
    int64_t due = self->tried_ms + self->first_ms;
    int64_t quiet = self->changed_ms + STORE_UPKEEP_QUIET_MS;
    int64_t late = due + STORE_UPKEEP_EVERY_MS;
    return quiet <= due ? due : quiet < late ? quiet : late;
}

/* A record or a part of the database was found damaged: all of it is looked at and put right. */
static void
upkeep_mend (struct store_db *db, int64_t wall_ms)
{
    struct stui_cause cause = {0};
    int err = store_repair_verify (db, wall_ms, &cause);
    if (err == STUI_E_MALFORMED && db->rebuilds < STORE_DB_REBUILDS) {
        db->damaged = true;
        err = store_db_reopen (db, wall_ms, &cause);
    }
    if (err < 0)
        log_error ("store", "%s", cause.text);
}

static bool
has_room (const struct store_db *db)
{
    uint64_t bytes = db->export.bytes, least = STORE_UPKEEP_FREE_BYTES;
    return store_files_free (db->exports) >= (bytes > least ? bytes : least) + least;
}

static void
upkeep_begin (struct store_upkeep *self, struct store_db *db, int64_t now_ms, int64_t wall_ms)
{
    struct stui_cause cause = {0};
    char *name = stui_printf ("%s/new", db->exports);
    self->tried_ms = self->step_ms = now_ms;
    self->first_ms = STORE_UPKEEP_EVERY_MS;
    self->exporting = db->commits;
    if (!has_room (db))
        log_warn ("store", "no export: the disk is too full for one");
    else if (store_export_begin (&db->export, db, name, false, wall_ms, &cause) < 0)
        log_warn ("store", "no export: %s", cause.text);
    free (name);
}

/* All is read and written: it counts from now on. What is not in it though the ledger knows it is
 * fetched from the exports before, which are two. */
static void
upkeep_finish (struct store_upkeep *self, struct store_db *db, int64_t wall_ms)
{
    struct stui_cause cause = {0};
    char *name = stui_printf ("%s/new", db->exports);
    int missing = store_index_all (db, &cause);
    if (!missing) {
        store_repair_learn (db);
        missing = store_repair_check (db, "", wall_ms, &cause);
    }
    if (missing == 0 && store_export_roll (db->exports, name, &cause) == 0) {
        self->exported = self->exporting;
        store_db_drop_before (db);
    }
    else if (missing <= 0)
        log_warn ("store", "no export: %s", cause.text);
    free (name);
}

static void
upkeep_retain (struct store_upkeep *self, struct store_db *db, int64_t now_ms, int64_t wall_ms)
{
    static const int64_t minute_ms = 60000, hour_ms = 3600000, day_ms = 86400000;
    struct stui_cause cause = {0};
    int64_t jump_ms = wall_ms - now_ms - self->wall_offset_ms;
    self->wall_offset_ms = wall_ms - now_ms; /* it may run a little differently, for months */
    if (jump_ms > hour_ms || jump_ms < -hour_ms) {
        store_db_notice (db, "clock_jumped", "",
                         "the clock went %s by %" PRId64
                         " minutes, in a suspend or by hand: nothing "
                         "old is dropped for an hour",
                         jump_ms > 0 ? "forward" : "back", imaxabs (jump_ms) / minute_ms);
        self->held_until_ms = now_ms + STORE_UPKEEP_HOLD_MS;
    }
    store_db_time (db, now_ms, wall_ms);
    if (now_ms < self->held_until_ms || wall_trust_doubts (&db->clock))
        return;
    if (self->retained_ms != STUI_NEVER && now_ms - self->retained_ms < day_ms)
        return;
    self->retained_ms = now_ms;
    if (store_retain (db, wall_ms, &cause) < 0)
        log_warn ("store", "nothing old was dropped: %s", cause.text);
}

static void
upkeep_step (struct store_upkeep *self, struct store_db *db, int64_t now_ms, int64_t wall_ms)
{
    struct stui_cause cause = {0};
    if (!has_room (db)) {
        log_warn ("store", "the export is given up: the disk is too full for one");
        store_export_cancel (&db->export);
        return;
    }
    int err = store_export_step (&db->export, db, &cause);
    if (err > 0) {
        self->step_ms = now_ms + STORE_UPKEEP_STEP_MS;
        return;
    }
    self->tried_ms = now_ms;
    if (err == STUI_E_MALFORMED)
        upkeep_mend (db, wall_ms);
    else if (err)
        log_warn ("store", "the export is given up: %s", cause.text);
    else {
        upkeep_finish (self, db, wall_ms);
        upkeep_retain (self, db, now_ms, wall_ms);
    }
}

void
store_upkeep_run (struct store_upkeep *self, struct store_db *db, int64_t now_ms, int64_t wall_ms)
{
    if (self->seen != db->commits) {
        self->seen = db->commits;
        self->changed_ms = now_ms;
    }
    if (now_ms < store_upkeep_deadline_ms (self, db))
        return;
    if (is_writing (db))
        upkeep_step (self, db, now_ms, wall_ms);
    else
        upkeep_begin (self, db, now_ms, wall_ms);
}

void
store_upkeep_end (struct store_upkeep *self, struct store_db *db, int64_t wall_ms)
{
    struct stui_cause cause = {0};
    int64_t made_at_ms;
    store_export_cancel (&db->export);
    if (!db->engine || db->commits == self->exported || db->commits == 0
        || db->ledger.entries > STORE_UPKEEP_END_ENTRIES || !has_room (db))
        return;
    store_export_count (db->exports, &made_at_ms);
    if (wall_ms >= made_at_ms && wall_ms - made_at_ms < STORE_UPKEEP_EVERY_MS)
        return; /* a command line in a loop is no reason */
    if (store_export_now (db, wall_ms, &cause) < 0)
        log_warn ("store", "no export at the end: %s", cause.text);
}
