/* model_transcript.h: what the terminal has of the images' transcripts: lines, put together from the pieces
 * in which they come, of all images in the order of their coming; and how far each image's was had.
 * Owned by the ui. Pure but for the heap. */

#ifndef STUI_UI_MODEL_TRANSCRIPT_H
#define STUI_UI_MODEL_TRANSCRIPT_H

#include <stui/types.h>

#include "runtime/pieces.h"
#include "runtime/tape.h"

struct json;

enum {
    TRANSCRIPT_LINES_MAX = 10000,     /* of all images together; the oldest go */
    TRANSCRIPT_LINES_BYTES = 8388608, /* of their text */
    TRANSCRIPT_FILTER_BYTES = 128,
};

struct transcript_line {
    uint64_t number; /* rises by one */
    int64_t at_ms;   /* wall */
    char image[STUI_NAME_MAX + 1];
    char *text; /* owned */
    size_t size;
    bool mark; /* not of the image: text is missing here, or it was started again */
    /* Known of it as it was drawn last, so that a long one is not wrapped anew by each frame. */
    int rows, columns; /* its rows, in so many columns … */
    size_t wrapped;    /* … with so many bytes */
};

/* One image's. */
struct transcript_tape {
    char image[STUI_NAME_MAX + 1];
    struct tape had;
    uint64_t seen;        /* what the image's state said of its last when it was asked */
    uint64_t start;       /* the number of the line of a start, if nothing came after it; else 0 */
    uint64_t open;        /* the number of the line whose end has not come; 0 … */
    struct pieces pieces; /* … and how it comes */
    bool asked;           /* an answer is awaited */
    int64_t retry_ms;     /* mono: not asked before; 0 */
    char why[STUI_CAUSE_MAX]; /* it has none, and why; or empty */
};

struct model_transcript {
    struct transcript_line *lines; /* owned; from `first` on */
    size_t first, count, capacity;
    size_t bytes;
    uint64_t last_number;
    struct transcript_tape *tapes; /* owned */
    size_t tape_count, tape_capacity;
    char image[STUI_NAME_MAX + 1]; /* whose is shown; empty: all */
    char filter[TRANSCRIPT_FILTER_BYTES];
    char find[TRANSCRIPT_FILTER_BYTES]; /* what is looked for; empty: nothing */
    uint64_t found;                     /* the line where it was found last; 0 */
    /* Where it is scrolled to: lines are wrapped, so drawing alone knows rows. */
    uint64_t last; /* the line at the bottom; 0: the newest, whichever that is */
    int cut;       /* its rows that are out of sight below */
    int by;        /* rows to be scrolled up (less than 0: down) by the next drawing */
};

enum { TRANSCRIPT_BY_ALL = 1 << 24 }; /* to the first line */

void model_transcript_fini (struct model_transcript *self);

/* That of IMAGE, made when it is not there yet; borrowed until the next. */
struct transcript_tape *model_transcript_tape (struct model_transcript *self, const char *image);
/* An answer of `transcript_get` about IMAGE. */
void model_transcript_take (struct model_transcript *self, const char *image,
                            const struct json *answer);
/* Whether LINE is of the image that is shown and passes the filter. */
bool model_transcript_passes (const struct model_transcript *self,
                              const struct transcript_line *line);
size_t model_transcript_passing (const struct model_transcript *self);
/* The next (BACK: the one before) line that passes, from PLACE of lines on, itself too; the count: there is
 * none. */
size_t model_transcript_next (const struct model_transcript *self, size_t place, bool back);
/* To the newest line, and on with what comes. */
void model_transcript_follow (struct model_transcript *self);
/* Goes to the next (BACK: earlier) line that holds what is looked for, and shows it in the midst of ROWS;
 * false: there is none. */
bool model_transcript_find (struct model_transcript *self, bool back, int rows);
/* All lines that pass, for a file; the bytes in *SIZE. Caller frees. */
char *model_transcript_text (const struct model_transcript *self, int zone_s);

#endif
