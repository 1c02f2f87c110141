/* plan.c: see plan.h. Each rule draws from a generator of its own, so that another rule behind it
 * changes nothing before it. Pure. */

#include "chaos/plan.h"

#include <stdlib.h>

#include "runtime/alloc.h"
#include "runtime/random.h"

enum {
    /* A process that has just come back is left alone so long: what does not get to work between two
     * ends shows nothing. */
    REST_MS = 1000,
};

/* A train of a rule: its moments, and whom they hit. */
struct train {
    const struct scenario_fault *rule;
    size_t index; /* of the rule */
    struct random_source random;
    const struct plan_site *site;
    struct plan *plan;
};

static void
train_add (struct train *self, int64_t at_ms, size_t image)
{
    const struct scenario_fault *rule = self->rule;
    struct plan *plan = self->plan;
    int64_t duration_ms = self->site->duration_ms;
    if ((int64_t) random_below (&self->random, 100) >= rule->chance)
        return;
    if (fault_rows[rule->what].place == FAULT_ON_PROCESS)
        image -= image % self->site->images_per_process;
    int64_t until_ms = at_ms + rule->for_ms;
    stui_grow (&plan->faults, &plan->capacity, plan->count, sizeof *plan->faults);
    plan->faults[plan->count++] = (struct plan_fault){
        .at_ms = at_ms,
        .until_ms = until_ms < duration_ms ? until_ms : duration_ms,
        .what = rule->what,
        .way = rule->way,
        .image = image,
        .amount = rule->amount,
        .rule = self->index,
    };
}

/* A half of the images, drawn without repetition (selection sampling: Knuth, algorithm S). */
static void
train_add_half (struct train *self, int64_t at_ms)
{
    size_t wanted = (self->site->images + 1) / 2, left = self->site->images;
    for (size_t image = 0; wanted > 0; image++, left--)
        if (random_below (&self->random, left) < wanted) {
            train_add (self, at_ms, image);
            wanted--;
        }
}

static void
train_hit (struct train *self, int64_t at_ms, size_t own)
{
    size_t step = 1;
    if (fault_rows[self->rule->what].place == FAULT_ON_PROCESS)
        step = self->site->images_per_process; /* all of a process are hit at once anyway */
    switch (self->rule->who) {
    case FAULT_ALL:
        for (size_t image = 0; image < self->site->images; image += step)
            train_add (self, at_ms, image);
        break;
    case FAULT_HALF:
        train_add_half (self, at_ms);
        break;
    case FAULT_ONE:
        train_add (self, at_ms, (size_t) random_below (&self->random, self->site->images));
        break;
    default:
        train_add (self, at_ms, own);
    }
}

/* All moments of one train; OWN is the image that it belongs to. */
static void
train_run (struct train *self, size_t own)
{
    const struct scenario_fault *rule = self->rule;
    bool each = rule->who == FAULT_EACH;
    int64_t phase_ms = each ? (int64_t) random_below (&self->random, (uint64_t) rule->every_ms) : 0;
    for (int64_t tick_ms = rule->first_ms + phase_ms; tick_ms < self->site->duration_ms;
         tick_ms += rule->every_ms) {
        int64_t at_ms =
            tick_ms + (int64_t) random_below (&self->random, (uint64_t) rule->jitter_ms + 1);
        if (at_ms < self->site->duration_ms)
            train_hit (self, at_ms, own);
    }
}

static int
fault_compare (const void *one_p, const void *other_p)
{
    const struct plan_fault *one = one_p, *other = other_p;
    if (one->at_ms != other->at_ms)
        return one->at_ms < other->at_ms ? -1 : 1;
    if (one->rule != other->rule)
        return one->rule < other->rule ? -1 : 1;
    return one->image < other->image ? -1 : one->image > other->image;
}

/* Takes out what would hit a process or stui that is away already. */
static void
plan_thin (struct plan *plan, const struct plan_site *site)
{
    int64_t *free_ms = stui_alloc ((site->images + 1) * sizeof *free_ms); /* the last is stui's */
    size_t kept = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_fault fault = plan->faults[i];
        enum fault_place place = fault_rows[fault.what].place;
        size_t whose = place == FAULT_ON_STUI ? site->images : fault.image;
        if (place != FAULT_ON_LINK && fault.at_ms < free_ms[whose]) {
            plan->dropped++;
            continue;
        }
        if (place != FAULT_ON_LINK)
            free_ms[whose] = fault.until_ms + REST_MS;
        plan->faults[kept++] = fault;
    }
    plan->count = kept;
    free (free_ms);
}

void
plan_make (struct plan *plan, const struct scenario *scenario, uint64_t seed,
           const struct plan_site *site)
{
    *plan = (struct plan){0};
    for (size_t i = 0; i < scenario->count; i++) {
        const struct scenario_fault *rule = &scenario->faults[i];
        struct train train = {.rule = rule, .index = i, .site = site, .plan = plan};
        train.random.state = seed * 1000003 + i;
        bool is_of_stui = fault_rows[rule->what].place == FAULT_ON_STUI;
        if (site->spares_processes && fault_rows[rule->what].place == FAULT_ON_PROCESS) {
            plan->spared++;
            continue;
        }
        size_t step =
            fault_rows[rule->what].place == FAULT_ON_PROCESS ? site->images_per_process : 1;
        size_t trains = rule->who == FAULT_EACH && !is_of_stui ? site->images : 1;
        for (size_t own = 0; own < trains; own += step)
            train_run (&train, own);
    }
    if (plan->count > 0)
        qsort (plan->faults, plan->count, sizeof *plan->faults, fault_compare);
    plan_thin (plan, site);
}

void
plan_make_series (struct plan *plan, const struct scenario *const *scenarios, size_t count,
                  uint64_t seed, const struct plan_site *site)
{
    *plan = (struct plan){0};
    for (size_t i = 0; i < count; i++) {
        struct plan part;
        int64_t later_ms = (int64_t) i * site->duration_ms;
        plan_make (&part, scenarios[i], seed + i, site);
        for (size_t k = 0; k < part.count; k++) {
            struct plan_fault fault = part.faults[k];
            fault.at_ms += later_ms;
            fault.until_ms += later_ms;
            stui_grow (&plan->faults, &plan->capacity, plan->count, sizeof *plan->faults);
            plan->faults[plan->count++] = fault;
        }
        plan->dropped += part.dropped;
        plan->spared += part.spared;
        plan_fini (&part);
    }
}

void
plan_fini (struct plan *plan)
{
    free (plan->faults);
    *plan = (struct plan){0};
}
