/* ssh_process.c: see ssh_process.h. By fork, not posix_spawn: what the kernel is to do at our end can be
 * asked for only by the child itself, before it becomes another program. Between the two it calls
 * nothing that a fork of one thread out of many may not. */

#include "actors/ssh_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/alloc.h"

/* The child's part; does not return. */
static void __attribute__ ((noreturn))
process_become (pid_t parent, int said, const char *program, const char *const *words)
{
    sigset_t none;
    prctl (PR_SET_PDEATHSIG, SIGTERM);
    if (getppid () != parent) /* it is gone already */
        _exit (127);
    setsid ();
    for (int number = 1; number < NSIG; number++)
        signal (number, SIG_DFL);
    sigemptyset (&none);
    sigprocmask (SIG_SETMASK, &none, NULL);
    int nothing = open ("/dev/null", O_RDWR);
    dup2 (nothing, STDIN_FILENO);
    dup2 (nothing, STDOUT_FILENO);
    dup2 (said, STDERR_FILENO);
    close_range (STDERR_FILENO + 1, ~0U, 0);
    execv (program, (char *const *) words);
    _exit (127);
}

int
ssh_process_start (struct ssh_process *self, const char *program, const char *const *words,
                   struct stui_cause *cause)
{
    int ends[2];
    *self = (struct ssh_process){.end_fd = -1, .said_fd = -1};
    if (pipe2 (ends, O_CLOEXEC) != 0)
        return stui_fail (cause, STUI_E_SYSTEM, "no pipe could be made: %m");
    pid_t parent = getpid ();
    self->pid = fork ();
    if (self->pid == 0)
        process_become (parent, ends[1], program, words);
    close (ends[1]);
    self->said_fd = ends[0];
    if (self->pid < 0) {
        self->pid = 0;
        stui_fail (cause, STUI_E_SYSTEM, "no process could be started: %m");
        ssh_process_close (self);
        return STUI_E_SYSTEM;
    }
    fcntl (self->said_fd, F_SETFL, O_NONBLOCK);
    self->end_fd = pidfd_open (self->pid, 0);
    if (self->end_fd >= 0)
        return 0;
    stui_fail (cause, STUI_E_SYSTEM, "its end could not be watched: %m");
    ssh_process_close (self);
    return STUI_E_SYSTEM;
}

/* The first line of what was read, ended by a NUL; NULL when it is not whole yet. */
static const char *
line_take (struct ssh_process *self)
{
    char *end = memchr (self->line, '\n', self->size);
    if (!end && self->size < sizeof self->line - 1)
        return NULL;
    size_t length = end ? (size_t) (end - self->line) : self->size;
    self->taken = length + (end != NULL);
    if (length > 0 && self->line[length - 1] == '\r')
        length--;
    self->line[length] = '\0';
    return self->line;
}

const char *
ssh_process_line (struct ssh_process *self)
{
    self->size -= self->taken;
    memmove (self->line, self->line + self->taken, self->size);
    self->taken = 0;
    for (;;) {
        const char *line = line_take (self);
        if (line || self->said_fd < 0)
            return line;
        ssize_t got =
            read (self->said_fd, self->line + self->size, sizeof self->line - 1 - self->size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0) {
            close (self->said_fd);
            self->said_fd = -1;
        }
        if (got <= 0)
            return NULL;
        self->size += (size_t) got;
    }
}

bool
ssh_process_ended (struct ssh_process *self, int *status)
{
    int how;
    if (self->pid == 0 || waitpid (self->pid, &how, WNOHANG) != self->pid)
        return false;
    *status = WIFSIGNALED (how) ? 128 + WTERMSIG (how) : WEXITSTATUS (how);
    self->pid = 0;
    return true;
}

void
ssh_process_stop (const struct ssh_process *self)
{
    if (self->pid == 0)
        return;
    kill (-self->pid, SIGTERM);
    kill (self->pid, SIGTERM); /* it may not lead a session yet */
}

void
ssh_process_close (struct ssh_process *self)
{
    if (self->pid > 0) {
        kill (-self->pid, SIGKILL);
        kill (self->pid, SIGKILL);
        while (waitpid (self->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    if (self->end_fd >= 0)
        close (self->end_fd);
    if (self->said_fd >= 0)
        close (self->said_fd);
    *self = (struct ssh_process){.end_fd = -1, .said_fd = -1};
}
