/* details.h: the panel that shows all of what is under the cursor of a list: beside the list, below it, or, where
 * there is no room for both, in its place while it has the keys. What is longer than the panel scrolls: by the
 * keys that scroll elsewhere once it has them (next-panel gives them to it, and back to the list), and by the
 * wheel. Pure. */

#ifndef STUI_UI_DETAILS_H
#define STUI_UI_DETAILS_H

#include "ui/cell.h"
#include "ui/layout.h"

struct mouse;
struct ui;

struct details {
    bool keys;        /* it has them */
    bool alone;       /* nothing else is on the screen */
    int top;          /* rows that are scrolled out above */
    int rows;         /* it had in the last frame, … */
    int room;         /* … and so many were seen */
    struct rect area; /* of the last frame: for the mouse; no rows: it was not shown */
};

/* Draws them into AREA, the first one at ROW, which may lie above it. Returns the row after the last one, which
 * may lie below. */
typedef int details_lines (const struct ui *ui, struct grid *grid, struct rect area, int row);

/* Where list and details stand in AREA; one of them may have no rows. */
struct layout_split details_split (const struct ui *ui, struct rect area);
/* The panel with its frame, its TITLE, and what of it is seen when that is not all. */
void details_draw (struct ui *ui, struct grid *grid, struct layout_split split, const char *title,
                   details_lines *lines);
/* Before a frame: it is not shown unless somebody draws it. */
void details_forget (struct ui *ui);

/* All of AREA, without a frame, for a screen that has nothing beside, and scrolls it (details_scroll). */
void details_draw_alone (struct ui *ui, struct grid *grid, struct rect area, details_lines *lines);
/* Whether REQUEST is a move, which scrolls then. */
bool details_scroll (struct ui *ui, int request);

/* Whether REQUEST (an editor_op or a screen_request) was for it. Moves of the list begin it anew. */
bool details_act (struct ui *ui, int request);
/* Whether the mouse was; a press beside it takes the keys away from it. */
bool details_mouse (struct ui *ui, const struct mouse *mouse);
/* Whether it is longer than its place and does not have the keys. */
bool details_want_keys (const struct ui *ui);

#endif
