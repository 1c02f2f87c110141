/* form.c: see form.h. Pure but for the heap. */

#include "ui/form.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ui/layout.h"
#include "ui/text.h"
#include "ui/theme.h"

void
form_fini (struct form *self)
{
    for (size_t index = 0; index < self->count; index++)
        editor_fini (&self->fields[index].editor);
    *self = (struct form){0};
}

void
form_add (struct form *self, const char *label, const char *hint, const char *text)
{
    assert (self->count < FORM_FIELDS_MAX);
    struct form_field *field = &self->fields[self->count++];
    *field = (struct form_field){.label = label, .hint = hint};
    field->editor.single_line = true;
    editor_replace_all (&field->editor, text, strlen (text));
    editor_set_cursor (&field->editor, field->editor.size, false);
    editor_forget (&field->editor);
}

char *
form_text (const struct form *self, size_t field, char *text, size_t size)
{
    const char *typed = self->fields[field].editor.text;
    typed = typed ? typed : "";
    typed += strspn (typed, " \t");
    size_t length = strlen (typed);
    while (length > 0 && strchr (" \t", typed[length - 1]))
        length--;
    snprintf (text, size, "%.*s", (int) length, typed);
    return text;
}

void
form_insert (struct form *self, const char *text, size_t size)
{
    if (self->count > 0)
        editor_insert (&self->fields[self->focus].editor, text, size, true);
}

void
form_next (struct form *self, int step)
{
    if (self->count > 0)
        self->focus =
            (self->focus + self->count + (size_t) (step + (int) self->count)) % self->count;
}

bool
form_act (struct form *self, int op)
{
    if (self->count == 0)
        return false;
    if (op == EDITOR_UP || op == EDITOR_DOWN) {
        bool more = op == EDITOR_UP ? self->focus > 0 : self->focus + 1 < self->count;
        if (more)
            form_next (self, op == EDITOR_UP ? -1 : 1);
        return more;
    }
    return editor_do (&self->fields[self->focus].editor, op, 1);
}

bool
form_press (struct form *self, struct rect area, int row, int column)
{
    if (!rect_holds (area, row, column))
        return false;
    for (size_t index = 0; index < self->count; index++) {
        if (row != area.row + self->fields[index].row)
            continue;
        self->focus = index;
        return true;
    }
    return false;
}

static void
field_draw (const struct form_field *field, struct grid *grid, struct rect area, bool focus)
{
    const struct editor *editor = &field->editor;
    const char *text = editor->text ? editor->text : "";
    struct rect value = area;
    grid_field (grid, area, 0, 0, FORM_LABEL_WIDTH, style_of (grid, focus ? ROLE_KEY : ROLE_DIM),
                field->label, strlen (field->label));
    rect_cut_columns (&value, FORM_LABEL_WIDTH);
    int cursor = editor_column_of (editor, editor->cursor);
    int left = cursor >= value.columns ? cursor - value.columns + 1 : 0;
    if (editor->size > 0)
        grid_text (grid, value, 0, -left, style_of (grid, ROLE_NORMAL), text, editor->size);
    else
        grid_field (grid, value, 0, 0, value.columns, style_of (grid, ROLE_DIM), field->hint,
                    strlen (field->hint));
    if (focus)
        grid_set_cursor (grid, value, 0, cursor - left, CURSOR_BAR);
}

int
form_draw (struct form *self, struct grid *grid, struct rect area, int row, bool focus)
{
    for (size_t index = 0; index < self->count && row < area.rows; index++) {
        struct form_field *field = &self->fields[index];
        struct rect line = area;
        field->row = row;
        rect_cut_rows (&line, row++);
        line.rows = 1;
        field_draw (field, grid, line, focus && index == self->focus);
        if (!field->trouble[0] || row >= area.rows)
            continue;
        struct rect below = area;
        rect_cut_columns (&below, FORM_LABEL_WIDTH);
        row = layout_paragraph (grid, below, row, style_of (grid, ROLE_WARNING), field->trouble);
    }
    return row;
}
