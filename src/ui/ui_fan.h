/* ui_fan.h: one evaluation in many images: sent as places get free, answers taken as they come. Pure but
 * for the heap. */

#ifndef STUI_UI_UI_FAN_H
#define STUI_UI_UI_FAN_H

#include "ui/model_fan.h"
#include "ui/ui_step.h"

enum {
    /* Each may need a second place, for an interrupt; the others are for saves and the like. */
    UI_FAN_OPEN_MAX = STUI_TERMINAL_ROOM / 2,
    UI_FAN_AGAIN_MS = 500, /* until one that found no place is sent again */
};

/* Evaluates CODE in all marked images, and shows it. */
void ui_fan_begin (struct ui *self, const char *code);
/* Sends what there are places for. */
void ui_fan_attach (struct ui *self);
int64_t ui_fan_deadline (const struct ui *self);
void ui_fan_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                    const struct json *result);
/* Interrupts it wherever it runs. */
void ui_fan_interrupt (struct ui *self);
/* What was not sent will not be; says how many. False when all was sent. */
bool ui_fan_give_up (struct ui *self);
/* Writes all of it to the file PATH: JSON when that ends so. */
void ui_fan_save (struct ui *self, const char *path);

#endif
