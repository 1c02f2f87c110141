/* test_held.c: evaluations that are held because their image is away, and those of which nobody can
 * say whether they ran, on a real image that is killed and a stui that is killed. The image counts
 * how often each ran. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/json.h"
#include "support/stage.h"

#define TIMINGS "ping_ms = 200\nbackoff_min_ms = 10\nbackoff_max_ms = 100\n"

#define PREPARE                                                                                    \
    "Smalltalk at: #Ran put: 0. Smalltalk at: #Begun put: Semaphore new. "                         \
    "Smalltalk at: #Gate put: Semaphore new. 1"
#define COUNT  "Smalltalk at: #Ran put: (Smalltalk at: #Ran) + 1. (Smalltalk at: #Ran) * 11"
#define LINGER "(Smalltalk at: #Begun) signal. (Smalltalk at: #Gate) wait. " COUNT

static struct stage stage;
static struct image *image;

static void
prepare (void)
{
    stage_expect_eval ("one", PREPARE, "1");
}

static void
setup (void)
{
    stage_open (&stage, TIMINGS);
    stage_serve_one (&stage);
    image = &stage.images[0];
    prepare ();
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (held, .init = setup, .fini = teardown, .timeout = 180);

/* Evaluates CODE so that it is held; the id that it is held as. */
static void
hold (const char *code, char id[STUI_UUID_LEN + 1])
{
    struct run_result held =
        run_stui ("eval", "one", "--json", "--hold", "--wait", "0", "-e", code);
    cr_assert_eq (held.status, STUI_EXIT_UNREACHABLE, "%s%s", held.out, held.err);
    struct json *said = stage_parse (held.out);
    cr_assert_str_eq (json_get_text (said, "status"), "held", "%s", held.out);
    snprintf (id, STUI_UUID_LEN + 1, "%s", json_get_text (said, "held_id"));
    json_destroy (&said);
    run_result_fini (&held);
}

/* `held ls` or `doubt ls` has COUNT lines; the id of the first into ID (NULL: unwanted). */
static void
expect_listed (const char *what, size_t count, char id[STUI_UUID_LEN + 1])
{
    struct run_result listed = run_stui (what, "ls", "--json");
    struct json *list = stage_parse (listed.out);
    cr_assert_eq (json_count (list), count, "%s ls: %s%s", what, listed.out, listed.err);
    if (id)
        snprintf (id, STUI_UUID_LEN + 1, "%s", json_get_text (json_first (list), "id"));
    json_destroy (&list);
    run_result_fini (&listed);
}

static void
expect_done (struct run_result result, int status, const char *out)
{
    cr_assert_eq (result.status, status, "%s%s", result.out, result.err);
    if (out)
        cr_assert_str_eq (result.out, out);
    run_result_fini (&result);
}

static void
expect_ran (const char *times)
{
    stage_expect_eval ("one", "Smalltalk at: #Ran", times);
}

/* The image is gone, and stui knows. */
static void
lose_image (void)
{
    image_kill (image);
    stage_pass (&stage, "one", "offline");
}

/* It is back as it never was: nothing was saved in it. */
static void
find_image (void)
{
    cr_assert_eq (image_restart (image), 0);
    stage_pass (&stage, "one", "online");
    prepare ();
}

Test (held, what_is_held_runs_once_and_only_when_it_is_sent)
{
    char id[STUI_UUID_LEN + 1];
    lose_image ();
    hold (COUNT, id);
    expect_listed ("held", 1, NULL);
    find_image ();
    expect_ran ("0");
    struct json *state = stage_state ("one");
    cr_assert_eq (json_get_number (state, "held", 0), 1);
    cr_assert_eq (json_get_number (state, "in_doubt", 9), 0);
    json_destroy (&state);
    expect_done (run_stui ("held", "send", id), 0, "11\n");
    expect_ran ("1");
    expect_listed ("held", 0, NULL);
    expect_done (run_stui ("held", "send", id), STUI_EXIT_USAGE, NULL);
    expect_ran ("1");
}

Test (held, all_of_an_image_are_sent_in_the_order_in_which_they_were_asked_for)
{
    char first[STUI_UUID_LEN + 1], second[STUI_UUID_LEN + 1];
    lose_image ();
    hold (COUNT, first);
    hold (COUNT ", ' was second'", second);
    hold ("'never'", second);
    expect_done (run_stui ("held", "drop", second), 0, NULL);
    expect_done (run_stui ("held", "send", "one", "--wait", "0"), STUI_EXIT_UNREACHABLE, NULL);
    expect_listed ("held", 2, NULL);
    find_image ();
    struct run_result sent = run_stui ("held", "send", "one");
    cr_assert (strncmp (sent.out, "one: 11\n", strlen ("one: 11\n")) == 0, "%s%s", sent.out,
               sent.err);
    run_result_fini (&sent);
    expect_ran ("2");
    expect_listed ("held", 0, NULL);
}

Test (held, a_stui_that_is_killed_forgets_neither_list)
{
    char id[STUI_UUID_LEN + 1], listed[STUI_UUID_LEN + 1];
    struct run_process eval = {0};
    run_start (&eval, &stage.place, NULL, (const char *const[]){"eval", "one", "-e", LINGER, NULL});
    stage_expect_eval ("one", "(Smalltalk at: #Begun) wait. 5", "5");
    lose_image ();
    cr_assert_eq (image_restart (image), 0);
    cr_assert_eq (run_end (&eval, 0), STUI_EXIT_IN_DOUBT);
    stage_pass (&stage, "one", "online");
    lose_image ();
    hold (COUNT, id);
    stage_end_serve (&stage, SIGKILL);
    stage_serve (&stage);
    expect_listed ("held", 1, listed);
    cr_assert_str_eq (listed, id);
    expect_listed ("doubt", 1, NULL);
    find_image ();
    expect_ran ("0");
    expect_done (run_stui ("held", "send", id), 0, "11\n");
    expect_listed ("doubt", 1, NULL);
}

/* One evaluation that began in the image, of which stui has stored that it was sent. */
static void
begin_one (struct run_process *eval)
{
    char session[STUI_UUID_LEN + 1];
    run_start (eval, &stage.place, NULL, (const char *const[]){"eval", "one", "-e", LINGER, NULL});
    stage_expect_eval ("one", "(Smalltalk at: #Begun) wait. 5", "5");
    stage_new_session ("one", "work", session); /* is stored after it */
}

Test (held, what_ran_when_stui_was_killed_is_asked_for_by_the_next_start)
{
    struct run_process eval = {0};
    begin_one (&eval);
    stage_end_serve (&stage, SIGKILL);
    cr_assert_eq (run_end (&eval, 0), STUI_EXIT_IN_DOUBT);
    stage_serve (&stage);
    struct json *state = stage_await_state ("one", "state", "online");
    json_destroy (&state);
    stage_expect_eval ("one", "(Smalltalk at: #Gate) signal. 5", "5");
    bool told = false;
    while (!told) { /* what was answered just before the end may be told again */
        struct json *event = stage_await (&stage, "one", "answered");
        told = strstr (json_get_text (event, "text"), "answered: 11") != NULL;
        json_destroy (&event);
    }
    expect_listed ("doubt", 0, NULL);
    expect_ran ("1");
}

/* One that is in doubt, since its image was started again; its id. */
static void
doubt (char id[STUI_UUID_LEN + 1])
{
    struct run_process eval = {0};
    begin_one (&eval);
    lose_image ();
    find_image ();
    cr_assert_eq (run_end (&eval, 0), STUI_EXIT_IN_DOUBT);
    expect_listed ("doubt", 1, id);
}

Test (held, what_is_in_doubt_is_resolved_in_each_way)
{
    char id[STUI_UUID_LEN + 1], shortened[STUI_UUID_LEN + 1];
    doubt (id);
    expect_done (run_stui ("doubt", "resolve", id), STUI_EXIT_USAGE, NULL);
    expect_done (run_stui ("doubt", "resolve", id, "--ran"), 0, NULL);
    expect_listed ("doubt", 0, NULL);
    doubt (id);
    snprintf (shortened, sizeof shortened, "%.20s", id);
    expect_done (run_stui ("doubt", "resolve", shortened, "--not-ran"), 0, NULL);
    expect_listed ("doubt", 0, NULL);
    doubt (id);
    expect_done (run_stui ("doubt", "resolve", "one", "--again"), 0, NULL);
    expect_listed ("doubt", 0, NULL);
    expect_listed ("held", 1, NULL);
    expect_ran ("0");
    stage_expect_eval ("one", "(Smalltalk at: #Gate) signal. 5", "5");
    expect_done (run_stui ("held", "send", id), 0, "11\n");
    expect_ran ("1");
}

/* Symptom: what was held of an image that was removed could not be dropped, and what was held of all others
 * could be neither dropped nor sent together with it. */
Test (held, what_is_held_of_a_removed_image_can_be_dropped_and_blocks_nothing)
{
    char one[STUI_UUID_LEN + 1], two[STUI_UUID_LEN + 1];
    expect_done (run_stui ("image", "add", "two", "127.0.0.1:1"), 0, NULL);
    lose_image ();
    hold (COUNT, one);
    expect_done (run_stui ("eval", "two", "--hold", "--wait", "0", "-e", "3 + 4"),
                 STUI_EXIT_UNREACHABLE, NULL);
    struct run_result removed = run_stui ("image", "rm", "two");
    cr_assert (strstr (removed.out, "1 evaluation of it is held"), "%s%s", removed.out,
               removed.err);
    run_result_fini (&removed);
    expect_listed ("held", 2, NULL);
    expect_done (run_stui ("held", "send", "two"), STUI_EXIT_USAGE, "");
    find_image ();
    struct run_result sent = run_stui ("held", "send", "--all");
    cr_assert_eq (sent.status, STUI_EXIT_FAILED, "%s%s", sent.out, sent.err);
    cr_assert_str_eq (sent.out, "11\n");
    cr_assert (strstr (sent.err, "1 held of 'two' cannot be sent"), "%s", sent.err);
    run_result_fini (&sent);
    expect_ran ("1");
    expect_listed ("held", 1, two);
    expect_done (run_stui ("held", "drop", "--all"), 0, NULL);
    expect_listed ("held", 0, NULL);
    expect_done (run_stui ("held", "drop", two), STUI_EXIT_USAGE, NULL);
}

Test (held, a_wrong_id_is_refused_before_anything_is_sent)
{
    char id[STUI_UUID_LEN + 1];
    lose_image ();
    hold (COUNT, id);
    expect_done (run_stui ("held", "send", id, "no-such-thing"), STUI_EXIT_USAGE, NULL);
    expect_done (run_stui ("held", "send"), STUI_EXIT_USAGE, NULL);
    expect_done (run_stui ("held", "drop", id, "--all"), STUI_EXIT_USAGE, NULL);
    expect_done (run_stui ("doubt", "resolve", id, "--ran"), STUI_EXIT_USAGE, NULL);
    expect_listed ("held", 1, NULL);
    expect_done (run_stui ("held", "ls", "no-such-thing"), STUI_EXIT_USAGE, NULL);
}

/* Symptom: `stui held` and `stui doubt` printed help where they were to list. */
Test (held, without_a_command_what_there_is_is_listed)
{
    char id[STUI_UUID_LEN + 1];
    lose_image ();
    hold (COUNT, id);
    expect_done (run_stui ("doubt"), 0, "nothing is in doubt\n");
    struct run_result listed = run_stui ("held", "--json");
    cr_assert_eq (listed.status, 0, "%s", listed.err);
    cr_assert_not_null (strstr (listed.out, id), "%s", listed.out);
    run_result_fini (&listed);
}

Test (held, all_that_is_in_doubt_is_resolved_at_once)
{
    char id[STUI_UUID_LEN + 1];
    doubt (id);
    expect_done (run_stui ("doubt", "resolve", "--ran"), STUI_EXIT_USAGE, NULL);
    expect_done (run_stui ("doubt", "resolve", "--ran", "--all", id), STUI_EXIT_USAGE, NULL);
    expect_listed ("doubt", 1, NULL);
    expect_done (run_stui ("doubt", "resolve", "--ran", "--all"), 0, NULL);
    expect_listed ("doubt", 0, NULL);
}
