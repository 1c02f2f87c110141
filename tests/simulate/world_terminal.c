/* world_terminal.c: terminals: each asks for whatever a user may ask for, keeps one watch open, and
 * comes and goes. A question's index is its nonce, which comes back in the answer's result; its
 * ref is one more. One terminal alone edits a session (it holds the lease), so that its texts
 * rise. */

#include "simulate/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

/* ---- Promises -------------------------------------------------------------------------------------- */

struct world_known_session *
world_session_known (struct world *world, const char *id)
{
    for (size_t index = 0; index < world->known_count; index++)
        if (strcmp (world->known[index].id, id) == 0)
            return &world->known[index];
    return NULL;
}

static struct world_known_session *
known_make (struct world *world, const char *id)
{
    struct world_known_session *known = world_session_known (world, id);
    if (known)
        return known;
    stui_grow (&world->known, &world->known_capacity, world->known_count, sizeof *world->known);
    known = &world->known[world->known_count++];
    *known = (struct world_known_session){.image = -1, .edits = -1, .promised = -1};
    snprintf (known->id, sizeof known->id, "%s", id);
    return known;
}

void
world_promise (struct world *world, const char *id, const char *key, int64_t text)
{
    struct world_known_session *known = known_make (world, id);
    snprintf (known->key, sizeof known->key, "%s", key);
    if (text < known->promised)
        world_fail (world, "session %s: text %lld was saved, then %lld over it", id,
                    (long long) known->promised, (long long) text);
    known->promised = text;
}

void
world_session_archived (struct world *world, const char *id, int64_t at_us)
{
    struct world_known_session *known = world_session_known (world, id);
    if (known)
        known->archived_us = at_us;
}

void
world_session_deleted (struct world *world, const char *id)
{
    struct world_known_session *known = world_session_known (world, id);
    if (known)
        known->promised = known->image = -1;
}

void
world_session_carried (struct world *world, const char *id, const char *to, const char *name)
{
    struct world_known_session *known = world_session_known (world, id);
    if (!known)
        return;
    snprintf (known->key, sizeof known->key, "%s", to);
    for (int index = 0; name && index < world->image_count; index++)
        if (strcmp (world->list[index].name, name) == 0)
            known->image = index;
}

/* What is on the disk of it, wherever: it may have been carried meanwhile. */
static int64_t
text_kept (struct world *world, const char *id)
{
    int places;
    return world_disk_anywhere (world, id, &places);
}

/* ---- Questions ------------------------------------------------------------------------------------- */

struct world_question *
world_question_new (struct world *world, int terminal, int image, enum msg_verb verb, uint64_t *ref)
{
    stui_grow (&world->questions, &world->question_capacity, world->question_count,
               sizeof *world->questions);
    struct world_question *question = &world->questions[world->question_count++];
    *question = (struct world_question){.image = image, .verb = verb, .asked_us = world->now_us};
    memcpy (question->terminal, world->terminals[terminal].id, sizeof question->terminal);
    *ref = world->question_count;
    return question;
}

void
world_question_runs (struct world *world, uint64_t nonce)
{
    if (nonce >= world->question_count) {
        world_fail (world, "code runs that nobody sent: %llu", (unsigned long long) nonce);
        return;
    }
    struct world_question *question = &world->questions[nonce];
    world_trace (world, "question %llu runs", (unsigned long long) nonce);
    if (++question->runs > 1 + question->agains)
        world_fail (world, "question %llu ran twice", (unsigned long long) nonce);
    if (question->verdict == WORLD_HELD && question->sends == 0)
        world_fail (world, "question %llu was held, and is sent unasked",
                    (unsigned long long) nonce);
    if (question->verdict == WORLD_ZERO && question->sends == 0)
        world_fail (world, "question %llu runs, though the answer said that it did not",
                    (unsigned long long) nonce);
}

void
world_question_lost (struct world *world)
{
    for (size_t index = 0; index < world->question_count; index++)
        if (world->questions[index].verdict == WORLD_OPEN)
            world->questions[index].verdict = WORLD_LEFT;
}

static enum world_verdict
verdict_of (const struct msg *msg)
{
    if (msg->verb == MSG_OK)
        return WORLD_OK;
    const char *type = msg_text (msg, 0);
    if (strcmp (type, "Held") == 0)
        return WORLD_HELD;
    return strcmp (type, "InDoubt") == 0 || strcmp (type, "EvaluationError") == 0 ? WORLD_DOUBT
                                                                                  : WORLD_ZERO;
}

/* ---- Answers ----------------------------------------------------------------------------------------- */

static void
take_session (struct world *world, const struct world_question *question,
              const struct json *session)
{
    const char *id = json_get_text (session, "session_id");
    const char *key = json_get_text (session, "image_id");
    if (!id) {
        world_fail (world, "%s was answered without a session", msg_word (question->verb));
        return;
    }
    if (question->session[0] && strcmp (question->session, id) != 0)
        world_fail (world, "asked for session %s, got %s", question->session, id);
    if (question->verb == MSG_SESSION_NEW) {
        struct world_known_session *known = known_make (world, id);
        known->image = question->image;
        snprintf (known->key, sizeof known->key, "%s", key ? key : "");
        if (!key || text_kept (world, id) < 0)
            world_fail (world, "session %s was told to be stored, and is not on the disk", id);
    }
    const struct json *context = json_get (session, "context");
    struct world_known_session *known = world_session_known (world, id);
    if (!context || !known)
        return;
    int64_t text = json_get_number (context, "text", -1);
    if (text < known->promised)
        world_fail (world, "session %s shows text %lld, %lld was saved", id, (long long) text,
                    (long long) known->promised);
    bool saved = json_get_bool (session, "saved", false);
    if (saved && key && text_kept (world, id) < text)
        world_fail (world, "session %s is shown as saved with text %lld, and %lld is on the disk",
                    id, (long long) text, (long long) text_kept (world, id));
}

static void
take_watch (struct world *world, int index, const struct json *result)
{
    struct world_terminal *terminal = &world->terminals[index];
    uint64_t version = (uint64_t) json_get_number (result, "version", 0);
    if (version < terminal->watched)
        world_fail (world, "%s: watched version %llu after %llu", terminal->id,
                    (unsigned long long) version, (unsigned long long) terminal->watched);
    terminal->watched = version;
    terminal->watching = false;
}

void
world_terminal_take (struct world *world, int index, const struct msg *msg)
{
    if (msg_kind (msg->verb) != MSG_ANSWER || msg->ref == 0 || msg->ref > world->question_count) {
        world_fail (world, "%s got %s with ref %llu, which it never sent",
                    world->terminals[index].id, msg_word (msg->verb),
                    (unsigned long long) msg->ref);
        return;
    }
    struct world_question *question = &world->questions[msg->ref - 1];
    if (strcmp (question->terminal, world->terminals[index].id) != 0)
        world_fail (world, "%s got the answer to a question of %s", world->terminals[index].id,
                    question->terminal);
    if (question->verdict != WORLD_OPEN) {
        world_fail (world, "%s was answered twice, ref %llu", msg_word (question->verb),
                    (unsigned long long) msg->ref);
        return;
    }
    question->verdict = verdict_of (msg);
    world->answered[question->verdict]++;
    struct json *result = msg->verb == MSG_OK ? json_parse_text (msg_text (msg, 0)) : NULL;
    bool unsent = question->verdict == WORLD_ZERO || question->verdict == WORLD_HELD;
    if (question->evaluation && unsent && question->runs > 0 && question->sends == 0)
        world_fail (world, "question %llu ran, and was answered %s",
                    (unsigned long long) msg->ref - 1, msg_text (msg, 0));
    if (question->evaluation && question->verdict == WORLD_OK && question->runs != 1)
        world_fail (world, "question %llu was answered ok and ran %d times",
                    (unsigned long long) msg->ref - 1, question->runs);
    if (question->verb == MSG_HELD_SEND)
        world_held_take (world, question, msg);
    if ((question->verb == MSG_COMMAND || question->verb == MSG_HOLD) && result
        && json_get_number (result, "result", -1) != (int64_t) msg->ref - 1)
        world_fail (world, "question %llu got another one's answer: %.100s",
                    (unsigned long long) msg->ref - 1, msg_text (msg, 0));
    if (question->verb == MSG_WATCH && result)
        take_watch (world, index, result);
    else if (question->verb == MSG_SESSION_NEW || question->verb == MSG_SESSION_SHOW
             || question->verb == MSG_SESSION_RESTORE || question->verb == MSG_SESSION_CLOSE)
        if (result)
            take_session (world, question, result);
    if (world->scripted) {
        json_destroy (&world->answer);
        world->answer = result ? result : json_object ();
        return;
    }
    json_destroy (&result);
}

/* ---- What is asked ------------------------------------------------------------------------------------- */

/* A session of IMAGE that terminal INDEX may edit (or any, with INDEX < 0); NULL. */
static const struct world_known_session *
pick_session (struct world *world, int image, int index)
{
    const struct world_known_session *found = NULL;
    int64_t seen = 0;
    for (size_t at = 0; at < world->known_count; at++) {
        const struct world_known_session *known = &world->known[at];
        if (known->image == image
            && (index < 0 || (int) (at % (size_t) world->terminal_count) == index)
            && world_between (world, 0, seen++) == 0)
            found = known;
    }
    return found;
}

static void
ask_command (struct world *world, int index, int image, const char *to)
{
    static const int64_t waits[] = {0, 200, 5000, 60000};
    uint64_t ref;
    struct world_question *question = world_question_new (world, index, image, MSG_COMMAND, &ref);
    question->evaluation = world_chance (world, 85);
    const struct world_known_session *session =
        world_chance (world, 30) ? pick_session (world, image, -1) : NULL;
    struct json *parameters = json_object ();
    char nonce[24], tag[32];
    snprintf (nonce, sizeof nonce, "%llu", (unsigned long long) ref - 1);
    snprintf (tag, sizeof tag, "tag-%s", nonce);
    json_set_text (parameters, "code", nonce);
    json_set_number (parameters, "nonce", (int64_t) ref - 1);
    if (session)
        json_set_text (parameters, "session_id", session->id);
    char *text = json_print (parameters);
    if (question->evaluation && world_chance (world, 30))
        question->verb = MSG_HOLD;
    world_send (world, question->terminal,
                msg_new (to, question->verb, ref,
                         question->evaluation ? "evaluate" : "list_classes", text,
                         (uint64_t) waits[world_between (world, 0, 3)], tag));
    free (text);
    json_destroy (&parameters);
}

static void
ask_interrupt (struct world *world, int index, int image, const char *to)
{
    char tag[32] = "";
    for (size_t at = world->question_count; at-- > 0 && at + 100 > world->question_count;)
        if (world->questions[at].evaluation && world->questions[at].verdict == WORLD_OPEN
            && world->questions[at].image == image && world_chance (world, 50)) {
            snprintf (tag, sizeof tag, "tag-%zu", at);
            break;
        }
    uint64_t ref;
    world_question_new (world, index, image, MSG_INTERRUPT, &ref);
    world_send (world, world->terminals[index].id, msg_new (to, MSG_INTERRUPT, ref, tag));
}

static void
ask_session (struct world *world, int index, int image, const char *to, int64_t dice)
{
    size_t count = 0;
    for (size_t at = 0; at < world->known_count; at++)
        count += world->known[at].image == image;
    uint64_t ref;
    char text[64];
    snprintf (text, sizeof text, "{\"text\":%zu}", world->question_count);
    if (dice < 12) {
        if (count < 7 && world_question_new (world, index, image, MSG_SESSION_NEW, &ref))
            world_send (world, world->terminals[index].id,
                        msg_new (to, MSG_SESSION_NEW, ref, "work", text));
        return;
    }
    const struct world_known_session *session = pick_session (world, image, dice < 60 ? index : -1);
    if (!session)
        return;
    enum msg_verb verb = dice < 60   ? MSG_SESSION_EDIT
                         : dice < 75 ? MSG_SESSION_SHOW
                         : dice < 85 ? MSG_SESSION_WATCH
                         : dice < 94 ? MSG_SESSION_RESTORE
                                     : MSG_SESSION_CLOSE;
    bool leases = verb == MSG_SESSION_EDIT && world_chance (world, 40);
    if (leases) /* with the edit lease: either taken or used */
        verb = world_chance (world, 30) ? MSG_SESSION_LEASE : MSG_SESSION_WRITE;
    struct world_question *question = world_question_new (world, index, image, verb, &ref);
    question->watch = verb == MSG_SESSION_WATCH;
    if (verb == MSG_SESSION_SHOW || verb == MSG_SESSION_RESTORE || verb == MSG_SESSION_CLOSE)
        memcpy (question->session, session->id, sizeof question->session);
    char holder[STUI_UUID_LEN + 1];
    snprintf (holder, sizeof holder, "00000000-0000-7000-8000-00000000000%d", index);
    struct msg *msg =
        verb == MSG_SESSION_EDIT    ? msg_new (to, verb, ref, session->id, text)
        : verb == MSG_SESSION_LEASE ? msg_new (to, verb, ref, session->id, holder)
        : verb == MSG_SESSION_WRITE ? msg_new (to, verb, ref, session->id, holder, text)
        : verb == MSG_SESSION_WATCH ? msg_new (to, verb, ref, session->id, (uint64_t) 1, "")
        : verb == MSG_SESSION_CLOSE ? msg_new (to, verb, ref, session->id, (uint64_t) 1, holder)
                                    : msg_new (to, verb, ref, session->id);
    world_send (world, question->terminal, msg);
}

/* What is to be cleaned away, and what is to come back. */
static void
ask_cleanup (struct world *world, int index, bool back)
{
    static const char *const wishes[] = {
        "{}", "{\"do\":true}", "{\"do\":true,\"older_ms\":3000}",
        "{\"do\":true,\"states\":[\"stored\",\"closed\",\"failed\",\"preserved\"]}"};
    uint64_t ref;
    enum msg_verb verb = back ? MSG_UNDO_CLEANUP : MSG_CLEANUP;
    struct world_question *question = world_question_new (world, index, -1, verb, &ref);
    const char *wish = wishes[world_between (world, 0, 3)];
    char one[128];
    if (back && world->known_count > 0 && world_chance (world, 50)) {
        size_t at = (size_t) world_between (world, 0, (int64_t) world->known_count - 1);
        snprintf (one, sizeof one, "{\"sessions\":[\"%s\"]}", world->known[at].id);
        wish = one;
    }
    else if (back)
        wish = world_chance (world, 50) ? "{\"all\":true}" : "{}";
    world_send (world, question->terminal, msg_new ("registry", verb, ref, wish));
}

/* What is kept under the id of an image that is gone is to be IMAGE's, or to go back. */
static void
ask_adopt (struct world *world, int index, int image)
{
    uint64_t ref;
    struct world_question *question = world_question_new (world, index, -1, MSG_ADOPT_STORED, &ref);
    char wish[160];
    if (world_chance (world, 30))
        snprintf (wish, sizeof wish, "{\"undo\":true,\"all\":true}");
    else if (world->known_count > 0 && world_chance (world, 50)) {
        size_t at = (size_t) world_between (world, 0, (int64_t) world->known_count - 1);
        snprintf (wish, sizeof wish, "{\"image\":\"%s\",\"sessions\":[\"%s\"]}",
                  world->list[image].name, world->known[at].id);
    }
    else
        snprintf (wish, sizeof wish, "{\"image\":\"%s\",\"all\":true}", world->list[image].name);
    world_send (world, question->terminal, msg_new ("registry", MSG_ADOPT_STORED, ref, wish));
}

void
world_terminal_ask (struct world *world, const char *to, enum msg_verb verb, const char *text,
                    const char *more)
{
    uint64_t ref;
    struct world_question *question = world_question_new (world, 0, 0, verb, &ref);
    json_destroy (&world->answer);
    world_send (world, question->terminal, msg_new (to, verb, ref, text, more));
}

static void
ask_watch (struct world *world, int index)
{
    struct world_terminal *terminal = &world->terminals[index];
    uint64_t ref;
    struct world_question *question = world_question_new (world, index, -1, MSG_WATCH, &ref);
    question->watch = true;
    terminal->watching = true;
    world_send (world, terminal->id, msg_new ("registry", MSG_WATCH, ref, terminal->watched));
}

static void
ask_plain (struct world *world, int index, int image, const char *to, enum msg_verb verb)
{
    uint64_t ref;
    world_question_new (world, index, image, verb, &ref);
    world_send (world, world->terminals[index].id,
                verb == MSG_CONNECT ? msg_new ("registry", verb, ref, "[]")
                                    : msg_new (to, verb, ref));
}

static void
terminal_acts (struct world *world, struct world_event *event)
{
    struct world_terminal *terminal = &world->terminals[event->index];
    if (world->scripted || !terminal->here || terminal->incarnation != event->number)
        return;
    int64_t pause = world_chance (world, 5) ? 3000 : 300; /* now and then many at once */
    world_push (world, (struct world_event){.at_us = world->now_us
                                                     + world_between (world, 1, pause) * WORLD_MS,
                                            .run = terminal_acts,
                                            .epoch = world->epoch,
                                            .number = event->number,
                                            .index = event->index});
    if (!terminal->watching)
        ask_watch (world, event->index);
    if (world->calm)
        return;
    world_await_act (world, event->index);
    int image = (int) world_between (world, 0, world->image_count - 1);
    char to[STUI_ACTOR_ID_MAX + 1];
    snprintf (to, sizeof to, "image/%s", world->list[image].name);
    int64_t dice = world_between (world, 0, 105);
    if (dice >= 104)
        ask_adopt (world, event->index, image);
    else if (dice >= 100)
        ask_cleanup (world, event->index, dice >= 102);
    else if (dice < 48) {
        int64_t burst = world_chance (world, 1) ? 100 : 1;
        while (burst-- > 0)
            ask_command (world, event->index, image, to);
    }
    else if (dice < 52)
        world_held_ask (world, event->index, image, to);
    else if (dice < 57)
        ask_interrupt (world, event->index, image, to);
    else if (dice < 92)
        ask_session (world, event->index, image, to, world_between (world, 0, 99));
    else if (dice < 95)
        ask_plain (world, event->index, image, to, MSG_RETRY);
    else if (dice < 96)
        ask_plain (world, event->index, image, to, MSG_DISABLE);
    else if (dice < 98)
        ask_plain (world, event->index, image, to, MSG_SESSION_LIST);
    else
        ask_plain (world, event->index, image, to, MSG_CONNECT);
}

void
world_terminal_retry_all (struct world *world)
{
    if (!world->terminals[0].here)
        return;
    ask_plain (world, 0, -1, NULL, MSG_CONNECT);
    for (int image = 0; image < world->image_count; image++) {
        char to[STUI_ACTOR_ID_MAX + 1];
        snprintf (to, sizeof to, "image/%s", world->list[image].name);
        ask_plain (world, 0, image, to, MSG_RETRY);
    }
}

/* ---- Coming and going ------------------------------------------------------------------------------------ */

void
world_terminal_arrive (struct world *world, int index)
{
    struct world_terminal *terminal = &world->terminals[index];
    *terminal = (struct world_terminal){.here = true, .incarnation = ++world->incarnation};
    snprintf (terminal->id, sizeof terminal->id, "terminal/%d#%llu", index,
              (unsigned long long) terminal->incarnation);
    world_node_add (world, WORLD_TERMINAL, terminal->id)->index = index;
    world_push (world, (struct world_event){.at_us = world->now_us + 1 * WORLD_MS,
                                            .run = terminal_acts,
                                            .epoch = world->epoch,
                                            .number = terminal->incarnation,
                                            .index = index});
}

void
world_terminal_leave (struct world *world, int index)
{
    struct world_terminal *terminal = &world->terminals[index];
    terminal->here = false;
    for (size_t at = 0; at < world->question_count; at++)
        if (world->questions[at].verdict == WORLD_OPEN
            && strcmp (world->questions[at].terminal, terminal->id) == 0)
            world->questions[at].verdict = WORLD_LEFT;
    world_node_end (world, world_node_find (world, terminal->id), "");
}
