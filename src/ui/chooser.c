/* chooser.c: see chooser.h. */

#include "ui/chooser.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "ui/text.h"
#include "ui/theme.h"

enum {
    NOTE_GAP = 2,
    WIDTH_MAX = 60,   /* of a list beside a word */
    CHROME = 4,       /* border and blank on both sides */
    TITLE_MARGIN = 2, /* of the title in its border, beside that */
    BORDERS = 2,      /* rows of them */
    FRAMED_ROWS = 5,
};

/* ---- items ---------------------------------------------------------------------------------- */

static void
items_free (struct chooser *self)
{
    for (size_t index = 0; index < self->count; index++)
        free (self->items[index].text);
    self->count = 0;
}

void
chooser_close (struct chooser *self)
{
    items_free (self);
    free (self->items);
    editor_fini (&self->query);
    *self = (struct chooser){0};
}

void
chooser_open (struct chooser *self, enum chooser_kind kind, const char *title)
{
    chooser_close (self);
    self->kind = kind;
    self->title = title;
    self->query.single_line = true;
}

void
chooser_clear (struct chooser *self, char **chosen)
{
    const char *text = self->moved ? chooser_chosen (self) : NULL;
    *chosen = text ? stui_strdup (text) : NULL;
    items_free (self);
    self->selected = 0;
}

void
chooser_add (struct chooser *self, const char *text, size_t size, const char *note)
{
    if (self->count == CHOOSER_ITEMS_MAX || size == 0)
        return;
    for (size_t index = 0; index < self->count; index++)
        if (strlen (self->items[index].text) == size
            && memcmp (self->items[index].text, text, size) == 0)
            return;
    stui_grow (&self->items, &self->capacity, self->count, sizeof *self->items);
    self->items[self->count++] = (struct chooser_item){stui_strndup (text, size), note};
}

void
chooser_settle (struct chooser *self, char **chosen)
{
    self->moved = false;
    for (size_t index = 0; *chosen && index < self->count; index++)
        if (strcmp (self->items[index].text, *chosen) == 0) {
            self->selected = index;
            self->moved = true;
        }
    free (*chosen);
    *chosen = NULL;
}

void
chooser_move (struct chooser *self, int step)
{
    if (self->count == 0)
        return;
    int count = (int) self->count;
    self->selected = (size_t) (((int) self->selected + step % count + count) % count);
    self->moved = true;
}

const char *
chooser_chosen (const struct chooser *self)
{
    return self->selected < self->count ? self->items[self->selected].text : NULL;
}

/* ---- drawing -------------------------------------------------------------------------------- */

/* The first line of TEXT; how many columns it takes. */
static int
line_width (const char *text, size_t *size)
{
    size_t next;
    *size = text_line (text, strlen (text), &next);
    return (int) text_width (text, *size, WIDTH_MAX);
}

/* How wide the list wants to be. */
static int
list_width (const struct chooser *self)
{
    int texts = (int) strlen (self->title) + TITLE_MARGIN, notes = 0;
    for (size_t index = 0; index < self->count; index++) {
        size_t size;
        int text = line_width (self->items[index].text, &size);
        int note = (int) strlen (self->items[index].note);
        texts = text > texts ? text : texts;
        notes = note > notes ? note : notes;
    }
    return texts + (notes ? NOTE_GAP + notes : 0) + CHROME;
}

/* Where the list stands: below the word where there is room, else above it; where there is little room,
 * without a border. */
static struct rect
place_beside (const struct chooser *self, struct rect area, int row, int column)
{
    int wanted = (self->count < CHOOSER_ROWS ? (int) self->count : CHOOSER_ROWS) + BORDERS;
    int below = area.rows - row - 1, above = row;
    int width = list_width (self) < WIDTH_MAX ? list_width (self) : WIDTH_MAX;
    struct rect place = {.columns = width < area.columns ? width : area.columns};
    bool is_below = wanted <= below || below >= above;
    int room = is_below ? below : above;
    place.rows = wanted < room ? wanted : room;
    place.row = area.row + (is_below ? row + 1 : row - place.rows);
    int left = column + place.columns > area.columns ? area.columns - place.columns : column;
    place.column = area.column + (left < 0 ? 0 : left);
    return place;
}

static void
item_draw (const struct chooser *self, struct grid *grid, struct rect row, size_t index)
{
    const struct chooser_item *item = &self->items[index];
    bool chosen = index == self->selected;
    struct style text = style_of (grid, chosen ? ROLE_SELECTION : ROLE_NORMAL);
    struct style note = style_of (grid, chosen ? ROLE_SELECTION : ROLE_DIM);
    size_t size;
    int note_width = (int) strlen (item->note), width = line_width (item->text, &size);
    bool more = item->text[size] != '\0';
    grid_fill (grid, row, text);
    grid_field (grid, row, 0, 1, row.columns - 2, text, item->text, size);
    if (more && width + 3 < row.columns)
        grid_string (grid, row, 0, width + 2, note, "…");
    if (note_width > 0 && width + NOTE_GAP + note_width + 2 <= row.columns)
        grid_string (grid, row, 0, row.columns - note_width - 1, note, item->note);
}

static void
items_draw (const struct chooser *self, struct grid *grid, struct rect list)
{
    int chosen = (int) self->selected;
    int first = chosen >= list.rows ? chosen - list.rows + 1 : 0;
    for (int row = 0; row < list.rows && first + row < (int) self->count; row++) {
        struct rect line = {list.row + row, list.column, 1, list.columns};
        item_draw (self, grid, line, (size_t) (first + row));
    }
}

/* The line in which is typed what is looked for. */
static void
query_draw (const struct chooser *self, struct grid *grid, struct rect line)
{
    const struct editor *query = &self->query;
    int column = grid_string (grid, line, 0, 1, style_of (grid, ROLE_KEY), "holds: ");
    struct rect field = line;
    rect_cut_columns (&field, column);
    int cursor = editor_column_of (query, query->cursor);
    int left = cursor >= field.columns ? cursor - field.columns + 1 : 0;
    if (query->text)
        grid_text (grid, field, 0, -left, style_of (grid, ROLE_NORMAL), query->text, query->size);
    grid_set_cursor (grid, field, 0, cursor - left, CURSOR_BAR);
}

/* What is around the list in PLACE; returns what is left for it. */
static struct rect
frame_draw (const struct chooser *self, struct grid *grid, struct rect place, bool framed)
{
    struct style focus = style_of (grid, ROLE_FOCUS);
    grid_fill (grid, place, style_of (grid, ROLE_NORMAL));
    if (framed || place.rows >= FRAMED_ROWS || place.rows >= (int) self->count + BORDERS) {
        grid_box (grid, place, focus, self->title);
        return rect_inset (place, 1, 1);
    }
    grid_line_down (grid, place, focus);
    rect_cut_columns (&place, 1);
    return place;
}

void
chooser_draw (const struct chooser *self, struct grid *grid, struct rect area, int row, int column)
{
    bool has_query = self->kind == CHOOSER_HISTORY;
    struct rect place;
    if (self->kind == CHOOSER_CLOSED)
        return;
    if (has_query) {
        int wanted = (self->count < CHOOSER_ROWS ? (int) self->count : CHOOSER_ROWS) + 3;
        place = rect_cut_rows (&area, -(wanted < 4 ? 4 : wanted));
    }
    else
        place = place_beside (self, area, row, column);
    if (place.rows < 1)
        return;
    struct rect inner = frame_draw (self, grid, place, has_query);
    if (has_query)
        query_draw (self, grid, rect_cut_rows (&inner, 1));
    if (self->count > 0)
        items_draw (self, grid, inner);
    else
        grid_string (grid, inner, 0, 1, style_of (grid, ROLE_DIM), "nothing");
}
