/* render.h: text for people: tables whose columns line up by what a terminal shows, and texts
 * from images made harmless. Returns texts, writes nothing: whoever prints them asks whether
 * stdout is a terminal. Pure but for the heap and the C library's table of widths. */

#ifndef STUI_CLI_RENDER_H
#define STUI_CLI_RENDER_H

#include <stui/types.h>

enum render_color {
    RENDER_PLAIN,
    RENDER_GOOD,  /* green */
    RENDER_WARN,  /* yellow */
    RENDER_BAD,   /* red */
    RENDER_FAINT, /* dim */
    RENDER_COLOR_COUNT
};

struct render_column { /* tables of these end with a NULL title */
    const char *title;
    bool right;    /* numbers */
    bool flexible; /* cut first when the line does not fit */
};

struct render_table; /* opaque */

/* COLUMNS is borrowed until render_table_destroy. */
struct render_table *render_table_new (const struct render_column *columns);
void render_table_destroy (struct render_table **self);

/* The next cell, left to right, row by row. TEXT is copied, made one harmless line; NULL shows
 * as "-". */
void render_cell (struct render_table *self, const char *text, enum render_color color);
void render_cell_number (struct render_table *self, int64_t number); /* below 0 shows as "-" */

/* The whole table with its titles, a newline after each line and no blanks before it. WIDTH 0:
 * as wide as it gets; else no line is wider: flexible columns are cut first, with an ellipsis
 * (ASCII: a tilde). Caller frees. */
char *render_table_text (const struct render_table *self, size_t width, bool color, bool ascii);

/* Columns that TEXT takes on a terminal. */
size_t render_width (const char *text);

/* TEXT with control characters (bidi's too) shown as \xNN, so that no text from an image drives the
 * terminal. The line: line ends and tabs become blanks. The block: any kind of line end becomes
 * a newline, and each line but the first has INDENT blanks before it. Callers free. */
char *render_line (const char *text);
char *render_block (const char *text, size_t indent);

/* TEXT in COLOR where PAINT is true. Caller frees. */
char *render_paint (const char *text, enum render_color color, bool paint);

/* The colour of an image's or a session's state, by its word. */
enum render_color render_state_color (const char *word);

/* "350 ms", "12 s", "5 min", "3 h", "2 d"; "-" below 0. Caller frees. */
char *render_duration (int64_t ms);

#endif
