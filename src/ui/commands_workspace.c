/* commands_workspace.c: what the commands about a workspace's text do. See commands_workspace.h. */

#include "ui/commands_workspace.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "ui/code.h"
#include "ui/ui_choose.h"

/* ---- inputs of before ----------------------------------------------------------------------- */

/* Puts an earlier (VALUE 1) or later (-1) input in the place of the selection. */
void
command_workspace_history (struct ui *ui, const struct command *self, const char *argument)
{
    (void) argument;
    struct workspace *workspace = ui->current;
    if (!workspace || !ui_may_edit (ui))
        return;
    size_t back = workspace->history_back;
    if (self->value < 0 && back == 0) {
        ui_bell (ui);
        return;
    }
    back = self->value > 0 ? back + 1 : back - 1;
    const char *code = workspace_history (workspace, back);
    if (!code && back > 0) {
        ui_say (ui, ROLE_NORMAL, "There is no earlier input");
        return;
    }
    workspace->history_back = back;
    ui_put_in (ui, code ? code : "");
}

/* ---- lists over the text -------------------------------------------------------------------- */

void
command_workspace_complete (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    ui_complete (ui);
}

void
command_workspace_search (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    ui_search_history (ui);
    if (*argument)
        ui_chooser_paste (ui, argument, strlen (argument));
}

/* ---- the clipboard --------------------------------------------------------------------------- */

void
command_workspace_clip (struct ui *ui, const struct command *self, const char *argument)
{
    (void) argument;
    struct editor *editor =
        ui->screen == SCREEN_WORKSPACE && ui->current ? &ui->current->editor : NULL;
    if (!editor || (self->value != WORKSPACE_COPY && !ui_may_edit (ui)))
        return;
    if (self->value == WORKSPACE_PASTE) {
        char why[WORKSPACE_WHY_SIZE];
        if (!ui->clip)
            ui_bell (ui);
        else if (editor_insert (editor, ui->clip, strlen (ui->clip), false))
            ui_edited (ui);
        else
            ui_say (ui, ROLE_WARNING, "%s", workspace_full_why (ui->current, why));
        return;
    }
    size_t start, end;
    editor_code (editor, &start, &end);
    if (start == end) {
        ui_bell (ui);
        return;
    }
    editor->marking = false;
    ui_copy (ui, editor->text + start, end - start);
    if (self->value != WORKSPACE_CUT)
        return;
    editor_select (editor, start, end);
    editor_do (editor, EDITOR_DELETE, 1);
    ui_edited (ui);
}

/* ---- brackets ------------------------------------------------------------------------------- */

void
ui_check_bracket (struct ui *self, uint32_t typed)
{
    const struct editor *editor = self->current ? &self->current->editor : NULL;
    bool closes = typed == ')' || typed == ']' || typed == '}';
    size_t one, other;
    if (!editor || !closes
        || code_match (editor->text, editor->size, editor->cursor, &one, &other) != CODE_MATCH_WRONG
        || one + 1 != editor->cursor)
        return;
    if (one == other)
        ui_say (self, ROLE_WARNING, "This %c closes nothing", (int) typed);
    else
        ui_say (self, ROLE_WARNING, "This %c meets the %c of line %d", (int) typed,
                editor->text[other], editor_line_of (editor, other) + 1);
}
