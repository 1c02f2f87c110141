/* demo_images.c: see demo_images.h. Each process leads a process group, so that whatever it starts
 * ends with it; and it is killed when the demo itself is. One line of its stdout says where an image
 * listens. */

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

/* What a process runs: program and words, ending with NULL. */
struct program {
    const char *path, *gst; /* gst: for STUI_GST; NULL: none */
    const char *words[6];
};

static _Noreturn void
process_become (const struct demo_process *self, const struct program *program,
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
    if (program->gst != NULL)
        setenv ("STUI_GST", program->gst, 1);
    execv (program->path, (char *const *) program->words);
    dprintf (STDERR_FILENO, "%s cannot be run: %s\n", program->path, strerror (errno));
    _exit (1);
}

static int
process_start (struct demo_images *self, const char *name, const struct program *program,
               struct stui_cause *cause)
{
    int out[2];
    if (pipe2 (out, O_CLOEXEC) != 0)
        return stui_fail (cause, STUI_E_SYSTEM, "no pipe could be made: %s", strerror (errno));
    struct demo_process *process = &self->processes[self->process_count++];
    *process = (struct demo_process){.name = name};
    pid_t parent = getpid ();
    fflush (NULL);
    process->pid = fork ();
    if (process->pid == 0)
        process_become (process, program, self->directory, out[1], parent);
    int why = errno;
    close (out[1]);
    process->out = out[0];
    if (process->pid > 0)
        return 0;
    process->pid = 0;
    return stui_fail (cause, STUI_E_SYSTEM, "no process could be started: %s", strerror (why));
}

static int
start_real (struct demo_images *self, size_t count, const char *launcher, const char *gst,
            struct stui_cause *cause)
{
    while (self->count < count) {
        struct demo_image *image = &self->items[self->count++];
        *image = (struct demo_image){.process = self->process_count};
        if (self->count <= sizeof names / sizeof *names)
            snprintf (image->name, sizeof image->name, "%s", names[self->count - 1]);
        else
            snprintf (image->name, sizeof image->name, "image%zu", self->count);
        struct program program = {
            launcher, gst, {launcher, "--name", image->name, "--port", "0", NULL}};
        int err = process_start (self, image->name, &program, cause);
        if (err < 0)
            return err;
    }
    return 0;
}

static int
start_simulated (struct demo_images *self, size_t count, struct stui_cause *cause)
{
    char digits[24];
    snprintf (digits, sizeof digits, "%zu", count);
    while (self->count < count) { /* in the order and with the names of `stui sim` */
        struct demo_image *image = &self->items[self->count++];
        *image = (struct demo_image){.process = 0};
        snprintf (image->name, sizeof image->name, "sim-%zu", self->count);
    }
    struct program program = {"/proc/self/exe", NULL, {"stui", "sim", digits, NULL}};
    return process_start (self, "sim", &program, cause);
}

int
demo_images_start (struct demo_images *self, size_t count, const char *launcher, const char *gst,
                   const char *directory, struct stui_cause *cause)
{
    self->directory = directory;
    return gst != NULL ? start_real (self, count, launcher, gst, cause)
                       : start_simulated (self, count, cause);
}

pid_t
demo_images_pid (const struct demo_images *self, const struct demo_image *image)
{
    return self->processes[image->process].pid;
}

/* ---- waiting until they listen ------------------------------------------------------------------------ */

static int
process_fail (const struct demo_images *self, const struct demo_process *process, const char *what,
              struct stui_cause *cause)
{
    char *path = stui_printf ("%s/%s.log", self->directory, process->name);
    char *said = path_read (path, LOG_BYTES_MAX, NULL);
    size_t size = said != NULL ? strcspn (said, "\n") : 0;
    int err = stui_fail (cause, STUI_E_SYSTEM, "image %s %s%s%.*s", process->name, what,
                         size > 0 ? ": " : "", (int) size, said != NULL ? said : "");
    free (said);
    free (path);
    return err;
}

/* The next image of process INDEX that does not listen yet; NULL: all do. */
static struct demo_image *
process_awaits (struct demo_images *self, size_t index)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i].process == index && self->items[i].address[0] == '\0')
            return &self->items[i];
    return NULL;
}

/* Takes the whole lines out of what was read: each says where the next image listens. */
static int
process_take (struct demo_images *self, size_t index, struct stui_cause *cause)
{
    struct demo_process *process = &self->processes[index];
    struct demo_image *image;
    while ((image = process_awaits (self, index)) != NULL) {
        char *end = strchr (process->line, '\n');
        if (end == NULL && process->size < sizeof process->line - 1)
            return 0;
        if (end != NULL)
            *end = '\0';
        const char *said = strstr (process->line, LISTENING);
        if (end == NULL || said == NULL)
            return process_fail (self, process, "did not say where it listens", cause);
        snprintf (image->address, sizeof image->address, "%.*s", STUI_ADDRESS_MAX - 1,
                  said + strlen (LISTENING));
        process->size -= (size_t) (end + 1 - process->line);
        memmove (process->line, end + 1, process->size + 1);
    }
    return 0;
}

static int
process_read (struct demo_images *self, size_t index, struct stui_cause *cause)
{
    struct demo_process *process = &self->processes[index];
    ssize_t got = read (process->out, process->line + process->size,
                        sizeof process->line - 1 - process->size);
    if (got < 0 && errno == EINTR)
        return 0;
    if (got <= 0)
        return process_fail (self, process, "ended before it listened", cause);
    process->size += (size_t) got;
    process->line[process->size] = '\0';
    return process_take (self, index, cause);
}

int
demo_images_wait (struct demo_images *self, int signal_fd, struct stui_cause *cause)
{
    int64_t deadline = clock_mono_ms () + START_PATIENCE_MS;
    for (;;) {
        struct pollfd ready[DEMO_IMAGES_MAX + 1] = {{.fd = signal_fd, .events = POLLIN}};
        size_t waiting = 0;
        for (size_t i = 0; i < self->process_count; i++) {
            bool listens = process_awaits (self, i) == NULL;
            ready[i + 1] =
                (struct pollfd){.fd = listens ? -1 : self->processes[i].out, .events = POLLIN};
            waiting += !listens;
        }
        if (waiting == 0)
            return 0;
        int64_t left = deadline - clock_mono_ms ();
        if (left <= 0)
            return stui_fail (cause, STUI_E_TIMEOUT, "%zu processes do not listen after %d s",
                              waiting, START_PATIENCE_MS / 1000);
        if (poll (ready, self->process_count + 1, (int) left) <= 0)
            continue;
        if (ready[0].revents != 0)
            return stui_fail (cause, STUI_E_STOPPING, "interrupted");
        for (size_t i = 0; i < self->process_count; i++) {
            int err = ready[i + 1].revents != 0 ? process_read (self, i, cause) : 0;
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
    for (size_t i = 0; i < self->process_count; i++) {
        struct demo_process *process = &self->processes[i];
        if (process->pid > 0 && waitpid (process->pid, NULL, WNOHANG) != 0)
            process->pid = 0;
        left += process->pid > 0;
    }
    return left == 0;
}

static void
images_signal (const struct demo_images *self, int signal_number)
{
    for (size_t i = 0; i < self->process_count; i++)
        if (self->processes[i].pid > 0 && kill (-self->processes[i].pid, signal_number) != 0)
            kill (self->processes[i].pid, signal_number); /* it leads no group yet */
}

void
demo_images_end (struct demo_images *self)
{
    int64_t deadline = clock_mono_ms () + END_PATIENCE_MS;
    images_signal (self, SIGTERM);
    while (!images_are_gone (self) && clock_mono_ms () < deadline)
        usleep (END_LOOK_MS * 1000);
    images_signal (self, SIGKILL);
    for (size_t i = 0; i < self->process_count; i++) {
        if (self->processes[i].pid > 0)
            waitpid (self->processes[i].pid, NULL, 0);
        if (self->processes[i].out >= 0)
            close (self->processes[i].out);
    }
    self->count = self->process_count = 0;
}
