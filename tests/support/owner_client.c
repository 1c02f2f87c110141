/* owner_client.c: see owner_client.h. */

#include "support/owner_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/launch.h"
#include "runtime/path.h"
#include "support/run.h"

enum { WAIT_ONLINE_MS = 30000 };

/* Waits until the socket is readable, and reads. False at its end. */
static bool
client_read (struct owner_client *self, int64_t deadline_ms)
{
    static char bytes[1 << 16];
    struct pollfd ready = {.fd = self->fd, .events = POLLIN};
    int64_t left = deadline_ms - clock_mono_ms ();
    cr_assert (left > 0 && poll (&ready, 1, (int) left) > 0, "the owner does not answer");
    ssize_t got = recv (self->fd, bytes, sizeof bytes, 0);
    if (got > 0)
        attach_feed (&self->attach, bytes, (size_t) got);
    return got > 0;
}

/* Writes what is queued; with DONT_WAIT as much as the socket takes. False: something is left. */
static bool
client_write (struct owner_client *self, bool dont_wait)
{
    const char *bytes;
    size_t size;
    while ((size = attach_unwritten (&self->attach, &bytes)) > 0) {
        ssize_t put = send (self->fd, bytes, size, MSG_NOSIGNAL | (dont_wait ? MSG_DONTWAIT : 0));
        if (put < 0 && errno == EAGAIN)
            return false;
        cr_assert_gt (put, 0, "the owner is gone");
        attach_written (&self->attach, (size_t) put);
    }
    return true;
}

void
owner_client_open (struct owner_client *self)
{
    struct stui_cause cause = {0};
    struct msg *none = NULL;
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    char *path = path_socket ("default", &cause);
    *self = (struct owner_client){.fd = launch_connect (path, true, &cause)};
    cr_assert_geq (self->fd, 0, "%s", cause.text);
    free (path);
    attach_begin (&self->attach, getpid ());
    while (self->attach.phase != ATTACH_DONE) {
        client_write (self, false);
        cr_assert (client_read (self, deadline), "the owner closed the connection");
        cr_assert_geq (attach_take (&self->attach, &none, &cause), 0, "%s", cause.text);
    }
}

void
owner_client_close (struct owner_client *self)
{
    if (self->attach.last_ref == 0 && self->attach.owner_pid == 0)
        return;
    if (self->fd >= 0)
        close (self->fd);
    attach_fini (&self->attach);
    *self = (struct owner_client){.fd = -1};
}

uint64_t
owner_client_send (struct owner_client *self, struct msg *request)
{
    struct stui_cause cause = {0};
    uint64_t ref = attach_ask (&self->attach, request, &cause);
    cr_assert_neq (ref, 0, "%s", cause.text);
    msg_destroy (&request);
    client_write (self, false);
    return ref;
}

bool
owner_client_try (struct owner_client *self, struct msg *request)
{
    if (client_write (self, true))
        attach_ask (&self->attach, request, NULL);
    msg_destroy (&request);
    return client_write (self, true);
}

struct msg *
owner_client_next (struct owner_client *self)
{
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    struct stui_cause cause = {0};
    struct msg *answer = NULL;
    int taken;
    while ((taken = attach_take (&self->attach, &answer, &cause)) == 0) {
        client_write (self, false); /* acknowledgements: a large answer waits for them midway */
        cr_assert (client_read (self, deadline), "the owner closed the connection");
    }
    cr_assert_eq (taken, 1, "%s", cause.text);
    client_write (self, false);
    return answer;
}

struct json *
owner_client_ask (struct owner_client *self, struct msg *request)
{
    uint64_t ref = owner_client_send (self, request);
    struct msg *answer = owner_client_next (self);
    while (answer->ref != ref) {
        msg_destroy (&answer);
        answer = owner_client_next (self);
    }
    cr_assert_eq (answer->verb, MSG_OK, "%s: %s", msg_text (answer, 0), msg_text (answer, 1));
    struct json *result = json_parse_text (msg_text (answer, 0));
    msg_destroy (&answer);
    return result;
}

void
owner_client_await_end (struct owner_client *self)
{
    static char bytes[1 << 16];
    int64_t deadline = clock_mono_ms () + RUN_GUARD_MS;
    ssize_t got;
    do {
        struct pollfd ready = {.fd = self->fd, .events = POLLIN};
        int64_t left = deadline - clock_mono_ms ();
        cr_assert (left > 0 && poll (&ready, 1, (int) left) > 0, "the connection is not closed");
        got = recv (self->fd, bytes, sizeof bytes, 0);
    } while (got > 0);
}

struct msg *
owner_client_evaluation (const char *name, const char *code)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    struct json *parameters = json_object ();
    snprintf (peer, sizeof peer, "image/%s", name);
    json_set_text (parameters, "code", code);
    json_set_text (parameters, "mode", "printIt");
    char *text = json_print (parameters);
    struct msg *command =
        msg_new (peer, MSG_COMMAND, 0, "evaluate", text, (uint64_t) WAIT_ONLINE_MS, "");
    free (text);
    json_destroy (&parameters);
    return command;
}
