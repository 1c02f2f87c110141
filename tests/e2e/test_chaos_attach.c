/* test_chaos_attach.c: `stui chaos --attach IMAGE --allow`: the proxy before an image that chaos did not
 * start, which is left as it was found; and when it is refused. */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/image.h"
#include "support/run.h"

static struct run_place place;
static struct run_process sim, chaos;
static struct image image;

static void
setup (void)
{
    run_place_open (&place, NULL);
}

static void
teardown (void)
{
    run_end (&chaos, SIGTERM);
    run_end (&sim, SIGTERM);
    image_stop (&image);
    run_place_close (&place);
}

TestSuite (chaos_attach, .init = setup, .fini = teardown, .timeout = 300);

/* The user's configuration: `mine` at ADDRESS, with the lines MORE. */
static void
configure (const char *address, const char *more)
{
    char *text = stui_printf ("[image \"mine\"]\naddress = %s\n%s", address, more);
    run_place_configure (&place, text);
    free (text);
}

static void
start_simulated (void)
{
    run_start (&sim, &place, NULL, (const char *const[]){"sim", "1", NULL});
    const char *line = run_await (&sim, run_line_contains, "listening on ");
    configure (strstr (line, "tcp://"), "");
}

static void
start_real (void)
{
    cr_assert_eq (image_start (&image, "mine", NULL, 0, NULL), 0);
    configure (image.address, "");
}

/* What is evaluated in the user's own session; caller frees. */
static char *
evaluated (const char *code)
{
    return run_printed (0, (const char *const[]){"eval", "mine", "-e", code, NULL});
}

/* The image has no session of a client that is gone. */
static void
expect_nothing_left (void)
{
    char *text = run_printed (0, (const char *const[]){"session", "adopt", "mine", "--json", NULL});
    cr_expect (strstr (text, "session_id") == NULL, "%s", text);
    free (text);
}

static void
expect_survived (const char *scenario)
{
    struct run_result result =
        run_stui ("chaos", scenario, "--attach", "mine", "--allow", "--seconds", "3", "--json");
    struct json *report = json_parse_text (result.out);
    cr_assert (report, "%s", result.err);
    cr_expect_eq (result.status, 0, "%s", result.out);
    cr_expect_str_eq (json_get_text (report, "kind"), "attached");
    cr_expect_eq (json_get_number (report, "left", -1), 0, "%s", result.out);
    cr_expect_gt (json_get_number (report, "faults", 0), 0, "%s", result.out);
    cr_expect_gt (json_get_number (report, "answered", 0), 2, "%s", result.out);
    cr_expect_str_eq (json_get_text (report, "verdict"), "survived", "%s", result.out);
    json_destroy (&report);
    run_result_fini (&result);
}

static void
expect_refused (const char *says, const char *const *words)
{
    struct run_result result = run_words (NULL, words);
    cr_expect_eq (result.status, 2, "%s%s", result.out, result.err);
    cr_expect (strstr (result.err, says), "'%s' lacks '%s'", result.err, says);
    run_result_fini (&result);
}

#define refused(says, ...)                                                                         \
    expect_refused (says, (const char *const[]){"chaos", "flapping-wifi", __VA_ARGS__, NULL})

Test (chaos_attach, a_simulated_image_survives_and_is_left_as_it_was)
{
    start_simulated ();
    expect_survived ("flapping-wifi");
    expect_nothing_left ();
}

/* Its process is somebody's own: it is neither stopped nor ended, and keeps what others have there. */
Test (chaos_attach, a_real_image_survives_and_is_left_as_it_was)
{
    start_real ();
    free (evaluated ("Smalltalk at: #MyOwn put: 42"));
    expect_survived ("sleeping-laptop");
    expect_survived ("kill-stui");
    expect_nothing_left ();
    char *text = evaluated ("Smalltalk at: #MyOwn");
    cr_expect (strstr (text, "42"), "%s", text);
    free (text);
}

Test (chaos_attach, an_interrupted_run_leaves_the_image_as_it_was)
{
    start_simulated ();
    run_start (
        &chaos, &place, NULL,
        (const char *const[]){"chaos", "flapping-wifi", "--attach", "mine", "--allow", NULL});
    run_await (&chaos, run_line_contains, "answers");
    cr_expect_eq (run_end (&chaos, SIGINT), 130);
    expect_nothing_left ();
}

Test (chaos_attach, without_allow_nothing_is_touched)
{
    configure (run_closed_address (), "");
    refused ("chaos did not start mine", "--attach", "mine");
    refused ("--allow is for --attach IMAGE", "--allow");
    refused ("--images and --sim start others", "--attach", "mine", "--allow", "--sim", "3");
}

Test (chaos_attach, what_cannot_be_attached_to_gets_a_sentence)
{
    configure (run_closed_address (), "");
    refused ("there is no image 'other'", "--attach", "other", "--allow");
    configure (run_closed_address (), "protected = true\n");
    refused ("mine is protected", "--attach", "mine", "--allow");
    configure (run_closed_address (), "via = someone@somewhere\n");
    refused ("mine is reached by SSH", "--attach", "mine", "--allow");
    configure (run_closed_address (), "token_secret = key\n");
    refused ("needs a secret of your profile", "--attach", "mine", "--allow");
}

/* Symptom: exit 1, as if something had been lost, after 15 s without a word. */
Test (chaos_attach, an_image_that_is_away_is_no_failure)
{
    configure (run_closed_address (), "");
    struct run_result result = run_stui ("chaos", "flapping-wifi", "--attach", "mine", "--allow");
    cr_expect_eq (result.status, 3);
    cr_expect (strstr (result.out, "waiting for mine: "), "%s", result.out);
    cr_expect (
        strstr (result.err, "nothing was tried: not all images were ready after 15 s: mine: "),
        "%s", result.err);
    run_result_fini (&result);
}

Test (chaos_attach, a_scenario_that_hits_only_processes_is_refused)
{
    char *path = stui_printf ("%s/kills.ini", place.directory);
    FILE *file = fopen (path, "w");
    cr_assert (file);
    fputs ("[scenario]\nabout = x\n[fault \"k\"]\nwhat = kill\nfor_ms = 100\n", file);
    fclose (file);
    configure (run_closed_address (), "");
    expect_refused ("all faults of",
                    (const char *const[]){"chaos", path, "--attach", "mine", "--allow", NULL});
    free (path);
}
