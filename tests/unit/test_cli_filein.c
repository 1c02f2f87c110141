/* test_cli_filein.c: what an image's answer to file_in means and how it looks, and the parts of a
 * file_out put together. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/filein_print.h"
#include "cli/fileout.h"
#include "runtime/json.h"

static const char defined[] = "{\"definitions\":[\"Point\",\"Point>>x\"],\"definition_count\":2,"
                              "\"errors\":[],\"error_count\":0}";
static const char wrong[] = "{\"definitions\":[\"Point\"],\"definition_count\":1,"
                            "\"errors\":[{\"line\":12,\"text\":\"undeclared\\nvariable foo\"}],"
                            "\"error_count\":3}";

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
    struct json *out = filein_json ("one", &reply);
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
    cr_assert_eq (filein_exit (&reply), exit_status, "%s %s", type, result);
    json_destroy (&reply.json);
}

Test (cli_filein, errors_are_exit_1_and_doubt_is_4)
{
    expect_exit (NULL, defined, STUI_EXIT_DONE);
    expect_exit (NULL, wrong, STUI_EXIT_FAILED);
    expect_exit (NULL, "{}", STUI_EXIT_DONE);
    expect_exit ("InvalidRequest", "{}", STUI_EXIT_FAILED);
    expect_exit ("Unreachable", "{}", STUI_EXIT_UNREACHABLE);
    expect_exit ("InDoubt", "{}", STUI_EXIT_IN_DOUBT);
}

Test (cli_filein, json_has_its_documented_fields)
{
    expect_json (
        NULL, defined,
        "{\"image\":\"one\",\"status\":\"success\",\"definitions\":[\"Point\",\"Point>>x\"],"
        "\"definition_count\":2,\"errors\":[],\"error_count\":0}");
    expect_json (NULL, wrong,
                 "{\"image\":\"one\",\"status\":\"error\",\"definitions\":[\"Point\"],"
                 "\"definition_count\":1,\"errors\":[{\"line\":12,"
                 "\"text\":\"undeclared\\nvariable foo\"}],\"error_count\":3}");
    expect_json ("InDoubt", "{}",
                 "{\"image\":\"one\",\"status\":\"in_doubt\",\"error\":\"a sentence\","
                 "\"error_type\":\"InDoubt\",\"stack\":[]}");
}

static void
expect_text (char *got, const char *text)
{
    cr_assert_str_eq (got, text, "got %s", got);
    free (got);
}

Test (cli_filein, each_error_is_a_line_with_file_and_line)
{
    struct json *result = json_parse_text (wrong);
    expect_text (filein_definitions ("one", false, result), "Point\n");
    expect_text (filein_errors ("one", false, "a.st", result),
                 "a.st:12: undeclared variable foo\na.st: 2 more errors\n");
    expect_text (filein_errors ("one", true, "a.st", result),
                 "one: a.st:12: undeclared variable foo\none: a.st: 2 more errors\n");
    json_destroy (&result);
}

/* Symptom: "a.st:3: a.st: undeclared variable foo", of images that name the source themselves. */
Test (cli_filein, the_source_is_named_once)
{
    struct json *result = json_parse_text ("{\"errors\":[{\"line\":3,\"text\":\"a.st: no\"}]}");
    expect_text (filein_errors ("one", false, "a.st", result), "a.st:3: no\n");
    expect_text (filein_errors ("one", false, "b.st", result), "b.st:3: a.st: no\n");
    json_destroy (&result);
}

Test (cli_filein, definitions_of_several_images_stand_behind_their_names)
{
    struct json *result = json_parse_text (defined);
    expect_text (filein_definitions ("one", false, result), "Point\nPoint>>x\n");
    expect_text (filein_definitions ("one", true, result), "one: Point\n  Point>>x\n");
    expect_text (filein_errors ("one", true, "a.st", result), "");
    json_destroy (&result);
    result = json_parse_text ("{\"definitions\":[\"A\"],\"definition_count\":1001}");
    expect_text (filein_definitions ("one", false, result), "A\nand 1000 more\n");
    json_destroy (&result);
    result = json_parse_text ("{}");
    expect_text (filein_definitions ("one", false, result), "nothing was defined\n");
    json_destroy (&result);
}

/* ---- fileout ---------------------------------------------------------------------------------------- */

static int
add (struct fileout_text *text, const char *part, struct stui_cause *cause)
{
    struct json *json = json_parse_text (part);
    int more = fileout_add (text, json, cause);
    json_destroy (&json);
    return more;
}

Test (cli_fileout, parts_are_put_together_by_characters)
{
    struct fileout_text text = {0};
    cr_assert_eq (add (&text, "{\"source\":\"Grü\",\"from\":0,\"total_size\":5}", NULL), 1);
    cr_assert_eq (text.from, 3, "an umlaut is one character");
    cr_assert_eq (add (&text, "{\"source\":\"ße\",\"from\":3,\"total_size\":5}", NULL), 0);
    cr_assert_str_eq (text.bytes, "Grüße");
    fileout_text_fini (&text);
    cr_assert_eq (add (&text, "{\"source\":\"\",\"from\":0,\"total_size\":0}", NULL), 0);
    cr_assert_str_eq (text.bytes, "");
    fileout_text_fini (&text);
    cr_assert_eq (add (&text, "{\"source\":\"whole\"}", NULL), 0, "one that knows no parts");
    cr_assert_str_eq (text.bytes, "whole");
    fileout_text_fini (&text);
}

Test (cli_fileout, a_source_that_changes_between_two_parts_is_not_put_together)
{
    struct fileout_text text = {0};
    struct stui_cause cause = {0};
    add (&text, "{\"source\":\"abc\",\"from\":0,\"total_size\":6}", NULL);
    cr_assert_eq (add (&text, "{\"source\":\"def\",\"from\":3,\"total_size\":9}", &cause),
                  STUI_E_CONFLICT);
    cr_assert_not_null (strstr (cause.text, "try again"), "%s", cause.text);
    fileout_text_fini (&text);
}

Test (cli_fileout, an_image_that_sends_no_more_is_not_asked_for_ever)
{
    struct fileout_text text = {0};
    struct stui_cause cause = {0};
    add (&text, "{\"source\":\"abc\",\"from\":0,\"total_size\":6}", NULL);
    cr_assert_eq (add (&text, "{\"source\":\"\",\"from\":3,\"total_size\":6}", &cause),
                  STUI_E_MALFORMED);
    cr_assert_eq (add (&text, "{}", &cause), STUI_E_MALFORMED);
    fileout_text_fini (&text);
}
