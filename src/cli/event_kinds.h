/* event_kinds.h: the kinds of events there are, for `stui events --kind` and the shells that complete it. */

#ifndef STUI_CLI_EVENT_KINDS_H
#define STUI_CLI_EVENT_KINDS_H

#include <stddef.h>

/* In the order of the alphabet, ending with NULL; static text. */
extern const char *const event_kinds[];
/* How many there are. */
size_t event_kinds_count (void);

#endif
