/* session_overtaken.c: a session that was saved elsewhere meanwhile: under another name of its image, as
 * long as nobody knew that the two are one, or by the supervisor that took this one's place. What is
 * stored is taken; the user's own work of here is kept beside it, as a session of its own. Part of
 * sessions.h. Pure but for the heap. */

#include "actors/sessions.h"

#include <stdio.h>
#include <string.h>

#include "runtime/json.h"
#include "runtime/utf8.h"

void
session_base_keep (struct session *self)
{
    if (!self->base)
        self->base = session_context_mark (self->context);
}

void
session_name_mine (const struct session *self, char name[SESSION_NAME_MAX + 1])
{
    enum { MINE_BYTES = sizeof " (mine)" };
    size_t length = utf8_cut (self->name, strlen (self->name), SESSION_NAME_MAX - MINE_BYTES);
    snprintf (name, SESSION_NAME_MAX + 1, "%.*s (mine)", (int) length, self->name);
}

struct session *
session_overtaken (struct session *self, struct sessions *set, const char *id, int64_t now_ms,
                   int64_t wall_ms)
{
    bool worked = self->worked > self->saved;
    session_save_end (self, false, 0, now_ms);
    self->overtaken = true;
    if (!worked)
        return NULL;
    char name[SESSION_NAME_MAX + 1];
    session_name_mine (self, name);
    struct session *mine = sessions_new (set, id, name, json_copy (self->context), now_ms, wall_ms);
    mine->terminal = self->terminal;
    /* Whoever waits until his text is kept has it there. */
    size_t kept = 0;
    for (size_t index = 0; index < self->waiter_count; index++) {
        const struct session_waiter *waiter = &self->waiters[index];
        if (waiter->wait == SESSION_WAIT_SAVED || waiter->wait == SESSION_WAIT_MADE)
            session_wait (mine, waiter->peer, waiter->ref, SESSION_WAIT_SAVED, mine->change);
        else
            self->waiters[kept++] = *waiter;
    }
    self->waiter_count = kept;
    return mine;
}

void
session_read_anew (struct session *self, const struct sessions *set, const struct json *record)
{
    bool there = self->known_there;
    self->overtaken = self->unsaved = false;
    session_forget_conflict (self);
    session_take_record (self, record);
    self->worked = 0;
    self->was_there = self->was_there || there;
    self->maybe_there = self->maybe_there || there;
    if (!set->online)
        return;
    /* The image has what was here, or what is read now: it is asked. */
    if (self->open) {
        self->state = STUI_SESSION_RESTORING;
        self->due = SESSION_OP_RESTORE;
    }
    else {
        self->close_there = self->close_there || self->maybe_there;
        self->due = self->close_there ? SESSION_OP_CLOSE : SESSION_OP_NONE;
    }
}
