/* theme.h: styles by role, so that no screen names a colour. The theme `terminal` has the sixteen
 * colours of the terminal's own palette; the others bring theirs, background too, so that the
 * contrast of each pair is known. On a terminal without colours each role has attributes of its
 * own; the states' symbols tell them by shape as well. Pure. */

#ifndef STUI_UI_THEME_H
#define STUI_UI_THEME_H

#include <stui/types.h>

#include "ui/cell.h"

enum role {
    ROLE_NORMAL,
    ROLE_TITLE,     /* the name of a screen or column */
    ROLE_STATUS,    /* the status line */
    ROLE_SELECTION, /* the row under the cursor, selected text */
    ROLE_MARKED,    /* a marked row */
    ROLE_MATCH,     /* what a filter found */
    ROLE_BORDER,
    ROLE_FOCUS,  /* the border of the panel that has the keys */
    ROLE_KEY,    /* a key in the help and in hints */
    ROLE_DIM,    /* of less interest: ages, hints, stale data */
    ROLE_RESULT, /* what an evaluation answered */
    ROLE_ERROR,
    ROLE_WARNING,
    ROLE_SUCCESS, /* saved, done */
    ROLE_ONLINE,
    ROLE_PENDING, /* waiting, resolving, connecting, handshaking */
    ROLE_SUSPECT,
    ROLE_OFFLINE,
    ROLE_FAILED,
    ROLE_DISABLED,
    ROLE_CODE_COMMENT, /* of Smalltalk in an editor: code.h */
    ROLE_CODE_STRING,
    ROLE_CODE_SYMBOL,
    ROLE_CODE_NUMBER,
    ROLE_CODE_SELECTOR,
    ROLE_CODE_ASSIGNMENT,
    ROLE_CODE_LITERAL, /* the brackets of a literal array */
    ROLE_CODE_CLASS,
    ROLE_CODE_PSEUDO,
    ROLE_CODE_WRONG, /* what has no end, or begins nothing */
    ROLE_BRACKET,    /* the one beside the cursor, and the one that belongs to it */
    ROLE_BRACKET_WRONG,
    ROLE_COUNT
};

/* The style of ROLE in THEME. */
struct style theme_style (enum role role, enum stui_theme theme);
/* What THEME is on a terminal of DEPTH: without colours MONO; a palette of our own takes 256. */
enum stui_theme theme_at_depth (enum stui_theme theme, enum color_depth depth);
/* What has no colour of its own gets those of GRID's theme, if it brings its own: once, when all is
 * drawn. */
void theme_finish (struct grid *grid);
/* The same for what GRID can show. */
struct style style_of (const struct grid *grid, enum role role);
/* STYLE with the background of OVER (a selected row, whose texts keep their own colours); where
 * that is told by attributes, with those. */
struct style style_over (struct style style, struct style over);

/* The role and the symbol (one column; static text) of an image's state. */
enum role theme_image_role (enum stui_image_state state);
const char *theme_image_symbol (enum stui_image_state state);

#endif
