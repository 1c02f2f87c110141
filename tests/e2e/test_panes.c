/* test_panes.c: a screen split between two real images, as its user sees it: work in each, one killed and
 * back with its text in its pane, and both panes there again at the next start. */

#include <criterion/criterion.h>
#include <signal.h>

#include "support/image.h"
#include "support/pty.h"
#include "support/stage.h"

#define CTRL_O  "\x0f"
#define CTRL_P  "\x10"
#define CTRL_Q  "\x11"
#define COMMAND "\033x"

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

TestSuite (panes, .init = setup, .fini = teardown, .timeout = 180);

Test (panes, two_images_beside_each_other_survive_a_kill_of_one_and_a_new_start)
{
    stage_add_image (&stage, "alpha");
    struct image *beta = stage_add_image (&stage, "beta");
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "2 online");
    pty_type (&terminal, "\r");
    pty_await (&terminal, "alpha * online  saved  session");
    pty_type (&terminal, COMMAND "vsplit beta\r");
    pty_await (&terminal, "> beta * online");
    pty_await (&terminal, "beta * online  saved  session");
    pty_type (&terminal, "6 * 7" CTRL_P);
    pty_await (&terminal, "6 * 7 42");
    pty_type (&terminal, CTRL_O);
    pty_await (&terminal, "> alpha * online");
    pty_type (&terminal, "'al', 'pha'" CTRL_P);
    pty_await (&terminal, "'al', 'pha' 'alpha'");

    image_kill (beta);
    pty_await_gone (&terminal, " beta * online");
    cr_assert (pty_shows (&terminal, "6 * 7 42"));
    stage_restart_image (beta);
    pty_await (&terminal, " beta * online");
    pty_type (&terminal, CTRL_O "\033>\r3 + 4" CTRL_P);
    pty_await (&terminal, "3 + 4 7");
    pty_await (&terminal, "beta * online  saved  session");
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
    pty_close (&terminal);

    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "> beta * online");
    pty_await (&terminal, "3 + 4 7");
    pty_await (&terminal, "  alpha * online");
    pty_await (&terminal, "'al', 'pha' 'alpha'");
    pty_type (&terminal,
              CTRL_O); /* nothing is edited: the keys are there at the next start all the same */
    pty_await (&terminal, "> alpha * online");
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
    cr_assert (pty_is_clean (&terminal));
    pty_close (&terminal);

    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "> alpha * online");
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
}

/* A layout and marks are the profile's: another terminal has them at once, and the next start too. */
Test (panes, a_named_layout_and_marks_are_there_in_another_terminal_and_at_the_next_start)
{
    struct pty another = {0};
    stage_add_image (&stage, "alpha");
    stage_add_image (&stage, "beta");
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "2 online");
    pty_type (&terminal, COMMAND "mark beta\r");
    pty_await (&terminal, "1 marked");
    pty_stui (&another, "--ascii");
    pty_await (&another, "2 online");
    pty_type (&terminal, COMMAND "vsplit events\r");
    pty_await (&terminal, "> Events");
    pty_type (&terminal, COMMAND "layout save wall\r");
    pty_await (&terminal, "Layout wall is saved");
    pty_type (&another, COMMAND "layout wall\r");
    pty_await (&another, "> Events");
    pty_await (&another, "  Images");
    pty_type (&another, CTRL_Q);
    cr_assert_eq (pty_end (&another, 0), 0);
    pty_close (&another);
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
    pty_close (&terminal);

    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "1 marked");
    pty_type (&terminal, COMMAND "layout wall\r");
    pty_await (&terminal, "> Events");
    pty_type (&terminal, COMMAND "layout delete wall\r");
    pty_await (&terminal, "Layout wall is deleted");
    pty_type (&terminal, COMMAND "layout wall\r");
    pty_await (&terminal, "There is no layout wall");
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
}

/* Symptom: of two terminals that marked images the last one wiped the other's marks, and neither saw them; a layout
 * that the other one had saved meanwhile was replaced without a question. */
Test (panes, two_terminals_mark_and_save_together_and_see_what_the_other_did)
{
    struct pty another = {0};
    stage_add_image (&stage, "alpha");
    stage_add_image (&stage, "beta");
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "2 online");
    pty_stui (&another, "--ascii");
    pty_await (&another, "2 online");
    pty_type (&terminal, COMMAND "mark alpha\r");
    pty_type (&another, COMMAND "mark beta\r");
    pty_await (&terminal, "Images  2 marked");
    pty_await (&another, "Images  2 marked");
    pty_type (&another, COMMAND "unmark alpha\r");
    pty_await (&terminal, "Images  1 marked");
    pty_type (&terminal, COMMAND "layout save desk\r");
    pty_await (&terminal, "Layout desk is saved");
    pty_type (&another, COMMAND "layout save desk\r");
    pty_await (&another, "Replace it? y/n");
    pty_type (&another, CTRL_Q);
    pty_close (&another);
}
