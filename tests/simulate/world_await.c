/* world_await.c: terminals ask by its tag what became of code, their own or that of one that left, and release the
 * leases of sessions, also such that are another's. And what must hold of it: an answer is of that code and of none
 * that did not run; what is said to be held, or unknown, is; what came of it is told to whoever asks once it is on
 * the disk, also by the next run of stui; a release takes the lease from its holder alone, and is answered once all
 * is stored that was written before. The dice are of their own (world->aside), also those of how long these
 * messages take, so that a seed's other choices stay as they are. */

#include "simulate/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    AWAIT_PERCENT = 10, /* of a terminal's turns */
    RELEASE_PERCENT = 3,
    RECENT = 300, /* questions: one of these is asked about */
    TRIES = 12,   /* until one is found of which it is not known what came of it */
};

static int64_t
aside_between (struct world *world, int64_t low, int64_t high)
{
    return low + (int64_t) random_below (&world->aside, (uint64_t) (high - low + 1));
}

static bool
aside_chance (struct world *world, int percent)
{
    return aside_between (world, 0, 99) < percent;
}

static bool
verb_is_aside (enum msg_verb verb)
{
    return verb == MSG_AWAIT || verb == MSG_SESSION_RELEASE;
}

int64_t
world_await_delay (struct world *world, const char *id, const struct msg *msg)
{
    enum { LONGEST_US = 300 };
    bool answers = msg_kind (msg->verb) == MSG_ANSWER && msg->ref > 0
                   && msg->ref <= world->question_count
                   && strncmp (id, "terminal/", strlen ("terminal/")) == 0;
    if (verb_is_aside (answers ? world->questions[msg->ref - 1].verb : msg->verb))
        return aside_between (world, 1, LONGEST_US);
    return world_between (world, 1, LONGEST_US);
}

/* ---- What is asked --------------------------------------------------------------------------------------- */

/* The nonce of code of which is asked what came of it; -1. */
static int64_t
pick_code (struct world *world)
{
    int64_t count = (int64_t) world->question_count, found = -1;
    int64_t first = count > RECENT ? count - RECENT : 0;
    for (int tries = 0; count > 0 && tries < TRIES; tries++) {
        int64_t nonce = aside_between (world, first, count - 1);
        const struct world_question *question = &world->questions[nonce];
        if (!question->evaluation)
            continue;
        found = nonce;
        if (question->verdict == WORLD_LEFT || question->verdict == WORLD_DOUBT
            || question->verdict == WORLD_HELD)
            break; /* as terminals do */
    }
    return found;
}

static void
ask_await (struct world *world, int index)
{
    int64_t nonce = pick_code (world);
    if (nonce < 0)
        return;
    char to[STUI_ACTOR_ID_MAX + 1], tag[32];
    int image = world->questions[nonce].image;
    uint64_t ref;
    world_question_new (world, index, image, MSG_AWAIT, &ref)->about = (uint64_t) nonce + 1;
    snprintf (to, sizeof to, "image/%s", world->list[image].name);
    snprintf (tag, sizeof tag, "tag-%lld", (long long) nonce);
    world_send (world, world->terminals[index].id, msg_new (to, MSG_AWAIT, ref, tag));
}

/* Of a session that is another terminal's as well: that one was late to hear so. */
static void
ask_release (struct world *world, int index)
{
    if (world->known_count == 0)
        return;
    const struct world_known_session *known =
        &world->known[aside_between (world, 0, (int64_t) world->known_count - 1)];
    char to[STUI_ACTOR_ID_MAX + 1], holder[STUI_UUID_LEN + 1];
    uint64_t ref;
    if (known->image < 0)
        return;
    world_question_new (world, index, known->image, MSG_SESSION_RELEASE, &ref);
    snprintf (to, sizeof to, "image/%s", world->list[known->image].name);
    snprintf (holder, sizeof holder, "00000000-0000-7000-8000-00000000000%d", index);
    world_send (world, world->terminals[index].id,
                msg_new (to, MSG_SESSION_RELEASE, ref, known->id, holder));
}

void
world_await_act (struct world *world, int index)
{
    if (aside_chance (world, AWAIT_PERCENT))
        ask_await (world, index);
    if (aside_chance (world, RELEASE_PERCENT))
        ask_release (world, index);
}

/* ---- What came of code ------------------------------------------------------------------------------------ */

void
world_await_stored (struct world *world, const char *body)
{
    if (!strstr (body, "\"settled\":[{"))
        return;
    struct json *list = json_parse_text (body);
    const struct json *one = json_first (json_get (list, "settled"));
    for (; one; one = json_next (one)) {
        unsigned long long nonce;
        const char *tag = json_get_text (one, "asked_by");
        if (!tag || sscanf (tag, "tag-%llu", &nonce) != 1 || nonce >= world->question_count) {
            world_fail (world, "what came of code that nobody asked for is stored: %s",
                        tag ? tag : "no tag");
            continue;
        }
        struct world_question *question = &world->questions[nonce];
        if (question->kept)
            continue;
        question->kept = true;
        question->kept_ok = json_get (one, "result") != NULL;
        question->months = world->months;
    }
    json_destroy (&list);
}

/* Whether what came of ABOUT, and is on the disk, may be forgotten: there were too many, or it is too old. */
static bool
may_be_forgotten (const struct world *world, const struct supervise *pure,
                  const struct world_question *about)
{
    return !about->kept || about->months != world->months || pure->outcomes.count >= OUTCOMES_MAX;
}

static void
check_ok (struct world *world, const struct world_question *about, uint64_t nonce,
          const struct msg *msg)
{
    struct json *result = json_parse_text (msg_text (msg, 0));
    if (json_get_number (result, "result", -1) != (int64_t) nonce)
        world_fail (world, "who asked what became of question %llu is told of another: %.100s",
                    (unsigned long long) nonce, msg_text (msg, 0));
    if (about->runs == 0)
        world_fail (world, "question %llu never ran, and has an answer",
                    (unsigned long long) nonce);
    json_destroy (&result);
}

/* MSG tells that no answer came of ABOUT. */
static void
check_error (struct world *world, const struct supervise *pure, const struct world_question *about,
             uint64_t nonce, const struct msg *msg)
{
    char tag[32];
    snprintf (tag, sizeof tag, "tag-%llu", (unsigned long long) nonce);
    const char *type = msg_text (msg, 0);
    const struct held_entry *entry = held_find_asked (&pure->held, tag);
    bool users = about->dropped || about->agains > 0 || about->sends > 0;
    bool outcome = strcmp (type, "NotFound") == 0 || strcmp (type, "InDoubt") == 0
                   || strcmp (type, "NeverRun") == 0 || strcmp (type, "Held") == 0;
    if (strcmp (type, "Held") == 0 && (!entry || entry->state != HELD_STATE_HELD))
        world_fail (world, "question %llu is said to be held, and is not",
                    (unsigned long long) nonce);
    if (strcmp (type, "NotFound") == 0 && entry)
        world_fail (world, "question %llu is %s, and is said to be unknown",
                    (unsigned long long) nonce, entry->state == HELD_STATE_HELD ? "held" : "sent");
    if (strcmp (type, "InDoubt") == 0 && entry && entry->state == HELD_STATE_HELD)
        world_fail (world, "question %llu is held, and is said to be in doubt",
                    (unsigned long long) nonce);
    if (strcmp (type, "NeverRun") == 0 && about->runs > 0 && !users)
        world_fail (world, "question %llu ran, and is said to have never run",
                    (unsigned long long) nonce);
    if (strcmp (type, "NotFound") == 0 && !may_be_forgotten (world, pure, about))
        world_fail (world, "what came of question %llu was stored, and is said to be unknown",
                    (unsigned long long) nonce);
    if (outcome && about->kept_ok && !may_be_forgotten (world, pure, about))
        world_fail (world, "the answer to question %llu was stored, and %s is said of it",
                    (unsigned long long) nonce, type);
}

/* ---- What is released ------------------------------------------------------------------------------------ */

void
world_await_check_release (struct world *world, const struct world_super *super,
                           const struct msg *msg, const struct session *before)
{
    const char *id = msg_text (msg, 0), *terminal = msg_text (msg, 1);
    const struct session *session = sessions_find (&super->pure.sessions, id);
    bool others = before->holder[0] && strcmp (before->holder, terminal) != 0;
    if (!session)
        return;
    if (others
        && (strcmp (session->holder, before->holder) != 0
            || session->held_until_ms != before->held_until_ms))
        world_fail (world, "%s: session %s was %s's, and %s has released it", super->pure.name, id,
                    before->holder, terminal);
    if (!others && session->holder[0] && strcmp (session->holder, before->wanted_by) != 0)
        world_fail (world, "%s: session %s was released, and is %s's", super->pure.name, id,
                    session->holder);
    world->questions[msg->ref - 1].text =
        others ? -1 : json_get_number (session->context, "text", -1);
    memcpy (world->questions[msg->ref - 1].session, session->id, sizeof session->id);
}

/* All that was written before is stored. */
static void
check_released (struct world *world, const struct world_super *super,
                const struct world_question *question)
{
    int places;
    int64_t stored = world_disk_anywhere (world, question->session, &places);
    if (question->session[0] && stored < question->text)
        world_fail (world, "%s: session %s was released with text %lld, %lld is on the disk",
                    super->pure.name, question->session, (long long) question->text,
                    (long long) stored);
}

void
world_await_check_answer (struct world *world, const struct world_super *super,
                          const struct msg *msg)
{
    if (msg_kind (msg->verb) != MSG_ANSWER || msg->ref == 0 || msg->ref > world->question_count
        || strncmp (msg->peer, "terminal/", strlen ("terminal/")) != 0)
        return;
    const struct world_question *question = &world->questions[msg->ref - 1];
    if (question->verb == MSG_SESSION_RELEASE && msg->verb == MSG_OK)
        check_released (world, super, question);
    if (question->verb != MSG_AWAIT)
        return;
    uint64_t nonce = question->about - 1;
    const struct world_question *about = &world->questions[nonce];
    world_trace (world, "question %llu is told: %s %.60s", (unsigned long long) nonce,
                 msg_word (msg->verb), msg_text (msg, 0));
    if (msg->verb == MSG_OK)
        check_ok (world, about, nonce, msg);
    else
        check_error (world, &super->pure, about, nonce, msg);
}
