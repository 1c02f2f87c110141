/* client.c: see client.h. In: frames of the control socket. Out: requests, acknowledgements. */

#include "cli/client.h"

#include "cli/launch.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/frame.h"
#include "runtime/json.h"
#include "runtime/path.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    OWNER_PATIENCE_MS = 5000, /* for an owner that holds the lock but has no socket yet */
    PAUSE_FIRST_MS = 20,      /* between attempts; doubled each time */
    PAUSE_MOST_MS = 500,
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
    pid_t owner_pid;
    bool started_owner;
    uint64_t last_ref;
    struct frame_reader reader;
    struct frame_join *joins; /* owned: answers that are arriving in parts */
    size_t join_count, join_capacity;
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
                      (long) self->owner_pid);
}

/* Sends SIZE bytes of FRAME, which it frees. */
static int
client_write (struct client *self, char *frame, size_t size, struct stui_cause *cause)
{
    size_t sent = 0;
    while (sent < size) {
        ssize_t put = send (self->fd, frame + sent, size - sent, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            break;
        sent += (size_t) put;
    }
    free (frame);
    return sent == size ? 0 : client_fail_gone (self, cause);
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
    frame_feed (&self->reader, bytes, (size_t) got);
    return 1;
}

/* ---- attaching ------------------------------------------------------------------------------ */

/* Connects to the socket at PATH. The descriptor, or NOT_FOUND when nobody listens there. */
static int
client_connect (const char *path, struct stui_cause *cause)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen (path) >= sizeof address.sun_path)
        return stui_fail (cause, STUI_E_SYSTEM, "the control socket's path %s is too long", path);
    memcpy (address.sun_path, path, strlen (path) + 1);
    int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return stui_fail (cause, STUI_E_SYSTEM, "no socket could be made: %s", strerror (errno));
    if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
        return fd;
    int why = errno;
    close (fd);
    if (why == ENOENT || why == ECONNREFUSED)
        return stui_fail (cause, STUI_E_NOT_FOUND, "nobody listens on %s", path);
    return stui_fail (cause, STUI_E_SYSTEM, "the control socket %s refuses: %s", path,
                      strerror (why));
}

/* Waits for the owner's hello. An end before it means an owner that is just leaving: NOT_FOUND. */
static int
client_greet (struct client *self, const char *profile, struct stui_cause *cause)
{
    size_t size;
    char *hello = frame_hello (getpid (), &size);
    if (client_write (self, hello, size, NULL) < 0)
        return stui_fail (cause, STUI_E_NOT_FOUND, "the owner is leaving");

    int64_t deadline = clock_mono_ms () + HELLO_PATIENCE_MS;
    struct json *frame = NULL;
    int taken;
    while ((taken = frame_take (&self->reader, &frame, cause)) == 0) {
        struct pollfd ready = {.fd = self->fd, .events = POLLIN};
        if (poll (&ready, 1, LOOK_MS) > 0 && client_read (self, NULL) < 0)
            return stui_fail (cause, STUI_E_NOT_FOUND, "the owner is leaving");
        struct launch_holder holder = launch_read_holder (profile);
        if (holder.stopped)
            return launch_fail_stopped (holder.pid, cause);
        if (clock_mono_ms () > deadline)
            return stui_fail (cause, STUI_E_TIMEOUT,
                              "the owner of profile %s (process %ld) accepts but does not answer; "
                              "end it with `kill %ld`",
                              profile, (long) holder.pid, (long) holder.pid);
    }
    if (taken < 0)
        return taken;
    int err = frame_hello_check (frame, false, 0, cause);
    self->owner_pid = (pid_t) json_get_number (frame, "pid", 0);
    json_destroy (&frame);
    return err;
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
    frame_reader_fini (&self->reader);
    for (size_t i = 0; i < self->join_count; i++)
        frame_join_fini (&self->joins[i]);
    free (self->joins);
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
    return self->owner_pid;
}

bool
client_started_owner (const struct client *self)
{
    return self->started_owner;
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
    uint64_t ref = ++self->last_ref;
    char *text = frame_text (*request, ref, cause);
    msg_destroy (request);
    if (text == NULL)
        return 0;
    size_t size;
    char *frame = frame_encode (text, strlen (text), &size);
    free (text);
    return client_write (self, frame, size, cause) == 0 ? ref : 0;
}

/* Adds PART to the answer REF that it belongs to, and acknowledges it. 1 and *WHOLE after the
 * last. */
static int
client_join (struct client *self, uint64_t ref, const struct json *part, struct json **whole,
             struct stui_cause *cause)
{
    size_t at = 0;
    while (at < self->join_count && self->joins[at].ref != ref)
        at++;
    if (at == self->join_count) {
        stui_grow (&self->joins, &self->join_capacity, self->join_count, sizeof *self->joins);
        self->joins[self->join_count++] = (struct frame_join){.ref = ref};
    }
    size_t size;
    char *ack = frame_ack (ref, &size);
    int err = client_write (self, ack, size, cause);
    if (err < 0)
        return err;
    int done = frame_join (&self->joins[at], part, whole, cause);
    if (done != 0) {
        frame_join_fini (&self->joins[at]);
        self->joins[at] = self->joins[--self->join_count];
    }
    return done;
}

/* Takes the next reply out of what was read. 1, 0 when more bytes are needed, or an error. */
static int
client_take (struct client *self, struct reply *reply, struct stui_cause *cause)
{
    struct json *frame;
    int taken;
    while ((taken = frame_take (&self->reader, &frame, cause)) == 1) {
        uint64_t ref;
        if (frame_is_part (frame, &ref)) {
            struct json *whole = NULL;
            int done = client_join (self, ref, frame, &whole, cause);
            json_destroy (&frame);
            if (done < 0)
                return done;
            if (done == 0)
                continue;
            frame = whole;
        }
        struct msg *msg = frame_msg (frame, "owner", NULL, cause);
        json_destroy (&frame);
        if (msg == NULL)
            return cause != NULL ? cause->err : STUI_E_MALFORMED;
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
    return taken;
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

/* An owner whose last client has just left still greets for a moment. If it was leaving before our
 * first question, it is known to be when that is answered, and then the second is refused. */
static int
client_prove (struct client *self, struct stui_cause *cause)
{
    for (int question = 0; question < 2; question++) {
        struct json *answer = client_ask (self, msg_new ("main", MSG_STATUS, 0), NULL);
        if (answer == NULL)
            return stui_fail (cause, STUI_E_NOT_FOUND, "the owner is leaving");
        json_destroy (&answer);
    }
    return 0;
}

struct client *
client_attach (const struct cli_options *cli, struct stui_cause *cause)
{
    char *path = path_socket (cli->profile, cause);
    if (path == NULL)
        return NULL;
    int fd = client_connect (path, cause);
    free (path);
    if (fd < 0)
        return NULL;
    struct client *self = stui_alloc (sizeof *self);
    self->fd = fd;
    self->signal_fd = -1;
    if (client_greet (self, cli->profile, cause) < 0 || client_prove (self, cause) < 0)
        client_close (&self);
    return self;
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

struct client *
client_open (const struct cli_options *cli, struct stui_cause *cause)
{
    int64_t deadline = clock_mono_ms () + OWNER_PATIENCE_MS;
    pid_t started = 0;
    for (int64_t pause_ms = PAUSE_FIRST_MS;; pause_ms *= 2) {
        struct stui_cause why = {0};
        struct client *self = client_attach (cli, &why);
        if (self != NULL) {
            self->started_owner = started != 0 && self->owner_pid == started;
            return self;
        }
        if (why.err == STUI_E_NOT_FOUND) {
            /* Of two that race to become the owner the lock lets one win; the other attaches. */
            pid_t pid = launch_owner (cli, &why);
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
