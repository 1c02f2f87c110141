/* control_client.c: see control_client.h. In: bytes and answers. Out: bytes, never more than the
 * socket takes at once. */

#include "actors/control_client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

struct control_client *
client_new (int fd, int64_t now_ms)
{
    struct control_client *self = stui_alloc (sizeof *self);
    self->fd = fd;
    self->moved_ms = now_ms;
    return self;
}

void
client_destroy (struct control_client **self_p)
{
    struct control_client *self = self_p ? *self_p : NULL;
    if (!self)
        return;
    close (self->fd);
    frame_reader_fini (&self->in);
    for (int place = 0; place < STUI_TERMINAL_ROOM; place++)
        free (self->open[place].text);
    free (self->out);
    free (self);
    *self_p = NULL;
}

/* ---- bytes ---- */

static size_t
client_unwritten (const struct control_client *self)
{
    return self->out_size - self->out_sent;
}

bool
client_read (struct control_client *self)
{
    char bytes[65536]; /* one read a turn, so that others get served */
    ssize_t got = recv (self->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    frame_feed (&self->in, bytes, (size_t) got);
    return got > 0;
}

/* Adds FRAME to `out`. */
static void
client_append (struct control_client *self, const char *frame, size_t size)
{
    if (self->out_size + size > self->out_capacity && self->out_sent > 0) {
        self->out_size -= self->out_sent;
        memmove (self->out, self->out + self->out_sent, self->out_size);
        self->out_sent = 0;
    }
    if (self->out_size + size > self->out_capacity) {
        size_t wanted = self->out_capacity ? self->out_capacity : 4096;
        while (wanted < self->out_size + size)
            wanted *= 2;
        self->out = stui_realloc (self->out, wanted);
        self->out_capacity = wanted;
    }
    memcpy (self->out + self->out_size, frame, size);
    self->out_size += size;
}

/* Adds parts of large answers, in turns, while the window and the buffer have room. */
static void
client_fill (struct control_client *self)
{
    if (self->is_leaving)
        return;
    int idle = 0; /* places looked at since the last part */
    while (idle < STUI_TERMINAL_ROOM && self->unacked_parts < FRAME_UNACKED_PARTS
           && self->waiting_bytes > 0 && client_unwritten (self) < CLIENT_OUT_LOW_BYTES) {
        struct client_open *open = &self->open[self->next_part];
        self->next_part = (self->next_part + 1) % STUI_TERMINAL_ROOM;
        idle++;
        if (!open->text)
            continue;
        size_t size;
        char *part = frame_part (open->theirs, open->text, open->length, &open->offset, &size);
        client_append (self, part, size);
        free (part);
        self->unacked_parts++;
        idle = 0;
        if (open->offset < open->length)
            continue;
        self->waiting_bytes -= open->length;
        free (open->text);
        *open = (struct client_open){0};
    }
}

bool
client_write (struct control_client *self, int64_t now_ms)
{
    for (;;) {
        client_fill (self);
        size_t size = client_unwritten (self);
        if (size == 0)
            return true;
        ssize_t sent =
            send (self->fd, self->out + self->out_sent, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0)
            return errno == EAGAIN || errno == EINTR;
        self->moved_ms = now_ms;
        self->out_sent += (size_t) sent;
        if (client_unwritten (self) == 0) {
            self->out_size = self->out_sent = 0;
            if (self->out_capacity > CLIENT_OUT_HIGH_BYTES) { /* a burst is over */
                free (self->out);
                self->out = NULL;
                self->out_capacity = 0;
            }
        }
    }
}

/* ---- frames ---- */

/* Patience starts when there is something to wait for, not when the last answer went. */
static void
client_touch (struct control_client *self, int64_t now_ms)
{
    if (self->is_greeted && !client_is_owed (self))
        self->moved_ms = now_ms;
}

void
client_put (struct control_client *self, char **frame, size_t size, int64_t now_ms)
{
    client_touch (self, now_ms);
    client_append (self, *frame, size);
    free (*frame);
    *frame = NULL;
}

void
client_expel (struct control_client *self, const char *text, int64_t now_ms)
{
    struct json *json = json_object ();
    json_set_text (json, "error", text);
    size_t size;
    char *frame = frame_encode_json (json, &size);
    json_destroy (&json);
    client_put (self, &frame, size, now_ms);
    self->is_leaving = true;
}

void
client_dismiss (struct control_client *self, int64_t now_ms)
{
    size_t size;
    char *frame = frame_stopped ("stui was stopped, as `stui stop` asked", &size);
    client_put (self, &frame, size, now_ms);
}

static void
client_put_text (struct control_client *self, const char *text, int64_t now_ms)
{
    size_t size;
    char *frame = frame_encode (text, strlen (text), &size);
    client_put (self, &frame, size, now_ms);
}

void
client_refuse (struct control_client *self, uint64_t ref, int err, const char *text, int64_t now_ms)
{
    struct msg *refusal = msg_new ("", MSG_ERROR, ref, stui_err_word (err), text, NULL);
    char *words = frame_text (refusal, ref, NULL);
    client_put_text (self, words, now_ms);
    free (words);
    msg_destroy (&refusal);
}

/* ---- requests ---- */

/* The place whose OURS is this; NULL. */
static struct client_open *
client_awaited (struct control_client *self, uint64_t ours)
{
    for (int place = 0; place < STUI_TERMINAL_ROOM; place++) {
        struct client_open *open = &self->open[place];
        if (open->theirs != 0 && !open->text && open->ours == ours)
            return open;
    }
    return NULL;
}

/* Whether the answer to VERB may be as large as any: whole files, sessions, histories. */
static bool
client_answer_is_large (enum msg_verb verb)
{
    static const enum msg_verb verbs[] = {MSG_FILE_READ, MSG_SESSIONS_LOAD, MSG_SESSION_VERSIONS,
                                          MSG_SESSION_SHOW, MSG_BACKUP};
    for (size_t at = 0; at < sizeof verbs / sizeof *verbs; at++)
        if (verbs[at] == verb)
            return true;
    return false;
}

int
client_reserve (struct control_client *self, const struct msg *request, uint64_t ours,
                struct stui_cause *cause)
{
    bool is_large = client_answer_is_large (request->verb);
    struct client_open *room = NULL;
    int large = 0;
    for (int place = 0; place < STUI_TERMINAL_ROOM; place++) {
        struct client_open *open = &self->open[place];
        if (open->theirs == request->ref)
            return stui_fail (cause, STUI_E_INVALID_REQUEST,
                              "ref %llu belongs to a request that is still open",
                              (unsigned long long) request->ref);
        large += open->is_large;
        if (open->theirs == 0 && !room)
            room = open;
    }
    if (!room)
        return stui_fail (cause, STUI_E_QUEUE_FULL,
                          "%d requests of this terminal are open: wait for an answer first",
                          STUI_TERMINAL_ROOM);
    if (is_large && large >= CLIENT_LARGE_MAX)
        return stui_fail (cause, STUI_E_QUEUE_FULL,
                          "%d requests of this terminal for whole files or histories are open: "
                          "wait for one of their answers first",
                          CLIENT_LARGE_MAX);
    *room = (struct client_open){.ours = ours, .theirs = request->ref, .is_large = is_large};
    if (msg_reaches_image (request->verb))
        snprintf (room->to, sizeof room->to, "%s", request->peer);
    return 0;
}

void
client_release (struct control_client *self, uint64_t ours)
{
    struct client_open *open = client_awaited (self, ours);
    if (open)
        *open = (struct client_open){0};
}

bool
client_answer (struct control_client *self, const struct msg *answer, int64_t now_ms)
{
    struct client_open *open = client_awaited (self, answer->ref);
    if (!open)
        return false;
    uint64_t ref = open->theirs;
    struct stui_cause cause = {0};
    char *text = frame_text (answer, ref, &cause);
    size_t length = text ? strlen (text) : 0;
    if (text && length > FRAME_PART_BYTES && self->waiting_bytes + length > CLIENT_WAITING_BYTES) {
        stui_fail (&cause, STUI_E_TOO_LARGE,
                   "the answer of %zu bytes was dropped: this terminal has %zu bytes of answers "
                   "waiting that it does not take",
                   length, self->waiting_bytes);
        free (text);
        text = NULL;
    }
    if (text && length > FRAME_PART_BYTES) {
        client_touch (self, now_ms);
        open->text = text; /* it keeps its place until its last part is on its way */
        open->length = length;
        self->waiting_bytes += length;
        return true;
    }
    *open = (struct client_open){0};
    if (text)
        client_put_text (self, text, now_ms);
    else
        client_refuse (self, ref, cause.err, cause.text, now_ms);
    free (text);
    return true;
}

void
client_ack (struct control_client *self, int64_t now_ms)
{
    if (self->unacked_parts == 0)
        return; /* one too many: nothing that it could harm */
    self->unacked_parts--;
    self->moved_ms = now_ms;
}

/* ---- what it is owed ---- */

bool
client_is_owed (const struct control_client *self)
{
    return client_unwritten (self) > 0 || self->waiting_bytes > 0;
}

bool
client_has_unwritten (const struct control_client *self)
{
    return client_unwritten (self) > 0;
}

bool
client_may_ask (const struct control_client *self)
{
    return !self->is_leaving && client_unwritten (self) < CLIENT_OUT_HIGH_BYTES;
}

int64_t
client_deadline_ms (const struct control_client *self, int64_t patience_ms)
{
    if (!self->is_greeted || self->is_leaving || client_is_owed (self))
        return self->moved_ms + patience_ms;
    return STUI_NEVER;
}
