/* chooser.h: a short list over the text of a workspace, of which one is chosen: what a word may become,
 * inputs of before, buffers. It knows what it lists and what is chosen, not what for (ui_choose.c). Owns
 * its items and its query. Pure but for the heap. */

#ifndef STUI_UI_CHOOSER_H
#define STUI_UI_CHOOSER_H

#include <stdint.h>

#include "ui/cell.h"
#include "ui/editor.h"

enum chooser_kind {
    CHOOSER_CLOSED,
    CHOOSER_COMPLETION, /* beside the word, which is typed on in the text */
    CHOOSER_HISTORY,    /* at the bottom, with a line of its own for what is looked for */
    CHOOSER_BUFFERS,
    CHOOSER_KIND_COUNT
};

enum {
    CHOOSER_ITEMS_MAX = 100, /* an image answers no more either */
    CHOOSER_ROWS = 8,        /* shown at most */
};

struct chooser_item {
    char *text;       /* owned */
    const char *note; /* static: a word about it; "" */
};

struct chooser {
    enum chooser_kind kind;
    struct chooser_item *items; /* owned */
    size_t count, capacity;
    size_t selected;     /* COUNT: none, there are none */
    bool moved;          /* the user chose; else the first one is meant */
    uint64_t owner;      /* whose text it is over: the number of a workspace */
    size_t start, end;   /* of CHOOSER_COMPLETION: where the word is */
    uint64_t ref;        /* of the question to the image that is open; 0 */
    bool again;          /* the word has changed since */
    const char *title;   /* static */
    struct editor query; /* of CHOOSER_HISTORY */
};

/* Zeroed is closed. Closes what was open. */
void chooser_open (struct chooser *self, enum chooser_kind kind, const char *title);
void chooser_close (struct chooser *self);

/* No items; what was chosen by the user is chosen again when it is added again. */
void chooser_clear (struct chooser *self, char **chosen);
/* Adds SIZE bytes at TEXT, unless it is there or there are too many. */
void chooser_add (struct chooser *self, const char *text, size_t size, const char *note);
/* Chooses *CHOSEN again, if it is there, and frees it. */
void chooser_settle (struct chooser *self, char **chosen);
/* STEP further, round the ends. */
void chooser_move (struct chooser *self, int step);
/* The text of the one chosen; NULL. Borrowed. */
const char *chooser_chosen (const struct chooser *self);

/* In AREA: beside (ROW, COLUMN), which stays seen, or with a query at the bottom. */
void chooser_draw (const struct chooser *self, struct grid *grid, struct rect area, int row,
                   int column);

#endif
