/* test_diagnose.c: `stui image diagnose`: of each trouble the step that fails, its word, and something
 * to do about it. On real images where there is one to be reached. */

#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/stage.h"

static struct stage stage;

static void
setup (void)
{
    stage_open (&stage, "ping_ms = 100\nbackoff_min_ms = 10\nbackoff_max_ms = 200\n"
                        "handshake_ms = 1000\n");
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (diagnose, .init = setup, .fini = teardown, .timeout = 120);

/* What is found of NAME: TROUBLE (NULL: none) at PHASE, with this exit status; with advice. */
static void
expect (const char *name, const char *trouble, const char *phase, int status)
{
    struct run_result result = run_stui ("image", "diagnose", name, "--json");
    cr_assert_eq (result.status, status, "%s: %d: %s%s", name, result.status, result.out,
                  result.err);
    struct json *found = stage_parse (result.out);
    const char *word = json_get_text (found, "trouble"), *at = json_get_text (found, "phase");
    cr_expect_eq (json_get_bool (found, "well", false), trouble == NULL);
    if (trouble == NULL)
        cr_expect_null (word);
    else
        cr_expect (word && strcmp (word, trouble) == 0, "%s: %s", name, result.out);
    cr_expect (phase == NULL || (at && strcmp (at, phase) == 0), "%s: %s", name, result.out);
    if (trouble != NULL)
        cr_expect_gt (strlen (json_get_text (found, "advice")), 20, "%s: %s", name, result.out);
    json_destroy (&found);
    run_result_fini (&result);
}

static void
expect_said (const char *name, const char *part)
{
    struct run_result result = run_stui ("image", "diagnose", name);
    cr_expect_not_null (strstr (result.out, part), "'%s' is not in:\n%s", part, result.out);
    run_result_fini (&result);
}

Test (diagnose, one_that_is_well)
{
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    expect ("one", NULL, NULL, 0);
    expect_said ("one", "one is well");
}

Test (diagnose, nothing_listens)
{
    stage_list (&stage, "one", run_closed_address ());
    expect ("one", "refused", "connecting", 3);
    expect_said ("one", "TCP        failed: connection refused");
    expect_said ("one", "what you can do  nothing listens on that port");
}

Test (diagnose, a_name_that_is_not_known)
{
    stage_list (&stage, "one", "tcp://no-such-host.invalid:7000");
    expect ("one", "name_not_found", "resolving", 3);
}

/* Symptom: of an image that was stopped it said that something else listened there. */
Test (diagnose, a_stopped_image)
{
    struct image *image = stage_add_image (&stage, "one");
    stage_pause_image (image);
    expect ("one", "not_answering", "handshaking", 3);
    expect_said ("one", "the process there accepts connections, but answers nothing");
    expect_said ("one", "is the process stopped");
    stage_continue_image (image);
}

Test (diagnose, a_wrong_token)
{
    struct image *image = &stage.images[stage.image_count++];
    cr_assert_eq (
        image_start (image, "one", NULL, 0, (const char *const[]){"--token", "right", NULL}), 0);
    stage_list (&stage, "one", image->address);
    expect ("one", "token_refused", "hello", 3);
    expect_said ("one", "check token_file");
}

Test (diagnose, one_that_was_let_go)
{
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    struct run_result stopped = run_stui ("image", "stop", "one");
    cr_assert_eq (stopped.status, 0, "%s", stopped.err);
    run_result_fini (&stopped);
    struct run_result result = run_stui ("image", "diagnose", "one");
    cr_expect_eq (result.status, 3);
    cr_expect_not_null (strstr (result.out, "stui image enable"), "%s", result.out);
    run_result_fini (&result);
}
