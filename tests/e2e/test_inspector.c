/* test_inspector.c: inspect it and the transcript in the terminal, on a real image: a tree that opens, a
 * start of the image that takes its objects away, what was written while nobody could hear it. */

#include <criterion/criterion.h>
#include <signal.h>

#include "support/pty.h"
#include "support/stage.h"

#define SAVED      " saved  session"
#define CTRL_D     "\x04"
#define CTRL_Q     "\x11"
#define INSPECT_IT "\033i" /* M-i */

static struct stage stage;
static struct pty terminal;

static void
setup (void)
{
    stage_open (&stage, STAGE_QUICK);
    stage_add_image (&stage, "one");
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "1 online");
    pty_type (&terminal, "\r");
    pty_await (&terminal, SAVED);
}

static void
teardown (void)
{
    pty_close (&terminal);
    stage_close (&stage);
}

TestSuite (inspector_e2e, .init = setup, .fini = teardown, .timeout = 180);

Test (inspector_e2e, a_tree_opens_and_says_when_its_objects_are_gone)
{
    pty_type (&terminal, "(1 to: 150) asOrderedCollection add: 3 -> #(4 5); yourself" INSPECT_IT);
    pty_await (&terminal, "Inspector");
    pty_await (&terminal, "firstIndex");
    pty_await (&terminal, "OrderedCollection");
    pty_type (&terminal, "G");
    pty_await (&terminal, "100 of 15");
    pty_type (&terminal, "\r");     /* the rest */
    pty_await (&terminal, "+ 99 "); /* behind two variables and 98 elements */
    pty_type (&terminal, "G");
    pty_await (&terminal, "3->(4 5 )");
    pty_type (&terminal, "\033[C"); /* Right: into the association */
    pty_await (&terminal, "- 151");
    pty_await (&terminal, "value");

    stage_restart_image (&stage.images[0]);
    pty_await (&terminal,
               "one has the session again"); /* it may be back sooner than that is drawn */
    pty_type (&terminal, "gr");
    pty_await (&terminal, "its objects are gone");
    pty_type (&terminal, "r");
    pty_await (&terminal, "again in one? y/n");
    pty_type (&terminal, "y");
    pty_await_gone (&terminal, "its objects are gone");
    pty_await (&terminal, "firstIndex");
    pty_type (&terminal, "q");
    pty_await (&terminal, SAVED);
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
}

Test (inspector_e2e, the_transcript_is_seen_while_it_is_written_and_found_again)
{
    pty_type (&terminal, "Transcript showCr: 'hello ', 'wall'" CTRL_D "\0336");
    pty_await (&terminal, "Transcript  one");
    pty_await (&terminal, "hello wall");
    pty_type (&terminal, "a");
    pty_await (&terminal, "all images");
    pty_await (&terminal, "one            hello wall");
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
    pty_close (&terminal);
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "1 online");
    pty_type (&terminal, "\0336");
    pty_await (&terminal, "hello wall");
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
}
