/* supervise_variables.c: what the variables of the image's sessions are: asked for by list_variables once code
 * has run in a session, twice a second at most, and kept in its record (session_variables.c). An image that
 * does not know the command is not asked; what it answers changes nothing else. Part of supervise.h. Pure but
 * for the heap. */

#include "actors/supervise.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"

bool
supervise_offers (const struct supervise *self, const char *word)
{
    struct json *hello = self->hello ? json_parse_text (self->hello) : NULL;
    const struct json *one = json_first (json_get (hello, "capabilities"));
    while (one && (!json_text (one) || strcmp (json_text (one), word) != 0))
        one = json_next (one);
    bool offers = one != NULL;
    json_destroy (&hello);
    return offers;
}

/* What was asked when the link went was not answered: it is asked again of each in which code has run. One that
 * has to be made anew keeps what was told of it: supervise_outcome. */
void
supervise_variables_online (struct supervise *self)
{
    for (size_t index = 0; index < self->sessions.count; index++) {
        struct session *session = self->sessions.items[index];
        session->variables_wanted = session->variables_wanted || session->variables_ms > 0;
    }
    self->tells_variables = self->claimed && supervise_offers (self, "list_variables");
}

void
supervise_variables_note (struct supervise *self, const struct request *request)
{
    struct session *session = request->changes && request->about[0]
                                  ? sessions_find (&self->sessions, request->about)
                                  : NULL;
    if (session)
        session_variables_want (session, self->now_ms);
}

void
supervise_variables_told (struct supervise *self, struct request *request,
                          const struct json *result, const char *err_type)
{
    struct session *session = sessions_find (&self->sessions, request->about);
    requests_remove (&self->requests, &request);
    if (session && result)
        session_variables_take (session, result, self->now_ms, self->wall_ms);
    if (err_type && strcmp (err_type, "UnknownCommand") == 0)
        self->tells_variables = false;
}

/* Whether SESSION is to be asked about, be it now or soon. */
static bool
is_wanted (const struct supervise *self, const struct session *session)
{
    return session->variables_wanted && session->open && session->known_there
           && !requests_find_about (&self->requests, REQUEST_VARIABLES, session->id);
}

static bool
can_ask (const struct supervise *self)
{
    return self->tells_variables && self->phase == LIFE_LIVE && !self->finishing;
}

int64_t
supervise_variables_deadline (const struct supervise *self)
{
    int64_t earliest = STUI_NEVER;
    for (size_t index = 0; can_ask (self) && index < self->sessions.count; index++) {
        const struct session *session = self->sessions.items[index];
        if (session->variables_ms < earliest && is_wanted (self, session))
            earliest = session->variables_ms;
    }
    return earliest;
}

void
supervise_variables_settle (struct supervise *self)
{
    for (size_t index = 0; can_ask (self) && index < self->sessions.count; index++) {
        struct session *session = self->sessions.items[index];
        if (session->variables_ms > self->now_ms || !is_wanted (self, session))
            continue;
        struct json *parameters = json_object ();
        json_set_text (parameters, "session_id",
                       session->remote_id ? session->remote_id : session->id);
        json_set_number (parameters, "limit", SESSION_VARIABLES_MAX);
        char *text = json_print (parameters);
        struct request *request =
            requests_add (&self->requests, REQUEST_VARIABLES, "list_variables", self->now_ms);
        memcpy (request->about, session->id, sizeof request->about);
        session_variables_asked (session, self->now_ms);
        supervise_wire_send (self, request, text);
        free (text);
        json_destroy (&parameters);
    }
}
