/* test_hostile.c: an image's side that sends what no image should: noise, wrong greetings, huge and
 * half frames, JSON that is none, answers that nobody asked for, and strings that would drive a
 * terminal. Whatever it sends: the owner goes on and serves the other image, the fault is counted,
 * logged and shown with a cause, the terminal stays whole, and when the peer behaves again, on the
 * same port, the image is online. */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "support/peer.h"
#include "support/pty.h"
#include "support/stage.h"

enum { SERVE_GROWS_KB = 64 * 1024, LOOK_MS = 10 };

#define SETTINGS "ping_ms = 200\nhandshake_ms = 1500\nbackoff_min_ms = 20\nbackoff_max_ms = 200\n"

static struct stage stage;
static struct peer *bad, *good;
static struct pty terminal;

static void
setup (void)
{
    stage_open (&stage, SETTINGS);
    bad = peer_open ("bad", PEER_BEHAVES);
    good = peer_open ("good", PEER_BEHAVES);
    stage_list (&stage, "bad", peer_address (bad));
    stage_list (&stage, "good", peer_address (good));
    stage_serve (&stage);
    stage_pass (&stage, "bad", "online");
}

static void
teardown (void)
{
    pty_close (&terminal);
    stage_close (&stage);
    peer_close (&bad);
    peer_close (&good);
}

TestSuite (hostile, .init = setup, .fini = teardown, .timeout = 180);

/* ---- helpers ---- */

static long
serve_resident_kb (void)
{
    const struct image as_image = {.pid = stage.serve.pid};
    return image_resident_kb (&as_image);
}

/* Fails unless the log has the lines' LINE. */
static void
expect_logged (const char *line)
{
    char *path = stui_printf ("%s/serve.log", stage.place.directory);
    char *log = path_read (path, 1 << 24, NULL);
    cr_assert_not_null (strstr (log, line), "'%s' is not in the log: %s", line, log);
    free (log);
    free (path);
}

/* Fails when TEXT, which WHO printed, holds what drives a terminal: controls but line ends and tabs,
 * C1 controls, bidi controls. */
static void
expect_harmless (const char *who, const char *text)
{
    static const char *const bidi[] = {"\u202E", "\u2066", "\xC2\x9B"};
    for (const char *at = text; *at; at++)
        cr_assert ((unsigned char) *at >= 0x20 || *at == '\n' || *at == '\t',
                   "%s prints the control %#x: %s", who, (unsigned) *at, text);
    for (size_t at = 0; at < sizeof bidi / sizeof *bidi; at++)
        cr_assert_null (strstr (text, bidi[at]), "%s prints a control: %s", who, text);
}

/* A number of the state of the image. */
static int64_t
state_number (const char *name, const char *key)
{
    struct run_result show = run_stui ("image", "show", name, "--json");
    struct json *whole = stage_parse (show.out);
    int64_t number = json_get_number (json_get (whole, "state"), key, -1);
    cr_assert_geq (number, 0, "no %s in %s", key, show.out);
    json_destroy (&whole);
    run_result_fini (&show);
    return number;
}

/* The peer behaves: the image is online and evaluates, and the other never was anything else. */
static void
expect_recovery (void)
{
    peer_set_fault (bad, PEER_BEHAVES);
    peer_await (bad, 2);
    struct json *state = stage_await_state ("bad", "state", "online");
    cr_assert (json_is_null (json_get (state, "cause")), "a cause stays: %s",
               json_get_text (state, "cause"));
    json_destroy (&state);
    stage_expect_eval ("bad", "3 + 4", "7");
    pty_await (&terminal, "2 online");
    cr_assert_eq (state_number ("good", "attempt"), 1, "the other image was disturbed");
    siginfo_t info = {0};
    waitid (P_PID, (id_t) stage.serve.pid, &info, WEXITED | WNOHANG | WNOWAIT);
    cr_assert_eq (info.si_pid, 0, "serve has ended");
}

/* The peer does FAULT again and again; the image is shown offline, with a cause that says SAYS, as
 * KIND of event and in the log; the terminal shows it. Then it recovers. */
static void
provoke (enum peer_fault fault, const char *kind, const char *says)
{
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "2 online");
    long before_kb = serve_resident_kb ();
    peer_set_fault (bad, fault);
    peer_await (bad, 3);
    struct json *event = stage_await (&stage, "bad", kind);
    while (!strstr (json_get_text (event, "text"), says)) {
        json_destroy (&event);
        event = stage_await (&stage, "bad", kind);
    }
    json_destroy (&event);
    expect_logged (says);
    struct run_result show = run_stui ("image", "show", "bad");
    expect_harmless ("image show", show.out);
    run_result_fini (&show);
    stage_expect_eval ("good", "3 + 4", "7");
    cr_assert_lt (serve_resident_kb () - before_kb, SERVE_GROWS_KB, "serve has grown");
    cr_assert_gt (state_number ("bad", "attempt"), 2, "no further attempt was made");
    expect_recovery ();
}

/* ---- before it is an image ---- */

Test (hostile, noise_instead_of_a_greeting)
{
    provoke (PEER_NOISE_FIRST, "unreachable", "it sent a message that is none");
}

Test (hostile, a_server_of_another_protocol)
{
    provoke (PEER_OTHER_PROTOCOL, "unreachable", "no ZMTP handshake");
}

Test (hostile, a_greeting_with_an_unknown_mechanism)
{
    provoke (PEER_OTHER_MECHANISM, "unreachable", "the server asks for another security mechanism");
}

Test (hostile, half_a_greeting_and_silence)
{
    provoke (PEER_HALF_GREETING, "unreachable", "no ZMTP handshake");
}

/* ---- in the middle of its life ---- */

Test (hostile, noise_instead_of_a_frame)
{
    provoke (PEER_NOISE_LATER, "offline", "the connection was closed");
}

Test (hostile, a_frame_that_says_it_has_2_to_the_62_bytes)
{
    provoke (PEER_HUGE_LENGTH, "offline", "the connection was closed");
}

Test (hostile, a_frame_of_20_megabytes)
{
    provoke (PEER_HUGE_FRAME, "offline", "the connection was closed");
}

Test (hostile, half_a_frame_and_silence)
{
    provoke (PEER_HALF_FRAME, "offline", "pings unanswered");
}

Test (hostile, a_message_that_is_no_json_is_counted)
{
    int64_t before = state_number ("bad", "malformed");
    provoke (PEER_NO_JSON, "offline", "not JSON");
    cr_assert_geq (state_number ("bad", "malformed"), before + 2);
}

Test (hostile, json_nested_ten_thousand_deep_is_counted)
{
    int64_t before = state_number ("bad", "malformed");
    provoke (PEER_DEEP_JSON, "offline", "nested");
    cr_assert_geq (state_number ("bad", "malformed"), before + 2);
}

/* ---- what is well formed, and wrong ---- */

/* Waits until the number KEY of the image is at least LEAST. */
static void
await_number (const char *key, int64_t least)
{
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    while (state_number ("bad", key) < least)
        cr_assert_lt (clock_mono_ms (), deadline, "%s is below %lld", key, (long long) least);
}

Test (hostile, answers_that_nobody_asked_for_are_counted_and_change_nothing)
{
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "2 online");
    peer_set_fault (bad, PEER_STRAY_REPLIES);
    peer_await (bad, 1);
    stage_pass (&stage, "bad", "stray_answers");
    await_number ("late_replies", 100);
    expect_logged ("stray_answers");
    stage_expect_eval ("bad", "3 + 4", "7");
    expect_recovery ();
}

Test (hostile, answers_that_come_twice_count_once)
{
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "2 online");
    peer_set_fault (bad, PEER_DOUBLE_REPLIES);
    peer_await (bad, 3);
    stage_pass (&stage, "bad", "stray_answers");
    stage_expect_eval ("bad", "3 + 4", "7");
    stage_expect_eval ("bad", "3 + 4", "7");
    await_number ("late_replies", 5);
    expect_recovery ();
}

/* The sentence was cut in the middle of a letter, the message to whoever waited was no UTF-8 and was
 * dropped: he waited for ever. */
Test (hostile, a_refusal_in_many_foreign_letters_reaches_who_waits)
{
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "2 online");
    for (int time = 0; time < 3; time++) { /* the cut falls elsewhere each time */
        peer_set_fault (bad, PEER_REFUSES);
        peer_await (bad, 1);
        stage_pass (&stage, "bad", "failed");
        struct run_result eval = run_stui ("eval", "bad", "-e", "3 + 4");
        cr_assert_eq (eval.status, 3, "exit status %d: %s", eval.status, eval.err);
        cr_assert_not_null (strstr (eval.err, "PermissionDenied"), "%s", eval.err);
        run_result_fini (&eval);
        peer_set_fault (bad, PEER_BEHAVES);
        struct run_result retry = run_stui ("image", "retry", "bad");
        cr_assert_eq (retry.status, 0, "%s%s", retry.out, retry.err);
        run_result_fini (&retry);
    }
    expect_recovery ();
}

/* A hello of megabytes was carried in every report of the state; then `status` had no room for it and
 * told nothing of any image. */
Test (hostile, a_large_hello_is_cut_and_hides_no_other_image)
{
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "2 online");
    peer_set_fault (bad, PEER_LARGE_HELLO);
    peer_await (bad, 1);
    struct json *state = stage_await_state ("bad", "state", "online");
    char *text = json_print (state);
    cr_assert_lt (strlen (text), 64 * 1024);
    free (text);
    json_destroy (&state);
    stage_expect_eval ("good", "3 + 4", "7");
    expect_recovery ();
}

static void
expect_harmless_output (const char *const *words)
{
    struct run_result result = run_words (NULL, words);
    char *who = stui_printf ("%s %s", words[0], words[1] ? words[1] : "");
    expect_harmless (who, result.out);
    expect_harmless (who, result.err);
    free (who);
    run_result_fini (&result);
}

#define harmless(...) expect_harmless_output ((const char *const[]){__VA_ARGS__, NULL})

Test (hostile, strings_that_would_drive_a_terminal_are_harmless_on_the_command_line)
{
    peer_set_fault (bad, PEER_ESCAPES);
    peer_await (bad, 2);
    stage_pass (&stage, "bad", "offline");
    stage_pass (&stage, "bad", "online");
    harmless ("status");
    harmless ("image", "ls");
    harmless ("image", "show", "bad");
    harmless ("image", "test", "bad");
    harmless ("image", "retry", "bad");
    harmless ("eval", "bad", "good", "-e", "3 + 4");
    harmless ("eval", "bad", "-e", "raise");
    harmless ("eval", "bad", "-e", "wire");
    harmless ("session", "new", "bad", "work");
    harmless ("session", "ls");
    harmless ("events");
    struct run_result json = run_stui ("image", "show", "bad", "--json");
    struct json *whole = stage_parse (json.out);
    cr_assert_eq (json_get_number (json_get (whole, "state"), "malformed", -1), 0,
                  "the strings are no fault of the protocol");
    json_destroy (&whole);
    run_result_fini (&json);
    pty_stui (&terminal, "--ascii");
    expect_recovery ();
}

Test (hostile, strings_that_would_drive_a_terminal_are_harmless_on_the_screen)
{
    static const char *const driving[] = {"\033]0;owned", "\u202E", "\u2066", "\xC2\x9B", "\033]"};
    peer_set_fault (bad, PEER_ESCAPES);
    peer_await (bad, 2);
    stage_pass (&stage, "bad", "offline");
    stage_pass (&stage, "bad", "online");
    pty_stui (&terminal, "--log-level", "info");
    pty_await (&terminal, "2 online");
    pty_type (&terminal, "\r"); /* the workspace of the first, which is bad */
    pty_await (&terminal, " saved  session");
    pty_type (&terminal, "3 + 4\x10");
    pty_await (&terminal, "owned");
    pty_type (&terminal, "\r\nraise\x10");
    pty_await (&terminal, "Type");
    for (const char *screen = "14"; *screen; screen++) { /* images, events */
        char keys[] = {'\033', *screen, '\0'};
        pty_type (&terminal, keys);
        pty_await (&terminal, *screen == '1' ? "2 online" : "online");
    }
    for (size_t at = 0; at < sizeof driving / sizeof *driving; at++)
        cr_assert_not (pty_wrote (&terminal, driving[at]), "the terminal was sent %zu", at);
    pty_type (&terminal, "\0331");
    expect_recovery ();
    pty_type (&terminal, "\x11");
    cr_assert_eq (pty_end (&terminal, 0), 0);
    cr_assert (pty_is_clean (&terminal));
}
