/* routes.h: the switchboard's memory: who bears which name, and which requests are open. Decides
 * for each message where it goes. Registry owns the one there is. Pure but for the heap.
 *
 * Rules, each the mend of a measured loss: a routing id NAME#INCARNATION is never reused; nothing
 * is sent to an actor before its `up`; an answer goes to the very incarnation that asked; when a
 * receiver ends, each request open with it is answered here. */

#ifndef STUI_ACTORS_ROUTES_H
#define STUI_ACTORS_ROUTES_H

#include <stui/msg.h>

enum route_verdict {
    ROUTE_FORWARD, /* to the routing id in TO */
    ROUTE_LOCAL,   /* for registry itself */
    ROUTE_REFUSE,  /* answered with ANSWER */
    ROUTE_DROP,    /* nobody waits for it (counted) */
};

struct route {
    enum route_verdict verdict;
    char to[STUI_ACTOR_ID_MAX + 1];
    struct msg *answer; /* of a refusal, to the sender; owned by the caller */
};

/* Figures since the start; a full mailbox is our bug, and counted. */
struct routes_counts {
    uint64_t forwarded, answered, refused, late, unreachable, full;
};

struct routes; /* opaque */

struct routes *routes_new (void);
void routes_destroy (struct routes **self);

/* ID (NAME#INCARNATION) is up. An older incarnation of the name is not sent to any more. */
void routes_up (struct routes *self, const char *id);

/* Whether the actor of NAME, or the very incarnation, is up. */
bool routes_is_up (const struct routes *self, const char *name_or_id);

/* A message of the actor FROM; msg->peer is where it is to go. A request that is forwarded is
 * remembered; an answer that somebody waits for takes that out of memory. */
struct route routes_pass (struct routes *self, const char *from, const struct msg *msg);

/* A request that registry handed to the actor TO by other means (a probe's): it answers it. */
void routes_lend (struct routes *self, const char *from, uint64_t ref, enum msg_verb verb,
                  const char *to);

/* ID has ended: it is forgotten. ANSWER is called for each request that was
 * open with it, with the error to send (owned by the callee), its peer being the requester.
 * What ID itself had asked for is forgotten too: answers to it will be late. */
typedef void routes_answer (void *context, struct msg **answer);
void routes_ended (struct routes *self, const char *id, routes_answer *answer, void *context);

/* How many requests are open: with the actor NAME or ID, or in all (NULL). */
size_t routes_open (const struct routes *self, const char *name_or_id);

/* Whether request REF of FROM, a routing id, is. */
bool routes_is_open (const struct routes *self, const char *from, uint64_t ref);

struct routes_counts *routes_counts (struct routes *self);

/* NAME of NAME#INCARNATION into NAME (STUI_ACTOR_ID_MAX + 1). */
void routes_name_of (const char *id, char *name);

#endif
