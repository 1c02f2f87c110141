/* test_theme.c: the palettes that stui brings along: the contrast of every pair of colours that can
 * meet, on truecolor and on 256 colours, and that colour-blind eyes tell states apart. */

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "unit/contrast.h"
#include "ui/theme.h"

static const enum stui_theme palettes[] = {STUI_THEME_DARK, STUI_THEME_LIGHT, STUI_THEME_CONTRAST,
                                           STUI_THEME_COLOR_BLIND};
enum { PALETTES = sizeof palettes / sizeof *palettes };

/* STYLE with the theme's own colours where it has none, at DEPTH. */
static struct style
finished (struct style style, enum stui_theme theme, enum color_depth depth)
{
    struct style base = theme_style (ROLE_NORMAL, theme);
    style.fg = color_at_depth (style.fg == COLOR_DEFAULT ? base.fg : style.fg, depth);
    style.bg = color_at_depth (style.bg == COLOR_DEFAULT ? base.bg : style.bg, depth);
    return style;
}

static void
expect_readable (struct style style, enum stui_theme theme, const char *what, int role)
{
    static const enum color_depth depths[] = {COLOR_TRUE, COLOR_256};
    for (int at = 0; at < 2; at++) {
        struct style seen = finished (style, theme, depths[at]);
        double is = contrast (seen.fg, seen.bg);
        cr_assert_geq (is, CONTRAST_LEAST, "%s: role %d %s: %.2f:1", stui_theme_word (theme), role,
                       what, is);
        cr_assert_not (style.attributes & CELL_DIM, "what a terminal dims nobody can compute");
    }
}

Test (theme, every_role_is_readable_by_itself_and_on_a_selected_row)
{
    for (int at = 0; at < PALETTES; at++)
        for (int role = 0; role < ROLE_COUNT; role++) {
            struct style style = theme_style ((enum role) role, palettes[at]);
            struct style over = theme_style (ROLE_SELECTION, palettes[at]);
            expect_readable (style, palettes[at], "by itself", role);
            if (role != ROLE_STATUS && role != ROLE_FAILED
                && role != ROLE_BRACKET_WRONG) /* they have a background of their own */
                expect_readable (style_over (style, over), palettes[at], "selected", role);
        }
}

/* What is drawn in the high-contrast palette has 7:1, which is WCAG's AAA. */
Test (theme, high_contrast_is_higher)
{
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct style style = finished (theme_style ((enum role) role, STUI_THEME_CONTRAST),
                                       STUI_THEME_CONTRAST, COLOR_256);
        cr_assert_geq (contrast (style.fg, style.bg), 7, "role %d", role);
    }
}

Test (theme, a_palette_is_the_same_on_256_colours)
{
    for (int at = 0; at < PALETTES; at++)
        for (int role = 0; role < ROLE_COUNT; role++) {
            struct style style = theme_style ((enum role) role, palettes[at]);
            const uint32_t colors[] = {style.fg, style.bg};
            for (int part = 0; part < 2; part++) {
                double exact[3], near[3];
                if (colors[part] == COLOR_DEFAULT)
                    continue;
                linear_of (colors[part], exact);
                linear_of (color_at_depth (colors[part], COLOR_256), near);
                for (int channel = 0; channel < 3; channel++)
                    cr_assert_float_eq (exact[channel], near[channel], 1e-9, "%s: role %d",
                                        stui_theme_word (palettes[at]), role);
            }
        }
}

/* As eyes without red or without green cones see RGB (linear; Machado and others 2009, severity 1). */
static void
seen_without (bool red, const double rgb[3], double seen[3])
{
    static const double matrices[2][3][3] = {
        {{0.367322, 0.860646, -0.227968},
         {0.280085, 0.672501, 0.047413},
         {-0.011820, 0.042940, 0.968881}},
        {{0.152286, 1.052583, -0.204868},
         {0.114503, 0.786281, 0.099216},
         {-0.003882, -0.048116, 1.051998}},
    };
    for (int row = 0; row < 3; row++) {
        seen[row] = 0;
        for (int column = 0; column < 3; column++)
            seen[row] += matrices[red][row][column] * rgb[column];
    }
}

Test (theme, colour_blind_eyes_tell_well_from_broken)
{
    static const enum role well[] = {ROLE_ONLINE, ROLE_SUCCESS, ROLE_RESULT};
    static const enum role broken[] = {ROLE_OFFLINE, ROLE_ERROR};
    for (int red = 0; red < 2; red++)
        for (int one = 0; one < 3; one++)
            for (int other = 0; other < 2; other++) {
                double left[3], right[3], first[3], second[3], distance = 0;
                linear_of (theme_style (well[one], STUI_THEME_COLOR_BLIND).fg, left);
                linear_of (theme_style (broken[other], STUI_THEME_COLOR_BLIND).fg, right);
                seen_without (red, left, first);
                seen_without (red, right, second);
                for (int part = 0; part < 3; part++)
                    distance += (first[part] - second[part]) * (first[part] - second[part]);
                cr_assert_geq (sqrt (distance), 0.6, "roles %d and %d: %f", well[one],
                               broken[other], sqrt (distance));
            }
}

Test (theme, what_a_terminal_cannot_show_it_is_not_given)
{
    cr_assert_eq (theme_at_depth (STUI_THEME_DARK, COLOR_MONO), STUI_THEME_MONO);
    cr_assert_eq (theme_at_depth (STUI_THEME_DARK, COLOR_16), STUI_THEME_TERMINAL);
    cr_assert_eq (theme_at_depth (STUI_THEME_MONO, COLOR_16), STUI_THEME_MONO);
    cr_assert_eq (theme_at_depth (STUI_THEME_LIGHT, COLOR_256), STUI_THEME_LIGHT);
    cr_assert_eq (theme_at_depth (STUI_THEME_TERMINAL, COLOR_TRUE), STUI_THEME_TERMINAL);
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct style mono = theme_style ((enum role) role, STUI_THEME_MONO);
        cr_assert (mono.fg == COLOR_DEFAULT && mono.bg == COLOR_DEFAULT);
    }
}

Test (theme, words_lead_to_themes_and_back)
{
    for (int theme = 0; theme < STUI_THEME_COUNT; theme++) {
        const char *word = stui_theme_word ((enum stui_theme) theme);
        cr_assert_eq (stui_theme_from_word (word), theme);
        cr_assert_not_null (strstr (STUI_THEMES, word), "%s is not among those that are told",
                            word);
    }
    cr_assert_eq (stui_theme_from_word ("pink"), -1);
}

Test (theme, what_has_no_colour_gets_the_palettes)
{
    struct grid grid;
    grid_init (&grid, 2, 10);
    grid.theme = STUI_THEME_LIGHT;
    struct style base = theme_style (ROLE_NORMAL, STUI_THEME_LIGHT);
    grid_string (&grid, grid_area (&grid), 0, 0, (struct style){0}, "a");
    theme_finish (&grid);
    cr_assert_eq (grid_at (&grid, 0, 0)->fg, base.fg);
    cr_assert_eq (grid_at (&grid, 0, 0)->bg, base.bg);
    cr_assert_eq (grid_at (&grid, 1, 9)->bg, base.bg);
    grid_clear (&grid);
    grid.theme = STUI_THEME_TERMINAL;
    theme_finish (&grid);
    cr_assert_eq (grid_at (&grid, 1, 9)->bg, COLOR_DEFAULT);
    grid_fini (&grid);
}
