/* ui_panels.h: the screens that ask something of their own accord (a diagnosis, an edit, an evaluation in
 * many images, welcome), together: their share of the ui's steps. Pure. */

#ifndef STUI_UI_UI_PANELS_H
#define STUI_UI_UI_PANELS_H

#include "ui/ui_step.h"

/* Asks for what is due. */
void ui_panels_attach (struct ui *self);
/* When something of theirs is due, or is shown otherwise. */
int64_t ui_panels_deadline (const struct ui *self);
/* An answer to one of their questions. */
void ui_panels_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                       const struct json *result);
void ui_panels_fini (struct ui *self);

#endif
