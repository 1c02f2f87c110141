/* event.c: see event.h. */

#include "runtime/event.h"

#include <stdlib.h>

#include "runtime/json.h"

struct msg *
event_put (uint64_t ref, int64_t at_ms, const char *image, const char *kind, const char *text)
{
    struct json *event = json_object (), *events = json_array ();
    json_set_number (event, "at_ms", at_ms);
    json_set_text (event, "image", image);
    json_set_text (event, "kind", kind);
    json_set_text (event, "text", text);
    json_push (events, event);
    char *words = json_print (events);
    struct msg *put = msg_new ("store", MSG_EVENTS_PUT, ref, words);
    free (words);
    json_destroy (&events);
    return put;
}
