/* test_ui_waits.c: what the user ordered and waits for is said after a while, and Esc gives it up; what is said in the last
 * line is said whole. */

#include "unit/ui_fixture.h"

#include "runtime/json.h"
#include "ui/ui_waits.h"

#define ONE "018f0000-0000-7000-8000-000000000001"

static struct stage stage;

static const char fleet[] =
    "{\"version\":1,\"removed\":[],\"images\":[{\"name\":\"a\",\"address\":\"tcp://a:1\","
    "\"state\":\"online\"}]}";
static const char stored[] =
    "{\"sessions\":[{\"session_id\":\"" ONE
    "\",\"image\":\"a\",\"image_id\":\"i\",\"name\":\"one\","
    "\"state\":\"stored\",\"last_modified\":\"2026-01-31T10:00:00.000Z\"}]}";

static void
setup (void)
{
    stage_open (&stage, "");
    stage_ok (&stage, MSG_WATCH, fleet);
    stage_ok (&stage, MSG_SESSIONS_LOAD, "{\"sessions\":[]}"); /* which was left open last */
    stage_keys (&stage, "4");
    stage_ok (&stage, MSG_SESSIONS_LOAD, stored);
    stage_ok (&stage, MSG_SESSION_LIST, "{\"sessions\":[]}");
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (ui_waits, .init = setup, .fini = teardown);

/* Symptom: a long sentence was cut where it began to say what to do. */
Test (ui_waits, a_long_message_is_shown_whole_above_the_last_line)
{
    model_say (&stage.ui.model, stage.now, ROLE_WARNING,
               "the session could not be restored: another image answers at the address of this "
               "one; adopt what it left and restore it");
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert_not_null (strstr (screen, "adopt what it left and restore it"), "%s", screen);
    cr_assert_not_null (strstr (screen, "no workspace is open"), "%s", screen);
    free (screen);
    screen = stage_screen (&stage, 10, 40);
    cr_assert_not_null (strstr (screen, "…"), "three rows are the most: %s", screen);
    cr_assert_not_null (strstr (screen, "no workspace"), "%s", screen);
    free (screen);
}

/* Symptom: a restore that took long showed nothing, and Esc did not give it up. */
Test (ui_waits, a_restore_is_said_after_200_ms_and_Esc_gives_it_up)
{
    stage_keys (&stage, "Enter");
    cr_assert_not_null (stage_asked (&stage, MSG_SESSION_RESTORE));
    stage_pass (&stage, UI_WAITS_MS - 1);
    cr_assert_not (stage_shows (&stage, 120, "waiting for"));
    stage_pass (&stage, 1);
    cr_assert (stage_shows (&stage, 120, "waiting for a: restoring a session …"));
    stage_pass (&stage, 4000);
    cr_assert (stage_shows (&stage, 120, "restoring a session … 4 s, Esc gives up"));
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_WORKSPACE, "it is not another Esc as well");
    cr_assert_not (stage_shows (&stage, 120, "waiting for"));
    cr_assert (strstr (stage.ui.model.message, "not waited for"), "%s", stage.ui.model.message);
    stage_error (&stage, MSG_SESSION_RESTORE, STUI_E_UNREACHABLE, "it does not answer");
    cr_assert (strstr (stage.ui.model.message, "given up before, failed"), "%s",
               stage.ui.model.message);
}

/* Symptom: while something was waited for, nothing said that the image is protected and its text not saved. */
Test (ui_waits, what_nobody_may_overlook_is_said_beside_it)
{
    stage.ui.model.images[0].is_protected = true;
    stage_keys (&stage, "Enter");
    stage_pass (&stage, UI_WAITS_MS);
    cr_assert (stage_shows (&stage, 120,
                            "a ● online, protected  opening  waiting for a: restoring a session"));
}

Test (ui_waits, what_is_answered_soon_is_not_said_and_Esc_is_what_it_always_is)
{
    stage_keys (&stage, "R");
    stage_type (&stage, "s\n");
    stage_pass (&stage, UI_WAITS_MS - 1);
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_IMAGES);
    stage_ok (&stage, MSG_SESSION_SET, "{}");
    cr_assert (strstr (stage.ui.model.message, "has another name"), "%s", stage.ui.model.message);
    stage_pass (&stage, UI_WAITS_MS);
    cr_assert_not (stage_shows (&stage, 120, "waiting for"));
}

Test (ui_waits, the_oldest_is_given_up_first)
{
    stage_keys (&stage, "R");
    stage_type (&stage, "s\n");
    stage_pass (&stage, 10);
    stage_keys (&stage, "v");
    stage_pass (&stage, UI_WAITS_MS);
    cr_assert (stage_shows (&stage, 120, "changing a session"));
    stage_keys (&stage, "Esc");
    cr_assert (stage_shows (&stage, 120, "waiting for a: reading versions"));
    stage_keys (&stage, "Esc");
    cr_assert_not (stage_shows (&stage, 120, "waiting for"));
    cr_assert (stage.ui.versions.id[0] == '\0', "its panel is closed");
    stage_ok (&stage, MSG_SESSION_VERSIONS, "{\"versions\":[]}");
    cr_assert (strstr (stage.ui.model.message, "given up before, is done"), "%s",
               stage.ui.model.message);
    cr_assert_eq (stage.ui.screen, SCREEN_SESSIONS);
}

Test (ui_waits, a_session_that_is_begun_too_late_is_not_shown)
{
    stage_keys (&stage, "n");
    stage_type (&stage, "new\n");
    stage_pass (&stage, UI_WAITS_MS);
    stage_keys (&stage, "Esc");
    stage_ok (&stage, MSG_SESSION_NEW, "{\"session_id\":\"" ONE "\"}");
    cr_assert_eq (stage.ui.screen, SCREEN_SESSIONS);
    cr_assert_null (stage.ui.current);
}

/* ---- cleanup ---- */

enum { MANY = 25 };

/* A list of so many, as registry says it. Caller frees. */
static char *
many (int count, const char *done)
{
    char *text = stui_strdup ("{\"sessions\":[");
    for (int at = 0; at < count; at++) {
        char *longer = stui_printf ("%s%s{\"session_id\":\"018f0000-0000-7000-8000-%012d\","
                                    "\"image_id\":\"i\",\"image\":\"a\",\"done\":%s}",
                                    text, at ? "," : "", at, done);
        free (text);
        text = longer;
    }
    char *whole = stui_printf ("%s]}", text);
    free (text);
    return whole;
}

static void
order_many (void)
{
    char *list = many (MANY, "false");
    stage_type (&stage, ":cleanup\n");
    stage_ok (&stage, MSG_CLEANUP, list);
    stage_keys (&stage, "Enter");
    stage_type (&stage, "y");
    free (list);
}

/* How many sessions the order that is open is about. */
static int
ordered (void)
{
    const struct msg *msg = stage_asked (&stage, MSG_CLEANUP);
    struct json *wish = msg ? json_parse_text (msg_text (msg, 0)) : NULL;
    int count = (int) json_count (json_get (wish, "sessions"));
    json_destroy (&wish);
    return count;
}

static void
answer_order (void)
{
    char *list = many (ordered (), "true");
    stage_ok (&stage, MSG_CLEANUP, list);
    free (list);
}

/* Symptom: a cleanup of many said "Under way …" and nothing else until all of it was done. */
Test (ui_waits, a_cleanup_of_many_says_how_far_it_is)
{
    order_many ();
    cr_assert_eq (ordered (), 8);
    cr_assert (stage_shows (&stage, 120, "Under way … 0 of 25"));
    answer_order ();
    cr_assert (stage_shows (&stage, 120, "Under way … 8 of 25"));
    answer_order ();
    answer_order ();
    cr_assert (stage_shows (&stage, 120, "Under way … 24 of 25"));
    cr_assert_eq (ordered (), 1);
    answer_order ();
    cr_assert (strstr (stage.ui.model.message, "25 sessions done"), "%s", stage.ui.model.message);
    stage_ok (&stage, MSG_CLEANUP, "{\"sessions\":[]}"); /* the list anew */
    cr_assert (stage_shows (&stage, 120, "There is nothing to clean away."));
}

Test (ui_waits, of_a_cleanup_that_is_given_up_nothing_more_is_ordered)
{
    order_many ();
    answer_order ();
    stage_pass (&stage, UI_WAITS_MS);
    struct msg *late = stage_asked (&stage, MSG_CLEANUP);
    cr_assert (stage_shows (&stage, 120, "waiting for the owner: moving sessions"));
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_CLEANUP);
    cr_assert (strstr (stage.ui.model.message, "8 sessions done"), "%s", stage.ui.model.message);
    stage_ok (&stage, MSG_CLEANUP, "{\"sessions\":[]}"); /* what is left is listed */
    struct msg *answer = msg_ok (late, "{\"sessions\":[]}");
    stage_forget (&stage, late);
    stage_give (&stage, answer);
    cr_assert_null (stage_asked (&stage, MSG_CLEANUP));
    cr_assert_eq (stage.ui.cleanup.ordered, 0);
}

Test (ui_waits, a_list_that_is_given_up_is_not_read_again_by_itself)
{
    stage_type (&stage, ":cleanup\n");
    stage_pass (&stage, UI_WAITS_MS);
    stage_keys (&stage, "Esc");
    struct msg *late = stage_asked (&stage, MSG_CLEANUP);
    stage_give (&stage, msg_ok (late, "{\"sessions\":[]}"));
    stage_forget (&stage, late);
    stage_pass (&stage, UI_SESSIONS_MS);
    cr_assert_null (stage_asked (&stage, MSG_CLEANUP));
    cr_assert (stage_shows (&stage, 120, "The list was not read."));
}
