/* store_vault_batch.c: see store_vault_batch.h. */

#include "actors/store_vault_batch.h"

#include <stdlib.h>
#include <string.h>

#include "actors/keys.h"
#include "actors/records.h"
#include "runtime/alloc.h"
#include "runtime/log.h"

/* Above all that was used for KEY before, as far as it is known. */
static uint64_t
next_generation (struct store_db *self, const char *key)
{
    char *value = NULL;
    size_t size;
    struct record record = {0};
    const struct store_ledger_entry *known = store_ledger_find (&self->ledger, key);
    if (self->functions->get (self->engine, key, &value, &size, NULL) == 0)
        records_decode (key, value, size, &record);
    free (value);
    return (known && known->highest > record.generation ? known->highest : record.generation) + 1;
}

static void
batch_add (struct store_vault_batch *self, const char *key, char *value, size_t size,
           uint64_t generation)
{
    stui_grow (&self->changes, &self->capacity, self->count, sizeof *self->changes);
    stui_grow (&self->generations, &self->generation_capacity, self->count,
               sizeof *self->generations);
    self->generations[self->count] = generation;
    self->changes[self->count++] = (struct engine_change){stui_strdup (key), value, size};
}

void
store_vault_batch_put (struct store_vault_batch *self, const char *key, const char *body,
                       const struct vault *vault)
{
    size_t size;
    uint64_t generation = next_generation (self->db, key);
    char *closed = vault ? vault_seal (vault, key, body) : NULL;
    char *value = records_encode (key, vault ? closed : body, vault != NULL, generation,
                                  self->wall_ms, &size);
    free (closed);
    batch_add (self, key, value, size, generation);
}

void
store_vault_batch_remove (struct store_vault_batch *self, const char *key)
{
    batch_add (self, key, NULL, 0, 0);
}

void
store_vault_batch_put_vault (struct store_vault_batch *self, const struct vault *vault)
{
    char *body = vault_print (vault);
    store_vault_batch_put (self, KEYS_VAULT, body, NULL);
    free (body);
}

void
store_vault_batch_move_aside (struct store_vault_batch *self, const char *key, const char *value,
                              size_t size)
{
    char place[KEYS_SIZE];
    keys_quarantine (place, key);
    batch_add (self, place, stui_strndup (value, size), size, 0);
    batch_add (self, key, NULL, 0, 0);
}

int
store_vault_batch_end (struct store_vault_batch *self)
{
    struct store_db *db = self->db;
    if (!self->err)
        self->err = db->functions->write (db->engine, self->changes, self->count, self->cause);
    for (size_t index = 0; index < self->count; index++) {
        const char *key = self->changes[index].key;
        if (!self->err && strncmp (key, KEYS_QUARANTINE, strlen (KEYS_QUARANTINE)) != 0)
            store_ledger_note (&db->ledger, key, self->generations[index]);
        free ((void *) self->changes[index].value);
        free ((void *) key);
    }
    free (self->changes);
    free (self->generations);
    if (!self->err) {
        store_ledger_write (&db->ledger);
        db->commits++;
    }
    return self->err;
}

int
store_vault_exports_renew (struct store_db *self, int64_t wall_ms)
{
    struct stui_cause cause = {0};
    store_export_cancel (&self->export);
    int err = store_export_now (self, wall_ms, &cause);
    if (err < 0)
        log_warn ("store", "older exports stay, with what they hold: %s", cause.text);
    else
        store_export_keep (self->exports, 1);
    return err < 0 ? err : 0;
}
