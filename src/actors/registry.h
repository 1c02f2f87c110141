/* registry.h: the actor that is the switchboard and keeps the list of images. Its verbs are those
 * that include/stui/msg.h marks "-> registry"; every other message only passes through it. */

#ifndef STUI_ACTORS_REGISTRY_H
#define STUI_ACTORS_REGISTRY_H

#include <czmq.h>

/* Sockets for an owner with so many supervisors: main's own actors, their pipes and what closes
 * slowly; and for each supervisor its mailbox, link and, while it connects, both ends of the monitor,
 * twice while one is replaced. */
#define REGISTRY_SOCKETS(supervisors) (64 + (size_t) (supervisors) *8)

/* No extra. It is bound when zactor_new returns. */
void registry_actor (zsock_t *pipe, void *args);

#endif
