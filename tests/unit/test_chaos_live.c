/* test_chaos_live.c: the view of a run of chaos, as it is printed. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chaos/live.h"

static struct host_image images[] = {{.name = "real-1"}, {.name = "real-2"}, {.name = "real-3"}};
static struct live live;
static char *text;
static size_t size; /* of it: written as long as the stream is open */
static FILE *out;

static void
begin (struct plan_fault *faults, size_t count)
{
    const struct plan plan = {.faults = faults, .count = count};
    out = open_memstream (&text, &size);
    live_init (&live, out, images, sizeof images / sizeof *images, &plan, false);
}

/* What is printed at AT_MS. */
static const char *
shown (int64_t at_ms)
{
    fflush (out);
    size_t before = strlen (text);
    live_turn (&live, at_ms, 7);
    fflush (out);
    return text + before;
}

static void
end (void)
{
    fclose (out);
    free (text);
}

TestSuite (chaos_live, .fini = end);

/* Symptom: the line of faults was one column to the left, and each letter stood above another image. */
Test (chaos_live, a_fault_stands_above_the_image_that_it_hits)
{
    struct plan_fault fault = {.what = FAULT_DOWN, .image = 1};
    begin (&fault, 1);
    live_note_fault (&live, &fault, true);
    live_note_answer (&live, 0);
    live_note_answer (&live, 2);
    cr_expect_str_eq (shown (500), "          faults | D | 1\n"
                                   "   0.5 s  images |.-.| 7 answers\n");
    cr_expect_str_eq (shown (1000), "          faults | d | 1\n"
                                    "   1.0 s  images |---| 7 answers\n");
}

/* Symptom: all kinds that there are were named, and a terminal of 80 columns broke their words. */
Test (chaos_live, only_the_letters_of_the_plan_are_explained)
{
    struct plan_fault faults[] = {{.what = FAULT_RESET}, {.what = FAULT_DOWN}};
    begin (faults, 2);
    fflush (out);
    cr_expect (strstr (text, "faults  D down, R reset\n"), "%s", text);
    cr_expect (strstr (text, "images  real-1 to real-3, a column each\n"), "%s", text);
}

Test (chaos_live, no_line_is_wider_than_a_terminal)
{
    struct plan_fault faults[FAULT_KIND_COUNT];
    for (size_t i = 0; i < FAULT_KIND_COUNT; i++)
        faults[i] = (struct plan_fault){.what = (enum fault_kind) i};
    begin (faults, FAULT_KIND_COUNT);
    live.images = 200;
    shown (500);
    for (const char *line = text; *line != '\0'; line += strcspn (line, "\n") + 1)
        cr_expect_lt (strcspn (line, "\n"), 80, "%s", line);
    cr_expect (strstr (text, "V take-over"), "%s", text);
}

/* Symptom: with --attach and an image that was away nothing was said for 15 s, and that "the images start". */
Test (chaos_live, what_is_awaited_before_the_faults_is_said_once)
{
    const struct plan plan = {0};
    out = open_memstream (&text, &size);
    live_init (&live, out, images, 1, &plan, true);
    size_t before = strlen (text);
    cr_expect (strstr (text, "        it is connected to; faults begin when each has answered\n"),
               "%s", text);
    live_wait (&live, "real-1", "the connection was refused");
    live_wait (&live, "real-1", "the connection was refused");
    cr_expect_str_eq (text + before, "        waiting for real-1: the connection was refused\n");
}
