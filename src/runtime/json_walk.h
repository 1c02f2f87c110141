/* json_walk.h: the elements of an array in a JSON text, one by one and without a tree of them all: a
 * list of ten thousand can be read some at a time. For texts that we wrote ourselves; in one that is
 * damaged it ends early, never behind the text's end. Pure. */

#ifndef STUI_RUNTIME_JSON_WALK_H
#define STUI_RUNTIME_JSON_WALK_H

#include <stdbool.h>
#include <stddef.h>

struct json_walk {
    const char *at; /* borrowed; NULL: there is no more */
};

/* To the first element of the array that is the member KEY of the object TEXT, which outlives the walk.
 * KEY has nothing to escape. False when there is none: the walk is at its end then. */
bool json_walk_begin (struct json_walk *self, const char *text, const char *key);
/* The next element, SIZE bytes; NULL at the end. */
const char *json_walk_next (struct json_walk *self, size_t *size);

#endif
