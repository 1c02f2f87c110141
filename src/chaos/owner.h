/* owner.h: the stui under test: the owner of the run's profile, started, killed and started again, and
 * our connection to its control socket. Nothing here waits: fds are polled by whoever owns it. */

#ifndef STUI_CHAOS_OWNER_H
#define STUI_CHAOS_OWNER_H

#include "runtime/attach.h"
#include "runtime/launch.h"

enum chaos_owner_state {
    OWNER_AWAY,     /* none runs, and none is started */
    OWNER_STARTING, /* or somebody else starts one */
    OWNER_GREETING,
    OWNER_ATTACHED,
};

struct chaos_owner {
    struct launch_options options; /* borrowed */
    enum chaos_owner_state state;
    struct launch launch;
    int fd; /* owned: the control socket; -1 */
    struct attach attach;
    bool is_awaited;  /* somebody else is to start it: stays set once one is attached to */
    int64_t retry_ms; /* when to look again for one that somebody else starts; STUI_NEVER */
    int retries;
};

void chaos_owner_init (struct chaos_owner *self, const struct launch_options *options);

/* Starts one. 0, or an error with CAUSE. */
int chaos_owner_start (struct chaos_owner *self, struct stui_cause *cause);
/* Waits for one that an attached terminal starts. */
void chaos_owner_await (struct chaos_owner *self, int64_t now_ms);
/* SIGKILL; our connection is closed, and what was asked over it is in doubt. */
void chaos_owner_kill (struct chaos_owner *self);
/* Ends it in order, or kills it. Waits. */
void chaos_owner_end (struct chaos_owner *self);

/* What is to be polled for reading; -1: nothing. */
int chaos_owner_fd (const struct chaos_owner *self);
/* Takes what came. 0; or ACTOR_ENDED when it went by itself, with CAUSE. */
int chaos_owner_turn (struct chaos_owner *self, int64_t now_ms, struct stui_cause *cause);
/* The next answer that was read, which the caller owns; NULL. */
struct msg *chaos_owner_next (struct chaos_owner *self);
/* Sends a request and takes it over: its ref; 0 when nobody is attached to. */
uint64_t chaos_owner_send (struct chaos_owner *self, struct msg **request);
pid_t chaos_owner_pid (const struct chaos_owner *self);

#endif
