/* lines.h: the lines of a file that may be anything, read one by one in bounded memory. */

#ifndef STUI_RUNTIME_LINES_H
#define STUI_RUNTIME_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Zeroed: before the first line. */
struct lines {
    char *text; /* owned: the line without its end; not NUL-terminated */
    size_t size, capacity;
    size_t number;  /* of the line, from 1 on */
    uint64_t bytes; /* of all lines so far, with their ends */
    bool ended;     /* the line had its end: false for the last one of a file that was cut */
    bool too_long;  /* and its text is only the beginning */
};

/* The next line of FILE; of one longer than LIMIT bytes only the end is looked for. False at the end
 * of the file, or when it cannot be read (ferror). */
bool lines_next (struct lines *self, FILE *file, size_t limit);
void lines_fini (struct lines *self);

#endif
