/* test_changes.c: changes of the network and of the clocks, gathered. */

#include <stdlib.h>

#include <criterion/criterion.h>
#include <stui/types.h>

#include "actors/changes.h"

static void
assert_taken (struct changes *changes, unsigned kinds, const char *text)
{
    unsigned got;
    char *said = changes_take (changes, &got);
    cr_assert_str_eq (said, text);
    cr_assert_eq (got, kinds);
    cr_assert_eq (changes_deadline (changes), STUI_NEVER);
    free (said);
}

Test (changes, nothing_is_never_due)
{
    struct changes changes = {0};
    changes_note (&changes, 0, 5);
    cr_assert_eq (changes_deadline (&changes), STUI_NEVER);
    assert_taken (&changes, 0, "");
}

Test (changes, a_burst_is_told_once_when_it_is_over)
{
    struct changes changes = {0};
    changes_note (&changes, CHANGES_LINK, 1000);
    changes_note (&changes, CHANGES_ADDRESS, 1010);
    changes_note (&changes, CHANGES_ROUTE, 1030);
    cr_assert_eq (changes_deadline (&changes), 1030 + CHANGES_QUIET_MS);
    assert_taken (&changes, CHANGES_LINK | CHANGES_ADDRESS | CHANGES_ROUTE,
                  "the network changed: an interface, an address of this machine, a route");
}

Test (changes, a_burst_without_end_is_told_all_the_same)
{
    struct changes changes = {0};
    for (int64_t now_ms = 1000; now_ms < 3000; now_ms += 10)
        changes_note (&changes, CHANGES_ROUTE, now_ms);
    cr_assert_eq (changes_deadline (&changes), 1000 + CHANGES_LONGEST_MS);
}

Test (changes, sleep_is_what_one_clock_missed)
{
    struct changes changes = {0};
    struct changes_clocks before = {.mono_ms = 1000, .boot_ms = 5000, .wall_ms = 100000};
    struct changes_clocks now = {.mono_ms = 1100, .boot_ms = 3605100, .wall_ms = 3700100};
    changes_note_clocks (&changes, &before, &now);
    assert_taken (&changes, CHANGES_WAKE, "this machine slept for 3600 s");
}

Test (changes, a_clock_that_is_set_is_no_sleep)
{
    struct changes changes = {0};
    struct changes_clocks before = {.mono_ms = 1000, .boot_ms = 5000, .wall_ms = 100000};
    struct changes_clocks now = {.mono_ms = 1100, .boot_ms = 5100, .wall_ms = 40100};
    changes_note_clocks (&changes, &before, &now);
    assert_taken (&changes, CHANGES_CLOCK, "its clock was set back by 60 s");
    now.wall_ms = 160100;
    changes_note_clocks (&changes, &before, &now);
    assert_taken (&changes, CHANGES_CLOCK, "its clock was set on by 60 s");
}

Test (changes, less_than_a_second_is_nothing)
{
    struct changes changes = {0};
    struct changes_clocks before = {.mono_ms = 1000, .boot_ms = 5000, .wall_ms = 100000};
    struct changes_clocks now = {.mono_ms = 1100, .boot_ms = 5500, .wall_ms = 99900};
    changes_note_clocks (&changes, &before, &now);
    cr_assert_eq (changes_deadline (&changes), STUI_NEVER);
}
