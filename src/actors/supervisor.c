/* supervisor.c: the actor that owns one image: a DEALER for the wire, until the handshake is done a
 * PAIR for what libzmq says of the link, and the pure steps of supervise.c, whose actions it performs.
 *
 * In:  commands of terminals, answers of registry, store and netwatch, ticks (mailbox); the
 *      image's messages (wire); connected, handshaken, refused (monitor); time.
 * Out: answers, states, events, saves (mailbox); requests (wire).
 *
 * A socket lives for one attempt: libzmq does not reconnect it (it would without jitter, and
 * after some failures never), and nothing is queued for an image that is not there. So from the
 * handshake on a socket that cannot be written to says that the link is gone, and the monitor, two
 * sockets and two queues for each image, has nothing more to say: it is closed.
 *
 * Both are libzmq's own sockets, not czmq's: czmq keeps a list of all that are open in the process
 * and looks through it for each that closes, which took a third of what a thousand images need to
 * come back. */

#include "actors/supervisor.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <stui/actor.h>

#include "actors/handshake.h"
#include "actors/reason.h"
#include "actors/supervise.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/crypt.h"
#include "runtime/json.h"
#include "runtime/log.h"
#include "runtime/z85.h"

enum {
    WIRE_HWM = 256,     /* above STUI_IMAGE_ROOM and what upkeep adds */
    WIRE_TURN_MAX = 64, /* the image's messages a turn */
    NO_READER = -1,
};

struct supervisor {
    struct actor *actor; /* owned */
    struct supervise supervise;
    void *wire;    /* owned; NULL between attempts */
    void *monitor; /* owned; NULL but from an attempt's beginning to its handshake */
    int wire_reader, monitor_reader, reason_reader;
    struct reason reason; /* tried when libzmq could not connect */
    uint64_t link;        /* counts links, for the names of monitors */
};

static struct supervise_now
supervisor_now (void)
{
    return (struct supervise_now){clock_mono_us (), clock_wall_ms ()};
}

static void supervisor_perform (struct supervisor *self);

/* ---- The link -------------------------------------------------------------------------------- */

static void
monitor_close (struct supervisor *self)
{
    if (!self->monitor)
        return;
    actor_unwatch (self->actor, self->monitor_reader);
    zmq_socket_monitor (self->wire, NULL, 0);
    zmq_close (self->monitor);
    self->monitor = NULL;
}

static void
reason_end (struct supervisor *self)
{
    if (self->reason_reader != NO_READER)
        actor_unwatch (self->actor, self->reason_reader);
    self->reason_reader = NO_READER;
    reason_close (&self->reason);
}

static void
link_close (struct supervisor *self)
{
    if (!self->wire)
        return;
    reason_end (self);
    monitor_close (self); /* first: one that nobody drains can block the I/O thread */
    actor_unwatch (self->actor, self->wire_reader);
    zmq_close (self->wire);
    self->wire = NULL;
}

static void
link_event (struct supervisor *self, enum supervise_link_event event, enum stui_trouble trouble,
            const char *why)
{
    supervise_link (&self->supervise, event, trouble, why, supervisor_now ());
    supervisor_perform (self);
}

static const char *
link_lost_text (const struct supervisor *self)
{
    return self->supervise.phase == LIFE_LIVE
               ? self->supervise.via[0] ? "by the image's side, or the SSH tunnel fell"
                                        : "by the image's side"
               : "the connection was closed before an image had introduced itself: did it end, or "
                 "is it no stui server?";
}

/* Takes a whole message off SOCKET and keeps its FIRST frame or else its last, which the caller closes;
 * false when there is no message. */
static bool
frames_take (void *socket, bool first, zmq_msg_t *kept)
{
    zmq_msg_init (kept);
    if (zmq_msg_recv (kept, socket, ZMQ_DONTWAIT) < 0)
        return false;
    while (zmq_msg_more (kept)) {
        zmq_msg_t next;
        zmq_msg_init (&next);
        if (zmq_msg_recv (&next, socket, ZMQ_DONTWAIT) < 0)
            break; /* messages come whole */
        bool more = zmq_msg_more (&next);
        if (!first)
            zmq_msg_move (kept, &next);
        zmq_msg_close (&next);
        if (!more)
            break;
    }
    return true;
}

static void
socket_set (void *socket, int option, int value)
{
    int rc = zmq_setsockopt (socket, option, &value, sizeof value);
    assert (rc == 0);
}

static int
socket_events (void *socket)
{
    int events = 0;
    size_t size = sizeof events;
    zmq_getsockopt (socket, ZMQ_EVENTS, &events, &size);
    return events;
}

/* Whatever the image sent, a bounded number a turn. When all is read, and nobody is there who takes
 * what is written, the link is gone. Asking for the events looks at what libzmq's own thread has said, as a
 * receiving that comes to nothing does, which would be a poll more. */
static bool
wire_read (void *context, void *unused)
{
    (void) unused;
    struct supervisor *self = context;
    for (int taken = 0; taken < WIRE_TURN_MAX && self->wire; taken++) {
        zmq_msg_t body;
        int events = self->monitor ? ZMQ_POLLIN : socket_events (self->wire);
        if (!(events & ZMQ_POLLIN)) {
            if (!(events & ZMQ_POLLOUT))
                link_event (self, SUPERVISE_LINK_CLOSED, STUI_TROUBLE_CLOSED,
                            link_lost_text (self));
            return true;
        }
        if (!frames_take (self->wire, false, &body)) {
            if (self->monitor)
                return true;
            continue; /* though it was said to be there: asked once more */
        }
        supervise_receive (&self->supervise, zmq_msg_data (&body), zmq_msg_size (&body),
                           supervisor_now ());
        zmq_msg_close (&body);
        supervisor_perform (self);
    }
    return self->wire == NULL;
}

/* What came before the link closed is read first: it may be the answer that somebody waits for. */
static void
link_closed (struct supervisor *self, enum stui_trouble trouble, const char *why)
{
    while (self->wire && (socket_events (self->wire) & ZMQ_POLLIN))
        wire_read (self, NULL);
    if (self->wire)
        link_event (self, SUPERVISE_LINK_CLOSED, trouble, why);
}

/* ---- Why there is none ----------------------------------------------------------------------- */

static void
reason_heard (void *context, void *unused, short events)
{
    (void) unused, (void) events;
    struct supervisor *self = context;
    reason_settle (&self->reason);
    reason_end (self);
    link_closed (self, self->reason.trouble, self->reason.text);
}

/* libzmq could not connect, and does not say why. */
static void
reason_begin (struct supervisor *self)
{
    if (self->reason_reader != NO_READER)
        return; /* it says so twice */
    reason_open (&self->reason, self->supervise.endpoint);
    if (self->reason.fd < 0)
        link_closed (self, self->reason.trouble, self->reason.text);
    else
        self->reason_reader =
            actor_watch_fd (self->actor, self->reason.fd, ZMQ_POLLOUT, reason_heard, NULL);
}

static void
monitor_event (struct supervisor *self, unsigned event, uint32_t value)
{
    switch (event) {
    case ZMQ_EVENT_CONNECTED:
        link_event (self, SUPERVISE_LINK_CONNECTED, STUI_TROUBLE_NONE, "");
        break;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        monitor_close (self);
        link_event (self, SUPERVISE_LINK_HANDSHAKEN, STUI_TROUBLE_NONE, "");
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: {
        struct handshake_fault fault =
            handshake_fault (event, value, self->supervise.server_key[0] != '\0');
        link_closed (self, fault.trouble, fault.text);
        break;
    }
    case ZMQ_EVENT_DISCONNECTED:
        link_closed (self, STUI_TROUBLE_CLOSED, link_lost_text (self));
        break;
    default: /* CLOSED, CONNECT_RETRIED: the attempt is over */
        if (self->supervise.phase == LIFE_CONNECTING)
            reason_begin (self);
        else
            link_closed (self, STUI_TROUBLE_CLOSED, link_lost_text (self));
        break;
    }
}

static bool
monitor_read (void *context, void *unused)
{
    (void) unused;
    struct supervisor *self = context;
    while (self->monitor) {
        zmq_msg_t head;
        uint16_t event = 0;
        uint32_t value = 0;
        if (!frames_take (self->monitor, true, &head))
            return true;
        if (zmq_msg_size (&head) >= sizeof event + sizeof value) {
            memcpy (&event, zmq_msg_data (&head), sizeof event);
            memcpy (&value, (char *) zmq_msg_data (&head) + sizeof event, sizeof value);
        }
        zmq_msg_close (&head);
        monitor_event (self, event, value);
    }
    return true;
}

/* CURVE with who has the server's key. Our own pair is the one in the vault, for a server that knows its
 * clients by their keys; else it is of this attempt alone, so that nobody knows us again by it. */
static void
wire_encrypt (struct supervisor *self)
{
    char public_key[Z85_KEY_CHARACTERS + 1], secret_key[Z85_KEY_CHARACTERS + 1];
    memcpy (secret_key, self->supervise.client_key, sizeof secret_key);
    int rc = secret_key[0] ? zmq_curve_public (public_key, secret_key)
                           : zmq_curve_keypair (public_key, secret_key);
    assert (rc == 0); /* Debian's libzmq has CURVE, and the step has looked at the key */
    rc |= zmq_setsockopt (self->wire, ZMQ_CURVE_SERVERKEY, self->supervise.server_key,
                          sizeof self->supervise.server_key);
    rc |= zmq_setsockopt (self->wire, ZMQ_CURVE_PUBLICKEY, public_key, sizeof public_key);
    rc |= zmq_setsockopt (self->wire, ZMQ_CURVE_SECRETKEY, secret_key, sizeof secret_key);
    assert (rc == 0); /* the step has looked at the key */
    crypt_wipe (secret_key, sizeof secret_key);
    crypt_wipe (self->supervise.client_key, sizeof self->supervise.client_key);
}

/* Opens the wire and its monitor. False, and nothing is open: there are no free sockets. There is room for
 * all supervisors, which was looked at before they started; but libzmq closes sockets in a thread of its
 * own, and where that gets no processor those of earlier attempts have the room still. */
static bool
link_sockets (struct supervisor *self)
{
    char place[STUI_ACTOR_ID_MAX + 64];
    const int events = ZMQ_EVENT_CONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED
                       | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
                       | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED
                       | ZMQ_EVENT_CONNECT_RETRIED;
    snprintf (place, sizeof place, "inproc://link-%s-%llu", actor_id (self->actor),
              (unsigned long long) ++self->link);
    self->wire = zmq_socket (zsys_init (), ZMQ_DEALER);
    self->monitor = zmq_socket (zsys_init (), ZMQ_PAIR);
    if (self->wire && self->monitor && zmq_socket_monitor (self->wire, place, events) == 0) {
        socket_set (self->monitor, ZMQ_LINGER, 0);
        zmq_connect (self->monitor, place);
        return true;
    }
    if (self->monitor)
        zmq_close (self->monitor);
    if (self->wire)
        zmq_close (self->wire);
    self->wire = self->monitor = NULL;
    return false;
}

static void
link_open (struct supervisor *self, const char *endpoint)
{
    assert (!self->wire);
    if (!link_sockets (self)) {
        link_event (self, SUPERVISE_LINK_CLOSED, STUI_TROUBLE_NO_SOCKET,
                    "this process has no free socket at the moment");
        return;
    }
    socket_set (self->wire, ZMQ_IMMEDIATE, 1);
    socket_set (self->wire, ZMQ_LINGER, 0);
    socket_set (self->wire, ZMQ_RECONNECT_IVL, -1);
    socket_set (self->wire, ZMQ_SNDHWM, WIRE_HWM);
    socket_set (self->wire, ZMQ_RCVHWM, WIRE_HWM);
    const int64_t receive_max = STUI_RECEIVE_MAX;
    zmq_setsockopt (self->wire, ZMQ_MAXMSGSIZE, &receive_max, sizeof receive_max);
    /* Later than the phase's own deadline, which knows better what to say. */
    socket_set (self->wire, ZMQ_HANDSHAKE_IVL, (int) self->supervise.timings.handshake_ms * 2);
    socket_set (self->wire, ZMQ_IPV6, 1);
    if (self->supervise.server_key[0])
        wire_encrypt (self);
    self->wire_reader = actor_watch_socket (self->actor, self->wire, wire_read, NULL);
    self->monitor_reader = actor_watch_socket (self->actor, self->monitor, monitor_read, NULL);
    if (zmq_connect (self->wire, endpoint) != 0)
        link_closed (self, STUI_TROUBLE_UNUSABLE, "the address cannot be connected to");
}

/* An empty delimiter, then the body: also a plain REP understands it. */
static int
wire_write (struct supervisor *self, const char *text)
{
    if (!self->wire)
        return -1;
    actor_sent_on (self->actor, self->wire_reader);
    if (zmq_send (self->wire, "", 0, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0)
        return -1;
    return zmq_send (self->wire, text, strlen (text), ZMQ_DONTWAIT);
}

/* ---- Actions --------------------------------------------------------------------------------- */

/* Performs what the last step asked for. An action may lead to further steps (a write that
 * fails closes the link), whose actions join the end of the list. */
static void
supervisor_perform (struct supervisor *self)
{
    struct supervise_action *actions = self->supervise.actions;
    size_t count = self->supervise.action_count;
    if (count == 0)
        return;
    self->supervise.actions = NULL;
    self->supervise.action_count = self->supervise.action_capacity = 0;
    bool broken = false;
    for (size_t index = 0; index < count; index++) {
        struct supervise_action *action = &actions[index];
        switch (action->what) {
        case SUPERVISE_SEND:
            actor_send (self->actor, &action->msg);
            break;
        case SUPERVISE_OPEN:
            link_open (self, action->text);
            broken = false;
            break;
        case SUPERVISE_CLOSE:
            link_close (self);
            broken = false;
            break;
        case SUPERVISE_WIRE:
            broken = broken || wire_write (self, action->text) < 0;
            break;
        case SUPERVISE_LOG:
            log_info (actor_id (self->actor), "%s", action->text);
            break;
        case SUPERVISE_END:
            actor_stop (self->actor);
            break;
        }
        free (action->text);
    }
    free (actions);
    if (broken && self->wire)
        link_closed (self, STUI_TROUBLE_CLOSED, link_lost_text (self));
    supervisor_perform (self);
}

/* ---- The interface --------------------------------------------------------------------------- */

static void
supervisor_message (void *context, const struct msg *msg)
{
    struct supervisor *self = context;
    supervise_message (&self->supervise, msg, supervisor_now ());
    supervisor_perform (self);
}

static void
supervisor_finish (void *context, const struct msg *msg)
{
    (void) msg;
    struct supervisor *self = context;
    supervise_finish (&self->supervise, supervisor_now ());
    supervisor_perform (self);
}

static int64_t
supervisor_deadline (void *context)
{
    return supervise_deadline (&((struct supervisor *) context)->supervise);
}

static void
supervisor_time (void *context)
{
    struct supervisor *self = context;
    supervise_time (&self->supervise, supervisor_now ());
    supervisor_perform (self);
}

static const struct actor_verb supervisor_verbs[] = {
    {MSG_TICK, supervisor_message},
    {MSG_FINISH, supervisor_finish},
    {MSG_COMMAND, supervisor_message},
    {MSG_HOLD, supervisor_message}, /* what is held goes by five more */
    {MSG_HELD_LIST, supervisor_message},
    {MSG_HELD_SEND, supervisor_message},
    {MSG_HELD_DROP, supervisor_message},
    {MSG_DOUBT_RESOLVE, supervisor_message},
    {MSG_AWAIT, supervisor_message},
    {MSG_INTERRUPT, supervisor_message},
    {MSG_TRANSCRIPT_GET, supervisor_message},
    {MSG_RETRY, supervisor_message},
    {MSG_DISABLE, supervisor_message},
    {MSG_LOOK, supervisor_message},
    {MSG_TERMINAL_GONE, supervisor_message},
    {MSG_ASKER_GONE, supervisor_message},
    {MSG_SESSION_LIST, supervisor_message},
    {MSG_SESSION_NEW, supervisor_message},
    {MSG_SESSION_SHOW, supervisor_message},
    {MSG_SESSION_EDIT, supervisor_message},
    {MSG_SESSION_LEASE, supervisor_message},
    {MSG_SESSION_RELEASE, supervisor_message},
    {MSG_SESSION_WRITE, supervisor_message},
    {MSG_SESSION_WATCH, supervisor_message},
    {MSG_SESSION_RESTORE, supervisor_message},
    {MSG_SESSION_CLOSE, supervisor_message},
    {MSG_SESSION_SET, supervisor_message},
    {MSG_SESSION_IMPORT, supervisor_message},
    {MSG_SESSION_RESOLVE, supervisor_message},
    {MSG_SESSION_LEFT, supervisor_message},
    {MSG_SESSION_ADOPT, supervisor_message},
    {MSG_MAY_REAP, supervisor_message},
    {MSG_REAPED, supervisor_message},
    {MSG_RETURNED, supervisor_message},
    {0, NULL},
};

static const struct actor_table supervisor_table = {
    .verbs = supervisor_verbs,
    .on_answer = supervisor_message,
    .deadline_ms = supervisor_deadline,
    .on_deadline = supervisor_time,
};

void
supervisor_actor (zsock_t *pipe, void *args)
{
    struct supervisor self = {.wire_reader = NO_READER,
                              .monitor_reader = NO_READER,
                              .reason_reader = NO_READER,
                              .reason.fd = -1};
    self.actor = actor_open (pipe, args);
    struct json *settings = json_parse_text (((const struct actor_args *) args)->extra);
    uint64_t seed;
    clock_random (&seed, sizeof seed);
    supervise_init (&self.supervise, settings, seed);
    json_destroy (&settings);
    actor_ready (self.actor);

    supervise_begin (&self.supervise, supervisor_now ());
    supervisor_perform (&self);
    actor_run (self.actor, &supervisor_table, &self);

    link_close (&self);
    supervise_fini (&self.supervise);
    actor_close (&self.actor, NULL);
}
