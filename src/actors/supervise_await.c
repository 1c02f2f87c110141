/* supervise_await.c: whoever asked for an evaluation and lost the answer's way (its stui was killed, it left
 * and came back, or it was told that it is held or in doubt) asks by its tag what became of it, and is
 * answered as the evaluation is, once that is known. Pure but for the heap. */

#include "actors/supervise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/wire.h"

static void
answer (struct supervise *self, const struct supervise_follower *follower,
        const struct outcome *one)
{
    if (one->result)
        supervise_send (self, msg_new (follower->peer, MSG_OK, follower->ref, one->result));
    else
        supervise_send (self, msg_new (follower->peer, MSG_ERROR, follower->ref, one->err,
                                       one->text, one->details));
}

static void
answer_error (struct supervise *self, const struct supervise_follower *follower, int err,
              const char *text)
{
    answer (self, follower,
            &(struct outcome){.err = (char *) stui_err_word (err), .text = (char *) text});
}

/* Another route to an image claims nothing, and asks it for nothing. */
static bool
route_is_live (const struct supervise *self)
{
    return self->phase == LIFE_LIVE && supervise_is_alias (self);
}

/* Whether FOLLOWER was answered; else it waits. That something is held is said once it is stored. */
static bool
follower_settle (struct supervise *self, const struct supervise_follower *follower)
{
    if (!self->held_known && !self->held_unread[0])
        return false;
    if (!self->held_known) {
        answer_error (self, follower, STUI_E_LOCKED, self->held_unread);
        return true;
    }
    const struct held_entry *entry = held_find_asked (&self->held, follower->tag);
    const struct outcome *one = outcomes_find (&self->outcomes, follower->tag);
    bool unstored = entry && entry->state == HELD_STATE_HELD && entry->change > self->held_saved;
    if (unstored || (entry && entry->state == HELD_STATE_SENT && !route_is_live (self)))
        return false;
    if (entry && entry->state == HELD_STATE_HELD)
        supervise_held_say (self, follower->peer, follower->ref, entry);
    else if (entry && entry->state == HELD_STATE_SENT) {
        char why[STUI_CAUSE_MAX];
        snprintf (why, sizeof why,
                  "%s is another route to the image that %s is, by which it is not asked: nobody "
                  "can say whether it ran",
                  self->name, self->other);
        answer_error (self, follower, STUI_E_IN_DOUBT, why);
    }
    else if (entry)
        answer_error (self, follower, STUI_E_IN_DOUBT, entry->why);
    else if (one)
        answer (self, follower, one);
    else
        answer_error (self, follower, STUI_E_NOT_FOUND,
                      "nothing is held or in doubt of what was asked for by that tag");
    return true;
}

void
supervise_await (struct supervise *self, const struct msg *msg)
{
    struct supervise_follower follower = {.ref = msg->ref};
    snprintf (follower.peer, sizeof follower.peer, "%s", msg->peer);
    snprintf (follower.tag, sizeof follower.tag, "%s", msg_text (msg, 0));
    if (!follower.tag[0]) {
        answer_error (self, &follower, STUI_E_INVALID_REQUEST,
                      "the tag is empty: what was asked for without one is told to nobody");
        return;
    }
    if (follower_settle (self, &follower))
        return;
    if (self->follower_count >= SUPERVISE_FOLLOWERS_MAX) {
        answer_error (self, &follower, STUI_E_QUEUE_FULL,
                      "queue full: as many as may wait to be told what became of code do");
        return;
    }
    stui_grow (&self->followers, &self->follower_capacity, self->follower_count,
               sizeof *self->followers);
    self->followers[self->follower_count++] = follower;
}

/* Takes the one at INDEX out. */
static struct supervise_follower
follower_take (struct supervise *self, size_t index)
{
    struct supervise_follower taken = self->followers[index];
    memmove (self->followers + index, self->followers + index + 1,
             (--self->follower_count - index) * sizeof *self->followers);
    return taken;
}

void
supervise_await_look (struct supervise *self)
{
    for (size_t index = 0; index < self->follower_count;)
        if (follower_settle (self, &self->followers[index]))
            follower_take (self, index);
        else
            index++;
}

bool
supervise_await_answer (struct supervise *self, const char *tag, const struct outcome *one)
{
    bool any = false;
    for (size_t index = 0; index < self->follower_count;) {
        if (strcmp (self->followers[index].tag, tag) != 0) {
            index++;
            continue;
        }
        struct supervise_follower follower = follower_take (self, index);
        answer (self, &follower, one);
        any = true;
    }
    return any;
}

/* Keeps ONE for whoever asks later; the store soon has it in the place of what was held. */
static void
outcome_keep (struct supervise *self, struct outcome *one)
{
    one->at_ms = self->wall_ms;
    outcomes_keep (&self->outcomes, one);
    supervise_held_save (self, 0);
}

bool
supervise_await_answered (struct supervise *self, const struct request *request,
                          const struct held_entry *entry, const struct json *result,
                          const struct wire_message *message)
{
    struct outcome one = {
        .id = (char *) entry->id,
        .tag = (char *) entry->asked_by,
        .result = result ? json_print (result) : NULL,
        .err = (char *) supervise_error_type (message->error_type),
        .text = (char *) message->error,
        .details = message->details ? json_print (message->details) : NULL,
    };
    bool followed = supervise_await_answer (self, entry->asked_by, &one);
    /* Whoever was told may be gone by the time it arrives. */
    if (followed || !request->peer[0] || request->held_id[0])
        outcome_keep (self, &one);
    free (one.result);
    free (one.details);
    return followed;
}

void
supervise_await_settled (struct supervise *self, const char *id, const char *tag, int err,
                         const char *text)
{
    struct outcome one = {.id = (char *) id,
                          .tag = (char *) tag,
                          .err = (char *) stui_err_word (err),
                          .text = (char *) text};
    supervise_await_answer (self, tag, &one);
    outcome_keep (self, &one);
}

void
supervise_await_runs (struct supervise *self, const struct request *request)
{
    struct held_entry *entry = held_find_request (&self->held, request->id);
    if (!entry || !entry->earlier)
        return;
    held_unawaited (&self->held, entry,
                    "it still ran when the image was asked: its answer is awaited");
    supervise_held_save (self, SUPERVISE_HELD_MS);
}

bool
supervise_await_drop (struct supervise *self, const char *peer, uint64_t ref)
{
    for (size_t index = 0; index < self->follower_count; index++)
        if (self->followers[index].ref == ref && strcmp (self->followers[index].peer, peer) == 0) {
            struct supervise_follower gone = follower_take (self, index);
            answer_error (self, &gone, STUI_E_IN_DOUBT, "nobody waits for it");
            return true;
        }
    return false;
}

void
supervise_await_end (struct supervise *self)
{
    while (self->follower_count > 0) {
        struct supervise_follower last = follower_take (self, self->follower_count - 1);
        const struct held_entry *entry = held_find_asked (&self->held, last.tag);
        if (entry && entry->state == HELD_STATE_HELD) /* and not stored yet */
            answer_error (self, &last, STUI_E_STOPPING,
                          "stui is stopping: it was not run, and the next one knows whether it is "
                          "held");
        else
            answer_error (self, &last, STUI_E_IN_DOUBT,
                          "stui is stopping and did not wait for the answer: the next one asks "
                          "the image for it");
    }
}
