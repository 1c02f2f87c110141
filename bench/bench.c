/* bench.c: `make bench`: runs the benches that $ROWS names (all) and prints one table. Owns nothing.
 * The verdict is for people to read: on a shared machine a budget may be missed for reasons that
 * are not ours, so a row that misses it is said and does not fail the run. */

#include "bench.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stui/actor.h>

#include "runtime/sig.h"

static int rows, missed;

static void
row_print (const char *what, const char *unit, double ours, double reference, const char *budget,
           const bool *met)
{
    char beside[24] = "-", ratio[24] = "-";
    if (reference >= 0) {
        snprintf (beside, sizeof beside, "%.1f", reference);
        if (reference > 0)
            snprintf (ratio, sizeof ratio, "%.2fx", ours / reference);
    }
    printf ("%-54s %10.1f %10s %-5s %7s  %-20s %s\n", what, ours, beside, unit, ratio, budget,
            !met   ? ""
            : *met ? "met"
                   : "MISSED");
    fflush (stdout);
    rows += met != NULL;
    missed += met && !*met;
}

void
bench_row (const char *what, const char *unit, double ours, double reference, double limit,
           double slack)
{
    char budget[64];
    snprintf (budget, sizeof budget, "<= %.1fx or +%.0f %s", limit, slack, unit);
    bool met = ours <= reference * limit || ours - reference <= slack;
    row_print (what, unit, ours, reference, budget, &met);
}

void
bench_row_least (const char *what, const char *unit, double ours, double reference, double least)
{
    char budget[64];
    snprintf (budget, sizeof budget, ">= %.1fx", least);
    bool met = ours >= reference * least;
    row_print (what, unit, ours, reference, budget, &met);
}

void
bench_row_most (const char *what, const char *unit, double ours, double reference, double limit)
{
    char budget[64];
    snprintf (budget, sizeof budget, "<= %.0f %s", limit, unit);
    bool met = ours <= limit;
    row_print (what, unit, ours, reference, budget, &met);
}

void
bench_row_part (const char *what, const char *unit, double ours, double reference)
{
    row_print (what, unit, ours, reference, "", NULL);
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

/* ---- which ---------------------------------------------------------------------------------------- */

static const struct {
    const char *word;
    void (*run) (void);
} benches[] = {
    {"evaluate", bench_evaluate}, {"saves", bench_saves},     {"frame", bench_frame},
    {"loopback", bench_loopback}, {"start", bench_start},     {"stop", bench_stop},
    {"return", bench_return},     {"one", bench_one_image},   {"cpu", bench_cpu},
    {"memory", bench_memory},     {"network", bench_network}, {"flapping", bench_flapping},
    {"kiosk", bench_kiosk},
};

enum { BENCHES = sizeof benches / sizeof *benches };

/* Whether WORD is one of ROWS, words with blanks between; empty: all are. */
static int
is_chosen (const char *chosen, const char *word)
{
    size_t length = strlen (word);
    if (!chosen || !*chosen)
        return 1;
    for (const char *at = chosen; (at = strstr (at, word)); at += length)
        if ((at == chosen || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return 1;
    return 0;
}

int
main (int argc, char **argv)
{
    struct stui_cause cause = {0};
    const char *chosen = getenv ("ROWS");
    if (argc > 1 && strcmp (argv[1], "bare") == 0)
        return bench_bare (argc, argv);
    sig_block ();
    if (actor_system_init (1024, &cause) != 0) {
        fprintf (stderr, "bench: %s\n", cause.text);
        return EXIT_FAILURE;
    }
    printf ("%-54s %10s %10s %-5s %7s  %-20s\n", "what", "stui", "reference", "unit", "ratio",
            "budget");
    for (size_t index = 0; index < BENCHES; index++)
        if (is_chosen (chosen, benches[index].word))
            benches[index].run ();
    if (rows == 0) {
        fprintf (stderr, "bench: ROWS names none of:");
        for (size_t index = 0; index < BENCHES; index++)
            fprintf (stderr, " %s", benches[index].word);
        fputc ('\n', stderr);
        return EXIT_FAILURE;
    }
    printf ("%d of %d rows met their budget, %d missed it\n", rows - missed, rows, missed);
    return EXIT_SUCCESS;
}
