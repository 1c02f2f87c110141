/* test_json.c: what json_parse takes and refuses, that all it prints can be read again, and
 * that hostile texts cost no more than their size. */

#include "runtime/json.h"
#include "runtime/json_scan.h"

#include <criterion/criterion.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

static void
expect_refused (const char *text, const char *sentence)
{
    struct stui_cause cause = {0};
    struct json *json = json_parse (text, strlen (text), &cause);
    cr_assert_null (json, "%s was taken", text);
    cr_assert_eq (cause.err, STUI_E_MALFORMED);
    cr_assert (strstr (cause.text, sentence), "'%s' for %s", cause.text, text);
}

static void
expect_printed (const char *text, const char *printed)
{
    struct json *json = json_parse_text (text);
    cr_assert_not_null (json, "%s was refused", text);
    char *again = json_print (json);
    cr_assert_str_eq (again, printed);
    cr_assert_eq (json_size (json), strlen (printed));
    free (again);
    json_destroy (&json);
    cr_assert_null (json);
}

Test (json, prints_what_it_parsed)
{
    expect_printed (" {\"a\" : [1, -2, 0.5, true, false, null, \"x\"] , \"b\":{}}\n",
                    "{\"a\":[1,-2,0.5,true,false,null,\"x\"],\"b\":{}}");
    expect_printed ("\"\\u00e9\\ud83d\\ude00\\/\\n\\u0001\\\"\\\\\"", "\"é😀/\\n\\u0001\\\"\\\\\"");
    expect_printed ("[[],{},\"\"]", "[[],{},\"\"]");
    expect_printed ("7", "7");
}

Test (json, numbers_print_as_integers_when_whole)
{
    expect_printed ("[1e3,1.0,-0.0,999999999999999,123456789012345]",
                    "[1000,1,0,999999999999999,123456789012345]");
    expect_printed ("[0.1,1.5e-7,0.30000000000000004]", "[0.1,1.5e-07,0.30000000000000004]");
}

Test (json, great_numbers_can_be_read_again)
{
    static const double values[] = {1e15,    1700000000000001.0,     9007199254740991.0, 1e17,
                                    1.5e300, 1.7976931348623157e308, 999999999999999.9,  5e-324};
    for (size_t index = 0; index < sizeof values / sizeof *values; index++) {
        struct json *json = json_real (values[index]);
        char *text = json_print (json);
        struct json *again = json_parse_text (text);
        cr_assert_not_null (again, "%s", text);
        cr_assert (json_equal (json, again), "%s", text);
        free (text);
        json_destroy (&json);
        json_destroy (&again);
    }
}

/* They were printed as reals, 9007199254740993 as 9.007199254740992e15: another number. */
Test (json, integers_of_more_than_15_digits_lost_their_last_ones)
{
    static const struct {
        int64_t value;
        const char *printed;
    } cases[] = {
        {999999999999999, "999999999999999"},       {-999999999999999, "-999999999999999"},
        {1000000000000000, "\"1000000000000000\""}, {9007199254740993, "\"9007199254740993\""},
        {INT64_MAX, "\"9223372036854775807\""},     {INT64_MIN, "\"-9223372036854775808\""},
    };
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        struct json *json = json_object ();
        json_set_number (json, "n", cases[index].value);
        char *text = json_print (json_get (json, "n"));
        cr_assert_str_eq (text, cases[index].printed);
        free (text);
        json_destroy (&json);
    }
}

Test (json, refuses_what_the_library_would_mangle)
{
    expect_refused ("\"ab\\u0000cd\"", "byte 3: an escaped NUL");
    expect_refused ("\"\\ud800\"", "byte 1: a lone surrogate");
    expect_refused ("\"\\ud800\\u0041\"", "a lone surrogate");
    expect_refused ("\"\\udc00\\ud800\"", "a lone surrogate");
    expect_refused ("\"\\ud800\\ud800\"", "a lone surrogate");
    expect_refused ("\"\xff\"", "byte 1: bytes that are not UTF-8");
    expect_refused ("\"\xed\xa0\x80\"", "not UTF-8");
    expect_refused ("\"a\tb\"", "byte 2: a raw control character");
    expect_refused ("1234567890123456", "more than 15 digits");
    expect_refused ("[-1234567890123456]", "byte 1: a number of more than 15 digits");
    expect_refused ("1e400", "too great");
    expect_refused ("0.0000000000000000000000000000000000000000000000000000000000001",
                    "more than 60 characters");
    struct stui_cause cause;
    cr_assert_null (json_parse ("[1]\0", 4, &cause));
    cr_assert_null (json_parse ("\"a\0b\"", 5, &cause));
}

Test (json, refuses_what_is_no_json)
{
    static const char *const texts[] = {
        "",
        " ",
        "nul",
        "truex",
        "[1,]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":1,}",
        "{a:1}",
        "01",
        "-",
        "1.",
        ".5",
        "+1",
        "1e",
        "0x10",
        "NaN",
        "Infinity",
        "'a'",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "[",
        "{\"a\":",
        "[1]]",
        "1 1",
        "\xef\xbb\xbf{}",
        "//\n1",
        "{,}",
        "\"\\",
        "-Inf",
        "{\"a\":1 \"b\":2}",
    };
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++)
        expect_refused (texts[index], "the JSON is wrong at byte ");
}

Test (json, a_string_is_looked_at_byte_for_byte_wherever_it_lies)
{
    static const char wrong[] = {'\x01', '\x1f', '\n', '"', '\\'};
    for (size_t before = 0; before < 20; before++)
        for (size_t place = 0; place < 20; place++)
            for (size_t kind = 0; kind < sizeof wrong; kind++) {
                char text[64];
                memset (text, ' ', before);
                int size = snprintf (text + before, sizeof text - before, "\"%020d\"", 7);
                text[before + (size_t) size] = '\0';
                cr_assert_eq (json_scan (text, before + (size_t) size, NULL), 0);
                text[before + 1 + place] = wrong[kind];
                struct stui_cause cause = {0};
                cr_assert_lt (json_scan (text, before + (size_t) size, &cause), 0, "%s", text);
            }
    static const char plain[] = "\"\x7f~}|{z !#[]^~\x7f\xc3\xa9\"";
    cr_assert_eq (json_scan (plain, sizeof plain - 1, NULL), 0);
}

Test (json, depth_is_bounded)
{
    char text[2 * STUI_JSON_DEPTH + 3] = "";
    memset (text, '[', STUI_JSON_DEPTH);
    memset (text + STUI_JSON_DEPTH, ']', STUI_JSON_DEPTH);
    expect_printed (text, text);
    memset (text, '[', STUI_JSON_DEPTH + 1);
    memset (text + STUI_JSON_DEPTH + 1, ']', STUI_JSON_DEPTH + 1);
    expect_refused (text, "byte 64: nested deeper");
}

Test (json, double_keys_are_named_with_their_place)
{
    expect_refused ("{\"a\":1,\"b\":2,\"a\":3}", "byte 13: the key \"a\" a second time");
    expect_refused ("[{},{\"x\":{\"k\":1,\"k\":2}}]", "the key \"k\" a second time");
    expect_refused ("{\"\\u00e9\":1,\"é\":2}", "byte 12: the key \"é\" a second time");
    expect_refused ("{\"😀\":1,\"\\ud83d\\ude00\":2}", "a second time");
    expect_refused ("{\"\\n/\":1,\"\\u000a\\/\":2}", "a second time");
    expect_refused ("{\"\":1,\"\":2}", "the key \"\" a second time");
    expect_refused ("{\"é\\u00e9x\":1,\"\\u00e9éx\":2}", "a second time");
    expect_printed ("{\"aé\":1,\"aè\":2,\"a€\":3,\"a\":4}", "{\"aé\":1,\"aè\":2,\"a€\":3,\"a\":4}");
    expect_printed ("{\"a\":{\"a\":1},\"A\":{\"a\":1},\"ab\":2}",
                    "{\"a\":{\"a\":1},\"A\":{\"a\":1},\"ab\":2}");
}

/* Small objects are looked through in another way than large ones, and escapes in a third. */
Test (json, a_double_key_is_found_among_few_and_many_whatever_its_spelling)
{
    static const char *const spellings[] = {"k0", "\\u006b0"};
    enum { KEYS = 70, ROOM = 16 };
    for (int count = 1; count <= KEYS; count++) {
        char text[KEYS * ROOM + 2 * ROOM] = "{";
        size_t size = 1;
        for (int index = 0; index < count; index++)
            size += (size_t) snprintf (text + size, ROOM, "\"k%d\":1,", index);
        snprintf (text + size, ROOM, "\"last\":1}");
        expect_printed (text, text);
        for (size_t way = 0; way < sizeof spellings / sizeof *spellings; way++) {
            snprintf (text + size, ROOM, "\"%s\":1}", spellings[way]);
            expect_refused (text, "a second time");
        }
    }
    expect_printed ("{\"costarring\":1,\"liquor\":2}", /* their marks are the same */
                    "{\"costarring\":1,\"liquor\":2}");
}

/* 200,000 keys with a common beginning: pairwise comparison would take minutes. */
Test (json, many_keys_are_no_way_to_stop_us, .timeout = 20)
{
    enum { KEYS = 200000, ROOM = 40 };
    char *text = stui_alloc (KEYS * ROOM);
    size_t size = 0;
    for (int index = 0; index < KEYS; index++)
        size += (size_t) snprintf (text + size, ROOM, "%c\"aaaaaaaaaaaaaaaa%d\":1",
                                   index ? ',' : '{', index);
    text[size++] = '}';
    struct stui_cause cause = {0};
    struct json *json = json_parse (text, size, &cause);
    cr_assert_not_null (json, "%s", cause.text);
    cr_assert_eq (json_count (json), KEYS);
    json_destroy (&json);
    free (text);
}

Test (json, the_number_of_values_is_bounded)
{
    enum { VALUES = 1000001 };
    char *text = stui_alloc (2 * VALUES + 2);
    text[0] = '[';
    for (int index = 0; index < VALUES; index++)
        memcpy (text + 1 + 2 * index, index ? ",1" : " 1", 2);
    text[2 * VALUES + 1] = ']';
    struct stui_cause cause;
    cr_assert_null (json_parse (text, 2 * VALUES + 2, &cause));
    cr_assert (strstr (cause.text, "a million values"));
    free (text);
}

Test (json, setting_replaces_in_place_and_null_removes)
{
    struct json *json = json_object ();
    json_set_number (json, "one", 1);
    json_set_text (json, "two", "zwei");
    json_set_bool (json, "three", true);
    json_set_real (json, "one", 1.5);
    json_set_text (json, "ONE", NULL);
    char *text = json_print (json);
    cr_assert_str_eq (text, "{\"one\":1.5,\"two\":\"zwei\",\"three\":true,\"ONE\":null}");
    free (text);
    json_set (json, "two", NULL);
    json_set (json, "absent", NULL);
    struct json *taken = json_take (json, "three");
    cr_assert (json_is_true (taken));
    cr_assert_null (json_key (taken));
    cr_assert_null (json_take (json, "three"));
    cr_assert_eq (json_count (json), 2);
    json_destroy (&taken);
    json_destroy (&json);
}

Test (json, getters_answer_defaults_for_what_is_not_there)
{
    struct json *json = json_parse_text ("{\"n\":7,\"t\":\"x\",\"b\":false,\"r\":1.5,\"g\":1e20}");
    cr_assert_eq (json_get_number (json, "n", -1), 7);
    cr_assert_eq (json_get_number (json, "N", -1), -1);
    cr_assert_eq (json_get_number (json, "t", -1), -1);
    cr_assert_eq (json_get_number (json, "r", -1), -1);
    cr_assert_eq (json_get_number (json, "g", -1), -1);
    cr_assert_eq (json_get_real (json, "r", 0), 1.5);
    cr_assert_str_eq (json_get_text (json, "t"), "x");
    cr_assert_null (json_get_text (json, "n"));
    cr_assert_not (json_get_bool (json, "b", true));
    cr_assert (json_get_bool (json, "n", true));
    cr_assert_not (json_get_bool (NULL, "n", false));
    cr_assert_null (json_get (NULL, "n"));
    cr_assert_null (json_first (NULL));
    cr_assert_eq (json_count (NULL), 0);
    json_destroy (&json);
    json_destroy (&json);
}

Test (json, children_come_in_order)
{
    struct json *array = json_array ();
    for (int index = 0; index < 100; index++)
        json_push (array, json_number (index));
    int64_t expected = 0;
    for (const struct json *child = json_first (array); child; child = json_next (child)) {
        cr_assert_null (json_key (child));
        cr_assert_eq (json_value (child, -1), expected++);
    }
    cr_assert_eq (expected, 100);
    cr_assert_eq (json_value (json_at (array, 42), -1), 42);
    cr_assert_null (json_at (array, 100));
    json_destroy (&array);
}

Test (json, a_copy_is_equal_and_its_own)
{
    struct json *json = json_parse_text ("{\"a\":[1,{\"b\":\"x\"}],\"c\":null,\"d\":false}");
    struct json *copy = json_copy (json);
    cr_assert (json_equal (json, copy));
    json_set_number (copy, "c", 1);
    cr_assert_not (json_equal (json, copy));
    struct json *turned = json_parse_text ("{\"d\":false,\"c\":null,\"a\":[1,{\"b\":\"x\"}]}");
    cr_assert (json_equal (json, turned));
    json_set (turned, "d", NULL);
    cr_assert_not (json_equal (json, turned));
    cr_assert (json_equal (NULL, NULL));
    cr_assert_not (json_equal (json, NULL));
    cr_assert_null (json_copy (NULL));
    json_destroy (&json);
    json_destroy (&copy);
    json_destroy (&turned);
}

Test (json, texts_that_are_not_utf8_become_harmless)
{
    struct json *json = json_string ("caf\xe9, \xc3\xa9\xff");
    cr_assert_str_eq (json_text (json), "caf\xEF\xBF\xBD, é\xEF\xBF\xBD");
    json_destroy (&json);
    json = json_real (NAN);
    cr_assert (json_is_null (json));
    json_destroy (&json);
}

Test (json, pretty_text_is_the_same_value)
{
    struct json *json = json_parse_text ("{\"a\":[1,2],\"b\":{}}");
    char *text = json_print_pretty (json);
    cr_assert_str_eq (text, "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
    free (text);
    json_destroy (&json);
}

/* ---- Members without a tree ------------------------------------------------------------------ */

static void
member_add (void *context, const char *key, size_t key_size, const char *value, size_t value_size)
{
    char *all = context;
    size_t length = strlen (all);
    snprintf (all + length, 256 - length, "%.*s=%.*s;", (int) key_size, key, (int) value_size,
              value);
}

Test (json, an_objects_own_members_are_shown_as_they_are_spelt)
{
    static const char text[] =
        " { \"a\" : [1, {\"b\":2}] , \"c\\u0064\":\"x\\\"y\" ,\"e\":{\"f\":{}}} ";
    char all[256] = "";
    cr_assert_eq (json_scan_object (text, strlen (text), member_add, all, NULL), 0);
    cr_assert_str_eq (all, "a=[1, {\"b\":2}];c\\u0064=\"x\\\"y\";e={\"f\":{}};");
    static const char *const wrong[] = {"", "[]", "7", "{\"a\":1", "{\"a\":1,\"a\":2}", "{} {}"};
    for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++)
        cr_assert_eq (json_scan_object (wrong[index], strlen (wrong[index]), member_add, all, NULL),
                      STUI_E_MALFORMED, "%s", wrong[index]);
}

Test (json, an_arrays_own_elements_are_shown_as_they_are_spelt)
{
    static const char text[] = " [ {\"a\":[1]} , [2,[3]] ,\"x\\\"y\" , 4.50] ";
    char all[256] = "";
    cr_assert_eq (json_scan_array (text, strlen (text), member_add, all, NULL), 0);
    cr_assert_str_eq (all, "={\"a\":[1]};=[2,[3]];=\"x\\\"y\";=4.50;");
    all[0] = '\0';
    cr_assert_eq (json_scan_array ("[ ]", 3, member_add, all, NULL), 0);
    cr_assert_str_empty (all);
    static const char *const wrong[] = {"", "{}", "7", "[1", "[1,]", "[] []"};
    for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++)
        cr_assert_eq (json_scan_array (wrong[index], strlen (wrong[index]), member_add, all, NULL),
                      STUI_E_MALFORMED, "%s", wrong[index]);
}
