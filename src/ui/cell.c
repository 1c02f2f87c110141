/* cell.c: see cell.h. Pure but for the heap. */

#include "ui/cell.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "ui/buffer.h"
#include "ui/text.h"

static_assert (sizeof (struct cell) == 32, "cells have no gaps: they are compared as bytes");
static_assert ((int) CELL_BYTES == (int) TEXT_CLUSTER_MAX, "a cell takes any cluster");

/* Attributes that show on a blank. */
enum { CELL_ON_BLANKS = CELL_UNDERLINE | CELL_REVERSE | CELL_STRIKE };

static const struct cell blank_cell = {.bytes = " ", .size = 1, .width = 1};

static int
clamp (int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* ---- cells ---- */

static bool
cell_is_blank (const struct cell *cell)
{
    return cell->size == 1 && cell->bytes[0] == ' ';
}

/* Blanks are made alike, so that they compare alike and whole runs of them can be erased. */
static void
cell_set_style (struct cell *cell, struct style style)
{
    bool plain = cell_is_blank (cell) && !(style.attributes & CELL_ON_BLANKS);
    cell->fg = plain ? COLOR_DEFAULT : style.fg;
    cell->bg = style.bg;
    cell->attributes = plain ? 0 : style.attributes;
}

static void
cell_make_blank (struct cell *cell)
{
    struct style style = {cell->fg, cell->bg, cell->attributes};
    *cell = blank_cell;
    cell_set_style (cell, style);
}

static struct cell *
cell_of (struct grid *self, int row, int column)
{
    return self->cells + (size_t) row * (size_t) self->columns + column;
}

/* Makes COLUMN of ROW free to be written: the other half of a wide character there goes. */
static void
cell_break (struct grid *self, int row, int column)
{
    struct cell *cell = cell_of (self, row, column);
    if (cell->width == 0 && column > 0)
        cell_make_blank (cell - 1);
    if (cell->width == 2 && column + 1 < self->columns)
        cell_make_blank (cell + 1);
}

/* Writes a cell of width 1 that shows SIZE BYTES, or blanks where only half of it would be. */
static void
cell_put (struct grid *self, int row, int column, const char *bytes, size_t size,
          struct style style)
{
    struct cell *cell = cell_of (self, row, column);
    cell_break (self, row, column);
    *cell = (struct cell){.size = (uint8_t) size, .width = 1};
    memcpy (cell->bytes, bytes, size);
    cell_set_style (cell, style);
}

static void
cell_put_wide (struct grid *self, int row, int column, const struct text_cluster *cluster,
               struct style style)
{
    cell_put (self, row, column, cluster->bytes, cluster->size, style);
    cell_put (self, row, column + 1, "", 0, style);
    struct cell *cell = cell_of (self, row, column);
    cell[0].width = 2;
    cell[1].width = 0;
}

/* ---- grids ---- */

void
grid_init (struct grid *self, int rows, int columns)
{
    *self = (struct grid){.rows = clamp (rows, 1, GRID_ROWS_MAX),
                          .columns = clamp (columns, 1, GRID_COLUMNS_MAX)};
    self->cells = stui_alloc ((size_t) (self->rows * self->columns) * sizeof *self->cells);
    grid_clear (self);
}

void
grid_fini (struct grid *self)
{
    if (!self)
        return;
    free (self->cells);
    *self = (struct grid){0};
}

void
grid_resize (struct grid *self, int rows, int columns)
{
    struct grid old = *self;
    grid_init (self, rows, columns);
    self->ascii = old.ascii;
    self->theme = old.theme;
    self->cursor = old.cursor;
    self->cursor.row = clamp (self->cursor.row, 0, self->rows - 1);
    self->cursor.column = clamp (self->cursor.column, 0, self->columns - 1);
    int kept_rows = old.rows < self->rows ? old.rows : self->rows;
    int kept = old.columns < self->columns ? old.columns : self->columns;
    for (int row = 0; row < kept_rows && kept > 0; row++) {
        memcpy (cell_of (self, row, 0), cell_of (&old, row, 0), (size_t) kept * sizeof *old.cells);
        struct cell *last = cell_of (self, row, kept - 1);
        if (last->width == 2)
            cell_make_blank (last);
    }
    grid_fini (&old);
}

void
grid_clear (struct grid *self)
{
    for (int index = 0; index < self->rows * self->columns; index++)
        self->cells[index] = blank_cell;
    self->cursor = (struct cursor){0};
}

void
grid_copy (struct grid *self, const struct grid *from)
{
    size_t bytes = (size_t) (from->rows * from->columns) * sizeof *from->cells;
    struct cell *cells = self->cells;
    if (self->rows != from->rows || self->columns != from->columns)
        cells = stui_realloc (cells, bytes);
    memcpy (cells, from->cells, bytes);
    *self = *from;
    self->cells = cells;
}

bool
grid_is_equal (const struct grid *self, const struct grid *other)
{
    return self->rows == other->rows && self->columns == other->columns
           && self->cursor.row == other->cursor.row && self->cursor.column == other->cursor.column
           && self->cursor.visible == other->cursor.visible
           && self->cursor.shape == other->cursor.shape
           && memcmp (self->cells, other->cells,
                      (size_t) (self->rows * self->columns) * sizeof *self->cells)
                  == 0;
}

const struct cell *
grid_at (const struct grid *self, int row, int column)
{
    if (row < 0 || row >= self->rows || column < 0 || column >= self->columns)
        return NULL;
    return self->cells + (size_t) row * (size_t) self->columns + column;
}

struct rect
grid_area (const struct grid *self)
{
    return (struct rect){0, 0, self->rows, self->columns};
}

/* ---- areas ---- */

struct rect
rect_inset (struct rect area, int rows, int columns)
{
    area.row += rows;
    area.column += columns;
    area.rows = area.rows > 2 * rows ? area.rows - 2 * rows : 0;
    area.columns = area.columns > 2 * columns ? area.columns - 2 * columns : 0;
    return area;
}

struct rect
rect_cut_rows (struct rect *area, int rows)
{
    struct rect cut = *area;
    cut.rows = clamp (rows < 0 ? -rows : rows, 0, area->rows);
    area->rows -= cut.rows;
    if (rows < 0)
        cut.row += area->rows;
    else
        area->row += cut.rows;
    return cut;
}

struct rect
rect_cut_columns (struct rect *area, int columns)
{
    struct rect cut = *area;
    cut.columns = clamp (columns < 0 ? -columns : columns, 0, area->columns);
    area->columns -= cut.columns;
    if (columns < 0)
        cut.column += area->columns;
    else
        area->column += cut.columns;
    return cut;
}

bool
rect_holds (struct rect area, int row, int column)
{
    return row >= area.row && row - area.row < area.rows && column >= area.column
           && column - area.column < area.columns;
}

/* The part of AREA that is on the grid. */
static struct rect
grid_clip (const struct grid *self, struct rect area)
{
    int row = clamp (area.row, 0, self->rows), column = clamp (area.column, 0, self->columns);
    int end_row = clamp (area.row + area.rows, row, self->rows);
    int end_column = clamp (area.column + area.columns, column, self->columns);
    return (struct rect){row, column, end_row - row, end_column - column};
}

/* ---- drawing ---- */

void
grid_fill (struct grid *self, struct rect area, struct style style)
{
    area = grid_clip (self, area);
    for (int row = area.row; row < area.row + area.rows; row++)
        for (int column = area.column; column < area.column + area.columns; column++)
            cell_put (self, row, column, " ", 1, style);
}

void
grid_restyle (struct grid *self, struct rect area, struct style style)
{
    area = grid_clip (self, area);
    for (int row = area.row; row < area.row + area.rows; row++)
        for (int column = area.column; column < area.column + area.columns; column++)
            cell_set_style (cell_of (self, row, column), style);
}

/* Draws CLUSTER at ROW, COLUMN of the grid, as much of it as is in CLIP. */
static void
grid_cluster (struct grid *self, struct rect clip, int row, int column, struct style style,
              const struct text_cluster *cluster)
{
    bool blank = cluster->bytes[0] == ' '; /* a tab may be several columns wide */
    bool whole = rect_holds (clip, row, column) && rect_holds (clip, row, column + 1);
    if (cluster->width == 2 && !blank && whole && !self->ascii) {
        cell_put_wide (self, row, column, cluster, style);
        cell_of (self, row, column)->unsettled = cluster->unsettled;
        return;
    }
    char twin = text_ascii (cluster->bytes, cluster->size);
    for (int part = 0; part < cluster->width; part++) {
        if (!rect_holds (clip, row, column + part))
            continue;
        if (self->ascii)
            cell_put (self, row, column + part, &twin, 1, style);
        else if (blank || cluster->width > 1)
            cell_put (self, row, column + part, " ", 1, style);
        else {
            cell_put (self, row, column, cluster->bytes, cluster->size, style);
            cell_of (self, row, column)->unsettled = cluster->unsettled;
        }
    }
}

int
grid_text (struct grid *self, struct rect area, int row, int column, struct style style,
           const char *text, size_t size)
{
    struct rect clip = grid_clip (self, area);
    int start = column;
    struct text_cluster cluster;
    for (size_t at = 0, taken; column < area.columns; at += taken) {
        taken = text_next (text + at, size - at, (size_t) (column - start), &cluster);
        if (taken == 0)
            break;
        grid_cluster (self, clip, area.row + row, area.column + column, style, &cluster);
        column += cluster.width;
    }
    return column;
}

int
grid_string (struct grid *self, struct rect area, int row, int column, struct style style,
             const char *text)
{
    return grid_text (self, area, row, column, style, text, strlen (text));
}

int
grid_printf (struct grid *self, struct rect area, int row, int column, struct style style,
             const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start (arguments, format);
    int length = vsnprintf (text, sizeof text, format, arguments);
    va_end (arguments);
    return length < 0 ? column : grid_string (self, area, row, column, style, text);
}

int
grid_field (struct grid *self, struct rect area, int row, int column, int width, struct style style,
            const char *text, size_t size)
{
    char shown[4 * GRID_COLUMNS_MAX];
    int columns = clamp (width < 0 ? -width : width, 0, GRID_COLUMNS_MAX);
    int taken = (int) text_cut (text, size, (size_t) columns, self->ascii, shown, sizeof shown);
    struct rect field = {area.row + row, area.column + column, 1, columns};
    struct rect clip = grid_clip (self, area), place = grid_clip (self, field);
    if (place.row >= clip.row && place.row < clip.row + clip.rows) {
        int left = place.column > clip.column ? place.column : clip.column;
        int right = place.column + place.columns < clip.column + clip.columns
                        ? place.column + place.columns
                        : clip.column + clip.columns;
        grid_fill (self, (struct rect){place.row, left, place.rows, right - left}, style);
    }
    int indent = width < 0 ? columns - taken : 0;
    grid_string (self, area, row, column + indent, style, shown);
    return column + columns;
}

/* Draws one of our own symbols, of one column. */
static void
grid_symbol (struct grid *self, struct rect area, int row, int column, struct style style,
             const char *symbol)
{
    if (row < area.rows && column < area.columns)
        grid_string (self, area, row, column, style, symbol);
}

void
grid_line_across (struct grid *self, struct rect area, struct style style)
{
    for (int column = 0; column < area.columns; column++)
        grid_symbol (self, area, 0, column, style, "─");
}

void
grid_line_down (struct grid *self, struct rect area, struct style style)
{
    for (int row = 0; row < area.rows; row++)
        grid_symbol (self, area, row, 0, style, "│");
}

void
grid_box (struct grid *self, struct rect area, struct style style, const char *title)
{
    if (area.rows < 2 || area.columns < 2)
        return;
    int bottom = area.rows - 1, right = area.columns - 1;
    struct rect lower = {area.row + bottom, area.column, 1, area.columns};
    struct rect other = {area.row, area.column + right, area.rows, 1};
    grid_line_across (self, area, style);
    grid_line_across (self, lower, style);
    grid_line_down (self, area, style);
    grid_line_down (self, other, style);
    grid_symbol (self, area, 0, 0, style, "┌");
    grid_symbol (self, area, 0, right, style, "┐");
    grid_symbol (self, area, bottom, 0, style, "└");
    grid_symbol (self, area, bottom, right, style, "┘");
    if (!title || area.columns < 7)
        return;
    char shown[4 * GRID_COLUMNS_MAX];
    text_cut (title, strlen (title), (size_t) area.columns - 6, self->ascii, shown, sizeof shown);
    grid_printf (self, area, 0, 2, style, " %s ", shown);
}

void
grid_set_cursor (struct grid *self, struct rect area, int row, int column, enum cursor_shape shape)
{
    if (rect_holds (grid_clip (self, area), area.row + row, area.column + column))
        self->cursor = (struct cursor){area.row + row, area.column + column, true, shape};
}

/* ---- as text ---- */

static void
grid_add_row (const struct grid *self, int row, struct buffer *out)
{
    size_t start = out->size, end = start;
    for (int column = 0; column < self->columns; column++) {
        const struct cell *cell = grid_at (self, row, column);
        buffer_add (out, cell->bytes, cell->size);
        if (cell->width > 0 && !cell_is_blank (cell))
            end = out->size;
    }
    out->size = end;
}

char *
grid_row_text (const struct grid *self, int row)
{
    struct buffer out = {0};
    grid_add_row (self, row, &out);
    buffer_add (&out, "", 1);
    return out.bytes;
}

char *
grid_to_text (const struct grid *self)
{
    struct buffer out = {0};
    for (int row = 0; row < self->rows; row++) {
        grid_add_row (self, row, &out);
        buffer_add (&out, "\n", 1);
    }
    buffer_add (&out, "", 1);
    return out.bytes;
}
