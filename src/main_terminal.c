/* main_terminal.c: see main_terminal.h. Owns relay's and ui's threads, the
 * signal descriptor and the log. In: signals, `actor_ended`, `config_stale`,
 * the answer to `suspend`. Out: `resized`, `suspend`, `configured`, `quit_now`
 * to ui, `resume` to ui and relay.
 *
 * ^Z: ui gives the terminal back, then all threads stop together. A ui that
 * does not answer is not waited for: the terminal is given back over its head.
 */

#include "main_terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stui/actor.h>

#include "actors/relay.h"
#include "cli/cli.h"
#include "main_config.h"
#include "main_keys.h"
#include "main_stop.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/log.h"
#include "runtime/path.h"
#include "runtime/sig.h"
#include "ui/terminal.h"
#include "ui/ui.h"

enum {
    SOCKETS = 32, /* three actors, their pipes and mailboxes, ones closing */
    SUSPEND_PATIENCE_MS = 1000,
    QUIT_PATIENCE_MS = 2000, /* ui waits 1 s for its last edits to be stored */
};

struct main_terminal {
    const struct terminal_options *options; /* borrowed */
    struct actor *actor;                    /* owned */
    zactor_t *relay, *ui;                   /* owned; ui NULL: joined */
    char *socket_path;                      /* owned */
    struct main_config config;              /* of its own: theme and keys */
    struct stui_cause config_cause;         /* why there are none of either */
    struct keymap_binding *bindings; /* owned; ends with one that has no command; for ui's start */
    int signal_fd, log_fd;           /* owned; -1 */
    uint64_t suspend_ref;            /* the open `suspend`; 0: none */
    int64_t suspend_until_ms, quit_until_ms; /* STUI_NEVER, or when ui counts as hung */
    struct stui_cause cause;                 /* what to say at the end, the screen given back */
    int exit_status;
};

static const char who[] = "main";

static void
terminal_report (struct main_terminal *self, const char *to, enum msg_verb verb, const char *why)
{
    struct msg *report = msg_new (to, verb, 0, why);
    actor_send (self->actor, &report);
}

/* ---- signals ---- */

/* All threads stop here, until SIGCONT, which is also read as a signal. */
static void
terminal_stop (struct main_terminal *self)
{
    self->suspend_ref = 0;
    self->suspend_until_ms = STUI_NEVER;
    log_info (who, "paused");
    raise (SIGSTOP);
    log_info (who, "continued");
}

static void
terminal_suspend (struct main_terminal *self)
{
    if (self->suspend_ref != 0 || self->quit_until_ms != STUI_NEVER)
        return;
    self->suspend_ref = actor_next_ref (self->actor);
    self->suspend_until_ms = clock_mono_ms () + SUSPEND_PATIENCE_MS;
    struct msg *suspend = msg_new ("ui", MSG_SUSPEND, self->suspend_ref);
    actor_send (self->actor, &suspend);
}

static void
terminal_quit (struct main_terminal *self, const char *why)
{
    if (self->quit_until_ms != STUI_NEVER)
        return;
    log_info (who, "quitting: %s", why);
    self->quit_until_ms = clock_mono_ms () + QUIT_PATIENCE_MS;
    terminal_report (self, "ui", MSG_QUIT_NOW, why);
}

static void
terminal_signalled (void *owner, void *context, short events)
{
    (void) context;
    (void) events;
    struct main_terminal *self = owner;
    int number;
    while ((number = sig_next (self->signal_fd)) != 0) {
        switch (number) {
        case SIGWINCH:
            terminal_report (self, "ui", MSG_RESIZED, NULL);
            break;
        case SIGTSTP:
            terminal_suspend (self);
            break;
        case SIGCONT:
            terminal_report (self, "registry", MSG_RESUME, NULL);
            terminal_report (self, "ui", MSG_RESUME, NULL);
            break;
        case SIGINT:
            terminal_quit (self, "SIGINT");
            break;
        case SIGTERM:
            terminal_quit (self, "SIGTERM");
            break;
        case SIGHUP:
            terminal_quit (self, "the terminal is gone");
            break;
        }
    }
}

/* ---- verbs, answers, time ---- */

static void
terminal_actor_ended (void *owner, const struct msg *msg)
{
    struct main_terminal *self = owner;
    const char *name = msg_text (msg, 0), *why = msg_text (msg, 1);
    if (strcmp (name, "ui") != 0)
        return;
    zactor_destroy (&self->ui);
    if (*why) {
        main_stop_cause (name, why, &self->cause);
        self->exit_status = STUI_EXIT_FAILED;
    }
    actor_stop (self->actor);
}

static void
terminal_answered (void *owner, const struct msg *msg)
{
    struct main_terminal *self = owner;
    if (self->suspend_ref != 0 && msg->ref == self->suspend_ref)
        terminal_stop (self);
}

static int64_t
terminal_deadline (void *owner)
{
    struct main_terminal *self = owner;
    return self->suspend_until_ms < self->quit_until_ms ? self->suspend_until_ms
                                                        : self->quit_until_ms;
}

static void
terminal_time (void *owner)
{
    struct main_terminal *self = owner;
    int64_t now = clock_mono_ms ();
    if (self->quit_until_ms <= now) {
        log_error (who, "ui did not end within %d ms", QUIT_PATIENCE_MS);
        terminal_rescue ();
        _exit (STUI_EXIT_FAILED); /* nobody can join it */
    }
    if (self->suspend_until_ms <= now) {
        log_error (who, "ui did not give the terminal back within %d ms", SUSPEND_PATIENCE_MS);
        terminal_rescue ();
        terminal_stop (self);
    }
}

/* Tells ui what holds now; WHY: what is wrong with it, else empty. */
static void
terminal_tell_config (struct main_terminal *self, bool themed, bool rekeyed, const char *why)
{
    struct json *keys = main_keys_record (&self->config.config);
    char *text = json_print (keys);
    struct msg *configured =
        msg_new ("ui", MSG_CONFIGURED, 0, themed ? stui_theme_word (self->config.config.theme) : "",
                 text, (uint64_t) rekeyed, why);
    actor_send (self->actor, &configured);
    free (text);
    json_destroy (&keys);
}

/* The owner read the configuration again; theme and keys are read here. What the command line said goes before
 * it. When something is wrong both stay as they are. */
static void
terminal_config_stale (void *owner, const struct msg *msg)
{
    struct main_terminal *self = owner;
    struct main_config fresh = {.path = self->config.path};
    struct stui_cause cause = {0};
    (void) msg;
    int err = main_config_load (&fresh, &cause);
    if (err == 0)
        err = main_keys_check (&fresh.config, fresh.path, &cause);
    if (err < 0) {
        main_config_fini (&fresh);
        terminal_tell_config (self, false, false, cause.text);
        return;
    }
    bool themed = self->options->theme < 0 && fresh.config.theme != self->config.config.theme;
    bool rekeyed =
        self->config_cause.err || !main_keys_are_same (&fresh.config, &self->config.config);
    main_config_fini (&self->config);
    self->config = fresh;
    self->config_cause = (struct stui_cause){0};
    terminal_tell_config (self, themed, rekeyed, "");
}

static const struct actor_verb terminal_verbs[] = {
    {MSG_ACTOR_ENDED, terminal_actor_ended},
    {MSG_CONFIG_STALE, terminal_config_stale},
    {0, NULL},
};

static const struct actor_table terminal_table = {
    .verbs = terminal_verbs,
    .on_answer = terminal_answered,
    .deadline_ms = terminal_deadline,
    .on_deadline = terminal_time,
};

/* ---- life ---- */

/* All that may fail before the first actor runs. */
static int
terminal_prepare (struct main_terminal *self)
{
    const char *log_file = self->options->log_file;
    if (log_file) {
        self->log_fd = open (log_file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
        if (self->log_fd < 0)
            return stui_fail (&self->cause, STUI_E_SYSTEM, "the log file %s cannot be opened: %s",
                              log_file, strerror (errno));
    }
    log_open (self->log_fd, (enum log_level) self->options->log_level);
    self->socket_path = path_socket (self->options->profile, &self->cause);
    if (!self->socket_path)
        return self->cause.err;
    self->signal_fd = sig_open (&self->cause);
    if (self->signal_fd < 0)
        return self->signal_fd;
    return actor_system_init (SOCKETS, &self->cause);
}

/* Theme and keys are the terminal's own, so it reads them itself. When the file cannot be read, or holds
 * a wrong line, both are as they are without one, and that is said. */
static void
terminal_read_config (struct main_terminal *self)
{
    self->config.path = self->options->config_path;
    if (main_config_load (&self->config, &self->config_cause) < 0)
        log_warn (who, "%s", self->config_cause.text);
    self->bindings = main_keys_bindings (&self->config.config);
}

static void
terminal_start_relay (struct main_terminal *self)
{
    const struct terminal_options *options = self->options;
    struct relay_args extra = {
        .socket_path = self->socket_path,
        .owner = {.profile = options->profile,
                  .config_path = options->config_path,
                  .log_file = options->log_file,
                  .log_level = options->log_level,
                  .fresh = options->fresh,
                  .encrypt_sessions = options->encrypt_sessions},
        .read_only = options->read_only,
    };
    struct actor_args args = {.name = "registry", .incarnation = 1, .extra = &extra};
    self->relay = actor_spawn (relay_actor, &args);
}

static void
terminal_start_ui (struct main_terminal *self)
{
    int theme = self->options->theme;
    struct ui_args extra = {
        .fd = STDIN_FILENO,
        .options = {.ascii = self->options->ascii,
                    .kiosk = self->options->kiosk,
                    .theme = theme >= 0 ? (enum stui_theme) theme : self->config.config.theme,
                    .bindings = self->bindings,
                    .config_name = self->options->config_path,
                    .config_trouble = self->config_cause.text,
                    .read_only = self->options->read_only,
                    .fresh = self->options->fresh},
    };
    struct actor_args args = {.name = "ui", .incarnation = 1, .extra = &extra};
    self->ui = actor_spawn (ui_actor, &args);
}

static void
terminal_live (struct main_terminal *self)
{
    terminal_read_config (self);
    terminal_start_relay (self);
    struct actor_args args = {.name = "main", .incarnation = 1};
    self->actor = actor_open (NULL, &args);
    actor_watch_fd (self->actor, self->signal_fd, ZMQ_POLLIN, terminal_signalled, NULL);
    terminal_start_ui (self);
    actor_run (self->actor, &terminal_table, self);
    actor_close (&self->actor, NULL);
    zactor_destroy (&self->relay);
    actor_system_fini ();
}

int
main_terminal_run (const struct terminal_options *options)
{
    struct main_terminal self = {
        .options = options,
        .signal_fd = -1,
        .log_fd = -1,
        .suspend_until_ms = STUI_NEVER,
        .quit_until_ms = STUI_NEVER,
        .exit_status = STUI_EXIT_DONE,
    };
    sig_block ();
    if (terminal_prepare (&self) == 0)
        terminal_live (&self);
    else
        self.exit_status = STUI_EXIT_FAILED;
    if (self.cause.text[0]) {
        log_error (who, "%s", self.cause.text);
        fprintf (stderr, "stui: %s\n", self.cause.text);
    }
    log_open (-1, LOG_LEVEL_ERROR);
    if (self.signal_fd >= 0)
        close (self.signal_fd);
    if (self.log_fd >= 0)
        close (self.log_fd);
    free (self.socket_path);
    free (self.bindings);
    main_config_fini (&self.config);
    sig_restore ();
    return self.exit_status;
}
