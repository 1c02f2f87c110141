/* test_main_stop.c: the order of stopping and the patience with actors that end. */

#include <criterion/criterion.h>

#include "main_stop.h"

Test (main_stop, everything_but_the_last_sync_is_over_in_two_seconds)
{
    int64_t before = 0;
    for (int step = MAIN_STEP_CLIENTS; step < MAIN_STEP_COUNT; step++) {
        const struct main_stop *stop = main_stop_step ((enum main_step) step);
        cr_assert_gt (stop->until_ms, before, "step %d", step);
        before = stop->until_ms;
    }
    cr_assert_leq (main_stop_step (MAIN_STEP_SUPERVISORS)->until_ms, 2000);
    cr_assert_leq (main_stop_step (MAIN_STEP_STORE)->until_ms, 7000);
}

Test (main_stop, ends_every_actor_once_and_the_switchboard_last)
{
    int ends[MAIN_CHILD_COUNT] = {0};
    for (int step = MAIN_STEP_CLIENTS; step < MAIN_STEP_COUNT; step++) {
        const struct main_stop *stop = main_stop_step ((enum main_step) step);
        if (stop->is_drain)
            cr_assert_eq (ends[stop->child], 0, "drained after its end");
        else
            cr_assert_eq (ends[stop->child]++, 0);
        cr_assert (stop->child == MAIN_REGISTRY || ends[MAIN_REGISTRY] == 0);
    }
    for (int child = 0; child < MAIN_CHILD_COUNT; child++)
        cr_assert_eq (ends[child], 1);
}

Test (main_stop, sixth_restart_in_ten_seconds_is_one_too_many)
{
    struct main_restarts restarts = {0};
    for (int64_t now = 1000; now < 1000 + MAIN_RESTARTS_MAX; now++)
        cr_assert (main_restarts_allow (&restarts, now));
    cr_assert_not (main_restarts_allow (&restarts, 5000));
    cr_assert_not (main_restarts_allow (&restarts, 1000 + MAIN_RESTARTS_MS - 1));
    cr_assert (main_restarts_allow (&restarts, 1000 + MAIN_RESTARTS_MS));
    cr_assert_not (main_restarts_allow (&restarts, 1000 + MAIN_RESTARTS_MS));
}

Test (main_stop, restarts_far_apart_are_allowed_for_ever)
{
    struct main_restarts restarts = {0};
    for (int64_t now = 0; now < 100000000; now += MAIN_RESTARTS_MS / MAIN_RESTARTS_MAX)
        cr_assert (main_restarts_allow (&restarts, now));
}

Test (main_stop, cause_of_an_end_is_its_word_and_sentence)
{
    static const struct {
        const char *why;
        int err;
        const char *text;
    } cases[] = {
        {"ProfileOwned: process 7 holds it", STUI_E_OWNED, "process 7 holds it"},
        {"StorageError: disk full: really", STUI_E_STORAGE, "disk full: really"},
        {"it broke: badly", STUI_E_INTERNAL, "it broke: badly"},
        {"it broke", STUI_E_INTERNAL, "it broke"},
        {"", STUI_E_INTERNAL, "the actor store ended and did not say why"},
        {"StorageError:", STUI_E_STORAGE, "the actor store ended and did not say why"},
    };
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        struct stui_cause cause = {0};
        main_stop_cause ("store", cases[index].why, &cause);
        cr_assert_eq (cause.err, cases[index].err, "%s", cases[index].why);
        cr_assert_str_eq (cause.text, cases[index].text);
    }
}
