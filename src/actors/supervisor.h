/* supervisor.h: the actor that owns one image. Its verbs are those that include/stui/msg.h marks
 * "-> supervisor", its reports those marked "supervisor ->". What it decides is in supervise.h;
 * here are its sockets. */

#ifndef STUI_ACTORS_SUPERVISOR_H
#define STUI_ACTORS_SUPERVISOR_H

#include <czmq.h>

/* Its extra is JSON text, as supervise_init takes it. Started by actor_start: PIPE is NULL, and it ends
 * when told to by `finish`. */
void supervisor_actor (zsock_t *pipe, void *args);

#endif
