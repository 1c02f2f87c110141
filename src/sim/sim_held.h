/* sim_held.h: outputs that are held back until their time. Pure but for the heap. */

#ifndef STUI_SIM_HELD_H
#define STUI_SIM_HELD_H

#include "sim/sim_image.h"

enum { SIM_HELD_MAX = 10000 }; /* beyond, one is not held */

struct sim_held_item {
    int64_t due_ms;
    size_t image; /* whose output it is: the owner's number */
    struct sim_output output;
};

/* Zeroed is a good start. */
struct sim_held {
    struct sim_held_item *items; /* owned; the earliest first */
    size_t count, room;
};

/* Takes over what OUTPUT holds. False: there is no room, and it has not. */
bool sim_held_add (struct sim_held *self, size_t image, struct sim_output *output, int64_t due_ms);
/* The earliest that is due, into ITEM, which the caller clears by sim_output_fini. */
bool sim_held_take (struct sim_held *self, int64_t now_ms, struct sim_held_item *item);
int64_t sim_held_deadline (const struct sim_held *self); /* STUI_NEVER */
void sim_held_fini (struct sim_held *self);

#endif
