/* test_editor_view.c: what an editor shows: kinds of Smalltalk, brackets, selection and cursor over wide,
 * combined and right-to-left characters; and what a terminal makes of it. */

#include <criterion/criterion.h>
#include <string.h>

#include "support/emulator.h"
#include "ui/editor_view.h"
#include "ui/present.h"
#include "ui/text.h"
#include "ui/theme.h"

enum { ROWS = 6, COLUMNS = 30 };

static struct grid grid;
static struct editor editor;
static struct editor_view view;

static void
setup (void)
{
    grid_init (&grid, ROWS, COLUMNS);
}

static void
teardown (void)
{
    grid_fini (&grid);
    editor_fini (&editor);
}

TestSuite (editor_view, .init = setup, .fini = teardown);

static void
draw (bool mono)
{
    grid.theme = mono ? STUI_THEME_MONO : STUI_THEME_TERMINAL;
    grid_clear (&grid);
    editor_view_scroll (&view, &editor, grid_area (&grid));
    editor_view_draw (&view, &editor, &grid, grid_area (&grid), true);
}

static void
show (const char *text, size_t cursor)
{
    editor_replace_all (&editor, text, strlen (text));
    editor_set_cursor (&editor, cursor, false);
    draw (false);
}

static void
expect_role (int row, int column, enum role role)
{
    const struct cell *cell = grid_at (&grid, row, column);
    struct style style = style_of (&grid, role);
    cr_expect (cell->fg == style.fg && cell->bg == style.bg && cell->attributes == style.attributes,
               "row %d column %d ('%s') has fg %x attributes %x", row, column, cell->bytes,
               cell->fg, cell->attributes);
}

Test (editor_view, each_kind_has_its_style_with_colours_and_without)
{
    static const struct {
        int row, column;
        enum role role;
    } cases[] = {
        {0, 0, ROLE_CODE_COMMENT},    {1, 0, ROLE_CODE_COMMENT},   {2, 0, ROLE_NORMAL},
        {2, 2, ROLE_CODE_ASSIGNMENT}, {2, 5, ROLE_CODE_CLASS},     {2, 11, ROLE_CODE_SELECTOR},
        {2, 15, ROLE_CODE_SYMBOL},    {2, 20, ROLE_CODE_SELECTOR}, {2, 25, ROLE_CODE_STRING},
        {3, 0, ROLE_CODE_PSEUDO},     {3, 5, ROLE_CODE_NUMBER},    {3, 10, ROLE_CODE_LITERAL},
        {3, 11, ROLE_CODE_LITERAL},
    };
    for (int mono = 0; mono < 2; mono++) {
        show ("\"of two\nlines\"\na := Array at: #foo put: 'x'\nself 1e10 #(2)", 0);
        draw (mono);
        for (size_t index = 0; index < sizeof cases / sizeof *cases; index++)
            expect_role (cases[index].row, cases[index].column, cases[index].role);
    }
}

Test (editor_view, brackets_beside_the_cursor_are_told_right_or_wrong)
{
    show ("(a\n b) [c}", 0);
    expect_role (0, 0, ROLE_BRACKET);
    expect_role (1, 2, ROLE_BRACKET);
    show ("(a\n b) [c}", 10);
    expect_role (1, 4, ROLE_BRACKET_WRONG);
    expect_role (1, 6, ROLE_BRACKET_WRONG);
    show ("'(' ", 1);
    expect_role (0, 1, ROLE_CODE_STRING);
    show ("foo: (", 6);
    expect_role (0, 5, ROLE_BRACKET_WRONG);
}

Test (editor_view, what_has_no_end_is_told_where_it_begins)
{
    show ("a 'bc", 0);
    expect_role (0, 2, ROLE_CODE_WRONG);
    expect_role (0, 3, ROLE_CODE_STRING);
}

/* Text of all kinds, a line each; each is walked by keys, and the terminal's cursor is where the
 * cluster is that the cursor stands before. */
static const char *const lines[] = {
    "plain ascii",
    "\u4e2d\u6587 wide \u65e5",
    "e\u0301a\u0308\u0323 combined",
    "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 emoji",
    "\u05e9\u05dc\u05d5\u05dd hebrew \u0645\u0631\u062d\u0628\u0627",
    "\u0915\u094d\u0937\u093f \u1100\u1161\u11a8 \u0e01\u0e33",
    "\ttab\t'\u4e2d'\t)",
    "\u200b\u202e\u2066 hidden",
};

Test (editor_view, the_cursor_is_where_the_terminal_shows_it_over_all_scripts)
{
    struct emulator *emulator = emulator_open (ROWS, COLUMNS);
    struct present present;
    struct buffer out = {0};
    present_init (&present, COLOR_256);
    for (size_t index = 0; index < sizeof lines / sizeof *lines; index++) {
        show (lines[index], 0);
        size_t column = 0;
        do {
            draw (false);
            present_frame (&present, &grid, &out);
            emulator_feed (emulator, buffer_head (&out), buffer_left (&out));
            buffer_clear (&out);
            cr_expect_eq (grid.cursor.column, (int) column, "line %zu, offset %zu", index,
                          editor.cursor);
            int row, shown;
            bool visible;
            emulator_cursor (emulator, &row, &shown, &visible);
            cr_expect (visible && row == 0 && shown == (int) column, "line %zu, offset %zu: %d",
                       index, editor.cursor, shown);
            size_t before = editor.cursor;
            struct text_cluster cluster;
            text_next (editor.text + before, editor.size - before, column, &cluster);
            column += cluster.width;
        } while (editor_do (&editor, EDITOR_RIGHT, 1));
        cr_expect_eq (editor.cursor, editor.size);
    }
    present_fini (&present);
    buffer_fini (&out);
    emulator_close (&emulator);
}

Test (editor_view, a_selection_covers_whole_characters_of_all_scripts)
{
    for (size_t index = 0; index < sizeof lines / sizeof *lines; index++) {
        show (lines[index], 0);
        while (editor_do (&editor, EDITOR_SELECT + EDITOR_RIGHT, 1)) {
            draw (false);
            int selected = 0;
            for (int column = 0; column < COLUMNS; column++)
                selected += (grid_at (&grid, 0, column)->attributes & CELL_REVERSE) != 0;
            cr_expect_eq (selected, editor_column_of (&editor, editor.cursor),
                          "line %zu to %zu: %d", index, editor.cursor, selected);
        }
    }
}

Test (editor_view, a_long_line_is_drawn_without_looking_at_all_of_it_again_and_again)
{
    static char text[EDITOR_TEXT_MAX];
    for (size_t at = 0; at < sizeof text; at += 4)
        memcpy (text + at, "a:1 ", 4);
    editor_insert (&editor, text, sizeof text, false);
    for (int frame = 0; frame < 20; frame++) /* quadratic it would be hours */
        draw (false);
    expect_role (0, COLUMNS / 2 - 2, ROLE_CODE_NUMBER);
}

/* Symptom: a long line that was scrolled to the side looked like one that began and ended there. */
Test (editor_view, a_line_that_goes_on_beyond_what_is_seen_says_so)
{
    show ("0123456789012345678901234567890123456789\nshort", 0);
    char *text = grid_row_text (&grid, 0);
    cr_assert_str_eq (text, "01234567890123456789012345678…");
    free (text);
    show ("0123456789012345678901234567890123456789\nshort", 40);
    text = grid_row_text (&grid, 0);
    cr_assert_eq (strncmp (text, "…", strlen ("…")), 0, "%s", text);
    cr_assert_not_null (strstr (text, "6789"), "%s", text);
    free (text);
    editor_set_cursor (&editor, (size_t) view.left, false);
    draw (false);
    text = grid_row_text (&grid, 0);
    cr_assert_eq (text[0], (char) ('0' + view.left % 10), "under the cursor it is seen: %s", text);
    free (text);
}

/* Symptom: once a line had been scrolled to the side it stayed so though all of it had room. */
Test (editor_view, where_lines_begin_is_seen_whenever_the_cursor_allows_it)
{
    show ("0123456789012345678901234567890123456789", 40);
    cr_assert_gt (view.left, 0);
    editor_set_cursor (&editor, 25, false);
    draw (false);
    cr_assert_eq (view.left, 0);
}

/* Symptom: at the end of a long line all others were out of sight to the left. */
Test (editor_view, lines_without_the_cursor_are_seen_from_their_beginning)
{
    static const char code[] = "short\n0123456789012345678901234567890123456789\n(1 + 2)";
    show (code, 46);
    cr_assert_gt (view.left, 0);
    char *first = grid_row_text (&grid, 0), *long_one = grid_row_text (&grid, 1),
         *last = grid_row_text (&grid, 2);
    cr_assert_str_eq (first, "short");
    cr_assert_eq (strncmp (long_one, "…", strlen ("…")), 0, "%s", long_one);
    cr_assert_str_eq (last, "(1 + 2)");
    expect_role (2, 1, ROLE_CODE_NUMBER);
    cr_assert_eq (editor_view_left (&view, &editor, 1), view.left);
    cr_assert_eq (editor_view_left (&view, &editor, 2), 0);
    free (first);
    free (long_one);
    free (last);
}
