/* mailbox.c: messages as frames of the switchboard's sockets, and back. Owns nothing. What
 * comes in are frames that may be anything: they never reach an assert. */

#include <stui/actor.h>

#include <inttypes.h>
#include <stdlib.h>

#include "runtime/alloc.h"

zmsg_t *
mailbox_encode (const struct msg *msg)
{
    zmsg_t *frames = zmsg_new ();
    zmsg_addstr (frames, msg->peer);
    zmsg_addstr (frames, msg_word (msg->verb));
    zmsg_addstrf (frames, "%" PRIu64, msg->ref);
    for (int index = 0; index < msg->field_count; index++)
        zmsg_addstr (frames, msg->fields[index]);
    return frames;
}

/* The frame as text of its own, or NULL when it holds a NUL. */
static char *
frame_text (zframe_t *frame)
{
    if (!frame || memchr (zframe_data (frame), '\0', zframe_size (frame)))
        return NULL;
    return stui_strndup ((const char *) zframe_data (frame), zframe_size (frame));
}

struct msg *
mailbox_decode (zmsg_t *frames, struct stui_cause *cause)
{
    enum { ENVELOPE = 3 };
    char *texts[ENVELOPE + MSG_FIELDS_MAX] = {0};
    int count = 0;
    bool good = zmsg_size (frames) >= ENVELOPE && zmsg_size (frames) <= ENVELOPE + MSG_FIELDS_MAX;
    for (zframe_t *frame = zmsg_first (frames); good && frame; frame = zmsg_next (frames)) {
        texts[count] = frame_text (frame);
        good = texts[count++] != NULL;
    }
    struct msg *msg = NULL;
    if (good)
        msg = msg_from_texts (texts[0], texts[1], texts[2], (const char *const *) texts + ENVELOPE,
                              count - ENVELOPE, cause);
    else
        stui_fail (cause, STUI_E_MALFORMED, "a message of %zu frames is not of our vocabulary",
                   zmsg_size (frames));
    while (count > 0)
        free (texts[--count]);
    return msg;
}

struct msg *
mailbox_complaint (zmsg_t *frames, const struct stui_cause *cause)
{
    char *peer = frame_text (zmsg_first (frames));
    char *word = frame_text (zmsg_next (frames));
    char *ref = frame_text (zmsg_next (frames));
    struct msg *complaint = NULL;
    int verb = word ? msg_verb_from_word (word) : -1;
    /* Only a request waits for an answer: one we know, or an unknown verb with a ref. */
    bool request =
        verb < 0 ? ref && strcmp (ref, "0") != 0 : msg_kind ((enum msg_verb) verb) == MSG_REQUEST;
    if (peer && ref && request) {
        const char *fields[] = {stui_err_word (cause->err), cause->text, "{}"};
        complaint = msg_from_texts (peer, msg_word (MSG_ERROR), ref, fields, 3, NULL);
    }
    free (peer);
    free (word);
    free (ref);
    return complaint;
}
