/* test_life.c: the table of an image's life: complete, and with a way out of every phase. */

#include "actors/life.h"

#include <string.h>

#include <criterion/criterion.h>

Test (life, every_phase_has_a_word_and_a_state)
{
    for (int phase = 0; phase < LIFE_PHASE_COUNT; phase++) {
        cr_assert_not_null (life_phase_word ((enum life_phase) phase));
        cr_assert_lt (life_phase_state ((enum life_phase) phase), STUI_IMAGE_COUNT);
    }
}

Test (life, an_event_that_means_nothing_keeps_the_phase)
{
    for (int phase = 0; phase < LIFE_PHASE_COUNT; phase++)
        for (int event = 0; event < LIFE_EV_COUNT; event++) {
            struct life_step step = life_next ((enum life_phase) phase, (enum life_event) event);
            cr_assert_lt (step.action, LIFE_DO_COUNT_);
            if (step.action == LIFE_DO_NOTHING)
                cr_assert_eq ((int) step.next, phase);
        }
}

Test (life, every_phase_of_an_attempt_has_an_end_in_time)
{
    for (int phase = LIFE_WAITING; phase < LIFE_LIVE; phase++)
        cr_assert_neq (life_next ((enum life_phase) phase, LIFE_EV_TIME).action, LIFE_DO_NOTHING,
                       "nothing ends %s", life_phase_word ((enum life_phase) phase));
}

Test (life, a_closed_link_ends_what_needs_one)
{
    for (int phase = LIFE_CONNECTING; phase <= LIFE_LIVE; phase++)
        cr_assert_eq (life_next ((enum life_phase) phase, LIFE_EV_CLOSED).next, LIFE_WAITING);
}

Test (life, the_user_can_always_let_go_and_come_back)
{
    for (int phase = LIFE_WAITING; phase < LIFE_PHASE_COUNT; phase++)
        cr_assert_eq (life_next ((enum life_phase) phase, LIFE_EV_DISABLE).next, LIFE_DISABLED);
    for (int phase = 0; phase < LIFE_PHASE_COUNT; phase++)
        cr_assert_neq (life_next ((enum life_phase) phase, LIFE_EV_START).next, LIFE_DISABLED);
    cr_assert_eq (life_next (LIFE_DISABLED, LIFE_EV_START).next, LIFE_PERMITTING);
}

/* Symptom: a retry of several images began anew what had answered already. */
Test (life, what_has_answered_is_not_begun_anew_by_a_retry)
{
    for (int phase = LIFE_RESOLVING; phase <= LIFE_LIVE; phase++) {
        struct life_step start = life_next ((enum life_phase) phase, LIFE_EV_START);
        bool answered = phase >= LIFE_JUDGING;
        cr_assert_eq (start.action, answered ? LIFE_DO_NOTHING : LIFE_DO_RESTART, "in %s",
                      life_phase_word ((enum life_phase) phase));
        cr_assert_eq (life_next ((enum life_phase) phase, LIFE_EV_ANEW).action, LIFE_DO_RESTART);
    }
}

/* Settings that cannot work are seen at the start of an attempt. */
Test (life, a_refusal_while_waiting_for_the_permit_is_final)
{
    for (int phase = LIFE_PERMITTING; phase <= LIFE_LIVE; phase++)
        cr_assert_eq (life_next ((enum life_phase) phase, LIFE_EV_REFUSED).next, LIFE_FAILED,
                      "in %s", life_phase_word ((enum life_phase) phase));
}

Test (life, only_a_proved_image_is_live)
{
    for (int phase = 0; phase < LIFE_LIVE; phase++)
        for (int event = 0; event < LIFE_EV_COUNT; event++)
            if (life_next ((enum life_phase) phase, (enum life_event) event).next == LIFE_LIVE)
                cr_assert (phase == LIFE_PROVING && event == LIFE_EV_ANSWERED);
}
