/* reaped.h: how many sessions were cleaned away, by which rule and since when, as commands show it. */

#ifndef STUI_CLI_REAPED_H
#define STUI_CLI_REAPED_H

struct client;
struct json;

/* The counts of all images by name, as actors/reaper_counts.h has them; empty when the store cannot say.
 * Caller owns. */
struct json *reaped_ask (struct client *client);

/* Those of image NAME, for --json; null when there are none. Caller owns. */
struct json *reaped_of (const struct json *counts, const char *name);

/* The same as a sentence; NAME NULL: of all images together. NULL when nothing was cleaned away. Caller
 * frees. Pure. */
char *reaped_text (const struct json *counts, const char *name);

#endif
