/* sim_image.c: a simulated image's life: peers, the road from a message to its command, events. */

#include "sim/sim_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "sim/sim_parts.h"

/* ---- the outbox ---------------------------------------------------------------------------- */

void
sim_output_fini (struct sim_output *self)
{
    free (self->envelope);
    free (self->text);
    *self = (struct sim_output){.action = self->action};
}

void
sim_outbox_clear (struct sim_outbox *self)
{
    for (size_t i = 0; i < self->count; i++)
        sim_output_fini (&self->items[i]);
    self->count = 0;
}

void
sim_outbox_fini (struct sim_outbox *self)
{
    sim_outbox_clear (self);
    free (self->items);
    *self = (struct sim_outbox){0};
}

struct sim_output *
sim_put (struct sim_image *self, enum sim_action action, uint64_t peer,
         struct sim_envelope envelope, char *text)
{
    struct sim_outbox *out = self->out;
    stui_grow (&out->items, &out->room, out->count, sizeof *out->items);
    struct sim_output *output = &out->items[out->count++];
    *output = (struct sim_output){.action = action, .peer = peer, .text = text};
    output->size = text ? strlen (text) : 0;
    if (envelope.size > 0) {
        output->envelope = stui_alloc (envelope.size);
        output->envelope_size = envelope.size;
        memcpy (output->envelope, envelope.bytes, envelope.size);
    }
    return output;
}

/* ---- life ---------------------------------------------------------------------------------- */

struct sim_image *
sim_image_new (const struct sim_image_options *options, struct sim_time now)
{
    struct sim_image *self = stui_alloc (sizeof *self);
    self->name = stui_strdup (options->name);
    self->image_id = stui_strdup (options->image_id);
    self->boot_id = stui_strdup (options->boot_id);
    self->token = options->token ? stui_strdup (options->token) : NULL;
    self->host = stui_strdup (options->host);
    self->pid = options->pid;
    self->is_read_only = options->is_read_only;
    self->random.state = options->seed;
    self->started_ms = now.mono_ms;
    self->started_wall_ms = now.wall_ms;
    self->cleanup_ms = now.mono_ms + SIM_SESSION_CLEANUP_S * 1000;
    return self;
}

static void
peer_free (struct sim_peer *peer)
{
    for (size_t i = 0; i < peer->event_name_count; i++)
        free (peer->event_names[i]);
    free (peer->event_session);
    sim_request_destroy (&peer->refused);
    free (peer);
}

void
sim_image_destroy (struct sim_image **self_p)
{
    struct sim_image *self = *self_p;
    if (!self)
        return;
    sim_evaluations_fini (self);
    for (size_t i = 0; i < self->sessions.count; i++) {
        sim_debuggers_destroy (&self->sessions.items[i]->debuggers);
        sim_scope_destroy (&self->sessions.items[i]->scope);
    }
    sim_sessions_fini (&self->sessions);
    sim_events_fini (&self->events);
    sim_world_destroy (&self->world);
    for (size_t i = 0; i < self->peer_count; i++)
        peer_free (self->peers[i]);
    for (size_t i = 0; i < self->client_count; i++) {
        sim_replies_fini (&self->clients[i]->replies);
        free (self->clients[i]);
    }
    free (self->peers);
    free (self->clients);
    free (self->name);
    free (self->image_id);
    free (self->boot_id);
    free (self->token);
    free (self->host);
    free (self);
    *self_p = NULL;
}

/* ---- peers --------------------------------------------------------------------------------- */

struct sim_peer *
sim_peer_find (const struct sim_image *self, uint64_t number)
{
    for (size_t i = 0; i < self->peer_count; i++)
        if (self->peers[i]->number == number)
            return self->peers[i];
    return NULL;
}

static struct sim_peer *
peer_of (struct sim_image *self, uint64_t number)
{
    struct sim_peer *peer = sim_peer_find (self, number);
    if (peer)
        return peer;
    stui_grow (&self->peers, &self->peer_room, self->peer_count, sizeof (struct sim_peer *));
    peer = self->peers[self->peer_count++] = stui_alloc (sizeof *peer);
    peer->number = number;
    return peer;
}

void
sim_image_prove (struct sim_image *self, uint64_t number)
{
    peer_of (self, number)->is_proven = true;
}

void
sim_image_disconnected (struct sim_image *self, uint64_t number, struct sim_time now)
{
    size_t place = 0;
    while (place < self->peer_count && self->peers[place]->number != number)
        place++;
    if (place == self->peer_count)
        return;
    struct sim_peer *peer = self->peers[place];
    self->peers[place] = self->peers[--self->peer_count];
    if (peer->client && peer->client->peer == peer) {
        peer->client->peer = NULL;
        peer->client->seen_ms = now.mono_ms;
    }
    peer_free (peer);
}

/* ---- events -------------------------------------------------------------------------------- */

static bool
peer_wants (const struct sim_peer *peer, const struct sim_event *event)
{
    if (peer->is_dismissed
        || (peer->event_session && event->session_id
            && strcmp (peer->event_session, event->session_id) != 0))
        return false;
    for (size_t i = 0; i < peer->event_name_count; i++)
        if (strcmp (peer->event_names[i], event->name) == 0)
            return true;
    return false;
}

void
sim_send_event (struct sim_image *self, const struct sim_event *event, const struct sim_peer *peer)
{
    if (peer_wants (peer, event))
        sim_put (self, SIM_SEND_EVENT, peer->number, (struct sim_envelope){0},
                 stui_strdup (event->text));
}

void
sim_announce (struct sim_image *self, const char *name, const char *session_id, struct json *data)
{
    const struct sim_event *event =
        sim_events_add (&self->events, name, session_id, data, self->now.wall_ms);
    for (size_t i = 0; i < self->peer_count; i++)
        sim_send_event (self, event, self->peers[i]);
}

/* ---- from a message to its command --------------------------------------------------------- */

static const struct sim_command *
find_command (const char *name)
{
    for (const struct sim_command *row = sim_commands; row->name; row++)
        if (strcmp (row->name, name) == 0)
            return row;
    return NULL;
}

const char *
sim_command_word (const char *name)
{
    const struct sim_command *row = name ? find_command (name) : NULL;
    return row ? row->name : NULL;
}

bool
sim_image_knows (const char *command)
{
    return find_command (command) != NULL;
}

static bool
is_permitted (struct sim_image *self, const struct sim_peer *peer, struct sim_request *request,
              enum sim_treatment treatment)
{
    if (peer->client || strcmp (request->command, "hello") == 0)
        return true;
    if (self->token && !peer->is_introduced) {
        sim_fail (self, request, STUI_E_AUTHENTICATION, NULL,
                  "this image asks for a token: say hello with it first");
        return false;
    }
    bool is_of_seven = treatment == SIM_SESSION || treatment == SIM_CHANGE;
    if (treatment == SIM_OPEN || (is_of_seven && !peer->is_introduced))
        return true;
    sim_fail (self, request, STUI_E_PERMISSION, NULL,
              "this connection may only say hello and ping: claim it with a hello that holds "
              "client_epoch");
    return false;
}

/* Whether the request is to be carried out now, for the first time; else it has been answered. */
static bool
admit_once (struct sim_image *self, struct sim_request *request, const struct sim_command *row)
{
    struct sim_replies *replies = &request->client->replies;
    if (!uuid_is_valid (request->id)) {
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL,
                  "the id of a command that changes something must be a UUID");
        return false;
    }
    if (sim_replies_find (replies, request->id)
        || sim_replies_may_have_run (replies, request->id)) {
        sim_answer_result (self, request, request->id);
        return false;
    }
    const char *session = json_get_text (request->parameters, "session_id");
    request->entry = sim_replies_add (replies, request->id, row->name,
                                      session && strlen (session) <= SIM_ID_MAX ? session : NULL);
    return true;
}

static void
carry_out (struct sim_image *self, const struct sim_peer *peer, struct sim_request *request)
{
    const struct sim_command *row = find_command (request->command);
    if (!is_permitted (self, peer, request, row ? row->treatment : SIM_READ))
        return;
    if (!row) {
        sim_fail (self, request, STUI_E_UNKNOWN_COMMAND, NULL, "there is no command %s",
                  request->command);
        return;
    }
    if (row->is_write && self->is_read_only) {
        sim_fail (self, request, STUI_E_PERMISSION, NULL,
                  "this image is read-only: it does not carry out %s", row->name);
        return;
    }
    if (!row->handle) {
        sim_fail (self, request, STUI_E_UNSUPPORTED, NULL,
                  "this image is simulated and does not carry out %s: use a real one for that",
                  row->name);
        return;
    }
    request->client = peer->client;
    bool is_kept = row->treatment == SIM_KEEP || row->treatment == SIM_CHANGE;
    if (!request->client || !is_kept || admit_once (self, request, row))
        row->handle (self, request);
}

static void
begin_step (struct sim_image *self, struct sim_time now, struct sim_outbox *out)
{
    self->now = now;
    self->out = out;
}

static void
end_step (struct sim_image *self)
{
    sim_evaluations_begin (self);
    self->out = NULL;
}

void
sim_image_receive (struct sim_image *self, uint64_t number, struct sim_envelope envelope,
                   const char *bytes, size_t size, struct sim_time now, struct sim_outbox *out)
{
    struct stui_cause cause = {0};
    struct sim_peer *peer = peer_of (self, number);
    if (peer->is_dismissed)
        return;
    begin_step (self, now, out);
    struct sim_request *request = sim_request_new (number, envelope);
    if (sim_request_read (request, bytes, size, &cause) < 0)
        sim_fail (self, request, cause.err, NULL, "%s", cause.text);
    else
        carry_out (self, peer, request);
    if (request->is_answered) /* else somebody has it, and answers it later */
        sim_request_destroy (&request);
    end_step (self);
}

void
sim_image_refuse (struct sim_image *self, uint64_t number, struct sim_envelope envelope,
                  const char *head, size_t head_size, size_t size, struct sim_time now,
                  struct sim_outbox *out)
{
    if (peer_of (self, number)->is_dismissed)
        return;
    begin_step (self, now, out);
    struct sim_request *request = sim_request_new (number, envelope);
    sim_request_guess_id (request, head, head_size);
    sim_fail (self, request, STUI_E_TOO_LARGE, NULL,
              "the message has %zu bytes; at most %d are taken", size, STUI_MESSAGE_MAX);
    sim_request_destroy (&request);
    end_step (self);
}

/* ---- time ---------------------------------------------------------------------------------- */

void
sim_image_advance (struct sim_image *self, struct sim_time now, struct sim_outbox *out)
{
    begin_step (self, now, out);
    if (now.mono_ms >= self->cleanup_ms) {
        self->cleanup_ms = now.mono_ms + SIM_SESSION_CLEANUP_S * 1000;
        sim_remove_expired (self);
    }
    sim_refuse_due (self);
    sim_evaluations_advance (self);
    end_step (self);
}

int64_t
sim_image_deadline (const struct sim_image *self)
{
    int64_t evaluations = sim_evaluations_deadline (self);
    int64_t deadline = sim_refusal_deadline (self);
    if (self->sessions.count > 0 && self->cleanup_ms < deadline)
        deadline = self->cleanup_ms;
    return evaluations < deadline ? evaluations : deadline;
}

/* ---- as a script of faults asks for ---------------------------------------------------------- */

void
sim_image_forget (struct sim_image *self)
{
    for (size_t i = 0; i < self->client_count; i++)
        sim_replies_forget (&self->clients[i]->replies);
}

void
sim_image_leak (struct sim_image *self, struct sim_time now)
{
    char session_id[STUI_UUID_LEN + 1], client_id[STUI_UUID_LEN + 1];
    if (self->sessions.count >= SIM_SESSIONS_MAX)
        return;
    struct uuid_source source = {0};
    uuid_next (&source, now.wall_ms, &self->random, session_id);
    uuid_next (&source, now.wall_ms, &self->random, client_id);
    sim_sessions_add (&self->sessions, session_id, client_id, "left behind", "{}",
                      SIM_SESSION_TIMEOUT_S, now.wall_ms);
}

void
sim_image_quit (struct sim_image *self, struct sim_time now, struct sim_outbox *out)
{
    begin_step (self, now, out);
    sim_announce (self, "image_quitting", NULL, json_object ());
    self->out = NULL;
}
