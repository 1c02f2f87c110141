/* ui_history.h: what the ui asks about favourites and about the connections of the image under the
 * cursor, and what it makes of the answers. Part of ui_step.h. Pure but for the heap. */

#ifndef STUI_UI_UI_HISTORY_H
#define STUI_UI_UI_HISTORY_H

#include "ui/ui_step.h"

/* Asks for what is due: marks once they changed, connections when another image is under the cursor, its
 * state is another one, or some time has passed. */
void ui_history_attach (struct ui *self);
int64_t ui_history_deadline (const struct ui *self);

/* Answers to UI_ASK_MARKS, UI_ASK_MARK, UI_ASK_HISTORY and UI_ASK_KIOSK; RESULT is NULL after an error. */
void ui_history_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                        const struct json *result);

/* Another owner may know more. */
void ui_history_forget (struct ui *self);

#endif
