/* test_sim_json.c: requests whose form json_parse refuses, written anew, and members as they came. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "sim/sim_json.h"

/* That TEXT becomes PLAIN (NULL: it is refused). */
static void
expect_plain (const char *text, const char *plain)
{
    struct stui_cause cause = {0};
    size_t size;
    char *came = sim_json_plain (text, strlen (text), &size, &cause);
    if (!plain)
        cr_expect_null (came, "%s became %.*s", text, (int) size, came);
    else
        cr_expect (came && size == strlen (plain) && memcmp (came, plain, size) == 0,
                   "%s became %.*s", text, came ? (int) size : 4, came ? came : "NULL");
    free (came);
}

Test (sim_json, of_two_members_of_one_name_the_last_counts)
{
    expect_plain ("{\"a\":1}", "{\"a\":1}");
    expect_plain ("{\"a\":1,\"a\":2}", "{\"a\":2}");
    expect_plain (" { \"a\" : [1] , \"b\":2,\"\\u0061\":{\"c\":1,\"c\":3}, \"b\" :4 } ",
                  "{\"\\u0061\":{\"c\":3},\"b\":4}");
    expect_plain ("[{\"a\":1,\"a\":1,\"a\":1},{\"aa\":1,\"a\":2}]",
                  "[{\"a\":1},{\"aa\":1,\"a\":2}]");
}

Test (sim_json, what_is_left_out_must_be_json_too)
{
    expect_plain ("{\"a\":nonsense,\"a\":2}", NULL);
    expect_plain ("{\"a\":\"\\u0000\",\"a\":2}", NULL);
    expect_plain ("{\"a\":1,\"a\":2,}", NULL);
    expect_plain ("{\"a\":1 \"a\":2}", NULL);
    expect_plain ("{\"a\":1,\"a\":2", NULL);
    expect_plain ("{\"a\":1}}", NULL);
    expect_plain ("[1,]", NULL);
    expect_plain ("", NULL);
}

Test (sim_json, long_numbers_are_no_integers)
{
    expect_plain ("[12345678901234567890,-1234567890123456.5e3,123456789012345]",
                  "[1e15,1e15,123456789012345]");
    /* These are left for json_parse to refuse. */
    expect_plain ("[01234567890123456789]", "[01234567890123456789]");
    expect_plain ("[12345678901234567890.]", "[12345678901234567890.]");
}

/* DEPTH brackets around WITHIN. */
static char *
nested (int depth, const char *within)
{
    char *text = stui_alloc (2 * (size_t) depth + strlen (within) + 1);
    memset (text, '[', (size_t) depth);
    strcpy (text + depth, within);
    memset (text + depth + strlen (within), ']', (size_t) depth);
    return text;
}

Test (sim_json, a_hundred_levels_are_taken_and_no_more)
{
    struct stui_cause cause = {0};
    size_t size;
    char *text = nested (60, "[{}]"), *plain = nested (60, "null");
    expect_plain (text, plain);
    free (text);
    free (plain);
    text = nested (SIM_JSON_DEPTH, "1");
    plain = sim_json_plain (text, strlen (text), &size, &cause);
    cr_assert_not_null (plain);
    struct json *json = json_parse (plain, size, &cause);
    cr_expect_not_null (json, "%s", cause.text);
    json_destroy (&json);
    free (plain);
    free (text);
    text = nested (SIM_JSON_DEPTH - 1, "nonsense");
    expect_plain (text, NULL);
    free (text);
    text = nested (SIM_JSON_DEPTH + 1, "1");
    cr_expect_null (sim_json_plain (text, strlen (text), &size, &cause));
    cr_expect_not_null (strstr (cause.text, "nested deeper than 100"), "%s", cause.text);
    free (text);
}

Test (sim_json, members_are_found_as_they_stand)
{
    static const char object[] = " {\"b\":\"}\\\"\",\"a\": 1 ,\"c\":{\"a\":[2]},\"\\u0061\" : { "
                                 "\"x\":[ \"]\" ] } , \"d\":null}";
    size_t size;
    const char *found = sim_json_member (object, strlen (object), "a", &size);
    cr_assert_eq (size, strlen ("{ \"x\":[ \"]\" ] }"));
    cr_expect_eq (memcmp (found, "{ \"x\":[ \"]\" ] }", size), 0);
    found = sim_json_member (object, strlen (object), "d", &size);
    cr_expect (size == 4 && memcmp (found, "null", 4) == 0);
    cr_expect_null (sim_json_member (object, strlen (object), "x", &size));
    cr_expect_null (sim_json_member ("{}", 2, "x", &size));
}
