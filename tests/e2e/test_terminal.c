/* test_terminal.c: the full-screen terminal on real images, as its user sees it: images that come
 * and go, an evaluation, text that survives everything, and a terminal found again as it was. */

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "runtime/clock.h"
#include "runtime/launch.h"
#include "support/pty.h"
#include "support/stage.h"

#define SAVED      " saved  session"
#define CTRL_P     "\x10"
#define CTRL_Q     "\x11"
#define TO_IMAGES  "\0331" /* M-1 */
#define TO_WORK    "2"
#define TO_THE_END "\033>" /* M-> */

static struct stage stage;
static struct pty terminal;

static void
setup (void)
{
    stage_open (&stage, "ping_ms = 200\nbackoff_min_ms = 10\nbackoff_max_ms = 200\n");
}

static void
teardown (void)
{
    pty_close (&terminal);
    stage_close (&stage);
}

TestSuite (terminal, .init = setup, .fini = teardown, .timeout = 180);

Test (terminal, shows_images_come_and_go_and_keeps_text_through_a_kill)
{
    stage_add_image (&stage, "alpha");
    struct image *beta = stage_add_image (&stage, "beta");
    stage_add_image (&stage, "gamma");
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "3 online");
    pty_type (&terminal, "\r");
    pty_await (&terminal, SAVED);
    pty_type (&terminal, "6 * 7" CTRL_P);
    pty_await (&terminal, "6 * 7 42");

    image_kill (beta);
    pty_type (&terminal, TO_IMAGES);
    pty_await (&terminal, "2 online");
    pty_await (&terminal, "offline");
    stage_restart_image (beta);
    pty_await (&terminal, "3 online");
    pty_type (&terminal, TO_WORK TO_THE_END " \"not lost\"");
    pty_await (&terminal, "42 \"not lost\"");
    pty_await (&terminal, SAVED);

    pid_t owner = launch_read_holder ("default").pid;
    cr_assert_gt (owner, 0);
    kill (owner, SIGKILL);
    cr_assert_eq (pty_end (&terminal, SIGKILL), 128 + SIGKILL);
    pty_close (&terminal);
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "6 * 7 42 \"not lost\"");
    pty_await (&terminal, "3 online");
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
    cr_assert (pty_is_clean (&terminal));
}

Test (terminal, gives_the_terminal_back_when_it_is_told_to_end)
{
    static const int numbers[] = {SIGTERM, SIGHUP, SIGINT};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        pty_stui (&terminal, "--ascii");
        pty_await (&terminal, "linked");
        cr_assert_not (pty_is_clean (&terminal));
        cr_assert_eq (pty_end (&terminal, numbers[i]), 0);
        cr_assert (pty_is_clean (&terminal), "after signal %d", numbers[i]);
        pty_close (&terminal);
    }
}

Test (terminal, says_what_is_wrong_with_the_configuration_and_goes_on_when_it_is_mended)
{
    run_place_configure (&stage.place, "[stui]\nping_ms = never\n");
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "ping_ms");
    run_place_configure (&stage.place, "[stui]\nping_ms = 200\n");
    pty_await_gone (&terminal, "ping_ms");
    pty_await (&terminal, " linked");
}

/* The owner reads TEXT as its configuration, and every terminal its own part of it. */
static void
configure (const char *text)
{
    run_place_configure (&stage.place, text);
    kill (launch_read_holder ("default").pid, SIGHUP);
}

/* Symptom: they held only in terminals that started afterwards. */
Test (terminal, keys_of_the_configuration_are_taken_while_it_runs_and_a_wrong_row_is_said)
{
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "linked");
    configure ("[keys]\nevents = F9\n");
    pty_await (&terminal, "The keys are as the configuration has them now");
    pty_type (&terminal, "\033[20~"); /* F9 */
    pty_await (&terminal, "stui  Events");
    configure ("[keys]\nevents = Hyper-x\n");
    pty_await (&terminal, ":2: Hyper-x is no key");
    pty_type (&terminal, TO_IMAGES "\033[20~");
    pty_await (&terminal, "stui  Events");
}
