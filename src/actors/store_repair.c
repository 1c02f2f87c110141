/* store_repair.c: see store_repair.h. From top to bottom: where records come from, a new database
 * out of them, single records out of them, what is lost. */

#include "actors/store_repair.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "actors/engine_batch.h"
#include "actors/keys.h"
#include "actors/logscan.h"
#include "actors/migrate.h"
#include "actors/records.h"
#include "actors/store_export.h"
#include "actors/store_files.h"
#include "actors/store_index.h"
#include "actors/store_salvage.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/log.h"

/* ---- Sources ----------------------------------------------------------------------------- */

/* The logs of a database. */
struct logs {
    engine_visitor *visit;
    void *context;
};

/* Shows a write that a log brings when it is whole: what is not may be anything. */
static void
logs_visit_write (void *context, const char *key, size_t size, const char *value, size_t value_size)
{
    struct logs *self = context;
    char text[KEYS_SIZE];
    struct record record;
    if (size == 0 || size >= sizeof text)
        return;
    snprintf (text, sizeof text, "%.*s", (int) size, key);
    if (records_decode (text, value, value_size, &record) != RECORDS_DAMAGED)
        self->visit (self->context, key, size, value, value_size);
}

static void
logs_visit (void *context, const char *bytes, size_t size)
{
    logscan_read (bytes, size, logs_visit_write, context);
}

/* Shows what is found in the logs in PATH, and in a copy of the tables that the engine repaired;
 * nothing in PATH is changed. 0, though it may find nothing, or an error with CAUSE: no copy could
 * be made, or its repair was short of room, which says nothing of what is in PATH. */
static int
source_database (const struct store_db *db, const char *path, engine_visitor *visit, void *context,
                 struct stui_cause *cause)
{
    const struct engine_functions *functions = db->functions;
    bool tables = db->tries < 2 * STORE_DB_TRIES; /* else it is they that end the process */
    const char *name = strrchr (path, '/');
    char *copy = stui_printf ("%s.copy-%s", db->path, name ? name + 1 : path);
    struct engine *engine = NULL;
    struct logs logs = {visit, context};
    store_files_remove (copy);
    int err = store_files_room (path, cause);
    if (!err)
        err = store_files_copy (path, copy, cause);
    if (!err) {
        store_files_each_log (path, logs_visit, &logs);
        store_files_keep_tables (copy);
        if (tables && !store_files_are_none (copy) && functions->repair (copy, NULL) == 0
            && functions->open (copy, &engine, NULL) == 0)
            functions->scan (engine, "", NULL, visit, context, NULL);
        functions->close (&engine);
        err = store_files_probe (copy, cause);
    }
    store_files_remove (copy);
    free (copy);
    return err;
}

/* The same of what was kept before this opening and those before it. */
static int
source_befores (const struct store_db *db, engine_visitor *visit, void *context,
                struct stui_cause *cause)
{
    int err = 0;
    for (size_t index = STORE_DB_BEFORES; !err && index-- > 0;) {
        char *path = store_db_before (db, index);
        if (db->has_before[index])
            err = source_database (db, path, visit, context, cause);
        free (path);
    }
    return err;
}

/* ---- A new database ---------------------------------------------------------------------- */

static const size_t sink_bytes = 1 << 20; /* of one batch */

/* What is being built. */
struct sink {
    struct store_db *db;
    struct engine *engine; /* owned: the new one */
    zhashx_t *known;       /* owned: key -> the generation that was put, plus 1 */
    struct engine_batch batch;
    size_t records, damaged;
    int err;
    struct stui_cause *cause;
};

static void
sink_flush (struct sink *self)
{
    int err = self->err ? 0
                        : engine_batch_write (&self->batch, self->db->functions, self->engine,
                                              self->cause);
    self->err = self->err ? self->err : err;
}

static void
sink_put (struct sink *self, const char *key, const char *value, size_t size)
{
    engine_batch_put (&self->batch, key, value, size);
    if (self->batch.bytes >= sink_bytes)
        sink_flush (self);
}

/* What was deleted on purpose does not come back from an old file. */
static bool
sink_is_gone (struct sink *self, const char *key)
{
    struct keys_key parts;
    char subject[KEYS_SIZE];
    if (keys_parse (key, strlen (key), &parts) < 0)
        return false;
    if (parts.kind == KEYS_KIND_SECRET || parts.kind == KEYS_KIND_ASIDE)
        snprintf (subject, sizeof subject, "%s", key);
    else if (parts.kind == KEYS_KIND_ARCHIVE)
        keys_archive (subject, parts.image, parts.session, NULL);
    else if (parts.kind != KEYS_KIND_SESSION
             || keys_session_prefix (subject, parts.image, parts.session, NULL) < 0)
        return false;
    const struct store_ledger_entry *entry = store_ledger_find (&self->db->ledger, subject);
    return entry && entry->present == 0;
}

static void
sink_add (void *context, const char *key, const char *value, size_t size)
{
    struct sink *self = context;
    struct record record;
    struct keys_key parts;
    enum records_verdict verdict = records_decode (key, value, size, &record);
    bool ours = keys_parse (key, strlen (key), &parts) == 0;
    bool numbered = ours && parts.kind == KEYS_KIND_SESSION;
    if (self->err || strncmp (key, KEYS_QUARANTINE, strlen (KEYS_QUARANTINE)) == 0)
        return;
    if (verdict == RECORDS_GOOD && numbered && record.generation != parts.number)
        verdict = RECORDS_DAMAGED;
    uint64_t known = (uint64_t) (uintptr_t) zhashx_lookup (self->known, key);
    if (verdict == RECORDS_DAMAGED && known == 0) {
        char place[KEYS_SIZE];
        keys_quarantine (place, key);
        sink_put (self, place, value, size);
        self->damaged++;
    }
    uint64_t generation = record.generation + 1;
    if (verdict == RECORDS_DAMAGED || generation <= known || sink_is_gone (self, key))
        return;
    zhashx_update (self->known, key, (void *) (uintptr_t) generation);
    self->records += known == 0;
    sink_put (self, key, value, size);
}

static bool
sink_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    char key[KEYS_SIZE];
    if (size > 0 && size < sizeof key - strlen (KEYS_QUARANTINE)) {
        snprintf (key, sizeof key, "%.*s", (int) size, bytes);
        if (strlen (key) == size)
            sink_add (context, key, value, value_size);
    }
    return !((struct sink *) context)->err;
}

/* Exports bring the newest generation beside three others, perhaps: deletes what is too many. */
static bool
prune_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    (void) value, (void) value_size;
    struct sink *self = context;
    struct keys_key key;
    char subject[KEYS_SIZE], old[KEYS_SIZE + 16];
    if (!store_index_subject (bytes, size, &key, subject))
        return true;
    const struct store_index_entry *entry = zhashx_lookup (self->db->sessions, subject);
    if (entry && entry->count == RECORDS_GENERATIONS) {
        snprintf (old, sizeof old, "%s%016" PRIx64, subject, entry->generations[0]);
        engine_batch_delete (&self->batch, old);
    }
    store_index_add (self->db, subject, key.number);
    return !self->err;
}

static void
sink_fill (struct sink *self)
{
    struct store_db *db = self->db;
    self->err = source_database (db, db->path, sink_visit, self, self->cause);
    if (!self->err)
        self->err = source_befores (db, sink_visit, self, self->cause);
    if (!self->err)
        store_export_each (db->exports, sink_add, self);
    store_salvage_each (db, sink_visit, self);
    sink_flush (self);
    zhashx_purge (db->sessions);
    if (!self->err)
        self->err =
            db->functions->scan (self->engine, KEYS_SESSIONS, NULL, prune_visit, self, self->cause);
    sink_flush (self);
    zhashx_purge (db->sessions);
    db->indexed = false;
}

int
store_repair_rebuild (struct store_db *db, int64_t wall_ms, struct stui_cause *cause)
{
    char *new = stui_printf ("%s.rebuilt", db->path);
    char *aside = stui_printf ("%s.damaged-%016" PRId64, db->path, wall_ms);
    struct sink sink = {.db = db, .known = zhashx_new (), .cause = cause};
    db->functions->close (&db->engine);
    bool there = !store_files_are_none (db->path) || store_files_are_headless (db->path);
    store_files_remove (new);
    int err = mkdir (new, 0700) < 0
                  ? stui_fail (cause, STUI_E_STORAGE, "%.180s cannot be made: %m", new)
                  : 0;
    if (!err)
        err = db->functions->open (new, &sink.engine, cause);
    if (!err) {
        sink_fill (&sink);
        err = sink.err;
    }
    db->functions->close (&sink.engine);
    if (!err)
        err = store_files_replace (db->path, new, aside, cause);
    if (err)
        store_files_remove (new);
    else {
        db->rebuilds++;
        db->damaged = false;
        store_files_bound (db->path, ".damaged-", STORE_FILES_ASIDE);
        store_db_notice (db, "database_repaired", "",
                         "the database was %s and has been rebuilt with %zu records%s%s",
                         there ? "damaged" : "gone", sink.records,
                         there ? "; as it was it lies in " : "", there ? aside : "");
        if (sink.damaged > 0)
            store_db_notice (db, "record_damaged", "",
                             "%zu damaged records were moved under quarantine/", sink.damaged);
    }
    engine_batch_fini (&sink.batch);
    zhashx_destroy (&sink.known);
    free (aside);
    free (new);
    return err;
}

/* ---- Single records ---------------------------------------------------------------------- */

/* What the ledger knows and the database does not show. */
struct want {
    uint64_t have, due; /* generations */
    bool found;
};

struct fetch {
    struct store_db *db;
    zhashx_t *wants; /* owned: subject -> want */
    size_t found;
    int err;
    struct stui_cause *cause;
};

static void
want_free (void **item)
{
    free (*item);
    *item = NULL;
}

/* The generation of KEY, of an image or in the archive, that is there; 0: none that is whole. */
static uint64_t
single_generation (struct store_db *db, const char *key)
{
    char *value;
    size_t size;
    struct record record = {0};
    if (db->functions->get (db->engine, key, &value, &size, NULL) != 0)
        return 0;
    enum records_verdict verdict = records_decode (key, value, size, &record);
    free (value);
    return verdict == RECORDS_GOOD ? record.generation : 0;
}

static bool
subject_is_in (const char *subject, const char *prefix)
{
    return strncmp (subject, prefix, strlen (prefix)) == 0;
}

bool
store_repair_is_archived (struct store_db *db, const char *subject, uint64_t due)
{
    char key[KEYS_SIZE];
    const char *parts = subject + strlen (KEYS_SESSIONS);
    snprintf (key, sizeof key, KEYS_ARCHIVE "%.*s", (int) strlen (parts) - 1, parts);
    return single_generation (db, key) >= due;
}

static void
fetch_compare (void *context, const char *subject, const struct store_ledger_entry *entry)
{
    struct fetch *self = context;
    bool is_single = subject_is_in (subject, KEYS_IMAGES) || subject_is_in (subject, KEYS_ARCHIVE)
                     || subject_is_in (subject, KEYS_HELDS);
    bool is_session = subject_is_in (subject, KEYS_SESSIONS);
    if (entry->present == 0 || !(is_single || is_session))
        return;
    const struct store_index_entry *index =
        is_session ? zhashx_lookup (self->db->sessions, subject) : NULL;
    uint64_t have = is_single                   ? single_generation (self->db, subject)
                    : index && index->count > 0 ? index->generations[index->count - 1]
                                                : 0;
    if (have >= entry->present
        || (is_session && store_repair_is_archived (self->db, subject, entry->present)))
        return;
    struct want *want = stui_alloc (sizeof *want);
    *want = (struct want){.have = have, .due = entry->present};
    zhashx_insert (self->wants, subject, want);
}

/* Puts a record of a wanted subject back when it is newer than what is there. */
static void
fetch_add (void *context, const char *key, const char *value, size_t size)
{
    struct fetch *self = context;
    struct keys_key parts;
    struct record record;
    char subject[KEYS_SIZE], old[KEYS_SIZE + 16];
    if (self->err || keys_parse (key, strlen (key), &parts) < 0)
        return;
    bool is_session = parts.kind == KEYS_KIND_SESSION;
    if (is_session)
        keys_session_prefix (subject, parts.image, parts.session, NULL);
    else
        snprintf (subject, sizeof subject, "%s", key);
    struct want *want = zhashx_lookup (self->wants, subject);
    if (!want || records_decode (key, value, size, &record) != RECORDS_GOOD
        || record.generation <= want->have || (is_session && record.generation != parts.number))
        return;
    struct engine_change changes[2] = {{key, value, size}};
    size_t count = 1;
    const struct store_index_entry *entry = zhashx_lookup (self->db->sessions, subject);
    if (is_session && entry && entry->count == RECORDS_GENERATIONS) {
        snprintf (old, sizeof old, "%s%016" PRIx64, subject, entry->generations[0]);
        changes[count++] = (struct engine_change){old, NULL, 0};
    }
    self->err = self->db->functions->write (self->db->engine, changes, count, self->cause);
    if (self->err)
        return;
    if (is_session)
        store_index_add (self->db, subject, record.generation);
    want->have = record.generation;
    self->found += !want->found;
    want->found = true;
}

static bool
fetch_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    char key[KEYS_SIZE];
    if (size > 0 && size < sizeof key) {
        snprintf (key, sizeof key, "%.*s", (int) size, bytes);
        fetch_add (context, key, value, value_size);
    }
    return true;
}

int
store_repair_fetch (struct store_db *db, const struct json *wanted, struct stui_cause *cause)
{
    struct stui_cause own = {0};
    struct fetch fetch = {.db = db, .wants = zhashx_new (), .cause = cause ? cause : &own};
    zhashx_set_destructor (fetch.wants, want_free);
    for (const struct json *one = json_first (wanted); one; one = json_next (one)) {
        struct want *want = stui_alloc (sizeof *want);
        want->due = (uint64_t) json_value (one, 0);
        want->have = want->due - 1;
        zhashx_insert (fetch.wants, json_key (one), want);
    }
    store_export_each (db->exports, fetch_add, &fetch);
    if (!fetch.err && fetch.found < json_count (wanted))
        fetch.err = source_befores (db, fetch_visit, &fetch, fetch.cause);
    zhashx_destroy (&fetch.wants);
    return fetch.err ? fetch.err : (int) fetch.found;
}

/* ---- What is lost ------------------------------------------------------------------------ */

/* What people call the session at SUBJECT whose generation HAVE is there; caller frees. */
static char *
session_name (struct store_db *db, const char *subject, uint64_t have)
{
    char key[KEYS_SIZE + 16], *value = NULL;
    size_t size;
    struct record record;
    snprintf (key, sizeof key, "%s%016" PRIx64, subject, have);
    struct json *body = NULL;
    if (have > 0 && db->functions->get (db->engine, key, &value, &size, NULL) == 0
        && records_decode (key, value, size, &record) == RECORDS_GOOD)
        body = migrate_body (KEYS_KIND_SESSION, &record);
    const char *name = json_get_text (body, "name");
    char *text = name ? stui_printf (" '%.60s'", name) : stui_strdup ("");
    json_destroy (&body);
    free (value);
    return text;
}

static void
lose (struct store_db *db, const char *subject, const struct want *want, int64_t wall_ms)
{
    struct keys_key parts;
    char name_of_image[KEYS_IMAGE_MAX + 1];
    char first[KEYS_SIZE + 16];
    snprintf (first, sizeof first, "%s%s", subject, "0000000000000001");
    bool is_session =
        keys_parse (first, strlen (first), &parts) == 0 && parts.kind == KEYS_KIND_SESSION;
    if (!is_session)
        keys_parse (subject, strlen (subject), &parts);
    if (is_session) {
        store_index_image_name (db, parts.image, name_of_image);
        char *name = session_name (db, subject, want->have);
        if (want->have > 0)
            store_db_notice (db, "session_older", name_of_image,
                             "session %s%s: its newest state (generation %" PRIu64
                             ") is lost; an older one (%" PRIu64 ") is used",
                             parts.session, name, want->due, want->have);
        else
            store_db_notice (db, "session_lost", name_of_image,
                             "session %s is lost: none of its states can be read", parts.session);
        free (name);
    }
    else if (subject_is_in (subject, KEYS_ARCHIVE))
        store_db_notice (db, "archive_lost", "",
                         "the session %s, which was cleaned away, is lost: it cannot be brought "
                         "back",
                         strrchr (subject, '/') + 1);
    else if (parts.kind == KEYS_KIND_HELD)
        store_db_notice (db, "held_lost", parts.image,
                         "which evaluations were held or in doubt of the image last is lost: those "
                         "that are found are listed");
    else
        store_db_notice (db, "image_older", parts.image,
                         "what was learnt of the image last is lost");
    struct json *loss = json_object ();
    json_set_number (loss, "at_ms", wall_ms);
    json_set_text (loss, "image", parts.image);
    json_set_text (loss, "session_id", parts.session);
    json_set_number (loss, "generation", (int64_t) want->due);
    json_set_number (loss, "used", (int64_t) want->have);
    json_push (db->losses, loss);
    db->losses_changed = true;
    store_ledger_note (&db->ledger, subject, want->have);
}

static bool
fetch_is_done (struct fetch *self)
{
    struct want *want = zhashx_first (self->wants);
    while (want && want->have >= want->due)
        want = zhashx_next (self->wants);
    return !want;
}

/* Nothing is lost that could not be looked for: that is said once, and tried again when the
 * ledger is asked the next time. */
static void
check_postpone (struct fetch *self)
{
    struct store_db *db = self->db;
    if (self->err && !db->postponed)
        store_db_notice (db, "repair_postponed", "",
                         "%zu records are not in the database and cannot be fetched yet: %s",
                         zhashx_size (self->wants), self->cause->text);
    db->postponed = self->err != 0;
}

static int
repair_check (struct store_db *db, const char *group, int64_t wall_ms, struct stui_cause *cause)
{
    struct fetch fetch = {.db = db, .wants = zhashx_new (), .cause = cause};
    int err = 0;
    zhashx_set_destructor (fetch.wants, want_free);
    store_ledger_each (&db->ledger, group, fetch_compare, &fetch);
    if (zhashx_size (fetch.wants) > 0) {
        store_export_each (db->exports, fetch_add, &fetch);
        if (!fetch.err && !fetch_is_done (&fetch))
            err = source_befores (db, fetch_visit, &fetch, cause);
        fetch.err = fetch.err ? fetch.err : err;
        check_postpone (&fetch);
        for (struct want *want = zhashx_first (fetch.wants); want && !fetch.err;
             want = zhashx_next (fetch.wants)) {
            if (want->have < want->due)
                lose (db, zhashx_cursor (fetch.wants), want, wall_ms);
            else
                log_warn ("store", "%s was not in the database; it was put back",
                          (const char *) zhashx_cursor (fetch.wants));
        }
        store_ledger_write (&db->ledger);
    }
    zhashx_destroy (&fetch.wants);
    if (fetch.found > 0)
        zhashx_purge (db->held);
    return fetch.err ? fetch.err : (int) fetch.found;
}

bool
store_repair_again (struct store_db *db, int err, int64_t wall_ms, struct stui_cause *cause)
{
    if (err != STUI_E_MALFORMED || db->rebuilds >= STORE_DB_REBUILDS)
        return false;
    db->damaged = true;
    return store_db_reopen (db, wall_ms, cause) == 0 && store_index_all (db, cause) == 0;
}

int
store_repair_check (struct store_db *db, const char *group, int64_t wall_ms,
                    struct stui_cause *cause)
{
    struct stui_cause own = {0};
    cause = cause ? cause : &own;
    int found = repair_check (db, group, wall_ms, cause);
    if (!store_repair_again (db, found, wall_ms, cause))
        return found;
    found = repair_check (db, group, wall_ms, cause);
    return found == 0 ? 1 : found; /* all is to be read again */
}

void
store_repair_learn (struct store_db *db)
{
    const struct store_index_entry *entry = zhashx_first (db->sessions);
    for (; entry; entry = zhashx_next (db->sessions)) {
        const char *subject = zhashx_cursor (db->sessions);
        const struct store_ledger_entry *known = store_ledger_find (&db->ledger, subject);
        if (entry->count > 0 && (!known || known->present == 0))
            store_ledger_note (&db->ledger, subject, entry->generations[entry->count - 1]);
    }
    store_ledger_write (&db->ledger);
}

static bool
judge_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct store_db *db = context;
    struct keys_key parts;
    struct record record;
    char key[KEYS_SIZE], subject[KEYS_SIZE];
    if (keys_parse (bytes, size, &parts) < 0)
        return true;
    snprintf (key, sizeof key, "%.*s", (int) size, bytes);
    bool is_session = parts.kind == KEYS_KIND_SESSION
                      && keys_session_prefix (subject, parts.image, parts.session, NULL) == 0;
    if (records_decode (key, value, value_size, &record) == RECORDS_DAMAGED)
        store_db_set_aside (db, key, value, value_size);
    else if (is_session)
        store_index_add (db, subject, parts.number);
    return true;
}

int
store_repair_verify (struct store_db *db, int64_t wall_ms, struct stui_cause *cause)
{
    int err = store_db_closed (db, cause);
    if (!err)
        err = db->functions->scan (db->engine, "", NULL, judge_visit, db, cause);
    if (err)
        return err;
    db->indexed = true;
    store_repair_learn (db);
    return store_repair_check (db, "", wall_ms, cause);
}
