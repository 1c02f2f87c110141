/* ui_waits.h: what the user ordered and waits for: the oldest of it is said in the status line once it has
 * taken a while, and Esc gives it up. The table of it are the questions that are open (ui_step.h, ui_ask); an
 * evaluation, a fan-out, a completion and leaving say by themselves what they wait for. Pure but for the heap. */

#ifndef STUI_UI_UI_WAITS_H
#define STUI_UI_UI_WAITS_H

#include <stdbool.h>
#include <stdint.h>

#include <stui/types.h>

struct key;
struct msg;
struct ui;
struct ui_ask;

enum {
    UI_WAITS_MS = 200, /* until it is said */
    UI_WAITS_TEXT_SIZE = STUI_NAME_MAX + 120,
};

/* "waiting for one: restoring a session … 3 s, Esc gives up"; false: nothing is waited for so long. */
bool ui_waits_text (const struct ui *self, char text[UI_WAITS_TEXT_SIZE]);
/* When that is another text. */
int64_t ui_waits_deadline (const struct ui *self);
/* Esc gives up what is said; whether KEY did. */
bool ui_waits_key (struct ui *self, struct key key);
/* MSG answers ASK, which was given up: it is told. */
void ui_waits_late (struct ui *self, const struct ui_ask *ask, const struct msg *msg);

#endif
