/* test_attach.c: the client's end of the control socket as bytes: hellos, two questions, answers
 * whole and in parts, and what must not be believed. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/attach.h"
#include "runtime/json.h"

static struct attach attach;
static struct frame_reader wire; /* what the client wrote, as the owner reads it */
static struct stui_cause cause;
static struct msg *answer;

static void
setup (void)
{
    attach_begin (&attach, 77);
}

static void
teardown (void)
{
    msg_destroy (&answer);
    attach_fini (&attach);
    frame_reader_fini (&wire);
}

/* The owner says FRAME, byte by byte: sizes must not matter. */
static void
say (char *frame, size_t size)
{
    for (size_t i = 0; i < size; i++)
        attach_feed (&attach, frame + i, 1);
    free (frame);
}

static void
say_text (const char *text)
{
    size_t size;
    char *frame = frame_encode (text, strlen (text), &size);
    say (frame, size);
}

static void
say_hello (void)
{
    size_t size;
    char *hello = frame_hello (4711, &size);
    say (hello, size);
}

/* The next frame that the client wrote, NULL when there is none; the caller owns it. */
static struct json *
heard (void)
{
    const char *bytes;
    size_t size = attach_unwritten (&attach, &bytes);
    frame_feed (&wire, bytes, size);
    attach_written (&attach, size);
    struct json *json = NULL;
    cr_assert_geq (frame_take (&wire, &json, NULL), 0);
    return json;
}

static void
expect_number (const char *key, int64_t value)
{
    struct json *frame = heard ();
    cr_assert_eq (json_get_number (frame, key, -1), value);
    json_destroy (&frame);
}

static int
take (void)
{
    msg_destroy (&answer);
    return attach_take (&attach, &answer, &cause);
}

static void
be_attached (void)
{
    expect_number ("pid", 77);
    say_hello ();
    cr_assert_eq (take (), 0);
    expect_number ("ref", 1);
    say_text ("{\"verb\":\"ok\",\"ref\":1,\"fields\":[{}]}");
    cr_assert_eq (take (), 0);
    cr_assert_eq (attach.phase, ATTACH_ASKING);
    expect_number ("ref", 2);
    say_text ("{\"verb\":\"ok\",\"ref\":2,\"fields\":[{}]}");
    cr_assert_eq (take (), 0);
    cr_assert_eq (attach.phase, ATTACH_DONE);
}

Test (attach, is_done_after_a_hello_and_two_answered_questions, .init = setup, .fini = teardown)
{
    be_attached ();
    cr_assert_eq (attach.owner_pid, 4711);
    cr_assert_null (heard ());
}

Test (attach, knows_an_owner_that_clients_start_for_themselves, .init = setup, .fini = teardown)
{
    be_attached ();
    cr_assert_not (attach.is_once);
    attach_fini (&attach);
    attach_begin (&attach, 77);
    say_hello ();
    say_text ("{\"verb\":\"ok\",\"ref\":1,\"fields\":[{\"once\":true}]}");
    say_text ("{\"verb\":\"ok\",\"ref\":2,\"fields\":[{\"once\":true}]}");
    for (int frames = 0; frames < 3; frames++)
        cr_assert_eq (take (), 0);
    cr_assert_eq (attach.phase, ATTACH_DONE);
    cr_assert (attach.is_once);
}

Test (attach, takes_a_refused_question_for_an_owner_that_leaves, .init = setup, .fini = teardown)
{
    say_hello ();
    say_text ("{\"verb\":\"error\",\"ref\":1,\"fields\":[\"Stopping\",\"bye\",{}]}");
    cr_assert_eq (take (), STUI_E_STOPPING);
}

Test (attach, passes_on_why_another_version_refuses, .init = setup, .fini = teardown)
{
    say_text ("{\"error\":\"this owner is stui 9.9\"}");
    cr_assert_eq (take (), STUI_E_UNSUPPORTED);
    cr_assert_str_eq (cause.text, "this owner is stui 9.9");
}

Test (attach, answers_bear_the_refs_of_their_requests, .init = setup, .fini = teardown)
{
    be_attached ();
    struct msg *request = msg_new ("image/one", MSG_RETRY, 99);
    uint64_t ref = attach_ask (&attach, request, &cause);
    msg_destroy (&request);
    struct json *frame = heard ();
    cr_assert_str_eq (json_get_text (frame, "to"), "image/one");
    cr_assert_eq (json_get_number (frame, "ref", 0), (int64_t) ref);
    json_destroy (&frame);
    char *text = stui_printf ("{\"verb\":\"ok\",\"ref\":%d,\"fields\":[{\"n\":5}]}", (int) ref);
    say_text (text);
    free (text);
    cr_assert_eq (take (), 1);
    cr_assert_eq (answer->ref, ref);
    cr_assert_str_eq (msg_text (answer, 0), "{\"n\":5}");
}

Test (attach, parts_are_put_together_and_each_is_acknowledged, .init = setup, .fini = teardown)
{
    enum { LONG = 3 * FRAME_PART_BYTES };
    be_attached ();
    char *filling = stui_alloc (LONG + 1);
    memset (filling, 'x', LONG);
    char *text =
        stui_printf ("{\"verb\":\"ok\",\"ref\":3,\"fields\":[{\"text\":\"%s\"}]}", filling);
    size_t offset = 0, length = strlen (text);
    while (offset < length) {
        size_t size;
        char *part = frame_part (3, text, length, &offset, &size);
        attach_feed (&attach, part, size);
        free (part);
        cr_assert_eq (take (), offset == length);
        expect_number ("ack", 3);
    }
    cr_assert_eq (answer->ref, 3);
    cr_assert_gt (strlen (msg_text (answer, 0)), LONG);
    free (text);
    free (filling);
}

Test (attach, a_request_from_the_owner_is_not_believed, .init = setup, .fini = teardown)
{
    be_attached ();
    say_text ("{\"to\":\"ui\",\"verb\":\"retry\",\"ref\":3,\"fields\":[]}");
    cr_assert_eq (take (), STUI_E_MALFORMED);
}
