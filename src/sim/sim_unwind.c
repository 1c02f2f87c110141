/* sim_unwind.c: exceptions, and how frames end: a handler runs above the frames of what it handles;
 * when it has ended they are unwound, and what they ensure runs on the way, each as a frame of its
 * own that knows how to go on. Owns nothing. */

#include "sim/sim_run.h"

/* ---- unwinding ----------------------------------------------------------------------------- */

/* Runs CLEANUP, and then AFTER. False: it cannot be begun. */
static bool
begin_cleanup (struct sim_run *self, struct sim_value cleanup, size_t target, enum sim_after after,
               struct sim_value value)
{
    if (sim_run_activate (self, cleanup, NULL, 0) != SIM_SENT_FRAME)
        return false;
    struct sim_frame *frame = &self->frames[self->frame_count - 1];
    frame->is_cleanup = true;
    frame->target = target;
    frame->after = after;
    frame->pending = value;
    return true;
}

static void
begin_anew (struct sim_run *self)
{
    struct sim_frame *frame = &self->frames[self->frame_count - 1];
    const struct sim_block *block = &frame->code.object->code->blocks[frame->block];
    if (block->slots > 0) { /* anew: blocks may hold the old one */
        struct sim_value old = frame->environment;
        frame->environment =
            sim_heap_new (&self->world->heap, SIM_SHAPE_ENVIRONMENT, block->slots + 1u);
        for (size_t i = 0; i <= block->arguments; i++)
            frame->environment.object->values[i] = old.object->values[i];
    }
    frame->at = block->start;
    self->stack_count = frame->base;
}

static void
arrive (struct sim_run *self, enum sim_after after, struct sim_value value)
{
    switch (after) {
    case SIM_AFTER_NOTHING:
        break;
    case SIM_AFTER_LEAVE:
        self->stack_count = self->frames[--self->frame_count].base;
        if (self->frame_count > 0)
            sim_run_push (self, value);
        else
            sim_run_finish (self, value);
        break;
    case SIM_AFTER_RESTART:
        begin_anew (self);
        break;
    case SIM_AFTER_FINISH:
        sim_run_finish (self, value);
        break;
    case SIM_AFTER_END:
        self->progress = SIM_DONE;
        self->stack_count = 0;
        break;
    }
}

void
sim_run_unwind (struct sim_run *self, size_t target, enum sim_after after, struct sim_value value)
{
    while (self->frame_count > target) {
        struct sim_frame left = self->frames[--self->frame_count];
        self->stack_count = left.base;
        if (left.cleanup.kind != SIM_NIL
            && begin_cleanup (self, left.cleanup, target, after, value))
            return;
    }
    arrive (self, after, value);
}

void
sim_run_leave (struct sim_run *self, struct sim_value value)
{
    struct sim_frame left = self->frames[self->frame_count - 1];
    if (left.handles > 0) {
        sim_run_unwind (self, left.handles, SIM_AFTER_LEAVE, value);
        return;
    }
    self->stack_count = left.base;
    self->frame_count--;
    if (left.is_cleanup) {
        if (left.after != SIM_AFTER_NOTHING)
            sim_run_unwind (self, left.target, left.after, left.pending);
        return;
    }
    sim_run_push (self, value);
    if (left.cleanup.kind != SIM_NIL && left.cleans_always)
        begin_cleanup (self, left.cleanup, 0, SIM_AFTER_NOTHING, sim_nil ());
}

bool
sim_run_end (struct sim_run *self, int budget)
{
    enum { SLICE_STEPS = 1000 };
    self->is_debugged = false;
    self->stop = SIM_STOP_NEVER;
    self->progress = SIM_MORE;
    sim_run_unwind (self, 0, SIM_AFTER_END, sim_nil ());
    while ((self->progress == SIM_MORE || self->progress == SIM_WAITS) && budget > 0) {
        sim_run_step (self, SLICE_STEPS);
        budget -= SLICE_STEPS;
    }
    return self->progress == SIM_DONE;
}

/* ---- exceptions ---------------------------------------------------------------------------- */

/* Nobody handles EXCEPTION: the run ends with it, or is suspended. */
static void
fail_with (struct sim_run *self, struct sim_value exception, struct sim_value receiver,
           const char *selector)
{
    sim_run_describe (self, exception, receiver, selector);
    if (self->is_debugged)
        self->progress = SIM_SUSPENDED;
    else
        sim_run_unwind (self, 0, SIM_AFTER_END, sim_nil ());
}

/* The frame, counted from 1, whose handler is for an exception of CLASS; 0: none. What a handler
 * raises, or what is ensured on the way to the end of its on:do:, is for those around that. */
static size_t
handler_of (const struct sim_run *self, struct sim_value class)
{
    size_t ending = 0;
    for (size_t i = self->frame_count; i > 0;) {
        const struct sim_frame *frame = &self->frames[i - 1];
        if (frame->is_cleanup && frame->after != SIM_AFTER_NOTHING)
            ending = frame->target;
        if (frame->has_handler && i != ending && sim_class_inherits (class, frame->handled))
            return i;
        i = frame->handles > 0 ? frame->handles - 1 : i - 1;
    }
    return 0;
}

enum sim_sent
sim_run_signal (struct sim_run *self, struct sim_value exception, struct sim_value receiver,
                const char *selector)
{
    size_t place = handler_of (self, sim_class_of (exception));
    if (place == 0) {
        fail_with (self, exception, receiver, selector);
        return SIM_SENT_RAISED;
    }
    struct sim_frame *frame = &self->frames[place - 1];
    const struct sim_value *parts = frame->handler.object->values;
    size_t index = (size_t) parts[SIM_BLOCK_INDEX].number;
    size_t wanted = parts[SIM_BLOCK_CODE].object->code->blocks[index].arguments;
    if (wanted > 1)
        frame->has_handler = false; /* what is raised now for that is not for it */
    enum sim_sent sent = sim_run_activate (self, frame->handler, &exception, wanted > 0);
    if (sent != SIM_SENT_FRAME)
        return sent;
    frame = &self->frames[self->frame_count - 1];
    frame->exception = exception;
    frame->handles = place;
    return SIM_SENT_RAISED;
}

/* The handler block of EXCEPTION that runs; NULL: none. */
static const struct sim_frame *
handling (const struct sim_run *self, struct sim_value exception)
{
    for (size_t i = self->frame_count; i > 0; i--)
        if (self->frames[i - 1].handles > 0
            && sim_identical (self->frames[i - 1].exception, exception))
            return &self->frames[i - 1];
    return NULL;
}

enum sim_sent
sim_run_return (struct sim_run *self, struct sim_value exception, struct sim_value value)
{
    const struct sim_frame *frame = handling (self, exception);
    if (!frame)
        return SIM_SENT_UNKNOWN;
    sim_run_unwind (self, frame->handles, SIM_AFTER_LEAVE, value);
    return SIM_SENT_FRAME;
}

enum sim_sent
sim_run_retry (struct sim_run *self, struct sim_value exception)
{
    const struct sim_frame *frame = handling (self, exception);
    if (!frame)
        return SIM_SENT_UNKNOWN;
    sim_run_unwind (self, frame->handles, SIM_AFTER_RESTART, sim_nil ());
    return SIM_SENT_FRAME;
}
