/* main_actor.c: the main actor: an owner's life from its first socket to its last. Owns the
 * actors that it starts (main_stop.h lists them), the configuration, the signal descriptor and
 * ready_fd. In: signals, `opened`, `listening`, `actor_ended`, what terminals ask of main. Out:
 * `images`, `drain`, answers; the word to stop on each actor's pipe.
 *
 * An actor that is told to stop is joined when its thread has returned, which the pipe says: at
 * that moment its `ended` is long sent, and joining cannot block. Pipes are watched for that
 * only while stopping, and registry's always: nobody else could say that it ended.
 *
 * The file is long because start, restart and stop are one order, read from one side. */

#include "main_actor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stui/actor.h>

#include "actors/control.h"
#include "actors/netwatch.h"
#include "actors/registry.h"
#include "actors/store.h"
#include "actors/worker.h"
#include "cli/cli.h"
#include "main_config.h"
#include "main_keys.h"
#include "main_stop.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/event.h"
#include "runtime/json.h"
#include "runtime/log.h"
#include "runtime/path.h"
#include "runtime/sig.h"

enum {
    IMAGES_TO_COME = 128,     /* added while we run, without a restart */
    SUPERVISORS_LOST_MAX = 5, /* hanging threads: what hangs that often is not this image's fault */
    /* Blocks above this are the kernel's again as soon as they are freed. glibc raises the bound with
     * each large block that is freed, up to 32 MB, and then a burst of large answers stays with us
     * for months. */
    LARGE_BLOCK_BYTES = 256 * 1024,
};

struct child {
    zactor_t *actor; /* owned; NULL: not started, or joined */
    int reader;      /* of its pipe, while watched */
    bool is_watched;
    uint64_t incarnation;
    struct main_restarts restarts;
};

struct main_actor {
    const struct owner_options *options; /* borrowed */
    struct actor *actor;                 /* owned */
    struct main_config config;
    struct child children[MAIN_CHILD_COUNT];
    char *state_dir, *socket_path, *tunnels_dir; /* owned */
    int signal_fd, log_fd;                       /* owned; -1 */
    int ready_fd;                                /* owned; -1 once written */
    int64_t started_ms;
    bool is_opened; /* store holds the profile */
    bool is_ready;  /* control has listened */
    enum main_step step;
    int64_t stop_began_ms;
    uint64_t drain_ref; /* the open `drain` */
    bool is_hung;       /* an actor did not end in time: nobody can join it */
    uint64_t given_up;  /* supervisors that hang */
    int exit_status;
};

struct child_kind {
    const char *name;
    zactor_fn *function;
    bool is_restarted; /* else its unexpected end stops everything */
};

static const struct child_kind kinds[] = {
    [MAIN_REGISTRY] = {"registry", registry_actor, false},
    [MAIN_STORE] = {"store", store_actor, false},
    [MAIN_NETWATCH] = {"netwatch", netwatch_actor, true},
    [MAIN_WORKER] = {"worker", worker_actor, true},
    [MAIN_ALERTER] = {"alerter", worker_actor, true},
    [MAIN_CONTROL] = {"control", control_actor, true},
};
static_assert (sizeof kinds / sizeof *kinds == MAIN_CHILD_COUNT, "a kind per child");

static const char who[] = "main";

/* ---- telling others ---- */

/* Says once, to whoever started us, whether we are ready: CAUSE NULL, or why not. */
static void
main_tell_ready (struct main_actor *self, const struct stui_cause *cause)
{
    if (cause) {
        log_error (who, "%s", cause->text);
        self->exit_status = STUI_EXIT_FAILED;
        if (self->ready_fd < 0 && self->options->log_file)
            fprintf (stderr, "stui: %s\n", cause->text); /* the log is elsewhere */
    }
    if (self->ready_fd < 0)
        return;
    char *line = cause ? stui_printf ("failed %s %s\n", stui_err_word (cause->err), cause->text)
                       : stui_strdup ("ready\n");
    (void) !write (self->ready_fd, line, strlen (line)); /* who does not read does not care */
    close (self->ready_fd);
    self->ready_fd = -1;
    free (line);
}

/* Logs at LEVEL and stores an event that concerns no image. */
static void __attribute__ ((format (printf, 4, 5)))
main_event (struct main_actor *self, enum log_level level, const char *kind, const char *format,
            ...)
{
    char text[STUI_CAUSE_MAX];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    log_write (level, who, "%s", text);
    struct msg *put = event_put (actor_next_ref (self->actor), clock_wall_ms (), "", kind, text);
    actor_send (self->actor, &put);
}

/* What command line and configuration say. With neither it is as it was. */
static enum store_encrypts
main_encrypts (const struct main_actor *self)
{
    static const enum store_encrypts meant[] = {[CONFIG_UNSET] = STORE_ENCRYPTS_AS_BEFORE,
                                                [CONFIG_OFF] = STORE_ENCRYPTS_NOTHING,
                                                [CONFIG_ON] = STORE_ENCRYPTS_SESSIONS};
    return meant[self->options->encrypt_sessions ? CONFIG_ON
                                                 : self->config.config.encrypt_sessions];
}

/* The configuration is another one: store hears of it before registry does. */
static void
main_send_encryption (struct main_actor *self)
{
    enum store_encrypts encrypts = main_encrypts (self);
    if (encrypts == STORE_ENCRYPTS_AS_BEFORE)
        return;
    struct msg *encrypt = msg_new ("store", MSG_ENCRYPT_SESSIONS, 0,
                                   (uint64_t) (encrypts == STORE_ENCRYPTS_SESSIONS));
    actor_send (self->actor, &encrypt);
}

static void
main_send_images (struct main_actor *self)
{
    char *body = main_config_images (&self->config, self->options->autoconnect,
                                     self->options->read_only, self->options->fresh);
    struct msg *images = msg_new ("registry", MSG_IMAGES, 0, body);
    actor_send (self->actor, &images);
    free (body);
}

/* ---- actors ---- */

static void
child_start (struct main_actor *self, enum main_child index)
{
    struct control_args control = {
        .socket_path = self->socket_path,
        .opened = self->is_opened,
        .once = self->options->once,
    };
    struct store_args store = {.state_dir = self->state_dir, .encrypts = main_encrypts (self)};
    struct netwatch_args netwatch = {.timeout_ms = NETWATCH_TIMEOUT_MS,
                                     .tunnels = self->tunnels_dir};
    const void *extras[MAIN_CHILD_COUNT] = {
        [MAIN_STORE] = &store, [MAIN_CONTROL] = &control, [MAIN_NETWATCH] = &netwatch};
    struct child *child = &self->children[index];
    struct actor_args args = {
        .name = kinds[index].name,
        .incarnation = ++child->incarnation,
        .extra = extras[index],
    };
    child->actor = actor_spawn (kinds[index].function, &args);
    /* Telling one that has just ended to end finds nobody there, and must not wait. */
    zsock_set_sndtimeo (zactor_sock (child->actor), 0);
}

static void main_step_next (struct main_actor *self);

static void
child_unwatch (struct main_actor *self, struct child *child)
{
    if (child->is_watched)
        actor_unwatch (self->actor, child->reader);
    child->is_watched = false;
}

static void
main_stop (struct main_actor *self, const char *why)
{
    if (self->step != MAIN_STEP_RUNNING) {
        log_info (who, "still stopping (%s)", why);
        return;
    }
    log_info (who, "stopping: %s", why);
    self->stop_began_ms = clock_mono_ms ();
    main_step_next (self);
}

/* A child's thread has returned: its pipe became readable, and nothing else ever comes there. */
static bool
child_returned (void *owner, void *context)
{
    struct main_actor *self = owner;
    struct child *child = context;
    if (!(zsock_events (child->actor) & ZMQ_POLLIN))
        return true;
    enum main_child index = (enum main_child) (child - self->children);
    child_unwatch (self, child);
    zactor_destroy (&child->actor);
    if (self->step != MAIN_STEP_RUNNING && main_stop_step (self->step)->child == index)
        main_step_next (self);
    else if (index == MAIN_REGISTRY) { /* with it the switchboard */
        self->exit_status = STUI_EXIT_FAILED;
        log_error (who, "registry ended unexpectedly: stui stops");
        main_stop (self, "registry ended");
    }
    return true;
}

static void
child_watch (struct main_actor *self, struct child *child)
{
    if (child->is_watched)
        return;
    child->reader =
        actor_watch_socket (self->actor, zactor_resolve (child->actor), child_returned, child);
    child->is_watched = true;
}

/* CHILD ended though nobody told it to. */
static void
child_lost (struct main_actor *self, enum main_child index, const char *why)
{
    const char *name = kinds[index].name;
    if (!kinds[index].is_restarted || (index == MAIN_CONTROL && !self->is_ready)) {
        struct stui_cause cause;
        main_stop_cause (name, why, &cause);
        main_tell_ready (self, &cause);
        main_stop (self, cause.text);
    }
    else if (main_restarts_allow (&self->children[index].restarts, clock_mono_ms ())) {
        main_event (self, LOG_LEVEL_ERROR, "actor_restarted",
                    "%s ended and was started again: %.120s", name,
                    *why ? why : "it did not say why");
        child_start (self, index);
    }
    else {
        main_event (self, LOG_LEVEL_ERROR, "actor_failed",
                    "%s ended more than %d times in %d s and is left so: restart stui", name,
                    MAIN_RESTARTS_MAX, MAIN_RESTARTS_MS / 1000);
    }
}

/* ---- stopping ---- */

/* Asks what STEP asks for; false when there is nothing to wait for. */
static bool
main_step_begin (struct main_actor *self, enum main_step step)
{
    const struct main_stop *stop = main_stop_step (step);
    struct child *child = &self->children[stop->child];
    if (!child->actor)
        return false;
    if (!stop->is_drain) {
        child_watch (self, child);
        zstr_send (child->actor, "$TERM");
        actor_sent_on (self->actor, child->reader);
        return true;
    }
    if (!self->children[MAIN_REGISTRY].actor)
        return false; /* nobody would carry it */
    self->drain_ref = actor_next_ref (self->actor);
    struct msg *drain = msg_new (kinds[stop->child].name, MSG_DRAIN, self->drain_ref);
    return actor_send (self->actor, &drain) == 0;
}

/* Goes on to the next step that has something to wait for; the last one comes when this
 * thread has left the switchboard. */
static void
main_step_next (struct main_actor *self)
{
    do {
        self->step++;
        self->drain_ref = 0;
    } while (self->step < MAIN_STEP_REGISTRY && !main_step_begin (self, self->step));
    if (self->step == MAIN_STEP_REGISTRY)
        actor_stop (self->actor);
}

static int64_t
main_step_until (const struct main_actor *self)
{
    return self->stop_began_ms + main_stop_step (self->step)->until_ms;
}

static int64_t
main_deadline (void *owner)
{
    struct main_actor *self = owner;
    return self->step == MAIN_STEP_RUNNING ? STUI_NEVER : main_step_until (self);
}

static void
main_on_deadline (void *owner)
{
    struct main_actor *self = owner;
    const struct main_stop *stop = main_stop_step (self->step);
    log_error (who, "%s did not %s within %" PRId64 " ms: going on without",
               kinds[stop->child].name, stop->is_drain ? "drain" : "end", stop->until_ms);
    if (!stop->is_drain) {
        child_unwatch (self, &self->children[stop->child]);
        self->is_hung = true;
    }
    main_step_next (self);
}

/* Ends registry, when nobody is left who needs the switchboard. */
static void
main_end_registry (struct main_actor *self)
{
    struct child *registry = &self->children[MAIN_REGISTRY];
    if (!registry->actor)
        return;
    int64_t left = main_step_until (self) - clock_mono_ms ();
    zmq_pollitem_t pipe = {.socket = zsock_resolve (registry->actor), .events = ZMQ_POLLIN};
    zstr_send (registry->actor, "$TERM");
    if (zmq_poll (&pipe, 1, left > 0 ? (long) left : 0) > 0)
        zactor_destroy (&registry->actor);
    else
        self->is_hung = true;
}

/* ---- signals ---- */

/* Says what is wrong with the keys of the configuration, which does not hinder its images. */
static bool
main_keys_are_well (struct main_actor *self)
{
    struct stui_cause cause = {0};
    int err = main_keys_check (&self->config.config, self->config.path, &cause);
    if (err < 0)
        main_event (self, LOG_LEVEL_ERROR, "config_error",
                    "the keys are as they are without [keys]: %s", cause.text);
    return err == 0;
}

static void
main_reload (struct main_actor *self)
{
    struct stui_cause cause = {0};
    if (main_config_load (&self->config, &cause) < 0) {
        main_event (self, LOG_LEVEL_ERROR, "config_error",
                    "the configuration was not read again: %s", cause.text);
        return;
    }
    if (main_keys_are_well (self))
        main_event (
            self, LOG_LEVEL_INFO, "config_read", "the configuration was read again: %zu image%s",
            self->config.config.image_count, self->config.config.image_count == 1 ? "" : "s");
    main_send_encryption (self);
    main_send_images (self);
}

/* Time went on without this process: what it knows of its links is old. */
static void
main_tell_stopped (struct main_actor *self)
{
    struct msg *changed = msg_new ("registry", MSG_NETWORK_CHANGED, 0, "stui itself was stopped");
    actor_send (self->actor, &changed);
}

static void
main_signalled (void *owner, void *context, short events)
{
    (void) context;
    (void) events;
    struct main_actor *self = owner;
    int number;
    while ((number = sig_next (self->signal_fd)) != 0) {
        switch (number) {
        case SIGINT:
        case SIGTERM:
            main_stop (self, number == SIGINT ? "SIGINT" : "SIGTERM");
            break;
        case SIGHUP:
            if (self->step == MAIN_STEP_RUNNING)
                main_reload (self);
            break;
        case SIGTSTP: /* blocked, so it stopped nobody: all threads pause together now */
            log_info (who, "paused");
            raise (SIGSTOP);
            break;
        case SIGCONT:
            log_info (who, "continued");
            main_tell_stopped (self);
            break;
        }
    }
}

/* ---- verbs ---- */

static void
main_actor_ended (void *owner, const struct msg *msg)
{
    struct main_actor *self = owner;
    const char *name = msg_text (msg, 0), *why = msg_text (msg, 1);
    if (self->step != MAIN_STEP_RUNNING)
        return; /* the pipe says when it is to be joined */
    for (int index = 0; index < MAIN_CHILD_COUNT; index++) {
        struct child *child = &self->children[index];
        if (strcmp (kinds[index].name, name) != 0 || !child->actor)
            continue;
        child_unwatch (self, child);
        zactor_destroy (&child->actor);
        child_lost (self, (enum main_child) index, why);
        return;
    }
}

static void
main_opened (void *owner, const struct msg *msg)
{
    struct main_actor *self = owner;
    log_info (who, "profile %s is open, generation %" PRIu64, self->options->profile,
              msg_number (msg, 1));
    if (self->is_opened || self->step != MAIN_STEP_RUNNING)
        return;
    self->is_opened = true;
    main_keys_are_well (self);
    child_start (self, MAIN_CONTROL); /* only now may the socket be bound */
}

static void
main_listening (void *owner, const struct msg *msg)
{
    struct main_actor *self = owner;
    log_info (who, "listening on %s", msg_text (msg, 0));
    self->is_ready = true;
    main_tell_ready (self, NULL);
}

static void
main_shutdown (void *owner, const struct msg *msg)
{
    struct main_actor *self = owner;
    actor_answer (self->actor, msg, NULL);
    main_stop (self, "asked to");
}

static void
main_status (void *owner, const struct msg *msg)
{
    struct main_actor *self = owner;
    struct json *status = json_object ();
    json_set_text (status, "profile", self->options->profile);
    json_set_number (status, "owner_pid", getpid ());
    json_set_bool (status, "once", self->options->once);
    json_set_number (status, "uptime_s", (clock_mono_ms () - self->started_ms) / 1000);
    json_set_text (status, "version", STUI_VERSION);
    json_set_text (status, "config", self->config.path);
    json_set_text (status, "state_dir", self->state_dir);
    json_set_number (status, "supervisors_given_up", (int64_t) self->given_up);
    json_set_bool (status, "restart_wanted", self->given_up >= SUPERVISORS_LOST_MAX);
    char *text = json_print (status);
    actor_answer (self->actor, msg, text);
    free (text);
    json_destroy (&status);
}

/* Answers a change of the configuration that ended with RC; registry hears of it first. */
static void
main_changed (struct main_actor *self, const struct msg *msg, int rc,
              const struct stui_cause *cause)
{
    if (rc < 0) {
        actor_refuse (self->actor, msg, cause->err, "%s", cause->text);
        return;
    }
    main_send_encryption (self);
    main_send_images (self);
    actor_answer (self->actor, msg, NULL);
}

/* `image_add` and `image_set`. */
static void
main_image_settings (void *owner, const struct msg *msg)
{
    struct main_actor *self = owner;
    struct stui_cause cause = {0};
    const char *name = msg_text (msg, 0), *words = msg_text (msg, 1);
    struct json *settings = json_parse (words, strlen (words), &cause);
    int rc;
    if (!json_is_object (settings))
        rc = stui_fail (&cause, STUI_E_INVALID_REQUEST,
                        "the settings of an image are an object, such as "
                        "{\"address\":\"tcp://HOST:PORT\"}");
    else if (msg->verb == MSG_IMAGE_ADD)
        rc = main_config_add (&self->config, name, settings, &cause);
    else
        rc = main_config_set (&self->config, name, settings, &cause);
    main_changed (self, msg, rc, &cause);
    json_destroy (&settings);
}

static void
main_image_remove (void *owner, const struct msg *msg)
{
    struct main_actor *self = owner;
    struct stui_cause cause = {0};
    int rc = main_config_remove (&self->config, msg_text (msg, 0), &cause);
    main_changed (self, msg, rc, &cause);
}

static void
main_config_get (void *owner, const struct msg *msg)
{
    struct main_actor *self = owner;
    struct stui_cause cause = {0};
    char *text = main_config_show (&self->config, msg_text (msg, 0), &cause);
    if (text)
        actor_answer (self->actor, msg, text);
    else
        actor_refuse (self->actor, msg, cause.err, "%s", cause.text);
    free (text);
}

static void
main_abandoned (void *owner, const struct msg *msg)
{
    struct main_actor *self = owner;
    self->given_up = msg_number (msg, 1);
    if (*msg_text (msg, 0))
        main_event (self, LOG_LEVEL_ERROR, "abandoned",
                    "the supervisor of %s answered nothing and was given up%s", msg_text (msg, 0),
                    self->given_up >= SUPERVISORS_LOST_MAX ? ": too many hang now, restart stui"
                                                           : "");
}

/* Answers to `drain`, and to events that nobody waits for. */
static void
main_answered (void *owner, const struct msg *msg)
{
    struct main_actor *self = owner;
    if (self->drain_ref != 0 && msg->ref == self->drain_ref)
        main_step_next (self);
}

static const struct actor_verb main_verbs[] = {
    {MSG_ACTOR_ENDED, main_actor_ended},
    {MSG_ABANDONED, main_abandoned},
    {MSG_OPENED, main_opened},
    {MSG_LISTENING, main_listening},
    {MSG_SHUTDOWN, main_shutdown},
    {MSG_STATUS, main_status},
    {MSG_IMAGE_ADD, main_image_settings},
    {MSG_IMAGE_SET, main_image_settings},
    {MSG_IMAGE_REMOVE, main_image_remove},
    {MSG_CONFIG_GET, main_config_get},
    {0, NULL},
};

static const struct actor_table main_table = {
    .verbs = main_verbs,
    .on_answer = main_answered,
    .deadline_ms = main_deadline,
    .on_deadline = main_on_deadline,
};

/* ---- life ---- */

static int
main_open_log (struct main_actor *self, struct stui_cause *cause)
{
    const char *path = self->options->log_file;
    if (path) {
        self->log_fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
        if (self->log_fd < 0)
            return stui_fail (cause, STUI_E_SYSTEM, "the log file %s cannot be opened: %s", path,
                              strerror (errno));
    }
    log_open (path ? self->log_fd : STDERR_FILENO, (enum log_level) self->options->log_level);
    return 0;
}

/* Sockets for the images that there are and some more: fewer more where the system has not so many
 * descriptors. */
static int
main_open_runtime (const struct main_actor *self, struct stui_cause *cause)
{
    size_t images = self->config.config.image_count;
    mallopt (M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES);
    for (size_t more = IMAGES_TO_COME; more > 0; more /= 2)
        if (actor_system_init (REGISTRY_SOCKETS (images + more), NULL) == 0)
            return 0;
    return actor_system_init (REGISTRY_SOCKETS (images), cause);
}

/* All that may fail before the first actor runs. */
static int
main_prepare (struct main_actor *self, struct stui_cause *cause)
{
    int rc = main_open_log (self, cause);
    if (rc == 0)
        rc = main_config_load (&self->config, cause);
    if (rc < 0)
        return rc;
    self->state_dir = path_state (self->options->profile);
    self->socket_path = path_socket (self->options->profile, cause);
    self->tunnels_dir = path_tunnels (self->options->profile);
    if (!self->socket_path)
        return cause->err;
    self->signal_fd = sig_open (cause);
    if (self->signal_fd < 0)
        return self->signal_fd;
    return main_open_runtime (self, cause);
}

static void
main_live (struct main_actor *self)
{
    child_start (self, MAIN_REGISTRY); /* returns when the switchboard is bound */
    struct actor_args args = {.name = "main", .incarnation = 1};
    self->actor = actor_open (NULL, &args);
    child_watch (self, &self->children[MAIN_REGISTRY]);
    actor_watch_fd (self->actor, self->signal_fd, ZMQ_POLLIN, main_signalled, NULL);
    child_start (self, MAIN_STORE);
    child_start (self, MAIN_NETWATCH);
    child_start (self, MAIN_WORKER);
    child_start (self, MAIN_ALERTER);
    main_send_images (self); /* while store opens the database: no supervisor is started before */
    actor_run (self->actor, &main_table, self);
    actor_close (&self->actor, NULL);
    main_end_registry (self);
}

int
main_actor_run (const struct owner_options *options)
{
    struct main_actor self = {
        .options = options,
        .config.path = options->config_path,
        .signal_fd = -1,
        .log_fd = -1,
        .ready_fd = options->ready_fd,
        .started_ms = clock_mono_ms (),
        .exit_status = STUI_EXIT_DONE,
    };
    struct stui_cause cause = {0};
    sig_block ();
    if (main_prepare (&self, &cause) == 0) {
        main_live (&self);
        log_info (who, "stopped");
        if (self.is_hung || self.given_up > 0) /* store has synced, or had 5 s to */
            _exit (self.is_hung ? STUI_EXIT_FAILED : self.exit_status);
        actor_system_fini ();
    }
    else {
        main_tell_ready (&self, &cause);
    }
    log_open (-1, LOG_LEVEL_ERROR);
    if (self.ready_fd >= 0)
        close (self.ready_fd); /* stopped before it was ready */
    if (self.signal_fd >= 0)
        close (self.signal_fd);
    if (self.log_fd >= 0)
        close (self.log_fd);
    main_config_fini (&self.config);
    free (self.state_dir);
    free (self.socket_path);
    free (self.tunnels_dir);
    sig_restore ();
    return self.exit_status;
}
