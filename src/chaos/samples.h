/* samples.h: what stui used in the course of a run, and whether that stayed flat. Pure. */

#ifndef STUI_CHAOS_SAMPLES_H
#define STUI_CHAOS_SAMPLES_H

#include <stui/types.h>

#include <stdio.h>

enum {
    SAMPLES_MAX = 48,
    SAMPLES_JUDGED = 40, /* with fewer nothing is said of a trend */
    SAMPLE_CHART = SAMPLES_MAX + 1,
};

/* X (field, "name", whether it is judged, growth that means nothing) */
#define SAMPLE_FIGURES(X)                                                                          \
    X (resident, "memory kB", true, 6144)                                                          \
    X (descriptors, "descriptors", true, 10)                                                       \
    X (threads, "threads", true, 4)                                                                \
    X (store, "database kB", true, 8192)                                                           \
    X (cpu, "cpu ms", true, 250)

enum sample_figure {
#define X(field, name, is_judged, slack) SAMPLE_##field,
    SAMPLE_FIGURES (X)
#undef X
        SAMPLE_FIGURE_COUNT
};

struct samples {
    int64_t figures[SAMPLE_FIGURE_COUNT][SAMPLES_MAX];
    size_t count;
};

const char *sample_figure_name (enum sample_figure figure);

/* Adds one, if there is room. */
void samples_add (struct samples *self, const int64_t figures[SAMPLE_FIGURE_COUNT]);
/* Whether no judged figure grew: the median of the last quarter is above that of the second one by no more
 * than a quarter and its slack. Else SENTENCE says which. */
bool samples_are_flat (const struct samples *self, char sentence[STUI_CAUSE_MAX]);
/* A digit for each: 0 for nothing, 9 for the greatest, *GREATEST. Returns TEXT. */
char *samples_chart (const struct samples *self, enum sample_figure figure, char text[SAMPLE_CHART],
                     int64_t *greatest);

#endif
