/* sim_sessions.c: a few sessions in the order in which they were created. */

#include "sim/sim_sessions.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "sim/sim_json.h"

static void
session_free (struct sim_session *session)
{
    free (session->id);
    free (session->client_id);
    free (session->name);
    free (session->state);
    free (session);
}

void
sim_sessions_fini (struct sim_sessions *self)
{
    for (size_t i = 0; i < self->count; i++)
        session_free (self->items[i]);
    free (self->items);
    *self = (struct sim_sessions){0};
}

struct sim_session *
sim_sessions_find (const struct sim_sessions *self, const char *id)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (self->items[i]->id, id) == 0)
            return self->items[i];
    return NULL;
}

size_t
sim_sessions_of_client (const struct sim_sessions *self, const char *client_id)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        count += strcmp (self->items[i]->client_id, client_id) == 0;
    return count;
}

size_t
sim_sessions_bytes (const struct sim_sessions *self)
{
    size_t bytes = 0;
    for (size_t i = 0; i < self->count; i++)
        bytes += self->items[i]->bytes;
    return bytes;
}

size_t
sim_sessions_clients (const struct sim_sessions *self)
{
    size_t clients = 0;
    for (size_t i = 0; i < self->count; i++) {
        size_t first = 0;
        while (strcmp (self->items[first]->client_id, self->items[i]->client_id) != 0)
            first++;
        clients += first == i;
    }
    return clients;
}

struct sim_session *
sim_sessions_add (struct sim_sessions *self, const char *id, const char *client_id,
                  const char *name, const char *state, int64_t timeout_s, int64_t wall_ms)
{
    struct sim_session *session = stui_alloc (sizeof *session);
    *session = (struct sim_session){
        .id = stui_strdup (id),
        .client_id = stui_strdup (client_id),
        .name = stui_strdup (name),
        .created_ms = wall_ms,
        .modified_ms = wall_ms,
        .accessed_ms = wall_ms,
        .timeout_s = timeout_s,
        .version = 1,
        .state = stui_strdup (state),
        .bytes = strlen (name) + strlen (state),
    };
    stui_grow (&self->items, &self->room, self->count, sizeof *self->items);
    return self->items[self->count++] = session;
}

void
sim_sessions_remove (struct sim_sessions *self, struct sim_session **session)
{
    size_t place = 0;
    while (self->items[place] != *session)
        place++;
    session_free (*session);
    memmove (self->items + place, self->items + place + 1,
             (--self->count - place) * sizeof (struct sim_session *));
    *session = NULL;
}

void
sim_session_update (struct sim_session *self, const char *state, int64_t wall_ms)
{
    char *copy = stui_strdup (state);
    free (self->state);
    self->state = copy;
    self->bytes = strlen (self->name) + strlen (copy);
    self->modified_ms = wall_ms;
    self->version++;
}

void
sim_session_give (struct sim_session *self, const char *client_id)
{
    char *copy = stui_strdup (client_id);
    free (self->client_id);
    self->client_id = copy;
}

bool
sim_session_is_expired (const struct sim_session *self, int64_t wall_ms)
{
    return wall_ms - self->accessed_ms > self->timeout_s * 1000;
}

/* ---- told ---------------------------------------------------------------------------------- */

static void
set_time (struct json *object, const char *key, int64_t wall_ms)
{
    char text[CLOCK_TEXT_SIZE];
    json_set_text (object, key, clock_format (wall_ms, text));
}

struct json *
sim_session_description (const struct sim_session *self)
{
    struct json *result = json_object ();
    json_set_text (result, "session_id", self->id);
    json_set_text (result, "client_id", self->client_id);
    json_set_text (result, "name", self->name);
    set_time (result, "created_at", self->created_ms);
    json_set_number (result, "timeout", self->timeout_s);
    json_set_bool (result, "is_active", true);
    json_set_number (result, "version", self->version);
    return result;
}

struct json *
sim_session_restored (const struct sim_session *self)
{
    struct json *result = sim_session_description (self);
    set_time (result, "last_modified", self->modified_ms);
    return result;
}

void
sim_session_raws (const struct sim_session *self, struct sim_raw raws[SIM_SESSION_RAWS])
{
    static const char *const parts[SIM_SESSION_RAWS] = {"session_state", "workspace_context",
                                                        "inspector_state", "object_registry"};
    size_t size = strlen (self->state);
    raws[0] = (struct sim_raw){parts[0], self->state, size};
    for (size_t i = 1; i < SIM_SESSION_RAWS; i++) {
        raws[i] = (struct sim_raw){.key = parts[i]};
        raws[i].text = sim_json_member (self->state, size, parts[i], &raws[i].size);
        if (!raws[i].text)
            raws[i] = (struct sim_raw){parts[i], "{}", 2};
    }
}

struct json *
sim_session_updated (const struct sim_session *self)
{
    struct json *result = json_object ();
    json_set_text (result, "session_id", self->id);
    set_time (result, "last_modified", self->modified_ms);
    json_set_bool (result, "update_successful", true);
    json_set_number (result, "version", self->version);
    return result;
}

struct json *
sim_session_info (const struct sim_session *self, int64_t wall_ms)
{
    struct json *result = sim_session_description (self);
    int64_t left = self->timeout_s - (wall_ms - self->accessed_ms) / 1000;
    set_time (result, "last_modified", self->modified_ms);
    set_time (result, "last_accessed", self->accessed_ms);
    json_set_number (result, "time_until_expiry", left > 0 ? left : 0);
    json_set_bool (result, "is_expired", sim_session_is_expired (self, wall_ms));
    json_set_bool (result, "is_busy", self->running != NULL);
    json_set_number (result, "context_bytes", (int64_t) strlen (self->state));
    return result;
}

struct json *
sim_session_conflict (const struct sim_session *self)
{
    struct json *details = json_object ();
    json_set_number (details, "version", self->version);
    set_time (details, "last_modified", self->modified_ms);
    return details;
}
