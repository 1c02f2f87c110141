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
    SEALED_MAX = STUI_RECEIVE_MAX + SIM_CURVE_OVERHEAD, /* of an encrypted frame */
};

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

/* What READY says of us, behind its name. */
static const char properties[] = "\13Socket-Type\0\0\0\6ROUTER"
                                 "\10Identity\0\0\0\0";

static void
write_ready (struct sim_bytes *out)
{
    static const char name[] = "\5READY";
    write_head (out, FLAG_COMMAND, sizeof name - 1 + sizeof properties - 1);
    sim_bytes_append (out, name, sizeof name - 1);
    sim_bytes_append (out, properties, sizeof properties - 1);
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

/* A frame to the peer, in a MESSAGE of its own where CURVE is spoken. libzmq sends these without the
 * flag of a command, so we do. */
static void
send_frame (struct sim_zmtp *self, struct sim_bytes *out, unsigned flags, const char *bytes,
            size_t size)
{
    if (!self->curve) {
        write_frame (out, flags, bytes, size);
        return;
    }
    write_head (out, 0, size + SIM_CURVE_OVERHEAD);
    sim_curve_seal (self->curve, flags, bytes, size, out);
}

/* ---- reading --------------------------------------------------------------------------------- */

void
sim_zmtp_fini (struct sim_zmtp *self)
{
    if (self->curve)
        crypt_wipe (self->curve, sizeof *self->curve);
    free (self->curve);
    self->curve = NULL;
    sim_bytes_fini (&self->sealed);
    sim_bytes_fini (&self->in);
    sim_bytes_fini (&self->envelope);
    sim_bytes_fini (&self->head);
}

size_t
sim_zmtp_waiting (const struct sim_zmtp *self)
{
    return self->in.size + self->sealed.size;
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
    if (self->curve && self->phase == SIM_ZMTP_OPEN) {
        sim_bytes_append (&self->sealed, bytes, size);
        return;
    }
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

/* The head of the frame that begins at TEXT, of which LEFT bytes are here. MORE, MESSAGE when it is
 * there, or ERROR. */
static enum sim_zmtp_item
read_head (const char *text, size_t left, struct frame *frame)
{
    const unsigned char *bytes = (const unsigned char *) text;
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

/* The mechanisms, with the phase that follows upon the greeting. CURVE is spoken with keys alone, and
 * then nothing else is. */
static const struct mechanism {
    char name[MECHANISM_BYTES];
    enum sim_zmtp_phase next;
    bool needs_keys, is_server;
} mechanisms[] = {
    {"NULL", SIM_ZMTP_READY, false, false},
    {"PLAIN", SIM_ZMTP_HELLO, false, true},
    {"CURVE", SIM_ZMTP_CURVE_HELLO, true, true},
};

/* The one that the peer's greeting names, at NAME; when we do not speak that, the one we do. */
static const struct mechanism *
choose_mechanism (const struct sim_zmtp *self, const unsigned char *name, bool *is_spoken)
{
    const struct mechanism *ours = NULL;
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
        if (mechanisms[i].needs_keys != (self->keys != NULL))
            continue;
        *is_spoken = memcmp (name, mechanisms[i].name, MECHANISM_BYTES) == 0;
        if (*is_spoken)
            return &mechanisms[i];
        ours = ours ? ours : &mechanisms[i];
    }
    return ours;
}

static enum sim_zmtp_item
take_greeting (struct sim_zmtp *self, struct sim_bytes *out)
{
    const unsigned char *bytes = (const unsigned char *) self->in.bytes + self->taken;
    size_t left = self->in.size - self->taken;
    bool is_spoken;
    if ((left > 0 && bytes[0] != 0xFF) || (left > 9 && bytes[9] != 0x7F))
        return broken (self);
    if (left < GREETING_BYTES)
        return SIM_ZMTP_MORE;
    if (bytes[10] < 3)
        return broken (self);
    const struct mechanism *mechanism = choose_mechanism (self, bytes + GREETING_BEGIN, &is_spoken);
    self->taken += GREETING_BYTES;
    self->phase = is_spoken ? mechanism->next : SIM_ZMTP_BROKEN;
    greet_with (out, mechanism->name, mechanism->is_server);
    if (!is_spoken)
        return SIM_ZMTP_DISMISSED;
    if (self->phase == SIM_ZMTP_READY)
        write_ready (out);
    if (self->keys) {
        self->curve = stui_alloc (sizeof *self->curve);
        self->curve->keys = self->keys;
    }
    return SIM_ZMTP_MESSAGE;
}

static bool
begins_with (const struct frame *frame, const char *name)
{
    size_t size = strlen (name);
    return frame->size > size && (size_t) frame->bytes[0] == size
           && memcmp (frame->bytes + 1, name, size) == 0;
}

/* Whether these properties, of a READY or INITIATE, are those of a socket that may talk to a ROUTER. */
static bool
may_talk (const char *bytes, size_t size)
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
        if (memmem (bytes, size, types[i].text, types[i].size))
            return true;
    return false;
}

/* READY of NULL, or INITIATE of PLAIN, which is answered with READY. */
static enum sim_zmtp_item
take_ready (struct sim_zmtp *self, const struct frame *frame, struct sim_bytes *out)
{
    bool is_plain = self->phase == SIM_ZMTP_INITIATE;
    if (!(frame->flags & FLAG_COMMAND) || !begins_with (frame, is_plain ? "INITIATE" : "READY")
        || !may_talk (frame->bytes, frame->size))
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

/* HELLO of CURVE. Who has another key of ours is told so, in a code of HTTP's as ZAP has them. */
static enum sim_zmtp_item
take_curve_hello (struct sim_zmtp *self, const struct frame *frame, struct sim_bytes *out)
{
    static const char error[] = "\5ERROR\003400";
    struct sim_bytes welcome = {0};
    enum sim_curve_verdict verdict = SIM_CURVE_MALFORMED;
    if (frame->flags & FLAG_COMMAND)
        verdict = sim_curve_hello (self->curve, frame->bytes, frame->size, &welcome);
    if (verdict == SIM_CURVE_MALFORMED)
        return broken (self);
    if (verdict == SIM_CURVE_WRONG_KEY) {
        self->phase = SIM_ZMTP_BROKEN;
        write_frame (out, FLAG_COMMAND, error, sizeof error - 1);
        return SIM_ZMTP_DISMISSED;
    }
    self->phase = SIM_ZMTP_CURVE_INITIATE;
    write_frame (out, FLAG_COMMAND, welcome.bytes, welcome.size);
    sim_bytes_fini (&welcome);
    return SIM_ZMTP_MESSAGE;
}

/* INITIATE of CURVE: what is behind it is encrypted. */
static enum sim_zmtp_item
take_curve_initiate (struct sim_zmtp *self, const struct frame *frame, struct sim_bytes *out)
{
    struct sim_bytes metadata = {0}, ready = {0};
    bool is_good =
        (frame->flags & FLAG_COMMAND)
        && sim_curve_initiate (self->curve, frame->bytes, frame->size, &metadata) == SIM_CURVE_GOOD
        && metadata.size > 0 && may_talk (metadata.bytes, metadata.size);
    sim_bytes_fini (&metadata);
    if (!is_good)
        return broken (self);
    self->phase = SIM_ZMTP_OPEN;
    sim_curve_ready (self->curve, properties, sizeof properties - 1, &ready);
    write_frame (out, FLAG_COMMAND, ready.bytes, ready.size);
    sim_bytes_fini (&ready);
    sim_bytes_append (&self->sealed, self->in.bytes + self->taken, self->in.size - self->taken);
    self->in.size = self->taken;
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
        send_frame (self, out, FLAG_COMMAND, pong, 5 + context);
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
    if (self->phase == SIM_ZMTP_CURVE_HELLO)
        return take_curve_hello (self, frame, out);
    if (self->phase == SIM_ZMTP_CURVE_INITIATE)
        return take_curve_initiate (self, frame, out);
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

/* Opens the next frame of what is encrypted, and puts it behind IN. MORE: none is there as a whole;
 * MESSAGE: look again. */
static enum sim_zmtp_item
unseal (struct sim_zmtp *self)
{
    struct frame frame;
    unsigned flags;
    char *body;
    size_t body_size;
    if (self->sealed.size == 0)
        return SIM_ZMTP_MORE;
    enum sim_zmtp_item item = read_head (self->sealed.bytes, self->sealed.size, &frame);
    if (item != SIM_ZMTP_MESSAGE)
        return item;
    if (frame.size > SEALED_MAX)
        return SIM_ZMTP_ERROR;
    if (self->sealed.size - frame.head < frame.size)
        return SIM_ZMTP_MORE;
    if (sim_curve_open (self->curve, self->sealed.bytes + frame.head, frame.size, &flags, &body,
                        &body_size)
        != SIM_CURVE_GOOD)
        return SIM_ZMTP_ERROR;
    write_frame (&self->in, flags, body, body_size);
    sim_bytes_drop (&self->sealed, frame.head + frame.size);
    return SIM_ZMTP_MESSAGE;
}

/* The next frame. MESSAGE: it was taken, go on; else what the caller is told. */
static enum sim_zmtp_item
take_next (struct sim_zmtp *self, struct sim_zmtp_message *message, struct sim_bytes *out,
           bool *is_given)
{
    struct frame frame;
    enum sim_zmtp_item item =
        read_head (self->in.bytes + self->taken, self->in.size - self->taken, &frame);
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

/* What is next of IN; as take_next. */
static enum sim_zmtp_item
take_any (struct sim_zmtp *self, struct sim_zmtp_message *message, struct sim_bytes *out,
          bool *is_given)
{
    if (self->skipping > 0)
        return SIM_ZMTP_MORE;
    if (self->too_large > 0) {
        *is_given = true;
        return give (self, message, self->head.bytes, self->head.size, SIM_ZMTP_TOO_LARGE);
    }
    if (self->taken == self->in.size)
        return SIM_ZMTP_MORE; /* there may be no buffer at all */
    return self->phase == SIM_ZMTP_GREETING ? take_greeting (self, out)
                                            : take_next (self, message, out, is_given);
}

enum sim_zmtp_item
sim_zmtp_take (struct sim_zmtp *self, struct sim_zmtp_message *message, struct sim_bytes *out)
{
    release (self);
    while (self->phase != SIM_ZMTP_BROKEN) {
        bool is_given = false;
        enum sim_zmtp_item item = take_any (self, message, out, &is_given);
        if (item == SIM_ZMTP_MORE && (item = unseal (self)) == SIM_ZMTP_MORE)
            return await_more (self);
        if (item == SIM_ZMTP_ERROR)
            break;
        if (is_given || item == SIM_ZMTP_REFUSED || item == SIM_ZMTP_DISMISSED)
            return item;
    }
    return broken (self);
}

void
sim_zmtp_send (struct sim_zmtp *self, struct sim_bytes *out, const void *envelope,
               size_t envelope_size, const char *text, size_t size)
{
    if (!self->curve) {
        sim_zmtp_write (out, envelope, envelope_size, text, size);
        return;
    }
    if (envelope_size == 0)
        send_frame (self, out, FLAG_MORE, NULL, 0);
    /* The envelope's frames are whole: they came to us that way. */
    const char *at = envelope;
    struct frame frame;
    for (size_t left = envelope_size;
         left > 0 && read_head (at, left, &frame) == SIM_ZMTP_MESSAGE;) {
        send_frame (self, out, FLAG_MORE, frame.bytes, frame.size);
        at += frame.head + frame.size;
        left -= frame.head + frame.size;
    }
    send_frame (self, out, 0, text, size);
}
