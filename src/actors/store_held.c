/* store_held.c: see store_held.h. */

#include "actors/store_held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/held.h"
#include "actors/keys.h"
#include "actors/migrate.h"
#include "actors/records.h"
#include "actors/store_index.h"
#include "actors/store_repair.h"
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

int
store_held_load (struct store_db *db, const struct store_policy *waiting, const char *name,
                 int64_t wall_ms, struct json **result, struct stui_cause *cause)
{
    char key[KEYS_SIZE], *value = NULL;
    size_t size;
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
    if (!err && !write) {
        err = db->functions->get (db->engine, key, &value, &size, cause);
        err = err == STUI_E_NOT_FOUND ? 0 : err;
    }
    if (!err && value)
        err = record_open (db, key, value, size, &list, cause);
    free (value);
    if (err)
        return err;
    *result = json_object ();
    json_set (*result, "held", list ? list : json_null ());
    return 0;
}

int
store_held_settle (struct store_db *db, const struct store_policy *waiting, const char *name,
                   const char *id, const char *how, int64_t wall_ms, char **body,
                   struct stui_cause *cause)
{
    struct json *result = NULL;
    struct held held = {0};
    bool drops = strcmp (how, "drop") == 0;
    int err = store_held_load (db, waiting, name, wall_ms, &result, cause);
    held_load (&held, json_get (result, "held"));
    struct held_entry *entry = held_find (&held, id);
    if (!err && (!entry || !(drops ? entry->state == HELD_STATE_HELD : held_is_doubtful (entry))))
        err = stui_fail (cause, STUI_E_NOT_FOUND, "%s has nothing %s with the id %.40s", name,
                         drops ? "held" : "in doubt", id);
    if (!err && drops)
        held_remove (&held, &entry);
    else if (!err)
        err = held_resolve (&held, entry, how, cause);
    if (!err) {
        struct json *list = held_to_json (&held);
        *body = json_print (list);
        json_destroy (&list);
    }
    held_fini (&held);
    json_destroy (&result);
    return err;
}

/* ---- All of them ----------------------------------------------------------------------------- */

struct all {
    struct store_db *db;
    struct json *images; /* owned */
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

static bool
all_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct all *self = context;
    struct keys_key parts;
    struct json *list = NULL;
    char key[KEYS_SIZE];
    if (keys_parse (bytes, size, &parts) < 0)
        return true;
    keys_held (key, parts.image, NULL);
    if (record_open (self->db, key, value, value_size, &list, &self->reason) < 0)
        self->locked++;
    else if (list)
        all_add (self, parts.image, list);
    json_destroy (&list);
    return true;
}

int
store_held_all (struct store_db *db, const struct store_policy *waiting, int64_t wall_ms,
                struct json **result, struct stui_cause *cause)
{
    struct all all = {.db = db, .images = json_object ()};
    int err = held_check (db, wall_ms, cause);
    if (!err)
        err = db->functions->scan (db->engine, KEYS_HELDS, NULL, all_visit, &all, cause);
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
