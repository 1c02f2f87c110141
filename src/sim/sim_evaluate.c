/* sim_evaluate.c: expressions of a simulated image's clients, from the request to the answer: those
 * of evaluate, the target of inspect, and what is evaluated inside a suspended evaluation. */

#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"
#include "sim/sim_parts.h"
#include "sim/sim_run.h"

static bool
is_one_of (const char *word, const char *const *words)
{
    while (*words && strcmp (*words, word) != 0)
        words++;
    return *words != NULL;
}

/* Checks a text of code. */
static bool
code_at (struct sim_image *self, struct sim_request *request, const char *name)
{
    const char *code;
    if (!sim_text_at (self, request, name, NULL, &code))
        return false;
    if (strlen (code) <= SIM_SOURCE_MAX)
        return true;
    sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL, "%s must have at most %d bytes", name,
              SIM_SOURCE_MAX);
    return false;
}

bool
sim_modes_at (struct sim_image *self, struct sim_request *request, struct sim_evaluation *into)
{
    static const char *const modes[] = {"doIt", "printIt", "inspectIt", NULL};
    static const char *const ways[] = {"return", "debug", NULL};
    const char *mode, *on_error;
    if (!code_at (self, request, "code") || !sim_text_at (self, request, "mode", "printIt", &mode)
        || !sim_text_at (self, request, "on_error", "return", &on_error))
        return false;
    if (!is_one_of (mode, modes) || !is_one_of (on_error, ways)) {
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL, "%s",
                  is_one_of (mode, modes) ? "on_error must be return or debug"
                                          : "mode must be doIt, printIt or inspectIt");
        return false;
    }
    into->is_do_it = strcmp (mode, "doIt") == 0;
    into->is_inspect_it = strcmp (mode, "inspectIt") == 0;
    into->is_debugged = strcmp (on_error, "debug") == 0;
    return true;
}

void
sim_evaluate (struct sim_image *self, struct sim_request *request)
{
    struct sim_evaluation modes = {0};
    struct sim_evaluation *evaluation = sim_modes_at (self, request, &modes)
                                            ? sim_evaluation_add (self, request, SIM_WORK_EVALUATE)
                                            : NULL;
    if (!evaluation)
        return;
    evaluation->is_do_it = modes.is_do_it;
    evaluation->is_inspect_it = modes.is_inspect_it && evaluation->session;
    evaluation->is_debugged = modes.is_debugged && evaluation->session;
}

void
sim_answer_fault (struct sim_image *self, struct sim_request *request,
                  const struct sim_fault *fault)
{
    struct json *details = json_object ();
    json_set_number (details, "line", fault->line);
    json_set_number (details, "column", fault->column);
    sim_fail (self, request, STUI_E_COMPILE, details, "%s", fault->text);
}

bool
sim_expression_begin (struct sim_image *self, struct sim_evaluation *evaluation)
{
    const char *name = evaluation->work == SIM_WORK_INSPECT ? "target" : "code";
    const char *source = json_get_text (evaluation->request->parameters, name);
    struct sim_fault fault;
    evaluation->run = sim_run_new (self->world, evaluation->scope, source, strlen (source), &fault);
    if (evaluation->run && evaluation->is_debugged)
        sim_run_debug (evaluation->run);
    if (!evaluation->run)
        sim_answer_fault (self, evaluation->request, &fault);
    return evaluation->run != NULL;
}

struct json *
sim_outcome_told (const struct sim_image *self, const struct sim_evaluation *evaluation)
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
    return result;
}

static void
answer_inspected (struct sim_image *self, struct sim_evaluation *evaluation)
{
    const struct sim_run *run = evaluation->run;
    struct sim_outcome outcome = sim_run_outcome (run);
    if (!outcome.has_error || run->is_printing) {
        sim_inspect_answer (self, evaluation->request, evaluation->session, run->value);
        return;
    }
    struct json *details = json_object ();
    json_set_text (details, "reason", "exception");
    json_set_text (details, "error_type", outcome.type);
    sim_fail (self, evaluation->request, STUI_E_EVALUATION, details, "%s", outcome.text);
}

void
sim_expression_answer (struct sim_image *self, struct sim_evaluation *evaluation, bool is_suspended)
{
    if (evaluation->work == SIM_WORK_INSPECT) {
        answer_inspected (self, evaluation);
        return;
    }
    struct json *result = sim_outcome_told (self, evaluation);
    char *id = NULL;
    if (evaluation->work == SIM_WORK_DEBUG_EVALUATE)
        json_set_text (result, "state", "suspended");
    if (is_suspended) {
        id = sim_handle_text (self, 'd', sim_suspend (self, evaluation));
        json_set_text (result, "debug_id", id);
    }
    else if (evaluation->is_inspect_it && !json_get_bool (result, "has_error", false)) {
        id = sim_hold (self, evaluation->session, evaluation->run->value);
        json_set_text (result, "object_id", id);
    }
    free (id);
    sim_succeed (self, evaluation->request, result);
}
