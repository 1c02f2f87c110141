/* present.c: see present.h. A row is done in three steps: what differs is looked for; a tail of
 * blanks that is longer written than erased is erased; the rest is written from left to right.
 * Pure but for the heap. */

#include "ui/present.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    NOWHERE = -1,       /* the terminal's cursor may be in any column, or of any shape */
    SEQUENCE_SIZE = 96, /* bytes: the longest are an SGR with two true colours, and a move */
    REWRITE_MAX = 8,    /* cells worth a look instead of a move, which has at most 9 bytes */
    ERASE_BYTES = 3,    /* of EL */
};

/* A short sequence that is put together. Sizes are small and known: it never overflows. */
struct sequence {
    char bytes[SEQUENCE_SIZE];
    size_t size;
};

static void __attribute__ ((format (printf, 2, 3)))
sequence_add (struct sequence *self, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    int length =
        vsnprintf (self->bytes + self->size, sizeof self->bytes - self->size, format, arguments);
    va_end (arguments);
    if (length > 0 && self->size + (size_t) length < sizeof self->bytes)
        self->size += (size_t) length;
}

static void
sequence_repeat (struct sequence *self, char byte, int count)
{
    while (count-- > 0 && self->size + 1 < sizeof self->bytes)
        self->bytes[self->size++] = byte;
}

static void
sequence_write (const struct sequence *self, struct buffer *out)
{
    buffer_add (out, self->bytes, self->size);
}

/* ---- life ---- */

void
present_init (struct present *self, enum color_depth depth)
{
    *self = (struct present){.depth = depth, .erases = true};
    grid_init (&self->back, 1, 1);
}

void
present_fini (struct present *self)
{
    if (self)
        grid_fini (&self->back);
}

void
present_forget (struct present *self)
{
    self->known = false;
}

/* ---- the pen ---- */

static struct style
style_at_depth (const struct cell *cell, enum color_depth depth)
{
    return (struct style){color_at_depth (cell->fg, depth), color_at_depth (cell->bg, depth),
                          cell->attributes};
}

static bool
style_is_equal (struct style one, struct style other)
{
    return one.fg == other.fg && one.bg == other.bg && one.attributes == other.attributes;
}

/* Each parameter is written with a semicolon before it; the first becomes the bracket. */
static void
sgr_color (struct sequence *sgr, uint32_t color, int base)
{
    unsigned index = color & 0xFF;
    if (color == COLOR_DEFAULT)
        sequence_add (sgr, ";%d", base + 9);
    else if (color >> 24 == 2)
        sequence_add (sgr, ";%d;2;%u;%u;%u", base + 8, (unsigned) (color >> 16 & 0xFF),
                      (unsigned) (color >> 8 & 0xFF), index);
    else if (index < 8)
        sequence_add (sgr, ";%u", (unsigned) base + index);
    else if (index < 16)
        sequence_add (sgr, ";%u", (unsigned) base + 60 + index - 8);
    else
        sequence_add (sgr, ";%d;5;%u", base + 8, index);
}

static void
sgr_change (struct sequence *sgr, struct style from, struct style to)
{
    /* Bold and dim are turned off together, by 22. */
    static const struct {
        unsigned bit;
        const char *on, *off;
    } attributes[] = {
        {CELL_BOLD, ";1", ";22"},      {CELL_DIM, ";2", ";22"},     {CELL_ITALIC, ";3", ";23"},
        {CELL_UNDERLINE, ";4", ";24"}, {CELL_REVERSE, ";7", ";27"}, {CELL_STRIKE, ";9", ";29"},
    };
    unsigned weights = CELL_BOLD | CELL_DIM, had = from.attributes;
    if (had & weights & ~to.attributes) {
        sequence_add (sgr, ";22");
        had &= ~weights;
    }
    for (size_t index = 0; index < sizeof attributes / sizeof *attributes; index++) {
        unsigned bit = attributes[index].bit;
        if ((had & bit) != (to.attributes & bit))
            sequence_add (sgr, "%s", had & bit ? attributes[index].off : attributes[index].on);
    }
    if (from.fg != to.fg)
        sgr_color (sgr, to.fg, 30);
    if (from.bg != to.bg)
        sgr_color (sgr, to.bg, 40);
}

/* The shorter of changing what differs and beginning anew; an empty parameter resets. */
static void
present_pen (struct present *self, struct style style, struct buffer *out)
{
    if (style_is_equal (self->pen, style))
        return;
    struct sequence change = {0}, anew = {0};
    sgr_change (&change, self->pen, style);
    sequence_add (&anew, ";");
    sgr_change (&anew, (struct style){0}, style);
    struct sequence *best = change.size <= anew.size ? &change : &anew;
    best->bytes[0] = '[';
    buffer_add (out, "\033", 1);
    sequence_write (best, out);
    buffer_add (out, "m", 1);
    self->pen = style;
}

/* ---- moving ---- */

/* "ESC [ COUNT FINAL" without a count of one. */
static void
sequence_move (struct sequence *self, int count, char final)
{
    if (count == 1)
        sequence_add (self, "\033[%c", final);
    else
        sequence_add (self, "\033[%d%c", count, final);
}

static void
sequence_absolute (struct sequence *self, int row, int column)
{
    if (column > 0 && row > 0)
        sequence_add (self, "\033[%d;%dH", row + 1, column + 1);
    else if (column > 0)
        sequence_add (self, "\033[;%dH", column + 1);
    else
        sequence_move (self, row + 1, 'H');
}

/* Within the row, from column FROM (NOWHERE: any) to TO. */
static void
sequence_across (struct sequence *self, int from, int to)
{
    if (from == to)
        return;
    struct sequence best = {0};
    if (to == 0)
        sequence_add (&best, "\r");
    else
        sequence_move (&best, to + 1, 'G');
    if (from != NOWHERE) {
        struct sequence relative = {0};
        if (to > from)
            sequence_move (&relative, to - from, 'C');
        else if (from - to <= 3)
            sequence_repeat (&relative, '\b', from - to);
        else
            sequence_move (&relative, from - to, 'D');
        if (relative.size < best.size)
            best = relative;
    }
    memcpy (self->bytes + self->size, best.bytes, best.size);
    self->size += best.size;
}

static struct sequence
cheapest_move (const struct present *self, int row, int column)
{
    struct sequence absolute = {0}, relative = {0};
    sequence_absolute (&absolute, row, column);
    int down = row - self->row;
    if (down > 0 && down <= 4)
        sequence_repeat (&relative, '\n', down);
    else if (down != 0)
        sequence_move (&relative, down > 0 ? down : -down, down > 0 ? 'B' : 'A');
    sequence_across (&relative, self->column, column);
    return relative.size <= absolute.size ? relative : absolute;
}

/* Whether the cells from the cursor to COLUMN of its row can be written again in less than LIMIT
 * bytes: shown already, in the pen's style, and of a width that is beyond doubt. */
static bool
is_cheap_to_rewrite (const struct present *self, const struct grid *front, int column, size_t limit)
{
    size_t bytes = 0;
    if (self->column == NOWHERE || column <= self->column || column - self->column > REWRITE_MAX)
        return false;
    for (int at = self->column; at < column; at++) {
        const struct cell *cell = grid_at (front, self->row, at);
        bytes += cell->size;
        if (bytes >= limit || cell->unsettled || (at == self->column && cell->width == 0)
            || !style_is_equal (style_at_depth (cell, self->depth), self->pen))
            return false;
    }
    return true;
}

static void
present_move (struct present *self, const struct grid *front, int row, int column,
              struct buffer *out)
{
    if (self->row == row && self->column == column)
        return;
    struct sequence move = cheapest_move (self, row, column);
    if (self->row == row && is_cheap_to_rewrite (self, front, column, move.size)) {
        for (; self->column < column; self->column++) {
            const struct cell *cell = grid_at (front, row, self->column);
            buffer_add (out, cell->bytes, cell->size);
            self->cells++;
        }
        return;
    }
    sequence_write (&move, out);
    self->row = row;
    self->column = column;
}

/* ---- cells ---- */

static void
present_cell (struct present *self, const struct grid *front, int row, int column,
              struct buffer *out)
{
    const struct cell *cell = grid_at (front, row, column);
    present_move (self, front, row, column, out);
    present_pen (self, style_at_depth (cell, self->depth), out);
    if (cell->unsettled && cell->width == 2) /* who draws one column leaves the other */
        buffer_printf (out, "  \033[%dG", column + 1);
    buffer_add (out, cell->bytes, cell->size);
    self->cells++;
    self->column += cell->width;
    if (cell->unsettled || self->column >= front->columns)
        self->column = NOWHERE;
}

/* The column at which the blanks begin that end ROW, all of one background. */
static int
tail_start (const struct grid *front, int row)
{
    const struct cell *last = grid_at (front, row, front->columns - 1);
    int column = front->columns;
    for (const struct cell *cell = last; column > 0; cell--, column--)
        if (cell->size != 1 || cell->bytes[0] != ' ' || cell->attributes != 0
            || cell->bg != last->bg)
            break;
    return column;
}

static bool
cell_is_equal (const struct cell *one, const struct cell *other)
{
    return memcmp (one, other, sizeof *one) == 0;
}

/* Erases ROW from COLUMN on. The foreground does not matter: the pen keeps its own. */
static void
present_erase (struct present *self, const struct grid *front, int row, int column,
               struct buffer *out)
{
    uint32_t bg = grid_at (front, row, column)->bg;
    present_move (self, front, row, column, out);
    present_pen (self, (struct style){self->pen.fg, color_at_depth (bg, self->depth), 0}, out);
    buffer_string (out, "\033[K");
}

static void
present_row (struct present *self, const struct grid *front, int row, struct buffer *out)
{
    struct cell *back = self->back.cells + (size_t) row * (size_t) front->columns;
    const struct cell *next = grid_at (front, row, 0);
    size_t bytes = (size_t) front->columns * sizeof *next;
    if (memcmp (back, next, bytes) == 0)
        return;
    int first = 0, end = front->columns, tail = tail_start (front, row);
    while (cell_is_equal (back + first, next + first))
        first++;
    while (cell_is_equal (back + end - 1, next + end - 1))
        end--;
    if (tail < first)
        tail = first;
    bool erases = end - tail > ERASE_BYTES && (self->erases || next[tail].bg == COLOR_DEFAULT);
    if (erases)
        end = tail;
    bool again = false; /* the cell before may have spoilt this one */
    for (int column = first; column < end || (again && column < front->columns); column++) {
        if (next[column].width == 0)
            continue;
        if (!again && cell_is_equal (back + column, next + column))
            continue;
        if (erases && column >= tail)
            break;
        present_cell (self, front, row, column, out);
        again = next[column].unsettled;
    }
    if (erases)
        present_erase (self, front, row, tail, out);
    memcpy (back, next, bytes);
}

/* ---- frames ---- */

static void
present_cursor (struct present *self, const struct grid *front, struct buffer *out)
{
    /* DECSCUSR's numbers of the shapes that do not blink. */
    static const int shapes[CURSOR_SHAPE_COUNT] = {
        [CURSOR_BLOCK] = 2, [CURSOR_BAR] = 6, [CURSOR_UNDERLINE] = 4};
    const struct cursor *wanted = &front->cursor;
    if (wanted->visible) {
        if (self->shapes && self->shape != (int) wanted->shape)
            buffer_printf (out, "\033[%d q", shapes[wanted->shape]);
        self->shape = (int) wanted->shape;
        present_move (self, front, wanted->row, wanted->column, out);
    }
    if (!self->known || wanted->visible != self->back.cursor.visible)
        buffer_string (out, wanted->visible ? "\033[?25h" : "\033[?25l");
    self->back.cursor = *wanted;
}

/* An empty screen, of which all is known but the cursor's shape. */
static void
present_begin_anew (struct present *self, const struct grid *front, struct buffer *out)
{
    if (self->back.rows != front->rows || self->back.columns != front->columns)
        grid_resize (&self->back, front->rows, front->columns);
    grid_clear (&self->back);
    buffer_string (out, "\033[m\033[H\033[2J");
    self->pen = (struct style){0};
    self->row = self->column = 0;
    self->shape = NOWHERE;
}

size_t
present_frame (struct present *self, const struct grid *front, struct buffer *out)
{
    size_t start = out->size;
    if (self->synchronized)
        buffer_string (out, PRESENT_BEGIN);
    size_t begun = out->size;
    if (self->back.rows != front->rows || self->back.columns != front->columns)
        self->known = false;
    if (!self->known)
        present_begin_anew (self, front, out);
    for (int row = 0; row < front->rows; row++)
        present_row (self, front, row, out);
    present_cursor (self, front, out);
    self->known = true;
    if (out->size == begun) {
        out->size = start;
        return 0;
    }
    if (self->synchronized)
        buffer_string (out, PRESENT_END);
    self->frames++;
    self->bytes += out->size - start;
    return out->size - start;
}
