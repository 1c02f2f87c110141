/* proxy.c: see proxy.h. The thread polls the orders, the listeners and both ends of all connections.
 * A link's port is held by a socket that never listens, so that nobody else gets it while the
 * listener is away. */

#include "chaos/proxy.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chaos/shaper.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"

enum {
    BACKLOG = 64,
    READ_BYTES = 65536,
    ACTIVE_MAX = 16, /* faults on one link at once; one more is not begun */
};

enum side { STUI, IMAGE, SIDES };

enum order_kind { ORDER_AIM, ORDER_BEGIN, ORDER_END, ORDER_FINISH };

/* Where an image is; size 0: nowhere. */
struct target {
    struct sockaddr_storage address;
    socklen_t size;
};

struct order { /* smaller than PIPE_BUF: written whole */
    enum order_kind kind;
    size_t link, id;
    struct target target;
    struct plan_fault fault;
};

/* A connection: what comes from a side goes through that side's way. */
struct way {
    struct shaper shaper;
    bool is_read;   /* to its side's end */
    bool has_ended; /* nothing more is passed on: the end was read, or a fault closed it */
    bool is_closed; /* and the other side was told */
};

struct pair {
    size_t link;
    int fds[SIDES]; /* owned */
    struct way ways[SIDES];
    int64_t end_ms;     /* when it is cut; STUI_NEVER */
    bool is_connecting; /* to the image */
    bool is_over, is_reset;
};

struct active {
    size_t id;
    struct plan_fault fault;
};

struct link {
    int holder, listener; /* owned; listener -1: refuses */
    uint16_t port;
    struct target target;
    struct active active[ACTIVE_MAX];
    size_t active_count;
};

struct proxy {
    pthread_t thread;
    int orders[2];      /* owned: read by the thread, written by the others */
    struct link *links; /* owned; only the thread touches more than port */
    size_t link_count;
    struct pair **pairs; /* owned */
    size_t pair_count, pair_capacity;
    struct pollfd *polls; /* owned */
    size_t poll_capacity;
    struct random_source random;
    struct proxy_counts counts;
    bool is_finishing;
};

/* ---- sockets -------------------------------------------------------------------------------- */

static struct sockaddr_in
loopback (uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons (port),
                                .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
}

/* A socket at PORT of loopback (0: a free one); -1. */
static int
socket_bound (uint16_t port)
{
    const int one = 1;
    struct sockaddr_in address = loopback (port);
    int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt (fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    if (bind (fd, (struct sockaddr *) &address, sizeof address) == 0)
        return fd;
    close (fd);
    return -1;
}

static bool
link_listen (struct link *self)
{
    if (self->listener >= 0)
        return true;
    self->listener = socket_bound (self->port);
    return self->listener >= 0 && listen (self->listener, BACKLOG) == 0;
}

static void
link_refuse (struct link *self)
{
    if (self->listener >= 0)
        close (self->listener);
    self->listener = -1;
}

static bool
link_open (struct link *self)
{
    struct sockaddr_in address = loopback (0);
    socklen_t size = sizeof address;
    *self = (struct link){.listener = -1};
    self->holder = socket_bound (0);
    if (self->holder < 0)
        return false;
    getsockname (self->holder, (struct sockaddr *) &address, &size);
    self->port = ntohs (address.sin_port);
    return link_listen (self);
}

/* ---- connections ---------------------------------------------------------------------------- */

static void
pair_free (struct proxy *self, struct pair *pair)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    for (int side = 0; side < SIDES; side++) {
        if (pair->is_reset)
            setsockopt (pair->fds[side], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close (pair->fds[side]);
        self->counts.spoilt += pair->ways[side].shaper.spoilt;
        shaper_fini (&pair->ways[side].shaper);
    }
    free (pair);
}

static void
pair_reset (struct pair *pair)
{
    pair->is_over = pair->is_reset = true;
}

/* By a fault. */
static void
pair_cut (struct proxy *self, struct pair *pair)
{
    self->counts.cut += !pair->is_over;
    pair_reset (pair);
}

/* What the active faults of its link make of its ways. */
static void
pair_apply (const struct proxy *self, struct pair *pair)
{
    const struct link *link = &self->links[pair->link];
    struct shaper_rules rules[SIDES] = {{0}};
    for (size_t i = 0; i < link->active_count; i++) {
        const struct plan_fault *fault = &link->active[i].fault;
        for (int side = 0; side < SIDES; side++) {
            if (fault->way != FAULT_BOTH && fault->way != (side == STUI ? FAULT_UP : FAULT_BACK))
                continue;
            rules[side].holds |= fault->what == FAULT_BLACK_HOLE;
            if (fault->what == FAULT_LATENCY)
                rules[side].latency_ms = fault->amount;
            if (fault->what == FAULT_BANDWIDTH)
                rules[side].bytes_per_s = fault->amount;
            if (fault->what == FAULT_SLICE)
                rules[side].slice_bytes = fault->amount;
            if (fault->what == FAULT_CORRUPT)
                rules[side].corrupt_of = fault->amount;
            if (fault->what == FAULT_LIMIT)
                rules[side].limit_bytes = fault->amount;
        }
    }
    for (int side = 0; side < SIDES; side++)
        shaper_set (&pair->ways[side].shaper, &rules[side]);
}

static void
link_accept (struct proxy *self, size_t index)
{
    const int one = 1;
    struct link *link = &self->links[index];
    int fd = accept4 (link->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    self->counts.connections++;
    const struct target *image = &link->target;
    struct pair *pair = stui_alloc (sizeof *pair);
    *pair = (struct pair){.link = index, .fds = {fd, -1}, .end_ms = STUI_NEVER};
    int family = image->size > 0 ? image->address.ss_family : AF_INET;
    pair->fds[IMAGE] = socket (family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (image->size == 0
        || (connect (pair->fds[IMAGE], (const struct sockaddr *) &image->address, image->size) != 0
            && errno != EINPROGRESS)) {
        self->counts.refused++;
        pair->is_reset = true;
        pair_free (self, pair);
        return;
    }
    pair->is_connecting = true;
    for (int side = 0; side < SIDES; side++) {
        setsockopt (pair->fds[side], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        pair->ways[side].shaper.random.state = random_next (&self->random);
    }
    pair_apply (self, pair);
    stui_grow (&self->pairs, &self->pair_capacity, self->pair_count, sizeof *self->pairs);
    self->pairs[self->pair_count++] = pair;
}

/* The image took the connection, or did not. */
static void
pair_end_connecting (struct proxy *self, struct pair *pair)
{
    int why = 0;
    socklen_t size = sizeof why;
    getsockopt (pair->fds[IMAGE], SOL_SOCKET, SO_ERROR, &why, &size);
    pair->is_connecting = false;
    if (why != 0) {
        self->counts.refused++;
        pair_reset (pair);
    }
}

static void
pair_read (struct pair *pair, enum side from, int64_t now_ms)
{
    char bytes[READ_BYTES]; /* not of the thread: every supervisor would have one as well */
    struct way *way = &pair->ways[from];
    ssize_t got = recv (pair->fds[from], bytes, sizeof bytes, 0);
    if (got < 0 && errno != EAGAIN && errno != EINTR)
        pair_reset (pair);
    if (got == 0)
        way->is_read = way->has_ended = true;
    if (got > 0 && !way->has_ended)
        shaper_put (&way->shaper, now_ms, bytes, (size_t) got);
}

static void
pair_write (struct pair *pair, enum side from, int64_t now_ms)
{
    struct way *way = &pair->ways[from];
    const char *bytes;
    size_t size;
    while (!pair->is_over && (size = shaper_ready (&way->shaper, now_ms, &bytes)) > 0) {
        ssize_t put = send (pair->fds[1 - from], bytes, size, MSG_NOSIGNAL);
        if (put < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (put < 0) {
            pair_reset (pair);
            return;
        }
        shaper_took (&way->shaper, (size_t) put);
    }
    if (way->has_ended && !way->is_closed && shaper_is_empty (&way->shaper)) {
        way->is_closed = true;
        shutdown (pair->fds[1 - from], SHUT_WR);
    }
}

/* What time and the shapers say about it. */
static void
pair_settle (struct proxy *self, struct pair *pair, int64_t now_ms)
{
    bool is_cut = false;
    for (int side = 0; side < SIDES; side++) {
        if (!pair->is_connecting)
            pair_write (pair, (enum side) side, now_ms);
        const struct shaper *shaper = &pair->ways[side].shaper;
        is_cut |= shaper->is_cut && shaper_is_empty (shaper);
    }
    if (is_cut || pair->end_ms <= now_ms)
        pair_cut (self, pair);
    if (pair->ways[STUI].is_closed && pair->ways[IMAGE].is_closed)
        pair->is_over = true;
}

static void
proxy_sweep (struct proxy *self)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->pair_count; i++) {
        if (self->pairs[i]->is_over)
            pair_free (self, self->pairs[i]);
        else
            self->pairs[kept++] = self->pairs[i];
    }
    self->pair_count = kept;
}

/* ---- orders --------------------------------------------------------------------------------- */

static bool
link_refuses (const struct link *self)
{
    for (size_t i = 0; i < self->active_count; i++)
        if (self->active[i].fault.what == FAULT_DOWN || self->active[i].fault.what == FAULT_REFUSE)
            return true;
    return false;
}

static void
link_apply (struct proxy *self, size_t index)
{
    if (link_refuses (&self->links[index]))
        link_refuse (&self->links[index]);
    else
        link_listen (&self->links[index]);
    for (size_t i = 0; i < self->pair_count; i++)
        if (self->pairs[i]->link == index)
            pair_apply (self, self->pairs[i]);
}

/* What FAULT does to a connection there is, at once. */
static void
pair_hit (struct proxy *self, struct pair *pair, const struct plan_fault *fault)
{
    if (fault->what == FAULT_RESET || fault->what == FAULT_DOWN)
        pair_cut (self, pair);
    if (fault->what != FAULT_HALF_CLOSE && fault->what != FAULT_SLOW_CLOSE)
        return;
    pair->ways[STUI].has_ended |= fault->way != FAULT_BACK;
    pair->ways[IMAGE].has_ended |= fault->way == FAULT_BACK;
    if (fault->what == FAULT_SLOW_CLOSE)
        pair->end_ms = clock_mono_ms () + fault->amount;
}

static void
proxy_begin_fault (struct proxy *self, const struct order *order)
{
    struct link *link = &self->links[order->link];
    for (size_t i = 0; i < self->pair_count; i++)
        if (self->pairs[i]->link == order->link)
            pair_hit (self, self->pairs[i], &order->fault);
    if (!fault_rows[order->fault.what].lasts || link->active_count == ACTIVE_MAX)
        return;
    link->active[link->active_count++] = (struct active){order->id, order->fault};
    link_apply (self, order->link);
}

static void
proxy_end_fault (struct proxy *self, const struct order *order)
{
    struct link *link = &self->links[order->link];
    for (size_t i = 0; i < link->active_count; i++)
        if (link->active[i].id == order->id) {
            link->active[i] = link->active[--link->active_count];
            link_apply (self, order->link);
            return;
        }
}

static void
proxy_obey (struct proxy *self)
{
    struct order order;
    while (read (self->orders[0], &order, sizeof order) == (ssize_t) sizeof order)
        switch (order.kind) {
        case ORDER_AIM:
            self->links[order.link].target = order.target;
            break;
        case ORDER_BEGIN:
            proxy_begin_fault (self, &order);
            break;
        case ORDER_END:
            proxy_end_fault (self, &order);
            break;
        case ORDER_FINISH:
            self->is_finishing = true;
            return;
        }
}

/* ---- the thread ----------------------------------------------------------------------------- */

static short
pair_events (const struct pair *pair, enum side side, int64_t now_ms)
{
    const struct way *in = &pair->ways[side], *out = &pair->ways[1 - side];
    if (pair->is_connecting)
        return side == IMAGE ? POLLOUT : 0;
    bool reads = !in->is_read && shaper_has_room (&in->shaper);
    bool writes = shaper_due_ms (&out->shaper) <= now_ms;
    return (short) ((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
}

/* Fills the polls, and returns for how long to wait. */
static int
proxy_prepare (struct proxy *self, int64_t now_ms)
{
    size_t count = 1 + self->link_count + SIDES * self->pair_count;
    int64_t next_ms = STUI_NEVER;
    if (self->poll_capacity < count) {
        self->poll_capacity = count * 2;
        self->polls = stui_realloc (self->polls, self->poll_capacity * sizeof *self->polls);
    }
    struct pollfd *at = self->polls;
    *at++ = (struct pollfd){.fd = self->orders[0], .events = POLLIN};
    for (size_t i = 0; i < self->link_count; i++)
        *at++ = (struct pollfd){.fd = self->links[i].listener, .events = POLLIN};
    for (size_t i = 0; i < self->pair_count; i++) {
        const struct pair *pair = self->pairs[i];
        next_ms = pair->end_ms < next_ms ? pair->end_ms : next_ms;
        for (int side = 0; side < SIDES; side++) {
            short events = pair_events (pair, (enum side) side, now_ms);
            int64_t due_ms = shaper_due_ms (&pair->ways[side].shaper);
            if (due_ms > now_ms && due_ms < next_ms)
                next_ms = due_ms;
            /* A side without a wish would say POLLHUP again and again. */
            *at++ = (struct pollfd){.fd = events != 0 ? pair->fds[side] : -1, .events = events};
        }
    }
    return next_ms == STUI_NEVER ? -1 : next_ms > now_ms ? (int) (next_ms - now_ms) : 0;
}

static void
proxy_turn (struct proxy *self)
{
    int wait_ms = proxy_prepare (self, clock_mono_ms ());
    size_t pairs = self->pair_count;
    if (poll (self->polls, 1 + self->link_count + SIDES * pairs, wait_ms) < 0)
        return;
    if (self->polls[0].revents != 0)
        proxy_obey (self); /* first: whoever connects now comes after the order */
    int64_t now_ms = clock_mono_ms ();
    const struct pollfd *of_pairs = self->polls + 1 + self->link_count;
    for (size_t i = 0; i < pairs; i++) {
        struct pair *pair = self->pairs[i];
        const struct pollfd *ends = &of_pairs[SIDES * i];
        if (pair->is_connecting && ends[IMAGE].revents != 0)
            pair_end_connecting (self, pair);
        for (int side = 0; side < SIDES && !pair->is_over; side++)
            if ((ends[side].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
                pair_read (pair, (enum side) side, now_ms);
        if (!pair->is_over)
            pair_settle (self, pair, now_ms);
    }
    for (size_t i = 0; i < self->link_count; i++)
        if (self->polls[1 + i].revents != 0)
            link_accept (self, i);
    proxy_sweep (self);
}

static void *
proxy_run (void *self_p)
{
    struct proxy *self = self_p;
    while (!self->is_finishing)
        proxy_turn (self);
    for (size_t i = 0; i < self->pair_count; i++)
        self->pairs[i]->is_over = true;
    proxy_sweep (self);
    return NULL;
}

/* ---- for the others ------------------------------------------------------------------------- */

static void
proxy_order (struct proxy *self, const struct order *order)
{
    ssize_t put;
    while ((put = write (self->orders[1], order, sizeof *order)) < 0 && errno == EINTR)
        ;
    assert (put == (ssize_t) sizeof *order); /* the thread reads until it is told to end */
}

/* Starts the thread with all signals blocked: they are for whoever owns the proxy. */
static bool
proxy_start (struct proxy *self)
{
    sigset_t all, before;
    sigfillset (&all);
    pthread_sigmask (SIG_SETMASK, &all, &before);
    bool is_started = pthread_create (&self->thread, NULL, proxy_run, self) == 0;
    pthread_sigmask (SIG_SETMASK, &before, NULL);
    return is_started;
}

static void
proxy_free (struct proxy *self)
{
    for (size_t i = 0; i < self->link_count; i++) {
        link_refuse (&self->links[i]);
        if (self->links[i].holder >= 0)
            close (self->links[i].holder);
    }
    for (int i = 0; i < 2; i++)
        if (self->orders[i] >= 0)
            close (self->orders[i]);
    free (self->links);
    free (self->pairs);
    free (self->polls);
    free (self);
}

struct proxy *
proxy_new (size_t links, uint64_t seed, struct stui_cause *cause)
{
    struct proxy *self = stui_alloc (sizeof *self);
    self->orders[0] = self->orders[1] = -1;
    self->random.state = seed;
    self->links = stui_alloc (links * sizeof *self->links);
    bool is_open = pipe2 (self->orders, O_CLOEXEC) == 0;
    if (is_open)
        fcntl (self->orders[0], F_SETFL, O_NONBLOCK);
    while (is_open && self->link_count < links)
        is_open = link_open (&self->links[self->link_count++]);
    if (is_open && proxy_start (self))
        return self;
    stui_fail (cause, STUI_E_SYSTEM, "the proxy cannot listen for image %zu of %zu: %s",
               self->link_count, links, strerror (errno));
    proxy_free (self);
    return NULL;
}

struct proxy_counts
proxy_destroy (struct proxy **self_p)
{
    struct proxy *self = *self_p;
    struct proxy_counts counts = {0};
    if (self == NULL)
        return counts;
    proxy_order (self, &(struct order){.kind = ORDER_FINISH});
    pthread_join (self->thread, NULL);
    counts = self->counts;
    proxy_free (self);
    *self_p = NULL;
    return counts;
}

uint16_t
proxy_port (const struct proxy *self, size_t index)
{
    return self->links[index].port;
}

void
proxy_aim (struct proxy *self, size_t index, uint16_t port)
{
    struct sockaddr_in address = loopback (port);
    proxy_aim_at (self, index, &address, port != 0 ? sizeof address : 0);
}

void
proxy_aim_at (struct proxy *self, size_t index, const void *address, size_t size)
{
    struct order order = {.kind = ORDER_AIM, .link = index};
    assert (size <= sizeof order.target.address);
    memcpy (&order.target.address, address, size);
    order.target.size = (socklen_t) size;
    proxy_order (self, &order);
}

void
proxy_fault_begin (struct proxy *self, size_t id, const struct plan_fault *fault)
{
    proxy_order (self, &(struct order){
                           .kind = ORDER_BEGIN, .link = fault->image, .id = id, .fault = *fault});
}

void
proxy_fault_end (struct proxy *self, size_t id, const struct plan_fault *fault)
{
    proxy_order (
        self, &(struct order){.kind = ORDER_END, .link = fault->image, .id = id, .fault = *fault});
}
