/* store_input.c: see store_input.h. */

#include "actors/store_input.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"

char *
store_input_session (struct json *session, const char *session_id, struct stui_cause *cause)
{
    const char *own = json_get_text (session, "session_id");
    if (!own || strcmp (own, session_id) != 0) {
        stui_fail (cause, STUI_E_INVALID_REQUEST,
                   "the record of session %.64s says it is session %.64s", session_id,
                   own ? own : "(none)");
        return NULL;
    }
    json_set (session, "generation", NULL);
    json_set (session, "bytes", NULL);
    json_set (session, "context", json_take (session, "context"));
    char *body = json_print (session);
    size_t bytes = strlen (body);
    if (bytes > STUI_SESSION_MAX) {
        stui_fail (cause, STUI_E_TOO_LARGE,
                   "session %.64s has %zu bytes, more than the %d that can be stored", session_id,
                   bytes, STUI_SESSION_MAX);
        free (body);
        return NULL;
    }
    return body;
}

int
store_input_events (const struct json *events, struct stui_cause *cause)
{
    if (json_count (events) > STORE_INPUT_EVENTS)
        return stui_fail (cause, STUI_E_TOO_LARGE, "more than %d events at once",
                          STORE_INPUT_EVENTS);
    for (const struct json *event = json_first (events); event; event = json_next (event)) {
        if (!json_is_object (event))
            return stui_fail (cause, STUI_E_INVALID_REQUEST, "an event is not an object");
        if (json_size (event) > STORE_INPUT_EVENT_BYTES)
            return stui_fail (cause, STUI_E_TOO_LARGE, "an event has more than %d bytes",
                              STORE_INPUT_EVENT_BYTES);
    }
    return 0;
}
