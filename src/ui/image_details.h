/* image_details.h: all that is known of the image under the cursor: beside or below the list, or on a
 * screen of its own, with its last connections. Pure. */

#ifndef STUI_UI_IMAGE_DETAILS_H
#define STUI_UI_IMAGE_DETAILS_H

#include "ui/cell.h"

struct ui;

enum { IMAGE_DETAILS_CONNECTIONS = 4 }; /* beside or below the list */

/* Beside the list, or below it. */
void image_details_draw (const struct ui *ui, struct grid *grid, struct rect area, bool beside);
/* All of it, scrolled by FROM of the entries that take whole lines. Returns how many of these there
 * are. */
int image_details_draw_all (const struct ui *ui, struct grid *grid, struct rect area, int from);

#endif
