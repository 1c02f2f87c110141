/* conflict.h: how a session here and the image's version of it differ, in a few lines. Pure but for the
 * heap. */

#ifndef STUI_UI_CONFLICT_H
#define STUI_UI_CONFLICT_H

struct json;

enum { CONFLICT_LINES_MAX = 2 }; /* of each version: it is to be recognised, not read */

/* Where the texts of the contexts MINE and THEIRS begin to differ, "- " before lines of mine, "+ " before
 * theirs, then which other members differ; each line ends with a newline. Caller frees. */
char *conflict_lines (const struct json *mine, const struct json *theirs);

#endif
