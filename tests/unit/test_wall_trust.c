/* test_wall_trust.c: by which time things are old. */

#include "actors/wall_trust.h"

#include <criterion/criterion.h>

#include "runtime/json.h"

static const int64_t day_ms = 86400000, begin_ms = INT64_C (1800000000000);

/* SELF as the next run finds it. */
static void
restart (struct wall_trust *self)
{
    struct json *saved = wall_trust_save (self);
    wall_trust_load (self, saved);
    json_destroy (&saved);
}

Test (wall_trust, the_first_look_and_some_days_ahead_are_believed)
{
    struct wall_trust trust = {0};
    cr_assert_eq (wall_trust_look (&trust, 5, begin_ms), begin_ms);
    restart (&trust);
    cr_assert_eq (wall_trust_look (&trust, 5, begin_ms + 6 * day_ms), begin_ms + 6 * day_ms);
    cr_assert_not (wall_trust_doubts (&trust));
}

Test (wall_trust, a_clock_that_is_behind_is_believed)
{
    struct wall_trust trust = {0};
    wall_trust_look (&trust, 5, begin_ms);
    cr_assert_eq (wall_trust_look (&trust, 6, begin_ms - 4000 * day_ms), begin_ms - 4000 * day_ms);
}

Test (wall_trust, one_that_is_years_ahead_is_believed_after_a_day_of_running_also_in_parts)
{
    struct wall_trust trust = {0};
    int64_t ahead_ms = begin_ms + 3650 * day_ms, part_ms = 2 * day_ms / 3;
    wall_trust_look (&trust, 5, begin_ms);
    for (int run = 0; run < 2; run++) {
        restart (&trust);
        wall_trust_look (&trust, 5, ahead_ms);
        cr_assert (wall_trust_doubts (&trust));
        cr_assert_lt (trust.trusted_ms, begin_ms + day_ms);
        wall_trust_look (&trust, 5 + part_ms, ahead_ms + part_ms);
        cr_assert_eq (wall_trust_doubts (&trust), run == 0);
    }
    cr_assert_eq (trust.trusted_ms, ahead_ms + part_ms);
}
