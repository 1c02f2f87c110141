/* test_frame.c: the control socket's frames, as functions of bytes. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/frame.h"
#include "runtime/json.h"

static char *
text_frame (const char *text, size_t *size)
{
    return frame_encode (text, strlen (text), size);
}

static struct json *
parsed (const char *text)
{
    struct json *json = json_parse_text (text);
    cr_assert_not_null (json, "%s", text);
    return json;
}

/* The whole text of the next frame, which must be there. */
static struct json *
taken (struct frame_reader *reader)
{
    struct json *json;
    struct stui_cause cause = {0};
    cr_assert_eq (frame_take (reader, &json, &cause), 1, "%s", cause.text);
    return json;
}

Test (frame, arrives_whole_however_the_bytes_are_cut)
{
    size_t one_size, two_size;
    char *one = text_frame ("{\"ack\":1}", &one_size);
    char *two = text_frame ("{\"ack\":22}", &two_size);
    char bytes[64];
    memcpy (bytes, one, one_size);
    memcpy (bytes + one_size, two, two_size);
    size_t size = one_size + two_size;
    for (size_t step = 1; step <= size; step++) {
        struct frame_reader reader = {0};
        int64_t acks[2] = {0};
        int count = 0;
        for (size_t at = 0; at < size; at += step) {
            frame_feed (&reader, bytes + at, at + step < size ? step : size - at);
            struct json *json;
            while (frame_take (&reader, &json, NULL) > 0) {
                cr_assert_lt (count, 2);
                acks[count++] = json_get_number (json, "ack", 0);
                json_destroy (&json);
            }
        }
        cr_assert_eq (count, 2);
        cr_assert (acks[0] == 1 && acks[1] == 22);
        cr_assert_not (frame_is_inside (&reader));
        frame_reader_fini (&reader);
    }
    free (one);
    free (two);
}

Test (frame, announced_too_large_is_refused_before_its_bytes_come)
{
    struct frame_reader reader = {0};
    uint32_t length = FRAME_MAX + 1;
    unsigned char head[] = {(unsigned char) (length >> 24), (unsigned char) (length >> 16),
                            (unsigned char) (length >> 8), (unsigned char) length};
    struct json *json;
    struct stui_cause cause = {0};
    frame_feed (&reader, head, sizeof head);
    cr_assert_eq (frame_take (&reader, &json, &cause), STUI_E_TOO_LARGE);
    cr_assert_not_null (strstr (cause.text, "announced"));
    cr_assert_null (json);
    frame_reader_fini (&reader);
}

Test (frame, that_is_no_object_is_malformed)
{
    static const char *const texts[] = {"", "[]", "7", "{\"a\":", "{} {}", "{\"a\":\"\\u0000\"}"};
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++) {
        struct frame_reader reader = {0};
        size_t size;
        char *frame = text_frame (texts[index], &size);
        struct json *json;
        frame_feed (&reader, frame, size);
        cr_assert_eq (frame_take (&reader, &json, NULL), STUI_E_MALFORMED, "%s", texts[index]);
        cr_assert_null (json);
        frame_reader_fini (&reader);
        free (frame);
    }
}

Test (frame, half_of_one_is_seen_when_the_stream_ends)
{
    struct frame_reader reader = {0};
    cr_assert_not (frame_is_inside (&reader));
    frame_feed (&reader, "\0\0", 2);
    cr_assert (frame_is_inside (&reader));
    frame_reader_fini (&reader);
    frame_reader_fini (NULL);
}

Test (frame, hello_of_the_same_build_is_accepted)
{
    struct frame_reader reader = {0};
    size_t size;
    char *frame = frame_hello (4711, &size);
    frame_feed (&reader, frame, size);
    struct json *hello = taken (&reader);
    cr_assert_eq (frame_hello_check (hello, true, 1, NULL), 0);
    cr_assert_eq (frame_hello_check (hello, false, 1, NULL), 0);
    cr_assert_eq (json_get_number (hello, "pid", 0), 4711);
    json_destroy (&hello);
    free (frame);
    frame_reader_fini (&reader);
}

Test (frame, hello_of_another_build_is_refused_with_a_sentence_that_names_both)
{
    struct json *hello = parsed ("{\"stui\":\"9.9\",\"vocabulary\":1,\"pid\":4711}");
    struct stui_cause cause = {0};
    cr_assert_eq (frame_hello_check (hello, true, 33, &cause), STUI_E_UNSUPPORTED);
    cr_assert (strstr (cause.text, "9.9") && strstr (cause.text, STUI_VERSION)
                   && strstr (cause.text, "33"),
               "%s", cause.text);
    cr_assert_eq (frame_hello_check (hello, false, 0, &cause), STUI_E_UNSUPPORTED);
    cr_assert (strstr (cause.text, "9.9") && strstr (cause.text, "4711"), "%s", cause.text);
    json_destroy (&hello);
    hello = parsed ("{\"stui\":\"" STUI_VERSION "\",\"vocabulary\":999,\"pid\":1}");
    cr_assert_eq (frame_hello_check (hello, true, 33, NULL), STUI_E_UNSUPPORTED);
    json_destroy (&hello);
    hello = parsed ("{\"error\":\"go away\"}");
    cr_assert_eq (frame_hello_check (hello, false, 0, &cause), STUI_E_UNSUPPORTED);
    cr_assert_str_eq (cause.text, "go away");
    json_destroy (&hello);
    hello = parsed ("{\"to\":\"main\",\"verb\":\"status\",\"ref\":1,\"fields\":[]}");
    cr_assert_eq (frame_hello_check (hello, true, 33, NULL), STUI_E_MALFORMED);
    json_destroy (&hello);
}

Test (frame, request_comes_out_as_it_went_in)
{
    struct msg *sent = msg_new ("image/one", MSG_COMMAND, 1, "evaluate",
                                "{\"code\":\"'a' -> \\\"b\\\"\"}", (uint64_t) 5000, "");
    char *text = frame_text (sent, 7, NULL);
    cr_assert_str_eq (text, "{\"to\":\"image/one\",\"verb\":\"command\",\"ref\":7,\"fields\":"
                            "[\"evaluate\",{\"code\":\"'a' -> \\\"b\\\"\"},5000,\"\"]}");
    struct json *json = parsed (text);
    uint64_t ref;
    struct stui_cause cause = {0};
    struct msg *msg = frame_msg (json, "", &ref, &cause);
    cr_assert_not_null (msg, "%s", cause.text);
    cr_assert (ref == 7 && msg->ref == 7);
    cr_assert_str_eq (msg->peer, "image/one");
    for (int index = 0; index < sent->field_count; index++)
        cr_assert_str_eq (msg_text (msg, index), msg_text (sent, index));
    msg_destroy (&msg);
    msg_destroy (&sent);
    json_destroy (&json);
    free (text);
}

Test (frame, answer_takes_its_peer_from_the_reader)
{
    struct msg *answer = msg_new ("ignored", MSG_ERROR, 3, "NotFound", "no such image", NULL);
    char *text = frame_text (answer, 9, NULL);
    struct json *json = parsed (text);
    struct msg *msg = frame_msg (json, "owner", NULL, NULL);
    cr_assert_not_null (msg);
    cr_assert_eq (msg->verb, MSG_ERROR);
    cr_assert_eq (msg->ref, 9);
    cr_assert_str_eq (msg->peer, "owner");
    cr_assert_str_eq (msg_text (msg, 2), "{}");
    msg_destroy (&msg);
    msg_destroy (&answer);
    json_destroy (&json);
    free (text);
}

Test (frame, message_that_breaks_the_vocabulary_is_refused_and_its_ref_kept)
{
    static const struct {
        const char *text;
        int err;
        uint64_t ref;
    } bad[] = {
        {"{}", STUI_E_MALFORMED, 0},
        {"{\"to\":\"main\",\"verb\":\"status\",\"fields\":[]}", STUI_E_MALFORMED, 0},
        {"{\"to\":\"main\",\"verb\":\"status\",\"ref\":-1,\"fields\":[]}", STUI_E_MALFORMED, 0},
        {"{\"to\":\"main\",\"verb\":\"status\",\"ref\":4}", STUI_E_MALFORMED, 4},
        {"{\"to\":\"main\",\"verb\":\"dance\",\"ref\":4,\"fields\":[]}", STUI_E_UNKNOWN_VERB, 4},
        {"{\"to\":\"main\",\"verb\":\"status\",\"ref\":4,\"fields\":[1]}", STUI_E_MALFORMED, 4},
        {"{\"to\":\"\",\"verb\":\"status\",\"ref\":4,\"fields\":[]}", STUI_E_MALFORMED, 4},
        {"{\"verb\":\"status\",\"ref\":4,\"fields\":[]}", STUI_E_MALFORMED, 4},
        {"{\"to\":\"x\",\"verb\":\"watch\",\"ref\":4,\"fields\":[\"1\"]}", STUI_E_MALFORMED, 4},
        {"{\"to\":\"x\",\"verb\":\"watch\",\"ref\":4,\"fields\":[-1]}", STUI_E_MALFORMED, 4},
        {"{\"to\":\"x\",\"verb\":\"watch\",\"ref\":4,\"fields\":[1.5]}", STUI_E_MALFORMED, 4},
        {"{\"to\":\"x\",\"verb\":\"resolve\",\"ref\":4,\"fields\":[1]}", STUI_E_MALFORMED, 4},
    };
    for (size_t index = 0; index < sizeof bad / sizeof *bad; index++) {
        struct json *json = parsed (bad[index].text);
        struct stui_cause cause = {0};
        uint64_t ref = 77;
        cr_assert_null (frame_msg (json, "", &ref, &cause), "%s", bad[index].text);
        cr_assert_eq (cause.err, bad[index].err, "%s: %s", bad[index].text, cause.text);
        cr_assert_eq (ref, bad[index].ref, "%s", bad[index].text);
        json_destroy (&json);
    }
}

/* {"a":{"a":…}} of DEPTH levels. */
static char *
nested (int depth)
{
    char *text = calloc (1, (size_t) depth * 6 + 1);
    for (int level = 1; level < depth; level++)
        strcat (text, "{\"a\":");
    strcat (text, "{}");
    for (int level = 1; level < depth; level++)
        strcat (text, "}");
    return text;
}

Test (frame, answer_nested_as_deep_as_a_reader_takes_is_the_deepest_sent)
{
    for (int depth = FRAME_DEPTH_MAX; depth <= FRAME_DEPTH_MAX + 1; depth++) {
        char *result = nested (depth);
        struct msg *answer = msg_new ("x", MSG_OK, 1, result);
        struct stui_cause cause = {0};
        char *text = frame_text (answer, 1, &cause);
        if (depth <= FRAME_DEPTH_MAX) {
            cr_assert_not_null (text, "%s", cause.text);
            struct json *json = parsed (text);
            json_destroy (&json);
        }
        else {
            cr_assert_null (text);
            cr_assert_eq (cause.err, STUI_E_TOO_LARGE);
        }
        free (text);
        msg_destroy (&answer);
        free (result);
    }
}

Test (frame, answer_whose_json_is_damaged_is_not_sent)
{
    struct msg *answer = msg_new ("x", MSG_OK, 1, "{\"a\":");
    struct stui_cause cause = {0};
    cr_assert_null (frame_text (answer, 1, &cause));
    cr_assert_eq (cause.err, STUI_E_MALFORMED);
    msg_destroy (&answer);
}

/* An answer of COUNT euro signs: three bytes each, so that most cuts would hit one. */
static char *
euros (size_t count)
{
    char *text = malloc (count * 3 + 64);
    char *end = text + sprintf (text, "{\"verb\":\"ok\",\"ref\":7,\"fields\":[{\"x\":\"");
    for (size_t index = 0; index < count; index++)
        end += sprintf (end, "\xe2\x82\xac");
    strcpy (end, "\"}]}");
    return text;
}

Test (frame, parts_are_cut_between_characters_and_join_to_the_same_text)
{
    char *text = euros (100000);
    size_t length = strlen (text), offset = 0;
    struct frame_reader reader = {0};
    struct frame_join join = {0};
    int parts = 0, last = 0;
    while (offset < length) {
        size_t before = offset, size;
        cr_assert_eq (last, 0);
        char *frame = frame_part (7, text, length, &offset, &size);
        cr_assert_leq (offset - before, FRAME_PART_BYTES);
        frame_feed (&reader, frame, size);
        free (frame);
        struct json *part = taken (&reader);
        uint64_t ref = 0;
        cr_assert (frame_is_part (part, &ref) && ref == 7);
        last = frame_join (&join, part, NULL);
        json_destroy (&part);
        parts++;
    }
    cr_assert_eq (last, 1);
    cr_assert_eq (parts, (int) (length / FRAME_PART_BYTES + 1));
    cr_assert (join.size == length && memcmp (join.text, text, length) == 0);
    frame_join_fini (&join);
    frame_reader_fini (&reader);
    free (text);
}

/* TEXT as the one part of an answer; NULL and CAUSE when it is none. */
static struct msg *
joined (const char *text, struct stui_cause *cause)
{
    struct json *part = json_object ();
    json_set_number (part, "ref", 7);
    json_set_text (part, "part", text);
    json_set_bool (part, "more", false);
    struct frame_join join = {0};
    cr_assert_eq (frame_join (&join, part, NULL), 1);
    struct msg *msg = frame_join_msg (&join, "owner", cause);
    frame_join_fini (&join);
    json_destroy (&part);
    return msg;
}

Test (frame, json_of_an_answer_in_parts_stands_as_it_was_spelt)
{
    static const char result[] = "{ \"a\" : [1.50, \"\\u20ac\", {}] }";
    char text[256];
    snprintf (text, sizeof text, " { \"ref\" : 7, \"fields\": [ %s ], \"x\":[], \"verb\":\"ok\" }",
              result);
    struct stui_cause cause = {0};
    struct msg *msg = joined (text, &cause);
    cr_assert_not_null (msg, "%s", cause.text);
    cr_assert (msg->verb == MSG_OK && msg->ref == 7);
    cr_assert_str_eq (msg->peer, "owner");
    cr_assert_str_eq (msg_text (msg, 0), result);
    msg_destroy (&msg);
}

Test (frame, plain_text_of_an_answer_in_parts_is_what_it_spells)
{
    struct msg *msg = joined (
        "{\"verb\":\"error\",\"ref\":7,\"fields\":[\"Timeout\",\"a \\\"b\\\"\",{\"c\":1}]}", NULL);
    cr_assert (msg && msg->verb == MSG_ERROR);
    cr_assert_str_eq (msg_text (msg, 0), "Timeout");
    cr_assert_str_eq (msg_text (msg, 1), "a \"b\"");
    cr_assert_str_eq (msg_text (msg, 2), "{\"c\":1}");
    msg_destroy (&msg);
}

/* What frame_msg refuses as one frame is refused in parts, for the same reason. */
Test (frame, damaged_answer_in_parts_is_refused_as_a_whole_one_is)
{
    static const char *const wrong[] = {
        "{\"verb\":\"ok\",\"ref\":7,\"fields\":[{]}",
        "{\"verb\":\"ok\",\"ref\":7,\"fields\":[{}]",
        "[]",
        "{\"ref\":7,\"fields\":[{}]}",
        "{\"verb\":\"ok\",\"fields\":[{}]}",
        "{\"verb\":\"ok\",\"ref\":7}",
        "{\"verb\":\"ok\",\"ref\":7,\"fields\":{}}",
        "{\"verb\":\"ok\",\"ref\":7,\"fields\":[]}",
        "{\"verb\":\"ok\",\"ref\":7,\"fields\":[{},{}]}",
        "{\"verb\":\"ok\",\"ref\":7,\"fields\":[1,2,3,4,5,6,7,8,9]}",
        "{\"verb\":\"error\",\"ref\":7,\"fields\":[1,\"a\",{}]}",
        "{\"verb\":\"unheard\",\"ref\":7,\"fields\":[{}]}",
        "{\"verb\":7,\"ref\":7,\"fields\":[{}]}",
    };
    for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++) {
        struct stui_cause cause = {0}, whole_cause = {0};
        struct json *whole = json_parse_text (wrong[index]);
        cr_assert_null (joined (wrong[index], &cause), "%s", wrong[index]);
        cr_assert_lt (cause.err, 0, "%s", wrong[index]);
        cr_assert_gt (strlen (cause.text), 10, "%s", wrong[index]);
        if (json_is_object (whole)) {
            cr_assert_null (frame_msg (whole, "owner", NULL, &whole_cause));
            cr_assert_str_eq (cause.text, whole_cause.text);
        }
        json_destroy (&whole);
    }
}

Test (frame, whole_answer_is_no_part)
{
    struct json *json = parsed ("{\"verb\":\"ok\",\"ref\":7,\"fields\":[{}]}");
    uint64_t ref;
    cr_assert_not (frame_is_part (json, &ref));
    json_destroy (&json);
}

Test (frame, part_without_text_is_refused)
{
    struct json *part = parsed ("{\"ref\":7,\"part\":\"\",\"more\":false}");
    struct frame_join join = {0};
    cr_assert_eq (frame_join (&join, part, NULL), STUI_E_MALFORMED);
    frame_join_fini (&join);
    json_destroy (&part);
}

Test (frame, parts_without_end_are_refused)
{
    char *piece = malloc (FRAME_PART_BYTES + 1);
    memset (piece, 'x', FRAME_PART_BYTES);
    piece[FRAME_PART_BYTES] = '\0';
    struct json *part = json_object ();
    json_set_number (part, "ref", 7);
    json_set_text (part, "part", piece);
    json_set_bool (part, "more", true);
    struct frame_join join = {0};
    int rc = 0, joined = 0;
    while ((rc = frame_join (&join, part, NULL)) == 0)
        joined++;
    cr_assert_eq (rc, STUI_E_TOO_LARGE);
    cr_assert_eq (joined, FRAME_MAX / FRAME_PART_BYTES);
    frame_join_fini (&join);
    json_destroy (&part);
    free (piece);
}
