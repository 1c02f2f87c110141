/* netwatch_tunnels.h: the part of netwatch that has SSH tunnels: what tunnels.h decides, done. Each
 * tunnel is one ssh, which netwatch's thread starts, listens to and ends. The sockets that lead through
 * them lie in a directory that nobody else may enter. */

#ifndef STUI_ACTORS_NETWATCH_TUNNELS_H
#define STUI_ACTORS_NETWATCH_TUNNELS_H

#include <stui/actor.h>

struct netwatch_tunnels; /* opaque */

/* DIRECTORY (copied) is made when the first tunnel is wanted; NULL: there can be none. ACTOR is borrowed
 * for as long as they are. */
struct netwatch_tunnels *netwatch_tunnels_new (struct actor *actor, const char *directory);
/* Ends each ssh, within SSH_PROCESS_END_MS. */
void netwatch_tunnels_destroy (struct netwatch_tunnels **self_p);

/* `tunnel`, `tunnel_why` and `tunnel_left`. */
void netwatch_tunnels_message (struct netwatch_tunnels *self, const struct msg *msg);
/* The network is another one, or this machine slept. */
void netwatch_tunnels_changed (struct netwatch_tunnels *self);

int64_t netwatch_tunnels_deadline (const struct netwatch_tunnels *self);
void netwatch_tunnels_time (struct netwatch_tunnels *self);

#endif
