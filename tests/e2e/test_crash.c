/* test_crash.c: stui itself dies, without a chance to say goodbye. The next start has every session
 * that was shown as saved, with the text that was in it; it starts also when what lies on the
 * disk is damaged, and says so. */

#include <leveldb/c.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/frame.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "support/stage.h"

enum { SESSIONS = 4 };

#define TIMINGS "ping_ms = 200\nbackoff_min_ms = 10\nbackoff_max_ms = 100\n"

static struct stage stage;
static char ids[SESSIONS][STUI_UUID_LEN + 1];

static void
setup (void)
{
    stage_open (&stage, TIMINGS);
    stage_serve_one (&stage);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (crash, .init = setup, .fini = teardown, .timeout = 180);

/* ---- A terminal, as far as it is needed here ------------------------------------------------- */

static void
write_frame (int fd, char *frame, size_t size)
{
    cr_assert_eq (send (fd, frame, size, MSG_NOSIGNAL), (ssize_t) size);
    free (frame);
}

static struct json *
read_frame (int fd, struct frame_reader *reader)
{
    struct json *json = NULL;
    struct stui_cause cause = {0};
    int rc;
    while ((rc = frame_take (reader, &json, &cause)) == 0) {
        char bytes[4096];
        ssize_t got = read (fd, bytes, sizeof bytes);
        cr_assert_gt (got, 0, "the owner hung up");
        frame_feed (reader, bytes, (size_t) got);
    }
    cr_assert_eq (rc, 1, "%s", cause.text);
    return json;
}

/* Puts TEXT into the workspace of session ID, as a terminal does while somebody types. */
static void
type_text (const char *id, const char *text)
{
    struct stui_cause cause = {0};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct frame_reader reader = {0};
    char *path = path_socket ("default", &cause);
    snprintf (address.sun_path, sizeof address.sun_path, "%s", path);
    free (path);
    int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq (connect (fd, (struct sockaddr *) &address, sizeof address), 0);
    size_t size;
    char *frame = frame_hello (getpid (), &size);
    write_frame (fd, frame, size);
    struct json *hello = read_frame (fd, &reader);
    cr_assert_eq (frame_hello_check (hello, false, 0, &cause), 0, "%s", cause.text);
    json_destroy (&hello);

    struct json *patch = json_object (), *workspace = json_object ();
    json_set_text (workspace, "text", text);
    json_set (patch, "workspace_context", workspace);
    char *printed = json_print (patch);
    struct msg *edit = msg_new ("image/one", MSG_SESSION_EDIT, 1, id, printed);
    char *body = frame_text (edit, 1, &cause);
    frame = frame_encode (body, strlen (body), &size);
    write_frame (fd, frame, size);
    struct json *answer = read_frame (fd, &reader);
    char *said = json_print (answer);
    cr_assert_str_eq (json_get_text (answer, "verb"), "ok", "%s", said);
    free (said);
    json_destroy (&answer);
    free (body);
    free (printed);
    msg_destroy (&edit);
    json_destroy (&patch);
    frame_reader_fini (&reader);
    close (fd);
}

/* ---- Sessions ----------------------------------------------------------------------------------- */

static void
make_session (int index)
{
    char name[32];
    snprintf (name, sizeof name, "work %d", index);
    stage_new_session ("one", name, ids[index]);
}

static struct json *
show (const char *id)
{
    struct run_result shown = run_stui ("session", "show", id, "--json");
    cr_assert_eq (shown.status, 0, "session %s: %s", id, shown.err);
    struct json *session = stage_parse (shown.out);
    run_result_fini (&shown);
    return session;
}

/* Asks until it is shown as saved. Caller owns. */
static struct json *
show_saved (const char *id)
{
    for (;;) {
        struct json *session = show (id);
        if (json_get_bool (session, "saved", false))
            return session;
        json_destroy (&session);
    }
}

static const char *
text_in (const struct json *session)
{
    const struct json *context = json_get (session, "context");
    const char *text = json_get_text (json_get (context, "workspace_context"), "text");
    return text ? text : "";
}

static size_t
count_sessions (void)
{
    struct run_result list = run_stui ("session", "ls", "--json");
    cr_assert_eq (list.status, 0, "%s", list.err);
    struct json *sessions = stage_parse (list.out);
    size_t count = json_count (sessions);
    json_destroy (&sessions);
    run_result_fini (&list);
    return count;
}

/* serve dies without a chance, and another begins. */
static void
crash_and_serve (void)
{
    stage_end_serve (&stage, SIGKILL);
    stage_serve (&stage);
}

/* ---- Killed ---------------------------------------------------------------------------------------- */

Test (crash, all_sessions_are_there_after_kill_9_with_their_text)
{
    struct json *before[SESSIONS];
    for (int index = 0; index < SESSIONS; index++) {
        make_session (index);
        char *text = stui_printf ("\"number %d\"\n\t'grün ≠ 緑' printNl.\r\n\\ \001 end", index);
        type_text (ids[index], text);
        free (text);
    }
    struct run_result eval = run_stui ("eval", "one", "--session", ids[0], "-e", "x := 40 + 2");
    cr_assert_str_eq (eval.out, "42\n", "%s", eval.err);
    run_result_fini (&eval);
    for (int index = 0; index < SESSIONS; index++)
        before[index] = show_saved (ids[index]);
    crash_and_serve ();

    cr_assert_eq (count_sessions (), SESSIONS);
    for (int index = 0; index < SESSIONS; index++) {
        struct json *after = show (ids[index]);
        cr_assert (json_equal (json_get (before[index], "context"), json_get (after, "context")),
                   "session %d: %s became %s", index, json_print (before[index]),
                   json_print (after));
        cr_assert_str_eq (json_get_text (before[index], "name"), json_get_text (after, "name"));
        cr_assert_str_eq (json_get_text (before[index], "created_at"),
                          json_get_text (after, "created_at"));
        json_destroy (&before[index]);
        json_destroy (&after);
    }
    /* The image went on meanwhile: its variables are there too. */
    stage_pass (&stage, "one", "session_restored");
    eval = run_stui ("eval", "one", "--session", ids[0], "-e", "x");
    cr_assert_str_eq (eval.out, "42\n", "%s", eval.err);
    run_result_fini (&eval);
}

Test (crash, what_was_shown_as_saved_is_never_lost_while_somebody_types)
{
    enum { CRASHES = 5 };
    make_session (0);
    for (int time = 1; time <= CRASHES; time++) {
        char text[32];
        snprintf (text, sizeof text, "%d saved", time);
        type_text (ids[0], text);
        struct json *saved = show_saved (ids[0]);
        cr_assert_str_eq (text_in (saved), text);
        json_destroy (&saved);
        snprintf (text, sizeof text, "%d typed on", time);
        type_text (ids[0], text);
        crash_and_serve ();
        struct json *after = show (ids[0]);
        cr_assert_eq (atoi (text_in (after)), time, "after crash %d it is: %s", time,
                      text_in (after));
        json_destroy (&after);
    }
}

Test (crash, sessions_are_preserved_when_image_and_stui_die_together)
{
    make_session (0);
    type_text (ids[0], "kept");
    struct json *saved = show_saved (ids[0]);
    json_destroy (&saved);
    image_kill (&stage.images[0]);
    crash_and_serve ();
    stage_pass (&stage, "one", "unreachable");
    struct json *away = show (ids[0]);
    cr_assert_str_eq (text_in (away), "kept");
    cr_assert_str_eq (json_get_text (away, "state"), "preserved");
    json_destroy (&away);
    stage_restart_image (&stage.images[0]);
    stage_pass (&stage, "one", "session_recreated");
    struct json *back = show (ids[0]);
    cr_assert_str_eq (text_in (back), "kept");
    json_destroy (&back);
}

Test (crash, what_still_runs_from_an_earlier_life_is_told)
{
    struct run_process eval;
    run_start (&eval, &stage.place, NULL,
               (const char *const[]){"eval", "one", "--json", "-e",
                                     "(Smalltalk at: #StuiGate put: Semaphore new) wait. 1", NULL});
    struct json *state = stage_await_state ("one", "evaluator", "busy");
    json_destroy (&state);
    crash_and_serve ();
    struct json *event = stage_await (&stage, "one", "running");
    cr_assert_not_null (strstr (json_get_text (event, "text"), "earlier run"), "%s",
                        json_get_text (event, "text"));
    json_destroy (&event);
    stage_expect_eval ("one", "(Smalltalk at: #StuiGate) signal. 1", "1");
    struct json *said = stage_parse (run_await (&eval, NULL, NULL)); /* it asked the next stui */
    cr_assert_str_eq (json_get_text (said, "result"), "1");
    json_destroy (&said);
    cr_assert_eq (run_end (&eval, 0), 0);
}

/* ---- Damaged ------------------------------------------------------------------------------------------ */

static char *
database (void)
{
    return stui_printf ("%s/state/stui/default/db", stage.place.directory);
}

/* Turns a byte in the newest COUNT records of session ID while nobody has the database open. */
static void
damage_records (const char *id, int count)
{
    char *path = database (), *error = NULL;
    leveldb_options_t *options = leveldb_options_create ();
    leveldb_t *db = leveldb_open (options, path, &error);
    cr_assert_not_null (db, "%s", error);
    leveldb_readoptions_t *reading = leveldb_readoptions_create ();
    leveldb_writeoptions_t *writing = leveldb_writeoptions_create ();
    leveldb_iterator_t *at = leveldb_create_iterator (db, reading);
    int damaged = 0;
    for (leveldb_iter_seek_to_last (at); leveldb_iter_valid (at) && damaged < count;
         leveldb_iter_prev (at)) {
        size_t key_size, size;
        const char *key = leveldb_iter_key (at, &key_size);
        const char *value = leveldb_iter_value (at, &size);
        if (strncmp (key, "session/", 8) != 0 || !memmem (key, key_size, id, strlen (id)))
            continue;
        char *copy = stui_strndup (value, size);
        copy[size / 2] ^= 1;
        leveldb_put (db, writing, key, key_size, copy, size, &error);
        cr_assert_null (error, "%s", error);
        free (copy);
        damaged++;
    }
    cr_assert_eq (damaged, count, "session %s has %d records", id, damaged);
    leveldb_iter_destroy (at);
    leveldb_readoptions_destroy (reading);
    leveldb_writeoptions_destroy (writing);
    leveldb_close (db);
    leveldb_options_destroy (options);
    free (path);
}

/* Two sessions, each of two generations or more, and nobody who owns the profile. */
static void
make_two_and_stop (void)
{
    static const char *const texts[] = {"first", "second"};
    for (int index = 0; index < 2; index++)
        make_session (index);
    for (int step = 0; step < 2; step++) {
        for (int index = 0; index < 2; index++)
            type_text (ids[index], texts[step]);
        for (int index = 0; index < 2; index++) {
            struct json *saved = show_saved (ids[index]);
            json_destroy (&saved);
        }
    }
    cr_assert_eq (stage_end_serve (&stage, SIGTERM), 0);
}

Test (crash, a_damaged_record_gives_way_to_the_one_before)
{
    make_two_and_stop ();
    damage_records (ids[0], 1);
    stage_serve (&stage);
    stage_pass (&stage, "one", "damaged");
    stage_pass (&stage, "one", "online");
    cr_assert_eq (count_sessions (), 2);
    struct json *older = show (ids[0]), *other = show (ids[1]);
    cr_assert_str_not_empty (text_in (older)); /* the first or, of a later record, the second */
    cr_assert_str_eq (text_in (other), "second");
    json_destroy (&older);
    json_destroy (&other);
}

Test (crash, a_session_without_any_good_record_takes_no_other_with_it)
{
    make_two_and_stop ();
    damage_records (ids[0], 3);
    stage_serve (&stage);
    stage_pass (&stage, "one", "damaged");
    stage_pass (&stage, "one", "online");
    struct json *other = show (ids[1]);
    cr_assert_str_eq (text_in (other), "second");
    json_destroy (&other);
    stage_expect_eval ("one", "3 + 4", "7");
}

Test (crash, a_database_that_cannot_be_opened_is_repaired_on_a_copy)
{
    make_two_and_stop ();
    char *path = database (), *current = stui_printf ("%s/CURRENT", path);
    FILE *file = fopen (current, "w");
    fputs ("MANIFEST-that-is-not-there\n", file);
    fclose (file);
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    cr_assert_eq (count_sessions (), 2);
    for (int index = 0; index < 2; index++) {
        struct json *session = show (ids[index]);
        cr_assert_str_eq (text_in (session), "second");
        json_destroy (&session);
    }
    free (current);
    free (path);
}

Test (crash, what_is_lost_for_good_is_named_by_events_and_doctor)
{
    make_two_and_stop ();
    char *path = database ();
    char *gone = stui_printf ("rm -rf '%s'/*.ldb '%s'/*.log '%s'/../exports", path, path, path);
    cr_assert_eq (system (gone), 0);
    stage_serve (&stage);
    for (int index = 0; index < 2; index++) {
        struct json *event = stage_await (&stage, NULL, "session_lost");
        const char *text = json_get_text (event, "text");
        cr_assert (strstr (text, ids[0]) || strstr (text, ids[1]), "%s", text);
        json_destroy (&event);
    }
    stage_expect_eval ("one", "3 + 4", "7");
    for (int time = 0; time < 2; time++) { /* also of a later start */
        struct run_result doctor = run_stui ("doctor");
        for (int index = 0; index < 2; index++)
            cr_assert_not_null (strstr (doctor.out, ids[index]), "%s", doctor.out);
        run_result_fini (&doctor);
        stage_end_serve (&stage, SIGTERM);
        stage_serve (&stage);
    }
    free (gone);
    free (path);
}

/* Symptom: after everything was lost `session ls` said that there never was a session, and doctor that all
 * was well. */
Test (crash, sessions_that_are_all_lost_are_not_called_none_yet)
{
    make_two_and_stop ();
    char *path = database ();
    char *gone = stui_printf ("rm -rf '%s'/../exports '%s'.before* '%s'", path, path, path);
    cr_assert_eq (system (gone), 0);
    stage_serve (&stage);
    struct run_result result = run_stui ("session", "ls");
    cr_assert_not_null (strstr (result.out, "2 were lost; `stui doctor`"), "%s%s", result.out,
                        result.err);
    run_result_fini (&result);
    result = run_stui ("doctor");
    cr_assert_eq (result.status, 1, "%s", result.out);
    cr_assert_not_null (strstr (result.out, "stui restore FILE"), "%s", result.out);
    run_result_fini (&result);
    result = run_stui ("doctor", "--repair", "--yes");
    run_result_fini (&result);
    result = run_stui ("doctor"); /* they are named on, and taken note of */
    cr_assert_eq (result.status, 0, "%s", result.out);
    cr_assert_not_null (strstr (result.out, ids[0]), "%s", result.out);
    run_result_fini (&result);
    free (gone);
    free (path);
}
