/* test_json_walk.c: the elements of an array in a text, one by one. */

#include "runtime/json_walk.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

static void
expect_next (struct json_walk *walk, const char *wanted)
{
    size_t size = 0;
    const char *text = json_walk_next (walk, &size);
    cr_assert_not_null (text, "%s is missing", wanted);
    cr_assert_eq (size, strlen (wanted), "%.*s", (int) size, text);
    cr_assert_eq (memcmp (text, wanted, size), 0, "%.*s", (int) size, text);
}

Test (json_walk, elements_come_one_by_one_whatever_stands_in_their_strings)
{
    struct json_walk walk;
    size_t size;
    cr_assert (
        json_walk_begin (&walk,
                         "{\"other\":{\"list\":[9]},\"x\":\"]}\\\"list\\\":[8]\",\"n\":-1.5,"
                         "\"list\": [{\"a\":\"}]\\\\\"}, [1,[2]] ,\"s\\\",\",7,null],\"z\":1}",
                         "list"));
    expect_next (&walk, "{\"a\":\"}]\\\\\"}");
    expect_next (&walk, "[1,[2]]");
    expect_next (&walk, "\"s\\\",\"");
    expect_next (&walk, "7");
    expect_next (&walk, "null");
    cr_assert_null (json_walk_next (&walk, &size));
    cr_assert_null (json_walk_next (&walk, &size), "and so it stays");
}

Test (json_walk, without_such_an_array_there_is_nothing)
{
    static const char *const texts[] = {"",
                                        "[]",
                                        "{}",
                                        "{\"list\":{}}",
                                        "{\"list\":[]}",
                                        "{\"lis\":[1]}",
                                        "{\"list2\":[1]}",
                                        "{\"a\":{\"list\":[1]}}"};
    for (size_t at = 0; at < sizeof texts / sizeof *texts; at++) {
        struct json_walk walk;
        size_t size;
        json_walk_begin (&walk, texts[at], "list");
        cr_assert_null (json_walk_next (&walk, &size), "%s", texts[at]);
    }
    struct json_walk walk;
    cr_assert_not (json_walk_begin (&walk, NULL, "list"));
}

/* Cut anywhere it ends, and reads nothing behind. */
Test (json_walk, a_text_that_is_cut_ends)
{
    static const char whole[] = "{\"x\":\"\\\"\",\"list\":[{\"a\":[1,\"\\\\\"]},2]}";
    for (size_t length = 0; length < sizeof whole; length++) {
        char *text = strndup (whole, length);
        struct json_walk walk;
        size_t size, count = 0;
        json_walk_begin (&walk, text, "list");
        for (const char *at; (at = json_walk_next (&walk, &size)) && count < 10; count++)
            cr_assert_leq (at + size, text + length);
        cr_assert_leq (count, 2);
        free (text);
    }
}
