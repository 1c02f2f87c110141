/* list.h: what the screens that are a list with details have in common: how the cursor moves, how a
 * row under it looks, the frame around the details. Pure. */

#ifndef STUI_UI_LIST_H
#define STUI_UI_LIST_H

#include "ui/cell.h"
#include "ui/input.h"
#include "ui/theme.h"

/* The style of ROLE in a row; under the cursor (SELECTED) texts keep their colours, but none is
 * dimmed. */
struct style list_style (const struct grid *grid, enum role role, bool selected);

/* Moves *PLACE, one of COUNT, as REQUEST (an editor_op) says, in a list that shows ROWS. False: it is
 * no move. */
bool list_move (int request, int rows, size_t count, size_t *place);

/* The place that a press in AREA, scrolled by TOP, means; -1: none of COUNT. */
int list_pressed (const struct mouse *mouse, struct rect area, int top, size_t count);

/* Draws the frame of the details, BESIDE the list or below it, with their TITLE, as a panel that has the KEYS or
 * not; what is left of AREA. */
struct rect list_details (struct grid *grid, struct rect area, bool beside, bool keys,
                          const char *title);

/* TEXT (NULL: none) in a column of WIDTH (negative: at the right) of a row. Returns the column after it and its gap. */
int list_field (struct grid *grid, struct rect area, int column, int width, struct style style,
                const char *text);

/* LABEL and TEXT, wrapped, in the details from ROW on, which may lie outside; nothing without a text. Returns the
 * row after it. */
int list_detail (struct grid *grid, struct rect area, int row, const char *label, enum role role,
                 const char *text);

#endif
