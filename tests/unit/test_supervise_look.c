/* test_supervise_look.c: what a supervisor does when the network changed under it. */

#include "unit/supervise_fixture.h"

TestSuite (supervise_look, .init = setup, .fini = teardown);

static void
change (void)
{
    tell (msg_new ("registry#1", MSG_LOOK, 0, "the network changed: a route"));
}

static void
pass (int64_t ms)
{
    now_ms += ms;
    supervise_time (&self, now ());
}

/* Symptom: after the network was back images waited for up to ten seconds. */
Test (supervise_look, what_waits_for_its_backoff_is_tried_at_once_and_anew)
{
    go_online ();
    supervise_link (&self, SUPERVISE_LINK_CLOSED, STUI_TROUBLE_CLOSED, "cut", now ());
    forget ();
    for (int failure = 0; failure < 20; failure++) {
        now_ms = self.phase_deadline_ms;
        supervise_time (&self, now ());
        answer (MSG_PERMIT, "{}");
        supervise_link (&self, SUPERVISE_LINK_CLOSED, STUI_TROUBLE_REFUSED, "refused", now ());
        cr_assert_eq (self.phase, LIFE_WAITING);
        forget ();
    }
    self.phase_deadline_ms = now_ms + 10000; /* the dice may say so */
    change ();
    cr_assert_lt (self.phase_deadline_ms, now_ms + SUPERVISE_LOOK_SPREAD_MS);
    cr_assert_eq (self.backoff.failures, 0);
    pass (SUPERVISE_LOOK_SPREAD_MS);
    cr_assert_eq (self.phase, LIFE_PERMITTING);
}

Test (supervise_look, an_attempt_that_may_have_gone_nowhere_begins_anew)
{
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    answer (MSG_PERMIT, "{}");
    cr_assert_eq (self.phase, LIFE_CONNECTING);
    forget ();
    change ();
    cr_assert_eq (self.phase, LIFE_PERMITTING);
    cr_assert_not_null (sent_find (MSG_PERMIT_RETURN, NULL));
    cr_assert_not_null (sent_find (MSG_PERMIT, NULL));
}

Test (supervise_look, a_link_that_stands_stays)
{
    go_online ();
    forget ();
    change ();
    change (); /* one ping is enough */
    look ();
    cr_assert_eq (wired_count, 1);
    reply ("ping", "{}", NULL);
    pass (SUPERVISE_LOOK_MS * 2);
    cr_assert_eq (self.phase, LIFE_LIVE);
}

Test (supervise_look, a_link_that_is_silent_is_made_anew)
{
    go_online ();
    evaluate (1);
    forget ();
    change ();
    pass (SUPERVISE_LOOK_MS - 1);
    cr_assert_eq (self.phase, LIFE_LIVE);
    pass (1);
    cr_assert_eq (self.phase, LIFE_WAITING);
    cr_assert_not_null (strstr (self.cause.text, "the network changed: a route"), "%s",
                        self.cause.text);
    cr_assert_eq (requests_count_kind (&self.requests, REQUEST_COMMAND), 1, "it is asked about");
}

/* Busy is not dead: only time says what became of it. */
Test (supervise_look, one_that_was_silent_at_its_work_before_is_left_alone)
{
    go_online ();
    evaluate (1);
    for (int ping = 0; ping < 3; ping++) {
        now_ms = self.next_ping_ms;
        supervise_time (&self, now ());
    }
    cr_assert_gt (self.missed, 0);
    change ();
    cr_assert_eq (self.look_ms, STUI_NEVER);
}

Test (supervise_look, a_disabled_one_stays_disabled)
{
    go_online ();
    tell (msg_new (TERMINAL, MSG_DISABLE, 2));
    change ();
    cr_assert_eq (self.phase, LIFE_DISABLED);
    cr_assert_eq (self.look_ms, STUI_NEVER);
}

/* Symptom (simulation, seed 533): it connected before what was learnt of it had been read, and asked for
 * that again and again without a pause. */
Test (supervise_look, it_does_not_begin_before_what_was_learnt_is_read)
{
    change ();
    pass (SUPERVISE_LOOK_SPREAD_MS);
    cr_assert_null (sent_find (MSG_PERMIT, NULL));
    answer (MSG_IMAGE_LOAD, "{\"image\":null}");
    cr_assert_not_null (sent_find (MSG_PERMIT, NULL));
}
