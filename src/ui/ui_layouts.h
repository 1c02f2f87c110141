/* ui_layouts.h: named layouts of panes, and the marks of images, as the store keeps them for all terminals of
 * the profile. Part of ui_step.h. Pure but for the heap. */

#ifndef STUI_UI_UI_LAYOUTS_H
#define STUI_UI_UI_LAYOUTS_H

#include "ui/ui_step.h"

void ui_layouts_fini (struct ui *self);

/* RESULT of an `image_marks` has the layouts; NULL: it could not be had, for the reason WHY. Shows the
 * one that is wanted. */
void ui_layouts_take (struct ui *self, const struct json *result, const char *why);
/* The name of the layout at PLACE, borrowed until the next answer; NULL beyond the last. */
const char *ui_layouts_name (const struct ui *self, size_t place);

/* The store is told what was marked or unmarked here and is not kept yet. */
void ui_marks_keep (struct ui *self);

/* The layout that ASK saves is there already: another terminal saved it since this one read them. */
void ui_layouts_exists (struct ui *self, const struct ui_ask *ask);

/* `layout [NAME|save NAME|delete NAME]`. */
void command_layout (struct ui *ui, const struct command *self, const char *argument);

#endif
