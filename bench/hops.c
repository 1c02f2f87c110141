/* hops.c: what a message pays for passing from thread to thread, in bare libzmq: the least that the
 * road through registry and supervisor can cost on this machine. */

#include "bench.h"

#include <string.h>

#include <czmq.h>

#include "runtime/alloc.h"

#define HOPS_ADDRESS "inproc://bench-hops"

struct bench_hops {
    zactor_t *board, *echo; /* owned */
    zsock_t *sock;          /* owned */
};

/* Ends by itself when its pipe says something. */
static void
hops_serve (zsock_t *pipe, zsock_t *sock, const char *to_echo, const char *back)
{
    zmq_pollitem_t items[] = {{zsock_resolve (pipe), 0, ZMQ_POLLIN, 0},
                              {zsock_resolve (sock), 0, ZMQ_POLLIN, 0}};
    while (zmq_poll (items, 2, -1) >= 0 && !items[0].revents) {
        zmsg_t *frames = items[1].revents ? zmsg_recv_nowait (sock) : NULL;
        if (frames && to_echo) { /* the ROUTER: from one side to the other */
            char *from = zmsg_popstr (frames);
            zmsg_pushstr (frames, strcmp (from, to_echo) == 0 ? back : to_echo);
            zstr_free (&from);
        }
        if (frames)
            zmsg_send (&frames, sock);
    }
}

static void
hops_board (zsock_t *pipe, void *args)
{
    (void) args;
    zsock_t *sock = zsock_new (ZMQ_ROUTER);
    zsock_bind (sock, HOPS_ADDRESS);
    zsock_signal (pipe, 0);
    hops_serve (pipe, sock, "echo", "asker");
    zsock_destroy (&sock);
}

static zsock_t *
hops_connect (const char *name)
{
    zsock_t *sock = zsock_new (ZMQ_DEALER);
    zsock_set_identity (sock, name);
    zsock_connect (sock, HOPS_ADDRESS);
    return sock;
}

static void
hops_echo (zsock_t *pipe, void *args)
{
    (void) args;
    zsock_t *sock = hops_connect ("echo");
    zsock_signal (pipe, 0);
    hops_serve (pipe, sock, NULL, NULL);
    zsock_destroy (&sock);
}

struct bench_hops *
bench_hops_new (void)
{
    struct bench_hops *self = stui_alloc (sizeof *self);
    self->board = zactor_new (hops_board, NULL);
    self->echo = zactor_new (hops_echo, NULL);
    self->sock = hops_connect ("asker");
    return self;
}

void
bench_hops_round (struct bench_hops *self)
{
    zstr_send (self->sock, "a message as long as the request of an evaluation, or about so");
    char *text = zstr_recv (self->sock);
    zstr_free (&text);
}

void
bench_hops_destroy (struct bench_hops **self_p)
{
    struct bench_hops *self = self_p ? *self_p : NULL;
    if (!self)
        return;
    zactor_destroy (&self->echo);
    zactor_destroy (&self->board);
    zsock_destroy (&self->sock);
    free (self);
    *self_p = NULL;
}
