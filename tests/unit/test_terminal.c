/* test_terminal.c: the terminal in memory, and real ones: pseudo-terminals whose other end is the
 * test, which reads, stops reading, hangs up, and compares what was found with what is left. */

#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "support/emulator.h"
#include "ui/buffer.h"
#include "ui/terminal.h"

static const struct terminal_traits traits = {
    .depth = COLOR_256, .shapes = true, .erases = true, .mouse = true};

enum { ROWS = 24, COLUMNS = 80, GUARD_MS = 20000 };

/* ---- drawing and looking ---- */

/* A screen on which every cell changes with NUMBER. */
static void
draw_number (struct grid *grid, int number)
{
    struct rect all = grid_area (grid);
    for (int row = 0; row < grid->rows; row++)
        for (int column = 0; column < grid->columns; column += 8) {
            struct style style = {COLOR_INDEX (16 + (number + row + column) % 200), 0, 0};
            grid_printf (grid, all, row, column, style, "%07d ", number + row);
        }
    grid_set_cursor (grid, all, 0, 0, CURSOR_BLOCK);
}

static bool
is_shown (const struct emulator *emulator, const struct grid *grid)
{
    for (int row = 0; row < grid->rows; row++)
        for (int column = 0; column < grid->columns; column++) {
            const struct cell *cell = grid_at (grid, row, column);
            struct emulator_cell shown = emulator_cell (emulator, row, column);
            if (strlen (shown.bytes) != cell->size
                || memcmp (shown.bytes, cell->bytes, cell->size) != 0)
                return false;
        }
    return true;
}

/* ---- in memory ---- */

Test (terminal, in_memory_shows_what_was_drawn)
{
    struct terminal *terminal = terminal_open_memory (ROWS, COLUMNS, &traits);
    struct emulator *emulator = emulator_open (ROWS, COLUMNS);
    struct buffer *written = terminal_written (terminal);
    draw_number (terminal_grid (terminal), 7);
    terminal_show (terminal);
    emulator_feed (emulator, buffer_head (written), buffer_left (written));
    cr_assert (is_shown (emulator, terminal_grid (terminal)));
    buffer_clear (written);
    terminal_show (terminal);
    cr_assert_eq (buffer_left (written), 0);
    emulator_close (&emulator);
    terminal_close (&terminal);
    cr_assert_null (terminal);
    terminal_close (&terminal);
}

Test (terminal, a_notification_is_told_and_cannot_drive_the_terminal)
{
    struct terminal *terminal = terminal_open_memory (ROWS, COLUMNS, &traits);
    terminal_enter (terminal, NULL);
    struct buffer *written = terminal_written (terminal);
    buffer_clear (written);
    terminal_notify (terminal, "one is\033]0;x\a off\xc2\x9bline");
    static const char expected[] = "\033]9;stui: one is ]0;x  off line\a";
    cr_assert_eq (buffer_left (written), sizeof expected - 1);
    cr_assert_eq (memcmp (buffer_head (written), expected, sizeof expected - 1), 0);
    terminal_close (&terminal);
}

Test (terminal, what_is_copied_is_told_as_base64)
{
    struct terminal *terminal = terminal_open_memory (ROWS, COLUMNS, &traits);
    struct buffer *written = terminal_written (terminal);
    static const char *const texts[][2] = {
        {"a", "YQ=="}, {"ab", "YWI="}, {"abc\n", "YWJjCg=="}, {"", ""}};
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++) {
        char expected[40];
        int size = snprintf (expected, sizeof expected, "\033]52;c;%s\a", texts[index][1]);
        buffer_clear (written);
        cr_assert (terminal_clipboard (terminal, texts[index][0]));
        cr_assert_eq (buffer_left (written), (size_t) size);
        cr_assert_eq (memcmp (buffer_head (written), expected, (size_t) size), 0);
    }
    char *most = calloc (1, TERMINAL_CLIPBOARD_MAX + 2);
    memset (most, 'x', TERMINAL_CLIPBOARD_MAX + 1);
    buffer_clear (written);
    cr_assert_not (terminal_clipboard (terminal, most));
    cr_assert_eq (buffer_left (written), 0);
    free (most);
    terminal_close (&terminal);
}

Test (terminal, behind_keeps_one_frame_and_shows_the_newest)
{
    struct terminal *terminal = terminal_open_memory (ROWS, COLUMNS, &traits);
    struct emulator *emulator = emulator_open (ROWS, COLUMNS);
    struct buffer *written = terminal_written (terminal);
    terminal_set_room (terminal, 1000);
    for (int frame = 0; frame < 10000; frame++) {
        draw_number (terminal_grid (terminal), frame);
        terminal_show (terminal);
        cr_assert_lt (terminal_pending (terminal), ROWS * COLUMNS * 32);
    }
    cr_assert (terminal_is_behind (terminal));
    terminal_set_room (terminal, 10);
    terminal_flush (terminal);
    cr_assert_eq (terminal_present (terminal)->frames, 1);
    terminal_set_room (terminal, SIZE_MAX);
    terminal_flush (terminal);
    cr_assert_not (terminal_is_behind (terminal));
    cr_assert_eq (terminal_present (terminal)->frames, 2);
    emulator_feed (emulator, buffer_head (written), buffer_left (written));
    cr_assert (is_shown (emulator, terminal_grid (terminal)));
    emulator_close (&emulator);
    terminal_close (&terminal);
}

Test (terminal, a_new_size_draws_everything_again)
{
    struct terminal *terminal = terminal_open_memory (ROWS, COLUMNS, &traits);
    struct emulator *emulator = emulator_open (ROWS, COLUMNS);
    struct buffer *written = terminal_written (terminal);
    cr_assert_not (terminal_resize (terminal));
    static const int sizes[][2] = {{10, 40}, {50, 200}, {24, 80}, {1, 1}};
    for (size_t index = 0; index < sizeof sizes / sizeof *sizes; index++) {
        terminal_set_size (terminal, sizes[index][0], sizes[index][1]);
        emulator_resize (emulator, sizes[index][0], sizes[index][1]);
        cr_assert (terminal_resize (terminal));
        draw_number (terminal_grid (terminal), 3);
        terminal_show (terminal);
        emulator_feed (emulator, buffer_head (written), buffer_left (written));
        buffer_clear (written);
        cr_assert (is_shown (emulator, terminal_grid (terminal)));
    }
    emulator_close (&emulator);
    terminal_close (&terminal);
}

Test (terminal, learns_that_frames_can_be_synchronized)
{
    struct terminal *terminal = terminal_open_memory (2, 20, &traits);
    struct buffer *written = terminal_written (terminal);
    static const char no[] = "\033[?2026;0$y", yes[] = "\033[?2026;2$y";
    terminal_reply (terminal, no, sizeof no - 1);
    cr_assert_not (terminal_traits (terminal)->synchronized);
    terminal_reply (terminal, yes, sizeof yes - 1);
    cr_assert (terminal_traits (terminal)->synchronized);
    terminal_show (terminal);
    size_t size = buffer_left (written), end = strlen (PRESENT_END);
    cr_assert_eq (memcmp (buffer_head (written), PRESENT_BEGIN, strlen (PRESENT_BEGIN)), 0);
    cr_assert_eq (memcmp (buffer_head (written) + size - end, PRESENT_END, end), 0);
    static const char *const odd[] = {"", "\033", "\033[?2026;", "\033[?2026;2$", "\033[?c"};
    for (size_t index = 0; index < sizeof odd / sizeof *odd; index++)
        terminal_reply (terminal, odd[index], strlen (odd[index]));
    terminal_close (&terminal);
}

Test (terminal, traits_come_from_the_environment)
{
    static const struct {
        const char *term, *colorterm, *no_color, *locale;
        enum color_depth depth;
        bool ascii;
    } cases[] = {
        {"xterm-256color", NULL, NULL, "de_DE.UTF-8", COLOR_256, false},
        {"xterm-256color", "truecolor", NULL, "C.utf8", COLOR_TRUE, false},
        {"xterm-256color", "truecolor", "1", "C.UTF-8", COLOR_MONO, false},
        {"xterm-256color", "truecolor", "", "C", COLOR_TRUE, true},
        {"xterm", NULL, NULL, NULL, COLOR_16, true},
        {"linux", NULL, NULL, "C.UTF-8", COLOR_16, false},
        {"vt100", NULL, NULL, "POSIX", COLOR_MONO, true},
        {"xterm-direct", NULL, NULL, "C.UTF-8", COLOR_TRUE, false},
    };
    struct terminal_traits found;
    struct stui_cause cause = {0};
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        cr_assert_eq (terminal_traits_detect (&found, cases[index].term, cases[index].colorterm,
                                              cases[index].no_color, cases[index].locale, NULL),
                      0);
        cr_assert_eq (found.depth, cases[index].depth, "%s", cases[index].term);
        cr_assert_eq (found.ascii, cases[index].ascii, "%s", cases[index].term);
    }
    static const char *const none[] = {NULL, "", "dumb"};
    for (size_t index = 0; index < sizeof none / sizeof *none; index++)
        cr_assert_eq (terminal_traits_detect (&found, none[index], NULL, NULL, NULL, &cause),
                      STUI_E_UNSUPPORTED);
    cr_assert_not_null (strstr (cause.text, "TERM"));
}

/* ---- on a pseudo-terminal ---- */

struct pty {
    int master, slave;
    struct termios found;
    struct emulator *emulator;
};

static void
pty_open (struct pty *self)
{
    struct winsize size = {.ws_row = ROWS, .ws_col = COLUMNS};
    cr_assert_eq (openpty (&self->master, &self->slave, NULL, NULL, &size), 0);
    fcntl (self->master, F_SETFL, O_NONBLOCK);
    /* One mode that is nobody's default: what is given back is what was found. */
    tcgetattr (self->slave, &self->found);
    self->found.c_lflag &= ~(tcflag_t) ECHOK;
    self->found.c_cc[VINTR] = 7;
    tcsetattr (self->slave, TCSANOW, &self->found);
    self->emulator = emulator_open (ROWS, COLUMNS);
}

static void
pty_close (struct pty *self)
{
    close (self->master);
    close (self->slave);
    emulator_close (&self->emulator);
}

/* Reads what there is into the emulator; waits WAIT_MS at most for some. Whether there was any. */
static bool
pty_read (struct pty *self, int wait_ms)
{
    char bytes[4096];
    struct pollfd ready = {.fd = self->master, .events = POLLIN};
    if (poll (&ready, 1, wait_ms) <= 0)
        return false;
    ssize_t size = read (self->master, bytes, sizeof bytes);
    if (size > 0)
        emulator_feed (self->emulator, bytes, (size_t) size);
    return size > 0;
}

static bool
pty_is_as_found (const struct pty *self)
{
    struct termios now;
    tcgetattr (self->slave, &now);
    return now.c_lflag == self->found.c_lflag && now.c_iflag == self->found.c_iflag
           && now.c_oflag == self->found.c_oflag && now.c_cflag == self->found.c_cflag
           && memcmp (now.c_cc, self->found.c_cc, sizeof now.c_cc) == 0;
}

/* Reads until the emulator is (not) in the alternate screen. */
static void
pty_await_alternate (struct pty *self, bool alternate)
{
    for (int waited = 0; emulator_is_alternate (self->emulator) != alternate; waited += 20) {
        cr_assert_lt (waited, GUARD_MS, "the screen did not change");
        pty_read (self, 20);
    }
}

Test (terminal, that_stops_reading_blocks_nobody_and_grows_nothing, .timeout = 60)
{
    struct pty pty;
    struct stui_cause cause = {0};
    pty_open (&pty);
    struct terminal *terminal = terminal_open (pty.slave, &traits, &cause);
    cr_assert_not_null (terminal, "%s", cause.text);
    for (int frame = 0; frame < 10000; frame++) {
        draw_number (terminal_grid (terminal), frame);
        terminal_show (terminal);
        cr_assert_lt (terminal_pending (terminal), ROWS * COLUMNS * 32);
    }
    cr_assert (terminal_is_behind (terminal));
    cr_assert_lt (terminal_present (terminal)->frames, 10);
    for (int waited = 0; !is_shown (pty.emulator, terminal_grid (terminal)); waited += 20) {
        cr_assert_lt (waited, GUARD_MS, "the last frame did not come");
        while (pty_read (&pty, 20))
            terminal_flush (terminal);
        terminal_flush (terminal);
    }
    cr_assert_not (terminal_is_behind (terminal));
    terminal_close (&terminal);
    pty_await_alternate (&pty, false);
    cr_assert (pty_is_as_found (&pty));
    pty_close (&pty);
}

Test (terminal, that_takes_nothing_is_given_back_nevertheless, .timeout = 60)
{
    struct pty pty;
    pty_open (&pty);
    struct terminal *terminal = terminal_open (pty.slave, &traits, NULL);
    for (int frame = 0; frame < 100; frame++) {
        draw_number (terminal_grid (terminal), frame);
        terminal_show (terminal);
    }
    cr_assert (terminal_is_behind (terminal));
    terminal_close (&terminal);
    cr_assert (pty_is_as_found (&pty));
    pty_close (&pty);
}

Test (terminal, the_callers_descriptor_keeps_its_flags)
{
    struct pty pty;
    pty_open (&pty);
    int flags = fcntl (pty.slave, F_GETFL);
    struct terminal *terminal = terminal_open (pty.slave, &traits, NULL);
    cr_assert_eq (fcntl (pty.slave, F_GETFL), flags);
    terminal_close (&terminal);
    cr_assert_eq (fcntl (pty.slave, F_GETFL), flags);
    pty_close (&pty);
}

Test (terminal, is_left_and_taken_again_whole)
{
    struct pty pty;
    pty_open (&pty);
    struct terminal *terminal = terminal_open (pty.slave, &traits, NULL);
    draw_number (terminal_grid (terminal), 5);
    terminal_show (terminal);
    pty_await_alternate (&pty, true);
    for (int round = 0; round < 3; round++) {
        terminal_leave (terminal);
        terminal_leave (terminal);
        pty_await_alternate (&pty, false);
        cr_assert (pty_is_as_found (&pty));
        pty.found.c_cc[VINTR] = (cc_t) (8 + round); /* the shell set something else meanwhile */
        tcsetattr (pty.slave, TCSANOW, &pty.found);
        terminal_show (terminal);
        cr_assert_eq (terminal_pending (terminal), 0);
        cr_assert_eq (terminal_enter (terminal, NULL), 0);
        cr_assert_eq (terminal_enter (terminal, NULL), 0);
        cr_assert_not (pty_is_as_found (&pty));
        terminal_show (terminal);
        for (int waited = 0; !is_shown (pty.emulator, terminal_grid (terminal)); waited += 20) {
            cr_assert_lt (waited, GUARD_MS, "nothing was drawn again");
            pty_read (&pty, 20);
            terminal_flush (terminal);
        }
    }
    terminal_close (&terminal);
    cr_assert (pty_is_as_found (&pty));
    pty_close (&pty);
}

Test (terminal, size_follows_the_terminal)
{
    struct pty pty;
    pty_open (&pty);
    struct terminal *terminal = terminal_open (pty.slave, &traits, NULL);
    struct grid *grid = terminal_grid (terminal);
    cr_assert (grid->rows == ROWS && grid->columns == COLUMNS);
    struct winsize size = {.ws_row = 40, .ws_col = 132};
    ioctl (pty.master, TIOCSWINSZ, &size);
    cr_assert (terminal_resize (terminal));
    cr_assert (grid->rows == 40 && grid->columns == 132);
    cr_assert_not (terminal_resize (terminal));
    terminal_close (&terminal);
    pty_close (&pty);
}

Test (terminal, that_hangs_up_is_told_by_reading)
{
    struct pty pty;
    struct stui_cause cause = {0};
    char bytes[64];
    pty_open (&pty);
    struct terminal *terminal = terminal_open (pty.slave, &traits, NULL);
    cr_assert_eq (terminal_read (terminal, bytes, sizeof bytes, &cause), 0);
    cr_assert_eq (write (pty.master, "x", 1), 1);
    struct pollfd ready = {.fd = terminal_fd (terminal), .events = POLLIN};
    cr_assert_eq (poll (&ready, 1, GUARD_MS), 1);
    cr_assert_eq (terminal_read (terminal, bytes, sizeof bytes, &cause), 1);
    close (pty.master);
    cr_assert_eq (terminal_read (terminal, bytes, sizeof bytes, &cause), STUI_E_ACTOR_ENDED);
    cr_assert_not_null (strstr (cause.text, "closed"));
    draw_number (terminal_grid (terminal), 1);
    terminal_show (terminal);
    terminal_close (&terminal);
    pty.master = open ("/dev/null", O_RDONLY);
    pty_close (&pty);
}

Test (terminal, what_is_none_is_refused)
{
    struct stui_cause cause = {0};
    int fd = open ("/dev/null", O_RDWR);
    cr_assert_null (terminal_open (fd, &traits, &cause));
    cr_assert_eq (cause.err, STUI_E_UNSUPPORTED);
    close (fd);
}

/* ---- the end of a process ---- */

enum end { END_SIGTERM, END_ABORT, END_SENT_SEGV, END_FAULT, END_OVERFLOW, END_RESCUE };

/* Uses up the stack; LIMIT is more than there is. */
static int __attribute__ ((noinline)) overflow (volatile char *above, int limit)
{
    volatile char here[4096];
    here[0] = *above;
    return limit == 0 ? 0 : overflow (here, limit - 1) + here[0];
}

/* The child: takes the terminal, draws, says so by a byte, and ends as told. */
static void
live_and_end (const struct pty *pty, int ready, enum end end)
{
    prctl (PR_SET_PDEATHSIG, SIGKILL);            /* should the test fail */
    for (int number = 1; number < NSIG; number++) /* what Criterion and sanitizers have set up */
        signal (number, SIG_DFL);
    sigset_t wanted;
    sigemptyset (&wanted);
    sigaddset (&wanted, SIGTERM);
    sigprocmask (SIG_BLOCK, &wanted, NULL);
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack (&none, NULL);
    struct terminal *terminal = terminal_open (pty->slave, &traits, NULL);
    draw_number (terminal_grid (terminal), 1);
    terminal_show (terminal);
    int number;
    char byte = 0;
    char *page = mmap (NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (write (ready, "r", 1) != 1)
        _exit (2);
    switch (end) {
    case END_SIGTERM:
        sigwait (&wanted, &number);
        terminal_close (&terminal);
        _exit (0);
    case END_ABORT:
        abort ();
    case END_SENT_SEGV:
        for (;;)
            pause ();
    case END_FAULT:
        *(volatile char *) page = 1;
        break;
    case END_OVERFLOW:
        overflow (&byte, INT_MAX);
        break;
    case END_RESCUE:
        terminal_rescue ();
        terminal_rescue ();
        draw_number (terminal_grid (terminal), 2); /* the ui has not noticed yet */
        terminal_show (terminal);
        _exit (0);
    }
    _exit (3);
}

/* How a child ended that ended so, after the terminal was checked. */
static int
end_of_child (enum end end)
{
    struct pty pty;
    int ready[2], status;
    char byte;
    pty_open (&pty);
    cr_assert_eq (pipe (ready), 0);
    pid_t pid = fork ();
    cr_assert_geq (pid, 0);
    if (pid == 0)
        live_and_end (&pty, ready[1], end);
    close (ready[1]);
    cr_assert_eq (read (ready[0], &byte, 1), 1);
    pty_await_alternate (&pty, true);
    if (end == END_SIGTERM || end == END_SENT_SEGV)
        kill (pid, end == END_SIGTERM ? SIGTERM : SIGSEGV);
    pty_await_alternate (&pty, false);
    cr_assert_eq (waitpid (pid, &status, 0), pid);
    while (pty_read (&pty, 0))
        ;
    cr_assert (pty_is_as_found (&pty));
    int row, column;
    bool visible;
    emulator_cursor (pty.emulator, &row, &column, &visible);
    cr_assert (visible);
    cr_assert_not (emulator_is_alternate (pty.emulator));
    cr_assert_str_eq (emulator_cell (pty.emulator, 0, 0).bytes, " ");
    close (ready[0]);
    pty_close (&pty);
    return status;
}

Test (terminal, is_given_back_on_an_orderly_end, .timeout = 60)
{
    int status = end_of_child (END_SIGTERM);
    cr_assert (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

Test (terminal, is_given_back_by_whoever_ends_the_process, .timeout = 60)
{
    int status = end_of_child (END_RESCUE);
    cr_assert (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

Test (terminal, is_given_back_after_a_crash_which_stays_one, .timeout = 60)
{
    static const struct {
        enum end end;
        int number;
    } crashes[] = {{END_ABORT, SIGABRT},
                   {END_SENT_SEGV, SIGSEGV},
                   {END_FAULT, SIGSEGV},
                   {END_OVERFLOW, SIGSEGV}};
    for (size_t index = 0; index < sizeof crashes / sizeof *crashes; index++) {
        int status = end_of_child (crashes[index].end);
        cr_assert (WIFSIGNALED (status) && WTERMSIG (status) == crashes[index].number,
                   "crash %zu: status %x", index, (unsigned) status);
    }
}
