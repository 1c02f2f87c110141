/* cell.h: a grid of cells, and drawing into it. Screens draw here and nowhere else; present.h
 * turns the difference of two grids into bytes. All drawing is clipped, makes its text harmless
 * (text.h), and never leaves half of a wide character. Owns its cells; knows nothing of
 * terminals. Pure but for the heap. */

#ifndef STUI_UI_CELL_H
#define STUI_UI_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stui/types.h>

#include "ui/color.h"

enum {
    CELL_BYTES = 20,     /* of a cluster: TEXT_CLUSTER_MAX */
    GRID_ROWS_MAX = 500, /* above what any screen has; so 2 grids stay below 32 MB */
    GRID_COLUMNS_MAX = 1000,
};

enum cell_attribute {
    CELL_BOLD = 1 << 0,
    CELL_DIM = 1 << 1,
    CELL_ITALIC = 1 << 2,
    CELL_UNDERLINE = 1 << 3,
    CELL_REVERSE = 1 << 4,
    CELL_STRIKE = 1 << 5,
};

struct style {
    uint32_t fg, bg;    /* color.h */
    uint8_t attributes; /* of enum cell_attribute */
};

/* One cell; 32 bytes without gaps, so that rows are compared and copied in one call. A blank of
 * which no foreground can be seen has the default one and no attributes. */
struct cell {
    char bytes[CELL_BYTES]; /* the cluster, rest zero; empty in a right half */
    uint8_t size;           /* of the cluster in bytes; 0 in a right half */
    uint8_t width;          /* 1, 2, or 0: the right half of the wide one on its left */
    uint8_t attributes;
    uint8_t unsettled; /* terminals differ about the width: the cursor is placed anew after it */
    uint32_t fg, bg;
};

enum cursor_shape { CURSOR_BLOCK, CURSOR_BAR, CURSOR_UNDERLINE, CURSOR_SHAPE_COUNT };

struct cursor {
    int row, column;
    bool visible;
    enum cursor_shape shape;
};

/* Places count from 0 at the top left. Areas may reach beyond the grid; what is outside is not
 * drawn. */
struct rect {
    int row, column, rows, columns;
};

struct grid {
    int rows, columns;
    struct cell *cells; /* owned; rows * columns */
    struct cursor cursor;
    bool ascii;            /* everything drawn becomes its ASCII twin */
    enum stui_theme theme; /* for style_of */
};

/* A grid of blanks in the default style, its size brought within 1 and the maxima. */
void grid_init (struct grid *self, int rows, int columns);
void grid_fini (struct grid *self);
/* The new size; contents are kept where they fit, a wide character that is cut becomes blanks.
 * The cursor stays inside. */
void grid_resize (struct grid *self, int rows, int columns);
/* Blanks, default style, cursor hidden. */
void grid_clear (struct grid *self);
/* Makes SELF an exact copy of FROM, size and cursor too. */
void grid_copy (struct grid *self, const struct grid *from);
/* Same size, cells and cursor. */
bool grid_is_equal (const struct grid *self, const struct grid *other);

/* The cell; NULL outside. Borrowed until the grid is resized. */
const struct cell *grid_at (const struct grid *self, int row, int column);
/* The whole grid. */
struct rect grid_area (const struct grid *self);

/* ---- areas ---- */

/* AREA without MARGIN cells on each side; empty rather than negative. */
struct rect rect_inset (struct rect area, int rows, int columns);
/* Cuts ROWS rows (COLUMNS columns) off *AREA at its top (left), or with a negative number at its
 * bottom (right), and returns them; at most what there is. */
struct rect rect_cut_rows (struct rect *area, int rows);
struct rect rect_cut_columns (struct rect *area, int columns);
/* Whether ROW, COLUMN (a mouse's) is inside. */
bool rect_holds (struct rect area, int row, int column);

/* ---- drawing; ROW and COLUMN count from AREA's top left, and nothing is drawn outside AREA ---- */

/* Blanks in STYLE. */
void grid_fill (struct grid *self, struct rect area, struct style style);
/* What is there gets STYLE: selections, dimming. */
void grid_restyle (struct grid *self, struct rect area, struct style style);

/* SIZE bytes of TEXT, one line, from COLUMN on (which may be negative: scrolled to the side).
 * Returns the column after it; where it reaches beyond AREA, a column outside. */
int grid_text (struct grid *self, struct rect area, int row, int column, struct style style,
               const char *text, size_t size);
/* The same of a C string. */
int grid_string (struct grid *self, struct rect area, int row, int column, struct style style,
                 const char *text);
/* The same, formatted; at most 1,023 bytes. */
int grid_printf (struct grid *self, struct rect area, int row, int column, struct style style,
                 const char *format, ...) __attribute__ ((format (printf, 6, 7)));
/* TEXT in a field of WIDTH columns: cut with an ellipsis, or filled with blanks; with a negative
 * WIDTH it stands at the right. Returns the column after the field. */
int grid_field (struct grid *self, struct rect area, int row, int column, int width,
                struct style style, const char *text, size_t size);

/* Lines along the top row, the left column, or around AREA; TITLE (may be NULL) is set into the
 * top line. */
void grid_line_across (struct grid *self, struct rect area, struct style style);
void grid_line_down (struct grid *self, struct rect area, struct style style);
void grid_box (struct grid *self, struct rect area, struct style style, const char *title);

/* Places the cursor and shows it, if it is inside AREA. */
void grid_set_cursor (struct grid *self, struct rect area, int row, int column,
                      enum cursor_shape shape);

/* Row ROW as text without trailing blanks, for tests and pictures. Caller frees. */
char *grid_row_text (const struct grid *self, int row);
/* All rows, each ended by a line feed. Caller frees. */
char *grid_to_text (const struct grid *self);

#endif
