/* mailbox.c: messages on the switchboard's sockets, one frame each (msg.h says which). Owns nothing.
 * What comes in are bytes that may be anything: they never reach an assert. */

#include <stui/actor.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/digits.h"
#include "runtime/mailbox_answer.h"

/* ---- Out --------------------------------------------------------------------------------- */

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
    size_t peer_length = strlen (peer), word_length = strlen (word);
    size_t ref_length = (size_t) (digits_decimal (ref, number) - ref);
    zmq_msg_t part;
    if (zmq_msg_init_size (&part, peer_length + word_length + ref_length + 3 + size) != 0)
        return zmq_errno ();
    char *at = zmq_msg_data (&part);
    at = put_text (at, peer, peer_length);
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
               : send_frame (socket, msg->peer, msg->verb, msg->ref, msg->text, msg->text_size);
}

int
mailbox_answer (zsock_t *sock, const struct msg *request, const char *result)
{
    const char *text = result ? result : "{}";
    return send_frame (zsock_resolve (sock), request->peer, MSG_OK, request->ref, text,
                       strlen (text) + 1);
}

/* ---- In ---------------------------------------------------------------------------------- */

enum { ENVELOPE = 3 }; /* PEER, VERB, REF */

/* The texts in SIZE bytes, as far as there are; how many, or -1 for what is not texts of a message. */
static int
texts_find (const char *bytes, size_t size, const char *texts[ENVELOPE + MSG_FIELDS_MAX])
{
    int count = 0;
    for (const char *end = bytes + size; bytes < end;) {
        const char *nul = memchr (bytes, '\0', (size_t) (end - bytes));
        if (!nul || count == ENVELOPE + MSG_FIELDS_MAX)
            return -1;
        texts[count++] = bytes;
        bytes = nul + 1;
    }
    return count;
}

/* UnknownVerb or Malformed for what could not be understood. Only a request waits for an answer: one
 * we know, or an unknown verb with a ref. Caller owns. */
static struct msg *
complaint_new (const char *const *texts, const struct stui_cause *cause)
{
    const char *peer = texts[0], *word = texts[1], *ref = texts[2];
    int verb = msg_verb_from_word (word);
    bool request =
        verb < 0 ? strcmp (ref, "0") != 0 : msg_kind ((enum msg_verb) verb) == MSG_REQUEST;
    if (!request)
        return NULL;
    const char *fields[] = {stui_err_word (cause->err), cause->text, "{}"};
    return msg_from_texts (peer, msg_word (MSG_ERROR), ref, fields, 3, NULL);
}

static void
mail_read (struct mail *self, const char *bytes, size_t size)
{
    const char *texts[ENVELOPE + MSG_FIELDS_MAX] = {0};
    int count = texts_find (bytes, size, texts);
    if (count >= ENVELOPE)
        self->msg = msg_from_texts (texts[0], texts[1], texts[2], texts + ENVELOPE,
                                    count - ENVELOPE, &self->cause);
    else
        stui_fail (&self->cause, STUI_E_MALFORMED,
                   "a message of %zu bytes is not of our vocabulary", size);
    /* Even of what has too much the beginning says who is to be told. */
    if (!self->msg && texts[ENVELOPE - 1])
        self->complaint = complaint_new (texts, &self->cause);
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
mailbox_receive (zsock_t *sock, int flags, struct mail *mail)
{
    *mail = (struct mail){0};
    void *socket = zsock_resolve (sock);
    zmq_msg_t part;
    if (!receive_part (socket, &part, flags))
        return false;
    if (zsock_type (sock) == ZMQ_ROUTER) {
        size_t size = zmq_msg_size (&part), room = sizeof mail->from - 1;
        memcpy (mail->from, zmq_msg_data (&part), size < room ? size : room);
        bool more = zmq_msg_more (&part);
        zmq_msg_close (&part);
        if (!more || !receive_part (socket, &part, 0))
            zmq_msg_init (&part);
    }
    if (drop_rest (socket, &part))
        stui_fail (&mail->cause, STUI_E_MALFORMED, "a message of several frames is not ours");
    else
        mail_read (mail, zmq_msg_data (&part), zmq_msg_size (&part));
    zmq_msg_close (&part);
    return true;
}

void
mail_clear (struct mail *mail)
{
    msg_destroy (&mail->msg);
    msg_destroy (&mail->complaint);
}
