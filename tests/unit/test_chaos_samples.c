/* test_chaos_samples.c: what stui used in the course of a run of chaos: flat, or not, and drawn. */

#include <criterion/criterion.h>
#include <string.h>

#include "chaos/samples.h"

static struct samples samples;
static char sentence[STUI_CAUSE_MAX];

static void
fill (size_t count, int64_t first, int64_t step)
{
    samples = (struct samples){0};
    for (size_t i = 0; i < count; i++) {
        int64_t figures[SAMPLE_FIGURE_COUNT] = {0};
        figures[SAMPLE_resident] = first + step * (int64_t) i;
        samples_add (&samples, figures);
    }
}

Test (chaos_samples, what_stays_is_flat_and_what_grows_is_not)
{
    fill (SAMPLES_MAX, 20000, 0);
    cr_expect (samples_are_flat (&samples, sentence));
    fill (SAMPLES_MAX, 20000, 1000);
    cr_expect_not (samples_are_flat (&samples, sentence));
    cr_expect (strstr (sentence, "memory kB grew from 3"), "%s", sentence);
}

Test (chaos_samples, what_grows_in_the_beginning_only_is_flat)
{
    fill (15, 1000, 2000);
    for (size_t i = 15; i < SAMPLES_MAX; i++) {
        int64_t figures[SAMPLE_FIGURE_COUNT] = {[SAMPLE_resident] = 30000};
        samples_add (&samples, figures);
    }
    cr_expect (samples_are_flat (&samples, sentence));
}

Test (chaos_samples, of_a_few_nothing_is_said)
{
    fill (SAMPLES_JUDGED - 1, 20000, 100000);
    cr_expect (samples_are_flat (&samples, sentence));
}

Test (chaos_samples, are_drawn_as_digits)
{
    char text[SAMPLE_CHART];
    int64_t greatest;
    fill (10, 0, 100);
    cr_expect_str_eq (samples_chart (&samples, SAMPLE_resident, text, &greatest), "0123456789");
    cr_expect_eq (greatest, 900);
    cr_expect_str_eq (samples_chart (&samples, SAMPLE_cpu, text, &greatest), "0000000000");
}
