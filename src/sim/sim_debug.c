/* sim_debug.c: evaluations that an exception suspended, kept by their sessions: looked at, gone on
 * with, evaluated in, ended. What goes on with one runs in the session's turn, like any evaluation. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "sim/sim_parts.h"
#include "sim/sim_run.h"

enum { RECEIVER_MAX = 100 }; /* characters of a frame's receiver */

/* ---- what is suspended --------------------------------------------------------------------- */

/* What is suspended there is terminated. */
static void
remove_at (struct sim_debuggers *self, size_t place)
{
    if (self->items[place].run)
        sim_run_end (self->items[place].run, SIM_ENDING_STEPS);
    sim_run_destroy (&self->items[place].run);
    memmove (self->items + place, self->items + place + 1,
             (--self->count - place) * sizeof *self->items);
}

static struct sim_debugged *
find_number (const struct sim_session *session, int64_t number)
{
    struct sim_debuggers *debuggers = session->debuggers;
    for (size_t i = 0; debuggers && i < debuggers->count; i++)
        if (debuggers->items[i].number == number)
            return &debuggers->items[i];
    return NULL;
}

static void
forget (struct sim_session *session, const struct sim_debugged *debugged)
{
    remove_at (session->debuggers, (size_t) (debugged - session->debuggers->items));
    if (session->debuggers->count == 0)
        sim_debuggers_destroy (&session->debuggers);
}

void
sim_debuggers_destroy (struct sim_debuggers **self_p)
{
    struct sim_debuggers *self = *self_p;
    while (self && self->count > 0)
        remove_at (self, self->count - 1);
    free (self);
    *self_p = NULL;
}

/* Ends the oldest one that nothing goes on with. */
static void
end_oldest (struct sim_debuggers *self)
{
    size_t place = 0;
    while (place < self->count && !self->items[place].run)
        place++;
    if (place < self->count)
        remove_at (self, place);
}

static void
announce (struct sim_image *self, const struct sim_evaluation *evaluation,
          const struct sim_run *run, int64_t number)
{
    struct json *data = json_object ();
    struct sim_outcome outcome = sim_run_outcome (run);
    char *id = sim_handle_text (self, 'd', number);
    json_set_text (data, "debug_id", id);
    json_set_text (data, "id", evaluation->request->id);
    json_set_text (data, "error", outcome.text);
    json_set_text (data, "error_type", outcome.type);
    sim_announce (self, "debugger_opened", evaluation->session->id, data);
    free (id);
}

int64_t
sim_suspend (struct sim_image *self, struct sim_evaluation *evaluation)
{
    struct sim_session *session = evaluation->session;
    if (!session->debuggers)
        session->debuggers = stui_alloc (sizeof *session->debuggers);
    if (session->debuggers->count >= SIM_SUSPENDED_MAX)
        end_oldest (session->debuggers);
    struct sim_debugged *debugged = &session->debuggers->items[session->debuggers->count++];
    *debugged = (struct sim_debugged){
        .number = ++self->last_debugged,
        .run = evaluation->run,
        .is_do_it = evaluation->is_do_it,
    };
    evaluation->run = NULL;
    announce (self, evaluation, debugged->run, debugged->number);
    return debugged->number;
}

/* ---- told ---------------------------------------------------------------------------------- */

static struct json *
told_frame (const struct sim_frame *frame, size_t index)
{
    const struct sim_object *code = frame->code.object;
    struct sim_value owner = code->values[SIM_CODE_OWNER];
    struct json *row = json_object ();
    char *selector = stui_printf ("%s%s", frame->block ? "[] in " : "",
                                  code->code->selector ? code->code->selector : "doIt");
    char *receiver = sim_print (frame->receiver, false, RECEIVER_MAX, NULL, NULL);
    json_set_number (row, "index", (int64_t) index);
    json_set_text (row, "class_name",
                   owner.kind == SIM_NIL ? sim_kernel_names[SIM_CLASS_UNDEFINED]
                                         : sim_class_name (owner));
    json_set_text (row, "side",
                   sim_side_word (code->values[SIM_CODE_SIDE].kind == SIM_TRUE
                                      ? SIM_SIDE_CLASS
                                      : SIM_SIDE_INSTANCE));
    json_set_text (row, "selector", selector);
    json_set_number (row, "line", sim_frame_line (frame));
    json_set_text (row, "receiver", receiver);
    free (selector);
    free (receiver);
    return row;
}

/* state, stack, error, error_type of what is suspended. */
static struct json *
told_suspended (const struct sim_run *run)
{
    struct json *result = json_object (), *stack = json_array ();
    struct sim_outcome outcome = sim_run_outcome (run);
    json_set_text (result, "state", "suspended");
    for (size_t i = 0; i < run->frame_count && i < SIM_STACK_LINES_MAX; i++)
        json_push (stack, told_frame (&run->frames[run->frame_count - 1 - i], i));
    json_set (result, "stack", stack);
    json_set_text (result, "error", outcome.has_error ? outcome.text : NULL);
    json_set_text (result, "error_type", outcome.has_error ? outcome.type : NULL);
    return result;
}

/* Adds the arguments and temporaries that FRAME sees, its own first. */
static void
tell_slots (struct sim_image *self, struct sim_session *session, const struct sim_frame *frame,
            struct json *locals)
{
    const struct sim_block *blocks = frame->code.object->code->blocks;
    struct sim_value environment = frame->environment;
    for (uint32_t index = frame->block;; index = blocks[index].outer) {
        for (size_t i = 0; i < blocks[index].slots; i++) {
            size_t size;
            const char *name = sim_block_name (&blocks[index], i, &size);
            json_push (locals,
                       sim_field (self, session, name, size, environment.object->values[i + 1]));
        }
        if (index == 0)
            return;
        if (blocks[index].slots > 0)
            environment = environment.object->values[0];
    }
}

static struct json *
told_locals (struct sim_image *self, struct sim_session *session, const struct sim_run *run,
             size_t index)
{
    const struct sim_frame *frame = &run->frames[run->frame_count - 1 - index];
    struct json *result = json_object (), *locals = json_array ();
    const struct sim_value *variables = sim_instance_variables (frame->receiver);
    struct sim_names names = {0};
    json_set_text (result, "state", "suspended");
    json_push (locals, sim_field (self, session, "self", 4, frame->receiver));
    if (variables)
        sim_class_list_variables (sim_class_of (frame->receiver), &names);
    for (size_t i = 0; i < names.count; i++)
        json_push (locals, sim_field (self, session, names.items[i], strlen (names.items[i]),
                                      variables->kind == SIM_OBJECT && i < variables->object->count
                                          ? variables->object->values[i]
                                          : sim_nil ()));
    sim_names_fini (&names);
    tell_slots (self, session, frame, locals);
    json_set (result, "locals", locals);
    return result;
}

/* ---- going on ------------------------------------------------------------------------------ */

static int64_t
frame_of (const struct sim_request *request)
{
    return json_get_number (request->parameters, "frame", 0);
}

static void
not_found (struct sim_image *self, struct sim_request *request)
{
    sim_fail (self, request, STUI_E_OBJECT_NOT_FOUND, NULL,
              "this session has nothing suspended as %s",
              json_get_text (request->parameters, "debug_id"));
}

/* Its turn came: sets the run going, in the way that was asked for. */
static void
go_on (struct sim_evaluation *evaluation)
{
    static const struct {
        const char *word;
        enum sim_stop stop;
    } ways[] = {
        {"step_into", SIM_STOP_INTO},
        {"step_over", SIM_STOP_OVER},
        {"step_out", SIM_STOP_OUT},
        {"proceed", SIM_STOP_NEVER},
    };
    const char *word = json_get_text (evaluation->request->parameters, "operation");
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (strcmp (ways[i].word, word) == 0) {
            sim_run_resume (evaluation->run, ways[i].stop);
            return;
        }
    sim_run_restart (evaluation->run, (size_t) frame_of (evaluation->request));
}

bool
sim_debug_begin (struct sim_image *self, struct sim_evaluation *evaluation)
{
    struct sim_debugged *debugged = find_number (evaluation->session, evaluation->debugged);
    if (!debugged || !debugged->run) { /* it ended while this waited */
        not_found (self, evaluation->request);
        return false;
    }
    size_t frame = (size_t) frame_of (evaluation->request);
    if (frame >= sim_run_depth (debugged->run)) { /* its stack has changed meanwhile */
        sim_fail (self, evaluation->request, STUI_E_INVALID_REQUEST, NULL,
                  "there is no frame %zu any more", frame);
        return false;
    }
    if (evaluation->work == SIM_WORK_DEBUG) {
        evaluation->is_do_it = debugged->is_do_it;
        evaluation->run = debugged->run;
        debugged->run = NULL;
        debugged->evaluation = evaluation;
        go_on (evaluation);
        return true;
    }
    const char *code = json_get_text (evaluation->request->parameters, "code");
    struct sim_fault fault;
    evaluation->run = sim_run_new_within (debugged->run, frame, code, strlen (code), &fault);
    if (!evaluation->run)
        sim_answer_fault (self, evaluation->request, &fault);
    return evaluation->run != NULL;
}

void
sim_debug_answer (struct sim_image *self, struct sim_evaluation *evaluation, bool is_suspended)
{
    struct json *result;
    if (is_suspended) {
        struct sim_debugged *debugged = find_number (evaluation->session, evaluation->debugged);
        debugged->run = evaluation->run;
        debugged->evaluation = NULL;
        evaluation->run = NULL;
        result = told_suspended (debugged->run);
    }
    else {
        result = sim_outcome_told (self, evaluation);
        json_set_text (result, "state", "done");
    }
    sim_succeed (self, evaluation->request, result);
}

void
sim_debug_forget (struct sim_evaluation *evaluation)
{
    struct sim_debugged *debugged = find_number (evaluation->session, evaluation->debugged);
    if (debugged && debugged->evaluation == evaluation)
        forget (evaluation->session, debugged);
}

/* ---- the command --------------------------------------------------------------------------- */

enum operation {
    OPERATION_STACK,
    OPERATION_LOCALS,
    OPERATION_TERMINATE,
    OPERATION_EVALUATE,
    OPERATION_GO_ON, /* steps, proceed, restart */
    OPERATION_NONE,
};

static enum operation
operation_of (const char *word)
{
    static const struct {
        const char *word;
        enum operation operation;
    } rows[] = {
        {"stack", OPERATION_STACK},         {"locals", OPERATION_LOCALS},
        {"terminate", OPERATION_TERMINATE}, {"evaluate", OPERATION_EVALUATE},
        {"step_into", OPERATION_GO_ON},     {"step_over", OPERATION_GO_ON},
        {"step_out", OPERATION_GO_ON},      {"proceed", OPERATION_GO_ON},
        {"restart", OPERATION_GO_ON},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp (rows[i].word, word) == 0)
            return rows[i].operation;
    return OPERATION_NONE;
}

static struct json *
told_state (const char *state)
{
    struct json *result = json_object ();
    json_set_text (result, "state", state);
    return result;
}

static void
terminate (struct sim_image *self, struct sim_request *request, struct sim_session *session,
           struct sim_debugged *debugged)
{
    if (debugged->evaluation)
        sim_evaluation_interrupt (self, debugged->evaluation); /* which forgets it */
    else
        forget (session, debugged);
    sim_succeed (self, request, told_state ("terminated"));
}

/* Something goes on with DEBUGGED: only that can be said. */
static void
answer_running (struct sim_image *self, struct sim_request *request,
                const struct sim_debugged *debugged, enum operation operation)
{
    if (operation == OPERATION_STACK) {
        struct json *result = told_state ("running");
        json_set (result, "stack", json_array ());
        sim_succeed (self, request, result);
        return;
    }
    struct json *details = json_object ();
    json_set_text (details, "reason", "running");
    json_set_text (details, "id", debugged->evaluation->request->id);
    sim_fail (self, request, STUI_E_EVALUATION, details,
              "the evaluation is running again: wait for its end or interrupt it");
}

/* What is done at once, and what waits for its turn. */
static void
operate (struct sim_image *self, struct sim_request *request, struct sim_session *session,
         struct sim_debugged *debugged, enum operation operation)
{
    struct sim_evaluation modes = {0}, *evaluation = NULL;
    int64_t frame;
    if (operation == OPERATION_TERMINATE) {
        terminate (self, request, session, debugged);
        return;
    }
    if (!debugged->run) {
        answer_running (self, request, debugged, operation);
        return;
    }
    int64_t last = (int64_t) sim_run_depth (debugged->run) - 1;
    if (!sim_integer_at (self, request, "frame", 0, last, 0, &frame)
        || (operation == OPERATION_EVALUATE && !sim_modes_at (self, request, &modes)))
        return;
    if (operation == OPERATION_STACK)
        sim_succeed (self, request, told_suspended (debugged->run));
    else if (operation == OPERATION_LOCALS)
        sim_succeed (self, request, told_locals (self, session, debugged->run, (size_t) frame));
    else
        evaluation = sim_evaluation_add (self, request,
                                         operation == OPERATION_EVALUATE ? SIM_WORK_DEBUG_EVALUATE
                                                                         : SIM_WORK_DEBUG);
    if (!evaluation)
        return;
    evaluation->debugged = debugged->number;
    evaluation->is_do_it = modes.is_do_it;
    evaluation->is_inspect_it = modes.is_inspect_it;
}

void
sim_debug (struct sim_image *self, struct sim_request *request)
{
    const char *session_id, *id, *word;
    struct sim_session *session;
    struct sim_debugged *debugged;
    if (!sim_name_at (self, request, "session_id", &session_id)
        || !(session = sim_session_used (self, request, session_id))
        || !sim_name_at (self, request, "debug_id", &id)
        || !sim_text_at (self, request, "operation", NULL, &word))
        return;
    enum operation operation = operation_of (word);
    if (operation == OPERATION_NONE) {
        sim_fail (self, request, STUI_E_INVALID_REQUEST, NULL,
                  "operation must be stack, locals, step_into, step_over, step_out, proceed, "
                  "restart, terminate or evaluate");
        return;
    }
    debugged = find_number (session, sim_handle_number (self, 'd', id));
    if (debugged)
        operate (self, request, session, debugged, operation);
    else
        not_found (self, request);
}
