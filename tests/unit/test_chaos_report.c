/* test_chaos_report.c: what is said of a run of chaos, for people. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chaos/chaos.h"

static const struct chaos_options options = {.name = "mine", .seed = 1, .scenario_count = 1};

static void
expect_said (const struct chaos_result *result, const char *line)
{
    char *text;
    size_t size;
    FILE *out = open_memstream (&text, &size);
    chaos_report_print (out, &options, result);
    fclose (out);
    cr_expect (strstr (text, line), "%s", text);
    free (text);
}

/* Symptom: "recovery     p50 0 ms, p99 0 ms, max 0 ms", which reads as if all were back at once. */
Test (chaos_report, where_nothing_recovered_no_time_is_given)
{
    struct chaos_result result = {.faults = 1};
    expect_said (&result, "recovery     no image answered after the end of a fault yet\n");
    result.recovered = 1;
    expect_said (&result, "recovery     p50 0 ms, p99 0 ms, max 0 ms\n");
}

Test (chaos_report, an_interrupted_run_survived_as_little_as_it_failed)
{
    struct chaos_result result = {.faults = 1, .is_interrupted = true, .open = 40, .ran_ms = 4200};
    expect_said (&result, "interrupted after 4.2 s of faults");
    expect_said (&result, "40 still open");
    expect_said (&result, "verdict      interrupted\n");
    result.duplicated = 1;
    expect_said (&result, "verdict      FAILED\n");
}
