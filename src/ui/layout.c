/* layout.c: see layout.h. */

#include "ui/layout.h"

#include <string.h>

#include "ui/text.h"
#include "ui/theme.h"

enum {
    BESIDE_COLUMNS = 150, /* from here on details stand beside the list */
    BESIDE_WIDTH = 42,
    BELOW_ROWS = 16, /* from here on below it */
    BELOW_HEIGHT = 8,
};

struct layout
layout_of (struct rect screen, int line_rows)
{
    struct layout layout;
    layout.line = rect_cut_rows (&screen, -line_rows);
    layout.status = rect_cut_rows (&screen, -1);
    layout.panes = screen;
    layout.title = rect_cut_rows (&screen, 1);
    layout.content = screen;
    return layout;
}

struct layout_split
layout_split (struct rect content)
{
    struct layout_split split = {.list = content};
    split.beside = content.columns >= BESIDE_COLUMNS;
    if (split.beside)
        split.details = rect_cut_columns (&split.list, -BESIDE_WIDTH);
    else if (content.rows >= BELOW_ROWS)
        split.details = rect_cut_rows (
            &split.list, content.rows / 3 > BELOW_HEIGHT ? -(content.rows / 3) : -BELOW_HEIGHT);
    return split;
}

int
layout_scroll (int top, int cursor, int rows, int count)
{
    if (cursor >= top + rows)
        top = cursor - rows + 1;
    if (cursor < top)
        top = cursor;
    if (top > count - rows)
        top = count - rows;
    return top < 0 ? 0 : top;
}

size_t
layout_wrap (const char *text, size_t size, int columns, size_t *next)
{
    size_t fits = text_fit (text, size, columns < 1 ? 1 : (size_t) columns, NULL);
    if (fits == 0 && size > 0) { /* a wide character in one column */
        struct text_cluster cluster;
        fits = text_next (text, size, 0, &cluster);
    }
    *next = fits;
    if (fits == size)
        return size;
    size_t blank = fits;
    while (blank > 0 && text[blank] != ' ')
        blank--;
    if (blank == 0)
        return fits;
    *next = blank + 1;
    return blank;
}

/* The bytes of the next line of a paragraph; *TAKEN with what separates it from the one after. */
static size_t
paragraph_line (const char *text, size_t left, int columns, size_t *taken)
{
    size_t next_line, next;
    size_t line = text_line (text, left, &next_line);
    size_t size = layout_wrap (text, line, columns, &next);
    *taken = next >= line ? next_line : next;
    return size;
}

int
layout_paragraph (struct grid *grid, struct rect area, int row, struct style style,
                  const char *text)
{
    size_t left = strlen (text), taken;
    for (; left > 0; text += taken, left -= taken, row++) {
        size_t size = paragraph_line (text, left, area.columns, &taken);
        if (row >= 0 && row < area.rows)
            grid_text (grid, area, row, 0, style, text, size);
    }
    return row;
}

int
layout_paragraph_rows (const char *text, int columns)
{
    int rows = 0;
    size_t left = strlen (text), taken;
    for (; left > 0 && columns > 0; text += taken, left -= taken, rows++)
        paragraph_line (text, left, columns, &taken);
    return rows;
}

void
layout_notice (struct grid *grid, struct rect area, const char *text, const char *hint)
{
    struct rect inner = rect_inset (area, area.rows / 3, 2);
    int width = (int) text_width (text, strlen (text), (size_t) inner.columns);
    int hint_width = (int) text_width (hint, strlen (hint), (size_t) inner.columns);
    int widest = width > hint_width ? width : hint_width;
    rect_cut_columns (&inner, (inner.columns - widest) / 2);
    int row = layout_paragraph (grid, inner, 0, style_of (grid, ROLE_NORMAL), text);
    layout_paragraph (grid, inner, row, style_of (grid, ROLE_DIM), hint);
}
