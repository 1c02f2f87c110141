/* samples.c: see samples.h. Pure. */

#include "chaos/samples.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "chaos/numbers.h"

static const struct {
    const char *name;
    bool is_judged;
    int64_t slack;
} rows[SAMPLE_FIGURE_COUNT] = {
#define X(field, name, is_judged, slack) [SAMPLE_##field] = {name, is_judged, slack},
    SAMPLE_FIGURES (X)
#undef X
};

const char *
sample_figure_name (enum sample_figure figure)
{
    return rows[figure].name;
}

void
samples_add (struct samples *self, const int64_t figures[SAMPLE_FIGURE_COUNT])
{
    if (self->count == SAMPLES_MAX)
        return;
    for (size_t i = 0; i < SAMPLE_FIGURE_COUNT; i++)
        self->figures[i][self->count] = figures[i];
    self->count++;
}

static int64_t
median (const int64_t *numbers, size_t count)
{
    int64_t sorted[SAMPLES_MAX];
    memcpy (sorted, numbers, count * sizeof *sorted);
    numbers_sort (sorted, count);
    return sorted[count / 2];
}

bool
samples_are_flat (const struct samples *self, char sentence[STUI_CAUSE_MAX])
{
    size_t quarter = self->count / 4;
    sentence[0] = '\0';
    if (self->count < SAMPLES_JUDGED)
        return true;
    for (size_t i = 0; i < SAMPLE_FIGURE_COUNT; i++) {
        int64_t early = median (self->figures[i] + quarter, quarter);
        int64_t late = median (self->figures[i] + self->count - quarter, quarter);
        if (!rows[i].is_judged || late <= early + early / 4 + rows[i].slack)
            continue;
        snprintf (sentence, STUI_CAUSE_MAX, "%s grew from %" PRId64 " to %" PRId64, rows[i].name,
                  early, late);
        return false;
    }
    return true;
}

char *
samples_chart (const struct samples *self, enum sample_figure figure, char text[SAMPLE_CHART],
               int64_t *greatest)
{
    const int64_t *numbers = self->figures[figure];
    *greatest = 0;
    for (size_t i = 0; i < self->count; i++)
        *greatest = numbers[i] > *greatest ? numbers[i] : *greatest;
    for (size_t i = 0; i < self->count; i++)
        text[i] = (char) ('0' + (*greatest > 0 ? numbers[i] * 9 / *greatest : 0));
    text[self->count] = '\0';
    return text;
}
