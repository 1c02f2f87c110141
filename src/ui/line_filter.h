/* line_filter.h: which of many lines are shown: of events, of transcripts. A filter is words, and a
 * line passes that has them all, whatever their case:
 *
 *     word         it stands in one of the line's fields
 *     field=word   in that one
 *     !word        it does not; so with field=word
 *
 * Pure. */

#ifndef STUI_UI_LINE_FILTER_H
#define STUI_UI_LINE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

struct line_field {
    const char *name; /* "image" */
    const char *text; /* NULL counts as "" */
};

/* Whether the line of COUNT FIELDS passes FILTER; an empty one lets all pass. */
bool line_filter_passes (const char *filter, const struct line_field *fields, size_t count);

#endif
