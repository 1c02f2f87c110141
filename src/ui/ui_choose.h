/* ui_choose.h: lists over the text of a workspace: completion, which the image is asked for while what is
 * here is shown already, and the search in inputs of before. At most one question is open; a word that
 * was typed on meanwhile is asked for again when it is answered. See ui_step.h. Pure but for the heap. */

#ifndef STUI_UI_UI_CHOOSE_H
#define STUI_UI_UI_CHOOSE_H

#include "ui/ui_step.h"

/* What the word before the cursor may become; the next one when the list is there. */
void ui_complete (struct ui *self);
/* Inputs of before that hold what is typed. */
void ui_search_history (struct ui *self);

/* The buffers of the workspace. */
void ui_list_buffers (struct ui *self);
/* Shows the one at PLACE. */
void ui_show_buffer (struct ui *self, size_t place);

/* Whether KEY was for the list. */
bool ui_chooser_key (struct ui *self, struct key key);
/* Whether SIZE bytes at TEXT were for its query. */
bool ui_chooser_paste (struct ui *self, const char *text, size_t size);
/* The text or the screen may have changed: the list follows the word, or is closed. */
void ui_chooser_follow (struct ui *self);
/* The answer of UI_ASK_COMPLETE. */
void ui_chooser_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                        const struct json *result);

/* TEXT in the place of the selection, selected; says so when there is no room. */
bool ui_put_in (struct ui *self, const char *text);

#endif
