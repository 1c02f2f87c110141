/* live.c: see live.h. With more images than columns, a column is several of them. */

#include "chaos/live.h"

#include <inttypes.h>
#include <string.h>

#include "chaos/wrap.h"

static const char letters[FAULT_KIND_COUNT] = {
    [FAULT_DOWN] = 'D',       [FAULT_REFUSE] = 'F',     [FAULT_RESET] = 'R',
    [FAULT_BLACK_HOLE] = 'B', [FAULT_HALF_CLOSE] = 'H', [FAULT_LATENCY] = 'L',
    [FAULT_BANDWIDTH] = 'W',  [FAULT_SLICE] = 'S',      [FAULT_CORRUPT] = 'C',
    [FAULT_LIMIT] = 'M',      [FAULT_SLOW_CLOSE] = 'O', [FAULT_KILL] = 'K',
    [FAULT_STOP] = 'T',       [FAULT_SNAPSHOT] = 'N',   [FAULT_KILL_STUI] = 'X',
    [FAULT_TAKE_OVER] = 'V',
};

static size_t
live_columns (const struct live *self)
{
    return self->images < LIVE_COLUMNS ? self->images : LIVE_COLUMNS;
}

/* The kinds that there are in PLAN. */
static void
live_print_kinds (const struct live *self, const struct plan *plan)
{
    bool is_there[FAULT_KIND_COUNT] = {0};
    size_t left = 0;
    struct wrap wrap;
    for (size_t i = 0; i < plan->count; i++)
        if (!is_there[plan->faults[i].what])
            is_there[plan->faults[i].what] = true, left++;
    wrap_begin (&wrap, self->out, 7, "faults ");
    for (size_t i = 0; i < FAULT_KIND_COUNT; i++)
        if (is_there[i])
            wrap_put (&wrap, "%c %s%s", letters[i], fault_rows[i].word, --left > 0 ? "," : "");
    wrap_end (&wrap);
    fputs ("        a capital letter when it begins, a small one while it lasts\n", self->out);
}

void
live_init (struct live *self, FILE *out, const struct host_image *images, size_t count,
           const struct plan *plan, bool attached)
{
    *self = (struct live){.out = out, .images = count};
    memset (self->began, ' ', sizeof self->began);
    memset (self->lasting, ' ', sizeof self->lasting);
    if (out == NULL)
        return;
    live_print_kinds (self, plan);
    fprintf (out, "images  %s", images[0].name);
    if (count > 1)
        fprintf (out, " to %s, %s", images[count - 1].name,
                 count > LIVE_COLUMNS ? "some in each column" : "a column each");
    fputs ("\n        '.' when it answered, '-' when it did not\n", out);
    fprintf (out, "        %s; faults begin when each has answered\n\n",
             attached ? "it is connected to" : "the images start");
    fflush (out);
}

void
live_wait (struct live *self, const char *name, const char *why)
{
    if (self->out == NULL || strcmp (self->awaited, why) == 0)
        return;
    snprintf (self->awaited, sizeof self->awaited, "%s", why);
    fprintf (self->out, "        waiting for %s: %s\n", name, why);
    fflush (self->out);
}

static size_t
live_column (const struct live *self, size_t image)
{
    return image * live_columns (self) / self->images;
}

void
live_note_fault (struct live *self, const struct plan_fault *fault, bool begins)
{
    char letter = letters[fault->what], small = (char) (letter + ('a' - 'A'));
    bool is_of_all = fault_rows[fault->what].place == FAULT_ON_STUI;
    size_t first = is_of_all ? 0 : live_column (self, fault->image);
    size_t last = is_of_all ? live_columns (self) - 1 : first;
    self->faults += begins;
    for (size_t i = first; i <= last; i++) {
        if (begins)
            self->began[i] = letter;
        if (begins && fault_rows[fault->what].lasts)
            self->lasting[i] = small;
        else if (!begins && self->lasting[i] == small)
            self->lasting[i] = ' ';
    }
}

void
live_note_answer (struct live *self, size_t image)
{
    self->answered[live_column (self, image)] = true;
}

void
live_turn (struct live *self, int64_t at_ms, uint64_t done)
{
    char faults[LIVE_COLUMNS + 1], images[LIVE_COLUMNS + 1];
    size_t columns = live_columns (self);
    if (at_ms < self->next_ms)
        return;
    self->next_ms = at_ms - at_ms % LIVE_STEP_MS + LIVE_STEP_MS;
    for (size_t i = 0; i < columns; i++) {
        faults[i] = self->began[i] != ' ' ? self->began[i] : self->lasting[i];
        images[i] = self->answered[i] ? '.' : '-';
        self->began[i] = ' ';
        self->answered[i] = false;
    }
    faults[columns] = images[columns] = '\0';
    if (self->out == NULL)
        return;
    fprintf (self->out, "          faults |%s| %zu\n%6.1f s  images |%s| %" PRIu64 " answers\n",
             faults, self->faults, (double) at_ms / 1000, images, done);
    fflush (self->out);
}
