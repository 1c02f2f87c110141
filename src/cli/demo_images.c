/* demo_images.c: see demo_images.h. The processes are runtime/image_process.h's. */

#include "cli/demo_images.h"

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/path.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    START_PATIENCE_MS = 60000, /* all at once load their sources on few cores */
    END_PATIENCE_MS = 2000,
    END_LOOK_MS = 20,
    LOG_BYTES_MAX = 65536,
};

static const char *const names[] = {"one", "two", "three", "four", "five", "six", "seven"};

/* ---- starting -------------------------------------------------------------------------------------- */

/* Starts process INDEX, which is called NAME. */
static int
process_start (struct demo_images *self, size_t index, const char *name, const char *path,
               const char *const *words, struct stui_cause *cause)
{
    struct demo_process *process = &self->processes[index];
    char *log = stui_printf ("%s/%s.log", self->directory, name);
    struct image_program program = {.path = path, .words = words, .log = log};
    *process = (struct demo_process){.name = name};
    int err = image_process_start (&process->process, &program, cause);
    free (log);
    return err;
}

/* The image of process INDEX at PORT; 0: a free one. */
static int
image_start (struct demo_images *self, size_t index, const char *port, struct stui_cause *cause)
{
    const char *name = self->items[index].name;
    char *saved = stui_printf ("%s/%s.im", self->directory, name);
    const char *words[] = {self->launcher, "--name", name, "--port", port, "--image", saved, NULL};
    int err = process_start (self, index, name, self->launcher, words, cause);
    free (saved);
    return err;
}

int
demo_images_again (struct demo_images *self, size_t index, struct stui_cause *cause)
{
    const char *port = strrchr (self->items[index].address, ':');
    return image_start (self, index, port + 1, cause);
}

static int
start_real (struct demo_images *self, size_t count, struct stui_cause *cause)
{
    while (self->count < count) {
        size_t index = self->count++;
        struct demo_image *image = &self->items[index];
        *image = (struct demo_image){.process = index};
        if (index < sizeof names / sizeof *names)
            snprintf (image->name, sizeof image->name, "%s", names[index]);
        else
            snprintf (image->name, sizeof image->name, "image%zu", index + 1);
        self->process_count = self->count;
        int err = image_start (self, index, "0", cause);
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
    const char *words[] = {"stui", "sim", digits, NULL};
    self->process_count = 1;
    return process_start (self, 0, "sim", "/proc/self/exe", words, cause);
}

int
demo_images_start (struct demo_images *self, size_t count, const char *launcher,
                   const char *directory, struct stui_cause *cause)
{
    self->directory = directory;
    self->launcher = launcher;
    return launcher != NULL ? start_real (self, count, cause)
                            : start_simulated (self, count, cause);
}

pid_t
demo_images_pid (const struct demo_images *self, const struct demo_image *image)
{
    return self->processes[image->process].process.pid;
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
        int taken = image_process_take (&process->process, image->address);
        if (taken < 0)
            return process_fail (self, process, "did not say where it listens", cause);
        if (taken == 0)
            return 0;
    }
    return 0;
}

static int
process_read (struct demo_images *self, size_t index, struct stui_cause *cause)
{
    struct demo_process *process = &self->processes[index];
    if (image_process_read (&process->process) < 0)
        return process_fail (self, process, "ended before it listened", cause);
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
            ready[i + 1] = (struct pollfd){.fd = listens ? -1 : self->processes[i].process.out,
                                           .events = POLLIN};
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
    for (size_t i = 0; i < self->process_count; i++)
        left += !image_process_reap (&self->processes[i].process);
    return left == 0;
}

void
demo_images_end (struct demo_images *self)
{
    int64_t deadline = clock_mono_ms () + END_PATIENCE_MS;
    for (size_t i = 0; i < self->process_count; i++)
        image_process_signal (&self->processes[i].process, SIGTERM);
    while (!images_are_gone (self) && clock_mono_ms () < deadline)
        usleep (END_LOOK_MS * 1000);
    for (size_t i = 0; i < self->process_count; i++)
        image_process_end (&self->processes[i].process);
    self->count = self->process_count = 0;
}
