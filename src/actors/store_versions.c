/* store_versions.c: the versions of one session that the database holds (store_db.h). */

#include "actors/store_db.h"

#include "actors/keys.h"
#include "actors/migrate.h"
#include "actors/records.h"
#include "actors/store_index.h"
#include "actors/store_vault.h"
#include "runtime/clock.h"
#include "runtime/json.h"

/* A scan over the generations of one session, oldest first. */
struct versions {
    const struct store_db *db;
    struct json *found[RECORDS_GENERATIONS]; /* owned */
    size_t count;
    struct stui_cause locked; /* one of them is */
};

static bool
versions_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct versions *self = context;
    struct keys_key key;
    struct record record;
    char written[CLOCK_TEXT_SIZE], text[KEYS_SIZE];
    if (keys_parse (bytes, size, &key) < 0 || self->count == RECORDS_GENERATIONS)
        return true;
    snprintf (text, sizeof text, "%.*s", (int) size, bytes);
    if (records_decode (text, value, value_size, &record) != RECORDS_GOOD)
        return true; /* a damaged one is told of when the sessions are loaded */
    char *plain;
    struct stui_cause cause = {0};
    if (store_vault_open_record (self->db, text, &record, &plain, &cause) == STUI_E_LOCKED)
        self->locked = cause;
    struct json *body = cause.err ? NULL : migrate_body (KEYS_KIND_SESSION, &record);
    crypt_free (&plain);
    if (!body)
        return true;
    json_set_number (body, "generation", (int64_t) record.generation);
    json_set_text (body, "written_at", clock_format (record.written_at_ms, written));
    self->found[self->count++] = body;
    return true;
}

int
store_db_versions (struct store_db *self, const char *image, const char *session,
                   struct json **result, struct stui_cause *cause)
{
    struct versions versions = {.db = self};
    char prefix[KEYS_SIZE];
    int err = keys_session_prefix (prefix, image, session, cause);
    if (!err)
        err = store_db_closed (self, cause);
    if (!err)
        err = self->functions->scan (self->engine, prefix, NULL, versions_visit, &versions, cause);
    if (!err && versions.locked.err && versions.count == 0)
        err = stui_fail (cause, STUI_E_LOCKED, "%s", versions.locked.text);
    struct json *newest_first = json_array ();
    while (versions.count > 0)
        json_push (newest_first, versions.found[--versions.count]);
    if (err) {
        json_destroy (&newest_first);
        return err;
    }
    *result = json_object ();
    json_set (*result, "versions", newest_first);
    return 0;
}
