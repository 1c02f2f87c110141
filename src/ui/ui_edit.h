/* ui_edit.h: how an image is reached and what it is tagged with, as a form: its settings are asked for,
 * what was changed is set. Pure but for the heap. */

#ifndef STUI_UI_UI_EDIT_H
#define STUI_UI_UI_EDIT_H

#include "ui/form.h"
#include "ui/model.h"

struct msg;
struct ui;
struct ui_ask;

enum edit_field { EDIT_ADDRESS, EDIT_VIA, EDIT_TAGS, EDIT_TOKEN, EDIT_FIELD_COUNT };

struct ui_edit {
    char image[STUI_NAME_MAX + 1];
    struct form form;               /* without fields until its settings are there */
    char *before[EDIT_FIELD_COUNT]; /* owned: as they are */
    int from;                       /* the screen that is gone back to */
};

void ui_edit_fini (struct ui_edit *self);
/* Asks for the settings of NAME and shows them. */
void ui_edit_begin (struct ui *ui, const char *name);
void ui_edit_answer (struct ui *ui, const struct ui_ask *ask, const struct msg *msg,
                     const struct json *result);
void ui_edit_type (struct ui *ui, const char *text, size_t size);
/* Looks at the fields at once. False when one is wrong. */
bool ui_edit_check (struct ui *ui);
/* Sets what was changed, and goes back. */
void ui_edit_accept (struct ui *ui);

#endif
