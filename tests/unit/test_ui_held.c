/* test_ui_held.c: the screen of what is held and in doubt: what it asks, what its keys do. */

#include "unit/ui_fixture.h"

#include "runtime/json.h"
#include "ui/ui_held.h"

#define ONE   "018f0000-0000-7000-8000-000000000001"
#define TWO   "018f0000-0000-7000-8000-000000000002"
#define THREE "018f0000-0000-7000-8000-000000000003"

static struct stage stage;

static const char fleet[] =
    "{\"version\":1,\"removed\":[],\"images\":[{\"name\":\"a\",\"address\":\"tcp://a:1\","
    "\"state\":\"online\",\"held\":1,\"in_doubt\":1},{\"name\":\"b\",\"address\":\"tcp://b:1\","
    "\"state\":\"offline\",\"protected\":true,\"held\":1},{\"name\":\"c\",\"state\":\"online\","
    "\"address\":\"tcp://c:1\"}]}";
static const char of_a[] =
    "{\"held\":[{\"id\":\"" ONE "\",\"state\":\"held\",\"code\":\"3 + 4\","
    "\"asked_at\":\"2026-01-31T10:00:00.000Z\",\"why\":\"it was offline\"},"
    "{\"id\":\"" TWO "\",\"state\":\"doubt\",\"code\":\"Account pay\","
    "\"asked_at\":\"2026-01-31T10:01:00.000Z\",\"why\":\"nobody can say\"}]}";
static const char of_b[] =
    "{\"held\":[{\"id\":\"" THREE "\",\"state\":\"held\",\"code\":\"Sales new\","
    "\"asked_at\":\"2026-01-31T10:02:00.000Z\",\"why\":\"it is away\"}]}";

static void
setup (void)
{
    stage_open (&stage, "");
    stage_ok (&stage, MSG_WATCH, fleet);
    stage_ok (&stage, MSG_SESSIONS_LOAD, "{\"sessions\":[]}"); /* which was left open last */
    stage_keys (&stage, "5");
    stage_ok (&stage, MSG_HELD_LIST, of_b); /* asked last */
    stage_ok (&stage, MSG_HELD_LIST, of_a);
    stage_keys (&stage, "g");
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (ui_held, .init = setup, .fini = teardown);

static void
expect_field (enum msg_verb verb, int index, const char *text)
{
    const struct msg *msg = stage_asked (&stage, verb);
    cr_assert_not_null (msg, "%s was not sent", msg_word (verb));
    cr_assert_str_eq (msg_text (msg, index), text);
}

static void
expect_said (const char *text)
{
    cr_assert_not_null (strstr (stage.ui.model.message, text), "'%s' was said",
                        stage.ui.model.message);
}

Test (ui_held, images_that_have_any_are_asked_and_listed)
{
    cr_assert_null (stage_asked (&stage, MSG_HELD_LIST), "c has none");
    cr_assert_eq (stage.ui.held.count, 3);
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert_not_null (strstr (screen, "3 + 4"), "%s", screen);
    cr_assert_not_null (strstr (screen, "in doubt"), "%s", screen);
    free (screen);
}

Test (ui_held, s_sends_it_and_its_answer_is_said)
{
    stage_keys (&stage, "s");
    expect_field (MSG_HELD_SEND, 0, ONE);
    stage_ok (&stage, MSG_HELD_SEND, "{\"result\":\"7\",\"result_type\":\"SmallInteger\"}");
    expect_said ("a: 7");
    cr_assert_not_null (stage_asked (&stage, MSG_HELD_LIST), "the list is asked for anew");
}

Test (ui_held, d_drops_it_after_a_question)
{
    stage_keys (&stage, "d");
    cr_assert_null (stage_asked (&stage, MSG_HELD_DROP));
    stage_type (&stage, "y");
    expect_field (MSG_HELD_DROP, 0, ONE);
}

Test (ui_held, what_is_in_doubt_is_not_sent_but_settled)
{
    static const char *const ways[][2] = {{"r", "ran"}, {"n", "not-ran"}, {"a", "again"}};
    stage_keys (&stage, "j s");
    cr_assert_null (stage_asked (&stage, MSG_HELD_SEND));
    expect_said ("in doubt");
    for (size_t at = 0; at < 3; at++) {
        stage_keys (&stage, "Enter");
        stage_type (&stage, ways[at][0]);
        expect_field (MSG_DOUBT_RESOLVE, 0, TWO);
        expect_field (MSG_DOUBT_RESOLVE, 1, ways[at][1]);
        stage_ok (&stage, MSG_DOUBT_RESOLVE, "{}");
    }
}

Test (ui_held, commands_do_the_same_as_keys)
{
    stage_keys (&stage, ":");
    stage_type (&stage, "doubt\n");
    cr_assert_str_eq (model_held_selected (&stage.ui.held)->id, TWO);
    stage_keys (&stage, ":");
    stage_type (&stage, "doubt resolve again\n");
    expect_field (MSG_DOUBT_RESOLVE, 1, "again");
    stage_keys (&stage, ":");
    stage_type (&stage, "held\n");
    stage_keys (&stage, ":");
    stage_type (&stage, "held send\n");
    expect_field (MSG_HELD_SEND, 0, ONE);
}

Test (ui_held, a_protected_image_wants_its_name_first)
{
    stage_keys (&stage, "j j s");
    cr_assert_null (stage_asked (&stage, MSG_HELD_SEND));
    stage_type (&stage, "b\n");
    expect_field (MSG_HELD_SEND, 0, THREE);
    stage_error (&stage, MSG_HELD_SEND, STUI_E_UNREACHABLE, "b is not online");
    expect_said ("b is not online");
}

Test (ui_held, what_is_gone_is_forgotten_and_the_cursor_stays)
{
    stage_keys (&stage, "j j");
    stage_pass (&stage, 300);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":2,\"removed\":[],\"images\":[{\"name\":\"a\",\"address\":\"tcp://a:1\","
              "\"state\":\"online\",\"held\":0,\"in_doubt\":0}]}");
    cr_assert_eq (stage.ui.held.count, 1);
    cr_assert_str_eq (model_held_selected (&stage.ui.held)->id, THREE);
}

/* Symptom: what was held for the 65th image and on was never on the screen. */
Test (ui_held, all_of_many_images_are_asked_a_few_at_a_time)
{
    enum { IMAGES = UI_HELD_IMAGES_MAX * 2 + 3 };
    struct json *news = json_object (), *images = json_array ();
    for (int number = 0; number < IMAGES; number++) {
        char *text = stui_printf ("{\"name\":\"m%03d\",\"address\":\"tcp://m:1\",\"state\":"
                                  "\"offline\",\"held\":1,\"in_doubt\":0}",
                                  number);
        json_push (images, json_parse_text (text));
        free (text);
    }
    json_set_number (news, "version", 2);
    json_set (news, "removed", json_array ());
    json_set (news, "images", images);
    char *text = json_print (news);
    stage_pass (&stage, 300);
    stage_ok (&stage, MSG_WATCH, text);
    int asked = 0;
    for (int most = 0; stage_asked (&stage, MSG_HELD_LIST); asked++) {
        int open = stage_open_count (&stage, MSG_HELD_LIST);
        most = open > most ? open : most;
        cr_assert_leq (most, UI_HELD_IMAGES_MAX);
        cr_assert_leq (asked, IMAGES + 2);
        stage_ok (&stage, MSG_HELD_LIST, of_b);
    }
    cr_assert_eq (asked, IMAGES + 2, "a and b, too");
    cr_assert_eq (stage.ui.held.count, IMAGES + 2);
    json_destroy (&news);
    free (text);
}

/* Symptom: code evaluated while the image was away had to be evaluated again when it was back. */
Test (ui_held, code_evaluated_while_its_image_is_away_is_held_and_says_so)
{
    stage_pass (&stage, 300);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":2,\"removed\":[],\"images\":[{\"name\":\"a\",\"address\":\"tcp://a:1\","
              "\"state\":\"offline\"}]}");
    stage_workspace (&stage, "a", "{\"workspace\":{\"text\":\"3 + 4\",\"cursor\":0}}", "");
    stage_keys (&stage, "^D");
    expect_field (MSG_HOLD, 0, "evaluate");
    stage_error (&stage, MSG_HOLD, STUI_E_HELD, "nothing was sent to a");
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert_not_null (strstr (screen, "held until a is online; :held send"), "%s", screen);
    free (screen);
}

/* Symptom: code whose session had been made anew since went without a word, and found no variables. */
Test (ui_held, what_finds_its_session_made_anew_is_sent_after_a_question)
{
    stage.ui.held.items[0].anew = true;
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert_not_null (strstr (screen, "made anew"), "%s", screen);
    free (screen);
    stage_keys (&stage, "s");
    cr_assert_null (stage_asked (&stage, MSG_HELD_SEND));
    stage_type (&stage, "y");
    expect_field (MSG_HELD_SEND, 3, "2");
}
