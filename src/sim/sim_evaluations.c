/* sim_evaluations.c: what runs in a simulated image: waiting, running, ended. One at a time
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
    PROGRESS_MS = 1000,       /* between two events that say that it still runs */
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
    if (evaluation->work == SIM_WORK_DEBUG)
        sim_debug_forget (evaluation);
    sim_run_destroy (&evaluation->run);
    sim_file_in_destroy (&evaluation->file_in);
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

void
sim_transcript_flush (struct sim_image *self, struct sim_evaluation *evaluation)
{
    size_t size = 0, lost = 0;
    char *text = evaluation->run ? sim_run_take_transcript (evaluation->run, &size, &lost) : NULL;
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
    const char *words = strcmp (evaluation->how, "destroyed") == 0 ? "destroyed" : "terminated";
    json_set_text (details, "reason", evaluation->reason);
    json_set_text (details, "how", evaluation->how);
    if (strcmp (evaluation->reason, "timeout") == 0)
        sim_fail (self, evaluation->request, STUI_E_EVALUATION, details,
                  "timed out after %lld ms (the process was %s)",
                  (long long) evaluation->timeout_ms, words);
    else if (strcmp (evaluation->reason, "memory") == 0)
        sim_fail (self, evaluation->request, STUI_E_EVALUATION, details,
                  "ended because it took more than %d MB of memory (the process was destroyed)",
                  SIM_HEAP_GROWTH_MAX / 1048576);
    else
        sim_fail (self, evaluation->request, STUI_E_EVALUATION, details,
                  is_begun ? "interrupted (the process was %s)" : "interrupted before it began",
                  words);
}

static void
answer_done (struct sim_image *self, struct sim_evaluation *evaluation, bool is_suspended)
{
    switch (evaluation->work) {
    case SIM_WORK_FILE_IN:
        sim_file_in_answer (self, evaluation);
        break;
    case SIM_WORK_DEBUG:
        sim_debug_answer (self, evaluation, is_suspended);
        break;
    case SIM_WORK_EVALUATE:
    case SIM_WORK_INSPECT:
    case SIM_WORK_DEBUG_EVALUATE:
        sim_expression_answer (self, evaluation, is_suspended);
        break;
    }
}

/* Answers a running evaluation and frees it. */
static void
finish (struct sim_image *self, struct sim_evaluation *evaluation, bool is_suspended)
{
    evaluations_remove (&self->running, evaluation);
    if (evaluation->session)
        evaluation->session->running = NULL;
    sim_transcript_flush (self, evaluation);
    if (evaluation->reason)
        answer_ended (self, evaluation);
    else
        answer_done (self, evaluation, is_suspended);
    evaluation_free (evaluation);
}

/* Ends it; how: terminated, or destroyed when what it ensures is not over soon. */
static const char *
end_running (struct sim_image *self, struct sim_evaluation *evaluation, const char *reason)
{
    bool is_over = !evaluation->run || sim_run_end (evaluation->run, SIM_ENDING_STEPS);
    const char *how = is_over ? "terminated" : "destroyed";
    evaluation->reason = reason;
    evaluation->how = how;
    finish (self, evaluation, false);
    return how;
}

void
sim_evaluation_interrupt (struct sim_image *self, struct sim_evaluation *evaluation)
{
    end_running (self, evaluation, "interrupted");
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
    switch (evaluation->work == SIM_WORK_FILE_IN ? sim_file_in_step (self, evaluation, budget)
                                                 : sim_run_step (evaluation->run, budget)) {
    case SIM_DONE:
        finish (self, evaluation, false);
        return;
    case SIM_SUSPENDED:
        finish (self, evaluation, true);
        return;
    case SIM_TOO_LARGE:
        evaluation->reason = "memory";
        evaluation->how = "destroyed";
        finish (self, evaluation, false);
        return;
    case SIM_WAITS:
        evaluation->wake_ms = self->now.mono_ms + sim_run_wait_ms (evaluation->run);
        break;
    case SIM_MORE:
        evaluation->wake_ms = self->now.mono_ms + (is_hurrying ? 0 : IDLE_PAUSE_MS);
        break;
    }
    sim_transcript_flush (self, evaluation);
}

/* Runs a first slice. It has left the waiting ones. */
static void
begin (struct sim_image *self, struct sim_evaluation *evaluation)
{
    bool is_begun = true;
    evaluation->started_ms = self->now.mono_ms;
    evaluation->started_wall_ms = self->now.wall_ms;
    evaluation->progress_ms = self->now.mono_ms + PROGRESS_MS;
    if (evaluation->work == SIM_WORK_DEBUG || evaluation->work == SIM_WORK_DEBUG_EVALUATE)
        is_begun = sim_debug_begin (self, evaluation);
    else if (evaluation->work != SIM_WORK_FILE_IN)
        is_begun = sim_expression_begin (self, evaluation);
    if (!is_begun) { /* and it has been answered */
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
    int64_t next = evaluation->wake_ms < limit ? evaluation->wake_ms : limit;
    return next < evaluation->progress_ms ? next : evaluation->progress_ms;
}

static void
announce_progress (struct sim_image *self, struct sim_evaluation *evaluation)
{
    int64_t elapsed_ms = self->now.mono_ms - evaluation->started_ms;
    struct json *data = json_object ();
    json_set_text (data, "id", evaluation->request->id);
    json_set_number (data, "elapsed_ms", elapsed_ms);
    sim_announce (self, "evaluation_progress", evaluation->session ? evaluation->session->id : NULL,
                  data);
    evaluation->progress_ms = evaluation->started_ms + (elapsed_ms / PROGRESS_MS + 1) * PROGRESS_MS;
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
            end_running (self, evaluation, "timeout");
        else if (evaluation->wake_ms <= self->now.mono_ms)
            run_slice (self, evaluation);
        if (self->running.count < before) /* the next one has taken its place */
            continue;
        if (evaluation->progress_ms <= self->now.mono_ms)
            announce_progress (self, evaluation);
        i++;
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

/* What runs and waits is bounded, in number and in bytes. False: there is no room for REQUEST, and
 * that is answered. */
static bool
has_room (struct sim_image *self, struct sim_request *request)
{
    const struct sim_evaluations *lists[] = {&self->running, &self->waiting};
    size_t bytes = request->bytes;
    for (size_t list = 0; list < 2; list++)
        for (size_t i = 0; i < lists[list]->count; i++)
            bytes += lists[list]->items[i]->request->bytes;
    if (sim_unfinished (self) >= SIM_UNFINISHED_MAX)
        sim_fail (self, request, STUI_E_EVALUATION, NULL,
                  "%d evaluations are running or waiting in this image already",
                  SIM_UNFINISHED_MAX);
    else if (bytes > SIM_UNFINISHED_BYTES_MAX)
        sim_fail (self, request, STUI_E_EVALUATION, NULL,
                  "what is running or waiting in this image has %zu bytes, and may have %d: wait "
                  "until some of it has ended",
                  bytes - request->bytes, SIM_UNFINISHED_BYTES_MAX);
    return !request->is_answered;
}

struct sim_evaluation *
sim_evaluation_add (struct sim_image *self, struct sim_request *request, enum sim_work work)
{
    struct sim_session *session = NULL;
    const char *session_id;
    int64_t timeout_ms = 0;
    if (sim_has (request, "timeout_ms")
        && !sim_integer_at (self, request, "timeout_ms", 1, INT32_MAX, 0, &timeout_ms))
        return NULL;
    if (sim_has (request, "session_id")
        && (!sim_name_at (self, request, "session_id", &session_id)
            || !(session = sim_session_used (self, request, session_id))))
        return NULL;
    if (!has_room (self, request))
        return NULL;
    struct sim_world *world = sim_world_of (self);
    if (session && !session->scope)
        session->scope = sim_scope_new (world);
    struct sim_evaluation *evaluation = stui_alloc (sizeof *evaluation);
    evaluation->work = work;
    evaluation->request = request;
    evaluation->session = session;
    evaluation->scope = session ? session->scope : sim_scope_new (world);
    evaluation->timeout_ms = timeout_ms;
    request->may_move = true;
    evaluations_append (&self->waiting, evaluation);
    return evaluation;
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
    const char *how = running   ? end_running (self, running, "interrupted")
                      : waiting ? "not_begun"
                                : "not_running";
    if (!running && waiting)
        end_waiting (self, waiting);
    struct json *result = json_object ();
    json_set_bool (result, "interrupted", running || waiting);
    json_set_text (result, "how", how);
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
        end_running (self, session->running, "interrupted");
    sim_debuggers_destroy (&session->debuggers);
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
