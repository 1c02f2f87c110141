/* supervise_overtaken.c: sessions that two supervisors have read. Two names whose records have one image
 * (it moved, or one was another route) both read its sessions at a start; which of them it is shows
 * only when it answers. Until then nothing is saved over what the other one saved: the store refuses
 * that, and what is stored is read anew here. Pure but for the heap. */

#include "actors/supervise.h"

#include <stdio.h>
#include <stdlib.h>

#include "runtime/json.h"

/* Who waits for a save of SESSION hears that it was not. */
static void
waiters_refuse (struct supervise *self, struct session *session)
{
    size_t kept = 0;
    for (size_t index = 0; index < session->waiter_count; index++) {
        const struct session_waiter *waiter = &session->waiters[index];
        if (session_waits_for_save (waiter))
            supervise_send (self,
                            msg_new (waiter->peer, MSG_ERROR, waiter->ref,
                                     stui_err_word (STUI_E_CONFLICT),
                                     "the session was changed under another name of its image "
                                     "meanwhile, and is read anew: look at it, then ask again",
                                     NULL));
        else
            session->waiters[kept++] = *waiter;
    }
    session->waiter_count = kept;
}

void
supervise_session_overtaken (struct supervise *self, struct session *session)
{
    char id[STUI_UUID_LEN + 1];
    uuid_next (&self->uuid, self->wall_ms, &self->random, id);
    struct session *mine =
        session_overtaken (session, &self->sessions, id, self->now_ms, self->wall_ms);
    if (mine)
        supervise_event (self, "session_split",
                         "session %s was changed under another name of its image meanwhile: that "
                         "is what it is now, and what was typed here is kept as session %s",
                         supervise_session_word (self, session),
                         self->veiled ? mine->id : mine->name);
    else
        waiters_refuse (self, session);
    self->reload = true;
    self->load_ms = self->now_ms;
    self->report_dirty = true;
}

/* What is stored nowhere any more was moved meanwhile: whoever has it now has it all. */
static void
read_nothing (struct supervise *self, struct session *session)
{
    waiters_refuse (self, session);
    supervise_session_gone (self, session);
}

void
supervise_sessions_read (struct supervise *self)
{
    for (size_t index = self->sessions.count; index-- > 0;) {
        struct session *session = self->sessions.items[index];
        if (session->overtaken)
            read_nothing (self, session);
        else if (session->waiter_count > 0)
            supervise_session_waiters (self, session,
                                       session->due == SESSION_OP_NONE
                                           && session->on_wire == SESSION_OP_NONE);
    }
}

void
supervise_sessions_hand_over (struct supervise *self)
{
    if (!self->other[0] || !self->sessions.key[0])
        return;
    char peer[STUI_ACTOR_ID_MAX + 1];
    snprintf (peer, sizeof peer, "image/%s", self->other);
    struct json *about = json_object ();
    json_set_text (about, "image_id", self->sessions.key);
    char *text = json_print (about);
    supervise_send (self, msg_new (peer, MSG_RETURNED, 0, text));
    free (text);
    json_destroy (&about);
}
