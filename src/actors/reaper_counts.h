/* reaper_counts.h: how many sessions of each image were cleaned away, by which rule, and since when that is
 * counted: an object that the reaper keeps in its record, by the image's name:
 *
 *     {NAME: {since_ms, last_ms, reaped, asked, returned, deleted, rules: {WHY: count}}}
 *
 * reaped: put into the archive, asked of them by a user's word; returned: out of it again; deleted: out of it
 * for good. The rules are in the words of reaper_choose.c. Pure but for the heap. */

#ifndef STUI_ACTORS_REAPER_COUNTS_H
#define STUI_ACTORS_REAPER_COUNTS_H

#include "actors/reaper.h"

enum {
    REAPER_COUNTS_MAX = 2000
}; /* names; those of images beyond them are counted together, as "" */

/* ROW of an order of KIND is done, at WALL_MS; ASKED: by a user's word. Whether that is counted. */
bool reaper_counts_add (struct json *counts, enum reaper_order_kind kind,
                        const struct reaper_row *row, bool asked, int64_t wall_ms);

#endif
