/* test_cell.c: drawing into a grid. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <stui/types.h>

#include "ui/cell.h"
#include "ui/text.h"
#include "ui/theme.h"

static const struct style plain = {0};
static const struct style red = {COLOR_INDEX (COLOR_RED), COLOR_DEFAULT, CELL_BOLD};

static struct grid
new_grid (int rows, int columns)
{
    struct grid grid;
    grid_init (&grid, rows, columns);
    return grid;
}

static void
assert_row (const struct grid *grid, int row, const char *expected)
{
    char *text = grid_row_text (grid, row);
    cr_assert_str_eq (text, expected);
    free (text);
}

/* Every wide cell has its right half, and no right half stands alone. */
static void
assert_whole (const struct grid *grid)
{
    for (int row = 0; row < grid->rows; row++)
        for (int column = 0; column < grid->columns; column++) {
            const struct cell *cell = grid_at (grid, row, column);
            const struct cell *next = grid_at (grid, row, column + 1);
            bool half_follows = next && next->width == 0;
            cr_assert_eq (cell->width == 2, half_follows, "row %d column %d", row, column);
        }
}

Test (cell, text_is_clipped_to_its_area)
{
    struct grid grid = new_grid (3, 20);
    struct rect area = {1, 5, 1, 6};
    cr_assert_eq (grid_string (&grid, area, 0, 0, plain, "hello world"), 6);
    assert_row (&grid, 1, "     hello");
    cr_assert_eq (grid_string (&grid, area, 0, -3, plain, "hello world"), 6);
    assert_row (&grid, 1, "     lo wor");
    grid_string (&grid, area, 1, 0, plain, "below");
    grid_string (&grid, area, -1, 0, plain, "above");
    assert_row (&grid, 0, "");
    assert_row (&grid, 2, "");
    grid_fini (&grid);
}

Test (cell, areas_beyond_the_grid_are_harmless)
{
    struct grid grid = new_grid (2, 4);
    static const struct rect areas[] = {{-5, -5, 100, 100}, {9, 9, 3, 3}, {0, 0, 0, 0},
                                        {-9, -9, 3, 3},     {1, 3, 9, 9}, {0, 0, -1, -1}};
    for (size_t index = 0; index < sizeof areas / sizeof *areas; index++) {
        grid_fill (&grid, areas[index], red);
        grid_restyle (&grid, areas[index], red);
        grid_box (&grid, areas[index], red, "title");
        grid_string (&grid, areas[index], 1, -2, plain, "漢字漢字");
        grid_field (&grid, areas[index], 0, 1, 50, plain, "漢字", 6);
        grid_field (&grid, areas[index], 0, 1, -50, plain, "漢字", 6);
        grid_set_cursor (&grid, areas[index], 0, 0, CURSOR_BAR);
        assert_whole (&grid);
    }
    grid_fini (&grid);
}

Test (cell, no_half_of_a_wide_character_is_left)
{
    struct grid grid = new_grid (1, 7);
    struct rect all = grid_area (&grid);
    grid_string (&grid, all, 0, 0, plain, "漢字漢字");
    assert_row (&grid, 0, "漢字漢"); /* the fourth would be cut */
    assert_whole (&grid);
    grid_string (&grid, all, 0, 1, plain, "x");
    assert_row (&grid, 0, " x字漢");
    grid_string (&grid, all, 0, 4, plain, "y");
    assert_row (&grid, 0, " x字y");
    grid_string (&grid, all, 0, 1, plain, "漢");
    assert_row (&grid, 0, " 漢 y");
    grid_string (&grid, all, 0, -1, plain, "漢");
    assert_row (&grid, 0, " 漢 y");
    assert_whole (&grid);
    grid_resize (&grid, 1, 2);
    assert_row (&grid, 0, "");
    assert_whole (&grid);
    grid_fini (&grid);
}

Test (cell, escapes_do_not_reach_a_cell)
{
    struct grid grid = new_grid (1, 30);
    grid_string (&grid, grid_area (&grid), 0, 0, plain, "\033]0;pwned\a\tx");
    assert_row (&grid, 0, "␛]0;pwned␇  x");
    grid_fini (&grid);
}

Test (cell, a_field_is_cut_or_filled)
{
    struct grid grid = new_grid (1, 20);
    struct rect all = grid_area (&grid);
    grid_fill (&grid, all, plain);
    grid_string (&grid, all, 0, 0, plain, "####################");
    cr_assert_eq (grid_field (&grid, all, 0, 2, 5, red, "abcdefgh", 8), 7);
    assert_row (&grid, 0, "##abcd…#############");
    grid_field (&grid, all, 0, 2, 5, red, "ab", 2);
    assert_row (&grid, 0, "##ab   #############");
    grid_field (&grid, all, 0, 2, -5, red, "ab", 2);
    assert_row (&grid, 0, "##   ab#############");
    grid_fini (&grid);
}

Test (cell, boxes_have_an_ascii_twin)
{
    struct grid grid = new_grid (3, 12);
    grid_box (&grid, grid_area (&grid), plain, "a long title");
    assert_row (&grid, 0, "┌─ a lon… ─┐");
    assert_row (&grid, 2, "└──────────┘");
    grid.ascii = true;
    grid_box (&grid, grid_area (&grid), plain, "a long title");
    grid_string (&grid, grid_area (&grid), 1, 2, plain, "é漢●");
    assert_row (&grid, 0, "+- a lon~ -+");
    assert_row (&grid, 1, "| \?\?\?*     |");
    assert_row (&grid, 2, "+----------+");
    grid_fini (&grid);
}

Test (cell, blanks_compare_alike_whatever_their_ink)
{
    struct grid one = new_grid (1, 4), other = new_grid (1, 4);
    grid_fill (&one, grid_area (&one), red);
    cr_assert (grid_is_equal (&one, &other));
    grid_fill (&one, grid_area (&one), (struct style){0, 0, CELL_REVERSE});
    cr_assert_not (grid_is_equal (&one, &other));
    grid_copy (&other, &one);
    cr_assert (grid_is_equal (&one, &other));
    grid_fini (&one);
    grid_fini (&other);
}

Test (cell, areas_are_cut_from_either_end)
{
    struct rect area = {0, 0, 10, 40};
    struct rect status = rect_cut_rows (&area, -1), title = rect_cut_rows (&area, 2);
    cr_assert (status.row == 9 && status.rows == 1 && title.row == 0 && title.rows == 2);
    cr_assert (area.row == 2 && area.rows == 7);
    struct rect side = rect_cut_columns (&area, -15), rest = rect_cut_columns (&area, 99);
    cr_assert (side.column == 25 && rest.columns == 25 && area.columns == 0);
    struct rect inner = rect_inset ((struct rect){1, 1, 3, 3}, 2, 1);
    cr_assert (inner.rows == 0 && inner.columns == 1);
    cr_assert (rect_holds (side, 2, 39) && !rect_holds (side, 2, 40));
}

Test (cell, sizes_are_bounded)
{
    struct grid grid = new_grid (1 << 30, -4);
    cr_assert (grid.rows == GRID_ROWS_MAX && grid.columns == 1);
    grid_resize (&grid, 0, 1 << 30);
    cr_assert (grid.rows == 1 && grid.columns == GRID_COLUMNS_MAX);
    grid_fini (&grid);
    grid_fini (&grid);
}

Test (theme, states_differ_without_colour_and_without_unicode)
{
    for (int one = 0; one < STUI_IMAGE_COUNT; one++) {
        const char *symbol = theme_image_symbol ((enum stui_image_state) one);
        cr_assert_eq (text_width (symbol, strlen (symbol), 9), 1);
        for (int other = one + 1; other < STUI_IMAGE_COUNT; other++) {
            const char *next = theme_image_symbol ((enum stui_image_state) other);
            cr_assert_neq (text_ascii (symbol, strlen (symbol)), text_ascii (next, strlen (next)),
                           "%s and %s", symbol, next);
        }
    }
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct style mono = theme_style ((enum role) role, STUI_THEME_MONO);
        cr_assert (mono.fg == COLOR_DEFAULT && mono.bg == COLOR_DEFAULT, "role %d", role);
    }
    static const enum role states[] = {ROLE_ONLINE,  ROLE_PENDING, ROLE_SUSPECT,
                                       ROLE_OFFLINE, ROLE_FAILED,  ROLE_DISABLED};
    enum { COUNT = sizeof states / sizeof *states };
    for (int one = 0; one < COUNT; one++)
        for (int other = one + 1; other < COUNT; other++)
            cr_assert_neq (theme_style (states[one], STUI_THEME_MONO).attributes,
                           theme_style (states[other], STUI_THEME_MONO).attributes);
}
