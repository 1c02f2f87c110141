/* test_ui_history.c: when the terminal asks for an image's connections, and what it shows of them. */

#include "unit/ui_fixture.h"

static struct stage stage;

static const char images[] =
    "{\"version\":7,\"images\":[{\"name\":\"one\",\"address\":\"tcp://h:1\",\"state\":\"online\"},"
    "{\"name\":\"two\",\"address\":\"tcp://h:2\",\"state\":\"online\"}]}";

static void
setup (void)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 10));
    stage_ok (&stage, MSG_WATCH, images);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (ui_history, .init = setup, .fini = teardown);

static void
answer (void)
{
    stage_ok (&stage, MSG_IMAGE_HISTORY,
              "{\"connections\":[{\"seq\":1,\"online_at_ms\":1769855390000,\"up_ms\":61000,"
              "\"down_ms\":0,\"ended_at_ms\":1769855399000,\"text\":\"it went\"}],"
              "\"day\":{\"availability\":0.75},\"week\":{\"availability\":0.8},"
              "\"ever\":{\"availability\":0.9,\"failures\":3,\"mtbf_ms\":7200000}}");
}

static void
expect_asked (const char *name)
{
    const struct msg *msg = stage_asked (&stage, MSG_IMAGE_HISTORY);
    if (name == NULL)
        cr_assert_null (msg);
    else
        cr_assert (msg && strcmp (msg_text (msg, 0), name) == 0);
}

Test (ui_history, it_is_shown_beside_the_image_it_is_about)
{
    static const char *const said[] = {"75.00 % a day, 80.00 % a week, 90.00 % for ever",
                                       "2 h between failures", "up for 1 min; it went"};
    expect_asked ("one");
    answer ();
    char *screen = stage_screen (&stage, 40, 120);
    for (size_t index = 0; index < sizeof said / sizeof *said; index++)
        cr_assert_not_null (strstr (screen, said[index]), "'%s' is not in\n%s", said[index],
                            screen);
    free (screen);
    stage_keys (&stage, "j");
    screen = stage_screen (&stage, 40, 120);
    cr_assert_null (strstr (screen, "% a day"), "that was another image's\n%s", screen);
    free (screen);
}

/* Symptom: running down a list of a thousand images asked the store of each of them. */
Test (ui_history, it_is_asked_for_one_at_a_time_and_no_faster_than_it_is_read)
{
    stage_keys (&stage, "j k j k j");
    cr_assert_eq (stage_open_count (&stage, MSG_IMAGE_HISTORY), 1);
    answer ();
    expect_asked (NULL);
    stage_pass (&stage, UI_HISTORY_SOON_MS);
    expect_asked ("two");
}

Test (ui_history, it_is_asked_for_anew_with_another_state_and_after_a_while)
{
    answer ();
    stage_pass (&stage, UI_HISTORY_SOON_MS);
    expect_asked (NULL);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":8,\"images\":[{\"name\":\"one\",\"state\":\"offline\"}]}");
    expect_asked ("one");
    answer ();
    stage_pass (&stage, UI_HISTORY_MS);
    expect_asked ("one");
}

Test (ui_history, after_a_new_owner_everything_is_asked_for_again)
{
    answer ();
    stage_ok (&stage, MSG_IMAGE_MARKS, "{\"favourites\":[]}");
    stage_give (&stage, msg_new ("relay", MSG_UNLINKED, 0, "gone"));
    stage_pass (&stage, UI_HISTORY_MS);
    expect_asked (NULL);
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 11));
    expect_asked ("one");
    cr_assert_not_null (stage_asked (&stage, MSG_IMAGE_MARKS));
}
