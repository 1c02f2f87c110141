/* test_life.c: an image's life as people see it who pull plugs: killed, stopped, started again,
 * exchanged, reached by two ways, let go. Real images; everything is read off the events and the
 * state that stui itself shows. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/proxy.h"
#include "support/stage.h"

/* Fast enough to wait for, slow enough that a loaded machine does not miss pings by itself. */
#define TIMINGS "ping_ms = 100\nbackoff_min_ms = 10\nbackoff_max_ms = 200\nhandshake_ms = 2000\n"

static struct stage stage;

static void
setup (void)
{
    stage_open (&stage, TIMINGS);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (life, .init = setup, .fini = teardown, .timeout = 120);

static void
expect_text (const struct json *json, const char *key, const char *text)
{
    const char *got = json_get_text (json, key);
    cr_assert (got && strcmp (got, text) == 0, "%s is %s instead of %s", key, got ? got : "null",
               text);
}

static void
expect_in_text (const struct json *event, const char *part)
{
    const char *text = json_get_text (event, "text");
    cr_assert (text && strstr (text, part), "'%s' is not in: %s", part, text ? text : "null");
}

/* A session of IMAGE in which the variable X has a value. Its id; caller frees. */
static char *
make_session (const char *image)
{
    struct run_result made = run_stui ("session", "new", image, "work", "--json");
    cr_assert_eq (made.status, 0, "%s", made.err);
    struct json *session = stage_parse (made.out);
    char *id = stui_strdup (json_get_text (session, "session_id"));
    json_destroy (&session);
    run_result_fini (&made);
    struct run_result set = run_stui ("eval", image, "--session", id, "-e", "x := 42");
    cr_assert_eq (set.status, 0, "%s", set.err);
    run_result_fini (&set);
    return id;
}

static int
run_quiet (const char *one, const char *two, const char *three)
{
    struct run_result result = run_stui (one, two, three);
    int status = result.status;
    run_result_fini (&result);
    return status;
}

/* ---- Killed and started again ------------------------------------------------------------------- */

Test (life, a_killed_image_is_offline_by_its_closed_connection)
{
    struct image *image = stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    image_kill (image);
    struct json *event = stage_await (&stage, "one", "offline");
    expect_in_text (event, ", 0 pings missed");
    json_destroy (&event);
    struct json *state = stage_await_state ("one", "state", "offline");
    while (json_get_number (state, "attempt", 0) < 2) { /* until it is tried again */
        json_destroy (&state);
        state = stage_await_state ("one", "state", "offline");
    }
    expect_text (state, "link", "down");
    expect_text (state, "image", "unknown");
    cr_assert_str_not_empty (json_get_text (state, "cause"));
    json_destroy (&state);
    struct run_result eval = run_stui ("eval", "one", "--wait", "0.2", "-e", "1");
    cr_assert_eq (eval.status, 3, "status %d: %s", eval.status, eval.err);
    run_result_fini (&eval);
}

Test (life, a_restarted_image_is_itself_again_with_its_sessions_made_anew)
{
    struct image *image = stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    struct json *before = stage_state ("one");
    char *session = make_session ("one");
    image_kill (image);
    stage_pass (&stage, "one", "offline");
    struct json *away = stage_await_state ("one", "state", "offline");
    json_destroy (&away);
    stage_restart_image (image);
    stage_pass (&stage, "one", "online");
    struct json *event = stage_await (&stage, "one", "session_recreated");
    expect_in_text (event, "variables' values are gone");
    json_destroy (&event);

    struct json *after = stage_state ("one");
    expect_text (after, "state", "online");
    expect_text (after, "image_id", json_get_text (before, "image_id"));
    cr_assert_str_neq (json_get_text (after, "boot_id"), json_get_text (before, "boot_id"));
    cr_assert_eq (json_get_number (after, "sessions", 0), 1);
    struct run_result eval = run_stui ("eval", "one", "--session", session, "-e", "x := 1. x + 1");
    cr_assert_eq (eval.status, 0, "%s", eval.err);
    cr_assert_str_eq (eval.out, "2\n");
    run_result_fini (&eval);
    json_destroy (&before);
    json_destroy (&after);
    free (session);
}

Test (life, an_image_killed_again_and_again_comes_back_each_time)
{
    enum { TIMES = 5 };
    struct image *image = stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    for (int time = 0; time < TIMES; time++) {
        image_kill (image);
        stage_pass (&stage, "one", "offline");
        stage_restart_image (image);
        stage_pass (&stage, "one", "online");
        stage_expect_eval ("one", "3 + 4", "7");
    }
}

/* ---- Stopped and continued ----------------------------------------------------------------------- */

Test (life, a_stopped_image_is_suspect_then_offline_and_the_same_when_continued)
{
    struct image *image = stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    struct json *before = stage_state ("one");
    char *session = make_session ("one");
    stage_pause_image (image);
    struct json *event = stage_await (&stage, "one", "suspect");
    expect_in_text (event, "3 pings unanswered");
    json_destroy (&event);
    event = stage_await (&stage, "one", "offline");
    expect_in_text (event, "5 pings unanswered");
    json_destroy (&event);
    stage_continue_image (image);
    stage_pass (&stage, "one", "online");
    stage_pass (&stage, "one", "session_restored");

    struct json *after = stage_await_state ("one", "state", "online");
    expect_text (after, "boot_id", json_get_text (before, "boot_id"));
    struct run_result eval = run_stui ("eval", "one", "--session", session, "-e", "x");
    cr_assert_str_eq (eval.out, "42\n", "the variable was lost: %s%s", eval.out, eval.err);
    run_result_fini (&eval);
    json_destroy (&before);
    json_destroy (&after);
    free (session);
}

Test (life, a_line_that_swallows_everything_is_suspect_then_offline_then_online_again)
{
    struct image *image = stage_start_image (&stage, "one");
    struct proxy *proxy = proxy_open (image->address);
    stage_list (&stage, "one", proxy_address (proxy));
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    proxy_set_mode (proxy, PROXY_BLACK_HOLE);
    stage_pass (&stage, "one", "suspect");
    stage_pass (&stage, "one", "offline");
    proxy_set_mode (proxy, PROXY_PASS);
    stage_pass (&stage, "one", "online");
    stage_expect_eval ("one", "3 + 4", "7");
    proxy_close (&proxy);
}

Test (life, a_late_answer_ends_the_suspicion_without_a_new_connection)
{
    struct image *image = stage_start_image (&stage, "one");
    struct proxy *proxy = proxy_open (image->address);
    stage_list (&stage, "one", proxy_address (proxy));
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    size_t connections = proxy_connections (proxy);
    proxy_set_mode (proxy, PROXY_BLACK_HOLE);
    stage_pass (&stage, "one", "suspect");
    proxy_set_mode (proxy, PROXY_PASS);
    struct json *event = stage_await (&stage, "one", "answers");
    json_destroy (&event);
    cr_assert_eq (proxy_connections (proxy), connections);
    proxy_close (&proxy);
}

Test (life, a_slow_line_is_no_dead_one)
{
    enum { DELAY_MS = 150 }; /* longer than the time between two pings */
    struct image *image = stage_start_image (&stage, "one");
    struct proxy *proxy = proxy_open (image->address);
    stage_list (&stage, "one", proxy_address (proxy));
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    proxy_set_delay (proxy, DELAY_MS);
    for (int time = 0; time < 3; time++)
        stage_expect_eval ("one", "3 + 4", "7");
    cr_assert_eq (proxy_connections (proxy), 1, "the connection was given up");
    proxy_close (&proxy);
}

Test (life, nothing_listens_and_nothing_answers_are_told_apart)
{
    struct image *image = stage_start_image (&stage, "one");
    struct proxy *closed = proxy_open (image->address), *silent = proxy_open (image->address);
    proxy_set_mode (closed, PROXY_REFUSE);
    proxy_set_mode (silent, PROXY_BLACK_HOLE);
    stage_list (&stage, "closed", proxy_address (closed));
    stage_list (&stage, "silent", proxy_address (silent));
    stage_serve (&stage);
    struct json *event = stage_await (&stage, "closed", "unreachable");
    expect_in_text (event, "nothing listens on that port");
    json_destroy (&event);
    event = stage_await (&stage, "silent", "unreachable");
    expect_in_text (event, "handshake");
    json_destroy (&event);
    proxy_close (&closed);
    proxy_close (&silent);
}

/* ---- The user's hand -------------------------------------------------------------------------------- */

Test (life, stop_lets_go_and_enable_takes_up_again)
{
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    cr_assert_eq (run_quiet ("image", "stop", "one"), 0);
    stage_pass (&stage, "one", "disabled");
    struct json *state = stage_await_state ("one", "state", "disabled");
    json_destroy (&state);
    struct run_result eval = run_stui ("eval", "one", "-e", "1");
    cr_assert_eq (eval.status, 3, "status %d: %s", eval.status, eval.err);
    run_result_fini (&eval);
    cr_assert_eq (run_quiet ("image", "enable", "one"), 0);
    stage_pass (&stage, "one", "online");
    stage_expect_eval ("one", "3 + 4", "7");
}

/* Symptom: an image that was told to listen on all addresses said so and listened on the loopback's. */
Test (life, an_image_that_listens_on_all_addresses_is_reached_by_each)
{
    struct image everywhere;
    char address[64];
    cr_assert_eq (
        image_start (&everywhere, "one", NULL, 0, (const char *const[]){"--host", "0.0.0.0", NULL}),
        0);
    snprintf (address, sizeof address, "tcp://127.0.0.2:%d", everywhere.port);
    stage_list (&stage, "one", address);
    stage_serve (&stage);
    stage_expect_eval ("one", "3 + 4", "7");
    image_stop (&everywhere);
}

/* Whichever event of the two images comes first. */
static void
await_word (const char *name, const char *word)
{
    struct json *state = stage_await_state (name, "state", word);
    json_destroy (&state);
}

/* Symptom: an image that was stopped was connected again by the next start. */
Test (life, an_image_is_taken_up_again_only_if_it_was_held)
{
    stage_add_image (&stage, "one");
    stage_add_image (&stage, "two");
    stage_serve (&stage);
    await_word ("one", "online");
    await_word ("two", "online");
    cr_assert_eq (run_quiet ("image", "stop", "one"), 0);
    stage_pass (&stage, "one", "disabled");
    stage_end_serve (&stage, SIGKILL);
    stage_serve (&stage);
    await_word ("two", "online");
    await_word ("one", "disabled");
    cr_assert_eq (run_quiet ("image", "enable", "one"), 0);
    await_word ("one", "online");
    stage_end_serve (&stage, SIGTERM);
    stage_serve (&stage);
    await_word ("one", "online");
}

/* Asks for an attempt at NAME, which has had so many and would wait for hours; for another one when
 * that failed: on a machine that is busy enough any may. */
static void
retry_until_online (const char *name, int64_t attempts)
{
    for (bool online = false; !online;) {
        struct json *state = stage_state (name);
        online = strcmp (json_get_text (state, "state"), "online") == 0;
        if (!online && strcmp (json_get_text (state, "phase"), "waiting") == 0
            && json_get_number (state, "attempt", 0) >= attempts) {
            attempts = json_get_number (state, "attempt", 0) + 1;
            cr_assert_eq (run_quiet ("image", "retry", name), 0);
        }
        json_destroy (&state);
    }
}

Test (life, retry_does_not_wait_for_the_backoff)
{
    /* The backoff is the image's own, and longer than any test. */
    struct image *image = stage_start_image (&stage, "one");
    struct proxy *proxy = proxy_open (image->address);
    proxy_set_mode (proxy, PROXY_REFUSE);
    char *address = stui_printf ("%s\nbackoff_min_ms = 600000\nbackoff_max_ms = 3600000",
                                 proxy_address (proxy));
    stage_list (&stage, "one", address);
    free (address);
    stage_serve (&stage);
    stage_pass (&stage, "one", "unreachable");
    struct json *state = stage_await_state ("one", "state", "offline");
    expect_text (state, "phase", "waiting");
    cr_assert_eq (json_get_number (state, "attempt", 0), 1);
    json_destroy (&state);
    proxy_set_mode (proxy, PROXY_PASS);
    retry_until_online ("one", 1);
    proxy_close (&proxy);
}

/* ---- Who is there ------------------------------------------------------------------------------------ */

Test (life, another_image_at_a_known_address_leaves_the_sessions_of_the_old_one)
{
    struct image *image = stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    struct json *before = stage_state ("one");
    char *session = make_session ("one");
    image_kill (image);
    stage_pass (&stage, "one", "offline");
    /* Its id is kept under its name: with another name it is another image. */
    strcpy (image->name, "other");
    stage_restart_image (image);
    struct json *event = stage_await (&stage, "one", "replaced");
    expect_in_text (event, "another image");
    json_destroy (&event);
    stage_pass (&stage, "one", "online");
    struct json *after = stage_await_state ("one", "state", "online");
    cr_assert_str_neq (json_get_text (after, "image_id"), json_get_text (before, "image_id"));
    cr_assert_eq (json_get_number (after, "sessions", -1), 0);
    struct run_result status = run_stui ("status");
    cr_assert_not_null (strstr (status.out, "another image than before"), "%s", status.out);
    run_result_fini (&status);
    struct run_result list = run_stui ("session", "ls", "--json");
    cr_assert_not_null (strstr (list.out, session), "the session is gone: %s", list.out);
    cr_assert_not_null (strstr (list.out, json_get_text (before, "image_id")), "%s", list.out);
    run_result_fini (&list);
    json_destroy (&before);
    json_destroy (&after);
    free (session);
}

/* Symptom: that an image had moved to another address was said by an event alone, and nothing tried it. */
Test (life, an_image_that_moved_is_known_by_what_it_was)
{
    struct image *image = stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    image_kill (image);
    stage_pass (&stage, "one", "offline");
    image->port = 0; /* a free one: it has its id yet */
    stage_restart_image (image);
    struct run_result added = run_stui ("image", "add", "two", image->address);
    cr_assert_eq (added.status, 0, "%s", added.err);
    run_result_fini (&added);
    struct json *event = stage_await (&stage, "two", "moved");
    expect_in_text (event, "the image that one was");
    json_destroy (&event);
    stage_pass (&stage, "two", "online");
    struct json *state = stage_await_state ("two", "state", "online");
    cr_assert_str_eq (json_get_text (state, "verdict"), "moved");
    cr_assert_str_eq (json_get_text (state, "other"), "one");
    json_destroy (&state);
    struct run_result status = run_stui ("status");
    cr_assert_not_null (strstr (status.out, "the image that one was"), "%s", status.out);
    run_result_fini (&status);
}

/* What `session ls` says of the state of the session ID. */
static void
await_session_state (const char *id, const char *word)
{
    for (bool seen = false; !seen;) {
        struct run_result list = run_stui ("session", "ls", "--json");
        struct json *sessions = stage_parse (list.out);
        for (const struct json *one = json_first (sessions); one; one = json_next (one)) {
            const char *state = json_get_text (one, "state");
            if (strcmp (json_get_text (one, "session_id"), id) == 0)
                seen = strcmp (state, word) == 0;
            cr_assert_str_neq (state, "failed", "%s", json_get_text (one, "reason"));
        }
        json_destroy (&sessions);
        run_result_fini (&list);
    }
}

Test (life, the_sixth_session_takes_the_place_of_the_one_used_least_recently)
{
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    char *sessions[6];
    for (size_t index = 0; index < 6; index++)
        sessions[index] = make_session ("one");
    stage_pass (&stage, "one", "session_stored");
    await_session_state (sessions[0], "stored");
    struct run_result again = run_stui ("session", "restore", sessions[0]);
    cr_assert_eq (again.status, 0, "%s", again.err);
    run_result_fini (&again);
    await_session_state (sessions[1], "stored");
    struct run_result kept = run_stui ("eval", "one", "--session", sessions[5], "-e", "x");
    cr_assert_str_eq (kept.out, "42\n", "%s", kept.err);
    run_result_fini (&kept);
    for (size_t index = 0; index < 6; index++)
        free (sessions[index]);
}

Test (life, an_image_by_two_addresses_is_one_image_and_an_alias)
{
    struct image *image = stage_start_image (&stage, "one");
    struct proxy *proxy = proxy_open (image->address);
    stage_list (&stage, "one", image->address);
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    stage_list (&stage, "door", proxy_address (proxy));
    kill (stage.serve.pid, SIGHUP);
    struct json *event = stage_await (&stage, "door", "alias");
    expect_in_text (event, "one");
    json_destroy (&event);
    stage_pass (&stage, "door", "online");
    struct run_result eval = run_stui ("eval", "door", "-e", "1");
    cr_assert_eq (eval.status, 3, "status %d: %s", eval.status, eval.err);
    run_result_fini (&eval);
    stage_expect_eval ("one", "3 + 4", "7"); /* not fenced by it */
    struct run_result session = run_stui ("session", "new", "door", "lost");
    cr_assert_eq (session.status, 1, "no session is kept under another route");
    cr_assert_not_null (strstr (session.err, "another route to the image that one is"), "%s",
                        session.err);
    run_result_fini (&session);
    cr_assert_eq (run_quiet ("image", "rm", "one"), 0);
    while (run_quiet ("session", "new", "door") != 0) /* until it is judged anew */
        ;
    stage_expect_eval ("door", "3 + 4", "7");
    proxy_close (&proxy);
}

Test (life, a_changed_configuration_is_read_at_sighup)
{
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    stage_add_image (&stage, "two");
    kill (stage.serve.pid, SIGHUP);
    stage_pass (&stage, "two", "online");
    stage_expect_eval ("two", "3 + 4", "7");

    run_place_configure (&stage.place, "[image \"two\"]\nadress = nowhere\n");
    kill (stage.serve.pid, SIGHUP);
    struct json *event = stage_await (&stage, NULL, "config_error");
    expect_in_text (event, "adress");
    json_destroy (&event);
    stage_expect_eval ("one", "3 + 4", "7"); /* what was read before still holds */
}
