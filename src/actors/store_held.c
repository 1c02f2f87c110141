/* store_held.c: see store_held.h: reading. Writing is store_held_write.c's. */

#include "actors/store_held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/held.h"
#include "actors/keys.h"
#include "actors/migrate.h"
#include "actors/outcomes.h"
#include "actors/records.h"
#include "actors/store_index.h"
#include "actors/store_repair.h"
#include "actors/store_restored.h"
#include "actors/store_vault.h"
#include "runtime/crypt.h"
#include "runtime/json.h"

/* The list in the record VALUE under KEY into *LIST; NULL when it is damaged, and set aside. */
static int
record_open (struct store_db *db, const char *key, const char *value, size_t size,
             struct json **list, struct stui_cause *cause)
{
    struct record record;
    char *plain = NULL;
    *list = NULL;
    enum records_verdict verdict = records_decode (key, value, size, &record);
    if (verdict == RECORDS_NEWER)
        return stui_fail (cause, STUI_E_UNSUPPORTED,
                          "%s was written by a newer stui: start that one", key);
    int err =
        verdict == RECORDS_GOOD ? store_vault_open_record (db, key, &record, &plain, cause) : 0;
    if (verdict == RECORDS_GOOD && !err)
        *list = migrate_body (KEYS_KIND_HELD, &record);
    crypt_free (&plain);
    if (err == STUI_E_LOCKED)
        return err;
    if (!*list)
        store_db_set_aside (db, key, value, size);
    return 0;
}

/* Compares with the ledger, once. */
static int
held_check (struct store_db *db, int64_t wall_ms, struct stui_cause *cause)
{
    int err = store_db_closed (db, cause);
    if (err || db->held_checked)
        return err;
    err = store_repair_check (db, KEYS_HELDS, wall_ms, cause);
    db->held_checked = err >= 0;
    return err < 0 ? err : 0;
}

/* ---- One image's ------------------------------------------------------------------------------ */

/* The records of an image, being put together. */
struct reading {
    struct store_db *db;
    const char *name;               /* of the image */
    uint64_t generation;            /* of the naming record; 0: there is none */
    struct json *records;           /* owned: what that says, settled ones too */
    struct json *settled;           /* owned: these alone */
    struct json *entries, *answers; /* owned: the list, and what came of those that are settled */
    struct json *missing;           /* owned: {KEY: generation} */
    bool damaged;                   /* some were, and that was said */
    uint64_t restored;              /* so old ones came with a backup */
    char restored_why[STUI_CAUSE_MAX];
    int64_t wall_ms;
    int err; /* LOCKED, NEWER, or the disk's */
    struct stui_cause *cause;
};

/* The body under KEY into *BODY, and its generation; NULL: there is none that is whole. */
static int
body_get (struct store_db *db, const char *key, struct json **body, uint64_t *generation,
          struct stui_cause *cause)
{
    char *value;
    size_t size;
    struct record record;
    *body = NULL;
    *generation = 0;
    int err = db->functions->get (db->engine, key, &value, &size, cause);
    if (err)
        return err == STUI_E_NOT_FOUND || err == STUI_E_MALFORMED ? 0 : err;
    err = record_open (db, key, value, size, body, cause);
    if (*body && records_decode (key, value, size, &record) == RECORDS_GOOD)
        *generation = record.generation;
    free (value);
    return err;
}

/* Takes in the one with ID, of generation DUE or newer; whether it is there. */
static bool
reading_take (struct reading *self, const char *id, uint64_t due)
{
    char key[KEYS_SIZE];
    struct json *entry = NULL;
    uint64_t generation;
    size_t notices = json_count (self->db->notices);
    if (keys_held_one (key, self->name, id, NULL) < 0)
        return false;
    int err = body_get (self->db, key, &entry, &generation, self->cause);
    self->err = self->err ? self->err : err;
    self->damaged = self->damaged || json_count (self->db->notices) > notices;
    bool there = entry && generation >= due;
    if (there && generation <= self->restored)
        held_doubt_stored (entry, self->restored_why);
    if (there)
        json_push (outcomes_is_stored (entry) ? self->answers : self->entries, entry);
    else {
        json_destroy (&entry);
        json_set_number (self->missing, key, (int64_t) due);
    }
    return there;
}

/* Those that are newer than the record that names them, which was lost or is an older one. */
static bool
stray_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct reading *self = context;
    struct keys_key parts;
    struct record record;
    if (keys_parse (bytes, size, &parts) == 0 && !json_get (self->records, parts.session)
        && records_decode (NULL, value, value_size, &record) == RECORDS_GOOD
        && record.generation > self->generation)
        json_set_number (self->records, parts.session, (int64_t) record.generation);
    return true;
}

/* Reads those that are named, in their order. */
static void
reading_take_all (struct reading *self)
{
    json_destroy (&self->entries);
    json_destroy (&self->answers);
    json_destroy (&self->missing);
    self->entries = json_array ();
    self->answers = json_array ();
    self->missing = json_object ();
    for (const struct json *one = json_first (self->records); one; one = json_next (one))
        reading_take (self, json_key (one), (uint64_t) json_value (one, 0));
}

/* Those of NAMES that are there, and how many are not are added to *LOST; caller owns. */
static struct json *
reading_present (const struct reading *self, const struct json *names, bool settled, size_t *lost)
{
    struct json *present = json_object ();
    for (const struct json *one = json_first (names); one; one = json_next (one)) {
        char key[KEYS_SIZE];
        if ((json_get (self->settled, json_key (one)) != NULL) != settled)
            continue;
        if (keys_held_one (key, self->name, json_key (one), NULL) == 0
            && !json_get (self->missing, key))
            json_set (present, json_key (one), json_copy (one));
        else
            ++*lost;
    }
    return present;
}

/* What is lost is named no more; whether that is so. */
static bool
reading_rename (struct reading *self, struct json *records, struct json *settled)
{
    struct store_db *db = self->db;
    struct json *index = json_object ();
    json_set (index, "records", records);
    json_set (index, "settled", settled);
    char key[KEYS_SIZE], *body = json_print (index);
    size_t size;
    keys_held (key, self->name, NULL);
    char *value = store_vault_encode (db, key, body, db->vault.encrypts_sessions, self->generation,
                                      self->wall_ms, &size);
    struct engine_change change = {key, value, size};
    bool done = self->generation > 0 && db->functions->write (db->engine, &change, 1, NULL) == 0;
    zhashx_delete (db->held, self->name); /* it is learnt again */
    free (value);
    free (body);
    json_destroy (&index);
    return done;
}

/* What is missing is fetched from elsewhere, or said to be lost and named no more. */
static void
reading_mend (struct reading *self)
{
    struct store_db *db = self->db;
    int found = store_repair_fetch (db, self->missing, self->cause);
    self->err = found < 0 ? found : self->err;
    if (found > 0)
        reading_take_all (self);
    if (self->err || json_count (self->missing) == 0)
        return;
    size_t lost = 0, lost_answers = 0;
    struct json *records = reading_present (self, self->records, false, &lost),
                *settled = reading_present (self, self->records, true, &lost_answers);
    if (!reading_rename (self, records, settled) || self->damaged) /* then that was said */
        return;
    if (lost > 0)
        store_db_notice (db, "held_lost", self->name,
                         "%zu evaluations that were held or in doubt are lost", lost);
    if (lost_answers > 0)
        store_db_notice (db, "held_lost", self->name,
                         "%zu answers that were kept for whoever had asked are lost", lost_answers);
}

/* All that is held in LIST is in doubt. */
static void
list_doubt (struct json *list, const char *why)
{
    struct json *entries = json_array ();
    const struct json *one = json_first (json_get (list, "entries"));
    for (; one; one = json_next (one)) {
        struct json *entry = json_copy (one);
        held_doubt_stored (entry, why);
        json_push (entries, entry);
    }
    json_set (list, "entries", entries);
}

/* The object under KEY of INDEX, or an empty one; caller owns. */
static struct json *
object_take (struct json *index, const char *key)
{
    struct json *taken = json_take (index, key);
    if (json_is_object (taken))
        return taken;
    json_destroy (&taken);
    return json_object ();
}

static void
reading_fini (struct reading *self)
{
    json_destroy (&self->entries);
    json_destroy (&self->answers);
    json_destroy (&self->records);
    json_destroy (&self->settled);
    json_destroy (&self->missing);
}

static int
list_read (struct store_db *db, const char *name, int64_t wall_ms, struct json **list,
           struct stui_cause *cause)
{
    char key[KEYS_SIZE];
    struct reading reading = {.db = db, .name = name, .wall_ms = wall_ms, .cause = cause};
    struct json *index;
    *list = NULL;
    int err = keys_held (key, name, cause);
    if (!err)
        err = body_get (db, key, &index, &reading.generation, cause);
    if (err)
        return err;
    reading.restored = store_restored_held (db, name, reading.restored_why);
    if (json_get (index, "entries")) { /* of schema 2 */
        if (reading.generation <= reading.restored)
            list_doubt (index, reading.restored_why);
        *list = index;
        return 0;
    }
    bool named = index != NULL;
    reading.records = object_take (index, "records");
    reading.settled = object_take (index, "settled");
    json_destroy (&index);
    for (const struct json *one = json_first (reading.settled); one; one = json_next (one))
        json_set (reading.records, json_key (one), json_copy (one));
    keys_held_one (key, name, "", NULL);
    err = db->functions->scan (db->engine, key, NULL, stray_visit, &reading, cause);
    reading.err = err == STUI_E_MALFORMED ? 0 : err;
    reading_take_all (&reading);
    if (!reading.err && json_count (reading.missing) > 0)
        reading_mend (&reading);
    if (!reading.err
        && (named || json_count (reading.entries) > 0 || json_count (reading.answers) > 0)) {
        *list = json_object ();
        json_set (*list, "entries", reading.entries);
        json_set (*list, "settled", reading.answers);
        reading.entries = reading.answers = NULL;
    }
    reading_fini (&reading);
    return reading.err;
}

/* The list of image NAME as the database has it into *LIST; NULL: there is none. */
static int
held_read (struct store_db *db, const char *name, int64_t wall_ms, struct json **list,
           struct stui_cause *cause)
{
    int err = list_read (db, name, wall_ms, list, cause);
    return store_repair_again (db, err, wall_ms, cause) ? list_read (db, name, wall_ms, list, cause)
                                                        : err;
}

/* LIST waits to be written, and does not say what is settled: as it is stored. */
static int
settled_read (struct store_db *db, const char *name, int64_t wall_ms, struct json *list,
              struct stui_cause *cause)
{
    struct json *stored = NULL;
    int err = held_check (db, wall_ms, cause);
    if (!err)
        err = held_read (db, name, wall_ms, &stored, cause);
    struct json *settled = json_take (stored, "settled");
    if (settled)
        json_set (list, "settled", settled);
    json_destroy (&stored);
    return err;
}

int
store_held_load (struct store_db *db, const struct store_policy *waiting, const char *name,
                 int64_t wall_ms, struct json **result, struct stui_cause *cause)
{
    char key[KEYS_SIZE];
    struct json *list = NULL;
    int err = keys_held (key, name, cause);
    if (err)
        return err;
    const struct store_write *write = store_policy_find (waiting, key);
    if (write)
        list = json_parse (write->body, write->bytes, NULL);
    else
        err = held_check (db, wall_ms, cause);
    if (!err && !write)
        err = store_vault_check_sessions (db, wall_ms, cause);
    if (!err && !write)
        err = held_read (db, name, wall_ms, &list, cause);
    else if (!err && !json_get (list, "settled"))
        err = settled_read (db, name, wall_ms, list, cause);
    if (err) {
        json_destroy (&list);
        return err;
    }
    *result = json_object ();
    json_set (*result, "held", list ? list : json_null ());
    return 0;
}

/* The body of a write of HELD and OUTCOMES; caller frees. */
static char *
body_print (const struct held *held, const struct outcomes *outcomes)
{
    struct json *list = held_to_json (held);
    json_set (list, "settled", outcomes_to_json (outcomes));
    char *body = json_print (list);
    json_destroy (&list);
    return body;
}

/* ENTRY is settled by the user's word HOW: whoever asked for it is told so once he asks. */
static void
settle_keep (struct outcomes *outcomes, const struct held_entry *entry, const char *how,
             int64_t wall_ms)
{
    int err;
    const char *said = outcomes_said (how, &err);
    if (said)
        outcomes_keep (outcomes, &(struct outcome){.id = (char *) entry->id,
                                                   .tag = (char *) entry->asked_by,
                                                   .err = (char *) stui_err_word (err),
                                                   .text = (char *) said,
                                                   .at_ms = wall_ms});
}

int
store_held_settle (struct store_db *db, const struct store_policy *waiting, const char *name,
                   const char *id, const char *how, int64_t wall_ms, char **body,
                   struct stui_cause *cause)
{
    struct json *result = NULL;
    struct held held = {0};
    struct outcomes outcomes = {0};
    bool drops = strcmp (how, "drop") == 0;
    int err = store_held_load (db, waiting, name, wall_ms, &result, cause);
    const struct json *list = json_get (result, "held");
    held_load (&held, list);
    outcomes_load (&outcomes, json_get (list, "settled"), wall_ms);
    struct held_entry *entry = held_find (&held, id);
    if (!err && (!entry || !(drops ? entry->state == HELD_STATE_HELD : held_is_doubtful (entry))))
        err = stui_fail (cause, STUI_E_NOT_FOUND, "%s has nothing %s with the id %.40s", name,
                         drops ? "held" : "in doubt", id);
    if (!err)
        settle_keep (&outcomes, entry, how, wall_ms);
    if (!err && drops)
        held_remove (&held, &entry);
    else if (!err)
        err = held_resolve (&held, entry, how, cause);
    if (!err)
        *body = body_print (&held, &outcomes);
    outcomes_fini (&outcomes);
    held_fini (&held);
    json_destroy (&result);
    return err;
}

/* ---- All of them ----------------------------------------------------------------------------- */

struct all {
    struct store_db *db;
    struct json *images; /* owned */
    int64_t wall_ms;
    size_t locked;
    struct stui_cause reason;
};

static void
all_add (struct all *self, const char *name, const struct json *list)
{
    struct json *shown = held_show_record (list);
    if (json_count (shown) > 0)
        json_set (self->images, name, shown);
    else {
        json_set (self->images, name, NULL);
        json_destroy (&shown);
    }
}

/* Notes the names of images that have any. */
static bool
name_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    (void) value, (void) value_size;
    struct keys_key parts;
    if (keys_parse (bytes, size, &parts) == 0 && !json_get (context, parts.image))
        json_set_bool (context, parts.image, true);
    return true;
}

static void
all_read (struct all *self, const char *name)
{
    struct json *list = NULL;
    int err = held_read (self->db, name, self->wall_ms, &list, &self->reason);
    if (err)
        self->locked++;
    else if (list)
        all_add (self, name, list);
    json_destroy (&list);
}

int
store_held_all (struct store_db *db, const struct store_policy *waiting, int64_t wall_ms,
                struct json **result, struct stui_cause *cause)
{
    struct all all = {.db = db, .images = json_object (), .wall_ms = wall_ms};
    struct json *names = json_object ();
    int err = held_check (db, wall_ms, cause);
    if (!err)
        err = db->functions->scan (db->engine, KEYS_HELDS, NULL, name_visit, names, cause);
    for (const struct json *name = json_first (names); !err && name; name = json_next (name))
        all_read (&all, json_key (name));
    json_destroy (&names);
    if (err) {
        json_destroy (&all.images);
        return err;
    }
    for (size_t index = 0; index < waiting->count; index++) {
        const struct store_write *write = &waiting->writes[index];
        if (write->kind != STORE_WRITE_HELD)
            continue;
        struct json *list = json_parse (write->body, write->bytes, NULL);
        all_add (&all, write->subject + strlen (KEYS_HELDS), list);
        json_destroy (&list);
    }
    *result = json_object ();
    json_set (*result, "images", all.images);
    json_set_number (*result, "locked", (int64_t) all.locked);
    json_set_text (*result, "why", all.reason.text);
    return 0;
}
