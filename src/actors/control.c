/* control.c: the control actor: listens on the profile's socket, and relays what clients ask to
 * the switchboard and its answers back. Owns the socket, its path and the clients
 * (control_client.h). Handlers only queue; the end of the turn writes. In: `opened`, `drain`,
 * answers, bytes of clients. Out: see control.h. */

#include "actors/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <stui/actor.h>

#include "actors/control_client.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/event.h"
#include "runtime/json.h"
#include "runtime/log.h"
#include "runtime/path.h"

enum {
    LISTEN_BACKLOG = 16,
    ACCEPT_PAUSE_MS = 1000, /* after the kernel had no descriptor left for a client */
    DRAIN_MS = 500,         /* for clients to take their last answers: main stops in 2 s */
};

struct control {
    struct actor *actor; /* owned */
    char *path;          /* owned */
    bool is_once;
    int64_t patience_ms;
    int listener, listener_reader; /* owned; -1 */
    int64_t accept_again_ms;       /* STUI_NEVER, or when the listener is polled again */
    struct control_client *clients[CONTROL_CLIENTS_MAX]; /* owned; the first client_count */
    int client_count;
    bool had_client;
    int64_t lonely_ms;   /* of `once`: when to give up waiting for a first client */
    struct msg *drained; /* owned; the answer that `drain` waits for */
    bool is_draining;
    bool is_ordered; /* a client had us stopped: the others are told */
    int64_t drain_until_ms;
    char *why; /* owned; what ended us, NULL: told to */
};

static void
control_fail (struct control *self, const struct stui_cause *cause)
{
    log_error (actor_id (self->actor), "%s", cause->text);
    self->why = stui_printf ("%s: %s", stui_err_word (cause->err), cause->text);
    actor_stop (self->actor);
}

/* `once`: asks main to stop, once. */
static void
control_finish (struct control *self)
{
    if (!self->is_once)
        return;
    self->is_once = false;
    self->lonely_ms = STUI_NEVER;
    struct msg *shutdown = msg_new ("main", MSG_SHUTDOWN, actor_next_ref (self->actor));
    actor_send (self->actor, &shutdown);
}

/* ---- the socket ---- */

static void
control_unlisten (struct control *self)
{
    if (self->listener < 0)
        return;
    actor_unwatch (self->actor, self->listener_reader);
    close (self->listener);
    unlink (self->path);
    self->listener = -1;
    self->accept_again_ms = STUI_NEVER;
}

/* The listening socket at PATH, or an error. What lies there is of an owner that died: the
 * profile's lock is ours. */
static int
control_bind (const char *path, struct stui_cause *cause)
{
    int rc = path_make_private_parent (path, cause);
    if (rc < 0)
        return rc;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen (path) >= sizeof address.sun_path)
        return stui_fail (cause, STUI_E_SYSTEM, "the path of the control socket is too long: %s",
                          path);
    memcpy (address.sun_path, path, strlen (path));
    int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return stui_fail (cause, STUI_E_SYSTEM, "no control socket can be made: %s",
                          strerror (errno));
    /* Ours is the profile in our state directory; a stui with another one (another HOME) may have the
     * same runtime directory, and serves there. */
    if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0) {
        close (fd);
        return stui_fail (cause, STUI_E_OWNED,
                          "another stui, with another state directory, serves at %s: give this "
                          "one an XDG_RUNTIME_DIR or a --profile of its own",
                          path);
    }
    unlink (path);
    /* The mode is that of the descriptor (Linux): the socket is never open to others. */
    if (fchmod (fd, 0600) == 0 && bind (fd, (struct sockaddr *) &address, sizeof address) == 0
        && listen (fd, LISTEN_BACKLOG) == 0)
        return fd;
    rc = stui_fail (cause, STUI_E_SYSTEM, "the control socket %s cannot be bound: %s", path,
                    strerror (errno));
    close (fd);
    return rc;
}

static actor_reader control_accept;

static void
control_listen (struct control *self)
{
    struct stui_cause cause = {0};
    self->listener = control_bind (self->path, &cause);
    if (self->listener < 0) {
        control_fail (self, &cause);
        return;
    }
    self->listener_reader =
        actor_watch_fd (self->actor, self->listener, ZMQ_POLLIN, control_accept, NULL);
    if (self->is_once)
        self->lonely_ms = clock_mono_ms () + self->patience_ms;
    struct msg *listening = msg_new ("main", MSG_LISTENING, 0, self->path);
    actor_send (self->actor, &listening);
}

/* ---- what clients say ---- */

static void
control_greet (struct control *self, struct control_client *client, const struct json *json)
{
    struct stui_cause cause = {0};
    int64_t now = clock_mono_ms ();
    if (frame_hello_check (json, true, getpid (), &cause) != 0) {
        log_info (actor_id (self->actor), "a client was refused: %s", cause.text);
        client_expel (client, cause.text, now);
        return;
    }
    size_t size;
    char *hello = frame_hello (getpid (), &size);
    client_put (client, &hello, size, now);
    client->is_greeted = true;
    self->had_client = true;
    self->lonely_ms = STUI_NEVER;
}

/* Passes MSG on under a ref of ours; 0, or why not with CAUSE. Takes *MSG over. */
static int
control_relay (struct control *self, struct control_client *client, struct msg **msg_p,
               struct stui_cause *cause)
{
    struct msg *msg = *msg_p;
    uint64_t ours = actor_next_ref (self->actor);
    int rc = 0;
    if (!msg_is_for_clients (msg->verb))
        rc = stui_fail (cause, STUI_E_INVALID_REQUEST, "'%s' is not for terminals to ask",
                        msg_word (msg->verb));
    else if (self->is_draining)
        rc = stui_fail (cause, STUI_E_STOPPING, "stui is stopping");
    else
        rc = client_reserve (client, msg, ours, cause);
    if (rc < 0) {
        msg_destroy (msg_p);
        return rc;
    }
    client->is_stopping = client->is_stopping || msg->verb == MSG_SHUTDOWN;
    if ((msg->verb == MSG_SESSION_LEASE || msg->verb == MSG_SESSION_WRITE) && *msg_text (msg, 1))
        snprintf (client->terminal, sizeof client->terminal, "%s", msg_text (msg, 1));
    self->is_ordered = self->is_ordered || client->is_stopping;
    msg->ref = ours;
    if (actor_send (self->actor, msg_p) == 0)
        return 0;
    client_release (client, ours);
    return stui_fail (cause, STUI_E_QUEUE_FULL, "the switchboard is full: try again");
}

static void
control_request (struct control *self, struct control_client *client, const struct json *json)
{
    struct stui_cause cause = {0};
    uint64_t ref;
    struct msg *msg = frame_msg (json, "", &ref, &cause);
    if (msg)
        control_relay (self, client, &msg, &cause);
    else if (cause.err == STUI_E_MALFORMED)
        cause.err = STUI_E_INVALID_REQUEST;
    if (cause.err == 0)
        return;
    if (ref != 0)
        client_refuse (client, ref, cause.err, cause.text, clock_mono_ms ());
    else
        client_expel (client, cause.text, clock_mono_ms ());
}

static void
control_frames (struct control *self, struct control_client *client)
{
    struct stui_cause cause = {0};
    struct json *json = NULL;
    int taken = 1;
    while (!client->is_leaving && (taken = frame_take (&client->in, &json, &cause)) > 0) {
        if (!client->is_greeted)
            control_greet (self, client, json);
        else if (json_get_number (json, "ack", 0) > 0)
            client_ack (client, clock_mono_ms ());
        else
            control_request (self, client, json);
        json_destroy (&json);
    }
    if (taken < 0)
        client_expel (client, cause.text, clock_mono_ms ());
}

static void
control_heard (void *owner, void *context, short events)
{
    struct control *self = owner;
    struct control_client *client = context;
    /* An error is seen by reading or, of a client that may not ask, by writing. */
    if (!(events & (ZMQ_POLLIN | ZMQ_POLLERR)) || !client_may_ask (client))
        return;
    bool is_there = client_read (client);
    control_frames (self, client);
    if (is_there)
        return;
    if (frame_is_inside (&client->in))
        log_warn (actor_id (self->actor), "a client left in the middle of a frame");
    client->is_gone = true;
}

/* ---- clients come and go ---- */

/* Takes FD over as a client, unless it is not our user's or there is no room. */
static void
control_admit (struct control *self, int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.uid != geteuid ()) {
        log_warn (actor_id (self->actor), "a client of another user was turned away");
        close (fd);
        return;
    }
    struct control_client *client = client_new (fd, clock_mono_ms ());
    if (self->client_count == CONTROL_CLIENTS_MAX) {
        char *text = stui_printf ("%d terminals and commands are attached to this owner already: "
                                  "close one first",
                                  CONTROL_CLIENTS_MAX);
        client_expel (client, text, clock_mono_ms ());
        client_write (client, clock_mono_ms ());
        free (text);
        client_destroy (&client);
        return;
    }
    client->reader = actor_watch_fd (self->actor, fd, ZMQ_POLLIN, control_heard, client);
    self->clients[self->client_count++] = client;
}

static void
control_accept (void *owner, void *context, short events)
{
    (void) context;
    (void) events;
    struct control *self = owner;
    int fd = accept4 (self->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        control_admit (self, fd);
        return;
    }
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
        return; /* the client left before it was accepted */
    log_error (actor_id (self->actor), "a client cannot be accepted: %s", strerror (errno));
    actor_watch_events (self->actor, self->listener_reader, 0);
    self->accept_again_ms = clock_mono_ms () + ACCEPT_PAUSE_MS;
}

/* What the client at INDEX edited others may edit at once, unless it has attached anew already. */
static void
control_tell_gone (struct control *self, int index)
{
    const char *terminal = self->clients[index]->terminal;
    for (int other = 0; other < self->client_count; other++)
        if (other != index && strcmp (self->clients[other]->terminal, terminal) == 0)
            return;
    struct msg *gone = msg_new ("registry", MSG_TERMINAL_GONE, 0, terminal);
    actor_send (self->actor, &gone);
}

/* What CLIENT, which has left, had asked of images: their supervisors keep what becomes of it. */
static void
control_tell_unawaited (struct control *self, const struct control_client *client)
{
    for (int place = 0; place < STUI_TERMINAL_ROOM; place++) {
        const struct client_open *open = &client->open[place];
        if (open->theirs == 0 || open->text || !open->to[0])
            continue;
        struct msg *gone = msg_new (open->to, MSG_ASKER_GONE, 0, open->ours);
        actor_send (self->actor, &gone);
    }
}

/* Forgets the client at INDEX; answers to its open requests will find nobody. */
static void
control_part (struct control *self, int index)
{
    actor_unwatch (self->actor, self->clients[index]->reader);
    client_destroy (&self->clients[index]);
    self->clients[index] = self->clients[--self->client_count];
}

static void
control_detach (struct control *self, struct control_client *client)
{
    client->is_gone = true;
    if (!client->is_greeted || client->is_leaving)
        return; /* it was never attached, or is not any more */
    char *text = stui_printf ("a terminal was detached: it took nothing for %lld ms while bytes "
                              "waited for it",
                              (long long) self->patience_ms);
    log_warn (actor_id (self->actor), "%s", text);
    struct msg *put =
        event_put (actor_next_ref (self->actor), clock_wall_ms (), "", "terminal_detached", text);
    actor_send (self->actor, &put);
    free (text);
}

/* Whether CLIENT took nothing for too long. A turn of ours may have been long itself: what it said
 * meanwhile is heard and what waits is offered before it is judged. */
static bool
control_has_lost_patience (struct control *self, struct control_client *client)
{
    if (client_deadline_ms (client, self->patience_ms) > clock_mono_ms ())
        return false;
    control_heard (self, client, ZMQ_POLLIN);
    if (!client->is_gone && !client_write (client, clock_mono_ms ()))
        client->is_gone = true;
    return !client->is_gone && client_deadline_ms (client, self->patience_ms) <= clock_mono_ms ();
}

/* ---- verbs ---- */

static void
control_opened (void *owner, const struct msg *msg)
{
    (void) msg;
    struct control *self = owner;
    if (self->listener < 0 && !self->is_draining)
        control_listen (self);
}

static void
control_drain (void *owner, const struct msg *msg)
{
    struct control *self = owner;
    control_unlisten (self);
    self->is_draining = true;
    self->drain_until_ms = clock_mono_ms () + DRAIN_MS;
    msg_destroy (&self->drained);
    self->drained = msg_ok (msg, NULL);
}

static void
control_answered (void *owner, const struct msg *msg)
{
    struct control *self = owner;
    int64_t now = clock_mono_ms ();
    for (int index = 0; index < self->client_count; index++)
        if (client_answer (self->clients[index], msg, now))
            return;
    /* It is of a client that left, or of our own events_put and shutdown. */
}

/* ---- time, and the end of a turn ---- */

static int64_t
earlier (int64_t one, int64_t other)
{
    return one < other ? one : other;
}

static int64_t
control_deadline (void *owner)
{
    struct control *self = owner;
    int64_t deadline = earlier (self->accept_again_ms, self->lonely_ms);
    if (self->drained)
        deadline = earlier (deadline, self->drain_until_ms);
    for (int index = 0; index < self->client_count; index++)
        deadline = earlier (deadline, client_deadline_ms (self->clients[index], self->patience_ms));
    return deadline;
}

static void
control_on_deadline (void *owner)
{
    struct control *self = owner;
    int64_t now = clock_mono_ms ();
    if (self->accept_again_ms <= now) {
        actor_watch_events (self->actor, self->listener_reader, ZMQ_POLLIN);
        self->accept_again_ms = STUI_NEVER;
    }
    if (self->lonely_ms <= now)
        control_finish (self);
    for (int index = 0; index < self->client_count; index++)
        if (control_has_lost_patience (self, self->clients[index]))
            control_detach (self, self->clients[index]);
}

/* After an ordered stop: the clients that are there start no owner in our place. After any other end
 * they do. */
static void
control_dismiss (struct control *self)
{
    int64_t now = clock_mono_ms ();
    for (int index = 0; self->is_ordered && index < self->client_count; index++) {
        struct control_client *client = self->clients[index];
        if (!client->is_greeted || client->is_leaving || client->is_gone || client->is_stopping)
            continue;
        client_dismiss (client, now);
        client_write (client, now); /* what it does not take at once it learns by the closing */
    }
}

static void
control_after_turn (void *owner)
{
    struct control *self = owner;
    int64_t now = clock_mono_ms ();
    bool is_owed = false, is_attached = false;
    for (int index = self->client_count - 1; index >= 0; index--) {
        struct control_client *client = self->clients[index];
        if (!client->is_gone && !client_write (client, now))
            client->is_gone = true;
        if (client->is_gone || (client->is_leaving && !client_has_unwritten (client))) {
            if (client->terminal[0])
                control_tell_gone (self, index);
            control_tell_unawaited (self, client);
            control_part (self, index);
            continue;
        }
        is_owed |= client_is_owed (client);
        is_attached |= client->is_greeted;
        actor_watch_events (self->actor, client->reader,
                            (short) ((client_may_ask (client) ? ZMQ_POLLIN : 0)
                                     | (client_has_unwritten (client) ? ZMQ_POLLOUT : 0)));
    }
    if (self->had_client && !is_attached)
        control_finish (self);
    if (self->drained && (!is_owed || self->drain_until_ms <= now)) {
        control_dismiss (self);
        actor_send (self->actor, &self->drained);
    }
}

/* ---- life ---- */

static const struct actor_verb control_verbs[] = {
    {MSG_OPENED, control_opened},
    {MSG_DRAIN, control_drain},
    {0, NULL},
};

static const struct actor_table control_table = {
    .verbs = control_verbs,
    .on_answer = control_answered,
    .deadline_ms = control_deadline,
    .on_deadline = control_on_deadline,
    .after_turn = control_after_turn,
};

void
control_actor (zsock_t *pipe, void *args)
{
    const struct actor_args *actor_args = args;
    struct actor *actor = actor_open (pipe, actor_args);
    const struct control_args *extra = actor_args->extra;
    struct control self = {
        .actor = actor,
        .path = stui_strdup (extra->socket_path),
        .is_once = extra->once,
        .patience_ms = extra->patience_ms ? extra->patience_ms : CONTROL_PATIENCE_MS,
        .listener = -1,
        .accept_again_ms = STUI_NEVER,
        .lonely_ms = STUI_NEVER,
    };
    bool is_opened = extra->opened;
    actor_ready (actor);
    if (is_opened)
        control_listen (&self);
    actor_run (actor, &control_table, &self);
    while (self.client_count > 0)
        control_part (&self, self.client_count - 1);
    control_unlisten (&self);
    msg_destroy (&self.drained);
    actor_close (&actor, self.why);
    free (self.path);
    free (self.why);
}
