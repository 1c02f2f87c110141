/* bare.c: what memory and cpu are measured against, as a process of its own: `bench bare threads` or
 * `bench bare loop`, with the first port of N simulated images, N, and the time between pings in ms.
 *
 *   threads  the sockets that a supervisor needs and nothing else: a thread for each image with its
 *            DEALER, the PAIR of its monitor and a mailbox on inproc; a ROUTER that tells each, in
 *            eight slots, when to ping
 *   loop     one thread with N DEALERs, which pings an eighth of them at a time and takes the answers
 *
 * Prints "ready" when each image has answered once, and goes on until it is killed. */

#include "bench.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zmq.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"

enum { SLOTS = 8, SOCKETS_PER_IMAGE = 6 };

#define MAILBOX "inproc://mailbox"
#define PING    "{\"id\":\"0192f0c1-0000-7000-8000-%012d\",\"command\":\"ping\",\"parameters\":{}}"

struct bare {
    void *context;
    int base, count;
    int64_t ping_ms;
};

static struct bare bare;

/* The next time of SLOT, like the registry's tick. */
static void
slot_wait (int slot)
{
    int64_t step_ms = bare.ping_ms / SLOTS, now_ms = clock_mono_ms ();
    int64_t at_ms = (now_ms / bare.ping_ms) * bare.ping_ms + slot * step_ms;
    if (at_ms <= now_ms)
        at_ms += bare.ping_ms;
    usleep ((useconds_t) (at_ms - now_ms) * 1000);
}

static void *
dealer_open (int number, bool monitored, void **monitor)
{
    char text[64];
    int linger = 0;
    void *dealer = zmq_socket (bare.context, ZMQ_DEALER);
    zmq_setsockopt (dealer, ZMQ_LINGER, &linger, sizeof linger);
    if (monitored) {
        snprintf (text, sizeof text, "inproc://monitor-%d", number);
        zmq_socket_monitor (dealer, text, ZMQ_EVENT_ALL);
        *monitor = zmq_socket (bare.context, ZMQ_PAIR);
        zmq_connect (*monitor, text);
    }
    snprintf (text, sizeof text, "tcp://127.0.0.1:%d", bare.base + number);
    zmq_connect (dealer, text);
    return dealer;
}

static void
ping_send (void *dealer, int number)
{
    char text[128];
    snprintf (text, sizeof text, PING, number);
    zmq_send (dealer, "", 0, ZMQ_SNDMORE);
    zmq_send (dealer, text, strlen (text), 0);
}

/* Takes a whole message. */
static void
message_take (void *socket)
{
    zmq_msg_t part;
    int more = 1;
    while (more) {
        zmq_msg_init (&part);
        if (zmq_msg_recv (&part, socket, 0) < 0)
            exit (EXIT_FAILURE);
        more = zmq_msg_more (&part);
        zmq_msg_close (&part);
    }
}

/* ---- threads -------------------------------------------------------------------------------------- */

static void *
thread_run (void *argument)
{
    int number = (int) (intptr_t) argument;
    char name[16];
    pthread_setname_np (pthread_self (), "image"); /* as the supervisors' threads begin */
    void *monitor = NULL, *dealer = dealer_open (number, true, &monitor);
    void *mailbox = zmq_socket (bare.context, ZMQ_DEALER);
    snprintf (name, sizeof name, "%d", number);
    zmq_setsockopt (mailbox, ZMQ_ROUTING_ID, name, strlen (name));
    zmq_connect (mailbox, MAILBOX);
    ping_send (dealer, number);
    message_take (dealer);
    zmq_send (mailbox, "up", 2, 0);
    for (;;) {
        zmq_pollitem_t items[] = {
            {mailbox, 0, ZMQ_POLLIN, 0}, {dealer, 0, ZMQ_POLLIN, 0}, {monitor, 0, ZMQ_POLLIN, 0}};
        zmq_poll (items, 3, -1);
        if (items[0].revents) {
            message_take (mailbox);
            ping_send (dealer, number);
        }
        if (items[1].revents)
            message_take (dealer);
        if (items[2].revents)
            message_take (monitor);
    }
    return NULL;
}

static void
threads_run (void)
{
    void *router = zmq_socket (bare.context, ZMQ_ROUTER);
    zmq_bind (router, MAILBOX);
    pthread_setname_np (pthread_self (), "registry"); /* likewise */
    for (int number = 0; number < bare.count; number++) {
        pthread_t thread;
        if (pthread_create (&thread, NULL, thread_run, (void *) (intptr_t) number) != 0)
            exit (EXIT_FAILURE);
    }
    for (int number = 0; number < bare.count; number++)
        message_take (router);
    puts ("ready");
    fflush (stdout);
    for (int slot = 0;; slot = (slot + 1) % SLOTS) {
        slot_wait (slot);
        for (int number = slot; number < bare.count; number += SLOTS) {
            char name[16];
            snprintf (name, sizeof name, "%d", number);
            zmq_send (router, name, strlen (name), ZMQ_SNDMORE);
            zmq_send (router, "tick", 4, 0);
        }
    }
}

/* ---- one loop --------------------------------------------------------------------------------------- */

static void
loop_run (void)
{
    void **dealers = stui_alloc ((size_t) bare.count * sizeof *dealers);
    for (int number = 0; number < bare.count; number++)
        dealers[number] = dealer_open (number, false, NULL);
    for (int number = 0; number < bare.count; number++) {
        ping_send (dealers[number], number);
        message_take (dealers[number]);
    }
    puts ("ready");
    fflush (stdout);
    for (int slot = 0;; slot = (slot + 1) % SLOTS) {
        slot_wait (slot);
        for (int number = slot; number < bare.count; number += SLOTS)
            ping_send (dealers[number], number);
        for (int number = slot; number < bare.count; number += SLOTS)
            message_take (dealers[number]);
    }
}

int
bench_bare (int argc, char **argv)
{
    if (argc != 6)
        return EXIT_FAILURE;
    struct rlimit limit;
    getrlimit (RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
    bare.base = atoi (argv[3]);
    bare.count = atoi (argv[4]);
    bare.ping_ms = atoi (argv[5]);
    bare.context = zmq_ctx_new ();
    zmq_ctx_set (bare.context, ZMQ_MAX_SOCKETS, bare.count * SOCKETS_PER_IMAGE + 64);
    if (strcmp (argv[2], "threads") == 0)
        threads_run ();
    else
        loop_run ();
    return EXIT_FAILURE;
}
