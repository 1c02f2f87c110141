/* layout.h: how a screen is divided: a title and the content, or panes with a title each, the status
 * line, and the last line for hints, messages and the prompt. Pure. */

#ifndef STUI_UI_LAYOUT_H
#define STUI_UI_LAYOUT_H

#include "ui/cell.h"

struct layout {
    struct rect panes, title, content, status, line; /* panes: title and content */
};

/* LINE_ROWS are the last line's: more than one while it says much. */
struct layout layout_of (struct rect screen, int line_rows);

/* A list and its details: beside it where there is width, below it where there is height, else
 * nowhere (no rows). */
struct layout_split {
    struct rect list, details;
    bool beside;
};
struct layout_split layout_split (struct rect content);

/* How far a list of COUNT rows is scrolled so that CURSOR is seen in ROWS, changing TOP least. */
int layout_scroll (int top, int cursor, int rows, int count);

/* Lines of a paragraph: TEXT wrapped to COLUMNS between words where there are any, drawn from ROW
 * of AREA on, which may lie above it. Returns the row after it, which may lie below. */
int layout_paragraph (struct grid *grid, struct rect area, int row, struct style style,
                      const char *text);
/* How many rows it takes. */
int layout_paragraph_rows (const char *text, int columns);
/* The bytes of TEXT (one line of SIZE bytes) that a line of COLUMNS takes; *NEXT is where the
 * rest begins. */
size_t layout_wrap (const char *text, size_t size, int columns, size_t *next);

/* TEXT in the middle of AREA, wrapped; and HINT in dim below it. */
void layout_notice (struct grid *grid, struct rect area, const char *text, const char *hint);

#endif
