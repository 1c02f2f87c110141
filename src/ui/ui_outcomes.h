/* ui_outcomes.h: what became of evaluations that were held or in doubt when this terminal heard of them last.
 * Part of the ui's steps. */

#ifndef STUI_UI_UI_OUTCOMES_H
#define STUI_UI_UI_OUTCOMES_H

#include "ui/ui_step.h"

enum { UI_OUTCOMES_MAX = 16 }; /* asked for at a time */

/* Asks for those of WORKSPACE when something may have become of them. */
void ui_outcomes_pursue (struct ui *self, struct workspace *workspace);
/* Whether OUTPUT of WORKSPACE is in doubt only until it is known what came of it: that is asked for, or is as soon
 * as it can be. */
bool ui_outcomes_awaits (const struct workspace *workspace, const struct output *output);
/* The answer MSG; RESULT is NULL when it is an error. */
void ui_outcomes_answer (struct ui *self, struct workspace *workspace, const struct msg *msg,
                         const struct json *result);

#endif
