/* supervise_life.c: what the steps of an image's life do: ask for a permit, resolve, open, claim,
 * serve, retreat. What an event leads to stands in life.c. Pure but for the heap. */

#include "actors/supervise.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/crypt.h"
#include "runtime/json.h"

static void
permit_return (struct supervise *self)
{
    if (self->permit)
        supervise_send (self, msg_new ("registry", MSG_PERMIT_RETURN, 0));
    self->permit = false;
}

static struct request *
hello_send (struct supervise *self, enum request_kind kind)
{
    struct json *parameters = json_object ();
    json_set_text (parameters, "client_id", self->client_id);
    json_set_text (parameters, "protocol", "1.1");
    if (self->token)
        json_set_text (parameters, "token", self->token);
    if (kind == REQUEST_CLAIM) {
        struct json *epoch = json_object ();
        json_set_number (epoch, "generation", self->generation);
        json_set_number (epoch, "counter", self->counter);
        json_set (parameters, "client_epoch", epoch);
    }
    struct request *request = requests_add (&self->requests, kind, "hello", self->now_ms);
    char *text = json_print (parameters);
    supervise_wire_send (self, request, text);
    free (text);
    json_destroy (&parameters);
    return request;
}

/* The link is to go: what was on it is lost, sessions are preserved. */
static void
link_leave (struct supervise *self)
{
    if (self->link_open)
        supervise_do (self, SUPERVISE_CLOSE, NULL, NULL);
    self->link_open = false;
    requests_cut (&self->requests, self->now_ms);
    if (self->sessions.online) {
        sessions_offline (&self->sessions, self->now_ms);
        for (size_t index = 0; index < self->sessions.count; index++)
            supervise_session_waiters (self, self->sessions.items[index], true);
    }
    self->claimed = self->suspect = self->stray_told = false;
    self->pings_out = self->missed = 0;
    self->look_ms = STUI_NEVER;
    self->latency_us = 0;
    self->busy_id[0] = '\0';
    permit_return (self);
}

static void
attempt_begin (struct supervise *self)
{
    supervise_history_want (self);
    self->attempt++;
    self->phase_deadline_ms = self->now_ms + SUPERVISE_PERMIT_MS;
    uint64_t ref = supervise_ask (self, ASK_PERMIT, NULL);
    supervise_send (self, msg_new ("registry", MSG_PERMIT, ref, (uint64_t) self->backoff.failures));
}

/* REQUEST was on the wire, and is not waited for because of WHY. What is listed in doubt is asked for
 * when the image can be asked after all. */
static void
request_leave (struct supervise *self, struct request **request_p, const char *why)
{
    struct request *request = *request_p;
    struct stui_cause cause;
    stui_fail (&cause, STUI_E_IN_DOUBT,
               "the link went before the answer came (%.100s): the image is asked what became of "
               "it once it is online",
               why);
    if (!supervise_held_unawaited (self, request, cause.text)) {
        supervise_refuse (self, request_p, cause.err,
                          "the link went before the answer came (%.100s): nobody can say whether "
                          "it ran",
                          why);
        return;
    }
    const struct held_entry *entry = held_find_request (&self->held, request->id);
    if (entry) /* who asks later waits for it anew */
        supervise_await_answer (
            self, entry->asked_by,
            &(struct outcome){.err = (char *) stui_err_word (cause.err), .text = cause.text});
    if (request->peer[0]) { /* else it was in doubt before */
        supervise_send (self, msg_new (request->peer, MSG_ERROR, request->ref,
                                       stui_err_word (cause.err), cause.text, NULL));
        supervise_event (self, "in_doubt", "%s %s: %s", request->command, request->id, cause.text);
    }
    requests_remove (&self->requests, request_p);
}

/* The image will not be asked again soon: nobody is kept waiting. */
void
supervise_give_up (struct supervise *self, const char *why)
{
    char advice[SUPERVISE_ADVICE_SIZE];
    supervise_advice (self, advice);
    for (size_t index = 0; index < self->requests.count;) {
        struct request *request = self->requests.items[index];
        if (request->state == REQUEST_WAITING && request->kind == REQUEST_COMMAND)
            supervise_refuse (self, &request, STUI_E_UNREACHABLE,
                              "nothing was sent to %s: %.120s; %s", self->name, why, advice);
        else if (request->state == REQUEST_LOST)
            request_leave (self, &request, why);
        else
            index++;
    }
}

/* Why nobody can say what became of REQUEST, whose image does not remember it. */
static const char *
recover_doubt (const struct supervise *self, const struct request *request, bool reborn)
{
    if (self->rep)
        return "the link went before the answer came, and this image keeps no results: nobody can "
               "say whether it ran";
    if (!reborn)
        return "the link went twice while its result was fetched: it ran, but its result cannot be "
               "had";
    return request->image[0] && strcmp (request->image, self->image_id) != 0
               ? "another image answers there now than it was sent to: nobody can say whether it "
                 "ran"
               : "the image was started again meanwhile: nobody can say whether it ran";
}

/* Everything that was on the wire when the link went is asked for, or is in doubt. */
void
supervise_recover (struct supervise *self)
{
    supervise_held_revive (self);
    for (size_t index = 0; index < self->requests.count;) {
        struct request *request = self->requests.items[index];
        if (request->state != REQUEST_LOST) {
            index++;
            continue;
        }
        bool reborn = self->rep || strcmp (request->boot, self->boot_id) != 0;
        if (!request->changes) {
            supervise_refuse (self, &request, STUI_E_UNREACHABLE,
                              "the link to %s went twice while %s was answered: the answer may be "
                              "malformed or too large",
                              self->name, request->command);
            continue;
        }
        if (reborn || request->cuts >= REQUEST_CUTS_MAX) {
            supervise_refuse (self, &request, STUI_E_IN_DOUBT, "%s",
                              recover_doubt (self, request, reborn));
            continue;
        }
        struct request *question =
            requests_add (&self->requests, REQUEST_RESULT, "get_result", self->now_ms);
        memcpy (question->about, request->id, sizeof question->about);
        request->state = REQUEST_ASKING;
        char *parameters = stui_printf ("{\"id\":\"%s\"}", request->id);
        supervise_wire_send (self, question, parameters);
        free (parameters);
        index++;
    }
}

/* Whose sessions belong here: the image's, by its id. One that has another supervisor's id (a copy,
 * or one that moved) is kept apart by its address, and stays so: a session has one writer. */
static void
sessions_want (struct supervise *self)
{
    char apart[KEYS_IMAGE_MAX + 1];
    supervise_place_key (self, apart);
    bool rival = strcmp (self->verdict, "copy") == 0 || strcmp (self->verdict, "moved") == 0;
    bool was_apart =
        strcmp (self->wanted_key, apart) == 0 && strcmp (self->image_before, self->image_id) == 0;
    bool is_apart = !self->rep && (rival || was_apart);
    snprintf (self->wanted_key, sizeof self->wanted_key, "%s", is_apart ? apart : self->image_id);
    memcpy (self->image_before, self->image_id, sizeof self->image_before);
}

/* The image has another supervisor: sessions that were read when it was still ours are let go, once
 * they are saved. Ours again some day, it has them again. */
static void
sessions_leave (struct supervise *self)
{
    supervise_place_key (self, self->wanted_key);
    self->image_before[0] = '\0';
}

/* Another route to an image has no identity of its own: else the next start would read the sessions
 * here too, and they would have two writers. */
void
supervise_image_save (struct supervise *self)
{
    bool route = supervise_is_alias (self);
    struct json *image = json_object ();
    json_set_text (image, "image_id", route ? NULL : self->image_id);
    json_set_text (image, "boot_id", route ? NULL : self->boot_id);
    json_set_text (image, "key", route ? NULL : self->wanted_key);
    json_set_text (image, "address", self->address);
    json_set_text (image, "dialect", self->dialect);
    json_set_text (image, "dialect_version", self->dialect_version);
    json_set_bool (image, "let_go", self->let_go);
    struct json *transcript = route ? NULL : supervise_transcript_record (self);
    if (transcript)
        json_set (image, "transcript", transcript);
    char *printed = json_print (image);
    uint64_t ref = supervise_ask (self, ASK_SAVE_IMAGE, NULL);
    supervise_send (self, msg_new ("store", MSG_IMAGE_SAVE, ref, self->name, printed));
    free (printed);
    json_destroy (&image);
}

/* ---- The user's hand ------------------------------------------------------------------------ */

/* The user takes the image up or lets go of it: so it is after the next start as well. */
void
supervise_order (struct supervise *self, bool let_go)
{
    bool is_new = self->let_go != let_go;
    self->start_wanted = !let_go;
    self->let_go = let_go;
    self->ordered = !self->loaded;
    if (self->loaded && is_new)
        supervise_image_save (self);
}

/* What the user said while it was read is newer than what was kept. */
void
supervise_order_read (struct supervise *self, bool let_go)
{
    if (self->ordered && self->let_go != let_go)
        supervise_image_save (self);
    else if (!self->ordered && let_go) {
        self->let_go = true;
        self->start_wanted = false;
        self->phase = LIFE_DISABLED;
        self->report_dirty = true;
        supervise_give_up (self, "it is disabled");
    }
    self->ordered = false;
}

/* ---- One function an action; FROM is the phase that was left --------------------------------- */

static void
act_restart (struct supervise *self, enum life_phase from)
{
    if (self->unusable) {
        supervise_fail (self, LIFE_EV_REFUSED, STUI_TROUBLE_UNUSABLE, "%s", self->unusable);
        return;
    }
    if (from == LIFE_LIVE) {
        supervise_event (self, "offline", "connecting anew, as asked");
        supervise_history_end (self, false, HISTORY_ASKED, "connecting anew, as asked");
    }
    link_leave (self);
    backoff_reset (&self->backoff);
    attempt_begin (self);
}

static void
act_ask_permit (struct supervise *self, enum life_phase from)
{
    (void) from;
    attempt_begin (self);
}

static void
act_tunnel (struct supervise *self, enum life_phase from)
{
    (void) from;
    self->phase_deadline_ms = self->now_ms + SUPERVISE_TUNNEL_MS;
    self->tunnelled = true;
    uint64_t ref = supervise_ask (self, ASK_TUNNEL, NULL);
    supervise_send (self, msg_new ("netwatch", MSG_TUNNEL, ref, self->via, self->address,
                                   (uint64_t) (self->backoff.failures == 0)));
}

static void
secret_ask (struct supervise *self, enum supervise_purpose purpose, const char *name)
{
    uint64_t ref = supervise_ask (self, purpose, NULL);
    supervise_send (self, msg_new ("store", MSG_SECRET_GET, ref, name));
}

void
supervise_secrets (struct supervise *self)
{
    if (self->token_secret && !self->token)
        secret_ask (self, ASK_SECRET, self->token_secret);
    else if (self->client_key_secret && !self->client_key[0])
        secret_ask (self, ASK_CLIENT_KEY, self->client_key_secret);
    else
        supervise_resolve (self);
}

/* What is in the vault is asked for at each attempt: it may be another by now, or locked. */
static void
act_resolve (struct supervise *self, enum life_phase from)
{
    (void) from;
    if (self->token_secret)
        crypt_free (&self->token);
    crypt_wipe (self->client_key, sizeof self->client_key);
    supervise_secrets (self);
}

static void
act_open (struct supervise *self, enum life_phase from)
{
    (void) from;
    self->link_open = true;
    self->rep = false;
    supervise_do (self, SUPERVISE_OPEN, NULL, stui_strdup (self->endpoint));
}

static void
act_shake (struct supervise *self, enum life_phase from)
{
    (void) self, (void) from;
}

static void
act_introduce (struct supervise *self, enum life_phase from)
{
    (void) from;
    hello_send (self, REQUEST_HELLO);
}

static void
act_judge (struct supervise *self, enum life_phase from)
{
    (void) from;
    if (self->probe) {
        supervise_live (self, LIFE_EV_ALIAS);
        return;
    }
    supervise_send (self, msg_new ("registry", MSG_JUDGE, supervise_ask (self, ASK_JUDGE, NULL),
                                   self->image_id, self->boot_id));
}

static void
act_count (struct supervise *self, enum life_phase from)
{
    (void) from;
    supervise_send (self, msg_new ("store", MSG_CLAIM_NEXT, supervise_ask (self, ASK_COUNT, NULL),
                                   self->image_id, self->claim_above));
}

static void
act_claim (struct supervise *self, enum life_phase from)
{
    (void) from;
    hello_send (self, REQUEST_CLAIM);
}

static void
act_prove (struct supervise *self, enum life_phase from)
{
    (void) from;
    if (self->rep)
        supervise_place_key (self, self->image_id);
    supervise_ping (self);
}

static void
act_serve (struct supervise *self, enum life_phase from)
{
    (void) from;
    if (self->probe) {
        supervise_probe_done (self);
        return;
    }
    self->phase_deadline_ms = STUI_NEVER;
    supervise_ping_plan (self);
    self->troubled = self->takes_back = false; /* there was nothing to be taken back */
    supervise_calm (self);
    self->online_since_wall_ms = self->wall_ms;
    backoff_reset (&self->backoff);
    permit_return (self);
    supervise_history_online (self);
    supervise_event (self, "online", "%s",
                     self->claimed || self->rep ? "connected" : "connected as an alias");
    if (!self->claimed && !self->rep) { /* the image has its supervisor */
        bool was_ours = self->image_before[0] != '\0';
        sessions_leave (self);
        if (was_ours)
            supervise_image_save (self);
        supervise_give_up (self, "it is another route to an image that is known");
        supervise_await_look (self);
        return;
    }
    sessions_want (self);
    supervise_image_save (self);
    supervise_recover (self);
    supervise_held_online (self);
    if (self->claimed && !self->served_before) {
        /* What an earlier run had sent and never heard of. */
        struct request *question =
            requests_add (&self->requests, REQUEST_RESULT, "get_result", self->now_ms);
        supervise_wire_send (self, question, NULL);
    }
    supervise_transcript_online (self);
    supervise_variables_online (self);
    if (strcmp (self->sessions.key, self->wanted_key) == 0)
        sessions_online (&self->sessions, self->rep, self->now_ms);
}

/* What is wrong; and what stui does about it, or when it does nothing, what a person can do. */
static void
trouble_event (struct supervise *self, const char *kind)
{
    bool waits = life_phase_state (self->phase) == STUI_IMAGE_FAILED;
    supervise_event (self, kind, "%s; %s", self->cause.text,
                     waits ? stui_trouble_advice (self->trouble)
                           : stui_trouble_next (self->trouble));
}

static void
act_retreat (struct supervise *self, enum life_phase from)
{
    /* Of attempts that fail one after another each new cause is news, the same one again is not. */
    if (from == LIFE_LIVE)
        trouble_event (self, "offline");
    else if (!self->troubled || strcmp (self->told_cause, self->cause.text) != 0)
        trouble_event (self, "unreachable");
    memcpy (self->told_cause, self->cause.text, sizeof self->told_cause);
    self->troubled = true;
    supervise_history_fail (self, from == LIFE_LIVE);
    link_leave (self);
    int64_t wait_ms = backoff_next (&self->backoff, &self->random);
    self->phase_deadline_ms = self->now_ms + wait_ms;
}

static void
act_give_up (struct supervise *self, enum life_phase from)
{
    self->phase_deadline_ms = STUI_NEVER;
    self->troubled = true;
    trouble_event (self, "failed");
    supervise_history_fail (self, from == LIFE_LIVE);
    if (!stui_trouble_is_tunnel (self->trouble)) /* else it is told when there is one */
        supervise_route_leave (self);
    link_leave (self);
    supervise_give_up (self, self->cause.text);
}

static void
act_let_go (struct supervise *self, enum life_phase from)
{
    (void) from;
    supervise_route_leave (self);
    self->phase_deadline_ms = STUI_NEVER;
    supervise_calm (self);
    supervise_event (self, "disabled", "let go, as asked");
    supervise_history_end (self, false, HISTORY_LET_GO, "let go, as asked");
    link_leave (self);
    supervise_give_up (self, "it is disabled");
}

/* LIMITED: what the action waits for has to come within handshake_ms. The others set a deadline
 * of their own, or need none. */
static const struct {
    bool limited;
    void (*perform) (struct supervise *self, enum life_phase from);
} acts[] = {
    [LIFE_DO_ASK_PERMIT] = {false, act_ask_permit},
    [LIFE_DO_RESOLVE] = {true, act_resolve},
    [LIFE_DO_TUNNEL] = {false, act_tunnel},
    [LIFE_DO_OPEN] = {true, act_open},
    [LIFE_DO_SHAKE] = {true, act_shake},
    [LIFE_DO_INTRODUCE] = {true, act_introduce},
    [LIFE_DO_JUDGE] = {true, act_judge},
    [LIFE_DO_COUNT] = {true, act_count},
    [LIFE_DO_CLAIM] = {true, act_claim},
    [LIFE_DO_PROVE] = {true, act_prove},
    [LIFE_DO_SERVE] = {false, act_serve},
    [LIFE_DO_RETREAT] = {false, act_retreat},
    [LIFE_DO_GIVE_UP] = {false, act_give_up},
    [LIFE_DO_LET_GO] = {false, act_let_go},
    [LIFE_DO_RESTART] = {false, act_restart},
};
static_assert (sizeof acts / sizeof *acts == LIFE_DO_COUNT_, "a function per action");

static void
blame (struct supervise *self, enum stui_trouble trouble, const char *format, va_list args)
{
    struct stui_cause cause;
    stui_vfail (&cause, stui_trouble_err (trouble), format,
                args); /* it may quote the cause before */
    self->cause = cause;
    self->trouble = trouble;
}

void
supervise_live (struct supervise *self, enum life_event event)
{
    enum life_phase from = self->phase;
    struct life_step step = life_next (from, event);
    if (step.action == LIFE_DO_NOTHING)
        return;
    if (step.action == LIFE_DO_RETREAT || step.action == LIFE_DO_GIVE_UP)
        self->fault_phase = from;
    self->phase = step.next;
    supervise_report_phase (self);
    if (acts[step.action].limited)
        self->phase_deadline_ms = self->now_ms + self->timings.handshake_ms;
    acts[step.action].perform (self, from);
    if (self->probe && self->cause.err
        && (self->phase == LIFE_WAITING || self->phase == LIFE_FAILED))
        supervise_probe_done (self);
}

void
supervise_blame (struct supervise *self, enum stui_trouble trouble, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    blame (self, trouble, format, args);
    va_end (args);
}

void
supervise_calm (struct supervise *self)
{
    self->cause = (struct stui_cause){0};
    self->trouble = STUI_TROUBLE_NONE;
}

void
supervise_fail (struct supervise *self, enum life_event event, enum stui_trouble trouble,
                const char *format, ...)
{
    va_list args;
    va_start (args, format);
    blame (self, trouble, format, args);
    va_end (args);
    supervise_live (self, event);
}

/* Whether the link can show at once that it stands. An image that answers one request at a time, or
 * that was silent already while it runs something of ours, would be cut off for being busy. */
static bool
link_can_show (const struct supervise *self)
{
    if (self->rep)
        return requests_in_flight (&self->requests) == 0;
    return self->missed == 0 || !requests_oldest_running (&self->requests);
}

/* The network is another one, or this machine slept. */
void
supervise_look (struct supervise *self, const char *why)
{
    if (self->locked[0] || self->sealed) { /* it may be about that */
        self->load_ms = self->now_ms;
        self->reload = true;
    }
    if (!self->held_known && self->held_load_ms != STUI_NEVER)
        self->held_load_ms = self->now_ms;
    switch (self->phase) {
    case LIFE_WAITING:
        if (!self->loaded) /* what was learnt of it is being read */
            break;
        backoff_reset (&self->backoff);
        self->phase_deadline_ms =
            self->now_ms + (int64_t) random_below (&self->random, SUPERVISE_LOOK_SPREAD_MS);
        break;
    case LIFE_RESOLVING:
    case LIFE_CONNECTING: /* what was sent may have gone nowhere, and is sent again late */
        supervise_live (self, LIFE_EV_START);
        break;
    case LIFE_LIVE:
        if (self->look_ms != STUI_NEVER || self->finishing || !link_can_show (self))
            break;
        snprintf (self->look_why, sizeof self->look_why, "%s", why);
        self->look_ms =
            self->now_ms + SUPERVISE_LOOK_MS + self->latency_us * SUPERVISE_LOOK_LATENCIES / 1000;
        supervise_ping (self);
        break;
    default: /* off the network, or far enough for its deadline to be near */
        break;
    }
}
