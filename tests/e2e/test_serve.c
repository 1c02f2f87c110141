/* test_serve.c: the process that holds the images: how it says that it is ready, how long it takes
 * to stop whatever the images do, and that there is one owner of a profile and no second. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "support/await.h"
#include "support/proxy.h"
#include "support/stage.h"

enum {
    STOP_MS = 2000, /* what is promised */
    SLACK_MS = 500, /* for a process to be started and waited for on a loaded machine */
};

#define TIMINGS "ping_ms = 100\nbackoff_min_ms = 10\nbackoff_max_ms = 100\nhandshake_ms = 1000\n"

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

TestSuite (serve, .init = setup, .fini = teardown, .timeout = 120);

static pid_t
owner_pid (void)
{
    struct run_result result = run_stui ("status", "--json");
    struct json *status = stage_parse (result.out);
    pid_t pid = (pid_t) json_get_number (status, "owner_pid", 0);
    json_destroy (&status);
    run_result_fini (&result);
    return pid;
}

/* Until the process PID, which is not our child, has ended. */
static void
expect_end (pid_t pid)
{
    cr_assert (await_end (pid, clock_mono_ms () + RUN_GUARD_MS), "process %ld does not end",
               (long) pid);
}

/* ---- Stopping ------------------------------------------------------------------------------------ */

/* Sends SIGNAL to serve, which must be gone in time, with exit status 0. */
static void
expect_stop (int signal_number)
{
    int64_t begun_ms = clock_mono_ms ();
    int status = stage_end_serve (&stage, signal_number);
    int64_t took_ms = clock_mono_ms () - begun_ms;
    cr_assert_eq (status, 0, "exit status %d", status);
    cr_assert_lt (took_ms, STOP_MS + SLACK_MS, "it took %lld ms", (long long) took_ms);
    cr_log_info ("stopped in %lld ms", (long long) took_ms);
}

Test (serve, sigterm_and_sigint_stop_it_with_success)
{
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    expect_stop (SIGTERM);
    stage_serve (&stage);
    expect_stop (SIGINT);
}

Test (serve, stopping_does_not_wait_for_images_that_hang)
{
    struct image *stopped = stage_add_image (&stage, "stopped");
    struct image *behind = stage_start_image (&stage, "behind");
    stage_add_image (&stage, "looping");
    struct proxy *hole = proxy_open (behind->address), *lost = proxy_open (behind->address);
    stage_list (&stage, "swallowed", proxy_address (hole));
    proxy_set_mode (lost, PROXY_BLACK_HOLE);
    stage_list (&stage, "never-there", proxy_address (lost));
    stage_list (&stage, "nobody", "tcp://127.0.0.1:1");
    stage_serve (&stage);
    static const char *const online[] = {"stopped", "looping", "swallowed"};
    for (size_t index = 0; index < sizeof online / sizeof *online; index++) {
        struct json *state = stage_await_state (online[index], "state", "online");
        json_destroy (&state);
    }
    struct run_process eval;
    run_start (&eval, &stage.place, NULL,
               (const char *const[]){"eval", "looping", "--json", "-e", "[true] whileTrue", NULL});
    struct json *state = stage_await_state ("looping", "evaluator", "busy");
    json_destroy (&state);
    stage_pause_image (stopped);
    proxy_set_mode (hole, PROXY_BLACK_HOLE);

    expect_stop (SIGTERM);

    struct json *said = stage_parse (run_await (&eval, NULL, NULL));
    cr_assert_str_eq (json_get_text (said, "status"), "in_doubt");
    json_destroy (&said);
    cr_assert_eq (run_end (&eval, 0), 4);
    proxy_close (&hole);
    proxy_close (&lost);
}

Test (serve, stui_stop_ends_it_and_returns_when_the_next_can_start)
{
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    int64_t begun_ms = clock_mono_ms ();
    struct run_result stop = run_stui ("stop");
    cr_assert_eq (stop.status, 0, "%s", stop.err);
    run_result_fini (&stop);
    cr_assert_lt (clock_mono_ms () - begun_ms, STOP_MS + SLACK_MS);
    cr_assert_eq (stage_end_serve (&stage, 0), 0);
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
}

/* ---- One owner ----------------------------------------------------------------------------------- */

Test (serve, a_second_owner_is_refused_and_commands_attach)
{
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    char pid[24];
    snprintf (pid, sizeof pid, "%ld", (long) stage.serve.pid);
    struct run_result second = run_stui ("serve");
    cr_assert_eq (second.status, 1, "status %d", second.status);
    cr_assert_not_null (strstr (second.err, pid), "it does not name the owner %s: %s", pid,
                        second.err);
    run_result_fini (&second);
    cr_assert_eq (owner_pid (), stage.serve.pid);
    stage_expect_eval ("one", "3 + 4", "7");
    expect_stop (SIGTERM); /* the refused one took nothing away */
}

Test (serve, profiles_have_owners_of_their_own)
{
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    struct run_result other = run_stui ("--profile", "other", "status", "--json");
    struct json *status = stage_parse (other.out);
    cr_assert_str_eq (json_get_text (status, "profile"), "other");
    cr_assert_neq (json_get_number (status, "owner_pid", 0), stage.serve.pid);
    json_destroy (&status);
    run_result_fini (&other);
    stage_expect_eval ("one", "3 + 4", "7"); /* another client_id fences nobody */
}

Test (serve, a_stopped_owner_is_said_to_be_stopped)
{
    stage_serve (&stage);
    kill (stage.serve.pid, SIGSTOP);
    struct run_result status = run_stui ("status");
    cr_assert_eq (status.status, 1, "status %d: %s", status.status, status.out);
    char *sentence = stui_printf ("owner %ld stopped", (long) stage.serve.pid);
    cr_assert_not_null (strstr (status.err, sentence), "%s", status.err);
    free (sentence);
    run_result_fini (&status);
    kill (stage.serve.pid, SIGCONT);
    cr_assert_eq (owner_pid (), stage.serve.pid);
}

Test (serve, what_a_killed_owner_left_behind_hinders_nobody)
{
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    kill (stage.serve.pid, SIGKILL);
    stage_end_serve (&stage, 0);
    stage_expect_eval ("one", "3 + 4", "7");
}

/* Symptom: a session that the image had had for long was listed as fresh. */
Test (serve, a_session_that_the_image_has_is_listed_as_restored)
{
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    struct run_result result = run_stui ("session", "new", "one", "work");
    cr_assert_eq (result.status, 0, "%s", result.err);
    run_result_fini (&result);
    stage_pass (&stage, "one", "session_restored");
    result = run_stui ("session", "ls", "--json");
    struct json *list = stage_parse (result.out);
    cr_assert_str_eq (json_get_text (json_at (list, 0), "state"), "restored", "%s", result.out);
    json_destroy (&list);
    run_result_fini (&result);
}

/* ---- Following events ------------------------------------------------------------------------------ */

/* Until the file `background.err`, where background processes complain, has TEXT in it. */
static void
await_complaint (const char *text)
{
    char *path = stui_printf ("%s/background.err", stage.place.directory);
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    for (bool said = false; !said;) {
        cr_assert_lt (clock_mono_ms (), deadline, "nobody said: %s", text);
        char *all = path_read (path, 1 << 20, NULL);
        said = all && strstr (all, text);
        free (all);
    }
    free (path);
}

static int64_t
next_seq (struct run_process *follower)
{
    struct json *event = stage_parse (run_await (follower, NULL, NULL));
    int64_t seq = json_get_number (event, "seq", 0);
    json_destroy (&event);
    return seq;
}

/* Symptom: `events -f` ended when its owner did. */
Test (serve, events_are_followed_from_one_owner_to_the_next_without_gap_or_repeat)
{
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    struct run_process follower;
    run_start (&follower, &stage.place, NULL,
               (const char *const[]){"events", "-f", "--json", "-n", "1000", NULL});
    int64_t seq = 0;
    for (int owner = 0; owner < 3; owner++) {
        /* Every number once, over each end of an owner: killed, told to stop, killed. */
        struct run_result status = run_stui ("events", "--json", "-n", "1");
        struct json *last = stage_parse (status.out);
        int64_t last_seq = json_get_number (last, "seq", 0);
        json_destroy (&last);
        run_result_fini (&status);
        while (seq < last_seq) {
            int64_t next = next_seq (&follower);
            cr_assert_eq (next, seq + 1, "%lld came after %lld", (long long) next, (long long) seq);
            seq = next;
        }
        stage_end_serve (&stage, owner == 1 ? SIGTERM : SIGKILL);
        stage_serve (&stage);
        stage_pass (&stage, "one", "online");
        char *said = stui_printf ("process %ld owns the profile now", (long) stage.serve.pid);
        await_complaint (said);
        free (said);
    }
    run_end (&follower, SIGKILL);
}

/* Symptom: after a database was lost, or restored from a backup, `events -f` asked for what comes after a number that
 * there was not any more, was answered at once with nothing, and asked again: the owner was kept busy with it, and
 * nothing was shown until the new numbers had passed the old one. */
Test (serve, who_follows_events_goes_on_when_they_are_numbered_anew)
{
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    char session[STUI_UUID_LEN + 1];
    for (int more = 0; more < 3; more++) {
        stage_new_session ("one", more == 0 ? "a" : more == 1 ? "b" : "c", session);
        stage_pass (&stage, "one", "session_restored");
    }
    struct run_process follower;
    run_start (&follower, &stage.place, NULL,
               (const char *const[]){"events", "-f", "--json", "-n", "1", NULL});
    cr_assert_gt (next_seq (&follower), 3);
    stage_end_serve (&stage, SIGTERM);
    char *lose = stui_printf ("rm -r '%s/state/stui/default'", stage.place.directory);
    cr_assert_eq (system (lose), 0);
    free (lose);
    stage_serve (&stage);
    await_complaint ("events are numbered anew");
    cr_assert_eq (next_seq (&follower), 1);
    run_end (&follower, SIGKILL);
}

/* Nobody starts an owner: the follower does, as terminals do. */
Test (serve, who_follows_events_starts_an_owner_when_none_comes)
{
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    struct run_process follower;
    run_start (&follower, &stage.place, NULL,
               (const char *const[]){"events", "-f", "--json", "-n", "1", NULL});
    run_await (&follower, NULL, NULL);
    stage_end_serve (&stage, SIGKILL);
    await_complaint ("owns the profile now: going on with the next event");
    stage_expect_eval ("one", "3 + 4", "7");
    run_await (&follower, run_line_contains, "\"online\"");
    run_end (&follower, SIGKILL);
}

Test (serve, an_owner_for_one_command_ends_when_its_last_client_left)
{
    stage_add_image (&stage, "one");
    struct run_process first;
    run_start (&first, &stage.place, NULL,
               (const char *const[]){"eval", "one", "-e",
                                     "(Smalltalk at: #Gate put: Semaphore new) wait. 1", NULL});
    struct json *state = stage_await_state ("one", "evaluator", "busy");
    json_destroy (&state);
    pid_t owner = owner_pid ();
    cr_assert_neq (owner, getpid ());
    for (int time = 0; time < 3; time++)
        cr_assert_eq (owner_pid (), owner, "it ended though a client was there");
    stage_expect_eval ("one", "(Smalltalk at: #Gate) signal. 2", "2");
    cr_assert_eq (run_end (&first, 0), 0);
    expect_end (owner);
}

/* ---- What it says ----------------------------------------------------------------------------------- */

/* The text of the file PATH once it has PART in it; caller frees. */
static char *
await_log (const char *path, const char *part)
{
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    for (;;) {
        char *log = path_read (path, 1 << 20, NULL);
        if (log && strstr (log, part))
            return log;
        cr_assert_lt (clock_mono_ms (), deadline, "'%s' does not come into: %s", part,
                      log ? log : "no file");
        free (log);
    }
}

Test (serve, the_log_goes_where_it_is_told)
{
    char *path = stui_printf ("%s/stui.log", stage.place.directory);
    run_start (&stage.serve, &stage.place, NULL,
               (const char *const[]){"serve", "--log-file", path, NULL});
    char *log = await_log (path, "listening on ");
    free (log);
    cr_assert_eq (run_end (&stage.serve, SIGTERM), 0);
    log = await_log (path, "stopped");
    cr_assert_not_null (strstr (log, "stopping: SIGTERM"), "%s", log);
    free (log);
    free (path);
    struct run_result nowhere = run_stui ("serve", "--log-file", "/no/such/directory/stui.log");
    cr_assert_eq (nowhere.status, 1);
    cr_assert_not_null (strstr (nowhere.err, "/no/such/directory/stui.log"), "%s", nowhere.err);
    run_result_fini (&nowhere);
}

Test (serve, a_wrong_configuration_is_said_with_its_line)
{
    run_place_configure (&stage.place, "[stui]\nping_ms = soon\n");
    struct run_result serve = run_stui ("serve");
    cr_assert_eq (serve.status, 1, "status %d", serve.status);
    cr_assert_not_null (strstr (serve.err, ":2: "), "%s", serve.err);
    cr_assert_not_null (strstr (serve.err, "ping_ms"), "%s", serve.err);
    run_result_fini (&serve);
}
