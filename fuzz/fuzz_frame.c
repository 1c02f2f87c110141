/* fuzz_frame.c: bytes of a client, in pieces whose sizes they choose themselves: frames, hellos,
 * messages and parts must be taken or refused, and what is taken as a message must come out
 * again as it went in. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/frame.h"
#include "runtime/json.h"

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size);

static void
check_message (const struct json *json)
{
    uint64_t ref;
    struct msg *msg = frame_msg (json, "peer", &ref, NULL);
    if (!msg)
        return;
    char *text = frame_text (msg, ref, NULL);
    if (text) {
        struct json *again = json_parse_text (text);
        assert (again);
        struct msg *same = frame_msg (again, "peer", NULL, NULL);
        assert (same && same->verb == msg->verb && same->ref == msg->ref);
        assert (same->field_count == msg->field_count);
        msg_destroy (&same);
        json_destroy (&again);
    }
    free (text);
    msg_destroy (&msg);
}

/* Feeds BYTES in pieces and looks at whatever comes out. */
static void
check_stream (const uint8_t *bytes, size_t size)
{
    struct frame_reader reader = {0};
    struct frame_join join = {0};
    size_t at = 0;
    int taken = 0;
    while (at < size && taken >= 0) {
        size_t step = bytes[at] % 32u + 1u;
        step = step < size - at ? step : size - at;
        frame_feed (&reader, bytes + at, step);
        at += step;
        struct json *json;
        while ((taken = frame_take (&reader, &json, NULL)) > 0) {
            uint64_t ref;
            frame_hello_check (json, true, 1, NULL);
            check_message (json);
            if (frame_is_part (json, &ref) && frame_join (&join, json, NULL) == 1) {
                struct msg *msg = frame_join_msg (&join, "owner", NULL);
                msg_destroy (&msg);
                frame_join_fini (&join);
            }
            json_destroy (&json);
        }
    }
    frame_join_fini (&join);
    frame_reader_fini (&reader);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t size)
{
    check_stream (bytes, size);
    /* The same as the text of one frame: guessing a head costs the fuzzer most of its time. */
    size_t frame_size;
    char *frame = frame_encode ((const char *) bytes, size, &frame_size);
    check_stream ((const uint8_t *) frame, frame_size);
    free (frame);
    return 0;
}
