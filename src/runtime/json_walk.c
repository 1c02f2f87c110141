/* json_walk.c: see json_walk.h. */

#include "runtime/json_walk.h"

#include <string.h>

static const char *
space_skip (const char *at)
{
    return at + strspn (at, " \t\r\n,:");
}

/* Behind the string that begins AT; at the end of a text that ends in it. */
static const char *
string_skip (const char *at)
{
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1])
            at++;
    return *at ? at + 1 : at;
}

/* Behind the value that begins AT. */
static const char *
value_skip (const char *at)
{
    size_t depth = 0;
    do {
        at += strcspn (at, depth ? "\"{}[]" : "\"{}[], \t\r\n");
        if (*at == '"')
            at = string_skip (at);
        else if (*at == '{' || *at == '[') {
            depth++;
            at++;
        }
        else if (depth > 0 && *at) {
            depth--;
            at++;
        }
    } while (depth > 0 && *at);
    return at;
}

bool
json_walk_begin (struct json_walk *self, const char *text, const char *key)
{
    size_t length = strlen (key);
    self->at = NULL;
    const char *at = text ? space_skip (text) : "";
    if (*at != '{')
        return false;
    for (at = space_skip (at + 1); *at == '"'; at = space_skip (value_skip (at))) {
        const char *name = at + 1;
        at = string_skip (at);
        bool found = (size_t) (at - name) == length + 1 && memcmp (name, key, length) == 0;
        at = space_skip (at);
        if (found) {
            self->at = *at == '[' ? at + 1 : NULL;
            return self->at;
        }
    }
    return false;
}

const char *
json_walk_next (struct json_walk *self, size_t *size)
{
    if (!self->at)
        return NULL;
    const char *from = space_skip (self->at), *to = value_skip (from);
    bool ends = to == from;
    *size = (size_t) (to - from);
    self->at = ends ? NULL : to;
    return ends ? NULL : from;
}
