/* run_result.c: see run.h: what came of a run. */

#include "chaos/run.h"

#include <stdio.h>

#include "runtime/clock.h"

void
run_sum_up (struct run *self)
{
    struct chaos_result *result = self->result;
    struct checker *checker = &self->workload.checker;
    struct recovery *recovery = &self->workload.recovery;
    if (!result->is_interrupted)
        checker_finish (checker);
    else {
        result->leaked = (struct chaos_growth){0}; /* what is closing still is no leak */
        if (self->stopped_in <= PHASE_SETTLING)
            result->orphans = 0; /* it is too early to say so of one */
        result->open = workload_open (&self->workload);
        if (self->faults_begun_ms > 0)
            result->ran_ms = clock_mono_ms () - self->faults_begun_ms;
    }
    result->images = self->hosts.image_count;
    result->sessions = self->workload.count;
    result->evaluations = checker->asked;
    result->answered = checker->answered;
    result->refused = checker->refused;
    result->lost = checker->lost;
    result->duplicated = checker->duplicated;
    result->crossed = checker->crossed;
    result->in_doubt = checker->in_doubt;
    result->recovered = recovery->count;
    result->recovery_p50_ms = recovery_percentile (recovery, 50);
    result->recovery_p99_ms = recovery_percentile (recovery, 99);
    result->recovery_max_ms = recovery_percentile (recovery, 100);
    if (recovery->slowest.what != NULL)
        snprintf (result->slowest, sizeof result->slowest, "%s, after %s at %.1f s",
                  self->hosts.images[recovery->slowest.image].name, recovery->slowest.what,
                  (double) (recovery->slowest.since_ms - self->faults_begun_ms) / 1000);
    if (checker->first[0] != '\0')
        snprintf (result->wrong_why, sizeof result->wrong_why, "%s: %s",
                  self->hosts.images[self->workload.sessions[checker->first_session].image].name,
                  checker->first);
    if (result->orphans > 0)
        snprintf (result->orphan_why, sizeof result->orphan_why, "%s", self->workload.why);
}

void
run_fail_interrupted (struct run *self)
{
    const struct chaos_result *result = self->result;
    if (!self->is_stopping && self->faults_begun_ms == 0)
        run_fail (
            self, STUI_E_STOPPING,
            "interrupted before the first fault: nothing was tried, there is nothing to report");
    else if (!self->is_stopping)
        run_fail (self, STUI_E_STOPPING, "interrupted");
    else if (self->leave.step == LEAVE_DONE)
        run_fail (self, STUI_E_STOPPING,
                  "interrupted; %s is as it was: this run's sessions are closed",
                  self->options->attached.name);
    else
        run_fail (self, STUI_E_STOPPING,
                  "interrupted before all sessions in %s could be closed; they expire there by "
                  "themselves (%zu were seen)",
                  self->options->attached.name, result->left);
}

bool
chaos_survived (const struct chaos_result *result)
{
    return result->lost == 0 && result->duplicated == 0 && result->crossed == 0
           && result->orphans == 0 && result->leaked.sockets == 0 && result->leaked.threads == 0
           && result->left == 0 && !result->left_is_unknown;
}

const char *
chaos_verdict (const struct chaos_result *result)
{
    return !chaos_survived (result) ? "failed"
           : result->is_interrupted ? "interrupted"
                                    : "survived";
}
