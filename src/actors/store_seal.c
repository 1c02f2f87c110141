/* store_seal.c: see store_seal.h. */

#include "actors/store_seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/engine_batch.h"
#include "actors/keys.h"
#include "actors/migrate.h"
#include "actors/records.h"
#include "actors/store_db.h"
#include "actors/store_index.h"
#include "actors/store_repair.h"
#include "actors/store_vault.h"
#include "actors/store_vault_batch.h"
#include "runtime/json.h"

bool
store_seal_is_due (const struct store_db *db)
{
    return db->engine && !db->seal.done && db->vault.encrypts_sessions
           && db->vault.state == VAULT_OPEN;
}

bool
store_seal_is_done (struct store_db *db)
{
    struct json *body = NULL;
    bool done = store_db_get (db, KEYS_SEALED, &body, NULL) == 0 && body
                && json_get_number (body, "schema", 1) >= STORE_SEAL_SCHEMA;
    json_destroy (&body);
    return done;
}

/* ---- Records --------------------------------------------------------------------------------- */

struct part {
    struct store_db *db;
    struct engine_batch batch;
    size_t seen; /* bytes */
    bool more;
};

static bool
kind_is_sealed (enum keys_kind kind)
{
    return kind == KEYS_KIND_SESSION || kind == KEYS_KIND_ARCHIVE || kind == KEYS_KIND_HELD
           || kind == KEYS_KIND_HELD_ONE;
}

/* The record sealed, in the generation and of the time that it has. */
static void
part_seal (struct part *self, const char *key, enum keys_kind kind, const struct record *record)
{
    struct json *body = migrate_body (kind, record);
    char *text = json_print (body);
    size_t size;
    char *value = store_vault_encode (self->db, key, text, true, record->generation,
                                      record->written_at_ms, &size);
    engine_batch_take (&self->batch, key, &value, size);
    self->db->seal.records++;
    free (text);
    json_destroy (&body);
}

char *
store_seal_image (const struct store_db *db, const char *body)
{
    struct json *json = db->vault.encrypts_sessions ? json_parse_text (body) : NULL;
    char *text = NULL;
    if (json_get (json, "transcript")) {
        json_set (json, "transcript", NULL);
        text = json_print (json);
    }
    json_destroy (&json);
    return text;
}

/* The image's record without what it printed, in the generation and of the time that it has. */
static void
part_strip (struct part *self, const char *key, const struct record *record)
{
    struct json *body = migrate_body (KEYS_KIND_IMAGE, record);
    char *printed = json_print (body), *text = store_seal_image (self->db, printed);
    if (text) {
        size_t size;
        char *value = store_vault_encode (self->db, key, text, false, record->generation,
                                          record->written_at_ms, &size);
        engine_batch_take (&self->batch, key, &value, size);
        self->db->seal.records++;
    }
    free (text);
    free (printed);
    json_destroy (&body);
}

static bool
part_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct part *self = context;
    struct keys_key parts;
    struct record record;
    char key[KEYS_SIZE];
    if (size >= sizeof key)
        return true; /* not ours */
    snprintf (key, sizeof key, "%.*s", (int) size, bytes);
    snprintf (self->db->seal.from, sizeof self->db->seal.from, "%s\001", key);
    bool is_ours = keys_parse (bytes, size, &parts) == 0
                   && (kind_is_sealed (parts.kind) || parts.kind == KEYS_KIND_IMAGE)
                   && records_decode (key, value, value_size, &record) == RECORDS_GOOD
                   && record.schema <= RECORDS_SCHEMA;
    if (is_ours && parts.kind == KEYS_KIND_IMAGE)
        part_strip (self, key, &record);
    else if (is_ours)
        part_seal (self, key, parts.kind, &record);
    self->seen += size + value_size;
    self->more = self->seen >= STORE_SEAL_BYTES;
    return !self->more;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static int
files_renew (struct store_db *db, int64_t wall_ms, struct stui_cause *cause)
{
    int err = db->functions->compact ? db->functions->compact (db->engine, cause) : 0;
    if (!err)
        err = store_index_all (db, cause);
    if (!err) {
        store_repair_learn (db);
        err = store_repair_check (db, "", wall_ms, cause);
    }
    if (err < 0)
        return err;
    store_db_drop_before (db);
    err = store_vault_exports_renew (db, wall_ms);
    if (err)
        return stui_fail (cause, err, "exports of before stay: new ones cannot be written");
    struct store_vault_batch batch = {.db = db, .wall_ms = wall_ms, .cause = cause};
    struct json *mark = json_object ();
    json_set_number (mark, "schema", STORE_SEAL_SCHEMA);
    char *text = json_print (mark);
    store_vault_batch_put (&batch, KEYS_SEALED, text, NULL);
    free (text);
    json_destroy (&mark);
    return store_vault_batch_end (&batch);
}

static int
seal_end (struct store_db *db, int64_t wall_ms, struct stui_cause *cause)
{
    int err = files_renew (db, wall_ms, cause);
    if (!err)
        store_db_notice (db, "sessions_sealed", "",
                         "sessions are encrypted now, and so are %zu records of before: nothing of "
                         "them is left in plain in the database and its exports",
                         db->seal.records);
    return err;
}

int
store_seal_step (struct store_db *db, int64_t wall_ms, struct stui_cause *cause)
{
    struct part part = {.db = db};
    if (!db->seal.from[0] && store_seal_is_done (db)) {
        db->seal.done = true;
        return 0;
    }
    int err = db->functions->scan (db->engine, "", db->seal.from[0] ? db->seal.from : NULL,
                                   part_visit, &part, cause);
    if (!err)
        err = engine_batch_write (&part.batch, db->functions, db->engine, cause);
    engine_batch_fini (&part.batch);
    db->seal.done = err || !part.more;
    return err || part.more ? err : seal_end (db, wall_ms, cause);
}
