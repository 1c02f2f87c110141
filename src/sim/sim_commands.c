/* sim_commands.c: the commands of a simulated image but for those that run code or make clients
 * known: sessions, events, what is known of the image. The table at the end is all of the protocol. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "sim/sim_parts.h"

/* ---- sessions -------------------------------------------------------------------------------- */

static bool
is_orphaned (const struct sim_image *self, const struct sim_session *session)
{
    char id[SIM_ID_MAX + 1];
    sim_lower (id, session->client_id);
    const struct sim_client *client = sim_client_find (self, id);
    return !client || !client->peer;
}

static bool
may_expire (const struct sim_image *self, const struct sim_session *session)
{
    return sim_session_is_expired (session, self->now.wall_ms)
           && !sim_session_is_busy (self, session) && is_orphaned (self, session);
}

static void
remove_session (struct sim_image *self, struct sim_session *session, bool is_expired)
{
    struct json *data = json_object ();
    json_set_text (data, "session_id", session->id);
    json_set_text (data, "client_id", session->client_id);
    sim_evaluations_end_session (self, session);
    if (is_expired)
        sim_announce (self, "session_expired", session->id, data);
    else
        json_destroy (&data);
    sim_sessions_remove (&self->sessions, &session);
}

/* Removes the expired sessions of CLIENT_ID (NULL: of all). */
static void
remove_expired (struct sim_image *self, const char *client_id)
{
    for (size_t i = 0; i < self->sessions.count;) {
        struct sim_session *session = self->sessions.items[i];
        bool is_asked = !client_id || strcmp (session->client_id, client_id) == 0;
        if (is_asked && may_expire (self, session))
            remove_session (self, session, true);
        else
            i++;
    }
}

void
sim_remove_expired (struct sim_image *self)
{
    remove_expired (self, NULL);
}

struct sim_session *
sim_session_used (struct sim_image *self, struct sim_request *request, const char *id)
{
    struct sim_session *session = sim_sessions_find (&self->sessions, id);
    if (session)
        session->accessed_ms = self->now.wall_ms;
    else
        sim_fail (self, request, STUI_E_SESSION_NOT_FOUND, NULL, "there is no session %s", id);
    return session;
}

/* The session that the request names; using it keeps it from expiring. NULL: it is answered. */
static struct sim_session *
session_for (struct sim_image *self, struct sim_request *request)
{
    const char *id;
    return sim_name_at (self, request, "session_id", &id) ? sim_session_used (self, request, id)
                                                          : NULL;
}

static bool
client_id_at (struct sim_image *self, struct sim_request *request, const char **id)
{
    if (sim_has (request, "client_id") || !request->client)
        return sim_name_at (self, request, "client_id", id);
    *id = request->client->id;
    return true;
}

static void
restore_session (struct sim_image *self, struct sim_request *request)
{
    const struct sim_session *session = session_for (self, request);
    struct sim_raw raws[SIM_SESSION_RAWS];
    if (!session)
        return;
    sim_session_raws (session, raws);
    sim_succeed_with (self, request, sim_session_restored (session), raws, SIM_SESSION_RAWS);
}

/* Whether the image has room for ADDED bytes in place of those of SESSION (NULL: in one more).
 * False: that is answered. */
static bool
has_room (struct sim_image *self, struct sim_request *request, const struct sim_session *session,
          size_t added)
{
    size_t bytes = sim_sessions_bytes (&self->sessions) - (session ? session->bytes : 0) + added;
    if (bytes <= SIM_SESSIONS_BYTES_MAX && (session || self->sessions.count < SIM_SESSIONS_MAX))
        return true;
    sim_fail (self, request, STUI_E_SESSION_LIMIT, NULL,
              "this image keeps at most %d sessions, with %d bytes of names and states together: "
              "close some, or let cleanup_image_sessions do it",
              SIM_SESSIONS_MAX, SIM_SESSIONS_BYTES_MAX);
    return false;
}

/* Whether CLIENT_ID may have one session more; its expired ones give their places. False: that is
 * answered. */
static bool
has_place (struct sim_image *self, struct sim_request *request, const char *client_id)
{
    if (sim_sessions_of_client (&self->sessions, client_id) >= SIM_SESSIONS_PER_CLIENT)
        remove_expired (self, client_id);
    if (sim_sessions_of_client (&self->sessions, client_id) < SIM_SESSIONS_PER_CLIENT)
        return true;
    sim_fail (self, request, STUI_E_SESSION_LIMIT, NULL, "a client may have %d open sessions",
              SIM_SESSIONS_PER_CLIENT);
    return false;
}

/* Adds the session if there is room for one more, of its client and in the image. */
static void
add_session (struct sim_image *self, struct sim_request *request, const char *id,
             const char *client_id, const char *name, const char *state, int64_t timeout_s)
{
    if (!has_place (self, request, client_id)
        || !has_room (self, request, NULL, strlen (name) + strlen (state)))
        return;
    const struct sim_session *session = sim_sessions_add (&self->sessions, id, client_id, name,
                                                          state, timeout_s, self->now.wall_ms);
    sim_succeed (self, request, sim_session_description (session));
}

static void
create_session (struct sim_image *self, struct sim_request *request)
{
    const char *client_id, *id, *name;
    char made[STUI_UUID_LEN + 1], *state;
    int64_t timeout_s;
    if (!client_id_at (self, request, &client_id))
        return;
    uuid_next (&self->uuid, self->now.wall_ms, &self->random, made);
    id = made;
    if (sim_has (request, "session_id") && !sim_name_at (self, request, "session_id", &id))
        return;
    if (!sim_text_at (self, request, "name", "", &name)
        || !sim_integer_at (self, request, "timeout", 1, SIM_SESSION_TIMEOUT_MAX_S,
                            SIM_SESSION_TIMEOUT_S, &timeout_s)
        || !sim_object_at (self, request, "state_data", "{}", &state))
        return;
    if (sim_sessions_find (&self->sessions, id))
        restore_session (self, request);
    else
        add_session (self, request, id, client_id, name, state, timeout_s);
    free (state);
}

/* Replaces the state and answers, or answers the Conflict with BASE (-1: none was given). */
static void
replace_state (struct sim_image *self, struct sim_request *request, struct sim_session *session,
               const char *state, int64_t base)
{
    struct sim_raw raws[SIM_SESSION_RAWS];
    if (base >= 0 && base != session->version) {
        char *sentence = stui_printf ("the session has version %lld here, not %lld",
                                      (long long) session->version, (long long) base);
        sim_session_raws (session, raws);
        sim_fail_with (self, request, STUI_E_CONFLICT, sim_session_conflict (session), raws, 1,
                       sentence);
        free (sentence);
        return;
    }
    if (!has_room (self, request, session, strlen (session->name) + strlen (state)))
        return;
    sim_session_update (session, state, self->now.wall_ms);
    sim_session_raws (session, raws);
    sim_succeed_with (self, request, sim_session_updated (session), raws, 1);
}

static void
update_session (struct sim_image *self, struct sim_request *request)
{
    struct sim_session *session = session_for (self, request);
    char *state;
    int64_t base = -1;
    if (!session || !sim_object_at (self, request, "state_data", NULL, &state))
        return;
    if (!sim_has (request, "base_version")
        || sim_integer_at (self, request, "base_version", 0, SIM_NUMBER_MAX, -1, &base))
        replace_state (self, request, session, state, base);
    free (state);
}

static void
close_session (struct sim_image *self, struct sim_request *request)
{
    struct sim_session *session = session_for (self, request);
    if (!session)
        return;
    struct json *result = json_object ();
    json_set_text (result, "session_id", session->id);
    json_set_bool (result, "closed", true);
    remove_session (self, session, false);
    sim_succeed (self, request, result);
}

static struct json *
session_info (const struct sim_image *self, const struct sim_session *session)
{
    struct json *info = sim_session_info (session, self->now.wall_ms);
    json_set_bool (info, "is_busy", sim_session_is_busy (self, session));
    return info;
}

/* Looking is no use: it does not put the end off. */
static void
get_session_info (struct sim_image *self, struct sim_request *request)
{
    const char *id;
    if (!sim_name_at (self, request, "session_id", &id))
        return;
    const struct sim_session *session = sim_sessions_find (&self->sessions, id);
    if (session)
        sim_succeed (self, request, session_info (self, session));
    else
        sim_fail (self, request, STUI_E_SESSION_NOT_FOUND, NULL, "there is no session %s", id);
}

static void
list_client_sessions (struct sim_image *self, struct sim_request *request)
{
    const char *client_id;
    if (!client_id_at (self, request, &client_id))
        return;
    struct json *result = json_object (), *list = json_array ();
    for (size_t i = 0; i < self->sessions.count; i++)
        if (strcmp (self->sessions.items[i]->client_id, client_id) == 0)
            json_push (list, session_info (self, self->sessions.items[i]));
    json_set_text (result, "client_id", client_id);
    json_set_number (result, "session_count", (int64_t) json_count (list));
    json_set (result, "sessions", list);
    sim_succeed (self, request, result);
}

static void
get_session_statistics (struct sim_image *self, struct sim_request *request)
{
    struct json *result = json_object ();
    json_set_number (result, "total_sessions", (int64_t) self->sessions.count);
    json_set_number (result, "active_clients", (int64_t) sim_sessions_clients (&self->sessions));
    json_set_number (result, "max_sessions_per_client", SIM_SESSIONS_PER_CLIENT);
    json_set_number (result, "default_timeout", SIM_SESSION_TIMEOUT_S);
    json_set_number (result, "cleanup_interval", SIM_SESSION_CLEANUP_S);
    sim_succeed (self, request, result);
}

/* ---- sessions of the whole image --------------------------------------------------------------- */

static void
list_image_sessions (struct sim_image *self, struct sim_request *request)
{
    bool includes_orphaned;
    int64_t orphaned = 0;
    if (!sim_boolean_at (self, request, "include_orphaned", true, &includes_orphaned))
        return;
    struct json *result = json_object (), *list = json_array ();
    for (size_t i = 0; i < self->sessions.count; i++) {
        const struct sim_session *session = self->sessions.items[i];
        bool is_alone = is_orphaned (self, session);
        orphaned += is_alone;
        if (is_alone && !includes_orphaned)
            continue;
        struct json *info = session_info (self, session);
        json_set_bool (info, "is_orphaned", is_alone);
        json_push (list, info);
    }
    json_set_text (result, "image_id", self->image_id);
    json_set (result, "sessions", list);
    json_set_number (result, "total_count", (int64_t) self->sessions.count);
    json_set_number (result, "orphaned_count", orphaned);
    sim_succeed (self, request, result);
}

struct cleanup {
    bool orphaned, expired, dry_run;
    int64_t hours;
};

/* Why SESSION is to go, or NULL: only those of clients that are not connected, with nothing
 * running in them. */
static const char *
cleanup_reason (const struct sim_image *self, const struct cleanup *cleanup,
                const struct sim_session *session, int64_t idle_s)
{
    if (!is_orphaned (self, session) || sim_session_is_busy (self, session)
        || idle_s < cleanup->hours * 3600)
        return NULL;
    if (cleanup->expired && sim_session_is_expired (session, self->now.wall_ms))
        return "expired";
    return cleanup->orphaned ? "orphaned" : NULL;
}

static void
cleanup_image_sessions (struct sim_image *self, struct sim_request *request)
{
    enum { HOURS_MAX = 1000000 };
    struct cleanup cleanup;
    if (!sim_boolean_at (self, request, "orphaned", false, &cleanup.orphaned)
        || !sim_boolean_at (self, request, "expired", true, &cleanup.expired)
        || !sim_integer_at (self, request, "max_age_hours", 0, HOURS_MAX, 0, &cleanup.hours)
        || !sim_boolean_at (self, request, "dry_run", false, &cleanup.dry_run))
        return;
    struct json *result = json_object (), *details = json_array ();
    for (size_t i = 0; i < self->sessions.count;) {
        struct sim_session *session = self->sessions.items[i];
        int64_t idle_s = (self->now.wall_ms - session->accessed_ms) / 1000;
        const char *reason = cleanup_reason (self, &cleanup, session, idle_s);
        i += !reason || cleanup.dry_run;
        if (!reason)
            continue;
        struct json *row = json_object ();
        json_set_text (row, "session_id", session->id);
        json_set_text (row, "client_id", session->client_id);
        json_set_text (row, "reason", reason);
        json_set_number (row, "idle_seconds", idle_s);
        json_push (details, row);
        if (!cleanup.dry_run)
            remove_session (self, session, strcmp (reason, "expired") == 0);
    }
    json_set_number (result, "sessions_cleaned",
                     cleanup.dry_run ? 0 : (int64_t) json_count (details));
    json_set_number (result, "sessions_remaining", (int64_t) self->sessions.count);
    json_set (result, "cleanup_details", details);
    json_set_bool (result, "dry_run", cleanup.dry_run);
    sim_succeed (self, request, result);
}

/* The session becomes one of the asking client's, as it is, unless its own client is there. */
static void
adopt_session (struct sim_image *self, struct sim_request *request)
{
    const char *id;
    char owner[SIM_ID_MAX + 1];
    if (!sim_name_at (self, request, "session_id", &id))
        return;
    struct sim_session *session = sim_sessions_find (&self->sessions, id);
    if (session) {
        sim_lower (owner, session->client_id);
        bool is_mine = strcmp (owner, request->client->id) == 0;
        if (!is_mine && !is_orphaned (self, session)) {
            sim_fail (self, request, STUI_E_PERMISSION, NULL,
                      "the client of session %s is connected", id);
            return;
        }
        if (!is_mine && !has_place (self, request, request->client->id))
            return;
        if (!is_mine)
            sim_session_give (session, request->client->id);
    }
    restore_session (self, request);
}

static void
get_image_session_stats (struct sim_image *self, struct sim_request *request)
{
    int64_t orphaned = 0, bytes = 0, last_ms = -1;
    for (size_t i = 0; i < self->sessions.count; i++) {
        const struct sim_session *session = self->sessions.items[i];
        orphaned += is_orphaned (self, session);
        bytes += (int64_t) strlen (session->state);
        last_ms = session->accessed_ms > last_ms ? session->accessed_ms : last_ms;
    }
    struct json *result = json_object ();
    json_set_text (result, "image_id", self->image_id);
    json_set_number (result, "total", (int64_t) self->sessions.count);
    json_set_number (result, "active", (int64_t) self->sessions.count - orphaned);
    json_set_number (result, "orphaned", orphaned);
    json_set_number (result, "context_bytes", bytes);
    json_set_text (result, "last_activity", NULL);
    if (last_ms >= 0)
        sim_set_time (result, "last_activity", last_ms);
    sim_succeed (self, request, result);
}

/* ---- the image, events ------------------------------------------------------------------------- */

static struct json *
vm_info (const struct sim_image *self)
{
    struct json *vm = json_object ();
    json_set_text (vm, "dialect", SIM_DIALECT);
    json_set_text (vm, "dialect_version", STUI_VERSION);
    json_set_text (vm, "vm_version", SIM_VM_VERSION);
    json_set_text (vm, "host", self->host);
    json_set_number (vm, "pid", self->pid);
    json_set_number (vm, "uptime", (self->now.mono_ms - self->started_ms) / 1000);
    json_set_number (vm, "connections", (int64_t) self->peer_count);
    json_set_number (vm, "evaluations", (int64_t) sim_unfinished (self));
    return vm;
}

/* Nothing is set aside for later: the heap has what its objects take. */
static struct json *
memory_info (const struct sim_image *self)
{
    struct json *memory = json_object ();
    int64_t bytes = self->world ? (int64_t) sim_world_bytes (self->world) : 0;
    json_set_number (memory, "heap_bytes", bytes);
    json_set_number (memory, "used_bytes", bytes);
    json_set_number (memory, "objects",
                     self->world ? (int64_t) sim_world_objects (self->world) : 0);
    return memory;
}

static struct json *
process_list (const struct sim_image *self)
{
    enum { USER_PRIORITY = 4 }; /* as Smalltalk counts them; all runs take turns at it */
    struct json *list = json_array ();
    for (size_t i = 0; i < self->running.count; i++) {
        struct json *row = json_object ();
        json_set_text (row, "name", "stui evaluation");
        json_set_text (row, "id", self->running.items[i]->request->id);
        json_set_number (row, "priority", USER_PRIORITY);
        json_set_text (row, "state", "running");
        json_push (list, row);
    }
    return list;
}

static void
system_info (struct sim_image *self, struct sim_request *request)
{
    static const char *const kinds[] = {"all", "memory", "vm", "packages", "processes"};
    const char *kind;
    size_t index = 0;
    if (!sim_text_at (self, request, "kind", "all", &kind))
        return;
    while (index < 5 && strcmp (kinds[index], kind) != 0)
        index++;
    if (index == 5) {
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL,
                  "kind must be all, memory, vm, packages or processes");
        return;
    }
    struct json *result = json_object ();
    if (index == 0 || index == 1)
        json_set (result, "memory", memory_info (self));
    if (index == 0 || index == 2)
        json_set (result, "vm", vm_info (self));
    if (index == 0 || index == 3)
        json_set (result, "packages", sim_packages (self));
    if (index == 0 || index == 4)
        json_set (result, "processes", process_list (self));
    sim_succeed (self, request, result);
}

/* Checks the names of a subscription. */
static bool
are_event_names (struct sim_image *self, struct sim_request *request, const struct json *names)
{
    bool is_list = !names || json_is_null (names)
                   || (json_is_array (names) && json_count (names) <= SIM_EVENT_NAMES_MAX);
    if (!is_list) {
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL,
                  "events must be a list of at most %d names", SIM_EVENT_NAMES_MAX);
        return false;
    }
    for (const struct json *name = json_first (names); name; name = json_next (name))
        if (!json_is_string (name)) {
            sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL,
                      "events must be a list of strings");
            return false;
        }
    return true;
}

static void
set_subscription (struct sim_peer *peer, const struct json *names, const char *session)
{
    for (size_t i = 0; i < peer->event_name_count; i++)
        free (peer->event_names[i]);
    free (peer->event_session);
    peer->event_name_count = 0;
    for (const struct json *name = json_first (names); name; name = json_next (name))
        peer->event_names[peer->event_name_count++] = stui_strdup (json_text (name));
    peer->event_session = session ? stui_strdup (session) : NULL;
}

static void
subscribe (struct sim_image *self, struct sim_request *request)
{
    struct sim_peer *peer = sim_peer_find (self, request->peer);
    const struct json *names = json_get (request->parameters, "events");
    const char *session = NULL;
    int64_t last = -1;
    if (!are_event_names (self, request, names)
        || (sim_has (request, "session_id")
            && !sim_name_at (self, request, "session_id", &session)))
        return;
    bool has_last = sim_has (request, "last_seq");
    if (has_last && !sim_integer_at (self, request, "last_seq", 0, SIM_NUMBER_MAX, -1, &last))
        return;
    set_subscription (peer, names, session);
    struct json *result = json_object ();
    json_set (result, "subscribed", json_is_array (names) ? json_copy (names) : json_array ());
    json_set_number (result, "oldest_seq", sim_events_oldest (&self->events));
    json_set_number (result, "last_seq", self->events.last_seq);
    sim_succeed (self, request, result);
    const struct sim_event *event;
    while (has_last && (event = sim_events_next (&self->events, &last)))
        sim_send_event (self, event, peer);
}

/* ---- the whole protocol ------------------------------------------------------------------------ */

const struct sim_command sim_commands[] = {
    {"create_session", create_session, SIM_CHANGE, false},
    {"restore_session", restore_session, SIM_SESSION, false},
    {"update_session_state", update_session, SIM_CHANGE, false},
    {"close_session", close_session, SIM_CHANGE, false},
    {"get_session_info", get_session_info, SIM_SESSION, false},
    {"list_client_sessions", list_client_sessions, SIM_SESSION, false},
    {"get_session_statistics", get_session_statistics, SIM_SESSION, false},
    {"hello", sim_hello, SIM_OPEN, false},
    {"ping", sim_ping, SIM_OPEN, false},
    {"evaluate", sim_evaluate, SIM_KEEP, true},
    {"get_result", sim_get_result, SIM_READ, false},
    {"interrupt", sim_interrupt, SIM_KEEP, false},
    {"inspect", sim_inspect, SIM_KEEP, false},
    {"release", sim_release, SIM_KEEP, false},
    {"list_variables", sim_list_variables, SIM_READ, false},
    {"list_classes", sim_list_classes, SIM_READ, false},
    {"browse_class", sim_browse_class, SIM_READ, false},
    {"get_method", sim_get_method, SIM_READ, false},
    {"compile_method", sim_compile_method, SIM_KEEP, true},
    {"define_class", sim_define_class_command, SIM_KEEP, true},
    {"remove_method", sim_remove_method_command, SIM_KEEP, true},
    {"remove_class", sim_remove_class_command, SIM_KEEP, true},
    {"rename_category", sim_rename_category_command, SIM_KEEP, true},
    {"file_in", sim_file_in, SIM_KEEP, true},
    {"file_out", sim_file_out, SIM_READ, false},
    {"senders", sim_senders, SIM_READ, false},
    {"implementors", sim_implementors, SIM_READ, false},
    {"search_source", sim_search_source, SIM_READ, false},
    {"complete", sim_complete, SIM_READ, false},
    {"system_info", system_info, SIM_READ, false},
    {"subscribe", subscribe, SIM_READ, false},
    {"debug", sim_debug, SIM_KEEP, true},
    {"snapshot", NULL, SIM_KEEP, true}, /* it has no file to be saved in */
    {"list_image_sessions", list_image_sessions, SIM_READ, false},
    {"cleanup_image_sessions", cleanup_image_sessions, SIM_KEEP, true},
    {"adopt_session", adopt_session, SIM_KEEP, false},
    {"get_image_session_stats", get_image_session_stats, SIM_READ, false},
    {0},
};
