/* store_vault_batch.h: records of the vault that change together: one synced batch, noted in the ledger
 * when it is written. Part of store_db; used by store_vault.c and store_aside.c. */

#ifndef STUI_ACTORS_STORE_VAULT_BATCH_H
#define STUI_ACTORS_STORE_VAULT_BATCH_H

#include "actors/store_db.h"

/* Begun with DB, WALL_MS and CAUSE set and all else zero; store_vault_batch_end frees it. */
struct store_vault_batch {
    struct store_db *db;
    struct engine_change *changes; /* owned with keys and values */
    uint64_t *generations;         /* owned; 0: it goes */
    size_t count, capacity, generation_capacity;
    int64_t wall_ms;
    int err; /* set by whoever finds one: nothing is written then */
    struct stui_cause *cause;
};

/* Adds the record of BODY for KEY, sealed by VAULT (NULL: plain); that of VAULT, open, itself; that the
 * record KEY goes; and that VALUE goes from KEY to its place under quarantine/. All is copied. */
void store_vault_batch_put (struct store_vault_batch *self, const char *key, const char *body,
                            const struct vault *vault);
void store_vault_batch_put_vault (struct store_vault_batch *self, const struct vault *vault);
void store_vault_batch_remove (struct store_vault_batch *self, const char *key);
void store_vault_batch_move_aside (struct store_vault_batch *self, const char *key,
                                   const char *value, size_t size);

/* Writes it, unless there was an error, and frees it. 0, or the error with its cause. */
int store_vault_batch_end (struct store_vault_batch *self);

/* What the exports hold under an old key, or of a secret that went, goes with them. */
int store_vault_exports_renew (struct store_db *self, int64_t wall_ms);

#endif
