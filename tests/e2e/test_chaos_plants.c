/* test_chaos_plants.c: chaos can fail: five faults are planted between stui and the checker, and each
 * turns the verdict with the right count. And without one, the very same run survives. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "chaos/chaos.h"
#include "runtime/alloc.h"
#include "support/run.h"

static const char scenario_text[] = "[scenario]\nabout = cuts\npace_ms = 20\n"
                                    "[fault \"cut\"]\nwhat = reset\nwho = each\nevery_ms = 700\n";

static struct run_place place;
static struct chaos_result result;

static void
setup (void)
{
    run_place_open (&place, NULL);
}

static void
teardown (void)
{
    run_place_close (&place);
}

TestSuite (chaos_plants, .init = setup, .fini = teardown, .timeout = 300);

static void
run_with_plant (enum plant_kind plant)
{
    struct scenario scenario;
    const struct scenario *const scenarios[] = {&scenario};
    struct stui_cause cause = {0};
    const char *program = getenv ("STUI");
    char *config = stui_printf ("%s/chaos.ini", place.directory);
    cr_assert_eq (scenario_parse (scenario_text, "cuts", &scenario, &cause), 0, "%s", cause.text);
    const struct chaos_options options = {
        .name = "cuts",
        .scenarios = scenarios,
        .scenario_count = 1,
        .seed = 3,
        .images = 4,
        .program = program ? program : "build/stui",
        .directory = place.directory,
        .profile = "chaos",
        .config_path = config,
        .duration_ms = 3000,
        .settle_ms = 5000,
        .signal_fd = -1,
        .plant = plant,
    };
    cr_assert_eq (chaos_run (&options, &result, &cause), 0, "%s", cause.text);
    free (config);
}

static void
expect (uint64_t lost, uint64_t duplicated, uint64_t crossed, size_t orphans, int64_t sockets)
{
    bool is_well = lost + duplicated + crossed + orphans + (uint64_t) sockets == 0;
    cr_expect_eq (result.lost, lost, "%d lost", (int) result.lost);
    cr_expect_eq (result.duplicated, duplicated, "%d duplicated", (int) result.duplicated);
    cr_expect_eq (result.crossed, crossed, "%d crossed", (int) result.crossed);
    cr_expect_eq (result.orphans, orphans, "%d orphans", (int) result.orphans);
    cr_expect_eq (result.leaked.sockets, sockets, "%d sockets", (int) result.leaked.sockets);
    cr_expect_eq (chaos_survived (&result), is_well);
    cr_expect_gt (result.faults, 8);
}

Test (chaos_plants, without_one_the_run_survives)
{
    run_with_plant (PLANT_NONE);
    expect (0, 0, 0, 0, 0);
}

Test (chaos_plants, a_dropped_reply_is_lost)
{
    run_with_plant (PLANT_REPLY_DROPPED);
    expect (1, 0, 0, 1, 0); /* and its session, which waits for it, is silent */
}

/* Symptom: on a busy machine the run was over before there was anything to send twice. */
Test (chaos_plants, an_evaluation_sent_twice_is_duplicated)
{
    run_with_plant (PLANT_SENT_TWICE);
    expect (0, 1, 0, 0, 0);
}

Test (chaos_plants, swapped_answers_are_crossed)
{
    run_with_plant (PLANT_ANSWERS_SWAPPED);
    expect (0, 0, 2, 0, 0);
}

/* Symptom: what the others had just asked when the patience with it was over counted as lost. */
Test (chaos_plants, a_session_that_is_not_restored_is_an_orphan)
{
    run_with_plant (PLANT_SESSION_CLOSED);
    expect (0, 0, 0, 1, 0);
}

/* Symptom: on a busy machine it was counted before the proxy had passed it on: 0 sockets. */
Test (chaos_plants, a_socket_that_stays_open_is_leaked)
{
    run_with_plant (PLANT_SOCKET_LEAKED);
    expect (0, 0, 0, 0, 1);
}
