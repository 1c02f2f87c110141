/* workload.c: see workload.h. */

#include "chaos/workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

enum {
    WAIT_ONLINE_MS = 60000, /* an evaluation waits so long for its image */
    AGAIN_MS = 200,         /* after one that was refused */
};

/* Counts the session's evaluations, sums up their numbers, and says all three. Read by every dialect,
 * and by simulated images. Both are changed by one assignment: an image that is saved between two would
 * come back with half an evaluation. */
#define CODE                                                                                       \
    "chaosState isNil ifTrue: [chaosState := #(0 0)]. "                                            \
    "chaosState := (Array with: (chaosState at: 1) + 1) , "                                        \
    "(Array with: (chaosState at: 2) + %llu). "                                                    \
    "%llu printString , ' ' , (chaosState at: 1) printString , ' ' , (chaosState at: 2) "          \
    "printString"

/* GNU Smalltalk knows a variable of a session once something was assigned to it. */
#define DECLARATION "chaosState := nil"

void
workload_init (struct workload *self, const struct workload_options *options,
               struct chaos_owner *owner)
{
    *self = (struct workload){
        .images = options->images,
        .owner = owner,
        .count = options->image_count * options->sessions_each,
        .pace_ms = options->pace_ms,
        .plant.kind = options->plant,
        .is_making = true,
    };
    self->sessions = stui_alloc (self->count * sizeof *self->sessions);
    for (size_t i = 0; i < self->count; i++)
        self->sessions[i].image = i % options->image_count;
    checker_init (&self->checker, self->count);
}

void
workload_fini (struct workload *self)
{
    free (self->sessions);
    checker_fini (&self->checker);
    recovery_fini (&self->recovery);
    plant_fini (&self->plant);
    *self = (struct workload){0};
}

/* ---- asking --------------------------------------------------------------------------------- */

static const char *
session_peer (const struct workload *self, const struct work_session *session,
              char peer[STUI_ACTOR_ID_MAX + 1])
{
    return host_image_peer (&self->images[session->image], peer);
}

static uint64_t
session_make (struct workload *self, const struct work_session *session)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    struct msg *request =
        msg_new (session_peer (self, session, peer), MSG_SESSION_NEW, 0, "chaos", "{}");
    return chaos_owner_send (self->owner, &request);
}

static uint64_t
session_send_code (struct workload *self, const struct work_session *session, const char *code)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    struct json *parameters = json_object ();
    json_set_text (parameters, "code", code);
    json_set_text (parameters, "mode", "printIt");
    json_set_text (parameters, "session_id", session->id);
    char *text = json_print (parameters);
    struct msg *request = msg_new (session_peer (self, session, peer), MSG_COMMAND, 0, "evaluate",
                                   text, (uint64_t) WAIT_ONLINE_MS, "");
    free (text);
    json_destroy (&parameters);
    return chaos_owner_send (self->owner, &request);
}

static uint64_t
session_evaluate (struct workload *self, const struct work_session *session, uint64_t number)
{
    char *code = stui_printf (CODE, (unsigned long long) number, (unsigned long long) number);
    uint64_t ref = session_send_code (self, session, code);
    free (code);
    return ref;
}

static void
session_ask (struct workload *self, size_t index)
{
    struct work_session *session = &self->sessions[index];
    uint64_t number = checker_ask (&self->checker, index);
    session->ref = session_evaluate (self, session, number);
    if (session->ref == 0)
        checker_refuse (&self->checker, index, "not sent");
    else if (plant_strikes (&self->plant, PLANT_SENT_TWICE))
        session_evaluate (self, session, number); /* its answer is nobody's */
}

int64_t
workload_turn (struct workload *self, int64_t now_ms)
{
    int64_t next_ms = STUI_NEVER;
    if (self->owner->state != OWNER_ATTACHED)
        return STUI_NEVER;
    for (size_t i = 0; i < self->count; i++) {
        struct work_session *session = &self->sessions[i];
        if (session->ref != 0)
            continue;
        bool is_made = session->id[0] != '\0';
        if (session->next_ms <= now_ms && !is_made)
            session->ref = session_make (self, session);
        else if (session->next_ms <= now_ms && !self->is_making)
            session_ask (self, i);
        if (session->ref == 0 && session->next_ms > now_ms && session->next_ms < next_ms)
            next_ms = session->next_ms;
    }
    return next_ms;
}

/* ---- answers -------------------------------------------------------------------------------- */

/* After these nobody knows whether it ran. */
static bool
error_leaves_doubt (int err)
{
    return err == STUI_E_IN_DOUBT || err == STUI_E_TIMEOUT || err == STUI_E_EVALUATION
           || err == STUI_E_INTERNAL;
}

/* As a person would who reads the sentence: a session whose restoring failed is restored once more. */
static void
session_restore (struct workload *self, const struct work_session *session)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    struct msg *request =
        msg_new (session_peer (self, session, peer), MSG_SESSION_RESTORE, 0, session->id);
    chaos_owner_send (self->owner, &request);
}

static void
session_take_error (struct workload *self, size_t index, const struct msg *answer, int64_t now_ms)
{
    struct work_session *session = &self->sessions[index];
    int err = stui_err_from_word (msg_text (answer, 0));
    snprintf (self->why, sizeof self->why, "%s: %s: %s", self->images[session->image].name,
              msg_text (answer, 0), msg_text (answer, 1));
    session->next_ms = now_ms + AGAIN_MS;
    if (session->id[0] == '\0')
        return;
    if (err == STUI_E_SESSION && self->plant.kind != PLANT_SESSION_CLOSED)
        session_restore (self, session);
    if (err == STUI_E_COMPILE) {
        session->ref = session_send_code (self, session, DECLARATION);
        session->is_declaring = session->ref != 0;
    }
    if (error_leaves_doubt (err))
        checker_doubt (&self->checker, index);
    else
        checker_refuse (&self->checker, index, msg_text (answer, 0));
}

static void
session_answered (struct workload *self, size_t index, const char *text)
{
    checker_answer (&self->checker, index, text);
    self->sessions[index].has_answered = true;
}

/* Gives the two answers each to the other's session. */
static void
session_swap (struct workload *self, size_t index, const char *text)
{
    struct plant *plant = &self->plant;
    session_answered (self, index, plant->held);
    session_answered (self, plant->held_session, text);
    self->sessions[plant->held_session].ref = 0; /* and it goes on */
    free (plant->held);
    plant->held = NULL;
}

/* False when the answer was held back: the session still waits for one. */
static bool
session_take_text (struct workload *self, size_t index, const char *text)
{
    self->plant.answers++;
    if (plant_holds (&self->plant, index, text))
        return false;
    if (self->plant.held != NULL)
        session_swap (self, index, text);
    else
        session_answered (self, index, text);
    return true;
}

/* False when its answer was held back. */
static bool
session_take_result (struct workload *self, size_t index, const struct json *result, int64_t now_ms)
{
    struct work_session *session = &self->sessions[index];
    char peer[STUI_ACTOR_ID_MAX + 1];
    session->next_ms = now_ms + self->pace_ms;
    if (session->id[0] == '\0') {
        const char *id = json_get_text (result, "session_id");
        snprintf (session->id, sizeof session->id, "%s", id != NULL ? id : "");
        return true;
    }
    recovery_note_answer (&self->recovery, session->image, now_ms);
    const char *text = json_get_text (result, "result");
    bool is_taken = session_take_text (self, index, text != NULL ? text : "");
    if (plant_strikes (&self->plant, PLANT_SESSION_CLOSED)) {
        struct msg *request = msg_new (session_peer (self, session, peer), MSG_SESSION_CLOSE, 0,
                                       session->id, (uint64_t) 1, "stui chaos");
        chaos_owner_send (self->owner, &request);
    }
    return is_taken;
}

/* An evaluation is answered once. Its second answer has the ref of one that is not open any more. */
static void
workload_take_again (struct workload *self, const struct msg *answer)
{
    for (size_t i = 0; i < self->count && answer->ref != 0; i++)
        if (self->sessions[i].answered_ref == answer->ref)
            checker_answer_again (&self->checker, i);
}

void
workload_take (struct workload *self, const struct msg *answer, int64_t now_ms)
{
    size_t index = 0;
    while (index < self->count && (self->sessions[index].ref != answer->ref || answer->ref == 0))
        index++;
    if (index == self->count)
        workload_take_again (self, answer);
    if (index == self->count
        || (answer->verb == MSG_OK && plant_strikes (&self->plant, PLANT_REPLY_DROPPED)))
        return;
    struct work_session *session = &self->sessions[index];
    session->ref = 0;
    if (session->is_declaring) {
        session->is_declaring = false;
        return;
    }
    session->answered_ref = session->id[0] != '\0' ? answer->ref : 0;
    if (answer->verb == MSG_ERROR) {
        session_take_error (self, index, answer, now_ms);
        return;
    }
    struct json *result = json_parse_text (msg_text (answer, 0));
    if (!session_take_result (self, index, result, now_ms))
        session->ref = answer->ref;
    json_destroy (&result);
}

void
workload_note_owner_end (struct workload *self, int64_t now_ms)
{
    for (size_t i = 0; i < self->count; i++) {
        struct work_session *session = &self->sessions[i];
        session->answered_ref = 0; /* the next one counts its refs anew */
        if (session->ref == 0)
            continue;
        session->ref = 0;
        session->next_ms = now_ms;
        if (session->id[0] != '\0' && !session->is_declaring)
            checker_doubt (&self->checker, i);
        session->is_declaring = false;
    }
}

void
workload_note_save (struct workload *self, size_t image)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->sessions[i].image == image)
            checker_note_save (&self->checker, i);
}

void
workload_note_save_over (struct workload *self, size_t image)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->sessions[i].image == image)
            checker_note_save_over (&self->checker, i);
}

void
workload_note_images_end (struct workload *self, size_t first, size_t count)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->sessions[i].image >= first && self->sessions[i].image < first + count)
            checker_note_end (&self->checker, i);
}

void
workload_count_anew (struct workload *self)
{
    for (size_t i = 0; i < self->count; i++)
        self->sessions[i].has_answered = false;
}

size_t
workload_silent (const struct workload *self)
{
    size_t silent = 0;
    for (size_t i = 0; i < self->count; i++)
        silent += !self->sessions[i].has_answered;
    return silent;
}

size_t
workload_open (const struct workload *self)
{
    size_t open = 0;
    for (size_t i = 0; i < self->count; i++)
        open += self->sessions[i].ref != 0;
    return open;
}
