/* ui_step.c: the ui's state, what keys and commands do to it, and time. See ui_step.h. */

#include "ui/ui_step.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "ui/commands.h"
#include "ui/commands_view.h"
#include "ui/text.h"
#include "ui/ui_choose.h"
#include "ui/ui_history.h"
#include "ui/ui_kiosk.h"
#include "ui/ui_layouts.h"
#include "ui/ui_panels.h"
#include "ui/ui_transcript.h"
#include "ui/ui_waits.h"

void
ui_init (struct ui *self, const char *terminal_id, const char *image, bool read_only,
         struct ui_now now)
{
    *self = (struct ui){
        .read_only = read_only,
        .named = *image != '\0',
        .now = now,
        .events_after = -1,
        .quit_ms = STUI_NEVER,
        .sessions_ms = STUI_NEVER,
        .cleanup = {.again_ms = STUI_NEVER},
        .marks_wanted = true,
        .rows = UI_ROWS_MIN,
        .columns = UI_COLUMNS_MIN,
        .dirty = UI_DIRTY_KEY,
    };
    snprintf (self->terminal_id, sizeof self->terminal_id, "%s", terminal_id);
    model_init (&self->model);
    self->model.link_since_ms = now.mono_ms;
    keymap_init (&self->keymap);
    ui_panes_init (self);
    if (*image)
        ui_open (self, image, true);
}

void
ui_fini (struct ui *self)
{
    ui_actions_clear (self);
    for (size_t index = 0; index < self->workspace_count; index++)
        workspace_destroy (&self->workspaces[index]);
    free (self->workspaces);
    free (self->actions);
    free (self->asks);
    free (self->clip);
    free (self->file);
    free (self->directory);
    free (self->home);
    chooser_close (&self->chooser);
    prompt_fini (&self->prompt);
    keymap_fini (&self->keymap);
    ui_kiosk_end (self);
    model_sessions_fini (&self->sessions);
    model_held_fini (&self->held);
    ui_cleanup_fini (&self->cleanup);
    ui_versions_fini (&self->versions);
    ui_panels_fini (self);
    ui_layouts_fini (self);
    model_transcript_fini (&self->transcript);
    model_inspector_fini (&self->inspector);
    model_fini (&self->model);
    *self = (struct ui){0};
}

/* ---- out ------------------------------------------------------------------------------------ */

static void
action_add (struct ui *self, enum ui_do what, struct msg *msg)
{
    stui_grow (&self->actions, &self->action_capacity, self->action_count, sizeof *self->actions);
    self->actions[self->action_count++] = (struct ui_action){.what = what, .msg = msg};
}

void
ui_tell (struct ui *self, struct msg *msg)
{
    action_add (self, UI_SEND, msg);
}

void
ui_do (struct ui *self, enum ui_do what)
{
    action_add (self, what, NULL);
}

void
ui_copy (struct ui *self, const char *text, size_t size)
{
    free (self->clip);
    self->clip = stui_strndup (text, size);
    action_add (self, UI_CLIPBOARD, NULL);
    self->actions[self->action_count - 1].text = stui_strdup (self->clip);
}

void
ui_actions_clear (struct ui *self)
{
    for (size_t index = 0; index < self->action_count; index++) {
        msg_destroy (&self->actions[index].msg);
        free (self->actions[index].text);
    }
    self->action_count = 0;
}

void
ui_bell (struct ui *self)
{
    ui_do (self, UI_BELL);
}

void
ui_say (struct ui *self, enum role role, const char *format, ...)
{
    char text[STUI_CAUSE_MAX * 2];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    model_say (&self->model, self->now, role, text);
    self->dirty |= UI_DIRTY_NEWS;
}

void
ui_news (struct ui *self, enum role role, const char *format, ...)
{
    char text[STUI_CAUSE_MAX * 2];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    model_tell (&self->model, self->now, role, MODEL_TOPIC_NONE, text);
    self->dirty |= UI_DIRTY_NEWS;
}

struct ui_ask *
ui_ask (struct ui *self, enum ui_ask_kind kind, const char *image, struct msg *msg)
{
    bool vital = kind == UI_ASK_WRITE || kind == UI_ASK_INTERRUPT || kind == UI_ASK_WATCH;
    if (self->ask_count >= (vital ? STUI_TERMINAL_ROOM : UI_ASKS_MAX)) {
        msg_destroy (&msg);
        ui_say (self, ROLE_WARNING, "Queue full: %zu answers are awaited; nothing was sent",
                self->ask_count);
        return NULL;
    }
    stui_grow (&self->asks, &self->ask_capacity, self->ask_count, sizeof *self->asks);
    struct ui_ask *ask = &self->asks[self->ask_count++];
    *ask = (struct ui_ask){
        .ref = ++self->last_ref, .kind = kind, .verb = msg->verb, .since_ms = self->now.mono_ms};
    snprintf (ask->image, sizeof ask->image, "%s", image);
    action_add (self, UI_SEND, msg);
    return ask;
}

bool
ui_awaits (const struct ui *self, enum ui_ask_kind kind)
{
    bool awaits = false;
    for (size_t index = 0; index < self->ask_count; index++)
        awaits = awaits || (self->asks[index].kind == kind && !self->asks[index].given_up);
    return awaits;
}

struct ui_ask *
ui_ask_about (struct ui *self, enum ui_ask_kind kind, const struct workspace *workspace,
              struct msg *msg)
{
    struct ui_ask *ask = ui_ask (self, kind, workspace->image, msg);
    if (ask)
        ask->workspace = workspace->number;
    return ask;
}

char *
ui_peer (const char *image, char peer[STUI_ACTOR_ID_MAX + 1])
{
    snprintf (peer, STUI_ACTOR_ID_MAX + 1, "image/%s", image);
    return peer;
}

/* ---- workspaces ----------------------------------------------------------------------------- */

struct workspace *
ui_workspace (const struct ui *self, const char *image)
{
    struct workspace *last = NULL;
    for (size_t index = 0; index < self->workspace_count; index++) {
        struct workspace *workspace = self->workspaces[index];
        if (strcmp (workspace->image, image) == 0 && (!last || workspace->used > last->used))
            last = workspace;
    }
    return last;
}

/* WORKSPACE is the one that the user works in. */
static void
workspace_use (struct ui *self, struct workspace *workspace, bool show)
{
    workspace->used = ++self->last_used;
    self->current = workspace;
    if (show)
        ui_show (self, SCREEN_WORKSPACE);
    ui_pursue (self, workspace);
}

void
ui_go_to (struct ui *self, struct workspace *workspace)
{
    workspace_use (self, workspace, true);
}

static struct workspace *
workspace_add (struct ui *self, const char *image, const char *session)
{
    struct workspace *workspace = workspace_new (image, session);
    workspace->number = ++self->last_number;
    stui_grow (&self->workspaces, &self->workspace_capacity, self->workspace_count,
               sizeof *self->workspaces);
    self->workspaces[self->workspace_count++] = workspace;
    return workspace;
}

/* Who opens it to see it means to write: the text has the keys. */
static void
workspace_open (struct ui *self, struct workspace *workspace, bool show)
{
    workspace->in_results = workspace->in_results && !show;
    workspace_use (self, workspace, show);
}

void
ui_open (struct ui *self, const char *image, bool show)
{
    struct workspace *workspace = ui_workspace (self, image);
    workspace_open (self, workspace ? workspace : workspace_add (self, image, ""), show);
}

void
ui_open_session (struct ui *self, const char *image, const char *session, bool show)
{
    struct workspace *workspace = NULL;
    for (size_t index = 0; !workspace && index < self->workspace_count; index++)
        if (strcmp (self->workspaces[index]->session, session) == 0
            && strcmp (self->workspaces[index]->image, image) == 0)
            workspace = self->workspaces[index];
    workspace_open (self, workspace ? workspace : workspace_add (self, image, session), show);
}

void
ui_edited (struct ui *self)
{
    if (!self->current)
        return;
    workspace_note_edit (self->current, self->now);
    ui_want_owner (self);
}

bool
ui_may_edit (struct ui *self)
{
    const struct workspace *workspace = self->current;
    if (!workspace)
        return false;
    if (self->read_only)
        ui_say (self, ROLE_WARNING, "This terminal was started read-only");
    else if (!workspace_is_editable (workspace))
        ui_say (self, ROLE_WARNING, "Another terminal edits this text; M-e edits it here");
    else {
        ui_lease_hurry (self, self->current);
        return true;
    }
    return false;
}

/* ---- screens -------------------------------------------------------------------------------- */

void
ui_show (struct ui *self, enum screen_id screen)
{
    if (screen == self->screen)
        return;
    if (screen == SCREEN_HELP) {
        self->before = self->screen;
        self->help_top = 0;
    }
    if (screen == SCREEN_SESSIONS)
        ui_refresh_sessions (self);
    self->held_wanted = self->held_wanted || screen == SCREEN_HELD;
    self->details = (struct details){0};
    bool left =
        screen == SCREEN_WORKSPACE || self->screen == SCREEN_WORKSPACE || self->panes.count > 1;
    self->screen = screen;
    /* A start finds the screen where it was left: it is part of what the session keeps. */
    if (self->current && self->current->mine && screen != SCREEN_HELP && left)
        workspace_note_edit (self->current, self->now);
}

bool
ui_takes_text (const struct ui *self)
{
    const struct screen *screen = screen_of (self->screen);
    return screen->takes_text && screen->takes_text (self);
}

const char *
ui_key (const struct ui *self, const char *name, char key[KEY_NAME_SIZE])
{
    enum keymap_mode mode = ui_takes_text (self) ? KEYMAP_TEXT : KEYMAP_LIST;
    keymap_first (keymap_keys (&self->keymap, mode, commands_find (name, strlen (name))), key);
    return key;
}

void
ui_act (struct ui *self, int request)
{
    if (screen_of (self->screen)->act (self, request) == SCREEN_DONE)
        return;
    if (request == SCREEN_BACK && self->screen != SCREEN_IMAGES)
        ui_show (self, self->screen == SCREEN_HELP ? self->before : SCREEN_IMAGES);
    else
        ui_bell (self);
}

void
ui_wake (struct ui *self)
{
    action_add (self, UI_SEND, msg_new ("registry", MSG_RESUME, 0));
    ui_say (self, ROLE_NORMAL, "Looking for the owner, and starting one if there is none");
}

void
ui_want_owner (struct ui *self)
{
    if (self->model.link == MODEL_UNLINKED)
        action_add (self, UI_SEND, msg_new ("registry", MSG_OWNER_WANTED, 0));
}

void
ui_take_quit (struct ui *self, struct ui_now now)
{
    self->now = now;
    self->quit_ordered = true;
    ui_quit_begin (self, true);
    ui_take_time (self, now);
}

/* ---- time ----------------------------------------------------------------------------------- */

/* What every step ends with: writes that are due, and the end. */
static void
step_end (struct ui *self)
{
    ui_attach (self);
    for (size_t index = 0; index < self->workspace_count; index++)
        ui_pursue (self, self->workspaces[index]);
    ui_quit_step (self);
    self->model.news_pause = self->prompt.kind != PROMPT_CLOSED;
}

void
ui_begin (struct ui *self, struct ui_now now)
{
    self->now = now;
    ui_connect (self);
    step_end (self);
}

void
ui_take_time (struct ui *self, struct ui_now now)
{
    self->now = now;
    model_message_time (&self->model, now);
    model_take_time (&self->model, now);
    self->dirty |= UI_DIRTY_NEWS; /* ages */
    step_end (self);
}

static int64_t
earlier (int64_t one_ms, int64_t other_ms)
{
    return one_ms < other_ms ? one_ms : other_ms;
}

/* When ui_pursue has something to do for it. */
static int64_t
workspace_deadline (const struct ui *self, struct workspace *workspace)
{
    if (self->model.link == MODEL_UNLINKED)
        return STUI_NEVER;
    if (workspace->retry_ms != STUI_NEVER)
        return workspace->retry_ms;
    return earlier (earlier (workspace_write_deadline (workspace), workspace->outcomes_ms),
                    ui_lease_is_wanted (self, workspace) ? workspace->lease_ms : STUI_NEVER);
}

int64_t
ui_deadline (const struct ui *self)
{
    if (self->kiosk)
        return ui_kiosk_deadline (self);
    int64_t deadline = model_deadline (&self->model, self->now);
    if (!self->watching)
        deadline = earlier (deadline, self->watch_ms);
    if (!self->listening)
        deadline = earlier (deadline, self->listen_ms);
    if (self->quitting)
        deadline = earlier (deadline, self->quit_ms);
    if (ui_sees (self, SCREEN_SESSIONS) && self->sessions_open == 0)
        deadline = earlier (deadline, self->sessions_ms);
    deadline = earlier (deadline, ui_history_deadline (self));
    deadline = earlier (deadline, ui_panels_deadline (self));
    deadline = earlier (deadline, ui_transcript_deadline (self));
    deadline = earlier (deadline, ui_waits_deadline (self));
    for (size_t index = 0; index < self->workspace_count; index++) {
        struct workspace *workspace = self->workspaces[index];
        const struct output *output = workspace_running (workspace);
        deadline = earlier (deadline, workspace_deadline (self, workspace));
        if (output) {
            int64_t age_ms = self->now.mono_ms - output->began_ms;
            deadline = earlier (deadline, output->began_ms + age_next_ms (age_ms));
        }
    }
    return deadline;
}

/* ---- keys ----------------------------------------------------------------------------------- */

/* Text typed into the workspace, or into the field of another screen. */
static void
type_text (struct ui *self, const char *text, size_t size, bool typed)
{
    const struct screen *screen = screen_of (self->screen);
    if (screen->type) {
        screen->type (self, text, size);
        return;
    }
    if (!self->current || !ui_may_edit (self))
        return;
    char why[WORKSPACE_WHY_SIZE];
    if (editor_insert (&self->current->editor, text, size, typed))
        ui_edited (self);
    else
        ui_say (self, ROLE_WARNING, "%s", workspace_full_why (self->current, why));
}

/* In a text field printable keys, Enter and Tab are text. A new line begins as far to the right
 * as the one before it. */
static bool
type_key (struct ui *self, struct key key)
{
    char bytes[4];
    if (key_is_text (key)) {
        type_text (self, bytes, text_encode (key.codepoint, bytes), true);
        ui_check_bracket (self, key.codepoint);
        return true;
    }
    bool is_request = screen_of (self->screen)->type != NULL;
    if (is_request || key.modifiers || (key.symbol != KEY_ENTER && key.symbol != KEY_TAB))
        return false;
    if (key.symbol == KEY_TAB) {
        type_text (self, "\t", 1, true);
        return true;
    }
    const struct editor *editor = &self->current->editor;
    size_t start = editor_line_start (editor, editor_line_of (editor, editor->cursor));
    size_t blanks = 0;
    while (start + blanks < editor->cursor && strchr (" \t", editor->text[start + blanks]))
        blanks++;
    char *line = stui_printf ("\n%.*s", (int) blanks, editor->text ? editor->text + start : "");
    type_text (self, line, strlen (line), true);
    free (line);
    return true;
}

void
ui_take_key (struct ui *self, struct key key, struct ui_now now)
{
    self->now = now;
    self->touched = true;
    self->strokes++;
    self->dirty |= UI_DIRTY_KEY;
    bool text = ui_takes_text (self), told = self->quit_told;
    if (self->kiosk)
        ui_kiosk_key (self, key);
    else if (told && key.symbol == KEY_ESCAPE)
        ui_quit_cancel (self);
    else if (self->prompt.kind != PROMPT_CLOSED)
        prompt_key (self, key);
    else if (self->chooser.kind == CHOOSER_CLOSED && ui_waits_key (self, key))
        self->dirty |= UI_DIRTY_KEY;
    else if (!ui_chooser_key (self, key) && (!text || !type_key (self, key))) {
        enum keymap_mode mode = text ? KEYMAP_TEXT : KEYMAP_LIST;
        const struct command *command =
            keymap_find (&self->keymap, mode, screen_of (self->screen)->group, key);
        if (command)
            command->run (self, command, "");
        else
            ui_bell (self);
    }
    if (told && self->quit_told && !self->quit_forced)
        ui_quit_cancel (self); /* whoever goes on working stays */
    ui_chooser_follow (self);
    step_end (self);
}

static void
paste_text (struct ui *self, const char *text, size_t size)
{
    if (ui_takes_text (self))
        type_text (self, text, size, false);
    else
        ui_bell (self);
}

void
ui_take_paste (struct ui *self, const char *text, size_t size, struct ui_now now)
{
    self->now = now;
    self->touched = true;
    self->strokes++;
    self->dirty |= UI_DIRTY_KEY;
    if (self->kiosk)
        return;
    if (self->quit_told && !self->quit_forced)
        ui_quit_cancel (self);
    if (self->prompt.kind != PROMPT_CLOSED)
        prompt_paste (self, text, size);
    else if (!ui_chooser_paste (self, text, size))
        paste_text (self, text, size);
    ui_chooser_follow (self);
    step_end (self);
}

static void
clicks_count (struct clicks *self, const struct mouse *mouse, int64_t now_ms)
{
    bool again = self->count > 0 && self->row == mouse->row && self->column == mouse->column
                 && now_ms - self->at_ms <= UI_CLICK_MS;
    self->count = again ? self->count + 1 : 1;
    self->row = mouse->row;
    self->column = mouse->column;
    self->at_ms = now_ms;
}

void
ui_wheel (struct ui *self, const struct mouse *mouse)
{
    bool keys = self->details.keys;
    if (details_mouse (self, mouse))
        return;
    self->details.keys = false; /* it turns in what is under it, whichever has the keys */
    screen_of (self->screen)->act (self, mouse->action == MOUSE_WHEEL_UP ? EDITOR_UP : EDITOR_DOWN);
    self->details.keys = keys;
}

/* The mouse in what the pane with the keys shows. */
static void
content_mouse (struct ui *self, const struct mouse *mouse)
{
    const struct screen *screen = screen_of (self->screen);
    if (mouse->action == MOUSE_WHEEL_UP || mouse->action == MOUSE_WHEEL_DOWN)
        ui_wheel (self, mouse);
    else if (!details_mouse (self, mouse) && screen->mouse)
        screen->mouse (self, mouse);
}

void
ui_take_mouse (struct ui *self, const struct mouse *mouse, struct ui_now now)
{
    self->now = now;
    if (mouse->action == MOUSE_RELEASE)
        ui_panes_release (self);
    if (mouse->action == MOUSE_PRESS)
        clicks_count (&self->clicks, mouse, now.mono_ms);
    if (self->kiosk || mouse->action == MOUSE_RELEASE || self->prompt.kind != PROMPT_CLOSED)
        return;
    self->touched = true;
    self->dirty |= UI_DIRTY_KEY;
    chooser_close (&self->chooser);
    if (!ui_panes_mouse (self, mouse))
        content_mouse (self, mouse);
    step_end (self);
}
