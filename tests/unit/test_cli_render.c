/* test_cli_render.c: tables for people, and texts from images made harmless. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "cli/render.h"

static const struct render_column columns[] = {
    {.title = "NAME"},
    {.title = "NOTE", .flexible = true},
    {.title = "MS", .right = true},
    {0},
};

static void
row (struct render_table *table, const char *name, const char *note, int64_t ms)
{
    render_cell (table, name, RENDER_PLAIN);
    render_cell (table, note, RENDER_GOOD);
    render_cell_number (table, ms);
}

static void
expect (struct render_table *table, size_t width, const char *text)
{
    char *got = render_table_text (table, width, false, false);
    cr_assert_str_eq (got, text, "got:\n%s", got);
    free (got);
}

Test (cli_render, columns_line_up_and_end_without_blanks)
{
    struct render_table *table = render_table_new (columns);
    row (table, "one", "fine", 12);
    row (table, "seventeen", NULL, -1);
    expect (table, 0,
            "NAME       NOTE  MS\n"
            "one        fine  12\n"
            "seventeen  -      -\n");
    render_table_destroy (&table);
    cr_assert_null (table);
}

Test (cli_render, wide_and_combining_characters_count_as_shown)
{
    cr_assert_eq (render_width ("日本"), 4);
    cr_assert_eq (render_width ("e\u0301"), 1);
    struct render_table *table = render_table_new (columns);
    row (table, "日本", "Grüße", 1);
    row (table, "abcde", "x", 1);
    expect (table, 0,
            "NAME   NOTE   MS\n"
            "日本   Grüße   1\n"
            "abcde  x       1\n");
    render_table_destroy (&table);
}

Test (cli_render, a_narrow_terminal_cuts_flexible_columns_first)
{
    struct render_table *table = render_table_new (columns);
    row (table, "one", "nothing listens there", 12);
    expect (table, 20,
            "NAME  NOTE        MS\n"
            "one   nothing l…  12\n");
    render_table_destroy (&table);
}

Test (cli_render, in_ascii_a_tilde_says_that_something_was_cut)
{
    struct render_table *table = render_table_new (columns);
    row (table, "one", "nothing listens there", 12);
    char *text = render_table_text (table, 20, false, true);
    cr_assert_not_null (strstr (text, "\none   nothing l~  12\n"), "%s", text);
    free (text);
    render_table_destroy (&table);
}

Test (cli_render, no_line_is_wider_than_the_terminal)
{
    struct render_table *table = render_table_new (columns);
    row (table, "a-long-name", "日本日本日本", 123456);
    for (size_t width = 1; width < 40; width++) {
        char *text = render_table_text (table, width, false, false);
        for (char *line = strtok (text, "\n"); line != NULL; line = strtok (NULL, "\n")) {
            cr_assert_leq (render_width (line), width, "%zu: '%s'", width, line);
            cr_assert_neq (line[strlen (line) - 1], ' ', "'%s' ends with a blank", line);
        }
        free (text);
    }
    render_table_destroy (&table);
}

Test (cli_render, colour_changes_no_width)
{
    struct render_table *table = render_table_new (columns);
    row (table, "one", "fine", 12);
    char *text = render_table_text (table, 0, true, false);
    cr_assert_not_null (strstr (text, "one   \033[32mfine\033[0m  12\n"), "%s", text);
    free (text);
    render_table_destroy (&table);
}

Test (cli_render, a_cell_is_one_line_whatever_is_in_it)
{
    char *line = render_line ("a\r\nb\tc\033[2Jd\xc2\x9b"
                              "1m");
    cr_assert_str_eq (line, "a b c\\x1B[2Jd\\x9B1m");
    free (line);
}

Test (cli_render, a_block_keeps_its_lines_and_drives_no_terminal)
{
    char *block = render_block ("one\rtwo\r\nthree\n\033]0;x\007\tend\n", 2);
    cr_assert_str_eq (block, "one\n  two\n  three\n  \\x1B]0;x\\x07\tend\n");
    free (block);
}

Test (cli_render, bytes_that_are_no_character_do_no_harm)
{
    cr_assert_eq (render_width ("\xff\xc3"), 2);
    char *line = render_line ("\xc3");
    cr_assert_str_eq (line, "\xc3");
    free (line);
}

Test (cli_render, durations_have_one_unit)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {{-1, "-"},       {0, "0 ms"},      {999, "999 ms"},  {1000, "1 s"},
                {59999, "59 s"}, {60000, "1 min"}, {7200000, "2 h"}, {172800000, "2 d"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *got = render_duration (rows[i].ms);
        cr_assert_str_eq (got, rows[i].text);
        free (got);
    }
}

Test (cli_render, paint_is_left_out_where_it_is_not_wanted)
{
    char *plain = render_paint ("online", RENDER_GOOD, false);
    char *green = render_paint ("online", render_state_color ("online"), true);
    cr_assert_str_eq (plain, "online");
    cr_assert_str_eq (green, "\033[32monline\033[0m");
    free (plain);
    free (green);
    cr_assert_eq (render_state_color (NULL), RENDER_PLAIN);
}
