/* test_store_upkeep.c: rolling exports come at quiet moments, in steps, and hold all that was saved;
 * what they find damaged is put right. Time is the test's own. */

#include "actors/store_upkeep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "actors/keys.h"
#include "actors/records.h"
#include "actors/store_files.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "support/scratch.h"

static char directory[SCRATCH_SIZE];
static struct store_db db;
static struct store_upkeep upkeep;
static int64_t now_ms = 1000;

static void
begin (void)
{
    struct random_source random = {.state = 7};
    struct stui_cause cause = {0};
    cr_assert_eq (store_db_open (&db, directory, &engine_leveldb, 1800000000000, &random, &cause),
                  0, "%s", cause.text);
    store_upkeep_init (&upkeep, now_ms, 1800000000000);
}

static void
setup (void)
{
    scratch_open (directory);
    begin ();
}

static void
teardown (void)
{
    store_db_close (&db);
    scratch_close (directory);
}

TestSuite (store_upkeep, .init = setup, .fini = teardown);

static void
save (int session, size_t size)
{
    char subject[KEYS_SIZE];
    char *text = stui_alloc (size + 1);
    memset (text, 'x', size);
    snprintf (subject, sizeof subject, "session/img/s%03d/", session);
    char *body =
        stui_printf ("{\"session_id\":\"s%03d\",\"context\":{\"text\":\"%s\"}}", session, text);
    struct store_write write = {
        .kind = STORE_WRITE_SESSION, .subject = subject, .body = body, .bytes = strlen (body)};
    cr_assert_eq (store_db_commit (&db, &write, 1, 1800000000000, NULL), 0);
    free (body);
    free (text);
}

static size_t
exports (void)
{
    int64_t made_at_ms;
    return store_export_count (db.exports, &made_at_ms);
}

static void
run_at (int64_t when_ms)
{
    now_ms = when_ms;
    store_upkeep_run (&upkeep, &db, now_ms, 1800000000000);
}

/* Runs whatever is due until an export holds all that was saved. */
static void
run_through (void)
{
    for (int step = 0; step < 100 && upkeep.exported != db.commits; step++)
        run_at (store_upkeep_deadline_ms (&upkeep, &db));
    cr_assert_eq (upkeep.exported, db.commits);
}

static void
count_visit (void *context, const char *key, const char *record, size_t size)
{
    (void) record, (void) size;
    *(int *) context += strncmp (key, KEYS_SESSIONS, strlen (KEYS_SESSIONS)) == 0;
}

Test (store_upkeep, an_export_waits_for_a_quiet_moment_but_not_for_ever)
{
    save (1, 10);
    run_at (now_ms);
    int64_t first = 1000 + STORE_UPKEEP_FIRST_MS;
    cr_assert_eq (store_upkeep_deadline_ms (&upkeep, &db), first);
    save (1, 10);
    run_at (first - 10);
    cr_assert_eq (store_upkeep_deadline_ms (&upkeep, &db), first - 10 + STORE_UPKEEP_QUIET_MS);
    for (int64_t at = first; at < first + STORE_UPKEEP_EVERY_MS; at += 1000) {
        save (1, 10);
        run_at (at);
        cr_assert_null (db.export.name);
    }
    save (1, 10);
    run_at (first + STORE_UPKEEP_EVERY_MS);
    cr_assert_eq (exports () + (db.export.name ? 1 : 0), 1);
}

Test (store_upkeep, it_is_written_in_steps_between_which_others_are_served)
{
    enum { SESSIONS = 30 };
    for (int session = 0; session < SESSIONS; session++) {
        save (session, 10);
        save (session, 40000);
    }
    run_at (now_ms);
    run_at (store_upkeep_deadline_ms (&upkeep, &db));
    int steps = 0;
    while (db.export.name) {
        run_at (store_upkeep_deadline_ms (&upkeep, &db));
        save (5 + steps, 100); /* behind and before what is written already */
        steps++;
    }
    cr_assert_geq (steps, SESSIONS * 40000 / (STORE_EXPORT_STEP_BYTES + 40000));
    cr_assert_eq (exports (), 1);
    struct dump dump;
    char *name = stui_printf ("%s/00000001.jsonl", db.exports);
    int sessions = 0;
    cr_assert_eq (store_export_read (name, &dump, count_visit, &sessions, NULL), 0);
    cr_assert (dump.whole);
    cr_assert_eq (sessions, SESSIONS, "one record of each");
    cr_assert_str_eq (dump.client_id, db.client_id);
    cr_assert_lt (store_upkeep_deadline_ms (&upkeep, &db), STUI_NEVER, "saved meanwhile");
    free (name);
}

Test (store_upkeep, the_newest_two_are_kept_and_nothing_new_is_no_reason)
{
    for (int time = 0; time < 4; time++) {
        save (1, 10);
        run_at (now_ms + 1);
        run_through ();
        cr_assert_eq (exports (), time == 0 ? 1 : STORE_EXPORT_KEPT);
        cr_assert_eq (store_upkeep_deadline_ms (&upkeep, &db), STUI_NEVER);
    }
    char *name = stui_printf ("%s/00000004.jsonl", db.exports);
    cr_assert_eq (access (name, F_OK), 0);
    free (name);
}

Test (store_upkeep, what_an_export_finds_damaged_is_put_back_from_the_one_before)
{
    save (1, 10);
    save (2, 10);
    run_at (now_ms + 1);
    run_through ();
    struct engine_change change = {"session/img/s001/0000000000000001", "damaged", 7};
    cr_assert_eq (db.functions->write (db.engine, &change, 1, NULL), 0);
    save (2, 10);
    run_at (now_ms + 1);
    for (int step = 0; step < 100 && json_count (db.notices) == 0; step++)
        run_at (store_upkeep_deadline_ms (&upkeep, &db));
    cr_assert_eq (json_count (db.notices), 1, "damaged, and nothing lost");
    char *value;
    size_t size;
    struct record record;
    cr_assert_eq (db.functions->get (db.engine, change.key, &value, &size, NULL), 0);
    cr_assert_eq (records_decode (change.key, value, size, &record), RECORDS_GOOD);
    free (value);
}

Test (store_upkeep, links_to_the_files_before_opening_go_once_all_was_read)
{
    save (1, 10);
    store_db_close (&db);
    begin ();
    cr_assert (db.has_before[0]);
    save (1, 10);
    run_at (now_ms + 1);
    run_through ();
    char *before = store_db_before (&db, 0);
    cr_assert_not (db.has_before[0]);
    cr_assert_neq (access (before, F_OK), 0);
    free (before);
}

/* Symptom: after a long suspend, which is a jump of one clock against the other, nothing old was ever
 * dropped again. */
Test (store_upkeep, after_a_jump_of_the_clock_old_things_go_again_later)
{
    static const int64_t day_ms = 86400000, begin_ms = 1800000000000;
    int64_t suspended_ms = 100 * day_ms;
    struct store_write write = {
        .kind = STORE_WRITE_EVENT, .subject = (char *) "", .body = (char *) "{}", .bytes = 2};
    cr_assert_eq (store_db_commit (&db, &write, 1, begin_ms, NULL), 0);
    uint64_t seq = write.number;
    for (int round = 0; round < 2; round++) {
        save (1, 10);
        now_ms += round == 0 ? 1000 : WALL_TRUST_RUN_MS;
        for (int step = 0; step < 100 && upkeep.exported != db.commits; step++) {
            int64_t due_ms = store_upkeep_deadline_ms (&upkeep, &db);
            now_ms = step > 0 && due_ms > now_ms ? due_ms : now_ms;
            store_upkeep_run (&upkeep, &db, now_ms, begin_ms + suspended_ms + now_ms);
        }
        cr_assert_eq (db.first_seq <= seq, round == 0, "round %d", round);
        cr_assert_eq (json_count (db.notices), 1, "the jump is said, once");
        cr_assert_str_eq (json_get_text (json_first (db.notices), "kind"), "clock_jumped");
    }
}

/* Symptom: a machine that started with a clock of ten years ahead lost all events for good, after the
 * first export. */
Test (store_upkeep, a_start_with_a_clock_far_ahead_drops_no_events)
{
    static const int64_t day_ms = 86400000, begin_ms = 1800000000000, ahead_ms = 3650 * day_ms;
    struct random_source random = {.state = 7};
    struct store_write write = {
        .kind = STORE_WRITE_EVENT, .subject = (char *) "", .body = (char *) "{}", .bytes = 2};
    cr_assert_eq (store_db_commit (&db, &write, 1, begin_ms, NULL), 0);
    for (int start = 0; start < 3; start++) {
        int64_t wall_ms = begin_ms + ahead_ms + start * day_ms / 2;
        store_db_close (&db);
        cr_assert_eq (store_db_open (&db, directory, &engine_leveldb, wall_ms, &random, NULL), 0);
        now_ms = 1000;
        store_upkeep_init (&upkeep, now_ms, wall_ms);
        cr_assert_eq (json_count (db.notices), 1, "it is said at start %d", start);
        for (int part = 0; part < 2; part++) { /* each start runs for 9 hours */
            save (1, 10);
            for (int step = 0; step < 100 && upkeep.exported != db.commits; step++) {
                int64_t due_ms = store_upkeep_deadline_ms (&upkeep, &db);
                now_ms = due_ms > now_ms ? due_ms : now_ms;
                store_upkeep_run (&upkeep, &db, now_ms, wall_ms + now_ms);
            }
            now_ms += part == 0 ? 9 * day_ms / 24 : 0;
            cr_assert_eq (db.first_seq <= write.number, start < 2 || part == 0, "start %d, part %d",
                          start, part);
        }
    }
}
