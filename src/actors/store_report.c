/* store_report.c: see store_report.h. */

#include "actors/store_report.h"

#include "actors/keys.h"
#include "actors/store_export.h"
#include "actors/store_files.h"
#include "actors/store_index.h"
#include "actors/store_vault.h"
#include "runtime/json.h"

static bool
count_visit (void *context, const char *key, size_t key_size, const char *value, size_t value_size)
{
    (void) key, (void) key_size, (void) value, (void) value_size;
    ++*(size_t *) context;
    return true;
}

/* What the reaper has counted, of what it saved last; empty where that cannot be read. */
static struct json *
report_reaped (struct store_db *db, const struct store_policy *policy)
{
    const struct store_write *write = store_policy_find (policy, KEYS_REAPER);
    struct json *reaper = write ? json_parse (write->body, write->bytes, NULL) : NULL;
    struct stui_cause cause;
    if (!write && db->engine && store_db_get (db, KEYS_REAPER, &reaper, &cause) < 0)
        reaper = NULL;
    struct json *counts = json_is_object (reaper) ? json_take (reaper, "counts") : NULL;
    json_destroy (&reaper);
    return counts ? counts : json_object ();
}

struct json *
store_report (struct store_db *db, const struct store_policy *policy,
              const struct stui_cause *cause)
{
    size_t images = 0, sessions = 0, quarantined = 0, archived = 0;
    int64_t exported_at_ms;
    store_db_count (db, &images, &sessions, NULL);
    if (db->engine)
        db->functions->scan (db->engine, KEYS_QUARANTINE, NULL, count_visit, &quarantined, NULL);
    if (db->engine)
        db->functions->scan (db->engine, KEYS_ARCHIVE, NULL, count_visit, &archived, NULL);
    size_t exports = store_export_count (db->exports, &exported_at_ms);
    uint64_t events = db->last_seq ? db->last_seq - db->first_seq + 1 : 0;
    struct json *result = json_object ();
    json_set_text (result, "path", db->path);
    json_set_bool (result, "degraded", policy->state != STORE_POLICY_HEALTHY);
    json_set_text (result, "cause", cause->text);
    json_set_number (result, "images", (int64_t) images);
    json_set_number (result, "sessions", (int64_t) sessions);
    json_set_number (result, "events", (int64_t) events);
    json_set_number (result, "events_dropped", (int64_t) policy->dropped);
    json_set_number (result, "waiting", (int64_t) policy->count);
    size_t unsaved = 0;
    for (size_t index = 0; index < policy->count; index++)
        unsaved += policy->writes[index].kind == STORE_WRITE_SESSION;
    json_set_number (result, "unsaved", (int64_t) unsaved);
    json_set_number (result, "generation", (int64_t) db->generation);
    json_set_number (result, "exports", (int64_t) exports);
    json_set_number (result, "exported_at_ms", exported_at_ms);
    json_set_number (result, "free_bytes", (int64_t) store_files_free (db->exports));
    json_set_number (result, "quarantined", (int64_t) quarantined);
    json_set_number (result, "archived", (int64_t) archived);
    json_set_number (result, "databases_aside",
                     (int64_t) store_files_bound (db->path, ".damaged-", SIZE_MAX));
    json_set (result, "vault", store_vault_report (db));
    json_set (result, "losses", json_copy (db->losses));
    json_set (result, "reaped", report_reaped (db, policy));
    return result;
}
