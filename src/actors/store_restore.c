/* store_restore.c: see store_restore.h. A new database is built beside the old one from the file,
 * which was looked at as a whole before. Then, in an order in which a crash leaves either profile
 * but no mixture: the ledger goes (an old one would miss the old profile's sessions), the old
 * exports go aside, the databases change places, the new ledger is written. */

#include "actors/store_restore.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/dump.h"
#include "actors/keys.h"
#include "actors/records.h"
#include "actors/store_export.h"
#include "actors/store_files.h"
#include "actors/store_ledger.h"
#include "runtime/alloc.h"

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
    if (!dump.whole || look.damaged > 0)
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
    struct engine_change *changes; /* owned with keys and values */
    size_t count, capacity, bytes;
    int err;
    struct stui_cause *cause;
};

static void
fill_flush (struct fill *self)
{
    if (!self->err && self->count > 0)
        self->err = self->functions->write (self->engine, self->changes, self->count, self->cause);
    for (size_t index = 0; index < self->count; index++) {
        free ((void *) self->changes[index].key);
        free ((void *) self->changes[index].value);
    }
    self->count = self->bytes = 0;
}

static void
fill_visit (void *context, const char *key, const char *value, size_t size)
{
    struct fill *self = context;
    struct keys_key parts;
    struct record record;
    char subject[KEYS_SIZE];
    stui_grow (&self->changes, &self->capacity, self->count, sizeof *self->changes);
    self->changes[self->count++] =
        (struct engine_change){stui_strdup (key), stui_strndup (value, size), size};
    self->bytes += size;
    if (self->bytes >= batch_bytes)
        fill_flush (self);
    if (keys_parse (key, strlen (key), &parts) < 0
        || records_decode (key, value, size, &record) != RECORDS_GOOD)
        return;
    if (parts.kind == KEYS_KIND_IMAGE && record.generation > 0)
        store_ledger_note (self->ledger, key, record.generation);
    else if (parts.kind == KEYS_KIND_SESSION
             && keys_session_prefix (subject, parts.image, parts.session, NULL) == 0)
        store_ledger_note (self->ledger, subject, parts.number);
}

static int
restore_build (const char *new, const char *file, const struct engine_functions *functions,
               struct store_ledger *ledger, struct stui_cause *cause)
{
    struct fill fill = {.functions = functions, .ledger = ledger, .cause = cause};
    struct dump dump;
    store_files_remove (new);
    if (mkdir (new, 0700) < 0)
        return stui_fail (cause, STUI_E_STORAGE, "%.180s cannot be made: %s", new,
                          strerror (errno));
    fill.err = functions->open (new, &fill.engine, cause);
    if (!fill.err) {
        int err = store_export_read (file, &dump, fill_visit, &fill, cause);
        fill_flush (&fill);
        fill.err = fill.err ? fill.err : err;
    }
    functions->close (&fill.engine);
    free (fill.changes);
    if (fill.err)
        store_files_remove (new);
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

int
store_restore (const char *dir, const char *file, const struct engine_functions *functions,
               int64_t wall_ms, struct store_restore_report *report, struct stui_cause *cause)
{
    int err = store_restore_look (file, report, cause);
    if (err)
        return err;
    char *db = stui_printf ("%s/db", dir), *exports = stui_printf ("%s/exports", dir);
    char *new = stui_printf ("%s/db.restored", dir), *path = stui_printf ("%s/ledger", dir);
    char *db_aside = stui_printf ("%s.replaced-%016" PRId64, db, wall_ms);
    char *exports_aside = stui_printf ("%s.replaced-%016" PRId64, exports, wall_ms);
    char *no_ledger = stui_printf ("%s/ledger.none", dir);
    struct store_ledger ledger;
    struct dump dump;
    store_ledger_open (&ledger, no_ledger);
    err = restore_build (new, file, functions, &ledger, cause);
    if (!err)
        err = store_export_read (file, &dump, NULL, NULL, cause);
    if (!err) {
        restore_floor (&ledger, path, report->client_id, dump.generation);
        unlink (path);
        rename (exports, exports_aside);
        err = store_files_replace (db, new, db_aside, cause);
    }
    if (!err) {
        free (ledger.path);
        ledger.path = stui_strdup (path);
        err = store_ledger_rewrite (&ledger, cause);
        store_files_bound (db, ".replaced-", STORE_FILES_ASIDE);
        store_files_bound (exports, ".replaced-", STORE_FILES_ASIDE);
    }
    store_ledger_close (&ledger);
    free (no_ledger);
    free (exports_aside);
    free (db_aside);
    free (path);
    free (new);
    free (exports);
    free (db);
    return err;
}
