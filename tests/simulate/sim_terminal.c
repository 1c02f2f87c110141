/* sim_terminal.c: terminals: each asks for whatever a user may ask for, keeps one watch open, and
 * comes and goes. A question's index is its nonce, which comes back in the answer's result; its
 * ref is one more. One terminal alone edits a session (it holds the lease), so that its texts
 * rise. */

#include "simulate/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

/* ---- Promises -------------------------------------------------------------------------------------- */

static struct sim_known_session *
known_find (struct sim *sim, const char *id)
{
    for (size_t index = 0; index < sim->known_count; index++)
        if (strcmp (sim->known[index].id, id) == 0)
            return &sim->known[index];
    return NULL;
}

static struct sim_known_session *
known_make (struct sim *sim, const char *id)
{
    struct sim_known_session *known = known_find (sim, id);
    if (known)
        return known;
    stui_grow (&sim->known, &sim->known_capacity, sim->known_count, sizeof *sim->known);
    known = &sim->known[sim->known_count++];
    *known = (struct sim_known_session){.image = -1, .edits = -1, .promised = -1};
    snprintf (known->id, sizeof known->id, "%s", id);
    return known;
}

void
sim_promise (struct sim *sim, const char *id, const char *key, int64_t text)
{
    struct sim_known_session *known = known_make (sim, id);
    snprintf (known->key, sizeof known->key, "%s", key);
    if (text < known->promised)
        sim_fail (sim, "session %s: text %lld was saved, then %lld over it", id,
                  (long long) known->promised, (long long) text);
    known->promised = text;
}

/* ---- Questions ------------------------------------------------------------------------------------- */

static struct sim_question *
question_new (struct sim *sim, int terminal, int image, enum msg_verb verb, uint64_t *ref)
{
    stui_grow (&sim->questions, &sim->question_capacity, sim->question_count,
               sizeof *sim->questions);
    struct sim_question *question = &sim->questions[sim->question_count++];
    *question = (struct sim_question){.image = image, .verb = verb, .asked_us = sim->now_us};
    memcpy (question->terminal, sim->terminals[terminal].id, sizeof question->terminal);
    *ref = sim->question_count;
    return question;
}

void
sim_question_runs (struct sim *sim, uint64_t nonce)
{
    if (nonce >= sim->question_count) {
        sim_fail (sim, "code runs that nobody sent: %llu", (unsigned long long) nonce);
        return;
    }
    struct sim_question *question = &sim->questions[nonce];
    sim_trace (sim, "question %llu runs", (unsigned long long) nonce);
    if (++question->runs > 1)
        sim_fail (sim, "question %llu ran twice", (unsigned long long) nonce);
    if (question->verdict == SIM_ZERO)
        sim_fail (sim, "question %llu runs, though the answer said that it did not",
                  (unsigned long long) nonce);
}

void
sim_question_lost (struct sim *sim)
{
    for (size_t index = 0; index < sim->question_count; index++)
        if (sim->questions[index].verdict == SIM_OPEN)
            sim->questions[index].verdict = SIM_LEFT;
}

static enum sim_verdict
verdict_of (const struct msg *msg)
{
    if (msg->verb == MSG_OK)
        return SIM_OK;
    const char *type = msg_text (msg, 0);
    return strcmp (type, "InDoubt") == 0 || strcmp (type, "EvaluationError") == 0 ? SIM_DOUBT
                                                                                  : SIM_ZERO;
}

/* ---- Answers ----------------------------------------------------------------------------------------- */

static void
take_session (struct sim *sim, const struct sim_question *question, const struct json *session)
{
    const char *id = json_get_text (session, "session_id");
    const char *key = json_get_text (session, "image_id");
    if (!id) {
        sim_fail (sim, "%s was answered without a session", msg_word (question->verb));
        return;
    }
    if (question->session[0] && strcmp (question->session, id) != 0)
        sim_fail (sim, "asked for session %s, got %s", question->session, id);
    if (question->verb == MSG_SESSION_NEW) {
        struct sim_known_session *known = known_make (sim, id);
        known->image = question->image;
        snprintf (known->key, sizeof known->key, "%s", key ? key : "");
        if (!key || sim_store_text (sim, key, id) < 0)
            sim_fail (sim, "session %s was told to be stored, and is not on the disk", id);
    }
    const struct json *context = json_get (session, "context");
    struct sim_known_session *known = known_find (sim, id);
    if (!context || !known)
        return;
    int64_t text = json_get_number (context, "text", -1);
    if (text < known->promised)
        sim_fail (sim, "session %s shows text %lld, %lld was saved", id, (long long) text,
                  (long long) known->promised);
    bool saved = json_get_bool (session, "saved", false);
    if (saved && key && sim_store_text (sim, key, id) < text)
        sim_fail (sim, "session %s is shown as saved with text %lld, and %lld is on the disk", id,
                  (long long) text, (long long) sim_store_text (sim, key, id));
}

static void
take_watch (struct sim *sim, int index, const struct json *result)
{
    struct sim_terminal *terminal = &sim->terminals[index];
    uint64_t version = (uint64_t) json_get_number (result, "version", 0);
    if (version < terminal->watched)
        sim_fail (sim, "%s: watched version %llu after %llu", terminal->id,
                  (unsigned long long) version, (unsigned long long) terminal->watched);
    terminal->watched = version;
    terminal->watching = false;
}

void
sim_terminal_take (struct sim *sim, int index, const struct msg *msg)
{
    if (msg_kind (msg->verb) != MSG_ANSWER || msg->ref == 0 || msg->ref > sim->question_count) {
        sim_fail (sim, "%s got %s with ref %llu, which it never sent", sim->terminals[index].id,
                  msg_word (msg->verb), (unsigned long long) msg->ref);
        return;
    }
    struct sim_question *question = &sim->questions[msg->ref - 1];
    if (strcmp (question->terminal, sim->terminals[index].id) != 0)
        sim_fail (sim, "%s got the answer to a question of %s", sim->terminals[index].id,
                  question->terminal);
    if (question->verdict != SIM_OPEN) {
        sim_fail (sim, "%s was answered twice, ref %llu", msg_word (question->verb),
                  (unsigned long long) msg->ref);
        return;
    }
    question->verdict = verdict_of (msg);
    sim->answered[question->verdict]++;
    struct json *result = msg->verb == MSG_OK ? json_parse_text (msg_text (msg, 0)) : NULL;
    if (question->evaluation && question->verdict == SIM_ZERO && question->runs > 0)
        sim_fail (sim, "question %llu ran, and was answered %s", (unsigned long long) msg->ref - 1,
                  msg_text (msg, 0));
    if (question->evaluation && question->verdict == SIM_OK && question->runs != 1)
        sim_fail (sim, "question %llu was answered ok and ran %d times",
                  (unsigned long long) msg->ref - 1, question->runs);
    if (question->verb == MSG_COMMAND && result
        && json_get_number (result, "result", -1) != (int64_t) msg->ref - 1)
        sim_fail (sim, "question %llu got another one's answer: %.100s",
                  (unsigned long long) msg->ref - 1, msg_text (msg, 0));
    if (question->verb == MSG_WATCH && result)
        take_watch (sim, index, result);
    else if (question->verb == MSG_SESSION_NEW || question->verb == MSG_SESSION_SHOW
             || question->verb == MSG_SESSION_RESTORE || question->verb == MSG_SESSION_CLOSE)
        if (result)
            take_session (sim, question, result);
    json_destroy (&result);
}

/* ---- What is asked ------------------------------------------------------------------------------------- */

/* A session of IMAGE that terminal INDEX may edit (or any, with INDEX < 0); NULL. */
static const struct sim_known_session *
pick_session (struct sim *sim, int image, int index)
{
    const struct sim_known_session *found = NULL;
    int64_t seen = 0;
    for (size_t at = 0; at < sim->known_count; at++) {
        const struct sim_known_session *known = &sim->known[at];
        if (known->image == image
            && (index < 0 || (int) (at % (size_t) sim->terminal_count) == index)
            && sim_between (sim, 0, seen++) == 0)
            found = known;
    }
    return found;
}

static void
ask_command (struct sim *sim, int index, int image, const char *to)
{
    static const int64_t waits[] = {0, 200, 5000, 60000};
    uint64_t ref;
    struct sim_question *question = question_new (sim, index, image, MSG_COMMAND, &ref);
    question->evaluation = sim_chance (sim, 85);
    const struct sim_known_session *session =
        sim_chance (sim, 30) ? pick_session (sim, image, -1) : NULL;
    struct json *parameters = json_object ();
    char nonce[24], tag[32];
    snprintf (nonce, sizeof nonce, "%llu", (unsigned long long) ref - 1);
    snprintf (tag, sizeof tag, "tag-%s", nonce);
    json_set_text (parameters, "code", nonce);
    json_set_number (parameters, "nonce", (int64_t) ref - 1);
    if (session)
        json_set_text (parameters, "session_id", session->id);
    char *text = json_print (parameters);
    sim_send (sim, question->terminal,
              msg_new (to, MSG_COMMAND, ref, question->evaluation ? "evaluate" : "list_classes",
                       text, (uint64_t) waits[sim_between (sim, 0, 3)], tag));
    free (text);
    json_destroy (&parameters);
}

static void
ask_interrupt (struct sim *sim, int index, int image, const char *to)
{
    char tag[32] = "";
    for (size_t at = sim->question_count; at-- > 0 && at + 100 > sim->question_count;)
        if (sim->questions[at].evaluation && sim->questions[at].verdict == SIM_OPEN
            && sim->questions[at].image == image && sim_chance (sim, 50)) {
            snprintf (tag, sizeof tag, "tag-%zu", at);
            break;
        }
    uint64_t ref;
    question_new (sim, index, image, MSG_INTERRUPT, &ref);
    sim_send (sim, sim->terminals[index].id, msg_new (to, MSG_INTERRUPT, ref, tag));
}

static void
ask_session (struct sim *sim, int index, int image, const char *to, int64_t dice)
{
    size_t count = 0;
    for (size_t at = 0; at < sim->known_count; at++)
        count += sim->known[at].image == image;
    uint64_t ref;
    char text[64];
    snprintf (text, sizeof text, "{\"text\":%zu}", sim->question_count);
    if (dice < 12) {
        if (count < 7 && question_new (sim, index, image, MSG_SESSION_NEW, &ref))
            sim_send (sim, sim->terminals[index].id,
                      msg_new (to, MSG_SESSION_NEW, ref, "work", text));
        return;
    }
    const struct sim_known_session *session = pick_session (sim, image, dice < 60 ? index : -1);
    if (!session)
        return;
    enum msg_verb verb = dice < 60   ? MSG_SESSION_EDIT
                         : dice < 85 ? MSG_SESSION_SHOW
                         : dice < 94 ? MSG_SESSION_RESTORE
                                     : MSG_SESSION_CLOSE;
    struct sim_question *question = question_new (sim, index, image, verb, &ref);
    if (verb != MSG_SESSION_EDIT)
        memcpy (question->session, session->id, sizeof question->session);
    sim_send (sim, question->terminal,
              verb == MSG_SESSION_EDIT ? msg_new (to, verb, ref, session->id, text)
                                       : msg_new (to, verb, ref, session->id));
}

static void
ask_watch (struct sim *sim, int index)
{
    struct sim_terminal *terminal = &sim->terminals[index];
    uint64_t ref;
    struct sim_question *question = question_new (sim, index, -1, MSG_WATCH, &ref);
    question->watch = true;
    terminal->watching = true;
    sim_send (sim, terminal->id, msg_new ("registry", MSG_WATCH, ref, terminal->watched));
}

static void
ask_plain (struct sim *sim, int index, int image, const char *to, enum msg_verb verb)
{
    uint64_t ref;
    question_new (sim, index, image, verb, &ref);
    sim_send (sim, sim->terminals[index].id,
              verb == MSG_CONNECT ? msg_new ("registry", verb, ref, "[]")
                                  : msg_new (to, verb, ref));
}

static void
terminal_acts (struct sim *sim, struct sim_event *event)
{
    struct sim_terminal *terminal = &sim->terminals[event->index];
    if (!terminal->here || terminal->incarnation != event->number)
        return;
    int64_t pause = sim_chance (sim, 5) ? 3000 : 300; /* now and then many at once */
    sim_push (sim, (struct sim_event){.at_us = sim->now_us + sim_between (sim, 1, pause) * SIM_MS,
                                      .run = terminal_acts,
                                      .epoch = sim->epoch,
                                      .number = event->number,
                                      .index = event->index});
    if (!terminal->watching)
        ask_watch (sim, event->index);
    if (sim->calm)
        return;
    int image = (int) sim_between (sim, 0, sim->image_count - 1);
    char to[STUI_ACTOR_ID_MAX + 1];
    snprintf (to, sizeof to, "image/%s", sim->list[image].name);
    int64_t dice = sim_between (sim, 0, 99);
    if (dice < 48) {
        int64_t burst = sim_chance (sim, 1) ? 100 : 1;
        while (burst-- > 0)
            ask_command (sim, event->index, image, to);
    }
    else if (dice < 55)
        ask_interrupt (sim, event->index, image, to);
    else if (dice < 92)
        ask_session (sim, event->index, image, to, sim_between (sim, 0, 99));
    else if (dice < 95)
        ask_plain (sim, event->index, image, to, MSG_RETRY);
    else if (dice < 96)
        ask_plain (sim, event->index, image, to, MSG_DISABLE);
    else if (dice < 98)
        ask_plain (sim, event->index, image, to, MSG_SESSION_LIST);
    else
        ask_plain (sim, event->index, image, to, MSG_CONNECT);
}

void
sim_terminal_retry_all (struct sim *sim)
{
    if (!sim->terminals[0].here)
        return;
    ask_plain (sim, 0, -1, NULL, MSG_CONNECT);
    for (int image = 0; image < sim->image_count; image++) {
        char to[STUI_ACTOR_ID_MAX + 1];
        snprintf (to, sizeof to, "image/%s", sim->list[image].name);
        ask_plain (sim, 0, image, to, MSG_RETRY);
    }
}

/* ---- Coming and going ------------------------------------------------------------------------------------ */

void
sim_terminal_arrive (struct sim *sim, int index)
{
    struct sim_terminal *terminal = &sim->terminals[index];
    *terminal = (struct sim_terminal){.here = true, .incarnation = ++sim->incarnation};
    snprintf (terminal->id, sizeof terminal->id, "terminal/%d#%llu", index,
              (unsigned long long) terminal->incarnation);
    sim_node_add (sim, SIM_TERMINAL, terminal->id)->index = index;
    sim_push (sim, (struct sim_event){.at_us = sim->now_us + 1 * SIM_MS,
                                      .run = terminal_acts,
                                      .epoch = sim->epoch,
                                      .number = terminal->incarnation,
                                      .index = index});
}

void
sim_terminal_leave (struct sim *sim, int index)
{
    struct sim_terminal *terminal = &sim->terminals[index];
    terminal->here = false;
    for (size_t at = 0; at < sim->question_count; at++)
        if (sim->questions[at].verdict == SIM_OPEN
            && strcmp (sim->questions[at].terminal, terminal->id) == 0)
            sim->questions[at].verdict = SIM_LEFT;
    sim_node_end (sim, sim_node_find (sim, terminal->id), "");
}
