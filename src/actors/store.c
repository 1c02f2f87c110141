/* store.c: see store.h. Owns the profile's lock, the database, the writes that wait (by
 * store_policy.h) and the events_get requests that wait for an event.
 *
 * A put goes into the policy; at the end of each turn the policy says whether to write. So all
 * that one turn brought shares a batch, and an answer leaves only after its sync. */

#include "actors/store.h"

#include <assert.h>
#include <inttypes.h>

#include "actors/keys.h"
#include "actors/store_connections.h"
#include "actors/store_index.h"
#include "actors/store_lines.h"
#include "actors/store_parts.h"
#include "actors/store_vault.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/digits.h"
#include "runtime/json.h"
#include "runtime/log.h"
#include "runtime/path.h"
#include "runtime/random.h"

enum { RESULT_SIZE = 80 }; /* what write_result prints */

/* ---- Answers ----------------------------------------------------------------------------- */

struct store_ticket
store_ticket_from (const struct msg *msg)
{
    struct store_ticket ticket = {.ref = msg->ref};
    stpcpy (ticket.peer, msg->peer);
    return ticket;
}

/* A request to answer, as the answering functions want it. */
static struct msg
ticket_request (const struct store_ticket *ticket)
{
    struct msg request = {.ref = ticket->ref};
    stpcpy (request.peer, ticket->peer);
    return request;
}

void
store_answer (struct store *self, const struct msg *msg, struct json **result)
{
    char *text = json_print (*result);
    actor_answer (self->actor, msg, text);
    free (text);
    json_destroy (result);
}

void
store_refuse (struct store *self, const struct msg *msg, const struct stui_cause *cause)
{
    actor_refuse (self->actor, msg, cause->err, "%s", cause->text);
}

static void
store_refuse_kept (struct store *self, const struct msg *msg, const struct stui_cause *cause)
{
    struct msg *answer = msg_error (msg, STUI_E_STORAGE, cause->text, "{\"kept\":true}");
    actor_send (self->actor, &answer);
}

/* The result of a write that is on the disk. */
static void
write_result (const struct store *self, const struct store_write *write, char result[RESULT_SIZE])
{
    char *at = stpcpy (result, "{");
    if (write->kind == STORE_WRITE_SESSION) {
        at = digits_decimal (stpcpy (at, "\"generation\":"), write->number);
        at = stpcpy (stpcpy (at, ",\"encrypted\":"),
                     self->db.vault.encrypts_sessions ? "true" : "false");
    }
    else if (write->kind == STORE_WRITE_EVENT)
        at = digits_decimal (stpcpy (at, "\"last_seq\":"), write->number);
    stpcpy (at, "}");
}

/* ---- That stui runs ------------------------------------------------------------------------ */

static void
store_put_alive (struct store *self)
{
    char *body = store_connections_alive (&self->db, clock_mono_ms (), clock_wall_ms ());
    self->alive_ms = clock_mono_ms ();
    store_policy_put (&self->policy, STORE_WRITE_META, KEYS_ALIVE, &body, NULL, self->alive_ms);
}

void
store_connected (struct store *self)
{
    self->connected = true;
    store_put_alive (self);
}

static int64_t
alive_deadline_ms (const struct store *self)
{
    return self->connected ? self->alive_ms + STORE_CONNECTIONS_BEAT : STUI_NEVER;
}

/* ---- Putting ----------------------------------------------------------------------------- */

/* Puts *BODY under SUBJECT for MSG (NULL: nobody waits), whose answer is *RESULT (NULL: what
 * write_result says). Takes both over. */
void
store_put (struct store *self, const struct msg *msg, enum store_write_kind kind,
           const char *subject, char **body, char **result)
{
    struct store_ticket ticket = {0};
    if (msg)
        ticket = store_ticket_from (msg);
    if (result) {
        ticket.result = *result;
        *result = NULL;
    }
    bool waits = store_policy_put (&self->policy, kind, subject, body, msg ? &ticket : NULL,
                                   clock_mono_ms ());
    if (!waits && msg)
        store_refuse_kept (self, msg, &self->cause);
    free (ticket.result);
    /* It costs nothing in a batch that is written anyway. */
    if (self->connected && clock_mono_ms () - self->alive_ms >= STORE_CONNECTIONS_ALIVE)
        store_put_alive (self);
}

/* Puts an event of the store's own; takes it over. */
static void
store_put_event (struct store *self, struct json *event)
{
    json_set_number (event, "at_ms", clock_wall_ms ());
    char *body = json_print (event);
    store_put (self, NULL, STORE_WRITE_EVENT, "", &body, NULL);
    json_destroy (&event);
}

static void
store_say (struct store *self, const char *kind, const char *text)
{
    struct json *event = json_object ();
    json_set_text (event, "image", "");
    json_set_text (event, "kind", kind);
    json_set_text (event, "text", text);
    store_put_event (self, event);
}

/* ---- Waiting for events ------------------------------------------------------------------ */

void
store_answer_events (struct store *self, const struct msg *msg, uint64_t after, size_t limit)
{
    struct json *result;
    struct stui_cause cause = {0};
    if (store_db_events_get (&self->db, after, limit, &result, &cause) < 0)
        store_refuse (self, msg, &cause);
    else
        store_answer (self, msg, &result);
}

static void
waiter_answer (struct store *self, size_t index)
{
    struct waiter waiter = self->waiters[index];
    self->waiter_count--;
    memmove (self->waiters + index, self->waiters + index + 1,
             (self->waiter_count - index) * sizeof *self->waiters);
    struct msg request = ticket_request (&waiter.ticket);
    store_answer_events (self, &request, waiter.after, waiter.limit);
}

static void
waiters_wake (struct store *self)
{
    for (size_t index = self->waiter_count; index-- > 0;)
        if (self->db.last_seq > self->waiters[index].after)
            waiter_answer (self, index);
}

void
store_await_events (struct store *self, const struct msg *msg, uint64_t after, size_t limit)
{
    if (self->waiter_count == WAITERS_MAX)
        waiter_answer (self, 0);
    stui_grow (&self->waiters, &self->waiter_capacity, self->waiter_count, sizeof *self->waiters);
    self->waiters[self->waiter_count++] =
        (struct waiter){.ticket = store_ticket_from (msg), .after = after, .limit = limit};
}

/* Tells registry, and through it all terminals, that nothing can be written, and why; or that it
 * can again. An event would not do: it could not be written. */
static void
store_tell_trouble (struct store *self, const char *why)
{
    struct msg *trouble = msg_new ("registry", MSG_STORE_TROUBLE, 0, why);
    actor_send (self->actor, &trouble);
}

/* ---- Writing ----------------------------------------------------------------------------- */

/* Whoever waits for WRITE is told that it is kept, if it is. */
static void
write_refuse (struct store *self, const struct store_write *write, const struct stui_cause *cause)
{
    for (size_t index = 0; index < write->ticket_count; index++) {
        struct msg request = ticket_request (&write->tickets[index]);
        if (write->kind == STORE_WRITE_IDENTITY)
            store_refuse (self, &request, cause);
        else
            store_refuse_kept (self, &request, cause);
    }
}

static void
store_failed (struct store *self, const struct stui_cause *cause)
{
    self->cause = *cause;
    for (size_t index = 0; index < self->policy.count; index++)
        write_refuse (self, &self->policy.writes[index], cause);
    if (store_policy_failed (&self->policy, clock_mono_ms ())) {
        log_error (actor_id (self->actor), "%s", cause->text);
        store_say (self, "store_degraded", cause->text);
        store_tell_trouble (self, cause->text);
    }
}

static void
store_healed (struct store *self)
{
    char *text = stui_printf ("the database works again; %" PRIu64 " events were dropped meanwhile",
                              self->policy.dropped);
    self->policy.dropped = 0;
    self->cause = (struct stui_cause){0};
    log_info (actor_id (self->actor), "%s", text);
    store_say (self, "store_healed", text);
    store_tell_trouble (self, "");
    free (text);
}

/* Sessions came while the disk took nothing, and then their keys went: they wait for those, kept, and all
 * else goes on. */
static void
store_lock (struct store *self, const struct stui_cause *cause)
{
    for (size_t index = 0; index < self->policy.count - self->policy.locked; index++)
        if (self->policy.writes[index].kind == STORE_WRITE_SESSION
            || self->policy.writes[index].kind == STORE_WRITE_HELD)
            write_refuse (self, &self->policy.writes[index], cause);
    size_t count = store_policy_lock (&self->policy);
    char *text = stui_printf ("%zu sessions wait for their keys before they can be saved: %s",
                              count, cause->text);
    log_warn (actor_id (self->actor), "%s", text);
    store_say (self, "sessions_locked", text); /* in a trial, that is what is written */
    free (text);
}

static int
store_commit (struct store *self)
{
    struct stui_cause cause = {0};
    struct store_write *writes = self->policy.writes;
    int err = store_db_commit (&self->db, writes, self->policy.batch, clock_wall_ms (), &cause);
    if (err == STUI_E_LOCKED) {
        store_lock (self, &cause);
        return 0;
    }
    if (!err && !owner_is_intact (&self->owner, self->state_dir))
        err = stui_fail (&cause, STUI_E_STORAGE, "%.180s/owner is gone", self->state_dir);
    if (err) {
        store_failed (self, &cause);
        return err;
    }
    for (struct store_write *write = writes; write < writes + self->policy.batch; write++) {
        char result[RESULT_SIZE];
        write_result (self, write, result);
        for (size_t index = 0; index < write->ticket_count; index++) {
            const struct store_ticket *ticket = &write->tickets[index];
            struct msg request = ticket_request (ticket);
            actor_answer (self->actor, &request, ticket->result ? ticket->result : result);
        }
    }
    self->policy.more = actor_has_mail (self->actor);
    if (store_policy_committed (&self->policy))
        store_healed (self);
    waiters_wake (self);
    return 0;
}

/* Makes the profile's directory again when somebody removed it, and is its owner anew. Whoever was
 * quicker has it: we end then. */
static int
store_regain_place (struct store *self, struct stui_cause *cause)
{
    store_db_is_lost (&self->db); /* what can be read is read before anything else is there */
    int err = path_make_private (self->state_dir, cause);
    if (!err && !owner_is_intact (&self->owner, self->state_dir)) {
        owner_release (&self->owner);
        err = owner_take (&self->owner, self->state_dir, cause);
    }
    if (err == STUI_E_OWNED) {
        snprintf (self->why, sizeof self->why, "%s: %s", stui_err_word (err), cause->text);
        actor_stop (self->actor);
    }
    return err ? err : path_make_private (self->db.path, cause);
}

static int
store_reopen (struct store *self)
{
    struct stui_cause cause = {0};
    int err = store_regain_place (self, &cause);
    if (!err)
        err = store_db_reopen (&self->db, clock_wall_ms (), &cause);
    if (err)
        store_failed (self, &cause);
    else {
        store_policy_reopened (&self->policy, self->db.last_seq);
        if (self->policy.count
            == self->policy.locked) /* only a write shows whether it works again */
            store_say (self, "store_reopened", "the database was opened again");
    }
    return err;
}

/* What reading found damaged becomes events. */
static void
store_put_notices (struct store *self)
{
    if (json_count (self->db.notices) == 0)
        return;
    const struct json *notice = json_first (self->db.notices);
    for (; notice; notice = json_next (notice))
        store_put_event (self, json_copy (notice));
    json_destroy (&self->db.notices);
    self->db.notices = json_array ();
}

/* Carries out one action of the policy's: the others get their turn in between. */
static int
store_step (struct store *self, bool flush, bool *idle)
{
    store_put_notices (self);
    if (self->policy.locked > 0 && !store_vault_is_shut (&self->db))
        store_policy_unlock (&self->policy);
    self->policy.more = actor_has_mail (self->actor);
    enum store_policy_action action = store_policy_next (&self->policy, flush, clock_mono_ms ());
    *idle = action == STORE_POLICY_WAIT;
    return action == STORE_POLICY_COMMIT   ? store_commit (self)
           : action == STORE_POLICY_REOPEN ? store_reopen (self)
                                           : 0;
}

/* ---- What was saved in plain -------------------------------------------------------------- */

static int64_t
seal_deadline_ms (const struct store *self)
{
    return self->policy.state == STORE_POLICY_HEALTHY && store_seal_is_due (&self->db)
               ? self->db.seal.step_ms
               : STUI_NEVER;
}

static void
seal_run (struct store *self)
{
    struct stui_cause cause = {0};
    if (clock_mono_ms () < seal_deadline_ms (self))
        return;
    if (store_seal_step (&self->db, clock_wall_ms (), &cause) < 0)
        log_warn ("store", "what was saved in plain stays so until the next start: %s", cause.text);
    self->db.seal.step_ms = clock_mono_ms () + STORE_SEAL_MS;
}

/* ---- The life ---------------------------------------------------------------------------- */

static int64_t
store_deadline_ms (void *context)
{
    struct store *self = context;
    int64_t policy_ms = store_policy_deadline_ms (&self->policy);
    int64_t upkeep_ms = store_upkeep_deadline_ms (&self->upkeep, &self->db);
    int64_t earliest_ms = policy_ms < upkeep_ms ? policy_ms : upkeep_ms;
    if (alive_deadline_ms (self) < earliest_ms)
        earliest_ms = alive_deadline_ms (self);
    return earliest_ms < seal_deadline_ms (self) ? earliest_ms : seal_deadline_ms (self);
}

/* Nothing of its own: the end of every turn looks at the time. */
static void
store_on_deadline (void *context)
{
    (void) context;
}

static void
store_after_turn (void *context)
{
    struct store *self = context;
    bool idle;
    if (actor_is_stopping (self->actor))
        return;
    if (!self->db.engine && self->policy.state == STORE_POLICY_HEALTHY) {
        /* Reading found damage, and the disk did not let it be put right. */
        struct stui_cause cause = {0};
        store_db_closed (&self->db, &cause);
        store_failed (self, &cause);
    }
    if (clock_mono_ms () >= alive_deadline_ms (self))
        store_put_alive (self);
    store_step (self, false, &idle);
    if (idle)
        seal_run (self);
    if (idle && self->policy.state == STORE_POLICY_HEALTHY)
        store_upkeep_run (&self->upkeep, &self->db, clock_mono_ms (), clock_wall_ms ());
}

static const struct actor_table store_table = {
    .verbs = store_verbs,
    .deadline_ms = store_deadline_ms,
    .on_deadline = store_on_deadline,
    .after_turn = store_after_turn,
};

/* Ownership first: the database is not looked at before it is ours. */
static int
store_open (struct store *self, struct stui_cause *cause)
{
    struct random_source random;
    clock_random (&random, sizeof random);
    char *path = stui_printf ("%s/db", self->state_dir);
    int err = path_make_private (self->state_dir, cause);
    if (!err)
        err = owner_take (&self->owner, self->state_dir, cause);
    if (!err)
        err = path_make_private (path, cause);
    if (!err)
        err = store_db_open (&self->db, self->state_dir, self->functions, clock_wall_ms (), &random,
                             cause);
    free (path);
    return err;
}

static void
store_announce (struct store *self)
{
    static const char *const listeners[] = {"registry", "control", "main"};
    for (size_t index = 0; index < sizeof listeners / sizeof *listeners; index++) {
        struct msg *opened =
            msg_new (listeners[index], MSG_OPENED, 0, self->db.client_id, self->db.generation);
        actor_send (self->actor, &opened);
    }
}

/* Serves what was in the mailbox when the word to stop came: saves may be among it. */
static void
store_drain (struct store *self)
{
    struct letter letter;
    while (mailbox_take (actor_mailbox (self->actor), ZMQ_DONTWAIT, &letter)) {
        const struct msg *msg = letter_msg (&letter);
        for (const struct actor_verb *verb = store_verbs; msg && verb->handle; verb++)
            if (verb->verb == msg->verb)
                verb->handle (self, msg);
        letter_clear (&letter);
    }
}

/* Writes all that waits. A disk that refuses gets one more chance, with the database reopened. */
static void
store_flush (struct store *self)
{
    int failures = self->policy.state != STORE_POLICY_HEALTHY;
    bool idle = false;
    while (!idle && failures < 2)
        if (store_step (self, true, &idle) < 0)
            failures++;
    size_t sessions = 0;
    for (size_t index = 0; index < self->policy.count; index++)
        sessions += self->policy.writes[index].kind == STORE_WRITE_SESSION;
    if (sessions > 0)
        log_error (actor_id (self->actor), "%zu sessions could not be written: %s", sessions,
                   self->cause.text[0] ? self->cause.text : self->db.vault.why);
}

void
store_actor (zsock_t *pipe, void *args)
{
    const struct actor_args *given = args;
    const struct store_args *extra = given->extra;
    assert (extra && extra->state_dir);
    struct actor *actor = actor_open (pipe, given);
    struct store self = {.actor = actor,
                         .state_dir = stui_strdup (extra->state_dir),
                         .lines = store_lines_new (),
                         .functions = extra->engine ? extra->engine : &engine_leveldb};
    enum store_encrypts encrypts = extra->encrypts;
    actor_ready (actor);
    struct stui_cause cause = {0};
    int err = store_open (&self, &cause);
    if (!err || self.db.client_id[0]) { /* known: it starts, degraded perhaps */
        if (encrypts != STORE_ENCRYPTS_AS_BEFORE)
            store_encrypt (&self, encrypts == STORE_ENCRYPTS_SESSIONS);
        store_announce (&self);
        if (err)
            store_failed (&self, &cause);
        store_put_notices (&self);
        store_upkeep_init (&self.upkeep, clock_mono_ms (), clock_wall_ms ());
        actor_run (actor, &store_table, &self);
        store_drain (&self);
        if (!self.why[0])
            store_flush (&self);
        if (self.policy.state == STORE_POLICY_HEALTHY)
            store_upkeep_end (&self.upkeep, &self.db, clock_wall_ms ());
    }
    else
        snprintf (self.why, sizeof self.why, "%s: %s", stui_err_word (cause.err), cause.text);
    store_export_cancel (&self.backup);
    store_db_close (&self.db);
    owner_release (&self.owner);
    store_policy_fini (&self.policy);
    zhashx_destroy (&self.lines);
    free (self.waiters);
    free (self.state_dir);
    actor_close (&actor, self.why[0] ? self.why : NULL);
}
