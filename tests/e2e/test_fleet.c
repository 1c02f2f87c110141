/* test_fleet.c: many images under one owner: 64 real ones with ten thousand evaluations between
 * them, a thousand simulated ones, and what a low limit of open files does to few and to many.
 * The real images are told who they are and asked what ran in them by bare sockets, past stui. */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "support/image.h"
#include "support/owner_client.h"
#include "support/run.h"
#include "support/wire_client.h"

enum {
    REAL = 64,
    EVALUATIONS = 10000,
    EACH_MOST = (EVALUATIONS + REAL - 1) / REAL,
    WINDOW = 240, /* open at once: below STUI_TERMINAL_ROOM */
    EACH_OPEN = 16,
    SIMULATED = 1000,
    LOW_LIMIT = 1024,
};

#define REMEMBER                                                                                   \
    "Smalltalk at: #StuiName put: '%s'. Smalltalk at: #StuiRan put: (Array new: %d withAll: 0). 1"
#define RUN                                                                                        \
    "\"%s\" (Smalltalk at: #StuiRan) at: %d put: ((Smalltalk at: #StuiRan) at: %d) + 1. "          \
    "(Smalltalk at: #StuiName), ' %d'"
#define LEAST "(Smalltalk at: #StuiRan) inject: 9 into: [:a :b | a min: b]"
#define MOST  "(Smalltalk at: #StuiRan) inject: 0 into: [:a :b | a max: b]"

static struct run_place place;
static struct run_process serve, sim;
static struct image images[REAL];
static struct owner_client client;

static void
setup (void)
{
    run_place_open (&place, NULL);
}

static void
teardown (void)
{
    owner_client_close (&client);
    run_end (&serve, SIGTERM);
    run_end (&sim, SIGTERM);
    for (int at = 0; at < REAL; at++)
        image_stop (&images[at]);
    run_place_close (&place);
}

TestSuite (fleet, .init = setup, .fini = teardown, .timeout = 500);

/* ---- helpers ---- */

/* Watches the states until COUNT images are online. */
static void
await_online (int count)
{
    struct json *online = json_object ();
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    uint64_t version = 0;
    while ((int) json_count (online) < count) {
        cr_assert_lt (clock_mono_ms (), deadline, "%zu of %d images are online",
                      json_count (online), count);
        struct json *news = owner_client_ask (&client, msg_new ("registry", MSG_WATCH, 0, version));
        const struct json *state = json_first (json_get (news, "images"));
        for (; state; state = json_next (state)) {
            const char *word = json_get_text (state, "state");
            json_set (online, json_get_text (state, "name"),
                      word && strcmp (word, "online") == 0 ? json_bool (true) : NULL);
        }
        version = (uint64_t) json_get_number (news, "version", 0);
        json_destroy (&news);
    }
    json_destroy (&online);
}

/* How often TEXT is in WHOLE. */
static int
occurrences (const char *whole, const char *text)
{
    int count = 0;
    for (const char *at = whole; (at = strstr (at, text)); at++)
        count++;
    return count;
}

/* ---- sixty-four real images ---- */

/* What the image answers to CODE when it is asked past stui. Caller frees. */
static char *
ask_directly (const struct image *image, const char *code)
{
    static int claims;
    struct wire_client *wire = wire_client_new (image->port);
    cr_assert (wire_client_claim (wire, "0e0c6a2f-1d0c-4f5b-9a52-0000000000f1", 1, ++claims, NULL));
    cJSON *answer = wire_client_evaluate (wire, NULL, code);
    char *text = stui_strdup (wire_string (answer, "result.result"));
    cJSON_Delete (answer);
    wire_client_destroy (&wire);
    return text;
}

/* Evaluations in image AT: as many as all together have, shared out. */
static int
share_of (int at)
{
    return EVALUATIONS / REAL + (at < EVALUATIONS % REAL);
}

static void
start_real_images (void)
{
    char *config = stui_strdup ("[stui]\n");
    for (int at = 0; at < REAL; at++) {
        char name[32];
        snprintf (name, sizeof name, "real-%d", at + 1);
        cr_assert_eq (image_start (&images[at], name, NULL, 0, NULL), 0);
        char *code = stui_printf (REMEMBER, name, share_of (at));
        char *answer = ask_directly (&images[at], code);
        cr_assert_str_eq (answer, "1");
        char *longer =
            stui_printf ("%s[image \"%s\"]\naddress = %s\n", config, name, images[at].address);
        free (config);
        config = longer;
        free (answer);
        free (code);
    }
    run_place_configure (&place, config);
    free (config);
}

struct fan_out {
    uint64_t refs[REAL][EACH_MOST]; /* of the evaluation of that number; 0: answered */
    int sent[REAL], open[REAL];
    int open_count, answered;
};

/* Sends to the image that has the fewest open, while there is room. */
static void
fan_send (struct fan_out *fan)
{
    while (fan->open_count < WINDOW) {
        int best = -1;
        for (int at = 0; at < REAL; at++)
            if (fan->sent[at] < share_of (at) && fan->open[at] < EACH_OPEN
                && (best < 0 || fan->open[at] < fan->open[best]))
                best = at;
        if (best < 0)
            return;
        int number = fan->sent[best]++;
        const char *name = images[best].name;
        char *code = stui_printf (RUN, name, number + 1, number + 1, number + 1);
        fan->refs[best][number] = owner_client_send (&client, owner_client_evaluation (name, code));
        fan->open[best]++;
        fan->open_count++;
        free (code);
    }
}

/* Fails the test when an image has ended by itself: that would be its fault, not stui's. */
static void
expect_alive (void)
{
    for (int at = 0; at < REAL; at++) {
        siginfo_t info = {0};
        waitid (P_PID, (id_t) images[at].pid, &info, WEXITED | WNOHANG | WNOWAIT);
        cr_assert_eq (info.si_pid, 0, "the image %s has ended by itself, by %s %d", images[at].name,
                      info.si_code == CLD_EXITED ? "exit status" : "signal", info.si_status);
    }
}

/* Takes one answer, which must be that of the very image and number that its ref stands for. */
static void
fan_take (struct fan_out *fan)
{
    struct msg *answer = owner_client_next (&client);
    if (answer->verb != MSG_OK)
        expect_alive ();
    cr_assert_eq (answer->verb, MSG_OK, "%s: %s", msg_text (answer, 0), msg_text (answer, 1));
    struct json *result = json_parse_text (msg_text (answer, 0));
    char expected[STUI_NAME_MAX + 32];
    for (int at = 0; at < REAL; at++)
        for (int number = 0; number < fan->sent[at]; number++) {
            if (fan->refs[at][number] != answer->ref)
                continue;
            snprintf (expected, sizeof expected, "'%s %d'", images[at].name, number + 1);
            cr_assert_str_eq (json_get_text (result, "result"), expected, "an answer was crossed");
            fan->refs[at][number] = 0;
            fan->open[at]--;
            fan->open_count--;
            fan->answered++;
            json_destroy (&result);
            msg_destroy (&answer);
            return;
        }
    cr_assert_fail ("an answer came twice, or to nothing that was asked: %s", msg_text (answer, 0));
}

Test (fleet, ten_thousand_evaluations_over_64_real_images_are_neither_lost_nor_crossed)
{
    static struct fan_out fan;
    int64_t begun_ms = clock_mono_ms ();
    start_real_images ();
    run_serve (&serve, &place, "default", NULL);
    owner_client_open (&client);
    await_online (REAL);
    int64_t online_ms = clock_mono_ms ();
    fan_send (&fan);
    while (fan.open_count > 0) {
        fan_take (&fan);
        fan_send (&fan);
    }
    int64_t done_ms = clock_mono_ms ();
    cr_assert_eq (fan.answered, EVALUATIONS);

    struct run_result all = run_stui ("eval", "--all", "--json", "-e", "Smalltalk at: #StuiName");
    cr_assert_eq (all.status, 0, "%s", all.err);
    for (int at = 0; at < REAL; at++) {
        char *line = stui_printf ("{\"image\":\"%s\",\"status\":\"success\",\"result\":\"'%s'\"",
                                  images[at].name, images[at].name);
        cr_assert_eq (occurrences (all.out, line), 1, "%s is not once in %s", line, all.out);
        free (line);
    }
    run_result_fini (&all);

    owner_client_close (&client);
    cr_assert_eq (run_end (&serve, SIGTERM), 0);
    for (int at = 0; at < REAL; at++) {
        char *least = ask_directly (&images[at], LEAST), *most = ask_directly (&images[at], MOST);
        cr_assert_str_eq (least, "1", "%s: an evaluation was lost", images[at].name);
        cr_assert_str_eq (most, "1", "%s: an evaluation ran twice", images[at].name);
        free (least);
        free (most);
    }
    cr_log_info ("64 images started and online in %.1f s; 10,000 evaluations took %.1f s; in all "
                 "%.1f s",
                 (double) (online_ms - begun_ms) / 1e3, (double) (done_ms - online_ms) / 1e3,
                 (double) (clock_mono_ms () - begun_ms) / 1e3);
}

/* ---- a thousand simulated images ---- */

/* Starts COUNT simulated images and configures stui for them. */
static void
start_simulated (int count)
{
    char number[16], last[64];
    snprintf (number, sizeof number, "%d", count);
    snprintf (last, sizeof last, "# %d simulated image", count);
    run_start (&sim, &place, NULL, (const char *const[]){"sim", number, "--print-config", NULL});
    run_await (&sim, run_line_contains, last);
    for (size_t at = 0; at < sim.out.size; at++) /* run_await has ended each line with a NUL */
        if (sim.out.text[at] == '\0')
            sim.out.text[at] = '\n';
    run_place_configure (&place, sim.out.text);
}

Test (fleet, a_thousand_images_are_online_answer_and_let_stui_stop)
{
    static const char *const sample[] = {"sim-1", "sim-250", "sim-500", "sim-999", "sim-1000"};
    enum { SAMPLE = sizeof sample / sizeof *sample };
    int64_t begun_ms = clock_mono_ms ();
    start_simulated (SIMULATED);
    run_serve (&serve, &place, "default", NULL);
    owner_client_open (&client);
    await_online (SIMULATED);
    int64_t online_ms = clock_mono_ms ();
    owner_client_close (&client);

    struct run_result status = run_stui ("status", "--json");
    cr_assert_eq (status.status, 0, "%s", status.err);
    cr_assert_eq (occurrences (status.out, "\"state\":\"online\""), SIMULATED);
    run_result_fini (&status);
    struct run_result eval = run_stui ("eval", sample[0], sample[1], sample[2], sample[3],
                                       sample[4], "--json", "-e", "Counter next");
    cr_assert_eq (eval.status, 0, "%s", eval.err);
    for (int at = 0; at < SAMPLE; at++) {
        char *line =
            stui_printf ("{\"image\":\"%s\",\"status\":\"success\",\"result\":\"1\"", sample[at]);
        cr_assert_eq (occurrences (eval.out, line), 1, "%s is not once in %s", line, eval.out);
        free (line);
    }
    run_result_fini (&eval);

    int64_t told_ms = clock_mono_ms ();
    struct run_result stop = run_stui ("stop");
    cr_assert_eq (stop.status, 0, "%s", stop.err);
    run_result_fini (&stop);
    int64_t stopped_ms = clock_mono_ms ();
    cr_assert_eq (run_end (&serve, 0), 0);
    cr_log_info ("1,000 images online after %.1f s; stopped in %lld ms (budget 2,000)",
                 (double) (online_ms - begun_ms) / 1e3, (long long) (stopped_ms - told_ms));
}

/* ---- a low limit of open files ---- */

/* For this process and those that it starts from here on; it cannot be raised again. */
static void
set_limit (rlim_t soft, rlim_t hard)
{
    struct rlimit limit = {soft, hard};
    cr_assert_eq (setrlimit (RLIMIT_NOFILE, &limit), 0);
}

Test (fleet, a_low_soft_limit_of_open_files_is_raised)
{
    struct rlimit limit;
    start_simulated (200);
    getrlimit (RLIMIT_NOFILE, &limit);
    set_limit (256, limit.rlim_max);
    run_serve (&serve, &place, "default", NULL);
    owner_client_open (&client);
    await_online (200);
}

Test (fleet, a_hard_limit_too_low_for_a_thousand_images_is_a_sentence)
{
    start_simulated (SIMULATED);
    set_limit (LOW_LIMIT, LOW_LIMIT);
    static const char *const commands[][4] = {{"serve"}, {"status"}, {"eval", "--all", "-e", "1"}};
    for (size_t at = 0; at < sizeof commands / sizeof *commands; at++) {
        const char *words[5] = {0};
        memcpy (words, commands[at], sizeof commands[at]);
        struct run_result result = run_words (NULL, words);
        cr_assert_eq (result.status, 1, "%s: exit status %d: %s", words[0], result.status,
                      result.err);
        static const char *const says[] = {"open files", "1024", "ulimit -Hn", "LimitNOFILE"};
        for (size_t text = 0; text < sizeof says / sizeof *says; text++)
            cr_assert_not_null (strstr (result.err, says[text]), "%s says not '%s': %s", words[0],
                                says[text], result.err);
        run_result_fini (&result);
    }
}

Test (fleet, three_images_work_with_a_hard_limit_of_1024_and_more_are_refused_with_a_sentence)
{
    enum { MORE = 40 };
    start_simulated (3);
    set_limit (LOW_LIMIT, LOW_LIMIT);
    run_serve (&serve, &place, "default", NULL);
    owner_client_open (&client);
    await_online (3);
    struct run_result eval = run_stui ("eval", "--all", "--json", "-e", "3 + 4");
    cr_assert_eq (eval.status, 0, "%s", eval.err);
    cr_assert_eq (occurrences (eval.out, "\"result\":\"7\""), 3, "%s", eval.out);
    run_result_fini (&eval);

    /* Sooner or later there is no room for one more: that one says so, the others go on. */
    for (int at = 0; at < MORE; at++) {
        char name[32];
        snprintf (name, sizeof name, "more-%d", at + 1);
        struct run_result add = run_stui ("image", "add", name, run_closed_address ());
        cr_assert_eq (add.status, 0, "%s", add.err);
        run_result_fini (&add);
    }
    struct run_result last = run_stui ("image", "show", "more-40");
    char *said = stui_printf ("%s%s", last.out, last.err);
    cr_assert_not_null (strstr (said, "open files"), "it does not say why: %s", said);
    free (said);
    run_result_fini (&last);
    eval = run_stui ("eval", "sim-1", "sim-2", "sim-3", "--json", "-e", "3 + 4");
    cr_assert_eq (eval.status, 0, "%s", eval.err);
    run_result_fini (&eval);
}

/* The owner gets no more descriptors than it has: no number is free below the limit. */
static void
leave_no_descriptor (const struct rlimit *usual)
{
    struct rlimit limit = *usual;
    char path[64];
    for (limit.rlim_cur = 0;; limit.rlim_cur++) {
        snprintf (path, sizeof path, "/proc/%d/fd/%d", (int) serve.pid, (int) limit.rlim_cur);
        if (faccessat (AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
            break;
    }
    cr_assert_eq (prlimit (serve.pid, RLIMIT_NOFILE, &limit, NULL), 0);
}

/* Watches until an image has this TROUBLE; the owner has NONE (may be NULL) of the usual limit meanwhile. */
static void
await_trouble (const char *trouble, const struct rlimit *none)
{
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    uint64_t version = 0;
    for (bool is_there = false; !is_there;) {
        cr_assert_lt (clock_mono_ms (), deadline, "no image has %s", trouble);
        struct json *news = owner_client_ask (&client, msg_new ("registry", MSG_WATCH, 0, version));
        const struct json *state = json_first (json_get (news, "images"));
        for (; state; state = json_next (state)) {
            const char *word = json_get_text (state, "trouble");
            is_there = is_there || (word && strcmp (word, trouble) == 0);
        }
        version = (uint64_t) json_get_number (news, "version", 0);
        json_destroy (&news);
        if (none)
            leave_no_descriptor (none);
    }
}

/* Symptom: on a busy machine libzmq closed the sockets of refused attempts more slowly than new ones were
 * opened; for a moment none could be had, and an assertion ended the owner with all its images. */
Test (fleet, an_attempt_that_gets_no_socket_is_made_again)
{
    char *config = stui_printf ("[stui]\nbackoff_max_ms = 500\n[image \"one\"]\naddress = %s\n",
                                run_closed_address ());
    struct rlimit usual;
    run_place_configure (&place, config);
    free (config);
    run_serve (&serve, &place, "default", NULL);
    cr_assert_eq (prlimit (serve.pid, RLIMIT_NOFILE, NULL, &usual), 0);
    owner_client_open (&client);
    await_trouble ("refused", NULL);
    await_trouble ("no_socket", &usual);
    cr_assert_eq (prlimit (serve.pid, RLIMIT_NOFILE, &usual, NULL), 0);
    await_trouble ("refused", NULL);
}
