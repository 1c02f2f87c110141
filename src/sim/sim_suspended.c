/* sim_suspended.c: what can be said of a run that an exception ended or suspended, and what a
 * debugger does with it: go on, step, begin an activation anew, evaluate inside. Owns nothing. */

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "sim/sim_run.h"

/* ---- telling ------------------------------------------------------------------------------- */

uint32_t
sim_frame_line (const struct sim_frame *frame)
{
    return frame->code.object->code->instructions[frame->at > 0 ? frame->at - 1 : 0].line;
}

static void
add_line (struct sim_run *self, char *line)
{
    if (self->line_count < SIM_STACK_LINES_MAX)
        self->lines[self->line_count++] = line;
    else
        free (line);
}

/* "a doit (line 1)", "[] in Point class>>new (line 2)" */
static char *
frame_words (const struct sim_frame *frame)
{
    const struct sim_object *code = frame->code.object;
    const char *within = frame->block ? "[] in " : "";
    unsigned line = sim_frame_line (frame);
    if (!code->code->selector)
        return stui_printf ("%sa doit (line %u)", within, line);
    return stui_printf (
        "%s%s%s>>%s (line %u)", within, sim_class_name (code->values[SIM_CODE_OWNER]),
        code->values[SIM_CODE_SIDE].kind == SIM_TRUE ? " class" : "", code->code->selector, line);
}

void
sim_run_describe (struct sim_run *self, struct sim_value exception, struct sim_value receiver,
                  const char *selector)
{
    bool is_class = sim_is_class (receiver);
    const char *name = sim_class_name (is_class ? receiver : sim_class_of (receiver));
    while (self->line_count > 0)
        free (self->lines[--self->line_count]);
    if (selector)
        add_line (self, stui_printf ("%s%s>>%.200s", name, is_class ? " class" : "", selector));
    for (size_t i = self->frame_count; i-- > 0 && self->line_count < SIM_STACK_LINES_MAX;)
        add_line (self, frame_words (&self->frames[i]));
    free (self->text);
    self->text = sim_print (exception.object->values[SIM_EXCEPTION_TEXT], true, SIM_RESULT_MAX,
                            &self->text_size, &self->is_truncated);
    self->type = sim_class_name (sim_class_of (exception));
    self->exception = exception;
    self->has_error = true;
}

/* ---- going on ------------------------------------------------------------------------------ */

void
sim_run_debug (struct sim_run *self)
{
    self->is_debugged = true;
}

size_t
sim_run_depth (const struct sim_run *self)
{
    return self->frame_count;
}

/* No longer suspended: what was said of the exception is over. */
static void
wake (struct sim_run *self, enum sim_stop stop)
{
    self->progress = SIM_MORE;
    self->has_error = false;
    self->exception = sim_nil ();
    self->stop = stop;
    self->stop_depth = self->frame_count;
}

void
sim_run_resume (struct sim_run *self, enum sim_stop stop)
{
    if (self->exception.kind != SIM_NIL && self->wants_value) {
        stui_grow (&self->stack, &self->stack_room, self->stack_count, sizeof *self->stack);
        self->stack[self->stack_count++] = sim_nil ();
    }
    wake (self, stop);
}

void
sim_run_restart (struct sim_run *self, size_t frame)
{
    size_t target = self->frame_count - frame;
    self->frames[target - 1].has_handler = false;
    wake (self, SIM_STOP_NEVER);
    sim_run_unwind (self, target, SIM_AFTER_RESTART, sim_nil ());
}

void
sim_run_end_step (struct sim_run *self, enum sim_op op)
{
    bool is_visible =
        op == SIM_OP_SEND || op == SIM_OP_SEND_SUPER || op == SIM_OP_RETURN || op == SIM_OP_FINISH;
    bool is_over = self->stop == SIM_STOP_INTO ? is_visible
                   : self->stop == SIM_STOP_OVER
                       ? is_visible && self->frame_count <= self->stop_depth
                       : self->frame_count < self->stop_depth;
    if (!is_over)
        return;
    self->progress = SIM_SUSPENDED;
    self->stop = SIM_STOP_NEVER;
}

struct sim_run *
sim_run_new_within (const struct sim_run *other, size_t frame, const char *source, size_t size,
                    struct sim_fault *fault)
{
    const struct sim_frame *within = &other->frames[other->frame_count - 1 - frame];
    struct sim_value context[SIM_CODE_VALUES] = {
        [SIM_CODE_OWNER] = within->code.object->values[SIM_CODE_OWNER],
        [SIM_CODE_SIDE] = within->code.object->values[SIM_CODE_SIDE],
        [SIM_CODE_FRAME_CODE] = within->code,
        [SIM_CODE_FRAME_ENVIRONMENT] = within->environment,
        [SIM_CODE_FRAME_BLOCK] = sim_integer (within->block),
    };
    return sim_run_begin (other->world, other->scope, context, within->receiver, source, size,
                          fault);
}
