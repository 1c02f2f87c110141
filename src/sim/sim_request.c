/* sim_request.c: a request from its bytes to its one answer. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/utf8.h"
#include "sim/sim_parts.h"

void
sim_lower (char buffer[SIM_ID_MAX + 1], const char *text)
{
    size_t size = strlen (text);
    if (size > SIM_ID_MAX)
        size = utf8_cut (text, size, SIM_ID_MAX);
    for (size_t i = 0; i < size; i++)
        buffer[i] = (char) (text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i]);
    buffer[size] = '\0';
}

void
sim_set_time (struct json *object, const char *key, int64_t wall_ms)
{
    char text[CLOCK_TEXT_SIZE];
    json_set_text (object, key, clock_format (wall_ms, text));
}

/* ---- reading ------------------------------------------------------------------------------- */

struct sim_request *
sim_request_new (uint64_t peer, struct sim_envelope envelope)
{
    struct sim_request *self = stui_alloc (sizeof *self);
    self->peer = peer;
    if (envelope.size > 0) {
        self->envelope = stui_alloc (envelope.size);
        memcpy (self->envelope, envelope.bytes, envelope.size);
        self->envelope_size = envelope.size;
    }
    return self;
}

void
sim_request_destroy (struct sim_request **self_p)
{
    struct sim_request *self = *self_p;
    if (!self)
        return;
    json_destroy (&self->message);
    json_destroy (&self->id_value);
    free (self->envelope);
    free (self->command);
    free (self);
    *self_p = NULL;
}

int
sim_request_read (struct sim_request *self, const char *bytes, size_t size,
                  struct stui_cause *cause)
{
    self->bytes = size;
    self->message = json_parse (bytes, size, cause);
    if (!self->message) {
        sim_request_guess_id (self, bytes, size);
        return cause->err = STUI_E_INVALID_REQUEST;
    }
    if (!json_is_object (self->message))
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "a request is a JSON object");
    const struct json *id = json_get (self->message, "id");
    const struct json *parameters = json_get (self->message, "parameters");
    const char *command = json_get_text (self->message, "command");
    if (id && !json_is_object (id) && !json_is_array (id))
        self->id_value = json_copy (id);
    if (!json_is_string (id))
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "id must be a string");
    size_t length = strlen (json_text (id));
    if (length < 1 || length > SIM_ID_MAX) {
        json_destroy (&self->id_value);
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "id must have 1 to %d characters",
                          SIM_ID_MAX);
    }
    sim_lower (self->id, json_text (id));
    if (!command)
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "command must be a string");
    self->command = stui_strdup (command);
    if (parameters && !json_is_object (parameters))
        return stui_fail (cause, STUI_E_INVALID_REQUEST, "parameters must be an object");
    self->parameters = parameters;
    return 0;
}

void
sim_request_guess_id (struct sim_request *self, const char *bytes, size_t size)
{
    static const char key[] = "\"id\"";
    char id[SIM_ID_MAX + 1];
    size = size < SIM_HEAD_MAX ? size : SIM_HEAD_MAX;
    const char *at = memmem (bytes, size, key, strlen (key)), *end = bytes + size;
    if (!at)
        return;
    at += strlen (key);
    while (at < end && (*at == ' ' || *at == ':' || *at == '\t' || *at == '\r' || *at == '\n'))
        at++;
    if (at == end || *at++ != '"')
        return;
    size_t length = 0;
    while (at < end && length<SIM_ID_MAX && * at> '"' && *at < 0x7F && *at != '\\')
        id[length++] = *at++;
    id[length] = '\0';
    if (at < end && *at == '"' && length > 0)
        self->id_value = json_string (id);
}

/* ---- parameters ---------------------------------------------------------------------------- */

static const struct json *
parameter (const struct sim_request *request, const char *name)
{
    const struct json *value = json_get (request->parameters, name);
    return json_is_null (value) ? NULL : value;
}

bool
sim_has (const struct sim_request *request, const char *name)
{
    return parameter (request, name) != NULL;
}

static bool
complain (struct sim_image *self, struct sim_request *request, const char *name, const char *what)
{
    sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL, "%s %s", name, what);
    return false;
}

bool
sim_text_at (struct sim_image *self, struct sim_request *request, const char *name,
             const char *otherwise, const char **value)
{
    const struct json *given = parameter (request, name);
    *value = given ? json_text (given) : otherwise;
    if (*value)
        return true;
    return complain (self, request, name, given ? "must be a string" : "is missing");
}

bool
sim_name_at (struct sim_image *self, struct sim_request *request, const char *name,
             const char **value)
{
    if (!sim_text_at (self, request, name, NULL, value))
        return false;
    if (**value && strlen (*value) <= SIM_ID_MAX)
        return true;
    return complain (self, request, name, "must have 1 to 128 characters");
}

bool
sim_integer_at (struct sim_image *self, struct sim_request *request, const char *name, int64_t low,
                int64_t high, int64_t otherwise, int64_t *value)
{
    const struct json *given = parameter (request, name);
    if (!given && otherwise < low)
        return complain (self, request, name, "is missing");
    *value = given ? json_value (given, low - 1) : otherwise;
    if (*value >= low && *value <= high)
        return true;
    sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL,
              "%s must be an integer from %lld to %lld", name, (long long) low, (long long) high);
    return false;
}

bool
sim_boolean_at (struct sim_image *self, struct sim_request *request, const char *name,
                bool otherwise, bool *value)
{
    const struct json *given = parameter (request, name);
    *value = given ? json_is_true (given) : otherwise;
    bool is_boolean = !given || *value == json_get_bool (request->parameters, name, !*value);
    return is_boolean || complain (self, request, name, "must be true or false");
}

bool
sim_object_at (struct sim_image *self, struct sim_request *request, const char *name,
               const char *otherwise, char **value)
{
    const struct json *given = parameter (request, name);
    *value = NULL;
    if (given ? !json_is_object (given) : !otherwise)
        return complain (self, request, name, given ? "must be an object" : "is missing");
    *value = given ? json_print (given) : stui_strdup (otherwise);
    return true;
}

/* ---- answering ----------------------------------------------------------------------------- */

static void
send_answer (struct sim_image *self, const struct sim_request *request, char *text)
{
    struct sim_envelope envelope = {request->envelope, request->envelope_size};
    uint64_t peer = request->peer;
    const struct sim_peer *newest = request->client ? request->client->peer : NULL;
    if (request->may_move && (!newest || newest->number != peer)) {
        envelope = (struct sim_envelope){0};
        if (!newest) { /* kept; the client asks for it */
            free (text);
            return;
        }
        peer = newest->number;
    }
    sim_put (self, SIM_SEND, peer, envelope, text);
}

static struct json *
begin_answer (const struct sim_request *request, const char *status)
{
    struct json *answer = json_object ();
    json_set (answer, "id", request->id_value ? json_copy (request->id_value) : json_null ());
    json_set_text (answer, "status", status);
    return answer;
}

static char *
end_answer (struct sim_image *self, struct json **answer)
{
    sim_set_time (*answer, "timestamp", self->now.wall_ms);
    char *text = json_print (*answer);
    json_destroy (answer);
    return text;
}

static char *
error_text (struct sim_image *self, const struct sim_request *request, int err,
            const char *sentence, struct json *details)
{
    struct json *answer = begin_answer (request, "error");
    json_set_text (answer, "error", sentence);
    json_set_text (answer, "error_type", stui_err_word (err));
    json_set (answer, "details", details ? details : json_object ());
    return end_answer (self, &answer);
}

/* What is kept of a success that is too large to keep. */
static char *
cut_text (struct sim_image *self, const struct sim_request *request)
{
    struct json *answer = begin_answer (request, "success"), *result = json_object ();
    json_set_bool (result, "truncated", true);
    json_set (answer, "result", result);
    return end_answer (self, &answer);
}

/* Keeps TEXT where the request is kept, and sends it. Takes it over. */
static void
give_answer (struct sim_image *self, struct sim_request *request, char *text)
{
    size_t size = strlen (text);
    request->is_answered = true;
    if (size > STUI_MESSAGE_MAX) {
        char sentence[STUI_CAUSE_MAX];
        free (text);
        snprintf (sentence, sizeof sentence, "the answer is larger than %d bytes",
                  STUI_MESSAGE_MAX);
        text = error_text (self, request, STUI_E_TOO_LARGE, sentence, NULL);
        size = strlen (text);
    }
    if (request->entry) {
        char *cut = size > SIM_REPLY_BYTES_MAX ? cut_text (self, request) : NULL;
        const char *kept = cut ? cut : text;
        sim_replies_finish (&request->client->replies, request->entry, kept, strlen (kept));
        free (cut);
    }
    send_answer (self, request, text);
}

void
sim_succeed (struct sim_image *self, struct sim_request *request, struct json *result)
{
    if (request->is_answered) {
        json_destroy (&result);
        return;
    }
    struct json *answer = begin_answer (request, "success");
    json_set (answer, "result", result);
    give_answer (self, request, end_answer (self, &answer));
}

void
sim_fail (struct sim_image *self, struct sim_request *request, int err, struct json *details,
          const char *format, ...)
{
    if (request->is_answered) {
        json_destroy (&details);
        return;
    }
    struct stui_cause cause;
    va_list args;
    va_start (args, format);
    vsnprintf (cause.text, sizeof cause.text, format, args);
    va_end (args);
    cause.text[utf8_valid_prefix (cause.text, strlen (cause.text))] = '\0';
    give_answer (self, request, error_text (self, request, err, cause.text, details));
}
