/* editor_view.h: an editor's text in cells: Smalltalk told by its kinds, brackets that belong together,
 * the selection, the cursor. Owns nothing. Pure. */

#ifndef STUI_UI_EDITOR_VIEW_H
#define STUI_UI_EDITOR_VIEW_H

#include "ui/cell.h"
#include "ui/editor.h"

struct editor_view {
    int top; /* the first line shown */
    int left; /* the first column shown of the line that the cursor is in; others are seen from their beginning */
};

/* The first column of LINE that is shown. */
int editor_view_left (const struct editor_view *self, const struct editor *editor, int line);

/* Scrolls so that the cursor is seen in AREA, changing least. */
void editor_view_scroll (struct editor_view *self, const struct editor *editor, struct rect area);
/* HAS_KEYS shows the cursor and the brackets beside it. */
void editor_view_draw (const struct editor_view *self, const struct editor *editor,
                       struct grid *grid, struct rect area, bool has_keys);

#endif
