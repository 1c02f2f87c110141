/* test_slow.c: terminals and clients that stop reading while ten thousand evaluations are made and
 * reported: no supervisor waits for them, the owner does not grow, nobody else notices, and who
 * takes nothing for ten seconds while bytes wait for it is detached. */

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "support/owner_client.h"
#include "support/peer.h"
#include "support/pty.h"
#include "support/stage.h"

enum {
    EVALUATIONS = 10000,
    PARTS = 20, /* in which they are made, memory looked at after each */
    WINDOW = 32,
    REQUESTS = 2000, /* far above the room of a terminal */
    FILE_BYTES = 2 << 20,
    PATIENCE_MS = 10000,
    QUIET_MS = 500, /* a socket that takes nothing for so long is full */
    GROWS_KB = 8 * 1024,
    KEEPS_KB = 8 * 1024,  /* of the 16 MB that waited and went */
    HOLDS_KB = 40 * 1024, /* eight files for one client, and room */
};

static struct stage stage;
static struct peer *image;
static struct pty terminal;
static struct owner_client busy, slow;

/* A sanitizer keeps 256 MB of what was freed out of use: little of it here, where memory is
 * measured. */
static void
quarantine_little (void)
{
    const char *given = getenv ("ASAN_OPTIONS");
    char *options = stui_printf ("%s:quarantine_size_mb=1:thread_local_quarantine_size_kb=64",
                                 given ? given : "");
    setenv ("ASAN_OPTIONS", options, 1);
    free (options);
}

static void
setup (void)
{
    quarantine_little ();
    stage_open (&stage, "ping_ms = 500\nbackoff_min_ms = 10\nbackoff_max_ms = 200\n");
    image = peer_open ("alpha", PEER_BEHAVES);
    stage_list (&stage, "alpha", peer_address (image));
    stage_serve (&stage);
    stage_pass (&stage, "alpha", "online");
    owner_client_open (&busy);
}

static void
teardown (void)
{
    owner_client_close (&busy);
    owner_client_close (&slow);
    pty_close (&terminal);
    stage_close (&stage);
    peer_close (&image);
}

TestSuite (slow, .init = setup, .fini = teardown, .timeout = 180);

/* ---- helpers ---- */

/* Resident memory of the owner, by /proc/PID/statm. */
static long
owner_kb (void)
{
    long whole = 0, resident = 0;
    char *path = stui_printf ("/proc/%ld/statm", (long) stage.serve.pid);
    FILE *file = fopen (path, "r");
    cr_assert (file && fscanf (file, "%ld %ld", &whole, &resident) == 2, "%s", path);
    fclose (file);
    free (path);
    return resident * (sysconf (_SC_PAGESIZE) / 1024);
}

/* COUNT evaluations by the client that reads; each must be answered. */
static void
evaluate (int count)
{
    int sent = 0, answered = 0;
    while (answered < count) {
        while (sent < count && sent - answered < WINDOW) {
            owner_client_send (&busy, owner_client_evaluation ("alpha", "3 + 4"));
            sent++;
        }
        struct msg *answer = owner_client_next (&busy);
        cr_assert_eq (answer->verb, MSG_OK, "%s: %s", msg_text (answer, 0), msg_text (answer, 1));
        msg_destroy (&answer);
        answered++;
    }
}

/* The image has been online since the first attempt, and has not been missed. */
static void
expect_undisturbed (void)
{
    struct run_result show = run_stui ("image", "show", "alpha", "--json");
    struct json *whole = stage_parse (show.out);
    const struct json *state = json_get (whole, "state");
    cr_assert_str_eq (json_get_text (state, "state"), "online");
    cr_assert_eq (json_get_number (state, "attempt", 0), 1);
    cr_assert_eq (json_get_number (state, "missed", -1), 0);
    json_destroy (&whole);
    run_result_fini (&show);
    struct run_result events = run_stui ("events", "--json", "-n", "1000");
    cr_assert_null (strstr (events.out, "\"suspect\""), "it was suspected: %s", events.out);
    run_result_fini (&events);
}

/* ---- the tests ---- */

Test (slow, a_stopped_terminal_delays_nobody_and_grows_nothing)
{
    siginfo_t info;
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "1 online");
    evaluate (EVALUATIONS / 10); /* the owner has reached its size */
    long before_kb = owner_kb ();
    kill (terminal.pid, SIGSTOP);
    cr_assert_eq (waitid (P_PID, (id_t) terminal.pid, &info, WSTOPPED), 0);
    evaluate (EVALUATIONS);
    long after_kb = owner_kb ();
    cr_log_info ("10,000 evaluations beside a stopped terminal: owner %ld KB, then %ld KB",
                 before_kb, after_kb);
    cr_assert_lt (after_kb - before_kb, GROWS_KB);
    expect_undisturbed ();
    struct run_result add = run_stui ("image", "add", "beta", run_closed_address ());
    cr_assert_eq (add.status, 0, "%s", add.err);
    run_result_fini (&add);
    kill (terminal.pid, SIGCONT);
    pty_await (&terminal, "beta");
    pty_await (&terminal, "1 online");
}

/* Asks for the file at PATH again and again without reading, until nothing more is taken. */
static void
ask_without_reading (const char *path)
{
    for (int at = 0; at < REQUESTS; at++) {
        if (owner_client_try (&slow, msg_new ("worker", MSG_FILE_READ, 0, path)))
            continue;
        struct pollfd ready = {.fd = slow.fd, .events = POLLOUT};
        if (poll (&ready, 1, QUIET_MS) == 0)
            return;
    }
}

Test (slow, a_client_that_does_not_read_is_detached_and_nobody_else_notices)
{
    char *path = stui_printf ("%s/large", stage.place.directory);
    char *text = stui_alloc (FILE_BYTES + 1);
    memset (text, 'x', FILE_BYTES);
    FILE *file = fopen (path, "w");
    cr_assert (file && fputs (text, file) >= 0 && fclose (file) == 0);
    free (text);
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "1 online");
    evaluate (EVALUATIONS / 10);
    long before_kb = owner_kb ();

    owner_client_open (&slow);
    int64_t begun_ms = clock_mono_ms ();
    ask_without_reading (path);
    long while_kb = 0;
    for (int part = 0; part < PARTS; part++) {
        evaluate (EVALUATIONS / PARTS);
        long now_kb = owner_kb ();
        while_kb = now_kb > while_kb ? now_kb : while_kb;
    }
    cr_assert_lt (while_kb - before_kb, HOLDS_KB, "%ld KB, then %ld KB", before_kb, while_kb);
    struct json *event = stage_await (&stage, NULL, "terminal_detached");
    int64_t detached_ms = clock_mono_ms () - begun_ms;
    cr_assert_not_null (strstr (json_get_text (event, "text"), "took nothing for 10000 ms"));
    json_destroy (&event);
    cr_assert_geq (detached_ms, PATIENCE_MS, "detached after %lld ms", (long long) detached_ms);
    owner_client_await_end (&slow);

    evaluate (WINDOW); /* a turn or two after the detachment */
    long after_kb = owner_kb ();
    cr_log_info ("a client that does not read: owner %ld KB, %ld KB while it was there, %ld KB "
                 "after it was detached, in %lld ms",
                 before_kb, while_kb, after_kb, (long long) detached_ms);
    cr_assert_lt (after_kb - before_kb, KEEPS_KB);
    expect_undisturbed ();
    cr_assert (pty_shows (&terminal, "1 online"));
    cr_assert_not (pty_shows (&terminal, "unlinked"));
    stage_expect_eval ("alpha", "3 + 4", "7");
    free (path);
}

/* It has 256 watches open and reads none of their answers: each is answered once, whatever happens
 * after. */
Test (slow, watches_that_nobody_reads_are_answered_once_and_grow_nothing)
{
    evaluate (EVALUATIONS / 10);
    owner_client_open (&slow);
    for (int at = 0; at < STUI_TERMINAL_ROOM; at++)
        owner_client_send (&slow, msg_new ("registry", MSG_WATCH, 0, (uint64_t) 0));
    evaluate (WINDOW);
    long before_kb = owner_kb ();
    evaluate (EVALUATIONS);
    long after_kb = owner_kb ();
    cr_assert_lt (after_kb - before_kb, GROWS_KB, "%ld KB, then %ld KB", before_kb, after_kb);
    for (int at = 0; at < STUI_TERMINAL_ROOM; at++) {
        struct msg *answer = owner_client_next (&slow);
        cr_assert_eq (answer->verb, MSG_OK);
        msg_destroy (&answer);
    }
    struct json *pong = owner_client_ask (&slow, msg_new ("main", MSG_STATUS, 0));
    json_destroy (&pong);
    expect_undisturbed ();
}
