/* network.h: this machine's interfaces, addresses and routes, and when they change. The kernel tells
 * by rtnetlink (network.c alone includes libmnl); where that cannot be had, in a sandbox say, they are
 * looked at every few seconds, and a route that changes alone goes unseen. One thread owns a struct
 * network. */

#ifndef STUI_ACTORS_NETWORK_H
#define STUI_ACTORS_NETWORK_H

#include <stdbool.h>

#include <stui/types.h>

struct network; /* opaque */

enum { NETWORK_LOOK_MS = 2000 }; /* between looks, without rtnetlink */

/* LOOK_MS: between looks, as where rtnetlink cannot be had; 0: rtnetlink, or looks each NETWORK_LOOK_MS. NULL and
 * CAUSE when neither can be. */
struct network *network_open (int look_ms, struct stui_cause *cause);
/* Accepts NULL. */
void network_close (struct network **self);

/* To be polled for reading; borrowed. */
int network_fd (const struct network *self);
/* After it became readable: what changed, bits of changes.h; 0 when nothing that matters. */
unsigned network_read (struct network *self);

#endif
