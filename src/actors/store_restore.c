/* store_restore.c: see store_restore.h. The profile that the file describes is made as a whole in
 * PROFILE/restored.new: database, ledger, exports (none). One rename, to PROFILE/restored, is what
 * restores: before it all is as it was, and after it each part moves to its place, now or at the next
 * opening, which does so before it looks at anything else. */

#include "actors/store_restore.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/dump.h"
#include "actors/engine_batch.h"
#include "actors/keys.h"
#include "actors/migrate.h"
#include "actors/records.h"
#include "actors/store_export.h"
#include "actors/store_files.h"
#include "actors/store_ledger.h"
#include "actors/store_restored.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/log.h"

#define RESTORED "/restored"

/* ---- A look at the file ---------------------------------------------------------------------- */

struct look {
    struct store_restore_report *report;
    size_t damaged, newer;
    char session[KEYS_SIZE]; /* the one met last */
};

static void
look_visit (void *context, const char *key, const char *value, size_t size)
{
    struct look *self = context;
    struct record record;
    struct keys_key parts;
    char subject[KEYS_SIZE];
    enum records_verdict verdict = records_decode (key, value, size, &record);
    bool ours = keys_parse (key, strlen (key), &parts) == 0;
    if (ours && parts.kind == KEYS_KIND_SESSION && verdict == RECORDS_GOOD
        && record.generation != parts.number)
        verdict = RECORDS_DAMAGED;
    self->damaged += verdict == RECORDS_DAMAGED;
    self->newer += verdict == RECORDS_NEWER;
    self->report->records++;
    if (!ours)
        return;
    if (parts.kind == KEYS_KIND_VAULT && verdict == RECORDS_GOOD) {
        struct json *vault = migrate_body (KEYS_KIND_VAULT, &record);
        self->report->has_vault = true;
        self->report->has_passphrase = json_is_object (json_get (vault, "argon2id"));
        json_destroy (&vault);
    }
    self->report->images += parts.kind == KEYS_KIND_IMAGE;
    self->report->events += parts.kind == KEYS_KIND_EVENT;
    if (parts.kind == KEYS_KIND_SESSION
        && keys_session_prefix (subject, parts.image, parts.session, NULL) == 0
        && strcmp (subject, self->session) != 0) {
        self->report->sessions++;
        snprintf (self->session, sizeof self->session, "%s", subject);
    }
}

int
store_restore_look (const char *file, struct store_restore_report *report, struct stui_cause *cause)
{
    struct look look = {.report = report};
    struct dump dump;
    memset (report, 0, sizeof *report);
    int err = store_export_read (file, &dump, look_visit, &look, cause);
    if (err)
        return err;
    if (!dump.begun)
        return stui_fail (cause, STUI_E_MALFORMED, "%.180s is no backup of this stui", file);
    if (!dump.ended)
        return stui_fail (
            cause, STUI_E_MALFORMED,
            "%.140s is not whole: its last line is missing or does not fit the others", file);
    if (dump.too_long)
        return stui_fail (cause, STUI_E_TOO_LARGE,
                          "%.120s, line %zu: longer than any record may be (%d bytes)", file,
                          dump.bad_line, DUMP_LINE_MAX);
    if (dump.bad_line > 0)
        return stui_fail (cause, STUI_E_MALFORMED, "%.180s is damaged: line %zu", file,
                          dump.bad_line);
    if (look.damaged > 0)
        return stui_fail (cause, STUI_E_MALFORMED, "%.180s is damaged", file);
    if (look.newer > 0)
        return stui_fail (cause, STUI_E_UNSUPPORTED,
                          "%.150s was made by a newer stui: use that one", file);
    report->made_at_ms = dump.made_at_ms;
    snprintf (report->client_id, sizeof report->client_id, "%s", dump.client_id);
    return 0;
}

/* ---- A new database -------------------------------------------------------------------------- */

static const size_t batch_bytes = 1 << 20;

struct fill {
    const struct engine_functions *functions;
    struct engine *engine;
    struct store_ledger *ledger;
    struct engine_batch batch;
    struct json *helds; /* owned: store_restored.h */
    int err;
    struct stui_cause *cause;
};

static void
fill_flush (struct fill *self)
{
    int err = self->err
                  ? 0
                  : engine_batch_write (&self->batch, self->functions, self->engine, self->cause);
    self->err = self->err ? self->err : err;
}

static void
fill_visit (void *context, const char *key, const char *value, size_t size)
{
    struct fill *self = context;
    struct keys_key parts;
    struct record record;
    char subject[KEYS_SIZE];
    engine_batch_put (&self->batch, key, value, size);
    store_restored_gather (self->helds, key, value, size);
    if (self->batch.bytes >= batch_bytes)
        fill_flush (self);
    if (keys_parse (key, strlen (key), &parts) < 0
        || records_decode (key, value, size, &record) != RECORDS_GOOD)
        return;
    bool is_single = parts.kind == KEYS_KIND_IMAGE || parts.kind == KEYS_KIND_ARCHIVE
                     || parts.kind == KEYS_KIND_HELD;
    if (is_single && record.generation > 0)
        store_ledger_note (self->ledger, key, record.generation);
    else if (parts.kind == KEYS_KIND_SESSION
             && keys_session_prefix (subject, parts.image, parts.session, NULL) == 0)
        store_ledger_note (self->ledger, subject, parts.number);
}

static int
restore_build (const char *new, const char *file, const struct engine_functions *functions,
               struct store_ledger *ledger, int64_t wall_ms, struct stui_cause *cause)
{
    struct fill fill = {.functions = functions, .ledger = ledger, .cause = cause};
    struct dump dump;
    if (mkdir (new, 0700) < 0)
        return stui_fail (cause, STUI_E_STORAGE, "%.180s cannot be made: %m", new);
    fill.helds = json_object ();
    fill.err = functions->open (new, &fill.engine, cause);
    if (!fill.err) {
        int err = store_export_read (file, &dump, fill_visit, &fill, cause);
        store_restored_put (&fill.batch, fill.helds, dump.made_at_ms, wall_ms);
        fill_flush (&fill);
        fill.err = fill.err ? fill.err : err;
    }
    functions->close (&fill.engine);
    engine_batch_fini (&fill.batch);
    json_destroy (&fill.helds);
    return fill.err;
}

/* ---- In its place ---------------------------------------------------------------------------- */

/* The epoch of neither profile is used again: the greater one is a floor of the next. */
static void
restore_floor (struct store_ledger *ledger, const char *old_path, const char *client_id,
               uint64_t generation)
{
    struct store_ledger old;
    char client[KEYS_SIZE];
    store_ledger_open (&old, old_path);
    const char *old_client = store_ledger_client (&old);
    if (old_client) {
        snprintf (client, sizeof client, "client/%s", old_client);
        uint64_t highest = store_ledger_find (&old, client)->highest;
        generation = highest > generation ? highest : generation;
    }
    store_ledger_close (&old);
    snprintf (client, sizeof client, "client/%s", client_id);
    store_ledger_note (ledger, client, generation);
}

/* The profile of FILE in the directory NEW, which is on the disk when it returns 0. */
static int
restore_prepare (const char *dir, const char *new, const char *file,
                 const struct engine_functions *functions, const char *client_id, int64_t wall_ms,
                 struct stui_cause *cause)
{
    char *db = stui_printf ("%s/db", new), *exports = stui_printf ("%s/exports", new);
    char *path = stui_printf ("%s/ledger", new), *old_path = stui_printf ("%s/ledger", dir);
    struct store_ledger ledger;
    struct dump dump;
    store_ledger_open (&ledger, path);
    int err = restore_build (db, file, functions, &ledger, wall_ms, cause);
    if (!err)
        err = store_export_read (file, &dump, NULL, NULL, cause);
    if (!err && mkdir (exports, 0700) < 0)
        err = stui_fail (cause, STUI_E_STORAGE, "%.180s cannot be made: %m", exports);
    if (!err) {
        restore_floor (&ledger, old_path, client_id, dump.generation);
        err = store_ledger_rewrite (&ledger, cause);
    }
    if (!err)
        err = store_files_sync (db, cause);
    if (!err)
        err = store_files_sync (new, cause);
    store_ledger_close (&ledger);
    free (old_path);
    free (path);
    free (exports);
    free (db);
    return err;
}

/* Where what is at PATH goes: two restores can have the same WALL_MS. No more than STORE_FILES_ASIDE are
 * kept, so that the last name tried is free unless it is somebody else's. Caller frees. */
static char *
restore_aside (const char *path, int64_t wall_ms)
{
    char *aside = NULL;
    for (int tried = 0; tried <= STORE_FILES_ASIDE && (!aside || access (aside, F_OK) == 0);
         tried++) {
        free (aside);
        aside = stui_printf ("%s.replaced-%016" PRId64, path, wall_ms + tried);
    }
    return aside;
}

/* Puts what is prepared as NAME, if it is not there already, into its place in DIR. A directory that
 * has the place goes aside first; a file, the ledger, is replaced. */
static int
restore_move (const char *dir, const char *name, int64_t wall_ms, struct stui_cause *cause)
{
    struct stat info;
    char *from = stui_printf ("%s" RESTORED "/%s", dir, name);
    char *to = stui_printf ("%s/%s", dir, name);
    char *aside = restore_aside (to, wall_ms);
    int err = 0;
    if (lstat (from, &info) == 0) {
        bool moved = !S_ISDIR (info.st_mode) || rename (to, aside) == 0 || errno == ENOENT;
        if (!moved || rename (from, to) < 0)
            err = stui_fail (cause, STUI_E_STORAGE, "%.180s cannot be renamed: %m",
                             moved ? from : to);
        else
            store_files_bound (to, ".replaced-", STORE_FILES_ASIDE);
    }
    free (aside);
    free (to);
    free (from);
    return err;
}

int
store_restore_finish (const char *dir, int64_t wall_ms, struct stui_cause *cause)
{
    static const char *const names[] = {"ledger", "exports", "db"};
    char *restored = stui_printf ("%s" RESTORED, dir), *db = stui_printf ("%s/db", dir);
    struct stui_cause why = {0};
    int err = 0;
    if (access (restored, F_OK) == 0) {
        store_files_bound (db, ".before", 0); /* the other profile's, which would be mixed in */
        store_files_bound (db, ".rebuilt", 0);
        for (size_t index = 0; !err && index < sizeof names / sizeof *names; index++)
            err = restore_move (dir, names[index], wall_ms, &why);
        if (!err)
            err = store_files_sync (dir, &why);
        if (!err)
            store_files_remove (restored);
    }
    if (err)
        stui_fail (cause, err, "a restore that was begun cannot be finished: %.180s", why.text);
    free (db);
    free (restored);
    return err;
}

int
store_restore (const char *dir, const char *file, const struct engine_functions *functions,
               int64_t wall_ms, struct store_restore_report *report, struct stui_cause *cause)
{
    char *new = stui_printf ("%s" RESTORED ".new", dir), *ready = stui_printf ("%s" RESTORED, dir);
    struct stui_cause why = {0};
    int err = store_restore_look (file, report, cause);
    if (!err)
        err = store_restore_finish (dir, wall_ms, cause); /* one before this */
    store_files_remove (new);
    if (!err && mkdir (new, 0700) < 0)
        err = stui_fail (cause, STUI_E_STORAGE, "%.180s cannot be made: %m", new);
    if (!err)
        err = restore_prepare (dir, new, file, functions, report->client_id, wall_ms, cause);
    if (!err && rename (new, ready) < 0)
        err = stui_fail (cause, STUI_E_STORAGE, "%.180s cannot be renamed: %m", new);
    if (err)
        store_files_remove (new);
    else if (store_files_sync (dir, &why) < 0 || store_restore_finish (dir, wall_ms, &why) < 0)
        log_warn ("store", "%s; the next start goes on with it", why.text);
    free (ready);
    free (new);
    return err;
}
