/* ui_evaluate.c: code that is sent from a workspace to its image, interrupted, and what comes of it. See
 * ui_step.h. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "ui/eval_text.h"
#include "ui/ui_held.h"
#include "ui/ui_inspector.h"
#include "ui/ui_step.h"
#include "ui/workspace_buffers.h"

/* The selection or the line, without blanks around it. */
static bool
evaluation_code (const struct editor *editor, size_t *start, size_t *end)
{
    editor_code (editor, start, end);
    while (*start < *end && strchr (" \t\n", editor->text[*end - 1]))
        (*end)--;
    while (*start < *end && strchr (" \t\n", editor->text[*start]))
        (*start)++;
    return *start < *end;
}

static bool
evaluation_is_possible (struct ui *self, struct workspace *workspace)
{
    if (!workspace)
        ui_say (self, ROLE_WARNING, "No workspace is open; choose an image first");
    else if (self->read_only)
        ui_say (self, ROLE_WARNING, "This terminal was started read-only: nothing was sent");
    else if (!workspace_is_editable (workspace) && workspace->holder[0])
        ui_say (self, ROLE_WARNING,
                "Another terminal edits this session and keeps its results: M-e edits it here; "
                "nothing was sent");
    else if (!workspace->session[0] && workspace->replaced) {
        workspace->replaced = false;
        workspace->retry_ms = STUI_NEVER;
        ui_say (self, ROLE_WARNING,
                "%s is another image now: a session is begun in it; nothing was sent, ask again",
                workspace->image);
    }
    else if (!workspace->session[0])
        ui_say (self, ROLE_WARNING, "%s has no session yet: nothing was sent%s%s", workspace->image,
                workspace->trouble[0] ? "; " : "", workspace->trouble);
    else
        return true;
    return false;
}

void
ui_evaluate (struct ui *self, enum eval_mode mode)
{
    struct workspace *workspace = self->current;
    size_t start, end;
    if (!evaluation_is_possible (self, workspace))
        return;
    if (!evaluation_code (&workspace->editor, &start, &end)) {
        ui_say (self, ROLE_NORMAL, "There is no code on this line");
        return;
    }
    char *code = stui_strndup (workspace->editor.text + start, end - start);
    char peer[STUI_ACTOR_ID_MAX + 1], tag[64];
    snprintf (tag, sizeof tag, "%.40s/%llu", self->terminal_id,
              (unsigned long long) self->last_ref + 1);
    struct json *parameters = json_object ();
    json_set_text (parameters, "code", code);
    json_set_text (parameters, "mode", eval_mode_wire (mode));
    json_set_text (parameters, "session_id", workspace->session);
    char *text = json_print (parameters);
    struct msg *msg = msg_new (ui_peer (workspace->image, peer), MSG_HOLD, self->last_ref + 1,
                               "evaluate", text, ui_held_patience_ms (self, workspace->image), tag);
    struct ui_ask *ask = ui_ask_about (self, UI_ASK_EVALUATE, workspace, msg);
    if (ask) {
        struct output *output =
            workspace_add_output (workspace, mode, code, strlen (code), self->now);
        output->ref = ask->ref;
        output->tag = stui_strdup (tag);
        output->edited = workspace->edited;
        output->buffer = buffers_current (workspace)->number;
        output->anchor =
            mode == EVAL_PRINT && !workspace->beside ? editor_anchor (&workspace->editor, end) : -1;
    }
    free (text);
    json_destroy (&parameters);
    free (code);
}

void
ui_interrupt (struct ui *self)
{
    struct output *output = self->current ? workspace_interruptible (self->current) : NULL;
    if (!output) {
        ui_say (self, ROLE_NORMAL, "Nothing runs here; q or :quit leaves stui");
        return;
    }
    char peer[STUI_ACTOR_ID_MAX + 1];
    struct msg *msg = msg_new (ui_peer (self->current->image, peer), MSG_INTERRUPT,
                               self->last_ref + 1, output->tag);
    output->interrupting = ui_ask_about (self, UI_ASK_INTERRUPT, self->current, msg) != NULL;
}

/* The answer of a print it goes behind its code; it is selected unless the user went on. */
static void
print_answer (struct ui *self, struct workspace *workspace, struct editor *editor, int anchor,
              bool select, const char *text)
{
    size_t at = editor_anchor_take (editor, anchor);
    if (anchor < 0 || !workspace_is_editable (workspace))
        return;
    char *printed = stui_printf (" %s", text);
    if (!editor_insert_at (editor, at, printed, strlen (printed), select))
        ui_say (self, ROLE_WARNING, "The answer is too long for the workspace; it is below");
    workspace_note_edit (workspace, self->now);
    free (printed);
}

void
ui_evaluate_answer (struct ui *self, struct workspace *workspace, const struct msg *msg,
                    const struct json *result)
{
    struct output *output = workspace_find_output (workspace, msg->ref);
    if (!output)
        return;
    enum output_kind kind;
    char *text = eval_text_outcome (workspace->image, output->mode, msg, result, &kind);
    struct editor *editor = buffers_editor (workspace, output->buffer);
    int anchor = output->anchor;
    bool print = kind == OUTPUT_RESULT && output->mode == EVAL_PRINT;
    if (kind == OUTPUT_RESULT && output->mode == EVAL_INSPECT)
        ui_inspector_open (self, workspace, output->code, result);
    bool select = output->edited == workspace->edited;
    workspace_end_output (workspace, output, kind, text, self->now);
    if (print && editor)
        print_answer (self, workspace, editor, anchor, select, text);
    else if (editor)
        editor_anchor_take (editor, anchor);
    free (text);
}
