/* store_aside.c: see store_aside.h. */

#include "actors/store_aside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/key_file.h"
#include "actors/keys.h"
#include "actors/migrate.h"
#include "actors/records.h"
#include "actors/store_index.h"
#include "actors/store_vault.h"
#include "actors/store_vault_batch.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

/* ---- Setting aside --------------------------------------------------------------------------- */

struct reset {
    struct store_vault_batch batch;
    struct json *secrets; /* owned until it is in the record's body */
};

/* A record that is as it should be, as JSON; NULL: it is damaged. Caller owns. */
static struct json *
body_read (const char *key, const char *value, size_t size, int64_t schema)
{
    struct record record;
    bool good =
        records_decode (key, value, size, &record) == RECORDS_GOOD && record.schema == schema;
    return good ? json_parse (record.body, record.body_size, NULL) : NULL;
}

static bool
reset_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct reset *self = context;
    struct keys_key parts;
    char key[KEYS_SIZE];
    if (keys_parse (bytes, size, &parts) < 0 || parts.kind != KEYS_KIND_SECRET)
        return true;
    snprintf (key, sizeof key, "%.*s", (int) size, bytes);
    struct json *body = body_read (key, value, value_size, RECORDS_SCHEMA_SEALED);
    if (body) {
        json_set (self->secrets, parts.image, body);
        store_vault_batch_remove (&self->batch, key);
    }
    else
        store_vault_batch_move_aside (&self->batch, key, value, value_size);
    return true;
}

/* Takes the vault's record out: its body, or NULL when it is not whole. */
static struct json *
reset_take_vault (struct reset *self)
{
    struct store_db *db = self->batch.db;
    char *value;
    size_t size;
    if (db->functions->get (db->engine, KEYS_VAULT, &value, &size, NULL) != 0)
        return NULL;
    struct json *body = body_read (KEYS_VAULT, value, size, RECORDS_SCHEMA);
    if (body)
        store_vault_batch_remove (&self->batch, KEYS_VAULT);
    else
        store_vault_batch_move_aside (&self->batch, KEYS_VAULT, value, size);
    free (value);
    return body;
}

/* A key where nothing lies yet. */
static void
reset_place (const struct store_db *db, int64_t wall_ms, char key[KEYS_SIZE])
{
    uint64_t seq = (uint64_t) wall_ms;
    char *value = NULL;
    size_t size;
    for (keys_aside (key, seq); db->functions->get (db->engine, key, &value, &size, NULL) == 0;
         keys_aside (key, ++seq))
        free (value);
}

int
store_aside_reset (struct store_db *self, int64_t wall_ms, struct stui_cause *cause)
{
    char place[KEYS_SIZE];
    int err = store_db_closed (self, cause);
    if (err)
        return err;
    struct reset reset = {.batch = {.db = self, .wall_ms = wall_ms, .cause = cause},
                          .secrets = json_object ()};
    struct json *body = json_object (), *vault = reset_take_vault (&reset);
    reset.batch.err =
        self->functions->scan (self->engine, KEYS_SECRETS, NULL, reset_visit, &reset, cause);
    if (vault || json_count (reset.secrets) > 0) {
        json_set_number (body, "at_ms", wall_ms);
        json_set (body, "vault", vault ? vault : json_null ());
        json_set (body, "secrets", reset.secrets);
        char *text = json_print (body);
        reset_place (self, wall_ms, place);
        store_vault_batch_put (&reset.batch, place, text, NULL);
        free (text);
    }
    else
        json_destroy (&reset.secrets);
    json_destroy (&body);
    err = store_vault_batch_end (&reset.batch);
    if (err)
        return err;
    key_file_put_aside (self->key_file, wall_ms);
    key_file_drop_others (self->key_file);
    vault_fini (&self->vault);
    /* The next start would not know that they are to be encrypted, if no record said so. */
    return self->encrypts_sessions ? store_vault_check_sessions (self, wall_ms, cause) : 0;
}

/* ---- What lies there ------------------------------------------------------------------------- */

static bool
list_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct keys_key parts;
    char key[KEYS_SIZE];
    if (keys_parse (bytes, size, &parts) < 0 || parts.kind != KEYS_KIND_ASIDE)
        return true;
    snprintf (key, sizeof key, "%.*s", (int) size, bytes);
    struct json *body = body_read (key, value, value_size, RECORDS_SCHEMA);
    if (body) {
        json_set_text (body, "place", key);
        json_push (context, body);
    }
    return true;
}

/* The bodies of all that lies there, each with its `place`. Caller owns. */
static struct json *
aside_read (const struct store_db *self)
{
    struct json *all = json_array ();
    if (self->engine)
        self->functions->scan (self->engine, KEYS_ASIDE, NULL, list_visit, all, NULL);
    return all;
}

struct json *
store_aside_list (const struct store_db *self)
{
    struct json *list = json_array (), *all = aside_read (self);
    for (const struct json *one = json_first (all); one; one = json_next (one)) {
        const struct json *kdf = json_get (json_get (one, "vault"), "argon2id");
        struct json *row = json_object ();
        json_set_number (row, "at_ms", json_get_number (one, "at_ms", 0));
        json_set_number (row, "secrets", (int64_t) json_count (json_get (one, "secrets")));
        json_set (row, "argon2id", kdf ? json_copy (kdf) : json_null ());
        json_push (list, row);
    }
    json_destroy (&all);
    return list;
}

/* ---- Back ------------------------------------------------------------------------------------ */

struct back {
    struct store_vault_batch batch;
    struct vault *vault;         /* of today, open */
    const struct crypt_key *key; /* NULL: those of the files */
    struct json *secrets, *kept; /* names of those that are back, and of those that stay */
};

static bool
list_has (const struct json *list, const char *name)
{
    for (const struct json *one = json_first (list); one; one = json_next (one))
        if (strcmp (json_text (one), name) == 0)
            return true;
    return false;
}

/* Has the vault OLD open, which BODY describes, if its key is there. */
static bool
back_open (const struct back *self, const struct json *body, struct vault *old)
{
    struct crypt_key *file = NULL;
    if (vault_read (old, json_get (body, "vault"), NULL) < 0)
        return false;
    if (!self->key && !old->has_passphrase)
        file = key_file_find_aside (self->batch.db->key_file, old->root_id);
    const struct crypt_key *root = self->key ? self->key : file;
    bool open = root && vault_unlock (old, root, NULL) == 0;
    crypt_key_destroy (&file);
    return open;
}

/* Puts the secret NAME back, whose BODY was sealed by OLD, unless there is a newer one. */
static void
back_secret (struct back *self, const char *name, const struct json *body, const struct vault *old)
{
    struct store_db *db = self->batch.db;
    char key[KEYS_SIZE], *value = NULL, *text = json_print (body);
    size_t size;
    bool is_new = keys_secret (key, name, NULL) == 0 && !list_has (self->secrets, name)
                  && db->functions->get (db->engine, key, &value, &size, NULL) == STUI_E_NOT_FOUND;
    if (is_new) {
        char *plain = vault_unseal (old, key, text, strlen (text), &size, self->batch.cause);
        if (plain)
            store_vault_batch_put (&self->batch, key, plain, self->vault);
        else
            self->batch.err = STUI_E_MALFORMED;
        crypt_free (&plain);
    }
    json_push (is_new ? self->secrets : self->kept, json_string (name));
    free (value);
    free (text);
}

/* Brings back what BODY holds, if it opens; whether it did. */
static bool
back_one (struct back *self, const struct json *body)
{
    struct vault old = {0};
    bool opens = back_open (self, body, &old);
    const struct json *secret = opens ? json_first (json_get (body, "secrets")) : NULL;
    for (; secret && !self->batch.err; secret = json_next (secret))
        back_secret (self, json_key (secret), secret, &old);
    if (opens) {
        vault_adopt (self->vault, &old);
        store_vault_batch_remove (&self->batch, json_get_text (body, "place"));
    }
    vault_fini (&old);
    return opens;
}

/* Damaged secrets, and the record of their keys: what an earlier reset met so. */
static bool
quarantine_visit (void *context, const char *bytes, size_t size, const char *value,
                  size_t value_size)
{
    (void) value, (void) value_size;
    static const char *const prefixes[] = {KEYS_QUARANTINE KEYS_SECRETS,
                                           KEYS_QUARANTINE KEYS_VAULT};
    for (size_t index = 0; index < sizeof prefixes / sizeof *prefixes; index++)
        *(size_t *) context += size >= strlen (prefixes[index])
                               && memcmp (bytes, prefixes[index], strlen (prefixes[index])) == 0;
    return true;
}

int
store_aside_restore (struct store_db *self, const char *hex, int64_t wall_ms, struct json **result,
                     struct stui_cause *cause)
{
    struct crypt_key *key = *hex ? crypt_key_from_hex (hex) : NULL;
    *result = NULL;
    if (*hex && !key)
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "that is no key");
    int err = store_vault_need (self, wall_ms, cause);
    struct back back = {.batch = {.db = self, .wall_ms = wall_ms, .cause = cause},
                        .vault = &self->vault,
                        .key = key,
                        .secrets = json_array (),
                        .kept = json_array ()};
    struct json *all = err ? json_array () : aside_read (self);
    size_t opened = 0;
    for (size_t at = json_count (all); at-- > 0 && !back.batch.err;) /* the newest first */
        opened += back_one (&back, json_at (all, at));
    if (!err && opened == 0)
        err = stui_fail (cause, STUI_E_PERMISSION,
                         key ? "that passphrase opens nothing that was set aside"
                             : "no key file of what was set aside is there: put it into the "
                               "profile's directory as key.aside-old, then again");
    if (opened > 0)
        store_vault_batch_put_vault (&back.batch, &self->vault);
    back.batch.err = back.batch.err ? back.batch.err : err;
    err = store_vault_batch_end (&back.batch);
    *result = json_object ();
    json_set (*result, "secrets", back.secrets);
    json_set (*result, "kept", back.kept);
    size_t damaged = 0;
    if (!err)
        self->functions->scan (self->engine, KEYS_QUARANTINE, NULL, quarantine_visit, &damaged,
                               NULL);
    json_set_number (*result, "quarantined", (int64_t) damaged);
    if (err)
        json_destroy (result);
    json_destroy (&all);
    crypt_key_destroy (&key);
    return err;
}

int
store_aside_discard (struct store_db *self, int64_t wall_ms, size_t *count,
                     struct stui_cause *cause)
{
    int err = store_db_closed (self, cause);
    struct json *all = err ? json_array () : aside_read (self);
    struct store_vault_batch batch = {.db = self, .wall_ms = wall_ms, .cause = cause, .err = err};
    *count = json_count (all);
    for (const struct json *one = json_first (all); one; one = json_next (one))
        store_vault_batch_remove (&batch, json_get_text (one, "place"));
    err = store_vault_batch_end (&batch);
    if (!err && *count > 0)
        store_vault_exports_renew (self, wall_ms);
    json_destroy (&all);
    return err;
}
