/* test_cli_eval_print.c: what an image's answer means for --json and the exit status. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/eval_print.h"
#include "runtime/json.h"

/* The reply `ok` with RESULT, or `error` of TYPE with RESULT as its details. */
static struct reply
reply_of (const char *type, const char *result)
{
    return (struct reply){
        .json = json_parse_text (result),
        .err = type != NULL ? stui_err_from_word (type) : 0,
        .type = (char *) type,
        .text = type != NULL ? "a sentence" : NULL,
    };
}

static void
expect_json (const char *type, const char *result, const char *text)
{
    struct reply reply = reply_of (type, result);
    struct json *out = eval_json ("one", &reply);
    char *got = json_print (out);
    cr_assert_str_eq (got, text, "got %s", got);
    free (got);
    json_destroy (&out);
    json_destroy (&reply.json);
}

static void
expect_exit (const char *type, const char *result, int exit_status)
{
    struct reply reply = reply_of (type, result);
    cr_assert_eq (eval_exit (&reply), exit_status, "%s %s", type, result);
    json_destroy (&reply.json);
}

Test (cli_eval_print, a_result_has_its_documented_fields)
{
    expect_json (NULL,
                 "{\"result\":\"7\",\"result_type\":\"SmallInteger\",\"has_error\":false,"
                 "\"execution_time\":3}",
                 "{\"image\":\"one\",\"status\":\"success\",\"result\":\"7\","
                 "\"result_type\":\"SmallInteger\",\"execution_time_ms\":3}");
}

Test (cli_eval_print, an_exceptions_class_is_its_error_type)
{
    expect_json (NULL,
                 "{\"result\":\"by zero\",\"result_type\":\"ZeroDivide\",\"has_error\":true,"
                 "\"stack\":[\"a\",\"b\"],\"execution_time\":1}",
                 "{\"image\":\"one\",\"status\":\"error\",\"error\":\"by zero\","
                 "\"error_type\":\"ZeroDivide\",\"stack\":[\"a\",\"b\"],\"execution_time_ms\":1}");
}

Test (cli_eval_print, a_compile_error_has_its_place)
{
    expect_json ("CompileError", "{\"line\":2,\"column\":5}",
                 "{\"image\":\"one\",\"status\":\"error\",\"error\":\"a sentence\","
                 "\"error_type\":\"CompileError\",\"stack\":[],\"line\":2,\"column\":5}");
}

/* Symptom: "nobody can say whether it ran: look before you repeat it; nobody can say whether …". */
Test (cli_eval_print, doubt_is_said_once_with_what_to_do)
{
    struct reply reply = reply_of ("InDoubt", "{}");
    reply.text = "the image was started again meanwhile: nobody can say whether it ran";
    char *said = eval_explain (&reply);
    cr_assert_str_eq (said, "the image was started again meanwhile: nobody can say whether it ran; "
                            "look before you repeat it");
    free (said);
    json_destroy (&reply.json);
}

/* Symptom: code for a disabled image or another route was refused with "`stui image test` says where
 * it fails", where nothing fails. The supervisor's own sentence says what helps. */
Test (cli_eval_print, a_refusal_says_what_helps_and_nothing_else)
{
    struct reply reply = reply_of ("Unreachable", "{}");
    char *said = eval_explain (&reply);
    cr_assert_str_eq (said, "a sentence");
    free (said);
    json_destroy (&reply.json);
}

Test (cli_eval_print, doubt_is_a_status_of_its_own)
{
    expect_json ("InDoubt", "{}",
                 "{\"image\":\"one\",\"status\":\"in_doubt\",\"error\":\"a sentence\","
                 "\"error_type\":\"InDoubt\",\"stack\":[]}");
}

Test (cli_eval_print, the_exit_status_says_whether_it_may_be_repeated)
{
    expect_exit (NULL, "{\"result\":\"7\"}", STUI_EXIT_DONE);
    expect_exit (NULL, "{\"result\":\"x\",\"has_error\":true}", STUI_EXIT_FAILED);
    expect_exit ("CompileError", "{}", STUI_EXIT_FAILED);
    expect_exit ("EvaluationError", "{}", STUI_EXIT_FAILED);
    expect_exit ("Unreachable", "{}", STUI_EXIT_UNREACHABLE);
    expect_exit ("NeverRun", "{}", STUI_EXIT_UNREACHABLE);
    expect_exit ("InDoubt", "{}", STUI_EXIT_IN_DOUBT);
    expect_exit ("ActorEnded", "{}", STUI_EXIT_IN_DOUBT);
}
