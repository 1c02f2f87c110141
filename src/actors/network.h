/* network.h: this machine's interfaces, addresses and routes, and when they change. The kernel tells
 * by rtnetlink (network.c alone includes libmnl); where that cannot be had, in a sandbox say, they are
 * looked at every few seconds, and a route that changes alone goes unseen. One thread owns a struct
 * network. */

#ifndef STUI_ACTORS_NETWORK_H
#define STUI_ACTORS_NETWORK_H

#include <stdbool.h>

#include <stui/types.h>

struct network; /* opaque */

enum { NETWORK_LOOK_S = 2 }; /* between looks, without rtnetlink */

/* LOOKS: without rtnetlink, as where it cannot be had. NULL and CAUSE when neither can. */
struct network *network_open (bool looks, struct stui_cause *cause);
/* Accepts NULL. */
void network_close (struct network **self);

/* To be polled for reading; borrowed. */
int network_fd (const struct network *self);
/* After it became readable: what changed, bits of changes.h; 0 when nothing that matters. */
unsigned network_read (struct network *self);

#endif
