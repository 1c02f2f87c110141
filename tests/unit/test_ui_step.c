/* test_ui_step.c: the ui's steps: what is asked of the owner and when, how a workspace finds its
 * session, when something is called saved, what becomes of evaluations, quitting. Long: it is a test
 * for each promise that a screen makes. */

#include "unit/ui_fixture.h"

#include "runtime/alloc.h"
#include "runtime/json.h"

static struct stage stage;

static const char images[] =
    "{\"version\":7,\"images\":[{\"name\":\"one\",\"address\":\"tcp://h:1\",\"state\":\"online\"},"
    "{\"name\":\"two\",\"address\":\"tcp://h:2\",\"state\":\"online\",\"protected\":true}]}";
static const char fresh[] = "{}";

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

TestSuite (ui_step, .init = setup, .fini = teardown);

static struct workspace *
current (void)
{
    return stage.ui.current;
}

static const struct output *
last_output (void)
{
    cr_assert_gt (current ()->output_count, 0);
    return &current ()->outputs[current ()->output_count - 1];
}

static void
expect_shown (const char *text)
{
    char *screen = stage_screen (&stage, 24, 100);
    cr_assert_not_null (strstr (screen, text), "'%s' is not in\n%s", text, screen);
    free (screen);
}

/* ---- the link ------------------------------------------------------------------------------- */

Test (ui_step, asks_for_images_and_events_at_the_start)
{
    cr_assert_eq (stage_open_count (&stage, MSG_CONNECT), 1);
    cr_assert_not_null (stage_asked (&stage, MSG_EVENTS_GET));
    stage_pass (&stage, UI_WATCH_MS);
    cr_assert_eq (msg_number (stage_asked (&stage, MSG_WATCH), 0), 7);
}

Test (ui_step, states_are_asked_for_no_faster_than_they_are_shown)
{
    int answers = 0;
    for (; answers < 100 && stage.now.mono_ms < 1000000 + 2000; stage_pass (&stage, 10))
        if (stage_asked (&stage, MSG_WATCH)) {
            stage_ok (&stage, MSG_WATCH, images);
            answers++;
        }
    cr_assert_leq (answers, 2000 / UI_WATCH_MS + 1);
}

Test (ui_step, events_begin_near_the_last_one)
{
    stage_ok (&stage, MSG_EVENTS_GET, "{\"events\":[],\"last_seq\":5000}");
    stage_pass (&stage, 1);
    const struct msg *msg = stage_asked (&stage, MSG_EVENTS_GET);
    cr_assert_eq (msg_number (msg, 0), 5000 - MODEL_EVENTS_MAX);
    cr_assert_eq (msg_number (msg, 2), 1);
}

/* Symptom: after a restore the terminal asked for what comes after a number that there was not any more, every second,
 * and showed no event. */
Test (ui_step, events_that_are_numbered_anew_are_asked_for_from_their_beginning)
{
    stage_ok (&stage, MSG_EVENTS_GET, "{\"events\":[],\"last_seq\":5000}");
    stage_pass (&stage, 1);
    stage_ok (&stage, MSG_EVENTS_GET,
              "{\"last_seq\":5000,\"events\":[{\"seq\":5000,\"at_ms\":1,\"image\":\"\",\"kind\":"
              "\"online\",\"text\":\"\"}]}");
    cr_assert_eq (msg_number (stage_asked (&stage, MSG_EVENTS_GET), 0), 5000);
    stage_ok (&stage, MSG_EVENTS_GET, "{\"events\":[],\"last_seq\":3}");
    stage_pass (&stage, UI_AGAIN_MS);
    cr_assert_eq (msg_number (stage_asked (&stage, MSG_EVENTS_GET), 0), 0);
    stage_ok (&stage, MSG_EVENTS_GET,
              "{\"last_seq\":3,\"events\":[{\"seq\":3,\"at_ms\":2,\"image\":\"\",\"kind\":"
              "\"online\",\"text\":\"anew\"}]}");
    cr_assert_eq (stage.ui.model.event_count, 1);
    cr_assert_eq (msg_number (stage_asked (&stage, MSG_EVENTS_GET), 0), 3);
}

Test (ui_step, after_a_new_owner_everything_is_asked_for_again)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_pass (&stage, UI_WATCH_MS);
    stage_error (&stage, MSG_WATCH, STUI_E_ACTOR_ENDED, "gone");
    stage_error (&stage, MSG_EVENTS_GET, STUI_E_ACTOR_ENDED, "gone");
    stage_error (&stage, MSG_SESSION_WATCH, STUI_E_ACTOR_ENDED, "gone");
    stage_give (&stage, msg_new ("relay", MSG_UNLINKED, 0, "the owner 10 was killed"));
    expect_shown ("unlinked");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 11));
    cr_assert_eq (msg_number (stage_asked (&stage, MSG_WATCH), 0), 0);
    cr_assert_eq (msg_number (stage_asked (&stage, MSG_SESSION_WATCH), 1), 0);
    cr_assert_not_null (stage_asked (&stage, MSG_EVENTS_GET));
    cr_assert_eq (stage_open_count (&stage, MSG_CONNECT), 2);
}

Test (ui_step, a_stopped_owner_is_told_from_a_lost_one)
{
    stage_give (&stage, msg_new ("relay", MSG_STALLED, 0, "owner 10 stopped"));
    expect_shown ("stalled");
    expect_shown ("owner 10 stopped");
    stage_give (&stage, msg_new ("relay", MSG_STALLED, 0, ""));
    expect_shown ("linked");
}

Test (ui_step, that_nothing_can_be_stored_is_shown_until_it_can_again)
{
    stage_pass (&stage, UI_WATCH_MS);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":8,\"images\":[],\"removed\":[],\"store_trouble\":\"no space left\"}");
    expect_shown ("degraded");
    expect_shown ("no space left");
    stage_pass (&stage, UI_WATCH_MS);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":9,\"images\":[],\"removed\":[],\"store_trouble\":\"\"}");
    expect_shown ("linked");
}

Test (ui_step, an_alert_is_said_and_rung_as_it_says)
{
    stage_pass (&stage, UI_WATCH_MS);
    int bells = stage.bells;
    stage_ok (
        &stage, MSG_WATCH,
        "{\"version\":8,\"images\":[],\"removed\":[],\"alerts\":[{\"kind\":\"offline\",\"image\":"
        "\"one\",\"text\":\"one is offline\",\"bell\":true,\"notify\":true}]}");
    expect_shown ("one is offline");
    cr_assert_eq (stage.bells, bells + 1);
    cr_assert_eq (stage.notes, 1);
    stage_pass (&stage, UI_WATCH_MS);
    stage_ok (
        &stage, MSG_WATCH,
        "{\"version\":9,\"images\":[],\"removed\":[],\"alerts\":[{\"kind\":\"online\",\"image\":"
        "\"one\",\"text\":\"one is back\",\"bell\":false,\"notify\":false}]}");
    stage_pass (&stage, MODEL_READ_MS);
    expect_shown ("one is back");
    cr_assert_eq (stage.bells, bells + 1);
    cr_assert_eq (stage.notes, 1);
}

Test (ui_step, a_list_in_groups_has_the_tag_beside_the_first_of_each)
{
    stage_pass (&stage, UI_WATCH_MS);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":8,\"removed\":[],\"images\":[{\"name\":\"one\",\"state\":\"online\","
              "\"tags\":\"web\"},{\"name\":\"ten\",\"state\":\"online\",\"tags\":\"web\"}]}");
    stage_keys (&stage, "t");
    expect_shown ("web         \u25cf one");
    expect_shown ("\n            \u25cf ten");
}

/* ---- sessions ------------------------------------------------------------------------------- */

Test (ui_step, a_workspace_without_session_gets_one)
{
    ui_open (&stage.ui, "one", true);
    stage_settle (&stage);
    stage_ok (
        &stage, MSG_SESSION_LIST,
        "{\"sessions\":[{\"session_id\":\"x\",\"name\":\"workspace\",\"state\":\"closed\"}]}");
    const struct msg *msg = stage_asked (&stage, MSG_SESSION_NEW);
    cr_assert_str_eq (msg_text (msg, 0), "workspace");
    stage_ok (&stage, MSG_SESSION_NEW, "{\"session_id\":\"abc\"}");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_SESSION_WATCH), 0), "abc");
}

Test (ui_step, what_was_typed_before_the_session_came_is_kept)
{
    ui_open (&stage.ui, "one", true);
    stage_type (&stage, "3 + 4");
    stage_workspace (&stage, "one", "{\"workspace\":{\"text\":\"old\",\"cursor\":0}}", "");
    cr_assert_str_eq (stage_text (&stage), "old\n3 + 4");
    cr_assert_not_null (stage_asked (&stage, MSG_SESSION_WRITE));
}

Test (ui_step, one_key_does_not_cut_an_imported_session)
{
    enum { SIZE = 900000 };
    char *context = calloc (1, SIZE + 100);
    int length = sprintf (context, "{\"workspace\":{\"text\":\"");
    memset (context + length, 'x', SIZE);
    sprintf (context + length + SIZE, "\",\"cursor\":0}}");
    stage_workspace (&stage, "one", context, STAGE_ME);
    stage_keys (&stage, "k");
    expect_shown ("This text came with 878 KB, 256 KB can be typed: it stays whole");
    cr_assert_eq (strlen (stage_text (&stage)), SIZE);
    stage_pass (&stage, 1000);
    cr_assert_null (stage_asked (&stage, MSG_SESSION_WRITE), "nothing changed, nothing is written");
    stage_keys (&stage, "Delete");
    const struct msg *write = stage_asked (&stage, MSG_SESSION_WRITE);
    cr_assert_not_null (write);
    cr_assert_gt (strlen (msg_text (write, 2)), SIZE - 1);
    free (context);
}

Test (ui_step, what_was_typed_before_a_long_text_came_is_kept)
{
    char *context = calloc (1, EDITOR_TEXT_MAX + 100);
    int length = sprintf (context, "{\"workspace\":{\"text\":\"");
    memset (context + length, 'x', EDITOR_TEXT_MAX);
    strcpy (context + length + EDITOR_TEXT_MAX, "\"}}");
    ui_open (&stage.ui, "one", true);
    stage_type (&stage, "3 + 4");
    stage_workspace (&stage, "one", context, "");
    cr_assert_str_eq (stage_text (&stage) + EDITOR_TEXT_MAX, "\n3 + 4");
    free (context);
}

Test (ui_step, an_image_that_was_never_online_says_why_there_is_no_session)
{
    ui_open (&stage.ui, "one", true);
    stage_settle (&stage);
    stage_ok (&stage, MSG_SESSION_LIST, "{\"sessions\":[]}");
    stage_error (&stage, MSG_SESSION_NEW, STUI_E_UNREACHABLE, "one has never been online");
    expect_shown ("one has never been online");
    cr_assert_null (stage_asked (&stage, MSG_SESSION_LIST));
    stage_pass (&stage, UI_AGAIN_MS);
    cr_assert_not_null (stage_asked (&stage, MSG_SESSION_LIST));
}

Test (ui_step, saved_is_said_only_after_it_was_stored)
{
    stage_workspace (&stage, "one", fresh, "");
    expect_shown ("  saved");
    stage_type (&stage, "x");
    expect_shown ("unsaved");
    struct json *patch = json_parse_text (msg_text (stage_asked (&stage, MSG_SESSION_WRITE), 2));
    cr_assert_str_eq (json_get_text (json_get (patch, "workspace"), "text"), "x");
    cr_assert_str_eq (json_get_text (json_get (patch, "view"), "screen"), "workspace");
    json_destroy (&patch);
    stage_type (&stage, "y");
    stage_ok (&stage, MSG_SESSION_WRITE, "{\"change\":4}");
    expect_shown ("unsaved");
    stage_pass (&stage, WORKSPACE_WRITE_MS);
    stage_ok (&stage, MSG_SESSION_WRITE, "{\"change\":5}");
    expect_shown ("  saved");
}

Test (ui_step, edits_are_sent_at_most_four_times_a_second)
{
    stage_workspace (&stage, "one", fresh, "");
    int writes = 0;
    for (int key = 0; key < 100; key++) {
        stage_type (&stage, "x");
        stage_pass (&stage, 10);
        if (stage_asked (&stage, MSG_SESSION_WRITE)) {
            stage_ok (&stage, MSG_SESSION_WRITE, "{\"change\":4}");
            writes++;
        }
    }
    cr_assert_leq (writes, 5);
    cr_assert_geq (writes, 3);
}

Test (ui_step, an_edit_that_was_not_stored_is_sent_again_to_the_next_owner)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "precious");
    stage_error (&stage, MSG_SESSION_WRITE, STUI_E_ACTOR_ENDED, "gone");
    stage_error (&stage, MSG_SESSION_WATCH, STUI_E_ACTOR_ENDED, "gone");
    stage_give (&stage, msg_new ("relay", MSG_UNLINKED, 0, "gone"));
    stage_give (&stage, msg_new ("relay", MSG_UNLINKED, 0, "starting another"));
    stage_type (&stage, " words");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 11));
    stage_ok (&stage, MSG_SESSION_WATCH,
              "{\"name\":\"workspace\",\"state\":\"restored\",\"change\":1,\"holder\":\"\","
              "\"context\":{\"workspace\":{\"text\":\"\"}}}");
    stage_ok (&stage, MSG_SESSION_LEASE, "{\"holder\":\"" STAGE_ME "\"}");
    stage_pass (&stage, WORKSPACE_WRITE_MS);
    cr_assert_str_eq (stage_text (&stage), "precious words");
    cr_assert_not_null (
        strstr (msg_text (stage_asked (&stage, MSG_SESSION_WRITE), 2), "precious words"));
}

Test (ui_step, another_terminals_text_is_shown_and_not_written)
{
    stage_workspace (&stage, "one", "{\"workspace\":{\"text\":\"theirs\",\"cursor\":2}}",
                     STAGE_OTHER);
    cr_assert_null (stage_asked (&stage, MSG_SESSION_LEASE));
    stage_type (&stage, "mine");
    cr_assert_str_eq (stage_text (&stage), "theirs");
    expect_shown ("read-only");
    stage_ok (&stage, MSG_SESSION_WATCH,
              "{\"name\":\"workspace\",\"change\":9,\"holder\":\"" STAGE_OTHER "\","
              "\"context\":{\"workspace\":{\"text\":\"theirs, longer\"}}}");
    cr_assert_str_eq (stage_text (&stage), "theirs, longer");
    stage_keys (&stage, "M-e");
    stage_ok (&stage, MSG_SESSION_LEASE, "{\"holder\":\"" STAGE_ME "\"}");
    stage_type (&stage, "!");
    cr_assert_str_eq (stage_text (&stage), "th!eirs, longer");
}

Test (ui_step, a_lease_taken_away_shows_the_others_text_and_undo_has_ours)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "ours");
    stage_error (&stage, MSG_SESSION_WRITE, STUI_E_PERMISSION, "another terminal edits it");
    stage_ok (&stage, MSG_SESSION_WATCH,
              "{\"name\":\"workspace\",\"change\":9,\"holder\":\"" STAGE_OTHER "\","
              "\"context\":{\"workspace\":{\"text\":\"theirs\"}}}");
    cr_assert_str_eq (stage_text (&stage), "theirs");
    stage_keys (&stage, "M-e");
    stage_ok (&stage, MSG_SESSION_LEASE, "{\"holder\":\"" STAGE_ME "\"}");
    stage_keys (&stage, "M-u");
    cr_assert_str_eq (stage_text (&stage), "ours");
}

/* Symptom: what was typed within the second before another terminal took over was nowhere, and nothing said so. */
Test (ui_step, what_is_typed_is_written_at_once_when_another_terminal_wants_the_text)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "a");
    stage_ok (&stage, MSG_SESSION_WRITE, "{\"change\":2}");
    stage_type (&stage, "b");
    cr_assert_null (stage_asked (&stage, MSG_SESSION_WRITE), "it is not a second yet");
    stage_ok (&stage, MSG_SESSION_WATCH,
              "{\"name\":\"workspace\",\"change\":2,\"holder\":\"" STAGE_ME "\",\"wanted\":true,"
              "\"context\":{\"workspace\":{\"text\":\"a\"}}}");
    stage_ok (&stage, MSG_SESSION_WRITE, "{\"change\":3}");
    stage_type (&stage, "c");
    cr_assert_not_null (stage_asked (&stage, MSG_SESSION_WRITE));
    stage_ok (&stage, MSG_SESSION_WATCH,
              "{\"name\":\"workspace\",\"change\":4,\"holder\":\"" STAGE_OTHER "\","
              "\"context\":{\"workspace\":{\"text\":\"ab\"}}}");
    expect_shown ("Another terminal took over; M-e and M-u bring back");
}

/* Symptom: after an image was killed its workspace said "restored" and no word of the variables. */
Test (ui_step, a_session_that_was_made_again_says_that_its_variables_are_gone)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_ok (&stage, MSG_SESSION_WATCH,
              "{\"name\":\"workspace\",\"state\":\"restored\",\"change\":1,\"recreated\":true}");
    expect_shown ("its variables' values are gone");
}

Test (ui_step, after_a_new_owner_who_had_the_lease_comes_first)
{
    stage_workspace (&stage, "one", fresh, STAGE_OTHER);
    stage_error (&stage, MSG_SESSION_WATCH, STUI_E_ACTOR_ENDED, "gone");
    stage_give (&stage, msg_new ("relay", MSG_UNLINKED, 0, "gone"));
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 11));
    stage_ok (&stage, MSG_SESSION_WATCH, "{\"change\":1,\"holder\":\"\",\"context\":{}}");
    stage_pass (&stage, WORKSPACE_GRACE_MS - 100);
    cr_assert_null (stage_asked (&stage, MSG_SESSION_LEASE));
    stage_pass (&stage, 200);
    cr_assert_not_null (stage_asked (&stage, MSG_SESSION_LEASE));
}

Test (ui_step, the_lease_is_renewed)
{
    stage_workspace (&stage, "one", fresh, "");
    cr_assert_null (stage_asked (&stage, MSG_SESSION_LEASE));
    stage_pass (&stage, UI_RENEW_MS + 10);
    cr_assert_not_null (stage_asked (&stage, MSG_SESSION_LEASE));
}

/* Symptom: "Another terminal edits this text" was said for seconds after that one had gone. */
Test (ui_step, a_text_that_nobody_edits_any_more_takes_keys_at_once)
{
    stage_workspace (&stage, "one", "{\"workspace\":{\"text\":\"theirs\",\"cursor\":0}}",
                     STAGE_OTHER);
    stage_ok (&stage, MSG_SESSION_WATCH,
              "{\"name\":\"workspace\",\"change\":9,\"holder\":\"\","
              "\"context\":{\"workspace\":{\"text\":\"theirs\"}}}");
    cr_assert_null (stage_asked (&stage, MSG_SESSION_LEASE), "who had it may come back");
    stage_type (&stage, "x");
    cr_assert_str_eq (stage_text (&stage), "xtheirs");
    stage_ok (&stage, MSG_SESSION_LEASE, "{\"holder\":\"" STAGE_ME "\"}");
    stage_pass (&stage, WORKSPACE_WRITE_MS);
    cr_assert_not_null (stage_asked (&stage, MSG_SESSION_WRITE));
}

/* Symptom: a sixth session was refused because five were "edited" that had only been visited. */
Test (ui_step, a_session_that_was_left_is_held_no_longer)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "text");
    ui_open (&stage.ui, "two", true);
    stage_pass (&stage, 10);
    cr_assert_null (stage_asked (&stage, MSG_SESSION_LEASE), "its text is not stored yet");
    stage_ok (&stage, MSG_SESSION_WRITE, "{}");
    stage_pass (&stage, WORKSPACE_WRITE_MS);
    while (stage_asked (&stage, MSG_SESSION_WRITE))
        stage_ok (&stage, MSG_SESSION_WRITE, "{}");
    const struct msg *lease = stage_asked (&stage, MSG_SESSION_RELEASE);
    cr_assert_not_null (lease);
    cr_assert_str_eq (lease->peer, "image/one");
    cr_assert_str_eq (msg_text (lease, 1), STAGE_ME);
    stage_ok (&stage, MSG_SESSION_RELEASE, "{\"holder\":\"\"}");
    stage_pass (&stage, 2 * UI_RENEW_MS);
    cr_assert_null (stage_asked (&stage, MSG_SESSION_LEASE));
    ui_open (&stage.ui, "one", true);
    stage_settle (&stage);
    lease = stage_asked (&stage, MSG_SESSION_LEASE);
    cr_assert_not_null (lease, "and held again as soon as it is worked in");
    cr_assert_str_eq (msg_text (lease, 1), STAGE_ME);
}

/* ---- as it was left ------------------------------------------------------------------------- */

static const char stored[] =
    "{\"sessions\":["
    "{\"image\":\"one\",\"name\":\"workspace\",\"open\":true,\"last_modified\":\"2026-01-01T00:00:"
    "01Z\"},"
    "{\"image\":\"two\",\"name\":\"workspace\",\"open\":true,\"last_modified\":\"2026-01-01T00:00:"
    "02Z\"},"
    "{\"image\":\"gone\",\"name\":\"workspace\",\"open\":true,\"last_modified\":\"2026-01-01T00:00:"
    "03Z\"},"
    "{\"image\":\"one\",\"name\":\"x\",\"open\":true,\"last_modified\":\"2026-01-01T00:00:04Z\"}]}";
static const char left_at[] =
    "{\"name\":\"workspace\",\"state\":\"restored\",\"change\":1,\"holder\":\"\",\"context\":"
    "{\"view\":{\"screen\":\"workspace\"},\"workspace\":{\"text\":\"as left\",\"cursor\":3}}}";

Test (ui_step, a_start_opens_the_workspace_that_was_edited_last_at_its_screen)
{
    stage_ok (&stage, MSG_SESSIONS_LOAD, stored);
    cr_assert_str_eq (current ()->image, "two");
    cr_assert_eq (stage.ui.screen, SCREEN_IMAGES);
    stage_ok (
        &stage, MSG_SESSION_LIST,
        "{\"sessions\":[{\"session_id\":\"s\",\"name\":\"workspace\",\"state\":\"restored\"}]}");
    stage_ok (&stage, MSG_SESSION_WATCH, left_at);
    cr_assert_eq (stage.ui.screen, SCREEN_WORKSPACE);
    cr_assert_str_eq (stage_text (&stage), "as left");
    cr_assert_eq (current ()->editor.cursor, 3);
}

Test (ui_step, a_user_who_was_quicker_keeps_the_screen)
{
    stage_ok (&stage, MSG_SESSIONS_LOAD, stored);
    stage_keys (&stage, "3");
    stage_ok (
        &stage, MSG_SESSION_LIST,
        "{\"sessions\":[{\"session_id\":\"s\",\"name\":\"workspace\",\"state\":\"restored\"}]}");
    stage_ok (&stage, MSG_SESSION_WATCH, left_at);
    cr_assert_eq (stage.ui.screen, SCREEN_EVENTS);
}

Test (ui_step, results_are_part_of_what_is_kept)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "3 + 4");
    stage_ok (&stage, MSG_SESSION_WRITE, "{}");
    stage_keys (&stage, "^D");
    stage_ok (&stage, MSG_HOLD, "{\"result\":\"7\",\"execution_time\":1}");
    stage_pass (&stage, WORKSPACE_WRITE_MS);
    struct json *patch = json_parse_text (msg_text (stage_asked (&stage, MSG_SESSION_WRITE), 2));
    const struct json *result = json_at (json_get (patch, "results"), 0);
    cr_assert_str_eq (json_get_text (result, "code"), "3 + 4");
    cr_assert_str_eq (json_get_text (result, "mode"), "doIt");
    cr_assert_not_null (json_get_text (result, "result"));
    json_destroy (&patch);
}

/* Symptom: when another terminal took the session over, each result that had been stored was listed
 * twice, and once more at each further change of hands. */
Test (ui_step, results_are_listed_once_however_often_the_session_changes_hands)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "3 + 4");
    stage_ok (&stage, MSG_SESSION_WRITE, "{}");
    stage_keys (&stage, "^D");
    stage_ok (&stage, MSG_HOLD, "{\"result\":\"7\",\"execution_time\":1}");
    stage_pass (&stage, WORKSPACE_WRITE_MS);
    struct json *patch = json_parse_text (msg_text (stage_asked (&stage, MSG_SESSION_WRITE), 2));
    char *results = json_print (json_get (patch, "results"));
    stage_ok (&stage, MSG_SESSION_WRITE, "{}");
    char *taken = stui_printf ("{\"name\":\"workspace\",\"change\":9,\"holder\":\"" STAGE_OTHER
                               "\",\"context\":{\"results\":%s}}",
                               results);
    for (int times = 0; times < 3; times++) {
        stage_ok (&stage, MSG_SESSION_WATCH, taken);
        cr_assert_eq (current ()->output_count, 1);
    }
    cr_assert_eq (last_output ()->kind, OUTPUT_RESULT);
    free (taken);
    free (results);
    json_destroy (&patch);
}

/* ---- evaluation ----------------------------------------------------------------------------- */

Test (ui_step, print_it_puts_the_answer_behind_the_code_selected)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "3 + 4");
    stage_keys (&stage, "^P");
    const struct msg *msg = stage_asked (&stage, MSG_HOLD);
    cr_assert_str_eq (msg->peer, "image/one");
    cr_assert_str_eq (msg_text (msg, 0), "evaluate");
    cr_assert_not_null (strstr (msg_text (msg, 1), "\"code\":\"3 + 4\",\"mode\":\"printIt\""));
    expect_shown ("^C interrupts it");
    stage_ok (&stage, MSG_HOLD, "{\"result\":\"7\",\"result_type\":\"SmallInteger\"}");
    cr_assert_str_eq (stage_text (&stage), "3 + 4 7");
    cr_assert_eq (editor_selection_start (&current ()->editor), 5);
    cr_assert_eq (last_output ()->kind, OUTPUT_RESULT);
    stage_keys (&stage, "M-u");
    cr_assert_str_eq (stage_text (&stage), "3 + 4");
}

Test (ui_step, an_answer_does_not_disturb_who_types_on)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "3 + 4");
    stage_keys (&stage, "^P");
    stage_type (&stage, "\nnext");
    stage_ok (&stage, MSG_HOLD, "{\"result\":\"7\"}");
    cr_assert_str_eq (stage_text (&stage), "3 + 4 7\nnext");
    stage_type (&stage, "!");
    cr_assert_str_eq (stage_text (&stage), "3 + 4 7\nnext!");
}

Test (ui_step, an_exception_is_shown_with_its_class_and_stack)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "1/0");
    stage_keys (&stage, "^P");
    stage_ok (&stage, MSG_HOLD,
              "{\"result\":\"divided\",\"result_type\":\"ZeroDivide\",\"has_error\":true,"
              "\"stack\":[\"SmallInteger>>/\"]}");
    cr_assert_eq (last_output ()->kind, OUTPUT_RAISED);
    cr_assert_str_eq (stage_text (&stage), "1/0");
    expect_shown ("ZeroDivide: divided");
    expect_shown ("SmallInteger>>/");
}

Test (ui_step, each_failure_says_what_can_be_done)
{
    static const struct {
        int err;
        const char *words;
        enum output_kind kind;
    } rows[] = {
        {STUI_E_IN_DOUBT, "Look before you repeat it", OUTPUT_IN_DOUBT},
        {STUI_E_ACTOR_ENDED, "Look before you repeat it", OUTPUT_IN_DOUBT},
        {STUI_E_NEVER_RUN, "It was not run", OUTPUT_REFUSED},
        {STUI_E_UNREACHABLE, "Nothing was run", OUTPUT_REFUSED},
        {STUI_E_QUEUE_FULL, "because", OUTPUT_REFUSED},
    };
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "x");
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++) {
        stage_keys (&stage, "^D");
        stage_error (&stage, MSG_HOLD, rows[index].err, "because");
        cr_assert_eq (last_output ()->kind, rows[index].kind);
        cr_assert_not_null (strstr (last_output ()->text, rows[index].words), "%s",
                            last_output ()->text);
    }
}

Test (ui_step, an_interrupt_names_what_runs)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "[true] whileTrue");
    stage_keys (&stage, "^C");
    cr_assert_null (stage_asked (&stage, MSG_INTERRUPT));
    stage_keys (&stage, "^D ^C");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_INTERRUPT), 0),
                      msg_text (stage_asked (&stage, MSG_HOLD), 3));
    expect_shown ("interrupt was asked for");
}

Test (ui_step, a_protected_image_wants_its_name_before_it_runs_anything)
{
    stage_workspace (&stage, "two", fresh, "");
    stage_type (&stage, "Smalltalk quit");
    stage_keys (&stage, "^D");
    stage_type (&stage, "one\n");
    cr_assert_null (stage_asked (&stage, MSG_HOLD));
    stage_keys (&stage, "^D");
    stage_type (&stage, "two\n");
    cr_assert_not_null (stage_asked (&stage, MSG_HOLD));
}

Test (ui_step, a_read_only_terminal_sends_nothing_that_changes)
{
    stage.ui.read_only = true;
    ui_open (&stage.ui, "one", true);
    stage_settle (&stage);
    stage_ok (
        &stage, MSG_SESSION_LIST,
        "{\"sessions\":[{\"session_id\":\"s\",\"name\":\"workspace\",\"state\":\"restored\"}]}");
    stage_ok (&stage, MSG_SESSION_WATCH,
              "{\"change\":1,\"holder\":\"\",\"context\":{\"workspace\":{\"text\":\"3\"}}}");
    stage_type (&stage, "x");
    stage_keys (&stage, "^D ^P");
    stage_pass (&stage, 2000);
    cr_assert_null (stage_asked (&stage, MSG_SESSION_LEASE));
    cr_assert_null (stage_asked (&stage, MSG_SESSION_WRITE));
    cr_assert_null (stage_asked (&stage, MSG_HOLD));
}

Test (ui_step, history_walks_back_and_forth)
{
    stage_workspace (&stage, "one", "{\"history\":[\"first\",\"second\"]}", "");
    stage_keys (&stage, "M-p");
    cr_assert_str_eq (stage_text (&stage), "second");
    stage_keys (&stage, "M-p");
    cr_assert_str_eq (stage_text (&stage), "first");
    stage_keys (&stage, "M-p M-n");
    cr_assert_str_eq (stage_text (&stage), "second");
    stage_keys (&stage, "M-n");
    cr_assert_str_eq (stage_text (&stage), "");
}

Test (ui_step, open_requests_are_bounded)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "x");
    for (int round = 0; round < 2 * STUI_TERMINAL_ROOM; round++)
        stage_keys (&stage, "^D");
    cr_assert_leq (stage.ui.ask_count, STUI_TERMINAL_ROOM);
    cr_assert_not_null (strstr (stage.ui.model.message, "Queue full"));
    cr_assert_leq (current ()->output_count, STUI_TERMINAL_ROOM);
}

/* ---- keys ----------------------------------------------------------------------------------- */

Test (ui_step, in_a_field_printable_keys_tab_and_enter_are_text)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "q?:/");
    stage_keys (&stage, "Enter Tab x Enter y");
    cr_assert_str_eq (stage_text (&stage), "q?:/\n\tx\n\ty");
    cr_assert_eq (stage.ui.screen, SCREEN_WORKSPACE);
}

Test (ui_step, esc_leaves_the_field_and_then_the_screen)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_WORKSPACE);
    cr_assert_not (ui_takes_text (&stage.ui));
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_IMAGES);
}

Test (ui_step, a_paste_is_one_step_and_never_keys)
{
    stage_workspace (&stage, "one", fresh, "");
    ui_take_paste (&stage.ui, "a\nb", 3, stage.now);
    stage_settle (&stage);
    cr_assert_str_eq (stage_text (&stage), "a\nb");
    stage_keys (&stage, "M-u");
    cr_assert_str_eq (stage_text (&stage), "");
    stage_keys (&stage, "Esc Esc");
    ui_take_paste (&stage.ui, "q\n", 2, stage.now);
    stage_settle (&stage);
    cr_assert_eq (stage.quits, 0);
}

Test (ui_step, cut_copy_and_paste)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "ab");
    stage_keys (&stage, "S-Left ^X ^V ^V");
    cr_assert_str_eq (stage_text (&stage), "abb");
    stage_keys (&stage, "M-a M-c Delete ^V");
    cr_assert_str_eq (stage_text (&stage), "abb");
}

Test (ui_step, a_click_selects_an_image_and_a_second_one_opens_it)
{
    free (stage_screen (&stage, 24, 80));
    struct mouse mouse = {.action = MOUSE_PRESS, .button = 1, .row = 3, .column = 5};
    ui_take_mouse (&stage.ui, &mouse, stage.now);
    cr_assert_str_eq (model_selected (&stage.ui.model)->name, "two");
    ui_take_mouse (&stage.ui, &mouse, stage.now);
    stage_settle (&stage);
    cr_assert_eq (stage.ui.screen, SCREEN_WORKSPACE);
}

Test (ui_step, the_mouse_places_the_cursor_and_selects)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "hello\nworld");
    free (stage_screen (&stage, 24, 80));
    struct mouse mouse = {.action = MOUSE_PRESS, .button = 1, .row = 1, .column = 2};
    ui_take_mouse (&stage.ui, &mouse, stage.now);
    cr_assert_eq (current ()->editor.cursor, 1);
    mouse = (struct mouse){.action = MOUSE_DRAG, .button = 1, .row = 2, .column = 3};
    ui_take_mouse (&stage.ui, &mouse, stage.now);
    stage_settle (&stage);
    cr_assert_eq (editor_selection_end (&current ()->editor), 8);
}

Test (ui_step, a_double_click_selects_the_word_and_a_third_the_line)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "hello world\nmore");
    free (stage_screen (&stage, 24, 80));
    struct mouse mouse = {.action = MOUSE_PRESS, .button = 1, .row = 1, .column = 9};
    for (int click = 0; click < 2; click++)
        ui_take_mouse (&stage.ui, &mouse, stage.now);
    cr_assert_eq (editor_selection_start (&current ()->editor), 6);
    cr_assert_eq (editor_selection_end (&current ()->editor), 11);
    ui_take_mouse (&stage.ui, &mouse, stage.now);
    cr_assert_eq (editor_selection_start (&current ()->editor), 0);
    cr_assert_eq (editor_selection_end (&current ()->editor), 12);
    stage.now.mono_ms += UI_CLICK_MS + 1;
    ui_take_mouse (&stage.ui, &mouse, stage.now);
    stage_settle (&stage);
    cr_assert_eq (editor_selection_start (&current ()->editor),
                  editor_selection_end (&current ()->editor));
}

Test (ui_step, what_is_copied_goes_to_the_terminals_clipboard_too)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "abc");
    stage_keys (&stage, "^Space M-b");
    ui_take_key (&stage.ui, (struct key){.codepoint = 'c', .modifiers = KEY_ALT}, stage.now);
    size_t index = 0;
    while (index < stage.ui.action_count && stage.ui.actions[index].what != UI_CLIPBOARD)
        index++;
    cr_assert_lt (index, stage.ui.action_count);
    cr_assert_str_eq (stage.ui.actions[index].text, "abc");
    stage_settle (&stage);
    stage_keys (&stage, "End ^V");
    cr_assert_str_eq (stage_text (&stage), "abcabc");
}

Test (ui_step, a_bracket_that_closes_another_kind_or_nothing_is_said)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "a foo: [\n(b]");
    cr_assert_str_eq (stage.ui.model.message, "This ] meets the ( of line 2");
    stage_keys (&stage, "M-a Delete");
    stage_type (&stage, "b)");
    cr_assert_str_eq (stage.ui.model.message, "This ) closes nothing");
}

Test (ui_step, esc_ends_a_selection_by_moves_before_it_leaves_the_field)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "abc");
    stage_keys (&stage, "M-m Left Esc Left");
    cr_assert (!current ()->in_results);
    cr_assert_eq (editor_selection_start (&current ()->editor),
                  editor_selection_end (&current ()->editor));
}

/* Symptom: who opened an image from the list typed commands: the results had the keys still. */
Test (ui_step, the_text_has_the_keys_in_a_workspace_that_is_opened_again)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_keys (&stage, "Esc");
    cr_assert (current ()->in_results);
    ui_open (&stage.ui, "one", true);
    cr_assert (!current ()->in_results);
}

/* ---- the end -------------------------------------------------------------------------------- */

Test (ui_step, quitting_waits_for_what_was_typed)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "last words");
    stage_ok (&stage, MSG_SESSION_WRITE, "{}");
    stage_keys (&stage, "^Q");
    cr_assert_eq (stage.quits, 0);
    stage_ok (&stage, MSG_SESSION_WRITE, "{}");
    cr_assert_eq (stage.quits, 1);
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_SESSION_RELEASE), 1), STAGE_ME);
}

Test (ui_step, quitting_unsaved_says_what_it_waits_for_and_leaves_as_soon_as_that_is_saved)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "x");
    stage_keys (&stage, "^Q");
    stage_pass (&stage, UI_QUIT_MS);
    cr_assert_eq (stage.quits, 0);
    expect_shown ("1 workspace is not saved; quit again loses that, Esc stays");
    stage_pass (&stage, 10 * UI_QUIT_SAY_MS);
    expect_shown ("1 workspace is not saved"); /* it does not stop waiting without a word */
    stage_ok (&stage, MSG_SESSION_WRITE, "{}");
    cr_assert_eq (stage.quits, 1, "once is enough");
}

/* Symptom: who pressed ^Q twice within a second, after `stui stop`, lost the text and was never told. */
Test (ui_step, quitting_twice_before_it_was_said_what_is_lost_does_not_leave)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "x");
    stage_keys (&stage, "^Q");
    stage_keys (&stage, "^Q");
    stage_pass (&stage, UI_QUIT_MS);
    cr_assert_eq (stage.quits, 0);
    expect_shown ("1 workspace is not saved; quit again loses that");
}

Test (ui_step, quitting_again_leaves_what_is_unsaved)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "x");
    stage_keys (&stage, "^Q");
    stage_pass (&stage, UI_QUIT_MS);
    stage_keys (&stage, "^Q");
    stage_pass (&stage, UI_QUIT_MS);
    cr_assert_eq (stage.quits, 1);
}

Test (ui_step, who_goes_on_working_while_quitting_waits_stays)
{
    static const char *const keys[] = {"Esc", "y"};
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "x");
    for (int index = 0; index < 2; index++) {
        stage_keys (&stage, "^Q");
        stage_pass (&stage, UI_QUIT_MS);
        stage_keys (&stage, keys[index]);
        expect_shown ("Not left");
        cr_assert_eq (stage.ui.screen, SCREEN_WORKSPACE);
    }
    cr_assert_str_eq (stage_text (&stage), "xy");
    stage_ok (&stage, MSG_SESSION_WRITE, "{}");
    stage_pass (&stage, 60000);
    cr_assert_eq (stage.quits, 0);
}

/* Symptom: who had quit twice and stayed after all was put out by the next ^Q, with unsaved work. */
Test (ui_step, who_stays_after_quitting_twice_is_asked_again)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "x");
    stage_keys (&stage, "^Q");
    stage_pass (&stage, UI_QUIT_MS);
    stage_keys (&stage, "^Q");
    stage_keys (&stage, "Esc");
    expect_shown ("Not left");
    stage_keys (&stage, "^Q");
    stage_pass (&stage, UI_QUIT_MS);
    cr_assert_eq (stage.quits, 0);
    expect_shown ("1 workspace is not saved");
}

/* Symptom: after SIGTERM Esc kept the terminal, which was ended a second later with its leases held. */
Test (ui_step, who_was_told_to_end_does_not_stay_for_a_key)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "x");
    stage_keys (&stage, "^Q");
    stage_pass (&stage, UI_QUIT_MS);
    ui_take_quit (&stage.ui, stage.now);
    stage_settle (&stage);
    stage_keys (&stage, "Esc");
    stage_pass (&stage, UI_QUIT_MS);
    cr_assert_eq (stage.quits, 1);
}

/* Symptom: what was pasted while quitting waited was saved, and the terminal left all the same. */
Test (ui_step, who_pastes_while_quitting_waits_stays)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "x");
    stage_keys (&stage, "^Q");
    stage_pass (&stage, UI_QUIT_MS);
    ui_take_paste (&stage.ui, "y", 1, stage.now);
    stage_settle (&stage);
    expect_shown ("Not left");
    cr_assert_str_eq (stage_text (&stage), "xy");
}

Test (ui_step, quitting_while_the_disk_refuses_says_where_to_keep_it)
{
    stage_pass (&stage, UI_WATCH_MS);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":8,\"images\":[],\"removed\":[],\"store_trouble\":\"no space left\"}");
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "x");
    stage_keys (&stage, "^Q");
    stage_pass (&stage, UI_QUIT_MS);
    expect_shown ("stui backup FILE");
}

Test (ui_step, told_to_end_it_ends_within_a_second)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "x");
    ui_take_quit (&stage.ui, stage.now);
    stage_settle (&stage);
    cr_assert_eq (stage.quits, 0);
    stage_pass (&stage, UI_QUIT_MS);
    cr_assert_eq (stage.quits, 1);
}

/* Symptom: a configuration with a fault in it, read on SIGHUP, was told to nobody but the list of events. */
Test (ui_step, a_wrong_configuration_is_said_on_every_screen)
{
    static const char error[] =
        "{\"last_seq\":%d,\"events\":[{\"seq\":%d,\"at_ms\":1,\"image\":\"\",\"kind\":"
        "\"config_error\",\"text\":\"the configuration was not read again: config:3\"}]}";
    char answer[256];
    stage_ok (&stage, MSG_EVENTS_GET, "{\"events\":[],\"last_seq\":7}");
    snprintf (answer, sizeof answer, error, 7, 7);
    stage_ok (&stage, MSG_EVENTS_GET, answer);
    cr_assert_null (strstr (stage.ui.model.message, "config:3"), "it is an old one");
    stage_pass (&stage, 60000);
    snprintf (answer, sizeof answer, error, 8, 8);
    stage_ok (&stage, MSG_EVENTS_GET, answer);
    cr_assert_not_null (strstr (stage.ui.model.message, "config:3"), "%s", stage.ui.model.message);
}

/* Symptom: what had been wrong with the configuration, and was mended, was said by each terminal that was
 * started afterwards: the number of the first event was taken for that of the last. */
Test (ui_step, what_is_news_begins_after_the_last_event)
{
    const struct msg *msg = stage_asked (&stage, MSG_EVENTS_GET);
    cr_assert_eq (msg_number (msg, 0), 0);
    cr_assert_eq (msg_number (msg, 1), 0, "with one of them comes its number, not the last one's");
    cr_assert_eq (msg_number (msg, 2), 0);
}

/* Symptom: the status line went on about a line that had been mended. */
Test (ui_step, a_configuration_that_was_mended_is_no_trouble_any_more)
{
    static const char news[] =
        "{\"last_seq\":%d,\"events\":[{\"seq\":%d,\"at_ms\":1,\"image\":\"\",\"kind\":"
        "\"config_%s\",\"text\":\"%s\"}]}";
    char answer[256];
    snprintf (stage.ui.keys_trouble, sizeof stage.ui.keys_trouble, "config:5: nope is no command");
    stage_ok (&stage, MSG_EVENTS_GET, "{\"events\":[],\"last_seq\":7}");
    snprintf (answer, sizeof answer, news, 8, 8, "error", "config:5: nope is no command");
    stage_pass (&stage, 60000);
    stage_ok (&stage, MSG_EVENTS_GET, answer);
    expect_shown ("config:5");
    snprintf (answer, sizeof answer, news, 9, 9, "read", "it was read again: 1 image");
    stage_pass (&stage, 60000);
    expect_shown ("config:5");
    stage_ok (&stage, MSG_EVENTS_GET, answer);
    expect_shown ("it was read again: 1 image");
    cr_assert_str_eq (stage_asked (&stage, MSG_CONFIG_STALE)->peer, "main");
    stage_give (&stage, msg_new ("main#1", MSG_CONFIGURED, 0, "", "[]", (uint64_t) 0, ""));
    stage_pass (&stage, 60000);
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert_null (strstr (screen, "config:5"), "%s", screen);
    free (screen);
}

static const struct command *
meant_by (const char *name)
{
    struct key key;
    cr_assert (key_parse (name, &key));
    return keymap_find (&stage.ui.keymap, KEYMAP_LIST, COMMAND_IMAGES, key);
}

/* Symptom: keys and theme of a configuration held only in terminals that started afterwards. */
Test (ui_step, keys_and_theme_of_a_configuration_are_taken_while_it_runs)
{
    cr_assert_null (meant_by ("F9"));
    stage_give (&stage, msg_new ("main#1", MSG_CONFIGURED, 0, "mono", "[[\"events\",\"F9\",2]]",
                                 (uint64_t) 1, ""));
    expect_shown ("Keys and theme are as the configuration has them now");
    cr_assert_str_eq (meant_by ("F9")->name, "events");
    cr_assert_eq (stage.ui.theme, STUI_THEME_MONO);
    stage_give (&stage, msg_new ("main#1", MSG_CONFIGURED, 0, "", "[]", (uint64_t) 0,
                                 "config:5: Hyper-x is no key"));
    stage_pass (&stage, 60000);
    expect_shown ("config:5: Hyper-x is no key");
    cr_assert_str_eq (meant_by ("F9")->name, "events", "what held before holds on");
    stage_give (&stage, msg_new ("main#1", MSG_CONFIGURED, 0, "", "[]", (uint64_t) 1, ""));
    expect_shown ("The keys are as the configuration has them now");
    cr_assert_null (meant_by ("F9"));
    cr_assert_eq (stage.ui.theme, STUI_THEME_MONO);
}

static void
stop_the_owner (void)
{
    stage_error (&stage, MSG_SESSION_WATCH, STUI_E_ACTOR_ENDED, "gone");
    stage_give (&stage, msg_new ("relay", MSG_UNLINKED, 0, "stui was stopped"));
}

/* Symptom: what was typed after `stui stop` was stored by nobody. */
Test (ui_step, what_is_typed_where_no_owner_is_wants_one)
{
    stage_workspace (&stage, "one", fresh, "");
    stop_the_owner ();
    cr_assert_null (stage_asked (&stage, MSG_OWNER_WANTED), "a stop is one until somebody types");
    stage_type (&stage, "x");
    cr_assert_str_eq (stage_asked (&stage, MSG_OWNER_WANTED)->peer, "registry");
}

/* Symptom: after `stui stop` a look at earlier inputs, a completion of nothing and a key that deletes nothing
 * started another owner. */
Test (ui_step, keys_that_change_no_text_want_no_owner)
{
    stage_workspace (&stage, "one", "{\"history\":[\"3 + 4\"]}", "");
    stop_the_owner ();
    static const char *const keys[] = {"Backspace", "M-u", "M-n",  "^R",
                                       "Esc",       "M-/", "Down", "Left"};
    for (size_t at = 0; at < sizeof keys / sizeof *keys; at++) {
        stage_keys (&stage, keys[at]);
        cr_assert_null (stage_asked (&stage, MSG_OWNER_WANTED), "%s", keys[at]);
    }
    stage_keys (&stage, "M-p");
    cr_assert_str_eq (stage_text (&stage), "3 + 4");
    cr_assert_not_null (stage_asked (&stage, MSG_OWNER_WANTED), "an earlier input is put in");
}

/* Symptom: a terminal that was closed after `stui stop` took with it what had been typed. */
Test (ui_step, a_terminal_that_is_gone_waits_for_an_owner_to_store_its_text)
{
    stage_workspace (&stage, "one", fresh, "");
    stage_type (&stage, "last words");
    stage_error (&stage, MSG_SESSION_WRITE, STUI_E_ACTOR_ENDED, "gone");
    stop_the_owner ();
    ui_take_quit (&stage.ui, stage.ui.now);
    stage_settle (&stage);
    cr_assert_eq (stage.quits, 0);
    cr_assert_not_null (stage_asked (&stage, MSG_OWNER_WANTED));
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 11));
    stage_ok (&stage, MSG_SESSION_WATCH,
              "{\"name\":\"workspace\",\"state\":\"restored\",\"change\":1,\"holder\":\"\","
              "\"context\":{\"workspace\":{\"text\":\"\"}}}");
    stage_ok (&stage, MSG_SESSION_LEASE, "{\"holder\":\"" STAGE_ME "\"}");
    cr_assert_not_null (
        strstr (msg_text (stage_asked (&stage, MSG_SESSION_WRITE), 2), "last words"));
    while (stage_asked (&stage, MSG_SESSION_WRITE))
        stage_ok (&stage, MSG_SESSION_WRITE, "{}");
    cr_assert_eq (stage.quits, 1);
}

/* Symptom: after `stui stop` a text that was stored was called unsaved. */
Test (ui_step, what_is_stored_is_called_saved_where_no_owner_is)
{
    stage_workspace (&stage, "one", fresh, "");
    stop_the_owner ();
    expect_shown ("  saved");
    stage_type (&stage, "x");
    expect_shown ("  unsaved");
}
