/* sim_eval.c: the machine that carries out code. Each run owns its stack and its frames. Between two
 * instructions everything that lives is reachable from them, from scopes and from globals: only
 * there it collects. carry_out is one switch with a case for each instruction, and longer than a
 * screen for that. */

#include "sim/sim_eval.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/utf8.h"
#include "sim/sim_run.h"

/* ---- frames -------------------------------------------------------------------------------- */

static const struct sim_code *
frame_code (const struct sim_frame *frame)
{
    return frame->code.object->code;
}

void
sim_run_push (struct sim_run *self, struct sim_value value)
{
    stui_grow (&self->stack, &self->stack_room, self->stack_count, sizeof *self->stack);
    self->stack[self->stack_count++] = value;
}

static struct sim_value
pop (struct sim_run *self)
{
    return self->stack[--self->stack_count];
}

/* Begins BLOCK of CODE. HOME: the activation that ^ leaves; 0: it is this one. */
static enum sim_sent
frame_push (struct sim_run *self, struct sim_value code, struct sim_value outer, uint32_t block,
            struct sim_value receiver, int64_t home, const struct sim_value *arguments,
            size_t count)
{
    const struct sim_block *row = &code.object->code->blocks[block];
    if (self->frame_count >= SIM_DEPTH_MAX || self->stack_count > SIM_STACK_MAX)
        return SIM_SENT_LARGE;
    struct sim_value environment = outer;
    if (row->slots > 0) {
        environment = sim_heap_new (&self->world->heap, SIM_SHAPE_ENVIRONMENT, row->slots + 1u);
        environment.object->values[0] = outer;
        for (size_t i = 0; i < count; i++)
            environment.object->values[i + 1] = arguments[i];
    }
    stui_grow (&self->frames, &self->frame_room, self->frame_count, sizeof *self->frames);
    self->frames[self->frame_count++] = (struct sim_frame){
        .code = code,
        .environment = environment,
        .receiver = receiver,
        .home = home > 0 ? home : ++self->world->last_frame,
        .is_home = home == 0,
        .block = block,
        .at = row->start,
        .base = self->stack_count,
    };
    return SIM_SENT_FRAME;
}

enum sim_sent
sim_run_activate (struct sim_run *self, struct sim_value block, const struct sim_value *arguments,
                  size_t count)
{
    const struct sim_value *values = block.object->values;
    uint32_t index = (uint32_t) values[SIM_BLOCK_INDEX].number;
    struct sim_value code = values[SIM_BLOCK_CODE];
    size_t wanted = code.object->code->blocks[index].arguments;
    if (count != wanted)
        return sim_run_raise (self, SIM_CLASS_WRONG_VALUE, block, "numArgs",
                              "the block takes %zu arguments, not %zu", wanted, count);
    return frame_push (self, code, values[SIM_BLOCK_ENVIRONMENT], index, values[SIM_BLOCK_SELF],
                       values[SIM_BLOCK_HOME].number, arguments, count);
}

enum sim_sent
sim_run_call (struct sim_run *self, const struct sim_method *method, struct sim_value receiver,
              const struct sim_value *arguments, size_t count)
{
    return frame_push (self, method->code, sim_nil (), 0, receiver, 0, arguments, count);
}

/* ---- exceptions ---------------------------------------------------------------------------- */

enum sim_sent
sim_run_raise (struct sim_run *self, enum sim_class class, struct sim_value receiver,
               const char *selector, const char *format, ...)
{
    char text[STUI_CAUSE_MAX];
    va_list args;
    va_start (args, format);
    vsnprintf (text, sizeof text, format, args);
    va_end (args);
    struct sim_heap *heap = &self->world->heap;
    struct sim_value exception = sim_heap_new (heap, SIM_SHAPE_EXCEPTION, SIM_EXCEPTION_VALUES);
    exception.object->values[SIM_EXCEPTION_CLASS] = sim_class_value (class);
    exception.object->values[SIM_EXCEPTION_TEXT] =
        sim_heap_text (heap, SIM_SHAPE_STRING, text, utf8_valid_prefix (text, strlen (text)));
    return sim_run_signal (self, exception, receiver, selector);
}

/* ---- one instruction ----------------------------------------------------------------------- */

static struct sim_value *
slot_of (const struct sim_frame *frame, const struct sim_instruction *instruction)
{
    struct sim_value environment = frame->environment;
    for (uint32_t depth = instruction->a; depth > 0; depth--)
        environment = environment.object->values[0];
    return &environment.object->values[instruction->b + 1];
}

static struct sim_value
load_name (struct sim_run *self, const struct sim_frame *frame, const char *name)
{
    const struct sim_value *found = sim_run_variable (self, frame, name);
    struct sim_value value = sim_nil ();
    if (found)
        return *found;
    sim_library_find (self->world->library, name, &value);
    return value;
}

/* A name that was there when the code was compiled, and is not any more, keeps nothing. */
static void
store_name (struct sim_run *self, const struct sim_frame *frame, const char *name)
{
    struct sim_value *found = sim_run_variable (self, frame, name);
    if (!found && !frame_code (frame)->selector)
        found = sim_variables_declare (&self->scope->variables, name, strlen (name));
    if (found)
        *found = self->stack[self->stack_count - 1];
}

static void
make_array (struct sim_run *self, size_t count)
{
    struct sim_value array = sim_heap_new (&self->world->heap, SIM_SHAPE_ARRAY, count);
    self->stack_count -= count;
    for (size_t i = 0; i < count; i++)
        array.object->values[i] = self->stack[self->stack_count + i];
    sim_run_push (self, array);
}

static void
make_block (struct sim_run *self, const struct sim_frame *frame, uint32_t index)
{
    struct sim_value block = sim_heap_new (&self->world->heap, SIM_SHAPE_BLOCK, SIM_BLOCK_VALUES);
    block.object->values[SIM_BLOCK_CODE] = frame->code;
    block.object->values[SIM_BLOCK_ENVIRONMENT] = frame->environment;
    block.object->values[SIM_BLOCK_INDEX] = sim_integer (index);
    block.object->values[SIM_BLOCK_SELF] = frame->receiver;
    block.object->values[SIM_BLOCK_HOME] = sim_integer (frame->home);
    sim_run_push (self, block);
}

/* The run is over; PRINTED is what its value says of itself. */
static void
finish_printed (struct sim_run *self, struct sim_value printed, bool displays)
{
    free (self->text);
    self->text =
        sim_print (printed, displays, SIM_RESULT_MAX, &self->text_size, &self->is_truncated);
    self->type = sim_class_name (sim_class_of (self->value));
    self->progress = SIM_DONE;
    self->frame_count = 0;
}

void
sim_run_finish (struct sim_run *self, struct sim_value value)
{
    if (self->is_printing) {
        finish_printed (self, sim_is_text (value) ? value : self->value, sim_is_text (value));
        return;
    }
    self->value = value;
    self->frame_count = self->stack_count = 0;
    self->has_error = false; /* what is ensured may return after an exception */
    while (self->line_count > 0)
        free (self->lines[--self->line_count]);
    const struct sim_method *method = NULL;
    if (!sim_is_class (value))
        method = sim_library_lookup (self->world->library, sim_class_of (value), SIM_SIDE_INSTANCE,
                                     "printString");
    if (!method) {
        finish_printed (self, value, false);
        return;
    }
    self->is_printing = true;
    sim_run_call (self, method, value, NULL, 0);
}

static void
run_too_large (struct sim_run *self)
{
    self->progress = SIM_TOO_LARGE;
    self->frame_count = 0;
    self->stack_count = 0;
}

/* What a message to super comes to: the search begins above the class of the method. */
static enum sim_sent
send_super (struct sim_run *self, const struct sim_frame *frame, const char *selector,
            struct sim_value receiver, const struct sim_value *arguments, size_t count,
            struct sim_value *result)
{
    const struct sim_value *values = frame->code.object->values;
    bool is_class_side = values[SIM_CODE_SIDE].kind == SIM_TRUE;
    const struct sim_method *method = NULL;
    if (values[SIM_CODE_OWNER].kind != SIM_NIL)
        method = sim_library_lookup (self->world->library, sim_superclass (values[SIM_CODE_OWNER]),
                                     is_class_side ? SIM_SIDE_CLASS : SIM_SIDE_INSTANCE, selector);
    return method ? sim_run_call (self, method, receiver, arguments, count)
                  : sim_send_kernel (self, selector, receiver, arguments, count, result);
}

static void
not_understood (struct sim_run *self, struct sim_value receiver, const char *selector)
{
    bool is_class = sim_is_class (receiver);
    struct sim_value class = is_class ? receiver : sim_class_of (receiver);
    if (sim_run_raise (self, SIM_CLASS_NOT_UNDERSTOOD, receiver,
                       "doesNotUnderstand:", "%s%s did not understand #%.128s",
                       sim_class_name (class), is_class ? " class" : "", selector)
        == SIM_SENT_LARGE)
        run_too_large (self);
}

static void
send (struct sim_run *self, const struct sim_frame *frame,
      const struct sim_instruction *instruction)
{
    const char *selector = frame_code (frame)->selectors[instruction->a].text;
    struct sim_value arguments[SIM_ARGUMENTS_MAX], result = sim_nil ();
    size_t count = instruction->b;
    self->stack_count -= count;
    for (size_t i = 0; i < count; i++)
        arguments[i] = self->stack[self->stack_count + i];
    struct sim_value receiver = pop (self);
    self->wants_value = true;
    switch (instruction->op == SIM_OP_SEND_SUPER
                ? send_super (self, frame, selector, receiver, arguments, count, &result)
                : sim_send (self, selector, receiver, arguments, count, &result)) {
    case SIM_SENT_WAIT:
        self->progress = SIM_WAITS;
        sim_run_push (self, result);
        break;
    case SIM_SENT_VALUE:
        sim_run_push (self, result);
        break;
    case SIM_SENT_UNKNOWN:
        not_understood (self, receiver, selector);
        break;
    case SIM_SENT_LARGE:
        run_too_large (self);
        break;
    case SIM_SENT_FRAME:
    case SIM_SENT_RAISED:
        break;
    }
}

static void
jump_unless (struct sim_run *self, struct sim_frame *frame,
             const struct sim_instruction *instruction)
{
    struct sim_value value = pop (self);
    if (value.kind == SIM_FALSE)
        frame->at = instruction->a;
    else if (value.kind != SIM_TRUE) {
        self->wants_value = false;
        if (sim_run_raise (self, SIM_CLASS_WRONG_VALUE, value, "mustBeBoolean",
                           "true or false is needed here")
            == SIM_SENT_LARGE)
            run_too_large (self);
    }
}

/* Leaves the method that FRAME belongs to, or all of the code, with VALUE. */
static void
leave_home (struct sim_run *self, const struct sim_frame *frame, struct sim_value value)
{
    size_t count = self->frame_count;
    if (!frame_code (frame)->selector) {
        sim_run_unwind (self, 0, SIM_AFTER_FINISH, value);
        return;
    }
    while (count > 0
           && !(self->frames[count - 1].is_home && self->frames[count - 1].home == frame->home))
        count--;
    if (count == 0) {
        self->wants_value = true;
        sim_run_raise (self, SIM_CLASS_ERROR, frame->receiver, NULL,
                       "the method that this block would return from has ended");
        return;
    }
    sim_run_unwind (self, count, SIM_AFTER_LEAVE, value);
}

static void
carry_out (struct sim_run *self)
{
    struct sim_frame *frame = &self->frames[self->frame_count - 1];
    const struct sim_code *code = frame_code (frame);
    const struct sim_instruction *instruction = &code->instructions[frame->at++];
    struct sim_heap *heap = &self->world->heap;
    struct sim_value value;
    enum sim_op op = (enum sim_op) instruction->op;
    switch (op) {
    case SIM_OP_CONSTANT:
        sim_run_push (self, instruction->a == 0 ? sim_nil () : sim_bool (instruction->a == 1));
        break;
    case SIM_OP_INTEGER:
        sim_run_push (self, sim_integer (instruction->number));
        break;
    case SIM_OP_CHARACTER:
        sim_run_push (self, sim_character (instruction->number));
        break;
    case SIM_OP_STRING:
    case SIM_OP_SYMBOL:
        sim_run_push (
            self, sim_heap_text (
                      heap, instruction->op == SIM_OP_STRING ? SIM_SHAPE_STRING : SIM_SHAPE_SYMBOL,
                      code->texts[instruction->a].text, code->texts[instruction->a].size));
        break;
    case SIM_OP_ARRAY:
        make_array (self, instruction->a);
        break;
    case SIM_OP_LOAD_SLOT:
        sim_run_push (self, *slot_of (frame, instruction));
        break;
    case SIM_OP_STORE_SLOT:
        *slot_of (frame, instruction) = self->stack[self->stack_count - 1];
        break;
    case SIM_OP_LOAD_NAME:
        sim_run_push (self, load_name (self, frame, code->names[instruction->a].text));
        break;
    case SIM_OP_STORE_NAME:
        store_name (self, frame, code->names[instruction->a].text);
        break;
    case SIM_OP_LOAD_SELF:
        sim_run_push (self, frame->receiver);
        break;
    case SIM_OP_BLOCK:
        make_block (self, frame, instruction->a);
        break;
    case SIM_OP_SEND:
    case SIM_OP_SEND_SUPER:
        send (self, frame, instruction);
        break;
    case SIM_OP_POP:
        pop (self);
        break;
    case SIM_OP_PICK:
        sim_run_push (self, self->stack[self->stack_count - 1 - instruction->a]);
        break;
    case SIM_OP_PLACE:
        value = pop (self);
        self->stack[self->stack_count - 1 - instruction->a] = value;
        break;
    case SIM_OP_JUMP:
        frame->at = instruction->a;
        break;
    case SIM_OP_JUMP_UNLESS:
        jump_unless (self, frame, instruction);
        break;
    case SIM_OP_JUMP_OBJECT:
        if (sim_is (self->stack[self->stack_count - 1 - instruction->b], SIM_SHAPE_PLAIN))
            frame->at = instruction->a;
        break;
    case SIM_OP_RETURN:
        sim_run_leave (self, pop (self));
        break;
    case SIM_OP_FINISH:
        leave_home (self, frame, pop (self));
        break;
    case SIM_OP_COUNT:
        break;
    }
    if (self->stop != SIM_STOP_NEVER && self->progress == SIM_MORE)
        sim_run_end_step (self, op);
}

/* ---- runs ------------------------------------------------------------------------------------ */

/* Declares what the run's code assigns; refuses what it reads and nobody knows. */
static bool
declare_names (struct sim_run *self, const char *source, struct sim_fault *fault)
{
    const struct sim_frame *frame = &self->frames[0];
    const struct sim_code *code = frame_code (frame);
    struct sim_value ignored;
    for (size_t i = 0; i < code->name_count; i++) {
        const struct sim_name *name = &code->names[i];
        if (!name->is_assigned && name->first_read > 0
            && !sim_run_variable (self, frame, name->text)
            && !sim_library_find (self->world->library, name->text, &ignored)) {
            sim_fault_set (fault, source, name->first_read - 1, "undeclared variable %.200s",
                           name->text);
            return false;
        }
    }
    for (size_t i = 0; i < code->name_count; i++)
        if (code->names[i].is_assigned && !sim_run_variable (self, frame, code->names[i].text))
            sim_variables_declare (&self->scope->variables, code->names[i].text,
                                   strlen (code->names[i].text));
    return true;
}

struct sim_run *
sim_run_begin (struct sim_world *world, struct sim_scope *scope,
               const struct sim_value context[SIM_CODE_VALUES], struct sim_value receiver,
               const char *source, size_t size, struct sim_fault *fault)
{
    struct sim_code *code = sim_code_new (source, size, fault);
    if (!code)
        return NULL;
    struct sim_run *self = stui_alloc (sizeof *self);
    self->world = world;
    self->scope = scope;
    self->live_before = world->heap.live;
    self->progress = SIM_MORE;
    self->next = world->runs;
    world->runs = self;
    struct sim_value held = sim_heap_code (&world->heap, &code);
    for (size_t i = 0; context && i < SIM_CODE_VALUES; i++)
        held.object->values[i] = context[i];
    frame_push (self, held, sim_nil (), 0, receiver, 0, NULL, 0);
    if (!declare_names (self, source, fault))
        sim_run_destroy (&self);
    return self;
}

struct sim_run *
sim_run_new (struct sim_world *world, struct sim_scope *scope, const char *source, size_t size,
             struct sim_fault *fault)
{
    return sim_run_begin (world, scope, NULL, sim_nil (), source, size, fault);
}

void
sim_run_destroy (struct sim_run **self_p)
{
    struct sim_run *self = *self_p;
    if (!self)
        return;
    struct sim_run **link = &self->world->runs;
    while (*link != self)
        link = &(*link)->next;
    *link = self->next;
    for (size_t i = 0; i < self->line_count; i++)
        free (self->lines[i]);
    free (self->frames);
    free (self->stack);
    free (self->text);
    free (self->transcript);
    free (self);
    *self_p = NULL;
}

enum sim_progress
sim_run_step (struct sim_run *self, int budget)
{
    struct sim_heap *heap = &self->world->heap;
    if (self->progress == SIM_WAITS)
        self->progress = SIM_MORE;
    for (; self->progress == SIM_MORE && budget > 0; budget--) {
        if (heap->bytes > heap->threshold) {
            sim_world_collect (self->world);
            if (heap->live > self->live_before + SIM_HEAP_GROWTH_MAX) {
                run_too_large (self);
                break;
            }
        }
        carry_out (self);
    }
    return self->progress;
}

int64_t
sim_run_wait_ms (const struct sim_run *self)
{
    return self->wait_ms;
}

struct sim_outcome
sim_run_outcome (const struct sim_run *self)
{
    return (struct sim_outcome){
        .text = self->text,
        .size = self->text_size,
        .type = self->type,
        .has_error = self->has_error,
        .is_truncated = self->is_truncated,
        .stack = self->lines,
        .stack_count = self->line_count,
    };
}

void
sim_run_write (struct sim_run *self, const char *text, size_t size)
{
    if (size == 0)
        return;
    if (self->transcript_size + size > SIM_TRANSCRIPT_MAX) {
        self->transcript_lost += size;
        return;
    }
    if (self->transcript_size + size > self->transcript_room) {
        self->transcript_room = (self->transcript_size + size) * 2;
        self->transcript = stui_realloc (self->transcript, self->transcript_room);
    }
    memcpy (self->transcript + self->transcript_size, text, size);
    self->transcript_size += size;
}

char *
sim_run_take_transcript (struct sim_run *self, size_t *size, size_t *lost)
{
    char *text = self->transcript;
    *size = self->transcript_size;
    *lost = self->transcript_lost;
    self->transcript = NULL;
    self->transcript_size = self->transcript_room = self->transcript_lost = 0;
    return text;
}
