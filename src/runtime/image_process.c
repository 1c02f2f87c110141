/* image_process.c: see image_process.h. Owns nothing but what the struct says. */

#include "runtime/image_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LISTENING "listening on "

static _Noreturn void
process_become (const struct image_program *program, int out, pid_t parent)
{
    sigset_t none;
    sigemptyset (&none);
    sigprocmask (SIG_SETMASK, &none, NULL);
    setpgid (0, 0);
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    if (getppid () != parent)
        _exit (1); /* it went before we could ask to follow */
    int null = open ("/dev/null", O_RDONLY);
    int err = open (program->log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2 (null, STDIN_FILENO);
    dup2 (out, STDOUT_FILENO);
    dup2 (err, STDERR_FILENO);
    close_range (STDERR_FILENO + 1, ~0U, 0);
    if (program->gst != NULL)
        setenv ("STUI_GST", program->gst, 1);
    execv (program->path, (char *const *) program->words);
    dprintf (STDERR_FILENO, "%s cannot be run: %s\n", program->path, strerror (errno));
    _exit (1);
}

int
image_process_start (struct image_process *self, const struct image_program *program,
                     struct stui_cause *cause)
{
    int out[2];
    *self = (struct image_process){.out = -1};
    if (pipe2 (out, O_CLOEXEC) != 0)
        return stui_fail (cause, STUI_E_SYSTEM, "no pipe could be made: %s", strerror (errno));
    pid_t parent = getpid ();
    fflush (NULL);
    self->pid = fork ();
    if (self->pid == 0)
        process_become (program, out[1], parent);
    int why = errno;
    close (out[1]);
    self->out = out[0];
    if (self->pid > 0)
        return 0;
    close (self->out);
    *self = (struct image_process){.out = -1};
    return stui_fail (cause, STUI_E_SYSTEM, "no process could be started: %s", strerror (why));
}

int
image_process_read (struct image_process *self)
{
    ssize_t got = read (self->out, self->line + self->size, sizeof self->line - 1 - self->size);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (got <= 0)
        return STUI_E_ACTOR_ENDED;
    self->size += (size_t) got;
    self->line[self->size] = '\0';
    return 0;
}

int
image_process_take (struct image_process *self, char address[STUI_ADDRESS_MAX])
{
    char *end = memchr (self->line, '\n', self->size);
    if (end == NULL && self->size < sizeof self->line - 1)
        return 0;
    if (end != NULL)
        *end = '\0';
    const char *said = strstr (self->line, LISTENING);
    if (end == NULL || said == NULL)
        return STUI_E_MALFORMED;
    snprintf (address, STUI_ADDRESS_MAX, "%.*s", STUI_ADDRESS_MAX - 1, said + strlen (LISTENING));
    self->size -= (size_t) (end + 1 - self->line);
    memmove (self->line, end + 1, self->size + 1);
    return 1;
}

void
image_process_signal (const struct image_process *self, int signal_number)
{
    if (self->pid > 0 && kill (-self->pid, signal_number) != 0)
        kill (self->pid, signal_number); /* it leads no group yet */
}

bool
image_process_reap (struct image_process *self)
{
    if (self->pid > 0 && waitpid (self->pid, NULL, WNOHANG) != 0)
        self->pid = 0;
    return self->pid <= 0;
}

void
image_process_end (struct image_process *self)
{
    image_process_signal (self, SIGKILL);
    if (self->pid > 0)
        waitpid (self->pid, NULL, 0);
    if (self->out > STDIN_FILENO)
        close (self->out);
    *self = (struct image_process){.out = -1};
}
