/* fuzz_wire.c: bytes from an image. What wire_parse takes keeps what wire.h promises of it; and
 * what it takes as a result goes into a request and comes out the same. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"
#include "runtime/wire.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_request (const struct wire_message *message)
{
    const char *id = message->id ? message->id : "none";
    struct stui_cause cause = {0};
    char *text = wire_request (id, "evaluate", message->result, &cause);
    assert (text || cause.err == STUI_E_TOO_LARGE);
    if (!text)
        return;
    struct json *json = json_parse (text, strlen (text), &cause);
    /* The one thing that need not come back: a result at the very bound, one level deeper. */
    assert (json || strstr (cause.text, "nested") || strstr (cause.text, "million"));
    if (json) {
        assert (strcmp (json_get_text (json, "id"), id) == 0);
        assert (json_equal (json_get (json, "parameters"), message->result));
    }
    json_destroy (&json);
    free (text);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct wire_message message;
    struct stui_cause cause = {0};
    if (wire_parse ((const char *) data, size, &message, &cause) < 0) {
        assert (cause.err && cause.text[0] && !message.json);
        return 0;
    }
    switch (message.kind) {
    case WIRE_SUCCESS:
        assert (json_is_object (message.result));
        check_request (&message);
        break;
    case WIRE_ERROR:
        assert (message.error && (!message.details || json_is_object (message.details)));
        break;
    case WIRE_EVENT:
        assert (message.event && message.seq >= 0);
        assert (!message.data || json_is_object (message.data));
        break;
    }
    wire_message_fini (&message);
    assert (!message.json);
    return 0;
}
