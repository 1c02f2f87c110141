/* test_terminals.c: terminals that are not the usual one: none that can show a screen, a very large one,
 * one that vanishes. Real images. */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "support/pty.h"
#include "support/stage.h"

#define SAVED  " saved  session"
#define CTRL_P "\x10"
#define CTRL_Q "\x11"

static struct stage stage;
static struct pty terminal;

static void
setup (void)
{
    stage_open (&stage, STAGE_QUICK);
}

static void
teardown (void)
{
    pty_close (&terminal);
    stage_close (&stage);
}

TestSuite (terminals, .init = setup, .fini = teardown, .timeout = 180);

static void
open_workspace (void)
{
    pty_await (&terminal, "1 online");
    pty_type (&terminal, "\r");
    pty_await (&terminal, SAVED);
}

Test (terminals, one_that_cannot_show_a_screen_gets_a_sentence)
{
    pty_start_on (&terminal, PTY_ROWS, PTY_COLUMNS, "dumb", (const char *const[]){NULL});
    cr_assert_eq (pty_end (&terminal, 0), 1);
    cr_assert (pty_wrote (&terminal, "but TERM is dumb; set it to"));
    cr_assert_not (pty_wrote (&terminal, "\033"));
}

Test (terminals, one_without_utf_8_is_written_ascii_only)
{
    unsetenv ("LC_ALL");
    unsetenv ("LC_CTYPE");
    setenv ("LANG", "C", 1);
    stage_add_image (&stage, "alpha");
    pty_start (&terminal, (const char *const[]){NULL});
    open_workspace ();
    pty_type (
        &terminal,
        "(String with: (Character value: 195) with: (Character value: 188)), (6 * 7) printString");
    pty_type (&terminal, CTRL_P);
    pty_await (&terminal, "42'");
    pty_type (&terminal, "\0331");
    pty_await (&terminal, "Images");
    pty_await (&terminal, SAVED); /* the answer too: the frame that brought it is complete */
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
    for (size_t index = 0; index < terminal.written_size; index++)
        cr_assert_lt ((unsigned char) terminal.written[index], 0x80, "byte %zu", index);
}

Test (terminals, a_very_large_one_is_filled_and_given_back)
{
    stage_add_image (&stage, "alpha");
    pty_start_on (&terminal, 100, 300, "xterm-256color", (const char *const[]){"--ascii", NULL});
    open_workspace ();
    pty_type (&terminal, "6 * 7" CTRL_P);
    pty_await (&terminal, "6 * 7 42");
    static const char *const screens[][2] = {{"\0331", "Images"},   {"\0333", "Events"},
                                             {"\0334", "Sessions"}, {"\0336", "Transcript"},
                                             {"\0339", "Welcome"},  {"\033?", "Everywhere"},
                                             {"\0332", "6 * 7 42"}};
    for (size_t index = 0; index < sizeof screens / sizeof *screens; index++) {
        pty_type (&terminal, screens[index][0]);
        pty_await (&terminal, screens[index][1]);
    }
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
    cr_assert (pty_is_clean (&terminal));
}

/* The owner goes on, and has what was typed. */
Test (terminals, one_that_vanishes_ends_its_process_and_the_owner_goes_on)
{
    stage_add_image (&stage, "alpha");
    stage_serve (&stage);
    stage_pass (&stage, "alpha", "online");
    pty_stui (&terminal, "--ascii");
    open_workspace ();
    pty_type (&terminal, "typed before");
    pty_await (&terminal, "typed before");
    pty_vanish (&terminal);
    cr_assert_lt (pty_end (&terminal, 0), 128, "it was not told, or crashed");
    pty_close (&terminal);
    stage_expect_eval ("alpha", "3 + 4", "7");
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "typed before");
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
}

Test (terminals, one_that_vanishes_from_an_owner_leaves_all_as_it_was)
{
    stage_add_image (&stage, "alpha");
    pty_stui (&terminal, "--ascii");
    open_workspace ();
    pty_type (&terminal, "typed before");
    pty_await (&terminal, "typed before");
    pty_vanish (&terminal);
    cr_assert_lt (pty_end (&terminal, 0), 128, "it was not told, or crashed");
    pty_close (&terminal);
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "typed before");
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
}
