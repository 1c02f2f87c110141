/* list.c: see list.h. Pure. */

#include "ui/list.h"

#include <string.h>

#include "ui/editor.h"
#include "ui/layout.h"
#include "ui/text.h"

enum { LABEL_WIDTH = 13 };

struct style
list_style (const struct grid *grid, enum role role, bool selected)
{
    if (!selected)
        return style_of (grid, role);
    return style_over (style_of (grid, role == ROLE_DIM ? ROLE_NORMAL : role),
                       style_of (grid, ROLE_SELECTION));
}

bool
list_move (int request, int rows, size_t count, size_t *place)
{
    size_t page = rows > 1 ? (size_t) rows - 1 : 1, last = count > 0 ? count - 1 : 0;
    size_t up = request == EDITOR_PAGE_UP ? page : 1, down = request == EDITOR_PAGE_DOWN ? page : 1;
    switch (request) {
    case EDITOR_UP:
    case EDITOR_PAGE_UP:
        *place = *place > up ? *place - up : 0;
        return true;
    case EDITOR_DOWN:
    case EDITOR_PAGE_DOWN:
        *place = last - *place > down ? *place + down : last;
        return true;
    case EDITOR_TEXT_START:
        *place = 0;
        return true;
    case EDITOR_TEXT_END:
        *place = last;
        return true;
    default:
        return false;
    }
}

int
list_pressed (const struct mouse *mouse, struct rect area, int top, size_t count)
{
    int place = top + mouse->row - area.row;
    bool hits = mouse->action == MOUSE_PRESS && rect_holds (area, mouse->row, mouse->column)
                && (size_t) place < count;
    return hits ? place : -1;
}

struct rect
list_details (struct grid *grid, struct rect area, bool beside, bool keys, const char *title)
{
    struct style border = style_of (grid, keys ? ROLE_FOCUS : ROLE_BORDER);
    if (beside) {
        grid_line_down (grid, area, border);
        area = rect_inset (area, 0, 2);
        grid_string (grid, area, 0, 0, style_of (grid, ROLE_TITLE), title);
        rect_cut_rows (&area, 2);
        return area;
    }
    grid_line_across (grid, area, border);
    struct rect line = rect_cut_rows (&area, 1);
    grid_printf (grid, line, 0, 2, style_of (grid, ROLE_TITLE), " %s ", title);
    return rect_inset (area, 0, 3);
}

int
list_field (struct grid *grid, struct rect area, int column, int width, struct style style,
            const char *text)
{
    text = text ? text : "";
    return grid_field (grid, area, 0, column, width, style, text, strlen (text)) + 2;
}

int
list_detail (struct grid *grid, struct rect area, int row, const char *label, enum role role,
             const char *text)
{
    if (!text || !*text)
        return row;
    struct rect value = area;
    grid_field (grid, area, row, 0, LABEL_WIDTH, style_of (grid, ROLE_DIM), label, strlen (label));
    rect_cut_columns (&value, LABEL_WIDTH);
    return layout_paragraph (grid, value, row, style_of (grid, role), text);
}
