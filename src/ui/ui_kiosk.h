/* ui_kiosk.h: a terminal that is a wall: all images as tiles, worst first, no keys but those that end
 * it, nothing asked but what is shown. What it shows stands in kiosk.h; how, in screen_kiosk.c. Part
 * of ui_step.h. Pure but for the heap. */

#ifndef STUI_UI_UI_KIOSK_H
#define STUI_UI_UI_KIOSK_H

#include "ui/ui_step.h"

/* Makes SELF a wall; after ui_init, before ui_begin. */
void ui_kiosk_begin (struct ui *self);
void ui_kiosk_end (struct ui *self);

void ui_kiosk_key (struct ui *self, struct key key);
/* After each step: samples, and the figures of what is shown. */
void ui_kiosk_attach (struct ui *self);
int64_t ui_kiosk_deadline (const struct ui *self);
/* The answer to UI_ASK_KIOSK; RESULT is NULL after an error. */
void ui_kiosk_answer (struct ui *self, const struct ui_ask *ask, const struct json *result);

/* The whole screen. */
void ui_kiosk_draw (struct ui *self, struct grid *grid);

#endif
