/* editor.c: see editor.h. Every change of the text goes through text_replace, which keeps cursor
 * and anchors where they belong; every change by a user through edit_apply, which remembers it. */

#include "ui/editor.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "ui/code.h"
#include "ui/text.h"

/* ---- the text ------------------------------------------------------------------------------- */

static size_t
offset_after (size_t offset, size_t at, size_t removed, size_t inserted)
{
    if (offset >= at + removed)
        return offset - removed + inserted;
    return offset > at ? at : offset;
}

static void
text_replace (struct editor *self, size_t at, size_t removed, const char *text, size_t size)
{
    size_t wanted = self->size - removed + size + 1;
    if (wanted > self->capacity) {
        self->capacity = wanted * 2;
        self->text = stui_realloc (self->text, self->capacity);
    }
    memmove (self->text + at + size, self->text + at + removed, self->size - at - removed);
    memcpy (self->text + at, text, size);
    self->size = self->size - removed + size;
    self->text[self->size] = '\0';
    self->cursor = offset_after (self->cursor, at, removed, size);
    self->mark = offset_after (self->mark, at, removed, size);
    for (int number = 0; number < EDITOR_ANCHORS_MAX; number++)
        if (self->anchors[number] != at) /* what is typed right behind it does not push it */
            self->anchors[number] = offset_after (self->anchors[number], at, removed, size);
}

static const char *
text_of (const struct editor *self)
{
    return self->text ? self->text : "";
}

/* The nearest place between two clusters at or before AT. */
static size_t
boundary (const struct editor *self, size_t at)
{
    if (at >= self->size)
        return self->size;
    const char *text = text_of (self);
    size_t place = at;
    while (place > 0 && text[place - 1] != '\n' && at - place < TEXT_SPAN_MAX)
        place--;
    struct text_cluster cluster;
    while (place < at && text[place] != '\n') {
        size_t size = text_next (text + place, self->size - place, 0, &cluster);
        if (size == 0 || place + size > at)
            break;
        place += size;
    }
    return place;
}

/* ---- undo ----------------------------------------------------------------------------------- */

static void
edit_fini (struct editor *self, struct editor_edit *edit)
{
    self->edit_bytes -= edit->removed_size + edit->inserted_size;
    free (edit->removed);
    free (edit->inserted);
}

/* What was undone cannot be redone after another edit; the oldest steps make room. */
static void
edits_trim (struct editor *self)
{
    while (self->edit_count > self->done)
        edit_fini (self, &self->edits[--self->edit_count]);
    size_t old = 0;
    while (old < self->edit_count
           && (self->edit_count - old >= EDITOR_UNDO_MAX || self->edit_bytes > EDITOR_UNDO_BYTES))
        edit_fini (self, &self->edits[old++]);
    if (old == 0)
        return;
    self->edit_count -= old;
    self->done = self->edit_count;
    memmove (self->edits, self->edits + old, self->edit_count * sizeof *self->edits);
}

/* Whether typing SIZE bytes of TEXT at AT goes on where the last step ended. A new line and a
 * blank after a word begin a step, so that undo takes back words. */
static bool
edit_continues (const struct editor *self, size_t at, const char *text, size_t size)
{
    if (self->done == 0 || self->done != self->edit_count || size == 0)
        return false;
    const struct editor_edit *last = &self->edits[self->done - 1];
    if (!last->typed || last->inserted_size == 0 || last->at + last->inserted_size != at)
        return false;
    char before = last->inserted[last->inserted_size - 1];
    return *text != '\n' && !(*text == ' ' && before != ' ');
}

/* Whether REMOVED bytes at AT lie beside what the last step removed, key by key, in one line. The step
 * takes them in then, in front of its own or behind them. */
static bool
edit_joins_removal (struct editor *self, size_t at, size_t removed)
{
    if (self->done == 0 || self->done != self->edit_count)
        return false;
    struct editor_edit *last = &self->edits[self->done - 1];
    bool before = at + removed == last->at, behind = at == last->at;
    const char *text = text_of (self) + at;
    if (!last->typed || last->inserted_size > 0 || !(before || behind)
        || memchr (text, '\n', removed) || memchr (last->removed, '\n', last->removed_size))
        return false;
    char *both = before ? stui_printf ("%.*s%s", (int) removed, text, last->removed)
                        : stui_printf ("%s%.*s", last->removed, (int) removed, text);
    free (last->removed);
    last->removed = both;
    last->removed_size += removed;
    last->at = at;
    self->edit_bytes += removed;
    return true;
}

static void
edit_apply (struct editor *self, size_t at, size_t removed, const char *text, size_t size,
            bool typed)
{
    if (removed == 0 && size == 0)
        return;
    self->marking = false;
    if (typed && size == 0 && edit_joins_removal (self, at, removed)) {
        /* the last step has it too */
    }
    else if (typed && removed == 0 && edit_continues (self, at, text, size)) {
        struct editor_edit *last = &self->edits[self->done - 1];
        last->inserted = stui_realloc (last->inserted, last->inserted_size + size + 1);
        memcpy (last->inserted + last->inserted_size, text, size);
        last->inserted_size += size;
        last->inserted[last->inserted_size] = '\0';
        self->edit_bytes += size;
    }
    else {
        edits_trim (self);
        stui_grow (&self->edits, &self->edit_capacity, self->edit_count, sizeof *self->edits);
        self->edits[self->edit_count++] = (struct editor_edit){
            .at = at,
            .removed = stui_strndup (text_of (self) + at, removed),
            .removed_size = removed,
            .inserted = stui_strndup (text, size),
            .inserted_size = size,
            .cursor = self->cursor,
            .mark = self->mark,
            .typed = typed,
        };
        self->edit_bytes += removed + size;
        self->done = self->edit_count;
    }
    text_replace (self, at, removed, text, size);
}

void
editor_forget (struct editor *self)
{
    for (size_t index = 0; index < self->edit_count; index++)
        edit_fini (self, &self->edits[index]);
    self->edit_count = self->done = 0;
}

/* Whether TEXT stands at AT. It does, unless the list was read from somewhere and does not belong
 * to this text: then all of it is forgotten. */
static bool
edit_fits (struct editor *self, size_t at, const char *text, size_t size)
{
    if (at <= self->size && size <= self->size - at
        && memcmp (text_of (self) + at, text, size) == 0)
        return true;
    editor_forget (self);
    return false;
}

static bool
edit_undo (struct editor *self)
{
    if (self->done == 0)
        return false;
    const struct editor_edit *edit = &self->edits[self->done - 1];
    if (!edit_fits (self, edit->at, edit->inserted, edit->inserted_size))
        return false;
    self->done--;
    text_replace (self, edit->at, edit->inserted_size, edit->removed, edit->removed_size);
    self->cursor = boundary (self, edit->cursor);
    self->mark = boundary (self, edit->mark);
    self->marking = false;
    return true;
}

static bool
edit_redo (struct editor *self)
{
    if (self->done == self->edit_count)
        return false;
    struct editor_edit *edit = &self->edits[self->done];
    if (!edit_fits (self, edit->at, edit->removed, edit->removed_size))
        return false;
    self->done++;
    text_replace (self, edit->at, edit->removed_size, edit->inserted, edit->inserted_size);
    self->cursor = self->mark = edit->at + edit->inserted_size;
    edit->typed = false;
    self->marking = false;
    return true;
}

void
editor_fini (struct editor *self)
{
    editor_forget (self);
    free (self->edits);
    free (self->text);
    *self = (struct editor){0};
}

/* ---- lines and columns ---------------------------------------------------------------------- */

static size_t
line_start (const struct editor *self, size_t at)
{
    const char *text = text_of (self);
    while (at > 0 && text[at - 1] != '\n')
        at--;
    return at;
}

static size_t
line_end (const struct editor *self, size_t at)
{
    if (at >= self->size)
        return self->size;
    const char *end = memchr (self->text + at, '\n', self->size - at);
    return end ? (size_t) (end - self->text) : self->size;
}

int
editor_line_of (const struct editor *self, size_t offset)
{
    int line = 0;
    const char *text = text_of (self);
    for (size_t at = 0; at < offset && at < self->size; at++)
        line += text[at] == '\n';
    return line;
}

int
editor_column_of (const struct editor *self, size_t offset)
{
    size_t start = line_start (self, offset);
    return (int) text_width (text_of (self) + start, offset - start, SIZE_MAX);
}

int
editor_line_count (const struct editor *self)
{
    return editor_line_of (self, self->size) + 1;
}

size_t
editor_line_start (const struct editor *self, int line)
{
    size_t at = 0;
    while (line-- > 0) {
        at = line_end (self, at);
        if (at >= self->size)
            return self->size;
        at++;
    }
    return at;
}

/* The offset in the line that begins at START which is shown at COLUMN, or the line's end. */
static size_t
offset_in_line (const struct editor *self, size_t start, int column)
{
    size_t end = line_end (self, start), at = start;
    struct text_cluster cluster;
    for (size_t shown = 0; at < end && column > 0;) {
        size_t size = text_next (self->text + at, end - at, shown, &cluster);
        if (size == 0 || shown + cluster.width > (size_t) column)
            break;
        shown += cluster.width;
        at += size;
    }
    return at;
}

size_t
editor_offset_at (const struct editor *self, int line, int column)
{
    return offset_in_line (self, editor_line_start (self, line), column);
}

/* ---- selection ------------------------------------------------------------------------------ */

size_t
editor_selection_start (const struct editor *self)
{
    return self->cursor < self->mark ? self->cursor : self->mark;
}

size_t
editor_selection_end (const struct editor *self)
{
    return self->cursor > self->mark ? self->cursor : self->mark;
}

void
editor_code (const struct editor *self, size_t *start, size_t *end)
{
    *start = editor_selection_start (self);
    *end = editor_selection_end (self);
    if (*start != *end)
        return;
    *start = line_start (self, self->cursor);
    *end = line_end (self, self->cursor);
}

void
editor_set_cursor (struct editor *self, size_t at, bool select)
{
    self->cursor = boundary (self, at);
    if (!select)
        self->mark = self->cursor;
    self->goal = -1;
}

void
editor_select (struct editor *self, size_t start, size_t end)
{
    editor_set_cursor (self, start, false);
    editor_set_cursor (self, end, true);
    self->marking = false;
}

int
editor_anchor (struct editor *self, size_t at)
{
    for (int number = 0; number < EDITOR_ANCHORS_MAX; number++)
        if (!self->anchored[number]) {
            self->anchored[number] = true;
            self->anchors[number] = at;
            return number;
        }
    return -1;
}

size_t
editor_anchor_take (struct editor *self, int number)
{
    if (number < 0 || number >= EDITOR_ANCHORS_MAX || !self->anchored[number])
        return self->cursor;
    self->anchored[number] = false;
    return boundary (self, self->anchors[number]);
}

/* ---- inserting ------------------------------------------------------------------------------ */

bool
editor_insert (struct editor *self, const char *text, size_t size, bool typed)
{
    size_t start = editor_selection_start (self), removed = editor_selection_end (self) - start;
    if (size > removed && self->size - removed + size + self->others > EDITOR_TEXT_MAX)
        return false;
    char *line = NULL;
    if (self->single_line && memchr (text, '\n', size)) {
        line = stui_strndup (text, size);
        for (size_t at = 0; at < size; at++)
            if (line[at] == '\n')
                line[at] = ' ';
        text = line;
    }
    edit_apply (self, start, removed, text, size, typed);
    self->cursor = self->mark = start + size;
    self->goal = -1;
    free (line);
    return true;
}

bool
editor_insert_at (struct editor *self, size_t at, const char *text, size_t size, bool select)
{
    if (self->size + size + self->others > EDITOR_TEXT_MAX)
        return false;
    at = boundary (self, at);
    edit_apply (self, at, 0, text, size, false);
    if (select) {
        self->mark = at;
        self->cursor = at + size;
        self->goal = -1;
    }
    return true;
}

void
editor_replace_all (struct editor *self, const char *text, size_t size)
{
    if (size == self->size && memcmp (text_of (self), text, size) == 0)
        return;
    size_t cursor = self->cursor;
    edit_apply (self, 0, self->size, text, size, false);
    editor_set_cursor (self, cursor, false);
}

/* ---- keys ----------------------------------------------------------------------------------- */

static size_t
move_left (const struct editor *self)
{
    if (self->cursor == 0)
        return 0;
    if (self->text[self->cursor - 1] == '\n')
        return self->cursor - 1;
    return self->cursor - text_previous (self->text, self->size, self->cursor);
}

static size_t
move_right (const struct editor *self)
{
    if (self->cursor >= self->size)
        return self->size;
    if (self->text[self->cursor] == '\n')
        return self->cursor + 1;
    struct text_cluster cluster;
    size_t end = line_end (self, self->cursor);
    return self->cursor + text_next (self->text + self->cursor, end - self->cursor, 0, &cluster);
}

/* LINES down (up when negative), at the column that the first such move began at. */
static size_t
move_lines (struct editor *self, int lines)
{
    if (self->goal < 0)
        self->goal = editor_column_of (self, self->cursor);
    size_t at = line_start (self, self->cursor);
    for (; lines < 0 && at > 0; lines++)
        at = line_start (self, at - 1);
    for (; lines > 0 && line_end (self, at) < self->size; lines--)
        at = line_end (self, at) + 1;
    return offset_in_line (self, at, self->goal);
}

static size_t
move_target (struct editor *self, int op, int page)
{
    switch (op) {
    case EDITOR_LEFT:
        return move_left (self);
    case EDITOR_RIGHT:
        return move_right (self);
    case EDITOR_UP:
        return move_lines (self, -1);
    case EDITOR_DOWN:
        return move_lines (self, 1);
    case EDITOR_WORD_LEFT:
        return text_word_start (text_of (self), self->size, self->cursor);
    case EDITOR_WORD_RIGHT:
        return text_word_end (text_of (self), self->size, self->cursor);
    case EDITOR_LINE_START:
        return line_start (self, self->cursor);
    case EDITOR_LINE_END:
        return line_end (self, self->cursor);
    case EDITOR_PAGE_UP:
        return move_lines (self, -page);
    case EDITOR_PAGE_DOWN:
        return move_lines (self, page);
    case EDITOR_TEXT_START:
        return 0;
    default:
        return self->size;
    }
}

static bool
editor_move (struct editor *self, int op, int page, bool select)
{
    size_t start = editor_selection_start (self), end = editor_selection_end (self);
    size_t before = self->cursor, mark = self->mark;
    select = select || self->marking;
    bool vertical =
        op == EDITOR_UP || op == EDITOR_DOWN || op == EDITOR_PAGE_UP || op == EDITOR_PAGE_DOWN;
    if (!vertical)
        self->goal = -1;
    if (!select && start != end && (op == EDITOR_LEFT || op == EDITOR_RIGHT))
        self->cursor = op == EDITOR_LEFT ? start : end;
    else
        self->cursor = move_target (self, op, page < 1 ? 1 : page);
    if (!select)
        self->mark = self->cursor;
    return self->cursor != before || self->mark != mark;
}

/* What the bracket or the quote under the cursor encloses, else the word. */
static bool
editor_select_word (struct editor *self)
{
    const char *text = text_of (self);
    size_t start, end;
    if (!code_enclosed (text, self->size, self->cursor, &start, &end)) {
        end = text_word_end (text, self->size, self->cursor);
        start = text_word_start (text, self->size, end);
        if (start > self->cursor
            || line_end (self, start) < end) { /* on no word: the one character */
            start = self->cursor;
            end = self->cursor < self->size ? move_right (self) : self->size;
        }
    }
    editor_select (self, start, end);
    return start < end;
}

/* Removes the selection, or what lies between the cursor and where MOVE would take it. */
static bool
editor_remove (struct editor *self, int move)
{
    size_t start = editor_selection_start (self), end = editor_selection_end (self);
    bool key = start == end; /* one after the other they are one step */
    if (start == end) {
        size_t target = move_target (self, move, 1);
        start = target < self->cursor ? target : self->cursor;
        end = target > self->cursor ? target : self->cursor;
    }
    if (start == end)
        return false;
    edit_apply (self, start, end - start, "", 0, key);
    self->cursor = self->mark = start;
    self->goal = -1;
    return true;
}

bool
editor_do (struct editor *self, int op, int page)
{
    bool select = (op & EDITOR_SELECT) != 0;
    op &= ~EDITOR_SELECT;
    if (op < EDITOR_MOVE_COUNT)
        return editor_move (self, op, page, select);
    switch (op) {
    case EDITOR_BACKSPACE:
        return editor_remove (self, EDITOR_LEFT);
    case EDITOR_DELETE:
        return editor_remove (self, EDITOR_RIGHT);
    case EDITOR_DELETE_WORD_LEFT:
        return editor_remove (self, EDITOR_WORD_LEFT);
    case EDITOR_DELETE_WORD_RIGHT:
        return editor_remove (self, EDITOR_WORD_RIGHT);
    case EDITOR_DELETE_TO_LINE_END:
        return editor_remove (
            self, line_end (self, self->cursor) == self->cursor ? EDITOR_RIGHT : EDITOR_LINE_END);
    case EDITOR_UNDO:
        return edit_undo (self);
    case EDITOR_REDO:
        return edit_redo (self);
    case EDITOR_SELECT_ALL:
        editor_select (self, 0, self->size);
        return true;
    case EDITOR_SELECT_WORD:
        return editor_select_word (self);
    case EDITOR_SELECT_LINE: {
        size_t end = line_end (self, self->cursor);
        editor_select (self, line_start (self, self->cursor), end + (end < self->size));
        return true;
    }
    case EDITOR_SET_MARK:
        self->marking = !self->marking;
        self->mark = self->cursor;
        return true;
    default:
        return false;
    }
}
