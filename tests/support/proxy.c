/* proxy.c: see proxy.h. One thread polls the listener and all connections; the test's thread
 * changes what is wanted under the lock and wakes it through a pipe. */

#include "support/proxy.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"

enum {
    GREETING_BYTES = 64,
    FLAG_LONG = 2, /* eight bytes of length instead of one */
    CONNECTIONS_MAX = 256,
    FIXED_POLLS = 2, /* the wake pipe and the listener */
    REQUEST_ID_SIZE = 40,
    ARMED_MAX = 4,
    GUARD_S = 60, /* a test that waits longer fails */
};

enum side { STUI, IMAGE, SIDES };

/* Bytes on their way from one side to the other. */
struct flow {
    char *bytes; /* owned */
    size_t size, capacity;
    size_t parsed;   /* of them: greeting and whole frames that were looked at */
    size_t released; /* of them: to be forwarded */
    size_t greeting; /* bytes of the greeting that were seen: these leave as they come */
    int64_t due_ms;  /* when what was released may leave */
};

struct connection {
    int fds[SIDES];           /* owned; -1: none */
    struct flow flows[SIDES]; /* by whom they come from */
    bool held;                /* nothing of what the image says is forwarded */
    bool closing;             /* once all that was released has left */
    enum proxy_end end;
    char awaited[REQUEST_ID_SIZE]; /* the request whose reply is to be cut; empty: none */
};

struct armed {
    const char *command; /* borrowed */
    enum proxy_point point;
    enum proxy_end end;
};

struct proxy {
    pthread_t thread;
    pthread_mutex_t lock; /* over all below */
    pthread_cond_t changed;
    int wake[2], listener; /* owned */
    uint16_t port, target_port;
    char address[40];
    enum proxy_mode mode, applied; /* what is wanted, and what the thread does */
    int delay_ms;
    bool stopping;
    struct armed armed[ARMED_MAX]; /* the first is the next */
    size_t armed_count;
    struct connection *connections[CONNECTIONS_MAX]; /* owned */
    size_t count, came, cuts[PROXY_POINT_COUNT];
};

/* ---- Sockets ----------------------------------------------------------------------------------- */

static struct sockaddr_in
loopback (uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons (port),
                                .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
}

static int
tcp_socket (void)
{
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert (fd >= 0);
    return fd;
}

/* On the port that was had before, or a free one. */
static void
proxy_listen (struct proxy *self)
{
    const int one = 1;
    struct sockaddr_in address = loopback (self->port);
    socklen_t size = sizeof address;
    self->listener = tcp_socket ();
    setsockopt (self->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    int rc = bind (self->listener, (struct sockaddr *) &address, size);
    assert (rc == 0);
    rc = listen (self->listener, CONNECTIONS_MAX);
    assert (rc == 0);
    fcntl (self->listener, F_SETFL, O_NONBLOCK);
    getsockname (self->listener, (struct sockaddr *) &address, &size);
    self->port = ntohs (address.sin_port);
}

static void
close_with (int *fd, enum proxy_end end)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    if (*fd < 0)
        return;
    if (end == PROXY_RST)
        setsockopt (*fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close (*fd);
    *fd = -1;
}

/* ---- Connections --------------------------------------------------------------------------------- */

static void
connection_free (struct connection *connection)
{
    for (int side = 0; side < SIDES; side++) {
        close_with (&connection->fds[side], connection->end);
        free (connection->flows[side].bytes);
    }
    free (connection);
}

static void
proxy_accept (struct proxy *self)
{
    const int one = 1;
    int fd = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct sockaddr_in image = loopback (self->target_port);
    struct connection *connection = stui_alloc (sizeof *connection);
    connection->fds[STUI] = fd;
    connection->fds[IMAGE] = tcp_socket ();
    self->came++;
    if (self->count == CONNECTIONS_MAX
        || connect (connection->fds[IMAGE], (struct sockaddr *) &image, sizeof image) != 0) {
        connection_free (connection);
        return;
    }
    for (int side = 0; side < SIDES; side++) {
        setsockopt (connection->fds[side], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        fcntl (connection->fds[side], F_SETFL, O_NONBLOCK);
    }
    self->connections[self->count++] = connection;
}

static void
proxy_cut (struct proxy *self, struct connection *connection, enum proxy_point point)
{
    connection->closing = true;
    connection->held = false;
    self->cuts[point]++;
}

/* ---- Frames ---------------------------------------------------------------------------------------- */

/* The size of the frame at the start of BYTES with its header, and its BODY; 0: not whole yet. */
static size_t
frame_at (const char *bytes, size_t size, const char **body)
{
    const unsigned char *octets = (const unsigned char *) bytes;
    if (size < 2)
        return 0;
    size_t header = octets[0] & FLAG_LONG ? 9 : 2;
    if (size < header)
        return 0;
    uint64_t length = 0;
    for (size_t at = 1; at < header; at++)
        length = length << 8 | octets[at];
    *body = bytes + header;
    return size - header >= length ? header + (size_t) length : 0;
}

/* The id of the message in BODY: its first member "id". Both sides write it so. */
static bool
body_id (const char *body, size_t size, char id[REQUEST_ID_SIZE])
{
    static const char key[] = "\"id\":\"";
    const char *at = memmem (body, size, key, sizeof key - 1);
    if (!at)
        return false;
    at += sizeof key - 1;
    const char *end = memchr (at, '"', (size_t) (body + size - at));
    if (!end || end - at >= REQUEST_ID_SIZE)
        return false;
    memcpy (id, at, (size_t) (end - at));
    id[end - at] = '\0';
    return true;
}

/* Whether BODY is a request of COMMAND; its id then. */
static bool
body_is_request (const char *body, size_t size, const char *command, char id[REQUEST_ID_SIZE])
{
    char word[64];
    snprintf (word, sizeof word, "\"command\":\"%s\"", command);
    return memmem (body, size, word, strlen (word)) && body_id (body, size, id);
}

/* Looks at one whole frame from stui; false when it must not be forwarded. */
static bool
frame_of_stui (struct proxy *self, struct connection *connection, const char *body, size_t size)
{
    char id[REQUEST_ID_SIZE];
    struct armed armed = self->armed[0];
    if (self->armed_count == 0 || !body_is_request (body, size, armed.command, id))
        return true;
    memmove (self->armed, self->armed + 1, --self->armed_count * sizeof armed);
    connection->end = armed.end;
    if (armed.point == PROXY_REPLY)
        memcpy (connection->awaited, id, sizeof id);
    connection->held = armed.point == PROXY_RUNNING;
    if (armed.point == PROXY_BEFORE_READ)
        proxy_cut (self, connection, PROXY_BEFORE_READ);
    return armed.point != PROXY_BEFORE_READ;
}

/* Whether the frame from the image is the reply that is to be cut. */
static bool
frame_is_reply (const struct connection *connection, const char *body, size_t size)
{
    char id[REQUEST_ID_SIZE];
    return connection->awaited[0] && body_id (body, size, id)
           && strcmp (id, connection->awaited) == 0;
}

/* Looks at what FLOW has whole, and says how much of it may leave. */
static void
flow_parse (struct proxy *self, struct connection *connection, enum side from)
{
    struct flow *flow = &connection->flows[from];
    while (flow->greeting < GREETING_BYTES && flow->parsed < flow->size) {
        flow->greeting++;
        flow->released = ++flow->parsed;
    }
    const char *body;
    size_t size;
    while (!connection->closing
           && (size = frame_at (flow->bytes + flow->parsed, flow->size - flow->parsed, &body))
                  > 0) {
        size_t body_size = (size_t) (flow->bytes + flow->parsed + size - body);
        if (from == STUI && !frame_of_stui (self, connection, body, body_size))
            return;
        if (from == IMAGE && frame_is_reply (connection, body, body_size)) {
            flow->released = flow->parsed += size / 2;
            proxy_cut (self, connection, PROXY_REPLY);
            return;
        }
        flow->parsed += size;
        flow->released = flow->parsed;
    }
}

static void
flow_take_off (struct flow *flow, size_t count)
{
    memmove (flow->bytes, flow->bytes + count, flow->size - count);
    flow->size -= count;
    flow->released -= count;
    flow->parsed -= count;
}

/* ---- The poll ---------------------------------------------------------------------------------------- */

static bool
flow_may_leave (const struct proxy *self, const struct connection *connection, enum side from)
{
    const struct flow *flow = &connection->flows[from];
    return self->applied != PROXY_BLACK_HOLE && flow->released > 0
           && !(from == IMAGE && connection->held) && flow->due_ms <= clock_mono_ms ();
}

/* False when the connection is over. */
static bool
flow_read (struct proxy *self, struct connection *connection, enum side from)
{
    enum { CHUNK = 65536 };
    struct flow *flow = &connection->flows[from];
    while (flow->capacity - flow->size < CHUNK)
        stui_grow (&flow->bytes, &flow->capacity, flow->capacity, 1);
    ssize_t got = recv (connection->fds[from], flow->bytes + flow->size, CHUNK, 0);
    if (got < 0 && errno == EAGAIN)
        return true;
    if (got <= 0)
        return false;
    flow->size += (size_t) got;
    if (flow->released == 0)
        flow->due_ms = clock_mono_ms () + self->delay_ms;
    flow_parse (self, connection, from);
    return true;
}

static bool
flow_write (struct connection *connection, enum side from)
{
    struct flow *flow = &connection->flows[from];
    ssize_t put = send (connection->fds[1 - from], flow->bytes, flow->released, MSG_NOSIGNAL);
    if (put < 0)
        return errno == EAGAIN;
    flow_take_off (flow, (size_t) put);
    return true;
}

static void
connection_poll (const struct proxy *self, const struct connection *connection,
                 struct pollfd polls[SIDES])
{
    for (int side = 0; side < SIDES; side++) {
        bool reads = self->applied != PROXY_BLACK_HOLE && !connection->closing;
        bool writes = flow_may_leave (self, connection, (enum side) (1 - side));
        polls[side] = (struct pollfd){
            .fd = connection->fds[side],
            .events = (short) ((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)),
        };
    }
}

/* Serves what the poll said; false when the connection is over. */
static bool
connection_serve (struct proxy *self, struct connection *connection,
                  const struct pollfd polls[SIDES])
{
    for (int side = 0; side < SIDES; side++) {
        enum side other = (enum side) (1 - side);
        bool gone = polls[side].revents & (POLLERR | POLLHUP | POLLNVAL);
        if (polls[side].revents & POLLIN && !flow_read (self, connection, (enum side) side))
            gone = true;
        if (!gone && polls[side].revents & POLLOUT && flow_may_leave (self, connection, other)
            && !flow_write (connection, other))
            gone = true;
        /* What one side said before it went is still for the other. */
        if (gone && !connection->closing && flow_may_leave (self, connection, (enum side) side))
            flow_write (connection, (enum side) side);
        if (gone)
            return false;
    }
    return !connection->closing || flow_may_leave (self, connection, IMAGE);
}

/* Until when the poll may sleep, in ms: to the first byte that is due. */
static int
proxy_patience (const struct proxy *self)
{
    int64_t earliest = INT64_MAX, now_ms = clock_mono_ms ();
    for (size_t at = 0; at < self->count; at++)
        for (int side = 0; side < SIDES; side++) {
            const struct flow *flow = &self->connections[at]->flows[side];
            if (flow->released > 0 && flow->due_ms > now_ms && flow->due_ms < earliest)
                earliest = flow->due_ms;
        }
    return earliest == INT64_MAX ? -1 : (int) (earliest - now_ms);
}

static void
proxy_serve (struct proxy *self, const struct pollfd *polls, size_t polled)
{
    char bytes[16];
    if (polls[0].revents && read (self->wake[0], bytes, sizeof bytes) < 0)
        return;
    size_t kept = 0;
    for (size_t at = 0; at < polled; at++) {
        struct connection *connection = self->connections[at];
        if (connection_serve (self, connection, polls + FIXED_POLLS + at * SIDES))
            self->connections[kept++] = connection;
        else
            connection_free (connection);
    }
    self->count = kept;
    if (polls[1].revents)
        proxy_accept (self);
    pthread_cond_broadcast (&self->changed);
}

static void
proxy_apply_mode (struct proxy *self)
{
    if (self->applied == self->mode)
        return;
    self->applied = self->mode;
    if (self->mode == PROXY_REFUSE)
        close_with (&self->listener, PROXY_FIN);
    else if (self->listener < 0)
        proxy_listen (self);
    pthread_cond_broadcast (&self->changed);
}

static void *
proxy_run (void *context)
{
    struct proxy *self = context;
    struct pollfd polls[FIXED_POLLS + CONNECTIONS_MAX * SIDES];
    pthread_mutex_lock (&self->lock);
    while (!self->stopping) {
        proxy_apply_mode (self);
        size_t polled = self->count;
        polls[0] = (struct pollfd){.fd = self->wake[0], .events = POLLIN};
        polls[1] = (struct pollfd){.fd = self->listener, .events = POLLIN};
        for (size_t at = 0; at < polled; at++)
            connection_poll (self, self->connections[at], polls + FIXED_POLLS + at * SIDES);
        int patience = proxy_patience (self);
        pthread_mutex_unlock (&self->lock);
        int ready = poll (polls, FIXED_POLLS + polled * SIDES, patience);
        pthread_mutex_lock (&self->lock);
        if (ready > 0)
            proxy_serve (self, polls, polled);
    }
    pthread_mutex_unlock (&self->lock);
    return NULL;
}

/* ---- The test's side ------------------------------------------------------------------------------------ */

/* Lets the thread see what was changed under the lock. */
static void
proxy_unlock_changed (struct proxy *self)
{
    (void) !write (self->wake[1], "", 1);
    pthread_mutex_unlock (&self->lock);
}

struct proxy *
proxy_open (const char *target)
{
    struct proxy *self = stui_alloc (sizeof *self);
    const char *colon = strrchr (target, ':');
    cr_assert_not_null (colon, "'%s' is no address", target);
    self->target_port = (uint16_t) atoi (colon + 1);
    pthread_mutex_init (&self->lock, NULL);
    pthread_cond_init (&self->changed, NULL);
    cr_assert_eq (pipe2 (self->wake, O_CLOEXEC | O_NONBLOCK), 0);
    proxy_listen (self);
    snprintf (self->address, sizeof self->address, "tcp://127.0.0.1:%u", self->port);
    cr_assert_eq (pthread_create (&self->thread, NULL, proxy_run, self), 0);
    return self;
}

void
proxy_close (struct proxy **self_p)
{
    struct proxy *self = self_p ? *self_p : NULL;
    if (!self)
        return;
    pthread_mutex_lock (&self->lock);
    self->stopping = true;
    proxy_unlock_changed (self);
    pthread_join (self->thread, NULL);
    for (size_t at = 0; at < self->count; at++)
        connection_free (self->connections[at]);
    close_with (&self->listener, PROXY_FIN);
    close (self->wake[0]);
    close (self->wake[1]);
    pthread_cond_destroy (&self->changed);
    pthread_mutex_destroy (&self->lock);
    free (self);
    *self_p = NULL;
}

const char *
proxy_address (const struct proxy *self)
{
    return self->address;
}

/* Waits, locked, until the thread did something. */
static void
proxy_wait_locked (struct proxy *self, const struct timespec *until, const char *what)
{
    int rc = pthread_cond_timedwait (&self->changed, &self->lock, until);
    if (rc == ETIMEDOUT)
        pthread_mutex_unlock (&self->lock);
    cr_assert_neq (rc, ETIMEDOUT, "the proxy waited in vain for %s", what);
}

static struct timespec
guard_until (void)
{
    struct timespec until;
    clock_gettime (CLOCK_REALTIME, &until);
    until.tv_sec += GUARD_S;
    return until;
}

void
proxy_set_mode (struct proxy *self, enum proxy_mode mode)
{
    struct timespec until = guard_until ();
    pthread_mutex_lock (&self->lock);
    self->mode = mode;
    (void) !write (self->wake[1], "", 1);
    while (self->applied != mode)
        proxy_wait_locked (self, &until, "its own thread");
    pthread_mutex_unlock (&self->lock);
}

void
proxy_set_delay (struct proxy *self, int delay_ms)
{
    pthread_mutex_lock (&self->lock);
    self->delay_ms = delay_ms;
    proxy_unlock_changed (self);
}

void
proxy_arm (struct proxy *self, const char *command, enum proxy_point point, enum proxy_end end)
{
    pthread_mutex_lock (&self->lock);
    bool room = self->armed_count < ARMED_MAX;
    if (room)
        self->armed[self->armed_count++] = (struct armed){command, point, end};
    pthread_mutex_unlock (&self->lock);
    cr_assert (room, "cuts that were armed before were not made");
}

void
proxy_cut_all (struct proxy *self, enum proxy_end end)
{
    pthread_mutex_lock (&self->lock);
    for (size_t at = 0; at < self->count; at++) {
        self->connections[at]->closing = true;
        self->connections[at]->held = false;
        self->connections[at]->flows[IMAGE].released = 0;
        self->connections[at]->end = end;
    }
    proxy_unlock_changed (self);
}

/* The held connection; NULL. */
static struct connection *
proxy_held (const struct proxy *self)
{
    for (size_t at = 0; at < self->count; at++)
        if (self->connections[at]->held && self->connections[at]->flows[STUI].released == 0)
            return self->connections[at];
    return NULL;
}

void
proxy_cut_held (struct proxy *self)
{
    pthread_mutex_lock (&self->lock);
    struct connection *held = proxy_held (self);
    cr_assert_not_null (held, "no connection is held");
    held->flows[IMAGE].released = 0; /* what the image said meanwhile is lost too */
    proxy_cut (self, held, PROXY_RUNNING);
    proxy_unlock_changed (self);
}

size_t
proxy_cuts (struct proxy *self, enum proxy_point point)
{
    pthread_mutex_lock (&self->lock);
    size_t cuts = self->cuts[point];
    pthread_mutex_unlock (&self->lock);
    return cuts;
}

size_t
proxy_connections (struct proxy *self)
{
    pthread_mutex_lock (&self->lock);
    size_t came = self->came;
    pthread_mutex_unlock (&self->lock);
    return came;
}

void
proxy_await_held (struct proxy *self)
{
    struct timespec until = guard_until ();
    pthread_mutex_lock (&self->lock);
    while (!proxy_held (self))
        proxy_wait_locked (self, &until, "a request to hold");
    pthread_mutex_unlock (&self->lock);
}

void
proxy_await_connections (struct proxy *self, size_t count)
{
    struct timespec until = guard_until ();
    pthread_mutex_lock (&self->lock);
    while (self->came < count)
        proxy_wait_locked (self, &until, "a connection");
    pthread_mutex_unlock (&self->lock);
}
