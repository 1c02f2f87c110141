/* test_cli_session_show.c: a session as people read it. */

#include <criterion/criterion.h>
#include <stdlib.h>

#include "cli/session_show.h"
#include "runtime/json.h"

static void
expect_shown (const char *session, const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream (&text, &size);
    struct json *json = json_parse_text (session);
    session_show_print (file, json);
    fclose (file);
    cr_assert_str_eq (text, expected, "%s", text);
    json_destroy (&json);
    free (text);
}

/* Symptom: `stui session show` printed JSON at people. */
Test (cli_session_show, it_is_a_line_a_fact_and_how_the_text_begins)
{
    expect_shown (
        "{\"session_id\":\"018f\",\"image\":\"one\",\"name\":\"work\",\"state\":\"restored\","
        "\"saved\":true,\"conflict\":false,\"reason\":null,\"note\":\"look\\nhere\","
        "\"tags\":[\"lab\",\"old\"],\"created_at\":\"2026-01-31T10:30:00.000Z\","
        "\"last_modified\":\"2026-01-31T10:31:00.000Z\",\"version\":4,\"bytes\":210,"
        "\"counts\":{\"opened\":2,\"evaluations\":5,\"errors\":1,\"open_ms\":61000},"
        "\"context\":{\"workspace\":{\"text\":\"1\\n2\\n3\\n4\\n5\\n6\\n7\\n8\\n9\\n10\\n\"}}}",
        "name         work\n"
        "session      018f\n"
        "image        one\n"
        "state        restored, saved\n"
        "             the image has all of it\n"
        "note         look here\n"
        "tags         lab, old\n"
        "created      2026-01-31T10:30:00.000Z\n"
        "modified     2026-01-31T10:31:00.000Z\n"
        "opened       2 times, for 1 min in all\n"
        "evaluations  5, 1 with an error\n"
        "size         210 bytes, version 4\n"
        "workspace\n"
        "    1\n    2\n    3\n    4\n    5\n    6\n    7\n    8\n"
        "    and 2 more lines: --json has all of it\n");
}
