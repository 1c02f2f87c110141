/* sim_zmtp.c: bytes to frames and back. What a length announces takes no memory before it has
 * arrived. */

#include "sim/sim_zmtp.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "sim/sim_secret.h"

enum {
    GREETING_BYTES = 64,
    GREETING_BEGIN = 12, /* signature and version; behind them stands the mechanism */
    MECHANISM_BYTES = 20,
    FLAG_MORE = 1,
    FLAG_LONG = 2,
    FLAG_COMMAND = 4,
    COMMAND_MAX = 4096,
    PING_CONTEXT_MAX = 16,
};

/* ---- buffers --------------------------------------------------------------------------------- */

void
sim_bytes_append (struct sim_bytes *self, const void *bytes, size_t size)
{
    if (size == 0)
        return;
    if (self->size + size > self->room) {
        size_t doubled = self->room * 2;
        self->room = self->size + size > doubled ? self->size + size : doubled;
        self->bytes = stui_realloc (self->bytes, self->room);
    }
    memcpy (self->bytes + self->size, bytes, size);
    self->size += size;
}

void
sim_bytes_drop (struct sim_bytes *self, size_t size)
{
    if (size == self->size) { /* idle peers are many: they keep nothing */
        sim_bytes_fini (self);
        return;
    }
    memmove (self->bytes, self->bytes + size, self->size - size);
    self->size -= size;
}

void
sim_bytes_fini (struct sim_bytes *self)
{
    free (self->bytes);
    *self = (struct sim_bytes){0};
}

/* ---- writing --------------------------------------------------------------------------------- */

static void
write_head (struct sim_bytes *out, unsigned flags, size_t size)
{
    unsigned char head[9] = {(unsigned char) flags, (unsigned char) size};
    if (size <= 255) {
        sim_bytes_append (out, head, 2);
        return;
    }
    head[0] |= FLAG_LONG;
    for (int i = 8; i > 0; i--, size >>= 8)
        head[i] = (unsigned char) size;
    sim_bytes_append (out, head, sizeof head);
}

static void
write_frame (struct sim_bytes *out, unsigned flags, const void *bytes, size_t size)
{
    write_head (out, flags, size);
    sim_bytes_append (out, bytes, size);
}

void
sim_zmtp_greet (struct sim_bytes *out)
{
    static const unsigned char begin[GREETING_BEGIN] = {[0] = 0xFF, [9] = 0x7F, [10] = 3};
    sim_bytes_append (out, begin, sizeof begin);
}

/* The rest, once it is known which mechanism the peer wants: both must name the same. */
static void
greet_with (struct sim_bytes *out, const char *mechanism, bool is_server)
{
    char rest[GREETING_BYTES - GREETING_BEGIN] = {0};
    memcpy (rest, mechanism, strlen (mechanism));
    rest[MECHANISM_BYTES] = is_server;
    sim_bytes_append (out, rest, sizeof rest);
}

void
sim_zmtp_refuse (struct sim_bytes *out)
{
    static const char error[] = "\5ERROR\23Invalid credentials";
    write_frame (out, FLAG_COMMAND, error, sizeof error - 1);
}

static void
write_ready (struct sim_bytes *out)
{
    static const char ready[] = "\5READY"
                                "\13Socket-Type\0\0\0\6ROUTER"
                                "\10Identity\0\0\0\0";
    write_frame (out, FLAG_COMMAND, ready, sizeof ready - 1);
}

void
sim_zmtp_write (struct sim_bytes *out, const void *envelope, size_t envelope_size, const char *text,
                size_t size)
{
    if (envelope_size > 0)
        sim_bytes_append (out, envelope, envelope_size);
    else
        write_head (out, FLAG_MORE, 0);
    write_frame (out, 0, text, size);
}

/* ---- reading --------------------------------------------------------------------------------- */

void
sim_zmtp_fini (struct sim_zmtp *self)
{
    sim_bytes_fini (&self->in);
    sim_bytes_fini (&self->envelope);
    sim_bytes_fini (&self->head);
}

/* Takes what of SIZE bytes belongs to a body that is skipped; returns how many. */
static size_t
skip (struct sim_zmtp *self, const char *bytes, size_t size)
{
    size_t skipped = size < self->skipping ? size : self->skipping;
    size_t room = SIM_ZMTP_HEAD_MAX - self->head.size;
    sim_bytes_append (&self->head, bytes, skipped < room ? skipped : room);
    self->skipping -= skipped;
    return skipped;
}

void
sim_zmtp_feed (struct sim_zmtp *self, const void *bytes, size_t size)
{
    size_t skipped = self->skipping > 0 ? skip (self, bytes, size) : 0;
    sim_bytes_append (&self->in, (const char *) bytes + skipped, size - skipped);
}

static enum sim_zmtp_item
broken (struct sim_zmtp *self)
{
    self->phase = SIM_ZMTP_BROKEN;
    return SIM_ZMTP_ERROR;
}

struct frame {
    unsigned flags;
    const char *bytes; /* of the body, in IN */
    size_t size, head; /* of the body, of what stands before it */
};

/* The head of the next frame. MORE, MESSAGE when it is there, or ERROR. */
static enum sim_zmtp_item
read_head (const struct sim_zmtp *self, struct frame *frame)
{
    const unsigned char *bytes = (const unsigned char *) self->in.bytes + self->taken;
    size_t left = self->in.size - self->taken;
    if (left < 2)
        return SIM_ZMTP_MORE;
    frame->flags = bytes[0];
    frame->head = frame->flags & FLAG_LONG ? 9 : 2;
    if (frame->flags > 7
        || (frame->flags & (FLAG_COMMAND | FLAG_MORE)) == (FLAG_COMMAND | FLAG_MORE))
        return SIM_ZMTP_ERROR;
    if (left < frame->head)
        return SIM_ZMTP_MORE;
    frame->size = bytes[1];
    if (frame->flags & FLAG_LONG) {
        frame->size = 0;
        for (int i = 1; i <= 8; i++) {
            if (i <= 3 && bytes[i] != 0) /* beyond 2^40: nobody means that */
                return SIM_ZMTP_ERROR;
            frame->size = frame->size << 8 | bytes[i];
        }
    }
    frame->bytes = (const char *) bytes + frame->head;
    return SIM_ZMTP_MESSAGE;
}

static enum sim_zmtp_item
take_greeting (struct sim_zmtp *self, struct sim_bytes *out)
{
    static const char null[MECHANISM_BYTES] = "NULL", plain[MECHANISM_BYTES] = "PLAIN";
    const unsigned char *bytes = (const unsigned char *) self->in.bytes + self->taken;
    size_t left = self->in.size - self->taken;
    if ((left > 0 && bytes[0] != 0xFF) || (left > 9 && bytes[9] != 0x7F))
        return broken (self);
    if (left < GREETING_BYTES)
        return SIM_ZMTP_MORE;
    bool is_plain = memcmp (bytes + GREETING_BEGIN, plain, sizeof plain) == 0;
    bool is_null = memcmp (bytes + GREETING_BEGIN, null, sizeof null) == 0;
    if (bytes[10] < 3 || (!is_plain && !is_null))
        return broken (self);
    self->taken += GREETING_BYTES;
    self->phase = is_plain ? SIM_ZMTP_HELLO : SIM_ZMTP_READY;
    greet_with (out, is_plain ? plain : null, is_plain);
    if (is_null)
        write_ready (out);
    return SIM_ZMTP_MESSAGE;
}

static bool
begins_with (const struct frame *frame, const char *name)
{
    size_t size = strlen (name);
    return frame->size > size && (size_t) frame->bytes[0] == size
           && memcmp (frame->bytes + 1, name, size) == 0;
}

/* Whether the properties of a READY or INITIATE are those of a socket that may talk to a ROUTER. */
static bool
may_talk (const struct frame *frame)
{
    static const struct {
        const char *text;
        size_t size;
    } types[] = {
        {"\13Socket-Type\0\0\0\6DEALER", 22},
        {"\13Socket-Type\0\0\0\3REQ", 19},
        {"\13Socket-Type\0\0\0\6ROUTER", 22},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (memmem (frame->bytes, frame->size, types[i].text, types[i].size))
            return true;
    return false;
}

/* READY of NULL, or INITIATE of PLAIN, which is answered with READY. */
static enum sim_zmtp_item
take_ready (struct sim_zmtp *self, const struct frame *frame, struct sim_bytes *out)
{
    bool is_plain = self->phase == SIM_ZMTP_INITIATE;
    if (!(frame->flags & FLAG_COMMAND) || !begins_with (frame, is_plain ? "INITIATE" : "READY")
        || !may_talk (frame))
        return broken (self);
    self->phase = SIM_ZMTP_OPEN;
    if (is_plain)
        write_ready (out);
    return SIM_ZMTP_MESSAGE;
}

/* HELLO of PLAIN: a name and a password, each behind its length. */
static enum sim_zmtp_item
take_hello (struct sim_zmtp *self, const struct frame *frame, struct sim_bytes *out)
{
    static const char welcome[] = "\7WELCOME";
    enum { NAME_AT = 6 };
    const unsigned char *bytes = (const unsigned char *) frame->bytes;
    if (!(frame->flags & FLAG_COMMAND) || !begins_with (frame, "HELLO"))
        return broken (self);
    size_t password_at = NAME_AT + 1u + bytes[NAME_AT];
    if (password_at >= frame->size || password_at + 1 + bytes[password_at] != frame->size)
        return broken (self);
    if (self->password
        && !sim_secret_is (self->password, frame->bytes + password_at + 1, bytes[password_at])) {
        self->phase = SIM_ZMTP_BROKEN;
        return SIM_ZMTP_REFUSED;
    }
    self->is_proven = true;
    self->phase = SIM_ZMTP_INITIATE;
    write_frame (out, FLAG_COMMAND, welcome, sizeof welcome - 1);
    return SIM_ZMTP_MESSAGE;
}

/* PING is answered with its context; what is not known is passed over, but an ERROR ends it. */
static enum sim_zmtp_item
take_command (struct sim_zmtp *self, const struct frame *frame, struct sim_bytes *out)
{
    enum { PING_HEAD = 7 }; /* its name and 2 bytes of a time to live */
    if (begins_with (frame, "ERROR"))
        return broken (self);
    if (begins_with (frame, "PING") && frame->size >= PING_HEAD) {
        char pong[5 + PING_CONTEXT_MAX] = "\4PONG";
        size_t context = frame->size - PING_HEAD;
        context = context < PING_CONTEXT_MAX ? context : PING_CONTEXT_MAX;
        memcpy (pong + 5, frame->bytes + PING_HEAD, context);
        write_frame (out, FLAG_COMMAND, pong, 5 + context);
    }
    return SIM_ZMTP_MESSAGE;
}

static enum sim_zmtp_item
take_envelope (struct sim_zmtp *self, const struct frame *frame)
{
    if (++self->envelope_frames > SIM_ZMTP_ENVELOPE_FRAMES_MAX
        || self->envelope.size + frame->head + frame->size > SIM_ZMTP_ENVELOPE_MAX)
        return broken (self);
    sim_bytes_append (&self->envelope, frame->bytes - frame->head, frame->head + frame->size);
    return SIM_ZMTP_MESSAGE;
}

/* A whole frame that is no body. MESSAGE: go on. */
static enum sim_zmtp_item
take_frame (struct sim_zmtp *self, const struct frame *frame, struct sim_bytes *out)
{
    if (self->phase == SIM_ZMTP_HELLO)
        return take_hello (self, frame, out);
    if (self->phase == SIM_ZMTP_READY || self->phase == SIM_ZMTP_INITIATE)
        return take_ready (self, frame, out);
    if (frame->flags & FLAG_COMMAND)
        return take_command (self, frame, out);
    return take_envelope (self, frame);
}

static bool
is_body (const struct sim_zmtp *self, const struct frame *frame)
{
    return self->phase == SIM_ZMTP_OPEN && !(frame->flags & (FLAG_COMMAND | FLAG_MORE));
}

static enum sim_zmtp_item
give (struct sim_zmtp *self, struct sim_zmtp_message *message, const char *body, size_t size,
      enum sim_zmtp_item item)
{
    *message = (struct sim_zmtp_message){
        .envelope = self->envelope.bytes,
        .envelope_size = self->envelope.size,
        .body = body,
        .size = size,
    };
    self->has_given = true;
    return item;
}

/* What was given last is no longer borrowed. */
static void
release (struct sim_zmtp *self)
{
    if (!self->has_given)
        return;
    self->has_given = false;
    self->envelope_frames = self->too_large = 0;
    sim_bytes_fini (&self->envelope);
    sim_bytes_fini (&self->head);
}

static enum sim_zmtp_item
await_more (struct sim_zmtp *self)
{
    if (self->taken > 0)
        sim_bytes_drop (&self->in, self->taken);
    self->taken = 0;
    return SIM_ZMTP_MORE;
}

/* The next frame. MESSAGE: it was taken, go on; else what the caller is told. */
static enum sim_zmtp_item
take_next (struct sim_zmtp *self, struct sim_zmtp_message *message, struct sim_bytes *out,
           bool *is_given)
{
    struct frame frame;
    enum sim_zmtp_item item = read_head (self, &frame);
    if (item != SIM_ZMTP_MESSAGE)
        return item;
    if (is_body (self, &frame) && frame.size > STUI_MESSAGE_MAX) {
        self->taken += frame.head;
        self->too_large = self->skipping = frame.size;
        self->taken += skip (self, frame.bytes, self->in.size - self->taken);
        return SIM_ZMTP_MESSAGE;
    }
    if (!is_body (self, &frame) && frame.size > COMMAND_MAX)
        return SIM_ZMTP_ERROR;
    if (self->in.size - self->taken - frame.head < frame.size)
        return SIM_ZMTP_MORE;
    self->taken += frame.head + frame.size;
    *is_given = is_body (self, &frame);
    return *is_given ? give (self, message, frame.bytes, frame.size, SIM_ZMTP_MESSAGE)
                     : take_frame (self, &frame, out);
}

enum sim_zmtp_item
sim_zmtp_take (struct sim_zmtp *self, struct sim_zmtp_message *message, struct sim_bytes *out)
{
    release (self);
    while (self->phase != SIM_ZMTP_BROKEN) {
        bool is_given = false;
        if (self->skipping > 0)
            return await_more (self);
        if (self->too_large == 0 && self->taken == self->in.size)
            return await_more (self); /* there may be no buffer at all */
        if (self->too_large > 0)
            return give (self, message, self->head.bytes, self->head.size, SIM_ZMTP_TOO_LARGE);
        enum sim_zmtp_item item = self->phase == SIM_ZMTP_GREETING
                                      ? take_greeting (self, out)
                                      : take_next (self, message, out, &is_given);
        if (item == SIM_ZMTP_MORE)
            return await_more (self);
        if (item == SIM_ZMTP_ERROR)
            break;
        if (is_given || item == SIM_ZMTP_REFUSED)
            return item;
    }
    return broken (self);
}
