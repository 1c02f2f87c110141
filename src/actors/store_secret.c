/* store_secret.c: the secrets in the vault, one record each (store_vault.h). */

#include "actors/store_vault.h"

#include <stdlib.h>
#include <string.h>

#include "actors/keys.h"
#include "actors/records.h"
#include "actors/store_db.h"
#include "actors/store_index.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

int
store_secret_set (struct store_db *self, const char *name, const char *value, int64_t wall_ms,
                  struct stui_cause *cause)
{
    char key[KEYS_SIZE];
    int err = keys_secret (key, name, cause);
    if (!err && (!*value || strlen (value) > STUI_TOKEN_MAX))
        err =
            stui_fail (cause, STUI_E_INVALID_REQUEST, "a secret has 1 to %d bytes", STUI_TOKEN_MAX);
    if (!err)
        err = store_vault_need (self, wall_ms, cause);
    if (err)
        return err;
    struct json *body = json_object ();
    json_set_text (body, "value", value);
    char *text = json_print (body);
    err = store_vault_put (self, key, text, wall_ms, cause);
    crypt_free (&text);
    json_destroy (&body);
    return err;
}

int
store_secret_get (struct store_db *self, const char *name, char **value, struct stui_cause *cause)
{
    char key[KEYS_SIZE], *bytes = NULL, *plain = NULL;
    size_t size;
    struct record record;
    *value = NULL;
    int err = keys_secret (key, name, cause);
    if (!err)
        err = store_db_closed (self, cause);
    if (!err)
        err = self->functions->get (self->engine, key, &bytes, &size, cause);
    if (err == STUI_E_NOT_FOUND)
        err =
            stui_fail (cause, err, "there is no secret %.64s: `stui secret set %.64s`", name, name);
    if (!err
        && (records_decode (key, bytes, size, &record) != RECORDS_GOOD
            || record.schema != RECORDS_SCHEMA_SEALED))
        err =
            stui_fail (cause, STUI_E_MALFORMED, "the secret %.64s is damaged: set it again", name);
    if (!err)
        err = store_vault_open_record (self, key, &record, &plain, cause);
    if (!err) {
        struct json *body = json_parse (record.body, record.body_size, NULL);
        const char *text = json_get_text (body, "value");
        *value = stui_strdup (text ? text : "");
        json_destroy (&body);
    }
    crypt_free (&plain);
    free (bytes);
    return err;
}

int
store_secret_remove (struct store_db *self, const char *name, int64_t wall_ms,
                     struct stui_cause *cause)
{
    char key[KEYS_SIZE], *bytes;
    size_t size;
    int err = keys_secret (key, name, cause);
    if (!err)
        err = store_db_closed (self, cause);
    if (!err)
        err = self->functions->get (self->engine, key, &bytes, &size, cause);
    if (err)
        return err == STUI_E_NOT_FOUND
                   ? stui_fail (cause, err, "there is no secret %.64s: see `stui secret ls`", name)
                   : err;
    free (bytes);
    return store_vault_put (self, key, NULL, wall_ms, cause);
}

static bool
names_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    (void) value, (void) value_size;
    struct json *names = context;
    struct keys_key key;
    if (keys_parse (bytes, size, &key) == 0 && key.kind == KEYS_KIND_SECRET)
        json_push (names, json_string (key.image));
    return true;
}

int
store_secret_names (struct store_db *self, struct json **names, struct stui_cause *cause)
{
    *names = json_array ();
    int err = store_db_closed (self, cause);
    if (!err)
        err = self->functions->scan (self->engine, KEYS_SECRETS, NULL, names_visit, *names, cause);
    if (err)
        json_destroy (names);
    return err;
}
