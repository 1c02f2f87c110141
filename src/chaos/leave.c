/* leave.c: see leave.h. Closing is asked of stui first, so that it does not make the sessions anew; what
 * is left on the image then was made by a request whose answer nobody got. */

#include "chaos/leave.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"

enum { AGAIN_MS = 200, WAIT_ONLINE_MS = 10000 };

void
leave_begin (struct leave *self, struct chaos_owner *owner, const char *peer)
{
    *self = (struct leave){.owner = owner, .step = LEAVE_LISTING, .left = SIZE_MAX};
    snprintf (self->peer, sizeof self->peer, "%s", peer);
}

static uint64_t
leave_send (struct leave *self, struct msg *request)
{
    return chaos_owner_send (self->owner, &request);
}

void
leave_turn (struct leave *self, int64_t now_ms)
{
    if (self->ref != 0 || self->closing > 0 || self->next_ms > now_ms)
        return;
    if (self->step == LEAVE_LISTING)
        self->ref = leave_send (self, msg_new (self->peer, MSG_SESSION_LIST, 0));
    if (self->step == LEAVE_LOOKING)
        self->ref = leave_send (self, msg_new (self->peer, MSG_SESSION_LEFT, 0));
    self->next_ms = now_ms + AGAIN_MS;
}

static void
leave_note_sent (struct leave *self, uint64_t ref)
{
    if (ref == 0)
        return;
    self->first = self->closing == 0 ? ref : self->first;
    self->closing++;
}

/* Has stui close all that it knows and has not closed. */
static void
leave_close_known (struct leave *self, const struct json *list)
{
    const struct json *session = json_first (json_get (list, "sessions"));
    for (; session != NULL; session = json_next (session)) {
        const char *id = json_get_text (session, "session_id");
        const char *state = json_get_text (session, "state");
        if (id != NULL && (state == NULL || strcmp (state, "closed") != 0))
            leave_note_sent (self, leave_send (self, msg_new (self->peer, MSG_SESSION_CLOSE, 0, id,
                                                              (uint64_t) 1, "stui chaos")));
    }
    self->step = self->closing > 0 ? LEAVE_CLOSING : LEAVE_LOOKING;
    self->next_ms = 0;
}

/* Has the image close those of ours that it has nevertheless. */
static void
leave_close_found (struct leave *self, const struct json *list)
{
    const struct json *session = json_first (json_get (list, "sessions"));
    self->left = 0;
    for (; session != NULL; session = json_next (session)) {
        const char *id = json_get_text (session, "session_id");
        const char *state = json_get_text (session, "state");
        if (id == NULL || state == NULL || strcmp (state, "ours") != 0)
            continue;
        struct json *parameters = json_object ();
        json_set_text (parameters, "session_id", id);
        char *text = json_print (parameters);
        self->left++;
        leave_note_sent (self,
                         leave_send (self, msg_new (self->peer, MSG_COMMAND, 0, "close_session",
                                                    text, (uint64_t) WAIT_ONLINE_MS, "")));
        free (text);
        json_destroy (&parameters);
    }
    if (self->left == 0)
        self->step = LEAVE_DONE;
}

void
leave_take (struct leave *self, const struct msg *answer, int64_t now_ms)
{
    if (self->closing > 0 && answer->ref >= self->first) {
        self->closing--;
        if (self->closing == 0)
            self->step = LEAVE_LOOKING;
        return;
    }
    if (self->ref == 0 || answer->ref != self->ref)
        return;
    self->ref = 0;
    self->next_ms = now_ms + AGAIN_MS;
    if (answer->verb != MSG_OK) /* it is away: asked again */
        return;
    struct json *list = json_parse_text (msg_text (answer, 0));
    if (self->step == LEAVE_LISTING)
        leave_close_known (self, list);
    else
        leave_close_found (self, list);
    json_destroy (&list);
}
