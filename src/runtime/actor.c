/* actor.c: the life that every actor shares: mailbox, turn, deadline, end. One thread owns
 * each struct actor. The rules behind the order of things are those of czmq and libzmq:
 *
 * - Readiness is signalled before anything can fail, or the spawner waits for ever.
 * - zmq_poll ends on EINTR; signals are blocked in actor threads and only our own stop flag ends the loop.
 * - Control pipes are unbounded: a stop is never lost. Mailboxes are bounded, and sending never blocks.
 * - Waiting is poll on the sockets' descriptors, not zmq_poll, which asks every socket before and after
 *   each wait: a thousand pinged actors spend most of their time there. But the descriptor of a socket tells
 *   only that there is something to look at since it was last looked at, and whatever is done with it may
 *   look. So a socket is `pending`, and is looked at before the next wait, until a read found nothing; used
 *   for sending it is pending again. */

#include <stui/actor.h>

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/mailbox_answer.h"

enum {
    /* Above what any actor may be owed or have on its way at once: a supervisor's 64 answers
     * plus a few reports; store and registry hear from a thousand supervisors. */
    MAILBOX_HWM = 8192,
    SWITCHBOARD_HWM = 65536,
    FIXED_READERS = 2, /* pipe and mailbox */
};

struct reader {
    bool is_socket;            /* else it is FD that is watched */
    actor_socket_reader *read; /* of the socket; */
    actor_reader *handle;      /* of the descriptor */
    void *context;
    int fd; /* a socket's own, borrowed */
    short events;
    bool used;
    bool fresh;   /* added since the last poll, so what that poll says is not about it */
    bool pending; /* a socket that is to be looked at */
};

struct actor {
    char id[STUI_ACTOR_ID_MAX + 1];
    zsock_t *pipe;      /* borrowed; NULL in main, and after actor_start */
    zsock_t *mailbox;   /* owned */
    atomic_bool *taken; /* borrowed until actor_ready */
    uint64_t last_ref;
    bool ready, stopping;
    bool mailbox_pending, pipe_pending;
    bool asks;              /* poll, in the next turn, though something is pending */
    struct reader *readers; /* owned; the index is the handle, slots are reused */
    size_t reader_count, reader_capacity;
    struct pollfd *items; /* owned; rebuilt when readers changed */
    int *item_readers;    /* owned; the reader of each item */
    bool items_stale;
    int item_count;
};

static struct actor *
actor_new (zsock_t *pipe, const struct actor_args *args, int socket_type)
{
    struct actor *self = stui_alloc (sizeof *self);
    int length = snprintf (self->id, sizeof self->id, "%s#%" PRIu64, args->name, args->incarnation);
    assert (length < (int) sizeof self->id);
    self->pipe = pipe;
    self->taken = args->taken;
    self->items_stale = self->mailbox_pending = true;
    self->pipe_pending = pipe != NULL;
    char thread_name[16]; /* what the kernel takes: for top, and for debuggers */
    snprintf (thread_name, sizeof thread_name, "%.15s", args->name);
    pthread_setname_np (pthread_self (), thread_name);
    self->mailbox = zsock_new (socket_type);
    assert (self->mailbox); /* room for sockets is checked before each spawn */
    return self;
}

/* The order between the two threads is kept by czmq's signal; the flag says the same in C's own
 * words, for whoever checks the memory model. */
zactor_t *
actor_spawn (zactor_fn *function, const struct actor_args *args)
{
    atomic_bool taken = false;
    struct actor_args own = *args;
    own.taken = &taken;
    zactor_t *actor = zactor_new (function, &own);
    bool copied = atomic_load_explicit (&taken, memory_order_acquire);
    assert (actor && copied);
    return actor;
}

struct started {
    zactor_fn *function;
    struct actor_args args;
    char *name, *text; /* owned */
};

static void
started_free (struct started *self)
{
    free (self->name);
    free (self->text);
    free (self);
}

static void *
started_run (void *argument)
{
    struct started *self = argument;
    self->function (NULL, &self->args);
    started_free (self);
    return NULL;
}

int
actor_start (zactor_fn *function, const char *name, uint64_t incarnation, const char *text,
             pthread_t *thread)
{
    struct started *self = stui_alloc (sizeof *self);
    *self = (struct started){
        .function = function, .name = stui_strdup (name), .text = stui_strdup (text)};
    self->args =
        (struct actor_args){.name = self->name, .incarnation = incarnation, .extra = self->text};
    int err = pthread_create (thread, NULL, started_run, self);
    if (err)
        started_free (self);
    return err;
}

void
actor_join (pthread_t thread)
{
    pthread_join (thread, NULL);
}

struct actor *
actor_open (zsock_t *pipe, const struct actor_args *args)
{
    struct actor *self = actor_new (pipe, args, ZMQ_DEALER);
    zsock_set_identity (self->mailbox, self->id);
    zsock_set_sndhwm (self->mailbox, MAILBOX_HWM);
    zsock_set_rcvhwm (self->mailbox, MAILBOX_HWM);
    zsock_set_linger (self->mailbox, -1); /* inproc: `ended` is taken over at once */
    int rc = zsock_connect (self->mailbox, "%s", ACTOR_SWITCHBOARD);
    assert (rc == 0);
    struct msg *up = msg_new ("registry", MSG_UP, 0);
    actor_send (self, &up);
    if (!args->extra)
        actor_ready (self);
    return self;
}

struct actor *
actor_open_switchboard (zsock_t *pipe, const struct actor_args *args)
{
    struct actor *self = actor_new (pipe, args, ZMQ_ROUTER);
    zsock_set_router_mandatory (self->mailbox, 1);
    zsock_set_sndhwm (self->mailbox, SWITCHBOARD_HWM);
    zsock_set_rcvhwm (self->mailbox, SWITCHBOARD_HWM);
    int port = zsock_bind (self->mailbox, "%s", ACTOR_SWITCHBOARD);
    assert (port == 0);
    if (!args->extra)
        actor_ready (self);
    return self;
}

void
actor_ready (struct actor *self)
{
    assert (!self->ready);
    self->ready = true;
    if (self->taken)
        atomic_store_explicit (self->taken, true, memory_order_release);
    self->taken = NULL;
    if (self->pipe)
        zsock_signal (self->pipe, 0);
}

void
actor_close (struct actor **self_p, const char *why)
{
    struct actor *self = self_p ? *self_p : NULL;
    if (!self)
        return;
    if (zsock_type (self->mailbox) == ZMQ_DEALER) {
        struct msg *ended = msg_new ("registry", MSG_ENDED, 0, why);
        actor_send (self, &ended);
    }
    zsock_destroy (&self->mailbox);
    free (self->readers);
    free (self->items);
    free (self->item_readers);
    free (self);
    *self_p = NULL;
}

zsock_t *
actor_mailbox (struct actor *self)
{
    return self->mailbox;
}

const char *
actor_id (const struct actor *self)
{
    return self->id;
}

uint64_t
actor_next_ref (struct actor *self)
{
    return ++self->last_ref;
}

void
actor_stop (struct actor *self)
{
    self->stopping = true;
}

bool
actor_is_stopping (const struct actor *self)
{
    return self->stopping;
}

/* Looking at the events makes the descriptor silent about what they tell. */
bool
actor_has_mail (struct actor *self)
{
    bool has = (zsock_events (self->mailbox) & ZMQ_POLLIN) != 0;
    self->mailbox_pending = self->mailbox_pending || has;
    return has;
}

static void
sent_not (const struct actor *self, enum msg_verb verb, const char *peer)
{
    log_error (self->id, "mailbox full: %s to %s dropped", msg_word (verb), peer);
}

int
actor_send (struct actor *self, struct msg **msg)
{
    self->mailbox_pending = true;
    int err = mailbox_send (self->mailbox, NULL, *msg);
    if (err)
        sent_not (self, (*msg)->verb, (*msg)->peer);
    msg_destroy (msg);
    return err ? -1 : 0;
}

int
actor_deliver (struct actor *self, const char *to, const char *from, struct msg *msg)
{
    memcpy (msg->peer, from, strlen (from) + 1);
    self->mailbox_pending = true;
    return mailbox_send (self->mailbox, to, msg);
}

int
actor_pass (struct actor *self, const char *to, struct letter *letter)
{
    self->mailbox_pending = true;
    return mailbox_pass (self->mailbox, to, letter->from, letter);
}

void
actor_answer (struct actor *self, const struct msg *request, const char *result)
{
    self->mailbox_pending = true;
    if (mailbox_answer (self->mailbox, request, result) != 0)
        sent_not (self, MSG_OK, request->peer);
}

void
actor_refuse (struct actor *self, const struct msg *request, int err, const char *format, ...)
{
    struct stui_cause cause;
    va_list args;
    va_start (args, format);
    stui_vfail (&cause, err, format, args);
    va_end (args);
    struct msg *answer = msg_error (request, err, cause.text, NULL);
    actor_send (self, &answer);
}

/* ---- Readers ----------------------------------------------------------------------------- */

static int
reader_add (struct actor *self, struct reader reader)
{
    size_t slot = 0;
    while (slot < self->reader_count && self->readers[slot].used)
        slot++;
    if (slot == self->reader_count) {
        stui_grow (&self->readers, &self->reader_capacity, slot, sizeof reader);
        self->reader_count++;
    }
    reader.used = reader.fresh = true;
    self->readers[slot] = reader;
    self->items_stale = true;
    return (int) slot;
}

int
actor_watch_socket (struct actor *self, void *sock, actor_socket_reader *read, void *context)
{
    struct reader reader = {
        .is_socket = true, .read = read, .context = context, .events = ZMQ_POLLIN, .pending = true};
    size_t size = sizeof reader.fd;
    int rc = zmq_getsockopt (sock, ZMQ_FD, &reader.fd, &size);
    assert (rc == 0);
    return reader_add (self, reader);
}

void
actor_sent_on (struct actor *self, int reader)
{
    self->readers[reader].pending = true;
}

int
actor_watch_fd (struct actor *self, int fd, short events, actor_reader *handle, void *context)
{
    struct reader reader = {.fd = fd, .events = events, .handle = handle, .context = context};
    return reader_add (self, reader);
}

void
actor_watch_events (struct actor *self, int reader, short events)
{
    if (self->readers[reader].events != events) {
        self->readers[reader].events = events;
        self->items_stale = true;
    }
}

void
actor_unwatch (struct actor *self, int reader)
{
    self->readers[reader] = (struct reader){0};
    self->items_stale = true;
}

static void
items_build (struct actor *self)
{
    size_t room = self->reader_count + FIXED_READERS;
    self->items = stui_realloc (self->items, room * sizeof *self->items);
    self->item_readers = stui_realloc (self->item_readers, room * sizeof *self->item_readers);
    int count = 0;
    self->items[count++] = (struct pollfd){.fd = zsock_fd (self->mailbox), .events = POLLIN};
    if (self->pipe)
        self->items[count++] = (struct pollfd){.fd = zsock_fd (self->pipe), .events = POLLIN};
    for (size_t slot = 0; slot < self->reader_count; slot++) {
        struct reader *reader = &self->readers[slot];
        if (!reader->used)
            continue;
        short events = (reader->events & ZMQ_POLLIN ? POLLIN : 0)
                       | (reader->events & ZMQ_POLLOUT ? POLLOUT : 0);
        reader->fresh = false;
        self->item_readers[count] = (int) slot;
        self->items[count++] = (struct pollfd){.fd = reader->fd, .events = events};
    }
    self->item_count = count;
    self->items_stale = false;
}

/* ---- The turn ---------------------------------------------------------------------------- */

/* All that the pipe holds: it carries nothing but the word to stop. */
static void
turn_control (struct actor *self)
{
    char *word;
    while ((word = zstr_recv_nowait (self->pipe)) != NULL) {
        if (strcmp (word, "$TERM") == 0)
            self->stopping = true;
        else
            log_error (self->id, "unknown word on the control pipe: %.40s", word);
        free (word);
    }
}

/* What came is no message: said, and answered where somebody may wait. */
static void
turn_complain (struct actor *self, struct letter *letter)
{
    log_warn (self->id, "%s%s%s", letter->from, letter->from[0] ? ": " : "", letter->cause.text);
    struct msg *complaint = letter_complaint (letter);
    if (complaint && letter->from[0])
        actor_deliver (self, letter->from, self->id, complaint);
    else if (complaint)
        actor_send (self, &complaint);
    msg_destroy (&complaint);
}

static void
turn_dispatch (struct actor *self, const struct actor_table *table, void *owner,
               const struct msg *msg)
{
    if (msg_kind (msg->verb) == MSG_ANSWER) {
        if (table->on_answer)
            table->on_answer (owner, msg);
        return;
    }
    const struct actor_verb *verb = table->verbs;
    while (verb->handle && verb->verb != msg->verb)
        verb++;
    if (verb->handle) {
        verb->handle (owner, msg);
        return;
    }
    log_warn (self->id, "%s does not know the verb %s", self->id, msg_word (msg->verb));
    if (msg_kind (msg->verb) == MSG_REQUEST)
        actor_refuse (self, msg, STUI_E_UNKNOWN_VERB, "%s does not know the verb %s", self->id,
                      msg_word (msg->verb));
}

static void
turn_mailbox (struct actor *self, const struct actor_table *table, void *owner)
{
    for (int taken = 0; taken < ACTOR_TURN_MAX && !self->stopping; taken++) {
        self->mailbox_pending = false; /* until a handler sends */
        struct letter letter;
        if (!mailbox_take (self->mailbox, ZMQ_DONTWAIT, &letter))
            return;
        if (!letter.cause.err && table->on_mail)
            table->on_mail (owner, &letter);
        else if (letter_msg (&letter))
            turn_dispatch (self, table, owner, &letter.msg);
        if (letter.cause.err)
            turn_complain (self, &letter);
        letter_clear (&letter);
    }
    self->mailbox_pending = true;
    self->asks = true; /* the rest after the others */
}

static void
socket_read (struct actor *self, void *owner, int handle)
{
    struct reader *reader = &self->readers[handle];
    reader->pending = false; /* until it is used for sending */
    bool all = reader->read (owner, reader->context);
    reader = &self->readers[handle]; /* the list may have moved, or hold another there */
    reader->pending = reader->pending || (reader->is_socket && !all);
    self->asks = self->asks || !all;
}

/* The reader of ITEM, if the last poll or its own doing says that there is something for it. */
static void
turn_reader (struct actor *self, void *owner, int item)
{
    struct reader *reader = &self->readers[self->item_readers[item]];
    short said = self->items[item].revents;
    if (!reader->used || reader->fresh)
        return;
    if (reader->is_socket && (said || reader->pending)) {
        socket_read (self, owner, self->item_readers[item]);
    }
    else if (!reader->is_socket && said) {
        short events = (said & POLLIN ? ZMQ_POLLIN : 0) | (said & POLLOUT ? ZMQ_POLLOUT : 0)
                       | (said & ~(POLLIN | POLLOUT) ? ZMQ_POLLERR : 0);
        reader->handle (owner, reader->context, events);
    }
}

/* Sockets that the mailbox's messages were passed on to: looked at now, which saves a poll. */
static void
turn_sent_on (struct actor *self, void *owner)
{
    for (size_t slot = 0; slot < self->reader_count && !self->stopping; slot++) {
        struct reader *reader = &self->readers[slot];
        if (reader->used && reader->pending && !reader->fresh)
            socket_read (self, owner, (int) slot);
    }
}

/* What was used since it was looked at: it may hide what came meanwhile. */
static bool
turn_is_pending (const struct actor *self)
{
    if (self->mailbox_pending || self->pipe_pending)
        return true;
    for (size_t slot = 0; slot < self->reader_count; slot++)
        if (self->readers[slot].used && self->readers[slot].pending)
            return true;
    return false;
}

/* How long to wait, in ms: to the deadline, at most an hour, so that no clock runs over. */
static int
turn_timeout (const struct actor_table *table, void *owner)
{
    enum { LONGEST_MS = 3600000 };
    int64_t deadline = table->deadline_ms ? table->deadline_ms (owner) : STUI_NEVER;
    if (deadline == STUI_NEVER)
        return -1;
    int64_t left = deadline - clock_mono_ms ();
    return left < 0 ? 0 : left > LONGEST_MS ? LONGEST_MS : (int) left;
}

/* Waits until there is something to do, or looks what there is; false when that cannot be. What is pending
 * is mostly found to be nothing: every other time it is looked at without asking for the rest first. */
static bool
turn_wait (struct actor *self, const struct actor_table *table, void *owner)
{
    if (self->items_stale)
        items_build (self);
    bool pending = turn_is_pending (self), asks = !pending || self->asks;
    self->asks = !asks;
    int ready = -1;
    if (asks) {
        ready = poll (self->items, (nfds_t) self->item_count,
                      pending ? 0 : turn_timeout (table, owner));
        if (ready < 0 && errno != EINTR && errno != EAGAIN) {
            log_error (self->id, "poll: %s", strerror (errno));
            return false;
        }
    }
    for (int item = 0; ready < 0 && item < self->item_count; item++)
        self->items[item].revents = 0;
    return true;
}

void
actor_run (struct actor *self, const struct actor_table *table, void *owner)
{
    while (!self->stopping && turn_wait (self, table, owner)) {
        if (self->pipe && (self->items[1].revents || self->pipe_pending)) {
            self->pipe_pending = false;
            turn_control (self);
        }
        int count = self->item_count; /* what handlers add has its turn after the next poll */
        for (int item = self->pipe ? FIXED_READERS : 1; item < count && !self->stopping; item++)
            turn_reader (self, owner, item);
        if (self->items[0].revents || self->mailbox_pending)
            turn_mailbox (self, table, owner);
        turn_sent_on (self, owner);
        if (!self->stopping && table->deadline_ms && table->deadline_ms (owner) <= clock_mono_ms ())
            table->on_deadline (owner);
        if (table->after_turn)
            table->after_turn (owner);
    }
}

/* ---- The system -------------------------------------------------------------------------- */

static size_t system_sockets; /* written once, before there are threads */

size_t
actor_system_sockets (void)
{
    return system_sockets;
}

int
actor_system_init (size_t sockets, struct stui_cause *cause)
{
    enum { DESCRIPTORS_BESIDE = 256 }; /* files, database, terminals */
    struct rlimit limit;
    getrlimit (RLIMIT_NOFILE, &limit);
    rlim_t wanted = sockets * 2 + DESCRIPTORS_BESIDE; /* a socket has a mailbox descriptor too */
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted)
        return stui_fail (cause, STUI_E_SYSTEM,
                          "%llu open files are needed, but the hard limit is %llu: raise it with "
                          "'ulimit -Hn %llu' or in the service's LimitNOFILE",
                          (unsigned long long) wanted, (unsigned long long) limit.rlim_max,
                          (unsigned long long) wanted);
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit (RLIMIT_NOFILE, &limit) != 0)
            return stui_fail (cause, STUI_E_SYSTEM, "the limit of open files cannot be raised: %s",
                              strerror (errno));
    }
    zsys_handler_set (NULL); /* first: zsys_init would install handlers of its own */
    zsys_set_logstream (NULL);
    zsys_set_max_sockets (sockets);
    zsys_set_pipehwm (0); /* a full pipe would lose the word to stop */
    zsys_set_linger (0);
    zsys_set_io_threads (1);
    zsys_init ();
    system_sockets = sockets;
    return 0;
}

void
actor_system_fini (void)
{
    zsys_shutdown ();
}
