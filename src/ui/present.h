/* present.h: the fewest bytes that turn what a terminal shows into a new frame. Keeps a grid of
 * what is shown, the pen and the cursor; compares cell by cell; moves by the cheapest of the
 * sequences that every terminal knows (ECMA-48: CR, LF, BS, CUP, CHA, CUF, CUB, CUU, CUD, EL), or
 * by writing a few cells again. Colours become what the terminal has. Nothing changed: no bytes.
 *
 * It wants autowrap off, so that the last cell never scrolls. After the last column, and after a
 * cluster about whose width terminals differ, the cursor is placed anew and the next cell is
 * written again: a terminal that thinks otherwise spoils one cell, not the line. Owns the back
 * grid. Pure but for the heap. */

#ifndef STUI_UI_PRESENT_H
#define STUI_UI_PRESENT_H

#include "ui/buffer.h"
#include "ui/cell.h"

struct present {
    enum color_depth depth;
    bool synchronized; /* the terminal has mode 2026: frames appear at once */
    bool shapes;       /* the terminal has DECSCUSR: the cursor changes its shape */
    bool erases;       /* what it erases takes the background (terminfo's bce) */

    /* the rest is present's own */
    struct grid back;      /* what is shown */
    bool known;            /* whether the terminal has back, pen and cursor */
    int row, column;       /* of the terminal's cursor; column -1: unknown */
    int shape;             /* of enum cursor_shape; -1: unknown */
    struct style pen;      /* at the terminal's depth */
    uint64_t frames;       /* that wrote anything */
    uint64_t cells, bytes; /* written, since the start */
};

/* The bytes around a synchronized frame. */
#define PRESENT_BEGIN "\033[?2026h"
#define PRESENT_END   "\033[?2026l"

void present_init (struct present *self, enum color_depth depth);
void present_fini (struct present *self);

/* What the terminal shows is not known any more (start, resize, fg): the next frame clears the
 * screen and draws all of it. */
void present_forget (struct present *self);

/* Appends to OUT what makes the terminal show FRONT. Returns how many bytes that are; 0 when it
 * shows it already. A size other than the last one forgets what is shown. */
size_t present_frame (struct present *self, const struct grid *front, struct buffer *out);

#endif
