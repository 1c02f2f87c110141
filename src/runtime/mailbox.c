/* mailbox.c: messages on the switchboard's sockets, one frame each (msg.h says which). Owns nothing.
 * What comes in are bytes that may be anything: they never reach an assert. Frames cross threads within this process
 * only, each with one owner, so what came may be written to (letter_address). */

#include <stui/actor.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/digits.h"
#include "runtime/mailbox_answer.h"

/* ---- Out --------------------------------------------------------------------------------- */

/* PEER as a frame begins with it. */
static char *
put_peer (char *at, const char *peer)
{
    size_t length = strnlen (peer, STUI_ACTOR_ID_MAX);
    memcpy (at, peer, length);
    memset (at + length, 0, MSG_PEER_SIZE - length);
    return at + MSG_PEER_SIZE;
}

static char *
put_text (char *at, const char *text, size_t length)
{
    memcpy (at, text, length + 1);
    return at + length + 1;
}

static int
send_part (void *socket, zmq_msg_t *part, int more)
{
    if (zmq_msg_send (part, socket, more | ZMQ_DONTWAIT) >= 0)
        return 0;
    int err = zmq_errno ();
    zmq_msg_close (part);
    return err;
}

static int
send_address (void *socket, const char *to)
{
    return zmq_send (socket, to, strlen (to), ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0 ? 0 : zmq_errno ();
}

/* A message's frame; SIZE bytes of TEXT are its fields. */
static int
send_frame (void *socket, const char *peer, enum msg_verb verb, uint64_t number, const char *text,
            size_t size)
{
    char ref[DIGITS_DECIMAL_SIZE];
    const char *word = msg_word (verb);
    size_t word_length = strlen (word);
    size_t ref_length = (size_t) (digits_decimal (ref, number) - ref);
    zmq_msg_t part;
    if (zmq_msg_init_size (&part, MSG_PEER_SIZE + word_length + ref_length + 2 + size) != 0)
        return zmq_errno ();
    char *at = zmq_msg_data (&part);
    at = put_peer (at, peer);
    at = put_text (at, word, word_length);
    at = put_text (at, ref, ref_length);
    memcpy (at, text, size);
    return send_part (socket, &part, 0);
}

int
mailbox_send (zsock_t *sock, const char *to, const struct msg *msg)
{
    void *socket = zsock_resolve (sock);
    int err = to ? send_address (socket, to) : 0;
    return err ? err
               : send_frame (socket, msg->peer, msg->verb, msg->ref,
                             msg->field_count > 0 ? msg->fields[0] : "", msg->text_size);
}

int
mailbox_answer (zsock_t *sock, const struct msg *request, const char *result)
{
    const char *text = result ? result : "{}";
    return send_frame (zsock_resolve (sock), request->peer, MSG_OK, request->ref, text,
                       strlen (text) + 1);
}

int
mailbox_pass (zsock_t *sock, const char *to, const char *from, struct letter *letter)
{
    void *socket = zsock_resolve (sock);
    int err = send_address (socket, to);
    if (err)
        return err;
    put_peer (zmq_msg_data (&letter->frame), from);
    letter->fields = NULL;
    err = send_part (socket, &letter->frame, 0); /* which has it then, or closed it */
    zmq_msg_init (&letter->frame);
    return err;
}

/* ---- In ---------------------------------------------------------------------------------- */

/* The envelope in SIZE BYTES; what it lacks is empty. Where the fields begin; NULL when it lacks something. */
static const char *
envelope_find (const char *bytes, size_t size, const char **peer, const char **word,
               const char **ref)
{
    const char *end = bytes + size, **texts[] = {word, ref};
    *peer = *word = *ref = "";
    if (size < MSG_PEER_SIZE || bytes[MSG_PEER_SIZE - 1])
        return NULL;
    *peer = bytes;
    bytes += MSG_PEER_SIZE;
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++) {
        const char *nul = memchr (bytes, '\0', (size_t) (end - bytes));
        if (!nul)
            return NULL;
        *texts[index] = bytes;
        bytes = nul + 1;
    }
    return bytes;
}

struct msg *
letter_complaint (struct letter *letter)
{
    const char *peer, *word, *ref, *bytes = zmq_msg_data (&letter->frame);
    if (!envelope_find (bytes, zmq_msg_size (&letter->frame), &peer, &word, &ref))
        return NULL;
    int verb = msg_verb_from_word (word);
    bool request =
        verb < 0 ? strcmp (ref, "0") != 0 : msg_kind ((enum msg_verb) verb) == MSG_REQUEST;
    if (!request)
        return NULL;
    const char *fields[] = {stui_err_word (letter->cause.err), letter->cause.text, "{}"};
    return msg_from_texts (peer, msg_word (MSG_ERROR), ref, fields, 3, NULL);
}

static void
letter_read_envelope (struct letter *self)
{
    const char *peer, *word, *ref, *bytes = zmq_msg_data (&self->frame);
    size_t size = zmq_msg_size (&self->frame);
    self->fields = envelope_find (bytes, size, &peer, &word, &ref);
    if (self->fields)
        msg_read_envelope (&self->msg, peer, word, ref, &self->cause);
    else
        stui_fail (&self->cause, STUI_E_MALFORMED,
                   "a message of %zu bytes is not of our vocabulary", size);
}

const struct msg *
letter_msg (struct letter *self)
{
    if (!self->cause.err && self->fields) {
        const char *end = (const char *) zmq_msg_data (&self->frame) + zmq_msg_size (&self->frame);
        msg_read_fields (&self->msg, self->fields, (size_t) (end - self->fields), &self->cause);
        self->fields = NULL; /* they are read once */
    }
    return self->cause.err ? NULL : &self->msg;
}

void
letter_move (struct letter *to, struct letter *from)
{
    *to = *from;
    zmq_msg_init (&to->frame);
    zmq_msg_move (&to->frame, &from->frame);
    letter_read_envelope (to); /* a short frame lies within the struct */
}

void
letter_clear (struct letter *self)
{
    zmq_msg_close (&self->frame);
}

/* The next part of the message on SOCKET; false when there is none. */
static bool
receive_part (void *socket, zmq_msg_t *part, int flags)
{
    zmq_msg_init (part);
    if (zmq_msg_recv (part, socket, flags) >= 0)
        return true;
    zmq_msg_close (part);
    return false;
}

/* Drops what follows PART in its message; whether anything did. */
static bool
drop_rest (void *socket, const zmq_msg_t *part)
{
    bool more = zmq_msg_more (part), dropped = more;
    while (more) {
        zmq_msg_t rest;
        more = receive_part (socket, &rest, 0) && zmq_msg_more (&rest);
        zmq_msg_close (&rest);
    }
    return dropped;
}

bool
mailbox_take (zsock_t *sock, int flags, struct letter *letter)
{
    void *socket = zsock_resolve (sock);
    zmq_msg_t *part = &letter->frame;
    if (!receive_part (socket, part, flags))
        return false;
    letter->from[0] = '\0';
    letter->fields = NULL;
    letter->cause.err = 0;
    letter->cause.text[0] = '\0';
    if (zsock_type (sock) == ZMQ_ROUTER) {
        size_t size = zmq_msg_size (part), room = sizeof letter->from - 1;
        *(char *) mempcpy (letter->from, zmq_msg_data (part), size < room ? size : room) = '\0';
        bool more = zmq_msg_more (part);
        zmq_msg_close (part);
        if (!more || !receive_part (socket, part, 0))
            zmq_msg_init (part);
    }
    if (drop_rest (socket, part)) {
        stui_fail (&letter->cause, STUI_E_MALFORMED, "a message of several frames is not ours");
        zmq_msg_close (part);
        zmq_msg_init (part); /* nobody is told */
    }
    else
        letter_read_envelope (letter);
    return true;
}

bool
mailbox_receive (zsock_t *sock, int flags, struct mail *mail)
{
    struct letter letter;
    *mail = (struct mail){0};
    if (!mailbox_take (sock, flags, &letter))
        return false;
    const struct msg *msg = letter_msg (&letter);
    memcpy (mail->from, letter.from, strlen (letter.from));
    mail->msg = msg ? msg_copy (msg) : NULL;
    mail->complaint = msg ? NULL : letter_complaint (&letter);
    mail->cause = letter.cause;
    letter_clear (&letter);
    return true;
}

void
mail_clear (struct mail *mail)
{
    msg_destroy (&mail->msg);
    msg_destroy (&mail->complaint);
}
