/* store_held_write.c: the list of what an image has held, taken apart into records (store_held.h). */

#include "actors/store_held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/checksum.h"
#include "actors/engine_batch.h"
#include "actors/keys.h"
#include "actors/migrate.h"
#include "actors/records.h"
#include "actors/store_vault.h"
#include "runtime/alloc.h"
#include "runtime/crypt.h"
#include "runtime/json.h"

/* What is stored under an ID. */
struct known {
    uint64_t generation; /* 0: something */
    uint64_t checksum;   /* of the text, and of whether it is sealed */
};

/* What is stored of an image. */
struct image {
    zhashx_t *ids; /* owned: ID -> known. What an earlier run left is there, and is not known */
    struct json *settled; /* owned: what the naming record says of these; NULL: it is not known */
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
    struct image *image = *item;
    zhashx_destroy (&image->ids);
    json_destroy (&image->settled);
    free (image);
    *item = NULL;
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

/* What the naming RECORD, found under KEY, says of what is settled. */
static void
learn_settled (struct store_db *db, const char *key, struct record *record, struct image *image)
{
    char *plain = NULL;
    struct json *body = store_vault_open_record (db, key, record, &plain, NULL) == 0
                            ? migrate_body (KEYS_KIND_HELD, record)
                            : NULL;
    image->settled = json_take (body, "settled");
    json_destroy (&body);
    crypt_free (&plain);
}

/* The ledger is behind what is there when a crash took its newest lines: numbers rise all the same. */
static void
learn_names (struct store_db *db, const char *name, struct image *image)
{
    char key[KEYS_SIZE], *value = NULL;
    size_t size;
    struct record record;
    keys_held (key, name, NULL);
    const struct store_ledger_entry *ledger = store_ledger_find (&db->ledger, key);
    bool good = db->functions->get (db->engine, key, &value, &size, NULL) == 0
                && records_decode (key, value, size, &record) == RECORDS_GOOD;
    if (good && (!ledger || ledger->highest < record.generation))
        store_ledger_note (&db->ledger, key, record.generation);
    if (good)
        learn_settled (db, key, &record, image);
    free (value);
}

/* What is stored of image NAME. */
static int
known_of (struct store_db *db, const char *name, struct image **image_p, struct stui_cause *cause)
{
    char prefix[KEYS_SIZE];
    struct image *image = *image_p = zhashx_lookup (db->held, name);
    if (image)
        return 0;
    image = *image_p = stui_alloc (sizeof *image);
    image->ids = zhashx_new ();
    zhashx_set_destructor (image->ids, known_free);
    zhashx_insert (db->held, name, image);
    int err = keys_held_one (prefix, name, "", cause);
    if (!err)
        learn_names (db, name, image);
    if (!err)
        err = db->functions->scan (db->engine, prefix, NULL, learn_visit, image->ids, cause);
    return err == STUI_E_MALFORMED ? 0 : err; /* a save must not fail for what cannot be read */
}

/* One change of the records of an image. */
struct change {
    struct store_db *db;
    struct engine_batch *batch;
    struct image *image;            /* borrowed */
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
    struct known *known = zhashx_lookup (self->image->ids, id);
    if (!known) {
        known = stui_alloc (sizeof *known);
        zhashx_insert (self->image->ids, id, known);
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
    zlistx_t *gone = zhashx_keys (self->image->ids);
    for (const char *id = zlistx_first (gone); id; id = zlistx_next (gone)) {
        char key[KEYS_SIZE];
        if (json_get (self->records, id) || json_get (self->settled, id))
            continue;
        keys_held_one (key, self->name, id, NULL);
        engine_batch_delete (self->batch, key);
        zhashx_delete (self->image->ids, id);
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
        err = known_of (db, change.name, &change.image, cause);
    if (err)
        return err;
    const struct store_ledger_entry *ledger = store_ledger_find (&db->ledger, write->subject);
    change.number = (ledger ? ledger->highest : 0) + 1;
    change.sealed = db->vault.encrypts_sessions;
    struct json *list = json_parse (write->body, write->bytes, NULL);
    const struct json *settled = json_get (list, "settled");
    bool stays = !settled && json_is_object (change.image->settled);
    change.records = json_object ();
    change.settled = stays ? json_copy (change.image->settled) : json_object ();
    change_add_all (&change, json_get (list, "entries"), change.records);
    change_add_all (&change, settled, change.settled);
    change_drop (&change);
    json_destroy (&change.image->settled);
    change.image->settled = json_copy (change.settled);
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
