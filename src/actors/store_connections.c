/* store_connections.c: see store_connections.h. From top to bottom: reading and writing one, an
 * earlier run, what a supervisor asks, folding, what is reported. Marks are store_marks.c's. */

#include "actors/store_connections.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/engine_batch.h"
#include "actors/history.h"
#include "actors/keys.h"
#include "actors/migrate.h"
#include "actors/records.h"
#include "actors/store_index.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/log.h"

#define SUPERVISOR_GONE "its supervisor ended without a word"
#define STUI_GONE       "stui ended without a word"

/* ---- One connection -------------------------------------------------------------------------- */

/* What last/NAME holds: the row, and when which run wrote it. */
struct last {
    struct history_row row;
    int64_t run, run_ms;
};

static bool
last_from_json (struct last *self, const struct json *body)
{
    self->run = json_get_number (body, "run", 0);
    self->run_ms = json_get_number (body, "run_ms", 0);
    return history_row_from_json (&self->row, body);
}

/* The body of last/NAME for ROW, as this run writes it at NOW. Caller frees. */
static char *
last_body (const struct store_db *db, const struct history_row *row, int64_t now_ms)
{
    struct json *json = history_row_to_json (row);
    json_set_number (json, "run", (int64_t) db->generation);
    json_set_number (json, "run_ms", now_ms);
    char *body = json_print (json);
    json_destroy (&json);
    return body;
}

static char *
row_body (const struct history_row *row)
{
    struct json *json = history_row_to_json (row);
    char *body = json_print (json);
    json_destroy (&json);
    return body;
}

/* The body under KEY, which WAITING knows better. */
static int
body_load (struct store_db *db, const struct store_policy *waiting, const char *key,
           struct json **body, struct stui_cause *cause)
{
    const struct store_write *write = waiting ? store_policy_find (waiting, key) : NULL;
    *body = write ? json_parse (write->body, write->bytes, NULL) : NULL;
    if (*body)
        return 0;
    int err = store_db_closed (db, cause);
    return err ? err : store_db_get (db, key, body, cause);
}

/* ---- An earlier run -------------------------------------------------------------------------- */

char *
store_connections_alive (const struct store_db *db, int64_t now_ms, int64_t wall_ms)
{
    return stui_printf ("{\"run\":%" PRIu64 ",\"run_ms\":%" PRId64 ",\"at_ms\":%" PRId64 "}",
                        db->generation, now_ms, wall_ms);
}

/* Ends what is open. */
struct begin {
    struct store_db *db;
    int64_t wall_ms;
    int64_t run, run_ms; /* when stui last ran */
    struct engine_batch batch;
};

static void
begin_add (struct begin *self, const char *key, char *body)
{
    size_t size;
    uint64_t number = store_db_stamp (self->db);
    char *value = records_encode (key, body, false, number, self->wall_ms, &size);
    engine_batch_take (&self->batch, key, &value, size);
    free (body);
}

static bool
begin_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct begin *self = context;
    struct keys_key parts;
    struct record record;
    struct last last;
    char key[KEYS_SIZE];
    if (keys_parse (bytes, size, &parts) < 0)
        return true;
    keys_last (key, parts.image, NULL);
    if (records_decode (key, value, value_size, &record) != RECORDS_GOOD)
        return true; /* set aside by whoever reads it next */
    struct json *body = migrate_body (KEYS_KIND_LAST, &record);
    if (last_from_json (&last, body) && last.row.ended_at_ms == 0) {
        if (last.run == self->run)
            history_row_advance (&last.row, self->run_ms - last.run_ms);
        int64_t began_ms = last.row.online_at_ms > 0 ? last.row.online_at_ms : last.row.from_ms;
        int64_t lasted_ms = last.row.online_at_ms > 0 ? last.row.up_ms : last.row.down_ms;
        history_row_end (&last.row, began_ms + lasted_ms, false, HISTORY_STUI_ENDED, STUI_GONE);
        begin_add (self, key, last_body (self->db, &last.row, 0));
        keys_connection (key, parts.image, last.row.seq, NULL);
        begin_add (self, key, row_body (&last.row));
    }
    json_destroy (&body);
    return true;
}

void
store_connections_begin (struct store_db *db, int64_t wall_ms)
{
    struct begin begin = {.db = db, .wall_ms = wall_ms};
    struct json *alive = NULL;
    struct stui_cause cause = {0};
    if (db->connections_begun || store_db_closed (db, NULL) < 0)
        return;
    int err = store_db_get (db, KEYS_ALIVE, &alive, &cause);
    begin.run = json_get_number (alive, "run", -1);
    begin.run_ms = json_get_number (alive, "run_ms", 0);
    if (!err)
        err = db->functions->scan (db->engine, KEYS_LASTS, NULL, begin_visit, &begin, &cause);
    if (!err)
        err = engine_batch_write (&begin.batch, db->functions, db->engine, &cause);
    if (err)
        log_warn ("store", "connections of an earlier run stay open: %s", cause.text);
    db->connections_begun = !err;
    engine_batch_fini (&begin.batch);
    json_destroy (&alive);
}

/* ---- What a supervisor asks ------------------------------------------------------------------ */

/* ROW of NAME: the newest one, and when it has ended also in its own place. LAST: nothing of the
 * same message follows. */
static void
row_put (const struct store_db *db, const char *name, const struct history_row *row, int64_t now_ms,
         bool last, store_connections_put *put, void *context)
{
    char key[KEYS_SIZE];
    if (row->ended_at_ms > 0) {
        char *body = row_body (row);
        keys_connection (key, name, row->seq, NULL);
        put (context, STORE_WRITE_CONNECTION, key, &body, false);
    }
    char *body = last_body (db, row, now_ms);
    keys_last (key, name, NULL);
    put (context, STORE_WRITE_META, key, &body, last);
}

int
store_connections_save (const struct store_db *db, const char *name, const char *text,
                        int64_t now_ms, store_connections_put *put, void *context,
                        struct stui_cause *cause)
{
    char key[KEYS_SIZE];
    struct history_row row;
    int err = keys_last (key, name, cause);
    struct json *rows = err ? NULL : json_parse (text, strlen (text), cause);
    size_t count = json_is_array (rows) ? json_count (rows) : 0;
    if (!err && (count == 0 || count > STORE_CONNECTIONS_SAVE))
        err = stui_fail (cause, STUI_E_INVALID_REQUEST,
                         "connections are saved in an array of 1 to %d", STORE_CONNECTIONS_SAVE);
    for (const struct json *one = json_first (rows); !err && one; one = json_next (one))
        if (!history_row_from_json (&row, one))
            err = stui_fail (cause, STUI_E_INVALID_REQUEST,
                             "a connection of %.64s has no seq, or no from_ms", name);
    for (const struct json *one = err ? NULL : json_first (rows); one; one = json_next (one)) {
        history_row_from_json (&row, one);
        row_put (db, name, &row, now_ms, json_next (one) == NULL, put, context);
    }
    json_destroy (&rows);
    return err;
}

static bool
newest_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    (void) value, (void) value_size;
    struct keys_key parts;
    if (keys_parse (bytes, size, &parts) == 0)
        *(uint64_t *) context = parts.number;
    return true;
}

/* The greatest number there is, when last/NAME does not say. */
static int
newest_find (struct store_db *db, const char *name, uint64_t *seq, struct stui_cause *cause)
{
    char key[KEYS_SIZE];
    struct json *sums = NULL;
    keys_history (key, name, NULL);
    int err = store_db_get (db, key, &sums, cause);
    *seq = (uint64_t) json_get_number (sums, "folded", 0);
    json_destroy (&sums);
    keys_connections (key, name, NULL);
    return err ? err : db->functions->scan (db->engine, key, NULL, newest_visit, seq, cause);
}

int
store_connections_last (struct store_db *db, const struct store_policy *waiting, const char *name,
                        int64_t now_ms, int64_t wall_ms, store_connections_put *put, void *context,
                        uint64_t *seq, struct stui_cause *cause)
{
    char key[KEYS_SIZE];
    struct json *body = NULL;
    struct last last;
    int err = keys_last (key, name, cause);
    if (!err)
        err = body_load (db, waiting, key, &body, cause);
    bool found = last_from_json (&last, body);
    json_destroy (&body);
    if (err)
        return err;
    if (!found)
        return newest_find (db, name, seq, cause);
    *seq = last.row.seq;
    if (last.row.ended_at_ms > 0)
        return 0;
    if (last.run == (int64_t) db->generation)
        history_row_advance (&last.row, now_ms - last.run_ms);
    history_row_end (&last.row, wall_ms, false, HISTORY_STUI_ENDED, SUPERVISOR_GONE);
    row_put (db, name, &last.row, now_ms, false, put, context);
    return 0;
}

/* ---- All of an image ------------------------------------------------------------------------- */

struct rows {
    struct store_db *db;
    struct history history;
    struct history_row *items; /* owned; rising */
    size_t count, capacity;
};

static void
rows_fini (struct rows *self)
{
    history_fini (&self->history);
    free (self->items);
}

static void
rows_add (struct rows *self, const struct history_row *row)
{
    bool known = self->count > 0 && self->items[self->count - 1].seq >= row->seq;
    if (known || row->seq <= self->history.folded)
        return;
    if (self->count == STORE_CONNECTIONS_READ)
        memmove (self->items, self->items + 1, --self->count * sizeof *self->items);
    stui_grow (&self->items, &self->capacity, self->count, sizeof *self->items);
    self->items[self->count++] = *row;
}

static bool
rows_visit (void *context, const char *bytes, size_t size, const char *value, size_t value_size)
{
    struct rows *self = context;
    struct keys_key parts;
    struct record record;
    struct history_row row;
    char key[KEYS_SIZE];
    if (keys_parse (bytes, size, &parts) < 0)
        return true;
    keys_connection (key, parts.image, parts.number, NULL);
    enum records_verdict verdict = records_decode (key, value, value_size, &record);
    struct json *body =
        verdict == RECORDS_GOOD ? migrate_body (KEYS_KIND_CONNECTION, &record) : NULL;
    if (history_row_from_json (&row, body) && row.seq == parts.number)
        rows_add (self, &row);
    else if (verdict != RECORDS_NEWER)
        store_db_set_aside (self->db, key, value, value_size);
    json_destroy (&body);
    return true;
}

/* The sums of NAME, and its connections that ended and are not in them. */
static int
rows_load (struct rows *self, struct store_db *db, const char *name, struct stui_cause *cause)
{
    char key[KEYS_SIZE], from[KEYS_SIZE];
    struct json *sums = NULL;
    *self = (struct rows){.db = db};
    int err = keys_history (key, name, cause);
    if (!err)
        err = store_db_closed (db, cause);
    if (!err)
        err = store_db_get (db, key, &sums, cause);
    if (err)
        return err;
    history_from_json (&self->history, sums);
    json_destroy (&sums);
    keys_connections (key, name, NULL);
    keys_connection (from, name, self->history.folded + 1, NULL);
    err = db->functions->scan (db->engine, key, from, rows_visit, self, cause);
    return err == STUI_E_MALFORMED ? 0 : err; /* the rest was shown */
}

/* ---- Folding --------------------------------------------------------------------------------- */

/* Writes the sums with the oldest rows in them, and these away, in one batch. */
static int
fold_write (struct rows *self, const char *name, int64_t wall_ms, struct stui_cause *cause)
{
    struct engine_batch batch = {0};
    char key[KEYS_SIZE];
    for (size_t index = 0; index < self->count - HISTORY_KEPT; index++) {
        keys_connection (key, name, self->items[index].seq, NULL);
        engine_batch_delete (&batch, key);
        history_fold (&self->history, &self->items[index], wall_ms);
    }
    struct json *sums = history_to_json (&self->history);
    char *body = json_print (sums);
    size_t size;
    keys_history (key, name, NULL);
    char *value = records_encode (key, body, false, store_db_stamp (self->db), wall_ms, &size);
    engine_batch_take (&batch, key, &value, size);
    int err = engine_batch_write (&batch, self->db->functions, self->db->engine, cause);
    engine_batch_fini (&batch);
    free (body);
    json_destroy (&sums);
    return err;
}

void
store_connections_fold (struct store_db *db, const char *key, int64_t wall_ms)
{
    struct keys_key parts;
    struct rows rows;
    struct stui_cause cause = {0};
    if (keys_parse (key, strlen (key), &parts) < 0 || parts.kind != KEYS_KIND_CONNECTION)
        return;
    /* Images that fail together are not folded together. */
    uint64_t turn = parts.number;
    for (const char *at = parts.image; *at; at++)
        turn += (unsigned char) *at;
    if (turn % HISTORY_FOLD_EVERY != 0)
        return;
    int err = rows_load (&rows, db, parts.image, &cause);
    if (!err && rows.count > HISTORY_KEPT)
        err = fold_write (&rows, parts.image, wall_ms, &cause);
    if (err)
        log_warn ("store", "old connections of %s are not folded: %s", parts.image, cause.text);
    rows_fini (&rows);
}

/* ---- Reporting ------------------------------------------------------------------------------- */

/* Those that are not in the database yet, and the newest as it is now. */
static int
rows_add_waiting (struct rows *self, const struct store_policy *waiting, const char *name,
                  int64_t now_ms, struct stui_cause *cause)
{
    char key[KEYS_SIZE];
    struct history_row row;
    struct last last;
    struct json *body;
    keys_connections (key, name, NULL);
    for (size_t index = 0; index < waiting->count; index++) {
        const struct store_write *write = &waiting->writes[index];
        if (write->kind != STORE_WRITE_CONNECTION
            || strncmp (write->subject, key, strlen (key)) != 0)
            continue;
        body = json_parse (write->body, write->bytes, NULL);
        if (history_row_from_json (&row, body))
            rows_add (self, &row);
        json_destroy (&body);
    }
    keys_last (key, name, NULL);
    int err = body_load (self->db, waiting, key, &body, cause);
    if (!err && last_from_json (&last, body)) {
        if (last.run == (int64_t) self->db->generation)
            history_row_advance (&last.row, now_ms - last.run_ms);
        rows_add (self, &last.row);
    }
    json_destroy (&body);
    return err;
}

int
store_connections_report (struct store_db *db, const struct store_policy *waiting, const char *name,
                          size_t limit, int64_t now_ms, int64_t wall_ms, struct json **result,
                          struct stui_cause *cause)
{
    struct rows rows;
    int err = rows_load (&rows, db, name, cause);
    if (!err)
        err = rows_add_waiting (&rows, waiting, name, now_ms, cause);
    if (!err) {
        struct json *connections = json_array ();
        for (size_t index = rows.count; index-- > 0 && rows.count - index <= limit;)
            json_push (connections, history_row_to_json (&rows.items[index]));
        *result = json_object ();
        json_set (*result, "connections", connections);
        history_report (&rows.history, rows.items, rows.count, wall_ms, *result);
    }
    rows_fini (&rows);
    return err;
}
