/* temporary.h: a temporary profile: a directory of its own for state, configuration and sockets, to which
 * the environment points, so that nothing of the user's own is read or written. */

#ifndef STUI_CLI_TEMPORARY_H
#define STUI_CLI_TEMPORARY_H

#include <stdbool.h>

struct temporary {
    char directory[64]; /* made and removed; empty: none */
};

/* Makes it, called stui-WORD-…, and points the environment there. False after saying why on stderr. */
bool temporary_make (struct temporary *self, const char *word);
/* Removes all that is in it. Accepts one that was not made. */
void temporary_remove (struct temporary *self);

#endif
