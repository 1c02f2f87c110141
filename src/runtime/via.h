/* via.h: the host behind which an image is, as ssh reaches it: [USER@]HOST[:PORT]. Pure. */

#ifndef STUI_RUNTIME_VIA_H
#define STUI_RUNTIME_VIA_H

#include <stui/types.h>

struct via {
    char destination[STUI_VIA_MAX]; /* [USER@]HOST, for ssh; never an option */
    char port[8];                   /* empty: what ssh's own configuration says */
};

#define VIA_EXPECTED "[USER@]HOST[:PORT], as in me@gate.example.org"

/* Nothing that a shell or ssh would take for more than a host: letters, digits and ._-@:[]%. An IPv6
 * address stands in brackets. 0, or STUI_E_MALFORMED with CAUSE. */
int via_parse (const char *text, struct via *via, struct stui_cause *cause);

#endif
