/* ui_held.h: how the list of what is held and in doubt is asked for, and what comes of sending one.
 * Part of the ui's steps. */

#ifndef STUI_UI_UI_HELD_H
#define STUI_UI_UI_HELD_H

#include "ui/ui_step.h"

enum {
    UI_HELD_IMAGES_MAX = 64,    /* asked at a time */
    UI_HELD_PATIENCE_MS = 2000, /* for an image that is being connected, until code is held */
};

/* Asks for the list of its screen when that is wanted. */
void ui_held_attach (struct ui *self);
/* The answer MSG to ASK, a UI_ASK_HELD or UI_ASK_HELD_SEND; RESULT is NULL when it is an error. */
void ui_held_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                     const struct json *result);
/* Sends ENTRY to its image. */
void ui_held_send (struct ui *self, const struct model_held_entry *entry);

/* Says once of images that are online again that something is held for them. */
void ui_held_tell (struct ui *self);

/* How long code waits for IMAGE until it is held: not at all for one that is known to be away. */
uint64_t ui_held_patience_ms (const struct ui *self, const char *image);

#endif
