/* relay.h: the switchboard of a terminal process. What its two actors, main and ui, say to each
 * other it passes on as registry does; what the vocabulary lets terminals ask ("terminal -> ",
 * "anybody -> ") goes to the profile's owner over the control socket, whomever it is for, and the
 * answers come back. It attaches to the owner, starts one when there is none (link.h), and begins
 * anew when the owner goes.
 *
 * Takes: `up`, `ended`, `resume`, and all that passes through.
 * Says:  `linked`, `unlinked`, `stalled` to ui; `actor_ended` to main.
 *
 * When a link ends, each request that was open is answered first (refs.h: InDoubt or ActorEnded),
 * then `unlinked` is said. Without a link a request is refused at once; only before the first one
 * it waits, RELAY_FIRST_MS at most. */

#ifndef STUI_ACTORS_RELAY_H
#define STUI_ACTORS_RELAY_H

#include "runtime/launch.h"

#include <czmq.h>

enum {
    RELAY_FIRST_MS = 5000, /* from its start */
    RELAY_LOOK_MS = 500,   /* between looks at whether the owner is stopped */
};

/* Its extra arguments, copied. */
struct relay_args {
    const char *socket_path;
    struct launch_options owner; /* how one is started; its profile is ours */
    bool read_only;              /* refuses what changes an image (refs_permit) */
};

/* It is bound when actor_spawn returns. */
void relay_actor (zsock_t *pipe, void *args);

#endif
