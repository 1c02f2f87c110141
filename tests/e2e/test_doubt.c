/* test_doubt.c: evaluations that ran when stui was killed, or were held, as whoever asked for them sees them
 * afterwards. Real images; stui is killed. */

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/launch.h"
#include "runtime/path.h"
#include "support/await.h"
#include "support/pty.h"
#include "support/stage.h"

#define PREPARE "Smalltalk at: #Begun put: Semaphore new. Smalltalk at: #Gate put: Semaphore new. 1"
#define LINGER  "(Smalltalk at: #Begun) signal. (Smalltalk at: #Gate) wait. 6 * 7"
#define BEGUN   "(Smalltalk at: #Begun) wait. 5"
#define OPEN    "(Smalltalk at: #Gate) signal. 5"
#define SAVED   " saved  session"
#define CTRL_P  "\x10"

static struct stage stage;
static struct image *image;
static struct pty terminal;

static void
setup (void)
{
    stage_open (&stage, STAGE_QUICK);
    image = stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    stage_expect_eval ("one", PREPARE, "1");
}

static void
teardown (void)
{
    pty_close (&terminal);
    stage_close (&stage);
}

TestSuite (doubt, .init = setup, .fini = teardown, .timeout = 180);

static void
open_workspace (void)
{
    pty_start (&terminal, (const char *const[]){NULL});
    pty_await (&terminal, "1 online");
    pty_type (&terminal, "\r");
    pty_await (&terminal, SAVED);
}

/* It runs, and the store knows that it was sent. */
static void
await_begun (void)
{
    char session[STUI_UUID_LEN + 1];
    stage_expect_eval ("one", BEGUN, "5");
    stage_new_session ("one", "work", session); /* is stored after it */
}

static void
expect_nothing_in_doubt (void)
{
    struct run_result listed = run_stui ("doubt", "ls");
    cr_assert_str_eq (listed.out, "nothing is in doubt\n", "%s%s", listed.out, listed.err);
    run_result_fini (&listed);
}

/* Symptom: an evaluation that ran when the owner was killed stayed "nobody can say whether it ran" in its
 * workspace, though the next owner fetched its answer. */
Test (doubt, what_ran_when_the_owner_was_killed_is_answered_in_its_workspace)
{
    open_workspace ();
    pty_type (&terminal, LINGER CTRL_P);
    await_begun ();
    stage_end_serve (&stage, SIGKILL);
    pty_await (&terminal, "Linked again"); /* it has started another */
    pty_await (&terminal, "? asking one what came of it");
    stage_expect_eval ("one", OPEN, "5");
    pty_await (&terminal, "→ 42");
    pty_await_gone (&terminal, "what came of it");
    expect_nothing_in_doubt ();
    cr_assert_not (pty_wrote (&terminal, "nobody can say"), "that was not known");
}

/* Symptom: the same of `stui eval`, which exited 4. */
Test (doubt, what_ran_when_the_owner_was_killed_is_answered_to_eval_by_the_next)
{
    struct run_process eval = {0};
    run_start (&eval, &stage.place, NULL, (const char *const[]){"eval", "one", "-e", LINGER, NULL});
    await_begun ();
    stage_end_serve (&stage, SIGKILL);
    stage_serve (&stage);
    stage_expect_eval ("one", OPEN, "5");
    cr_assert_eq (run_end (&eval, 0), STUI_EXIT_DONE);
    expect_nothing_in_doubt ();
}

/* Somebody owns the profile. */
static void
await_owner (void)
{
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    char *directory = path_state ("default");
    int watch = await_directory (directory); /* who owns it writes so */
    while (launch_read_holder ("default").pid == 0)
        cr_assert (await_news (watch, 0, deadline), "nobody owns the profile");
    close (watch);
    free (directory);
}

/* An owner that clients start for themselves is killed while EVAL, one of them, which asks for LINGER, waits. */
static void
expect_another_owner (struct run_process *eval)
{
    await_begun ();
    cr_assert_eq (kill (launch_read_holder ("default").pid, SIGKILL), 0);
    stage_expect_eval ("one", OPEN, "5");
    cr_assert_eq (run_end (eval, 0), STUI_EXIT_DONE);
    expect_nothing_in_doubt ();
}

Test (doubt, an_eval_that_started_the_owner_starts_another_for_its_answer)
{
    struct run_process eval = {0};
    stage_end_serve (&stage, SIGTERM);
    run_start (&eval, &stage.place, NULL, (const char *const[]){"eval", "one", "-e", LINGER, NULL});
    await_owner ();
    expect_another_owner (&eval);
}

/* Symptom: `stui eval` waited 3 s for another owner, and exited 4, where nobody starts one but those that need it: it
 * had not started the one that was killed, another command had. */
Test (doubt, an_eval_that_found_an_owner_of_another_command_starts_the_next)
{
    struct run_process other = {0}, eval = {0};
    stage_end_serve (&stage, SIGTERM);
    run_start (&other, &stage.place, NULL, (const char *const[]){"events", "-f", NULL});
    await_owner ();
    run_start (&eval, &stage.place, NULL, (const char *const[]){"eval", "one", "-e", LINGER, NULL});
    expect_another_owner (&eval);
    run_end (&other, SIGTERM);
}

/* The owner is killed while PROCESS, which asked for LINGER, is stopped; the next one fetches the answer, and is
 * killed as well before PROCESS goes on. */
static void
kill_twice (pid_t process)
{
    cr_assert_eq (kill (process, SIGSTOP), 0);
    stage_end_serve (&stage, SIGKILL);
    stage_serve (&stage);
    stage_expect_eval ("one", OPEN, "5");
    stage_pass (&stage, "one", "answered");
    expect_nothing_in_doubt ();
    char session[STUI_UUID_LEN + 1];
    stage_new_session ("one", "more", session); /* is stored after it */
    stage_end_serve (&stage, SIGKILL);
}

/* Symptom: the owner was killed again after it had fetched the answer: the workspace said for ever that nobody could
 * say whether it ran. */
Test (doubt, what_one_owner_fetched_the_next_one_tells_a_workspace)
{
    open_workspace ();
    pty_type (&terminal, LINGER CTRL_P);
    await_begun ();
    kill_twice (terminal.pid);
    cr_assert_eq (kill (terminal.pid, SIGCONT), 0);
    pty_await (&terminal, "→ 42");
}

/* Symptom: the same of `stui eval`, which exited 4. */
Test (doubt, what_one_owner_fetched_the_next_one_tells_eval)
{
    struct run_process eval = {0};
    run_start (&eval, &stage.place, NULL, (const char *const[]){"eval", "one", "-e", LINGER, NULL});
    await_begun ();
    kill_twice (eval.pid);
    stage_serve (&stage);
    cr_assert_eq (kill (eval.pid, SIGCONT), 0);
    cr_assert_eq (run_end (&eval, 0), STUI_EXIT_DONE);
}

/* Symptom: a workspace went on showing "held until" after the code was sent, and nothing in the terminal said that
 * something was held when the image was back. */
Test (doubt, what_was_held_shows_what_came_of_it_in_its_workspace)
{
    open_workspace ();
    image_kill (image);
    stage_pass (&stage, "one", "offline");
    pty_await (&terminal, "offline");
    pty_type (&terminal, "6 * 7" CTRL_P);
    pty_await (&terminal, "held until one is online");
    cr_assert_eq (image_restart (image), 0);
    pty_await (&terminal,
               "one is online, and 1 evaluation of it is held: M-5 shows it, s sends it");
    struct run_result sent = run_stui ("held", "send", "one", "--anyway");
    cr_assert_str_eq (sent.out, "42\n", "%s%s", sent.out, sent.err);
    run_result_fini (&sent);
    pty_await (&terminal, "→ 42");
}

/* Symptom: `stui eval --hold` sent its code at once to an image that had missed its pings. */
Test (doubt, what_is_to_be_held_does_not_go_to_a_suspect_image)
{
    stage_pause_image (image);
    stage_pass (&stage, "one", "suspect");
    struct run_result asked = run_stui ("eval", "one", "--hold", "--wait", "0", "-e", "6 * 7");
    cr_assert_eq (asked.status, STUI_EXIT_UNREACHABLE, "%s%s", asked.out, asked.err);
    run_result_fini (&asked);
    stage_continue_image (image);
    struct run_result sent = run_stui ("held", "send", "one");
    cr_assert_str_eq (sent.out, "42\n", "%s%s", sent.out, sent.err);
    run_result_fini (&sent);
}
