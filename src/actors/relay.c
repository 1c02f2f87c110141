/* relay.c: see relay.h. Owns the ROUTER, the connection to the owner, and the pipe of an owner that
 * is starting. Nothing here waits: handlers queue, the end of the turn writes. In: messages of main
 * and ui, frames of the owner. Out: the same, passed on. */

#include "actors/relay.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stui/actor.h>

#include "actors/link.h"
#include "actors/refs.h"
#include "actors/routes.h"
#include "runtime/alloc.h"
#include "runtime/attach.h"
#include "runtime/clock.h"
#include "runtime/log.h"

enum { READ_BYTES = 65536 };

static_assert ((int) LINK_LAUNCH_MS == (int) LAUNCH_PATIENCE_MS, "one patience with an owner");

struct relay {
    struct actor *actor;   /* owned */
    struct routes *routes; /* owned */
    char *socket_path;     /* owned, as are the texts of `owner` */
    struct launch_options owner;
    bool is_read_only;
    struct link link;
    struct refs refs;
    bool is_first;          /* not linked yet, and requests are still held for that */
    int64_t first_until_ms; /* until when */
    int fd, fd_reader;      /* owned; -1: not connected */
    struct attach attach;   /* of that connection */
    struct launch launch;   /* its fd is -1 when none is starting */
    int launch_reader;
    int64_t look_ms;              /* STUI_NEVER, or when the owner is looked at */
    bool is_stalled;              /* the owner is stopped, and ui knows */
    char trouble[STUI_CAUSE_MAX]; /* what ui was told last is wrong; empty: nothing */
    struct stui_cause cause;      /* of the event that is being taken */
};

/* ---- to main and ui ---- */

/* Takes *MSG over; nobody there: dropped, for main and ui come and go with the process. */
static void
relay_deliver (struct relay *self, const char *to, const char *from, struct msg **msg)
{
    int reason = actor_deliver (self->actor, to, from, *msg);
    if (reason)
        log_write (reason == EHOSTUNREACH ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR, "relay",
                   "%s for %s was not delivered: %s", msg_word ((*msg)->verb), to,
                   zmq_strerror (reason));
    msg_destroy (msg);
}

/* A report or an answer of our own. */
static void
relay_send (struct relay *self, struct msg **msg)
{
    if (msg_kind ((*msg)->verb) == MSG_ANSWER) {
        char to[STUI_ACTOR_ID_MAX + 1];
        snprintf (to, sizeof to, "%s", (*msg)->peer);
        relay_deliver (self, to, actor_id (self->actor), msg);
        return;
    }
    struct route route = routes_pass (self->routes, actor_id (self->actor), *msg);
    if (route.verdict == ROUTE_FORWARD)
        relay_deliver (self, route.to, actor_id (self->actor), msg);
    msg_destroy (&route.answer);
    msg_destroy (msg);
}

static void
relay_refuse (struct relay *self, const struct refs_entry *entry, const char *why)
{
    struct msg *answer = refs_lost (entry, why);
    char to[STUI_ACTOR_ID_MAX + 1];
    snprintf (to, sizeof to, "%s", entry->from);
    relay_deliver (self, to, entry->to, &answer);
}

/* Answers all open requests with WHY. */
static void
relay_refuse_all (struct relay *self, const char *why)
{
    size_t cursor = 0;
    struct refs_entry *entry;
    while ((entry = refs_next (&self->refs, &cursor)) != NULL) {
        relay_refuse (self, entry, why);
        refs_remove (entry);
    }
}

/* Tells ui how things stand with the link. */
static void
relay_tell (struct relay *self)
{
    struct msg *report = NULL;
    bool is_linked = self->link.state == LINK_LINKED;
    if (!is_linked && self->trouble[0])
        report = msg_new ("ui", MSG_UNLINKED, 0, self->trouble);
    else if (is_linked)
        report = msg_new ("ui", MSG_LINKED, 0, (uint64_t) self->attach.owner_pid);
    if (report)
        relay_send (self, &report);
}

static void
relay_tell_stalled (struct relay *self)
{
    struct msg *report = msg_new ("ui", MSG_STALLED, 0, self->trouble);
    relay_send (self, &report);
}

static void
relay_trouble (struct relay *self, const char *text)
{
    snprintf (self->trouble, sizeof self->trouble, "%s", text);
    if (*text)
        log_info ("relay", "%s", text);
}

/* ---- requests to the owner ---- */

/* Sends what ENTRY holds, under a ref of the connection's. */
static void
relay_ask (struct relay *self, struct refs_entry *entry)
{
    struct stui_cause cause = {0};
    entry->ours = attach_ask (&self->attach, entry->held, &cause);
    if (entry->ours == 0) {
        struct msg *answer = msg_new (entry->from, MSG_ERROR, entry->theirs,
                                      stui_err_word (cause.err), cause.text, NULL);
        relay_send (self, &answer);
        refs_remove (entry);
        return;
    }
    msg_destroy (&entry->held);
}

/* FROM asks the owner. Takes *MSG over. */
static void
relay_request (struct relay *self, const char *from, struct msg **msg)
{
    struct stui_cause cause = {0};
    uint64_t ref = (*msg)->ref;
    struct refs_entry *entry = NULL;
    if (refs_permit (*msg, self->is_read_only, &cause) == 0)
        entry = refs_add (&self->refs, from, msg, &cause);
    if (!entry) {
        struct msg *answer =
            msg_new (from, MSG_ERROR, ref, stui_err_word (cause.err), cause.text, NULL);
        relay_send (self, &answer);
    }
    else if (self->link.state == LINK_LINKED) {
        relay_ask (self, entry);
    }
    else if (!self->is_first) {
        relay_refuse (self, entry, "this terminal is attached to no owner");
        refs_remove (entry);
    }
    msg_destroy (msg);
}

/* An answer of the owner, which it takes over. */
static void
relay_answer (struct relay *self, struct msg **msg)
{
    struct refs_entry *entry = refs_find (&self->refs, (*msg)->ref);
    if (!entry) {
        log_debug ("relay", "an answer that nobody waits for");
        msg_destroy (msg);
        return;
    }
    (*msg)->ref = entry->theirs;
    relay_deliver (self, entry->from, entry->to, msg);
    refs_remove (entry);
}

/* ---- the link ---- */

static actor_reader relay_heard, relay_launched;
static void relay_event (struct relay *self, enum link_event event);

static void __attribute__ ((format (printf, 2, 3)))
relay_blame (struct relay *self, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    stui_vfail (&self->cause, self->cause.err, format, args);
    va_end (args);
}

/* One attempt. What it comes to is an event. */
static void
relay_try (struct relay *self)
{
    struct launch_holder holder = launch_read_holder (self->owner.profile);
    if (holder.stopped) {
        launch_fail_stopped (holder.pid, &self->cause);
        relay_event (self, LINK_FAILED);
        return;
    }
    self->fd = launch_connect (self->socket_path, false, &self->cause);
    if (self->fd >= 0) {
        relay_event (self, LINK_CONNECTED);
    }
    else if (self->cause.err != STUI_E_NOT_FOUND) {
        relay_event (self, LINK_FAILED);
    }
    else if (holder.pid != 0) {
        relay_blame (
            self,
            "process %ld owns profile %s but has no control socket; end it, or use another "
            "--profile",
            (long) holder.pid, self->owner.profile);
        relay_event (self, LINK_HELD);
    }
    else {
        relay_blame (self, "nobody owns profile %s: starting an owner", self->owner.profile);
        relay_event (self, LINK_NOBODY);
    }
}

static void
relay_launch (struct relay *self)
{
    if (launch_begin (&self->launch, &self->owner, &self->cause) < 0) {
        relay_event (self, LINK_NO_OWNER);
        return;
    }
    log_info ("relay", "owner %ld was started", (long) self->launch.pid);
    self->launch_reader =
        actor_watch_fd (self->actor, self->launch.fd, ZMQ_POLLIN, relay_launched, NULL);
}

static void
relay_greet (struct relay *self)
{
    attach_begin (&self->attach, getpid ());
    self->fd_reader = actor_watch_fd (self->actor, self->fd, ZMQ_POLLIN, relay_heard, NULL);
    self->look_ms = clock_mono_ms () + RELAY_LOOK_MS;
}

static void
relay_announce (struct relay *self)
{
    log_info ("relay", "linked to owner %ld", (long) self->attach.owner_pid);
    relay_trouble (self, "");
    relay_tell (self);
    self->is_first = false;
    size_t cursor = 0;
    struct refs_entry *entry;
    while ((entry = refs_next (&self->refs, &cursor)) != NULL)
        relay_ask (self, entry);
}

/* Closes what there is of a connection or a start. */
static void
relay_drop (struct relay *self)
{
    if (self->launch.fd >= 0) {
        actor_unwatch (self->actor, self->launch_reader);
        launch_end (&self->launch);
    }
    if (self->fd >= 0) {
        actor_unwatch (self->actor, self->fd_reader);
        close (self->fd);
        self->fd = -1;
        attach_fini (&self->attach);
    }
    self->look_ms = STUI_NEVER;
    self->is_stalled = false;
    if (!self->is_first)
        relay_refuse_all (self, self->cause.text);
}

/* EVENT happened; what is wrong stands in self->cause. */
static void
relay_event (struct relay *self, enum link_event event)
{
    struct link_step step = link_take (&self->link, event, clock_mono_ms ());
    if (step.act == LINK_DO_DROP)
        relay_drop (self);
    if (step.is_said) {
        relay_trouble (self, self->cause.text);
        relay_tell (self);
    }
    self->cause = (struct stui_cause){0};
    switch (step.act) {
    case LINK_DO_TRY:
        relay_try (self);
        break;
    case LINK_DO_LAUNCH:
        relay_launch (self);
        break;
    case LINK_DO_GREET:
        relay_greet (self);
        break;
    case LINK_DO_ANNOUNCE:
        relay_announce (self);
        break;
    case LINK_DO_DROP:
    case LINK_DO_NOTHING:
        break;
    }
}

/* ---- what comes from the owner ---- */

static void
relay_gone (struct relay *self)
{
    if (self->attach.owner_pid)
        relay_blame (self, "owner %ld is gone", (long) self->attach.owner_pid);
    else
        relay_blame (self, "the owner of profile %s closes the connection", self->owner.profile);
    relay_event (self, LINK_CLOSED);
}

static void
relay_take (struct relay *self)
{
    struct msg *answer;
    int taken;
    while ((taken = attach_take (&self->attach, &answer, &self->cause)) > 0)
        relay_answer (self, &answer);
    if (taken == 0 && self->link.state == LINK_GREETING && self->attach.phase == ATTACH_DONE)
        relay_event (self, LINK_GREETED);
    else if (taken < 0 && self->attach.is_stopped) {
        char said[STUI_CAUSE_MAX];
        snprintf (said, sizeof said, "%s", self->cause.text);
        relay_blame (self, "%.120s: r among the images, or :retry, starts it again", said);
        relay_event (self, LINK_DISMISSED);
    }
    else if (taken == STUI_E_UNSUPPORTED)
        relay_event (self, LINK_MISMATCHED);
    else if (taken < 0)
        relay_event (self, LINK_CLOSED);
}

static void
relay_heard (void *owner, void *context, short events)
{
    (void) context;
    struct relay *self = owner;
    if (!(events & (ZMQ_POLLIN | ZMQ_POLLERR)))
        return; /* it takes more: the end of the turn writes */
    char bytes[READ_BYTES];
    ssize_t got = recv (self->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        relay_gone (self);
        return;
    }
    attach_feed (&self->attach, bytes, (size_t) got);
    relay_take (self);
}

/* At the end of each turn. */
static void
relay_write (void *context)
{
    struct relay *self = context;
    const char *bytes;
    size_t size;
    while (self->fd >= 0 && (size = attach_unwritten (&self->attach, &bytes)) > 0) {
        ssize_t put = send (self->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            break; /* that it is gone is seen by reading, after what it still said */
        attach_written (&self->attach, (size_t) put);
    }
    if (self->fd >= 0)
        actor_watch_events (
            self->actor, self->fd_reader,
            (short) (ZMQ_POLLIN
                     | (attach_unwritten (&self->attach, &bytes) > 0 ? ZMQ_POLLOUT : 0)));
}

/* The owner that we started said something, or ended. */
static void
relay_launched (void *owner, void *context, short events)
{
    (void) context;
    (void) events;
    struct relay *self = owner;
    int known = launch_look (&self->launch, &self->cause);
    if (known == 0)
        return;
    if (known < 0) {
        relay_event (self, self->cause.err == STUI_E_OWNED ? LINK_LOST_RACE : LINK_NO_OWNER);
        return;
    }
    actor_unwatch (self->actor, self->launch_reader);
    relay_event (self, LINK_READY);
}

/* Whether the owner is stopped: a link over which nothing comes, and nothing is lost. */
static void
relay_look (struct relay *self)
{
    self->look_ms = clock_mono_ms () + RELAY_LOOK_MS;
    launch_reap (&self->launch);
    struct launch_holder holder = launch_read_holder (self->owner.profile);
    if (self->link.state == LINK_GREETING && holder.stopped) {
        launch_fail_stopped (holder.pid, &self->cause);
        relay_event (self, LINK_FAILED);
        return;
    }
    bool is_stalled = self->link.state == LINK_LINKED && holder.stopped;
    if (is_stalled == self->is_stalled)
        return;
    struct stui_cause cause = {0};
    if (is_stalled)
        launch_fail_stopped (holder.pid, &cause);
    self->is_stalled = is_stalled;
    relay_trouble (self, cause.text);
    relay_tell_stalled (self);
}

/* ---- what comes from main and ui ---- */

static void
relay_answer_lost (void *context, struct msg **answer)
{
    relay_send (context, answer);
}

static void
relay_ended (struct relay *self, const char *id, const char *why)
{
    char name[STUI_ACTOR_ID_MAX + 1];
    routes_ended (self->routes, id, relay_answer_lost, self);
    refs_forget (&self->refs, id);
    routes_name_of (id, name);
    struct msg *report = msg_new ("main", MSG_ACTOR_ENDED, 0, name, why);
    relay_send (self, &report);
}

static void
relay_local (struct relay *self, const char *from, const struct msg *msg)
{
    switch (msg->verb) {
    case MSG_UP:
        routes_up (self->routes, from);
        if (strncmp (from, "ui#", 3) == 0)
            relay_tell (self);
        if (strncmp (from, "ui#", 3) == 0 && self->is_stalled)
            relay_tell_stalled (self);
        break;
    case MSG_ENDED:
        relay_ended (self, from, msg_text (msg, 0));
        break;
    case MSG_RESUME:
        relay_event (self, LINK_WAKE);
        break;
    case MSG_OWNER_WANTED:
        relay_event (self, LINK_WANTED);
        break;
    default:
        log_warn ("relay", "%s of %s is for nobody here", msg_word (msg->verb), from);
    }
}

/* What FROM says to main or ui, or to us. Takes *MSG over. */
static void
relay_pass (struct relay *self, const char *from, struct msg **msg)
{
    struct route route = routes_pass (self->routes, from, *msg);
    if (route.verdict == ROUTE_FORWARD)
        relay_deliver (self, route.to, from, msg);
    else if (route.verdict == ROUTE_LOCAL)
        relay_local (self, from, *msg);
    else if (route.verdict == ROUTE_REFUSE)
        relay_send (self, &route.answer);
    msg_destroy (msg);
}

static void
relay_mail (void *context, struct letter *letter)
{
    const struct msg *came = letter_msg (letter);
    if (!came)
        return;
    struct msg *msg = msg_copy (came);
    if (msg_is_for_clients (msg->verb))
        relay_request (context, letter->from, &msg);
    else
        relay_pass (context, letter->from, &msg);
}

/* ---- time ---- */

static int64_t
relay_deadline (void *context)
{
    struct relay *self = context;
    int64_t deadline = self->link.deadline_ms;
    if (self->look_ms < deadline)
        deadline = self->look_ms;
    if (self->is_first && self->first_until_ms < deadline)
        deadline = self->first_until_ms;
    return deadline;
}

static void
relay_time (void *context)
{
    struct relay *self = context;
    int64_t now = clock_mono_ms ();
    if (self->is_first && self->first_until_ms <= now) {
        self->is_first = false;
        relay_refuse_all (self, "this terminal is not yet attached to an owner");
    }
    if (self->look_ms <= now)
        relay_look (self);
    if (self->link.deadline_ms > now)
        return;
    if (self->link.state == LINK_LAUNCHING)
        relay_blame (self, "the owner that was started for profile %s is not ready after %d s",
                     self->owner.profile, LINK_LAUNCH_MS / 1000);
    else if (self->link.state == LINK_GREETING)
        relay_blame (self,
                     "the owner of profile %s accepts but does not answer; `stui doctor` says more",
                     self->owner.profile);
    relay_event (self, LINK_TIME);
}

/* ---- life ---- */

static const struct actor_table relay_table = {
    .on_mail = relay_mail,
    .deadline_ms = relay_deadline,
    .on_deadline = relay_time,
    .after_turn = relay_write,
};

static char *
relay_copy (const char *text)
{
    return text ? stui_strdup (text) : NULL;
}

static void
relay_fini (struct relay *self)
{
    self->is_first = true; /* main and ui have ended: nobody waits for answers */
    relay_drop (self);
    launch_reap (&self->launch);
    refs_fini (&self->refs);
    routes_destroy (&self->routes);
    free (self->socket_path);
    free ((char *) self->owner.program);
    free ((char *) self->owner.profile);
    free ((char *) self->owner.config_path);
    free ((char *) self->owner.log_file);
}

void
relay_actor (zsock_t *pipe, void *args)
{
    const struct actor_args *actor_args = args;
    const struct relay_args *extra = actor_args->extra;
    struct relay *self = stui_alloc (sizeof *self); /* its table of requests is large */
    self->actor = actor_open_switchboard (pipe, args);
    self->socket_path = stui_strdup (extra->socket_path);
    self->owner = extra->owner;
    self->owner.program = relay_copy (extra->owner.program);
    self->owner.profile = relay_copy (extra->owner.profile);
    self->owner.config_path = relay_copy (extra->owner.config_path);
    self->owner.log_file = relay_copy (extra->owner.log_file);
    self->is_read_only = extra->read_only;
    actor_ready (self->actor);

    int64_t now = clock_mono_ms ();
    self->routes = routes_new ();
    self->fd = self->launch.fd = -1;
    self->look_ms = STUI_NEVER;
    self->is_first = true;
    self->first_until_ms = now + RELAY_FIRST_MS;
    link_begin (&self->link, now);
    relay_try (self);
    actor_run (self->actor, &relay_table, self);
    relay_fini (self);
    actor_close (&self->actor, NULL);
    free (self);
}
