/* plan.h: which fault happens when, and to whom: a function of scenario, seed, number of images and
 * duration, so that the same seed gives the same faults at the same virtual moments. Pure but for the
 * heap. */

#ifndef STUI_CHAOS_PLAN_H
#define STUI_CHAOS_PLAN_H

#include "chaos/scenario.h"

struct plan_fault {
    int64_t at_ms, until_ms; /* the same when it is over at once */
    enum fault_kind what;
    enum fault_way way;
    size_t image;   /* the one hit; of a fault on a process the first in it; on stui 0 */
    int64_t amount; /* as the scenario has it */
    size_t rule;    /* of the scenario */
};

struct plan {
    struct plan_fault *faults; /* owned; in the order of at_ms */
    size_t count, capacity;
    size_t dropped; /* faults on a process or stui that was in another one, or not yet recovered */
    size_t spared;  /* rules of the scenario that hit processes which are not to be hit */
};

/* What there is to be hit. */
struct plan_site {
    size_t images;
    size_t images_per_process; /* the last process may have fewer */
    int64_t duration_ms;       /* no fault begins or ends later */
    bool spares_processes;     /* those of the images are somebody's own */
};

void plan_make (struct plan *plan, const struct scenario *scenario, uint64_t seed,
                const struct plan_site *site);
/* COUNT scenarios one after the other, each for the site's duration and with the next seed. */
void plan_make_series (struct plan *plan, const struct scenario *const *scenarios, size_t count,
                       uint64_t seed, const struct plan_site *site);
void plan_fini (struct plan *plan);

#endif
