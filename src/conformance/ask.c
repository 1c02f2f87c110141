/* ask.c: requests and answers of the kit: what is sent is noted, so that an answer that is missing
 * or wrong can be called by its command, and so that what a check has left in the image can be
 * taken away. See check.h. */

#include <stdlib.h>
#include <string.h>

#include "conformance/parts.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

/* ---- what came ---------------------------------------------------------------------------------- */

/* The id of a message that our reader of JSON does not take: numbers of many digits in a state. */
static char *
found_id (const char *body)
{
    static const char key[] = "\"id\":\"";
    const char *at = strstr (body, key);
    if (!at)
        return NULL;
    at += strlen (key);
    return stui_strndup (at, strcspn (at, "\""));
}

static struct kit_sent *
sent_find (struct kit *kit, const char *id)
{
    for (size_t i = kit->sent_count; id && i > 0; i--)
        if (strcasecmp (kit->sent[i - 1].id, id) == 0)
            return &kit->sent[i - 1];
    return NULL;
}

static void
note_answer (struct kit *kit, struct kit_answer *answer)
{
    struct kit_sent *sent = sent_find (kit, answer->id);
    if (!sent)
        return;
    sent->is_answered = true;
    answer->asked = sent->command;
    const char *session = kit_string (answer, "result.session_id");
    if (strcmp (sent->command, "create_session") == 0 && *session) {
        stui_grow (&kit->sessions, &kit->session_capacity, kit->session_count,
                   sizeof *kit->sessions);
        kit->sessions[kit->session_count++] = stui_strdup (session);
    }
}

struct kit_answer *
kit_answer_new (struct kit *kit, const char *body, size_t size)
{
    struct kit_answer *self = stui_alloc (sizeof *self);
    stui_grow (&kit->answers, &kit->answer_capacity, kit->answer_count, sizeof *kit->answers);
    kit->answers[kit->answer_count++] = self;
    self->kit = kit;
    self->asked = "the message";
    self->body = stui_strndup (body ? body : "", size);
    self->size = size;
    self->order = ++kit->received;
    self->json = body ? json_parse (body, size, &self->fault) : NULL;
    const char *id = json_get_text (self->json, "id");
    self->id = id ? stui_strdup (id) : self->json ? NULL : found_id (self->body);
    note_answer (kit, self);
    return self;
}

void
kit_answers_free (struct kit *kit)
{
    while (kit->answer_count > 0) {
        struct kit_answer *answer = kit->answers[--kit->answer_count];
        json_destroy (&answer->json);
        free (answer->body);
        free (answer->id);
        free (answer);
    }
    while (kit->sent_count > 0) {
        free (kit->sent[--kit->sent_count].id);
        free (kit->sent[kit->sent_count].class_name);
    }
    while (kit->session_count > 0)
        free (kit->sessions[--kit->session_count]);
    kit->nothing = NULL;
}

/* What asking answers when there is no answer. */
static const struct kit_answer *
nothing (struct kit *kit)
{
    if (!kit->nothing) {
        kit->nothing = kit_answer_new (kit, NULL, 0);
        kit->nothing->is_nothing = true;
    }
    return kit->nothing;
}

struct kit *
kit_of_answer (const struct kit_answer *answer)
{
    return answer->kit;
}

const char *
kit_body (const struct kit_answer *answer, size_t *size)
{
    *size = answer->size;
    return answer->body;
}

const struct json *
kit_value (const struct kit_answer *answer, const char *path)
{
    return kit_at (answer->json, path);
}

const char *
kit_string (const struct kit_answer *answer, const char *path)
{
    const char *text = json_text (kit_value (answer, path));
    return text ? text : "";
}

int64_t
kit_number (const struct kit_answer *answer, const char *path)
{
    return json_value (kit_value (answer, path), -1);
}

size_t
kit_size (const struct kit_answer *answer, const char *path)
{
    const struct json *value = kit_value (answer, path);
    return json_is_array (value) ? json_count (value) : 0;
}

int64_t
kit_order (const struct kit_answer *answer)
{
    return answer->order;
}

/* ---- sending --------------------------------------------------------------------------------------- */

void
kit_send_body (struct kit_line *line, const char *body, size_t size)
{
    struct kit_bytes out = {0};
    if (!kit_goes_on (line->kit))
        return;
    kit_frame_put (&out, KIT_FRAME_MORE, NULL, 0);
    kit_frame_put (&out, 0, body, size);
    kit_write (line, out.bytes, out.size);
    kit_bytes_fini (&out);
}

const char *
kit_request (struct kit *kit, const char *id, const char *command, const char *parameters)
{
    char *head = kit_compose ("{'id':'%s','command':'%s','parameters':", id, command);
    const char *text = kit_text (kit, "%s%s}", head, parameters);
    free (head);
    return text;
}

/* Notes it and sends it. */
static void
send_noted (struct kit_line *line, const char *id, const char *command, const char *parameters)
{
    struct kit *kit = line->kit;
    if (!kit_goes_on (kit))
        return;
    stui_grow (&kit->sent, &kit->sent_capacity, kit->sent_count, sizeof *kit->sent);
    struct kit_sent *sent = &kit->sent[kit->sent_count++];
    *sent = (struct kit_sent){.id = stui_strdup (id), .command = command};
    if (strcmp (command, "define_class") == 0) {
        struct json *json = json_parse_text (parameters);
        const char *name = json_get_text (json, "class_name");
        sent->class_name = name ? stui_strdup (name) : NULL;
        json_destroy (&json);
    }
    const char *text = kit_request (kit, id, command, parameters);
    kit_send_body (line, text, strlen (text));
}

const char *
kit_send (struct kit_line *line, const char *command, const char *format, ...)
{
    const char *id = kit_id (line->kit);
    va_list args;
    va_start (args, format);
    char *parameters = kit_compose_list (format, args);
    va_end (args);
    send_noted (line, id, command, parameters);
    free (parameters);
    return id;
}

/* ---- waiting ------------------------------------------------------------------------------------------ */

const struct kit_answer *
kit_await_for (struct kit_line *line, const char *id, int64_t wait_ms)
{
    struct kit *kit = line->kit;
    const struct kit_answer *answer = kit_line_take (line, id, NULL, wait_ms);
    if (answer)
        return answer;
    const struct kit_sent *sent = sent_find (kit, id);
    kit_fail (kit, "an answer to %s, got %s", sent ? sent->command : "a request",
              line->fd < 0 ? "the end of the connection"
                           : kit_text (kit, "none in %lld s", (long long) wait_ms / 1000));
    return nothing (kit);
}

const struct kit_answer *
kit_await (struct kit_line *line, const char *id)
{
    return kit_await_for (line, id, KIT_WAIT_MS);
}

const struct kit_answer *
kit_next (struct kit_line *line)
{
    const struct kit_answer *answer = kit_line_take (line, NULL, NULL, KIT_WAIT_MS);
    if (answer)
        return answer;
    kit_fail (line->kit, "a message, got %s", line->fd < 0 ? "the end of the connection" : "none");
    return nothing (line->kit);
}

const struct kit_answer *
kit_ask (struct kit_line *line, const char *command, const char *format, ...)
{
    const char *id = kit_id (line->kit);
    va_list args;
    va_start (args, format);
    char *parameters = kit_compose_list (format, args);
    va_end (args);
    send_noted (line, id, command, parameters);
    free (parameters);
    return kit_await (line, id);
}

const struct kit_answer *
kit_ask_raw (struct kit_line *line, const char *id, const char *command, const char *parameters)
{
    if (!id)
        id = kit_id (line->kit);
    send_noted (line, id, command, parameters);
    return kit_await (line, id);
}

const struct kit_answer *
kit_ask_body (struct kit_line *line, const char *asked, const char *body)
{
    kit_send_body (line, body, strlen (body));
    struct kit_answer *answer = kit_line_take (line, NULL, NULL, KIT_WAIT_MS);
    if (answer) {
        answer->asked = asked;
        return answer;
    }
    kit_fail (line->kit, "an answer to %s, got %s", asked,
              line->fd < 0 ? "the end of the connection" : "none");
    return nothing (line->kit);
}

const struct kit_answer *
kit_find_event (struct kit_line *line, const char *name, int64_t wait_ms)
{
    return kit_line_take (line, NULL, name, wait_ms);
}

const struct kit_answer *
kit_event_with (struct kit_line *line, const char *name, const char *path, const char *text)
{
    int64_t deadline_ms = kit_now_ms () + KIT_WAIT_MS;
    for (;;) {
        int64_t left_ms = deadline_ms - kit_now_ms ();
        struct kit_answer *event = kit_line_take (line, NULL, name, left_ms > 0 ? left_ms : 0);
        if (event && !strstr (kit_string (event, path), text))
            continue;
        if (event) {
            event->asked = kit_text (line->kit, "the event %s", name);
            return event;
        }
        kit_fail (line->kit, "the event %s with \"%.60s\", got none", name, text);
        return nothing (line->kit);
    }
}

const struct kit_answer *
kit_event (struct kit_line *line, const char *name)
{
    struct kit_answer *event = kit_line_take (line, NULL, name, KIT_WAIT_MS);
    if (event) {
        event->asked = kit_text (line->kit, "the event %s", name);
        return event;
    }
    kit_fail (line->kit, "the event %s, got none", name);
    return nothing (line->kit);
}

/* ---- common requests ------------------------------------------------------------------------------------- */

const char *
kit_session (struct kit_line *line, const char *format, ...)
{
    va_list args;
    va_start (args, format);
    char *parameters = kit_compose_list (format, args);
    va_end (args);
    const struct kit_answer *made = kit_ask_raw (line, NULL, "create_session", parameters);
    free (parameters);
    kit_has (made, "result", "session_id:S");
    return kit_text (line->kit, "%s", kit_string (made, "result.session_id"));
}

static const char *
evaluate_parameters (struct kit *kit, const char *session, const char *code, int timeout_ms)
{
    char *owner = session ? kit_compose (",'session_id':'%s'", session) : stui_strdup ("");
    char *head = kit_compose ("{'mode':'printIt','code':'%s','timeout_ms':%d", code, timeout_ms);
    const char *text = kit_text (kit, "%s%s}", head, owner);
    free (head);
    free (owner);
    return text;
}

const char *
kit_start (struct kit_line *line, const char *session, const char *code)
{
    const char *id = kit_id (line->kit);
    send_noted (line, id, "evaluate", evaluate_parameters (line->kit, session, code, KIT_LOOP_MS));
    return id;
}

const struct kit_answer *
kit_evaluate (struct kit_line *line, const char *session, const char *code)
{
    return kit_await (line, kit_start (line, session, code));
}

bool
kit_prints (struct kit_line *line, const char *session, const char *code, const char *result)
{
    const struct kit_answer *answer = kit_evaluate (line, session, code);
    return kit_succeeds (answer) && kit_is (answer, "result.has_error", false)
           && kit_expect (line->kit, strcmp (kit_string (answer, "result.result"), result) == 0,
                          "`%s` to print %s, got %s", code, result,
                          kit_string (answer, "result.result"));
}

/* Whether ID runs or waits, by get_result. */
static bool
is_running (struct kit_line *line, const char *id)
{
    const struct kit_answer *state = kit_ask (line, "get_result", "{'id':'%s'}", id);
    return strcmp (kit_string (state, "result.state"), "running") == 0;
}

void
kit_await_busy (struct kit_line *line, const char *id)
{
    int64_t deadline_ms = kit_now_ms () + KIT_WAIT_MS;
    while (kit_goes_on (line->kit)) {
        const char *busy = kit_string (kit_ask (line, "ping", "{}"), "result.busy_with.id");
        if (strcasecmp (busy, id) == 0)
            return;
        /* Somebody else's has run longer: the image is in use, and says no more than that. */
        if (*busy && is_running (line, id) && kit_can (line->kit, "get_result"))
            return;
        if (kit_has_come (line, id)) {
            const struct kit_answer *over = kit_await (line, id);
            kit_fail (line->kit, "an evaluation to run on, got its answer: %s",
                      kit_keep (line->kit, kit_shown (over->json, KIT_SHOWN_BYTES)));
        }
        if (kit_now_ms () > deadline_ms)
            kit_fail (line->kit, "ping to say busy_with while an evaluation runs, got none in %d s",
                      KIT_WAIT_MS / 1000);
    }
}

/* ---- afterwards ----------------------------------------------------------------------------------------------- */

/* Whether the check has left something in the image. */
static bool
has_left (const struct kit *kit)
{
    for (size_t i = 0; i < kit->sent_count; i++)
        if (kit->sent[i].class_name
            || (!kit->sent[i].is_answered && strcmp (kit->sent[i].command, "evaluate") == 0))
            return true;
    return kit->session_count > 0;
}

void
kit_tidy_up (struct kit *kit)
{
    if (!has_left (kit))
        return;
    size_t sent_count = kit->sent_count;
    struct kit_line *line = kit->is_older ? kit_connect (kit) : kit_claim (kit);
    /* What runs is ended first, then sessions, then classes, the last made first. Failures are
     * not told: the check's own verdict stands. */
    for (size_t i = 0; i < sent_count; i++)
        if (!kit->sent[i].is_answered && strcmp (kit->sent[i].command, "evaluate") == 0)
            kit_ask (line, "interrupt", "{'id':'%s'}", kit->sent[i].id);
    for (size_t i = 0; i < kit->session_count; i++)
        kit_ask (line, "close_session", "{'session_id':'%s'}", kit->sessions[i]);
    for (size_t i = sent_count; i > 0; i--)
        if (kit->sent[i - 1].class_name)
            kit_ask (line, "remove_class", "{'class_name':'%s'}", kit->sent[i - 1].class_name);
}
