/* test_conformance_zmtp.c: the conformance kit's frames, commands and greetings, as functions of
 * bytes. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/zmtp.h"
#include "runtime/alloc.h"

Test (conformance_zmtp, frames_come_back_as_they_were_put)
{
    struct kit_bytes bytes = {0};
    struct kit_frame frame;
    char *large = stui_alloc (70000);
    memset (large, 'x', 70000);
    kit_frame_put (&bytes, KIT_FRAME_MORE, NULL, 0);
    kit_frame_put (&bytes, KIT_FRAME_LONG, "abc", 3);
    kit_frame_put (&bytes, 0, large, 70000);
    cr_assert_eq (kit_frame_take (&bytes, &frame, NULL), 1);
    cr_expect (frame.flags == KIT_FRAME_MORE && frame.size == 0);
    cr_assert_eq (kit_frame_take (&bytes, &frame, NULL), 1);
    cr_expect (frame.flags == KIT_FRAME_LONG && frame.size == 3);
    cr_expect_eq (memcmp (frame.bytes, "abc", 3), 0);
    cr_assert_eq (kit_frame_take (&bytes, &frame, NULL), 1);
    cr_expect (frame.flags == KIT_FRAME_LONG && frame.size == 70000);
    cr_expect_eq (memcmp (frame.bytes, large, 70000), 0);
    cr_expect_eq (kit_frame_take (&bytes, &frame, NULL), 0);
    kit_bytes_fini (&bytes);
    free (large);
}

Test (conformance_zmtp, a_frame_is_taken_when_its_last_byte_has_come)
{
    struct kit_bytes whole = {0}, some = {0};
    struct kit_frame frame;
    kit_frame_put (&whole, KIT_FRAME_LONG, "abcdef", 6);
    for (size_t i = 0; i < whole.size; i++) {
        cr_expect_eq (kit_frame_take (&some, &frame, NULL), 0, "after %zu bytes", i);
        kit_bytes_add (&some, whole.bytes + i, 1);
    }
    cr_expect_eq (kit_frame_take (&some, &frame, NULL), 1);
    kit_bytes_fini (&whole);
    kit_bytes_fini (&some);
}

Test (conformance_zmtp, wrong_flags_and_giants_are_refused)
{
    struct kit_bytes flags = {0}, giant = {0};
    struct kit_frame frame;
    struct stui_cause cause = {0};
    kit_bytes_add (&flags, "\x88\x01x", 3);
    cr_expect_eq (kit_frame_take (&flags, &frame, &cause), STUI_E_MALFORMED);
    kit_bytes_add (&giant, "\x02\xff\xff\xff\xff\xff\xff\xff\xff", 9);
    cr_expect_eq (kit_frame_take (&giant, &frame, &cause), STUI_E_TOO_LARGE);
    kit_bytes_fini (&flags);
    kit_bytes_fini (&giant);
}

Test (conformance_zmtp, commands_and_properties_are_found)
{
    struct kit_bytes bytes = {0};
    struct kit_frame frame;
    const char *body;
    size_t size;
    kit_ready_put (&bytes, "READY", "ROUTER");
    cr_assert_eq (kit_frame_take (&bytes, &frame, NULL), 1);
    cr_expect_not (kit_command_is (&frame, "PONG", &body, &size));
    cr_assert (kit_command_is (&frame, "READY", &body, &size));
    char *type = kit_property (body, size, "socket-type"),
         *identity = kit_property (body, size, "Identity");
    cr_expect_str_eq (type, "ROUTER");
    cr_expect_str_eq (identity, "");
    cr_expect_null (kit_property (body, size, "Resource"));
    for (size_t cut = 0; cut < size; cut++) { /* a damaged body is read to its end and no further */
        char *part = stui_alloc (cut + 1);
        memcpy (part, body, cut);
        free (kit_property (part, cut, "Identity"));
        free (part);
    }
    free (type);
    free (identity);
    kit_bytes_fini (&bytes);
}

Test (conformance_zmtp, greetings_are_64_bytes_and_checked)
{
    char greeting[KIT_GREETING_BYTES];
    struct stui_cause cause = {0};
    kit_greeting (greeting, 3, "NULL");
    cr_expect_eq (kit_greeting_check (greeting, &cause), 0);
    cr_expect_str_eq (greeting + 12, "NULL");
    kit_greeting (greeting, 2, "NULL");
    cr_expect_lt (kit_greeting_check (greeting, &cause), 0);
    cr_expect_not_null (strstr (cause.text, "version 2"));
    memcpy (greeting, "HTTP/1.1 200 OK", 15);
    cr_expect_lt (kit_greeting_check (greeting, &cause), 0);
}
