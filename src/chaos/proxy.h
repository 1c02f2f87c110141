/* proxy.h: the proxy between stui and images: a listener on loopback for each image, and whatever
 * connects there is passed on to the image through two shapers. An actor: one thread that owns all
 * sockets, and takes orders, which are values, from a pipe; it reports nothing. */

#ifndef STUI_CHAOS_PROXY_H
#define STUI_CHAOS_PROXY_H

#include "chaos/plan.h"

struct proxy; /* opaque */

/* What it did in all. */
struct proxy_counts {
    uint64_t connections; /* that came */
    uint64_t refused;     /* of them: the image was not there */
    uint64_t cut;         /* connections that a fault ended */
    uint64_t spoilt;      /* bytes */
};

/* Listens on a free port for each of LINKS images, none of which is there yet. NULL with CAUSE. */
struct proxy *proxy_new (size_t links, uint64_t seed, struct stui_cause *cause);
/* Ends all connections and the thread. Accepts NULL. */
struct proxy_counts proxy_destroy (struct proxy **self);

/* The port for stui of link INDEX. */
uint16_t proxy_port (const struct proxy *self, size_t index);

/* From now on the image is at PORT of 127.0.0.1; 0: nowhere. Connections to where it was end by
 * themselves. */
void proxy_aim (struct proxy *self, size_t index, uint16_t port);
/* The same, wherever it is: the SIZE bytes at ADDRESS, a socket's. */
void proxy_aim_at (struct proxy *self, size_t index, const void *address, size_t size);
/* FAULT, which is one on a link, begins, as number ID; and ends, when it lasts. */
void proxy_fault_begin (struct proxy *self, size_t id, const struct plan_fault *fault);
void proxy_fault_end (struct proxy *self, size_t id, const struct plan_fault *fault);

#endif
