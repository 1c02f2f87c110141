/* details.c: see details.h. Pure. */

#include "ui/details.h"

#include <stdio.h>
#include <string.h>

#include "ui/list.h"
#include "ui/ui_step.h"

enum {
    ALL_ROWS = 1 << 24,  /* more than there are: drawing finds the last one */
    BESIDE_TITLE_ROW = 1 /* of the rest of a title, where the panel is narrow */
};

struct layout_split
details_split (const struct ui *ui, struct rect area)
{
    struct layout_split split = layout_split (area);
    if (split.details.rows > 0 || !ui->details.keys)
        return split;
    split.details = area;
    split.list.rows = 0;
    return split;
}

void
details_forget (struct ui *ui)
{
    ui->details.area = (struct rect){0};
    ui->details.rows = ui->details.room = 0;
}

/* Which rows are seen, at the right of the title of AREA. */
static void
seen_draw (const struct ui *ui, struct grid *grid, struct rect area, bool beside)
{
    const struct details *details = &ui->details;
    const struct command *command = commands_find ("next-panel", strlen ("next-panel"));
    char text[KEY_NAME_SIZE + 48], key[KEY_NAME_SIZE];
    int below = details->rows - details->top - details->room;
    keymap_first (keymap_keys (&ui->keymap, KEYMAP_LIST, command), key);
    if (details->keys && details->rows > details->room)
        snprintf (text, sizeof text, " %d-%d of %d ", details->top + 1,
                  details->top + details->room, details->rows);
    else if (details->keys)
        snprintf (text, sizeof text, " has the keys ");
    else if (details_want_keys (ui) && below > 0)
        snprintf (text, sizeof text, " %d more: %s ", below, key);
    else if (details_want_keys (ui))
        snprintf (text, sizeof text, " %d above: %s ", details->top, key);
    else
        return;
    int width = (int) strlen (text), row = beside ? BESIDE_TITLE_ROW : 0;
    grid_string (grid, area, row, beside ? 1 : area.columns - width - 1,
                 style_of (grid, ROLE_FOCUS), text);
}

void
details_draw (struct ui *ui, struct grid *grid, struct layout_split split, const char *title,
              details_lines *lines)
{
    struct details *details = &ui->details;
    struct rect frame = split.details;
    if (frame.rows == 0)
        return;
    bool keys = details->keys && !ui->elsewhere;
    struct rect area = list_details (grid, frame, split.beside, keys, title);
    details->rows = lines (ui, grid, (struct rect){area.row, area.column, 0, area.columns}, 0);
    details->room = area.rows;
    int most = details->rows > area.rows ? details->rows - area.rows : 0;
    details->top = details->top > most ? most : details->top;
    details->area = frame;
    lines (ui, grid, area, -details->top);
    if (!ui->elsewhere)
        seen_draw (ui, grid, frame, split.beside);
}

/* How far REQUEST scrolls down; 0: it is no move. */
static int
rows_of (const struct details *details, int request)
{
    int page = details->room > 1 ? details->room - 1 : 1;
    switch (request) {
    case EDITOR_UP:
        return -1;
    case EDITOR_DOWN:
        return 1;
    case EDITOR_PAGE_UP:
        return -page;
    case EDITOR_PAGE_DOWN:
        return page;
    case EDITOR_TEXT_START:
        return -ALL_ROWS;
    case EDITOR_TEXT_END:
        return ALL_ROWS;
    default:
        return 0;
    }
}

/* Drawing sees to its end. */
static void
scroll (struct details *details, int by)
{
    int top = details->top + by;
    details->top = top < 0 ? 0 : top;
}

bool
details_want_keys (const struct ui *ui)
{
    return !ui->details.keys && ui->details.rows > ui->details.room;
}

bool
details_act (struct ui *ui, int request)
{
    struct details *details = &ui->details;
    int by = rows_of (details, request);
    if (request == SCREEN_NEXT_PANEL || (request == SCREEN_BACK && details->keys)) {
        details->keys = !details->keys;
        return true;
    }
    if (by != 0 && details->keys)
        scroll (details, by);
    else if (by != 0)
        details->top = 0; /* the cursor goes to another row */
    return by != 0 && details->keys;
}

bool
details_mouse (struct ui *ui, const struct mouse *mouse)
{
    struct details *details = &ui->details;
    bool inside = rect_holds (details->area, mouse->row, mouse->column);
    if (mouse->action == MOUSE_PRESS) {
        details->keys = inside;
        details->top = inside ? details->top : 0;
    }
    else if (inside && mouse->action == MOUSE_WHEEL_UP)
        scroll (details, -1);
    else if (inside && mouse->action == MOUSE_WHEEL_DOWN)
        scroll (details, 1);
    return inside;
}
