/* test_screen_inspector.c: the inspector: what an inspect it opens, what is asked for, what becomes of a tree
 * whose objects are gone, and golden screens. */

#include "runtime/json.h"
#include "unit/golden_fixture.h"

#define SESSION "018f0000-0000-7000-8000-000000000001"

/* What the image says of the root: an Account of three fields, one of them a long collection. */
static const char account[] =
    "{\"object_info\":{\"object_id\":\"o1\",\"class\":\"Account\",\"print_string\":\"an Account of "
    "Ada\",\"is_indexable\":false},\"size\":3,\"from\":0,\"fields\":["
    "{\"name\":\"owner\",\"value\":\"'Ada'\",\"class\":\"String\",\"object_id\":\"o2\"},"
    "{\"name\":\"entries\",\"value\":\"an OrderedCollection (1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 "
    "16 17 18 19 20 21 22 23 24 25 )\",\"class\":\"OrderedCollection\",\"object_id\":\"o3\"},"
    "{\"name\":\"balance\",\"value\":\"41870\",\"class\":\"SmallInteger\",\"object_id\":\"o4\"}]}";

static void
open_workspace (const char *context)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":1,\"removed\":[],\"images\":[{\"name\":\"accounts\",\"state\":"
              "\"online\"}]}");
    stage_workspace (&stage, "accounts", context, "");
}

/* Code is typed and inspected; the image answers. */
static void
setup (void)
{
    open_workspace ("{}");
    stage_type (&stage, "Account of: 'Ada'");
    stage_keys (&stage, "M-i");
    stage_ok (&stage, MSG_HOLD,
              "{\"result\":\"an Account\",\"result_type\":\"Account\",\"has_error\":false,"
              "\"object_id\":\"o1\"}");
}

/* COUNT elements of a collection of SIZE, from FROM on. Caller frees. */
static char *
elements_text (int from, int count, int size)
{
    char *list = NULL;
    size_t bytes;
    FILE *file = open_memstream (&list, &bytes);
    fprintf (file, "{\"size\":%d,\"from\":%d,\"fields\":[", size, from);
    for (int index = from + 1; index <= from + count; index++)
        fprintf (file,
                 "%s{\"name\":\"%d\",\"value\":\"%d\",\"class\":\"SmallInteger\",\"object_id\":"
                 "\"e%d\"}",
                 index > from + 1 ? "," : "", index, index * index, index);
    fprintf (file, "]}");
    fclose (file);
    return list;
}

static void
give_elements (int from, int count, int size)
{
    char *list = elements_text (from, count, size);
    stage_ok (&stage, MSG_COMMAND, list);
    free (list);
}

/* Answers the oldest command that waits. */
static void
answer_oldest (const char *result)
{
    for (int index = 0; index < stage.sent_count; index++) {
        struct msg *request = stage.sent[index];
        if (!request || request->verb != MSG_COMMAND)
            continue;
        struct msg *answer = msg_ok (request, result);
        stage_forget (&stage, request);
        stage_give (&stage, answer);
        return;
    }
    cr_assert_fail ("nothing was asked");
}

/* What is written waits for no answer any more. */
static void
answer_writes (void)
{
    for (int write = 0; write < 4; write++) {
        if (stage_asked (&stage, MSG_SESSION_WRITE))
            stage_ok (&stage, MSG_SESSION_WRITE, "{\"change\":5}");
        stage_pass (&stage, 300);
    }
}

static void
show_tree (void)
{
    setup ();
    stage_ok (&stage, MSG_COMMAND, account);
    stage_keys (&stage, "j j Right");
    give_elements (0, 4, 250);
    answer_writes ();
}

static void
show_gone (void)
{
    show_tree ();
    stage_keys (&stage, "r");
    stage_error (&stage, MSG_COMMAND, STUI_E_OBJECT_NOT_FOUND, "there is no object o3");
}

Test (screens, the_inspector_is_as_it_should_be)
{
    check_all ("inspector", show_tree);
    check_all ("inspector-gone", show_gone);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (screen_inspector, .init = setup, .fini = teardown);

/* The last command to the image must be COMMAND, with TEXT among its parameters. */
static void
expect_asked (const char *command, const char *text)
{
    const struct msg *msg = stage_asked (&stage, MSG_COMMAND);
    cr_assert_not_null (msg, "nothing was asked");
    cr_assert_str_eq (msg_text (msg, 0), command);
    cr_assert_str_eq (msg->peer, "image/accounts");
    cr_assert_not_null (strstr (msg_text (msg, 1), SESSION), "%s", msg_text (msg, 1));
    cr_assert_not_null (strstr (msg_text (msg, 1), text), "%s", msg_text (msg, 1));
}

Test (screen_inspector, inspect_it_opens_a_tree_and_asks_for_its_fields)
{
    cr_assert_eq (stage.ui.screen, SCREEN_INSPECTOR);
    expect_asked ("inspect", "\"object_id\":\"o1\",\"from\":0,\"count\":100");
    expect_asked ("inspect", SESSION);
    stage_ok (&stage, MSG_COMMAND, account);
    cr_assert (stage_shows (&stage, 100, "- Account of: 'Ada'"));
    cr_assert (stage_shows (&stage, 100, "an Account of Ada"));
    cr_assert (stage_shows (&stage, 100, "+ entries") && stage_shows (&stage, 100, "41870")
               && stage_shows (&stage, 100, "SmallInteger"));
    cr_assert_eq (stage_open_count (&stage, MSG_COMMAND), 0, "only what is open is asked for");
}

Test (screen_inspector, right_opens_a_field_and_left_closes_it)
{
    stage_ok (&stage, MSG_COMMAND, account);
    stage_keys (&stage, "j j Right");
    expect_asked ("inspect", "\"object_id\":\"o3\"");
    give_elements (0, 3, 3);
    cr_assert (stage_shows (&stage, 100, "+ 3"));
    stage_keys (&stage, "Right");
    cr_assert_str_eq (model_inspector_selected (&stage.ui.inspector)->node->name, "1");
    stage_keys (&stage, "Left");
    cr_assert_str_eq (model_inspector_selected (&stage.ui.inspector)->node->name, "entries");
    stage_keys (&stage, "Left");
    cr_assert_not (stage_shows (&stage, 100, "+ 3"));
    stage_keys (&stage, "Enter"); /* what was had is not asked for again */
    cr_assert (stage_shows (&stage, 100, "+ 3"));
    cr_assert_eq (stage_open_count (&stage, MSG_COMMAND), 0);
}

Test (screen_inspector, a_long_collection_comes_in_pages)
{
    stage_ok (&stage, MSG_COMMAND, account);
    stage_keys (&stage, "j j Right");
    give_elements (0, 100, 250);
    stage_keys (&stage, "G k");
    cr_assert (stage_shows (&stage, 100, "100 of 250; Enter fetches more"));
    stage_keys (&stage, "Enter");
    expect_asked ("inspect", "\"from\":100,\"count\":100");
    give_elements (100, 100, 250);
    cr_assert_eq (stage.ui.inspector.root->children[1]->count, 200);
    cr_assert_str_eq (model_inspector_selected (&stage.ui.inspector)->node->name, "101",
                      "one reads on where more was asked for");
    cr_assert (stage_shows (&stage, 100, "200 of 250; Enter fetches more")
               || stage_shows (&stage, 100, "10000"));
}

Test (screen_inspector, refresh_asks_for_the_fields_again)
{
    stage_ok (&stage, MSG_COMMAND, account);
    stage_keys (&stage, "r");
    expect_asked ("inspect", "\"object_id\":\"o1\"");
    stage_ok (&stage, MSG_COMMAND,
              "{\"object_info\":{\"print_string\":\"an Account of Grace\"},\"size\":1,\"from\":0,"
              "\"fields\":[{\"name\":\"owner\",\"value\":\"'Grace'\",\"class\":\"String\","
              "\"object_id\":\"o9\"}]}");
    cr_assert (stage_shows (&stage, 100, "'Grace'")
               && stage_shows (&stage, 100, "an Account of Grace"));
    cr_assert_not (stage_shows (&stage, 100, "41870"));
}

Test (screen_inspector, what_was_seen_stays_until_the_refreshed_fields_are_here)
{
    stage_ok (&stage, MSG_COMMAND, account);
    stage_keys (&stage, "j j r"); /* a closed field: it is seen anew with its siblings */
    expect_asked ("inspect", "\"object_id\":\"o1\"");
    cr_assert (stage_shows (&stage, 100, "41870"), "nothing goes before there is something new");
    while (stage_asked (&stage, MSG_COMMAND))
        stage_error (&stage, MSG_COMMAND, STUI_E_OBJECT_NOT_FOUND, "gone");
    cr_assert (stage_shows (&stage, 100, "41870")
               && stage_shows (&stage, 100, "its objects are gone"));
}

Test (screen_inspector, a_cursor_among_fields_that_are_refreshed_goes_to_their_object)
{
    stage_ok (&stage, MSG_COMMAND, account);
    stage_keys (&stage, "r j j j");
    stage_ok (&stage, MSG_COMMAND, account);
    cr_assert_eq (stage.ui.inspector.selected, 0);
    cr_assert_eq (stage.ui.inspector.node_count, 4);
}

Test (screen_inspector, a_value_is_copied_for_the_workspace)
{
    stage_ok (&stage, MSG_COMMAND, account);
    stage_keys (&stage, "j j j y");
    cr_assert_str_eq (stage.ui.clip, "41870");
}

Test (screen_inspector,
      objects_of_a_former_start_are_said_to_be_gone_and_code_is_run_on_a_word_only)
{
    stage_ok (&stage, MSG_COMMAND, account);
    stage_keys (&stage, "j j Right");
    stage_error (&stage, MSG_COMMAND, STUI_E_OBJECT_NOT_FOUND, "there is no object o3");
    cr_assert (stage_shows (&stage, 100, "its objects are gone"));
    cr_assert (stage_shows (&stage, 100, "the image was started again"));
    stage_pass (&stage, 60000);
    cr_assert_eq (stage_open_count (&stage, MSG_COMMAND), 0, "nothing is run unasked");
    stage_keys (&stage, "r n");
    cr_assert_eq (stage_open_count (&stage, MSG_COMMAND), 0);
    stage_keys (&stage, "r y");
    expect_asked ("evaluate", "\"mode\":\"inspectIt\"");
    stage_ok (&stage, MSG_COMMAND,
              "{\"result\":\"an Account\",\"result_type\":\"Account\",\"has_error\":false,"
              "\"object_id\":\"n1\"}");
    expect_asked ("inspect", "\"object_id\":\"n1\"");
    stage_ok (&stage, MSG_COMMAND, account);
    cr_assert_str_eq (model_inspector_selected (&stage.ui.inspector)->node->name, "entries",
                      "the path is gone along again");
}

Test (screen_inspector, closing_it_lets_the_objects_go)
{
    stage_ok (&stage, MSG_COMMAND, account);
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_WORKSPACE);
    expect_asked ("release", "[\"o1\",\"o2\",\"o3\",\"o4\"]");
    stage_ok (&stage, MSG_COMMAND, "{\"released\":4}");
    cr_assert_null (stage.ui.inspector.root);
}

Test (screen_inspector, the_next_inspect_it_lets_the_objects_of_the_last_go)
{
    stage_ok (&stage, MSG_COMMAND, account);
    stage_keys (&stage, "2 M-i");
    stage_ok (&stage, MSG_HOLD,
              "{\"result\":\"7\",\"result_type\":\"SmallInteger\",\"has_error\":false,"
              "\"object_id\":\"p1\"}");
    cr_assert_eq (stage_open_count (&stage, MSG_COMMAND), 2);
    expect_asked ("inspect", "\"object_id\":\"p1\"");
}

Test (screen_inspector, the_path_is_kept_with_the_session)
{
    stage_ok (&stage, MSG_COMMAND, account);
    stage_keys (&stage, "j j");
    stage_type (&stage, "2x"); /* something that is written */
    stage_pass (&stage, 1000);
    const struct msg *msg = stage_asked (&stage, MSG_SESSION_WRITE);
    cr_assert_not_null (msg);
    struct json *patch = json_parse_text (msg_text (msg, 2));
    const struct json *kept = json_get (patch, "inspector");
    cr_assert_str_eq (json_get_text (kept, "code"), "Account of: 'Ada'");
    cr_assert_str_eq (json_text (json_first (json_get (kept, "path"))), "entries");
    json_destroy (&patch);
}

Test (screen_inspector, what_was_left_open_is_there_and_not_evaluated)
{
    stage_close (&stage);
    open_workspace ("{\"inspector\":{\"code\":\"Account of: 'Ada'\",\"value\":\"an Account\","
                    "\"class\":\"Account\",\"path\":[\"entries\"]}}");
    stage_keys (&stage, "M-7");
    cr_assert (stage_shows (&stage, 100, "Account of: 'Ada'")
               && stage_shows (&stage, 100, "an Account"));
    cr_assert (stage_shows (&stage, 100, "has not been evaluated again"));
    stage_pass (&stage, 1000);
    cr_assert_eq (stage_open_count (&stage, MSG_COMMAND), 0);
    stage_keys (&stage, "r y");
    stage_ok (&stage, MSG_COMMAND,
              "{\"result\":\"an Account\",\"result_type\":\"Account\",\"has_error\":false,"
              "\"object_id\":\"n1\"}");
    stage_ok (&stage, MSG_COMMAND, account);
    cr_assert_str_eq (model_inspector_selected (&stage.ui.inspector)->node->name, "entries");
}

Test (screen_inspector, an_image_that_gives_no_object_shows_the_result_in_the_workspace)
{
    stage_ok (&stage, MSG_COMMAND, account);
    stage_keys (&stage, "2 M-i");
    stage_ok (&stage, MSG_HOLD,
              "{\"result\":\"7\",\"result_type\":\"SmallInteger\",\"has_error\":false}");
    cr_assert_eq (stage.ui.screen, SCREEN_WORKSPACE);
}

Test (screen_inspector, an_answer_to_what_is_not_shown_any_more_is_left_out)
{
    stage_keys (&stage, "2 M-i");
    stage_ok (&stage, MSG_HOLD,
              "{\"result\":\"7\",\"result_type\":\"SmallInteger\",\"has_error\":false,"
              "\"object_id\":\"p1\"}");
    stage_ok (&stage, MSG_COMMAND, "{\"size\":0,\"from\":0,\"fields\":[]}");
    cr_assert_eq (stage.ui.inspector.root->count, 0);
}

Test (screen_inspector, a_late_page_of_a_refreshed_list_leaves_rows_of_what_is_there)
{
    stage_ok (&stage, MSG_COMMAND, account);
    stage_keys (&stage, "j j Right");
    give_elements (0, 100, 250);
    stage_keys (&stage, "G k Enter r");
    cr_assert_eq (stage_open_count (&stage, MSG_COMMAND), 2);
    char *late = elements_text (100, 100, 250);
    answer_oldest (late);
    free (late);
    cr_assert_eq (stage.ui.inspector.root->children[1]->count, 100, "it is another list's");
    cr_assert_eq (stage.ui.inspector.row_count, 105);
    give_elements (0, 100, 180);
    cr_assert_eq (stage.ui.inspector.root->children[1]->count, 100);
    cr_assert_eq (stage.ui.inspector.root->children[1]->size, 180);
    cr_assert_eq (stage_open_count (&stage, MSG_COMMAND), 0);
}

Test (screen_inspector, a_page_that_was_not_asked_for_takes_nothing_away)
{
    stage_ok (&stage, MSG_COMMAND, account);
    stage_keys (&stage, "j j Right");
    give_elements (0, 3, 3);
    stage_keys (&stage, "r");
    give_elements (2, 1, 3);
    cr_assert_eq (stage.ui.inspector.root->children[1]->count, 3);
    cr_assert (stage_shows (&stage, 100, "+ 3"));
    cr_assert_eq (stage_open_count (&stage, MSG_COMMAND), 0);
    stage_keys (&stage, "r");
    give_elements (0, 2, 2);
    cr_assert_eq (stage.ui.inspector.root->children[1]->count, 2);
}

Test (screen_inspector, an_image_that_says_a_size_below_its_fields_is_asked_once)
{
    stage_ok (&stage, MSG_COMMAND, account);
    stage_keys (&stage, "j j Right");
    give_elements (0, 3, -1);
    cr_assert_eq (stage_open_count (&stage, MSG_COMMAND), 0, "it was answered");
    cr_assert_eq (stage.ui.inspector.root->children[1]->size, 3);
    stage_keys (&stage, "r");
    give_elements (2, 1, -1);
    cr_assert_eq (stage_open_count (&stage, MSG_COMMAND), 0);
}

Test (screen_inspector, an_object_evaluated_again_is_not_shown_under_the_code_inspected_since)
{
    stage_error (&stage, MSG_COMMAND, STUI_E_OBJECT_NOT_FOUND, "there is no object o1");
    stage_keys (&stage, "r y");
    expect_asked ("evaluate", "\"mode\":\"inspectIt\"");
    stage_keys (&stage, "2 M-i");
    stage_ok (&stage, MSG_HOLD,
              "{\"result\":\"7\",\"result_type\":\"SmallInteger\",\"has_error\":false,"
              "\"object_id\":\"p1\"}");
    answer_oldest ("{\"result\":\"an Account\",\"result_type\":\"Account\",\"has_error\":false,"
                   "\"object_id\":\"n1\"}");
    cr_assert_str_eq (stage.ui.inspector.root->object_id, "p1");
    cr_assert_not (stage_shows (&stage, 100, "an Account"));
}

Test (screen_inspector, fields_of_a_closed_inspector_are_not_shown_in_the_next)
{
    stage_keys (&stage, "Esc M-i");
    stage_ok (&stage, MSG_HOLD,
              "{\"result\":\"7\",\"result_type\":\"SmallInteger\",\"has_error\":false,"
              "\"object_id\":\"p1\"}");
    answer_oldest (account);
    cr_assert_eq (stage.ui.inspector.root->count, 0, "they are another object's");
}

Test (screen_inspector, what_was_opened_while_the_queue_was_full_is_asked_for_when_there_is_room)
{
    stage_ok (&stage, MSG_COMMAND, account);
    while (stage.ui.ask_count < UI_ASKS_MAX)
        ui_ask (&stage.ui, UI_ASK_ORDER, "",
                msg_new ("main", MSG_IMAGE_SET, stage.ui.last_ref + 1, "accounts", "{}"));
    stage_settle (&stage);
    stage_keys (&stage, "j j Right");
    cr_assert_eq (stage_open_count (&stage, MSG_COMMAND), 0);
    cr_assert_not (stage_shows (&stage, 100, "Queue full"), "it is asked for by itself");
    stage_ok (&stage, MSG_IMAGE_SET, "{}");
    expect_asked ("inspect", "\"object_id\":\"o3\"");
}

Test (screen_inspector, a_closed_inspector_is_not_there_again_at_the_next_start)
{
    stage_ok (&stage, MSG_COMMAND, account);
    answer_writes ();
    stage_keys (&stage, "Esc");
    stage_pass (&stage, 1000);
    const struct msg *msg = stage_asked (&stage, MSG_SESSION_WRITE);
    cr_assert_not_null (msg, "that it was closed is written");
    struct json *patch = json_parse_text (msg_text (msg, 2));
    const struct json *kept = json_get (patch, "inspector");
    cr_assert_not_null (kept);
    cr_assert (json_is_null (kept));
    json_destroy (&patch);
}
