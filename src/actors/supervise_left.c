/* supervise_left.c: what other clients have left on one image: listed (`session_left`), and made
 * sessions of ours (`session_adopt`). Pure but for the heap.
 *
 *     session_adopt -> restore_session: is it one that can be kept here?
 *       the image hands sessions over:  adopt_session -> kept here as it is there, variables and all
 *       it does not:                    a copy of ours, made anew; the other's stays where it is
 *
 * An image hands over no session whose client is connected. Whatever ends in between, the session is
 * on the image, and adopting it once more does the rest. */

#include "actors/supervise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/utf8.h"

/* ---- What is asked ---------------------------------------------------------------------------- */

/* Asks the image for COMMAND about SESSION (NULL: none); what comes is for PEER, after THEN. */
static void
left_ask (struct supervise *self, const char *peer, uint64_t ref, const char *command,
          const char *session, enum request_then then)
{
    struct request *request =
        requests_add (&self->requests, REQUEST_COMMAND, command, self->now_ms);
    struct json *parameters = json_object ();
    if (session)
        json_set_text (parameters, "session_id", session);
    snprintf (request->peer, sizeof request->peer, "%s", peer);
    request->ref = ref;
    request->changes = then == REQUEST_THEN_KEEP;
    request->then = then;
    request->deadline_ms = self->now_ms; /* an image that is away is not waited for */
    request->parameters = json_print (parameters);
    json_destroy (&parameters);
}

/* Refuses where nothing can be asked. */
static bool
left_is_refused (struct supervise *self, const struct msg *msg)
{
    if (supervise_session_has_no_key (self, msg))
        return true;
    if (self->rep && self->phase == LIFE_LIVE)
        supervise_mail_refuse (self, msg, STUI_E_UNSUPPORTED,
                               "%s knows the seven session commands only: what others have left "
                               "there cannot be listed",
                               self->name);
    else if (requests_count_kind (&self->requests, REQUEST_COMMAND) >= STUI_IMAGE_ROOM)
        supervise_mail_refuse (self, msg, STUI_E_QUEUE_FULL, "queue full: %s owes %d answers",
                               self->name, STUI_IMAGE_ROOM);
    else
        return false;
    return true;
}

void
supervise_session_left (struct supervise *self, const struct msg *msg)
{
    if (!left_is_refused (self, msg))
        left_ask (self, msg->peer, msg->ref, "list_image_sessions", NULL, REQUEST_THEN_LIST);
}

/* The session here that the image calls ID, closed ones left out; NULL. */
static struct session *
left_find (const struct supervise *self, const char *id)
{
    for (size_t index = 0; index < self->sessions.count; index++) {
        struct session *session = self->sessions.items[index];
        if (session->state != STUI_SESSION_CLOSED
            && strcmp (session->remote_id ? session->remote_id : session->id, id) == 0)
            return session;
    }
    return NULL;
}

void
supervise_session_adopt (struct supervise *self, const struct msg *msg)
{
    if (self->read_only)
        supervise_mail_refuse (self, msg, STUI_E_PERMISSION,
                               "%s is connected read-only: nothing is adopted", self->name);
    else if (!left_is_refused (self, msg))
        left_ask (self, msg->peer, msg->ref, "restore_session", msg_text (msg, 0),
                  REQUEST_THEN_LOOK);
}

/* ---- The list ---------------------------------------------------------------------------------- */

static bool
left_is_ours (const struct supervise *self, const struct json *row)
{
    const char *client = json_get_text (row, "client_id");
    return client && strcasecmp (client, self->client_id) == 0;
}

/* A row as terminals get it; NULL when it is not that of a session. Caller owns. */
static struct json *
left_row (const struct supervise *self, const struct json *row)
{
    const char *id = json_get_text (row, "session_id"), *name = json_get_text (row, "name");
    const char *client = json_get_text (row, "client_id");
    const char *used = json_get_text (row, "last_accessed");
    bool ours = left_is_ours (self, row), orphaned = json_get_bool (row, "is_orphaned", false);
    bool busy = json_get_bool (row, "is_busy", false);
    bool expired = json_get_bool (row, "is_expired", false);
    bool lost = ours && id && !left_find (self, id);
    int64_t used_ms = clock_parse (used);
    if (!id || !client)
        return NULL;
    struct json *left = json_object ();
    json_set_text (left, "session_id", id);
    json_set_text (left, "client_id", client);
    json_set_text (left, "name", name ? name : "");
    json_set_text (left, "state", ours ? "ours" : orphaned ? "orphaned" : "in use");
    json_set_text (left, "why",
                   lost        ? "of this profile, which keeps it no more"
                   : ours      ? "of this profile"
                   : !orphaned ? "its client is connected"
                   : busy      ? "its client is not connected, code runs in it"
                   : expired   ? "its client is not connected, and it has expired"
                               : "its client is not connected");
    json_set_bool (left, "adoptable", lost || (!ours && orphaned));
    json_set_text (left, "last_used", used);
    json_set_number (left, "age_ms",
                     used_ms > 0 && used_ms < self->wall_ms ? self->wall_ms - used_ms : 0);
    json_set_number (left, "bytes", json_get_number (row, "context_bytes", 0));
    return left;
}

static void
left_list (struct supervise *self, struct request *request, const struct json *result)
{
    struct json *answer = json_object (), *rows = json_array ();
    int64_t orphaned = 0;
    const struct json *row = json_first (json_get (result, "sessions"));
    for (; row; row = json_next (row)) {
        struct json *left = left_row (self, row);
        orphaned += json_get_bool (left, "adoptable", false);
        if (left)
            json_push (rows, left);
    }
    json_set_text (answer, "image_id", self->image_id);
    json_set_number (answer, "orphaned", orphaned);
    json_set (answer, "sessions", rows);
    supervise_answer (self, &request, answer);
    json_destroy (&answer);
}

/* ---- Adopting ---------------------------------------------------------------------------------- */

/* What the image answered of a session, as an export of ours has it; with its id where that can be
 * one of ours. Caller owns. */
static struct json *
left_export (const struct json *result, bool with_id)
{
    static const char *const times[] = {"created_at", "last_modified"};
    const char *id = json_get_text (result, "session_id"), *name = json_get_text (result, "name");
    const struct json *state = json_get (result, "session_state");
    struct json *exported = json_object ();
    char *cut = name && *name
                    ? stui_strndup (name, utf8_cut (name, strlen (name), SESSION_NAME_MAX))
                    : stui_strdup ("adopted");
    json_set_text (exported, "name", cut);
    free (cut);
    if (with_id && id && uuid_is_valid (id))
        json_set_text (exported, "session_id", id);
    for (size_t at = 0; at < sizeof times / sizeof *times; at++)
        if (clock_parse (json_get_text (result, times[at])) > 0)
            json_set_text (exported, times[at], json_get_text (result, times[at]));
    struct json *context = state ? json_copy (state) : json_object ();
    if (json_is_object (context))
        session_context_fit (context);
    json_set (exported, "context", context);
    return exported;
}

static struct session *
left_import (struct supervise *self, const struct json *exported)
{
    char fresh_id[STUI_UUID_LEN + 1];
    uuid_next (&self->uuid, self->wall_ms, &self->random, fresh_id);
    self->report_dirty = true;
    return sessions_import (&self->sessions, exported, fresh_id, self->now_ms, self->wall_ms);
}

/* The image cannot give it away: what it holds is taken into a session of ours. */
static void
left_copy (struct supervise *self, struct request *request, const struct json *result)
{
    struct json *exported = left_export (result, false);
    struct session *session = left_import (self, exported);
    json_destroy (&exported);
    sessions_open (&self->sessions, session, self->now_ms);
    session_wait (session, request->peer, request->ref, SESSION_WAIT_SETTLED, 0);
    supervise_event (self, "session_adopted",
                     "session %s is a copy of what another client has left: this image hands no "
                     "session over, so its variables' values stay there",
                     supervise_session_word (self, session));
    requests_remove (&self->requests, &request);
}

static void
left_look (struct supervise *self, struct request *request, const struct json *result)
{
    struct stui_cause cause = {0};
    const char *id = json_get_text (result, "session_id");
    struct session *known = id ? left_find (self, id) : NULL;
    struct json *exported = left_export (result, true);
    int err = session_left_check (exported, &cause);
    json_destroy (&exported);
    if (known && left_is_ours (self, result))
        supervise_refuse (self, &request, STUI_E_EXISTS,
                          "session %s is one of yours already: 'stui session restore %s'", id,
                          known->id);
    else if (err || !id)
        supervise_refuse (self, &request, STUI_E_INVALID_REQUEST,
                          "what was left there cannot be kept here, it stays there: %s",
                          err ? cause.text : "it has no id");
    else if (!supervise_offers (self, "adopt_session"))
        left_copy (self, request, result);
    else {
        left_ask (self, request->peer, request->ref, "adopt_session", id, REQUEST_THEN_KEEP);
        requests_remove (&self->requests, &request);
    }
}

/* It is ours on the image from here on. */
static void
left_keep (struct supervise *self, struct request *request, const struct json *result)
{
    const char *id = json_get_text (result, "session_id");
    struct session *session = id ? left_find (self, id) : NULL;
    if (session) { /* a copy was here already: compared as after any absence */
        sessions_open (&self->sessions, session, self->now_ms);
        session_wait (session, request->peer, request->ref,
                      session->due == SESSION_OP_NONE ? SESSION_WAIT_SAVED : SESSION_WAIT_SETTLED,
                      session->change);
    }
    else {
        struct json *exported = left_export (result, true);
        session = left_import (self, exported);
        json_destroy (&exported);
        session_adopted (session, result, self->now_ms);
        session_wait (session, request->peer, request->ref, SESSION_WAIT_SAVED, session->change);
    }
    supervise_event (self, "session_adopted", "session %s was adopted, with its variables",
                     supervise_session_word (self, session));
    requests_remove (&self->requests, &request);
}

void
supervise_left_reply (struct supervise *self, struct request *request, const struct json *result)
{
    if (request->then == REQUEST_THEN_LIST)
        left_list (self, request, result);
    else if (request->then == REQUEST_THEN_LOOK)
        left_look (self, request, result);
    else
        left_keep (self, request, result);
}
