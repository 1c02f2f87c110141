/* ui.c: see ui.h. The actor around ui_step.h: it owns the terminal, reads its bytes, performs the
 * actions and draws. A turn draws at most once, and not more often than the screen's rate. */

#include "ui/ui.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/random.h"
#include "runtime/uuid.h"
#include "ui/external.h"
#include "ui/commands_view.h"
#include "ui/terminal.h"
#include "ui/ui_kiosk.h"
#include "ui/ui_step.h"

enum {
    FRAME_MS = 33,       /* what keys do, and a workspace: 30 frames a second */
    FRAME_NEWS_MS = 250, /* lists in which only the world changes: 4 a second */
    READ_BYTES = 4096,   /* at most so many times READ_ROUNDS a turn: others get served */
    READ_ROUNDS = 16,
};

struct ui_thread {
    struct actor *actor;       /* owned */
    struct terminal *terminal; /* owned; NULL: it could not be had */
    struct input *input;       /* owned */
    struct ui ui;
    int reader;     /* of the terminal's descriptor */
    bool suspended; /* between `suspend` and `resume`, and while the user's editor runs */
    struct external external;
    int external_reader;   /* of its end */
    int64_t frame_ms;      /* when the last frame was drawn */
    struct stui_cause end; /* why it ends, unless told to */
};

static struct ui_now
now_is (void)
{
    int64_t wall_ms = clock_wall_ms ();
    time_t seconds = (time_t) (wall_ms / 1000);
    struct tm local = {0};
    localtime_r (&seconds, &local);
    return (struct ui_now){clock_mono_ms (), wall_ms, (int) local.tm_gmtoff};
}

static void
thread_end (struct ui_thread *self, const struct stui_cause *cause)
{
    if (cause && !self->end.err)
        self->end = *cause;
    actor_stop (self->actor);
}

/* ---- out ------------------------------------------------------------------------------------ */

/* ---- the user's own editor ------------------------------------------------------------------ */

/* Takes the terminal again; false: that is the end. */
static bool
thread_enter (struct ui_thread *self)
{
    struct stui_cause cause = {0};
    if (terminal_enter (self->terminal, &cause) < 0) {
        thread_end (self, &cause);
        return false;
    }
    self->suspended = false;
    terminal_resize (self->terminal);
    self->ui.dirty |= UI_DIRTY_KEY;
    self->frame_ms = 0;
    return true;
}

static void
thread_outside_ended (void *owner, void *context, short events)
{
    struct ui_thread *self = owner;
    struct stui_cause cause = {0};
    (void) context;
    (void) events;
    actor_unwatch (self->actor, self->external_reader);
    char *text = external_finish (&self->external, terminal_fd (self->terminal), &cause);
    if (thread_enter (self))
        ui_take_external (&self->ui, text, cause.text, now_is ());
    free (text);
}

/* What the user's editor had saved is stored with the rest; the terminal is not taken again. */
static void
thread_inside (struct ui_thread *self)
{
    if (self->external.pid == 0)
        return;
    actor_unwatch (self->actor, self->external_reader);
    char *text = external_hang_up (&self->external, terminal_fd (self->terminal));
    if (text)
        ui_take_external (&self->ui, text, "", now_is ());
    free (text);
}

static void
thread_edit_outside (struct ui_thread *self, const char *text)
{
    const char *visual = getenv ("VISUAL"), *editor = getenv ("EDITOR");
    const char *command = visual && *visual ? visual : editor;
    struct stui_cause cause = {0};
    if (!command || !*command) {
        ui_say (&self->ui, ROLE_WARNING,
                "Which editor? Start stui with EDITOR set: EDITOR=vi stui");
        return;
    }
    terminal_leave (self->terminal);
    self->suspended = true;
    if (external_start (&self->external, command, text, &cause) == 0)
        self->external_reader =
            actor_watch_fd (self->actor, self->external.fd, ZMQ_POLLIN, thread_outside_ended, NULL);
    else if (thread_enter (self))
        ui_say (&self->ui, ROLE_ERROR, "%s", cause.text);
}

static void
thread_perform (struct ui_thread *self)
{
    for (size_t index = 0; index < self->ui.action_count; index++) {
        struct ui_action *action = &self->ui.actions[index];
        switch (action->what) {
        case UI_SEND:
            actor_send (self->actor, &action->msg);
            break;
        case UI_BELL:
            terminal_bell (self->terminal);
            break;
        case UI_NOTIFY:
            terminal_notify (self->terminal, action->text);
            break;
        case UI_CLIPBOARD:
            if (!terminal_clipboard (self->terminal, action->text))
                ui_say (&self->ui, ROLE_WARNING,
                        "Copied for ^V; it is too long for the terminal's own clipboard");
            break;
        case UI_EXTERNAL:
            thread_edit_outside (self, action->text);
            break;
        case UI_REDRAW:
            terminal_redraw (self->terminal);
            break;
        case UI_SUSPEND:
            kill (getpid (), SIGTSTP); /* main reads it, and asks for `suspend` */
            break;
        case UI_QUIT:
            thread_end (self, NULL);
            break;
        }
    }
    ui_actions_clear (&self->ui);
}

static int64_t
frame_due_ms (const struct ui_thread *self)
{
    if (self->ui.kiosk)
        return self->frame_ms + (self->ui.kiosk->shown ? KIOSK_FRAME_MS : FRAME_NEWS_MS);
    bool at_once = self->ui.dirty & UI_DIRTY_KEY || ui_sees (&self->ui, SCREEN_WORKSPACE);
    return self->frame_ms + (at_once ? FRAME_MS : FRAME_NEWS_MS);
}

static void
thread_draw (struct ui_thread *self)
{
    int64_t now_ms = clock_mono_ms ();
    if (!self->ui.dirty || self->suspended || now_ms < frame_due_ms (self)
        || terminal_is_behind (self->terminal))
        return;
    terminal_set_theme (self->terminal, self->ui.theme);
    ui_draw (&self->ui, terminal_grid (self->terminal));
    terminal_show (self->terminal);
    self->ui.dirty = 0;
    self->frame_ms = now_ms;
}

static void
thread_after_turn (void *context)
{
    struct ui_thread *self = context;
    thread_perform (self);
    thread_draw (self);
    short out = terminal_is_behind (self->terminal) ? ZMQ_POLLOUT : 0;
    actor_watch_events (self->actor, self->reader, self->suspended ? out : ZMQ_POLLIN | out);
}

/* ---- the terminal --------------------------------------------------------------------------- */

static void
thread_input (struct ui_thread *self)
{
    struct input_event event;
    while (input_next (self->input, clock_mono_ms (), &event)) {
        switch (event.type) {
        case INPUT_KEY:
            ui_take_key (&self->ui, event.key, now_is ());
            break;
        case INPUT_PASTE:
            ui_take_paste (&self->ui, event.text, event.size, now_is ());
            break;
        case INPUT_MOUSE:
            ui_take_mouse (&self->ui, &event.mouse, now_is ());
            break;
        case INPUT_REPLY:
            terminal_reply (self->terminal, event.text, event.size);
            break;
        case INPUT_TYPE_COUNT:
            break;
        }
    }
}

static void
thread_readable (struct ui_thread *self)
{
    char bytes[READ_BYTES];
    for (int round = 0; round < READ_ROUNDS; round++) {
        struct stui_cause cause = {0};
        ssize_t size = terminal_read (self->terminal, bytes, sizeof bytes, &cause);
        if (size < 0) { /* gone: what was typed is stored first, without waiting for a user */
            self->end = cause;
            self->suspended = true;
            ui_take_quit (&self->ui, now_is ());
            return;
        }
        if (size == 0)
            return;
        input_feed (self->input, bytes, (size_t) size, clock_mono_ms ());
        thread_input (self);
    }
}

static void
thread_terminal (void *owner, void *context, short events)
{
    struct ui_thread *self = owner;
    (void) context;
    if (events & ZMQ_POLLOUT)
        terminal_flush (self->terminal);
    if (events & ~ZMQ_POLLOUT && !self->suspended)
        thread_readable (self);
}

/* ---- messages ------------------------------------------------------------------------------- */

static void
thread_message (void *context, const struct msg *msg)
{
    struct ui_thread *self = context;
    ui_take_message (&self->ui, msg, now_is ());
}

static void
thread_resized (void *context, const struct msg *msg)
{
    struct ui_thread *self = context;
    (void) msg;
    terminal_resize (self->terminal);
    self->ui.dirty |= UI_DIRTY_KEY;
    self->frame_ms = 0;
}

static void
thread_suspend (void *context, const struct msg *msg)
{
    struct ui_thread *self = context;
    terminal_leave (self->terminal);
    self->suspended = true;
    actor_answer (self->actor, msg, "{}");
}

static void
thread_resume (void *context, const struct msg *msg)
{
    struct ui_thread *self = context;
    (void) msg;
    if (self->external.pid == 0) /* else the terminal is the editor's */
        thread_enter (self);
}

static void
thread_quit_now (void *context, const struct msg *msg)
{
    struct ui_thread *self = context;
    log_info (actor_id (self->actor), "told to end: %s", msg_text (msg, 0));
    thread_inside (self);
    ui_take_quit (&self->ui, now_is ());
}

static const struct actor_verb ui_verbs[] = {
    {MSG_LINKED, thread_message},
    {MSG_UNLINKED, thread_message},
    {MSG_STALLED, thread_message},
    {MSG_RESIZED, thread_resized},
    {MSG_SUSPEND, thread_suspend},
    {MSG_RESUME, thread_resume},
    {MSG_QUIT_NOW, thread_quit_now},
    {MSG_CONFIGURED, thread_message},
    {0, NULL},
};

/* ---- time ----------------------------------------------------------------------------------- */

static int64_t
earlier (int64_t one_ms, int64_t other_ms)
{
    return one_ms < other_ms ? one_ms : other_ms;
}

static int64_t
thread_deadline (void *context)
{
    struct ui_thread *self = context;
    int64_t deadline = earlier (ui_deadline (&self->ui), input_deadline_ms (self->input));
    if (self->ui.dirty && !self->suspended && !terminal_is_behind (self->terminal))
        deadline = earlier (deadline, frame_due_ms (self));
    return deadline;
}

static void
thread_on_deadline (void *context)
{
    struct ui_thread *self = context;
    struct ui_now now = now_is ();
    thread_input (self);
    if (now.mono_ms >= ui_deadline (&self->ui))
        ui_take_time (&self->ui, now);
}

static const struct actor_table ui_table = {
    .verbs = ui_verbs,
    .on_answer = thread_message,
    .deadline_ms = thread_deadline,
    .on_deadline = thread_on_deadline,
    .after_turn = thread_after_turn,
};

/* ---- its life ------------------------------------------------------------------------------- */

static int
thread_open (struct ui_thread *self, const struct ui_args *args)
{
    struct terminal_traits traits;
    if (terminal_traits_from_environment (&traits, &self->end) < 0)
        return self->end.err;
    traits.ascii = traits.ascii || args->options.ascii;
    traits.mouse = !args->options.kiosk; /* nothing on a wall is to be clicked */
    self->input = input_new (getenv ("TERM"), &self->end);
    if (!self->input)
        return self->end.err;
    self->terminal = terminal_open (args->fd, &traits, &self->end);
    return self->terminal ? 0 : self->end.err;
}

static void
thread_start (struct ui_thread *self, const struct ui_args *args)
{
    char id[STUI_UUID_LEN + 1];
    struct uuid_source uuids = {0};
    struct random_source random;
    clock_random (&random, sizeof random);
    uuid_next (&uuids, clock_wall_ms (), &random, id);
    ui_init (&self->ui, id, args->options.image, args->options.read_only, now_is ());
    self->ui.restored = args->options.fresh;
    self->ui.directory = getcwd (NULL, 0);
    const char *home = getenv ("HOME");
    self->ui.home = home ? stui_strdup (home) : NULL;
    self->ui.theme = args->options.theme;
    ui_remap (&self->ui, args->options.bindings, args->options.config_name);
    if (args->options.kiosk)
        ui_kiosk_begin (&self->ui);
    self->reader = actor_watch_fd (self->actor, terminal_fd (self->terminal), ZMQ_POLLIN,
                                   thread_terminal, NULL);
    ui_begin (&self->ui, now_is ());
    if (args->options.config_trouble && args->options.config_trouble[0])
        ui_say (&self->ui, ROLE_ERROR, "Without keys and theme of your own: %s",
                args->options.config_trouble);
    thread_after_turn (self); /* the first frame waits for nobody */
}

void
ui_actor (zsock_t *pipe, void *args)
{
    struct ui_thread self = {.actor = actor_open (pipe, args)};
    struct ui_args own = *(const struct ui_args *) ((const struct actor_args *) args)->extra;
    actor_ready (self.actor);
    if (thread_open (&self, &own) == 0) {
        thread_start (&self, &own);
        actor_run (self.actor, &ui_table, &self);
        ui_fini (&self.ui);
    }
    if (self.terminal)
        free (external_hang_up (&self.external, terminal_fd (self.terminal)));
    terminal_close (&self.terminal);
    input_destroy (&self.input);
    actor_close (&self.actor, self.end.err ? self.end.text : NULL);
}
