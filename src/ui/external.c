/* external.c: see external.h. */

#include "ui/external.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/path.h"

enum { HANG_UP_MS = 500 /* to end by itself, of the 2 s that a stop may take */ };

/* The text as a file. */
static int
file_make (struct external *self, const char *text, struct stui_cause *cause)
{
    static const char ending[] = ".st";
    const char *directory = getenv ("XDG_RUNTIME_DIR");
    self->path = stui_printf ("%s/stui-XXXXXX%s",
                              directory && *directory == '/' ? directory : "/tmp", ending);
    int fd = mkostemps (self->path, sizeof ending - 1, O_CLOEXEC);
    size_t size = strlen (text), done = 0;
    while (fd >= 0 && done < size) {
        ssize_t written = write (fd, text + done, size - done);
        if (written < 0 && errno != EINTR)
            break;
        done += written > 0 ? (size_t) written : 0;
    }
    if (fd < 0 || done < size)
        stui_fail (cause, STUI_E_SYSTEM, "the file %.100s for the editor cannot be written: %m",
                   self->path);
    if (fd >= 0)
        close (fd);
    if (fd >= 0 && done < size)
        unlink (self->path);
    return fd < 0 || done < size ? STUI_E_SYSTEM : 0;
}

/* The shell reads COMMAND, which may have words behind its name. It keeps END_FD open while it lives. */
static int
spawn_editor (struct external *self, const char *command, int end_fd)
{
    enum { KEPT_FD = STDERR_FILENO + 1 };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset (&none);
    sigfillset (&all);
    char *line = stui_printf ("trap '' TSTP; exec %s \"$1\"", command);
    const char *const words[] = {"sh", "-c", line, "sh", self->path, NULL};
    posix_spawn_file_actions_init (&files);
    posix_spawn_file_actions_addopen (&files, STDIN_FILENO, "/dev/tty", O_RDWR, 0);
    posix_spawn_file_actions_adddup2 (&files, STDIN_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2 (&files, STDIN_FILENO, STDERR_FILENO);
    posix_spawn_file_actions_adddup2 (&files, end_fd, KEPT_FD);
    posix_spawn_file_actions_addclosefrom_np (&files, KEPT_FD + 1);
    posix_spawn_file_actions_addtcsetpgrp_np (&files, STDIN_FILENO);
    posix_spawnattr_init (&attributes);
    posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK
                                               | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup (&attributes, 0);
    posix_spawnattr_setsigmask (&attributes, &none);
    posix_spawnattr_setsigdefault (&attributes, &all);
    int why =
        posix_spawn (&self->pid, "/bin/sh", &files, &attributes, (char *const *) words, environ);
    posix_spawnattr_destroy (&attributes);
    posix_spawn_file_actions_destroy (&files);
    free (line);
    return why;
}

/* Starts it on its file; self->fd tells its end then. 0, or errno's number. */
static int
editor_start (struct external *self, const char *command)
{
    int ends[2];
    if (pipe2 (ends, O_CLOEXEC) < 0)
        return errno;
    int why = spawn_editor (self, command, ends[1]);
    close (ends[1]);
    /* A helper that the editor leaves behind has the pipe open as well: a pidfd is better. */
    self->fd = why ? -1 : (int) syscall (SYS_pidfd_open, self->pid, 0);
    if (self->fd < 0 && !why)
        self->fd = ends[0];
    else
        close (ends[0]);
    return why;
}

int
external_start (struct external *self, const char *command, const char *text,
                struct stui_cause *cause)
{
    *self = (struct external){.fd = -1};
    int err = file_make (self, text, cause);
    int why = err ? 0 : editor_start (self, command);
    if (why)
        err = stui_fail (cause, STUI_E_SYSTEM, "the editor %.60s cannot be started: %s", command,
                         strerror (why));
    if (!err) {
        self->text = stui_strdup (text);
        return 0;
    }
    if (why)
        unlink (self->path);
    free (self->path);
    *self = (struct external){.fd = -1};
    return err;
}

/* In the background that is SIGTTOU for who does not block it. */
static void
take_foreground (int terminal_fd)
{
    sigset_t ours, before;
    sigemptyset (&ours);
    sigaddset (&ours, SIGTTOU);
    pthread_sigmask (SIG_BLOCK, &ours, &before);
    tcsetpgrp (terminal_fd, getpgrp ());
    pthread_sigmask (SIG_SETMASK, &before, NULL);
}

/* Nothing of it is left but its file. */
static void
external_forget (struct external *self, int terminal_fd)
{
    take_foreground (terminal_fd);
    if (self->fd >= 0)
        close (self->fd);
    free (self->path);
    free (self->text);
    *self = (struct external){.fd = -1};
}

char *
external_finish (struct external *self, int terminal_fd, struct stui_cause *cause)
{
    int status = 0;
    while (waitpid (self->pid, &status, 0) < 0 && errno == EINTR)
        ;
    char *text = NULL;
    if (!WIFEXITED (status) || WEXITSTATUS (status) != 0)
        stui_fail (cause, STUI_E_SYSTEM, "the editor ended with %s %d; what it wrote is in %.100s",
                   WIFEXITED (status) ? "status" : "signal",
                   WIFEXITED (status) ? WEXITSTATUS (status) : WTERMSIG (status), self->path);
    else
        text = path_read (self->path, STUI_SESSION_MAX, cause);
    if (text)
        unlink (self->path);
    external_forget (self, terminal_fd);
    return text;
}

char *
external_hang_up (struct external *self, int terminal_fd)
{
    if (self->pid == 0)
        return NULL;
    struct pollfd end = {.fd = self->fd, .events = POLLIN};
    struct stui_cause cause = {0};
    kill (-self->pid, SIGHUP);
    if (poll (&end, 1, HANG_UP_MS) < 1)
        kill (-self->pid, SIGKILL);
    while (waitpid (self->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    char *text = path_read (self->path, STUI_SESSION_MAX, &cause);
    if (text)
        unlink (self->path);
    if (text && strcmp (text, self->text) == 0) {
        free (text);
        text = NULL;
    }
    external_forget (self, terminal_fd);
    return text;
}
