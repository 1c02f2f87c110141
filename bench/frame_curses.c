/* frame_curses.c: see frame_curses.h. The one file that includes ncurses. */

#define _XOPEN_SOURCE_EXTENDED 1
#include "frame_curses.h"

#include <locale.h>
#include <ncursesw/curses.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "runtime/alloc.h"

enum { PAIRS_MAX = 255, CLUSTER_MAX = 5 }; /* as many characters as a cell of ncurses has */

static const int signals[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
enum { SIGNALS = sizeof signals / sizeof *signals };

struct bench_curses {
    SCREEN *screen;
    FILE *in, *out;
    struct sigaction before[SIGNALS]; /* ncurses takes them, and gives none back */
    int rows, columns;
    cchar_t *cells; /* owned; rows * (columns + 1): each row ends with a zero */
    struct {
        uint32_t fg, bg;
    } pairs[PAIRS_MAX + 1];
    short pair_count;
};

struct bench_curses *
bench_curses_new (int sink, int rows, int columns)
{
    struct bench_curses *self = stui_alloc (sizeof *self);
    char number[16];
    for (int at = 0; at < SIGNALS; at++)
        sigaction (signals[at], NULL, &self->before[at]);
    self->rows = rows;
    self->columns = columns;
    self->cells = stui_alloc ((size_t) rows * ((size_t) columns + 1) * sizeof *self->cells);
    setlocale (LC_CTYPE, "C.UTF-8");
    snprintf (number, sizeof number, "%d", rows);
    setenv ("LINES", number, 1);
    snprintf (number, sizeof number, "%d", columns);
    setenv ("COLUMNS", number, 1);
    self->in = fopen ("/dev/null", "r");
    self->out = fdopen (dup (sink), "w");
    self->screen = self->in && self->out ? newterm ("xterm-256color", self->out, self->in) : NULL;
    if (!self->screen) {
        bench_curses_destroy (&self);
        return NULL;
    }
    start_color ();
    use_default_colors ();
    curs_set (0);
    leaveok (stdscr, TRUE);
    return self;
}

void
bench_curses_destroy (struct bench_curses **self_p)
{
    struct bench_curses *self = *self_p;
    if (!self)
        return;
    if (self->screen) {
        endwin ();
        delscreen (self->screen);
    }
    if (self->in)
        fclose (self->in);
    if (self->out)
        fclose (self->out);
    for (int at = 0; at < SIGNALS; at++)
        sigaction (signals[at], &self->before[at], NULL);
    unsetenv ("LINES");
    unsetenv ("COLUMNS");
    setlocale (LC_CTYPE, "C");
    free (self->cells);
    free (self);
    *self_p = NULL;
}

static short
color_of (uint32_t color)
{
    return color == COLOR_DEFAULT ? -1 : (short) (color_at_depth (color, COLOR_256) & 0xFF);
}

static short
pair_of (struct bench_curses *self, uint32_t fg, uint32_t bg)
{
    if (fg == COLOR_DEFAULT && bg == COLOR_DEFAULT)
        return 0;
    for (short pair = 1; pair <= self->pair_count; pair++)
        if (self->pairs[pair].fg == fg && self->pairs[pair].bg == bg)
            return pair;
    if (self->pair_count == PAIRS_MAX)
        return 0;
    short pair = ++self->pair_count;
    self->pairs[pair].fg = fg;
    self->pairs[pair].bg = bg;
    init_pair (pair, color_of (fg), color_of (bg));
    return pair;
}

static attr_t
attributes_of (uint8_t attributes)
{
    return (attributes & CELL_BOLD ? A_BOLD : 0) | (attributes & CELL_DIM ? A_DIM : 0)
           | (attributes & CELL_ITALIC ? A_ITALIC : 0)
           | (attributes & CELL_UNDERLINE ? A_UNDERLINE : 0)
           | (attributes & CELL_REVERSE ? A_REVERSE : 0);
}

/* What CELL is in ncurses' form; a wide one's right half is none. */
static void
cell_take (struct bench_curses *self, const struct cell *cell, cchar_t *to)
{
    wchar_t text[CLUSTER_MAX + 1] = {0};
    char bytes[CELL_BYTES + 1] = {0};
    memcpy (bytes, cell->bytes, cell->size);
    if (cell->size == 0 || mbstowcs (text, bytes, CLUSTER_MAX) == (size_t) -1)
        text[0] = L' ';
    setcchar (to, text, attributes_of (cell->attributes), pair_of (self, cell->fg, cell->bg), NULL);
}

void
bench_curses_take (struct bench_curses *self, const struct grid *grid)
{
    memset (self->cells, 0,
            (size_t) self->rows * ((size_t) self->columns + 1) * sizeof *self->cells);
    for (int row = 0; row < self->rows; row++) {
        cchar_t *to = self->cells + row * (self->columns + 1);
        for (int column = 0; column < self->columns; column++) {
            const struct cell *cell = grid_at (grid, row, column);
            if (cell && cell->width > 0)
                cell_take (self, cell, to++);
        }
    }
}

void
bench_curses_frame (struct bench_curses *self, bool anew)
{
    for (int row = 0; row < self->rows; row++)
        mvadd_wchstr (row, 0, self->cells + row * (self->columns + 1));
    if (anew)
        clearok (curscr, TRUE);
    refresh ();
}
