/* wire.c: the session protocol's messages. Texts of requests go out, bytes of an image come
 * in and are checked here and nowhere else: unknown members are ignored, known ones must have
 * their type, and null counts as absent. A struct wire_message owns its tree. Pure. */

#include "runtime/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/json_scan.h"

enum { PLAIN_MAX = 128 };

/* Whether TEXT reads the same in JSON. */
static bool
is_plain (const char *text)
{
    return text[strspn (text, "abcdefghijklmnopqrstuvwxyz_-0123456789")] == '\0';
}

/* What is only an id and a command, as each of a thousand pings, is written straight out. */
char *
wire_request (const char *id, const char *command, const struct json *parameters,
              struct stui_cause *cause)
{
    if (!parameters && strlen (id) + strlen (command) < PLAIN_MAX && is_plain (id)
        && is_plain (command))
        return stui_printf ("{\"id\":\"%s\",\"command\":\"%s\",\"parameters\":{}}", id, command);
    struct json *json = json_object ();
    json_set_text (json, "id", id);
    json_set_text (json, "command", command);
    char *head = json_print (json);
    json_destroy (&json);
    /* Measured before it is printed, and PARAMETERS (10 MB at most) printed where they go. */
    static const char between[] = ",\"parameters\":";
    size_t head_size = strlen (head) - 1;
    size_t size = head_size + sizeof between - 1 + (parameters ? json_size (parameters) : 2) + 1;
    char *text = NULL;
    if (size > STUI_MESSAGE_MAX)
        stui_fail (cause, STUI_E_TOO_LARGE,
                   "the request %.40s has %zu bytes, and a message at most %d; send it in parts",
                   command, size, STUI_MESSAGE_MAX);
    else {
        char *printed = parameters ? json_print (parameters) : stui_strdup ("{}");
        text = stui_printf ("%.*s%s%s}", (int) head_size, head, between, printed);
        free (printed);
    }
    free (head);
    return text;
}

/* ---- Reading --------------------------------------------------------------------------- */

static bool
wire_has (const struct json *json, const char *key)
{
    const struct json *member = json_get (json, key);
    return member && !json_is_null (member);
}

/* The member KEY, or NULL when it is absent or null; *GOOD falls when IS_TYPE refuses it. */
static const struct json *
wire_member (const struct json *json, const char *key, bool (*is_type) (const struct json *),
             const char *type, bool *good, struct stui_cause *cause)
{
    const struct json *member = wire_has (json, key) ? json_get (json, key) : NULL;
    if (!member || is_type (member))
        return member;
    if (*good)
        stui_fail (cause, STUI_E_MALFORMED, "the image sent a message whose \"%s\" is not %s", key,
                   type);
    *good = false;
    return NULL;
}

static const char *
wire_text (const struct json *json, const char *key, bool *good, struct stui_cause *cause)
{
    return json_text (wire_member (json, key, json_is_string, "a string", good, cause));
}

static const struct json *
wire_object (const struct json *json, const char *key, bool *good, struct stui_cause *cause)
{
    return wire_member (json, key, json_is_object, "an object", good, cause);
}

static bool
wire_is_count (const struct json *json)
{
    return json_value (json, -1) >= 0;
}

static bool
wire_read_event (struct wire_message *message, struct stui_cause *cause)
{
    bool good = true;
    message->kind = WIRE_EVENT;
    message->event = wire_text (message->json, "event", &good, cause);
    message->seq = json_value (
        wire_member (message->json, "seq", wire_is_count, "a whole number", &good, cause), 0);
    message->data = wire_object (message->json, "data", &good, cause);
    return good;
}

static bool
wire_read_reply (struct wire_message *message, struct stui_cause *cause)
{
    struct json *json = message->json;
    bool good = true;
    const char *status = wire_text (json, "status", &good, cause);
    message->id = wire_text (json, "id", &good, cause);
    if (!good)
        return false;
    if (!status) {
        stui_fail (cause, STUI_E_MALFORMED,
                   "the image sent a message with neither a \"status\" nor an \"event\"");
        return false;
    }
    if (strcmp (status, "success") == 0) {
        message->kind = WIRE_SUCCESS;
        message->result = wire_object (json, "result", &good, cause);
        if (good && !message->result) {
            json_set (json, "result", json_object ());
            message->result = json_get (json, "result");
        }
        return good;
    }
    if (strcmp (status, "error") != 0) {
        stui_fail (cause, STUI_E_MALFORMED,
                   "the image sent the status '%.40s', expected success or error", status);
        return false;
    }
    message->kind = WIRE_ERROR;
    message->error = wire_text (json, "error", &good, cause);
    message->error_type = wire_text (json, "error_type", &good, cause);
    message->details = wire_object (json, "details", &good, cause);
    if (good && !message->error) {
        stui_fail (cause, STUI_E_MALFORMED, "the image sent an error without an \"error\" text");
        return false;
    }
    return good;
}

int
wire_parse (const char *bytes, size_t size, struct wire_message *message, struct stui_cause *cause)
{
    *message = (struct wire_message){.json = NULL};
    if (size > STUI_MESSAGE_MAX)
        return stui_fail (cause, STUI_E_TOO_LARGE,
                          "the image sent a message of %zu bytes, and one has at most %d", size,
                          STUI_MESSAGE_MAX);
    struct stui_cause why;
    message->json = json_parse (bytes, size, &why);
    if (!message->json)
        return stui_fail (cause, STUI_E_MALFORMED, "the image sent a message that is not JSON: %s",
                          why.text);
    bool good;
    if (!json_is_object (message->json)) {
        stui_fail (cause, STUI_E_MALFORMED, "the image sent JSON that is not an object");
        good = false;
    }
    else if (wire_has (message->json, "event") && !wire_has (message->json, "status"))
        good = wire_read_event (message, cause);
    else
        good = wire_read_reply (message, cause);
    if (!good)
        wire_message_fini (message);
    return good ? 0 : STUI_E_MALFORMED;
}

/* That it begins so makes these the members of the whole, and the scan refuses a second one of a name. */
bool
wire_is_pong (const char *bytes, size_t size, const char *id)
{
    enum { PONG_MAX = 1024 };
    char begin[PLAIN_MAX];
    int length =
        snprintf (begin, sizeof begin, "{\"id\":\"%s\",\"status\":\"success\",\"result\":{", id);
    return length < (int) sizeof begin && (size_t) length < size && size < PONG_MAX
           && memcmp (bytes, begin, (size_t) length) == 0 && !memmem (bytes, size, "busy_with", 9)
           && json_scan (bytes, size, NULL) >= 0;
}

void
wire_message_fini (struct wire_message *message)
{
    if (!message)
        return;
    json_destroy (&message->json);
    *message = (struct wire_message){.json = NULL};
}

/* ---- Commands -------------------------------------------------------------------------- */

bool
wire_command_changes (const char *command)
{
    static const char *const reads[] = {
        "hello",
        "ping",
        "restore_session",
        "get_session_info",
        "list_client_sessions",
        "get_session_statistics",
        "get_result",
        "list_variables",
        "list_classes",
        "browse_class",
        "get_method",
        "file_out",
        "senders",
        "implementors",
        "search_source",
        "complete",
        "system_info",
        "subscribe",
        "list_image_sessions",
        "get_image_session_stats",
    };
    for (size_t index = 0; index < sizeof reads / sizeof *reads; index++)
        if (strcmp (reads[index], command) == 0)
            return false;
    return true;
}
