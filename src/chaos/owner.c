/* owner.c: see owner.h. The owner is our child when we started it; one that a terminal started is
 * known by PROFILE/owner alone. */

#include "chaos/owner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/clock.h"
#include "runtime/path.h"

enum {
    READ_BYTES = 65536,
    RETRY_MS = 50,
    RETRIES_MAX = 100,       /* then nobody else starts one: we do */
    END_PATIENCE_MS = 10000, /* it stops within 2 s, and may sync for 5 more */
    END_LOOK_MS = 10,
    WRITE_PATIENCE_MS = 5000,
};

void
chaos_owner_init (struct chaos_owner *self, const struct launch_options *options)
{
    *self = (struct chaos_owner){.options = *options, .fd = -1, .retry_ms = STUI_NEVER};
    self->launch.fd = -1;
}

int
chaos_owner_start (struct chaos_owner *self, struct stui_cause *cause)
{
    self->state = OWNER_STARTING;
    self->is_awaited = false;
    return launch_begin (&self->launch, &self->options, cause);
}

void
chaos_owner_await (struct chaos_owner *self, int64_t now_ms)
{
    self->state = OWNER_STARTING;
    self->is_awaited = true;
    self->retry_ms = now_ms;
}

static void
owner_leave (struct chaos_owner *self)
{
    if (self->fd >= 0)
        close (self->fd);
    self->fd = -1;
    attach_fini (&self->attach);
    self->state = OWNER_AWAY;
    self->retry_ms = STUI_NEVER;
}

pid_t
chaos_owner_pid (const struct chaos_owner *self)
{
    return launch_read_holder (self->options.profile).pid;
}

/* Waits until nobody holds the profile. False: somebody still does. */
static bool
owner_is_gone (struct chaos_owner *self)
{
    int64_t deadline_ms = clock_mono_ms () + END_PATIENCE_MS;
    do {
        launch_reap (&self->launch);
        if (chaos_owner_pid (self) == 0)
            return true;
        usleep (END_LOOK_MS * 1000);
    } while (clock_mono_ms () < deadline_ms);
    return false;
}

void
chaos_owner_kill (struct chaos_owner *self)
{
    pid_t pid = chaos_owner_pid (self);
    launch_end (&self->launch);
    owner_leave (self);
    if (pid > 0)
        kill (pid, SIGKILL);
}

void
chaos_owner_end (struct chaos_owner *self)
{
    pid_t pid = chaos_owner_pid (self);
    launch_end (&self->launch);
    owner_leave (self);
    if (pid > 0)
        kill (pid, SIGTERM);
    if (!owner_is_gone (self)) {
        chaos_owner_kill (self);
        owner_is_gone (self);
    }
}

int
chaos_owner_fd (const struct chaos_owner *self)
{
    return self->fd >= 0 ? self->fd : self->launch.fd;
}

/* ---- bytes ---------------------------------------------------------------------------------- */

/* Writes all that is queued: an owner reads all the time, or is stopped by nobody. */
static bool
owner_write (struct chaos_owner *self)
{
    const char *bytes;
    size_t size;
    while ((size = attach_unwritten (&self->attach, &bytes)) > 0) {
        ssize_t put = send (self->fd, bytes, size, MSG_NOSIGNAL);
        struct pollfd ready = {.fd = self->fd, .events = POLLOUT};
        if (put < 0 && errno == EAGAIN && poll (&ready, 1, WRITE_PATIENCE_MS) > 0)
            continue;
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        attach_written (&self->attach, (size_t) put);
    }
    return true;
}

static bool
owner_read (struct chaos_owner *self)
{
    char bytes[READ_BYTES];
    ssize_t got = recv (self->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got > 0)
        attach_feed (&self->attach, bytes, (size_t) got);
    return got > 0;
}

/* Connects to whoever listens by now; tries again later when nobody does. */
static void
owner_connect (struct chaos_owner *self, int64_t now_ms)
{
    char *path = path_socket (self->options.profile, NULL);
    self->fd = path != NULL ? launch_connect (path, false, NULL) : -1;
    free (path);
    self->retry_ms = self->fd < 0 ? now_ms + RETRY_MS : STUI_NEVER;
    if (self->fd < 0) {
        self->retries++;
        return;
    }
    self->retries = 0;
    self->state = OWNER_GREETING;
    attach_begin (&self->attach, getpid ());
    owner_write (self);
}

static int
owner_turn_starting (struct chaos_owner *self, int64_t now_ms, struct stui_cause *cause)
{
    if (self->launch.fd >= 0) {
        int rc = launch_look (&self->launch, cause);
        if (rc == 0)
            return 0;
        launch_end (&self->launch);
        if (rc < 0 && rc != STUI_E_OWNED) /* a terminal was quicker: attach to its owner */
            return rc;
        self->retry_ms = now_ms;
    }
    if (self->retries > RETRIES_MAX) {
        self->retries = 0;
        self->retry_ms = STUI_NEVER;
        return chaos_owner_start (self, cause);
    }
    if (self->retry_ms <= now_ms)
        owner_connect (self, now_ms);
    return 0;
}

int
chaos_owner_turn (struct chaos_owner *self, int64_t now_ms, struct stui_cause *cause)
{
    struct msg *none = NULL;
    launch_reap (&self->launch);
    if (self->state == OWNER_AWAY)
        return 0;
    if (self->state == OWNER_STARTING)
        return owner_turn_starting (self, now_ms, cause);
    bool is_there = owner_read (self);
    if (self->state == OWNER_GREETING) {
        is_there = attach_take (&self->attach, &none, cause) >= 0 && owner_write (self) && is_there;
        if (self->attach.phase == ATTACH_DONE)
            self->state = OWNER_ATTACHED;
        if (!is_there) { /* it was just leaving */
            owner_leave (self);
            self->state = OWNER_STARTING;
            self->retry_ms = now_ms + RETRY_MS;
        }
        return 0;
    }
    if (is_there)
        return 0;
    owner_leave (self);
    return stui_fail (cause, STUI_E_ACTOR_ENDED, "the stui under test ended by itself");
}

struct msg *
chaos_owner_next (struct chaos_owner *self)
{
    struct msg *answer = NULL;
    if (self->state != OWNER_ATTACHED || attach_take (&self->attach, &answer, NULL) <= 0)
        return NULL;
    owner_write (self); /* acknowledgements */
    return answer;
}

uint64_t
chaos_owner_send (struct chaos_owner *self, struct msg **request)
{
    uint64_t ref = 0;
    if (self->state == OWNER_ATTACHED)
        ref = attach_ask (&self->attach, *request, NULL);
    msg_destroy (request);
    if (ref != 0)
        owner_write (self); /* a failure is seen by the next reading */
    return ref;
}
