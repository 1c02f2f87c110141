/* attach.c: see attach.h. Pure but for the heap. */

#include "runtime/attach.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

enum {
    QUESTIONS = 2,
    OUT_KEEPS_BYTES = 1 << 20, /* more is given back when all is written */
};

/* Queues SIZE bytes of FRAME, which it frees. */
static void
attach_put (struct attach *self, char *frame, size_t size)
{
    if (self->out_size + size > self->out_capacity) {
        while (self->out_size + size > self->out_capacity)
            self->out_capacity = self->out_capacity ? self->out_capacity * 2 : 4096;
        self->out = stui_realloc (self->out, self->out_capacity);
    }
    memcpy (self->out + self->out_size, frame, size);
    self->out_size += size;
    free (frame);
}

void
attach_begin (struct attach *self, int64_t pid)
{
    size_t size;
    *self = (struct attach){.phase = ATTACH_GREETING};
    char *hello = frame_hello (pid, &size);
    attach_put (self, hello, size);
}

void
attach_fini (struct attach *self)
{
    frame_reader_fini (&self->in);
    for (size_t index = 0; index < self->join_count; index++)
        frame_join_fini (&self->joins[index]);
    free (self->joins);
    free (self->out);
    *self = (struct attach){0};
}

/* ---- out ---- */

uint64_t
attach_ask (struct attach *self, const struct msg *request, struct stui_cause *cause)
{
    uint64_t ref = self->last_ref + 1;
    char *text = frame_text (request, ref, cause);
    if (!text)
        return 0;
    size_t size;
    char *frame = frame_encode (text, strlen (text), &size);
    free (text);
    attach_put (self, frame, size);
    return self->last_ref = ref;
}

size_t
attach_unwritten (const struct attach *self, const char **bytes)
{
    *bytes = self->out_size > self->out_sent ? self->out + self->out_sent : NULL;
    return self->out_size - self->out_sent;
}

void
attach_written (struct attach *self, size_t size)
{
    self->out_sent += size;
    if (self->out_sent < self->out_size)
        return;
    self->out_sent = self->out_size = 0;
    if (self->out_capacity <= OUT_KEEPS_BYTES)
        return;
    free (self->out);
    self->out = NULL;
    self->out_capacity = 0;
}

/* ---- in ---- */

void
attach_feed (struct attach *self, const void *bytes, size_t size)
{
    frame_feed (&self->in, bytes, size);
}

static void
attach_question (struct attach *self)
{
    struct msg *question = msg_new ("main", MSG_STATUS, 0);
    attach_ask (self, question, NULL);
    msg_destroy (&question);
}

static int
attach_greeted (struct attach *self, const struct json *hello, struct stui_cause *cause)
{
    int err = frame_hello_check (hello, false, 0, cause);
    if (err < 0)
        return err;
    self->owner_pid = json_get_number (hello, "pid", 0);
    self->phase = ATTACH_ASKING;
    attach_question (self);
    return 0;
}

/* ANSWER is to one of the two questions. */
static int
attach_answered (struct attach *self, const struct msg *answer, struct stui_cause *cause)
{
    if (answer->verb == MSG_ERROR)
        return stui_fail (cause, STUI_E_STOPPING, "the owner is leaving");
    if (answer->ref < QUESTIONS) {
        attach_question (self);
        return 0;
    }
    struct json *status = json_parse_text (msg_text (answer, 0));
    self->is_once = json_get_bool (status, "once", false);
    self->phase = ATTACH_DONE;
    json_destroy (&status);
    return 0;
}

/* Adds PART to the answer REF that it belongs to, and acknowledges it. 1 after the last, with *ANSWER,
 * or NULL there and WHY. */
static int
attach_join (struct attach *self, uint64_t ref, const struct json *part, struct msg **answer,
             struct stui_cause *why)
{
    size_t at = 0, size;
    while (at < self->join_count && self->joins[at].ref != ref)
        at++;
    if (at == self->join_count) {
        stui_grow (&self->joins, &self->join_capacity, self->join_count, sizeof *self->joins);
        self->joins[self->join_count++] = (struct frame_join){.ref = ref};
    }
    char *ack = frame_ack (ref, &size);
    attach_put (self, ack, size);
    int done = frame_join (&self->joins[at], part, why);
    if (done == 1)
        *answer = frame_join_msg (&self->joins[at], "owner", why);
    if (done != 0) {
        frame_join_fini (&self->joins[at]);
        self->joins[at] = self->joins[--self->join_count];
    }
    return done;
}

/* As attach_take, of one FRAME, which it takes over; 0: it was no whole answer. */
static int
attach_frame (struct attach *self, struct json *frame, struct msg **answer,
              struct stui_cause *cause)
{
    uint64_t ref;
    int rc = 0;
    if (self->phase == ATTACH_GREETING) {
        rc = attach_greeted (self, frame, cause);
        json_destroy (&frame);
        return rc;
    }
    const char *stopped = frame_stopped_text (frame);
    if (stopped) {
        self->is_stopped = true;
        stui_fail (cause, STUI_E_STOPPING, "%s", stopped);
        json_destroy (&frame);
        return STUI_E_STOPPING;
    }
    struct stui_cause why = {0};
    if (!frame_is_part (frame, &ref))
        *answer = frame_msg (frame, "owner", NULL, &why);
    else if (attach_join (self, ref, frame, answer, &why) == 0) {
        json_destroy (&frame);
        return 0;
    }
    json_destroy (&frame);
    if (!*answer)
        return stui_fail (cause, why.err, "%s", why.text);
    if (msg_kind ((*answer)->verb) != MSG_ANSWER) {
        stui_fail (cause, STUI_E_MALFORMED, "the owner sent '%s', which is no answer",
                   msg_word ((*answer)->verb));
        msg_destroy (answer);
        return STUI_E_MALFORMED;
    }
    if (self->phase == ATTACH_DONE)
        return 1;
    rc = attach_answered (self, *answer, cause);
    msg_destroy (answer);
    return rc;
}

int
attach_take (struct attach *self, struct msg **answer, struct stui_cause *cause)
{
    struct json *frame;
    int taken;
    *answer = NULL;
    while ((taken = frame_take (&self->in, &frame, cause)) > 0) {
        int rc = attach_frame (self, frame, answer, cause);
        if (rc != 0)
            return rc;
    }
    return taken;
}
