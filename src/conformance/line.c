/* line.c: connections of the kit: TCP, greeting, handshake, frames in and out. Each wait has a
 * deadline; a line that fails says so once and is dead from then on. See check.h. */

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance/parts.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"

enum { READ_BYTES = 65536, DIAL_MS = 5000, WRITE_MS = 20000 };

int64_t
kit_now_ms (void)
{
    return clock_mono_ms ();
}

struct kit *
kit_of (const struct kit_line *line)
{
    return line->kit;
}

/* Whether FD is ready for EVENTS before DEADLINE_MS. */
static bool
is_ready (int fd, short events, int64_t deadline_ms)
{
    for (;;) {
        int64_t left = deadline_ms - kit_now_ms ();
        struct pollfd item = {.fd = fd, .events = events};
        int count = poll (&item, 1, left > 0 ? (int) left : 0);
        if (count >= 0 || errno != EINTR)
            return count > 0;
    }
}

int
kit_dial_fd (struct kit *kit)
{
    int on = 1, fault = 0;
    socklen_t size = sizeof fault;
    int fd = socket (kit->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect (fd, (struct sockaddr *) &kit->address, kit->address_size) == 0)
        return fd;
    if (errno == EINPROGRESS && is_ready (fd, POLLOUT, kit_now_ms () + DIAL_MS)
        && getsockopt (fd, SOL_SOCKET, SO_ERROR, &fault, &size) == 0 && fault == 0)
        return fd;
    errno = fault ? fault : errno == EINPROGRESS ? ETIMEDOUT : errno;
    close (fd);
    return -1;
}

int
kit_dial_any (struct kit *kit, const struct addrinfo *list)
{
    int fd = -1;
    for (const struct addrinfo *one = list; one && fd < 0; one = one->ai_next) {
        memcpy (&kit->address, one->ai_addr, one->ai_addrlen);
        kit->address_size = one->ai_addrlen;
        fd = kit_dial_fd (kit);
    }
    return fd;
}

struct kit_line *
kit_dial (struct kit *kit)
{
    struct kit_line *line = stui_alloc (sizeof *line);
    stui_grow (&kit->lines, &kit->line_capacity, kit->line_count, sizeof *kit->lines);
    kit->lines[kit->line_count++] = line;
    line->kit = kit;
    line->fd = kit_goes_on (kit) ? kit_dial_fd (kit) : -1;
    kit_expect (kit, line->fd >= 0, "a connection to %s, got: %s", kit->options->address,
                strerror (errno));
    return line;
}

static void
line_close (struct kit_line *line)
{
    if (line->fd >= 0)
        close (line->fd);
    line->fd = -1;
}

void
kit_hang_up (struct kit_line *line)
{
    line_close (line);
}

void
kit_lines_close (struct kit *kit)
{
    while (kit->line_count > 0) {
        struct kit_line *line = kit->lines[--kit->line_count];
        line_close (line);
        kit_bytes_fini (&line->in);
        kit_bytes_fini (&line->message);
        free (line->waiting);
        free (line);
    }
}

/* ---- bytes ---------------------------------------------------------------------------------- */

void
kit_write (struct kit_line *line, const void *bytes, size_t size)
{
    const char *at = bytes;
    int64_t deadline_ms = kit_now_ms () + WRITE_MS;
    while (size > 0 && line->fd >= 0 && kit_goes_on (line->kit)) {
        ssize_t count = send (line->fd, at, size, MSG_NOSIGNAL);
        if (count > 0) {
            at += count;
            size -= (size_t) count;
        }
        else if (errno != EINTR && errno != EAGAIN)
            return; /* the peer has closed: whoever reads will see it */
        else if (!is_ready (line->fd, POLLOUT, deadline_ms)) {
            kit_fail (line->kit, "%d s to be enough for the image to take what is sent, got no end",
                      WRITE_MS / 1000);
            return;
        }
    }
}

/* Reads once. False: nothing came before the deadline, or the peer closed. */
static bool
line_fill (struct kit_line *line, int64_t deadline_ms)
{
    char bytes[READ_BYTES];
    while (line->fd >= 0 && is_ready (line->fd, POLLIN, deadline_ms)) {
        ssize_t count = recv (line->fd, bytes, sizeof bytes, 0);
        if (count > 0) {
            kit_bytes_add (&line->in, bytes, (size_t) count);
            return true;
        }
        if (count == 0 || (errno != EINTR && errno != EAGAIN))
            line_close (line);
    }
    return false;
}

const char *
kit_read (struct kit_line *line, size_t size, int64_t wait_ms)
{
    int64_t deadline_ms = kit_now_ms () + wait_ms;
    while (line->in.size - line->in.taken < size)
        if (!kit_goes_on (line->kit) || !line_fill (line, deadline_ms))
            return NULL;
    const char *bytes = line->in.bytes + line->in.taken;
    line->in.taken += size;
    return bytes;
}

bool
kit_read_frame (struct kit_line *line, struct kit_frame *frame, int64_t wait_ms)
{
    struct stui_cause cause = {0};
    int64_t deadline_ms = kit_now_ms () + wait_ms;
    if (!kit_goes_on (line->kit))
        return false;
    for (;;) {
        int got = kit_frame_take (&line->in, frame, &cause);
        if (got > 0)
            return true;
        if (got < 0) {
            line_close (line);
            return kit_fail (line->kit, "frames of ZMTP, got %s", cause.text);
        }
        if (!line_fill (line, deadline_ms))
            return false;
    }
}

bool
kit_closes (struct kit_line *line, int64_t wait_ms)
{
    int64_t deadline_ms = kit_now_ms () + wait_ms;
    if (!kit_goes_on (line->kit))
        return true;
    while (line_fill (line, deadline_ms))
        line->in.taken = line->in.size;
    return line->fd < 0;
}

/* ---- messages --------------------------------------------------------------------------------- */

/* A frame of a message: the last one completes it, and it waits to be taken. */
static void
line_add_frame (struct kit_line *line, const struct kit_frame *frame)
{
    if (frame->flags & (KIT_FRAME_MORE | KIT_FRAME_COMMAND))
        return;
    struct kit_answer *answer = kit_answer_new (line->kit, frame->bytes, frame->size);
    stui_grow (&line->waiting, &line->waiting_capacity, line->waiting_count,
               sizeof (struct kit_answer *));
    line->waiting[line->waiting_count++] = answer;
}

static bool
is_wanted (const struct kit_answer *answer, const char *id, const char *event)
{
    if (id)
        return answer->id && strcasecmp (answer->id, id) == 0;
    if (event)
        return strcmp (kit_string (answer, "event"), event) == 0;
    return true;
}

struct kit_answer *
kit_line_take (struct kit_line *line, const char *id, const char *event, int64_t wait_ms)
{
    int64_t deadline_ms = kit_now_ms () + wait_ms;
    size_t looked_at = 0;
    struct kit_frame frame;
    if (!kit_goes_on (line->kit))
        return NULL;
    for (;;) {
        for (; looked_at < line->waiting_count; looked_at++) {
            struct kit_answer *answer = line->waiting[looked_at];
            if (!is_wanted (answer, id, event))
                continue;
            line->waiting_count--;
            memmove (line->waiting + looked_at, line->waiting + looked_at + 1,
                     (line->waiting_count - looked_at) * sizeof (struct kit_answer *));
            return answer;
        }
        int64_t left_ms = deadline_ms - kit_now_ms ();
        if (!kit_read_frame (line, &frame, left_ms > 0 ? left_ms : 0))
            return NULL;
        line_add_frame (line, &frame);
    }
}

bool
kit_has_come (struct kit_line *line, const char *id)
{
    for (size_t i = 0; i < line->waiting_count; i++)
        if (is_wanted (line->waiting[i], id, NULL))
            return true;
    return false;
}

/* ---- from the greeting to the claim --------------------------------------------------------------- */

struct kit_line *
kit_connect (struct kit *kit)
{
    struct kit_line *line = kit_dial (kit);
    struct kit_bytes out = {0};
    struct kit_frame frame;
    const char *body;
    size_t size;
    char greeting[KIT_GREETING_BYTES];
    kit_greeting (greeting, 3, "NULL");
    kit_bytes_add (&out, greeting, sizeof greeting);
    kit_ready_put (&out, "READY", "DEALER");
    kit_write (line, out.bytes, out.size);
    kit_bytes_fini (&out);
    const char *theirs = kit_read (line, sizeof greeting, KIT_WAIT_MS);
    struct stui_cause cause = {0};
    if (kit_expect (kit, theirs != NULL, "a greeting of 64 bytes, got %s",
                    line->fd < 0 ? "the end of the connection" : "nothing"))
        kit_expect (kit, kit_greeting_check (theirs, &cause) == 0, "a greeting of ZMTP 3, but %s",
                    cause.text);
    bool came = kit_read_frame (line, &frame, KIT_WAIT_MS);
    kit_expect (kit, came && kit_command_is (&frame, "READY", &body, &size),
                "READY after the greeting, got %s", came ? "another frame" : "nothing");
    return line;
}

static struct kit_line *
greeted (struct kit *kit, const char *client_id, bool claims)
{
    struct kit_line *line = kit_connect (kit);
    if (claims)
        kit_next_epoch (kit);
    const struct kit_answer *hello =
        kit_ask_raw (line, NULL, "hello", kit_hello_parameters (kit, client_id, claims));
    kit_succeeds (hello);
    return line;
}

struct kit_line *
kit_introduce (struct kit *kit, const char *client_id)
{
    return greeted (kit, client_id, false);
}

struct kit_line *
kit_claim_as (struct kit *kit, const char *client_id)
{
    return greeted (kit, client_id, true);
}

struct kit_line *
kit_claim (struct kit *kit)
{
    return kit_claim_as (kit, kit->client);
}

void
kit_epoch (const struct kit *kit, int64_t *generation, int64_t *counter)
{
    *generation = kit->generation;
    *counter = kit->counter;
}

void
kit_next_epoch (struct kit *kit)
{
    kit->counter++;
}

const char *
kit_hello_parameters (struct kit *kit, const char *client_id, bool claims)
{
    char *token = kit->options->token ? kit_compose (",'token':'%s'", kit->options->token) : NULL;
    char *epoch = claims ? kit_compose (",'client_epoch':{'generation':%lld,'counter':%lld}",
                                        (long long) kit->generation, (long long) kit->counter)
                         : NULL;
    char *head = kit_compose ("{'client_id':'%s','protocol':'1.1'", client_id);
    const char *text = kit_text (kit, "%s%s%s}", head, token ? token : "", epoch ? epoch : "");
    free (head);
    free (epoch);
    free (token);
    return text;
}
