/* sim_request.c: a request from its bytes to its one answer. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/utf8.h"
#include "sim/sim_json.h"
#include "sim/sim_parts.h"
#include "sim/sim_zmtp.h"

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

/* What is refused for its form alone is written anew and read again. */
static struct json *
parse (const char *bytes, size_t size, struct stui_cause *cause)
{
    size_t plain_size;
    struct json *message = json_parse (bytes, size, cause);
    if (message)
        return message;
    char *plain = sim_json_plain (bytes, size, &plain_size, cause);
    message = plain ? json_parse (plain, plain_size, NULL) : NULL;
    free (plain);
    return message;
}

int
sim_request_read (struct sim_request *self, const char *bytes, size_t size,
                  struct stui_cause *cause)
{
    self->text = bytes;
    self->bytes = size;
    self->message = parse (bytes, size, cause);
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

/* The parameter NAME, which is there, as it came. Caller frees. */
static char *
text_of (const struct sim_request *request, const char *name)
{
    size_t size = 0;
    const char *text = sim_json_member (request->text, request->bytes, "parameters", &size);
    text = sim_json_member (text, size, name, &size);
    return stui_strndup (text, size);
}

bool
sim_object_at (struct sim_image *self, struct sim_request *request, const char *name,
               const char *otherwise, char **value)
{
    const struct json *given = parameter (request, name);
    *value = NULL;
    if (given ? !json_is_object (given) : !otherwise)
        return complain (self, request, name, given ? "must be an object" : "is missing");
    *value = given ? text_of (request, name) : stui_strdup (otherwise);
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
    sim_put (self, SIM_SEND, peer, envelope, text)->command = sim_command_word (request->command);
}

static void
append (struct sim_bytes *text, const char *words)
{
    sim_bytes_append (text, words, strlen (words));
}

static struct json *
begin_answer (const struct sim_request *request, const char *status)
{
    struct json *answer = json_object ();
    json_set (answer, "id", request->id_value ? json_copy (request->id_value) : json_null ());
    json_set_text (answer, "status", status);
    return answer;
}

/* Adds the member KEY to an object's text: that of VALUE, an object that is taken over, with RAWS in
 * it. */
static void
add_value (struct sim_bytes *text, const char *key, struct json *value, const struct sim_raw *raws,
           size_t count)
{
    char *printed = json_print (value);
    size_t size = strlen (printed);
    bool is_empty = !json_first (value);
    text->size--; /* its bracket */
    append (text, ",\"");
    append (text, key);
    append (text, "\":");
    sim_bytes_append (text, printed, size - 1);
    for (size_t i = 0; i < count; i++) {
        append (text, is_empty && i == 0 ? "\"" : ",\"");
        append (text, raws[i].key);
        append (text, "\":");
        sim_bytes_append (text, raws[i].text, raws[i].size);
    }
    append (text, "}}");
    json_destroy (&value);
    free (printed);
}

/* ANSWER, which is taken over, with VALUE as its member KEY, and the time. */
static char *
end_answer (struct sim_image *self, struct json *answer, const char *key, struct json *value,
            const struct sim_raw *raws, size_t count)
{
    char time[CLOCK_TEXT_SIZE], *printed = json_print (answer);
    struct sim_bytes text = {0};
    append (&text, printed);
    add_value (&text, key, value, raws, count);
    text.size--;
    append (&text, ",\"timestamp\":\"");
    append (&text, clock_format (self->now.wall_ms, time));
    append (&text, "\"}");
    sim_bytes_append (&text, "", 1);
    json_destroy (&answer);
    free (printed);
    return text.bytes;
}

static char *
error_text (struct sim_image *self, const struct sim_request *request, int err,
            const char *sentence, struct json *details, const struct sim_raw *raws, size_t count)
{
    struct json *answer = begin_answer (request, "error");
    json_set_text (answer, "error", sentence);
    json_set_text (answer, "error_type", stui_err_word (err));
    return end_answer (self, answer, "details", details ? details : json_object (), raws, count);
}

/* What is kept of a success that is too large to keep. */
static char *
cut_text (struct sim_image *self, const struct sim_request *request)
{
    struct json *answer = begin_answer (request, "success"), *result = json_object ();
    json_set_bool (result, "truncated", true);
    return end_answer (self, answer, "result", result, NULL, 0);
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
        text = error_text (self, request, STUI_E_TOO_LARGE, sentence, NULL, NULL, 0);
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
sim_succeed_with (struct sim_image *self, struct sim_request *request, struct json *result,
                  const struct sim_raw *raws, size_t count)
{
    if (request->is_answered)
        json_destroy (&result);
    else
        give_answer (
            self, request,
            end_answer (self, begin_answer (request, "success"), "result", result, raws, count));
}

void
sim_succeed (struct sim_image *self, struct sim_request *request, struct json *result)
{
    sim_succeed_with (self, request, result, NULL, 0);
}

void
sim_fail_with (struct sim_image *self, struct sim_request *request, int err, struct json *details,
               const struct sim_raw *raws, size_t count, const char *sentence)
{
    if (request->is_answered)
        json_destroy (&details);
    else
        give_answer (self, request,
                     error_text (self, request, err, sentence, details, raws, count));
}

void
sim_fail (struct sim_image *self, struct sim_request *request, int err, struct json *details,
          const char *format, ...)
{
    struct stui_cause cause;
    va_list args;
    va_start (args, format);
    vsnprintf (cause.text, sizeof cause.text, format, args);
    va_end (args);
    cause.text[utf8_valid_prefix (cause.text, strlen (cause.text))] = '\0';
    sim_fail_with (self, request, err, details, NULL, 0, cause.text);
}
