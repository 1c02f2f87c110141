/* pieces.h: text that comes in pieces becomes lines, which end with CR, LF or both. The piece that a line
 * goes on in may come much later, and a CR and its LF in two of them. No line is longer than
 * PIECES_LINE_BYTES: it goes on in another. Pure. */

#ifndef STUI_RUNTIME_PIECES_H
#define STUI_RUNTIME_PIECES_H

#include <stdbool.h>
#include <stddef.h>

enum { PIECES_LINE_BYTES = 65536 };

/* Zeroed is before the first piece, and after a line that somebody else ended. */
struct pieces {
    size_t size;   /* of the line whose end has not come */
    bool returned; /* the last piece ended with a CR: an LF that follows belongs to it */
};

/* What a piece has of one line. */
struct pieces_part {
    const char *text; /* borrowed from the piece */
    size_t size;
    bool ends; /* the line is over; what comes next is of another */
};

/* The next part of the piece at *TEXT, which moves past it; false: there is none. */
bool pieces_next (struct pieces *self, const char **text, struct pieces_part *part);

#endif
