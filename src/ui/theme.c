/* theme.c: see theme.h. Pure. */

#include "ui/theme.h"

#include <assert.h>

#define FG(name)     .fg = COLOR_INDEX (COLOR_##name)
#define BRIGHT(name) .fg = COLOR_INDEX (COLOR_##name + COLOR_BRIGHT)
#define BG(name)     .bg = COLOR_INDEX (COLOR_##name)
#define RGB(rgb)     .fg = COLOR_RGB (rgb)
#define ON(rgb)      .bg = COLOR_RGB (rgb)
#define HAS(names)   .attributes = names

/* Every state differs from the others in attributes alone where there are no colours. The sixteen are
 * the user's own palette, right on dark and on light. What else is a colour is one of the 256 that
 * terminals have in common, so that truecolor looks the same; the palette for colour-blind eyes tells
 * states by blue, orange and yellow. */
static const struct style styles[STUI_THEME_COUNT][ROLE_COUNT] =
    {
        [STUI_THEME_TERMINAL] =
            {
                [ROLE_NORMAL] = {0},
                [ROLE_TITLE] = {FG (CYAN), HAS (CELL_BOLD)},
                [ROLE_STATUS] = {FG (BLACK), BG (CYAN)},
                [ROLE_SELECTION] = {HAS (CELL_REVERSE)},
                [ROLE_MARKED] = {FG (MAGENTA), HAS (CELL_BOLD)},
                [ROLE_MATCH] = {FG (YELLOW), HAS (CELL_UNDERLINE)},
                [ROLE_BORDER] = {FG (BLUE)},
                [ROLE_FOCUS] = {FG (CYAN), HAS (CELL_BOLD)},
                [ROLE_KEY] = {FG (YELLOW), HAS (CELL_BOLD)},
                [ROLE_DIM] = {BRIGHT (BLACK)},
                [ROLE_RESULT] = {FG (GREEN), HAS (CELL_ITALIC)},
                [ROLE_ERROR] = {FG (RED), HAS (CELL_BOLD)},
                [ROLE_WARNING] = {FG (YELLOW)},
                [ROLE_SUCCESS] = {FG (GREEN)},
                [ROLE_ONLINE] = {FG (GREEN)},
                [ROLE_PENDING] = {FG (CYAN)},
                [ROLE_SUSPECT] = {FG (YELLOW), HAS (CELL_BOLD)},
                [ROLE_OFFLINE] = {FG (RED)},
                [ROLE_FAILED] = {FG (RED), HAS (CELL_BOLD | CELL_REVERSE)},
                [ROLE_DISABLED] = {BRIGHT (BLACK)},
                [ROLE_CODE_COMMENT] = {BRIGHT (BLACK), HAS (CELL_ITALIC)},
                [ROLE_CODE_STRING] = {FG (GREEN)},
                [ROLE_CODE_SYMBOL] = {FG (CYAN)},
                [ROLE_CODE_NUMBER] = {FG (MAGENTA)},
                [ROLE_CODE_SELECTOR] = {FG (BLUE)},
                [ROLE_CODE_ASSIGNMENT] = {FG (YELLOW)},
                [ROLE_CODE_LITERAL] = {FG (MAGENTA)},
                [ROLE_CODE_CLASS] = {HAS (CELL_BOLD)},
                [ROLE_CODE_PSEUDO] = {FG (MAGENTA), HAS (CELL_BOLD)},
                [ROLE_CODE_WRONG] = {FG (RED)},
                [ROLE_BRACKET] = {FG (CYAN), HAS (CELL_BOLD | CELL_UNDERLINE)},
                [ROLE_BRACKET_WRONG] = {FG (RED), HAS (CELL_BOLD | CELL_REVERSE)},
            },
        [STUI_THEME_DARK] =
            {
                [ROLE_NORMAL] = {RGB (0xE4E4E4), ON (0x1C1C1C)},
                [ROLE_TITLE] = {RGB (0x5FD7FF), HAS (CELL_BOLD)},
                [ROLE_STATUS] = {RGB (0x000000), ON (0x5FAFD7)},
                [ROLE_SELECTION] = {ON (0x303030)},
                [ROLE_MARKED] = {RGB (0xFF87FF), HAS (CELL_BOLD)},
                [ROLE_MATCH] = {RGB (0xFFD75F), HAS (CELL_UNDERLINE)},
                [ROLE_BORDER] = {RGB (0x87AFD7)},
                [ROLE_FOCUS] = {RGB (0x5FD7FF), HAS (CELL_BOLD)},
                [ROLE_KEY] = {RGB (0xFFD75F), HAS (CELL_BOLD)},
                [ROLE_DIM] = {RGB (0xA8A8A8)},
                [ROLE_RESULT] = {RGB (0x87D787), HAS (CELL_ITALIC)},
                [ROLE_ERROR] = {RGB (0xFF8787), HAS (CELL_BOLD)},
                [ROLE_WARNING] = {RGB (0xFFD75F)},
                [ROLE_SUCCESS] = {RGB (0x87D787)},
                [ROLE_ONLINE] = {RGB (0x87D787)},
                [ROLE_PENDING] = {RGB (0x5FD7D7)},
                [ROLE_SUSPECT] = {RGB (0xFFD75F), HAS (CELL_BOLD)},
                [ROLE_OFFLINE] = {RGB (0xFF8787)},
                [ROLE_FAILED] = {RGB (0x000000), ON (0xFF8787), HAS (CELL_BOLD)},
                [ROLE_DISABLED] = {RGB (0xA8A8A8)},
                [ROLE_CODE_COMMENT] = {RGB (0xA8A8A8), HAS (CELL_ITALIC)},
                [ROLE_CODE_STRING] = {RGB (0x87D787)},
                [ROLE_CODE_SYMBOL] = {RGB (0x5FD7D7)},
                [ROLE_CODE_NUMBER] = {RGB (0xD7AFFF)},
                [ROLE_CODE_SELECTOR] = {RGB (0x87AFFF)},
                [ROLE_CODE_ASSIGNMENT] = {RGB (0xFFD75F)},
                [ROLE_CODE_LITERAL] = {RGB (0xD7AFFF)},
                [ROLE_CODE_CLASS] = {RGB (0xFFFFFF), HAS (CELL_BOLD)},
                [ROLE_CODE_PSEUDO] = {RGB (0xFF87FF), HAS (CELL_BOLD)},
                [ROLE_CODE_WRONG] = {RGB (0xFF8787)},
                [ROLE_BRACKET] = {RGB (0x5FD7FF), HAS (CELL_BOLD | CELL_UNDERLINE)},
                [ROLE_BRACKET_WRONG] = {RGB (0x000000), ON (0xFF8787), HAS (CELL_BOLD)},
            },
        [STUI_THEME_LIGHT] =
            {
                [ROLE_NORMAL] = {RGB (0x1C1C1C), ON (0xFFFFFF)},
                [ROLE_TITLE] = {RGB (0x005F87), HAS (CELL_BOLD)},
                [ROLE_STATUS] = {RGB (0xFFFFFF), ON (0x005F87)},
                [ROLE_SELECTION] = {ON (0xDADADA)},
                [ROLE_MARKED] = {RGB (0x870087), HAS (CELL_BOLD)},
                [ROLE_MATCH] = {RGB (0x5F5F00), HAS (CELL_UNDERLINE)},
                [ROLE_BORDER] = {RGB (0x5F5F5F)},
                [ROLE_FOCUS] = {RGB (0x005F87), HAS (CELL_BOLD)},
                [ROLE_KEY] = {RGB (0x5F5F00), HAS (CELL_BOLD)},
                [ROLE_DIM] = {RGB (0x585858)},
                [ROLE_RESULT] = {RGB (0x005F00), HAS (CELL_ITALIC)},
                [ROLE_ERROR] = {RGB (0xAF0000), HAS (CELL_BOLD)},
                [ROLE_WARNING] = {RGB (0x5F5F00)},
                [ROLE_SUCCESS] = {RGB (0x005F00)},
                [ROLE_ONLINE] = {RGB (0x005F00)},
                [ROLE_PENDING] = {RGB (0x005F5F)},
                [ROLE_SUSPECT] = {RGB (0x5F5F00), HAS (CELL_BOLD)},
                [ROLE_OFFLINE] = {RGB (0xAF0000)},
                [ROLE_FAILED] = {RGB (0xFFFFFF), ON (0xAF0000), HAS (CELL_BOLD)},
                [ROLE_DISABLED] = {RGB (0x585858)},
                [ROLE_CODE_COMMENT] = {RGB (0x585858), HAS (CELL_ITALIC)},
                [ROLE_CODE_STRING] = {RGB (0x005F00)},
                [ROLE_CODE_SYMBOL] = {RGB (0x005F5F)},
                [ROLE_CODE_NUMBER] = {RGB (0x5F00AF)},
                [ROLE_CODE_SELECTOR] = {RGB (0x00005F)},
                [ROLE_CODE_ASSIGNMENT] = {RGB (0x5F5F00)},
                [ROLE_CODE_LITERAL] = {RGB (0x5F00AF)},
                [ROLE_CODE_CLASS] = {RGB (0x000000), HAS (CELL_BOLD)},
                [ROLE_CODE_PSEUDO] = {RGB (0x870087), HAS (CELL_BOLD)},
                [ROLE_CODE_WRONG] = {RGB (0xAF0000)},
                [ROLE_BRACKET] = {RGB (0x005F87), HAS (CELL_BOLD | CELL_UNDERLINE)},
                [ROLE_BRACKET_WRONG] = {RGB (0xFFFFFF), ON (0xAF0000), HAS (CELL_BOLD)},
            },
        [STUI_THEME_CONTRAST] =
            {
                [ROLE_NORMAL] = {RGB (0xFFFFFF), ON (0x000000)},
                [ROLE_TITLE] = {RGB (0x00FFFF), HAS (CELL_BOLD)},
                [ROLE_STATUS] = {RGB (0x000000), ON (0xFFFFFF)},
                [ROLE_SELECTION] = {HAS (CELL_REVERSE)},
                [ROLE_MARKED] = {RGB (0xFFAFFF), HAS (CELL_BOLD)},
                [ROLE_MATCH] = {RGB (0xFFFF00), HAS (CELL_UNDERLINE)},
                [ROLE_BORDER] = {RGB (0xFFFFFF)},
                [ROLE_FOCUS] = {RGB (0x00FFFF), HAS (CELL_BOLD)},
                [ROLE_KEY] = {RGB (0xFFFF00), HAS (CELL_BOLD)},
                [ROLE_DIM] = {RGB (0xD0D0D0)},
                [ROLE_RESULT] = {RGB (0x87FF87), HAS (CELL_ITALIC)},
                [ROLE_ERROR] = {RGB (0xFF8787), HAS (CELL_BOLD)},
                [ROLE_WARNING] = {RGB (0xFFFF00)},
                [ROLE_SUCCESS] = {RGB (0x87FF87)},
                [ROLE_ONLINE] = {RGB (0x87FF87)},
                [ROLE_PENDING] = {RGB (0x87FFFF)},
                [ROLE_SUSPECT] = {RGB (0xFFFF00), HAS (CELL_BOLD)},
                [ROLE_OFFLINE] = {RGB (0xFF8787)},
                [ROLE_FAILED] = {RGB (0x000000), ON (0xFF8787), HAS (CELL_BOLD)},
                [ROLE_DISABLED] = {RGB (0xD0D0D0)},
                [ROLE_CODE_COMMENT] = {RGB (0xD0D0D0), HAS (CELL_ITALIC)},
                [ROLE_CODE_STRING] = {RGB (0x87FF87)},
                [ROLE_CODE_SYMBOL] = {RGB (0x87FFFF)},
                [ROLE_CODE_NUMBER] = {RGB (0xFFAFFF)},
                [ROLE_CODE_SELECTOR] = {RGB (0xAFD7FF)},
                [ROLE_CODE_ASSIGNMENT] = {RGB (0xFFFF00)},
                [ROLE_CODE_LITERAL] = {RGB (0xFFAFFF)},
                [ROLE_CODE_CLASS] = {RGB (0xFFFFFF), HAS (CELL_BOLD)},
                [ROLE_CODE_PSEUDO] = {RGB (0xFFAFFF), HAS (CELL_BOLD)},
                [ROLE_CODE_WRONG] = {RGB (0xFF8787)},
                [ROLE_BRACKET] = {RGB (0x00FFFF), HAS (CELL_BOLD | CELL_UNDERLINE)},
                [ROLE_BRACKET_WRONG] = {RGB (0x000000), ON (0xFF8787), HAS (CELL_BOLD)},
            },
        [STUI_THEME_COLOR_BLIND] =
            {
                [ROLE_NORMAL] = {RGB (0xE4E4E4), ON (0x1C1C1C)},
                [ROLE_TITLE] = {RGB (0xD7D7FF), HAS (CELL_BOLD)},
                [ROLE_STATUS] = {RGB (0x000000), ON (0x87AFFF)},
                [ROLE_SELECTION] = {ON (0x303030)},
                [ROLE_MARKED] = {RGB (0xFF87D7), HAS (CELL_BOLD)},
                [ROLE_MATCH] = {RGB (0xFFFFAF), HAS (CELL_UNDERLINE)},
                [ROLE_BORDER] = {RGB (0xA8A8A8)},
                [ROLE_FOCUS] = {RGB (0xD7D7FF), HAS (CELL_BOLD)},
                [ROLE_KEY] = {RGB (0xFFFFAF), HAS (CELL_BOLD)},
                [ROLE_DIM] = {RGB (0xA8A8A8)},
                [ROLE_RESULT] = {RGB (0x87D7FF), HAS (CELL_ITALIC)},
                [ROLE_ERROR] = {RGB (0xFFAF00), HAS (CELL_BOLD)},
                [ROLE_WARNING] = {RGB (0xFFFFAF)},
                [ROLE_SUCCESS] = {RGB (0x87AFFF)},
                [ROLE_ONLINE] = {RGB (0x87AFFF)},
                [ROLE_PENDING] = {RGB (0xFFFFFF)},
                [ROLE_SUSPECT] = {RGB (0xFFFFAF), HAS (CELL_BOLD)},
                [ROLE_OFFLINE] = {RGB (0xFFAF00)},
                [ROLE_FAILED] = {RGB (0x000000), ON (0xFFAF00), HAS (CELL_BOLD)},
                [ROLE_DISABLED] = {RGB (0xA8A8A8)},
                [ROLE_CODE_COMMENT] = {RGB (0xA8A8A8), HAS (CELL_ITALIC)},
                [ROLE_CODE_STRING] = {RGB (0x87D7FF)},
                [ROLE_CODE_SYMBOL] = {RGB (0xD7D7FF)},
                [ROLE_CODE_NUMBER] = {RGB (0xFF87D7)},
                [ROLE_CODE_SELECTOR] = {RGB (0xFFFFFF)},
                [ROLE_CODE_ASSIGNMENT] = {RGB (0xFFFFAF)},
                [ROLE_CODE_LITERAL] = {RGB (0xFF87D7)},
                [ROLE_CODE_CLASS] = {RGB (0xE4E4E4), HAS (CELL_BOLD)},
                [ROLE_CODE_PSEUDO] = {RGB (0xFF87D7), HAS (CELL_BOLD)},
                [ROLE_CODE_WRONG] = {RGB (0xFFAF00)},
                [ROLE_BRACKET] = {RGB (0xFFFFAF), HAS (CELL_BOLD | CELL_UNDERLINE)},
                [ROLE_BRACKET_WRONG] = {RGB (0x000000), ON (0xFFAF00), HAS (CELL_BOLD)},
            },
        [STUI_THEME_MONO] =
            {
                [ROLE_NORMAL] = {0},
                [ROLE_TITLE] = {HAS (CELL_BOLD)},
                [ROLE_STATUS] = {HAS (CELL_REVERSE)},
                [ROLE_SELECTION] = {HAS (CELL_REVERSE)},
                [ROLE_MARKED] = {HAS (CELL_BOLD | CELL_UNDERLINE)},
                [ROLE_MATCH] = {HAS (CELL_UNDERLINE)},
                [ROLE_BORDER] = {HAS (CELL_DIM)},
                [ROLE_FOCUS] = {HAS (CELL_BOLD)},
                [ROLE_KEY] = {HAS (CELL_BOLD)},
                [ROLE_DIM] = {HAS (CELL_DIM)},
                [ROLE_RESULT] = {HAS (CELL_ITALIC)},
                [ROLE_ERROR] = {HAS (CELL_BOLD | CELL_UNDERLINE)},
                [ROLE_WARNING] = {HAS (CELL_UNDERLINE)},
                [ROLE_SUCCESS] = {0},
                [ROLE_ONLINE] = {0},
                [ROLE_PENDING] = {HAS (CELL_ITALIC)},
                [ROLE_SUSPECT] = {HAS (CELL_UNDERLINE)},
                [ROLE_OFFLINE] = {HAS (CELL_BOLD)},
                [ROLE_FAILED] = {HAS (CELL_BOLD | CELL_REVERSE)},
                [ROLE_DISABLED] = {HAS (CELL_DIM)},
                [ROLE_CODE_COMMENT] = {HAS (CELL_DIM | CELL_ITALIC)},
                [ROLE_CODE_STRING] = {HAS (CELL_ITALIC)},
                [ROLE_CODE_SYMBOL] = {HAS (CELL_ITALIC)},
                [ROLE_CODE_NUMBER] = {0},
                [ROLE_CODE_SELECTOR] = {0},
                [ROLE_CODE_ASSIGNMENT] = {HAS (CELL_BOLD)},
                [ROLE_CODE_LITERAL] = {0},
                [ROLE_CODE_CLASS] = {HAS (CELL_BOLD)},
                [ROLE_CODE_PSEUDO] = {HAS (CELL_BOLD | CELL_ITALIC)},
                [ROLE_CODE_WRONG] = {HAS (CELL_UNDERLINE)},
                [ROLE_BRACKET] = {HAS (CELL_BOLD | CELL_UNDERLINE)},
                [ROLE_BRACKET_WRONG] = {HAS (CELL_BOLD | CELL_REVERSE)},
            },
};

/* Each symbol has another shape, and another ASCII twin (text_ascii). */
static const struct {
    enum role role;
    const char *symbol;
} states[] = {
    [STUI_IMAGE_DISABLED] = {ROLE_DISABLED, "─"},   /* - */
    [STUI_IMAGE_WAITING] = {ROLE_PENDING, "·"},     /* . */
    [STUI_IMAGE_RESOLVING] = {ROLE_PENDING, "◇"},   /* o */
    [STUI_IMAGE_CONNECTING] = {ROLE_PENDING, "→"},  /* > */
    [STUI_IMAGE_HANDSHAKING] = {ROLE_PENDING, "↔"}, /* = */
    [STUI_IMAGE_ONLINE] = {ROLE_ONLINE, "●"},       /* * */
    [STUI_IMAGE_SUSPECT] = {ROLE_SUSPECT, "◐"},     /* % */
    [STUI_IMAGE_OFFLINE] = {ROLE_OFFLINE, "✗"},     /* x */
    [STUI_IMAGE_FAILED] = {ROLE_FAILED, "!"},
};
static_assert (sizeof states / sizeof *states == STUI_IMAGE_COUNT, "one symbol a state");

struct style
theme_style (enum role role, enum stui_theme theme)
{
    return styles[theme][role];
}

enum stui_theme
theme_at_depth (enum stui_theme theme, enum color_depth depth)
{
    if (depth == COLOR_MONO)
        return STUI_THEME_MONO;
    return depth == COLOR_16 && theme != STUI_THEME_MONO ? STUI_THEME_TERMINAL : theme;
}

void
theme_finish (struct grid *grid)
{
    struct style base = theme_style (ROLE_NORMAL, grid->theme);
    if (base.bg == COLOR_DEFAULT)
        return;
    for (int index = 0; index < grid->rows * grid->columns; index++) {
        struct cell *cell = &grid->cells[index];
        bool is_blank = cell->size == 1 && cell->bytes[0] == ' ' && cell->attributes == 0;
        if (cell->fg == COLOR_DEFAULT && !is_blank)
            cell->fg = base.fg;
        if (cell->bg == COLOR_DEFAULT)
            cell->bg = base.bg;
    }
}

struct style
style_of (const struct grid *grid, enum role role)
{
    return theme_style (role, grid->theme);
}

struct style
style_over (struct style style, struct style over)
{
    if (over.bg != COLOR_DEFAULT)
        style.bg = over.bg;
    style.attributes |= over.attributes;
    return style;
}

enum role
theme_image_role (enum stui_image_state state)
{
    return states[state].role;
}

const char *
theme_image_symbol (enum stui_image_state state)
{
    return states[state].symbol;
}
