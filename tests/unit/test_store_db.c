/* test_store_db.c: what the database keeps, for how long, and from whom: older and newer schemas,
 * clocks that go backwards, what is old. */

#include "actors/store_db.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <criterion/criterion.h>

#include "actors/keys.h"
#include "actors/records.h"
#include "actors/store_archive.h"
#include "actors/store_index.h"
#include "actors/store_repair.h"
#include "actors/store_retain.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "support/scratch.h"

static const int64_t day_ms = INT64_C (86400000), begin_ms = INT64_C (1800000000000);

static char directory[SCRATCH_SIZE];
static struct store_db db;
static struct store_policy nothing;

static void
open_at (int64_t wall_ms)
{
    struct random_source random = {.state = 7};
    struct stui_cause cause = {0};
    cr_assert_eq (store_db_open (&db, directory, &engine_leveldb, wall_ms, &random, &cause), 0,
                  "%s", cause.text);
}

static void
setup (void)
{
    scratch_open (directory);
}

static void
teardown (void)
{
    store_db_close (&db);
    scratch_close (directory);
}

TestSuite (store_db, .init = setup, .fini = teardown);

static uint64_t
save_body (const char *id, const char *body, int64_t wall_ms)
{
    char subject[KEYS_SIZE];
    snprintf (subject, sizeof subject, "session/img/%s/", id);
    struct store_write write = {.kind = STORE_WRITE_SESSION,
                                .subject = subject,
                                .body = (char *) body,
                                .bytes = strlen (body)};
    cr_assert_eq (store_db_commit (&db, &write, 1, wall_ms, NULL), 0);
    return write.number;
}

static uint64_t
save (const char *id, const char *state, const char *text, int64_t wall_ms)
{
    char *body = stui_printf ("{\"session_id\":\"%s\",\"state\":\"%s\",\"open\":%s,"
                              "\"context\":{\"text\":\"%s\"}}",
                              id, state, strcmp (state, "closed") == 0 ? "false" : "true", text);
    uint64_t number = save_body (id, body, wall_ms);
    free (body);
    return number;
}

static void
put_event (int64_t wall_ms)
{
    struct store_write write = {
        .kind = STORE_WRITE_EVENT, .subject = (char *) "", .body = (char *) "{}", .bytes = 2};
    cr_assert_eq (store_db_commit (&db, &write, 1, wall_ms, NULL), 0);
}

/* All sessions of IMAGE as they are loaded. Caller owns. */
static struct json *
load (const char *image)
{
    char *text;
    struct stui_cause cause = {0};
    cr_assert_eq (store_db_sessions_load (&db, &nothing, image, begin_ms, &text, &cause), 0, "%s",
                  cause.text);
    struct json *result = json_parse_text (text);
    free (text);
    struct json *sessions = json_take (result, "sessions");
    json_destroy (&result);
    return sessions;
}

/* ---- Clocks ---------------------------------------------------------------------------------- */

Test (store_db, a_clock_that_was_set_back_lets_no_generation_fall)
{
    open_at (begin_ms);
    uint64_t epoch = db.generation;
    cr_assert_eq (epoch, (uint64_t) begin_ms / 1000);
    save ("s1", "restored", "older", begin_ms);
    store_db_close (&db);
    open_at (begin_ms - 1000 * day_ms);
    cr_assert_eq (db.generation, epoch + 1);
    cr_assert_eq (save ("s1", "restored", "newer", begin_ms - 1000 * day_ms), 2);
    store_db_close (&db);
    open_at (0);
    cr_assert_eq (db.generation, epoch + 2);
    struct json *sessions = load ("img");
    const struct json *context = json_get (json_first (sessions), "context");
    cr_assert_str_eq (json_get_text (context, "text"), "newer");
    json_destroy (&sessions);
    cr_assert_eq (store_export_now (&db, 0, NULL), 0);
    cr_assert_eq (save ("s1", "restored", "newest", 1), 3);
    cr_assert_eq (store_export_now (&db, 1, NULL), 0);
}

Test (store_db, an_epoch_does_not_fall_with_the_database)
{
    open_at (begin_ms);
    uint64_t epoch = db.generation;
    char client_id[STUI_UUID_LEN + 1];
    snprintf (client_id, sizeof client_id, "%s", db.client_id);
    store_db_close (&db);
    char *path = stui_printf ("%s/db", directory);
    scratch_close (path);
    free (path);
    open_at (begin_ms - day_ms);
    cr_assert_eq (db.generation, epoch + 1);
    cr_assert_str_eq (db.client_id, client_id);
}

/* ---- A disk that refuses ----------------------------------------------------------------------- */

/* Symptom: while the disk was full, `session show` said that the database cannot be opened. */
Test (store_db, while_the_disk_refuses_what_is_stored_is_read)
{
    struct rlimit limit, full;
    struct stui_cause cause = {0};
    open_at (begin_ms);
    save ("s1", "restored", "stored", begin_ms);
    signal (SIGXFSZ, SIG_IGN);
    cr_assert_eq (getrlimit (RLIMIT_FSIZE, &limit), 0);
    full = (struct rlimit){.rlim_cur = 1, .rlim_max = limit.rlim_max};
    cr_assert_eq (setrlimit (RLIMIT_FSIZE, &full), 0);
    int err = store_db_reopen (&db, begin_ms, &cause);
    struct json *sessions = load ("img");
    cr_assert_eq (setrlimit (RLIMIT_FSIZE, &limit), 0);
    cr_assert_eq (err, STUI_E_STORAGE);
    cr_assert (strstr (cause.text, directory), "%s", cause.text);
    cr_assert_eq (json_count (sessions), 1);
    json_destroy (&sessions);
    cr_assert_eq (store_db_reopen (&db, begin_ms, &cause), 0, "%s", cause.text);
    cr_assert_eq (save ("s1", "restored", "newer", begin_ms), 2);
}

/* ---- Schemas --------------------------------------------------------------------------------- */

/* Puts the records of a fixture into an empty database, as its own code left them. Answers how many
 * sessions they are. */
static void
fixture_load (int schema)
{
    char path[64], *line = NULL;
    size_t capacity = 0;
    ssize_t size;
    struct engine *engine;
    char *place = stui_printf ("%s/db", directory);
    snprintf (path, sizeof path, "tests/fixtures/store-schema-%d/records.txt", schema);
    FILE *file = fopen (path, "r");
    cr_assert_not_null (file, "%s", path);
    cr_assert_eq (engine_leveldb.open (place, &engine, NULL), 0);
    while ((size = getline (&line, &capacity, file)) > 0) {
        char *blank = strchr (line, ' ');
        *blank = '\0';
        struct engine_change change = {line, blank + 1, (size_t) size - strlen (line) - 2};
        cr_assert_eq (engine_leveldb.write (engine, &change, 1, NULL), 0);
    }
    engine_leveldb.close (&engine);
    free (line);
    fclose (file);
    free (place);
}

Test (store_db, a_database_of_every_older_schema_goes_on_with_all_that_is_in_it)
{
    for (int schema = 1; schema < RECORDS_SCHEMA; schema++) {
        fixture_load (schema);
        open_at (begin_ms);
        cr_assert_str_eq (db.client_id, "01a21636-3e74-7425-9ae6-d42a1bc59e3b");
        cr_assert_eq (db.last_seq, 2);
        cr_assert_eq (json_count (db.counters), 1);
        struct json *sessions = load ("92197cbb-a6db-479b-8064-27be1e8f228e");
        cr_assert_eq (json_count (sessions), 1);
        const struct json *session = json_first (sessions);
        cr_assert_str_eq (json_get_text (session, "name"), "work");
        cr_assert_eq (json_get_number (session, "generation", 0), 5);
        cr_assert_eq (json_count (json_get (json_get (session, "context"), "history")), 2);
        json_destroy (&sessions);
        struct json *image;
        cr_assert_eq (store_db_image_load (&db, &nothing, "one", begin_ms, &image, NULL), 0);
        cr_assert (json_is_object (json_get (image, "image")));
        json_destroy (&image);
        struct json *events;
        cr_assert_eq (store_db_events_get (&db, 0, 10, &events, NULL), 0);
        cr_assert_eq (json_count (json_get (events, "events")), 2);
        json_destroy (&events);
        char subject[] = "session/92197cbb-a6db-479b-8064-27be1e8f228e/"
                         "01a21636-42a2-7767-9faa-902cfe0b7fea/";
        struct store_write write = {
            .kind = STORE_WRITE_SESSION, .subject = subject, .body = (char *) "{}", .bytes = 2};
        cr_assert_eq (store_db_commit (&db, &write, 1, begin_ms, NULL), 0);
        cr_assert_eq (write.number, 6);
        cr_assert_eq (json_count (db.notices), 0);
        store_db_close (&db);
        teardown ();
        setup ();
    }
}

Test (store_db, a_newer_record_is_left_alone_and_not_damage)
{
    open_at (begin_ms);
    save ("s1", "restored", "ours", begin_ms);
    /* A record of a schema to come, sealed as all are. */
    size_t size;
    char *record = records_encode ("session/img/s1/0000000000000002", "{\"of\":\"later\"}", false,
                                   2, 0, &size);
    char *rest = strstr (record, "\"schema\":");
    rest[strlen ("\"schema\":")] = '9';
    records_seal (record, size);
    struct engine_change change = {"session/img/s1/0000000000000002", record, size};
    cr_assert_eq (db.functions->write (db.engine, &change, 1, NULL), 0);
    store_db_close (&db);
    open_at (begin_ms);
    struct json *sessions = load ("img");
    cr_assert_eq (json_count (sessions), 1);
    cr_assert_eq (json_get_number (json_first (sessions), "generation", 0), 1);
    json_destroy (&sessions);
    cr_assert_eq (json_count (db.notices), 0);
    char *value;
    size_t value_size;
    cr_assert_eq (db.functions->get (db.engine, change.key, &value, &value_size, NULL), 0);
    cr_assert_eq (value_size, size);
    cr_assert_eq (memcmp (value, record, size), 0);
    cr_assert_eq (save ("s1", "restored", "ours again", begin_ms), 3, "nothing is written over it");
    free (value);
    free (record);
}

/* ---- Retention ------------------------------------------------------------------------------- */

Test (store_db, events_go_when_they_are_old)
{
    open_at (begin_ms);
    save ("old", "closed", "x", begin_ms);
    put_event (begin_ms);
    put_event (begin_ms + 80 * day_ms);
    cr_assert_eq (store_retain (&db, begin_ms + 29 * day_ms, NULL), 0);
    cr_assert_eq (store_retain (&db, begin_ms + 100 * day_ms, NULL), 1);
    for (int time = 0; time < 2; time++) {
        struct json *sessions = load ("img");
        cr_assert_eq (json_count (sessions), 1, "a closed one goes through the archive");
        json_destroy (&sessions);
        struct json *events;
        cr_assert_eq (store_db_events_get (&db, 0, 10, &events, NULL), 0);
        cr_assert_eq (json_count (json_get (events, "events")), 1);
        json_destroy (&events);
        store_db_close (&db);
        open_at (begin_ms + 100 * day_ms);
    }
    cr_assert_eq (db.first_seq, 2);
}

/* ---- The archive ----------------------------------------------------------------------------- */

Test (store_db, a_session_in_the_archive_is_not_called_lost_and_comes_back_as_it_was)
{
    struct json *result, *about = json_parse_text ("{\"why\":\"gone\",\"ran_ms\":1}");
    open_at (begin_ms);
    uint64_t generation = save ("s1", "orphaned", "kept", begin_ms);
    cr_assert_eq (store_export_now (&db, begin_ms, NULL), 0);
    cr_assert_eq (
        store_archive_put (&db, &nothing, "img", "s1", generation + 1, about, begin_ms, NULL),
        STUI_E_INVALID_REQUEST, "another state of it was meant");
    cr_assert_eq (store_archive_put (&db, &nothing, "img", "s1", generation, about, begin_ms, NULL),
                  0);
    store_db_close (&db);
    open_at (begin_ms);
    struct json *sessions = load ("img");
    cr_assert_eq (json_count (sessions), 0);
    cr_assert_eq (json_count (db.losses), 0, "it was moved, not lost");
    json_destroy (&sessions);
    cr_assert_eq (store_archive_list (&db, begin_ms, &result, NULL), 0);
    cr_assert_eq (json_count (json_get (result, "sessions")), 1);
    json_destroy (&result);
    struct stui_cause cause = {0};
    cr_assert_eq (store_archive_back (&db, &nothing, "img", "s1", begin_ms, &result, &cause), 0,
                  "%s", cause.text);
    json_destroy (&result);
    sessions = load ("img");
    const struct json *back = json_first (sessions);
    cr_assert_str_eq (json_get_text (back, "state"), "stored");
    cr_assert_str_eq (json_get_text (json_get (back, "context"), "text"), "kept");
    cr_assert_gt (json_get_number (back, "generation", 0), (int64_t) generation);
    json_destroy (&sessions);
    json_destroy (&about);
}

static void
archive (const char *id, uint64_t generation)
{
    struct json *about = json_parse_text ("{\"why\":\"gone\",\"ran_ms\":1}");
    struct stui_cause cause = {0};
    cr_assert_eq (store_archive_put (&db, &nothing, "img", id, generation, about, begin_ms, &cause),
                  0, "%s", cause.text);
    json_destroy (&about);
}

/* Symptom: what `session undo` brought back was the current session beside the one chosen meanwhile. */
Test (store_db, what_comes_back_from_the_archive_is_not_the_current_session)
{
    struct json *result;
    open_at (begin_ms);
    uint64_t generation = save_body (
        "s1", "{\"session_id\":\"s1\",\"state\":\"stored\",\"current\":true,\"context\":{}}",
        begin_ms);
    archive ("s1", generation);
    cr_assert_eq (store_archive_back (&db, &nothing, "img", "s1", begin_ms, &result, NULL), 0);
    cr_assert_null (json_get (json_get (result, "session"), "current"));
    json_destroy (&result);
}

/* How many sessions lie in the archive. */
static size_t
archived (void)
{
    struct json *result;
    cr_assert_eq (store_archive_list (&db, begin_ms, &result, NULL), 0);
    size_t count = json_count (json_get (result, "sessions"));
    json_destroy (&result);
    return count;
}

/* Symptom: a session that somebody went on with while it was cleaned away was in both places. */
Test (store_db, a_save_takes_the_session_out_of_the_archive)
{
    open_at (begin_ms);
    archive ("s1", save ("s1", "orphaned", "older", begin_ms));
    cr_assert_eq (archived (), 1);
    cr_assert_eq (save ("s1", "preserved", "newer", begin_ms), 2, "a number came twice");
    cr_assert_eq (archived (), 0);
    store_db_close (&db);
    open_at (begin_ms);
    cr_assert_eq (archived (), 0);
    cr_assert_eq (json_count (db.losses), 0, "it was taken out on purpose");
    struct json *sessions = load ("img");
    cr_assert_str_eq (json_get_text (json_get (json_first (sessions), "context"), "text"), "newer");
    json_destroy (&sessions);
}

static int
no_write (struct engine *engine, const struct engine_change *changes, size_t count,
          struct stui_cause *cause)
{
    (void) engine, (void) changes, (void) count;
    return stui_fail (cause, STUI_E_STORAGE, "No space left on device");
}

/* Symptom: what could not be deleted from the archive was taken for deleted: nobody would have missed
 * it. */
Test (store_db, what_could_not_be_deleted_from_the_archive_is_still_known)
{
    open_at (begin_ms);
    archive ("kept", save ("kept", "closed", "x", begin_ms));
    const struct engine_functions *real = db.functions;
    struct engine_functions full = *real;
    full.write = no_write;
    db.functions = &full;
    cr_assert_eq (store_archive_drop (&db, "img", "kept", NULL), STUI_E_STORAGE);
    db.functions = real;
    cr_assert_gt (store_ledger_find (&db.ledger, KEYS_ARCHIVE "img/kept")->present, 0);
    cr_assert_eq (store_archive_drop (&db, "img", "kept", NULL), 0);
    cr_assert_eq (store_ledger_find (&db.ledger, KEYS_ARCHIVE "img/kept")->present, 0);
}

Test (store_db, what_was_deleted_from_the_archive_does_not_come_back_from_an_export)
{
    open_at (begin_ms);
    archive ("gone", save ("gone", "closed", "x", begin_ms));
    save ("kept", "restored", "x", begin_ms);
    cr_assert_eq (store_export_now (&db, begin_ms, NULL), 0);
    cr_assert_eq (store_archive_drop (&db, "img", "gone", NULL), 0);
    store_db_close (&db);
    char *path = stui_printf ("%s/db", directory);
    scratch_close (path);
    free (path);
    open_at (begin_ms + 31 * day_ms);
    struct json *sessions = load ("img");
    cr_assert_eq (json_count (sessions), 1);
    cr_assert_str_eq (json_get_text (json_first (sessions), "session_id"), "kept");
    cr_assert_eq (archived (), 0);
    json_destroy (&sessions);
}

/* ---- From one image to another --------------------------------------------------------------- */

/* Moves "s1" as GENERATION; 0, or an error. ABOUT as store_archive_way has it. */
static int
carry (const char *from, const char *to, uint64_t generation, const char *about)
{
    struct json *json = json_parse_text (about), *result = NULL;
    struct store_archive_way way = {from, to, "s1", generation, json};
    int err = store_archive_carry (&db, &nothing, &way, begin_ms, &result, NULL);
    json_destroy (&result);
    json_destroy (&json);
    return err;
}

/* The one session of IMAGE, or none: then NULL. Caller owns the list. */
static const struct json *
only (const char *image, struct json **list)
{
    *list = load (image);
    cr_assert_leq (json_count (*list), 1);
    return json_first (*list);
}

Test (store_db, a_session_that_is_carried_is_in_one_place_also_when_all_comes_from_an_export)
{
    struct json *list;
    open_at (begin_ms);
    uint64_t generation = save ("s1", "preserved", "older", begin_ms);
    generation = save ("s1", "preserved", "kept", begin_ms);
    cr_assert_eq (store_export_now (&db, begin_ms, NULL), 0);
    static const char about[] =
        "{\"image\":\"two\",\"from\":{\"image_id\":\"img\",\"image\":\"one\"}}";
    cr_assert_eq (carry ("img", "new", generation + 1, about), STUI_E_INVALID_REQUEST);
    cr_assert_eq (carry ("img", "new", generation, about), 0);
    cr_assert_eq (carry ("img", "new", generation, about), STUI_E_NOT_FOUND);
    for (int time = 0; time < 2; time++) {
        cr_assert_null (only ("img", &list));
        json_destroy (&list);
        const struct json *there = only ("new", &list);
        cr_assert_str_eq (json_get_text (there, "state"), "stored");
        cr_assert_str_eq (json_get_text (there, "image"), "two");
        cr_assert_str_eq (json_get_text (json_get (there, "context"), "text"), "kept");
        cr_assert_str_eq (json_get_text (json_get (there, "adopted_from"), "image_id"), "img");
        cr_assert_null (json_get (there, "left_there"));
        json_destroy (&list);
        cr_assert_eq (json_count (db.losses), 0, "it was moved, not lost");
        store_db_close (&db);
        open_at (begin_ms);
    }
    cr_assert_eq (store_export_now (&db, begin_ms, NULL), 0);
    store_db_close (&db);
    char *path = stui_printf ("%s/db", directory);
    scratch_close (path);
    free (path);
    open_at (begin_ms);
    cr_assert_null (only ("img", &list));
    json_destroy (&list);
    const struct json *there = only ("new", &list);
    cr_assert_not_null (there);
    generation = (uint64_t) json_get_number (there, "generation", 0);
    json_destroy (&list);
    cr_assert_eq (carry ("new", "img", generation, "{\"image\":\"one\",\"from\":null}"), 0);
    there = only ("img", &list);
    cr_assert_null (json_get (there, "adopted_from"));
    cr_assert_gt (json_get_number (there, "generation", 0), 2, "a number came twice");
    json_destroy (&list);
    cr_assert_null (only ("new", &list));
    json_destroy (&list);
}

/* ---- Bodies ---------------------------------------------------------------------------------- */

/* Whatever a body has besides, what store says of it stands in it once, and the context is all there or
 * not at all. */
Test (store_db, a_body_is_shown_as_it_stands_with_what_store_knows_of_it)
{
    static const char *const bodies[] = {
        "{\"session_id\":\"s\",\"context\":{\"n\":[1.50,{}]}}",
        "{\"session_id\":\"s\",\"bytes\":7,\"generation\":99,\"context\":{\"n\":[1.50,{}]}}",
        "{\"x\":{\"y\":1,\"context\":{}},\"session_id\":\"s\",\"context\":{\"n\":[1.50,{}]}}",
        "{\"context\":{\"n\":[1.50,{}]},\"session_id\":\"s\"}",
    };
    open_at (begin_ms);
    for (size_t index = 0; index < sizeof bodies / sizeof *bodies; index++) {
        char subject[KEYS_SIZE];
        cr_assert_eq (keys_session_prefix (subject, "img", "s", NULL), 0);
        struct store_write write = {.kind = STORE_WRITE_SESSION,
                                    .subject = subject,
                                    .body = (char *) bodies[index],
                                    .bytes = strlen (bodies[index])};
        cr_assert_eq (store_db_commit (&db, &write, 1, begin_ms, NULL), 0);
        for (int whole = 0; whole < 2; whole++) {
            struct json *sessions = load (whole ? "img" : "");
            const struct json *session = json_first (sessions);
            cr_assert_eq (json_count (sessions), 1, "%s", bodies[index]);
            cr_assert_str_eq (json_get_text (session, "session_id"), "s");
            cr_assert_eq (json_get_number (session, "generation", 0), write.number);
            cr_assert_neq (json_get_number (session, "bytes", 0), 7);
            const struct json *context = json_get (session, "context");
            cr_assert_eq (context != NULL, whole == 1, "%s", bodies[index]);
            cr_assert_eq (json_count (json_get (context, "n")), whole ? 2 : 0);
            json_destroy (&sessions);
        }
    }
    store_db_close (&db);
}
