/* ui_files.c: see ui_files.h. */

#include "ui/ui_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "ui/commands_sessions.h"
#include "ui/text.h"
#include "ui/ui_choose.h"
#include "ui/workspace_buffers.h"

/* What is done with a file that another program changed. */
static const char *const ways[] = {"overwrite", "keep-both", "cancel", NULL};

enum { NAME_SHOWN = 80 /* bytes of a path in a sentence: its end */ };

char *
ui_file_path (const char *name, const char *directory, const char *home)
{
    if (*name == '/')
        return stui_strdup (name);
    bool at_home = name[0] == '~' && name[1] == '/';
    const char *base = at_home ? home : directory;
    if (!base || *base != '/')
        return NULL;
    return stui_printf ("%s/%s", strcmp (base, "/") == 0 ? "" : base, at_home ? name + 2 : name);
}

/* The end of PATH. */
static const char *
shown (const char *path)
{
    size_t size = strlen (path), skip = size > NAME_SHOWN ? size - NAME_SHOWN : 0;
    while ((path[skip] & 0xC0) == 0x80)
        skip++;
    return path + skip;
}

/* Asks the worker MSG about PATH, which is taken over. */
static void
file_ask (struct ui *self, enum ui_ask_kind kind, char *path, struct msg *msg)
{
    if (ui_ask_about (self, kind, self->current, msg)) {
        free (self->file);
        self->file = path;
        self->file_buffer = buffers_current (self->current)->number;
    }
    else
        free (path);
}

char *
ui_file_resolve (struct ui *self, const char *name)
{
    char *path = ui_file_path (name, self->directory, self->home);
    if (!path)
        ui_say (self, ROLE_WARNING, "Write the whole path, from / on: nobody knows where %.80s is",
                name);
    return path;
}

/* The path that NAME means; NULL, and it was said why not. */
static char *
file_named (struct ui *self, const char *name)
{
    if (self->file) {
        ui_say (self, ROLE_WARNING, "Wait: the worker is still at %s", shown (self->file));
        return NULL;
    }
    return ui_file_resolve (self, name);
}

/* What a file holds as one number (FNV-1a); never 0. */
static uint64_t
file_sum (const char *text)
{
    uint64_t sum = 14695981039346656037U;
    for (; *text; text++)
        sum = (sum ^ (unsigned char) *text) * 1099511628211U;
    return sum ? sum : 1;
}

/* ---- open ----------------------------------------------------------------------------------- */

void
ui_file_open (struct ui *self, const char *name)
{
    if (!ui_may_edit (self))
        return;
    char *path = file_named (self, name);
    int place = path ? buffers_find_path (self->current, path) : -1;
    if (place >= 0) {
        ui_show_buffer (self, (size_t) place);
        ui_say (self, ROLE_NORMAL, "It is open: this is its buffer, as it was left");
        free (path);
    }
    else if (path) {
        ui_want_owner (self); /* its worker reads the file */
        file_ask (self, UI_ASK_FILE_OPEN, path,
                  msg_new ("worker", MSG_FILE_READ, self->last_ref + 1, path));
    }
}

static size_t
all_bytes (const struct workspace *workspace)
{
    return workspace->editor.size + workspace->editor.others;
}

static void
file_opened (struct ui *self, struct workspace *workspace, const char *path, const char *bytes)
{
    size_t size;
    char *text = text_clean (bytes, strlen (bytes), &size);
    const char *name = strrchr (path, '/') + 1;
    buffers_show (workspace, workspace->buffer);
    if (all_bytes (workspace) + size > EDITOR_TEXT_MAX)
        ui_say (self, ROLE_WARNING, "%s has %zu KB, and there is room for %zu: not opened",
                shown (path), (size + 1023) / 1024,
                all_bytes (workspace) < EDITOR_TEXT_MAX
                    ? (EDITOR_TEXT_MAX - all_bytes (workspace)) / 1024
                    : 0);
    else if (!buffers_add (workspace, name))
        ui_say (self, ROLE_WARNING, "There are %d buffers already: close one first",
                WORKSPACE_BUFFERS_MAX);
    else {
        editor_insert (&workspace->editor, text, size, false);
        editor_forget (&workspace->editor); /* undo does not empty it */
        editor_set_cursor (&workspace->editor, 0, false);
        buffers_current (workspace)->path = stui_strdup (path);
        buffers_current (workspace)->file_sum = file_sum (bytes);
        workspace_note_edit (workspace, self->now);
        ui_say (self, ROLE_SUCCESS, "%s: %d lines", shown (path),
                editor_line_count (&workspace->editor) - (size > 0 && text[size - 1] == '\n'));
    }
    free (text);
}

/* ---- write ---------------------------------------------------------------------------------- */

/* PATH is taken over. */
static void
file_send (struct ui *self, const struct workspace *workspace, char *path)
{
    const char *text = workspace->editor.text ? workspace->editor.text : "";
    self->file_sum = file_sum (text);
    file_ask (self, UI_ASK_FILE_WRITE, path,
              msg_new ("worker", MSG_FILE_WRITE, self->last_ref + 1, path, text, (uint64_t) 1));
}

/* NAME beside PATH: "a.st" is "a-mine.st". Caller frees. */
static char *
name_beside (const char *path)
{
    const char *name = strrchr (path, '/') + 1, *end = strrchr (name, '.');
    int size = (int) (end && end > name ? end - path : (long) strlen (path));
    return stui_printf ("%.*s-mine%s", size, path, path + size);
}

/* The answer to whether what another program wrote is to be gone over. */
static void
write_over_changed (struct ui *self, const struct command *command, const char *way)
{
    const char *path = buffers_current (self->current)->path;
    if (!path || strcmp (way, "cancel") == 0)
        ui_say (self, ROLE_NORMAL, "Not written: the file is as the other program left it");
    else if (strcmp (way, "overwrite") == 0) {
        char *whole = file_named (self, path);
        if (whole)
            file_send (self, self->current, whole);
    }
    else {
        char *beside = name_beside (path);
        command_type_on (self, command, beside);
        ui_say (self, ROLE_NORMAL, "Under which name? It is the buffer's file from then on");
        free (beside);
    }
}

void
ui_file_write (struct ui *self, const struct command *command, const char *name)
{
    const struct workspace_buffer *buffer = buffers_current (self->current);
    const char *own = buffer->path;
    if (self->prompt.confirmed && buffer->number != self->file_buffer) {
        ui_say (self, ROLE_WARNING, "It was not written: you went on");
        return;
    }
    if (self->prompt.confirmed && self->file_changed) {
        write_over_changed (self, command, name);
        return;
    }
    if (!*name && !own) {
        command_type_on (self, command, "");
        ui_say (self, ROLE_NORMAL, "To which file? It is the buffer's from then on");
        return;
    }
    char *path = file_named (self, *name ? name : own);
    if (!path)
        return;
    if (self->prompt.confirmed)
        file_send (self, self->current, path);
    else
        file_ask (self, UI_ASK_FILE_LOOK, path,
                  msg_new ("worker", MSG_FILE_READ, self->last_ref + 1, path));
}

/* The file that is to be written is there with TEXT, or not. */
static void
file_looked (struct ui *self, struct workspace *workspace, char *path, const struct msg *msg,
             const char *text)
{
    const struct command *write = commands_find ("write", strlen ("write"));
    const struct workspace_buffer *buffer = buffers_current (workspace);
    bool own = buffer->path && strcmp (buffer->path, path) == 0;
    bool told = own && buffer->path_told;
    bool there =
        msg->verb != MSG_ERROR || stui_err_from_word (msg_text (msg, 0)) != STUI_E_NOT_FOUND;
    bool same = own && !told && text && file_sum (text) == buffer->file_sum;
    char question[PROMPT_QUESTION_MAX];
    self->file_changed = own && !told && there && !same;
    if (workspace != self->current || buffer->number != self->file_buffer)
        ui_say (self, ROLE_WARNING, "%s was not written: you went on", shown (path));
    else if (same || (!there && !told))
        file_send (self, workspace, stui_strdup (path));
    else if (strlen (path) >= PROMPT_ARGUMENT_MAX)
        ui_say (self, ROLE_WARNING, "The file's name is too long to ask about: not written");
    else if (self->file_changed) {
        snprintf (question, sizeof question,
                  "Another program changed %s: (o)verwrite, (k)eep both, (c)ancel?",
                  strrchr (path, '/') + 1);
        prompt_choose (self, write, ways, question);
    }
    else
        command_asks (self, write, path, "y",
                      there ? "%s is there already: write over it? y/n"
                            : "The session names %s, which is not there: make it? y/n",
                      shown (path));
}

static void
file_written (struct ui *self, struct workspace *workspace, const char *path,
              const struct json *result)
{
    struct workspace_buffer *buffer = buffers_numbered (workspace, self->file_buffer);
    ui_say (self, ROLE_SUCCESS, "%s is written, %lld bytes", shown (path),
            (long long) json_get_number (result, "bytes", 0));
    if (!buffer)
        return; /* closed since */
    buffer->path_told = false;
    buffer->file_sum = self->file_sum;
    if (buffer->path && strcmp (buffer->path, path) == 0)
        return;
    free (buffer->path);
    buffer->path = stui_strdup (path);
    if (workspace->mine)
        workspace_note_edit (workspace, self->now);
}

/* ---- the user's own editor ------------------------------------------------------------------ */

void
ui_edit_outside (struct ui *self)
{
    if (!ui_may_edit (self))
        return;
    const struct editor *editor = &self->current->editor;
    self->outside_workspace = self->current->number;
    self->outside_buffer = buffers_current (self->current)->number;
    ui_do (self, UI_EXTERNAL);
    self->actions[self->action_count - 1].text = stui_strdup (editor->text ? editor->text : "");
}

/* The text's editor, if it may be changed; says why not. */
static struct editor *
outside_editor (struct ui *self, struct workspace **workspace_p)
{
    struct editor *editor = NULL;
    *workspace_p = NULL;
    for (size_t index = 0; index < self->workspace_count; index++)
        if (self->workspaces[index]->number == self->outside_workspace)
            *workspace_p = self->workspaces[index];
    if (*workspace_p)
        editor = buffers_editor (*workspace_p, self->outside_buffer);
    if (editor && workspace_is_editable (*workspace_p))
        return editor;
    ui_say (self, ROLE_WARNING,
            "The text is another terminal's by now: what you wrote is copied, ^V puts it in");
    return NULL;
}

void
ui_take_external (struct ui *self, const char *text, const char *why, struct ui_now now)
{
    struct workspace *workspace;
    self->now = now;
    self->dirty |= UI_DIRTY_KEY;
    struct editor *editor = text ? outside_editor (self, &workspace) : NULL;
    if (!text)
        ui_say (self, ROLE_ERROR, "Nothing was taken over: %s", why);
    else if (!editor)
        ui_copy (self, text, strlen (text));
    else {
        size_t size;
        char *clean = text_clean (text, strlen (text), &size);
        bool had_end = editor->size > 0 && editor->text[editor->size - 1] == '\n';
        if (!had_end && size > 0 && clean[size - 1] == '\n')
            size--; /* editors end the last line, whether it was or not */
        if (size > editor->size && size + editor->others > EDITOR_TEXT_MAX) {
            ui_say (self, ROLE_WARNING,
                    "%zu KB are more than a workspace holds: they are copied, "
                    "and the text is as it was",
                    size / 1024);
            ui_copy (self, clean, size);
        }
        else {
            editor_replace_all (editor, clean, size);
            workspace_note_edit (workspace, now);
            ui_want_owner (self);
        }
        free (clean);
    }
    ui_take_time (self, now);
}

/* ---- answers -------------------------------------------------------------------------------- */

void
ui_file_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                const struct json *result)
{
    struct workspace *workspace = NULL;
    char *path = self->file;
    self->file = NULL;
    for (size_t index = 0; index < self->workspace_count; index++)
        if (self->workspaces[index]->number == ask->workspace)
            workspace = self->workspaces[index];
    const char *text = json_get_text (result, "text");
    if (!path || !workspace)
        free (path);
    else {
        if (ask->kind == UI_ASK_FILE_LOOK)
            file_looked (self, workspace, path, msg, text);
        else if (!result)
            ui_say (self, ROLE_ERROR, "%s",
                    msg->verb == MSG_ERROR ? msg_text (msg, 1) : "the answer was damaged");
        else if (ask->kind == UI_ASK_FILE_WRITE)
            file_written (self, workspace, path, result);
        else if (text)
            file_opened (self, workspace, path, text);
        free (path);
    }
}
