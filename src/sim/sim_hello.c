/* sim_hello.c: how a simulated image and its clients know each other: hello, tokens, claims and
 * fencing, ping, and what became of a request that was sent before. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "sim/sim_parts.h"
#include "sim/sim_secret.h"

static const char protocol_version[] = "1.1";

/* ---- hello and ping -------------------------------------------------------------------------- */

/* Whether the hello carries the token, where one is needed. False: it is answered, now or later. */
static bool
has_token (struct sim_image *self, struct sim_request *request, struct sim_peer *peer)
{
    const char *given;
    if (!self->token || peer->is_proven)
        return true;
    if (!sim_text_at (self, request, "token", "", &given))
        return false;
    if (sim_secret_is (self->token, given, strlen (given)))
        return true;
    if (*given == '\0') {
        sim_fail (self, request, STUI_E_AUTHENTICATION, NULL, "this image asks for a token");
        return false;
    }
    peer->is_dismissed = true;
    peer->refused = request;
    peer->refused_ms = self->now.mono_ms + SIM_REFUSAL_MS;
    return false;
}

void
sim_refuse_due (struct sim_image *self)
{
    for (size_t i = 0; i < self->peer_count; i++) {
        struct sim_peer *peer = self->peers[i];
        if (!peer->refused || peer->refused_ms > self->now.mono_ms)
            continue;
        sim_fail (self, peer->refused, STUI_E_AUTHENTICATION, NULL, "the token is wrong");
        sim_request_destroy (&peer->refused);
        sim_put (self, SIM_CLOSE, peer->number, (struct sim_envelope){0}, NULL);
    }
}

int64_t
sim_refusal_deadline (const struct sim_image *self)
{
    int64_t deadline = STUI_NEVER;
    for (size_t i = 0; self->token && i < self->peer_count; i++)
        if (self->peers[i]->refused && self->peers[i]->refused_ms < deadline)
            deadline = self->peers[i]->refused_ms;
    return deadline;
}

/* The client not connected, with nothing running, that was not seen for longest goes. Its ids
 * become forgotten for everybody, so that none of them can seem never to have run. */
static void
forget_oldest_client (struct sim_image *self)
{
    size_t oldest = SIZE_MAX;
    for (size_t i = 0; i < self->client_count; i++) {
        const struct sim_client *client = self->clients[i];
        if (!client->peer && !sim_replies_has_running (&client->replies)
            && (oldest == SIZE_MAX || client->seen_ms < self->clients[oldest]->seen_ms))
            oldest = i;
    }
    if (oldest == SIZE_MAX)
        return;
    struct sim_client *client = self->clients[oldest];
    const char *greatest = sim_replies_greatest (&client->replies);
    if (strcmp (greatest, self->greatest_evicted) > 0)
        snprintf (self->greatest_evicted, sizeof self->greatest_evicted, "%s", greatest);
    self->clients[oldest] = self->clients[--self->client_count];
    sim_replies_fini (&client->replies);
    free (client);
}

struct sim_client *
sim_client_find (const struct sim_image *self, const char *id)
{
    for (size_t i = 0; i < self->client_count; i++)
        if (strcmp (self->clients[i]->id, id) == 0)
            return self->clients[i];
    return NULL;
}

static struct sim_client *
client_for (struct sim_image *self, const char *id)
{
    struct sim_client *client = sim_client_find (self, id);
    if (client)
        return client;
    if (self->client_count >= SIM_CLIENTS_MAX)
        forget_oldest_client (self);
    client = stui_alloc (sizeof *client);
    snprintf (client->id, sizeof client->id, "%s", id);
    client->generation = client->counter = -1;
    client->seen_ms = self->now.mono_ms;
    sim_replies_note_dropped (&client->replies, self->greatest_evicted);
    stui_grow (&self->clients, &self->client_room, self->client_count,
               sizeof (struct sim_client *));
    return self->clients[self->client_count++] = client;
}

static const char fenced[] = "a newer connection of this client_id has claimed the image";

/* Tells PEER and lets it go: from here on nothing that it sent counts. */
static void
fence (struct sim_image *self, struct sim_peer *peer)
{
    struct sim_request *nothing = sim_request_new (peer->number, (struct sim_envelope){0});
    sim_fail (self, nothing, STUI_E_FENCED, NULL, "%s", fenced);
    sim_request_destroy (&nothing);
    sim_put (self, SIM_CLOSE, peer->number, (struct sim_envelope){0}, NULL);
    peer->is_dismissed = true;
}

/* Claims the connection for a client with an epoch. False: it has been answered. */
static bool
claim (struct sim_image *self, struct sim_request *request, struct sim_peer *peer, const char *id,
       int64_t generation, int64_t counter)
{
    if (peer->client && strcmp (peer->client->id, id) != 0) {
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL,
                  "this connection belongs to another client_id");
        return false;
    }
    struct sim_client *client = client_for (self, id);
    bool is_equal = generation == client->generation && counter == client->counter;
    if (is_equal && client->peer == peer)
        return true;
    if (generation < client->generation
        || (generation == client->generation && counter <= client->counter)) {
        struct json *details = json_object ();
        json_set_number (details, "generation", client->generation);
        json_set_number (details, "counter", client->counter);
        sim_fail (self, request, STUI_E_FENCED, details, "%s", fenced);
        return false;
    }
    client->generation = generation;
    client->counter = counter;
    sim_evaluations_discard (self, client, peer->number);
    for (size_t i = 0; i < self->peer_count; i++)
        if (self->peers[i]->client == client && self->peers[i] != peer
            && !self->peers[i]->is_dismissed)
            fence (self, self->peers[i]);
    peer->client = client;
    client->peer = peer;
    client->seen_ms = self->now.mono_ms;
    return true;
}

/* The integer NAME of client_epoch. */
static bool
epoch_part (struct sim_image *self, struct sim_request *request, const struct json *epoch,
            const char *name, int64_t *value)
{
    *value = json_get_number (epoch, name, -1);
    if (*value >= 0)
        return true;
    sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL,
              "client_epoch.%s must be an integer from 0 to %lld", name,
              (long long) SIM_NUMBER_MAX);
    return false;
}

static bool
claim_with_epoch (struct sim_image *self, struct sim_request *request, struct sim_peer *peer,
                  const char *id)
{
    const struct json *epoch = json_get (request->parameters, "client_epoch");
    int64_t generation, counter;
    if (!sim_has (request, "client_epoch"))
        return true;
    if (!json_is_object (epoch)) {
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL, "client_epoch must be an object");
        return false;
    }
    return epoch_part (self, request, epoch, "generation", &generation)
           && epoch_part (self, request, epoch, "counter", &counter)
           && claim (self, request, peer, id, generation, counter);
}

/* What is carried out, the events, what holds, and what does not. */
static struct json *
capabilities (const struct sim_image *self)
{
    static const char *const others[] = {
        "event:transcript",
        "event:session_expired",
        "event:image_quitting",
        "event:evaluation_progress",
        "event:debugger_opened",
        "fencing",
        "at_most_once",
        "session_variables",
        "plain",
        "simulated",
        "no:snapshot",
        "no:ensure",
        "no:floats",
        "no:large_integers",
    };
    struct json *list = json_array ();
    for (const struct sim_command *row = sim_commands; row->name; row++)
        if (row->handle)
            json_push (list, json_string (row->name));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        json_push (list, json_string (others[i]));
    if (self->is_read_only)
        json_push (list, json_string ("read_only"));
    return list;
}

static struct json *
identity (const struct sim_image *self)
{
    struct json *result = json_object ();
    json_set_text (result, "image_id", self->image_id);
    json_set_text (result, "image_name", self->name);
    json_set_text (result, "boot_id", self->boot_id);
    json_set_text (result, "dialect", SIM_DIALECT);
    json_set_text (result, "dialect_version", STUI_VERSION);
    json_set_text (result, "vm_version", SIM_VM_VERSION);
    json_set_text (result, "host", self->host);
    json_set_number (result, "pid", self->pid);
    sim_set_time (result, "started_at", self->started_wall_ms);
    json_set_text (result, "protocol", protocol_version);
    json_set (result, "capabilities", capabilities (self));
    json_set_number (result, "max_message_bytes", STUI_MESSAGE_MAX);
    return result;
}

void
sim_hello (struct sim_image *self, struct sim_request *request)
{
    struct sim_peer *peer = sim_peer_find (self, request->peer);
    const char *given, *protocol;
    char id[SIM_ID_MAX + 1];
    if (!sim_name_at (self, request, "client_id", &given)
        || !sim_text_at (self, request, "protocol", NULL, &protocol))
        return;
    sim_lower (id, given);
    if (strncmp (protocol, "1.", 2) != 0) {
        sim_fail (self, request, STUI_E_UNSUPPORTED, NULL, "this image speaks protocol %s",
                  protocol_version);
        return;
    }
    if (!has_token (self, request, peer) || !claim_with_epoch (self, request, peer, id))
        return;
    peer->is_introduced = true;
    sim_succeed (self, request, identity (self));
}

void
sim_ping (struct sim_image *self, struct sim_request *request)
{
    const char *message;
    if (!sim_text_at (self, request, "message", "pong", &message))
        return;
    struct json *result = json_object ();
    json_set_text (result, "message", message);
    json_set_text (result, "status", "ok");
    json_set_number (result, "uptime", (self->now.mono_ms - self->started_ms) / 1000);
    if (self->running.count > 0) {
        const struct sim_evaluation *oldest = self->running.items[0];
        struct json *busy = json_object ();
        json_set_text (busy, "id", oldest->request->id);
        sim_set_time (busy, "since", oldest->started_wall_ms);
        json_set (result, "busy_with", busy);
    }
    sim_succeed (self, request, result);
}

/* ---- at most once ---------------------------------------------------------------------------- */

void
sim_answer_result (struct sim_image *self, struct sim_request *request, const char *id)
{
    const struct sim_client *client = request->client;
    const struct sim_entry *entry = sim_replies_find (&client->replies, id);
    struct json *result = json_object ();
    json_set_text (result, "id", id);
    if (!entry) {
        bool may_have_run = sim_replies_may_have_run (&client->replies, id);
        json_set_text (result, "state", may_have_run ? "forgotten" : "never_run");
        sim_succeed (self, request, result);
        return;
    }
    json_set_text (result, "state", entry->is_done ? "done" : "running");
    if (entry->is_done && entry->reply) { /* as it was sent: it may hold a state */
        struct sim_raw reply = {"reply", entry->reply, strlen (entry->reply)};
        sim_succeed_with (self, request, result, &reply, 1);
        return;
    }
    if (entry->is_done)
        json_set_bool (result, "reply_dropped", true);
    sim_succeed (self, request, result);
}

void
sim_get_result (struct sim_image *self, struct sim_request *request)
{
    const char *given;
    char id[SIM_ID_MAX + 1];
    if (sim_has (request, "id")) {
        if (!sim_name_at (self, request, "id", &given))
            return;
        sim_lower (id, given);
        sim_answer_result (self, request, id);
        return;
    }
    struct json *result = json_object (), *list = json_array ();
    const struct sim_entry *entry = request->client->replies.oldest;
    for (; entry; entry = entry->newer) {
        if (entry->is_done && !entry->reply)
            continue;
        struct json *row = json_object ();
        json_set_text (row, "id", entry->id);
        json_set_text (row, "command", entry->command);
        json_set_text (row, "session_id", entry->session_id);
        json_set_text (row, "state", entry->is_done ? "done" : "running");
        json_push (list, row);
    }
    json_set_number (result, "total_count", (int64_t) json_count (list));
    json_set (result, "results", list);
    sim_succeed (self, request, result);
}
