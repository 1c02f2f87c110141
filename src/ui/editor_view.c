/* editor_view.c: see editor_view.h. Each line is drawn as text first, then its clusters get the styles of
 * the tokens that they begin in: tokens may be longer than lines. */

#include "ui/editor_view.h"

#include "ui/code.h"
#include "ui/layout.h"
#include "ui/text.h"
#include "ui/theme.h"

/* Where drawing is, and the token that is there. */
struct painter {
    const struct editor_view *view;
    const struct editor *editor;
    struct grid *grid;
    struct rect area;
    struct code_token token;
    int cursor_row; /* which is scrolled to the side; -1: none */
};

int
editor_view_left (const struct editor_view *self, const struct editor *editor, int line)
{
    return self->left > 0 && line == editor_line_of (editor, editor->cursor) ? self->left : 0;
}

static int
row_left (const struct painter *self, int row)
{
    return row == self->cursor_row ? self->view->left : 0;
}

static enum role
role_of (const struct code_token *token)
{
    static const enum role roles[CODE_KIND_COUNT] = {
        [CODE_GLOBAL] = ROLE_CODE_CLASS,     [CODE_PSEUDO] = ROLE_CODE_PSEUDO,
        [CODE_KEYWORD] = ROLE_CODE_SELECTOR, [CODE_ASSIGNMENT] = ROLE_CODE_ASSIGNMENT,
        [CODE_NUMBER] = ROLE_CODE_NUMBER,    [CODE_STRING] = ROLE_CODE_STRING,
        [CODE_SYMBOL] = ROLE_CODE_SYMBOL,    [CODE_CHARACTER] = ROLE_CODE_STRING,
        [CODE_COMMENT] = ROLE_CODE_COMMENT,  [CODE_OTHER] = ROLE_CODE_WRONG,
    };
    return token->literal ? ROLE_CODE_LITERAL : roles[token->kind];
}

/* What is unfinished is told where it begins: to the end of the text it may be what is being typed. */
static enum role
role_at (const struct code_token *token, size_t at)
{
    return token->unfinished && at == token->at ? ROLE_CODE_WRONG : role_of (token);
}

static void
part_restyle (const struct painter *self, int row, int column, int width, enum role role)
{
    int left = column - row_left (self, row), right = left + width;
    left = left < 0 ? 0 : left;
    right = right > self->area.columns ? self->area.columns : right;
    struct rect part = {self->area.row + row, self->area.column + left, 1, right - left};
    if (left < right && row >= 0 && row < self->area.rows)
        grid_restyle (self->grid, part, style_of (self->grid, role));
}

/* The line [START, END) in row ROW: each cluster in the style of its token. */
static void
line_paint (struct painter *self, int row, size_t start, size_t end)
{
    const struct editor *editor = self->editor;
    struct text_cluster cluster;
    size_t column = 0, most = (size_t) (row_left (self, row) + self->area.columns);
    for (size_t at = start; at < end && column < most;) {
        size_t size = text_next (editor->text + at, end - at, column, &cluster);
        struct code_token *token = &self->token;
        while (token->kind != CODE_END && token->at + token->size <= at)
            *token = code_next (editor->text, editor->size, token->at + token->size);
        enum role role =
            token->kind != CODE_END && token->at <= at ? role_at (token, at) : ROLE_NORMAL;
        if (role != ROLE_NORMAL)
            part_restyle (self, row, (int) column, cluster.width, role);
        column += cluster.width;
        at += size;
    }
}

/* Tells where the line [START, END) goes on beyond what is seen of it; the character under the cursor is left
 * alone. */
static void
ends_paint (const struct painter *self, int row, size_t start, size_t end, bool has_keys)
{
    const struct editor *editor = self->editor;
    int left = row_left (self, row), right = left + self->area.columns;
    int width = editor_column_of (editor, end), cursor = -1;
    struct style style = style_of (self->grid, ROLE_DIM);
    if (has_keys && editor->cursor >= start && editor->cursor <= end)
        cursor = editor_column_of (editor, editor->cursor);
    if (left > 0 && width > 0 && cursor != left)
        grid_string (self->grid, self->area, row, 0, style, "…");
    if (width > right && cursor != right - 1)
        grid_string (self->grid, self->area, row, self->area.columns - 1, style, "…");
}

/* The selected part of that line. */
static void
selection_paint (const struct painter *self, int row, size_t start, size_t end)
{
    size_t from = editor_selection_start (self->editor), to = editor_selection_end (self->editor);
    if (from == to || to <= start || from > end)
        return;
    int left = editor_column_of (self->editor, from > start ? from : start);
    int right = editor_column_of (self->editor, to < end ? to : end);
    right += to > end; /* the line's end is selected too */
    part_restyle (self, row, left, right - left, ROLE_SELECTION);
}

static void
bracket_paint (const struct painter *self, size_t at, enum role role)
{
    int row = editor_line_of (self->editor, at) - self->view->top;
    part_restyle (self, row, editor_column_of (self->editor, at), 1, role);
}

static void
brackets_paint (const struct painter *self)
{
    const struct editor *editor = self->editor;
    size_t one, other;
    enum code_match match = code_match (editor->text, editor->size, editor->cursor, &one, &other);
    if (match == CODE_MATCH_NONE)
        return;
    enum role role = match == CODE_MATCH_FOUND ? ROLE_BRACKET : ROLE_BRACKET_WRONG;
    bracket_paint (self, one, role);
    bracket_paint (self, other, role);
}

void
editor_view_scroll (struct editor_view *self, const struct editor *editor, struct rect area)
{
    int line = editor_line_of (editor, editor->cursor);
    int column = editor_column_of (editor, editor->cursor);
    self->top = layout_scroll (self->top, line, area.rows, editor_line_count (editor));
    if (column < area.columns)
        self->left = 0; /* where lines begin is seen whenever it can be */
    else if (column < self->left || column >= self->left + area.columns)
        self->left = column - area.columns / 2;
}

void
editor_view_draw (const struct editor_view *self, const struct editor *editor, struct grid *grid,
                  struct rect area, bool has_keys)
{
    int cursor_row = self->left > 0 ? editor_line_of (editor, editor->cursor) - self->top : -1;
    struct painter painter = {self, editor, grid, area, {0}, cursor_row};
    struct style style = style_of (grid, ROLE_NORMAL);
    if (editor->text)
        painter.token = code_next (editor->text, editor->size, 0);
    size_t start = editor_line_start (editor, self->top);
    for (int row = 0; row < area.rows && start <= editor->size && editor->text; row++) {
        size_t next;
        size_t size = text_line (editor->text + start, editor->size - start, &next);
        grid_text (grid, area, row, -row_left (&painter, row), style, editor->text + start, size);
        line_paint (&painter, row, start, start + size);
        selection_paint (&painter, row, start, start + size);
        ends_paint (&painter, row, start, start + size, has_keys);
        if (start + next >= editor->size && start + size == editor->size)
            break;
        start += next;
    }
    if (!has_keys)
        return;
    if (editor->text && editor->cursor == editor->mark)
        brackets_paint (&painter);
    grid_set_cursor (grid, area, editor_line_of (editor, editor->cursor) - self->top,
                     editor_column_of (editor, editor->cursor) - self->left, CURSOR_BAR);
}
