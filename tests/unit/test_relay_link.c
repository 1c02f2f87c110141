/* test_relay_link.c: the table by which a terminal holds on to its owner, with the time in the
 * test's hands. */

#include <criterion/criterion.h>

#include "actors/link.h"

static struct link self;
static int64_t now = 1000;

static void
setup (void)
{
    link_begin (&self, now);
}

static void
expect (enum link_event event, enum link_act act, bool is_said, enum link_state state)
{
    struct link_step step = link_take (&self, event, now);
    cr_assert_eq (step.act, act, "event %d: act %d instead of %d", event, step.act, act);
    cr_assert_eq (step.is_said, is_said, "event %d: said %d", event, step.is_said);
    cr_assert_eq (self.state, state, "event %d: state %d instead of %d", event, self.state, state);
}

static void
be_linked (void)
{
    expect (LINK_CONNECTED, LINK_DO_GREET, false, LINK_GREETING);
    expect (LINK_GREETED, LINK_DO_ANNOUNCE, false, LINK_LINKED);
}

Test (relay_link, attaches_to_whoever_listens, .init = setup)
{
    be_linked ();
    cr_assert_eq (self.deadline_ms, STUI_NEVER);
}

Test (relay_link, starts_an_owner_when_there_is_none_and_attaches_to_it, .init = setup)
{
    expect (LINK_NOBODY, LINK_DO_LAUNCH, true, LINK_LAUNCHING);
    expect (LINK_READY, LINK_DO_TRY, false, LINK_APART);
    be_linked ();
}

Test (relay_link, a_lost_race_for_the_lock_is_no_trouble_and_tried_again_soon, .init = setup)
{
    expect (LINK_NOBODY, LINK_DO_LAUNCH, true, LINK_LAUNCHING);
    expect (LINK_LOST_RACE, LINK_DO_DROP, false, LINK_PAUSED);
    cr_assert_eq (self.deadline_ms, now + LINK_PAUSE_FIRST_MS);
    now = self.deadline_ms;
    expect (LINK_TIME, LINK_DO_TRY, false, LINK_APART);
    be_linked ();
}

Test (relay_link, pauses_double_up_to_a_second_and_begin_anew_after_a_steady_link, .init = setup)
{
    static const int64_t pauses_ms[] = {50, 100, 200, 400, 800, 1000, 1000};
    for (size_t i = 0; i < sizeof pauses_ms / sizeof *pauses_ms; i++) {
        expect (LINK_FAILED, LINK_DO_NOTHING, true, LINK_PAUSED);
        cr_assert_eq (self.deadline_ms - now, pauses_ms[i]);
        now = self.deadline_ms;
        expect (LINK_TIME, LINK_DO_TRY, false, LINK_APART);
    }
    be_linked ();
    now += LINK_STEADY_MS;
    expect (LINK_CLOSED, LINK_DO_DROP, true, LINK_PAUSED);
    cr_assert_eq (self.deadline_ms, now, "a link that held is sought at once");
    expect (LINK_TIME, LINK_DO_TRY, false, LINK_APART);
    expect (LINK_FAILED, LINK_DO_NOTHING, true, LINK_PAUSED);
    cr_assert_eq (self.deadline_ms - now, LINK_PAUSE_FIRST_MS);
}

Test (relay_link, an_owner_that_ends_at_once_again_and_again_is_not_sought_at_once, .init = setup)
{
    int64_t begun = now;
    for (int times = 0; times < 10; times++) {
        be_linked ();
        expect (LINK_CLOSED, LINK_DO_DROP, true, LINK_PAUSED);
        now = self.deadline_ms;
        expect (LINK_TIME, LINK_DO_TRY, false, LINK_APART);
    }
    cr_assert_gt (now - begun, 5000);
}

Test (relay_link, a_lock_without_a_socket_is_told_when_it_has_lasted, .init = setup)
{
    int64_t begun = now;
    while (now - begun < LINK_HELD_MS) {
        expect (LINK_HELD, LINK_DO_NOTHING, false, LINK_PAUSED);
        now = self.deadline_ms;
        expect (LINK_TIME, LINK_DO_TRY, false, LINK_APART);
    }
    expect (LINK_HELD, LINK_DO_NOTHING, true, LINK_PAUSED);
}

/* Symptom: a wall that had met an owner of another version never came back: it has no key that wakes it. */
Test (relay_link, after_another_version_one_of_ours_is_looked_for_less_and_less_often,
      .init = setup)
{
    static const int64_t looks_ms[] = {1000, 2000, 4000, 8000, 16000, 30000, 30000};
    expect (LINK_CONNECTED, LINK_DO_GREET, false, LINK_GREETING);
    expect (LINK_MISMATCHED, LINK_DO_DROP, true, LINK_REFUSED);
    for (size_t look = 0; look < sizeof looks_ms / sizeof *looks_ms; look++) {
        cr_assert_eq (self.deadline_ms - now, looks_ms[look]);
        now = self.deadline_ms;
        expect (LINK_TIME, LINK_DO_TRY, false, LINK_PEEKING);
        if (look % 2) { /* it is gone: nobody starts one of the old version */
            expect (LINK_NOBODY, LINK_DO_NOTHING, false, LINK_REFUSED);
            continue;
        }
        expect (LINK_CONNECTED, LINK_DO_GREET, false, LINK_GREETING);
        expect (LINK_MISMATCHED, LINK_DO_DROP, true, LINK_REFUSED);
    }
    now = self.deadline_ms;
    expect (LINK_TIME, LINK_DO_TRY, false, LINK_PEEKING);
    expect (LINK_CONNECTED, LINK_DO_GREET, false, LINK_GREETING);
    expect (LINK_GREETED, LINK_DO_ANNOUNCE, false, LINK_LINKED);
    cr_assert_eq (self.look_ms, LINK_LOOK_MS);
}

Test (relay_link, another_version_is_tried_again_at_a_wake, .init = setup)
{
    expect (LINK_CONNECTED, LINK_DO_GREET, false, LINK_GREETING);
    expect (LINK_MISMATCHED, LINK_DO_DROP, true, LINK_REFUSED);
    expect (LINK_WAKE, LINK_DO_TRY, false, LINK_APART);
}

Test (relay_link, silence_ends_a_greeting_and_a_launch, .init = setup)
{
    expect (LINK_CONNECTED, LINK_DO_GREET, false, LINK_GREETING);
    cr_assert_eq (self.deadline_ms, now + LINK_HELLO_MS);
    expect (LINK_TIME, LINK_DO_DROP, true, LINK_PAUSED);
    expect (LINK_WAKE, LINK_DO_TRY, false, LINK_APART);
    expect (LINK_NOBODY, LINK_DO_LAUNCH, true, LINK_LAUNCHING);
    cr_assert_eq (self.deadline_ms, now + LINK_LAUNCH_MS);
    expect (LINK_TIME, LINK_DO_DROP, true, LINK_PAUSED);
}

Test (relay_link, unexpected_events_change_nothing, .init = setup)
{
    be_linked ();
    struct link before = self;
    expect (LINK_READY, LINK_DO_NOTHING, false, LINK_LINKED);
    expect (LINK_WAKE, LINK_DO_NOTHING, false, LINK_LINKED);
    expect (LINK_TIME, LINK_DO_NOTHING, false, LINK_LINKED);
    cr_assert_eq (self.since_ms, before.since_ms);
    cr_assert_eq (self.pause_ms, before.pause_ms);
}

/* Symptom: `stui stop` with terminals open: one of them started another owner at once. */
Test (relay_link, after_an_ordered_stop_nobody_starts_an_owner_until_the_user_wants_one,
      .init = setup)
{
    be_linked ();
    now += LINK_STEADY_MS;
    expect (LINK_DISMISSED, LINK_DO_DROP, true, LINK_STOPPED);
    for (int look = 0; look < 3; look++) {
        cr_assert_eq (self.deadline_ms, now + LINK_LOOK_MS);
        now = self.deadline_ms;
        expect (LINK_TIME, LINK_DO_TRY, false, LINK_LOOKING);
        expect (look == 0 ? LINK_HELD : LINK_NOBODY, LINK_DO_NOTHING, false, LINK_STOPPED);
    }
    expect (LINK_WAKE, LINK_DO_TRY, false, LINK_APART);
    expect (LINK_NOBODY, LINK_DO_LAUNCH, true, LINK_LAUNCHING);
}

Test (relay_link, after_an_ordered_stop_an_owner_that_somebody_starts_is_attached_to, .init = setup)
{
    be_linked ();
    expect (LINK_DISMISSED, LINK_DO_DROP, true, LINK_STOPPED);
    now = self.deadline_ms;
    expect (LINK_TIME, LINK_DO_TRY, false, LINK_LOOKING);
    be_linked ();
}

/* Symptom: what was typed after `stui stop` was stored by nobody, and lost with its terminal. */
Test (relay_link, after_an_ordered_stop_text_to_be_stored_starts_an_owner, .init = setup)
{
    be_linked ();
    now += LINK_STEADY_MS;
    expect (LINK_WANTED, LINK_DO_NOTHING, false, LINK_LINKED);
    expect (LINK_DISMISSED, LINK_DO_DROP, true, LINK_STOPPED);
    expect (LINK_WANTED, LINK_DO_TRY, false, LINK_APART);
    expect (LINK_NOBODY, LINK_DO_LAUNCH, true, LINK_LAUNCHING);
    expect (LINK_WANTED, LINK_DO_NOTHING, false, LINK_LAUNCHING);
}
