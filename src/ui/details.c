/* details.c: see details.h. Pure. */

#include "ui/details.h"

#include <stdio.h>
#include <string.h>

#include "ui/list.h"
#include "ui/text.h"
#include "ui/ui_step.h"

enum {
    ALL_ROWS = 1 << 24,   /* more than there are: drawing finds the last one */
    BESIDE_TITLE_ROW = 1, /* of the rest of a title, where the panel is narrow */
    TITLE_MARGIN = 6,     /* columns beside it */
    DETAILS_TITLE_MAX = 512,
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

enum { SEEN_SIZE = KEY_NAME_SIZE + 48 };

/* Which rows are seen, when that is not all, or that it has the keys; else empty. */
static char *
seen_text (const struct ui *ui, char text[SEEN_SIZE])
{
    const struct details *details = &ui->details;
    const struct command *command = commands_find ("next-panel", strlen ("next-panel"));
    char key[KEY_NAME_SIZE];
    int below = details->rows - details->top - details->room;
    text[0] = '\0';
    keymap_first (keymap_keys (&ui->keymap, KEYMAP_LIST, command), key);
    if (ui->elsewhere || (details->rows <= details->room && !details->keys))
        return text;
    if (details->rows <= details->room)
        snprintf (text, SEEN_SIZE, " has the keys ");
    else if (details->keys)
        snprintf (text, SEEN_SIZE, " %d-%d of %d ", details->top + 1, details->top + details->room,
                  details->rows);
    else if (below > 0)
        snprintf (text, SEEN_SIZE, " %d more: %s ", below, key);
    else
        snprintf (text, SEEN_SIZE, " %d above: %s ", details->top, key);
    return text;
}

/* The frame; its title is cut where it has not room for both itself and which rows are SEEN. */
static void
frame_draw (const struct ui *ui, struct grid *grid, struct layout_split split, const char *title,
            const char *seen)
{
    struct rect frame = split.details;
    char cut[DETAILS_TITLE_MAX];
    int width = (int) strlen (seen), room = frame.columns - TITLE_MARGIN;
    room -= width > 0 && !split.beside ? width : 0;
    text_cut (title, strlen (title), room > 0 ? (size_t) room : 0, grid->ascii, cut, sizeof cut);
    list_details (grid, frame, split.beside, ui->details.keys && !ui->elsewhere, cut);
    grid_string (grid, frame, split.beside ? BESIDE_TITLE_ROW : 0,
                 split.beside ? 1 : frame.columns - width - 1, style_of (grid, ROLE_FOCUS), seen);
}

/* How many there are, and which of them stands first in AREA. */
static void
lines_place (struct ui *ui, struct grid *grid, struct rect area, details_lines *lines)
{
    struct details *details = &ui->details;
    struct rect nowhere = area;
    nowhere.row = grid->rows; /* outside: nothing is drawn */
    details->rows = lines (ui, grid, nowhere, 0);
    details->room = area.rows;
    int most = details->rows > area.rows ? details->rows - area.rows : 0;
    details->top = details->top > most ? most : details->top;
}

void
details_draw (struct ui *ui, struct grid *grid, struct layout_split split, const char *title,
              details_lines *lines)
{
    char seen[SEEN_SIZE];
    if (split.details.rows == 0)
        return;
    struct rect area = list_details (grid, split.details, split.beside, false, "");
    lines_place (ui, grid, area, lines);
    frame_draw (ui, grid, split, title, seen_text (ui, seen));
    lines (ui, grid, area, -ui->details.top);
    ui->details.area = split.details;
}

void
details_draw_alone (struct ui *ui, struct grid *grid, struct rect area, details_lines *lines)
{
    lines_place (ui, grid, area, lines);
    lines (ui, grid, area, -ui->details.top);
    ui->details.area = area;
    ui->details.alone = true;
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
scroll_by (struct details *details, int by)
{
    int top = details->top + by;
    details->top = top < 0 ? 0 : top;
}

bool
details_scroll (struct ui *ui, int request)
{
    int by = rows_of (&ui->details, request);
    scroll_by (&ui->details, by);
    return by != 0;
}

bool
details_want_keys (const struct ui *ui)
{
    return !ui->details.keys && !ui->details.alone && ui->details.rows > ui->details.room;
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
        scroll_by (details, by);
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
        scroll_by (details, -1);
    else if (inside && mouse->action == MOUSE_WHEEL_DOWN)
        scroll_by (details, 1);
    return inside;
}
