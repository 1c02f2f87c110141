/* demo_images.c: see demo_images.h. Each image leads a process group, so that whatever it starts
 * ends with it; and it is killed when the demo itself is. */

#include "cli/demo_images.h"

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/path.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LISTENING "listening on "

enum {
    START_PATIENCE_MS = 60000, /* all at once load their sources on few cores */
    END_PATIENCE_MS = 2000,
    END_LOOK_MS = 20,
    LOG_BYTES_MAX = 65536,
};

static const char *const names[] = {"one", "two", "three", "four", "five", "six", "seven"};

/* ---- starting -------------------------------------------------------------------------------------- */

static _Noreturn void
image_become (const struct demo_image *self, const char *launcher, const char *gst,
              const char *directory, int out, pid_t parent)
{
    sigset_t none;
    sigemptyset (&none);
    sigprocmask (SIG_SETMASK, &none, NULL);
    setpgid (0, 0);
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    if (getppid () != parent)
        _exit (1); /* it went before we could ask to follow */
    char *log = stui_printf ("%s/%s.log", directory, self->name);
    int null = open ("/dev/null", O_RDONLY);
    int err = open (log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2 (null, STDIN_FILENO);
    dup2 (out, STDOUT_FILENO);
    dup2 (err, STDERR_FILENO);
    close_range (STDERR_FILENO + 1, ~0U, 0);
    setenv ("STUI_GST", gst, 1);
    execl (launcher, launcher, "--name", self->name, "--port", "0", (char *) NULL);
    dprintf (STDERR_FILENO, "%s cannot be run: %s\n", launcher, strerror (errno));
    _exit (1);
}

static int
image_start (struct demo_image *self, const char *launcher, const char *gst, const char *directory,
             struct stui_cause *cause)
{
    int out[2];
    if (pipe2 (out, O_CLOEXEC) != 0)
        return stui_fail (cause, STUI_E_SYSTEM, "no pipe could be made: %s", strerror (errno));
    pid_t parent = getpid ();
    fflush (NULL);
    self->pid = fork ();
    if (self->pid == 0)
        image_become (self, launcher, gst, directory, out[1], parent);
    int why = errno;
    close (out[1]);
    self->out = out[0];
    if (self->pid > 0)
        return 0;
    self->pid = 0;
    return stui_fail (cause, STUI_E_SYSTEM, "no process could be started: %s", strerror (why));
}

int
demo_images_start (struct demo_images *self, size_t count, const char *launcher, const char *gst,
                   const char *directory, struct stui_cause *cause)
{
    self->directory = directory;
    while (self->count < count) {
        struct demo_image *image = &self->items[self->count++];
        *image = (struct demo_image){.out = -1};
        if (self->count <= sizeof names / sizeof *names)
            snprintf (image->name, sizeof image->name, "%s", names[self->count - 1]);
        else
            snprintf (image->name, sizeof image->name, "image%zu", self->count);
        int err = image_start (image, launcher, gst, directory, cause);
        if (err < 0)
            return err;
    }
    return 0;
}

/* ---- waiting until they listen ------------------------------------------------------------------------ */

static int
image_fail (const struct demo_image *self, const char *directory, const char *what,
            struct stui_cause *cause)
{
    char *path = stui_printf ("%s/%s.log", directory, self->name);
    char *said = path_read (path, LOG_BYTES_MAX, NULL);
    size_t size = said != NULL ? strcspn (said, "\n") : 0;
    int err = stui_fail (cause, STUI_E_SYSTEM, "image %s %s%s%.*s", self->name, what,
                         size > 0 ? ": " : "", (int) size, said != NULL ? said : "");
    free (said);
    free (path);
    return err;
}

/* Reads what the image printed; its address is known after the first line. */
static int
image_read (struct demo_image *self, const char *directory, struct stui_cause *cause)
{
    ssize_t got = read (self->out, self->line + self->size, sizeof self->line - 1 - self->size);
    if (got < 0 && errno == EINTR)
        return 0;
    if (got <= 0)
        return image_fail (self, directory, "ended before it listened", cause);
    self->size += (size_t) got;
    self->line[self->size] = '\0';
    char *end = strchr (self->line, '\n');
    if (end == NULL && self->size < sizeof self->line - 1)
        return 0;
    if (end == NULL || strncmp (self->line, LISTENING, strlen (LISTENING)) != 0)
        return image_fail (self, directory, "did not say where it listens", cause);
    *end = '\0';
    snprintf (self->address, sizeof self->address, "%.*s", STUI_ADDRESS_MAX - 1,
              self->line + strlen (LISTENING));
    return 0;
}

int
demo_images_wait (struct demo_images *self, int signal_fd, struct stui_cause *cause)
{
    int64_t deadline = clock_mono_ms () + START_PATIENCE_MS;
    for (;;) {
        struct pollfd ready[DEMO_IMAGES_MAX + 1] = {{.fd = signal_fd, .events = POLLIN}};
        size_t waiting = 0;
        for (size_t i = 0; i < self->count; i++) {
            bool listens = self->items[i].address[0] != '\0';
            ready[i + 1] =
                (struct pollfd){.fd = listens ? -1 : self->items[i].out, .events = POLLIN};
            waiting += !listens;
        }
        if (waiting == 0)
            return 0;
        int64_t left = deadline - clock_mono_ms ();
        if (left <= 0)
            return stui_fail (cause, STUI_E_TIMEOUT, "%zu images do not listen after %d s", waiting,
                              START_PATIENCE_MS / 1000);
        if (poll (ready, self->count + 1, (int) left) <= 0)
            continue;
        if (ready[0].revents != 0)
            return stui_fail (cause, STUI_E_STOPPING, "interrupted");
        for (size_t i = 0; i < self->count; i++) {
            int err = ready[i + 1].revents != 0
                          ? image_read (&self->items[i], self->directory, cause)
                          : 0;
            if (err < 0)
                return err;
        }
    }
}

/* ---- ending --------------------------------------------------------------------------------------------- */

/* Whether all have ended; those that have are reaped. */
static bool
images_are_gone (struct demo_images *self)
{
    size_t left = 0;
    for (size_t i = 0; i < self->count; i++) {
        struct demo_image *image = &self->items[i];
        if (image->pid > 0 && waitpid (image->pid, NULL, WNOHANG) != 0)
            image->pid = 0;
        left += image->pid > 0;
    }
    return left == 0;
}

static void
images_signal (const struct demo_images *self, int signal_number)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i].pid > 0 && kill (-self->items[i].pid, signal_number) != 0)
            kill (self->items[i].pid, signal_number); /* it leads no group yet */
}

void
demo_images_end (struct demo_images *self)
{
    int64_t deadline = clock_mono_ms () + END_PATIENCE_MS;
    images_signal (self, SIGTERM);
    while (!images_are_gone (self) && clock_mono_ms () < deadline)
        usleep (END_LOOK_MS * 1000);
    images_signal (self, SIGKILL);
    for (size_t i = 0; i < self->count; i++) {
        if (self->items[i].pid > 0)
            waitpid (self->items[i].pid, NULL, 0);
        if (self->items[i].out >= 0)
            close (self->items[i].out);
    }
    self->count = 0;
}
