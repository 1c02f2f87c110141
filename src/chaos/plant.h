/* plant.h: faults planted between stui and the checker, by which tests see that it can fail. The
 * command line plants none. Pure but for the heap. */

#ifndef STUI_CHAOS_PLANT_H
#define STUI_CHAOS_PLANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum plant_kind {
    PLANT_NONE,
    PLANT_REPLY_DROPPED,
    PLANT_SENT_TWICE,
    PLANT_ANSWERS_SWAPPED,
    PLANT_SESSION_CLOSED, /* behind the checker's back: as one that is not restored */
    PLANT_SOCKET_LEAKED,
};

enum { PLANT_AFTER_ANSWERS = 20 }; /* each is planted once, when things are under way */

struct plant {
    enum plant_kind kind;
    size_t answers; /* seen so far */
    bool is_done;
    size_t held_session; /* of an answer that waits to be swapped */
    char *held;          /* owned: its text; NULL */
};

void plant_fini (struct plant *self);
/* Whether it is the moment for a plant of KIND; then it is done. */
bool plant_strikes (struct plant *self, enum plant_kind kind);
/* Whether there is one that has not struck yet, for want of answers. */
bool plant_waits (const struct plant *self);
/* Whether the answer TEXT to SESSION is kept to be swapped with the next one of another. */
bool plant_holds (struct plant *self, size_t session, const char *text);

#endif
