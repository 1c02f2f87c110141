/* test_ui_fan.c: one evaluation in many images: sent as places get free, judged as answers come, given up,
 * written to a file; and what is asked before protected ones get it. */

#include "unit/ui_fixture.h"

#include "runtime/json.h"
#include "ui/commands.h"
#include "ui/ui_fan.h"

static struct stage stage;

/* COUNT images, the last LOCKED of them protected. */
static void
open_fleet (int count, int locked)
{
    char *list = NULL;
    size_t size;
    FILE *file = open_memstream (&list, &size);
    fprintf (file, "{\"version\":1,\"images\":[");
    for (int index = 0; index < count; index++)
        fprintf (file, "%s{\"name\":\"i%d\",\"state\":\"online\",\"protected\":%s}",
                 index ? "," : "", index + 1, index >= count - locked ? "true" : "false");
    fprintf (file, "]}");
    fclose (file);
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 10));
    stage_ok (&stage, MSG_WATCH, list);
    free (list);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (ui_fan, .fini = teardown);

static void
run (const char *line)
{
    commands_run_line (&stage.ui, line);
    stage_settle (&stage);
}

static void
evaluate (const char *code)
{
    char *line = stui_printf ("all %s", code);
    run ("mark all");
    run (line);
    stage_pass (&stage, 1);
    free (line);
}

/* What is on its way to NAME. */
static struct msg *
asked_of (const char *name)
{
    for (int index = 0; index < stage.sent_count; index++) {
        struct msg *msg = stage.sent[index];
        if (msg && msg->verb == MSG_HOLD && strcmp (msg->peer + strlen ("image/"), name) == 0)
            return msg;
    }
    cr_assert_fail ("nothing was sent to %s", name);
    return NULL;
}

static void
answer (const char *name, const char *result)
{
    struct msg *request = asked_of (name);
    char *body = stui_printf ("{\"result\":\"%s\",\"has_error\":false}", result);
    struct msg *msg = msg_ok (request, body);
    stage_forget (&stage, request);
    stage_give (&stage, msg);
    free (body);
}

static void
refuse (const char *name, int err, const char *why)
{
    struct msg *request = asked_of (name);
    struct msg *msg = msg_error (request, err, why, NULL);
    stage_forget (&stage, request);
    stage_give (&stage, msg);
}

static const struct fan_row *
row_of (const char *name)
{
    model_fan_judge (&stage.ui.fan);
    for (size_t index = 0; index < stage.ui.fan.count; index++)
        if (strcmp (stage.ui.fan.rows[index].image, name) == 0)
            return &stage.ui.fan.rows[index];
    return NULL;
}

static void
expect_shown (const char *text)
{
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert_not_null (strstr (screen, text), "'%s' is not in\n%s", text, screen);
    free (screen);
}

static void
expect_said (const char *text)
{
    cr_assert_not_null (strstr (stage.ui.model.message, text), "'%s' was said",
                        stage.ui.model.message);
}

Test (ui_fan, the_one_that_differs_stands_out_from_what_most_answered)
{
    open_fleet (3, 0);
    evaluate ("Smalltalk version");
    cr_assert_eq (stage.ui.screen, SCREEN_FAN);
    cr_assert_str_eq (msg_text (asked_of ("i2"), 0), "evaluate");
    cr_assert_str_eq (msg_text (asked_of ("i2"), 1),
                      "{\"code\":\"Smalltalk version\",\"mode\":\"printIt\"}");
    answer ("i1", "3.2.5");
    expect_shown ("1 of 3, 2 sent");
    answer ("i2", "3.2.4");
    expect_shown ("no answer has the majority");
    answer ("i3", "3.2.5");
    cr_assert (row_of ("i2")->differs);
    cr_assert_not (row_of ("i1")->differs);
    cr_assert_eq (model_fan_common (&stage.ui.fan, row_of ("i2")), 4, "3.2. is the same");
    expect_shown ("3 of 3, 1 differs");
    expect_shown ("2 of 3: 3.2.5");
    expect_shown ("* i2");
    stage_keys (&stage, "s");
    expect_said ("differ come first");
    cr_assert_str_eq (stage.ui.fan.rows[stage.ui.fan.order[0]].image, "i2");
}

Test (ui_fan, an_error_is_an_answer_too_and_has_the_majority_when_most_raise_it)
{
    open_fleet (3, 0);
    evaluate ("1 / 0");
    for (int index = 1; index <= 2; index++) {
        char name[8];
        snprintf (name, sizeof name, "i%d", index);
        struct msg *request = asked_of (name);
        struct msg *msg = msg_ok (request, "{\"result\":\"by zero\",\"result_type\":\"ZeroDivide\","
                                           "\"has_error\":true,\"stack\":[]}");
        stage_forget (&stage, request);
        stage_give (&stage, msg);
    }
    answer ("i3", "ZeroDivide: by zero");
    cr_assert (row_of ("i3")->differs, "an answer that reads so is no error");
    cr_assert_eq (row_of ("i1")->state, FAN_RAISED);
    expect_shown ("2 of 3: ZeroDivide: by zero");
}

Test (ui_fan, held_in_doubt_and_refused_are_told_apart_and_have_no_say)
{
    open_fleet (5, 0);
    evaluate ("x");
    refuse ("i1", STUI_E_HELD, "held");
    refuse ("i2", STUI_E_IN_DOUBT, "the connection was lost while it ran");
    refuse ("i3", STUI_E_COMPILE, "undeclared x");
    refuse ("i4", STUI_E_ACTOR_ENDED, "image/i4 is not there");
    answer ("i5", "1");
    cr_assert_eq (row_of ("i1")->state, FAN_HELD);
    cr_assert_eq (row_of ("i2")->state, FAN_DOUBT);
    cr_assert_eq (row_of ("i3")->state, FAN_REFUSED);
    cr_assert_eq (row_of ("i4")->state, FAN_REFUSED, "what never reached it is not in doubt");
    cr_assert_not_null (strstr (row_of ("i4")->text, "nothing was sent"));
    expect_shown ("1 in doubt, 1 held, 2 refused");
}

Test (ui_fan, it_is_sent_as_places_get_free)
{
    open_fleet (300, 0);
    evaluate ("1");
    cr_assert_eq (stage_open_count (&stage, MSG_HOLD), UI_FAN_OPEN_MAX);
    answer ("i1", "1");
    answer ("i2", "1");
    cr_assert_eq (stage_open_count (&stage, MSG_HOLD), UI_FAN_OPEN_MAX, "two others went");
    cr_assert_eq (stage.ui.fan.counts[FAN_WAITING], 300 - UI_FAN_OPEN_MAX - 2);
    while (stage_asked (&stage, MSG_HOLD))
        stage_ok (&stage, MSG_HOLD, "{\"result\":\"1\"}");
    cr_assert_eq (model_fan_ended (&stage.ui.fan), 300);
    cr_assert_eq (row_of ("i300")->state, FAN_ANSWERED);
}

Test (ui_fan, one_that_found_no_place_is_sent_again)
{
    open_fleet (2, 0);
    evaluate ("1");
    refuse ("i1", STUI_E_QUEUE_FULL, "image/i1 owes as many answers as it may");
    cr_assert_eq (row_of ("i1")->state, FAN_WAITING);
    stage_pass (&stage, UI_FAN_AGAIN_MS + 1);
    answer ("i1", "1");
    cr_assert_eq (row_of ("i1")->state, FAN_ANSWERED);
}

Test (ui_fan, esc_gives_up_what_was_not_sent_and_then_leaves)
{
    open_fleet (200, 0);
    evaluate ("1");
    stage_keys (&stage, "Esc");
    expect_said ("72 will not be sent; the answers of 128 are still awaited");
    cr_assert_eq (row_of ("i200")->state, FAN_NOT_SENT);
    answer ("i1", "1");
    cr_assert_eq (stage_open_count (&stage, MSG_HOLD), UI_FAN_OPEN_MAX - 1, "nothing more goes");
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_IMAGES);
    answer ("i2", "1");
    stage_keys (&stage, "8");
    cr_assert_eq (row_of ("i2")->state, FAN_ANSWERED, "answers are taken on any screen");
}

Test (ui_fan, nothing_is_sent_while_there_is_no_owner)
{
    open_fleet (2, 0);
    stage_give (&stage, msg_new ("relay", MSG_UNLINKED, 0, "the owner was killed"));
    evaluate ("1");
    cr_assert_null (stage_asked (&stage, MSG_HOLD));
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 11));
    cr_assert_eq (stage_open_count (&stage, MSG_HOLD), 2);
}

Test (ui_fan, a_protected_image_wants_its_name_and_several_want_their_number)
{
    open_fleet (3, 1);
    evaluate ("1");
    cr_assert_null (stage_asked (&stage, MSG_HOLD));
    stage_type (&stage, "y\n");
    cr_assert_null (stage_asked (&stage, MSG_HOLD));
    evaluate ("1");
    stage_type (&stage, "i3\n");
    cr_assert_eq (stage_open_count (&stage, MSG_HOLD), 3);
    stage_close (&stage);
    open_fleet (4, 3);
    evaluate ("2 + 2");
    cr_assert_not_null (strstr (stage.ui.prompt.question, "others of the 4 are protected"), "%s",
                        stage.ui.prompt.question);
    stage_type (&stage, "3");
    cr_assert_null (stage_asked (&stage, MSG_HOLD), "one key is not enough");
    stage_type (&stage, " protected\n");
    cr_assert_eq (stage.ui.screen, SCREEN_FAN, "Enter opens nothing");
    cr_assert_eq (stage_open_count (&stage, MSG_HOLD), 4);
    cr_assert_not_null (strstr (msg_text (asked_of ("i1"), 1), "2 + 2"));
}

Test (ui_fan, without_marks_nothing_is_sent)
{
    open_fleet (2, 0);
    run ("all 1");
    cr_assert_null (stage_asked (&stage, MSG_HOLD));
    expect_said ("No image is marked");
    stage_keys (&stage, "Space A");
    cr_assert_str_eq (stage.ui.prompt.editor.text, "all ", "its code is to be typed");
    stage_type (&stage, "1\n");
    cr_assert_eq (stage_open_count (&stage, MSG_HOLD), 1);
}

Test (ui_fan, the_workspace_gives_its_selection_or_line)
{
    open_fleet (2, 0);
    run ("mark all");
    stage_workspace (&stage, "i1", "{\"workspace\":{\"text\":\"  3 + 4  \",\"cursor\":2}}", "");
    stage_keys (&stage, "M-A");
    cr_assert_eq (stage_open_count (&stage, MSG_HOLD), 2);
    cr_assert_not_null (strstr (msg_text (asked_of ("i2"), 1), "\"3 + 4\""));
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_WORKSPACE, "Esc goes back to where it was begun");
}

Test (ui_fan, another_one_asks_while_answers_are_awaited)
{
    open_fleet (2, 0);
    evaluate ("1");
    struct msg *late = msg_ok (asked_of ("i1"), "{\"result\":\"old\"}");
    run ("all 2");
    cr_assert_not_null (strstr (stage.ui.prompt.question, "2 answers of the last one"));
    stage_type (&stage, "y");
    cr_assert_eq (stage_open_count (&stage, MSG_HOLD), 4);
    stage_give (&stage, late);
    cr_assert_eq (row_of ("i1")->state, FAN_SENT, "the old answer is not taken for the new one");
}

Test (ui_fan, interrupting_reaches_all_in_which_it_runs)
{
    open_fleet (3, 0);
    evaluate ("[true] whileTrue");
    answer ("i1", "nil");
    stage_keys (&stage, "^C");
    cr_assert_eq (stage_open_count (&stage, MSG_INTERRUPT), 2);
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_INTERRUPT), 0),
                      msg_text (asked_of ("i3"), 3));
    refuse ("i2", STUI_E_EVALUATION, "it was interrupted");
    cr_assert_eq (row_of ("i2")->state, FAN_REFUSED);
}

Test (ui_fan, it_is_saved_as_text_and_as_json)
{
    open_fleet (4, 0);
    evaluate ("Smalltalk version");
    answer ("i1", "one\\ntwo");
    answer ("i2", "one\\ntwo");
    answer ("i3", "three");
    refuse ("i4", STUI_E_IN_DOUBT, "the connection was lost");
    run ("fanout save /tmp/a.json");
    const struct msg *write = stage_asked (&stage, MSG_FILE_WRITE);
    cr_assert_str_eq (msg_text (write, 0), "/tmp/a.json");
    struct json *json = json_parse_text (msg_text (write, 1));
    const struct json *images = json_get (json, "images");
    cr_assert_str_eq (json_get_text (json, "code"), "Smalltalk version");
    cr_assert_str_eq (json_get_text (json, "majority"), "one\ntwo");
    cr_assert_eq (json_get_number (json, "majority_count", 0), 2);
    cr_assert_str_eq (json_get_text (json_at (images, 2), "result"), "three");
    cr_assert (json_get_bool (json_at (images, 2), "differs", false));
    cr_assert_str_eq (json_get_text (json_at (images, 3), "status"), "in_doubt");
    json_destroy (&json);
    run ("fanout save /tmp/a.txt");
    const char *text = msg_text (stage_asked (&stage, MSG_FILE_WRITE), 1);
    cr_assert_not_null (strstr (text, "\n* i3  answered  three\n"), "%s", text);
    cr_assert_not_null (strstr (text, "\n  i1  answered  one\n                two\n"), "%s", text);
    cr_assert_not_null (strstr (text, "4 of 4, 1 differ"), "%s", text);
    stage_ok (&stage, MSG_FILE_WRITE, "{\"bytes\":1}");
    expect_said ("4 answers are in /tmp/a.txt");
    run ("fanout save here.txt");
    expect_said ("from / on"); /* nobody said where stui was started */
    stage.ui.directory = stui_strdup ("/work");
    run ("fanout save here.txt");
    write = stage_asked (&stage, MSG_FILE_WRITE);
    cr_assert_str_eq (msg_text (write, 0), "/work/here.txt");
    cr_assert_eq (msg_number (write, 2), 0, "over no file");
}
