/* test_chaos_lives.c: the judge of chaos over many lives of an image: whatever order of evaluations, ends
 * and savings there may be, it calls nothing wrong that went right; and what did go wrong it sees. The
 * image, and the stui before it, are models that a seed drives. */

#include <criterion/criterion.h>
#include <stdio.h>

#include "chaos/checker.h"
#include "runtime/random.h"

enum { SEEDS = 1000, STEPS = 400, DOUBTS_MAX = 4 /* between two answers */ };

struct counters {
    int64_t count, sum;
};

/* One session, asked one thing after the other. */
struct model {
    struct checker checker;
    struct random_source random;
    struct counters now, file;
    uint64_t number;  /* asked, and not answered; 0: none */
    bool has_run;     /* it, in this life or in a former one */
    bool is_sent;     /* it is not in stui any more */
    char answer[80];  /* on its way */
    int doubts;       /* since the last answer */
    uint64_t hanging; /* in doubt, and may run yet in this life; 0: none */
    bool is_saving;   /* the request to is not answered */
    bool may_save;    /* nor was it done */
    const char *did[STEPS];
};

static bool
chance (struct model *self, uint64_t in_hundred)
{
    return random_below (&self->random, 100) < in_hundred;
}

static void
model_run (struct model *self, uint64_t number)
{
    self->now.count++;
    self->now.sum += (int64_t) number;
}

static const char *
model_ask (struct model *self)
{
    if (self->number != 0)
        return NULL;
    self->number = checker_ask (&self->checker, 0);
    self->has_run = self->is_sent = false;
    return "ask";
}

static const char *
model_evaluate (struct model *self)
{
    if (self->number == 0 || self->has_run || self->is_sent)
        return NULL;
    self->has_run = self->is_sent = true;
    model_run (self, self->number);
    snprintf (self->answer, sizeof self->answer, "%llu %lld %lld",
              (unsigned long long) self->number, (long long) self->now.count,
              (long long) self->now.sum);
    return "run";
}

static const char *
model_answer (struct model *self)
{
    if (self->number == 0 || !self->has_run)
        return NULL;
    self->number = 0;
    self->doubts = 0;
    checker_answer (&self->checker, 0, self->answer);
    return "answer";
}

/* stui was killed, or the image ended: nobody can say. It may run yet if it hangs on a connection. */
static const char *
model_doubt (struct model *self)
{
    if (self->number == 0 || self->doubts == DOUBTS_MAX || chance (self, 60))
        return NULL;
    checker_doubt (&self->checker, 0);
    self->doubts++;
    if (!self->has_run)
        self->hanging = self->number;
    self->number = 0;
    return "doubt";
}

static const char *
model_refuse (struct model *self)
{
    if (self->number == 0 || self->has_run)
        return NULL;
    checker_refuse (&self->checker, 0, "NeverRun");
    self->number = 0;
    return "refuse";
}

static const char *
model_run_late (struct model *self)
{
    if (self->hanging == 0)
        return NULL;
    model_run (self, self->hanging);
    self->hanging = 0;
    return "run late";
}

static const char *
model_ask_save (struct model *self)
{
    if (self->is_saving)
        return NULL;
    self->is_saving = self->may_save = true;
    checker_note_save (&self->checker, 0);
    return "ask to save";
}

static const char *
model_save (struct model *self)
{
    if (!self->may_save)
        return NULL;
    self->may_save = false;
    self->file = self->now;
    return "save";
}

static const char *
model_save_over (struct model *self)
{
    if (!self->is_saving)
        return NULL;
    self->is_saving = self->may_save = false;
    checker_note_save_over (&self->checker, 0);
    return "saved";
}

/* What waits in stui goes to the next life, what hangs on a connection does not. */
static const char *
model_end (struct model *self)
{
    if (chance (self, 60))
        return NULL;
    checker_note_end (&self->checker, 0);
    self->now = self->file;
    self->hanging = 0;
    return "end";
}

static const char *(*const steps[]) (struct model *) = {
    model_ask,      model_ask,      model_ask,    model_evaluate,  model_evaluate,
    model_evaluate, model_answer,   model_answer, model_doubt,     model_refuse,
    model_run_late, model_ask_save, model_save,   model_save_over, model_end,
};

static void
model_step (struct model *self, size_t step)
{
    while (self->did[step] == NULL)
        self->did[step] = steps[random_below (&self->random, sizeof steps / sizeof steps[0])](self);
}

static void
model_init (struct model *self, uint64_t seed)
{
    *self = (struct model){.random.state = seed};
    checker_init (&self->checker, 1);
}

static uint64_t
model_wrong (const struct model *self)
{
    return self->checker.lost + self->checker.duplicated + self->checker.crossed;
}

/* Symptom: what ran in an image's life was called lost when that ended, in a soak under load. */
Test (chaos_lives, what_goes_right_is_never_called_wrong)
{
    static struct model model;
    uint64_t answered = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        model_init (&model, seed);
        for (size_t step = 0; step < STEPS; step++) {
            model_step (&model, step);
            if (model_wrong (&model) == 0)
                continue;
            for (size_t i = step < 40 ? 0 : step - 40; i <= step; i++)
                fprintf (stderr, "%s\n", model.did[i]);
            cr_assert_fail ("seed %llu, step %zu: %s", (unsigned long long) seed, step,
                            model.checker.first);
        }
        answered += model.checker.answered;
        checker_fini (&model.checker);
    }
    cr_expect_gt (answered, (uint64_t) SEEDS * STEPS / 10);
}

/* Asked and answered, so that nothing is open or in doubt that could explain what is wrong then. */
static void
model_settle (struct model *self)
{
    model_save_over (self);
    for (int i = 0; i < 2; i++) {
        if (self->number != 0 && !self->has_run)
            model_refuse (self);
        model_answer (self);
        model_ask (self);
        model_evaluate (self);
        model_answer (self);
    }
}

Test (chaos_lives, what_goes_wrong_is_seen_whatever_was_before)
{
    static struct model model;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        model_init (&model, seed);
        for (size_t step = 0; step < STEPS; step++)
            model_step (&model, step);
        model_settle (&model);
        bool is_lost = seed % 2 == 0;
        struct counters before = model.now;
        model_ask (&model);
        uint64_t number = model.number;
        model_evaluate (&model);
        model_answer (&model);
        if (is_lost)
            model.now = before; /* and its image did not end */
        else
            model_run (&model, number);
        model_ask (&model);
        model_evaluate (&model);
        model_answer (&model);
        cr_assert_eq (model.checker.lost, is_lost ? 1 : 0, "seed %llu: %llu lost",
                      (unsigned long long) seed, (unsigned long long) model.checker.lost);
        cr_assert_eq (model.checker.duplicated, is_lost ? 0 : 1, "seed %llu: %llu duplicated",
                      (unsigned long long) seed, (unsigned long long) model.checker.duplicated);
        checker_fini (&model.checker);
    }
}
