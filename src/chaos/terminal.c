/* terminal.c: see terminal.h. */

#include "chaos/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"

enum {
    ROWS = 40,
    COLUMNS = 120,
    END_PATIENCE_MS = 3000, /* it tells an owner that it is starting to end, and leaves */
    END_LOOK_MS = 10,
};

void
terminal_init (struct terminal *self)
{
    *self = (struct terminal){.fd = -1};
}

static _Noreturn void
terminal_become (const struct launch_options *options, const char *device, pid_t parent)
{
    const char *words[] = {"stui",     "--profile",          options->profile,
                           "--config", options->config_path, NULL};
    sigset_t none;
    sigemptyset (&none);
    sigprocmask (SIG_SETMASK, &none, NULL);
    setsid ();
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    if (getppid () != parent)
        _exit (1);                  /* it went before we could ask to follow */
    int fd = open (device, O_RDWR); /* becomes our terminal */
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        dup2 (fd, i);
    close_range (STDERR_FILENO + 1, ~0U, 0);
    setenv ("TERM", "xterm-256color", 1);
    execv (options->program != NULL ? options->program : "/proc/self/exe", (char *const *) words);
    _exit (1);
}

int
terminal_start (struct terminal *self, const struct launch_options *options, const char *word,
                struct stui_cause *cause)
{
    const struct winsize size = {.ws_row = ROWS, .ws_col = COLUMNS};
    char device[64];
    self->fd = posix_openpt (O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (self->fd < 0 || grantpt (self->fd) != 0 || unlockpt (self->fd) != 0
        || ptsname_r (self->fd, device, sizeof device) != 0)
        return stui_fail (cause, STUI_E_SYSTEM,
                          "no pseudo-terminal could be had for the terminal that takes over: %s",
                          strerror (errno));
    ioctl (self->fd, TIOCSWINSZ, &size);
    snprintf (self->word, sizeof self->word, "%s", word);
    self->drawn = stui_alloc (TERMINAL_DRAWN_MAX);
    pid_t parent = getpid ();
    fflush (NULL);
    self->pid = fork ();
    if (self->pid == 0)
        terminal_become (options, device, parent);
    if (self->pid > 0)
        return 0;
    self->pid = 0;
    return stui_fail (cause, STUI_E_SYSTEM, "no process could be started: %s", strerror (errno));
}

void
terminal_turn (struct terminal *self)
{
    char bytes[4096];
    ssize_t got;
    while ((got = read (self->fd, bytes, sizeof bytes)) > 0) {
        size_t room = TERMINAL_DRAWN_MAX - self->size;
        if (self->is_ready || room < (size_t) got)
            continue;
        memcpy (self->drawn + self->size, bytes, (size_t) got);
        self->size += (size_t) got;
        self->is_ready = memmem (self->drawn, self->size, self->word, strlen (self->word)) != NULL;
    }
    if (got == 0 || errno == EAGAIN || errno == EINTR)
        return;
    close (self->fd); /* it ended: the run starts owners itself */
    self->fd = -1;
}

void
terminal_freeze (struct terminal *self, bool freezes)
{
    if (self->pid > 0 && self->is_frozen != freezes)
        kill (self->pid, freezes ? SIGSTOP : SIGCONT);
    self->is_frozen = freezes;
}

void
terminal_end (struct terminal *self)
{
    int64_t deadline_ms = clock_mono_ms () + END_PATIENCE_MS;
    if (self->pid > 0) {
        kill (self->pid, SIGTERM);
        terminal_freeze (self, false);
        while (waitpid (self->pid, NULL, WNOHANG) == 0) {
            if (clock_mono_ms () >= deadline_ms)
                kill (self->pid, SIGKILL);
            if (self->fd >= 0)
                terminal_turn (self); /* it may wait to draw */
            usleep (END_LOOK_MS * 1000);
        }
    }
    if (self->fd >= 0)
        close (self->fd);
    free (self->drawn);
    terminal_init (self);
}
