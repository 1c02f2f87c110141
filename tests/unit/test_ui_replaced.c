/* test_ui_replaced.c: a workspace at whose address another image answers. */

#include "unit/ui_fixture.h"

static struct stage stage;

/* The image that had the workspace's session is gone: another one answers. */
static void
setup (void)
{
    stage_open (&stage, "");
    stage_workspace (&stage, "one", "{}", "");
    stage_pass (&stage, 10000);
    struct msg *request = stage_asked (&stage, MSG_SESSION_WATCH);
    cr_assert_not_null (request);
    struct msg *answer = msg_error (request, STUI_E_SESSION_NOT_FOUND,
                                    "another image answers there", "{\"replaced\":true}");
    stage_forget (&stage, request);
    stage_give (&stage, answer);
    stage_pass (&stage, UI_AGAIN_MS);
    stage_ok (&stage, MSG_SESSION_LIST, "{\"sessions\":[]}");
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (ui_replaced, .init = setup, .fini = teardown);

/* Symptom: each image that took another one's place left an empty session when it went. */
Test (ui_replaced, no_session_is_made_in_an_image_that_took_anothers_place)
{
    cr_assert_null (stage_asked (&stage, MSG_SESSION_NEW));
    char *screen = stage_screen (&stage, 24, 120);
    cr_assert_not_null (strstr (screen, "typing begins a session in it"), "%s", screen);
    free (screen);
    stage_pass (&stage, UI_AGAIN_MS);
    stage_ok (&stage, MSG_SESSION_LIST, "{\"sessions\":[]}");
    cr_assert_null (stage_asked (&stage, MSG_SESSION_NEW));
}

Test (ui_replaced, typing_begins_one)
{
    stage_type (&stage, "3 + 4");
    stage_pass (&stage, UI_AGAIN_MS);
    stage_ok (&stage, MSG_SESSION_LIST, "{\"sessions\":[]}");
    cr_assert_not_null (stage_asked (&stage, MSG_SESSION_NEW));
}

Test (ui_replaced, so_does_an_evaluation)
{
    stage_keys (&stage, "^P");
    stage_pass (&stage, UI_AGAIN_MS);
    stage_ok (&stage, MSG_SESSION_LIST, "{\"sessions\":[]}");
    cr_assert_not_null (stage_asked (&stage, MSG_SESSION_NEW));
    cr_assert_null (stage_asked (&stage, MSG_HOLD));
}

Test (ui_replaced, a_session_that_the_image_has_is_taken)
{
    stage_pass (&stage, UI_AGAIN_MS);
    stage_ok (&stage, MSG_SESSION_LIST,
              "{\"sessions\":[{\"session_id\":\"018f0000-0000-7000-8000-000000000002\","
              "\"name\":\"workspace\",\"state\":\"restored\"}]}");
    cr_assert_not_null (stage_asked (&stage, MSG_SESSION_WATCH));
}

/* Symptom: after `session adopt --all` the workspace had no session, and what was typed began a third one. */
Test (ui_replaced, its_own_session_is_taken_again_once_it_was_adopted)
{
    static const char adopted[] =
        "{\"sessions\":[{\"session_id\":\"018f0000-0000-7000-8000-000000000002\","
        "\"name\":\"second\",\"state\":\"stored\"},"
        "{\"session_id\":\"018f0000-0000-7000-8000-000000000001\","
        "\"name\":\"workspace\",\"state\":\"stored\"}]}";
    stage_type (&stage, "3 + 4");
    stage_pass (&stage, UI_AGAIN_MS);
    stage_ok (&stage, MSG_SESSION_LIST, adopted);
    cr_assert_null (stage_asked (&stage, MSG_SESSION_NEW));
    const struct msg *restore = stage_asked (&stage, MSG_SESSION_RESTORE);
    cr_assert_not_null (restore);
    cr_assert_str_eq (msg_text (restore, 0), "018f0000-0000-7000-8000-000000000001");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_SESSION_WATCH), 0), msg_text (restore, 0));
    stage_ok (&stage, MSG_SESSION_RESTORE, "{\"state\":\"restored\",\"recreated\":true}");
    cr_assert (strstr (stage.ui.model.message, "was adopted"), "%s", stage.ui.model.message);
    cr_assert_str_eq (stage_text (&stage), "3 + 4");
}
