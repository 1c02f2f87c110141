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

/* ---- names --------------------------------------------------------------------------------- */

/* The object that every image has by NAME: a class, or one of the only ones of theirs. */
static bool
find_class (const char *name, struct sim_value *value)
{
    for (int class = 0; class < SIM_CLASS_COUNT; class ++)
        if (strcmp (sim_class_names[class], name) == 0) {
            *value = sim_class_value ((enum sim_class) class);
            return true;
        }
    return false;
}

/* ---- frames -------------------------------------------------------------------------------- */

static const struct sim_code *
frame_code (const struct sim_frame *frame)
{
    return frame->code.object->code;
}

static void
push (struct sim_run *self, struct sim_value value)
{
    stui_grow (&self->stack, &self->stack_room, self->stack_count, sizeof *self->stack);
    self->stack[self->stack_count++] = value;
}

static struct sim_value
pop (struct sim_run *self)
{
    return self->stack[--self->stack_count];
}

static enum sim_sent
frame_push (struct sim_run *self, struct sim_value code, struct sim_value outer, uint32_t block,
            const struct sim_value *arguments, size_t count)
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
    uint32_t index = (uint32_t) values[2].number;
    size_t wanted = values[0].object->code->blocks[index].arguments;
    if (count != wanted)
        return sim_run_raise (self, SIM_CLASS_WRONG_VALUE, block, "numArgs",
                              "the block takes %zu arguments, not %zu", wanted, count);
    return frame_push (self, values[0], values[1], index, arguments, count);
}

/* ---- exceptions ---------------------------------------------------------------------------- */

static void
add_line (struct sim_run *self, char *line)
{
    if (self->line_count < SIM_STACK_LINES_MAX)
        self->lines[self->line_count++] = line;
    else
        free (line);
}

static void
describe_stack (struct sim_run *self, struct sim_value receiver, const char *selector)
{
    bool is_class = receiver.kind == SIM_CLASS;
    const char *name =
        sim_class_names[is_class ? (enum sim_class) receiver.number : sim_class_of (receiver)];
    if (selector)
        add_line (self, stui_printf ("%s%s>>%.200s", name, is_class ? " class" : "", selector));
    for (size_t i = self->frame_count; i-- > 0 && self->line_count < SIM_STACK_LINES_MAX;) {
        const struct sim_frame *frame = &self->frames[i];
        uint32_t at = frame->at > 0 ? frame->at - 1 : 0;
        add_line (self, stui_printf ("%s (line %u)", frame->block ? "[] in a doit" : "a doit",
                                     frame_code (frame)->instructions[at].line));
    }
}

/* Ends the run with EXCEPTION. */
static void
fail_with (struct sim_run *self, struct sim_value exception, struct sim_value receiver,
           const char *selector)
{
    describe_stack (self, receiver, selector);
    self->text = sim_print (exception.object->values[1], true, SIM_RESULT_MAX, &self->text_size,
                            &self->is_truncated);
    self->type = sim_class_names[sim_class_of (exception)];
    self->has_error = true;
    self->progress = SIM_DONE;
    self->frame_count = 0;
}

enum sim_sent
sim_run_signal (struct sim_run *self, struct sim_value exception, struct sim_value receiver,
                const char *selector)
{
    enum sim_class class = sim_class_of (exception);
    for (size_t i = self->frame_count; i-- > 0;) {
        struct sim_frame *frame = &self->frames[i];
        if (!frame->has_handler
            || !sim_class_inherits (class, (enum sim_class) frame->handled.number))
            continue;
        struct sim_value handler = frame->handler;
        self->frame_count = i;
        self->stack_count = frame->base;
        const struct sim_value *parts = handler.object->values;
        size_t count = parts[0].object->code->blocks[parts[2].number].arguments > 0;
        enum sim_sent sent = sim_run_activate (self, handler, &exception, count);
        if (sent == SIM_SENT_FRAME)
            self->frames[self->frame_count - 1].exception = exception;
        return sent;
    }
    fail_with (self, exception, receiver, selector);
    return SIM_SENT_RAISED;
}

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
    struct sim_value exception = sim_heap_new (heap, SIM_SHAPE_EXCEPTION, 2);
    exception.object->values[0] = sim_class_value (class);
    exception.object->values[1] =
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
load_name (const struct sim_run *self, const char *name)
{
    size_t size = strlen (name);
    const struct sim_value *found = sim_variables_find (&self->scope->variables, name, size);
    if (!found)
        found = sim_variables_find (&self->world->globals, name, size);
    struct sim_value value = sim_nil ();
    if (found)
        value = *found;
    else
        find_class (name, &value);
    return value;
}

static void
make_array (struct sim_run *self, size_t count)
{
    struct sim_value array = sim_heap_new (&self->world->heap, SIM_SHAPE_ARRAY, count);
    self->stack_count -= count;
    for (size_t i = 0; i < count; i++)
        array.object->values[i] = self->stack[self->stack_count + i];
    push (self, array);
}

static void
make_block (struct sim_run *self, const struct sim_frame *frame, uint32_t index)
{
    struct sim_value block = sim_heap_new (&self->world->heap, SIM_SHAPE_BLOCK, 3);
    block.object->values[0] = frame->code;
    block.object->values[1] = frame->environment;
    block.object->values[2] = sim_integer (index);
    push (self, block);
}

static void
finish (struct sim_run *self, struct sim_value value)
{
    self->text = sim_print (value, false, SIM_RESULT_MAX, &self->text_size, &self->is_truncated);
    self->type = sim_class_names[sim_class_of (value)];
    self->progress = SIM_DONE;
    self->frame_count = 0;
}

static void
run_too_large (struct sim_run *self)
{
    self->progress = SIM_TOO_LARGE;
    self->frame_count = 0;
    self->stack_count = 0;
}

static void
send (struct sim_run *self, const struct sim_frame *frame,
      const struct sim_instruction *instruction)
{
    const char *selector = frame_code (frame)->selectors[instruction->a];
    struct sim_value arguments[SIM_ARGUMENTS_MAX], result = sim_nil ();
    size_t count = instruction->b;
    self->stack_count -= count;
    for (size_t i = 0; i < count; i++)
        arguments[i] = self->stack[self->stack_count + i];
    struct sim_value receiver = pop (self);
    switch (sim_send (self, selector, receiver, arguments, count, &result)) {
    case SIM_SENT_WAIT:
        self->progress = SIM_WAITS;
        push (self, result);
        break;
    case SIM_SENT_VALUE:
        push (self, result);
        break;
    case SIM_SENT_UNKNOWN:
        if (sim_run_raise (self, SIM_CLASS_NOT_UNDERSTOOD, receiver,
                           "doesNotUnderstand:", "%s did not understand #%.200s",
                           sim_class_names[sim_class_of (receiver)], selector)
            == SIM_SENT_LARGE)
            run_too_large (self);
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
    else if (value.kind != SIM_TRUE)
        sim_run_raise (self, SIM_CLASS_WRONG_VALUE, value, "mustBeBoolean",
                       "true or false is needed here");
}

/* Leaves the innermost block with VALUE. */
static void
leave (struct sim_run *self, struct sim_value value)
{
    self->stack_count = self->frames[--self->frame_count].base;
    push (self, value);
}

static void
carry_out (struct sim_run *self)
{
    struct sim_frame *frame = &self->frames[self->frame_count - 1];
    const struct sim_code *code = frame_code (frame);
    const struct sim_instruction *instruction = &code->instructions[frame->at++];
    struct sim_heap *heap = &self->world->heap;
    struct sim_value value;
    const char *name;
    switch ((enum sim_op) instruction->op) {
    case SIM_OP_CONSTANT:
        push (self, instruction->a == 0 ? sim_nil () : sim_bool (instruction->a == 1));
        break;
    case SIM_OP_INTEGER:
        push (self, sim_integer (instruction->number));
        break;
    case SIM_OP_CHARACTER:
        push (self, sim_character (instruction->number));
        break;
    case SIM_OP_STRING:
    case SIM_OP_SYMBOL:
        push (self,
              sim_heap_text (heap,
                             instruction->op == SIM_OP_STRING ? SIM_SHAPE_STRING : SIM_SHAPE_SYMBOL,
                             code->texts[instruction->a].text, code->texts[instruction->a].size));
        break;
    case SIM_OP_ARRAY:
        make_array (self, instruction->a);
        break;
    case SIM_OP_LOAD_SLOT:
        push (self, *slot_of (frame, instruction));
        break;
    case SIM_OP_STORE_SLOT:
        *slot_of (frame, instruction) = self->stack[self->stack_count - 1];
        break;
    case SIM_OP_LOAD_NAME:
        push (self, load_name (self, code->names[instruction->a].text));
        break;
    case SIM_OP_STORE_NAME:
        name = code->names[instruction->a].text;
        *sim_variables_declare (&self->scope->variables, name, strlen (name)) =
            self->stack[self->stack_count - 1];
        break;
    case SIM_OP_BLOCK:
        make_block (self, frame, instruction->a);
        break;
    case SIM_OP_SEND:
        send (self, frame, instruction);
        break;
    case SIM_OP_POP:
        pop (self);
        break;
    case SIM_OP_PICK:
        push (self, self->stack[self->stack_count - 1 - instruction->a]);
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
    case SIM_OP_RETURN:
        leave (self, pop (self));
        break;
    case SIM_OP_FINISH:
        finish (self, pop (self));
        break;
    case SIM_OP_COUNT:
        break;
    }
}

enum sim_sent
sim_run_return (struct sim_run *self, struct sim_value exception, struct sim_value value)
{
    size_t count = self->frame_count;
    while (count > 0 && !sim_identical (self->frames[count - 1].exception, exception))
        count--;
    if (count == 0)
        return SIM_SENT_UNKNOWN;
    self->frame_count = count;
    leave (self, value);
    return SIM_SENT_FRAME;
}

/* ---- runs ------------------------------------------------------------------------------------ */

/* Declares what CODE assigns; refuses what it reads and nobody knows. */
static bool
declare_names (struct sim_world *world, struct sim_scope *scope, const struct sim_code *code,
               const char *source, struct sim_fault *fault)
{
    struct sim_value ignored;
    for (size_t i = 0; i < code->name_count; i++) {
        const struct sim_name *name = &code->names[i];
        size_t size = strlen (name->text);
        if (!name->is_assigned && name->first_read > 0 && !find_class (name->text, &ignored)
            && !sim_variables_find (&scope->variables, name->text, size)
            && !sim_variables_find (&world->globals, name->text, size)) {
            sim_fault_set (fault, source, name->first_read - 1, "undeclared variable %.200s",
                           name->text);
            return false;
        }
    }
    for (size_t i = 0; i < code->name_count; i++)
        if (code->names[i].is_assigned)
            sim_variables_declare (&scope->variables, code->names[i].text,
                                   strlen (code->names[i].text));
    return true;
}

struct sim_run *
sim_run_new (struct sim_world *world, struct sim_scope *scope, const char *source, size_t size,
             struct sim_fault *fault)
{
    struct sim_code *code = sim_code_new (source, size, fault);
    if (!code || !declare_names (world, scope, code, source, fault)) {
        sim_code_destroy (&code);
        return NULL;
    }
    struct sim_run *self = stui_alloc (sizeof *self);
    self->world = world;
    self->scope = scope;
    self->live_before = world->heap.live;
    self->progress = SIM_MORE;
    self->next = world->runs;
    world->runs = self;
    struct sim_value held = sim_heap_code (&world->heap, &code);
    frame_push (self, held, sim_nil (), 0, NULL, 0);
    return self;
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
