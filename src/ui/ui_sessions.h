/* ui_sessions.h: what the ui asks about all sessions, for their screen, and what it makes of the
 * answers. Part of ui_step.h. Pure but for the heap. */

#ifndef STUI_UI_UI_SESSIONS_H
#define STUI_UI_UI_SESSIONS_H

#include "ui/ui_step.h"

#define WORKSPACE_NAME "workspace" /* of the session that a terminal opens */

/* Asks the store for all; its answer has the supervisors asked. */
void ui_sessions_ask (struct ui *self);
/* Says which session lost its variables, because IMAGE took no more, for the one that RESULT is; and which has
 * the text that was in RESULT before a conflict was settled. */
void ui_say_place (struct ui *self, const char *image, const struct json *result);
/* An answer to a question of the kinds UI_ASK_SESSIONS… and UI_ASK_SESSION_BEGIN, COPY; RESULT is
 * NULL after an error. */
void ui_sessions_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                         const struct json *result);

/* Of an image's open sessions, as its supervisor lists them, the id of the one that a terminal edited last,
 * else of any; NULL: there is none. Borrowed from LIST. */
const char *ui_sessions_choose (const struct json *list);

/* The list that is shown, of sessions or of images, shows only what holds TEXT from now on. */
void ui_set_filter (struct ui *self, const char *text);
/* What it is there; borrowed. */
const char *ui_filter (const struct ui *self);

#endif
