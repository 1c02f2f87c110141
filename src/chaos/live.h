/* live.h: the view of a run while it goes on: a line for each half second, the images as columns:
 * above all what hits them, then whether they answer. Plain text, so that it can be kept. */

#ifndef STUI_CHAOS_LIVE_H
#define STUI_CHAOS_LIVE_H

#include <stdio.h>

#include "chaos/hosts.h"
#include "chaos/plan.h"

enum { LIVE_COLUMNS = 44 /* with what stands beside them: 80 */, LIVE_STEP_MS = 500 };

struct live {
    FILE *out; /* borrowed; NULL: nothing is shown */
    size_t images;
    int64_t next_ms;
    char began[LIVE_COLUMNS];   /* a letter for what began in this step; ' ' */
    char lasting[LIVE_COLUMNS]; /* and for what lasts; ' ' */
    bool answered[LIVE_COLUMNS];
    size_t faults;
    char awaited[STUI_CAUSE_MAX]; /* what was said of it last */
};

/* Says what the letters of the PLAN's faults mean, and which columns the COUNT IMAGES have, which are
 * started for this run or (ATTACHED) run already. */
void live_init (struct live *self, FILE *out, const struct host_image *images, size_t count,
                const struct plan *plan, bool attached);
/* Before the faults: says that NAME is awaited, and WHY; nothing when that was said last. */
void live_wait (struct live *self, const char *name, const char *why);
void live_note_fault (struct live *self, const struct plan_fault *fault, bool begins);
void live_note_answer (struct live *self, size_t image);
/* Prints what was since the line before when it is time. DONE: evaluations answered so far. */
void live_turn (struct live *self, int64_t at_ms, uint64_t done);

#endif
