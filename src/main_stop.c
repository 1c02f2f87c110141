/* main_stop.c: see main_stop.h. Pure. */

#include "main_stop.h"

#include <assert.h>
#include <string.h>

/* Everything but the last sync is over within 2 s, whatever any image does: supervisors get
 * what control, worker and netwatch left of it, and those end within milliseconds unless they
 * hang. Store then has 5 s. */
static const struct main_stop steps[] = {
    [MAIN_STEP_CLIENTS] = {MAIN_CONTROL, true, 600},
    [MAIN_STEP_CONTROL] = {MAIN_CONTROL, false, 800},
    [MAIN_STEP_WORKER] = {MAIN_WORKER, false, 900},
    [MAIN_STEP_ALERTER] = {MAIN_ALERTER, false, 950},
    [MAIN_STEP_NETWATCH] = {MAIN_NETWATCH, false, 1000},
    [MAIN_STEP_SUPERVISORS] = {MAIN_REGISTRY, true, 2000},
    [MAIN_STEP_STORE] = {MAIN_STORE, false, 7000},
    [MAIN_STEP_REGISTRY] = {MAIN_REGISTRY, false, 7500},
};
static_assert (sizeof steps / sizeof *steps == MAIN_STEP_COUNT, "a row per step");

const struct main_stop *
main_stop_step (enum main_step step)
{
    assert (step > MAIN_STEP_RUNNING && step < MAIN_STEP_COUNT);
    return &steps[step];
}

bool
main_restarts_allow (struct main_restarts *self, int64_t now_ms)
{
    int64_t *oldest = &self->at_ms[self->count % MAIN_RESTARTS_MAX];
    if (self->count >= MAIN_RESTARTS_MAX && now_ms - *oldest < MAIN_RESTARTS_MS)
        return false;
    *oldest = now_ms;
    self->count++;
    return true;
}

void
main_stop_cause (const char *name, const char *why, struct stui_cause *cause)
{
    char word[32] = "";
    size_t length = strcspn (why, ":");
    if (why[length] == ':' && length < sizeof word)
        memcpy (word, why, length);
    int err = stui_err_from_word (word);
    const char *sentence = why;
    if (*word && strcmp (stui_err_word (err), word) == 0)
        sentence += length + 1 + strspn (why + length + 1, " ");
    if (*sentence)
        stui_fail (cause, err, "%s", sentence);
    else
        stui_fail (cause, err, "the actor %s ended and did not say why", name);
}
