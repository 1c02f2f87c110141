/* demo_keeper.c: see demo_keeper.h. A thread that sleeps until a process ends (pidfd_open) or the demo does (a
 * pipe that is closed). The images are its own meanwhile; nobody else waits for their processes. */

#include "cli/demo_keeper.h"

#include "runtime/alloc.h"
#include "runtime/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

enum {
    AGAIN_AFTER_MS =
        1500, /* long enough to be seen, and no image that cannot live is started all the time */
};

struct demo_keeper {
    struct demo_images *images;        /* borrowed */
    int ends[DEMO_IMAGES_MAX];         /* owned: readable when the process has ended; -1 */
    int64_t again_ms[DEMO_IMAGES_MAX]; /* when it is started; 0: it runs */
    int over[2]; /* owned: a pipe; its writing end is closed when all is over */
    pthread_t thread;
};

static void
keeper_watch (struct demo_keeper *self, size_t index)
{
    self->ends[index] = pidfd_open (self->images->processes[index].process.pid, 0);
    self->again_ms[index] = 0;
}

static void
keeper_ended (struct demo_keeper *self, size_t index, int64_t now_ms)
{
    image_process_end (&self->images->processes[index].process);
    close (self->ends[index]);
    self->ends[index] = -1;
    self->again_ms[index] = now_ms + AGAIN_AFTER_MS;
}

/* Starts what is to be started by now. How long poll may sleep. */
static int
keeper_start (struct demo_keeper *self, int64_t now_ms)
{
    int64_t sleep_ms = -1;
    struct stui_cause cause = {0};
    for (size_t index = 0; index < self->images->process_count; index++) {
        int64_t *again_ms = &self->again_ms[index];
        if (*again_ms != 0 && *again_ms <= now_ms) {
            if (demo_images_again (self->images, index, &cause) == 0)
                keeper_watch (self, index);
            else
                *again_ms = now_ms + AGAIN_AFTER_MS;
        }
        if (*again_ms != 0 && (sleep_ms < 0 || *again_ms - now_ms < sleep_ms))
            sleep_ms = *again_ms - now_ms;
    }
    return (int) sleep_ms;
}

static void *
keeper_run (void *argument)
{
    struct demo_keeper *self = argument;
    for (;;) {
        struct pollfd ready[DEMO_IMAGES_MAX + 1] = {{.fd = self->over[0], .events = POLLIN}};
        size_t count = self->images->process_count;
        int sleep_ms = keeper_start (self, clock_mono_ms ());
        for (size_t index = 0; index < count; index++)
            ready[index + 1] = (struct pollfd){.fd = self->ends[index], .events = POLLIN};
        if (poll (ready, count + 1, sleep_ms) < 0)
            continue;
        if (ready[0].revents != 0)
            return NULL;
        for (size_t index = 0; index < count; index++)
            if (ready[index + 1].revents != 0)
                keeper_ended (self, index, clock_mono_ms ());
    }
}

/* With all signals blocked: they are the terminal's, also those that it asks for later. 0 or an errno. */
static int
keeper_start_thread (struct demo_keeper *self)
{
    sigset_t all, before;
    sigfillset (&all);
    pthread_sigmask (SIG_SETMASK, &all, &before);
    int why = pthread_create (&self->thread, NULL, keeper_run, self);
    pthread_sigmask (SIG_SETMASK, &before, NULL);
    return why;
}

struct demo_keeper *
demo_keeper_new (struct demo_images *images, struct stui_cause *cause)
{
    struct demo_keeper *self = stui_alloc (sizeof *self);
    self->images = images;
    if (pipe2 (self->over, O_CLOEXEC) != 0) {
        stui_fail (cause, STUI_E_SYSTEM, "no pipe could be made: %s", strerror (errno));
        free (self);
        return NULL;
    }
    for (size_t index = 0; index < images->process_count; index++)
        keeper_watch (self, index);
    int why = keeper_start_thread (self);
    if (why == 0)
        return self;
    stui_fail (cause, STUI_E_SYSTEM, "no thread could be started: %s", strerror (why));
    close (self->over[1]);
    self->over[1] = -1;
    demo_keeper_destroy (&self);
    return NULL;
}

void
demo_keeper_destroy (struct demo_keeper **self_p)
{
    struct demo_keeper *self = *self_p;
    if (self == NULL)
        return;
    if (self->over[1] >= 0) {
        close (self->over[1]);
        pthread_join (self->thread, NULL);
    }
    close (self->over[0]);
    for (size_t index = 0; index < self->images->process_count; index++)
        if (self->ends[index] >= 0)
            close (self->ends[index]);
    free (self);
    *self_p = NULL;
}
