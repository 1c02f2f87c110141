/* switchboard.h: a bare switchboard for tests of one actor: the ROUTER that registry would bind,
 * in the hands of the test, which sees each message and plays everybody else. One a process:
 * Criterion runs each test in its own. */

#ifndef TESTS_SUPPORT_SWITCHBOARD_H
#define TESTS_SUPPORT_SWITCHBOARD_H

#include <stui/actor.h>

enum { SWITCHBOARD_PATIENCE_MS = 20000 }; /* a test that waits longer fails */

struct switchboard {
    zsock_t *router;                  /* owned */
    char from[STUI_ACTOR_ID_MAX + 1]; /* the sender of the message received last */
    uint64_t incarnations;
};

/* Starts the runtime and binds. */
void switchboard_open (struct switchboard *self);
/* Unbinds; all actors must have been stopped. */
void switchboard_close (struct switchboard *self);

/* Starts FUNCTION as the actor NAME with EXTRA, and waits for its `up`. */
zactor_t *switchboard_start (struct switchboard *self, zactor_fn *function, const char *name,
                             const void *extra);
/* Tells the actor to stop, passes over what it still says until its `ended`, and joins it. */
void switchboard_stop (struct switchboard *self, zactor_t **actor);

/* The next message of any actor, whose `peer` is then whom it is for; the caller owns it. NULL
 * when none came within TIMEOUT_MS. */
struct msg *switchboard_poll (struct switchboard *self, int timeout_ms);
/* The same, but fails the test when none comes in time, or one of another verb. */
struct msg *switchboard_expect (struct switchboard *self, enum msg_verb verb);
/* Passes over whatever is not of this verb. */
struct msg *switchboard_await (struct switchboard *self, enum msg_verb verb);

/* Sends *MSG, whose `peer` is whom it comes from, to the actor TO: an id NAME#INCARNATION, or
 * the NAME of the actor that was started last. Takes *MSG over. */
void switchboard_send (struct switchboard *self, const char *to, struct msg **msg);
/* Sends the request *MSG to the actor and returns its answer, which the caller owns. */
struct msg *switchboard_ask (struct switchboard *self, const char *to, struct msg **msg);

#endif
