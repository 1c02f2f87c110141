/* netwatch.h: the netwatch actor: resolves names, so that libzmq's I/O thread never does, tells registry
 * when the network changed or this machine slept, and has the SSH tunnels. Takes `resolve`, `tunnel`,
 * `tunnel_why` and `tunnel_left`. */

#ifndef STUI_ACTORS_NETWATCH_H
#define STUI_ACTORS_NETWATCH_H

#include <czmq.h>

enum {
    NETWATCH_TIMEOUT_MS = 5000, /* of the first try; the second gets twice as long */
    NETWATCH_TRIES = 2,
    /* Questions that wait for an answer: supervisors ask one at a time, terminals' probes too. */
    NETWATCH_WAITING_MAX = 4096,
};

/* Its extra arguments, copied; NULL: the system's servers, NETWATCH_TIMEOUT_MS. */
struct netwatch_args {
    const char *servers; /* "127.0.0.1:5353,…" */
    int timeout_ms;
    int look_ms; /* looks at the network so often, as without rtnetlink; 0: only without it */
    const char *tunnels; /* the directory of the tunnels' sockets; NULL: there can be no tunnels */
};

void netwatch_actor (zsock_t *pipe, void *args);

#endif
