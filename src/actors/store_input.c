/* store_input.c: see store_input.h. */

#include "actors/store_input.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/json_scan.h"

/* What a scan finds out about a session's text. */
struct session_form {
    const char *text, *session_id;
    size_t size;
    bool is_named;     /* it says that it is session SESSION_ID */
    bool has_ours;     /* members that are the store's to set */
    bool context_last; /* and nothing but the closing brace after it */
};

static bool
text_is (const char *text, size_t size, const char *wanted)
{
    return strlen (wanted) == size && memcmp (text, wanted, size) == 0;
}

static void
session_member (void *context, const char *key, size_t key_size, const char *value,
                size_t value_size)
{
    static const char before[] = ",\"context\":{";
    struct session_form *self = context;
    if (text_is (key, key_size, "session_id"))
        self->is_named = value_size >= 2 && text_is (value + 1, value_size - 2, self->session_id);
    else if (text_is (key, key_size, "generation") || text_is (key, key_size, "bytes")
             || memchr (key, '\\', key_size)) /* whatever that spells */
        self->has_ours = true;
    self->context_last =
        text_is (key, key_size, "context") && value + value_size + 1 == self->text + self->size
        && memcmp (value + 1 - (sizeof before - 1), before, sizeof before - 1) == 0;
}

/* The same through a tree, for texts in any other form. */
static char *
session_reorder (const char *text, const char *session_id, struct stui_cause *cause)
{
    struct json *session = json_parse (text, strlen (text), cause);
    if (!session)
        return NULL;
    const char *own = json_get_text (session, "session_id");
    char *body = NULL;
    if (!own || strcmp (own, session_id) != 0)
        stui_fail (cause, STUI_E_INVALID_REQUEST,
                   "the record of session %.64s says it is session %.64s", session_id,
                   own ? own : "(none)");
    else {
        json_set (session, "generation", NULL);
        json_set (session, "bytes", NULL);
        json_set (session, "context", json_take (session, "context"));
        body = json_print (session);
    }
    json_destroy (&session);
    return body;
}

char *
store_input_session (const char *text, const char *session_id, struct stui_cause *cause)
{
    struct session_form form = {.text = text, .session_id = session_id, .size = strlen (text)};
    if (json_scan_object (text, form.size, session_member, &form, cause) < 0) {
        if (json_scan (text, form.size, NULL) == 0)
            stui_fail (cause, STUI_E_INVALID_REQUEST, "the record of session %.64s is no object",
                       session_id);
        return NULL;
    }
    bool as_stored = form.is_named && !form.has_ours && form.context_last;
    char *body =
        as_stored ? stui_strndup (text, form.size) : session_reorder (text, session_id, cause);
    size_t bytes = as_stored ? form.size : body ? strlen (body) : 0;
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
