/* wrap.h: lists in the lines of a terminal of 80 columns, for the legend of the live view and the report. */

#ifndef STUI_CHAOS_WRAP_H
#define STUI_CHAOS_WRAP_H

#include <stdio.h>

/* Embedded. INDENT is how far the lines after the first one are in. */
struct wrap {
    FILE *out; /* borrowed */
    int indent, column;
};

/* Begins with TEXT, which the first line has in front. */
void wrap_begin (struct wrap *self, FILE *out, int indent, const char *text);
/* A word more, which may have blanks, with a blank before it; on a new line where it does not fit. */
void wrap_put (struct wrap *self, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
void wrap_end (struct wrap *self);

#endif
