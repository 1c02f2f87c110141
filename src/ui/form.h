/* form.h: fields of one line each below one another, one of which has the keys. Owned by whoever shows it.
 * Pure but for the heap. */

#ifndef STUI_UI_FORM_H
#define STUI_UI_FORM_H

#include <stui/types.h>

#include "ui/cell.h"
#include "ui/editor.h"

enum { FORM_FIELDS_MAX = 6, FORM_LABEL_WIDTH = 11 };

struct form_field {
    const char *label, *hint; /* borrowed; the hint stands in it while it is empty */
    struct editor editor;
    char trouble[STUI_CAUSE_MAX]; /* what is wrong with it; empty: nothing */
    int row;                      /* of the area that it was drawn in: for the mouse */
};

/* Zeroed is a form without fields. */
struct form {
    struct form_field fields[FORM_FIELDS_MAX];
    size_t count, focus;
};

void form_fini (struct form *self);
void form_add (struct form *self, const char *label, const char *hint, const char *text);
/* What is in a field, without blanks around it, into TEXT of SIZE bytes. Returns TEXT. */
char *form_text (const struct form *self, size_t field, char *text, size_t size);
/* TEXT typed or pasted into the field that has the keys. */
void form_insert (struct form *self, const char *text, size_t size);
/* What an editor_op does: in the field, or from field to field. False: nothing, or it is for what is
 * above or below the form. */
bool form_act (struct form *self, int op);
/* The next field, or the one before it; round at the end. */
void form_next (struct form *self, int step);
/* A press in AREA, as it was drawn: the field takes the keys. */
bool form_press (struct form *self, struct rect area, int row, int column);

/* The fields in AREA from ROW on, what is wrong below each; with the cursor when it has FOCUS. Returns
 * the row after them. */
int form_draw (struct form *self, struct grid *grid, struct rect area, int row, bool focus);

#endif
