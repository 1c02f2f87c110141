/* supervise.c: the state of one image's supervision, its steps, time, and what is due at the end of
 * a step. What comes in and goes out stands in supervise.h. Pure but for the heap. */

#include "actors/supervise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/crypt.h"
#include "runtime/json.h"
#include "runtime/wire.h"
#include "runtime/z85.h"

static void
text_copy (char *target, size_t size, const char *source)
{
    snprintf (target, size, "%s", source ? source : "");
}

void
supervise_init (struct supervise *self, const struct json *settings, uint64_t seed)
{
    *self = (struct supervise){.phase_deadline_ms = STUI_NEVER,
                               .report_ms = STUI_NEVER,
                               .look_ms = STUI_NEVER,
                               .wanted_ms = STUI_NEVER,
                               .outcomes_saved = SUPERVISE_UNSAVED,
                               .used_ms = STUI_NEVER,
                               .held_load_ms = STUI_NEVER,
                               .held_save_ms = STUI_NEVER,
                               .transcript_save_ms = STUI_NEVER,
                               .random = {.state = seed}};
    text_copy (self->name, sizeof self->name, json_get_text (settings, "name"));
    text_copy (self->address, sizeof self->address, json_get_text (settings, "address"));
    text_copy (self->via, sizeof self->via, json_get_text (settings, "via"));
    text_copy (self->client_id, sizeof self->client_id, json_get_text (settings, "client_id"));
    config_timings_from_json (settings, &self->timings);
    const char *token = json_get_text (settings, "token");
    self->token = token ? stui_strdup (token) : NULL;
    const char *secret = json_get_text (settings, "token_secret");
    self->token_secret = secret ? stui_strdup (secret) : NULL;
    const char *token_error = json_get_text (settings, "token_error");
    if (token_error)
        self->unusable = stui_strdup (token_error);
    const char *server_key = json_get_text (settings, "server_key");
    if (server_key && !z85_to_key (server_key, NULL) && !self->unusable)
        self->unusable = stui_strdup ("server_key is no key of CURVE: 40 characters (Z85), as "
                                      "the server prints it");
    text_copy (self->server_key, sizeof self->server_key, server_key);
    const char *client_key = json_get_text (settings, "client_key_secret");
    self->client_key_secret = client_key && server_key ? stui_strdup (client_key) : NULL;
    self->read_only = json_get_bool (settings, "read_only", false);
    self->fresh = json_get_bool (settings, "fresh", false);
    self->start_wanted = !json_get_bool (settings, "disabled", false);
    self->phase = self->start_wanted ? LIFE_WAITING : LIFE_DISABLED;
    const char *asker = json_get_text (settings, "probe_for");
    self->probe = asker != NULL;
    text_copy (self->asker, sizeof self->asker, asker);
    self->asker_ref = (uint64_t) json_get_number (settings, "probe_ref", 0);
    self->backoff = (struct backoff){self->timings.backoff_min_ms, self->timings.backoff_max_ms, 0};
    self->sessions.orphan_after_ms = self->timings.orphan_after_s * 1000;
    self->slot = (int) (json_get_number (settings, "number", 0) % SUPERVISE_SLOTS);
    self->events = json_array ();
    self->connections = json_array ();
    self->generation = json_get_number (settings, "generation", 0);
    /* A clock set back must not make ids fall: the profile's generation is a floor in seconds. */
    self->uuid.last_ms = self->generation * 1000;
    self->report_dirty = true;
}

void
supervise_actions_clear (struct supervise *self)
{
    self->action_count = 0;
}

void
supervise_fini (struct supervise *self)
{
    for (size_t index = 0; index < self->action_count; index++) {
        msg_destroy (&self->actions[index].msg);
        free (self->actions[index].text);
    }
    for (size_t index = 0; index < self->deferred_count; index++)
        msg_destroy (&self->deferred[index].msg);
    free (self->deferred);
    free (self->actions);
    free (self->asks);
    crypt_free (&self->token);
    free (self->token_secret);
    free (self->client_key_secret);
    crypt_wipe (self->client_key, sizeof self->client_key);
    free (self->unusable);
    free (self->hello);
    free (self->dialect);
    free (self->dialect_version);
    json_destroy (&self->sealed);
    json_destroy (&self->events);
    json_destroy (&self->connections);
    requests_fini (&self->requests);
    held_fini (&self->held);
    transcript_fini (&self->transcript);
    free (self->waiters);
    free (self->followers);
    outcomes_fini (&self->outcomes);
    sessions_fini (&self->sessions);
    *self = (struct supervise){0};
}

void
supervise_do (struct supervise *self, enum supervise_do what, struct msg *msg, char *text)
{
    stui_grow (&self->actions, &self->action_capacity, self->action_count, sizeof *self->actions);
    self->actions[self->action_count++] = (struct supervise_action){what, msg, text};
}

void
supervise_send (struct supervise *self, struct msg *msg)
{
    supervise_do (self, SUPERVISE_SEND, msg, NULL);
}

uint64_t
supervise_ask (struct supervise *self, enum supervise_purpose purpose, const char *session)
{
    stui_grow (&self->asks, &self->ask_capacity, self->ask_count, sizeof *self->asks);
    struct supervise_ask *ask = &self->asks[self->ask_count++];
    *ask = (struct supervise_ask){++self->last_ref, purpose, self->attempt, ""};
    text_copy (ask->session, sizeof ask->session, session);
    return ask->ref;
}

void
supervise_wire_send (struct supervise *self, struct request *request, const char *parameters)
{
    if (!request->id[0])
        uuid_next (&self->uuid, self->wall_ms, &self->random, request->id);
    struct json *json = parameters ? json_parse_text (parameters) : NULL;
    struct stui_cause cause = {0};
    char *text = wire_request (request->id, request->command, json, &cause);
    json_destroy (&json);
    if (!text) {
        supervise_refuse (self, &request, cause.err, "%s", cause.text);
        return;
    }
    request->state = REQUEST_SENT;
    memcpy (request->boot, self->boot_id, sizeof request->boot);
    memcpy (request->image, self->image_id, sizeof request->image);
    request->sent_ms = self->now_ms;
    request->sent_us = self->now_us;
    request->deadline_ms = STUI_NEVER;
    supervise_do (self, SUPERVISE_WIRE, NULL, text);
}

void
supervise_ping (struct supervise *self)
{
    struct request *request = requests_add (
        &self->requests, REQUEST_PING, self->rep ? "get_session_statistics" : "ping", self->now_ms);
    supervise_wire_send (self, request, NULL);
    self->pings_out++;
}

/* The next moment of its slot. The grid is the clock's own, so images of one period that share a slot
 * are pinged at once, wherever they are supervised: one wake-up of the I/O thread serves them all. */
void
supervise_ping_plan (struct supervise *self)
{
    int64_t period_ms = self->timings.ping_ms;
    int64_t phase_ms = self->slot * period_ms / SUPERVISE_SLOTS;
    self->next_ping_ms = ((self->now_ms - phase_ms) / period_ms + 1) * period_ms + phase_ms;
}

/* While it ends nothing is sent any more: what was open is not waited for. */
static int64_t
ping_deadline (const struct supervise *self)
{
    return self->phase == LIFE_LIVE && !self->finishing ? self->next_ping_ms : STUI_NEVER;
}

void
supervise_tock (struct supervise *self, uint64_t number)
{
    self->tock_ms = self->now_ms;
    if (!self->probe)
        supervise_send (self, msg_new ("registry", MSG_TOCK, 0, number));
}

/* ---- Time ---------------------------------------------------------------------------------- */

static void
supervise_enter (struct supervise *self, struct supervise_now now)
{
    self->now_us = now.mono_us;
    self->now_ms = now.mono_us / 1000;
    self->wall_ms = now.wall_ms;
}

static void
phase_expired (struct supervise *self)
{
    static const enum stui_trouble troubles[LIFE_PHASE_COUNT] = {
        [LIFE_RESOLVING] = STUI_TROUBLE_NO_NAME,
        [LIFE_CONNECTING] = STUI_TROUBLE_TIMED_OUT,
        [LIFE_TUNNELLING] = STUI_TROUBLE_TUNNEL_TIMED_OUT,
        [LIFE_HANDSHAKING] = STUI_TROUBLE_DEAF,
        [LIFE_INTRODUCING] = STUI_TROUBLE_SILENT,
        [LIFE_JUDGING] = STUI_TROUBLE_TIMED_OUT,
        [LIFE_COUNTING] = STUI_TROUBLE_NO_CLAIM,
        [LIFE_CLAIMING] = STUI_TROUBLE_SILENT,
        [LIFE_PROVING] = STUI_TROUBLE_SILENT,
    };
    static const char *const waited_for[LIFE_PHASE_COUNT] = {
        [LIFE_RESOLVING] = "its name was not resolved",
        [LIFE_TUNNELLING] = "there was no SSH tunnel to its host",
        [LIFE_CONNECTING] = "no TCP connection came about (is the host up, the port open?)",
        [LIFE_HANDSHAKING] = "the process there accepts connections, but answers nothing (no ZMTP "
                             "handshake)",
        [LIFE_INTRODUCING] = "connected, but hello was not answered",
        [LIFE_JUDGING] = "its identity was not judged",
        [LIFE_COUNTING] = "the database did not answer",
        [LIFE_CLAIMING] = "the claim was not answered",
        [LIFE_PROVING] = "the first ping was not answered",
    };
    if (waited_for[self->phase])
        supervise_blame (self, troubles[self->phase], "%s within %lld ms", waited_for[self->phase],
                         (long long) (self->phase == LIFE_TUNNELLING ? SUPERVISE_TUNNEL_MS
                                                                     : self->timings.handshake_ms));
    supervise_live (self, LIFE_EV_TIME);
}

void
supervise_tick (struct supervise *self)
{
    if (self->phase != LIFE_LIVE)
        return;
    const struct request *running = requests_oldest_running (&self->requests);
    size_t in_flight = requests_in_flight (&self->requests);
    const struct request *owed = self->rep ? requests_oldest_owed (&self->requests) : NULL;
    if (owed) {
        /* It answers one at a time: it cannot be asked. */
        if (self->now_ms - owed->sent_ms >= SUPERVISE_REP_PATIENCE_MS)
            supervise_fail (self, LIFE_EV_SILENT, STUI_TROUBLE_SILENT,
                            "it has owed the answer to %s for 10 minutes", owed->command);
        return;
    }
    if (self->pings_out > 0 && !self->heard) {
        self->missed++;
        self->report_dirty = true;
    }
    self->heard = false;
    if (self->missed >= self->timings.suspect_after && !self->suspect) {
        self->suspect = true;
        supervise_event (self, "suspect", "%d pings unanswered", self->missed);
    }
    if (self->missed >= self->timings.offline_after) {
        bool patient = running && self->now_ms - self->heard_ms < self->timings.busy_patience_ms;
        if (!patient) {
            supervise_fail (self, LIFE_EV_SILENT, STUI_TROUBLE_SILENT,
                            "%d pings unanswered in %lld ms", self->missed,
                            (long long) (self->now_ms - self->heard_ms));
            return;
        }
        supervise_blame (self, STUI_TROUBLE_BUSY, "not answering, running %s for %lld s",
                         running->command, (long long) ((self->now_ms - running->sent_ms) / 1000));
    }
    if (self->pings_out < self->timings.offline_after && !(self->rep && in_flight > 0))
        supervise_ping (self);
}

void
supervise_time (struct supervise *self, struct supervise_now now)
{
    supervise_enter (self, now);
    /* First: what it ends is due at once. */
    if (ping_deadline (self) <= self->now_ms) {
        supervise_ping_plan (self);
        if (self->now_ms - self->tock_ms >= SUPERVISE_TOCK_MS)
            supervise_tock (self, 0);
        supervise_tick (self);
    }
    if (self->look_ms <= self->now_ms)
        supervise_fail (self, LIFE_EV_SILENT, STUI_TROUBLE_SILENT,
                        "no answer to a ping after this: %s", self->look_why);
    if (self->phase_deadline_ms <= self->now_ms)
        phase_expired (self);
    for (size_t index = 0; index < self->requests.count;) {
        struct request *request = self->requests.items[index];
        if (request_waits (request, self->phase == LIFE_LIVE, self->suspect)
            && request->deadline_ms <= self->now_ms) {
            char advice[SUPERVISE_ADVICE_SIZE];
            supervise_advice (self, advice);
            supervise_refuse (self, &request, STUI_E_UNREACHABLE,
                              "%s is not online, nothing was sent: %.120s; %s", self->name,
                              self->cause.text[0] ? self->cause.text : "still trying", advice);
        }
        else
            index++;
    }
    supervise_deferred_expire (self);
    if (self->report_ms <= self->now_ms) {
        self->report_ms = STUI_NEVER;
        self->report_dirty = true;
    }
    size_t orphans = sessions_tick (&self->sessions, self->now_ms);
    if (orphans > 0)
        supervise_event (self, "orphaned", "%zu sessions wait for an image that is gone", orphans);
    if (self->finishing && self->finish_ms <= self->now_ms)
        supervise_do (self, SUPERVISE_END, NULL, NULL);
    supervise_settle (self);
}

/* Whether something is to be read: what was learnt of the image; or its sessions, when those here
 * are of another image and can be let go, or when more of them may be there or open now. */
static bool
load_is_wanted (const struct supervise *self)
{
    if (self->unread)
        return true;
    bool others = strcmp (self->wanted_key, self->sessions.key) != 0;
    return self->wanted_key[0] && !self->loading
           && (others ? sessions_all_saved (&self->sessions) : self->reload);
}

int64_t
supervise_deadline (const struct supervise *self)
{
    int64_t earliest = self->phase_deadline_ms;
    int64_t candidates[] = {
        ping_deadline (self),
        self->look_ms,
        requests_deadline (&self->requests, self->phase == LIFE_LIVE, self->suspect),
        sessions_deadline (&self->sessions),
        self->report_ms,
        self->finishing ? self->finish_ms : STUI_NEVER,
        load_is_wanted (self) ? self->load_ms : STUI_NEVER,
        supervise_deferred_deadline (self),
        supervise_held_deadline (self),
        supervise_transcript_deadline (self),
        supervise_variables_deadline (self),
    };
    for (size_t index = 0; index < sizeof candidates / sizeof *candidates; index++)
        if (candidates[index] < earliest)
            earliest = candidates[index];
    return earliest;
}

/* ---- What is due at the end of each step ---------------------------------------------------- */

static void
settle_saves (struct supervise *self)
{
    struct session *session;
    while ((session = sessions_save_due (&self->sessions, self->now_ms)) != NULL) {
        struct json *record = session_save_begin (session, self->sessions.key, self->name);
        struct json *about = session_save_about (session);
        char *text = json_print (record), *about_text = json_print (about);
        uint64_t ref = supervise_ask (self, ASK_SAVE_SESSION, session->id);
        supervise_send (self, msg_new ("store", MSG_SESSION_SAVE, ref, self->sessions.key,
                                       session->id, text, about_text));
        free (text);
        free (about_text);
        json_destroy (&record);
        json_destroy (&about);
    }
}

/* A REP image takes one request at a time. Of another it is known first which ids it has seen, so
 * that ours are greater whatever the clock says. */
static bool
wire_has_room (const struct supervise *self)
{
    if (self->phase != LIFE_LIVE || self->finishing)
        return false;
    return self->rep ? requests_in_flight (&self->requests) == 0
                     : self->claimed && self->served_before;
}

static void
settle_load (struct supervise *self)
{
    if (!load_is_wanted (self) || self->load_ms > self->now_ms)
        return;
    if (self->unread) {
        self->unread = false;
        uint64_t ask = supervise_ask (self, ASK_IMAGE, NULL);
        supervise_send (self, msg_new ("store", MSG_IMAGE_LOAD, ask, self->name));
        return;
    }
    self->loading = true;
    self->reload = false;
    uint64_t ref = supervise_ask (self, ASK_SESSIONS, NULL);
    memcpy (self->loading_key, self->wanted_key, sizeof self->loading_key);
    supervise_send (self, msg_new ("store", MSG_SESSIONS_LOAD, ref, self->wanted_key));
}

static void
settle_sessions (struct supervise *self)
{
    struct session *session;
    while (wire_has_room (self) && (session = sessions_due (&self->sessions)) != NULL) {
        struct request *request = requests_add (&self->requests, REQUEST_SESSION,
                                                session_wire_command (session->due), self->now_ms);
        memcpy (request->about, session->id, sizeof request->about);
        struct json *parameters = session_wire_begin (session, self->client_id);
        char *text = json_print (parameters);
        supervise_wire_send (self, request, text);
        free (text);
        json_destroy (&parameters);
    }
}

/* An evaluation that went to the image is part of its session's history. */
static void
note_input (struct supervise *self, const struct request *request)
{
    struct session *session =
        request->about[0] ? sessions_find (&self->sessions, request->about) : NULL;
    if (!session || strcmp (request->command, "evaluate") != 0)
        return;
    struct json *parameters = json_parse_text (request->parameters);
    const char *code = json_get_text (parameters, "code");
    if (code)
        supervise_session_dropped (self, session,
                                   session_note_input (session, code, self->now_ms, self->wall_ms));
    json_destroy (&parameters);
}

static void
settle_commands (struct supervise *self)
{
    for (size_t index = 0; index < self->requests.count && wire_has_room (self);) {
        struct request *request = self->requests.items[index];
        index++;
        if (request->kind != REQUEST_COMMAND || request->state != REQUEST_WAITING
            || request_waits (request, self->phase == LIFE_LIVE, self->suspect))
            continue;
        if (request->about[0]) {
            struct session *session = sessions_find (&self->sessions, request->about);
            if (session && session->open && session->state == STUI_SESSION_FAILED) {
                supervise_refuse (self, &request, STUI_E_SESSION, "session %s: %s", session->id,
                                  session->reason);
                index--;
                continue;
            }
            if (session && session->open && !session->known_there)
                continue; /* its turn comes when the image has the session */
        }
        size_t before = self->requests.count;
        if (!supervise_held_may_go (self, &request)) {
            index -= self->requests.count < before;
            continue;
        }
        supervise_wire_send (self, request, request->parameters);
        self->report_dirty = true; /* what waited runs now */
        if (self->requests.count < before)
            index--; /* too large: refused and gone */
        else {
            supervise_held_went (self, request);
            note_input (self, request);
        }
    }
}

/* Since when the image is as it is shown: terminals that are opened later show that too. */
static void
settle_shown (struct supervise *self)
{
    enum stui_image_state shown = supervise_shown (self);
    if (shown == self->shown_before && self->shown_since_wall_ms != 0)
        return;
    self->shown_before = shown;
    self->shown_since_wall_ms = self->wall_ms;
}

void
supervise_settle (struct supervise *self)
{
    supervise_deferred_settle (self);
    settle_saves (self);
    supervise_held_settle (self); /* reads before sessions are read: then both are known */
    settle_load (self);
    settle_sessions (self);
    settle_commands (self);
    supervise_held_settle (self);
    for (size_t index = 0; index < self->sessions.count; index++)
        if (self->sessions.items[index]->waiter_count > 0)
            supervise_session_waiters (self, self->sessions.items[index], false);
    supervise_transcript_settle (self);
    supervise_variables_settle (self);
    settle_shown (self);
    supervise_history_flush (self);
    supervise_report_flush (self);
    if (self->finishing && sessions_all_saved (&self->sessions) && !self->events_out
        && json_count (self->events) == 0 && !self->connections_out
        && json_count (self->connections) == 0 && supervise_held_is_saved (self))
        supervise_do (self, SUPERVISE_END, NULL, NULL);
}

/* ---- The steps that need no file of their own ------------------------------------------------ */

void
supervise_begin (struct supervise *self, struct supervise_now now)
{
    supervise_enter (self, now);
    transcript_init (&self->transcript, self->wall_ms);
    self->heard_ms = self->now_ms;
    self->sessions.offline_ms = self->now_ms;
    if (self->probe) {
        self->loaded = true;
        supervise_live (self, LIFE_EV_START);
    }
    else {
        self->unread = true; /* asked for at the end of the step */
        self->held_load_ms = self->now_ms;
    }
    supervise_settle (self);
}

void
supervise_link (struct supervise *self, enum supervise_link_event event, enum stui_trouble trouble,
                const char *why, struct supervise_now now)
{
    supervise_enter (self, now);
    switch (event) {
    case SUPERVISE_LINK_CONNECTED:
        self->network = STUI_NETWORK_OK;
        supervise_live (self, LIFE_EV_CONNECTED);
        break;
    case SUPERVISE_LINK_HANDSHAKEN:
        self->network = STUI_NETWORK_OK;
        supervise_live (self, LIFE_EV_HANDSHAKEN);
        break;
    case SUPERVISE_LINK_CLOSED:
        if (self->phase == LIFE_LIVE)
            supervise_fail (self, LIFE_EV_CLOSED, trouble,
                            "the connection was closed (%s), %d pings missed", why, self->missed);
        else if (self->via[0]) {
            supervise_route_explain (self, trouble, why);
        }
        else {
            self->network =
                trouble == STUI_TROUBLE_NO_ROUTE ? STUI_NETWORK_NO_ROUTE : self->network;
            supervise_fail (self, LIFE_EV_CLOSED, trouble, "%s", why);
        }
        break;
    }
    supervise_settle (self);
}

void
supervise_message (struct supervise *self, const struct msg *msg, struct supervise_now now)
{
    supervise_enter (self, now);
    supervise_mail (self, msg);
    supervise_settle (self);
}

void
supervise_receive (struct supervise *self, const char *bytes, size_t size, struct supervise_now now)
{
    supervise_enter (self, now);
    supervise_wire (self, bytes, size);
    supervise_settle (self);
}

void
supervise_finish (struct supervise *self, struct supervise_now now)
{
    supervise_enter (self, now);
    supervise_history_end (self, false, HISTORY_STUI_ENDED, "stui was stopped, or let it go");
    supervise_route_leave (self);
    self->finishing = true;
    self->finish_ms = self->now_ms + SUPERVISE_FINISH_MS;
    for (size_t index = 0; index < self->requests.count;) {
        struct request *request = self->requests.items[index];
        if (request->kind != REQUEST_COMMAND || !request->peer[0])
            index++;
        else if (request->state == REQUEST_WAITING)
            supervise_refuse (self, &request, STUI_E_STOPPING,
                              "stui is stopping, nothing was sent");
        else
            supervise_refuse (self, &request, STUI_E_IN_DOUBT,
                              "stui is stopping and did not wait for the answer: it may still run "
                              "in %s",
                              self->name);
    }
    supervise_await_end (self);
    sessions_save_all (&self->sessions);
    supervise_held_save (self, 0);
    supervise_settle (self);
}
