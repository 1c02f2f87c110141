/* wire.h: the session protocol's messages (docs/protocol.md): requests made, replies and
 * events read. Pure. Bytes from an image are checked here and nowhere else. */

#ifndef STUI_RUNTIME_WIRE_H
#define STUI_RUNTIME_WIRE_H

#include <stui/types.h>

struct json;

/* {"id","command","parameters"} as text; PARAMETERS is borrowed (NULL: {}). Caller frees.
 * NULL with CAUSE TOO_LARGE when it would exceed STUI_MESSAGE_MAX. */
char *wire_request (const char *id, const char *command, const struct json *parameters,
                    struct stui_cause *cause);

enum wire_kind { WIRE_SUCCESS, WIRE_ERROR, WIRE_EVENT };

/* One message of an image. Texts are borrowed from JSON, which is owned. */
struct wire_message {
    enum wire_kind kind;
    struct json *json;              /* the whole message */
    const char *id;                 /* of a reply; NULL when the image had none to name */
    const struct json *result;      /* of a success; never NULL then */
    const char *error, *error_type; /* of an error; error_type may be NULL ("or none") */
    const struct json *details;     /* of an error; may be NULL */
    const char *event;              /* of an event */
    int64_t seq;                    /* of an event; 0 when absent */
    const struct json *data;        /* of an event; may be NULL */
};

/* 0, or an error with CAUSE (MALFORMED, TOO_LARGE): a sentence that says what was wrong. Unknown
 * members are ignored, known ones must have their type, null counts as absent. */
int wire_parse (const char *bytes, size_t size, struct wire_message *message,
                struct stui_cause *cause);
/* Whether BYTES are the answer of an idle image to the ping ID, written as docs/protocol.md has it: a
 * success that tells of nothing busy. Makes no tree; what says false may still be one, for wire_parse. */
bool wire_is_pong (const char *bytes, size_t size, const char *id);

void wire_message_fini (struct wire_message *message);

/* Whether COMMAND changes something, so that its id is remembered by the image and it must not
 * be sent twice. Reads and pings may be repeated freely. Unknown commands count as changing. */
bool wire_command_changes (const char *command);

#endif
