/* prompt.c: see prompt.h. */

#include "ui/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/words.h"
#include "ui/commands.h"
#include "ui/text.h"
#include "ui/ui_layouts.h"
#include "ui/ui_sessions.h"
#include "ui/ui_step.h"

void
prompt_fini (struct prompt *self)
{
    for (size_t index = 0; index < self->history_count; index++)
        free (self->history[index]);
    free (self->history);
    free (self->typed);
    editor_fini (&self->editor);
    *self = (struct prompt){0};
}

static const char *
prompt_text (const struct prompt *self)
{
    return self->editor.text ? self->editor.text : "";
}

static void
prompt_set (struct prompt *self, const char *text)
{
    editor_replace_all (&self->editor, text, strlen (text));
    editor_set_cursor (&self->editor, self->editor.size, false);
}

/* What is there now was typed; completion and history begin anew from it. */
static void
prompt_settle (struct prompt *self)
{
    free (self->typed);
    self->typed = NULL;
    self->choice = -1;
    self->back = 0;
}

static void
prompt_close (struct prompt *self)
{
    self->kind = PROMPT_CLOSED;
    editor_fini (&self->editor);
    prompt_settle (self);
}

void
prompt_open (struct ui *ui, enum prompt_kind kind, const char *text)
{
    struct prompt *self = &ui->prompt;
    prompt_close (self);
    self->kind = kind;
    self->editor.single_line = true;
    prompt_set (self, text);
    if (kind == PROMPT_FILTER) /* the old one goes with what is typed, and stays with a move */
        editor_select (&self->editor, 0, self->editor.size);
    ui_say (ui, ROLE_NORMAL, "%s", "");
}

void
prompt_confirm (struct ui *ui, const struct command *command, const char *argument,
                const char *expected, const char *question)
{
    struct prompt *self = &ui->prompt;
    char kept[PROMPT_ARGUMENT_MAX]; /* ARGUMENT may be what prompt_open lets go */
    snprintf (kept, sizeof kept, "%s", argument);
    prompt_open (ui, PROMPT_CONFIRM, "");
    self->command = command;
    memcpy (self->argument, kept, sizeof kept);
    snprintf (self->expected, sizeof self->expected, "%s", expected);
    snprintf (self->question, sizeof self->question, "%s", question);
    self->choices = NULL;
}

void
prompt_choose (struct ui *ui, const struct command *command, const char *const *choices,
               const char *question)
{
    prompt_confirm (ui, command, "", "", question);
    ui->prompt.choices = choices;
}

/* ---- completion ----------------------------------------------------------------------------- */

/* Places where candidates are gathered. */
struct gathering {
    struct prompt_candidate *candidates;
    size_t count;
    const char *prefix; /* what they begin with */
    const char *before; /* what stands before them in the line */
    int before_size;
};

static void
gather (struct gathering *self, const char *text, const char *help)
{
    if (strncmp (text, self->prefix, strlen (self->prefix)) != 0
        || self->count == PROMPT_CANDIDATES_MAX)
        return;
    struct prompt_candidate *candidate = &self->candidates[self->count++];
    snprintf (candidate->text, sizeof candidate->text, "%.*s%s", self->before_size, self->before,
              text);
    candidate->help = help;
}

/* What may stand behind the commands whose arguments are words of their own. */
static const struct {
    enum command_completes completes;
    const char *text, *help;
} words[] = {
    {COMPLETES_VERSIONS, "mine", "yours goes over the image's version"},
    {COMPLETES_VERSIONS, "theirs", "the image's version comes in place of yours"},
    {COMPLETES_VERSIONS, "both", "yours becomes a session of its own"},
    {COMPLETES_HELD, "send", "send it now"},
    {COMPLETES_HELD, "drop", "forget it, unsent"},
    {COMPLETES_DOUBT, "resolve ran", "it ran: forget it"},
    {COMPLETES_DOUBT, "resolve not-ran", "it did not run: forget it"},
    {COMPLETES_DOUBT, "resolve again", "hold it, to be sent again"},
    {COMPLETES_BUFFERS, "new", "make one"},
    {COMPLETES_BUFFERS, "close", "close this one"},
    {COMPLETES_BUFFERS, "list", "choose one"},
    {COMPLETES_BUFFERS, "next", "show the next"},
    {COMPLETES_ANSWERS, "place", "behind their code"},
    {COMPLETES_ANSWERS, "beside", "among the results"},
    {COMPLETES_MARKS, "all", "every image"},
    {COMPLETES_MARKS, "filter", "what the list shows"},
    {COMPLETES_MARKS, "none", "take all marks away"},
    {COMPLETES_MARKS, "protected", "those that ask first"},
    {COMPLETES_MARKS, "favourites", "those with a star"},
    {COMPLETES_FANOUT, "save ", "to a file: .json, or as text"},
    {COMPLETES_LAYOUTS, "save ", "these panes by a name"},
    {COMPLETES_FANOUT, "stop", "what waits is not sent"},
};

static void
gather_images (struct gathering *self, const struct ui *ui)
{
    for (size_t index = 0; index < ui->model.image_count; index++)
        gather (self, ui->model.images[index].name,
                stui_image_state_word (ui->model.images[index].state));
}

static void
gather_value (struct gathering *self, const char *key, const char *value, const char *help)
{
    char text[STUI_NAME_MAX + 16];
    snprintf (text, sizeof text, "%s%s", key, value);
    gather (self, text, help);
}

/* Each tag of an image that none before it has. */
static void
gather_tags (struct gathering *self, const struct model *model)
{
    for (size_t index = 0; index < model->image_count; index++) {
        size_t size;
        const char *tags = model->images[index].tags;
        const char *tag = words_next_tag (tags ? tags : "", &size);
        for (; size > 0; tag = words_next_tag (tag + size, &size)) {
            char text[STUI_NAME_MAX];
            size_t before = 0;
            snprintf (text, sizeof text, "%.*s", (int) size, tag);
            while (before < index && !words_have_tag (model->images[before].tags, text))
                before++;
            if (before == index)
                gather_value (self, "tag=", text, "those with this tag");
        }
    }
}

/* Each state that an image is in. */
static void
gather_states (struct gathering *self, const struct model *model)
{
    for (int state = 0; state < STUI_IMAGE_COUNT; state++)
        if (model->state_counts[state] > 0)
            gather_value (self, "state=", stui_image_state_word ((enum stui_image_state) state),
                          "those in this state");
}

static void
gather_layouts (struct gathering *self, const struct ui *ui)
{
    const char *name;
    for (size_t place = 0; (name = ui_layouts_name (ui, place)); place++)
        gather (self, name, "show it");
    for (size_t place = 0; (name = ui_layouts_name (ui, place)); place++)
        gather_value (self, "delete ", name, "forget it");
}

/* Buffers come before the words, tags, states and images after them. */
static void
gather_arguments (struct gathering *self, const struct ui *ui, const struct command *command)
{
    enum command_completes completes = command->completes;
    for (size_t place = 0;
         completes == COMPLETES_BUFFERS && ui->current && place < ui->current->buffer_count;
         place++)
        gather (self, ui->current->buffers[place].name, "show it");
    for (int sort = 0; completes == COMPLETES_SORTS && sort < MODEL_SORT_COUNT; sort++)
        gather (self, model_sort_word ((enum model_sort) sort), "");
    for (int theme = 0; completes == COMPLETES_THEMES && theme < STUI_THEME_COUNT; theme++)
        gather (self, stui_theme_word ((enum stui_theme) theme), "");
    for (const struct command *row = completes == COMPLETES_COMMANDS ? commands_first () : NULL;
         row; row = commands_next (row))
        gather (self, row->name, row->help);
    for (size_t index = 0; index < sizeof words / sizeof *words; index++)
        if (words[index].completes == completes)
            gather (self, words[index].text, words[index].help);
    if (completes == COMPLETES_LAYOUTS)
        gather_layouts (self, ui);
    if (completes == COMPLETES_MARKS) {
        gather_tags (self, &ui->model);
        gather_states (self, &ui->model);
    }
    if (completes == COMPLETES_IMAGES || completes == COMPLETES_MARKS)
        gather_images (self, ui);
}

size_t
prompt_candidates (const struct ui *ui, struct prompt_candidate *candidates)
{
    const struct prompt *self = &ui->prompt;
    if (self->kind != PROMPT_COMMAND)
        return 0;
    const char *line = self->typed ? self->typed : prompt_text (self);
    line += strspn (line, " ");
    size_t size = strcspn (line, " ");
    struct gathering all = {.candidates = candidates, .prefix = line, .before = line};
    if (line[size] == '\0') {
        for (const struct command *row = commands_first (); row; row = commands_next (row))
            gather (&all, row->name, row->help);
        return all.count;
    }
    const struct command *command = commands_find (line, size);
    if (!command)
        return 0;
    all.prefix = line + size + strspn (line + size, " ");
    all.before_size = (int) (all.prefix - line);
    if (all.before_size < (int) sizeof candidates->text - STUI_NAME_MAX)
        gather_arguments (&all, ui, command);
    return all.count;
}

/* Tab: the only candidate at once, else one after the other, and then what was typed again. */
static void
prompt_complete (struct ui *ui, int step)
{
    struct prompt *self = &ui->prompt;
    struct prompt_candidate candidates[PROMPT_CANDIDATES_MAX];
    int count = (int) prompt_candidates (ui, candidates);
    if (count == 0) {
        ui_bell (ui);
        return;
    }
    if (count == 1) {
        char line[sizeof candidates->text + 1];
        snprintf (line, sizeof line, "%s ", candidates[0].text);
        prompt_set (self, line);
        prompt_settle (self);
        return;
    }
    if (!self->typed)
        self->typed = stui_strdup (prompt_text (self));
    int choice = self->choice + step;
    self->choice = choice >= count ? -1 : choice < -1 ? count - 1 : choice;
    prompt_set (self, self->choice < 0 ? self->typed : candidates[self->choice].text);
}

/* ---- history -------------------------------------------------------------------------------- */

static void
prompt_remember (struct prompt *self, const char *line)
{
    if (self->history_count > 0 && strcmp (self->history[self->history_count - 1], line) == 0)
        return;
    if (self->history_count == PROMPT_HISTORY_MAX) {
        free (self->history[0]);
        memmove (self->history, self->history + 1, --self->history_count * sizeof *self->history);
    }
    stui_grow (&self->history, &self->history_capacity, self->history_count, sizeof *self->history);
    self->history[self->history_count++] = stui_strdup (line);
}

static void
prompt_recall (struct ui *ui, int step)
{
    struct prompt *self = &ui->prompt;
    if ((step > 0 && self->back >= self->history_count) || (step < 0 && self->back == 0)) {
        ui_bell (ui);
        return;
    }
    if (self->back == 0) {
        prompt_settle (self);
        self->typed = stui_strdup (prompt_text (self));
    }
    self->back = step > 0 ? self->back + 1 : self->back - 1;
    if (self->back > 0) {
        prompt_set (self, self->history[self->history_count - self->back]);
        return;
    }
    prompt_set (self, self->typed);
    prompt_settle (self);
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void
prompt_run (struct ui *ui, const char *argument)
{
    struct prompt *self = &ui->prompt;
    self->confirmed = true;
    self->command->run (ui, self->command, argument);
    self->confirmed = false;
}

/* Whether LINE answers the question as it must be answered; then it is carried out. */
static bool
prompt_answer (struct ui *ui, const char *line)
{
    struct prompt *self = &ui->prompt;
    char argument[PROMPT_ARGUMENT_MAX];
    if (!self->choices && strcmp (line, self->expected) == 0) {
        memcpy (argument, self->argument, sizeof argument);
        prompt_run (ui, argument);
        return true;
    }
    for (const char *const *choice = self->choices; choice && *choice; choice++)
        if (*line && strncmp (line, *choice, strlen (line)) == 0) {
            prompt_run (ui, *choice);
            return true;
        }
    return false;
}

static void
prompt_enter (struct ui *ui)
{
    struct prompt *self = &ui->prompt;
    enum prompt_kind kind = self->kind;
    char *line = stui_strdup (prompt_text (self));
    prompt_close (self);
    if (kind == PROMPT_COMMAND && *line) {
        prompt_remember (self, line);
        commands_run_line (ui, line);
    }
    else if (kind == PROMPT_CONFIRM && !prompt_answer (ui, line)) {
        ui_say (ui, ROLE_NORMAL, "Nothing was done");
    }
    free (line);
}

static void
prompt_escape (struct ui *ui)
{
    struct prompt *self = &ui->prompt;
    enum prompt_kind kind = self->kind;
    prompt_close (self);
    if (kind == PROMPT_FILTER)
        ui_set_filter (ui, "");
    else if (kind == PROMPT_CONFIRM)
        ui_say (ui, ROLE_NORMAL, "Nothing was done");
}

/* The filter works while it is typed; a question that wants one letter takes it without Enter. */
static void
prompt_changed (struct ui *ui)
{
    struct prompt *self = &ui->prompt;
    prompt_settle (self);
    if (self->kind == PROMPT_FILTER)
        ui_set_filter (ui, prompt_text (self));
    else if (self->kind == PROMPT_CONFIRM && (self->choices || strlen (self->expected) == 1)
             && self->editor.size > 0)
        prompt_enter (ui);
}

static bool
prompt_own_key (struct ui *ui, struct key key)
{
    if (key.modifiers == KEY_SHIFT && key.symbol == KEY_TAB) {
        prompt_complete (ui, -1);
        return true;
    }
    if (key.modifiers)
        return false;
    switch (key.symbol) {
    case KEY_ENTER:
        prompt_enter (ui);
        return true;
    case KEY_ESCAPE:
        prompt_escape (ui);
        return true;
    case KEY_TAB:
        prompt_complete (ui, 1);
        return true;
    case KEY_UP:
        prompt_recall (ui, 1);
        return true;
    case KEY_DOWN:
        prompt_recall (ui, -1);
        return true;
    case KEY_BACKSPACE: /* on an empty line: as Esc */
        if (ui->prompt.editor.size > 0)
            return false;
        prompt_escape (ui);
        return true;
    default:
        return false;
    }
}

void
prompt_key (struct ui *ui, struct key key)
{
    struct prompt *self = &ui->prompt;
    if (prompt_own_key (ui, key))
        return;
    if (key_is_text (key)) {
        char bytes[4];
        editor_insert (&self->editor, bytes, text_encode (key.codepoint, bytes), true);
        prompt_changed (ui);
        return;
    }
    const struct command *command = keymap_find (&ui->keymap, KEYMAP_TEXT, COMMAND_TEXT, key);
    int op = command ? commands_editor_op (command) : -1;
    size_t before = self->editor.size;
    if (op < 0 && key.modifiers == KEY_CTRL && key.codepoint == 'c')
        prompt_escape (ui);
    else if (op < 0)
        ui_bell (ui);
    else if (editor_do (&self->editor, op, 1) && self->editor.size != before)
        prompt_changed (ui);
}

void
prompt_paste (struct ui *ui, const char *text, size_t size)
{
    editor_insert (&ui->prompt.editor, text, size, false);
    prompt_changed (ui);
}

/* ---- drawing -------------------------------------------------------------------------------- */

void
prompt_draw (const struct ui *ui, struct grid *grid, struct rect line)
{
    const struct prompt *self = &ui->prompt;
    static const char *const leads[] = {
        [PROMPT_COMMAND] = ":", [PROMPT_FILTER] = "/", [PROMPT_CONFIRM] = ""};
    struct style normal = style_of (grid, ROLE_NORMAL), key = style_of (grid, ROLE_KEY);
    int column = grid_string (grid, line, 0, 1, key, leads[self->kind]);
    if (self->kind == PROMPT_CONFIRM) {
        column = grid_string (grid, line, 0, 1, style_of (grid, ROLE_WARNING), self->question);
        column += 1;
    }
    struct rect field = line;
    rect_cut_columns (&field, column);
    int cursor = editor_column_of (&self->editor, self->editor.cursor);
    int left = cursor >= field.columns ? cursor - field.columns + 1 : 0;
    grid_text (grid, field, 0, -left, normal, prompt_text (self), self->editor.size);
    size_t from = editor_selection_start (&self->editor), to = editor_selection_end (&self->editor);
    if (from < to)
        grid_text (grid, field, 0, editor_column_of (&self->editor, from) - left,
                   style_of (grid, ROLE_SELECTION), prompt_text (self) + from, to - from);
    grid_set_cursor (grid, field, 0, cursor - left, CURSOR_BAR);
    if (self->kind == PROMPT_FILTER && self->editor.size == 0)
        grid_string (grid, field, 0, 2, style_of (grid, ROLE_DIM),
                     ui->screen == SCREEN_EVENTS       ? "words, kind=, image=, !not"
                     : ui->screen == SCREEN_TRANSCRIPT ? "words, image=, !not"
                                                       : "part of a name, address, state or cause");
}

void
prompt_draw_candidates (const struct ui *ui, struct grid *grid, struct rect above)
{
    enum { NAME_WIDTH = 20 };
    struct prompt_candidate candidates[PROMPT_CANDIDATES_MAX];
    int count = (int) prompt_candidates (ui, candidates);
    int rows = above.rows / 2 < 10 ? above.rows / 2 : 10;
    rows = count < rows ? count : rows;
    if (rows < 1)
        return;
    int chosen = ui->prompt.choice;
    int first = chosen >= rows ? chosen - rows + 1 : 0;
    struct rect list = rect_cut_rows (&above, -rows);
    struct rect border = rect_cut_rows (&above, -1);
    grid_fill (grid, list, style_of (grid, ROLE_NORMAL));
    grid_line_across (grid, border, style_of (grid, ROLE_FOCUS));
    grid_string (grid, border, 0, 2, style_of (grid, ROLE_FOCUS), " Tab completes ");
    for (int row = 0; row < rows; row++) {
        const struct prompt_candidate *candidate = &candidates[first + row];
        bool is_chosen = first + row == chosen;
        struct style name = style_of (grid, is_chosen ? ROLE_SELECTION : ROLE_KEY);
        struct style help = style_of (grid, is_chosen ? ROLE_SELECTION : ROLE_DIM);
        int width = text_width (candidate->text, strlen (candidate->text), 200) > NAME_WIDTH
                        ? list.columns / 2
                        : NAME_WIDTH;
        grid_string (grid, list, row, 0, name, "  ");
        int column =
            grid_field (grid, list, row, 2, width, name, candidate->text, strlen (candidate->text));
        grid_field (grid, list, row, column, list.columns - column, help, candidate->help,
                    strlen (candidate->help));
    }
}
