/* store_retain.c: see store_retain.h. */

#include "actors/store_retain.h"

#include "actors/engine_batch.h"
#include "actors/keys.h"
#include "actors/records.h"
#include "actors/store_index.h"

static const int64_t day_ms = INT64_C (86400000);

/* What is to go. */
struct retain {
    struct store_db *db;
    int64_t wall_ms;
    uint64_t events_until; /* events up to this one are too old */
    size_t events;
};

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

int
store_retain (struct store_db *db, int64_t wall_ms, struct stui_cause *cause)
{
    struct retain retain = {.db = db, .wall_ms = wall_ms};
    struct engine_batch batch = {0};
    char key[KEYS_SIZE];
    int err = store_db_closed (db, cause);
    if (!err)
        err = db->functions->scan (db->engine, KEYS_EVENTS, NULL, event_visit, &retain, cause);
    for (uint64_t seq = db->first_seq; retain.events > 0 && seq <= retain.events_until; seq++) {
        keys_event (key, seq);
        engine_batch_delete (&batch, key);
    }
    if (!err)
        err = engine_batch_write (&batch, db->functions, db->engine, cause);
    engine_batch_fini (&batch);
    if (!err && retain.events > 0)
        db->first_seq = retain.events_until + 1;
    return err ? err : (int) retain.events;
}
