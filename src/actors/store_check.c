/* store_check.c: see store_check.h. */

#include "actors/store_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/keys.h"
#include "actors/records.h"
#include "actors/store_export.h"
#include "actors/store_files.h"
#include "actors/store_index.h"
#include "actors/store_repair.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

/* What a look finds. */
struct look {
    struct store_db *db;
    size_t records, damaged, missing, quarantined;
    size_t plain;     /* states of sessions that are not encrypted */
    zhashx_t *newest; /* owned: subject -> the greatest whole generation, plus 1 */
    char **aside;     /* owned: keys under quarantine/ */
    size_t capacity;
    size_t exports_damaged; /* files that are not whole; the newest of them: */
    char export_name[64];
};

static bool
look_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct look *self = context;
    struct keys_key parts;
    struct record record;
    char key[KEYS_SIZE + 16], subject[KEYS_SIZE];
    if (size >= sizeof key)
        return true;
    snprintf (key, sizeof key, "%.*s", (int) size, bytes);
    if (strncmp (key, KEYS_QUARANTINE, strlen (KEYS_QUARANTINE)) == 0) {
        stui_grow (&self->aside, &self->capacity, self->quarantined, sizeof *self->aside);
        self->aside[self->quarantined++] = stui_strdup (key);
        return true;
    }
    self->records++;
    if (records_decode (key, value, value_size, &record) == RECORDS_DAMAGED) {
        self->damaged++;
        return true;
    }
    if (keys_parse (bytes, size, &parts) < 0)
        return true;
    bool is_session = parts.kind == KEYS_KIND_SESSION
                      && keys_session_prefix (subject, parts.image, parts.session, NULL) == 0;
    bool is_archived = parts.kind == KEYS_KIND_ARCHIVE;
    bool is_held = parts.kind == KEYS_KIND_HELD_ONE;
    self->plain += (is_session || is_archived || is_held) && record.schema <= RECORDS_SCHEMA;
    if (is_session || is_archived || parts.kind == KEYS_KIND_IMAGE || parts.kind == KEYS_KIND_HELD)
        zhashx_update (self->newest, is_session ? subject : key,
                       (void *) (uintptr_t) (record.generation + 1));
    return true;
}

static void
look_compare (void *context, const char *subject, const struct store_ledger_entry *entry)
{
    struct look *self = context;
    bool is_session = strncmp (subject, KEYS_SESSIONS, strlen (KEYS_SESSIONS)) == 0;
    bool counts = is_session || strncmp (subject, KEYS_IMAGES, strlen (KEYS_IMAGES)) == 0
                  || strncmp (subject, KEYS_HELDS, strlen (KEYS_HELDS)) == 0
                  || strncmp (subject, KEYS_ARCHIVE, strlen (KEYS_ARCHIVE)) == 0;
    uint64_t newest = (uint64_t) (uintptr_t) zhashx_lookup (self->newest, subject);
    self->missing +=
        counts && entry->present > 0 && newest < entry->present + 1
        && !(is_session && store_repair_is_archived (self->db, subject, entry->present));
}

static int
look_at_all (struct look *self, struct store_db *db, struct stui_cause *cause)
{
    *self = (struct look){.db = db, .newest = zhashx_new ()};
    int err = store_db_closed (db, cause);
    if (!err)
        err = db->functions->scan (db->engine, "", NULL, look_visit, self, cause);
    if (err == STUI_E_MALFORMED) {
        self->damaged++; /* some part of it; the records there are missing as well */
        err = 0;
    }
    store_ledger_each (&db->ledger, "", look_compare, self);
    self->exports_damaged =
        store_export_check (db->exports, self->export_name, sizeof self->export_name);
    return err;
}

static void
look_fini (struct look *self)
{
    for (size_t index = 0; index < self->quarantined; index++)
        free (self->aside[index]);
    free (self->aside);
    zhashx_destroy (&self->newest);
}

static struct json *
look_report (const struct look *self, size_t databases_aside, bool exported)
{
    struct json *result = json_object ();
    json_set_number (result, "records", (int64_t) self->records);
    json_set_number (result, "damaged", (int64_t) self->damaged);
    json_set_number (result, "missing", (int64_t) self->missing);
    json_set_number (result, "quarantined", (int64_t) self->quarantined);
    json_set_number (result, "databases_aside", (int64_t) databases_aside);
    json_set_bool (result, "exported", exported);
    json_set_number (result, "exports_damaged", (int64_t) self->exports_damaged);
    json_set_text (result, "export_damaged", self->exports_damaged > 0 ? self->export_name : NULL);
    json_set_number (result, "plain_sessions", (int64_t) self->plain);
    json_set_bool (result, "sealed", store_seal_is_done (self->db));
    return result;
}

struct json *
store_check_look (struct store_db *db, struct stui_cause *cause)
{
    struct look look;
    int64_t made_at_ms;
    int err = look_at_all (&look, db, cause);
    struct json *result =
        err ? NULL
            : look_report (&look, store_files_bound (db->path, ".damaged-", SIZE_MAX),
                           store_export_count (db->exports, &made_at_ms) > 0);
    look_fini (&look);
    return result;
}

static int
check_mend (struct store_db *db, int64_t wall_ms, struct stui_cause *cause)
{
    int err = store_repair_verify (db, wall_ms, cause);
    if (err == STUI_E_MALFORMED) {
        db->damaged = true;
        err = store_db_reopen (db, wall_ms, cause);
    }
    return err < 0 ? err : 0;
}

/* The user has read what was lost for good: it is told of on, but is no trouble any more. */
static void
check_note_losses (struct store_db *db)
{
    struct json *noted = json_array ();
    for (const struct json *one = json_first (db->losses); one; one = json_next (one)) {
        struct json *loss = json_copy (one);
        json_set_bool (loss, "noted", true);
        json_push (noted, loss);
    }
    json_destroy (&db->losses);
    db->losses = noted;
    db->losses_changed = true;
}

static int
check_clear (struct store_db *db, const struct look *look, struct stui_cause *cause)
{
    if (look->quarantined == 0)
        return 0;
    struct engine_change *changes = stui_alloc (look->quarantined * sizeof *changes);
    for (size_t index = 0; index < look->quarantined; index++)
        changes[index].key = look->aside[index];
    int err = db->functions->write (db->engine, changes, look->quarantined, cause);
    free (changes);
    return err;
}

struct json *
store_check_repair (struct store_db *db, int64_t wall_ms, struct stui_cause *cause)
{
    struct look before, after = {0};
    struct json *result = NULL;
    int err = look_at_all (&before, db, cause);
    if (!err)
        err = check_mend (db, wall_ms, cause);
    if (!err)
        err = store_export_now (db, wall_ms, cause);
    if (!err && before.exports_damaged > 0)
        store_export_keep (db->exports, 1); /* that which was made just now */
    if (!err)
        check_note_losses (db);
    if (!err)
        err = look_at_all (&after, db, cause);
    if (!err)
        err = check_clear (db, &after, cause);
    if (!err) {
        result = look_report (&before, store_files_bound (db->path, ".damaged-", SIZE_MAX), true);
        json_set_number (result, "quarantined", (int64_t) after.quarantined);
        store_files_bound (db->path, ".damaged-", 0);
    }
    look_fini (&after);
    look_fini (&before);
    return result;
}
