/* test_wire.c: requests as the protocol has them; replies and events read strictly in type,
 * tolerantly otherwise. */

#include "runtime/wire.h"

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

static struct wire_message
parsed (const char *text)
{
    struct wire_message message;
    struct stui_cause cause = {0};
    cr_assert_eq (wire_parse (text, strlen (text), &message, &cause), 0, "%s: %s", text,
                  cause.text);
    return message;
}

static void
expect_malformed (const char *text, const char *sentence)
{
    struct wire_message message;
    struct stui_cause cause = {0};
    cr_assert_eq (wire_parse (text, strlen (text), &message, &cause), STUI_E_MALFORMED, "%s", text);
    cr_assert (strstr (cause.text, sentence), "'%s' for %s", cause.text, text);
    cr_assert_null (message.json);
}

Test (wire, a_request_is_id_command_and_parameters)
{
    struct json *parameters = json_object ();
    json_set_text (parameters, "code", "3 + \"4\"");
    char *text = wire_request ("017f", "evaluate", parameters, NULL);
    cr_assert_str_eq (text, "{\"id\":\"017f\",\"command\":\"evaluate\",\"parameters\":"
                            "{\"code\":\"3 + \\\"4\\\"\"}}");
    free (text);
    text = wire_request ("\"", "ping", NULL, NULL);
    cr_assert_str_eq (text, "{\"id\":\"\\\"\",\"command\":\"ping\",\"parameters\":{}}");
    free (text);
    json_destroy (&parameters);
}

/* To the byte: the greatest that passes, and one more. */
Test (wire, a_request_above_the_limit_is_refused)
{
    static const char around[] =
        "{\"id\":\"1\",\"command\":\"file_in\",\"parameters\":{\"source\":\"\"}}";
    size_t size = STUI_MESSAGE_MAX - (sizeof around - 1);
    char *source = stui_alloc (size + 2);
    memset (source, 'x', size);
    struct json *parameters = json_object ();
    json_set_text (parameters, "source", source);
    char *text = wire_request ("1", "file_in", parameters, NULL);
    cr_assert_not_null (text);
    cr_assert_eq (strlen (text), STUI_MESSAGE_MAX);
    free (text);
    source[size] = 'x';
    json_set_text (parameters, "source", source);
    struct stui_cause cause = {0};
    cr_assert_null (wire_request ("1", "file_in", parameters, &cause));
    cr_assert_eq (cause.err, STUI_E_TOO_LARGE);
    json_destroy (&parameters);
    free (source);
}

Test (wire, a_success_has_an_id_and_a_result)
{
    struct wire_message message =
        parsed ("{\"id\":\"a\",\"status\":\"success\",\"result\":{\"x\":1},"
                "\"timestamp\":\"t\",\"unknown\":[]}");
    cr_assert_eq (message.kind, WIRE_SUCCESS);
    cr_assert_str_eq (message.id, "a");
    cr_assert_eq (json_get_number (message.result, "x", 0), 1);
    wire_message_fini (&message);
    cr_assert_null (message.json);
}

Test (wire, a_missing_result_is_an_empty_one)
{
    struct wire_message message = parsed ("{\"status\":\"success\"}");
    cr_assert_null (message.id);
    cr_assert (json_is_object (message.result));
    cr_assert_eq (json_count (message.result), 0);
    wire_message_fini (&message);
    message = parsed ("{\"id\":null,\"status\":\"success\",\"result\":null}");
    cr_assert_null (message.id);
    cr_assert (json_is_object (message.result));
    wire_message_fini (&message);
}

Test (wire, an_error_has_a_text)
{
    struct wire_message message = parsed ("{\"id\":\"a\",\"status\":\"error\",\"error\":\"no\","
                                          "\"error_type\":\"Conflict\",\"details\":{\"v\":2}}");
    cr_assert_eq (message.kind, WIRE_ERROR);
    cr_assert_str_eq (message.error, "no");
    cr_assert_str_eq (message.error_type, "Conflict");
    cr_assert_eq (json_get_number (message.details, "v", 0), 2);
    cr_assert_null (message.result);
    wire_message_fini (&message);
    message = parsed ("{\"status\":\"error\",\"error\":\"no\"}");
    cr_assert_null (message.error_type);
    cr_assert_null (message.details);
    wire_message_fini (&message);
}

Test (wire, an_event_has_a_number_and_data)
{
    struct wire_message message =
        parsed ("{\"event\":\"transcript\",\"seq\":17,\"data\":{\"text\":\"hi\"}}");
    cr_assert_eq (message.kind, WIRE_EVENT);
    cr_assert_str_eq (message.event, "transcript");
    cr_assert_eq (message.seq, 17);
    cr_assert_str_eq (json_get_text (message.data, "text"), "hi");
    wire_message_fini (&message);
    message = parsed ("{\"event\":\"image_saved\"}");
    cr_assert_eq (message.seq, 0);
    cr_assert_null (message.data);
    wire_message_fini (&message);
}

Test (wire, a_reply_that_mentions_an_event_is_a_reply)
{
    struct wire_message message = parsed ("{\"event\":\"x\",\"status\":\"success\"}");
    cr_assert_eq (message.kind, WIRE_SUCCESS);
    wire_message_fini (&message);
}

Test (wire, everything_else_is_malformed_with_a_sentence)
{
    expect_malformed ("", "not JSON");
    expect_malformed ("{", "not JSON: the JSON is wrong at byte 1");
    expect_malformed ("[]", "not an object");
    expect_malformed ("null", "not an object");
    expect_malformed ("{}", "neither a \"status\" nor an \"event\"");
    expect_malformed ("{\"event\":null}", "neither");
    expect_malformed ("{\"status\":\"ok\"}", "the status 'ok', expected success or error");
    expect_malformed ("{\"status\":true}", "\"status\" is not a string");
    expect_malformed ("{\"status\":\"success\",\"id\":7}", "\"id\" is not a string");
    expect_malformed ("{\"status\":\"success\",\"result\":[]}", "\"result\" is not an object");
    expect_malformed ("{\"status\":\"error\"}", "without an \"error\" text");
    expect_malformed ("{\"status\":\"error\",\"error\":{}}", "\"error\" is not a string");
    expect_malformed ("{\"status\":\"error\",\"error\":\"x\",\"error_type\":1}", "\"error_type\"");
    expect_malformed ("{\"status\":\"error\",\"error\":\"x\",\"details\":\"d\"}", "\"details\"");
    expect_malformed ("{\"event\":1}", "\"event\" is not a string");
    expect_malformed ("{\"event\":\"x\",\"seq\":\"1\"}", "\"seq\" is not a whole number");
    expect_malformed ("{\"event\":\"x\",\"seq\":-1}", "\"seq\"");
    expect_malformed ("{\"event\":\"x\",\"seq\":1.5}", "\"seq\"");
    expect_malformed ("{\"event\":\"x\",\"data\":[]}", "\"data\" is not an object");
    expect_malformed ("{\"status\":\"success\",\"status\":\"error\"}", "a second time");
}

Test (wire, a_message_above_the_limit_is_said_to_be)
{
    char *bytes = stui_alloc (STUI_MESSAGE_MAX + 1);
    memset (bytes, ' ', STUI_MESSAGE_MAX + 1);
    static const char reply[] = "{\"status\":\"success\"}";
    memcpy (bytes, reply, sizeof reply - 1);
    struct wire_message message;
    struct stui_cause cause = {0};
    cr_assert_eq (wire_parse (bytes, STUI_MESSAGE_MAX + 1, &message, &cause), STUI_E_TOO_LARGE);
    cr_assert_eq (cause.err, STUI_E_TOO_LARGE);
    cr_assert_eq (wire_parse (bytes, STUI_MESSAGE_MAX, &message, NULL), 0);
    wire_message_fini (&message);
    free (bytes);
}

Test (wire, what_changes_something_must_not_be_sent_twice)
{
    static const char *const changing[] = {"create_session",
                                           "update_session_state",
                                           "close_session",
                                           "evaluate",
                                           "interrupt",
                                           "inspect", /* its target is code */
                                           "release",
                                           "compile_method",
                                           "file_in",
                                           "debug",
                                           "snapshot",
                                           "cleanup_image_sessions",
                                           "adopt_session",
                                           "never_heard_of",
                                           ""};
    static const char *const reading[] = {
        "hello",      "ping",     "get_result", "restore_session",        "list_classes",
        "get_method", "complete", "subscribe",  "get_session_statistics", "list_variables"};
    for (size_t index = 0; index < sizeof changing / sizeof *changing; index++)
        cr_assert (wire_command_changes (changing[index]), "%s", changing[index]);
    for (size_t index = 0; index < sizeof reading / sizeof *reading; index++)
        cr_assert_not (wire_command_changes (reading[index]), "%s", reading[index]);
}

/* ---- Pongs without a tree ---------------------------------------------------------------------------- */

static bool
is_pong (const char *text)
{
    return wire_is_pong (text, strlen (text), "01");
}

Test (wire, the_plain_answer_to_a_ping_is_known_without_a_tree)
{
    cr_assert (is_pong ("{\"id\":\"01\",\"status\":\"success\",\"result\":{\"message\":\"pong\"},"
                        "\"timestamp\":\"t\"}"));
    cr_assert (is_pong ("{\"id\":\"01\",\"status\":\"success\",\"result\":{}}"));
}

Test (wire, whatever_else_a_ping_is_answered_by_is_left_to_the_parser)
{
    static const char *const texts[] = {
        "",
        "{\"id\":\"01\",\"status\":\"success\",\"result\":{",
        "{\"id\":\"01\",\"status\":\"success\",\"result\":{}",
        "{\"id\":\"02\",\"status\":\"success\",\"result\":{}}",
        "{\"id\":\"01\",\"status\":\"error\",\"error\":\"no\"}",
        "{\"id\":\"01\",\"status\":\"success\",\"result\":{},\"status\":\"error\"}",
        "{\"id\":\"01\",\"status\":\"success\",\"result\":{\"busy_with\":{\"id\":\"9\"}}}",
        "{\"id\":\"01\",\"status\":\"success\",\"result\":{}} x",
    };
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++)
        cr_assert_not (is_pong (texts[index]), "%s", texts[index]);
    char id[200];
    memset (id, '1', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    cr_assert_not (wire_is_pong ("{}", 2, id));
}
