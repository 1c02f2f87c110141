/* store_input.h: what others want stored, checked and brought into the stored form. Pure. */

#ifndef STUI_ACTORS_STORE_INPUT_H
#define STUI_ACTORS_STORE_INPUT_H

#include <stui/types.h>

struct json;

enum {
    STORE_INPUT_EVENTS = 1000,       /* in one events_put */
    STORE_INPUT_EVENT_BYTES = 65536, /* of one event */
};

/* The body under which the session TEXT is stored as SESSION_ID, or NULL with CAUSE when it may not
 * be. The context comes last, so that a list of sessions can be read without it. A text that is so
 * already, as supervisors send it, is only checked: no tree is built of it. Caller frees. */
char *store_input_session (const char *text, const char *session_id, struct stui_cause *cause);

/* 0, or an error with CAUSE when the array EVENTS may not be stored. */
int store_input_events (const struct json *events, struct stui_cause *cause);

#endif
