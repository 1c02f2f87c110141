/* report.c: what came of a run, for people and for scripts: see chaos.h. */

#include <inttypes.h>

#include "chaos/chaos.h"
#include "chaos/wrap.h"
#include "runtime/json.h"

enum { REPORT_INDENT = 13 };

static const char *
report_kind (const struct chaos_options *options)
{
    return options->attached.name != NULL ? "attached"
           : options->launcher != NULL    ? "real"
                                          : "simulated";
}

/* What went wrong must not be missed. */
static const char *
verdict_word (const struct chaos_result *result)
{
    return chaos_survived (result) ? chaos_verdict (result) : "FAILED";
}

struct json *
chaos_report_json (const struct chaos_options *options, const struct chaos_result *result)
{
    char grew[STUI_CAUSE_MAX];
    struct json *out = json_object (), *recovery = json_object (), *leaked = json_object ();
    json_set_text (out, "scenario", options->name);
    json_set_number (out, "seed", (int64_t) options->seed);
    json_set_number (out, "faults", (int64_t) result->faults);
    json_set_number (out, "overtaken", (int64_t) result->overtaken);
    json_set_number (out, "images", (int64_t) result->images);
    json_set_text (out, "kind", report_kind (options));
    json_set_number (out, "sessions", (int64_t) result->sessions);
    json_set_number (out, "evaluations", (int64_t) result->evaluations);
    json_set_number (out, "answered", (int64_t) result->answered);
    json_set_number (out, "refused", (int64_t) result->refused);
    json_set_number (out, "lost", (int64_t) result->lost);
    json_set_number (out, "duplicated", (int64_t) result->duplicated);
    json_set_number (out, "crossed", (int64_t) result->crossed);
    json_set_number (out, "in_doubt", (int64_t) result->in_doubt);
    if (result->is_interrupted) {
        json_set_number (out, "open", (int64_t) result->open);
        json_set_number (out, "ran_ms", result->ran_ms);
    }
    json_set_number (out, "orphans", (int64_t) result->orphans);
    json_set_number (leaked, "sockets", result->leaked.sockets);
    json_set_number (leaked, "threads", result->leaked.threads);
    json_set (out, "leaked", leaked);
    if (result->faults_of[FAULT_TAKE_OVER] > 0)
        json_set_number (out, "taken_over", (int64_t) result->taken_over);
    if (options->attached.name != NULL) {
        json_set_number (out, "spared", (int64_t) result->spared);
        json_set (out, "left",
                  result->left_is_unknown ? json_null () : json_number ((int64_t) result->left));
    }
    json_set_number (recovery, "p50", result->recovery_p50_ms);
    json_set_number (recovery, "p99", result->recovery_p99_ms);
    json_set_number (recovery, "max", result->recovery_max_ms);
    json_set_number (out, "recovered", (int64_t) result->recovered);
    json_set (out, "recovery_ms", recovery);
    json_set_text (out, "grew", samples_are_flat (&result->samples, grew) ? NULL : grew);
    json_set_text (out, "verdict", chaos_verdict (result));
    return out;
}

static void
print_faults (FILE *out, const struct chaos_result *result)
{
    struct wrap wrap;
    size_t told = 0;
    wrap_begin (&wrap, out, REPORT_INDENT, "faults      ");
    if (result->faults > 0)
        wrap_put (&wrap, "%zu:", result->faults);
    else
        wrap_put (&wrap, "none, so nothing was tried: is --seconds too short for it?");
    for (size_t i = 0; i < FAULT_KIND_COUNT; i++) {
        told += result->faults_of[i];
        if (result->faults_of[i] > 0)
            wrap_put (&wrap, "%zu %s%s", result->faults_of[i], fault_rows[i].word,
                      told < result->faults ? "," : "");
    }
    if (result->overtaken > 0)
        fprintf (out, "\n             %zu more left out: one before it still hit the same process",
                 result->overtaken);
    if (result->faults_of[FAULT_TAKE_OVER] > 0)
        fprintf (out, "\n             %zu of %zu taken over by the attached terminal",
                 result->taken_over, result->faults_of[FAULT_TAKE_OVER]);
    fprintf (out,
             "\nnetwork      %" PRIu64 " connections, %" PRIu64 " cut, %" PRIu64 " bytes spoilt\n",
             result->connections, result->cut, result->spoilt);
}

static void
print_samples (FILE *out, const struct samples *samples)
{
    char text[SAMPLE_CHART], grew[STUI_CAUSE_MAX];
    for (size_t i = 0; i < SAMPLE_FIGURE_COUNT && samples->count > 0; i++) {
        int64_t greatest;
        samples_chart (samples, (enum sample_figure) i, text, &greatest);
        fprintf (out, "%-12s |%s| 9 is %" PRId64 "\n", sample_figure_name ((enum sample_figure) i),
                 text, greatest);
    }
    if (!samples_are_flat (samples, grew))
        fprintf (out, "not flat     %s\n", grew);
}

void
chaos_report_print (FILE *out, const struct chaos_options *options,
                    const struct chaos_result *result)
{
    fprintf (out, "\nscenario     %s, seed %" PRIu64 ", %" PRId64 " s\n", options->name,
             options->seed, options->duration_ms * (int64_t) options->scenario_count / 1000);
    fprintf (out, "images       %zu %s, %zu sessions\n", result->images, report_kind (options),
             result->sessions);
    if (result->spared > 0)
        fprintf (out, "             %zu of the scenario's faults hit images' processes: left out\n",
                 result->spared);
    print_faults (out, result);
    fprintf (out,
             "evaluations  %" PRIu64 " asked, %" PRIu64 " answered, %" PRIu64
             " refused (never ran), %" PRIu64 " in doubt\n",
             result->evaluations, result->answered, result->refused, result->in_doubt);
    if (result->is_interrupted)
        fprintf (
            out,
            "             interrupted after %.1f s of faults, %zu still open; what is left behind "
            "was not awaited\n",
            (double) result->ran_ms / 1000, result->open);
    if (result->recovered > 0)
        fprintf (out, "recovery     p50 %" PRId64 " ms, p99 %" PRId64 " ms, max %" PRId64 " ms\n",
                 result->recovery_p50_ms, result->recovery_p99_ms, result->recovery_max_ms);
    else
        fputs ("recovery     no image answered after the end of a fault yet\n", out);
    if (result->slowest[0] != '\0')
        fprintf (out, "             the slowest: %s\n", result->slowest);
    fprintf (out, "wrong        %" PRIu64 " lost, %" PRIu64 " duplicated, %" PRIu64 " crossed\n",
             result->lost, result->duplicated, result->crossed);
    if (result->wrong_why[0] != '\0')
        fprintf (out, "             the first: %s\n", result->wrong_why);
    fprintf (out, "left behind  %zu orphaned sessions, %" PRId64 " sockets, %" PRId64 " threads\n",
             result->orphans, result->leaked.sockets, result->leaked.threads);
    if (options->attached.name != NULL && result->left_is_unknown)
        fprintf (out, "             %s was away at the end: sessions there expire by themselves\n",
                 options->attached.name);
    else if (options->attached.name != NULL)
        fprintf (out, "             %zu sessions in %s\n", result->left, options->attached.name);
    if (result->orphan_why[0] != '\0')
        fprintf (out, "             the last word of one: %s\n", result->orphan_why);
    print_samples (out, &result->samples);
    fprintf (out, "verdict      %s\n", verdict_word (result));
}
