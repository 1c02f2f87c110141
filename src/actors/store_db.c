/* store_db.c: see store_db.h. From top to bottom: damaged records, batches, claims, images. Opening
 * is store_open.c's, loading sessions store_load.c's. */

#include "actors/store_db.h"

#include <inttypes.h>
#include <stdarg.h>

#include "actors/engine_batch.h"
#include "actors/keys.h"
#include "actors/migrate.h"
#include "actors/records.h"
#include "actors/store_connections.h"
#include "actors/store_held.h"
#include "actors/store_index.h"
#include "actors/store_repair.h"
#include "actors/store_seal.h"
#include "actors/store_vault.h"
#include "actors/store_work.h"
#include "runtime/alloc.h"
#include "runtime/digits.h"
#include "runtime/json.h"
#include "runtime/log.h"

/* The greatest integer that images take (protocol.md). */
static const uint64_t generation_max = 999999999999999;

enum {
    /* Images whose counters are remembered, the latest claimed ones. One that was forgotten
     * starts again at 1, which is new enough after the next opening. */
    COUNTERS_MAX = 10000,
    /* Stamps of a run; further ones are the same. The product with a generation, which is about the
     * time in seconds, has 15 digits: as many as JSON carries. */
    STAMPS_MAX = 100000,
};

void
store_db_notice (struct store_db *self, const char *kind, const char *image, const char *format,
                 ...)
{
    char text[2 * STUI_CAUSE_MAX];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    log_warn ("store", "%s", text);
    struct json *notice = json_object ();
    json_set_text (notice, "image", image);
    json_set_text (notice, "kind", kind);
    json_set_text (notice, "text", text);
    json_push (self->notices, notice);
}

int
store_db_closed (const struct store_db *self, struct stui_cause *cause)
{
    return self->engine
               ? 0
               : stui_fail (cause, STUI_E_STORAGE,
                            "the database in %.200s cannot be opened at the moment", self->path);
}

int
store_db_set_aside (struct store_db *self, const char *key, const char *value, size_t size)
{
    char place[KEYS_SIZE];
    keys_quarantine (place, key);
    struct engine_change changes[] = {{place, value, size}, {key, NULL, 0}};
    struct keys_key parts = {0};
    keys_parse (key, strlen (key), &parts);
    int err = self->functions->write (self->engine, changes, 2, NULL);
    char subject[KEYS_SIZE];
    if (!err && parts.kind == KEYS_KIND_SESSION
        && keys_session_prefix (subject, parts.image, parts.session, NULL) == 0)
        store_index_remove (self, subject, parts.number);
    store_db_notice (self, "record_damaged", parts.kind == KEYS_KIND_IMAGE ? parts.image : "",
                     err ? "the record %s is damaged; it could not be moved to %s yet"
                         : "the record %s is damaged and was moved to %s",
                     key, place);
    return err;
}

int
store_db_get (struct store_db *self, const char *key, struct json **body, struct stui_cause *cause)
{
    char *value;
    size_t size;
    *body = NULL;
    int err = self->functions->get (self->engine, key, &value, &size, cause);
    if (err)
        return err == STUI_E_NOT_FOUND ? 0 : err;
    struct record record;
    enum records_verdict verdict = records_decode (key, value, size, &record);
    if (verdict == RECORDS_NEWER)
        err = stui_fail (cause, STUI_E_UNSUPPORTED,
                         "%s in %.130s was written by a newer stui (schema %" PRId64
                         "): start that one",
                         key, self->path, record.schema);
    struct keys_key parts = {0};
    keys_parse (key, strlen (key), &parts);
    if (verdict == RECORDS_GOOD)
        *body = migrate_body (parts.kind, &record);
    if (!err && !*body)
        store_db_set_aside (self, key, value, size);
    free (value);
    return err;
}

uint64_t
store_db_stamp (struct store_db *self)
{
    self->stamps += self->stamps < STAMPS_MAX - 1;
    return self->generation * STAMPS_MAX + self->stamps;
}

/* ---- Batches ----------------------------------------------------------------------------- */

static void
batch_add_record (struct engine_batch *self, const char *key, const char *body, uint64_t generation,
                  int64_t wall_ms)
{
    size_t size;
    char *value = records_encode (key, body, false, generation, wall_ms, &size);
    engine_batch_take (self, key, &value, size);
}

static void
batch_add_identity (struct engine_batch *self, const struct store_db *db, int64_t wall_ms)
{
    struct json *identity = json_object ();
    json_set_text (identity, "client_id", db->client_id);
    json_set_number (identity, "generation", (int64_t) db->generation);
    json_set (identity, "counters", json_copy (db->counters));
    char *body = json_print (identity);
    batch_add_record (self, KEYS_IDENTITY, body, db->generation, wall_ms);
    free (body);
    json_destroy (&identity);
}

static void
batch_add_losses (struct engine_batch *self, struct store_db *db, int64_t wall_ms)
{
    while (json_count (db->losses) > STORE_REPAIR_LOSSES) {
        struct json *kept = json_array ();
        const struct json *loss = json_next (json_first (db->losses));
        for (; loss; loss = json_next (loss))
            json_push (kept, json_copy (loss));
        json_destroy (&db->losses);
        db->losses = kept;
    }
    struct json *all = json_object ();
    json_set (all, "losses", json_copy (db->losses));
    char *body = json_print (all);
    batch_add_record (self, KEYS_LOSSES, body, db->generation, wall_ms);
    free (body);
    json_destroy (&all);
}

/* Where the session of SUBJECT lies in the archive, if it does. */
static bool
is_archived (const struct store_db *db, const char *subject, char archive[KEYS_SIZE])
{
    const char *path = subject + strlen (KEYS_SESSIONS);
    stpcpy (stpcpy (archive, KEYS_ARCHIVE), path)[-1] = '\0'; /* without its last slash */
    const struct store_ledger_entry *known = store_ledger_find (&db->ledger, archive);
    return known && known->present > 0;
}

/* The new generation, and away with the one whose work it has too, or that is too many. Somebody may have gone on with the
 * session while it was moved into the archive: it is in one of the two places, never in both. */
static int
batch_add_session (struct engine_batch *self, struct store_db *db, struct store_write *write,
                   int64_t wall_ms, struct stui_cause *cause)
{
    const struct store_index_entry *entry;
    int err = store_index_find (db, write->subject, &entry, cause);
    if (!err)
        err = store_vault_check_sessions (db, wall_ms, cause);
    if (err)
        return err;
    size_t count = entry ? entry->count : 0;
    /* Above whatever was used before, also when that is lost: a number never means two states. */
    const struct store_ledger_entry *known = store_ledger_find (&db->ledger, write->subject);
    uint64_t newest = count > 0 ? entry->generations[count - 1] : 0;
    write->number = (known && known->highest > newest ? known->highest : newest) + 1;
    char key[KEYS_SIZE];
    digits_hex (stpcpy (key, write->subject), write->number);
    size_t size;
    char *value = store_vault_encode (db, key, write->body, db->vault.encrypts_sessions,
                                      write->number, wall_ms, &size);
    engine_batch_take (self, key, &value, size);
    write->replaces = store_work_replaces (db, entry, write);
    if (write->replaces || count == RECORDS_GENERATIONS) {
        digits_hex (stpcpy (key, write->subject),
                    write->replaces ? write->replaces : entry->generations[0]);
        engine_batch_delete (self, key);
    }
    write->archived = is_archived (db, write->subject, key);
    if (write->archived)
        engine_batch_delete (self, key);
    return 0;
}

static int
batch_add_write (struct engine_batch *self, struct store_db *db, struct store_write *write,
                 uint64_t *last_seq, int64_t wall_ms, struct stui_cause *cause)
{
    char key[KEYS_SIZE];
    switch (write->kind) {
    case STORE_WRITE_IDENTITY:
        batch_add_identity (self, db, wall_ms);
        return 0;
    case STORE_WRITE_SESSION:
        return batch_add_session (self, db, write, wall_ms, cause);
    case STORE_WRITE_IMAGE: {
        const struct store_ledger_entry *known = store_ledger_find (&db->ledger, write->subject);
        write->number = (known ? known->highest : 0) + 1;
        char *stripped = store_seal_image (db, write->body);
        batch_add_record (self, write->subject, stripped ? stripped : write->body, write->number,
                          wall_ms);
        free (stripped);
        return 0;
    }
    case STORE_WRITE_HELD:
        return store_held_put (db, self, write, wall_ms, cause);
    case STORE_WRITE_EVENT:
        write->number = ++*last_seq;
        keys_event (key, write->number);
        batch_add_record (self, key, write->body, write->number, wall_ms);
        return 0;
    case STORE_WRITE_CONNECTION:
    case STORE_WRITE_META:
        write->number = store_db_stamp (db);
        batch_add_record (self, write->subject, write->body, write->number, wall_ms);
        return 0;
    case STORE_WRITE_KIND_COUNT:
        break;
    }
    return stui_fail (cause, STUI_E_INTERNAL, "a write of no kind");
}

/* By which time things are old: the next start compares its own to it. */
static void
batch_add_clock (struct engine_batch *self, struct store_db *db, int64_t wall_ms)
{
    struct json *clock = wall_trust_save (&db->clock);
    char *body = json_print (clock);
    batch_add_record (self, KEYS_CLOCK, body, store_db_stamp (db), wall_ms);
    free (body);
    json_destroy (&clock);
}

void
store_db_time (struct store_db *self, int64_t now_ms, int64_t wall_ms)
{
    struct engine_batch batch = {0};
    struct stui_cause cause = {0};
    wall_trust_look (&self->clock, now_ms, wall_ms);
    if (store_db_closed (self, NULL) < 0)
        return;
    batch_add_clock (&batch, self, wall_ms);
    if (engine_batch_write (&batch, self->functions, self->engine, &cause) < 0)
        log_warn ("store", "the time is not kept: %s", cause.text);
    engine_batch_fini (&batch);
}

int
store_db_write_meta (struct store_db *self, int64_t wall_ms, struct stui_cause *cause)
{
    struct engine_batch batch = {0};
    char *schema = stui_printf ("{\"schema\":%d}", STORE_DB_SCHEMA);
    batch_add_record (&batch, KEYS_SCHEMA, schema, self->generation, wall_ms);
    batch_add_identity (&batch, self, wall_ms);
    batch_add_clock (&batch, self, wall_ms);
    int err = engine_batch_write (&batch, self->functions, self->engine, cause);
    free (schema);
    engine_batch_fini (&batch);
    return err;
}

/* The oldest event to be kept when LAST_SEQ is the newest. */
static uint64_t
events_first (const struct store_db *self, uint64_t last_seq)
{
    uint64_t first = self->first_seq ? self->first_seq : 1;
    return last_seq >= first + STORE_DB_EVENTS ? last_seq - STORE_DB_EVENTS + 1 : first;
}

int
store_db_commit (struct store_db *self, struct store_write *writes, size_t count, int64_t wall_ms,
                 struct stui_cause *cause)
{
    struct engine_batch batch = {0};
    uint64_t last_seq = self->last_seq;
    int err = store_db_closed (self, cause);
    for (size_t index = 0; !err && index < count; index++)
        err = batch_add_write (&batch, self, &writes[index], &last_seq, wall_ms, cause);
    for (uint64_t seq = self->first_seq; seq > 0 && seq < events_first (self, last_seq); seq++) {
        char key[KEYS_SIZE];
        keys_event (key, seq);
        engine_batch_delete (&batch, key);
    }
    if (!err && self->losses_changed)
        batch_add_losses (&batch, self, wall_ms);
    if (!err)
        err = engine_batch_write (&batch, self->functions, self->engine, cause);
    engine_batch_fini (&batch);
    if (!err && store_db_is_lost (self))
        err = stui_fail (cause, STUI_E_STORAGE, "the directory %.180s is gone", self->path);
    self->damaged =
        self->damaged || (err == STUI_E_MALFORMED && self->rebuilds < STORE_DB_REBUILDS);
    if (err) {
        zhashx_purge (self->held);
        return err;
    }
    self->losses_changed = false;
    if (last_seq > self->last_seq)
        self->first_seq = events_first (self, last_seq);
    self->last_seq = last_seq;
    for (size_t index = 0; index < count; index++) {
        if (writes[index].kind == STORE_WRITE_SESSION) {
            char archive[KEYS_SIZE];
            store_index_written (self, &writes[index]);
            if (writes[index].archived && is_archived (self, writes[index].subject, archive))
                store_ledger_note (&self->ledger, archive, 0);
        }
        else if (writes[index].kind != STORE_WRITE_IMAGE && writes[index].kind != STORE_WRITE_HELD)
            continue;
        store_ledger_note (&self->ledger, writes[index].subject, writes[index].number);
        self->commits++;
    }
    store_ledger_write (&self->ledger);
    for (size_t index = 0; index < count; index++)
        if (writes[index].kind == STORE_WRITE_CONNECTION)
            store_connections_fold (self, writes[index].subject, wall_ms);
    return 0;
}

struct json *
store_db_claim (struct store_db *self, const char *image_id, uint64_t above)
{
    if (above > 0 && above < generation_max && self->generation <= above) {
        char client[KEYS_SIZE];
        self->generation = above + 1;
        snprintf (client, sizeof client, "client/%s", self->client_id);
        store_ledger_note (&self->ledger, client, self->generation); /* written with the claim */
    }
    int64_t counter = json_get_number (self->counters, image_id, 0) + 1;
    json_set (self->counters, image_id, NULL); /* comes last: the first is the longest unused */
    json_set_number (self->counters, image_id, counter);
    if (json_count (self->counters) > COUNTERS_MAX) {
        char *oldest = stui_strdup (json_key (json_first (self->counters)));
        json_set (self->counters, oldest, NULL);
        free (oldest);
    }
    struct json *claim = json_object ();
    json_set_text (claim, "client_id", self->client_id);
    json_set_number (claim, "generation", (int64_t) self->generation);
    json_set_number (claim, "counter", counter);
    return claim;
}

/* ---- Images ------------------------------------------------------------------------------ */

int
store_db_image_load (struct store_db *self, const struct store_policy *waiting, const char *name,
                     int64_t wall_ms, struct json **result, struct stui_cause *cause)
{
    char key[KEYS_SIZE];
    struct json *image = NULL;
    int err = keys_image (key, name, cause);
    if (err)
        return err;
    const struct store_write *write = store_policy_find (waiting, key);
    if (write)
        image = json_parse (write->body, write->bytes, NULL);
    else
        err = store_db_closed (self, cause);
    if (!err && !write && !self->images_checked) {
        err = store_repair_check (self, KEYS_IMAGES, wall_ms, cause);
        self->images_checked = err >= 0;
        err = err > 0 ? 0 : err;
    }
    if (!err && !write)
        err = store_db_get (self, key, &image, cause);
    if (err)
        return err;
    *result = json_object ();
    json_set (*result, "image", image ? image : json_null ());
    return 0;
}

static bool
count_visit (void *context, const char *key, size_t key_size, const char *value, size_t value_size)
{
    (void) key, (void) key_size, (void) value, (void) value_size;
    ++*(size_t *) context;
    return true;
}

int
store_db_count (struct store_db *self, size_t *images, size_t *sessions, struct stui_cause *cause)
{
    *images = 0;
    int err = store_db_closed (self, cause);
    if (!err)
        err = self->functions->scan (self->engine, KEYS_IMAGES, NULL, count_visit, images, cause);
    if (!err)
        err = store_index_all (self, cause);
    *sessions = zhashx_size (self->sessions);
    return err;
}
