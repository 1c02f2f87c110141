/* fuzz_sim_eval.c: code for a simulated image. Whatever it is, it compiles or is refused with a
 * place within it; it runs within its budget, and can be ended; and what it answers is text. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/utf8.h"
#include "sim/sim_eval.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_outcome (const struct sim_run *run)
{
    struct sim_outcome outcome = sim_run_outcome (run);
    assert (outcome.text && outcome.type);
    assert (strlen (outcome.text) == outcome.size);
    assert (utf8_is_valid (outcome.text, outcome.size));
    assert (!outcome.has_error || outcome.stack_count > 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    enum { SLICES = 20, BUDGET = 500 };
    struct sim_fault fault = {0};
    struct sim_world *world = sim_world_new ();
    struct sim_scope *scope = sim_scope_new (world);
    struct sim_run *run = sim_run_new (world, scope, (const char *) data, size, &fault);
    assert (run || (fault.text[0] && fault.line > 0 && fault.column > 0));
    enum sim_progress progress = SIM_MORE;
    for (int i = 0; run && i < SLICES && (progress == SIM_MORE || progress == SIM_WAITS); i++)
        progress = sim_run_step (run, BUDGET);
    if (run && progress == SIM_DONE)
        check_outcome (run);
    else if (run && (progress == SIM_MORE || progress == SIM_WAITS))
        sim_run_end (run, BUDGET);
    size_t taken, lost;
    if (run) {
        char *text = sim_run_take_transcript (run, &taken, &lost);
        assert (utf8_is_valid (text ? text : "", taken));
        free (text);
    }
    sim_run_destroy (&run);
    sim_scope_destroy (&scope);
    sim_world_destroy (&world);
    return 0;
}
