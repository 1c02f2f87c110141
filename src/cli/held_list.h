/* held_list.h: what images have held and in doubt: what running supervisors say of theirs, and what
 * the store keeps of the others. */

#ifndef STUI_CLI_HELD_LIST_H
#define STUI_CLI_HELD_LIST_H

#include <stddef.h>

struct client;
struct json;

/* All that is in STATE ("held" or "doubt") as an array of the objects that `held ls --json` prints, by
 * image, oldest first. IMAGES: the configured ones. Caller owns; NULL after saying why. */
struct json *held_list_collect (struct client *client, const struct json *images,
                                const char *state);

/* How many of LIST are of IMAGE. Pure. */
size_t held_list_count (const struct json *list, const char *image);

/* Those of LIST that WORD means: all of an image, or the one whose id it is or begins; they are put
 * behind CHOSEN. How many WORD may mean: 0 or more than 1 of an id, and none is put. Pure. */
size_t held_list_choose (const struct json *list, const char *word, struct json *chosen);

#endif
