/* status.h: what stands around every screen: the title, the status line (image, session, its
 * state, saved or not, the link to the owner), and the last line. Pure. */

#ifndef STUI_UI_STATUS_H
#define STUI_UI_STATUS_H

#include "ui/cell.h"

struct ui;

void status_draw_title (const struct ui *ui, struct grid *grid, struct rect area);
/* The same for one pane of several: the image, its protection and its tags, in words as well, before
 * all that may be cut. */
void status_draw_pane (const struct ui *ui, struct grid *grid, struct rect area);
void status_draw (const struct ui *ui, struct grid *grid, struct rect area);
/* The message, or what keys do here. A message is wrapped: what to do often stands at its end. */
int status_line_rows (const struct ui *ui, int columns);
void status_draw_line (const struct ui *ui, struct grid *grid, struct rect area);

#endif
