/* sim_evaluations.c: the evaluations of a simulated image: waiting, running, ended. One at a time
 * in a session, in the order in which they came; any number without. A run gets a slice of
 * instructions at a time, and after a while only a small one now and then: an endless loop is an
 * evaluation like any other, and a thousand of them are no load. */

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/utf8.h"
#include "sim/sim_parts.h"

enum {
    SLICE_STEPS = 5000,     /* instructions at a time: below a millisecond */
    HURRY_STEPS = 1000000,  /* so many come without a pause */
    IDLE_SLICE_STEPS = 500, /* of what runs longer: it is no load any more */
    IDLE_PAUSE_MS = 250,
    TRANSCRIPT_PIECE = 65536, /* bytes of text in one event */
};

static void
evaluations_append (struct sim_evaluations *self, struct sim_evaluation *evaluation)
{
    stui_grow (&self->items, &self->room, self->count, sizeof (struct sim_evaluation *));
    self->items[self->count++] = evaluation;
}

static void
evaluations_remove (struct sim_evaluations *self, const struct sim_evaluation *evaluation)
{
    size_t place = 0;
    while (self->items[place] != evaluation)
        place++;
    memmove (self->items + place, self->items + place + 1,
             (--self->count - place) * sizeof (struct sim_evaluation *));
}

static struct sim_evaluation *
evaluations_find (const struct sim_evaluations *self, const char *id)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (self->items[i]->request->id, id) == 0)
            return self->items[i];
    return NULL;
}

size_t
sim_unfinished (const struct sim_image *self)
{
    return self->running.count + self->waiting.count;
}

bool
sim_session_is_busy (const struct sim_image *self, const struct sim_session *session)
{
    for (size_t i = 0; i < self->waiting.count; i++)
        if (self->waiting.items[i]->session == session)
            return true;
    return session->running != NULL;
}

static void
evaluation_free (struct sim_evaluation *evaluation)
{
    sim_run_destroy (&evaluation->run);
    if (!evaluation->session)
        sim_scope_destroy (&evaluation->scope);
    sim_request_destroy (&evaluation->request);
    free (evaluation);
}

/* ---- what was written to the Transcript ------------------------------------------------------ */

static void
announce_text (struct sim_image *self, const char *session_id, const char *text, size_t size,
               size_t lost)
{
    char *piece = stui_strndup (text, size);
    struct json *data = json_object ();
    json_set_text (data, "text", piece);
    json_set_number (data, "lost_bytes", (int64_t) lost);
    sim_announce (self, "transcript", session_id, data);
    free (piece);
}

static void
flush_transcript (struct sim_image *self, struct sim_evaluation *evaluation)
{
    size_t size, lost;
    char *text = sim_run_take_transcript (evaluation->run, &size, &lost);
    const char *session = evaluation->session ? evaluation->session->id : NULL;
    for (size_t at = 0; at < size;) {
        size_t piece = utf8_cut (text + at, size - at, TRANSCRIPT_PIECE);
        announce_text (self, session, text + at, piece, 0);
        at += piece;
    }
    if (lost > 0)
        announce_text (self, NULL, "", 0, lost);
    free (text);
}

/* ---- the end of an evaluation ------------------------------------------------------------------ */

static void
answer_ended (struct sim_image *self, struct sim_evaluation *evaluation)
{
    struct json *details = json_object ();
    bool is_begun = strcmp (evaluation->how, "not_begun") != 0;
    json_set_text (details, "reason", evaluation->reason);
    json_set_text (details, "how", evaluation->how);
    if (strcmp (evaluation->reason, "timeout") == 0)
        sim_fail (self, evaluation->request, STUI_E_EVALUATION, details,
                  "timed out after %lld ms (the process was terminated)",
                  (long long) evaluation->timeout_ms);
    else if (strcmp (evaluation->reason, "memory") == 0)
        sim_fail (self, evaluation->request, STUI_E_EVALUATION, details,
                  "ended because it took more than %d MB of memory (the process was destroyed)",
                  SIM_HEAP_GROWTH_MAX / 1048576);
    else
        sim_fail (self, evaluation->request, STUI_E_EVALUATION, details, "%s",
                  is_begun ? "interrupted (the process was terminated)"
                           : "interrupted before it began");
}

static void
answer_done (struct sim_image *self, struct sim_evaluation *evaluation)
{
    struct sim_outcome outcome = sim_run_outcome (evaluation->run);
    struct json *result = json_object (), *stack = json_array ();
    bool is_silent = evaluation->is_do_it && !outcome.has_error;
    json_set_text (result, "result", is_silent ? "" : outcome.text);
    json_set_text (result, "result_type", outcome.type);
    json_set_bool (result, "has_error", outcome.has_error);
    json_set_number (result, "execution_time", self->now.mono_ms - evaluation->started_ms);
    for (size_t i = 0; i < outcome.stack_count; i++)
        json_push (stack, json_string (outcome.stack[i]));
    json_set (result, "stack", stack);
    json_set_bool (result, "truncated", outcome.is_truncated && !is_silent);
    sim_succeed (self, evaluation->request, result);
}

/* Answers a running evaluation and frees it. */
static void
finish (struct sim_image *self, struct sim_evaluation *evaluation)
{
    evaluations_remove (&self->running, evaluation);
    if (evaluation->session)
        evaluation->session->running = NULL;
    flush_transcript (self, evaluation);
    if (evaluation->reason)
        answer_ended (self, evaluation);
    else
        answer_done (self, evaluation);
    evaluation_free (evaluation);
}

static void
end_running (struct sim_image *self, struct sim_evaluation *evaluation, const char *reason,
             const char *how)
{
    evaluation->reason = reason;
    evaluation->how = how;
    finish (self, evaluation);
}

static void
end_waiting (struct sim_image *self, struct sim_evaluation *evaluation)
{
    evaluations_remove (&self->waiting, evaluation);
    evaluation->reason = "interrupted";
    evaluation->how = "not_begun";
    answer_ended (self, evaluation);
    evaluation_free (evaluation);
}

/* ---- running -------------------------------------------------------------------------------- */

static void
run_slice (struct sim_image *self, struct sim_evaluation *evaluation)
{
    bool is_hurrying = evaluation->steps < HURRY_STEPS;
    int budget = is_hurrying ? SLICE_STEPS : IDLE_SLICE_STEPS;
    evaluation->steps += budget;
    switch (sim_run_step (evaluation->run, budget)) {
    case SIM_DONE:
        finish (self, evaluation);
        return;
    case SIM_TOO_LARGE:
        end_running (self, evaluation, "memory", "destroyed");
        return;
    case SIM_WAITS:
        evaluation->wake_ms = self->now.mono_ms + sim_run_wait_ms (evaluation->run);
        break;
    case SIM_MORE:
        evaluation->wake_ms = self->now.mono_ms + (is_hurrying ? 0 : IDLE_PAUSE_MS);
        break;
    }
    flush_transcript (self, evaluation);
}

/* Compiles it and runs a first slice. It has left the waiting ones. */
static void
begin (struct sim_image *self, struct sim_evaluation *evaluation)
{
    const char *source = json_get_text (evaluation->request->parameters, "code");
    struct sim_fault fault;
    evaluation->started_ms = self->now.mono_ms;
    evaluation->started_wall_ms = self->now.wall_ms;
    evaluation->run = sim_run_new (self->world, evaluation->scope, source, strlen (source), &fault);
    if (!evaluation->run) {
        struct json *details = json_object ();
        json_set_number (details, "line", fault.line);
        json_set_number (details, "column", fault.column);
        sim_fail (self, evaluation->request, STUI_E_COMPILE, details, "%s", fault.text);
        evaluation_free (evaluation);
        return;
    }
    if (evaluation->session)
        evaluation->session->running = evaluation;
    evaluations_append (&self->running, evaluation);
    run_slice (self, evaluation);
}

void
sim_evaluations_begin (struct sim_image *self)
{
    for (size_t i = 0; i < self->waiting.count;) {
        struct sim_evaluation *evaluation = self->waiting.items[i];
        if (evaluation->session && evaluation->session->running) {
            i++;
            continue;
        }
        evaluations_remove (&self->waiting, evaluation);
        begin (self, evaluation);
    }
}

/* When the evaluation has to be looked at again. */
static int64_t
deadline_of (const struct sim_evaluation *evaluation)
{
    int64_t limit = evaluation->timeout_ms > 0 ? evaluation->started_ms + evaluation->timeout_ms + 1
                                               : STUI_NEVER;
    return evaluation->wake_ms < limit ? evaluation->wake_ms : limit;
}

void
sim_evaluations_advance (struct sim_image *self)
{
    size_t left = self->running.count;
    for (size_t i = 0; left > 0; left--) {
        struct sim_evaluation *evaluation = self->running.items[i];
        size_t before = self->running.count;
        int64_t elapsed_ms = self->now.mono_ms - evaluation->started_ms;
        if (evaluation->timeout_ms > 0 && elapsed_ms > evaluation->timeout_ms)
            end_running (self, evaluation, "timeout", "terminated");
        else if (evaluation->wake_ms <= self->now.mono_ms)
            run_slice (self, evaluation);
        i += self->running.count == before; /* else the next one has taken its place */
    }
}

int64_t
sim_evaluations_deadline (const struct sim_image *self)
{
    int64_t deadline = STUI_NEVER;
    for (size_t i = 0; i < self->running.count; i++) {
        int64_t its = deadline_of (self->running.items[i]);
        deadline = its < deadline ? its : deadline;
    }
    return deadline;
}

/* ---- the commands ----------------------------------------------------------------------------- */

static bool
is_one_of (const char *word, const char *const *words)
{
    while (*words && strcmp (*words, word) != 0)
        words++;
    return *words != NULL;
}

void
sim_evaluate (struct sim_image *self, struct sim_request *request)
{
    static const char *const modes[] = {"doIt", "printIt", "inspectIt", NULL};
    static const char *const ways[] = {"return", "debug", NULL};
    const char *code, *mode, *on_error, *session_id;
    struct sim_session *session = NULL;
    int64_t timeout_ms;
    if (!sim_text_at (self, request, "code", NULL, &code)
        || !sim_text_at (self, request, "mode", "printIt", &mode)
        || !sim_text_at (self, request, "on_error", "return", &on_error))
        return;
    if (!is_one_of (mode, modes) || !is_one_of (on_error, ways)) {
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL, "%s",
                  is_one_of (mode, modes) ? "on_error must be return or debug"
                                          : "mode must be doIt, printIt or inspectIt");
        return;
    }
    if (sim_has (request, "timeout_ms")
        && !sim_integer_at (self, request, "timeout_ms", 1, INT32_MAX, 0, &timeout_ms))
        return;
    if (strlen (code) > SIM_SOURCE_MAX) {
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL, "code must have at most %d bytes",
                  SIM_SOURCE_MAX);
        return;
    }
    if (sim_has (request, "session_id")
        && (!sim_name_at (self, request, "session_id", &session_id)
            || !(session = sim_session_used (self, request, session_id))))
        return;
    if (sim_unfinished (self) >= SIM_UNFINISHED_MAX) {
        sim_fail (self, request, STUI_E_EVALUATION, NULL,
                  "%d evaluations are running or waiting in this image already",
                  SIM_UNFINISHED_MAX);
        return;
    }
    if (!self->world)
        self->world = sim_world_new ();
    if (session && !session->scope)
        session->scope = sim_scope_new (self->world);
    struct sim_evaluation *evaluation = stui_alloc (sizeof *evaluation);
    evaluation->request = request;
    evaluation->session = session;
    evaluation->scope = session ? session->scope : sim_scope_new (self->world);
    evaluation->is_do_it = strcmp (mode, "doIt") == 0;
    evaluation->timeout_ms = sim_has (request, "timeout_ms") ? timeout_ms : 0;
    request->may_move = true;
    evaluations_append (&self->waiting, evaluation);
}

void
sim_interrupt (struct sim_image *self, struct sim_request *request)
{
    const char *given;
    char id[SIM_ID_MAX + 1];
    if (!sim_name_at (self, request, "id", &given))
        return;
    sim_lower (id, given);
    struct sim_evaluation *running = evaluations_find (&self->running, id);
    struct sim_evaluation *waiting = evaluations_find (&self->waiting, id);
    if (running)
        end_running (self, running, "interrupted", "terminated");
    else if (waiting)
        end_waiting (self, waiting);
    struct json *result = json_object ();
    json_set_bool (result, "interrupted", running || waiting);
    json_set_text (result, "how", running ? "terminated" : waiting ? "not_begun" : "not_running");
    sim_succeed (self, request, result);
}

void
sim_evaluations_end_session (struct sim_image *self, struct sim_session *session)
{
    for (size_t i = 0; i < self->waiting.count;)
        if (self->waiting.items[i]->session == session)
            end_waiting (self, self->waiting.items[i]);
        else
            i++;
    if (session->running)
        end_running (self, session->running, "interrupted", "terminated");
    sim_scope_destroy (&session->scope);
}

void
sim_evaluations_discard (struct sim_image *self, const struct sim_client *client, uint64_t except)
{
    for (size_t i = 0; i < self->waiting.count;) {
        struct sim_evaluation *evaluation = self->waiting.items[i];
        struct sim_request *request = evaluation->request;
        if (request->client != client || request->peer == except) {
            i++;
            continue;
        }
        evaluations_remove (&self->waiting, evaluation);
        sim_replies_remove (&request->client->replies, &request->entry);
        evaluation_free (evaluation);
    }
}

void
sim_evaluations_fini (struct sim_image *self)
{
    struct sim_evaluations *lists[] = {&self->running, &self->waiting};
    for (size_t list = 0; list < 2; list++) {
        for (size_t i = 0; i < lists[list]->count; i++)
            evaluation_free (lists[list]->items[i]);
        free (lists[list]->items);
    }
}
