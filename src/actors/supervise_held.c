/* supervise_held.c: evaluations that are held, and those in doubt (held.h): when a request of the
 * table becomes one, when one becomes a request, and when the store has them. What is held goes to
 * the image by the user's word alone, and only once it is stored that it does: a stui that ends
 * without a word never takes what was sent for what was not. Pure but for the heap. */

#include "actors/supervise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/wire.h"

/* ---- The store has it ----------------------------------------------------------------------- */

void
supervise_held_save (struct supervise *self, int64_t in_ms)
{
    self->report_dirty = true;
    if (self->now_ms + in_ms < self->held_save_ms)
        self->held_save_ms = self->now_ms + in_ms;
}

bool
supervise_held_is_saved (const struct supervise *self)
{
    return !self->held_known || (self->held_saving == 0 && self->held.change == self->held_saved);
}

static bool
load_is_wanted (const struct supervise *self)
{
    return !self->probe && !self->held_known && !self->held_loading;
}

static bool
save_is_wanted (const struct supervise *self)
{
    return self->held_known && self->held_saving == 0 && self->held.change != self->held_saved;
}

int64_t
supervise_held_deadline (const struct supervise *self)
{
    return load_is_wanted (self)   ? self->held_load_ms
           : save_is_wanted (self) ? self->held_save_ms
                                   : STUI_NEVER;
}

void
supervise_held_settle (struct supervise *self)
{
    if (supervise_held_deadline (self) > self->now_ms)
        return;
    if (load_is_wanted (self)) {
        self->held_loading = true;
        uint64_t ref = supervise_ask (self, ASK_HELD, NULL);
        supervise_send (self, msg_new ("store", MSG_HELD_LOAD, ref, self->name));
        return;
    }
    struct json *list = held_to_json (&self->held);
    if (self->outcomes_saved != self->outcomes.settled) /* they may be much, and change seldom */
        json_set (list, "settled", outcomes_to_json (&self->outcomes));
    self->outcomes_saving = self->outcomes.settled;
    char *text = json_print (list);
    self->held_saving = self->held.change;
    self->held_save_ms = STUI_NEVER;
    uint64_t ref = supervise_ask (self, ASK_SAVE_HELD, NULL);
    supervise_send (self, msg_new ("store", MSG_HELD_SAVE, ref, self->name, text));
    free (text);
    json_destroy (&list);
}

/* Whoever asked by PEER and REF is answered once the list as it is now is stored; ID: Held. */
static void
waiter_add (struct supervise *self, const char *peer, uint64_t ref, const char *id)
{
    stui_grow (&self->waiters, &self->waiter_capacity, self->waiter_count, sizeof *self->waiters);
    struct supervise_waiter *waiter = &self->waiters[self->waiter_count++];
    *waiter = (struct supervise_waiter){.ref = ref, .change = self->held.change};
    snprintf (waiter->peer, sizeof waiter->peer, "%s", peer);
    snprintf (waiter->id, sizeof waiter->id, "%s", id);
    supervise_held_save (self, 0);
}

static void
waiter_fail (struct supervise *self, const struct supervise_waiter *waiter,
             const struct stui_cause *cause)
{
    supervise_send (self, msg_new (waiter->peer, MSG_ERROR, waiter->ref, stui_err_word (cause->err),
                                   cause->text, NULL));
}

static void
waiter_answer (struct supervise *self, const struct supervise_waiter *waiter)
{
    struct stui_cause cause;
    if (!waiter->id[0]) {
        supervise_send (self, msg_new (waiter->peer, MSG_OK, waiter->ref, "{}"));
        return;
    }
    if (!held_find (&self->held, waiter->id)) {
        /* Not sent either: what is sent was stored as held before. */
        stui_fail (&cause, STUI_E_UNREACHABLE,
                   "nothing was sent to %s, and it is not held: somebody dropped it at once",
                   self->name);
        waiter_fail (self, waiter, &cause);
        return;
    }
    char *details = stui_printf ("{\"id\":\"%s\"}", waiter->id);
    char *text = stui_printf ("nothing was sent to %s: it is held until you send it ('stui held "
                              "send %s' once it is online)",
                              self->name, self->name);
    supervise_send (self, msg_new (waiter->peer, MSG_ERROR, waiter->ref,
                                   stui_err_word (STUI_E_HELD), text, details));
    free (text);
    free (details);
}

/* It cannot be stored because of WHY: what was to be held is not, and whoever asked may know it. */
static void
waiter_refuse (struct supervise *self, const struct supervise_waiter *waiter, int err,
               const char *why)
{
    struct held_entry *entry = waiter->id[0] ? held_find (&self->held, waiter->id) : NULL;
    struct stui_cause cause;
    stui_fail (&cause, err,
               waiter->id[0] ? "nothing was sent to %s, and it could not be held: %.150s"
                             : "what is held of %s could not be stored, and may come back: %.150s",
               self->name, why);
    waiter_fail (self, waiter, &cause);
    if (entry)
        held_remove (&self->held, &entry);
}

/* Answers those that wait for a change up to UNTIL; ERR and WHY when it was not stored. */
static void
waiters_end (struct supervise *self, uint64_t until, int err, const char *why)
{
    size_t kept = 0;
    for (size_t index = 0; index < self->waiter_count; index++) {
        struct supervise_waiter waiter = self->waiters[index];
        if (waiter.change > until)
            self->waiters[kept++] = waiter;
        else if (err)
            waiter_refuse (self, &waiter, err, why);
        else
            waiter_answer (self, &waiter);
    }
    self->waiter_count = kept;
}

void
supervise_held_say (struct supervise *self, const char *peer, uint64_t ref,
                    const struct held_entry *entry)
{
    struct supervise_waiter waiter = {.ref = ref};
    snprintf (waiter.peer, sizeof waiter.peer, "%s", peer);
    snprintf (waiter.id, sizeof waiter.id, "%s", entry->id);
    waiter_answer (self, &waiter);
}

/* Whether REQUEST, which was held, waits for it to be stored that it goes. */
static bool
request_is_unstored (const struct supervise *self, const struct request *request)
{
    const struct held_entry *entry = request->held_id[0] && request->state == REQUEST_WAITING
                                         ? held_find (&self->held, request->held_id)
                                         : NULL;
    return entry && entry->state == HELD_STATE_SENT && entry->change > self->held_saved;
}

void
supervise_held_saved (struct supervise *self, const struct json *result, const struct msg *msg)
{
    uint64_t saving = self->held_saving;
    self->held_saving = 0;
    self->outcomes_saved = result ? self->outcomes_saving : SUPERVISE_UNSAVED;
    if (result)
        self->held_saved = saving;
    int err = result ? 0 : stui_err_from_word (msg_text (msg, 0));
    waiters_end (self, saving, err, result ? NULL : msg_text (msg, 1));
    supervise_await_look (self);
    if (result)
        return;
    for (size_t index = 0; index < self->requests.count;) {
        struct request *request = self->requests.items[index];
        if (request_is_unstored (self, request))
            supervise_refuse (self, &request, STUI_E_STORAGE,
                              "nothing was sent to %s: that it is sent could not be stored: %.120s",
                              self->name, msg_text (msg, 1));
        else
            index++;
    }
    self->held_save_ms = self->now_ms + SUPERVISE_LOAD_MS;
}

void
supervise_held_revive (struct supervise *self)
{
    for (size_t index = 0; index < self->held.count; index++) {
        const struct held_entry *entry = self->held.items[index];
        if (entry->state != HELD_STATE_SENT || !entry->earlier
            || requests_find (&self->requests, entry->request))
            continue;
        struct request *request =
            requests_add (&self->requests, REQUEST_COMMAND, entry->command, self->now_ms);
        request->state = REQUEST_LOST;
        request->changes = true;
        request->tag = stui_strdup (entry->asked_by);
        memcpy (request->id, entry->request, sizeof request->id);
        snprintf (request->boot, sizeof request->boot, "%s", entry->boot);
        snprintf (request->image, sizeof request->image, "%s", entry->image);
        snprintf (request->about, sizeof request->about, "%.36s", entry->session);
        uuid_after (&self->uuid, request->id);
    }
}

void
supervise_held_loaded (struct supervise *self, const struct json *result, const struct msg *msg)
{
    self->held_loading = false;
    if (!result) {
        bool refused = msg->verb == MSG_ERROR;
        int err = refused ? stui_err_from_word (msg_text (msg, 0)) : STUI_E_MALFORMED;
        const char *why = refused ? msg_text (msg, 1) : "what the store has of it cannot be read";
        snprintf (self->held_unread, sizeof self->held_unread, "%s", why);
        self->held_load_ms = self->now_ms + SUPERVISE_LOAD_MS;
        waiters_end (self, UINT64_MAX, err, why);
        supervise_await_look (self);
        return;
    }
    bool noted = self->held.change > 0;
    self->held_known = true;
    self->held_unread[0] = '\0';
    const struct json *list = json_get (result, "held");
    held_load (&self->held, list);
    outcomes_load (&self->outcomes, json_get (list, "settled"), self->wall_ms);
    if (!noted)
        self->held_saved = self->held.change;
    supervise_held_revive (self);
    supervise_await_look (self);
    self->report_dirty = true;
    if (self->phase == LIFE_LIVE && (self->claimed || self->rep))
        supervise_recover (self);
}

/* ---- What becomes of a request ---------------------------------------------------------------- */

/* The entry that REQUEST is about; NULL. */
static struct held_entry *
entry_of (const struct supervise *self, const struct request *request)
{
    return request->held_id[0] ? held_find (&self->held, request->held_id)
                               : held_find_request (&self->held, request->id);
}

/* The parameters of REQUEST with stui's id of its session; the image may know it by another. Caller
 * frees. */
static char *
request_parameters (const struct request *request)
{
    struct json *parameters = json_parse_text (request->parameters);
    if (request->about[0])
        json_set_text (parameters, "session_id", request->about);
    char *text = json_print (parameters);
    json_destroy (&parameters);
    return text;
}

bool
supervise_held_may_go (struct supervise *self, struct request **request_p)
{
    struct request *request = *request_p;
    if (!request->held_id[0])
        return true;
    struct held_entry *entry = held_find (&self->held, request->held_id);
    if (!entry) {
        supervise_refuse (self, request_p, STUI_E_NOT_FOUND, "it is not held any more");
        return false;
    }
    if (entry->image[0] && !request->any_image && strcmp (entry->image, self->image_id) != 0) {
        supervise_refuse (self, request_p, STUI_E_PERMISSION,
                          "nothing was sent: it was asked of another image (%.40s) than %s is now; "
                          "'stui held send %s --yes %s' sends it all the same",
                          entry->image, self->name, self->name, self->name);
        return false;
    }
    if (entry->anew && !request->anyway) {
        supervise_refuse (
            self, request_p, STUI_E_PERMISSION,
            "nothing was sent: its session was made anew since it was asked for, and the "
            "variables are gone; 'stui held send %.13s --anyway' sends it all the same",
            entry->id);
        return false;
    }
    if (entry->state == HELD_STATE_SENT && strcmp (entry->boot, self->boot_id) == 0)
        return entry->change <= self->held_saved;
    uuid_next (&self->uuid, self->wall_ms, &self->random, request->id);
    held_sent (&self->held, entry, request->id, self->boot_id);
    supervise_held_save (self, 0);
    return false;
}

void
supervise_held_went (struct supervise *self, const struct request *request)
{
    if (request->held_id[0] || !held_takes (request->command))
        return;
    char *parameters = request_parameters (request);
    struct held_ask ask = {.id = request->id,
                           .command = request->command,
                           .parameters = parameters,
                           .image = self->image_id,
                           .session = request->about,
                           .asked_by = request->tag,
                           .asked_at_ms = self->wall_ms - (self->now_ms - request->made_ms)};
    if (held_note (&self->held, &ask, request->id, request->boot))
        supervise_held_save (self, 0);
    free (parameters);
}

/* The answer to what an earlier run, or somebody who left, asked for: the user is told, also when somebody
 * FOLLOWED it, who may be gone by the time it arrives. */
static void
tell_fetched (struct supervise *self, const struct held_entry *entry, const struct json *result,
              const struct wire_message *message, bool followed)
{
    const char *whose =
        followed ? "which was asked about again" : "for which nobody waited any more";
    if (self->veiled) { /* events are in plain */
        supervise_event (self, "answered", "%s %s, %s, %s", entry->command, entry->id, whose,
                         result ? "was answered" : "was refused");
        return;
    }
    struct json *parameters = entry->parameters ? json_parse_text (entry->parameters) : NULL;
    const char *code = json_get_text (parameters, "code"),
               *answer = result ? json_get_text (result, "result") : message->error;
    supervise_event (self, "answered", "'%.100s', %s, %s: %.200s",
                     code          ? code
                     : entry->code ? entry->code
                                   : entry->command,
                     whose,
                     !result                                      ? "was refused"
                     : json_get_bool (result, "has_error", false) ? "raised"
                                                                  : "answered",
                     answer ? answer : "done");
    json_destroy (&parameters);
}

void
supervise_held_answered (struct supervise *self, const struct request *request,
                         const struct json *result, const struct wire_message *message)
{
    struct held_entry *entry = entry_of (self, request);
    if (!entry)
        return;
    int err = result || !message->error_type ? 0 : stui_err_from_word (message->error_type);
    if (request->held_id[0] && (err == STUI_E_FENCED || err == STUI_E_AUTHENTICATION)) {
        held_back (&self->held, entry, message->error);
        supervise_held_save (self, 0);
        supervise_await_look (self);
        return;
    }
    bool followed = supervise_await_answered (self, request, entry, result, message);
    if (!request->peer[0])
        tell_fetched (self, entry, result, message, followed);
    held_remove (&self->held, &entry);
    supervise_held_save (self, SUPERVISE_HELD_MS);
}

/* Why something was not sent, as it is read later, when that may be over. */
static void
why_held (const struct supervise *self, int err, char why[STUI_CAUSE_MAX])
{
    const char *then = "when it was asked for";
    if (err == STUI_E_STOPPING)
        snprintf (why, STUI_CAUSE_MAX, "stui was stopping %s", then);
    else if (self->phase == LIFE_LIVE)
        snprintf (why, STUI_CAUSE_MAX, "%s did not answer its pings %s", self->name, then);
    else
        snprintf (why, STUI_CAUSE_MAX, "%s was not online %s%s%.150s", self->name, then,
                  self->cause.text[0] ? ": " : "", self->cause.text);
}

/* REQUEST, which was not sent because of CAUSE, is held. */
static void
request_hold (struct supervise *self, const struct request *request, const struct stui_cause *cause)
{
    char id[STUI_UUID_LEN + 1];
    struct stui_cause full;
    struct held_entry *entry = NULL;
    uuid_next (&self->uuid, self->wall_ms, &self->random, id);
    if (self->held_unread[0])
        stui_fail (&full, STUI_E_STORAGE, "%s", self->held_unread);
    else {
        char *parameters = request_parameters (request);
        struct held_ask ask = {.id = id,
                               .command = request->command,
                               .parameters = parameters,
                               .image = self->image_id,
                               .session = request->about,
                               .asked_by = request->tag,
                               .asked_at_ms = self->wall_ms - (self->now_ms - request->made_ms)};
        char why[STUI_CAUSE_MAX];
        why_held (self, cause->err, why);
        entry = held_add (&self->held, &ask, why, &full);
        free (parameters);
    }
    if (entry) {
        waiter_add (self, request->peer, request->ref, entry->id);
        return;
    }
    struct stui_cause refused;
    stui_fail (&refused, full.err, "nothing was sent to %s, and it could not be held: %.150s",
               self->name, full.text);
    supervise_send (self, msg_new (request->peer, MSG_ERROR, request->ref,
                                   stui_err_word (refused.err), refused.text, NULL));
}

bool
supervise_held_refused (struct supervise *self, const struct request *request,
                        const struct stui_cause *cause)
{
    struct held_entry *entry = entry_of (self, request);
    bool unsent = cause->err == STUI_E_UNREACHABLE || cause->err == STUI_E_STOPPING;
    if (!entry) {
        bool holds = request->hold && request->state == REQUEST_WAITING && unsent;
        if (holds)
            request_hold (self, request, cause);
        return holds;
    }
    if (cause->err == STUI_E_IN_DOUBT && self->finishing)
        return false; /* the next start asks the image for it */
    if (cause->err == STUI_E_IN_DOUBT)
        held_doubt (&self->held, entry, cause->text);
    else if (entry->parameters && (request->held_id[0] || cause->err == STUI_E_NEVER_RUN))
        held_back (&self->held, entry, cause->text);
    else {
        supervise_await_settled (self, entry->id, entry->asked_by, cause->err, cause->text);
        held_remove (&self->held, &entry);
    }
    supervise_held_save (self, 0);
    supervise_await_look (self);
    return false;
}

bool
supervise_held_unawaited (struct supervise *self, struct request *request, const char *why)
{
    struct held_entry *entry = entry_of (self, request);
    if (!entry || entry->state != HELD_STATE_SENT)
        return false;
    if (entry->earlier)
        return true;
    held_unawaited (&self->held, entry, why);
    request->held_id[0] = '\0'; /* it may be resolved */
    supervise_held_save (self, 0);
    return true;
}

void
supervise_held_anew (struct supervise *self, const struct session *session)
{
    if (held_session_anew (&self->held, session->id))
        supervise_held_save (self, 0);
}

const char *
supervise_held_wants (const struct supervise *self, const char *id)
{
    return !self->held_known ? "what is held of its image is not known yet"
           : held_find_session (&self->held, id)
               ? "code that was asked for in it is held or in doubt"
               : NULL;
}

void
supervise_held_online (struct supervise *self)
{
    size_t count = held_count (&self->held);
    if (count > 0)
        supervise_event (self, "held",
                         "%zu evaluation%s held, and %s not sent: 'stui held send %s'", count,
                         count == 1 ? " is" : "s are", count == 1 ? "was" : "were", self->name);
}

/* ---- What a user does about it ----------------------------------------------------------------- */

bool
supervise_held_may_change (struct supervise *self, const struct msg *msg,
                           const struct held_entry *entry, enum held_state state)
{
    bool sending = false;
    for (size_t index = 0; entry && index < self->requests.count; index++)
        sending = sending || strcmp (self->requests.items[index]->held_id, entry->id) == 0;
    bool fits =
        entry && (state == HELD_STATE_DOUBT ? held_is_doubtful (entry) : entry->state == state);
    if (!self->held_known)
        supervise_mail_refuse (self, msg, STUI_E_LOCKED, "what is held of %s cannot be read: %s",
                               self->name,
                               self->held_unread[0] ? self->held_unread : "it is being read");
    else if (self->read_only)
        supervise_mail_refuse (self, msg, STUI_E_PERMISSION, "%s is connected read-only",
                               self->name);
    else if (sending)
        supervise_mail_refuse (self, msg, STUI_E_EXISTS, "%s is being sent to %s already",
                               entry->id, self->name);
    else if (!fits)
        supervise_mail_refuse (self, msg, STUI_E_NOT_FOUND, "%s has nothing %s with the id %.40s",
                               self->name, state == HELD_STATE_DOUBT ? "in doubt" : "held",
                               msg_text (msg, 0));
    else
        return true;
    return false;
}

bool
supervise_held_has_session (struct supervise *self, const struct msg *msg,
                            const struct held_entry *entry)
{
    bool replaced = entry->image[0] && strcmp (entry->image, self->image_id) != 0;
    if (!replaced || !entry->session[0] || sessions_find (&self->sessions, entry->session))
        return true;
    supervise_mail_refuse (
        self, msg, STUI_E_SESSION_NOT_FOUND,
        "nothing was sent: %s is another image now. 'stui session adopt %s %.13s', then 'stui "
        "session "
        "restore %.13s', then 'stui held send %.13s --yes %s --anyway' sends it there",
        self->name, self->name, entry->session, entry->session, entry->id, self->name);
    return false;
}

void
supervise_held_list (struct supervise *self, const struct msg *msg)
{
    if (!self->held_known) {
        supervise_mail_refuse (self, msg, STUI_E_LOCKED, "what is held of %s cannot be read: %s",
                               self->name,
                               self->held_unread[0] ? self->held_unread : "it is being read");
        return;
    }
    struct json *result = json_object ();
    json_set (result, "held", held_show (&self->held));
    supervise_mail_ok (self, msg, result);
}

void
supervise_held_drop (struct supervise *self, const struct msg *msg)
{
    struct held_entry *entry = held_find (&self->held, msg_text (msg, 0));
    if (!supervise_held_may_change (self, msg, entry, HELD_STATE_HELD))
        return;
    supervise_event (self, "dropped", "evaluation %s, which was held, is dropped", entry->id);
    int err;
    const char *said = outcomes_said ("drop", &err);
    supervise_await_settled (self, entry->id, entry->asked_by, err, said);
    held_remove (&self->held, &entry);
    waiter_add (self, msg->peer, msg->ref, "");
}

void
supervise_doubt_resolve (struct supervise *self, const struct msg *msg)
{
    const char *how = msg_text (msg, 1);
    struct held_entry *entry = held_find (&self->held, msg_text (msg, 0));
    char request_id[STUI_UUID_LEN + 1], asked_by[HELD_WORD_MAX];
    struct stui_cause cause;
    if (!supervise_held_may_change (self, msg, entry, HELD_STATE_DOUBT))
        return;
    memcpy (request_id, entry->request, sizeof request_id);
    memcpy (asked_by, entry->asked_by, sizeof asked_by);
    if (held_resolve (&self->held, entry, how, &cause) < 0) {
        supervise_mail_refuse (self, msg, cause.err, "%s", cause.text);
        return;
    }
    struct request *request = requests_find (&self->requests, request_id);
    if (request)
        requests_remove (&self->requests, &request);
    supervise_event (self, "resolved", "evaluation %s, which was in doubt: %s", msg_text (msg, 0),
                     strcmp (how, "again") == 0 ? "held, to be sent again"
                     : strcmp (how, "ran") == 0 ? "it ran"
                                                : "it did not run");
    int err;
    const char *said = outcomes_said (how, &err);
    if (said)
        supervise_await_settled (self, msg_text (msg, 0), asked_by, err, said);
    else
        supervise_await_look (self);
    waiter_add (self, msg->peer, msg->ref, "");
}
