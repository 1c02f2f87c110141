/* store_held_write.c: the list of what an image has held, taken apart into records (store_held.h). */

#include "actors/store_held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/checksum.h"
#include "actors/engine_batch.h"
#include "actors/keys.h"
#include "actors/records.h"
#include "actors/store_vault.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

/* What is stored under an ID. */
struct known {
    uint64_t generation; /* 0: something */
    uint64_t checksum;   /* of the text, and of whether it is sealed */
};

static void
known_free (void **item)
{
    free (*item);
    *item = NULL;
}

static void
image_free (void **item)
{
    zhashx_destroy ((zhashx_t **) item);
}

zhashx_t *
store_held_new (void)
{
    zhashx_t *images = zhashx_new ();
    zhashx_set_destructor (images, image_free);
    return images;
}

static bool
learn_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    (void) value, (void) value_size;
    struct keys_key key;
    if (keys_parse (bytes, size, &key) == 0)
        zhashx_insert (context, key.session, stui_alloc (sizeof (struct known)));
    return true;
}

/* The ledger is behind what is there when a crash took its newest lines: numbers rise all the same. */
static void
learn_generation (struct store_db *db, const char *name)
{
    char key[KEYS_SIZE], *value = NULL;
    size_t size;
    struct record record;
    keys_held (key, name, NULL);
    const struct store_ledger_entry *ledger = store_ledger_find (&db->ledger, key);
    if (db->functions->get (db->engine, key, &value, &size, NULL) == 0
        && records_decode (key, value, size, &record) == RECORDS_GOOD
        && (!ledger || ledger->highest < record.generation))
        store_ledger_note (&db->ledger, key, record.generation);
    free (value);
}

/* What is stored of image NAME: ID -> known. Whatever an earlier run left is there, and is not known. */
static int
known_of (struct store_db *db, const char *name, zhashx_t **ids, struct stui_cause *cause)
{
    char prefix[KEYS_SIZE];
    *ids = zhashx_lookup (db->held, name);
    if (*ids)
        return 0;
    *ids = zhashx_new ();
    zhashx_set_destructor (*ids, known_free);
    zhashx_insert (db->held, name, *ids);
    int err = keys_held_one (prefix, name, "", cause);
    if (!err)
        learn_generation (db, name);
    if (!err)
        err = db->functions->scan (db->engine, prefix, NULL, learn_visit, *ids, cause);
    return err == STUI_E_MALFORMED ? 0 : err; /* a save must not fail for what cannot be read */
}

/* One change of the records of an image. */
struct change {
    struct store_db *db;
    struct engine_batch *batch;
    zhashx_t *ids;                  /* borrowed */
    struct json *records, *settled; /* owned: what the naming record says */
    const char *name;               /* of the image */
    bool sealed;
    uint64_t number;
    int64_t wall_ms;
};

static void
change_put (struct change *self, const char *key, const char *body)
{
    size_t size;
    char *value =
        store_vault_encode (self->db, key, body, self->sealed, self->number, self->wall_ms, &size);
    engine_batch_take (self->batch, key, &value, size);
}

/* One that is in the list, and is to stand in NAMES. What makes no sense is left out, as whoever reads it does. */
static void
change_add (struct change *self, const struct json *entry, struct json *names)
{
    const char *id = json_get_text (entry, "id");
    char key[KEYS_SIZE];
    if (!id || !*id || keys_held_one (key, self->name, id, NULL) < 0)
        return;
    char *body = json_print (entry);
    uint64_t checksum = checksum_xxh64 (body, strlen (body)) ^ self->sealed;
    struct known *known = zhashx_lookup (self->ids, id);
    if (!known) {
        known = stui_alloc (sizeof *known);
        zhashx_insert (self->ids, id, known);
    }
    if (known->generation == 0 || known->checksum != checksum) {
        *known = (struct known){.generation = self->number, .checksum = checksum};
        change_put (self, key, body);
    }
    json_set_number (names, id, (int64_t) known->generation);
    free (body);
}

static void
change_add_all (struct change *self, const struct json *list, struct json *names)
{
    for (const struct json *entry = json_first (list); entry; entry = json_next (entry))
        change_add (self, entry, names);
}

/* Those that are not in the list any more go. */
static void
change_drop (struct change *self)
{
    zlistx_t *gone = zhashx_keys (self->ids);
    for (const char *id = zlistx_first (gone); id; id = zlistx_next (gone)) {
        char key[KEYS_SIZE];
        if (json_get (self->records, id) || json_get (self->settled, id))
            continue;
        keys_held_one (key, self->name, id, NULL);
        engine_batch_delete (self->batch, key);
        zhashx_delete (self->ids, id);
    }
    zlistx_destroy (&gone);
}

int
store_held_put (struct store_db *db, struct engine_batch *batch, struct store_write *write,
                int64_t wall_ms, struct stui_cause *cause)
{
    struct change change = {
        .db = db, .batch = batch, .name = write->subject + strlen (KEYS_HELDS), .wall_ms = wall_ms};
    int err = store_vault_check_sessions (db, wall_ms, cause);
    if (!err)
        err = known_of (db, change.name, &change.ids, cause);
    if (err)
        return err;
    const struct store_ledger_entry *ledger = store_ledger_find (&db->ledger, write->subject);
    change.number = (ledger ? ledger->highest : 0) + 1;
    change.sealed = db->vault.encrypts_sessions;
    change.records = json_object ();
    change.settled = json_object ();
    struct json *list = json_parse (write->body, write->bytes, NULL);
    change_add_all (&change, json_get (list, "entries"), change.records);
    change_add_all (&change, json_get (list, "settled"), change.settled);
    change_drop (&change);
    struct json *index = json_object ();
    json_set (index, "records", change.records);
    json_set (index, "settled", change.settled);
    char *body = json_print (index);
    change_put (&change, write->subject, body);
    write->number = change.number;
    free (body);
    json_destroy (&index);
    json_destroy (&list);
    return 0;
}
