/* fault_log.h: the faults of a run in a file, a line each as it begins: what the plan said, which the same
 * seed gives again, and last when it was carried out, which differs by what the machine had to do. */

#ifndef STUI_CHAOS_FAULT_LOG_H
#define STUI_CHAOS_FAULT_LOG_H

#include <stdio.h>

#include "chaos/plan.h"

/* OUT NULL: nothing is written, here and below. */
void fault_log_begin (FILE *out);
/* FAULT on IMAGE (a name) began BEGAN_MS after the first could. */
void fault_log_note (FILE *out, const struct plan_fault *fault, const char *image,
                     int64_t began_ms);

#endif
