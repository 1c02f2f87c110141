/* test_chaos.c: `stui chaos` as people run it: each shipped scenario for some seconds, on simulated and
 * on real images, and what the command line says. */

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "support/run.h"

static struct run_place place;

static void
setup (void)
{
    run_place_open (&place, NULL);
}

static void
teardown (void)
{
    run_place_close (&place);
}

TestSuite (chaos, .init = setup, .fini = teardown, .timeout = 300);

static char shipped[][32] = {"flapping-wifi", "sleeping-laptop", "rolling-restart", "split-network",
                             "slow-death",    "thundering-herd", "corrupt-link",    "kill-stui"};

/* Runs SCENARIO on COUNT images of KIND; the report, which the caller owns. */
static struct json *
ran (const char *scenario, const char *kind, const char *count)
{
    struct run_result result =
        run_stui ("chaos", scenario, kind, count, "--seconds", "5", "--json");
    struct json *report = json_parse_text (result.out);
    cr_assert (report, "%s", result.err);
    cr_expect_eq (result.status, 0, "%s", result.out);
    run_result_fini (&result);
    return report;
}

static void
expect_survived (const char *scenario, const char *kind, const char *count)
{
    struct json *report = ran (scenario, kind, count);
    char *text = json_print (report);
    cr_expect_eq (json_get_number (report, "lost", -1), 0, "%s", text);
    cr_expect_eq (json_get_number (report, "duplicated", -1), 0, "%s", text);
    cr_expect_eq (json_get_number (report, "crossed", -1), 0, "%s", text);
    cr_expect_gt (json_get_number (report, "faults", 0), 5, "%s", text);
    cr_expect_gt (json_get_number (report, "answered", 0), 10, "%s", text); /* on a busy machine */
    cr_expect_str_eq (json_get_text (report, "verdict"), "survived", "%s", text);
    free (text);
    json_destroy (&report);
}

ParameterizedTestParameters (chaos, survived_on_simulated_images)
{
    return cr_make_param_array (char[32], shipped, sizeof shipped / sizeof *shipped);
}

ParameterizedTest (char (*name)[32], chaos, survived_on_simulated_images)
{
    expect_survived (*name, "--sim", "8");
}

/* Two each: the tests of a program run side by side. */
ParameterizedTestParameters (chaos, survived_on_real_images)
{
    return cr_make_param_array (char[32], shipped, sizeof shipped / sizeof *shipped);
}

ParameterizedTest (char (*name)[32], chaos, survived_on_real_images)
{
    expect_survived (*name, "--images", "2");
}

/* stui is killed while a terminal is attached as well, and that starts the next one, not we. */
Test (chaos, an_attached_terminal_takes_over)
{
    struct json *report = ran ("kill-stui", "--sim", "4");
    char *text = json_print (report);
    cr_expect_eq (json_get_number (report, "taken_over", -1), 1, "%s", text);
    cr_expect_str_eq (json_get_text (report, "verdict"), "survived", "%s", text);
    free (text);
    json_destroy (&report);
}

/* FILE in the test's own directory says that WHAT hits all images once, AT_MS after the start. Caller
 * frees its path. */
static char *
scenario_file (const char *file, const char *what, const char *at_ms)
{
    char *path = stui_printf ("%s/%s", place.directory, file);
    FILE *out = fopen (path, "w");
    cr_assert_not_null (out);
    fprintf (
        out,
        "[fault \"it\"]\nwhat = %s\nwho = all\nfirst_ms = %s\nevery_ms = 60000\nfor_ms = 300\n",
        what, at_ms);
    fclose (out);
    return path;
}

/* Symptom: an image that still saved itself when it was killed by another fault was started twice, and the
 * first of the two was left behind, with the session that stui was connected to. */
Test (chaos, a_fault_on_a_process_that_another_one_still_hits_is_left_out)
{
    char *saves = scenario_file ("saves.ini", "snapshot", "999"),
         *kills = scenario_file ("kills.ini", "kill", "0");
    struct run_result result =
        run_stui ("chaos", saves, kills, "--images", "1", "--seconds", "1", "--json");
    struct json *report = json_parse_text (result.out);
    cr_assert (report, "%s", result.err);
    cr_expect_eq (json_get_number (report, "faults", -1), 1, "%s", result.out);
    cr_expect_eq (json_get_number (report, "overtaken", -1), 1, "%s", result.out);
    cr_expect_str_eq (json_get_text (report, "verdict"), "survived", "%s", result.out);
    json_destroy (&report);
    run_result_fini (&result);
    free (kills);
    free (saves);
}

/* Symptom: ^C in a long run threw away all that had been counted. */
Test (chaos, an_interrupted_run_says_what_was_counted)
{
    struct run_process chaos;
    char *path = scenario_file ("downs.ini", "down", "0");
    run_start (&chaos, &place, NULL,
               (const char *const[]){"chaos", path, "--sim", "2", "--seconds", "600", NULL});
    run_await (&chaos, run_line_contains, "faults |DD|");
    kill (chaos.pid, SIGINT);
    run_await (&chaos, run_line_contains, "faults       2: 2 down");
    run_await (&chaos, run_line_contains, "wrong        0 lost, 0 duplicated, 0 crossed");
    run_await (&chaos, run_line_contains, "verdict      interrupted");
    cr_expect_eq (run_end (&chaos, 0), 130);
    free (path);
}

/* Symptom: exit 130, and a word. */
Test (chaos, a_run_that_is_interrupted_before_the_first_fault_says_that_nothing_was_tried)
{
    struct run_process chaos;
    char *path = scenario_file ("downs.ini", "down", "0");
    run_start (&chaos, &place, NULL,
               (const char *const[]){"chaos", path, "--sim", "240", "--seconds", "600", NULL});
    run_await (&chaos, run_line_contains, "the images start");
    kill (chaos.pid, SIGINT);
    cr_expect_eq (run_end (&chaos, 0), 130);
    char *errors = stui_printf ("%s/background.err", place.directory);
    char *said = path_read (errors, 65536, NULL);
    cr_assert (said && strstr (said, "before the first fault: nothing was tried"), "%s", said);
    free (said);
    free (errors);
    free (path);
}

/* Symptom: the file was not looked at. */
Test (chaos, list_takes_no_scenario)
{
    struct run_result result = run_stui ("chaos", "--list", "mine.ini");
    cr_expect_eq (result.status, 2);
    cr_expect (strstr (result.err, "--list names the scenarios that come with stui"), "%s",
               result.err);
    run_result_fini (&result);
}

Test (chaos, list_names_the_shipped_scenarios)
{
    struct run_result result = run_stui ("chaos", "--list");
    cr_expect_eq (result.status, 0);
    cr_expect (strstr (result.out, "sleeping-laptop"), "%s", result.out);
    cr_expect (strstr (result.out, "kill-stui"), "%s", result.out);
    run_result_fini (&result);
}

Test (chaos, a_scenario_that_is_none_gets_a_sentence)
{
    struct run_result result = run_stui ("chaos", "flaping-wifi");
    cr_expect_eq (result.status, 2);
    cr_expect (strstr (result.err, "there is no scenario 'flaping-wifi'"), "%s", result.err);
    cr_expect (strstr (result.err, "flapping-wifi"), "%s", result.err);
    run_result_fini (&result);
    result = run_stui ("chaos");
    cr_expect_eq (result.status, 2);
    run_result_fini (&result);
}

/* Symptom: a scenario whose first fault was due after the end "survived". */
Test (chaos, a_run_without_a_fault_has_no_verdict)
{
    char *path = stui_printf ("%s/late.ini", place.directory);
    FILE *file = fopen (path, "we");
    cr_assert (file);
    fputs ("[fault \"late\"]\nwhat = reset\nfirst_ms = 90000\n", file);
    fclose (file);
    struct run_result result = run_stui ("chaos", path, "--sim", "1", "--seconds", "2");
    cr_expect_eq (result.status, 2);
    cr_expect_str_eq (result.out, "");
    cr_expect (strstr (result.err, "no fault of late.ini falls into 2 s"), "%s", result.err);
    run_result_fini (&result);
    free (path);
}
