/* test_json_write.c: runtime/json_write.h beside json_print, of the same members. */

#include "runtime/json_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/json.h"

Test (json_write, a_text_is_the_one_that_a_tree_is_printed_as)
{
    static const char *const texts[] = {NULL,
                                        "",
                                        "plain",
                                        "\"quoted\" \\ and\nlines\t\x01",
                                        "größe €",
                                        "bad \xFF byte",
                                        "sixteen bytes ..",
                                        "seventeen bytes\".."};
    static const int64_t numbers[] = {
        0,         1,        -1, 42, -1000, 999999999999999, -999999999999999, 1000000000000000,
        INT64_MAX, INT64_MIN};
    static const double reals[] = {0, 0.125, -17.5, 1e300};
    char key[16];
    struct json *tree = json_object ();
    struct json_write write;
    json_write_begin (&write);
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++) {
        snprintf (key, sizeof key, "text %zu", index);
        json_set_text (tree, key, texts[index]);
        json_write_text (&write, key, texts[index]);
    }
    for (size_t index = 0; index < sizeof numbers / sizeof *numbers; index++) {
        snprintf (key, sizeof key, "number %zu", index);
        json_set_number (tree, key, numbers[index]);
        json_write_number (&write, key, numbers[index]);
    }
    for (size_t index = 0; index < sizeof reals / sizeof *reals; index++) {
        snprintf (key, sizeof key, "real %zu", index);
        json_set_real (tree, key, reals[index]);
        json_write_real (&write, key, reals[index]);
    }
    json_set_bool (tree, "yes", true);
    json_write_bool (&write, "yes", true);
    json_set (tree, "null", json_null ());
    json_write_null (&write, "null");
    json_set (tree, "value", json_parse_text ("{\"a\":[1,2]}"));
    json_write_json (&write, "value", "{\"a\":[1,2]}");
    char *written = json_write_end (&write), *printed = json_print (tree);
    cr_assert_str_eq (written, printed);
    free (written);
    free (printed);
    json_destroy (&tree);
}

Test (json_write, one_of_any_size_and_an_empty_one)
{
    struct json_write write;
    json_write_begin (&write);
    char *empty = json_write_end (&write);
    cr_assert_str_eq (empty, "{}");
    free (empty);
    char *large = malloc (100001);
    memset (large, 'x', 100000);
    large[100000] = '\0';
    json_write_begin (&write);
    json_write_text (&write, "large", large);
    char *text = json_write_end (&write);
    struct json *read = json_parse_text (text);
    cr_assert_str_eq (json_get_text (read, "large"), large);
    json_destroy (&read);
    free (text);
    free (large);
}
