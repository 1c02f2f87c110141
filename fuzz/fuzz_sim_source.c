/* fuzz_sim_source.c: a source for a simulated image, chunk by chunk: definitions are read and
 * carried out, methods compiled, expressions run under a debugger that resumes, steps and begins
 * anew. Whatever it is, chunks are within it, faults have a place, and nothing breaks. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/utf8.h"
#include "sim/sim_chunk.h"
#include "sim/sim_define.h"
#include "sim/sim_run.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static struct sim_world *world;
static struct sim_scope *scope;

/* Evaluates in the innermost activation of what is suspended. */
static void
evaluate_within (const struct sim_run *run, const struct sim_chunk *chunk)
{
    struct sim_fault fault = {0};
    struct sim_run *inner = sim_run_new_within (run, 0, chunk->text, chunk->size, &fault);
    assert (inner || (fault.text[0] && fault.line > 0 && fault.column > 0));
    if (inner)
        sim_run_step (inner, 300);
    sim_run_destroy (&inner);
}

static void
run_chunk (const struct sim_chunk *chunk)
{
    enum { TURNS = 12, BUDGET = 300 };
    struct sim_fault fault = {0};
    struct sim_run *run = sim_run_new (world, scope, chunk->text, chunk->size, &fault);
    assert (run || (fault.text[0] && fault.line > 0 && fault.column > 0));
    if (!run)
        return;
    sim_run_debug (run);
    for (int turn = 0; turn < TURNS; turn++) {
        enum sim_progress progress = sim_run_step (run, BUDGET);
        if (progress == SIM_DONE || progress == SIM_TOO_LARGE)
            break;
        sim_world_collect (world);
        if (progress != SIM_SUSPENDED)
            continue;
        evaluate_within (run, chunk);
        if (turn % 5 == 4)
            sim_run_restart (run, sim_run_depth (run) - 1);
        else
            sim_run_resume (run, (enum sim_stop) (turn % 4));
    }
    sim_run_destroy (&run);
}

static void
take_chunk (const struct sim_chunk *chunk, struct sim_value *class, enum sim_side *side)
{
    struct sim_definition definition;
    struct sim_fault fault = {0};
    struct stui_cause cause = {0};
    bool is_new;
    if (class->kind != SIM_NIL && chunk->size > 0) {
        if (sim_define_method (world, *class, *side, chunk->text, chunk->size, NULL, &is_new, NULL,
                               &fault, &cause)
            < 0)
            assert (cause.text[0] && fault.line > 0 && fault.column > 0);
        return;
    }
    *class = sim_nil ();
    int rc = sim_definition_read (chunk->text, chunk->size, &definition, &fault);
    assert (rc == 0 || (fault.text[0] && fault.line > 0 && fault.column > 0));
    if (rc == 0 && definition.kind == SIM_DEFINES_CLASS)
        sim_define_class (world, &definition, &is_new, class, &cause);
    else if (rc == 0 && definition.kind == SIM_DEFINES_CLASS_SIDE)
        sim_define_class_side (world, &definition, class, &cause);
    else if (rc == 0 && definition.kind == SIM_DEFINES_COMMENT)
        sim_define_comment (world, &definition, &cause);
    if (definition.kind == SIM_DEFINES_METHODS && rc == 0) {
        *side = definition.side;
        if (!sim_library_find (world->library, definition.name, class))
            *class = sim_nil ();
    }
    else
        *class = sim_nil ();
    if (rc == 0 && definition.kind == SIM_DEFINES_NOTHING)
        run_chunk (chunk);
    sim_definition_fini (&definition);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    struct sim_chunks chunks = {.text = (const char *) data, .size = size, .line = 1};
    struct sim_value class = sim_nil ();
    enum sim_side side = SIM_SIDE_INSTANCE;
    struct sim_chunk chunk;
    world = sim_world_new ();
    scope = sim_scope_new (world);
    while (sim_chunks_next (&chunks, &chunk)) {
        assert (chunk.line > 0 && chunk.size <= size && chunks.at <= size);
        if (strlen (chunk.text) == chunk.size && utf8_is_valid (chunk.text, chunk.size))
            take_chunk (&chunk, &class, &side); /* as all text from clients is */
        free (chunk.text);
    }
    sim_world_collect (world);
    sim_scope_destroy (&scope);
    sim_world_destroy (&world);
    return 0;
}
