/* sim_eval.h: the evaluator of simulated images: code in, steps with a budget, a printed result
 * out. Pure but for the heap: it waits for nobody and reads no clock. A delay is an outcome of a
 * step (so long, then go on), an endless loop is a run that never says that it is done.
 *
 * A world is one image's memory: globals, the counter, all scopes. A scope holds the variables
 * of one session. A run is one evaluation; several may go on in turns in one world.
 *
 * What it is not: there are no floats, fractions or large integers, no streams, and only a
 * debugger resumes exceptions. What a real image could do and this one cannot raises
 * SimulationLimit, whose text says so. */

#ifndef STUI_SIM_EVAL_H
#define STUI_SIM_EVAL_H

#include "sim/sim_heap.h"

enum {
    SIM_RESULT_MAX = 1000000, /* characters of a print string; longer ones are cut */
    SIM_STACK_LINES_MAX = 50,
    SIM_TRANSCRIPT_MAX = 262144, /* bytes not yet taken; what comes faster is lost */
    SIM_DEPTH_MAX = 10000,       /* blocks in blocks: beyond, code has taken too much memory */
    SIM_STACK_MAX = 200000,      /* values; the same */
    SIM_ENDING_STEPS = 100000,   /* instructions for what is ensured, when code is ended */
};

struct sim_world;
struct sim_scope;
struct sim_run;

struct sim_world *sim_world_new (void);
/* Scopes and runs are ended before. */
void sim_world_destroy (struct sim_world **self);
size_t sim_world_bytes (const struct sim_world *self);
size_t sim_world_objects (const struct sim_world *self); /* counted one by one */

struct sim_scope *sim_scope_new (struct sim_world *world);
void sim_scope_destroy (struct sim_scope **self);

/* Begins an evaluation of SOURCE in SCOPE (borrowed until the run is destroyed). NULL and *FAULT
 * when it does not compile. Variables that it assigns are declared in the scope. Caller owns. */
struct sim_run *sim_run_new (struct sim_world *world, struct sim_scope *scope, const char *source,
                             size_t size, struct sim_fault *fault);
void sim_run_destroy (struct sim_run **self);

enum sim_progress {
    SIM_DONE,      /* sim_run_outcome says what came of it */
    SIM_MORE,      /* the budget is used up */
    SIM_WAITS,     /* it asks to be called again after sim_run_wait_ms */
    SIM_TOO_LARGE, /* it took more memory than an evaluation may: it is over */
    SIM_SUSPENDED, /* by an exception that nobody handles, or at the end of a debugger's step */
};

/* Carries out at most BUDGET instructions. */
enum sim_progress sim_run_step (struct sim_run *self, int budget);
int64_t sim_run_wait_ms (const struct sim_run *self);
/* Ends it: what its blocks ensure runs, for at most BUDGET instructions, waiting for no delay. False:
 * that was not enough, or too much memory. */
bool sim_run_end (struct sim_run *self, int budget);

struct sim_outcome {
    const char *text; /* of SIZE bytes: the print string, or the exception's text */
    size_t size;
    const char *type; /* class of the result, or of the exception */
    bool has_error, is_truncated;
    char *const *stack; /* of an exception: innermost first */
    size_t stack_count;
};

/* Borrowed until the run goes on or is destroyed. */
struct sim_outcome sim_run_outcome (const struct sim_run *self);

/* ---- for debuggers (sim_suspended.c) ------------------------------------------------------------ */

/* An exception that nobody handles suspends the run instead of ending it. Before its first step. */
void sim_run_debug (struct sim_run *self);

enum sim_stop {
    SIM_STOP_NEVER, /* only an exception does */
    SIM_STOP_INTO,  /* behind the next message or return */
    SIM_STOP_OVER,  /* the same, in this activation or one further out */
    SIM_STOP_OUT,   /* when this activation has ended */
};

/* A suspended run may go on, as if the exception had been resumed with nil. */
void sim_run_resume (struct sim_run *self, enum sim_stop stop);
/* The same, but activation FRAME (0: innermost) begins anew. */
void sim_run_restart (struct sim_run *self, size_t frame);
size_t sim_run_depth (const struct sim_run *self);

/* An evaluation of SOURCE in activation FRAME of OTHER, which is suspended: it sees self, its
 * variables and its temporaries. As sim_run_new. */
struct sim_run *sim_run_new_within (const struct sim_run *other, size_t frame, const char *source,
                                    size_t size, struct sim_fault *fault);

/* What it wrote to the Transcript since the last call: valid UTF-8, SIZE bytes, NULL when nothing;
 * *LOST says how many bytes found no room. Caller frees. */
char *sim_run_take_transcript (struct sim_run *self, size_t *size, size_t *lost);

#endif
