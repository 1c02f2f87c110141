/* reaped.h: how many sessions were cleaned away, by which rule and since when, as commands show it. */

#ifndef STUI_CLI_REAPED_H
#define STUI_CLI_REAPED_H

struct json;

/* Of COUNTS, what `store_status` answers as `reaped` (actors/reaper_counts.h has its form): those of image
 * NAME, for --json; null when there are none. Caller owns. Pure but for the heap. */
struct json *reaped_of (const struct json *counts, const char *name);

/* The same as a sentence; NAME NULL: of all images together. NULL when nothing was cleaned away. Caller
 * frees. Pure. */
char *reaped_text (const struct json *counts, const char *name);

#endif
