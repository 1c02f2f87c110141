/* test_busy.c: code that does not end. A busy image is busy, not dead: it says so, it can be
 * interrupted whatever the code does against it, and it evaluates again afterwards. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "support/stage.h"

#define TIMINGS "ping_ms = 100\nbackoff_min_ms = 10\n"

static struct stage stage;

static void
setup (void)
{
    stage_open (&stage, TIMINGS);
    stage_serve_one (&stage);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (busy, .init = setup, .fini = teardown, .timeout = 120);

/* Starts `eval one -e CODE` and waits until the image says that it is busy with it. */
static struct run_process
start_busy (const char *code)
{
    struct run_process eval;
    run_start (&eval, &stage.place, NULL,
               (const char *const[]){"eval", "one", "--json", "-e", code, NULL});
    struct json *state = stage_await_state ("one", "evaluator", "busy");
    json_destroy (&state);
    return eval;
}

/* Waits for EVAL's one line: what became of it. Caller owns. */
static struct json *
outcome (struct run_process *eval)
{
    return stage_parse (run_await (eval, NULL, NULL));
}

/* Interrupts CODE by ^C: the image itself says that it was ended, and is idle and well then. */
static void
expect_interrupted (const char *code)
{
    struct run_process eval = start_busy (code);
    kill (eval.pid, SIGINT);
    struct json *said = outcome (&eval);
    const char *type = json_get_text (said, "error_type");
    cr_assert (type && strcmp (type, "EvaluationError") == 0, "error_type is %s: %s", type,
               json_get_text (said, "error"));
    cr_assert_not_null (strstr (json_get_text (said, "error"), "interrupted"), "%s",
                        json_get_text (said, "error"));
    json_destroy (&said);
    cr_assert_eq (run_end (&eval, 0), 1);
    struct json *state = stage_await_state ("one", "evaluator", "idle");
    json_destroy (&state);
    stage_expect_eval ("one", "3 + 4", "7");
}

/* ---- What is seen -------------------------------------------------------------------------------- */

Test (busy, a_busy_image_is_online_and_says_with_what_and_since_when)
{
    int64_t before_ms = clock_wall_ms ();
    struct run_process eval = start_busy ("[true] whileTrue");
    struct json *state = stage_state ("one");
    cr_assert_str_eq (json_get_text (state, "state"), "online");
    cr_assert_str_eq (json_get_text (state, "image"), "answers");
    cr_assert_str_eq (json_get_text (state, "link"), "up");
    json_destroy (&state);
    struct run_result show = run_stui ("image", "show", "one", "--json");
    struct json *shown = stage_parse (show.out);
    const struct json *full = json_get (shown, "state");
    cr_assert_str_not_empty (json_get_text (full, "busy_with"));
    int64_t since_ms = json_get_number (full, "busy_since_ms", 0);
    cr_assert (since_ms >= before_ms && since_ms <= clock_wall_ms (), "busy since %lld",
               (long long) since_ms);
    json_destroy (&shown);
    run_result_fini (&show);
    /* Several rounds of pings later it is still no reason to worry. */
    stage_expect_eval ("one", "(Delay forMilliseconds: 700) wait. 5", "5");
    state = stage_state ("one");
    cr_assert_str_eq (json_get_text (state, "state"), "online");
    json_destroy (&state);
    kill (eval.pid, SIGINT);
    run_end (&eval, 0);
}

Test (busy, others_evaluate_while_one_loops)
{
    struct run_process eval = start_busy ("[true] whileTrue");
    for (int time = 0; time < 5; time++)
        stage_expect_eval ("one", "3 + 4", "7");
    kill (eval.pid, SIGINT);
    struct json *said = outcome (&eval);
    json_destroy (&said);
    cr_assert_eq (run_end (&eval, 0), 1);
}

/* ---- What is interrupted --------------------------------------------------------------------------- */

Test (busy, a_loop_is_interrupted)
{
    expect_interrupted ("[true] whileTrue");
}

Test (busy, a_wait_is_interrupted)
{
    expect_interrupted ("Semaphore new wait");
}

Test (busy, a_loop_with_a_loop_in_its_ensure_block_is_interrupted)
{
    expect_interrupted ("[[true] whileTrue] ensure: [[true] whileTrue]");
}

Test (busy, a_loop_that_catches_everything_and_retries_is_interrupted)
{
    expect_interrupted ("[[true] whileTrue] on: Exception do: [:e | e retry]");
}

Test (busy, a_loop_at_a_high_priority_is_interrupted)
{
    expect_interrupted ("Processor activeProcess priority: Processor highIOPriority. "
                        "[true] whileTrue");
}

Test (busy, printing_that_does_not_end_is_interrupted)
{
    expect_interrupted ("| class | "
                        "class := Object subclass: #StuiTestEndless instanceVariableNames: '' "
                        "classVariableNames: '' poolDictionaries: '' category: 'Stui-Tests'. "
                        "class compile: 'printOn: aStream [ [true] whileTrue ]'. "
                        "class new");
}

Test (busy, only_the_evaluation_of_the_interrupted_client_ends)
{
    struct run_process one = start_busy ("[true] whileTrue"), other = {0};
    run_start (&other, &stage.place, NULL,
               (const char *const[]){"eval", "one", "--json", "-e",
                                     "Smalltalk at: #StuiGate put: Semaphore new. "
                                     "(Smalltalk at: #StuiGate) wait. 'through'",
                                     NULL});
    kill (one.pid, SIGINT);
    struct json *said = outcome (&one);
    cr_assert_str_eq (json_get_text (said, "error_type"), "EvaluationError");
    json_destroy (&said);
    cr_assert_eq (run_end (&one, 0), 1);
    stage_expect_eval ("one",
                       "[Smalltalk includesKey: #StuiGate] whileFalse: [Processor yield]. "
                       "(Smalltalk at: #StuiGate) signal. 1",
                       "1");
    said = outcome (&other);
    cr_assert_str_eq (json_get_text (said, "status"), "success", "%s",
                      json_get_text (said, "error"));
    json_destroy (&said);
    cr_assert_eq (run_end (&other, 0), 0);
}

/* The VM's alarm, armed for two waits that end at about the same moment, must not kill it. */
Test (busy, many_short_waits_at_once_do_not_end_the_image)
{
    stage_expect_eval ("one",
                       "| done | done := Semaphore new. 6 timesRepeat: [[800 timesRepeat: "
                       "[(Delay forMilliseconds: 3) wait]. done signal] fork]. "
                       "6 timesRepeat: [done wait]. 'alive'",
                       "'alive'");
    stage_expect_alive (&stage.images[0]);
}

/* ---- What has a time limit ---------------------------------------------------------------------------- */

/* Symptom: now and then the timer process died, the kernel began another with nothing to wait for,
 * and every wait in the image lasted for ever. */
Test (busy, a_timer_process_that_ends_is_followed_by_one_that_has_every_wait)
{
    stage_expect_eval ("one",
                       "n := 0. 1 to: 5 do: [:i | [(Delay forMilliseconds: 300 + i) wait. n := n + "
                       "1] fork]. (Delay forMilliseconds: 50) wait. (Delay classPool at: "
                       "#DelayProcess) terminate. (Delay forMilliseconds: 600) wait. n",
                       "5");
    stage_expect_eval ("one", "(Delay forMilliseconds: 20) wait. 7", "7");
}

Test (busy, timeout_ends_it_in_the_image)
{
    struct run_result eval =
        run_stui ("eval", "one", "--timeout", "0.3", "--json", "-e", "[true] whileTrue");
    cr_assert_eq (eval.status, 1, "status %d: %s", eval.status, eval.err);
    struct json *said = stage_parse (eval.out);
    cr_assert_str_eq (json_get_text (said, "error_type"), "EvaluationError");
    cr_assert_not_null (strstr (json_get_text (said, "error"), "timed out"), "%s",
                        json_get_text (said, "error"));
    json_destroy (&said);
    run_result_fini (&eval);
    struct json *state = stage_await_state ("one", "evaluator", "idle");
    json_destroy (&state);
    stage_expect_eval ("one", "3 + 4", "7");
}

/* Until a program in the background said TEXT on its stderr. */
static void
await_complaint (const char *text)
{
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    char *path = stui_printf ("%s/background.err", stage.place.directory);
    bool said = false;
    while (!said) {
        cr_assert_lt (clock_mono_ms (), deadline, "nobody said: %s", text);
        char *all = path_read (path, 1 << 20, NULL);
        said = all && strstr (all, text);
        free (all);
    }
    free (path);
}

Test (busy, a_second_interrupt_gives_up_waiting_and_says_in_doubt)
{
    struct run_process eval = start_busy ("[true] whileTrue");
    stage_pause_image (&stage.images[0]); /* it cannot hear the first one */
    kill (eval.pid, SIGINT);
    await_complaint ("^C again gives up waiting"); /* two at once would be one */
    kill (eval.pid, SIGINT);
    struct json *said = outcome (&eval);
    cr_assert_str_eq (json_get_text (said, "status"), "in_doubt");
    json_destroy (&said);
    run_end (&eval, 0);
    stage_continue_image (&stage.images[0]);
}
