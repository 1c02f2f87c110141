/* test_ui_outcomes.c: what a workspace shows of evaluations that were held or in doubt, once it is known what
 * became of them; and that something is held is said when its image is back. */

#include "unit/ui_fixture.h"

#include "runtime/json.h"

static struct stage stage;
static int version;

/* The owner tells that the image is in STATE, with so many held and in doubt, after so many were SETTLED. */
static void
report_settled (const char *state, int held, int in_doubt, int settled)
{
    char *news = stui_printf ("{\"version\":%d,\"removed\":[],\"images\":[{\"name\":\"one\","
                              "\"address\":\"tcp://one:1\",\"state\":\"%s\",\"held\":%d,"
                              "\"in_doubt\":%d,\"settled\":%d}]}",
                              ++version, state, held, in_doubt, settled);
    if (!stage_asked (&stage, MSG_WATCH))
        stage_pass (&stage, 300);
    stage_ok (&stage, MSG_WATCH, news);
    free (news);
}

static void
report (const char *state, int held, int in_doubt)
{
    report_settled (state, held, in_doubt, 0);
}

static void
setup (void)
{
    version = 0;
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    report ("online", 0, 0);
    stage_workspace (&stage, "one", "{}", "");
    stage_type (&stage, "3 + 4");
    stage_keys (&stage, "^P");
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (ui_outcomes, .init = setup, .fini = teardown);

/* The tag that it was asked for with. */
static char *
tag (void)
{
    const struct msg *msg = stage_asked (&stage, MSG_HOLD);
    cr_assert_not_null (msg);
    return stui_strdup (msg_text (msg, 3));
}

static void
expect_asked (const char *wanted)
{
    const struct msg *msg = stage_asked (&stage, MSG_AWAIT);
    cr_assert_not_null (msg, "it was not asked what became of it");
    cr_assert_str_eq (msg_text (msg, 0), wanted);
}

#define DOUBT "one ended before it answered: nobody can say whether it ran"
#define GONE  "? the stui that sent it is gone: the next asks one what came of it"

/* Symptom: what ran when the owner was killed stayed in doubt in the workspace, though its answer was fetched by
 * the next owner. */
Test (ui_outcomes, what_is_in_doubt_is_asked_of_the_next_owner)
{
    char *asked_by = tag ();
    stage_error (&stage, MSG_HOLD, STUI_E_IN_DOUBT, DOUBT);
    stage_give (&stage, msg_new ("relay", MSG_UNLINKED, 0, "the owner was killed"));
    cr_assert (stage_shows (&stage, 80, GONE));
    if (stage_asked (&stage, MSG_AWAIT))
        stage_error (&stage, MSG_AWAIT, STUI_E_ACTOR_ENDED, "the owner was killed");
    cr_assert (stage_shows (&stage, 80, GONE));
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4712));
    expect_asked (asked_by);
    cr_assert (stage_shows (&stage, 80, "? asking one what came of it; ^C interrupts it"));
    stage_keys (&stage, "^C");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_INTERRUPT), 0), asked_by);
    cr_assert (stage_shows (&stage, 80, "what came of it; interrupt was asked for"));
    stage_ok (&stage, MSG_AWAIT, "{\"result\":\"7\",\"result_type\":\"SmallInteger\"}");
    cr_assert (stage_shows (&stage, 80, "→ 7"));
    cr_assert_not (stage_shows (&stage, 80, "nobody can say"));
    report ("online", 0, 0);
    cr_assert_null (stage_asked (&stage, MSG_AWAIT));
    free (asked_by);
}

/* Symptom: what the next owner could not say yet, since it had not begun with the image, was never asked for again. */
Test (ui_outcomes, what_could_not_be_asked_yet_is_asked_for_again)
{
    char *asked_by = tag ();
    stage_error (&stage, MSG_HOLD, STUI_E_IN_DOUBT, DOUBT);
    stage_error (&stage, MSG_AWAIT, STUI_E_ACTOR_ENDED, "image/one is not there");
    cr_assert_null (stage_asked (&stage, MSG_AWAIT));
    stage_pass (&stage, UI_AGAIN_MS);
    expect_asked (asked_by);
    free (asked_by);
}

/* Symptom: a workspace said that nobody could say whether it ran while the image was still asked for it. */
Test (ui_outcomes, that_nobody_can_say_is_said_once_that_is_what_came_of_asking)
{
    stage_error (&stage, MSG_HOLD, STUI_E_IN_DOUBT, DOUBT);
    cr_assert (stage_shows (&stage, 80, "? asking one what came of it"));
    report ("offline", 0, 1);
    cr_assert (stage_shows (&stage, 80, "? one is asked what came of it once it is back"));
    cr_assert_not (stage_shows (&stage, 80, "nobody can say"));
    stage_error (&stage, MSG_AWAIT, STUI_E_IN_DOUBT,
                 "one was started again meanwhile: nobody can say whether it ran");
    cr_assert (stage_shows (&stage, 80, "? one was started again meanwhile: nobody can say"));
    report ("online", 0, 1);
    cr_assert_not_null (stage_asked (&stage, MSG_AWAIT));
    cr_assert (stage_shows (&stage, 80, "nobody can say"), "that is known until it is answered");
    stage_give (&stage, msg_new ("relay", MSG_UNLINKED, 0, "the owner was killed"));
    cr_assert (stage_shows (&stage, 80, "nobody can say"));
}

Test (ui_outcomes, what_is_in_doubt_is_asked_for_when_its_image_is_back)
{
    char *asked_by = tag ();
    stage_error (&stage, MSG_HOLD, STUI_E_IN_DOUBT, DOUBT);
    if (stage_asked (&stage, MSG_AWAIT))
        stage_error (&stage, MSG_AWAIT, STUI_E_IN_DOUBT, DOUBT);
    cr_assert_null (stage_asked (&stage, MSG_AWAIT), "nothing can have become of it");
    report ("offline", 0, 1);
    stage_error (&stage, MSG_AWAIT, STUI_E_NOT_FOUND, "nothing is known of it");
    cr_assert (stage_shows (&stage, 80, "nobody can say"));
    report ("online", 0, 0);
    expect_asked (asked_by);
    free (asked_by);
}

/* Symptom: the workspace went on showing "held until" after it had been sent. */
Test (ui_outcomes, what_was_held_shows_what_came_of_it_once_it_is_sent)
{
    char *asked_by = tag ();
    report ("offline", 0, 0);
    stage_error (&stage, MSG_HOLD, STUI_E_HELD, "nothing was sent to one");
    stage_error (&stage, MSG_AWAIT, STUI_E_HELD, "nothing was sent to one");
    report ("offline", 1, 0);
    stage_error (&stage, MSG_AWAIT, STUI_E_HELD, "nothing was sent to one");
    cr_assert (stage_shows (&stage, 80, "held until one is online; :held send"));
    report ("online", 1, 0);
    cr_assert (stage_shows (&stage, 80, "held, and one is online: M-5 shows it, s sends it"));
    stage_error (&stage, MSG_AWAIT, STUI_E_HELD, "nothing was sent to one");
    report ("online", 0, 0);
    expect_asked (asked_by);
    cr_assert (stage_shows (&stage, 80, "sent, and its answer is awaited"));
    stage_ok (&stage, MSG_AWAIT, "{\"result\":\"7\",\"result_type\":\"SmallInteger\"}");
    cr_assert (stage_shows (&stage, 80, "→ 7"));
    cr_assert_not (stage_shows (&stage, 80, "held"));
    free (asked_by);
}

/* Symptom: a workspace went on showing "held" when its code was sent and another's was held between two answers of the
 * owner: their number was the same. */
Test (ui_outcomes, what_was_sent_as_another_was_held_shows_what_came_of_it)
{
    char *asked_by = tag ();
    stage_error (&stage, MSG_HOLD, STUI_E_HELD, "nothing was sent to one");
    stage_error (&stage, MSG_AWAIT, STUI_E_HELD, "nothing was sent to one");
    report ("online", 1, 0);
    stage_error (&stage, MSG_AWAIT, STUI_E_HELD, "nothing was sent to one");
    report ("online", 1, 0);
    cr_assert_null (stage_asked (&stage, MSG_AWAIT), "nothing can have become of it");
    report_settled ("online", 1, 0, 1);
    expect_asked (asked_by);
    stage_ok (&stage, MSG_AWAIT, "{\"result\":\"7\",\"result_type\":\"SmallInteger\"}");
    cr_assert (stage_shows (&stage, 80, "→ 7"));
    free (asked_by);
}

Test (ui_outcomes, what_was_held_and_dropped_is_not_said_to_be_held)
{
    stage_error (&stage, MSG_HOLD, STUI_E_HELD, "nothing was sent to one");
    stage_error (&stage, MSG_AWAIT, STUI_E_NEVER_RUN, "it was held, and was dropped");
    cr_assert (stage_shows (&stage, 80, "! it was held, and was dropped"));
}

/* The session as the next terminal finds it. */
Test (ui_outcomes, the_next_terminal_asks_for_what_it_finds)
{
    stage_close (&stage);
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    report ("online", 0, 0);
    stage_workspace (&stage, "one",
                     "{\"results\":[{\"code\":\"3 + 4\",\"mode\":\"printIt\",\"kind\":\"held\","
                     "\"error\":\"held\",\"at\":\"2026-01-31T10:00:00.000Z\",\"asked_by\":"
                     "\"a terminal/7\"}]}",
                     "");
    expect_asked ("a terminal/7");
    stage_error (&stage, MSG_AWAIT, STUI_E_NOT_FOUND, "nothing is known of it");
    cr_assert (stage_shows (&stage, 80, "held no more"));
}

/* Symptom: nothing said that code was held when its image was back. */
Test (ui_outcomes, that_something_is_held_is_said_when_its_image_is_back)
{
    report ("offline", 2, 0);
    cr_assert_null (strstr (stage.ui.model.message, "held"), "%s", stage.ui.model.message);
    report ("online", 2, 0);
    cr_assert_str_eq (
        stage.ui.model.message,
        "one is online, and 2 evaluations of it are held: M-5 shows them, s sends one");
    stage.ui.model.message[0] = '\0';
    report ("online", 1, 0);
    cr_assert_str_eq (stage.ui.model.message, "", "it is said once");
}
