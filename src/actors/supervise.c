/* supervise.c: the state of one image's supervision, its life, time and actions. What comes in
 * and goes out stands in supervise.h. Pure but for the heap. */

#include "actors/supervise.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/keys.h"
#include "runtime/address.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/wire.h"

static void
text_copy (char *target, size_t size, const char *source)
{
    snprintf (target, size, "%s", source ? source : "");
}

void
supervise_init (struct supervise *self, const struct json *settings, uint64_t seed)
{
    *self = (struct supervise){.phase_deadline_ms = STUI_NEVER, .random = {.state = seed}};
    text_copy (self->name, sizeof self->name, json_get_text (settings, "name"));
    text_copy (self->address, sizeof self->address, json_get_text (settings, "address"));
    text_copy (self->client_id, sizeof self->client_id, json_get_text (settings, "client_id"));
    config_timings_from_json (settings, &self->timings);
    const char *token = json_get_text (settings, "token");
    self->token = token ? stui_strdup (token) : NULL;
    const char *token_error = json_get_text (settings, "token_error");
    if (token_error)
        self->unusable = stui_strdup (token_error);
    else if (json_get_text (settings, "via"))
        self->unusable = stui_strdup ("via (SSH) is not served by this version: give the address "
                                      "of a tunnel of your own");
    else if (json_get_text (settings, "server_key"))
        self->unusable = stui_strdup ("server_key (CURVE) is not served by this version");
    self->read_only = json_get_bool (settings, "read_only", false);
    self->start_wanted = !json_get_bool (settings, "disabled", false);
    const char *asker = json_get_text (settings, "probe_for");
    self->probe = asker != NULL;
    text_copy (self->asker, sizeof self->asker, asker);
    self->asker_ref = (uint64_t) json_get_number (settings, "probe_ref", 0);
    self->backoff = (struct backoff){self->timings.backoff_min_ms, self->timings.backoff_max_ms, 0};
    self->sessions.orphan_after_ms = self->timings.orphan_after_s * 1000;
    self->events = json_array ();
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
    free (self->actions);
    free (self->asks);
    free (self->token);
    free (self->unusable);
    json_destroy (&self->hello);
    json_destroy (&self->events);
    requests_fini (&self->requests);
    sessions_fini (&self->sessions);
    *self = (struct supervise){0};
}

static void
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
    struct json *json = json_parse_text (parameters ? parameters : "{}");
    struct stui_cause cause = {0};
    char *text = wire_request (request->id, request->command, json, &cause);
    json_destroy (&json);
    if (!text) {
        supervise_refuse (self, &request, cause.err, "%s", cause.text);
        return;
    }
    request->state = REQUEST_SENT;
    request->sent_ms = self->now_ms;
    request->sent_us = self->now_us;
    request->deadline_ms = STUI_NEVER;
    supervise_do (self, SUPERVISE_WIRE, NULL, text);
}

/* ---- The actions of life ------------------------------------------------------------------ */

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

static void
ping_send (struct supervise *self)
{
    struct request *request =
        requests_add (&self->requests, REQUEST_PING,
                      self->rep ? "get_session_statistics" : "ping", self->now_ms);
    supervise_wire_send (self, request, NULL);
    self->pings_out++;
}

/* The link is to go: what was on it is lost, sessions are preserved. */
static void
link_leave (struct supervise *self)
{
    if (self->link_open)
        supervise_do (self, SUPERVISE_CLOSE, NULL, NULL);
    self->link_open = false;
    requests_cut (&self->requests, self->now_ms);
    if (self->sessions.online)
        sessions_offline (&self->sessions, self->now_ms);
    self->claimed = self->suspect = false;
    self->pings_out = self->missed = 0;
    self->busy_id[0] = '\0';
    permit_return (self);
}

static void
attempt_begin (struct supervise *self)
{
    self->attempt++;
    self->phase_deadline_ms = self->now_ms + SUPERVISE_PERMIT_MS;
    uint64_t ref = supervise_ask (self, ASK_PERMIT, NULL);
    supervise_send (self, msg_new ("registry", MSG_PERMIT, ref, (uint64_t) self->backoff.failures));
}

static void
requests_unreachable (struct supervise *self)
{
    for (size_t index = 0; index < self->requests.count;) {
        struct request *request = self->requests.items[index];
        if (request->state == REQUEST_WAITING && request->kind == REQUEST_COMMAND)
            supervise_refuse (self, &request, STUI_E_UNREACHABLE, "%s is not connected: %s; see "
                              "'stui image show %s'", self->name,
                              self->cause.text[0] ? self->cause.text : "disabled", self->name);
        else
            index++;
    }
}

/* Everything that was on the wire when the link went is asked for, or is in doubt. */
static void
requests_recover (struct supervise *self)
{
    bool reborn = self->rep || strcmp (self->boot_before, self->boot_id) != 0;
    for (size_t index = 0; index < self->requests.count;) {
        struct request *request = self->requests.items[index];
        if (request->state != REQUEST_LOST) {
            index++;
            continue;
        }
        if (reborn || request->cuts >= REQUEST_CUTS_MAX) {
            supervise_refuse (self, &request, STUI_E_IN_DOUBT, "%s",
                              self->rep ? "the link went before the answer came, and this image "
                                          "cannot say whether it ran: look before you repeat it"
                              : reborn  ? "the image was started again meanwhile: nobody can say "
                                          "whether it ran: look before you repeat it"
                                        : "the link went twice while its result was fetched: it "
                                          "ran, but its result cannot be had");
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

static void
image_save (struct supervise *self)
{
    struct json *image = json_object ();
    char text[CLOCK_TEXT_SIZE];
    json_set_text (image, "image_id", self->image_id);
    json_set_text (image, "boot_id", self->boot_id);
    json_set_text (image, "address", self->address);
    json_set_text (image, "last_online", clock_format (self->wall_ms, text));
    json_set_text (image, "dialect", json_get_text (self->hello, "dialect"));
    json_set_text (image, "dialect_version", json_get_text (self->hello, "dialect_version"));
    char *printed = json_print (image);
    uint64_t ref = supervise_ask (self, ASK_SAVE_IMAGE, NULL);
    supervise_send (self, msg_new ("store", MSG_IMAGE_SAVE, ref, self->name, printed));
    free (printed);
    json_destroy (&image);
}

static void
life_serve (struct supervise *self)
{
    self->phase_deadline_ms = STUI_NEVER;
    self->troubled = false;
    self->cause = (struct stui_cause){0};
    self->online_since_wall_ms = self->wall_ms;
    backoff_reset (&self->backoff);
    permit_return (self);
    supervise_event (self, "online", "%s", self->claimed || self->rep ? "connected"
                                                                     : "connected as an alias");
    if (!self->claimed && !self->rep)
        return; /* another route to an image that has its supervisor */
    image_save (self);
    requests_recover (self);
    if (self->claimed && !self->served_before) {
        /* What an earlier run had sent and never heard of. */
        struct request *question =
            requests_add (&self->requests, REQUEST_RESULT, "get_result", self->now_ms);
        supervise_wire_send (self, question, NULL);
    }
    self->served_before = true;
    memcpy (self->boot_before, self->boot_id, sizeof self->boot_before);
    if (strcmp (self->sessions.key, self->image_id) == 0) {
        sessions_online (&self->sessions, self->rep, self->now_ms);
        return;
    }
    /* Another image than the one whose sessions are here: theirs stay under the old id. */
    uint64_t ref = supervise_ask (self, ASK_SESSIONS, NULL);
    supervise_send (self, msg_new ("store", MSG_SESSIONS_LOAD, ref, self->image_id));
}

static void
life_retreat (struct supervise *self, enum life_phase from)
{
    if (from == LIFE_LIVE)
        supervise_event (self, "offline", "%s", self->cause.text);
    else if (!self->troubled)
        supervise_event (self, "unreachable", "%s", self->cause.text);
    self->troubled = true;
    link_leave (self);
    int64_t wait_ms = backoff_next (&self->backoff, &self->random);
    self->phase_deadline_ms = self->now_ms + wait_ms;
}

static void
life_resolve (struct supervise *self)
{
    struct address address;
    self->phase_deadline_ms = self->now_ms + self->timings.handshake_ms;
    if (address_parse (self->address, &address, NULL) != 0) {
        supervise_fail (self, LIFE_EV_REFUSED, STUI_E_MALFORMED,
                        "'%s' is no address: expected tcp://HOST:PORT", self->address);
        return;
    }
    if (address.numeric) {
        text_copy (self->endpoint, sizeof self->endpoint, self->address);
        supervise_live (self, LIFE_EV_RESOLVED);
        return;
    }
    uint64_t ref = supervise_ask (self, ASK_RESOLVE, NULL);
    supervise_send (self, msg_new ("netwatch", MSG_RESOLVE, ref, address.host));
}

static void
life_act (struct supervise *self, enum life_action action, enum life_phase from)
{
    int64_t patience_ms = self->now_ms + self->timings.handshake_ms;
    switch (action) {
    case LIFE_DO_NOTHING:
    case LIFE_DO_COUNT_:
        break;
    case LIFE_DO_RESTART:
        if (self->unusable) {
            supervise_fail (self, LIFE_EV_REFUSED, STUI_E_MALFORMED, "%s", self->unusable);
            break;
        }
        if (from == LIFE_LIVE)
            supervise_event (self, "offline", "connecting anew, as asked");
        link_leave (self);
        backoff_reset (&self->backoff);
        attempt_begin (self);
        break;
    case LIFE_DO_ASK_PERMIT:
        attempt_begin (self);
        break;
    case LIFE_DO_RESOLVE:
        life_resolve (self);
        break;
    case LIFE_DO_OPEN:
        self->phase_deadline_ms = patience_ms;
        self->link_open = true;
        self->rep = false;
        supervise_do (self, SUPERVISE_OPEN, NULL, stui_strdup (self->endpoint));
        break;
    case LIFE_DO_SHAKE:
        self->phase_deadline_ms = patience_ms;
        break;
    case LIFE_DO_INTRODUCE:
        self->phase_deadline_ms = patience_ms;
        hello_send (self, REQUEST_HELLO);
        break;
    case LIFE_DO_JUDGE:
        self->phase_deadline_ms = patience_ms;
        if (self->probe) {
            supervise_live (self, LIFE_EV_ALIAS);
            break;
        }
        supervise_send (self, msg_new ("registry", MSG_JUDGE, supervise_ask (self, ASK_JUDGE, NULL),
                                       self->image_id, self->boot_id));
        break;
    case LIFE_DO_COUNT:
        self->phase_deadline_ms = patience_ms;
        supervise_send (self, msg_new ("store", MSG_CLAIM_NEXT,
                                       supervise_ask (self, ASK_COUNT, NULL), self->image_id));
        break;
    case LIFE_DO_CLAIM:
        self->phase_deadline_ms = patience_ms;
        hello_send (self, REQUEST_CLAIM);
        break;
    case LIFE_DO_PROVE:
        self->phase_deadline_ms = patience_ms;
        if (self->rep)
            keys_image_from_address (self->address, self->image_id);
        ping_send (self);
        break;
    case LIFE_DO_SERVE:
        if (self->probe)
            supervise_probe_done (self);
        else
            life_serve (self);
        break;
    case LIFE_DO_RETREAT:
        life_retreat (self, from);
        break;
    case LIFE_DO_GIVE_UP:
        self->phase_deadline_ms = STUI_NEVER;
        self->troubled = true;
        supervise_event (self, "failed", "%s", self->cause.text);
        link_leave (self);
        requests_unreachable (self);
        break;
    case LIFE_DO_LET_GO:
        self->phase_deadline_ms = STUI_NEVER;
        self->cause = (struct stui_cause){0};
        supervise_event (self, "disabled", "let go, as asked");
        link_leave (self);
        requests_unreachable (self);
        break;
    }
}

void
supervise_live (struct supervise *self, enum life_event event)
{
    enum life_phase from = self->phase;
    struct life_step step = life_next (from, event);
    if (step.action == LIFE_DO_NOTHING)
        return;
    self->phase = step.next;
    self->report_dirty = true;
    life_act (self, step.action, from);
    if (self->probe && self->cause.err
        && (self->phase == LIFE_WAITING || self->phase == LIFE_FAILED))
        supervise_probe_done (self);
}

void
supervise_fail (struct supervise *self, enum life_event event, int err, const char *format, ...)
{
    char text[STUI_CAUSE_MAX];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    stui_fail (&self->cause, err, "%s", text);
    supervise_live (self, event);
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
    static const char *const waited_for[LIFE_PHASE_COUNT] = {
        [LIFE_RESOLVING] = "its name was not resolved",
        [LIFE_CONNECTING] = "no TCP connection came about (is the host up, the port open?)",
        [LIFE_HANDSHAKING] = "connected, but there was no ZMTP handshake (is it a stui server, "
                             "is the image stopped?)",
        [LIFE_INTRODUCING] = "connected, but hello was not answered",
        [LIFE_JUDGING] = "its identity was not judged",
        [LIFE_COUNTING] = "the database did not answer",
        [LIFE_CLAIMING] = "the claim was not answered",
        [LIFE_PROVING] = "the first ping was not answered",
    };
    if (waited_for[self->phase])
        stui_fail (&self->cause, STUI_E_TIMEOUT, "%s within %lld ms", waited_for[self->phase],
                   (long long) self->timings.handshake_ms);
    supervise_live (self, LIFE_EV_TIME);
}

void
supervise_tick (struct supervise *self)
{
    if (self->phase != LIFE_LIVE)
        return;
    const struct request *running = requests_oldest_running (&self->requests);
    size_t in_flight = requests_in_flight (&self->requests);
    if (self->rep && running) {
        /* It answers one at a time: it cannot be asked. */
        if (self->now_ms - running->sent_ms >= SUPERVISE_REP_PATIENCE_MS)
            supervise_fail (self, LIFE_EV_SILENT, STUI_E_TIMEOUT,
                            "it has owed the answer to %s for 10 minutes", running->command);
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
        bool patient = running
                       && self->now_ms - self->heard_ms < self->timings.busy_patience_ms;
        if (!patient) {
            supervise_fail (self, LIFE_EV_SILENT, STUI_E_TIMEOUT, "%d pings unanswered in %lld ms",
                            self->missed, (long long) (self->now_ms - self->heard_ms));
            return;
        }
        stui_fail (&self->cause, STUI_E_TIMEOUT, "not answering, running %s for %lld s",
                   running->command, (long long) ((self->now_ms - running->sent_ms) / 1000));
    }
    if (self->pings_out < self->timings.offline_after && !(self->rep && in_flight > 0))
        ping_send (self);
}

void
supervise_time (struct supervise *self, struct supervise_now now)
{
    supervise_enter (self, now);
    if (self->phase_deadline_ms <= self->now_ms)
        phase_expired (self);
    for (size_t index = 0; index < self->requests.count;) {
        struct request *request = self->requests.items[index];
        if (request->state == REQUEST_WAITING && request->deadline_ms <= self->now_ms
            && self->phase != LIFE_LIVE)
            supervise_refuse (self, &request, STUI_E_UNREACHABLE,
                              "%s is not online, nothing was sent: %s; see 'stui image show %s'",
                              self->name, self->cause.text[0] ? self->cause.text : "still trying",
                              self->name);
        else
            index++;
    }
    size_t orphans = sessions_tick (&self->sessions, self->now_ms);
    if (orphans > 0)
        supervise_event (self, "orphaned", "%zu sessions wait for an image that is gone", orphans);
    if (self->finishing && self->finish_ms <= self->now_ms)
        supervise_do (self, SUPERVISE_END, NULL, NULL);
    supervise_settle (self);
}

int64_t
supervise_deadline (const struct supervise *self)
{
    int64_t earliest = self->phase_deadline_ms;
    int64_t candidates[] = {
        self->phase == LIFE_LIVE ? STUI_NEVER : requests_deadline (&self->requests),
        sessions_deadline (&self->sessions),
        self->finishing ? self->finish_ms : STUI_NEVER,
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
        char *text = json_print (record);
        uint64_t ref = supervise_ask (self, ASK_SAVE_SESSION, session->id);
        supervise_send (self, msg_new ("store", MSG_SESSION_SAVE, ref, self->sessions.key,
                                       session->id, text));
        free (text);
        json_destroy (&record);
    }
}

/* A REP image takes one request at a time. */
static bool
wire_has_room (const struct supervise *self)
{
    return self->phase == LIFE_LIVE && (self->claimed || self->rep)
           && !(self->rep && requests_in_flight (&self->requests) > 0);
}

static void
settle_sessions (struct supervise *self)
{
    struct session *session;
    while (wire_has_room (self) && (session = sessions_due (&self->sessions)) != NULL) {
        struct request *request =
            requests_add (&self->requests, REQUEST_SESSION, session_wire_command (session->due),
                          self->now_ms);
        memcpy (request->about, session->id, sizeof request->about);
        struct json *parameters = session_wire_begin (session, self->client_id);
        char *text = json_print (parameters);
        supervise_wire_send (self, request, text);
        free (text);
        json_destroy (&parameters);
    }
}

static void
settle_commands (struct supervise *self)
{
    for (size_t index = 0; index < self->requests.count && wire_has_room (self);) {
        struct request *request = self->requests.items[index];
        index++;
        if (request->kind != REQUEST_COMMAND || request->state != REQUEST_WAITING)
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
        supervise_wire_send (self, request, request->parameters);
        if (self->requests.count < before)
            index--; /* too large: refused and gone */
    }
}

void
supervise_settle (struct supervise *self)
{
    settle_saves (self);
    settle_sessions (self);
    settle_commands (self);
    supervise_report_flush (self);
    if (self->finishing && sessions_all_saved (&self->sessions) && !self->events_out
        && json_count (self->events) == 0)
        supervise_do (self, SUPERVISE_END, NULL, NULL);
}

/* ---- The steps that need no file of their own ------------------------------------------------ */

void
supervise_begin (struct supervise *self, struct supervise_now now)
{
    supervise_enter (self, now);
    self->heard_ms = self->now_ms;
    self->sessions.offline_ms = self->now_ms;
    if (self->probe) {
        self->loaded = true;
        supervise_live (self, LIFE_EV_START);
    } else {
        uint64_t ref = supervise_ask (self, ASK_IMAGE, NULL);
        supervise_send (self, msg_new ("store", MSG_IMAGE_LOAD, ref, self->name));
    }
    supervise_settle (self);
}

void
supervise_link (struct supervise *self, enum supervise_link_event event, const char *why,
                struct supervise_now now)
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
            supervise_fail (self, LIFE_EV_CLOSED, STUI_E_UNREACHABLE,
                            "the connection was closed (%s), %d pings missed", why, self->missed);
        else
            supervise_fail (self, LIFE_EV_CLOSED, STUI_E_UNREACHABLE, "%s", why);
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
    self->finishing = true;
    self->finish_ms = self->now_ms + SUPERVISE_FINISH_MS;
    for (size_t index = 0; index < self->requests.count;) {
        struct request *request = self->requests.items[index];
        if (request->kind != REQUEST_COMMAND)
            index++;
        else if (request->state == REQUEST_WAITING)
            supervise_refuse (self, &request, STUI_E_STOPPING, "stui is stopping, nothing was sent");
        else
            supervise_refuse (self, &request, STUI_E_IN_DOUBT,
                              "stui is stopping and did not wait for the answer: it may still run "
                              "in %s", self->name);
    }
    sessions_save_all (&self->sessions);
    supervise_settle (self);
}
