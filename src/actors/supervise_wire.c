/* supervise_wire.c: what an image sends to its supervision: replies, matched with the request
 * table, and events. Bytes were checked by runtime/wire.c; what they mean is decided here.
 * Long: a step for each thing that an image can answer. Pure but for the heap. */

#include "actors/supervise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/utf8.h"
#include "runtime/wire.h"

/* ---- Hello ---------------------------------------------------------------------------------- */

enum {
    HELLO_MEMBERS_MAX = 32,
    HELLO_WORDS_MAX = 128, /* in a list, such as the capabilities */
    HELLO_TEXT_MAX = 256,  /* bytes of a name or text */
};

void
supervise_text_keep (char **kept, const char *text)
{
    free (*kept);
    *kept = text ? stui_strdup (text) : NULL;
}

/* TEXT as a value, cut. */
static struct json *
hello_text (const char *text)
{
    char *cut = stui_strndup (text, utf8_cut (text, strlen (text), HELLO_TEXT_MAX));
    struct json *value = json_string (cut);
    free (cut);
    return value;
}

/* Keeps what is used of a hello, as text: it is a tree of fifty nodes otherwise, for as long as the
 * image is known. Every report of the state carries it, so an image that sends much must
 * not make these large. Members that are neither plain values nor lists of texts are left out. */
static void
hello_keep (struct supervise *self, const struct json *hello)
{
    struct json *kept = json_object ();
    for (const struct json *member = json_first (hello);
         member && json_count (kept) < HELLO_MEMBERS_MAX; member = json_next (member)) {
        if (strlen (json_key (member)) > HELLO_TEXT_MAX || json_is_object (member))
            continue;
        struct json *value = json_is_string (member)  ? hello_text (json_text (member))
                             : json_is_array (member) ? json_array ()
                                                      : json_copy (member);
        const struct json *word = json_is_array (member) ? json_first (member) : NULL;
        for (; word && json_count (value) < HELLO_WORDS_MAX; word = json_next (word))
            if (json_is_string (word))
                json_push (value, hello_text (json_text (word)));
        json_set (kept, json_key (member), value);
    }
    free (self->hello);
    self->hello = json_print (kept);
    supervise_text_keep (&self->dialect, json_get_text (kept, "dialect"));
    supervise_text_keep (&self->dialect_version, json_get_text (kept, "dialect_version"));
    json_destroy (&kept);
}

enum { PROTOCOL_MAJOR = 1 };

static void
wire_introduced (struct supervise *self, const struct json *result)
{
    const char *image_id = json_get_text (result, "image_id");
    const char *boot_id = json_get_text (result, "boot_id");
    if (!image_id || !keys_image_id_is_valid (image_id) || !boot_id
        || strlen (boot_id) >= sizeof self->boot_id) {
        supervise_fail (self, LIFE_EV_REFUSED, STUI_TROUBLE_TOO_OLD,
                        "its hello names no usable image_id and boot_id: the server in the image "
                        "is not one of this protocol");
        return;
    }
    const char *protocol = json_get_text (result, "protocol");
    long major = protocol ? strtol (protocol, NULL, 10) : PROTOCOL_MAJOR;
    if (major != PROTOCOL_MAJOR) {
        supervise_fail (self, LIFE_EV_REFUSED,
                        major > PROTOCOL_MAJOR ? STUI_TROUBLE_TOO_NEW : STUI_TROUBLE_TOO_OLD,
                        "it speaks version %.20s of the protocol, and this stui version %d",
                        protocol, PROTOCOL_MAJOR);
        return;
    }
    hello_keep (self, result);
    snprintf (self->image_id, sizeof self->image_id, "%s", image_id);
    snprintf (self->boot_id, sizeof self->boot_id, "%s", boot_id);
    supervise_live (self, LIFE_EV_INTRODUCED);
}

/* What an image says in words that are stui's own is not believed: after "QueueFull" it would be asked
 * again, after "Held" nobody would look. */
const char *
supervise_error_type (const char *word)
{
    if (!word)
        return "Error";
    return stui_err_from_word (word) <= STUI_E_MALFORMED ? stui_err_word (STUI_E_INTERNAL) : word;
}

/* The published protocol's own way of not knowing `hello`. */
static bool
wire_says_rep (const char *error_type)
{
    static const char *const words[] = {"UnknownCommand", "Error", "RuntimeError", "SessionError"};
    if (!error_type)
        return true;
    for (size_t index = 0; index < sizeof words / sizeof *words; index++)
        if (strcmp (error_type, words[index]) == 0)
            return true;
    return false;
}

/* It says that a message of ours is none: it was spoilt on its way, for ours are well formed. Which one
 * it was cannot be told: the link is made anew and each is asked for. */
static void
wire_spoilt (struct supervise *self, const struct wire_message *message)
{
    supervise_fail (self, LIFE_EV_CLOSED, STUI_TROUBLE_MALFORMED,
                    "it could not read what it was sent, which was spoilt on its way: %s",
                    message->error);
}

/* Another stui of our identity has the image. A user who asks to try again wants it back: it is claimed
 * above the epoch that it told when it refused, once: two stuis never take it from each other unasked. */
static void
wire_fenced (struct supervise *self, const struct wire_message *message)
{
    int64_t generation = json_get_number (message->details, "generation", 0),
            counter = json_get_number (message->details, "counter", 0);
    char claimed[CLOCK_TEXT_SIZE];
    if (self->takes_back && generation > 0) {
        self->takes_back = false;
        self->claim_above = (uint64_t) generation;
        supervise_event (self, "taken_back",
                         "taken back from another stui of this identity, as asked");
        supervise_live (self, LIFE_EV_ANEW);
    }
    else if (generation > 0) /* which is the time when that stui was started, or above */
        supervise_fail (self, LIFE_EV_REFUSED, STUI_TROUBLE_FENCED,
                        "Fenced: another stui of this identity, of %s, has claimed it with epoch "
                        "%lld.%lld; ours is %lld.%lld",
                        clock_format (generation * 1000, claimed), (long long) generation,
                        (long long) counter, (long long) self->generation,
                        (long long) self->counter);
    else
        supervise_fail (self, LIFE_EV_REFUSED, STUI_TROUBLE_FENCED,
                        "Fenced: another stui of this identity has claimed it after us");
}

static void
wire_refused (struct supervise *self, const struct wire_message *message)
{
    int err = message->error_type ? stui_err_from_word (message->error_type) : STUI_E_INTERNAL;
    if (err == STUI_E_INVALID_REQUEST) {
        wire_spoilt (self, message);
        return;
    }
    if (err == STUI_E_FENCED) {
        wire_fenced (self, message);
        return;
    }
    enum stui_trouble trouble =
        err == STUI_E_AUTHENTICATION ? STUI_TROUBLE_TOKEN : STUI_TROUBLE_REFUSAL;
    supervise_fail (self, LIFE_EV_REFUSED, trouble, "%s: %s",
                    message->error_type ? message->error_type : "error", message->error);
}

enum {
    LATENCY_SMOOTHING = 4,  /* each ping counts for a quarter */
    LATENCY_NEWS_US = 1000, /* what differs by less looks the same */
};

/* ---- Replies -------------------------------------------------------------------------------- */

static void
reply_pong (struct supervise *self, struct request *request, const struct json *busy)
{
    if (self->pings_out > 0)
        self->pings_out--;
    int64_t sample_us = self->now_us - request->sent_us, smooth = self->latency_us;
    self->latency_us = smooth ? smooth + (sample_us - smooth) / LATENCY_SMOOTHING : sample_us;
    /* A changed latency alone is told only when it says something new, and not at every ping: with
     * a thousand images on one tick the single ones jump as each waits for those before it. */
    int64_t shown = self->reported_latency_us,
            less = self->latency_us < shown ? self->latency_us : shown;
    int64_t more = self->latency_us + shown - less;
    if (more > less * 2 && more - less >= LATENCY_NEWS_US
        && self->now_ms - self->reported_ms >= SUPERVISE_LATENCY_MS)
        self->report_dirty = true;
    requests_remove (&self->requests, &request);
    const char *id = json_get_text (busy, "id");
    if (strcmp (self->busy_id, id ? id : "") != 0) {
        snprintf (self->busy_id, sizeof self->busy_id, "%s", id ? id : "");
        self->busy_since_wall_ms = self->wall_ms;
        self->report_dirty = true;
    }
}

static void
reply_ping (struct supervise *self, struct request *request, const struct wire_message *message)
{
    reply_pong (self, request, json_get (message->result, "busy_with"));
    if (message->kind == WIRE_SUCCESS)
        supervise_live (self, LIFE_EV_ANSWERED);
    else if (self->phase == LIFE_PROVING)
        wire_refused (self, message);
}

/* The command's own answer, straight or fetched. */
static void
reply_command (struct supervise *self, struct request *request, const struct json *result,
               const struct wire_message *message)
{
    struct session *session =
        request->about[0] ? sessions_find (&self->sessions, request->about) : NULL;
    if (session && strcmp (request->command, "evaluate") == 0)
        session_note_result (session, !result || json_get_bool (result, "has_error", false),
                             self->now_ms);
    if (strcmp (self->busy_id, request->id) == 0) {
        self->busy_id[0] = '\0';
        self->report_dirty = true;
    }
    supervise_variables_note (self, request);
    supervise_held_answered (self, request, result, message);
    if (result && request->then != REQUEST_THEN_ANSWER) {
        supervise_left_reply (self, request, result);
        return;
    }
    if (result) {
        supervise_answer (self, &request, result);
        return;
    }
    char *details = message->details ? json_print (message->details) : NULL;
    if (request->peer[0])
        supervise_send (self, msg_new (request->peer, MSG_ERROR, request->ref,
                                       supervise_error_type (message->error_type), message->error,
                                       details));
    free (details);
    requests_remove (&self->requests, &request);
}

/* The kept reply, as the image sent or would have sent it. */
static void
reply_done (struct supervise *self, struct request *request, const struct json *reply)
{
    char *text = reply ? json_print (reply) : NULL;
    struct wire_message message = {0};
    struct stui_cause cause = {0};
    if (!text || wire_parse (text, strlen (text), &message, &cause) != 0
        || message.kind == WIRE_EVENT) {
        supervise_refuse (self, &request, STUI_E_IN_DOUBT,
                          "it ran, but the image kept no usable reply: %s",
                          cause.text[0] ? cause.text : "none came with it");
    }
    else {
        supervise_event (self, "fetched", "the result of %s %s, after the link was back",
                         request->command, request->id);
        reply_command (self, request, message.kind == WIRE_SUCCESS ? message.result : NULL,
                       &message);
    }
    wire_message_fini (&message);
    free (text);
}

/* get_result without id: what an earlier run had asked for. The ids that we make are greater than
 * all of them from here on, even when the clock was set back. */
static void
reply_list (struct supervise *self, const struct json *result)
{
    const struct json *list = json_get (result, "results");
    size_t running = 0;
    self->served_before = true;
    for (const struct json *item = json_first (list); item; item = json_next (item)) {
        const char *id = json_get_text (item, "id");
        const char *state = json_get_text (item, "state");
        if (id)
            uuid_after (&self->uuid, id);
        const struct request *known = id ? requests_find (&self->requests, id) : NULL;
        if (id && state && strcmp (state, "running") == 0 && (!known || !known->peer[0]))
            running++;
    }
    if (running > 0)
        supervise_event (self, "running", "%zu requests of an earlier run are still running",
                         running);
}

static void
reply_result (struct supervise *self, struct request *question, const struct wire_message *message)
{
    char about[STUI_UUID_LEN + 1];
    memcpy (about, question->about, sizeof about);
    requests_remove (&self->requests, &question);
    if (!about[0]) {
        reply_list (self, message->result);
        return;
    }
    struct request *request = requests_find (&self->requests, about);
    if (!request || request->state != REQUEST_ASKING)
        return; /* its own reply came first */
    const char *state = json_get_text (message->result, "state");
    const struct held_entry *entry = held_find_request (&self->held, about);
    if (state && strcmp (state, "done") == 0)
        reply_done (self, request, json_get (message->result, "reply"));
    else if (state && strcmp (state, "running") == 0) {
        request->state = REQUEST_RUNNING;
        supervise_await_runs (self, request);
    }
    else if (state && strcmp (state, "never_run") == 0)
        supervise_refuse (self, &request, STUI_E_NEVER_RUN,
                          entry && entry->parameters
                              ? "the link went before %s had begun it: it was never run, and is "
                                "held until you say 'stui held send %s'"
                              : "the link went before %s had begun it: it was never run, send it "
                                "again if you like",
                          self->name, self->name);
    else
        supervise_refuse (self, &request, STUI_E_IN_DOUBT,
                          "%s knows no more of it (%s): nobody can say whether it ran", self->name,
                          state            ? state
                          : message->error ? message->error
                                           : "no state");
}

/* What is wrong with it, and the next step. */
static void
tell_conflict (struct supervise *self, const struct session *session)
{
    supervise_event (
        self, "conflict",
        "session %s: %s; 'stui session diff %.13s' shows how they differ, 'stui session "
        "restore %.13s --keep mine|theirs|both' settles it (in a terminal: :keep)",
        supervise_session_word (self, session), session->reason, session->id, session->id);
}

void
supervise_outcome (struct supervise *self, struct session *session, enum session_outcome outcome)
{
    self->report_dirty = true;
    switch (outcome) {
    case SESSION_SETTLING:
        return;
    case SESSION_IN_STEP:
        supervise_event (self, "session_restored", "session %s",
                         supervise_session_word (self, session));
        break;
    case SESSION_RECREATED:
        session->recreated = true;
        session->variables_wanted = false; /* there are none: what they were is worth more */
        supervise_held_anew (self, session);
        supervise_event (
            self, "session_recreated",
            "session %s was made again from stui's copy: its variables' values are gone",
            supervise_session_word (self, session));
        break;
    case SESSION_OLDER:
        session->variables_wanted = false;
        supervise_held_anew (self, session);
        supervise_event (
            self, "session_restored",
            "session %s as of an earlier save of the image, with its state of %s: what "
            "was assigned later is gone",
            supervise_session_word (self, session), session->as_of);
        if (session->due != SESSION_OP_NONE)
            return; /* the image is told the newest text first */
        break;
    case SESSION_CONFLICT:
        tell_conflict (self, session);
        break;
    case SESSION_REFUSED:
        supervise_event (self, "session_failed", "session %s: %s",
                         supervise_session_word (self, session), session->reason);
        break;
    case SESSION_CROWDED:
        if (supervise_session_make_place (self, session))
            return; /* it is created when the image has closed the other */
        supervise_event (self, "session_failed", "session %s: %s",
                         supervise_session_word (self, session), session->reason);
        break;
    case SESSION_OVERWRITES:
        supervise_event (self, "conflict_resolved", "session %s: yours goes over the image's",
                         supervise_session_word (self, session));
        return; /* settled once the image has it */
    case SESSION_RESOLVED:
        session->theirs_taken = true;
        supervise_event (self, "conflict_resolved", "session %s is the image's version now",
                         supervise_session_word (self, session));
        break;
    case SESSION_PARTED:
        supervise_session_part (self, session);
        break;
    case SESSION_GONE:
        break;
    }
    supervise_session_waiters (self, session, true);
}

static void
reply_session (struct supervise *self, struct request *request, const struct wire_message *message)
{
    struct session *session = sessions_find (&self->sessions, request->about);
    requests_remove (&self->requests, &request);
    if (!session)
        return;
    bool update = session->on_wire == SESSION_OP_UPDATE;
    enum session_outcome outcome =
        session_wire_end (session, message->result, message->error_type, message->error,
                          message->details, self->now_ms);
    if (update && outcome == SESSION_IN_STEP) {
        /* Every save leads to one: no news but for those who wait for it. */
        supervise_session_waiters (self, session, true);
        return;
    }
    supervise_outcome (self, session, outcome);
}

/* The image takes the new id of REQUEST for that of an old request that it forgot, and did not run
 * it: the clock was set back, or another client's ids run ahead. Ours run ahead too from here on. */
static void
reply_forgotten (struct supervise *self, struct request *request)
{
    enum { LEAD_MIN_MS = 1000, LEAD_MAX_MS = 86400000 };
    self->id_lead_ms = self->id_lead_ms ? self->id_lead_ms * 2 : LEAD_MIN_MS;
    if (self->id_lead_ms > LEAD_MAX_MS)
        self->id_lead_ms = LEAD_MAX_MS;
    self->uuid.last_ms = (self->uuid.last_ms > self->wall_ms ? self->uuid.last_ms : self->wall_ms)
                         + self->id_lead_ms;
    if (request->kind == REQUEST_COMMAND) {
        supervise_refuse (self, &request, STUI_E_NEVER_RUN,
                          "%s took its id for that of an old request (was a clock set back?): it "
                          "was not run, send it again",
                          self->name);
        return;
    }
    struct session *session = sessions_find (&self->sessions, request->about);
    requests_remove (&self->requests, &request);
    if (session)
        session_wire_again (session);
}

static bool
wire_says_forgotten (const struct request *request, const struct json *result)
{
    const char *id = json_get_text (result, "id");
    const char *state = json_get_text (result, "state");
    return (request->kind == REQUEST_COMMAND || request->kind == REQUEST_SESSION) && id && state
           && strcmp (id, request->id) == 0 && strcmp (state, "forgotten") == 0;
}

/* An answer to nothing that is open: it came late, twice, or was never asked for. Counted each time,
 * said once a link. */
static void
wire_stray (struct supervise *self)
{
    self->late_replies++;
    self->report_dirty = true;
    if (!self->stray_told)
        supervise_event (self, "stray_answers",
                         "it answers what was not asked, or twice: such answers are left out and "
                         "counted");
    self->stray_told = true;
}

/* An answer that belongs to no request: a stray one, unless it says that it cannot tell to which. */
static void
wire_unasked (struct supervise *self, const struct wire_message *message, int err)
{
    if (err == STUI_E_INVALID_REQUEST && !message->id && !self->rep)
        wire_spoilt (self, message);
    else
        wire_stray (self);
}

static void
reply_hello (struct supervise *self, struct request *request, const struct wire_message *message)
{
    requests_remove (&self->requests, &request);
    if (message->kind == WIRE_SUCCESS) {
        wire_introduced (self, message->result);
    }
    else if (wire_says_rep (message->error_type)) {
        self->rep = true;
        supervise_live (self, LIFE_EV_REP);
    }
    else {
        wire_refused (self, message);
    }
}

static void
wire_reply (struct supervise *self, const struct wire_message *message)
{
    bool success = message->kind == WIRE_SUCCESS;
    struct request *request = message->id ? requests_find (&self->requests, message->id) : NULL;
    int err = success || !message->error_type ? 0 : stui_err_from_word (message->error_type);
    if (err == STUI_E_FENCED || (err == STUI_E_AUTHENTICATION && !request)) {
        if (request && request->kind == REQUEST_COMMAND)
            reply_command (self, request, NULL, message);
        wire_refused (self, message);
        return;
    }
    if (!request || request->state == REQUEST_WAITING) {
        wire_unasked (self, message, err);
        return;
    }
    if (success && wire_says_forgotten (request, message->result)) {
        reply_forgotten (self, request);
        return;
    }
    switch (request->kind) {
    case REQUEST_HELLO:
        reply_hello (self, request, message);
        break;
    case REQUEST_CLAIM:
        requests_remove (&self->requests, &request);
        if (!success) {
            wire_refused (self, message);
            break;
        }
        self->claimed = true;
        supervise_live (self, LIFE_EV_CLAIMED);
        break;
    case REQUEST_PING:
        reply_ping (self, request, message);
        break;
    case REQUEST_RESULT:
        reply_result (self, request, message);
        break;
    case REQUEST_SESSION:
        reply_session (self, request, message);
        break;
    case REQUEST_SUBSCRIBE: /* one that is refused leaves the transcript as it was */
        requests_remove (&self->requests, &request);
        if (success)
            supervise_transcript_subscribed (self, message->result);
        break;
    case REQUEST_VARIABLES:
        supervise_variables_told (self, request, success ? message->result : NULL,
                                  message->error_type);
        break;
    case REQUEST_COMMAND:
        reply_command (self, request, success ? message->result : NULL, message);
        break;
    case REQUEST_KIND_COUNT:
        break;
    }
}

/* Whatever it sent, it lives. */
static void
wire_heard (struct supervise *self)
{
    self->heard = true;
    self->heard_ms = self->now_ms;
    self->look_ms = STUI_NEVER;
    if (self->missed == 0)
        return;
    if (self->suspect)
        supervise_event (self, "answers", "answers again after %d missed pings", self->missed);
    self->missed = 0;
    self->suspect = false;
    supervise_calm (self);
    self->report_dirty = true;
}

/* The answer to a ping of a live image: nearly all that comes, and nothing in it is used but that it
 * came. */
static bool
wire_pong (struct supervise *self, const char *bytes, size_t size)
{
    struct request *request = self->requests.count > 0 ? self->requests.items[0] : NULL;
    if (self->phase != LIFE_LIVE || !request || request->kind != REQUEST_PING
        || !wire_is_pong (bytes, size, request->id))
        return false;
    wire_heard (self);
    reply_pong (self, request, NULL);
    return true;
}

void
supervise_wire (struct supervise *self, const char *bytes, size_t size)
{
    if (wire_pong (self, bytes, size))
        return;
    struct wire_message message = {0};
    struct stui_cause cause = {0};
    if (wire_parse (bytes, size, &message, &cause) != 0) {
        self->malformed++;
        sessions_garbled (&self->sessions);
        supervise_event (self, "malformed", "%s", cause.text);
        /* Whose answer it was cannot be told: the link is made anew and each is asked for. */
        supervise_fail (self, LIFE_EV_CLOSED, STUI_TROUBLE_MALFORMED,
                        "it sent a message that is none: %s", cause.text);
        return;
    }
    wire_heard (self);
    if (message.kind == WIRE_EVENT)
        supervise_transcript_event (self, &message);
    else
        wire_reply (self, &message);
    wire_message_fini (&message);
}
