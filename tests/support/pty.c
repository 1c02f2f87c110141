/* pty.c: see pty.h. */

#include "support/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "support/emulator.h"
#include "support/run.h"

enum { WORDS_MAX = 16 };

static void
pty_become (const struct pty *self, const char *term, const char *const *words)
{
    const char *argv[WORDS_MAX + 2] = {getenv ("STUI") != NULL ? getenv ("STUI") : "build/stui"};
    sigset_t none;
    for (size_t count = 0; count < WORDS_MAX && words[count] != NULL; count++)
        argv[count + 1] = words[count];
    sigemptyset (&none);
    sigprocmask (SIG_SETMASK, &none, NULL);
    setsid ();
    ioctl (self->slave, TIOCSCTTY, 0);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        dup2 (self->slave, fd);
    close_range (STDERR_FILENO + 1, ~0U, 0);
    setenv ("TERM", term, 1);
    execvp (argv[0], (char *const *) argv);
    _exit (127);
}

void
pty_start (struct pty *self, const char *const *words)
{
    pty_start_on (self, PTY_ROWS, PTY_COLUMNS, "xterm-256color", words);
}

void
pty_start_on (struct pty *self, int rows, int columns, const char *term, const char *const *words)
{
    struct winsize size = {.ws_row = (unsigned short) rows, .ws_col = (unsigned short) columns};
    *self = (struct pty){.rows = rows, .columns = columns, .screen = emulator_open (rows, columns)};
    cr_assert_eq (openpty (&self->fd, &self->slave, NULL, NULL, &size), 0, "no terminal: %s",
                  strerror (errno));
    fcntl (self->fd, F_SETFD, FD_CLOEXEC);
    fcntl (self->slave, F_SETFD, FD_CLOEXEC);
    fcntl (self->fd, F_SETFL, O_NONBLOCK);
    self->pid = fork ();
    cr_assert_geq (self->pid, 0, "no process can be started");
    if (self->pid == 0)
        pty_become (self, term, words);
    self->process = (int) syscall (SYS_pidfd_open, self->pid, 0);
    cr_assert_geq (self->process, 0);
}

/* ---- what is shown -------------------------------------------------------------------------------- */

/* Takes what was written by now. */
static void
pty_read (struct pty *self)
{
    char bytes[65536];
    ssize_t got;
    while ((got = read (self->fd, bytes, sizeof bytes)) > 0) {
        emulator_feed (self->screen, bytes, (size_t) got);
        while (self->written_size + (size_t) got + 1 > self->written_capacity)
            stui_grow (&self->written, &self->written_capacity, self->written_capacity, 1);
        memcpy (self->written + self->written_size, bytes, (size_t) got);
        self->written_size += (size_t) got;
        self->written[self->written_size] = '\0';
    }
}

bool
pty_wrote (struct pty *self, const char *bytes)
{
    pty_read (self);
    return self->written
           && memmem (self->written, self->written_size, bytes, strlen (bytes)) != NULL;
}

/* The rows, each with its end of line; the caller frees. */
static char *
pty_text (const struct pty *self)
{
    char *text = stui_alloc (
        (size_t) self->rows * ((size_t) self->columns * sizeof (struct emulator_cell) + 1) + 1);
    char *end = text;
    for (int row = 0; row < self->rows; row++) {
        for (int column = 0; column < self->columns; column++)
            end = stpcpy (end, emulator_cell (self->screen, row, column).bytes);
        *end++ = '\n';
    }
    *end = '\0';
    return text;
}

bool
pty_shows (struct pty *self, const char *text)
{
    pty_read (self);
    char *screen = pty_text (self);
    bool shown = strstr (screen, text) != NULL;
    free (screen);
    return shown;
}

/* Waits until there is something to read, or FD has something. False: DEADLINE_MS came first. */
static bool
pty_wait_news (struct pty *self, int fd, int64_t deadline_ms)
{
    struct pollfd news[] = {{.fd = self->fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    int64_t left_ms = deadline_ms - clock_mono_ms ();
    if (left_ms > 0)
        poll (news, 2, (int) left_ms);
    return left_ms > 0;
}

/* It stays to be waited for. */
static bool
pty_has_ended (const struct pty *self)
{
    siginfo_t info = {0};
    return waitid (P_PID, (id_t) self->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0
           || info.si_pid == self->pid;
}

static void
pty_wait (struct pty *self, const char *text, bool is_wanted)
{
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    for (bool is_over = false;;) {
        /* Asked before the look: what it wrote last is seen by it. */
        bool has_ended = pty_has_ended (self);
        if (pty_shows (self, text) == is_wanted)
            return;
        if (has_ended || is_over) {
            char *screen = pty_text (self);
            cr_assert_fail ("'%s' is %s on this screen:\n%s", text, is_wanted ? "not" : "still",
                            screen);
        }
        is_over = !pty_wait_news (self, self->process, deadline);
    }
}

void
pty_await (struct pty *self, const char *text)
{
    pty_wait (self, text, true);
}

void
pty_await_gone (struct pty *self, const char *text)
{
    pty_wait (self, text, false);
}

void
pty_type (struct pty *self, const char *keys)
{
    cr_assert_eq (write (self->fd, keys, strlen (keys)), (ssize_t) strlen (keys));
}

/* ---- how it ends ------------------------------------------------------------------------------------ */

/* A thread that waits for a change of a process, which only its parent hears of, and no descriptor
 * tells of a stop. */
struct watcher {
    pid_t pid;
    int options; /* waitid's */
    int fd;      /* an eventfd that tells of the change */
};

static void *
watch_process (void *data)
{
    const struct watcher *watcher = data;
    siginfo_t info;
    while (waitid (P_PID, (id_t) watcher->pid, &info, watcher->options | WNOWAIT) != 0
           && errno == EINTR)
        ;
    eventfd_write (watcher->fd, 1);
    return NULL;
}

/* Waits for a change of the process that OPTIONS names, reading meanwhile: who writes may wait for that. Its wait
 * status. */
static int
pty_wait_process (struct pty *self, int options)
{
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    static struct watcher
        watcher; /* a thread that hears of nothing outlives the failing test's stack */
    pthread_t thread;
    int status = 0;
    watcher = (struct watcher){self->pid, options, eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK)};
    cr_assert_geq (watcher.fd, 0);
    cr_assert_eq (pthread_create (&thread, NULL, watch_process, &watcher), 0);
    for (eventfd_t changes = 0; changes == 0; eventfd_read (watcher.fd, &changes)) {
        if (!pty_wait_news (self, watcher.fd, deadline)) {
            char *screen = pty_text (self);
            cr_assert_fail ("process %ld goes on and on, with this screen:\n%s", (long) self->pid,
                            screen);
        }
        pty_read (self);
    }
    pthread_join (thread, NULL);
    close (watcher.fd);
    waitpid (self->pid, &status, options & WSTOPPED ? WUNTRACED : 0);
    pty_read (self);
    return status;
}

void
pty_await_stopped (struct pty *self)
{
    int status = pty_wait_process (self, WSTOPPED | WEXITED);
    cr_assert (WIFSTOPPED (status), "it ended instead");
}

int
pty_end (struct pty *self, int signal_number)
{
    if (signal_number != 0)
        kill (self->pid, signal_number);
    int status = pty_wait_process (self, WEXITED);
    close (self->process);
    self->pid = 0;
    return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}

void
pty_vanish (struct pty *self)
{
    close (self->fd);
    close (self->slave);
    self->fd = self->slave = -1;
}

bool
pty_is_clean (struct pty *self)
{
    enum { LOCAL = ICANON | ECHO | ISIG | IEXTEN };
    struct termios modes;
    int row, column;
    bool is_cursor_shown;
    pty_read (self);
    emulator_cursor (self->screen, &row, &column, &is_cursor_shown);
    return tcgetattr (self->slave, &modes) == 0 && (modes.c_lflag & LOCAL) == LOCAL
           && (modes.c_iflag & ICRNL) && (modes.c_oflag & OPOST) && is_cursor_shown
           && !emulator_is_alternate (self->screen);
}

void
pty_close (struct pty *self)
{
    if (self->screen == NULL)
        return;
    if (self->pid > 0) {
        kill (self->pid, SIGKILL);
        waitpid (self->pid, NULL, 0);
        close (self->process);
    }
    close (self->fd);
    close (self->slave);
    emulator_close (&self->screen);
    free (self->written);
    *self = (struct pty){0};
}
