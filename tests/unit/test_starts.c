/* test_starts.c: when supervisors are started: some at a time, and not while somebody waits to see what
 * is stored. */

#include "actors/starts.h"

#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"

static void
add (struct starts *starts, int count)
{
    for (int index = 0; index < count; index++) {
        char *name = stui_printf ("image/%d", index), *settings = stui_strdup ("{}");
        starts_add (starts, &name, &settings);
        cr_assert_null (name);
        cr_assert_null (settings);
    }
}

/* Takes COUNT out, which are the ones from number FIRST on. */
static void
take (struct starts *starts, int first, int count)
{
    for (int index = first; index < first + count; index++) {
        char name[32];
        snprintf (name, sizeof name, "image/%d", index);
        struct start start = starts_take (starts);
        cr_assert_str_eq (start.name, name);
        free (start.name);
        free (start.settings);
    }
}

Test (starts, some_a_turn_in_the_order_of_their_coming_and_a_pause_between)
{
    struct starts starts = {0};
    cr_assert_eq (starts_deadline (&starts), STUI_NEVER);
    cr_assert_eq (starts_due (&starts, false, 1000), 0);
    add (&starts, STARTS_A_TURN + 3);
    cr_assert_leq (starts_deadline (&starts), 1000);
    cr_assert_eq (starts_due (&starts, false, 1000), STARTS_A_TURN);
    take (&starts, 0, STARTS_A_TURN);
    cr_assert_eq (starts_deadline (&starts), 1000 + STARTS_PAUSE_MS);
    cr_assert_eq (starts_due (&starts, false, 1000 + STARTS_PAUSE_MS - 1), 0);
    cr_assert_eq (starts_due (&starts, false, 1000 + STARTS_PAUSE_MS), 3);
    take (&starts, STARTS_A_TURN, 3);
    cr_assert_eq (starts_deadline (&starts), STUI_NEVER);
    starts_fini (&starts);
}

Test (starts, none_while_somebody_waits_to_see_the_sessions)
{
    struct starts starts = {0};
    add (&starts, 1);
    cr_assert_eq (starts_due (&starts, true, 1000), 0);
    int64_t look_ms = starts_deadline (&starts);
    cr_assert_gt (look_ms, 1000, "or registry would spin");
    cr_assert_eq (starts_due (&starts, false, look_ms), 0, "it is told, and not yet shown");
    cr_assert_eq (starts_deadline (&starts), look_ms + STARTS_AFTER_MS);
    cr_assert_eq (starts_due (&starts, false, look_ms + STARTS_AFTER_MS), 1, "they go on");
    take (&starts, 0, 1);
    starts_fini (&starts);
}

Test (starts, a_read_that_hangs_keeps_no_image_from_being_connected)
{
    struct starts starts = {0};
    add (&starts, 1);
    int64_t now_ms = 1000;
    while (starts_due (&starts, true, now_ms) == 0 && now_ms < 1000 + 2 * STARTS_HELD_MS)
        now_ms = starts_deadline (&starts);
    cr_assert_geq (now_ms, 1000 + STARTS_HELD_MS);
    cr_assert_leq (now_ms, 1000 + STARTS_HELD_MS + STARTS_LOOK_MS);
    starts_fini (&starts);
}

Test (starts, one_reader_after_another_holds_them_no_longer_than_one)
{
    struct starts starts = {0};
    add (&starts, 1);
    cr_assert_eq (starts_due (&starts, true, 1000), 0);
    cr_assert_eq (starts_due (&starts, false, 1000 + STARTS_LOOK_MS), 0);
    int64_t held_ms = STARTS_LOOK_MS + STARTS_AFTER_MS, now_ms = starts_deadline (&starts);
    cr_assert_eq (now_ms, 1000 + held_ms);
    cr_assert_eq (starts_due (&starts, true, now_ms), 0, "another one reads");
    now_ms += STARTS_HELD_MS - held_ms;
    cr_assert_eq (starts_due (&starts, true, now_ms - 1), 0);
    cr_assert_eq (starts_due (&starts, true, now_ms + STARTS_LOOK_MS), 1);
    take (&starts, 0, 1);
    add (&starts, 1);
    cr_assert_eq (starts_due (&starts, true, now_ms + 1000), 0, "others are held anew");
    starts_fini (&starts);
}

/* Symptom: with a thousand images on a busy machine the control socket was bound seconds after the database was
 * open: their supervisors came first. */
Test (starts, many_let_those_in_first_who_wait_for_the_socket)
{
    struct starts starts = {0};
    add (&starts, STARTS_MANY);
    starts_begin (&starts, 1000);
    cr_assert_eq (starts_due (&starts, false, 1000), STARTS_A_TURN, "a few do not wait");
    add (&starts, STARTS_MANY);
    starts_begin (&starts, 2000);
    cr_assert_eq (starts_due (&starts, false, 2000), 0);
    cr_assert_eq (starts_deadline (&starts), 2000 + STARTS_FIRST_MS);
    cr_assert_eq (starts_due (&starts, false, 2000 + STARTS_FIRST_MS), STARTS_A_TURN);
    starts_fini (&starts);
}

Test (starts, one_that_is_not_wanted_any_more_is_not_started)
{
    struct starts starts = {0};
    add (&starts, 3);
    take (&starts, 0, 1);
    cr_assert_not (starts_remove (&starts, "image/0"), "it is on its way");
    cr_assert (starts_remove (&starts, "image/1"));
    cr_assert_eq (starts_due (&starts, false, 1000), 1);
    cr_assert (starts_remove (&starts, "image/2"));
    cr_assert_eq (starts_deadline (&starts), STUI_NEVER);
    starts_fini (&starts);
}
