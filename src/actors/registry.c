/* registry.c: the actor through which every message passes (routes.c decides where it goes), and
 * which keeps the list of images and their supervisors (fleet.c decides what becomes of them, starts.c
 * when they are started) and cleans away what is left of those that are gone (reaper.c decides what).
 *
 * Owns: the ROUTER, the supervisors' threads.
 * In:  every message of every actor.
 * Out: the same, forwarded; answers for receivers that are gone; states to watchers. */

#include "actors/registry.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <stui/actor.h>

#include "actors/fleet.h"
#include "actors/reaper.h"
#include "actors/routes.h"
#include "actors/starts.h"
#include "actors/supervisor.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/log.h"

struct child {
    char id[STUI_ACTOR_ID_MAX + 1];
    pthread_t thread; /* to be joined */
    bool given_up;    /* it answered nothing: nobody waits for it, nothing is taken from it */
    bool told;        /* to end, since it was heard again */
    /* of a probe: whose request it answers */
    char asker[STUI_ACTOR_ID_MAX + 1];
    uint64_t asker_ref;
};

enum {
    EARLY_MAX = 4096, /* whoever asks is bounded; this is far above */
};

struct registry {
    struct actor *actor;   /* owned */
    struct routes *routes; /* owned */
    struct fleet fleet;
    struct reaper reaper;
    uint64_t returns;       /* of fleet's, as far as the reaper knows of them */
    struct child *children; /* owned */
    size_t child_count, child_capacity;
    uint64_t incarnation; /* the last one given to a supervisor */
    struct starts starts;
    char reader[STUI_ACTOR_ID_MAX + 1]; /* who asked last to see the sessions of all images; … */
    uint64_t reader_ref;                /* … and by which request */
    /* Requests to supervisors that are being started: passed on once they are up, or known not to be. */
    struct letter **early; /* owned, and each of them; oldest first */
    size_t early_count, early_capacity;
};

/* ---- Sending --------------------------------------------------------------------------------- */

static void registry_deliver (struct registry *self, const char *to, const char *from,
                              struct msg **msg);
static void registry_reaper_answer (struct registry *self, const struct msg *answer);

/* Nobody took REQUEST, and whoever asked hears so at once. What else is open with ID waits for
 * its `ended`: answers that it gave before are still to be read. */
static void
registry_undelivered (struct registry *self, const char *id, const struct msg *request, int reason)
{
    bool full = reason == EAGAIN;
    char text[STUI_CAUSE_MAX];
    snprintf (text, sizeof text, full ? "%s takes no more" : "%s is ending and was not asked", id);
    struct msg *answer =
        msg_error (request, full ? STUI_E_QUEUE_FULL : STUI_E_ACTOR_ENDED, text, NULL);
    struct route route = routes_pass (self->routes, id, answer);
    if (route.verdict == ROUTE_FORWARD)
        registry_deliver (self, route.to, actor_id (self->actor), &answer);
    else if (route.verdict == ROUTE_LOCAL)
        registry_reaper_answer (self, answer);
    msg_destroy (&answer);
}

/* What comes of MSG, which was to be sent to ID: REASON is 0 or an errno. */
static void
registry_sent (struct registry *self, const char *id, const struct msg *msg, int reason)
{
    if (!reason)
        return;
    if (reason == EHOSTUNREACH)
        routes_counts (self->routes)->unreachable++;
    else
        routes_counts (self->routes)->full++;
    log_write (reason == EHOSTUNREACH ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR, "registry",
               "%s for %s was not delivered: %s", msg_word (msg->verb), id, zmq_strerror (reason));
    if (msg_kind (msg->verb) == MSG_REQUEST)
        registry_undelivered (self, id, msg, reason);
}

/* To the routing id TO, as from FROM. Takes *MSG over. */
static void
registry_deliver (struct registry *self, const char *to, const char *from, struct msg **msg_p)
{
    struct msg *msg = *msg_p;
    char id[STUI_ACTOR_ID_MAX + 1];
    memcpy (id, to, strlen (to) + 1); /* TO may lie in the message */
    registry_sent (self, id, msg, actor_deliver (self->actor, id, from, msg));
    msg_destroy (msg_p);
}

/* Registry's own messages: to a name or a routing id; nobody there: dropped, or, when that is asked
 * for something, answered. */
static void
registry_send (struct registry *self, struct msg **msg)
{
    struct route route = {ROUTE_DROP, "", NULL};
    if (msg_kind ((*msg)->verb) == MSG_ANSWER && routes_is_up (self->routes, (*msg)->peer)) {
        route.verdict = ROUTE_FORWARD;
        memcpy (route.to, (*msg)->peer, sizeof route.to);
    }
    else if (msg_kind ((*msg)->verb) != MSG_ANSWER) {
        route = routes_pass (self->routes, actor_id (self->actor), *msg);
        if (route.answer)
            registry_reaper_answer (self, route.answer);
        msg_destroy (&route.answer);
    }
    if (route.verdict == ROUTE_FORWARD)
        registry_deliver (self, route.to, actor_id (self->actor), msg);
    msg_destroy (msg);
}

static void
registry_answer_lost (void *context, struct msg **answer)
{
    struct registry *self = context;
    if (strcmp ((*answer)->peer, actor_id (self->actor)) == 0) {
        registry_reaper_answer (self, *answer);
        msg_destroy (answer);
    }
    else
        registry_send (self, answer);
}

static void
registry_lost (struct registry *self, const char *id)
{
    routes_ended (self->routes, id, registry_answer_lost, self);
}

/* ---- The reaper -------------------------------------------------------------------------------- */

static struct reaper_now
registry_now (void)
{
    return (struct reaper_now){clock_mono_ms (), clock_boot_ms (), clock_wall_ms ()};
}

/* What it asks of one that is not there is answered at once, which may make it say more. */
static void
registry_reaper_perform (struct registry *self)
{
    while (self->reaper.out_count > 0) {
        struct msg **out = self->reaper.out;
        size_t count = self->reaper.out_count;
        self->reaper.out = NULL;
        self->reaper.out_count = self->reaper.out_capacity = 0;
        for (size_t index = 0; index < count; index++)
            registry_send (self, &out[index]);
        free (out);
    }
}

/* What it says then is sent at the end of the turn. */
static void
registry_reaper_answer (struct registry *self, const struct msg *answer)
{
    reaper_answer (&self->reaper, answer, registry_now ());
}

/* ---- Supervisors ------------------------------------------------------------------------------- */

static void registry_perform (struct registry *self);

/* Why there is no room for one more supervisor. Caller frees. */
static char *
room_text (void)
{
    struct rlimit limit;
    getrlimit (RLIMIT_NOFILE, &limit);
    return stui_printf ("this stui has no room for one more image: stop it and start it again; its "
                        "hard limit of open files is %llu ('ulimit -Hn', LimitNOFILE)",
                        (unsigned long long) limit.rlim_max);
}

/* Takes WHY over. */
static void
child_refuse (struct registry *self, const char *name, const char *settings_text, char *why)
{
    log_error ("registry", "%s is not served: %s", name, why);
    struct json *probe = json_parse_text (settings_text);
    if (json_get_text (probe, "probe_for")) {
        struct msg *refusal = msg_new (json_get_text (probe, "probe_for"), MSG_ERROR,
                                       (uint64_t) json_get_number (probe, "probe_ref", 0),
                                       stui_err_word (STUI_E_QUEUE_FULL), why, NULL);
        registry_send (self, &refusal);
    }
    json_destroy (&probe);
    char id[STUI_ACTOR_ID_MAX + 1];
    snprintf (id, sizeof id, "%s#0", name);
    fleet_ended (&self->fleet, id, why, clock_mono_ms ());
    free (why);
}

static void
child_spawn (struct registry *self, const char *name, const char *settings_text)
{
    if (REGISTRY_SOCKETS (self->child_count + 1) > actor_system_sockets ()) {
        child_refuse (self, name, settings_text, room_text ());
        return;
    }
    pthread_t thread;
    int err = actor_start (supervisor_actor, name, ++self->incarnation, settings_text, &thread);
    if (err) {
        child_refuse (self, name, settings_text,
                      stui_printf ("no thread can be had for it: %s", strerror (err)));
        return;
    }
    stui_grow (&self->children, &self->child_capacity, self->child_count, sizeof *self->children);
    struct child *child = &self->children[self->child_count++];
    *child = (struct child){0};
    snprintf (child->id, sizeof child->id, "%s#%llu", name, (unsigned long long) self->incarnation);
    child->thread = thread;
    if (strncmp (name, "probe/", 6) != 0)
        return;
    struct json *settings = json_parse_text (settings_text);
    const char *asker = json_get_text (settings, "probe_for");
    if (asker) {
        snprintf (child->asker, sizeof child->asker, "%s", asker);
        child->asker_ref = (uint64_t) json_get_number (settings, "probe_ref", 0);
    }
    json_destroy (&settings);
}

static struct child *
child_find (struct registry *self, const char *id)
{
    for (size_t index = 0; index < self->child_count; index++)
        if (strcmp (self->children[index].id, id) == 0)
            return &self->children[index];
    return NULL;
}

/* It said `ended`, the last thing that it does: joining it does not wait for anything. */
static void
child_join (struct registry *self, struct child *child)
{
    actor_join (child->thread);
    *child = self->children[--self->child_count];
}

/* What is open with it is answered now. */
static void
child_give_up (struct registry *self, const char *id)
{
    struct child *child = child_find (self, id);
    if (child)
        child->given_up = true;
    log_error ("registry", "%s answers nothing and is given up", id);
    registry_lost (self, id);
}

/* One that was given up is heard again: all that is wanted of it is its end. */
static void
child_returned (struct registry *self, struct child *child, const struct msg *msg)
{
    if (msg->verb == MSG_ENDED) {
        child_join (self, child);
        fleet_given_up_ended (&self->fleet);
        registry_perform (self);
    }
    else if (!child->told) {
        child->told = true;
        struct msg *finish = msg_new (child->id, MSG_FINISH, 0);
        registry_deliver (self, child->id, actor_id (self->actor), &finish);
    }
}

static void
registry_perform (struct registry *self)
{
    while (self->fleet.action_count > 0) {
        struct fleet_action *actions = self->fleet.actions;
        size_t count = self->fleet.action_count;
        self->fleet.actions = NULL;
        self->fleet.action_count = self->fleet.action_capacity = 0;
        for (size_t index = 0; index < count; index++) {
            switch (actions[index].what) {
            case FLEET_SPAWN:
                starts_add (&self->starts, &actions[index].name, &actions[index].settings);
                break;
            case FLEET_UNSPAWN:
                if (starts_remove (&self->starts, actions[index].name))
                    fleet_ended (&self->fleet, actions[index].name, "", clock_mono_ms ());
                break;
            case FLEET_GIVE_UP:
                child_give_up (self, actions[index].name);
                break;
            case FLEET_SEND:
                registry_send (self, &actions[index].msg);
                break;
            case FLEET_TIDY:
                stui_tidy ();
                break;
            }
            free (actions[index].name);
            free (actions[index].settings);
        }
        free (actions);
    }
}

static void
registry_start_some (struct registry *self)
{
    bool read = routes_is_open (self->routes, self->reader, self->reader_ref);
    for (int left = starts_due (&self->starts, read, clock_mono_ms ()); left > 0; left--) {
        struct start start = starts_take (&self->starts);
        child_spawn (self, start.name, start.settings);
        free (start.name);
        free (start.settings);
    }
}

/* ---- What is for registry itself ------------------------------------------------------------------ */

static void
registry_up (struct registry *self, const char *id)
{
    routes_up (self->routes, id);
    const struct child *child = child_find (self, id);
    if (child && child->asker[0])
        routes_lend (self->routes, child->asker, child->asker_ref, MSG_PROBE, id);
    fleet_up (&self->fleet, id, clock_mono_ms ());
}

static void
registry_ended (struct registry *self, const char *id, const char *why)
{
    registry_lost (self, id);
    struct child *child = child_find (self, id);
    if (child) {
        child_join (self, child);
        fleet_ended (&self->fleet, id, why, clock_mono_ms ());
        return;
    }
    char name[STUI_ACTOR_ID_MAX + 1];
    routes_name_of (id, name);
    struct msg *report = msg_new ("main", MSG_ACTOR_ENDED, 0, name, why);
    registry_send (self, &report);
}

static void
registry_local (struct registry *self, const struct msg *msg)
{
    if (msg->verb == MSG_UP)
        registry_up (self, msg->peer);
    else if (msg->verb == MSG_ENDED)
        registry_ended (self, msg->peer, msg_text (msg, 0));
    else if (msg_kind (msg->verb) == MSG_ANSWER)
        registry_reaper_answer (self, msg);
    else if (msg->verb == MSG_CLEANUP || msg->verb == MSG_UNDO_CLEANUP
             || msg->verb == MSG_ADOPT_STORED)
        reaper_message (&self->reaper, msg, registry_now ());
    else
        fleet_message (&self->fleet, msg, clock_mono_ms ());
    if (msg->verb == MSG_OPENED)
        reaper_begin (&self->reaper, registry_now ());
    if (msg->verb == MSG_STORE_TROUBLE && msg_text (msg, 0)[0] == '\0')
        reaper_healed (&self->reaper, registry_now ());
    if (msg->verb == MSG_IMAGES)
        reaper_settings (&self->reaper, self->fleet.reap_after_ms, self->fleet.undo_for_ms);
    registry_perform (self);
    if (msg->verb == MSG_OPENED)
        starts_begin (&self->starts, clock_mono_ms ());
}

/* ---- The switchboard -------------------------------------------------------------------------------- */

/* Whoever found the control socket may ask for an image before its supervisor has said `up`. */
static bool
registry_hold (struct registry *self, struct letter *letter)
{
    if (msg_kind (letter->msg.verb) != MSG_REQUEST || self->early_count == EARLY_MAX
        || !fleet_is_starting (&self->fleet, letter->msg.peer))
        return false;
    stui_grow (&self->early, &self->early_capacity, self->early_count, sizeof *self->early);
    struct letter *early = stui_alloc (sizeof *early);
    letter_move (early, letter);
    self->early[self->early_count++] = early;
    return true;
}

/* Notes who wants to see what is stored of all images: no more supervisors are started meanwhile. */
static void
registry_note_reader (struct registry *self, struct letter *letter)
{
    const struct msg *msg = letter->msg.verb == MSG_SESSIONS_LOAD ? letter_msg (letter) : NULL;
    if (!msg || msg_text (msg, 0)[0])
        return;
    memcpy (self->reader, letter->from, sizeof self->reader);
    self->reader_ref = msg->ref;
}

/* What becomes of LETTER by ROUTE. Its fields are read only when they are for registry itself. */
static void
registry_take (struct registry *self, struct letter *letter, struct route *route)
{
    struct msg *msg = &letter->msg;
    switch (route->verdict) {
    case ROUTE_FORWARD:
        memcpy (msg->peer, letter->from, sizeof letter->from);
        registry_sent (self, route->to, msg, actor_pass (self->actor, route->to, letter));
        break;
    case ROUTE_LOCAL:
        memcpy (msg->peer, letter->from, sizeof letter->from);
        if (letter_msg (letter))
            registry_local (self, msg);
        break;
    case ROUTE_REFUSE:
        registry_send (self, &route->answer);
        break;
    case ROUTE_DROP:
        log_debug ("registry", "%s of %s for %s: nobody waits for it", msg_word (msg->verb),
                   letter->from, msg->peer);
        break;
    }
}

/* The sender's own idea of where it is to go stands in the peer of LETTER. */
static void
registry_pass (void *context, struct letter *letter)
{
    struct registry *self = context;
    const char *from = letter->from;
    bool ours = self->fleet.given_up == 0 || routes_is_up (self->routes, from);
    struct child *child = ours ? NULL : child_find (self, from);
    if (child && child->given_up) {
        child_returned (self, child, &letter->msg);
        return;
    }
    if (registry_hold (self, letter))
        return;
    if (fleet_stands_in (&self->fleet, from, &letter->msg, clock_mono_ms ())) {
        registry_perform (self);
        return;
    }
    registry_note_reader (self, letter);
    if (letter->cause.err)
        return; /* the actor complains of it */
    struct route route = routes_pass (self->routes, from, &letter->msg);
    registry_take (self, letter, &route);
}

static void
letter_destroy (struct letter **letter)
{
    letter_clear (*letter);
    free (*letter);
    *letter = NULL;
}

/* Passes on what came too early before. */
static void
registry_let_go (struct registry *self)
{
    size_t count = self->early_count;
    struct letter **early = self->early;
    if (count == 0)
        return;
    self->early = NULL;
    self->early_count = self->early_capacity = 0;
    for (size_t index = 0; index < count; index++) {
        if (routes_is_up (self->routes, early[index]->from))
            registry_pass (self, early[index]);
        letter_destroy (&early[index]);
    }
    free (early);
}

static int64_t
registry_deadline (void *context)
{
    struct registry *self = context;
    int64_t fleet_ms = fleet_deadline (&self->fleet);
    int64_t reaper_ms = reaper_deadline (&self->reaper);
    int64_t earliest = fleet_ms < reaper_ms ? fleet_ms : reaper_ms;
    int64_t starts_ms = starts_deadline (&self->starts);
    return starts_ms < earliest ? starts_ms : earliest;
}

static void
registry_time (void *context)
{
    struct registry *self = context;
    registry_start_some (self);
    fleet_time (&self->fleet, clock_mono_ms ());
    reaper_time (&self->reaper, registry_now ());
    registry_perform (self);
}

static void
registry_turn (void *context)
{
    struct registry *self = context;
    registry_let_go (self);
    fleet_flush (&self->fleet);
    registry_perform (self);
    if (self->returns != self->fleet.returns)
        reaper_returned (&self->reaper, registry_now ());
    self->returns = self->fleet.returns;
    registry_reaper_perform (self);
}

static const struct actor_table registry_table = {
    .on_mail = registry_pass,
    .deadline_ms = registry_deadline,
    .on_deadline = registry_time,
    .after_turn = registry_turn,
};

void
registry_actor (zsock_t *pipe, void *args)
{
    struct registry self = {.actor = actor_open_switchboard (pipe, args)};
    self.routes = routes_new ();
    fleet_init (&self.fleet);
    reaper_init (&self.reaper, fleet_reaper_look, &self.fleet);

    actor_run (self.actor, &registry_table, &self);

    /* Main has drained the fleet before: a supervisor that is here still hangs, and is left to
     * the end of the process rather than waited for. */
    for (size_t index = 0; index < self.child_count; index++)
        log_error ("registry", "%s did not end: abandoned", self.children[index].id);
    free (self.children);
    starts_fini (&self.starts);
    while (self.early_count > 0)
        letter_destroy (&self.early[--self.early_count]);
    free (self.early);
    reaper_fini (&self.reaper);
    fleet_fini (&self.fleet);
    routes_destroy (&self.routes);
    actor_close (&self.actor, NULL);
}
