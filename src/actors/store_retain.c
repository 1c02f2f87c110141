/* store_retain.c: see store_retain.h. */

#include "actors/store_retain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/engine_batch.h"
#include "actors/keys.h"
#include "actors/migrate.h"
#include "actors/records.h"
#include "actors/store_index.h"
#include "actors/store_vault.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

static const int64_t day_ms = INT64_C (86400000);

/* What is to go. */
struct retain {
    struct store_db *db;
    int64_t wall_ms;
    char subject[KEYS_SIZE]; /* the session met last */
    bool is_old;             /* its newest generation so far is of a closed one, long ago */
    char **subjects;         /* owned */
    size_t count, capacity;
    uint64_t events_until; /* events up to this one are too old */
    size_t events;
};

static void
retain_settle (struct retain *self)
{
    if (self->is_old && self->count < STORE_RETAIN_AT_ONCE) {
        stui_grow (&self->subjects, &self->capacity, self->count, sizeof *self->subjects);
        self->subjects[self->count++] = stui_strdup (self->subject);
    }
    self->is_old = false;
}

static bool
is_closed (const struct retain *self, const char *key, struct record *record)
{
    static const char mark[] = "\"closed\"";
    char *plain;
    if (store_vault_open_record (self->db, key, record, &plain, NULL) < 0)
        return false; /* while nobody can tell it stays */
    bool closed = false;
    if (memmem (record->body, record->body_size, mark, sizeof mark - 1)) { /* most are told so */
        struct json *body = migrate_body (KEYS_KIND_SESSION, record);
        const char *state = json_get_text (body, "state");
        closed = state && strcmp (state, "closed") == 0 && !json_get_bool (body, "open", false);
        json_destroy (&body);
    }
    crypt_free (&plain);
    return closed;
}

static bool
session_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct retain *self = context;
    struct keys_key key;
    struct record record;
    char subject[KEYS_SIZE], text[KEYS_SIZE];
    if (!store_index_subject (bytes, size, &key, subject))
        return true;
    if (strcmp (subject, self->subject) != 0)
        retain_settle (self);
    snprintf (self->subject, sizeof self->subject, "%s", subject);
    store_index_add (self->db, subject, key.number);
    snprintf (text, sizeof text, "%.*s", (int) size, bytes);
    self->is_old = records_decode (NULL, value, value_size, &record) == RECORDS_GOOD
                   && self->wall_ms - record.written_at_ms > STORE_RETAIN_CLOSED_DAYS * day_ms
                   && is_closed (self, text, &record);
    return true;
}

static bool
event_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct retain *self = context;
    struct keys_key key;
    struct record record;
    if (!store_index_record (bytes, size, value, value_size, &key, &record))
        return true;
    if (self->wall_ms - record.written_at_ms <= STORE_RETAIN_EVENT_DAYS * day_ms)
        return false; /* they come in their order */
    self->events_until = key.number;
    return ++self->events < STORE_RETAIN_AT_ONCE;
}

static void
retain_gather (const struct retain *self, struct engine_batch *batch)
{
    char key[KEYS_SIZE + 16];
    for (size_t index = 0; index < self->count; index++) {
        const struct store_index_entry *entry =
            zhashx_lookup (self->db->sessions, self->subjects[index]);
        for (size_t at = 0; entry && at < entry->count; at++) {
            snprintf (key, sizeof key, "%s%016" PRIx64, self->subjects[index],
                      entry->generations[at]);
            engine_batch_delete (batch, key);
        }
    }
    for (uint64_t seq = self->db->first_seq; self->events > 0 && seq <= self->events_until; seq++) {
        keys_event (key, seq);
        engine_batch_delete (batch, key);
    }
}

static int
retain_delete (struct retain *self, struct stui_cause *cause)
{
    struct store_db *db = self->db;
    struct engine_batch batch = {0};
    for (size_t index = 0; index < self->count; index++)
        store_ledger_note (&db->ledger, self->subjects[index], 0);
    int err = self->count > 0 ? store_ledger_rewrite (&db->ledger, cause) : 0;
    retain_gather (self, &batch);
    if (!err)
        err = engine_batch_write (&batch, db->functions, db->engine, cause);
    engine_batch_fini (&batch);
    for (size_t index = 0; !err && index < self->count; index++)
        zhashx_delete (db->sessions, self->subjects[index]);
    if (!err && self->events > 0)
        db->first_seq = self->events_until + 1;
    return err;
}

int
store_retain (struct store_db *db, int64_t wall_ms, struct stui_cause *cause)
{
    struct retain retain = {.db = db, .wall_ms = wall_ms};
    int err = store_db_closed (db, cause);
    if (!err)
        err = db->functions->scan (db->engine, KEYS_SESSIONS, NULL, session_visit, &retain, cause);
    retain_settle (&retain);
    if (!err)
        err = db->functions->scan (db->engine, KEYS_EVENTS, NULL, event_visit, &retain, cause);
    if (!err)
        err = retain_delete (&retain, cause);
    for (size_t index = 0; index < retain.count; index++)
        free (retain.subjects[index]);
    free (retain.subjects);
    return err ? err : (int) (retain.count + retain.events);
}
