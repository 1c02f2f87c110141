/* theme.c: see theme.h. Pure. */

#include "ui/theme.h"

#include <assert.h>

/* Only the sixteen colours: they are the user's own palette, right on dark and on light. */
#define FG(name)     .fg = COLOR_INDEX (COLOR_##name)
#define BRIGHT(name) .fg = COLOR_INDEX (COLOR_##name + COLOR_BRIGHT)
#define BG(name)     .bg = COLOR_INDEX (COLOR_##name)
#define HAS(names)   .attributes = names

/* Every state differs from the others in attributes alone: [role][mono]. */
static const struct style styles[][2] = {
    [ROLE_NORMAL] = {{0}, {0}},
    [ROLE_TITLE] = {{FG (CYAN), HAS (CELL_BOLD)}, {HAS (CELL_BOLD)}},
    [ROLE_STATUS] = {{FG (BLACK), BG (CYAN)}, {HAS (CELL_REVERSE)}},
    [ROLE_SELECTION] = {{HAS (CELL_REVERSE)}, {HAS (CELL_REVERSE)}},
    [ROLE_MARKED] = {{FG (MAGENTA), HAS (CELL_BOLD)}, {HAS (CELL_BOLD | CELL_UNDERLINE)}},
    [ROLE_MATCH] = {{FG (YELLOW), HAS (CELL_UNDERLINE)}, {HAS (CELL_UNDERLINE)}},
    [ROLE_BORDER] = {{FG (BLUE)}, {HAS (CELL_DIM)}},
    [ROLE_FOCUS] = {{FG (CYAN), HAS (CELL_BOLD)}, {HAS (CELL_BOLD)}},
    [ROLE_KEY] = {{FG (YELLOW), HAS (CELL_BOLD)}, {HAS (CELL_BOLD)}},
    [ROLE_DIM] = {{BRIGHT (BLACK)}, {HAS (CELL_DIM)}},
    [ROLE_RESULT] = {{FG (GREEN), HAS (CELL_ITALIC)}, {HAS (CELL_ITALIC)}},
    [ROLE_ERROR] = {{FG (RED), HAS (CELL_BOLD)}, {HAS (CELL_BOLD | CELL_UNDERLINE)}},
    [ROLE_WARNING] = {{FG (YELLOW)}, {HAS (CELL_UNDERLINE)}},
    [ROLE_SUCCESS] = {{FG (GREEN)}, {0}},
    [ROLE_ONLINE] = {{FG (GREEN)}, {0}},
    [ROLE_PENDING] = {{FG (CYAN)}, {HAS (CELL_ITALIC)}},
    [ROLE_SUSPECT] = {{FG (YELLOW), HAS (CELL_BOLD)}, {HAS (CELL_UNDERLINE)}},
    [ROLE_OFFLINE] = {{FG (RED)}, {HAS (CELL_BOLD)}},
    [ROLE_FAILED] = {{FG (RED), HAS (CELL_BOLD | CELL_REVERSE)}, {HAS (CELL_BOLD | CELL_REVERSE)}},
    [ROLE_DISABLED] = {{BRIGHT (BLACK)}, {HAS (CELL_DIM)}},
    [ROLE_CODE_COMMENT] = {{BRIGHT (BLACK), HAS (CELL_ITALIC)}, {HAS (CELL_DIM | CELL_ITALIC)}},
    [ROLE_CODE_STRING] = {{FG (GREEN)}, {HAS (CELL_ITALIC)}},
    [ROLE_CODE_SYMBOL] = {{FG (CYAN)}, {HAS (CELL_ITALIC)}},
    [ROLE_CODE_NUMBER] = {{FG (MAGENTA)}, {0}},
    [ROLE_CODE_SELECTOR] = {{FG (BLUE)}, {0}},
    [ROLE_CODE_ASSIGNMENT] = {{FG (YELLOW)}, {HAS (CELL_BOLD)}},
    [ROLE_CODE_LITERAL] = {{FG (MAGENTA)}, {0}},
    [ROLE_CODE_CLASS] = {{HAS (CELL_BOLD)}, {HAS (CELL_BOLD)}},
    [ROLE_CODE_PSEUDO] = {{FG (MAGENTA), HAS (CELL_BOLD)}, {HAS (CELL_BOLD | CELL_ITALIC)}},
    [ROLE_CODE_WRONG] = {{FG (RED)}, {HAS (CELL_UNDERLINE)}},
    [ROLE_BRACKET] = {{FG (CYAN), HAS (CELL_BOLD | CELL_UNDERLINE)},
                      {HAS (CELL_BOLD | CELL_UNDERLINE)}},
    [ROLE_BRACKET_WRONG] = {{FG (RED), HAS (CELL_BOLD | CELL_REVERSE)},
                            {HAS (CELL_BOLD | CELL_REVERSE)}},
};
static_assert (sizeof styles / sizeof *styles == ROLE_COUNT, "one style a role");

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
theme_style (enum role role, bool mono)
{
    return styles[role][mono];
}

struct style
style_of (const struct grid *grid, enum role role)
{
    return theme_style (role, grid->mono);
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
