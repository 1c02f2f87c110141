/* leave.h: leaves somebody's own image as it was found: closes all sessions that the run made there, with
 * the counters in them, then asks the image whether any is left. Steps: answers are passed in. Borrows
 * the owner. */

#ifndef STUI_CHAOS_LEAVE_H
#define STUI_CHAOS_LEAVE_H

#include "chaos/owner.h"

enum leave_step { LEAVE_IDLE, LEAVE_LISTING, LEAVE_CLOSING, LEAVE_LOOKING, LEAVE_DONE };

struct leave {
    struct chaos_owner *owner; /* borrowed */
    char peer[STUI_ACTOR_ID_MAX + 1];
    enum leave_step step;
    uint64_t ref;    /* of the open question */
    size_t closing;  /* requests to close that are not answered */
    uint64_t first;  /* ref of the first of them; the others follow */
    int64_t next_ms; /* when to look again */
    size_t left;     /* sessions that the image was seen to have; SIZE_MAX: it was not asked */
};

/* Begins with the image of the supervisor PEER. */
void leave_begin (struct leave *self, struct chaos_owner *owner, const char *peer);
/* Asks what is due. */
void leave_turn (struct leave *self, int64_t now_ms);
/* Takes an answer, if it is one to a question of ours. */
void leave_take (struct leave *self, const struct msg *answer, int64_t now_ms);

#endif
