/* commands_workspace.c: what the commands about a workspace's text do. See commands_workspace.h. */

#include "ui/commands_workspace.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "ui/code.h"
#include "ui/commands_sessions.h"
#include "ui/ui_choose.h"
#include "ui/ui_files.h"
#include "ui/workspace_buffers.h"

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

/* ---- buffers -------------------------------------------------------------------------------- */

static bool
has_workspace (struct ui *ui)
{
    if (ui->current && ui->screen == SCREEN_WORKSPACE)
        return true;
    ui_say (ui, ROLE_WARNING, "This is about a workspace: 2 shows it");
    return false;
}

void
command_workspace_buffers (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    if (!has_workspace (ui))
        return;
    ui->current->in_results = false;
    ui_list_buffers (ui);
}

void
command_workspace_next_buffer (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    if (!has_workspace (ui))
        return;
    struct workspace *workspace = ui->current;
    if (workspace->buffer_count == 1)
        ui_say (ui, ROLE_NORMAL, "This is the only buffer; :buffer new NAME makes another");
    else
        ui_show_buffer (ui, (workspace->buffer + 1) % workspace->buffer_count);
}

static void
buffer_new (struct ui *ui, const char *name)
{
    if (!ui_may_edit (ui))
        return;
    if (*name && buffers_find (ui->current, name) >= 0)
        ui_say (ui, ROLE_WARNING, "There is a buffer %.64s already: :buffer %.64s shows it", name,
                name);
    else if (!buffers_add (ui->current, name))
        ui_say (ui, ROLE_WARNING, "There are %d buffers already: close one first",
                WORKSPACE_BUFFERS_MAX);
    else
        ui_edited (ui);
}

/* What is closed cannot be had again: a text is asked about. */
static void
buffer_close (struct ui *ui, const struct command *self, const char *argument, const char *name)
{
    struct workspace *workspace = ui->current;
    int place = *name ? buffers_find (workspace, name) : (int) workspace->buffer;
    if (place < 0)
        ui_say (ui, ROLE_WARNING, "There is no buffer %.64s", name);
    else if (workspace->buffer_count == 1)
        ui_say (ui, ROLE_NORMAL, "It is the only buffer, and stays");
    else if (ui_may_edit (ui)) {
        const struct editor *editor = buffers_at (workspace, (size_t) place);
        if (editor->size > 0
            && command_asks (ui, self, argument, "y", "Close %.64s and forget its %d line%s? y/n",
                             workspace->buffers[place].name, editor_line_count (editor),
                             editor_line_count (editor) == 1 ? "" : "s"))
            return;
        buffers_close (workspace, (size_t) place);
        ui_edited (ui);
    }
}

void
command_workspace_buffer (struct ui *ui, const struct command *self, const char *argument)
{
    size_t size = strcspn (argument, " ");
    const char *name = argument + size + strspn (argument + size, " ");
    if (!has_workspace (ui))
        return;
    int place = buffers_find (ui->current, argument);
    if (!*argument || strcmp (argument, "list") == 0)
        command_workspace_buffers (ui, self, "");
    else if (size == 3 && strncmp (argument, "new", size) == 0)
        buffer_new (ui, name);
    else if (size == 5 && strncmp (argument, "close", size) == 0)
        buffer_close (ui, self, argument, name);
    else if (strcmp (argument, "next") == 0)
        command_workspace_next_buffer (ui, self, "");
    else if (place >= 0)
        ui_show_buffer (ui, (size_t) place);
    else
        ui_say (ui, ROLE_WARNING, "There is no buffer %.64s; :buffer new %.64s makes it", argument,
                argument);
}

void
command_workspace_answers (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    bool beside = strcmp (argument, "beside") == 0;
    if (!has_workspace (ui))
        return;
    if (*argument && !beside && strcmp (argument, "place") != 0) {
        ui_say (ui, ROLE_WARNING,
                "Answers go to their place in the text, or beside it: :results place, or "
                ":results beside");
        return;
    }
    if (*argument) {
        ui->current->beside = beside;
        if (ui->current->mine)
            workspace_note_edit (ui->current, ui->now);
    }
    ui_say (ui, ROLE_NORMAL,
            ui->current->beside ? "Print it leaves the text alone: the answer is among the results"
                                : "Print it puts the answer behind its code");
}

/* ---- files ---------------------------------------------------------------------------------- */

void
command_workspace_open (struct ui *ui, const struct command *self, const char *argument)
{
    if (!has_workspace (ui))
        return;
    if (*argument)
        ui_file_open (ui, argument);
    else
        command_type_on (ui, self, "");
}

void
command_workspace_write (struct ui *ui, const struct command *self, const char *argument)
{
    if (has_workspace (ui))
        ui_file_write (ui, self, argument);
}

void
command_workspace_external (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    if (has_workspace (ui))
        ui_edit_outside (ui);
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
