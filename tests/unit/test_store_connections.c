/* test_store_connections.c: connections in the database: saved, ended after a run that ended without a
 * word, folded when they are many, reported; and marks. Time is the test's own. */

#include "actors/store_connections.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "actors/history.h"
#include "actors/keys.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "support/scratch.h"

static const int64_t begin_ms = INT64_C (1800000000000), hour = 3600000;

static char directory[SCRATCH_SIZE];
static struct store_db db;
static struct store_policy waiting;
static int64_t now_ms, wall_ms;
static struct json *report;

static void
begin (void)
{
    struct random_source random = {.state = 7};
    struct stui_cause cause = {0};
    now_ms = 5000;
    cr_assert_eq (store_db_open (&db, directory, &engine_leveldb, wall_ms, &random, &cause), 0,
                  "%s", cause.text);
}

static void
setup (void)
{
    scratch_open (directory);
    wall_ms = begin_ms;
    begin ();
}

static void
teardown (void)
{
    json_destroy (&report);
    store_policy_fini (&waiting);
    store_db_close (&db);
    scratch_close (directory);
}

TestSuite (store_connections, .init = setup, .fini = teardown);

/* Everything that goes by is the policy's, until commit. */
static void
put (void *context, enum store_write_kind kind, const char *key, char **body, bool last)
{
    (void) context, (void) last;
    store_policy_put (&waiting, kind, key, body, NULL, now_ms);
}

static void
commit (void)
{
    struct stui_cause cause = {0};
    while (store_policy_next (&waiting, true, now_ms) == STORE_POLICY_COMMIT) {
        cr_assert_eq (store_db_commit (&db, waiting.writes, waiting.batch, wall_ms, &cause), 0,
                      "%s", cause.text);
        store_policy_committed (&waiting);
    }
}

static void
pass (int64_t ms)
{
    now_ms += ms;
    wall_ms += ms;
}

static void
save (const char *name, const struct history_row *row)
{
    struct json *json = history_row_to_json (row), *rows = json_array ();
    struct stui_cause cause = {0};
    json_push (rows, json);
    char *text = json_print (rows);
    cr_assert_eq (store_connections_save (&db, name, text, now_ms, put, NULL, &cause), 0, "%s",
                  cause.text);
    free (text);
    json_destroy (&rows);
}

static void
alive (void)
{
    char *body = store_connections_alive (&db, now_ms, wall_ms);
    put (NULL, STORE_WRITE_META, KEYS_ALIVE, &body, false);
}

static struct history_row
online (uint64_t seq)
{
    return (struct history_row){
        .seq = seq, .from_ms = wall_ms, .online_at_ms = wall_ms, .attempts = 1};
}

static const struct json *
history (const char *name)
{
    struct stui_cause cause = {0};
    json_destroy (&report);
    cr_assert_eq (
        store_connections_report (&db, &waiting, name, 10, now_ms, wall_ms, &report, &cause), 0,
        "%s", cause.text);
    return report;
}

static const struct json *
connection (const char *name, size_t index)
{
    return json_at (json_get (history (name), "connections"), index);
}

static uint64_t
last (const char *name)
{
    uint64_t seq;
    cr_assert_eq (
        store_connections_last (&db, &waiting, name, now_ms, wall_ms, put, NULL, &seq, NULL), 0);
    return seq;
}

static bool
count_visit (void *context, const char *key, size_t key_size, const char *value, size_t value_size)
{
    (void) key, (void) key_size, (void) value, (void) value_size;
    ++*(size_t *) context;
    return true;
}

static size_t
records (const char *prefix)
{
    size_t count = 0;
    db.functions->scan (db.engine, prefix, NULL, count_visit, &count, NULL);
    return count;
}

static void
restart (void)
{
    store_policy_fini (&waiting);
    store_db_close (&db);
    begin ();
}

Test (store_connections, an_image_without_any_has_none)
{
    cr_assert_eq (json_count (json_get (history ("one"), "connections")), 0);
    cr_assert_eq (last ("one"), 0);
}

Test (store_connections, what_is_connected_is_as_long_as_it_is_now)
{
    struct history_row row = online (1);
    save ("one", &row);
    pass (hour);
    cr_assert_eq (json_get_number (connection ("one", 0), "up_ms", -1), hour, "not written yet");
    commit ();
    pass (hour);
    cr_assert_eq (json_get_number (connection ("one", 0), "up_ms", -1), 2 * hour);
    cr_assert_eq (records (KEYS_CONNECTIONS), 0, "it has not ended");
}

/* One that ended waits behind the next one, in whatever order they are written. */
Test (store_connections, the_next_one_does_not_hide_that_one_ended)
{
    struct history_row row = online (1), next;
    save ("one", &row);
    pass (hour);
    history_row_advance (&row, hour);
    history_row_end (&row, wall_ms, true, "closed", "cut");
    save ("one", &row);
    next = online (2);
    save ("one", &next);
    commit ();
    cr_assert_eq (json_get_number (connection ("one", 0), "seq", -1), 2);
    cr_assert_str_eq (json_get_text (connection ("one", 1), "cause"), "closed");
    cr_assert_eq (last ("one"), 2);
}

/* Symptom: after SIGKILL a connection stayed open for ever, or its end was the next start. */
Test (store_connections, what_was_open_when_stui_was_killed_ended_when_it_last_ran)
{
    struct history_row row = online (7), away = {.seq = 3, .from_ms = wall_ms, .reconnect = true};
    save ("one", &row);
    save ("two", &away);
    pass (hour);
    alive ();
    commit ();
    pass (24 * hour); /* stui does not run for most of this */
    restart ();
    const struct json *ended = connection ("one", 0);
    cr_assert_eq (json_get_number (ended, "up_ms", -1), hour);
    cr_assert_eq (json_get_number (ended, "ended_at_ms", -1), begin_ms + hour);
    cr_assert_str_eq (json_get_text (ended, "cause"), HISTORY_STUI_ENDED);
    cr_assert_not (json_get_bool (ended, "failed", true));
    cr_assert_eq (json_get_number (connection ("two", 0), "down_ms", -1), hour);
    cr_assert_eq (last ("one"), 7);
    cr_assert_eq (last ("two"), 3);
    cr_assert_eq (json_get_number (json_get (history ("one"), "ever"), "down_ms", -1), 0);
    restart ();
    cr_assert_eq (json_get_number (connection ("one", 0), "up_ms", -1), hour, "only once");
}

Test (store_connections, a_supervisor_that_is_gone_leaves_none_open)
{
    struct history_row row = online (1);
    save ("one", &row);
    commit ();
    pass (hour);
    cr_assert_eq (last ("one"), 1);
    commit ();
    pass (hour);
    cr_assert_eq (json_get_number (connection ("one", 0), "up_ms", -1), hour);
    cr_assert_str_eq (json_get_text (connection ("one", 0), "cause"), HISTORY_STUI_ENDED);
}

static const uint64_t many = 3 * HISTORY_KEPT;

static void
save_many (void)
{
    for (uint64_t seq = 1; seq <= many; seq++) {
        struct history_row row = online (seq);
        pass (60000);
        history_row_advance (&row, 60000);
        history_row_end (&row, wall_ms, true, "closed", "cut");
        save ("one", &row);
        commit ();
    }
}

Test (store_connections, many_are_folded_and_still_counted)
{
    save_many ();
    cr_assert_leq (records (KEYS_CONNECTIONS), HISTORY_KEPT + HISTORY_FOLD_EVERY);
    cr_assert_geq (records (KEYS_CONNECTIONS), HISTORY_KEPT);
    cr_assert_eq (records (KEYS_HISTORIES), 1);
    const struct json *ever = json_get (history ("one"), "ever");
    cr_assert_eq (json_get_number (ever, "connections", -1), many);
    cr_assert_eq (json_get_number (ever, "failures", -1), many);
    cr_assert_eq (json_get_number (ever, "up_ms", -1), many * 60000);
    cr_assert_eq (json_get_number (ever, "mtbf_ms", -1), 60000);
    restart ();
    cr_assert_eq (json_get_number (json_get (history ("one"), "ever"), "failures", -1), many);
}

/* An old file brings connections back that were folded: they do not count twice. */
Test (store_connections, what_was_folded_does_not_come_back)
{
    save_many ();
    struct history_row row = online (1);
    char key[KEYS_SIZE];
    struct json *json = history_row_to_json (&row);
    char *body = json_print (json);
    keys_connection (key, "one", 1, NULL);
    put (NULL, STORE_WRITE_CONNECTION, key, &body, false);
    json_destroy (&json);
    commit ();
    cr_assert_eq (json_get_number (json_get (history ("one"), "ever"), "connections", -1), many);
}

Test (store_connections, the_number_goes_on_when_the_newest_is_damaged)
{
    struct history_row row = online (9);
    char key[KEYS_SIZE];
    history_row_end (&row, wall_ms, true, "closed", "cut");
    save ("one", &row);
    commit ();
    keys_last (key, "one", NULL);
    struct engine_change damage = {key, "damaged", 7};
    cr_assert_eq (db.functions->write (db.engine, &damage, 1, NULL), 0);
    cr_assert_eq (last ("one"), 9);
    cr_assert_eq (records (KEYS_QUARANTINE), 1);
}

Test (store_connections, a_damaged_connection_is_set_aside_and_the_others_are_told)
{
    char key[KEYS_SIZE];
    for (uint64_t seq = 1; seq <= 3; seq++) {
        struct history_row row = online (seq);
        history_row_end (&row, wall_ms, true, "closed", "cut");
        save ("one", &row);
    }
    commit ();
    keys_connection (key, "one", 2, NULL);
    struct engine_change damage = {key, "damaged", 7};
    cr_assert_eq (db.functions->write (db.engine, &damage, 1, NULL), 0);
    cr_assert_eq (json_count (json_get (history ("one"), "connections")), 2);
    cr_assert_eq (records (KEYS_QUARANTINE), 1);
}

Test (store_connections, what_is_no_connection_is_refused)
{
    static const char *const bad[] = {
        "", "{}", "[]", "[1]", "[{\"seq\":0,\"from_ms\":1}]", "[{\"seq\":1}]"};
    for (size_t index = 0; index < sizeof bad / sizeof *bad; index++) {
        struct stui_cause cause = {0};
        cr_assert_lt (store_connections_save (&db, "one", bad[index], now_ms, put, NULL, &cause), 0,
                      "%s", bad[index]);
        cr_assert_neq (cause.text[0], '\0');
    }
    struct stui_cause cause = {0};
    cr_assert_lt (store_connections_save (&db, "a/b", "[{\"seq\":1,\"from_ms\":1}]", now_ms, put,
                                          NULL, &cause),
                  0);
    cr_assert_eq (waiting.count, 0);
}

/* ---- Marks -------------------------------------------------------------------------------------- */

Test (store_connections, marks_are_newest_first_and_bounded)
{
    struct json *marks;
    char name[32];
    cr_assert_eq (store_marks_load (&db, &waiting, &marks, NULL), 0);
    for (int index = 0; index < 2 * STORE_MARKS_RECENTS; index++) {
        snprintf (name, sizeof name, "image%d", index);
        store_marks_use (marks, name, wall_ms + index);
    }
    const struct json *recents = json_get (marks, "recents");
    cr_assert_eq (json_count (recents), STORE_MARKS_RECENTS);
    cr_assert_str_eq (json_get_text (json_at (recents, 0), "name"), name);
    store_marks_use (marks, "image70", wall_ms);
    cr_assert_eq (json_count (json_get (marks, "recents")), STORE_MARKS_RECENTS);
    cr_assert_str_eq (json_get_text (json_at (json_get (marks, "recents"), 0), "name"), "image70");
    store_marks_set (marks, "one", true);
    store_marks_set (marks, "two", true);
    store_marks_set (marks, "one", true);
    cr_assert_eq (json_count (json_get (marks, "favourites")), 2);
    store_marks_set (marks, "one", false);
    cr_assert_eq (json_count (json_get (marks, "favourites")), 1);
    json_destroy (&marks);
}

Test (store_connections, layouts_and_marks_are_kept_beside_favourites_and_bounded)
{
    struct json *marks, *panes = json_parse_text ("{\"focus\":0}");
    struct stui_cause cause = {0};
    char name[32];
    cr_assert_eq (store_marks_load (&db, &waiting, &marks, NULL), 0);
    store_marks_set (marks, "one", true);
    for (int index = 0; index < STORE_MARKS_LAYOUTS; index++) {
        snprintf (name, sizeof name, "layout%d", index);
        cr_assert_eq (store_marks_layout (marks, name, panes, false, &cause), 0);
    }
    cr_assert_lt (store_marks_layout (marks, "more", panes, false, &cause), 0);
    cr_assert (strstr (cause.text, "delete one"), "%s", cause.text);
    cr_assert_eq (store_marks_layout (marks, name, panes, false, &cause), STUI_E_EXISTS);
    cr_assert_eq (store_marks_layout (marks, name, panes, true, &cause), 0, "its own place");
    cr_assert_eq (store_marks_layout (marks, "layout0", NULL, true, &cause), 0);
    cr_assert_eq (store_marks_layout (marks, "more", panes, false, &cause), 0);
    cr_assert_eq (json_count (json_get (marks, "layouts")), STORE_MARKS_LAYOUTS);
    cr_assert_lt (store_marks_layout (marks, "a/b", panes, true, &cause), 0);
    struct json *changes = json_parse_text ("{\"mark\":[\"one\",\"no name\",7]}");
    cr_assert_eq (store_marks_mark (marks, changes, &cause), 0);
    cr_assert_eq (json_count (json_get (marks, "marked")), 1, "names only");
    struct json *names = json_array ();
    while (json_count (names) <= STORE_MARKS_MARKED)
        json_push (names, json_string ("one"));
    json_set (changes, "mark", names);
    cr_assert_lt (store_marks_mark (marks, changes, &cause), 0);
    cr_assert_eq (json_count (json_get (marks, "favourites")), 1);
    json_destroy (&changes);
    json_destroy (&panes);
    json_destroy (&marks);
}
