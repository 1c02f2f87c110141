/* supervise_report.c: what others see of one image's supervision: its state (on credit: one
 * report on its way, the newest replaces the waiting one), its events (bounded, oldest go
 * first), and a probe's verdict. Pure but for the heap. */

#include "actors/supervise.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/json_write.h"
#include "runtime/utf8.h"

enum stui_image_state
supervise_shown (const struct supervise *self)
{
    if (self->phase == LIFE_LIVE)
        return self->suspect ? STUI_IMAGE_SUSPECT : STUI_IMAGE_ONLINE;
    bool resting = self->phase == LIFE_DISABLED || self->phase == LIFE_FAILED;
    return self->troubled && !resting ? STUI_IMAGE_OFFLINE : life_phase_state (self->phase);
}

static enum stui_link
state_link (const struct supervise *self)
{
    if (self->phase >= LIFE_INTRODUCING && self->phase <= LIFE_LIVE)
        return STUI_LINK_UP;
    return self->phase == LIFE_HANDSHAKING ? STUI_LINK_HANDSHAKING : STUI_LINK_DOWN;
}

/* Busy is never shown as dead: a silent image is silent, whatever it may be at. */
static void
state_evaluator (const struct supervise *self, struct json_write *state)
{
    const struct request *running = requests_oldest_running (&self->requests);
    enum stui_evaluator light = STUI_EVALUATOR_UNKNOWN;
    /* One that is silent with our request in flight is taken to be at that. */
    bool at_ours = running && (self->rep || self->suspect);
    if (self->phase == LIFE_LIVE)
        light = self->busy_id[0] || at_ours ? STUI_EVALUATOR_BUSY : STUI_EVALUATOR_IDLE;
    json_write_text (state, "evaluator", stui_evaluator_word (light));
    json_write_text (state, "busy_with",
                     light != STUI_EVALUATOR_BUSY ? NULL
                     : self->busy_id[0]           ? self->busy_id
                                                  : running->command);
    if (light == STUI_EVALUATOR_BUSY)
        json_write_number (state, "busy_since_ms",
                           self->busy_id[0] ? self->busy_since_wall_ms
                                            : self->wall_ms - (self->now_ms - running->sent_ms));
}

static void
state_sessions (const struct supervise *self, struct json_write *state)
{
    size_t open = 0, orphans = 0, unsaved = 0, conflicts = 0;
    for (size_t index = 0; index < self->sessions.count; index++) {
        const struct session *session = self->sessions.items[index];
        open += session->open;
        orphans += session->state == STUI_SESSION_ORPHANED;
        conflicts += session->conflict;
        unsaved += session->saved != session->change;
    }
    json_write_number (state, "sessions", (int64_t) open);
    json_write_number (state, "orphans", (int64_t) orphans);
    json_write_number (state, "conflicts", (int64_t) conflicts);
    json_write_number (state, "unsaved", (int64_t) unsaved);
}

static void
state_held (const struct supervise *self, struct json_write *state)
{
    json_write_number (state, "held", (int64_t) held_count (&self->held));
    json_write_number (state, "in_doubt", (int64_t) held_count_doubtful (&self->held));
    /* Their numbers alone may be the same after one was settled and another came. */
    json_write_number (state, "settled", (int64_t) self->outcomes.settled);
}

/* The sessions of the image before are here still, until all of them are saved. */
static bool
is_leaving (const struct supervise *self)
{
    return self->loaded && self->sessions.count > 0
           && strcmp (self->sessions.key, self->wanted_key) != 0;
}

char *
supervise_state_text (const struct supervise *self)
{
    struct json_write whole, *state = &whole;
    json_write_begin (state);
    enum stui_answer answers = self->phase != LIFE_LIVE ? STUI_ANSWER_UNKNOWN
                               : self->missed > 0       ? STUI_ANSWER_SILENT
                                                        : STUI_ANSWER_ANSWERS;
    json_write_text (state, "name", self->name);
    json_write_text (state, "address", self->address);
    json_write_text (state, "via", self->via[0] ? self->via : NULL);
    json_write_text (state, "state", stui_image_state_word (supervise_shown (self)));
    json_write_number (state, "since_ms", self->shown_since_wall_ms);
    json_write_text (state, "phase", life_phase_word (self->phase));
    json_write_text (state, "image_id", self->image_id[0] ? self->image_id : NULL);
    /* Under which key its sessions are kept: null as long as that is not known, empty for none. */
    json_write_text (state, "key", self->loaded ? self->wanted_key : NULL);
    if (is_leaving (self))
        json_write_bool (state, "leaving", true);
    json_write_text (state, "boot_id", self->boot_id[0] ? self->boot_id : NULL);
    json_write_text (state, "verdict", self->verdict[0] ? self->verdict : NULL);
    json_write_text (state, "other", self->other[0] ? self->other : NULL);
    bool replaced = self->replaced_wall_ms > 0
                    && self->wall_ms - self->replaced_wall_ms < SUPERVISE_REPLACED_MS;
    if (replaced)
        json_write_number (state, "replaced_ms", self->replaced_wall_ms);
    else
        json_write_null (state, "replaced_ms");
    json_write_text (state, "dialect", self->rep ? "seven commands" : self->dialect);
    json_write_json (state, "hello", self->hello);
    json_write_text (state, "network", stui_network_word (self->network));
    json_write_text (state, "link", stui_link_word (state_link (self)));
    json_write_text (state, "image", stui_answer_word (answers));
    state_evaluator (self, state);
    if (self->phase == LIFE_LIVE)
        json_write_real (state, "latency_ms", (double) self->latency_us / 1000.0);
    else
        json_write_null (state, "latency_ms");
    state_sessions (self, state);
    state_held (self, state);
    json_write_number (state, "transcript", (int64_t) self->transcript.last);
    json_write_number (state, "missed", self->missed);
    json_write_number (state, "attempt", self->attempt);
    if (self->phase == LIFE_WAITING && self->phase_deadline_ms != STUI_NEVER)
        json_write_number (state, "next_retry_ms", self->phase_deadline_ms - self->now_ms);
    else
        json_write_null (state, "next_retry_ms");
    json_write_number (state, "failures", self->backoff.failures);
    json_write_text (state, "cause",
                     self->cause.text[0] ? self->cause.text
                     : self->locked[0]   ? self->locked
                                         : NULL);
    json_write_text (state, "trouble",
                     self->cause.text[0] ? stui_trouble_word (self->trouble)
                     : self->locked[0]   ? stui_trouble_word (STUI_TROUBLE_LOCKED)
                                         : NULL);
    json_write_number (state, "malformed", self->malformed);
    json_write_number (state, "late_replies", self->late_replies);
    return json_write_end (state);
}

struct json *
supervise_state (const struct supervise *self)
{
    char *text = supervise_state_text (self);
    struct json *state = json_parse_text (text);
    free (text);
    return state;
}

void
supervise_event (struct supervise *self, const char *kind, const char *format, ...)
{
    if (self->probe)
        return;
    char text[STUI_CAUSE_MAX * 2];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    utf8_repair (text);
    struct json *event = json_object ();
    json_set_number (event, "at_ms", self->wall_ms);
    json_set_text (event, "image", self->name);
    json_set_text (event, "kind", kind);
    json_set_text (event, "text", text);
    if (json_count (self->events) >= SUPERVISE_EVENTS_MAX) {
        struct json *kept = json_array ();
        for (const struct json *old = json_next (json_first (self->events)); old;
             old = json_next (old))
            json_push (kept, json_copy (old));
        json_destroy (&self->events);
        self->events = kept;
        self->events_dropped++;
    }
    json_push (self->events, event);
    self->report_dirty = true;
    supervise_do (self, SUPERVISE_LOG, NULL, stui_printf ("%s: %s", kind, text));
}

/* There is a new phase. An attempt passes through eight in a few ms: a thousand of them at once, each
 * step told, would keep registry and all that watch it from the attempts themselves. So a step is
 * told when the attempt dwells, and what comes of the attempt at once. */
void
supervise_report_phase (struct supervise *self)
{
    bool step = self->phase >= LIFE_PERMITTING && self->phase <= LIFE_PROVING;
    if (!step)
        self->report_dirty = true;
    else if (self->report_ms == STUI_NEVER)
        self->report_ms = self->now_ms + SUPERVISE_STEP_MS;
}

void
supervise_report_flush (struct supervise *self)
{
    if (self->probe)
        return;
    if (!self->events_out && json_count (self->events) > 0) {
        char *text = json_print (self->events);
        supervise_send (
            self, msg_new ("store", MSG_EVENTS_PUT, supervise_ask (self, ASK_EVENTS, NULL), text));
        free (text);
        json_destroy (&self->events);
        self->events = json_array ();
        self->events_out = true;
    }
    if (!self->report_out && self->report_dirty) {
        char *text = supervise_state_text (self);
        supervise_send (
            self, msg_new ("registry", MSG_STATE, supervise_ask (self, ASK_STATE, NULL), text));
        free (text);
        self->report_dirty = false;
        self->report_out = true;
        self->report_ms = STUI_NEVER;
        self->reported_latency_us = self->latency_us;
        self->reported_ms = self->now_ms;
    }
}

void
supervise_probe_done (struct supervise *self)
{
    if (self->finishing)
        return;
    self->finishing = true;
    self->finish_ms = self->now_ms; /* ends at the next turn */
    supervise_route_leave (self);
    struct json *result = supervise_state (self);
    if (self->cause.err)
        json_set_text (result, "phase", life_phase_word (self->fault_phase));
    char *text = json_print (result);
    json_destroy (&result);
    struct msg *answer = self->cause.err
                             ? msg_new (self->asker, MSG_ERROR, self->asker_ref,
                                        stui_err_word (self->cause.err), self->cause.text, text)
                             : msg_new (self->asker, MSG_OK, self->asker_ref, text);
    free (text);
    supervise_send (self, answer);
}
