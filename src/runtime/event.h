/* event.h: an event for the profile's history, as store takes it. Pure. */

#ifndef STUI_RUNTIME_EVENT_H
#define STUI_RUNTIME_EVENT_H

#include <stui/msg.h>

/* The `events_put` request REF to store with one event: AT_MS since 1970, IMAGE "" when it
 * concerns none, KIND one word, TEXT a sentence. Caller owns. */
struct msg *event_put (uint64_t ref, int64_t at_ms, const char *image, const char *kind,
                       const char *text);

#endif
