/* test_restarts.c: actors that end and start again under load, on the real registry and the real
 * switchboard. Five workers bear names, end when told to and come back under the same name with
 * a new incarnation, 500 times in all, while three clients keep requests open with them. Each
 * request must be answered exactly once: by the worker of that name, or by registry with
 * ActorEnded. Nothing lost, doubled or misrouted.
 *
 * The test plays main: it starts and joins actors, as told by registry's `actor_ended`. Counters
 * of an actor are read when it has been joined, so nothing is shared while it runs. */

#include "actors/registry.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <stui/actor.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

enum {
    RESTARTS = 500,
    WORKERS = 5,
    CLIENTS = 3,
    OPEN_MAX = 32,       /* requests that a client keeps open */
    HELD_MAX = 8,        /* of those, how many a worker leaves unanswered for a while */
    GUARD_MS = 60000,    /* only ever makes the test fail */
    ANSWERS_BETWEEN = 8, /* that a client hears before the next restart: so there is load */
};

/* ---- A worker: answers some requests at once, the others later, in the end none ---------------- */

struct worker {
    struct actor *actor; /* owned by its thread */
    struct {
        char peer[STUI_ACTOR_ID_MAX + 1];
        uint64_t ref;
        char *text; /* owned */
    } held[HELD_MAX];
    int held_count;
    bool finishing; /* holds nothing any more */
    uint64_t heard, answered;
};

static void
worker_answer (struct worker *self, const char *peer, uint64_t ref, const char *text)
{
    struct json *result = json_object ();
    json_set_text (result, "by", actor_id (self->actor));
    json_set_text (result, "text", text);
    char *printed = json_print (result);
    struct msg *answer = msg_new (peer, MSG_OK, ref, printed);
    actor_send (self->actor, &answer);
    free (printed);
    json_destroy (&result);
    self->answered++;
}

static void
worker_answer_held (struct worker *self)
{
    worker_answer (self, self->held[0].peer, self->held[0].ref, self->held[0].text);
    free (self->held[0].text);
    memmove (self->held, self->held + 1, sizeof self->held - sizeof *self->held);
    self->held_count--;
}

/* Every third is held; when there is no place left, the oldest is answered, out of order. */
static void
worker_take (void *owner, const struct msg *msg)
{
    struct worker *self = owner;
    if (++self->heard % 3 != 0 || self->finishing) {
        worker_answer (self, msg->peer, msg->ref, msg_text (msg, 0));
        return;
    }
    if (self->held_count == HELD_MAX)
        worker_answer_held (self);
    memcpy (self->held[self->held_count].peer, msg->peer, sizeof msg->peer);
    self->held[self->held_count].ref = msg->ref;
    self->held[self->held_count++].text = stui_strdup (msg_text (msg, 0));
}

static void
worker_finish (void *owner, const struct msg *msg)
{
    struct worker *self = owner;
    (void) msg;
    self->finishing = true;
    while (self->held_count > 0)
        worker_answer_held (self);
}

static void
worker_actor (zsock_t *pipe, void *args)
{
    static const struct actor_verb verbs[] = {
        {MSG_FILE_READ, worker_take}, {MSG_FINISH, worker_finish}, {0, NULL}};
    static const struct actor_table table = {.verbs = verbs};
    struct worker *self = (struct worker *) ((const struct actor_args *) args)->extra;
    self->actor = actor_open (pipe, args);
    actor_ready (self->actor);
    actor_run (self->actor, &table, self);
    while (self->held_count > 0)
        free (self->held[--self->held_count].text);
    actor_close (&self->actor, NULL);
}

/* ---- A client: keeps OPEN_MAX requests open, and checks each answer ---------------------------- */

struct question {
    uint64_t ref; /* 0: a free place */
    int worker;
};

struct client {
    struct actor *actor; /* owned by its thread */
    struct question open[OPEN_MAX];
    int open_count;
    bool finishing;
    uint64_t asked, own, ended, heard_since_report;
    uint64_t wrong; /* answers that nobody waited for, of another, or of another kind */
};

static void
client_ask (struct client *self)
{
    struct question *place = self->open;
    while (place->ref)
        place++;
    place->ref = actor_next_ref (self->actor);
    place->worker = (int) (self->asked++ % WORKERS);
    self->open_count++;
    char peer[STUI_ACTOR_ID_MAX + 1];
    snprintf (peer, sizeof peer, "worker/%d", place->worker);
    char *text = stui_printf ("%s asks %s %" PRIu64, actor_id (self->actor), peer, place->ref);
    struct msg *question = msg_new (peer, MSG_FILE_READ, place->ref, text);
    actor_send (self->actor, &question);
    free (text);
}

/* Whether the worker of QUESTION's name says the very text that was sent. */
static bool
answer_is_own (const struct client *self, const struct question *question, const struct msg *msg)
{
    struct json *result = json_parse_text (msg_text (msg, 0));
    char *text = stui_printf ("%s asks worker/%d %" PRIu64, actor_id (self->actor),
                              question->worker, question->ref);
    char *name = stui_printf ("worker/%d#", question->worker);
    const char *by = json_get_text (result, "by"), *said = json_get_text (result, "text");
    bool own = by && said && strncmp (by, name, strlen (name)) == 0 && strcmp (said, text) == 0;
    free (name);
    free (text);
    json_destroy (&result);
    return own;
}

static void
client_answered (void *owner, const struct msg *msg)
{
    struct client *self = owner;
    struct question *place = self->open;
    while (place < self->open + OPEN_MAX && place->ref != msg->ref)
        place++;
    if (place == self->open + OPEN_MAX) {
        self->wrong++;
        return;
    }
    if (msg->verb == MSG_OK && answer_is_own (self, place, msg))
        self->own++;
    else if (msg->verb == MSG_ERROR && strcmp (msg_text (msg, 0), "ActorEnded") == 0)
        self->ended++;
    else
        self->wrong++;
    place->ref = 0;
    self->open_count--;
    if (++self->heard_since_report == ANSWERS_BETWEEN) {
        self->heard_since_report = 0;
        struct msg *report = msg_new ("main", MSG_TOCK, 0, self->asked);
        actor_send (self->actor, &report);
    }
}

static void
client_finish (void *owner, const struct msg *msg)
{
    (void) msg;
    ((struct client *) owner)->finishing = true;
}

static void
client_turn (void *owner)
{
    struct client *self = owner;
    while (!self->finishing && self->open_count < OPEN_MAX)
        client_ask (self);
    if (self->finishing && self->open_count == 0)
        actor_stop (self->actor);
}

/* The first turn needs no message. */
static int64_t
client_deadline (void *owner)
{
    return ((struct client *) owner)->asked == 0 ? 0 : STUI_NEVER;
}

static void
client_begin (void *owner)
{
    (void) owner;
}

static void
client_actor (zsock_t *pipe, void *args)
{
    static const struct actor_verb verbs[] = {{MSG_FINISH, client_finish}, {0, NULL}};
    static const struct actor_table table = {
        .verbs = verbs,
        .on_answer = client_answered,
        .deadline_ms = client_deadline,
        .on_deadline = client_begin,
        .after_turn = client_turn,
    };
    struct client *self = (struct client *) ((const struct actor_args *) args)->extra;
    self->actor = actor_open (pipe, args);
    actor_ready (self->actor);
    actor_run (self->actor, &table, self);
    actor_close (&self->actor, NULL);
}

/* ---- The test, as main --------------------------------------------------------------------------- */

struct conductor {
    struct actor *actor; /* owned */
    zactor_t *registry, *workers[WORKERS], *clients[CLIENTS];
    struct worker worker_states[WORKERS];
    struct client client_states[CLIENTS];
    uint64_t incarnation, answered;
    int ended, restarts, restarts_due, next, clients_left;
    bool restarting;
};

static zactor_t *
conductor_start (struct conductor *self, zactor_fn *function, const char *kind, int index,
                 const void *extra)
{
    char name[32];
    snprintf (name, sizeof name, "%s/%d", kind, index);
    struct actor_args args = {.name = name, .incarnation = ++self->incarnation, .extra = extra};
    return zactor_new (function, &args);
}

static void
worker_start (struct conductor *self, int index)
{
    self->worker_states[index] = (struct worker){0};
    self->workers[index] =
        conductor_start (self, worker_actor, "worker", index, &self->worker_states[index]);
}

/* One at a time: the next in turn is told to end. */
static void
conductor_restart_next (struct conductor *self)
{
    if (self->restarting || self->restarts_due == 0)
        return;
    self->restarting = true;
    self->restarts_due--;
    zstr_send (self->workers[self->next], "$TERM");
}

static void
conductor_progress (void *owner, const struct msg *msg)
{
    (void) msg;
    struct conductor *self = owner;
    if (self->restarts + self->restarts_due + self->restarting < RESTARTS)
        self->restarts_due++;
    conductor_restart_next (self);
}

/* Clients ask no more, workers owe no more. */
static void
conductor_finish (struct conductor *self, const char *kind, int count)
{
    for (int index = 0; index < count; index++) {
        char peer[32];
        snprintf (peer, sizeof peer, "%s/%d", kind, index);
        struct msg *finish = msg_new (peer, MSG_FINISH, 0);
        actor_send (self->actor, &finish);
    }
}

static void
conductor_worker_ended (struct conductor *self, int index)
{
    cr_assert (self->restarting && index == self->next, "worker/%d ended unasked", index);
    zactor_destroy (&self->workers[index]);
    self->answered += self->worker_states[index].answered;
    self->restarting = false;
    self->next = (self->next + 1) % WORKERS;
    worker_start (self, index);
    if (++self->restarts < RESTARTS) {
        conductor_restart_next (self);
        return;
    }
    conductor_finish (self, "client", CLIENTS);
    conductor_finish (self, "worker", WORKERS);
}

static void
conductor_ended (void *owner, const struct msg *msg)
{
    struct conductor *self = owner;
    int index;
    if (sscanf (msg_text (msg, 0), "worker/%d", &index) == 1) {
        conductor_worker_ended (self, index);
        return;
    }
    cr_assert_eq (sscanf (msg_text (msg, 0), "client/%d", &index), 1, "%s ended",
                  msg_text (msg, 0));
    zactor_destroy (&self->clients[index]);
    if (--self->clients_left == 0)
        actor_stop (self->actor);
}

static int64_t
conductor_deadline (void *owner)
{
    static int64_t until_ms;
    (void) owner;
    if (until_ms == 0)
        until_ms = clock_mono_ms () + GUARD_MS;
    return until_ms;
}

static void
conductor_too_late (void *owner)
{
    struct conductor *self = owner;
    int open = 0;
    for (int index = 0; index < CLIENTS; index++)
        open += self->client_states[index].open_count;
    cr_assert_fail ("after %d restarts %d clients still wait for %d answers", self->restarts,
                    self->clients_left, open);
}

/* The workers that are up in the end, joined one by one. */
static void
conductor_stop_workers (struct conductor *self)
{
    for (int index = 0; index < WORKERS; index++) {
        zstr_send (self->workers[index], "$TERM");
        zactor_destroy (&self->workers[index]);
        self->answered += self->worker_states[index].answered;
    }
}

Test (restarts, no_message_is_lost_doubled_or_misrouted_in_500_restarts)
{
    static const struct actor_verb verbs[] = {
        {MSG_TOCK, conductor_progress}, {MSG_ACTOR_ENDED, conductor_ended}, {0, NULL}};
    static const struct actor_table table = {
        .verbs = verbs, .deadline_ms = conductor_deadline, .on_deadline = conductor_too_late};
    enum { SOCKETS = 512 };
    struct stui_cause cause = {0};
    cr_assert_eq (actor_system_init (SOCKETS, &cause), 0, "%s", cause.text);
    static struct conductor self;
    self.clients_left = CLIENTS;
    struct actor_args registry_args = {.name = "registry", .incarnation = 1};
    self.registry = zactor_new (registry_actor, &registry_args);
    struct actor_args main_args = {.name = "main", .incarnation = 1};
    self.actor = actor_open (NULL, &main_args);
    for (int index = 0; index < WORKERS; index++)
        worker_start (&self, index);
    for (int index = 0; index < CLIENTS; index++)
        self.clients[index] =
            conductor_start (&self, client_actor, "client", index, &self.client_states[index]);

    actor_run (self.actor, &table, &self);

    conductor_stop_workers (&self);
    actor_close (&self.actor, NULL);
    zactor_destroy (&self.registry);
    actor_system_fini ();
    uint64_t asked = 0, own = 0, ended = 0;
    for (int index = 0; index < CLIENTS; index++) {
        const struct client *client = &self.client_states[index];
        cr_expect_eq (client->wrong, 0, "client/%d: %" PRIu64 " wrong answers", index,
                      client->wrong);
        asked += client->asked;
        own += client->own;
        ended += client->ended;
    }
    cr_log_info ("%d restarts, %" PRIu64 " requests: %" PRIu64 " answered by the worker, %" PRIu64
                 " by registry",
                 self.restarts, asked, own, ended);
    cr_expect_eq (own + ended, asked);
    cr_expect_eq (own, self.answered, "workers sent %" PRIu64 " answers, %" PRIu64 " came",
                  self.answered, own);
    cr_expect_gt (ended, RESTARTS, "the workers were not loaded when they ended");
}
