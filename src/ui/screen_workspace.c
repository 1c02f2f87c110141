/* screen_workspace.c: one image's workspace: the text above, what came of it below. Pure. */

#include <stdio.h>
#include <string.h>

#include "ui/editor_view.h"
#include "ui/layout.h"
#include "ui/text.h"
#include "ui/ui_outcomes.h"
#include "ui/ui_step.h"
#include "ui/workspace_buffers.h"

enum {
    OUTPUT_INDENT = 4,
    HINT_FROM = 41,                     /* columns */
    RESULTS_UP_ALL = 1 << 24,           /* more rows than there are */
    RUNNING_SIZE = 160 + STUI_NAME_MAX, /* of what is said of one that runs */
};

/* ---- the text ------------------------------------------------------------------------------- */

/* The panel that has the keys has a bar at its left. */
static void
focus_draw (const struct ui *ui, struct grid *grid, struct rect area)
{
    if (ui_has_keys (ui))
        grid_line_down (grid, area, style_of (grid, ROLE_FOCUS));
}

static void
editor_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    struct workspace *workspace = ui->current;
    struct editor *editor = &workspace->editor;
    bool has_keys = !workspace->in_results && ui_has_keys (ui);
    if (!workspace->in_results)
        focus_draw (ui, grid, area);
    rect_cut_columns (&area, 1);
    ui->editor_area = area;
    if (editor->size == 0 && workspace->loaded)
        grid_string (grid, area, 0, 2, style_of (grid, ROLE_DIM),
                     area.columns >= HINT_FROM ? "Type Smalltalk here: 3 + 4 and then ^P"
                                               : "Smalltalk: 3 + 4, then ^P");
    editor_view_scroll (&workspace->view, editor, area);
    editor_view_draw (&workspace->view, editor, grid, area, has_keys);
}

/* ---- what came of it ------------------------------------------------------------------------ */

static const struct {
    const char *symbol;
    enum role role;
} kinds[OUTPUT_KIND_COUNT] = {
    [OUTPUT_RUNNING] = {"◐", ROLE_PENDING},  [OUTPUT_RESULT] = {"→", ROLE_RESULT},
    [OUTPUT_RAISED] = {"✗", ROLE_ERROR},     [OUTPUT_REFUSED] = {"!", ROLE_WARNING},
    [OUTPUT_IN_DOUBT] = {"?", ROLE_WARNING}, [OUTPUT_HELD] = {"-", ROLE_PENDING},
};

/* How many rows TEXT has below its code. */
static int
answer_rows (const char *text, int columns)
{
    int rows = layout_paragraph_rows (text, columns);
    return rows > 1 ? rows : 1;
}

static void
code_line_draw (const struct ui *ui, struct grid *grid, struct rect area, int row,
                const struct output *output)
{
    size_t next, line = text_line (output->code, strlen (output->code), &next);
    char at[AGE_SIZE], said[AGE_SIZE + 24];
    snprintf (said, sizeof said, "%s  %s", eval_mode_word (output->mode),
              day_time_text (output->at_ms, ui->now.zone_s, at));
    int width = (int) strlen (said), room = area.columns - 2;
    bool both = room > width + 20;
    bool more = output->code[line] != '\0';
    struct style dim = style_of (grid, ROLE_DIM), code = style_of (grid, ROLE_NORMAL);
    int code_room = both ? room - width - 2 : room;
    char text[512];
    size_t size = line < sizeof text - 8 ? line : sizeof text - 8;
    snprintf (text, sizeof text, "%.*s%s", (int) size, output->code, more ? " …" : "");
    for (char *tab = text; *tab; tab++)
        *tab = *tab == '\t' ? ' ' : *tab;
    grid_field (grid, area, row, 1, code_room, code, text, strlen (text));
    if (both)
        grid_field (grid, area, row, 1 + code_room + 1, -width, dim, said, (size_t) width);
}

/* OUTPUT, below its code TEXT, whose first row is at ROW, which may lie above AREA. */
static void
output_draw (const struct ui *ui, struct grid *grid, struct rect area, int row,
             const struct output *output, const char *text)
{
    struct style style = style_of (grid, kinds[output->kind].role);
    struct rect answer = area;
    size_t next_line, next, first = text_line (text, strlen (text), &next_line);
    rect_cut_columns (&answer, OUTPUT_INDENT);
    rect_cut_columns (&answer, -1);
    code_line_draw (ui, grid, area, row, output);
    grid_string (grid, area, row + 1, 2, style, kinds[output->kind].symbol);
    struct style rest =
        output->kind == OUTPUT_RAISED ? style_of (grid, ROLE_DIM) : style; /* the stack */
    layout_paragraph (grid, answer, row + 1, rest, text);
    first = layout_wrap (text, first, answer.columns, &next);
    grid_text (grid, answer, row + 1, 0, style, text, first);
}

/* Whether what is asked of IMAGE reaches it now. */
static bool
image_is_there (const struct model_image *image)
{
    return !image || image->state == STUI_IMAGE_ONLINE || image->state == STUI_IMAGE_SUSPECT;
}

/* The text of a held OUTPUT of IMAGE. */
static void
held_text (const struct ui *ui, const struct model_image *image, char text[RUNNING_SIZE])
{
    char key[KEY_NAME_SIZE];
    if (image->state != STUI_IMAGE_ONLINE)
        snprintf (text, RUNNING_SIZE, "held until %s is online; :held send", image->name);
    else if (image->held > 0)
        snprintf (text, RUNNING_SIZE, "held, and %s is online: %s shows it, s sends it",
                  image->name, ui_key (ui, "held", key));
    else
        snprintf (text, RUNNING_SIZE, "sent, and its answer is awaited");
}

/* The text of OUTPUT of IMAGE, of which is asked what came of it. */
static void
awaited_text (const struct ui *ui, const struct model_image *image, const struct output *output,
              char text[RUNNING_SIZE])
{
    if (ui->model.link == MODEL_UNLINKED)
        snprintf (text, RUNNING_SIZE,
                  "the stui that sent it is gone: the next asks %s what came of it", image->name);
    else if (!image_is_there (image))
        snprintf (text, RUNNING_SIZE, "%s is asked what came of it once it is back", image->name);
    else
        snprintf (text, RUNNING_SIZE, "asking %s what came of it%s", image->name,
                  output->interrupting ? "; interrupt was asked for"
                  : output->ref        ? "; ^C interrupts it"
                                       : "");
}

/* Whether code that was asked for before OUTPUT runs: one at a time runs in a session. */
static bool
output_waits (const struct workspace *workspace, const struct output *output)
{
    for (const struct output *one = workspace->outputs; one < output; one++)
        if (one->kind == OUTPUT_RUNNING)
            return true;
    return false;
}

/* What is shown below the code. Of what an image that is away was asked nobody knows whether it runs. */
static const char *
output_text (const struct ui *ui, const struct output *output, char running[RUNNING_SIZE])
{
    char age[AGE_SIZE];
    const struct model_image *image = model_find (&ui->model, ui->current->image);
    if (output->kind == OUTPUT_HELD && image) {
        held_text (ui, image, running);
        return running;
    }
    if (image && ui_outcomes_awaits (ui->current, output)) {
        awaited_text (ui, image, output, running);
        return running;
    }
    if (output->kind != OUTPUT_RUNNING)
        return output->text ? output->text : "";
    age_text (ui->now.mono_ms - output->began_ms, age);
    if (image_is_there (image) && output_waits (ui->current, output))
        snprintf (running, RUNNING_SIZE, "waits%s%s for what runs before it", age[0] ? " for " : "",
                  age);
    else if (image_is_there (image))
        snprintf (running, RUNNING_SIZE, "running%s%s; %s", age[0] ? " for " : "", age,
                  output->interrupting ? "interrupt was asked for" : "^C interrupts it");
    else
        snprintf (running, RUNNING_SIZE,
                  "asked%s%s%s; %s is away: what became of it is said once it is back",
                  age[0] ? " " : "", age, age[0] ? " ago" : "", image->name);
    return running;
}

/* From the last line upwards, so that only what is seen is wrapped. Returns how many rows of the newest one are
 * above what is seen. */
static int
results_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    struct workspace *workspace = ui->current;
    ui->results_area = area;
    if (workspace->output_count == 0) {
        grid_string (grid, area, 0, 2, style_of (grid, ROLE_DIM), "Answers appear here.");
        return 0;
    }
    int up = workspace->results_up, total = 0, above = 0;
    int row = area.rows - 1 + up;
    for (size_t index = workspace->output_count; index > 0 && row >= 0; index--) {
        const struct output *output = &workspace->outputs[index - 1];
        char running[RUNNING_SIZE];
        const char *text = output_text (ui, output, running);
        int count = 1 + answer_rows (text, area.columns - OUTPUT_INDENT - 1);
        total += count;
        row -= count;
        if (row + 1 < area.rows)
            output_draw (ui, grid, area, row + 1, output, text);
        if (index == workspace->output_count && row < -1)
            above = -1 - row;
    }
    if (row < 0)
        return above;
    /* There is not so much: the first line stands at the top. */
    int most = total > area.rows ? total - area.rows : 0;
    if (up != most) {
        workspace->results_up = most;
        grid_fill (grid, area, style_of (grid, ROLE_NORMAL));
        return results_draw (ui, grid, area);
    }
    if (total < area.rows) {
        struct rect filled = area; /* few lines: they begin below the border */
        filled.rows = total;
        grid_fill (grid, area, style_of (grid, ROLE_NORMAL));
        results_draw (ui, grid, filled);
    }
    ui->results_area = area;
    return 0;
}

/* ABOVE: rows of the newest one that do not fit. */
static void
border_draw (const struct ui *ui, struct grid *grid, struct rect area, int above)
{
    const struct workspace *workspace = ui->current;
    const struct command *panel = commands_find ("next-panel", strlen ("next-panel"));
    bool focus = workspace->in_results && !ui->elsewhere;
    struct style title = style_of (grid, focus ? ROLE_FOCUS : ROLE_TITLE);
    char key[KEY_NAME_SIZE];
    keymap_first (keymap_keys (&ui->keymap, KEYMAP_TEXT, panel), key);
    grid_line_across (grid, area, style_of (grid, focus ? ROLE_FOCUS : ROLE_BORDER));
    int column = grid_string (grid, area, 0, 2, title, " Results");
    if (workspace->results_up > 0)
        column = grid_string (grid, area, 0, column, title, ", scrolled back");
    else if (above > 0)
        column = grid_printf (grid, area, 0, column, title, ", %d above%s%s", above,
                              focus ? "" : ": ", focus ? "" : key);
    column = grid_string (grid, area, 0, column, title, " ");
    static const char in_text[] = " the text has the keys ",
                      in_results[] = " results have the keys ";
    int width = (int) sizeof in_text - 1 + (focus ? (int) (sizeof in_results - sizeof in_text) : 0);
    if (column + width + 2 <= area.columns && !ui->elsewhere)
        grid_string (grid, area, 0, area.columns - width - 2, style_of (grid, ROLE_FOCUS),
                     focus ? in_results : in_text);
}

/* ---- the screen ----------------------------------------------------------------------------- */

/* How the versions differ, in a part of AREA. */
static void
differs_draw (struct grid *grid, struct rect *area, const char *lines)
{
    int least = area->rows > 2 ? 2 : 0; /* a line of each */
    for (int most = area->rows / 3 > least ? area->rows / 3 : least; lines && *lines && most > 0;
         most--) {
        size_t size = strcspn (lines, "\n");
        struct rect row = rect_cut_rows (area, 1);
        enum role role = *lines == '-' ? ROLE_WARNING : *lines == '+' ? ROLE_MATCH : ROLE_DIM;
        grid_field (grid, row, 0, 1, row.columns - 2, style_of (grid, role), lines, size);
        lines += size + (lines[size] != '\0');
    }
}

/* A question that does not take the keys away from who types. */
static void
conflict_draw (struct grid *grid, struct rect *area, const char *differs)
{
    static const char *const texts[] = {
        "! Conflict: the image has another version (+) of this session (-). M-k: keep yours, take "
        "the image's, or keep both.",
        "! Conflict with the image's version: M-k keeps mine, theirs or both",
        "! Conflict: M-k keeps mine, theirs or both",
        "! Conflict: M-k: mine, theirs, both",
        "! M-k: mine, theirs, both", /* in the smallest pane */
    };
    size_t at = 0, last = sizeof texts / sizeof *texts - 1;
    while (at < last && (int) text_width (texts[at], strlen (texts[at]), 200) > area->columns - 2)
        at++;
    struct rect row = rect_cut_rows (area, 1);
    grid_fill (grid, row, style_of (grid, ROLE_ERROR));
    grid_string (grid, row, 0, 1, style_of (grid, ROLE_ERROR), texts[at]);
    differs_draw (grid, area, differs);
}

static void
workspace_draw_title (const struct ui *ui, struct grid *grid, struct rect area)
{
    if (!ui->current)
        return;
    const struct model_image *image = model_find (&ui->model, ui->current->image);
    int column = grid_string (grid, area, 0, 0, style_of (grid, ROLE_NORMAL), ui->current->image);
    const struct workspace_buffer *buffer = buffers_current (ui->current);
    if (ui->current->buffer_count > 1 || buffer->path)
        column = grid_printf (grid, area, 0, column + 2, style_of (grid, ROLE_KEY), "[%s]",
                              buffer->name);
    if (image && image->system && area.columns > 60)
        grid_string (grid, area, 0, column + 2, style_of (grid, ROLE_DIM), image->system);
}

/* The list over the text, beside the word that it is about. */
static void
list_draw (const struct ui *ui, struct grid *grid, struct rect area)
{
    const struct editor *editor = &ui->current->editor;
    const struct editor_view *view = &ui->current->view;
    size_t start = ui->chooser.kind == CHOOSER_COMPLETION ? ui->chooser.start : editor->cursor;
    int row = editor_line_of (editor, start) - view->top + ui->editor_area.row - area.row;
    int column = editor_column_of (editor, start)
                 - editor_view_left (view, editor, editor_line_of (editor, start))
                 + ui->editor_area.column - area.column;
    if (ui_has_keys (ui))
        chooser_draw (&ui->chooser, grid, area, row, column);
}

static void
workspace_draw (struct ui *ui, struct grid *grid, struct rect area)
{
    if (!ui->current) {
        layout_notice (grid, area, "No workspace is open.", "1 shows the images: Enter opens one");
        return;
    }
    struct rect all = area;
    struct rect results = rect_cut_rows (&area, -(area.rows * 2 / 5 + 1));
    struct rect border = rect_cut_rows (&results, 1);
    border_draw (ui, grid, border, results_draw (ui, grid, results));
    if (ui->current->in_results)
        focus_draw (ui, grid, results);
    if (ui->current->conflict)
        conflict_draw (grid, &area, ui->current->differs);
    editor_draw (ui, grid, area);
    list_draw (ui, grid, all);
}

static bool
workspace_takes_text (const struct ui *ui)
{
    return ui->current && !ui->current->in_results;
}

static int
results_act (struct ui *ui, int request)
{
    struct workspace *workspace = ui->current;
    int page = ui->results_area.rows > 1 ? ui->results_area.rows - 1 : 1;
    int by = request == EDITOR_UP          ? 1
             : request == EDITOR_DOWN      ? -1
             : request == EDITOR_PAGE_UP   ? page
             : request == EDITOR_PAGE_DOWN ? -page
                                           : 0;
    if (by == 0 && request != EDITOR_TEXT_START && request != EDITOR_TEXT_END)
        return request;
    int up = workspace->results_up + by;
    if (request == EDITOR_TEXT_START)
        up = RESULTS_UP_ALL; /* drawing finds the first line */
    workspace->results_up = up < 0 || request == EDITOR_TEXT_END ? 0 : up;
    return SCREEN_DONE;
}

static int
editor_act (struct ui *ui, int request)
{
    struct workspace *workspace = ui->current;
    bool changes = request >= EDITOR_MOVE_COUNT && request < EDITOR_CHANGE_COUNT;
    if (request >= SCREEN_EDIT_LAST)
        return request;
    if (changes && !ui_may_edit (ui))
        return SCREEN_DONE;
    if (!editor_do (&workspace->editor, request, ui->editor_area.rows - 1))
        return changes ? request : SCREEN_DONE;
    workspace->history_back = 0;
    if (changes)
        ui_edited (ui);
    else if (workspace->mine)
        workspace_note_edit (workspace, ui->now); /* the cursor is kept too */
    return SCREEN_DONE;
}

static int
workspace_act (struct ui *ui, int request)
{
    struct workspace *workspace = ui->current;
    if (!workspace)
        return request;
    if (request == SCREEN_BACK && workspace->editor.marking && !workspace->in_results) {
        workspace->editor.marking = false;
        return SCREEN_DONE;
    }
    if (request == SCREEN_NEXT_PANEL || (request == SCREEN_BACK && !workspace->in_results)) {
        workspace->in_results = !workspace->in_results;
        return SCREEN_DONE;
    }
    if (request == SCREEN_OPEN && workspace->in_results) {
        workspace->in_results = false;
        return SCREEN_DONE;
    }
    return workspace->in_results ? results_act (ui, request) : editor_act (ui, request);
}

static void
workspace_mouse (struct ui *ui, const struct mouse *mouse)
{
    struct workspace *workspace = ui->current;
    if (!workspace)
        return;
    bool in_text = rect_holds (ui->editor_area, mouse->row, mouse->column);
    if (mouse->action == MOUSE_PRESS)
        workspace->in_results = rect_holds (ui->results_area, mouse->row, mouse->column);
    if (!in_text || mouse->button > 1)
        return;
    int line = workspace->view.top + mouse->row - ui->editor_area.row;
    struct editor *editor = &workspace->editor;
    int column =
        editor_view_left (&workspace->view, editor, line) + mouse->column - ui->editor_area.column;
    bool press = mouse->action == MOUSE_PRESS;
    editor->marking = false;
    editor_set_cursor (editor, editor_offset_at (editor, line, column),
                       !press || mouse->modifiers & KEY_SHIFT);
    if (press && ui->clicks.count > 1)
        editor_do (editor, ui->clicks.count == 2 ? EDITOR_SELECT_WORD : EDITOR_SELECT_LINE, 1);
}

static const char *const results_hints[] = {"next-panel", "page-up", "page-down", "help", "command",
                                            "edit",       "clear",   "close",     NULL};
static const char *const text_hints[] = {"do-it",      "print-it",  "help",    "back",
                                         "inspect-it", "interrupt", "command", "next-panel",
                                         "undo",       "complete",  NULL};

const struct screen screen_workspace = {
    .name = "workspace",
    .title = "Workspace",
    .group = COMMAND_WORKSPACE,
    .hints = results_hints,
    .text_hints = text_hints,
    .takes_text = workspace_takes_text,
    .draw_title = workspace_draw_title,
    .draw = workspace_draw,
    .act = workspace_act,
    .mouse = workspace_mouse,
};
