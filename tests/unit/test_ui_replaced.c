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
