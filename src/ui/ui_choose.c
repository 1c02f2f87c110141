/* ui_choose.c: see ui_choose.h. */

#include "ui/ui_choose.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "ui/code.h"
#include "ui/complete.h"
#include "ui/text.h"
#include "ui/workspace_buffers.h"

enum {
    CODE_SENT_MAX =
        16384, /* bytes before the word that the image sees: variables are declared there */
    INPUTS_READ_MAX = 100, /* inputs of before whose words are offered */
};

static const char asking[] = "asking the image", answered[] = "Enter takes it",
                  alone[] = "words from here", searching[] = "inputs of before";

static const char *
text_of (const struct editor *editor)
{
    return editor->text ? editor->text : "";
}

bool
ui_put_in (struct ui *self, const char *text)
{
    struct editor *editor = &self->current->editor;
    char why[WORKSPACE_WHY_SIZE];
    size_t start = editor_selection_start (editor);
    if (!editor_insert (editor, text, strlen (text), false)) {
        ui_say (self, ROLE_WARNING, "%s", workspace_full_why (self->current, why));
        return false;
    }
    editor->mark = start;
    ui_edited (self);
    return true;
}

/* ---- completion ----------------------------------------------------------------------------- */

/* What is asked about: the code before the cursor, from a line's beginning on. */
static void
ask_image (struct ui *self)
{
    struct chooser *chooser = &self->chooser;
    const struct workspace *workspace = self->current;
    const struct editor *editor = &workspace->editor;
    size_t from = editor->cursor > CODE_SENT_MAX ? editor->cursor - CODE_SENT_MAX : 0, position = 0;
    while (from > 0 && from < chooser->start && editor->text[from - 1] != '\n')
        from++;
    for (size_t at = from; at < editor->cursor; at++)
        position += (editor->text[at] & 0xC0) != 0x80;
    char *code = stui_strndup (editor->text + from, editor->cursor - from);
    char *prefix = stui_strndup (editor->text + chooser->start, editor->cursor - chooser->start);
    struct json *parameters = json_object ();
    json_set_text (parameters, "prefix", prefix);
    json_set_text (parameters, "code", code);
    json_set_number (parameters, "position", (int64_t) position);
    if (workspace->session[0])
        json_set_text (parameters, "session_id", workspace->session);
    char *text = json_print (parameters), peer[STUI_ACTOR_ID_MAX + 1];
    struct msg *msg = msg_new (ui_peer (workspace->image, peer), MSG_COMMAND, self->last_ref + 1,
                               "complete", text, (uint64_t) 0, "");
    struct ui_ask *ask = ui_ask_about (self, UI_ASK_COMPLETE, workspace, msg);
    chooser->ref = ask ? ask->ref : 0;
    chooser->again = false;
    chooser->title = ask ? asking : alone;
    free (text);
    json_destroy (&parameters);
    free (prefix);
    free (code);
}

/* The words from here behind what the list has. */
static void
add_local (struct ui *self)
{
    struct chooser *chooser = &self->chooser;
    const struct workspace *workspace = self->current;
    const struct editor *editor = &workspace->editor;
    const char *prefix = text_of (editor) + chooser->start;
    size_t size = editor->cursor - chooser->start;
    complete_from_text (chooser, text_of (editor), editor->size, prefix, size, chooser->start);
    for (size_t back = 1; back <= INPUTS_READ_MAX && workspace_history (workspace, back); back++) {
        const char *input = workspace_history (workspace, back);
        complete_from_text (chooser, input, strlen (input), prefix, size, SIZE_MAX);
    }
    complete_from_pseudo (chooser, prefix, size);
}

/* The word was typed on, or back: what still begins so stays, in its order. */
static void
narrow (struct ui *self)
{
    struct chooser *chooser = &self->chooser;
    const struct editor *editor = &self->current->editor;
    struct chooser old = *chooser;
    char *chosen;
    chooser->items = NULL;
    chooser->count = chooser->capacity = 0;
    for (size_t index = 0; index < old.count; index++) {
        const struct chooser_item *item = &old.items[index];
        if (complete_matches (item->text, strlen (item->text), text_of (editor) + chooser->start,
                              editor->cursor - chooser->start))
            chooser_add (chooser, item->text, strlen (item->text), item->note);
    }
    chosen = old.moved && chooser_chosen (&old) ? stui_strdup (chooser_chosen (&old)) : NULL;
    for (size_t index = 0; index < old.count; index++)
        free (old.items[index].text);
    free (old.items);
    add_local (self);
    chooser->selected = 0;
    chooser_settle (chooser, &chosen);
}

/* Where the word before the cursor begins. */
static size_t
word_start (const struct editor *editor)
{
    return code_word_before (text_of (editor), editor->size, editor->cursor);
}

void
ui_complete (struct ui *self)
{
    struct chooser *chooser = &self->chooser;
    if (chooser->kind == CHOOSER_COMPLETION) {
        chooser_move (chooser, 1);
        return;
    }
    if (self->screen != SCREEN_WORKSPACE || !ui_takes_text (self) || !ui_may_edit (self))
        return;
    struct editor *editor = &self->current->editor;
    editor_set_cursor (editor, editor->cursor, false);
    size_t start = word_start (editor);
    if (start == editor->cursor) {
        ui_say (self, ROLE_NORMAL, "Type the beginning of a word first: then it is completed");
        return;
    }
    chooser_open (chooser, CHOOSER_COMPLETION, asking);
    chooser->owner = self->current->number;
    chooser->start = start;
    chooser->end = editor->cursor;
    add_local (self);
    ask_image (self);
    if (chooser->ref == 0 && chooser->count == 0)
        chooser_close (chooser);
}

/* The image's candidates first. */
static void
take_candidates (struct ui *self, const struct json *result)
{
    static const char *const kinds[] = {"variable", "pseudo", "class", "global", "selector"};
    struct chooser *chooser = &self->chooser;
    char *chosen;
    chooser_clear (chooser, &chosen);
    const struct json *row = json_first (json_get (result, "candidates"));
    for (; row; row = json_next (row)) {
        const char *text = json_get_text (row, "text"), *kind = json_get_text (row, "kind");
        const char *note = "";
        for (size_t index = 0; kind && index < sizeof kinds / sizeof *kinds; index++)
            note = strcmp (kinds[index], kind) == 0 ? kinds[index] : note;
        const struct editor *editor = &self->current->editor;
        if (text
            && complete_matches (text, strlen (text), editor->text + chooser->start,
                                 editor->cursor - chooser->start))
            chooser_add (chooser, text, strlen (text), note);
    }
    add_local (self);
    chooser_settle (chooser, &chosen);
}

void
ui_chooser_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                   const struct json *result)
{
    struct chooser *chooser = &self->chooser;
    if (chooser->kind != CHOOSER_COMPLETION || chooser->ref != ask->ref)
        return; /* it was given up */
    ui_chooser_follow (self);
    if (chooser->kind != CHOOSER_COMPLETION)
        return;
    chooser->ref = 0;
    self->dirty |= UI_DIRTY_KEY;
    if (result)
        take_candidates (self, result);
    chooser->title = result ? answered : alone;
    if (chooser->again && result) {
        ask_image (self);
        return;
    }
    if (chooser->count > 0)
        return;
    const struct editor *editor = &self->current->editor;
    int size = (int) (editor->cursor - chooser->start);
    if (result)
        ui_say (self, ROLE_NORMAL, "Nothing known begins with %.*s", size < 60 ? size : 60,
                editor->text + chooser->start);
    else
        ui_say (self, ROLE_WARNING, "Nothing here begins so, and the image did not say: %s",
                msg->verb == MSG_ERROR ? msg_text (msg, 1) : "its answer was damaged");
    chooser_close (chooser);
}

static void
take_completion (struct ui *self)
{
    struct chooser *chooser = &self->chooser;
    struct editor *editor = &self->current->editor;
    const char *chosen = chooser_chosen (chooser);
    if (chosen && ui_may_edit (self)) {
        size_t start = chooser->start, cursor;
        bool symbol = start > 0 && editor->text[start - 1] == '#';
        char *typed = complete_typed (chosen, symbol, &cursor);
        editor_select (editor, start, editor->cursor);
        if (ui_put_in (self, typed))
            editor_set_cursor (editor, start + cursor, false);
        free (typed);
    }
    chooser_close (chooser);
}

/* ---- inputs of before ----------------------------------------------------------------------- */

static void
list_inputs (struct ui *self)
{
    struct chooser *chooser = &self->chooser;
    const char *wanted = text_of (&chooser->query);
    char *chosen, *input;
    chooser_clear (chooser, &chosen);
    for (size_t back = 1; (input = (char *) workspace_history (self->current, back)); back++)
        if (strcasestr (input, wanted))
            chooser_add (chooser, input, strlen (input), "");
    chooser_settle (chooser, &chosen);
}

void
ui_search_history (struct ui *self)
{
    struct chooser *chooser = &self->chooser;
    if (chooser->kind == CHOOSER_HISTORY) {
        chooser_move (chooser, 1);
        return;
    }
    if (self->screen != SCREEN_WORKSPACE || !ui_takes_text (self) || !ui_may_edit (self))
        return;
    if (!workspace_history (self->current, 1)) {
        ui_say (self, ROLE_NORMAL, "Nothing was evaluated here yet");
        return;
    }
    chooser_open (chooser, CHOOSER_HISTORY, searching);
    chooser->owner = self->current->number;
    list_inputs (self);
}

static void
take_input (struct ui *self)
{
    const char *chosen = chooser_chosen (&self->chooser);
    if (chosen && ui_may_edit (self))
        ui_put_in (self, chosen);
    chooser_close (&self->chooser);
}

/* Whether KEY edits the query. */
static bool
query_key (struct ui *self, struct key key)
{
    struct editor *query = &self->chooser.query;
    const struct command *command = keymap_find (&self->keymap, KEYMAP_TEXT, COMMAND_TEXT, key);
    int op = command ? commands_editor_op (command) : -1;
    char bytes[4];
    if (key_is_text (key))
        editor_insert (query, bytes, text_encode (key.codepoint, bytes), true);
    else if (op >= 0)
        editor_do (query, op, 1);
    else
        return false;
    list_inputs (self);
    return true;
}

/* ---- buffers -------------------------------------------------------------------------------- */

void
ui_list_buffers (struct ui *self)
{
    struct chooser *chooser = &self->chooser;
    const struct workspace *workspace = self->current;
    if (chooser->kind == CHOOSER_BUFFERS) {
        chooser_move (chooser, 1);
        return;
    }
    if (self->screen != SCREEN_WORKSPACE || !ui_takes_text (self))
        return;
    chooser_open (chooser, CHOOSER_BUFFERS, "buffers");
    chooser->owner = workspace->number;
    for (size_t place = 0; place < workspace->buffer_count; place++) {
        const struct workspace_buffer *buffer = &workspace->buffers[place];
        bool empty = buffers_at (workspace, place)->size == 0;
        chooser_add (chooser, buffer->name, strlen (buffer->name),
                     buffer->path ? "file"
                     : empty      ? "empty"
                                  : "");
    }
    chooser->selected = workspace->buffer;
}

void
ui_show_buffer (struct ui *self, size_t place)
{
    struct workspace *workspace = self->current;
    buffers_show (workspace, place);
    workspace->history_back = 0;
    workspace->in_results = false;
    if (workspace->mine)
        workspace_note_edit (workspace, self->now);
}

static void
take_buffer (struct ui *self)
{
    const char *chosen = chooser_chosen (&self->chooser);
    int place = chosen ? buffers_find (self->current, chosen) : -1;
    if (place >= 0)
        ui_show_buffer (self, (size_t) place);
    chooser_close (&self->chooser);
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void (*const takes[CHOOSER_KIND_COUNT]) (struct ui *self) = {
    [CHOOSER_COMPLETION] = take_completion,
    [CHOOSER_HISTORY] = take_input,
    [CHOOSER_BUFFERS] = take_buffer,
};

/* Up, down, and what ends it; the same in all lists. */
static bool
list_key (struct ui *self, struct key key)
{
    struct chooser *chooser = &self->chooser;
    bool back = key.symbol == KEY_UP || key.symbol == KEY_PAGE_UP;
    if (key.modifiers == KEY_SHIFT && key.symbol == KEY_TAB) {
        chooser_move (chooser, -1);
        return true;
    }
    if (key.modifiers)
        return false;
    switch (key.symbol) {
    case KEY_UP:
    case KEY_DOWN:
        chooser_move (chooser, back ? -1 : 1);
        return true;
    case KEY_PAGE_UP:
    case KEY_PAGE_DOWN:
        chooser_move (chooser, back ? -CHOOSER_ROWS : CHOOSER_ROWS);
        return true;
    case KEY_ESCAPE:
        chooser_close (chooser);
        return true;
    case KEY_ENTER:
    case KEY_TAB:
        takes[chooser->kind](self);
        return true;
    default:
        return false;
    }
}

bool
ui_chooser_key (struct ui *self, struct key key)
{
    struct chooser *chooser = &self->chooser;
    if (chooser->kind == CHOOSER_CLOSED)
        return false;
    if (list_key (self, key) || (chooser->kind == CHOOSER_HISTORY && query_key (self, key)))
        return true;
    const struct command *command =
        keymap_find (&self->keymap, KEYMAP_TEXT, COMMAND_WORKSPACE, key);
    static const char *const going_on[] = {"complete", "search-input", "list-buffers", "backspace"};
    bool goes_on = key_is_text (key) && chooser->kind == CHOOSER_COMPLETION;
    for (size_t index = 0; command && index < sizeof going_on / sizeof *going_on; index++)
        goes_on = goes_on || strcmp (command->name, going_on[index]) == 0;
    if (!goes_on)
        chooser_close (chooser); /* and the key does what it always does */
    return false;
}

bool
ui_chooser_paste (struct ui *self, const char *text, size_t size)
{
    if (self->chooser.kind != CHOOSER_HISTORY)
        return false;
    editor_insert (&self->chooser.query, text, size, false);
    list_inputs (self);
    return true;
}

void
ui_chooser_follow (struct ui *self)
{
    struct chooser *chooser = &self->chooser;
    if (chooser->kind == CHOOSER_CLOSED)
        return;
    const struct workspace *workspace = self->current;
    bool stays = self->screen == SCREEN_WORKSPACE && workspace
                 && workspace->number == chooser->owner && ui_takes_text (self)
                 && self->prompt.kind == PROMPT_CLOSED;
    if (!stays) {
        chooser_close (chooser);
        return;
    }
    const struct editor *editor = &workspace->editor;
    if (chooser->kind != CHOOSER_COMPLETION)
        return;
    if (editor->cursor <= chooser->start || word_start (editor) != chooser->start) {
        chooser_close (chooser);
        return;
    }
    if (editor->cursor == chooser->end)
        return;
    chooser->end = editor->cursor;
    narrow (self);
    chooser->again = true;
    if (chooser->ref == 0)
        ask_image (self);
}
