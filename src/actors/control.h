/* control.h: the control actor: the local socket by which the command line and further
 * terminals reach the owner of a profile. What it says on the switchboard is msg.h's; what it
 * says on the socket is runtime/frame.h's. */

#ifndef STUI_ACTORS_CONTROL_H
#define STUI_ACTORS_CONTROL_H

#include <stui/types.h>

#include <czmq.h>

enum {
    CONTROL_CLIENTS_MAX = 64,    /* terminals and commands at once; a descriptor each */
    CONTROL_PATIENCE_MS = 10000, /* with who takes nothing, says no hello, or does not come */
};

/* Its extra arguments, copied. */
struct control_args {
    const char *socket_path;
    bool opened; /* the store holds the profile's lock already; else control waits for `opened` */
    bool once;   /* asks main to shut down when the last client has left, or none came in time */
    int64_t patience_ms; /* 0: CONTROL_PATIENCE_MS */
};

/* Takes: `opened` (binds and listens), `drain`. Says: `listening` and `shutdown` to main,
 * `events_put` to store when it detached a terminal, and its clients' requests to anybody. */
void control_actor (zsock_t *pipe, void *args);

#endif
