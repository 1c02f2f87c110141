/* test_conformance_compose.c: how the conformance kit writes requests and looks into answers. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/compose.h"
#include "runtime/json.h"

static void
expect_text (char *text, const char *wanted)
{
    cr_expect_str_eq (text, wanted);
    free (text);
}

Test (conformance_compose, quotes_and_texts)
{
    expect_text (kit_compose ("{'a':'%s','b':%d}", "it's \"x\"\n", -5),
                 "{\"a\":\"it's \\\"x\\\"\\n\",\"b\":-5}");
    expect_text (kit_compose ("%lld %zu 100%%", 123456789012345LL, (size_t) 7),
                 "123456789012345 7 100%");
    expect_text (kit_compose ("{}"), "{}");
}

Test (conformance_compose, paths_lead_through_objects_and_arrays)
{
    struct json *json = json_parse_text ("{\"a\":{\"b\":[1,{\"c\":\"x\"}]},\"d\":null}");
    cr_expect_str_eq (json_text (kit_at (json, "a.b.1.c")), "x");
    cr_expect_eq (json_value (kit_at (json, "a.b.0"), 0), 1);
    cr_expect (json_is_null (kit_at (json, "d")));
    cr_expect_eq (kit_at (json, ""), json);
    cr_expect_null (kit_at (json, "a.b.7"));
    cr_expect_null (kit_at (json, "a.x.c"));
    cr_expect_null (kit_at (NULL, "a"));
    json_destroy (&json);
}

Test (conformance_compose, fields_say_what_is_wrong_with_them)
{
    struct json *json = json_parse_text (
        "{\"s\":\"x\",\"e\":\"\",\"n\":3,\"r\":1.5,\"b\":false,\"o\":{},\"a\":[1],\"l\":[\"x\"],"
        "\"t\":\"2026-01-31T10:30:00.123Z\",\"z\":null}");
    static const struct {
        const char *fields, *fault;
    } rows[] = {
        {"s:s e:s s:S n:n b:b o:o a:a l:l t:t z:z s:z", NULL},
        {"none:s? z:n? l:a", NULL},
        {"e:S", "e to be a string that is not empty, got \"\""},
        {"none:s", "none to be a string, got nothing"},
        {"r:n", "r to be an integer, got 1.5"},
        {"n:b", "n to be true or false, got 3"},
        {"z:b", "z to be true or false, got null"},
        {"a:l", "a to be an array of strings, got [1]"},
        {"s:o", "s to be an object, got \"x\""},
        {"s:t", "s to be a timestamp like 2026-01-31T10:30:00.123Z, got \"x\""},
        {"n:s?", "n to be a string, got 3"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *fault = kit_fields_fault (json, rows[i].fields);
        cr_expect (fault && rows[i].fault ? strcmp (fault, rows[i].fault) == 0
                                          : fault == rows[i].fault,
                   "%s: %s", rows[i].fields, fault ? fault : "nothing");
        free (fault);
    }
    json_destroy (&json);
}

Test (conformance_compose, timestamps_have_milliseconds_and_a_z)
{
    cr_expect (kit_is_timestamp ("2026-01-31T10:30:00.123Z"));
    static const char *const wrong[] = {
        "2026-01-31T10:30:00Z",          "2026-01-31 10:30:00.123Z", "2026-01-31T10:30:00.123",
        "2026-01-31T10:30:00.123+00:00", "2026-13-31T10:30:00.123Z", "",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_expect_not (kit_is_timestamp (wrong[i]), "%s", wrong[i]);
    cr_expect_not (kit_is_timestamp (NULL));
}

Test (conformance_compose, what_is_shown_is_cut_between_characters)
{
    struct json *json = json_string ("grüße");
    expect_text (kit_shown (json, 4), "\"gr…");
    expect_text (kit_shown (json, 100), "\"grüße\"");
    expect_text (kit_shown (NULL, 100), "nothing");
    json_destroy (&json);
}
