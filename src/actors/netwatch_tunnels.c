/* netwatch_tunnels.c: see netwatch_tunnels.h. Owns the processes, the connections to their control
 * sockets and the sockets' directory; in: what ssh says, its end, what its control socket answers, a sign
 * of life through it; out: the answers and events that tunnels.c decides.
 *
 * A run of ssh outlives what is wanted of it: told to end, it stays in the list until it has, and is
 * killed when that takes too long. */

#include "actors/netwatch_tunnels.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "actors/ssh_mux.h"
#include "actors/ssh_process.h"
#include "actors/tunnels.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/event.h"
#include "runtime/log.h"
#include "runtime/path.h"

enum { NO_READER = -1, RUN_KILL_MS = 2000, MUX_BUFFER = 4 * SSH_MUX_PACKET_MAX };

/* A descriptor that the actor polls. */
struct watched_fd {
    int fd, reader; /* owned; -1 */
};

struct ssh_run {
    struct ssh_run *next;
    struct netwatch_tunnels *owner; /* borrowed */
    uint32_t id;                    /* as tunnels.c counts them */
    struct via via;
    bool is_older, begins_anew; /* than OpenSSH 8.7; without the word that it does not know */
    struct ssh_process process;
    int end_reader, said_reader;
    char control[TUNNEL_PATH_MAX];
    struct watched_fd mux, check;
    unsigned char in[MUX_BUFFER]; /* from the control socket, in_size bytes */
    size_t in_size;
    unsigned char *out; /* owned: not yet written to it */
    size_t out_size, out_capacity;
    int64_t kill_ms; /* it was told to end, or does so by itself; STUI_NEVER */
};

struct netwatch_tunnels {
    struct actor *actor; /* borrowed */
    char *directory;     /* owned; NULL: no tunnels */
    char mark[32];       /* what the names of our sockets begin with */
    struct tunnels tunnels;
    struct ssh_run *runs; /* owned */
};

static void tunnels_perform (struct netwatch_tunnels *self);

/* ---- Descriptors --------------------------------------------------------------------------- */

static void
watched_close (struct netwatch_tunnels *self, struct watched_fd *watched)
{
    if (watched->reader != NO_READER)
        actor_unwatch (self->actor, watched->reader);
    if (watched->fd >= 0)
        close (watched->fd);
    *watched = (struct watched_fd){-1, NO_READER};
}

/* Connects to the socket PATH without waiting; the descriptor, or -1. */
static int
socket_connect (const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf (address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) != 0) {
        close (fd);
        fd = -1;
    }
    return fd;
}

/* Whether a socket in the directory is nobody's any more: NAME begins with who made it. */
static bool
socket_is_left (const char *name)
{
    long pid = strtol (name, NULL, 10);
    return pid > 0 && kill ((pid_t) pid, 0) != 0 && errno == ESRCH;
}

/* Removes the sockets whose names begin with PREFIX; those that a killed stui left, too. */
static void
sockets_remove (const struct netwatch_tunnels *self, const char *prefix)
{
    DIR *directory = self->directory ? opendir (self->directory) : NULL;
    const struct dirent *entry;
    while (directory && (entry = readdir (directory)) != NULL)
        if (strncmp (entry->d_name, prefix, strlen (prefix)) == 0 || socket_is_left (entry->d_name))
            unlinkat (dirfd (directory), entry->d_name, 0);
    if (directory)
        closedir (directory);
}

/* ---- One ssh --------------------------------------------------------------------------------- */

static struct ssh_run *
run_find (const struct netwatch_tunnels *self, uint32_t id)
{
    struct ssh_run *run = self->runs;
    while (run && run->id != id)
        run = run->next;
    return run;
}

/* Nothing more is asked of it, and nothing it says matters. */
static void
run_part (struct ssh_run *run)
{
    watched_close (run->owner, &run->mux);
    watched_close (run->owner, &run->check);
}

static void
run_stop (struct ssh_run *run)
{
    run_part (run);
    ssh_process_stop (&run->process);
    if (run->kill_ms == STUI_NEVER)
        run->kill_ms = clock_mono_ms () + RUN_KILL_MS;
}

/* Its process is no more, or is not to be. */
static void
run_close (struct ssh_run *run)
{
    struct netwatch_tunnels *self = run->owner;
    run_part (run);
    if (run->said_reader != NO_READER)
        actor_unwatch (self->actor, run->said_reader);
    if (run->end_reader != NO_READER)
        actor_unwatch (self->actor, run->end_reader);
    run->said_reader = run->end_reader = NO_READER;
    ssh_process_close (&run->process);
}

static void
run_destroy (struct ssh_run *run)
{
    struct netwatch_tunnels *self = run->owner;
    struct ssh_run **link = &self->runs;
    char prefix[64];
    while (*link != run)
        link = &(*link)->next;
    *link = run->next;
    run_close (run);
    snprintf (prefix, sizeof prefix, "%s-%u.", self->mark, run->id);
    sockets_remove (self, prefix);
    free (run->out);
    free (run);
}

static void
run_write (struct ssh_run *run)
{
    while (run->mux.fd >= 0 && run->out_size > 0) {
        ssize_t sent = send (run->mux.fd, run->out, run->out_size, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            break; /* full; or its end, which is read */
        if (sent > 0) {
            run->out_size -= (size_t) sent;
            memmove (run->out, run->out + sent, run->out_size);
        }
    }
    if (run->mux.fd >= 0)
        actor_watch_events (run->owner->actor, run->mux.reader,
                            (short) (ZMQ_POLLIN | (run->out_size > 0 ? ZMQ_POLLOUT : 0)));
}

static void
run_send (struct ssh_run *run, const unsigned char *packet, size_t size)
{
    while (run->out_size + size > run->out_capacity) {
        run->out_capacity = run->out_capacity ? run->out_capacity * 2 : SSH_MUX_PACKET_MAX;
        run->out = stui_realloc (run->out, run->out_capacity);
    }
    memcpy (run->out + run->out_size, packet, size);
    run->out_size += size;
    run_write (run);
}

/* What its control socket answered, as far as it is whole. False: it makes no sense. */
static bool
run_answers (struct ssh_run *run)
{
    struct ssh_mux_answer answer;
    int taken;
    while ((taken = ssh_mux_take (run->in, run->in_size, &answer)) > 0) {
        run->in_size -= (size_t) taken;
        memmove (run->in, run->in + taken, run->in_size);
        if (!answer.is_hello)
            tunnels_forwarded (&run->owner->tunnels, run->id, answer.id,
                               answer.ok ? NULL : answer.why, clock_mono_ms ());
    }
    return taken == 0;
}

static void
run_answered (void *owner, void *context, short events)
{
    (void) owner, (void) events;
    struct ssh_run *run = context;
    struct netwatch_tunnels *self = run->owner;
    ssize_t got = recv (run->mux.fd, run->in + run->in_size, sizeof run->in - run->in_size, 0);
    if (got > 0) {
        run->in_size += (size_t) got;
        if (!run_answers (run)) {
            tunnels_ended (&self->tunnels, run->id, STUI_TROUBLE_TUNNEL_DOWN,
                           "its control socket does not speak as OpenSSH's does", clock_mono_ms ());
            run_stop (run);
        }
        run_write (run);
    }
    else if (got == 0 || (errno != EAGAIN && errno != EINTR)) { /* it ends, and says why itself */
        run_part (run);
        run->kill_ms = clock_mono_ms () + RUN_KILL_MS;
    }
    else { /* there was room to write */
        run_write (run);
    }
    tunnels_perform (self);
}

/* Its control socket is there once it is through, and it says something at each step: so whenever it has
 * said something the socket is tried. */
static void
run_try_control (struct ssh_run *run)
{
    unsigned char hello[SSH_MUX_PACKET_MAX];
    if (run->mux.fd >= 0 || run->kill_ms != STUI_NEVER)
        return;
    run->mux.fd = socket_connect (run->control);
    if (run->mux.fd < 0)
        return;
    run->mux.reader =
        actor_watch_fd (run->owner->actor, run->mux.fd, ZMQ_POLLIN, run_answered, run);
    run_send (run, hello, ssh_mux_hello (hello));
    tunnels_ready (&run->owner->tunnels, run->id, clock_mono_ms ());
}

/* An ssh before 8.7, which cannot go on behind our back by its configuration, refuses the word that
 * forbids it. (To have it ignored by IgnoreUnknown would undo the user's own IgnoreUnknown.) */
static bool
run_is_older (const struct ssh_run *run, const char *line)
{
    return !run->is_older && strncmp (line, "command-line", 12) == 0
           && strcasestr (line, "bad configuration option: forkafterauthentication");
}

static void
run_read (struct ssh_run *run)
{
    const char *line;
    while ((line = ssh_process_line (&run->process)) != NULL) {
        log_debug (actor_id (run->owner->actor), "ssh %u: %s", run->id, line);
        if (run_is_older (run, line))
            run->is_older = run->begins_anew = true;
        else
            tunnels_said (&run->owner->tunnels, run->id, line, clock_mono_ms ());
    }
    if (run->process.said_fd < 0 && run->said_reader != NO_READER) {
        actor_unwatch (run->owner->actor, run->said_reader);
        run->said_reader = NO_READER;
    }
}

static void
run_said (void *owner, void *context, short events)
{
    (void) owner, (void) events;
    struct ssh_run *run = context;
    struct netwatch_tunnels *self = run->owner;
    run_read (run);
    run_try_control (run);
    tunnels_perform (self);
}

static void run_begin (struct ssh_run *run);

static void
run_ended (void *owner, void *context, short events)
{
    (void) owner, (void) events;
    struct ssh_run *run = context;
    struct netwatch_tunnels *self = run->owner;
    int status;
    run_read (run);
    if (!ssh_process_ended (&run->process, &status))
        return;
    log_info (actor_id (self->actor), "ssh %u ended with status %d", run->id, status);
    if (run->begins_anew && run->kill_ms == STUI_NEVER) {
        run->begins_anew = false;
        run_close (run);
        run_begin (run);
    }
    else {
        tunnels_ended (&self->tunnels, run->id, STUI_TROUBLE_TUNNEL_DOWN, NULL, clock_mono_ms ());
        run_destroy (run);
    }
    tunnels_perform (self);
}

/* ---- What tunnels.c decides --------------------------------------------------------------------- */

/* The words of ssh for RUN, ending with NULL. What the user's own configuration says holds, but for
 * what would make it something else than a tunnel: no questions, nothing of its own forwarded, no
 * process that goes on behind our back. */
static void
run_words (const struct ssh_run *run, const char *words[40])
{
    static const char *const options[] = {
        "BatchMode=yes",         "ClearAllForwardings=yes",   "ConnectTimeout=10",
        "ControlPersist=no",     "ExitOnForwardFailure=yes",  "ForwardAgent=no",
        "ForwardX11=no",         "PermitLocalCommand=no",     "ServerAliveCountMax=3",
        "ServerAliveInterval=5", "StreamLocalBindUnlink=yes",
    };
    size_t count = 0;
    words[count++] = "ssh";
    words[count++] = "-vNTM";
    words[count++] = "-S";
    words[count++] = run->control;
    if (!run->is_older) {
        words[count++] = "-o";
        words[count++] = "ForkAfterAuthentication=no";
    }
    for (size_t index = 0; index < sizeof options / sizeof *options; index++) {
        words[count++] = "-o";
        words[count++] = options[index];
    }
    if (run->via.port[0]) {
        words[count++] = "-p";
        words[count++] = run->via.port;
    }
    words[count++] = "--";
    words[count++] = run->via.destination;
    words[count] = NULL;
}

/* 0, or why no ssh runs. */
static int
run_spawn (struct ssh_run *run, enum stui_trouble *trouble, struct stui_cause *cause)
{
    const char *words[40];
    *trouble = STUI_TROUBLE_TUNNEL_DOWN;
    if (!run->owner->directory)
        return stui_fail (cause, STUI_E_SYSTEM, "there is no place for its sockets");
    int err = path_make_private_parent (run->owner->directory, cause);
    if (!err)
        err = path_make_private (run->owner->directory, cause);
    if (err)
        return err;
    *trouble = STUI_TROUBLE_NO_SSH;
    char *program = path_ssh (cause);
    if (!program)
        return STUI_E_NOT_FOUND;
    run_words (run, words);
    err = ssh_process_start (&run->process, program, words, cause);
    *trouble = STUI_TROUBLE_TUNNEL_DOWN;
    free (program);
    return err;
}

/* Starts its process; RUN is no more when there is none. */
static void
run_begin (struct ssh_run *run)
{
    struct netwatch_tunnels *self = run->owner;
    struct stui_cause cause = {0};
    enum stui_trouble trouble;
    if (run_spawn (run, &trouble, &cause) != 0) {
        tunnels_ended (&self->tunnels, run->id, trouble, cause.text, clock_mono_ms ());
        run_destroy (run);
        return;
    }
    run->said_reader =
        actor_watch_fd (self->actor, run->process.said_fd, ZMQ_POLLIN, run_said, run);
    run->end_reader = actor_watch_fd (self->actor, run->process.end_fd, ZMQ_POLLIN, run_ended, run);
    log_info (actor_id (self->actor), "ssh %u to %s is process %ld", run->id, run->via.destination,
              (long) run->process.pid);
}

static void
perform_start (struct netwatch_tunnels *self, const struct tunnels_action *action)
{
    struct ssh_run *run = stui_alloc (sizeof *run);
    run->owner = self;
    run->id = action->run;
    run->via = action->via;
    run->process = (struct ssh_process){.end_fd = -1, .said_fd = -1};
    run->mux = run->check = (struct watched_fd){-1, NO_READER};
    run->said_reader = run->end_reader = NO_READER;
    run->kill_ms = STUI_NEVER;
    memcpy (run->control, action->path, sizeof run->control);
    run->next = self->runs;
    self->runs = run;
    run_begin (run);
}

static void
perform_forward (struct netwatch_tunnels *self, const struct tunnels_action *action)
{
    unsigned char packet[SSH_MUX_PACKET_MAX];
    struct ssh_run *run = run_find (self, action->run);
    size_t size = ssh_mux_forward (packet, action->id, action->path, action->host, action->port);
    if (run && run->mux.fd >= 0 && size > 0)
        run_send (run, packet, size);
    else
        tunnels_forwarded (&self->tunnels, action->run, action->id, "it cannot be asked",
                           clock_mono_ms ());
}

static void
check_answered (void *owner, void *context, short events)
{
    (void) owner, (void) events;
    struct ssh_run *run = context;
    struct netwatch_tunnels *self = run->owner;
    watched_close (self, &run->check);
    tunnels_checked (&self->tunnels, run->id, clock_mono_ms ());
    tunnels_perform (self);
}

/* Anything that comes back, an end too, came from the other side. */
static void
perform_check (struct netwatch_tunnels *self, const struct tunnels_action *action)
{
    struct ssh_run *run = run_find (self, action->run);
    if (!run)
        return;
    watched_close (self, &run->check);
    run->check.fd = socket_connect (action->path);
    if (run->check.fd >= 0)
        run->check.reader =
            actor_watch_fd (self->actor, run->check.fd, ZMQ_POLLIN, check_answered, run);
}

static void
perform_stop (struct netwatch_tunnels *self, const struct tunnels_action *action)
{
    struct ssh_run *run = run_find (self, action->run);
    if (run)
        run_stop (run);
}

static void
perform_event (struct netwatch_tunnels *self, const struct tunnels_action *action)
{
    log_info (actor_id (self->actor), "%s", action->text);
    struct msg *put =
        event_put (actor_next_ref (self->actor), clock_wall_ms (), "", action->kind, action->text);
    actor_send (self->actor, &put);
}

/* Performing one may add others, at the end. */
static void
tunnels_perform (struct netwatch_tunnels *self)
{
    for (size_t index = 0; index < self->tunnels.action_count; index++) {
        struct tunnels_action action = self->tunnels.actions[index];
        self->tunnels.actions[index].msg = NULL;
        switch (action.what) {
        case TUNNELS_SEND:
            actor_send (self->actor, &action.msg);
            break;
        case TUNNELS_START:
            perform_start (self, &action);
            break;
        case TUNNELS_FORWARD:
            perform_forward (self, &action);
            break;
        case TUNNELS_CHECK:
            perform_check (self, &action);
            break;
        case TUNNELS_STOP:
            perform_stop (self, &action);
            break;
        case TUNNELS_EVENT:
            perform_event (self, &action);
            break;
        }
    }
    self->tunnels.action_count = 0;
}

/* ---- The interface ------------------------------------------------------------------------------- */

void
netwatch_tunnels_message (struct netwatch_tunnels *self, const struct msg *msg)
{
    /* Why a connection came to nothing was written before it was closed, so before this was asked. */
    for (struct ssh_run *run = self->runs; msg->verb == MSG_TUNNEL_WHY && run; run = run->next)
        run_read (run);
    if (msg->verb == MSG_TUNNEL)
        tunnels_ask (&self->tunnels, msg, clock_mono_ms ());
    else if (msg->verb == MSG_TUNNEL_WHY)
        tunnels_why (&self->tunnels, msg, clock_mono_ms ());
    else
        tunnels_left (&self->tunnels, msg, clock_mono_ms ());
    tunnels_perform (self);
}

void
netwatch_tunnels_changed (struct netwatch_tunnels *self)
{
    tunnels_changed (&self->tunnels, clock_mono_ms ());
    tunnels_perform (self);
}

int64_t
netwatch_tunnels_deadline (const struct netwatch_tunnels *self)
{
    int64_t earliest = tunnels_deadline (&self->tunnels);
    for (const struct ssh_run *run = self->runs; run; run = run->next)
        if (run->kill_ms < earliest)
            earliest = run->kill_ms;
    return earliest;
}

void
netwatch_tunnels_time (struct netwatch_tunnels *self)
{
    int64_t now_ms = clock_mono_ms ();
    for (struct ssh_run *run = self->runs, *next; run; run = next) {
        next = run->next;
        if (run->kill_ms > now_ms)
            continue;
        tunnels_ended (&self->tunnels, run->id, STUI_TROUBLE_TUNNEL_DOWN,
                       "ssh hung, and was killed", now_ms);
        run_destroy (run);
    }
    tunnels_time (&self->tunnels, now_ms);
    tunnels_perform (self);
}

struct netwatch_tunnels *
netwatch_tunnels_new (struct actor *actor, const char *directory)
{
    struct netwatch_tunnels *self = stui_alloc (sizeof *self);
    uint64_t seed;
    clock_random (&seed, sizeof seed);
    self->actor = actor;
    self->directory = directory ? stui_strdup (directory) : NULL;
    snprintf (self->mark, sizeof self->mark, "%ld-%04x", (long) getpid (),
              (unsigned) (seed & 0xffff));
    char *prefix = stui_printf ("%s/%s", directory ? directory : "", self->mark);
    tunnels_init (&self->tunnels, prefix, seed);
    free (prefix);
    return self;
}

void
netwatch_tunnels_destroy (struct netwatch_tunnels **self_p)
{
    struct netwatch_tunnels *self = *self_p;
    if (!self)
        return;
    for (const struct ssh_run *run = self->runs; run; run = run->next)
        ssh_process_stop (&run->process);
    int64_t until_ms = clock_mono_ms () + SSH_PROCESS_END_MS;
    while (self->runs) { /* each is waited for; who does not end in time is killed */
        int64_t left_ms = until_ms - clock_mono_ms ();
        struct pollfd ended = {.fd = self->runs->process.end_fd, .events = POLLIN};
        if (left_ms > 0)
            poll (&ended, 1, (int) left_ms);
        run_destroy (self->runs);
    }
    if (self->directory)
        rmdir (self->directory); /* unless another profile's sockets lie there */
    tunnels_fini (&self->tunnels);
    free (self->directory);
    free (self);
    *self_p = NULL;
}
