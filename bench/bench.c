/* bench.c: `make bench`: runs every bench and prints one table. Owns nothing. Exit 1 when a row
 * misses its budget: ratios are to be believed, absolute figures on a shared machine are not. */

#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

#include <stui/actor.h>

#include "runtime/sig.h"

static void
row_print (const char *what, const char *unit, double ours, double reference, const char *budget,
           int met)
{
    printf ("%-44s %10.1f %10.1f %-6s %6.2fx  %-20s %s\n", what, ours, reference, unit,
            reference > 0 ? ours / reference : 0.0, budget, met ? "met" : "MISSED");
    fflush (stdout);
}

int
bench_row (const char *what, const char *unit, double ours, double reference, double limit,
           double slack)
{
    char budget[64];
    snprintf (budget, sizeof budget, "<= %.1fx or +%.0f %s", limit, slack, unit);
    int met = ours <= reference * limit || ours - reference <= slack;
    row_print (what, unit, ours, reference, budget, met);
    return !met;
}

int
bench_row_least (const char *what, const char *unit, double ours, double reference, double least)
{
    char budget[64];
    snprintf (budget, sizeof budget, ">= %.1fx", least);
    int met = ours >= reference * least;
    row_print (what, unit, ours, reference, budget, met);
    return !met;
}

static int
compare (const void *one, const void *other)
{
    int64_t left = *(const int64_t *) one, right = *(const int64_t *) other;
    return (left > right) - (left < right);
}

int64_t
bench_percentile (int64_t *samples, size_t count, int percent)
{
    qsort (samples, count, sizeof *samples, compare);
    size_t index = count * (size_t) percent / 100;
    return samples[index < count ? index : count - 1];
}

int
main (void)
{
    struct stui_cause cause = {0};
    sig_block ();
    if (actor_system_init (1024, &cause) != 0) {
        fprintf (stderr, "bench: %s\n", cause.text);
        return EXIT_FAILURE;
    }
    printf ("%-44s %10s %10s %-6s %7s  %-20s\n", "what", "stui", "reference", "unit", "ratio",
            "budget");
    int missed = bench_evaluate () + bench_saves ();
    printf ("%d rows missed their budget\n", missed);
    return missed ? EXIT_FAILURE : EXIT_SUCCESS;
}
