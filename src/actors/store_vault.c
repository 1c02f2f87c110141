/* store_vault.c: see store_vault.h. The order of a change of the root key: a new key file beside the
 * old one, or the old one put by; the batch, synced; what is put by goes. Whenever that is cut off,
 * the record says which key is the right one, and that one is there. */

#include "actors/store_vault.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/key_file.h"
#include "actors/keys.h"
#include "actors/records.h"
#include "actors/store_db.h"
#include "actors/store_aside.h"
#include "actors/store_index.h"
#include "actors/store_vault_batch.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/log.h"

/* ---- Records ------------------------------------------------------------------------------- */

char *
store_vault_encode (const struct store_db *self, const char *key, const char *body, bool sealed,
                    uint64_t generation, int64_t wall_ms, size_t *size)
{
    char *closed = sealed ? vault_seal (&self->vault, key, body) : NULL;
    char *text = records_encode (key, sealed ? closed : body, sealed, generation, wall_ms, size);
    free (closed);
    return text;
}

int
store_vault_open_record (const struct store_db *self, const char *key, struct record *record,
                         char **plain, struct stui_cause *cause)
{
    struct stui_cause found = {0};
    *plain = NULL;
    if (record->schema != RECORDS_SCHEMA_SEALED)
        return 0;
    size_t size;
    *plain = vault_unseal (&self->vault, key, record->body, record->body_size, &size, &found);
    if (!*plain)
        return stui_fail (cause, found.err, "%s", found.text);
    record->body = *plain;
    record->body_size = size;
    record->schema = RECORDS_SCHEMA;
    return 0;
}

/* ---- A new key for all secrets --------------------------------------------------------------- */

struct reseal {
    struct store_vault_batch batch;
    const struct vault *old, *new;
};

static bool
reseal_visit (void *context, const char *bytes, size_t bytes_size, const char *value, size_t size)
{
    struct reseal *self = context;
    struct record record;
    struct stui_cause cause = {0};
    size_t plain_size;
    char key[KEYS_SIZE], *plain = NULL;
    if (bytes_size >= sizeof key)
        return true; /* not ours */
    snprintf (key, sizeof key, "%.*s", (int) bytes_size, bytes);
    if (records_decode (key, value, size, &record) == RECORDS_GOOD
        && record.schema == RECORDS_SCHEMA_SEALED)
        plain = vault_unseal (self->old, key, record.body, record.body_size, &plain_size, &cause);
    if (!plain)
        self->batch.err = stui_fail (self->batch.cause, STUI_E_MALFORMED,
                                     "%.80s cannot be opened, so nothing was changed: `stui secret "
                                     "rm` it first",
                                     key);
    else
        store_vault_batch_put (&self->batch, key, plain, self->new);
    crypt_free (&plain);
    return !self->batch.err;
}

/* All secrets go from the vault OLD to NEW, whose record is written with them. */
static int
reseal_all (struct store_db *db, const struct vault *old, const struct vault *new, int64_t wall_ms,
            struct stui_cause *cause)
{
    struct reseal self = {
        .batch = {.db = db, .wall_ms = wall_ms, .cause = cause}, .old = old, .new = new};
    store_vault_batch_put_vault (&self.batch, new);
    int err = db->functions->scan (db->engine, KEYS_SECRETS, NULL, reseal_visit, &self, cause);
    self.batch.err = self.batch.err ? self.batch.err : err;
    return store_vault_batch_end (&self.batch);
}

/* ---- Opening ------------------------------------------------------------------------------- */

/* Opens it by the key file; it says why when it cannot. */
static void
vault_open_by_file (struct store_db *self)
{
    struct vault *vault = &self->vault;
    struct stui_cause cause = {0};
    struct crypt_key *root = key_file_find (self->key_file, vault->root_id, &cause);
    if (!root || vault_unlock (vault, root, &cause) < 0) {
        vault->state = VAULT_KEYLESS;
        snprintf (vault->why, sizeof vault->why, "%s", cause.text);
    }
    crypt_key_destroy (&root);
}

/* The newest whole record meta/vault of the exports. */
struct sought {
    char *value; /* owned; NULL: none yet */
    size_t size;
    uint64_t generation;
};

static void
sought_visit (void *context, const char *key, const char *value, size_t size)
{
    struct sought *self = context;
    struct record record;
    if (strcmp (key, KEYS_VAULT) != 0 || records_decode (key, value, size, &record) != RECORDS_GOOD
        || (self->value && record.generation <= self->generation))
        return;
    free (self->value);
    self->value = stui_strndup (value, size);
    self->size = size;
    self->generation = record.generation;
}

/* The record that the ledger knows and the database does not show is put back from the exports. */
static int
vault_fetch (struct store_db *self, struct json **body, struct stui_cause *cause)
{
    struct sought sought = {0};
    store_export_each (self->exports, sought_visit, &sought);
    struct engine_change change = {KEYS_VAULT, sought.value, sought.size};
    int err = sought.value ? self->functions->write (self->engine, &change, 1, cause) : 0;
    if (!err && sought.value)
        err = store_db_get (self, KEYS_VAULT, body, cause);
    free (sought.value);
    return err;
}

static bool
sealed_visit (void *context, const char *key, size_t size, const char *value, size_t value_size)
{
    bool *found = context;
    char text[KEYS_SIZE];
    struct record record;
    snprintf (text, sizeof text, "%.*s", (int) size, key);
    *found = records_decode (text, value, value_size, &record) == RECORDS_GOOD
             && record.schema == RECORDS_SCHEMA_SEALED;
    return !*found;
}

/* The vault's record is damaged or gone: what it said of sessions is seen by theirs. */
static void
vault_damaged (struct store_db *self, const char *what)
{
    struct vault *vault = &self->vault;
    store_db_notice (self, "vault_damaged", "", "%s", what);
    vault->state = VAULT_KEYLESS;
    snprintf (vault->why, sizeof vault->why,
              "locked: %.150s: restore a backup, or `stui secret reset`", what);
    self->functions->scan (self->engine, KEYS_SESSIONS, NULL, sealed_visit,
                           &vault->encrypts_sessions, NULL);
}

/* The database was reopened and does not show the record, though the vault is open: it is made again from
 * what is in memory, rather than all that it opens be given up. */
static int
vault_write_back (struct store_db *self, int64_t wall_ms, struct stui_cause *cause)
{
    struct store_vault_batch batch = {.db = self, .wall_ms = wall_ms, .cause = cause};
    store_db_notice (
        self, "vault_restored", "",
        "the record of the keys was not in the database any more and was written anew");
    store_vault_batch_put_vault (&batch, &self->vault);
    return store_vault_batch_end (&batch);
}

int
store_vault_load (struct store_db *self, int64_t wall_ms, struct stui_cause *cause)
{
    struct json *body;
    int err = store_db_get (self, KEYS_VAULT, &body, cause);
    const struct store_ledger_entry *known = store_ledger_find (&self->ledger, KEYS_VAULT);
    bool due = known && known->present > 0;
    if (!err && !body && due)
        err = vault_fetch (self, &body, cause);
    const char *root = json_get_text (body, "root");
    bool same = root && self->vault.state == VAULT_OPEN && strcmp (root, self->vault.root_id) == 0;
    struct stui_cause found = {0};
    if (!err && !root && self->vault.state == VAULT_OPEN)
        err = vault_write_back (self, wall_ms, cause);
    else if (!err && !same && !body && !due)
        vault_fini (&self->vault);
    else if (!err && !same) {
        if (vault_read (&self->vault, body, &found) < 0)
            vault_damaged (self, found.text);
        else if (!self->vault.has_passphrase)
            vault_open_by_file (self);
        else
            key_file_drop_others (self->key_file);
        if (self->vault.state == VAULT_KEYLESS)
            log_warn ("store", "%s", self->vault.why);
    }
    self->encrypts_sessions = self->encrypts_sessions || self->vault.encrypts_sessions;
    json_destroy (&body);
    return err;
}

static int
vault_refuse (const struct store_db *self, struct stui_cause *cause)
{
    return stui_fail (cause, STUI_E_LOCKED, "%s", self->vault.why);
}

/* The root key of a first vault: that in a key file which is there already (a start was cut off
 * between file and record), or a new one. NULL with CAUSE. */
static struct crypt_key *
root_first (struct store_db *self, struct stui_cause *cause)
{
    struct stui_cause found = {0};
    struct crypt_key *root = key_file_read (self->key_file, &found);
    if (!root && found.err != STUI_E_NOT_FOUND) {
        stui_fail (cause, found.err, "%s", found.text);
        return NULL;
    }
    if (!root) {
        root = crypt_key_random ();
        if (key_file_write (self->key_file, root, cause) < 0)
            crypt_key_destroy (&root);
    }
    return root;
}

int
store_vault_need (struct store_db *self, int64_t wall_ms, struct stui_cause *cause)
{
    int err = store_db_closed (self, cause);
    if (err || self->vault.state == VAULT_OPEN)
        return err;
    if (self->vault.state != VAULT_EMPTY)
        return vault_refuse (self, cause);
    struct crypt_key *root = root_first (self, cause);
    if (!root)
        return STUI_E_LOCKED;
    struct vault made;
    vault_make (&made, NULL, root, NULL);
    struct store_vault_batch batch = {.db = self, .wall_ms = wall_ms, .cause = cause};
    store_vault_batch_put_vault (&batch, &made);
    err = store_vault_batch_end (&batch);
    if (err)
        vault_fini (&made);
    else
        self->vault = made;
    crypt_key_destroy (&root);
    return err;
}

int
store_vault_unlock (struct store_db *self, const char *hex, struct stui_cause *cause)
{
    struct vault *vault = &self->vault;
    if (vault->state == VAULT_OPEN && !*hex)
        return 0;
    if (vault->state == VAULT_EMPTY)
        return stui_fail (cause, STUI_E_NOT_FOUND,
                          "this profile has no secrets: there is nothing to unlock");
    if (!vault->has_passphrase) {
        if (vault->state == VAULT_KEYLESS && vault->root_id[0])
            vault_open_by_file (self);
        return vault->state == VAULT_OPEN ? 0 : vault_refuse (self, cause);
    }
    struct crypt_key *root = crypt_key_from_hex (hex);
    int err = root ? vault_unlock (vault, root, cause)
                   : stui_fail (cause, STUI_E_INVALID_REQUEST,
                                "this profile has a passphrase: it is to be given");
    crypt_key_destroy (&root);
    return err;
}

/* ---- Another key --------------------------------------------------------------------------- */

/* Whether CURRENT is the root key, when a passphrase makes it. */
static int
rekey_check (const struct store_db *self, const char *current, struct stui_cause *cause)
{
    struct crypt_key *given = crypt_key_from_hex (current);
    bool right = !self->vault.has_passphrase
                 || (given && strcmp (crypt_key_id (given), self->vault.root_id) == 0);
    crypt_key_destroy (&given);
    return right
               ? 0
               : stui_fail (cause, STUI_E_PERMISSION, "that is not the passphrase of this profile");
}

int
store_vault_rekey (struct store_db *self, const char *current, const char *hex,
                   const struct crypt_kdf *kdf, int64_t wall_ms, struct stui_cause *cause)
{
    int err = store_vault_need (self, wall_ms, cause);
    if (!err)
        err = rekey_check (self, current, cause);
    if (err)
        return err;
    struct crypt_key *root = kdf ? crypt_key_from_hex (hex) : crypt_key_random ();
    if (!root)
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "that is no key");
    char *beside = stui_printf ("%s.new", self->key_file);
    struct vault made;
    vault_make (&made, &self->vault, root, kdf);
    err = kdf ? key_file_put_by (self->key_file, cause) : key_file_write (beside, root, cause);
    if (!err) {
        err = reseal_all (self, &self->vault, &made, wall_ms, cause);
        /* Of a refused batch nobody knows whether it is there: the record will tell. */
        if (err == STUI_E_MALFORMED && kdf) {
            struct crypt_key *back = key_file_find (self->key_file, self->vault.root_id, NULL);
            crypt_key_destroy (&back);
        }
    }
    if (err)
        vault_fini (&made);
    else {
        vault_fini (&self->vault);
        self->vault = made;
        if (!kdf)
            rename (beside, self->key_file);
        key_file_drop_others (self->key_file);
        store_vault_exports_renew (self, wall_ms);
    }
    crypt_key_destroy (&root);
    free (beside);
    return err;
}

/* ---- Sessions ------------------------------------------------------------------------------ */

/* Has the vault's record say whether they are encrypted. */
static int
sessions_note (struct store_db *self, bool encrypt, int64_t wall_ms, struct stui_cause *cause)
{
    int err = store_vault_need (self, wall_ms, cause);
    if (err || self->vault.encrypts_sessions == encrypt)
        return err;
    self->vault.encrypts_sessions = encrypt;
    struct store_vault_batch batch = {.db = self, .wall_ms = wall_ms, .cause = cause};
    store_vault_batch_put_vault (&batch, &self->vault);
    store_vault_batch_remove (&batch, KEYS_SEALED);
    err = store_vault_batch_end (&batch);
    if (err)
        self->vault.encrypts_sessions = !encrypt;
    else
        self->seal = (struct store_seal){0};
    return err;
}

int
store_vault_encrypt_sessions (struct store_db *self, bool encrypt, int64_t wall_ms,
                              struct stui_cause *cause)
{
    struct stui_cause found = {0};
    self->encrypts_sessions = encrypt;
    if (!encrypt && !self->vault.encrypts_sessions)
        return 0;
    int err = sessions_note (self, encrypt, wall_ms, &found);
    if (err && !self->vault.why[0]) /* not one of the vault's own: the disk's, or a key file's */
        snprintf (self->vault.why, sizeof self->vault.why, "%s", found.text);
    return err ? stui_fail (cause, err, "%s", found.text) : 0;
}

bool
store_vault_is_shut (const struct store_db *self)
{
    return (self->encrypts_sessions || self->vault.encrypts_sessions)
           && self->vault.state != VAULT_OPEN;
}

int
store_vault_check_sessions (struct store_db *self, int64_t wall_ms, struct stui_cause *cause)
{
    if (self->encrypts_sessions && !self->vault.encrypts_sessions)
        return sessions_note (self, true, wall_ms, cause);
    return self->vault.encrypts_sessions && self->vault.state != VAULT_OPEN
               ? vault_refuse (self, cause)
               : 0;
}

/* ---- One sealed record --------------------------------------------------------------------- */

int
store_vault_put (struct store_db *self, const char *key, const char *body, int64_t wall_ms,
                 struct stui_cause *cause)
{
    struct store_vault_batch batch = {.db = self, .wall_ms = wall_ms, .cause = cause};
    if (body)
        store_vault_batch_put (&batch, key, body, &self->vault);
    else
        store_vault_batch_remove (&batch, key);
    int err = store_vault_batch_end (&batch);
    if (!err && !body)
        store_vault_exports_renew (self, wall_ms);
    return err;
}

/* ---- Telling ------------------------------------------------------------------------------- */

char *
store_vault_wrap (const struct store_db *self, const char *hex, const struct crypt_kdf *kdf,
                  struct stui_cause *cause)
{
    if (self->vault.state != VAULT_OPEN) {
        stui_fail (cause, STUI_E_LOCKED, "%s",
                   self->vault.why[0] ? self->vault.why : "this profile has no secrets");
        return NULL;
    }
    struct crypt_key *root = crypt_key_from_hex (hex);
    if (!root) {
        stui_fail (cause, STUI_E_INVALID_REQUEST, "that is no key");
        return NULL;
    }
    struct vault copy = self->vault; /* borrows its ring */
    copy.root = root;
    copy.has_passphrase = true;
    copy.kdf = *kdf;
    snprintf (copy.root_id, sizeof copy.root_id, "%s", crypt_key_id (root));
    char *body = vault_print (&copy);
    crypt_key_destroy (&root);
    return body;
}

struct json *
store_vault_report (const struct store_db *self)
{
    const struct vault *vault = &self->vault;
    struct json *report = json_object ();
    json_set_text (report, "state", vault_state_word (vault->state));
    json_set_text (report, "why", vault->why);
    json_set (report, "argon2id",
              vault->has_passphrase ? crypt_kdf_to_json (&vault->kdf) : json_null ());
    json_set_bool (report, "encrypt_sessions", vault->encrypts_sessions);
    json_set (report, "aside", store_aside_list (self));
    return report;
}
