/* store_open.c: the database opened, reopened and closed (store_db.h).
 *
 * The order of an opening: what an earlier process left half done; the ledger; all files kept aside;
 * the engine, and a rebuilt database when it finds the old one damaged; the schema (a newer
 * stui's database is not touched), identity, the events' bounds; last the raised generation is
 * written, synced, before anybody hears of it. */

#include "actors/store_db.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actors/key_file.h"
#include "actors/keys.h"
#include "actors/migrate.h"
#include "actors/records.h"
#include "actors/store_connections.h"
#include "actors/store_files.h"
#include "actors/store_held.h"
#include "actors/store_index.h"
#include "actors/store_repair.h"
#include "actors/store_restore.h"
#include "actors/store_salvage.h"
#include "actors/store_vault.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/log.h"
#include "runtime/path.h"
#include "runtime/random.h"
#include "runtime/uuid.h"

/* ---- What is known of a profile ---------------------------------------------------------- */

static int
open_read_schema (struct store_db *self, struct stui_cause *cause)
{
    struct json *schema;
    int err = store_db_get (self, KEYS_SCHEMA, &schema, cause);
    int64_t number = json_get_number (schema, "schema", 0);
    if (!err && number > STORE_DB_SCHEMA)
        err = stui_fail (cause, STUI_E_UNSUPPORTED,
                         "the database in %.130s is a newer stui's (schema %" PRId64
                         "): start that one",
                         self->path, number);
    json_destroy (&schema);
    return err;
}

static void
identity_take (struct store_db *self, struct json *identity)
{
    const char *client_id = json_get_text (identity, "client_id");
    if (self->raised || !client_id || !uuid_is_valid (client_id))
        return; /* reopened: what is in memory is newer */
    snprintf (self->client_id, sizeof self->client_id, "%s", client_id);
    self->generation = (uint64_t) json_get_number (identity, "generation", 0);
    json_destroy (&self->counters);
    self->counters = json_take (identity, "counters");
}

/* An identity that an export has, when the database has none. */
static void
identity_visit (void *context, const char *key, const char *value, size_t size)
{
    struct store_db *self = context;
    struct record record;
    if (self->client_id[0] || strcmp (key, KEYS_IDENTITY) != 0
        || records_decode (key, value, size, &record) != RECORDS_GOOD)
        return;
    struct json *identity = migrate_body (KEYS_KIND_IDENTITY, &record);
    identity_take (self, identity);
    json_destroy (&identity);
}

/* A database without identity, or one that cannot be opened: exports and ledger know it too. */
static void
identity_elsewhere (struct store_db *self)
{
    if (!self->client_id[0])
        store_export_each (self->exports, identity_visit, self);
    const char *known = store_ledger_client (&self->ledger);
    if (!self->client_id[0] && known && uuid_is_valid (known))
        snprintf (self->client_id, sizeof self->client_id, "%s", known);
}

static int
open_read_identity (struct store_db *self, struct stui_cause *cause)
{
    struct json *identity;
    int err = store_db_get (self, KEYS_IDENTITY, &identity, cause);
    identity_take (self, identity);
    json_destroy (&identity);
    if (!err)
        identity_elsewhere (self);
    if (!json_is_object (self->counters)) {
        json_destroy (&self->counters);
        self->counters = json_object ();
    }
    return err;
}

/* When stui last ran, by a clock that was believed then. */
static int
open_read_clock (struct store_db *self, int64_t wall_ms, struct stui_cause *cause)
{
    struct json *clock;
    if (self->raised)
        return 0; /* reopened: what is in memory is newer */
    int err = store_db_get (self, KEYS_CLOCK, &clock, cause);
    wall_trust_load (&self->clock, clock);
    int64_t known_ms = self->clock.trusted_ms;
    wall_trust_look (&self->clock, 0, wall_ms);
    if (wall_trust_doubts (&self->clock))
        store_db_notice (self, "clock_jumped", "",
                         "the clock is %" PRId64 " days ahead of when stui last ran: nothing old "
                         "is dropped until stui has run for a day by it",
                         (wall_ms - known_ms) / INT64_C (86400000));
    json_destroy (&clock);
    return err;
}

static bool
bounds_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    (void) value, (void) value_size;
    struct store_db *self = context;
    struct keys_key key;
    if (keys_parse (bytes, size, &key) == 0 && key.number > 0) {
        if (self->first_seq == 0)
            self->first_seq = key.number;
        self->last_seq = key.number;
    }
    return true;
}

static int
open_read_bounds (struct store_db *self, struct stui_cause *cause)
{
    self->first_seq = self->last_seq = 0;
    return self->functions->scan (self->engine, KEYS_EVENTS, NULL, bounds_visit, self, cause);
}

static int
open_read_losses (struct store_db *self, struct stui_cause *cause)
{
    struct json *all;
    int err = store_db_get (self, KEYS_LOSSES, &all, cause);
    struct json *losses = json_take (all, "losses");
    if (json_is_array (losses) && json_count (self->losses) == 0) {
        json_destroy (&self->losses);
        self->losses = losses;
    }
    else
        json_destroy (&losses);
    json_destroy (&all);
    return err;
}

/* Opens the engine and reads what is always known. Closes it again after an error. */
static int
open_attach (struct store_db *self, int64_t wall_ms, struct stui_cause *cause)
{
    int err = self->functions->open (self->path, &self->engine, cause);
    if (!err)
        err = open_read_schema (self, cause);
    if (!err)
        err = open_read_identity (self, cause);
    if (!err)
        err = open_read_clock (self, wall_ms, cause);
    if (!err)
        err = open_read_losses (self, cause);
    if (!err)
        err = open_read_bounds (self, cause);
    if (!err)
        err = store_vault_load (self, wall_ms, cause);
    if (err)
        self->functions->close (&self->engine);
    else
        store_salvage_note_place (self);
    return err;
}

/* ---- Opening ----------------------------------------------------------------------------- */

/* Ends what an earlier process began and could not finish. */
static void
open_tidy (struct store_db *self, int64_t wall_ms)
{
    char *rebuilt = stui_printf ("%s.rebuilt", self->path);
    char *aside = stui_printf ("%s.damaged-%016" PRId64, self->path, wall_ms);
    if (store_files_are_none (self->path) && !store_files_are_none (rebuilt)
        && !store_files_are_headless (rebuilt)) {
        rmdir (self->path);
        rename (rebuilt, self->path);
    }
    else
        rename (rebuilt, aside); /* it may be the damaged one already */
    store_files_bound (self->path, ".copy", 0);
    store_files_bound (self->ledger.path, ".", 0); /* half written ones */
    char *half = stui_printf ("%s/new", self->exports);
    unlink (half);
    free (half);
    free (aside);
    free (rebuilt);
}

char *
store_db_before (const struct store_db *self, size_t index)
{
    return index == 0 ? stui_printf ("%s.before", self->path)
                      : stui_printf ("%s.before.%zu", self->path, index + 1);
}

/* Keeps the files as they are. What earlier openings kept stays until what they left has been compared
 * with the ledger; only of those that never got so far the last one gives way. Answers whether
 * there are so many that it is time to compare. */
static bool
open_rescue (struct store_db *self)
{
    struct stui_cause cause = {0};
    size_t index = 0;
    char *place = store_db_before (self, 0);
    while (!store_files_are_none (place) && index < STORE_DB_BEFORES - 1) {
        self->has_before[index++] = true;
        free (place);
        place = store_db_before (self, index);
    }
    store_files_remove (place);
    self->has_before[index] =
        !store_files_are_none (self->path) && store_files_rescue (self->path, place, &cause) == 0;
    if (!self->has_before[index])
        store_files_remove (place);
    if (cause.err)
        log_warn ("store", "the files are not kept as they were before opening: %s", cause.text);
    free (place);
    return index >= STORE_DB_COMPARE;
}

/* Earlier openings were not compared with the ledger: now, before anything is written that a later
 * one could lose. */
static void
open_compare (struct store_db *self, int64_t wall_ms)
{
    struct stui_cause cause = {0};
    int err = store_index_all (self, &cause);
    if (!err) {
        store_repair_learn (self);
        err = store_repair_check (self, "", wall_ms, &cause);
    }
    if (err >= 0)
        store_db_drop_before (self);
    else
        log_warn ("store", "not compared with the ledger: %s", cause.text);
}

void
store_db_drop_before (struct store_db *self)
{
    for (size_t index = 0; index < STORE_DB_BEFORES; index++) {
        char *place = store_db_before (self, index);
        if (self->has_before[index])
            store_files_remove (place);
        self->has_before[index] = false;
        free (place);
    }
}

bool
store_db_is_lost (struct store_db *self)
{
    if (!self->lost && store_salvage_is_lost (self)) {
        self->lost = true;
        store_salvage_take (self);
        self->ledger.stale = true; /* it is gone as well */
        memset (self->has_before, 0, sizeof self->has_before);
    }
    return self->lost;
}

/* Attaches; a database that is damaged, or gone though the ledger knows what was in it, is rebuilt
 * first, and compared with the ledger as a whole. */
static int
open_or_rebuild (struct store_db *self, int64_t wall_ms, struct stui_cause *cause)
{
    bool headless = store_files_are_headless (self->path);
    bool gone = store_files_are_none (self->path) && !store_ledger_is_empty (&self->ledger);
    bool deadly = self->tries >= STORE_DB_TRIES && self->rebuilds == 0;
    int err = STUI_E_MALFORMED;
    if (!headless && !gone && !deadly && !self->damaged) {
        store_files_hide_unsound (self->path);
        err = open_attach (self, wall_ms, cause);
        store_files_show_unsound (self->path, !err);
    }
    if (err != STUI_E_MALFORMED)
        return err;
    err = store_repair_rebuild (self, wall_ms, cause);
    if (!err)
        err = open_attach (self, wall_ms, cause);
    if (!err)
        err = store_repair_verify (self, wall_ms, cause);
    if (err >= 0 && self->raised) /* reopened: identity may be older now, or gone */
        err = store_db_write_meta (self, wall_ms, cause);
    if (err < 0)
        self->functions->close (&self->engine);
    else
        store_db_drop_before (self);
    return err < 0 ? err : 0;
}

/* Raises the generation, makes an identity where there is none, and writes both, synced. */
static int
open_raise (struct store_db *self, int64_t wall_ms, struct random_source *random,
            struct stui_cause *cause)
{
    if (!self->client_id[0]) {
        struct uuid_source source = {0};
        uuid_next (&source, wall_ms, random, self->client_id);
    }
    char client[KEYS_SIZE];
    snprintf (client, sizeof client, "client/%s", self->client_id);
    const struct store_ledger_entry *known = store_ledger_find (&self->ledger, client);
    uint64_t now = (uint64_t) (wall_ms / 1000);
    uint64_t last = self->generation;
    if (known && known->highest > last)
        last = known->highest;
    self->generation = last + 1 > now ? last + 1 : now;
    int err = store_db_write_meta (self, wall_ms, cause);
    self->raised = !err;
    if (!err) {
        store_ledger_note (&self->ledger, client, self->generation);
        store_ledger_write (&self->ledger);
    }
    return err;
}

/* The disk refuses, or damages what was rebuilt. Who the profile is may be known all the same. */
static int
open_blindly (struct store_db *self, int err)
{
    self->functions->close (&self->engine);
    if (err != STUI_E_UNSUPPORTED)
        identity_elsewhere (self);
    if (err == STUI_E_UNSUPPORTED || !self->client_id[0])
        store_db_close (self);
    return err;
}

/* LevelDB ends the process on some damage. So that not every start ends so, each says in a file
 * that it has begun to open the database, and takes that back when it is open. */
static char *
open_count_try (struct store_db *self, const char *dir)
{
    char *marker = stui_printf ("%s/opening", dir);
    char *text = path_read (marker, STUI_NAME_MAX, NULL);
    self->tries = text ? (unsigned) strtoul (text, NULL, 10) : 0;
    free (text);
    FILE *file = fopen (marker, "we");
    if (file) {
        fprintf (file, "%u\n", self->tries + 1);
        fclose (file);
    }
    return marker;
}

int
store_db_open (struct store_db *self, const char *dir, const struct engine_functions *functions,
               int64_t wall_ms, struct random_source *random, struct stui_cause *cause)
{
    *self = (struct store_db){.functions = functions,
                              .path = stui_printf ("%s/db", dir),
                              .exports = stui_printf ("%s/exports", dir),
                              .key_file = stui_printf ("%s/key", dir),
                              .counters = json_object (),
                              .sessions = store_index_new (),
                              .held = store_held_new (),
                              .notices = json_array (),
                              .losses = json_array ()};
    int err = store_restore_finish (dir, wall_ms, cause);
    if (err) {
        store_db_close (self);
        return err;
    }
    char *ledger = stui_printf ("%s/ledger", dir);
    store_ledger_open (&self->ledger, ledger);
    free (ledger);
    mkdir (self->exports, 0700);
    open_tidy (self, wall_ms);
    bool compares = open_rescue (self);
    char *marker = open_count_try (self, dir);
    err = open_or_rebuild (self, wall_ms, cause);
    if (!err)
        err = open_raise (self, wall_ms, random, cause);
    if (err == STUI_E_MALFORMED && self->engine && self->rebuilds == 0) {
        /* It opened, and LevelDB's own thread met the damage before the first write. */
        self->functions->close (&self->engine);
        self->damaged = true;
        err = open_or_rebuild (self, wall_ms, cause);
        if (!err)
            err = open_raise (self, wall_ms, random, cause);
    }
    if (!err && compares)
        open_compare (self, wall_ms);
    if (!err)
        store_connections_begin (self, wall_ms);
    unlink (marker);
    free (marker);
    return err ? open_blindly (self, err) : 0;
}

/* What lies beside a database whose directory was removed. The key before all that is sealed with it: as
 * long as it cannot be written, the database stays lost and is not said to work. */
static int
reopen_place (struct store_db *self, struct stui_cause *cause)
{
    if (mkdir (self->exports, 0700) < 0 && errno != EEXIST)
        return stui_fail (cause, STUI_E_STORAGE, "%.180s cannot be made: %m", self->exports);
    if (self->vault.state == VAULT_OPEN && !self->vault.has_passphrase)
        return key_file_write (self->key_file, self->vault.root, cause);
    return 0;
}

int
store_db_reopen (struct store_db *self, int64_t wall_ms, struct stui_cause *cause)
{
    store_db_is_lost (self);
    /* An engine that cannot write still reads: it is not given up before there is hope. */
    if (self->engine && !self->lost && !self->damaged && store_files_probe (self->path, cause) < 0)
        return STUI_E_STORAGE;
    self->functions->close (&self->engine);
    int err = self->lost ? reopen_place (self, cause) : 0;
    if (err)
        return err;
    /* The failed batch may be there after all: what was known of the disk is not. */
    zhashx_purge (self->sessions);
    zhashx_purge (self->held);
    self->indexed = false;
    self->damaged = self->damaged || self->lost;
    err = open_or_rebuild (self, wall_ms, cause);
    struct random_source none = {0}; /* it has an id */
    if (!err && !self->raised)
        err = open_raise (self, wall_ms, &none, cause);
    if (!err)
        store_connections_begin (self, wall_ms);
    if (!err && self->lost) {
        store_salvage_free (self);
        self->lost = false;
        self->commits++; /* there is no export either */
        store_ledger_write (&self->ledger);
    }
    return err;
}

void
store_db_close (struct store_db *self)
{
    if (!self->functions)
        return;
    store_export_cancel (&self->export);
    self->functions->close (&self->engine);
    store_salvage_free (self);
    store_ledger_close (&self->ledger);
    zhashx_destroy (&self->sessions);
    zhashx_destroy (&self->held);
    json_destroy (&self->counters);
    json_destroy (&self->notices);
    json_destroy (&self->losses);
    free (self->path);
    free (self->exports);
    free (self->key_file);
    vault_fini (&self->vault);
    memset (self, 0, sizeof *self);
}
