/* client.c: see client.h. In: frames of the control socket. Out: requests, acknowledgements. */

#include "cli/client.h"

#include "runtime/alloc.h"
#include "runtime/attach.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/launch.h"
#include "runtime/path.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    OWNER_PATIENCE_MS = 5000, /* for an owner that holds the lock but has no socket yet */
    PAUSE_FIRST_MS = 20,      /* between attempts; doubled each time */
    PAUSE_MOST_MS = 500,
    PAUSE_AGAIN_MS = 100,     /* the same between looks for the next owner */
    HELLO_PATIENCE_MS = 5000, /* for the owner's hello */
    LOOK_MS = 200,            /* between looks at whether a silent owner is stopped */
    READ_BYTES = 65536,
};

struct kept_reply {
    struct reply reply; /* owned */
    struct kept_reply *next;
};

struct client {
    int fd;
    int signal_fd; /* -1: signals are not caught */
    int last_signal;
    bool started_owner;
    struct attach attach;
    struct kept_reply *kept; /* owned: came while client_ask waited for another */
};

void
reply_fini (struct reply *reply)
{
    json_destroy (&reply->json);
    free (reply->type);
    free (reply->text);
    *reply = (struct reply){0};
}

/* ---- bytes -------------------------------------------------------------------------------- */

static int
client_fail_gone (const struct client *self, struct stui_cause *cause)
{
    return stui_fail (cause, STUI_E_ACTOR_ENDED,
                      "the stui that owns this profile (process %ld) is gone; try again",
                      (long) self->attach.owner_pid);
}

/* Writes all that is queued. */
static int
client_write (struct client *self, struct stui_cause *cause)
{
    const char *bytes;
    size_t size;
    while ((size = attach_unwritten (&self->attach, &bytes)) > 0) {
        ssize_t put = send (self->fd, bytes, size, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return client_fail_gone (self, cause);
        attach_written (&self->attach, (size_t) put);
    }
    return 0;
}

/* Reads what has come. 1; 0 when nothing had; or an error when the stream is at its end. */
static int
client_read (struct client *self, struct stui_cause *cause)
{
    char bytes[READ_BYTES];
    ssize_t got = recv (self->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (got <= 0)
        return client_fail_gone (self, cause);
    attach_feed (&self->attach, bytes, (size_t) got);
    return 1;
}

/* ---- attaching ------------------------------------------------------------------------------ */

/* The stream ended, or STOPPING was said, before we were attached: an owner that is just leaving. */
static int
client_fail_leaving (struct stui_cause *cause)
{
    return stui_fail (cause, STUI_E_NOT_FOUND, "the owner is leaving");
}

/* Waits until we are attached. NOT_FOUND when the owner is just leaving. */
static int
client_greet (struct client *self, const char *profile, struct stui_cause *cause)
{
    int64_t deadline = clock_mono_ms () + HELLO_PATIENCE_MS;
    struct msg *none;
    int taken;
    while ((taken = attach_take (&self->attach, &none, cause)) == 0
           && self->attach.phase != ATTACH_DONE) {
        struct pollfd ready = {.fd = self->fd, .events = POLLIN};
        if (client_write (self, NULL) < 0
            || (poll (&ready, 1, LOOK_MS) > 0 && client_read (self, NULL) < 0))
            return client_fail_leaving (cause);
        struct launch_holder holder = launch_read_holder (profile);
        if (holder.stopped)
            return launch_fail_stopped (holder.pid, cause);
        if (clock_mono_ms () > deadline)
            return stui_fail (cause, STUI_E_TIMEOUT,
                              "the owner of profile %s (process %ld) accepts but does not answer; "
                              "end it with `kill %ld`",
                              profile, (long) holder.pid, (long) holder.pid);
    }
    return taken == STUI_E_STOPPING ? client_fail_leaving (cause) : taken;
}

void
client_close (struct client **self_p)
{
    struct client *self = *self_p;
    if (self == NULL)
        return;
    close (self->fd);
    if (self->signal_fd >= 0)
        close (self->signal_fd);
    attach_fini (&self->attach);
    while (self->kept != NULL) {
        struct kept_reply *kept = self->kept;
        self->kept = kept->next;
        reply_fini (&kept->reply);
        free (kept);
    }
    free (self);
    *self_p = NULL;
}

pid_t
client_owner_pid (const struct client *self)
{
    return (pid_t) self->attach.owner_pid;
}

bool
client_started_owner (const struct client *self)
{
    return self->started_owner;
}

bool
client_may_start (const struct client *self)
{
    return self->attach.is_once;
}

bool
client_was_stopped (const struct client *self)
{
    return self->attach.is_stopped;
}

/* ---- signals -------------------------------------------------------------------------------- */

void
client_catch_signals (struct client *self)
{
    sigset_t signals;
    sigemptyset (&signals);
    sigaddset (&signals, SIGINT);
    sigaddset (&signals, SIGTERM);
    sigaddset (&signals, SIGHUP);
    sigprocmask (SIG_BLOCK, &signals, NULL);
    self->signal_fd = signalfd (-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int
client_signal (const struct client *self)
{
    return self->last_signal;
}

/* ---- requests and replies --------------------------------------------------------------------- */

uint64_t
client_send (struct client *self, struct msg **request, struct stui_cause *cause)
{
    uint64_t ref = attach_ask (&self->attach, *request, cause);
    msg_destroy (request);
    return ref != 0 && client_write (self, cause) == 0 ? ref : 0;
}

/* Takes the next reply out of what was read. 1, 0 when more bytes are needed, or an error. */
static int
client_take (struct client *self, struct reply *reply, struct stui_cause *cause)
{
    struct msg *msg;
    int taken = attach_take (&self->attach, &msg, cause);
    if (taken >= 0 && client_write (self, cause) < 0) { /* acknowledgements */
        msg_destroy (&msg);
        return STUI_E_ACTOR_ENDED;
    }
    if (taken <= 0)
        return taken;
    *reply = (struct reply){.ref = msg->ref};
    if (msg->verb == MSG_ERROR) {
        reply->type = stui_strdup (msg_text (msg, 0));
        reply->text = stui_strdup (msg_text (msg, 1));
        reply->err = stui_err_from_word (reply->type);
    }
    reply->json = json_parse_text (msg_text (msg, msg->field_count - 1));
    msg_destroy (&msg);
    return 1;
}

/* As client_next, but not what was kept. */
static enum client_turn
client_wait (struct client *self, int64_t deadline_ms, struct reply *reply,
             struct stui_cause *cause)
{
    struct stui_cause why = {0};
    for (;;) {
        int taken = client_take (self, reply, &why);
        if (taken == 1)
            return CLIENT_REPLY;
        int64_t left = deadline_ms == STUI_NEVER ? -1 : deadline_ms - clock_mono_ms ();
        if (taken == 0 && deadline_ms != STUI_NEVER && left <= 0)
            return CLIENT_TIMEOUT;

        struct pollfd ready[2] = {
            {.fd = self->fd, .events = POLLIN},
            {.fd = self->signal_fd, .events = POLLIN}, /* poll passes over -1 */
        };
        if (taken == 0 && poll (ready, 2, left > INT32_MAX ? INT32_MAX : (int) left) <= 0)
            continue;
        struct signalfd_siginfo info;
        if (taken == 0 && ready[1].revents != 0
            && read (self->signal_fd, &info, sizeof info) == (ssize_t) sizeof info) {
            self->last_signal = (int) info.ssi_signo;
            return CLIENT_SIGNAL;
        }
        if (taken == 0 && ready[0].revents != 0)
            taken = client_read (self, &why);
        if (taken < 0) {
            stui_fail (cause, why.err, "%s", why.text);
            return CLIENT_LOST;
        }
    }
}

enum client_turn
client_next (struct client *self, int64_t deadline_ms, struct reply *reply,
             struct stui_cause *cause)
{
    if (self->kept == NULL)
        return client_wait (self, deadline_ms, reply, cause);
    struct kept_reply *kept = self->kept;
    self->kept = kept->next;
    *reply = kept->reply;
    free (kept);
    return CLIENT_REPLY;
}

static void
client_keep (struct client *self, const struct reply *reply)
{
    struct kept_reply **end = &self->kept;
    while (*end != NULL)
        end = &(*end)->next;
    *end = stui_alloc (sizeof **end);
    (*end)->reply = *reply;
}

struct json *
client_ask (struct client *self, struct msg *request, struct stui_cause *cause)
{
    uint64_t ref = client_send (self, &request, cause);
    if (ref == 0)
        return NULL;
    struct reply reply;
    enum client_turn turn;
    while ((turn = client_wait (self, STUI_NEVER, &reply, cause)) == CLIENT_REPLY) {
        if (reply.ref != ref) {
            client_keep (self, &reply);
            continue;
        }
        struct json *result = reply.json;
        if (reply.err != 0) {
            stui_fail (cause, reply.err, "%s", reply.text);
            result = NULL;
        }
        else
            reply.json = NULL;
        reply_fini (&reply);
        return result;
    }
    if (turn == CLIENT_SIGNAL)
        stui_fail (cause, STUI_E_STOPPING, "interrupted");
    return NULL;
}

/* ---- opening --------------------------------------------------------------------------------- */

struct client *
client_attach (const struct cli_options *cli, struct stui_cause *cause)
{
    char *path = path_socket (cli->profile, cause);
    if (path == NULL)
        return NULL;
    int fd = launch_connect (path, true, cause);
    free (path);
    if (fd < 0)
        return NULL;
    struct client *self = stui_alloc (sizeof *self);
    self->fd = fd;
    self->signal_fd = -1;
    attach_begin (&self->attach, getpid ());
    if (client_greet (self, cli->profile, cause) < 0)
        client_close (&self);
    return self;
}

/* Whether ONE and OTHER are the same file, or would be. */
static bool
path_is_same (const char *one, const char *other)
{
    struct stat its, theirs;
    if (strcmp (one, other) == 0)
        return true;
    return stat (one, &its) == 0 && stat (other, &theirs) == 0 && its.st_dev == theirs.st_dev
           && its.st_ino == theirs.st_ino;
}

int
client_check_config (struct client *self, const struct cli_options *cli, struct stui_cause *cause)
{
    if (!cli->config_named)
        return 0;
    struct json *status = client_ask (self, msg_new ("main", MSG_STATUS, 0), cause);
    if (status == NULL)
        return cause->err;
    const char *path = json_get_text (status, "config");
    int err = 0;
    if (path != NULL && !path_is_same (path, cli->config_path))
        err = stui_fail (cause, STUI_E_INVALID_REQUEST,
                         "the configuration of the stui that runs on profile %s (process %ld) is "
                         "%s, not %s: `stui stop` ends it, --profile names another",
                         cli->profile, (long) client_owner_pid (self), path, cli->config_path);
    json_destroy (&status);
    return err;
}

int
client_encrypt_sessions (struct client *self, const struct cli_options *cli,
                         struct stui_cause *cause)
{
    if (!cli->encrypt_sessions)
        return 0;
    struct stui_cause why = {0};
    struct json *done = client_ask (self, msg_new ("store", MSG_VAULT_ENCRYPT, 0), &why);
    json_destroy (&done);
    return why.err == 0 ? 0
                        : stui_fail (cause, why.err, "sessions are not encrypted: %s", why.text);
}

/* Why nobody can be attached to although somebody holds the profile; 0 when it may yet come. */
static int
client_judge_holder (const char *profile, bool patient, struct stui_cause *cause)
{
    struct launch_holder holder = launch_read_holder (profile);
    if (holder.stopped)
        return launch_fail_stopped (holder.pid, cause);
    if (patient)
        return 0;
    return stui_fail (cause, STUI_E_OWNED,
                      "process %ld owns profile %s but has no control socket; end it, or use "
                      "another --profile",
                      (long) holder.pid, profile);
}

/* How an owner for CLI is started; borrows from it. */
static struct launch_options
launch_options_of (const struct cli_options *cli)
{
    return (struct launch_options){
        .profile = cli->profile,
        .config_path = cli->config_path,
        .log_file = cli->log_file,
        .log_level = cli->log_level,
        .read_only = cli->read_only,
        .fresh = cli->fresh,
        .encrypt_sessions = cli->encrypt_sessions,
    };
}

struct client *
client_open (const struct cli_options *cli, struct stui_cause *cause)
{
    const struct launch_options options = launch_options_of (cli);
    int64_t deadline = clock_mono_ms () + OWNER_PATIENCE_MS;
    pid_t started = 0;
    for (int64_t pause_ms = PAUSE_FIRST_MS;; pause_ms *= 2) {
        struct stui_cause why = {0};
        struct client *self = client_attach (cli, &why);
        if (self != NULL) {
            self->started_owner = started != 0 && client_owner_pid (self) == started;
            if (client_check_config (self, cli, cause) < 0
                || (!self->started_owner && client_encrypt_sessions (self, cli, cause) < 0))
                client_close (&self);
            return self;
        }
        if (why.err == STUI_E_NOT_FOUND) {
            /* Of two that race to become the owner the lock lets one win; the other attaches. */
            pid_t pid = launch_owner (&options, &why);
            if (pid > 0) {
                started = pid;
                if (clock_mono_ms () < deadline)
                    continue;
            }
            else if (why.err == STUI_E_OWNED
                     && client_judge_holder (cli->profile, clock_mono_ms () < deadline, &why)
                            == 0) {
                usleep ((useconds_t) (pause_ms < PAUSE_MOST_MS ? pause_ms : PAUSE_MOST_MS) * 1000);
                continue;
            }
        }
        stui_fail (cause, why.err, "%s", why.text);
        return NULL;
    }
}

/* ---- another one ------------------------------------------------------------------------------ */

/* The owner went: the next one is looked for. */
struct again {
    struct cli_options options;
    bool starts; /* it may be started here */
    struct launch launch;
    pid_t started;  /* has become ready here; 0: none */
    pid_t starting; /* holds the profile's lock, or was started here, and is not ready; 0: nobody */
    int64_t since_ms; /* … so long */
    int64_t until_ms; /* nobody comes: given up then */
};

/* One that was started here: whether it is worth while to look for an owner now. */
static bool
again_look_launch (struct again *self, struct stui_cause *cause)
{
    if (self->launch.fd < 0)
        return true;
    int looked = launch_look (&self->launch, cause);
    if (looked == 0)
        return false;
    if (looked > 0)
        self->started = self->launch.pid;
    else
        launch_end (&self->launch);
    return looked > 0 || cause->err == STUI_E_OWNED; /* another one was quicker */
}

/* Attaches if that can be done now; else notes who is starting, and starts one if nobody does. NULL with CAUSE:
 * NOT_FOUND or OWNED when one may yet come. */
static struct client *
again_look (struct again *self, struct stui_cause *cause)
{
    *cause = (struct stui_cause){.err = STUI_E_NOT_FOUND};
    struct client *other =
        again_look_launch (self, cause) ? client_attach (&self->options, cause) : NULL;
    if (other != NULL) {
        other->started_owner = self->started != 0 && client_owner_pid (other) == self->started;
        if (client_check_config (other, &self->options, cause) < 0)
            client_close (&other);
        return other;
    }
    struct launch_holder holder = launch_read_holder (self->options.profile);
    if (self->starts && self->launch.fd < 0 && cause->err == STUI_E_NOT_FOUND && holder.pid == 0) {
        const struct launch_options options = launch_options_of (&self->options);
        launch_begin (&self->launch, &options, cause);
    }
    pid_t starting = self->launch.fd >= 0 ? self->launch.pid : holder.stopped ? 0 : holder.pid;
    if (starting != self->starting)
        self->since_ms = clock_mono_ms ();
    self->starting = starting;
    return NULL;
}

/* Why nobody came in time, into CAUSE, which has what came of the last look. */
static void
again_fail (const struct again *self, struct stui_cause *cause)
{
    if (self->starting != 0)
        stui_fail (cause, STUI_E_TIMEOUT,
                   "process %ld has had this profile for %lld s, and takes no clients yet",
                   (long) self->starting, (long long) (clock_mono_ms () - self->since_ms) / 1000);
    else if (cause->err == STUI_E_NOT_FOUND)
        stui_fail (cause, STUI_E_NOT_FOUND, "nobody started one");
}

/* When the waiting for it ends. */
static int64_t
again_limit (struct again *self, const struct client_patience *patience)
{
    int64_t limit_ms = self->starting != 0 ? self->since_ms + LAUNCH_PATIENCE_MS
                       : self->since_ms > self->until_ms - patience->wait_ms
                           ? self->since_ms + patience->wait_ms /* one that was starting went */
                           : self->until_ms;
    return limit_ms < patience->deadline_ms ? limit_ms : patience->deadline_ms;
}

/* Waits for the next owner as client_again does. */
static struct client *
again_wait (struct again *self, const struct client_patience *patience, int signal_fd,
            struct stui_cause *cause)
{
    bool told = false;
    for (int64_t pause_ms = PAUSE_FIRST_MS;; pause_ms *= 2) {
        struct client *other = again_look (self, cause);
        int64_t now_ms = clock_mono_ms ();
        if (other != NULL || (cause->err != STUI_E_NOT_FOUND && cause->err != STUI_E_OWNED))
            return other;
        if (now_ms >= again_limit (self, patience)) {
            again_fail (self, cause);
            return NULL;
        }
        if (!told && self->starting != 0 && now_ms >= self->until_ms) {
            patience->tell (self->starting);
            told = true;
        }
        struct pollfd ready[2] = {{.fd = signal_fd, .events = POLLIN},
                                  {.fd = self->launch.fd, .events = POLLIN}};
        if (pause_ms > PAUSE_AGAIN_MS)
            pause_ms = PAUSE_AGAIN_MS;
        if (poll (ready, 2, (int) pause_ms) > 0 && ready[0].revents != 0) {
            stui_fail (cause, STUI_E_STOPPING, "interrupted");
            return NULL;
        }
    }
}

bool
client_again (struct client *self, const struct cli_options *cli,
              const struct client_patience *patience, struct stui_cause *cause)
{
    struct again again = {.options = *cli,
                          .starts = client_may_start (self),
                          .launch = {.fd = -1},
                          .until_ms = clock_mono_ms () + patience->wait_ms};
    again.options.fresh = false; /* once */
    struct client *other = again_wait (&again, patience, self->signal_fd, cause);
    launch_end (&again.launch);
    if (other == NULL)
        return false;
    other->signal_fd = self->signal_fd;
    self->signal_fd = -1;
    struct client gone = *self;
    *self = *other;
    *other = gone;
    client_close (&other);
    return true;
}
