/* store_index.c: see store_index.h. */

#include "actors/store_index.h"

#include <stdio.h>
#include <string.h>

#include "actors/keys.h"
#include "actors/migrate.h"
#include "actors/store_table.h"
#include "actors/store_work.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

static void
entry_destroy (void **item)
{
    free (*item);
    *item = NULL;
}

zhashx_t *
store_index_new (void)
{
    return store_table_new (entry_destroy);
}

/* The entry, with GENERATION in it. */
static struct store_index_entry *
index_put (struct store_db *db, const char *subject, uint64_t generation)
{
    struct store_index_entry *entry = zhashx_lookup (db->sessions, subject);
    if (!entry) {
        entry = stui_alloc (sizeof *entry);
        zhashx_insert (db->sessions, subject, entry);
    }
    size_t last = RECORDS_GENERATIONS - 1;
    if (entry->count > 0 && generation <= entry->generations[entry->count - 1])
        return entry;
    if (entry->count > last) {
        memmove (entry->generations, entry->generations + 1, last * sizeof *entry->generations);
        entry->count = last;
    }
    entry->generations[entry->count++] = generation;
    entry->work = 0;
    return entry;
}

void
store_index_add (struct store_db *db, const char *subject, uint64_t generation)
{
    index_put (db, subject, generation);
}

void
store_index_written (struct store_db *db, const struct store_write *write)
{
    if (write->replaces)
        store_index_remove (db, write->subject, write->replaces);
    index_put (db, write->subject, write->number)->work = write->work;
}

void
store_index_remove (struct store_db *db, const char *subject, uint64_t generation)
{
    struct store_index_entry *entry = zhashx_lookup (db->sessions, subject);
    size_t kept = 0;
    for (size_t index = 0; entry && index < entry->count; index++)
        if (entry->generations[index] != generation)
            entry->generations[kept++] = entry->generations[index];
    if (entry) {
        entry->count = kept;
        entry->work = 0;
    }
    if (entry && kept == 0)
        zhashx_delete (db->sessions, subject);
}

bool
store_index_subject (const char *bytes, size_t size, struct keys_key *key, char subject[KEYS_SIZE])
{
    return keys_parse (bytes, size, key) == 0
           && keys_session_prefix (subject, key->image, key->session, NULL) == 0;
}

bool
store_index_record (const char *bytes, size_t size, const char *value, size_t value_size,
                    struct keys_key *key, struct record *record)
{
    return keys_parse (bytes, size, key) == 0
           && records_decode (NULL, value, value_size, record) == RECORDS_GOOD;
}

static bool
index_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    (void) value, (void) value_size;
    struct keys_key key;
    char subject[KEYS_SIZE];
    if (store_index_subject (bytes, size, &key, subject))
        store_index_add (context, subject, key.number);
    return true;
}

/* A scan that met a damaged block showed all else. What it hid cannot be read anyhow, and a
 * save must not fail for it: the new generation may well take a hidden one's place. */
static int
index_scan (struct store_db *db, const char *prefix, struct stui_cause *cause)
{
    int err = db->functions->scan (db->engine, prefix, NULL, index_visit, db, cause);
    return err == STUI_E_MALFORMED ? 0 : err;
}

int
store_index_find (struct store_db *db, const char *subject, const struct store_index_entry **entry,
                  struct stui_cause *cause)
{
    int err = 0;
    *entry = zhashx_lookup (db->sessions, subject);
    if (!*entry && !db->indexed) {
        err = index_scan (db, subject, cause);
        *entry = zhashx_lookup (db->sessions, subject);
    }
    return err;
}

int
store_index_all (struct store_db *db, struct stui_cause *cause)
{
    if (db->indexed)
        return 0;
    int err = index_scan (db, KEYS_SESSIONS, cause);
    db->indexed = !err;
    return err;
}

/* ---- Names of images ------------------------------------------------------------------------- */

struct lookup {
    const char *image;
    char *name;
};

static bool
lookup_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct lookup *self = context;
    struct keys_key key;
    struct record record;
    if (!store_index_record (bytes, size, value, value_size, &key, &record))
        return true;
    struct json *body = migrate_body (KEYS_KIND_IMAGE, &record);
    const char *own = json_get_text (body, "key");
    if (own && strcmp (own, self->image) == 0)
        snprintf (self->name, KEYS_IMAGE_MAX + 1, "%s", key.image);
    json_destroy (&body);
    return !self->name[0];
}

void
store_index_image_name (struct store_db *db, const char *image, char name[KEYS_IMAGE_MAX + 1])
{
    struct lookup lookup = {image, name};
    name[0] = '\0';
    db->functions->scan (db->engine, KEYS_IMAGES, NULL, lookup_visit, &lookup, NULL);
}
