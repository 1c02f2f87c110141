/* sim_late.h: outputs that are late: kept until their time. Pure but for the heap. */

#ifndef STUI_SIM_LATE_H
#define STUI_SIM_LATE_H

#include "sim/sim_image.h"

enum { SIM_LATE_MAX = 10000 }; /* beyond, one is not late */

struct sim_late_item {
    int64_t due_ms;
    size_t image; /* whose output it is: the owner's number */
    struct sim_output output;
};

/* Zeroed is a good start. */
struct sim_late {
    struct sim_late_item *items; /* owned; the earliest first */
    size_t count, room;
};

/* Takes over what OUTPUT holds. False: there is no room, and it has not. */
bool sim_late_add (struct sim_late *self, size_t image, struct sim_output *output, int64_t due_ms);
/* The earliest that is due, into ITEM, which the caller clears by sim_output_fini. */
bool sim_late_take (struct sim_late *self, int64_t now_ms, struct sim_late_item *item);
int64_t sim_late_deadline (const struct sim_late *self); /* STUI_NEVER */
void sim_late_fini (struct sim_late *self);

#endif
