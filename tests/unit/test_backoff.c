/* test_backoff.c: the waits between attempts stay within their bounds, and differ. */

#include "actors/backoff.h"

#include <criterion/criterion.h>

Test (backoff, waits_stay_below_the_doubling_ceiling)
{
    struct random_source random = {.state = 7};
    for (int round = 0; round < 200; round++) {
        struct backoff backoff = {100, 10000, 0};
        int64_t ceiling = 100;
        for (int failure = 0; failure < 20; failure++) {
            int64_t wait = backoff_next (&backoff, &random);
            cr_assert_geq (wait, 1);
            cr_assert_leq (wait, ceiling);
            ceiling = ceiling * 2 < 10000 ? ceiling * 2 : 10000;
        }
        cr_assert_eq (backoff.failures, 20);
    }
}

Test (backoff, waits_reach_low_and_high)
{
    struct random_source random = {.state = 1};
    struct backoff backoff = {100, 10000, 30};
    int64_t least = INT64_MAX, most = 0;
    for (int round = 0; round < 1000; round++) {
        int64_t wait = backoff_next (&backoff, &random);
        least = wait < least ? wait : least;
        most = wait > most ? wait : most;
    }
    cr_assert_lt (least, 500);
    cr_assert_gt (most, 9500);
}

Test (backoff, starts_anew_after_a_reset)
{
    struct random_source random = {.state = 3};
    struct backoff backoff = {100, 10000, 12};
    backoff_reset (&backoff);
    cr_assert_leq (backoff_next (&backoff, &random), 100);
}

Test (backoff, never_overflows)
{
    struct random_source random = {.state = 3};
    struct backoff backoff = {600000, 3600000, UINT32_MAX};
    cr_assert_leq (backoff_next (&backoff, &random), 3600000);
    cr_assert_eq (backoff.failures, UINT32_MAX);
}
