/* test_unawaited.c: evaluations for whose answer nobody waits any more, or longer than was said: they
 * are in the list of what is in doubt until the image has said what became of them. A real image,
 * behind a proxy that takes its network away. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/clock.h"
#include "runtime/json.h"
#include "support/proxy.h"
#include "support/stage.h"

#define TIMINGS "ping_ms = 200\nbackoff_min_ms = 10\nbackoff_max_ms = 100\n"

#define PREPARE                                                                                    \
    "Smalltalk at: #Ran put: 0. Smalltalk at: #Begun put: Semaphore new. "                         \
    "Smalltalk at: #Gate put: Semaphore new. 1"
#define COUNT  "Smalltalk at: #Ran put: (Smalltalk at: #Ran) + 1. (Smalltalk at: #Ran) * 11"
#define LINGER "(Smalltalk at: #Begun) signal. (Smalltalk at: #Gate) wait. " COUNT
#define OPEN   "[(Delay forMilliseconds: 300) wait. (Smalltalk at: #Gate) signal] fork. 5"

static struct stage stage;
static struct image *image;
static struct proxy *proxy;

static void
setup (void)
{
    stage_open (&stage, TIMINGS);
    image = stage_start_image (&stage, "one");
    proxy = proxy_open (image->address);
    stage_list (&stage, "one", proxy_address (proxy));
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    stage_expect_eval ("one", PREPARE, "1");
}

static void
teardown (void)
{
    stage_close (&stage);
    proxy_close (&proxy);
}

TestSuite (unawaited, .init = setup, .fini = teardown, .timeout = 180);

static void
expect_in_doubt (size_t count)
{
    struct run_result listed = run_stui ("doubt", "ls", "--json");
    struct json *list = stage_parse (listed.out);
    cr_assert_eq (json_count (list), count, "%s%s", listed.out, listed.err);
    json_destroy (&list);
    run_result_fini (&listed);
}

static void
expect_answered (void)
{
    bool told = false;
    while (!told) {
        struct json *event = stage_await (&stage, "one", "answered");
        told = strstr (json_get_text (event, "text"), "answered: 11") != NULL;
        json_destroy (&event);
    }
    expect_in_doubt (0);
    stage_expect_eval ("one", "Smalltalk at: #Ran", "1");
}

static void
lose_network (void)
{
    proxy_set_mode (proxy, PROXY_REFUSE);
    proxy_cut_all (proxy, PROXY_RST);
    stage_pass (&stage, "one", "offline");
}

static void
begin (struct run_process *eval)
{
    run_start (eval, &stage.place, NULL, (const char *const[]){"eval", "one", "-e", LINGER, NULL});
    stage_expect_eval ("one", "(Smalltalk at: #Begun) wait. " OPEN, "5");
}

/* Symptom: `stui eval --timeout` that ended without an answer said "in doubt", and `stui doubt ls` knew
 * nothing. */
Test (unawaited, what_a_silent_image_did_not_answer_in_time_is_in_doubt_until_it_does)
{
    stage_pause_image (image);
    struct run_result asked = run_stui ("eval", "one", "--timeout", "0.1", "-e", COUNT);
    cr_assert_eq (asked.status, STUI_EXIT_IN_DOUBT, "%s%s", asked.out, asked.err);
    run_result_fini (&asked);
    expect_in_doubt (1);
    stage_continue_image (image);
    expect_answered ();
}

/* Symptom: the same for who was killed while its image was away. */
Test (unawaited, what_a_killed_client_asked_for_is_asked_for_when_the_image_is_back)
{
    struct run_process eval = {0};
    begin (&eval);
    lose_network ();
    run_end (&eval, SIGKILL);
    expect_in_doubt (1);
    proxy_set_mode (proxy, PROXY_PASS);
    expect_answered ();
}

/* What runs in the background has said TEXT on stderr. */
static void
await_said (const char *text)
{
    char path[SCRATCH_SIZE + 32], said[4096];
    snprintf (path, sizeof path, "%s/background.err", stage.place.directory);
    do {
        struct run_result asked = run_stui ("status"); /* goes the same way, behind it */
        run_result_fini (&asked);
        FILE *file = fopen (path, "r");
        size_t size = file ? fread (said, 1, sizeof said - 1, file) : 0;
        said[size] = '\0';
        if (file)
            fclose (file);
    } while (!strstr (said, text));
    struct run_result asked = run_stui ("status");
    run_result_fini (&asked);
}

/* Symptom: `stui eval` that was interrupted in an outage and answered after it exited 1. */
Test (unawaited, an_answer_that_came_though_it_was_interrupted_in_an_outage_is_success)
{
    struct run_process eval = {0};
    begin (&eval);
    lose_network ();
    kill (eval.pid, SIGINT);
    await_said ("interrupting");
    proxy_set_mode (proxy, PROXY_PASS);
    cr_assert_eq (run_end (&eval, 0), STUI_EXIT_DONE);
}

/* Symptom: `stui eval --timeout 3` of an image that was away took as long as --wait, and said that its
 * answer was waited for although nothing was sent. */
Test (unawaited, a_time_limit_is_also_one_of_waiting_for_the_image)
{
    lose_network ();
    int64_t began_ms = clock_mono_ms ();
    struct run_result asked = run_stui ("eval", "one", "--timeout", "0.2", "-e", COUNT);
    cr_assert_eq (asked.status, STUI_EXIT_UNREACHABLE, "%s%s", asked.out, asked.err);
    cr_assert_lt (clock_mono_ms () - began_ms, 4500, "--wait is 5 s");
    run_result_fini (&asked);
    asked = run_stui ("eval", "one", "--hold", "--wait", "2.5", "-e", COUNT);
    cr_assert_eq (asked.status, STUI_EXIT_UNREACHABLE);
    cr_assert_not_null (
        strstr (asked.err, "2.5 s in all (--wait); what is not sent by then is held"), "%s",
        asked.err);
    cr_assert_null (strstr (asked.err, "its answer is waited for"), "%s", asked.err);
    run_result_fini (&asked);
    expect_in_doubt (0);
}
