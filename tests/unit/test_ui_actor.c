/* test_ui_actor.c: the ui actor on a pseudo terminal, against a bare switchboard: what it draws,
 * how it gives the terminal back, and a terminal that nobody reads. */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "support/switchboard.h"
#include "ui/ui.h"

enum { PATIENCE_MS = 10000, SEEN_MAX = 1 << 20 };

static struct switchboard board;
static zactor_t *actor;
static int master, slave;
static char seen[SEEN_MAX + 1]; /* what the terminal was sent */
static size_t seen_size;
static struct termios before;

static void
setup (void)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    setenv ("TERM", "xterm-256color", 1);
    setenv ("LC_ALL", "C.UTF-8", 1);
    cr_assert_eq (openpty (&master, &slave, NULL, NULL, &size), 0);
    cr_assert_eq (fcntl (master, F_SETFL, O_NONBLOCK), 0);
    cr_assert_eq (tcgetattr (slave, &before), 0);
    switchboard_open (&board);
    struct ui_args args = {.fd = slave};
    actor = switchboard_start (&board, ui_actor, "ui", &args);
}

static void
teardown (void)
{
    switchboard_stop (&board, &actor);
    switchboard_close (&board);
    close (master);
    close (slave);
}

TestSuite (ui_actor, .init = setup, .fini = teardown);

/* Reads what the terminal was sent; false when nothing came for MS. */
static bool
terminal_take (int ms)
{
    struct pollfd item = {.fd = master, .events = POLLIN};
    if (poll (&item, 1, ms) <= 0 || seen_size == SEEN_MAX)
        return false;
    ssize_t size = read (master, seen + seen_size, SEEN_MAX - seen_size);
    if (size <= 0)
        return false;
    seen_size += (size_t) size;
    seen[seen_size] = '\0';
    return true;
}

static void
expect_seen (const char *text)
{
    int64_t until_ms = clock_mono_ms () + PATIENCE_MS;
    while (!memmem (seen, seen_size, text, strlen (text)) && clock_mono_ms () < until_ms)
        terminal_take (100);
    cr_assert_not_null (memmem (seen, seen_size, text, strlen (text)), "'%s' was not drawn: %s",
                        text, seen);
}

static void
answer (struct msg **request, const char *result)
{
    struct msg *ok = msg_ok (*request, result);
    switchboard_send (&board, "ui", &ok);
    msg_destroy (request);
}

static void
key (const char *bytes)
{
    cr_assert_eq (write (master, bytes, strlen (bytes)), (ssize_t) strlen (bytes));
}

static void
expect_given_back (void)
{
    struct termios after;
    expect_seen ("\033[?1049l");
    cr_assert_eq (tcgetattr (slave, &after), 0);
    cr_assert_eq (after.c_lflag, before.c_lflag);
    cr_assert_eq (after.c_iflag, before.c_iflag);
}

Test (ui_actor, the_first_frame_waits_for_nobody)
{
    expect_seen ("Starting");
}

Test (ui_actor, shows_what_it_is_told_and_quits_when_asked)
{
    struct msg *watch = switchboard_await (&board, MSG_WATCH);
    answer (&watch, "{\"version\":1,\"images\":[{\"name\":\"harbour\",\"state\":\"online\"}]}");
    expect_seen ("harbour");
    key ("q");
    struct msg *ended = switchboard_await (&board, MSG_ENDED);
    cr_assert_str_eq (msg_text (ended, 0), "");
    msg_destroy (&ended);
    expect_given_back ();
    zactor_destroy (&actor);
    struct ui_args args = {.fd = slave};
    actor = switchboard_start (&board, ui_actor, "ui", &args); /* for the teardown */
}

Test (ui_actor, told_to_end_it_gives_the_terminal_back)
{
    expect_seen ("Starting");
    struct msg *quit = msg_new ("main#1", MSG_QUIT_NOW, 0, "SIGTERM");
    switchboard_send (&board, "ui", &quit);
    struct msg *ended = switchboard_await (&board, MSG_ENDED);
    msg_destroy (&ended);
    expect_given_back ();
    zactor_destroy (&actor);
    struct ui_args args = {.fd = slave};
    actor = switchboard_start (&board, ui_actor, "ui", &args);
}

Test (ui_actor, suspended_it_gives_the_terminal_back_and_draws_all_anew_when_resumed)
{
    expect_seen ("Starting");
    struct msg *suspend = msg_new ("main#1", MSG_SUSPEND, 5);
    switchboard_send (&board, "ui", &suspend);
    struct msg *done = switchboard_await (&board, MSG_OK);
    msg_destroy (&done);
    expect_given_back ();
    while (terminal_take (50))
        ;
    seen_size = 0;
    struct msg *resume = msg_new ("main#1", MSG_RESUME, 0);
    switchboard_send (&board, "ui", &resume);
    expect_seen ("Starting");
}

Test (ui_actor, a_resized_terminal_is_drawn_in_its_new_size)
{
    expect_seen ("Starting");
    seen_size = 0;
    struct winsize size = {.ws_row = 9, .ws_col = 30};
    cr_assert_eq (ioctl (master, TIOCSWINSZ, &size), 0);
    struct msg *resized = msg_new ("main#1", MSG_RESIZED, 0);
    switchboard_send (&board, "ui", &resized);
    expect_seen ("40x10");
}

/* The newest state is what a terminal gets that was not read for long; nothing piles up for it,
 * and whoever reports to the ui is not held up. */
Test (ui_actor, a_terminal_that_is_not_read_delays_nobody_and_grows_nothing)
{
    enum { REPORTS = 10000, BOUND = 128 * 1024 };
    struct msg *watch = switchboard_await (&board, MSG_WATCH);
    answer (&watch, "{\"version\":1,\"images\":[{\"name\":\"harbour\",\"state\":\"online\"}]}");
    expect_seen ("harbour");
    key ("\r");
    struct msg *list = switchboard_await (&board, MSG_SESSION_LIST);
    answer (&list,
            "{\"sessions\":[{\"session_id\":\"s\",\"name\":\"workspace\",\"state\":\"fresh\"}]}");
    seen_size = 0;
    for (int report = 1; report <= REPORTS; report++) {
        struct msg *request = switchboard_await (&board, MSG_SESSION_WATCH);
        char *session = stui_printf ("{\"session_id\":\"s\",\"name\":\"workspace\",\"change\":%d,"
                                     "\"holder\":\"other\",\"context\":{\"workspace\":{\"text\":"
                                     "\"report %d %0*d\"}}}",
                                     report, report, report % 1000, report);
        answer (&request, session);
        free (session);
    }
    struct msg *more = switchboard_await (&board, MSG_SESSION_WATCH);
    msg_destroy (&more);
    while (terminal_take (300))
        ;
    cr_assert_lt (seen_size, BOUND, "%zu bytes waited for the terminal", seen_size);
    seen_size = 0;
    key ("\f"); /* ^L: a whole frame */
    expect_seen ("10000");
}
