/* checks_messages.c: the section Messages: the form of answers, and what every kind of bad request
 * is answered with. */

#include <string.h>

#include "conformance/check.h"
#include "runtime/json.h"

static void
check_answer_form (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const struct kit_answer *answer = kit_ask (line, "ping", "{}");
    kit_has (answer, "", "id:S status:S result:o timestamp:t");
    kit_succeeds (answer);
}

static void
check_error_form (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const struct kit_answer *answer =
        kit_ask (line, "get_session_info", "{'session_id':'%s'}", kit_id (kit));
    kit_has (answer, "", "id:S status:S error:S error_type:S details:o timestamp:t");
    kit_says (answer, "status", "error");
}

static void
check_one_answer (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *first = kit_send (line, "ping", "{}"), *second = kit_send (line, "ping", "{}");
    kit_await (line, first);
    kit_await (line, second);
    kit_ask (line, "list_client_sessions", "{}");
    kit_expect (kit, !kit_has_come (line, first) && !kit_has_come (line, second),
                "one answer to ping, got a second");
}

/* A body, the id of its answer (NULL: null), and the error. */
struct bad {
    const char *what, *body, *id;
};

static void
expect_invalid (struct kit *kit, const struct bad *rows, size_t count)
{
    struct kit_line *line = kit_claim (kit);
    for (size_t i = 0; i < count && kit_goes_on (kit); i++) {
        const struct kit_answer *answer = kit_ask_body (line, rows[i].what, rows[i].body);
        kit_refuses (answer, "InvalidRequest");
        if (rows[i].id)
            kit_says (answer, "id", rows[i].id);
        else
            kit_lacks (answer, "id");
    }
    kit_succeeds (kit_ask (line, "ping", "{}"));
}

#define expect_all_invalid(kit, rows) expect_invalid (kit, rows, sizeof (rows) / sizeof *(rows))

static void
check_no_json (struct kit *kit)
{
    static const struct bad rows[] = {
        {"an empty body", "", NULL},
        {"half an object", "{", NULL},
        {"an array", "[]", NULL},
        {"a text", "\"ping\"", NULL},
        {"words", "ping me", NULL},
        {"an object without its end", "{\"id\":\"a\",\"command\":\"ping\"", "a"},
        {"an object and more", "{\"id\":\"a\",\"command\":\"ping\"} x", "a"},
    };
    expect_all_invalid (kit, rows);
}

static void
check_bad_text (struct kit *kit)
{
#define MESSAGE(text)                                                                              \
    "{\"id\":\"a\",\"command\":\"ping\",\"parameters\":{\"message\":\"" text "\"}}"
    static const struct bad rows[] = {
        {"a byte that is not UTF-8", MESSAGE ("\xff"), "a"},
        {"an overlong form of UTF-8", MESSAGE ("\xc0\xaf"), "a"},
        {"UTF-8 of a surrogate", MESSAGE ("\xed\xa0\x80"), "a"},
        {"an escaped NUL", MESSAGE ("a\\u0000b"), "a"},
        {"the first half of a surrogate pair", MESSAGE ("\\ud83d"), "a"},
        {"the second half of a surrogate pair", MESSAGE ("\\ude00"), "a"},
        {"an escape that is none", MESSAGE ("\\x41"), "a"},
        {"a raw line end in a text", MESSAGE ("a\nb"), "a"},
    };
    expect_all_invalid (kit, rows);
}

static void
check_long_numbers (struct kit *kit)
{
    static const struct bad rows[] = {
        {"an integer of 16 digits",
         "{\"id\":\"a\",\"command\":\"subscribe\",\"parameters\":{\"events\":[],"
         "\"last_seq\":1234567890123456}}",
         "a"},
        {"an integer of 20 digits",
         "{\"id\":\"a\",\"command\":\"subscribe\",\"parameters\":{\"events\":[],"
         "\"last_seq\":12345678901234567890}}",
         "a"},
    };
    expect_all_invalid (kit, rows);
    struct kit_line *line = kit_claim (kit);
    kit_succeeds (
        kit_ask_raw (line, NULL, "subscribe", "{\"events\":[],\"last_seq\":123456789012345}"));
}

/* The object of the request and of its parameters are two levels. */
static const char *
nested (struct kit *kit, const char *id, size_t levels)
{
    const char *open = kit_repeated (kit, "{\"deep\":", "[", levels - 2, "");
    return kit_request (kit, id, "ping", kit_repeated (kit, open, "]", levels - 2, "}"));
}

static void
check_nesting (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_succeeds (kit_ask_body (line, "a ping nested 100 levels deep", nested (kit, "a", 100)));
    const struct kit_answer *answer =
        kit_ask_body (line, "a ping nested 101 levels deep", nested (kit, "a", 101));
    kit_refuses (answer, "InvalidRequest");
    kit_refuses (kit_ask_body (line, "100,000 brackets", kit_repeated (kit, "", "[", 100000, "")),
                 "InvalidRequest");
    kit_succeeds (kit_ask (line, "ping", "{}"));
}

static void
check_envelope_fields (struct kit *kit)
{
    static const struct bad rows[] = {
        {"a request without id", "{\"command\":\"ping\"}", NULL},
        {"an empty id", "{\"id\":\"\",\"command\":\"ping\"}", ""},
        {"a request without command", "{\"id\":\"a\"}", "a"},
        {"a command that is an array", "{\"id\":\"a\",\"command\":[]}", "a"},
        {"parameters that are a number", "{\"id\":\"a\",\"command\":\"ping\",\"parameters\":7}",
         "a"},
        {"parameters that are an array", "{\"id\":\"a\",\"command\":\"ping\",\"parameters\":[]}",
         "a"},
    };
    struct kit_line *line = kit_claim (kit);
    for (size_t i = 0; i < sizeof rows / sizeof *rows && kit_goes_on (kit); i++) {
        const struct kit_answer *answer = kit_ask_body (line, rows[i].what, rows[i].body);
        kit_refuses (answer, "InvalidRequest");
        if (rows[i].id && *rows[i].id)
            kit_says (answer, "id", rows[i].id);
    }
    kit_refuses (kit_ask_body (line, "an id that is a number", "{\"id\":5,\"command\":\"ping\"}"),
                 "InvalidRequest");
    kit_refuses (
        kit_ask_body (line, "an id of 129 characters",
                      kit_repeated (kit, "{\"command\":\"ping\",\"id\":\"", "x", 129, "\"}")),
        "InvalidRequest");
    const char *longest = kit_repeated (kit, "", "x", 128, "");
    kit_says (kit_ask_body (line, "an id of 128 characters",
                            kit_text (kit, "{\"command\":\"ping\",\"id\":\"%s\"}", longest)),
              "id", longest);
}

/* A command with one parameter missing, or of a wrong type or out of range. */
static const struct {
    const char *command, *parameters;
} bad_parameters[] = {
    {"hello", "{}"},
    {"hello", "{\"client_id\":7,\"protocol\":\"1.1\"}"},
    {"ping", "{\"message\":3}"},
    {"create_session", "{\"state_data\":[]}"},
    {"create_session", "{\"name\":5}"},
    {"create_session", "{\"session_id\":{}}"},
    {"restore_session", "{}"},
    {"restore_session", "{\"session_id\":5}"},
    {"update_session_state", "{\"state_data\":{}}"},
    {"close_session", "{}"},
    {"get_session_info", "{}"},
    {"evaluate", "{}"},
    {"evaluate", "{\"code\":3}"},
    {"evaluate", "{\"code\":\"3\",\"mode\":\"danceIt\"}"},
    {"evaluate", "{\"code\":\"3\",\"timeout_ms\":\"soon\"}"},
    {"evaluate", "{\"code\":\"3\",\"timeout_ms\":-1}"},
    {"evaluate", "{\"code\":\"3\",\"on_error\":\"panic\"}"},
    {"get_result", "{\"id\":5}"},
    {"interrupt", "{}"},
    {"interrupt", "{\"id\":[]}"},
    {"system_info", "{\"kind\":\"weather\"}"},
    {"subscribe", "{\"events\":\"transcript\"}"},
    {"subscribe", "{\"events\":[5]}"},
    {"subscribe", "{\"last_seq\":-1}"},
    {"list_image_sessions", "{\"include_orphaned\":3}"},
    {"adopt_session", "{}"},
    {"cleanup_image_sessions", "{\"dry_run\":\"yes\"}"},
    {"cleanup_image_sessions", "{\"dry_run\":true,\"max_age_hours\":-1}"},
    {"inspect", "{}"},
    {"release", "{}"},
    {"list_classes", "{\"limit\":0}"},
    {"list_classes", "{\"limit\":10001}"},
    {"list_classes", "{\"from\":-1}"},
    {"browse_class", "{}"},
    {"browse_class", "{\"class_name\":\"Object\",\"side\":\"left\"}"},
    {"get_method", "{\"class_name\":\"Object\"}"},
    {"compile_method", "{\"class_name\":\"Object\"}"},
    {"define_class", "{\"class_name\":\"StuiConformanceNone\"}"},
    {"remove_method", "{\"class_name\":\"Object\"}"},
    {"remove_class", "{}"},
    {"rename_category", "{\"class_name\":\"Object\"}"},
    {"file_in", "{}"},
    {"file_out", "{}"},
    {"senders", "{}"},
    {"implementors", "{\"selector\":7}"},
    {"search_source", "{}"},
    {"complete", "{}"},
    {"debug", "{}"},
};

static void
check_parameters (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    bool is_read_only = kit_can (kit, "read_only");
    for (size_t i = 0; i < sizeof bad_parameters / sizeof *bad_parameters; i++) {
        const char *command = bad_parameters[i].command;
        if (!kit_goes_on (kit) || is_read_only || !kit_can (kit, command))
            continue;
        const struct kit_answer *answer =
            kit_ask_raw (line, NULL, command, bad_parameters[i].parameters);
        kit_expect (kit, strcmp (kit_string (answer, "error_type"), "InvalidRequest") == 0,
                    "%s with %s to be an InvalidRequest, got %s", command,
                    bad_parameters[i].parameters,
                    *kit_string (answer, "error_type") ? kit_string (answer, "error_type")
                                                       : kit_string (answer, "status"));
    }
}

static void
check_optional (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    const char *bare = kit_text (kit, "{\"id\":\"%s\",\"command\":\"ping\"}", kit_id (kit));
    kit_says (kit_ask_body (line, "ping without parameters", bare), "result.message", "pong");
    kit_says (kit_ask (line, "ping", "{'message':null}"), "result.message", "pong");
    kit_says (kit_ask (line, "ping", "{'message':'a','weather':{'fine':[true]}}"), "result.message",
              "a");
    kit_says (kit_ask (line, "ping", "{'message':'first','message':'second'}"), "result.message",
              "second");
}

static void
check_unknown_command (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_refuses (kit_ask (line, "dance", "{}"), "UnknownCommand");
    kit_refuses (kit_ask (line, "Ping", "{}"), "UnknownCommand");
}

/* A read-only image may refuse first what it could not do anyway. */
static void
check_unsupported (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    bool is_read_only = kit_can (kit, "read_only");
    for (const char *const *command = kit_commands; *command; command++)
        if (!kit_can (kit, *command)) {
            const struct kit_answer *answer =
                kit_ask_raw (line, NULL, *command, "{\"session_id\":\"none\"}");
            if (is_read_only && strcmp (kit_string (answer, "error_type"), "PermissionDenied") == 0)
                continue;
            kit_refuses (answer, "UnsupportedOperation");
        }
}

static void
check_changing_ids (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_refuses (kit_ask_raw (line, "any id", "create_session", "{}"), "InvalidRequest");
    kit_refuses (kit_ask_raw (line, "01a21554-9604-771a-b333-0fc64886424", "create_session", "{}"),
                 "InvalidRequest");
    kit_succeeds (kit_ask_raw (line, "any id", "ping", "{}"));
}

static void
check_texts (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    static const char text[] = "grüße \xe2\x82\xac \xf0\x9f\x98\x80 \"quoted\" \\ / \x01 tab\t";
    kit_says (kit_ask (line, "ping", "{'message':'%s'}", text), "result.message", text);
    kit_says (kit_ask_raw (line, NULL, "ping", "{\"message\":\"\\ud83d\\ude00 \\u20ac \\/\"}"),
              "result.message", "\xf0\x9f\x98\x80 \xe2\x82\xac /");
}

static void
check_image_texts (struct kit *kit)
{
    struct kit_line *line = kit_claim (kit);
    kit_says (kit_evaluate (line, NULL, "String with: (Character value: 0)"), "result.result",
              "'\xe2\x90\x80'");
}

static const struct kit_check checks[] = {
    {"answer-form", "A success has id, status, result and a timestamp in UTC with milliseconds.",
     KIT_NEWER, NULL, check_answer_form},
    {"error-form", "An error has id, status, error, error_type, details and a timestamp.",
     KIT_NEWER, NULL, check_error_form},
    {"one-answer", "Every request gets one answer.", KIT_NEWER, NULL, check_one_answer},
    {"no-json", "What is no JSON object is an InvalidRequest, with the id as far as it is found.",
     KIT_NEWER, NULL, check_no_json},
    {"bad-text",
     "A request with bytes that are not UTF-8, an escaped NUL or half a surrogate pair is an "
     "InvalidRequest.",
     KIT_NEWER, NULL, check_bad_text},
    {"long-numbers", "Integers in parameters have at most 15 digits.", KIT_NEWER, "subscribe",
     check_long_numbers},
    {"nesting", "A request may be nested 100 levels deep and no deeper.", KIT_NEWER, NULL,
     check_nesting},
    {"request-fields",
     "A request without id or command, or with parameters that are no object, is an "
     "InvalidRequest; an id has 1 to 128 characters.",
     KIT_NEWER, NULL, check_envelope_fields},
    {"parameters", "A parameter that is missing or of a wrong type or range is an InvalidRequest.",
     KIT_NEWER, NULL, check_parameters},
    {"optional",
     "Parameters may be missing, null is the same as missing, unknown ones are ignored, of two of "
     "one name the last counts.",
     KIT_NEWER, NULL, check_optional},
    {"unknown-command", "A command that is not known is an UnknownCommand.", KIT_NEWER, NULL,
     check_unknown_command},
    {"unsupported",
     "A known command that is not among the capabilities is an UnsupportedOperation.", KIT_NEWER,
     NULL, check_unsupported},
    {"changing-ids",
     "On a claimed connection the id of a command that changes something is a UUID.", KIT_NEWER,
     NULL, check_changing_ids},
    {"texts", "Texts of any characters come back as they were sent.", KIT_NEWER, NULL, check_texts},
    {"image-texts", "A NUL in what an image says becomes U+2400.", KIT_NEWER, "evaluate",
     check_image_texts},
    {0},
};

const struct kit_section kit_messages = {"messages", checks};
