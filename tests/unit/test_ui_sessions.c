/* test_ui_sessions.c: the screen of sessions: what it asks, what its keys do, and how sessions are
 * chosen. Long: each of the screen's keys on the same few sessions. */

#include "unit/ui_fixture.h"

#include "runtime/json.h"

#define ONE "018f0000-0000-7000-8000-000000000001"
#define TWO "018f0000-0000-7000-8000-000000000002"

static struct stage stage;

static const char fleet[] =
    "{\"version\":1,\"removed\":[],\"images\":[{\"name\":\"a\",\"address\":\"tcp://a:1\","
    "\"state\":\"online\"},{\"name\":\"b\",\"address\":\"tcp://b:1\",\"state\":\"online\","
    "\"protected\":true},{\"name\":\"c\",\"address\":\"tcp://c:1\",\"state\":\"online\"}]}";
static const char stored[] =
    "{\"sessions\":[{\"session_id\":\"" ONE "\",\"image\":\"a\",\"name\":\"one\",\"open\":true,"
    "\"state\":\"restored\",\"last_modified\":\"2026-01-31T10:00:00.000Z\"},"
    "{\"session_id\":\"" TWO "\",\"image\":\"b\",\"name\":\"two\",\"state\":\"stored\","
    "\"last_modified\":\"2026-01-31T10:00:00.000Z\"}]}";
static const char live[] =
    "{\"sessions\":[{\"session_id\":\"" ONE "\",\"image\":\"a\",\"name\":\"one\","
    "\"state\":\"restored\",\"saved\":true,\"last_modified\":\"2026-01-31T10:00:00.000Z\"}]}";

static void
setup (void)
{
    stage_open (&stage, "");
    stage_ok (&stage, MSG_WATCH, fleet);
    stage_ok (&stage, MSG_SESSIONS_LOAD, "{\"sessions\":[]}"); /* which was left open last */
    stage_keys (&stage, "4");
    stage_ok (&stage, MSG_SESSIONS_LOAD, stored);
    stage_ok (&stage, MSG_SESSION_LIST, "{\"sessions\":[]}"); /* of b, asked last */
    stage_ok (&stage, MSG_SESSION_LIST, live);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (ui_sessions, .init = setup, .fini = teardown);

static void
expect_field (enum msg_verb verb, int index, const char *text)
{
    const struct msg *msg = stage_asked (&stage, verb);
    cr_assert_not_null (msg, "%s was not sent", msg_word (verb));
    cr_assert_str_eq (msg_text (msg, index), text);
}

Test (ui_sessions, an_open_one_is_shown_and_a_stored_one_is_opened)
{
    stage_keys (&stage, "Enter");
    cr_assert_eq (stage.ui.screen, SCREEN_WORKSPACE);
    cr_assert_str_eq (stage.ui.current->session, ONE);
    cr_assert_null (stage_asked (&stage, MSG_SESSION_RESTORE));
    expect_field (MSG_SESSION_WATCH, 0, ONE);
    ui_show (&stage.ui, SCREEN_SESSIONS);
    stage_keys (&stage, "j Enter");
    expect_field (MSG_SESSION_RESTORE, 0, TWO);
    cr_assert_str_eq (stage.ui.current->session, TWO);
}

/* Symptom: a second session of one image could not be worked in: answers about it went to the
 * first one's workspace. */
Test (ui_sessions, those_of_a_removed_image_are_stored)
{
    stage_pass (&stage, UI_WATCH_MS);
    stage_ok (&stage, MSG_WATCH, "{\"version\":2,\"removed\":[\"a\"],\"images\":[]}");
    stage_pass (&stage, UI_SESSIONS_MS);
    stage_ok (&stage, MSG_SESSIONS_LOAD, stored);
    for (size_t index = 0; index < stage.ui.sessions.count; index++)
        cr_assert_eq (stage.ui.sessions.items[index].state, STUI_SESSION_STORED);
}

Test (ui_sessions, two_of_one_image_have_workspaces_of_their_own)
{
    ui_open_session (&stage.ui, "a", ONE, true);
    ui_open_session (&stage.ui, "a", TWO, true);
    stage_pass (&stage, 1);
    stage_ok (&stage, MSG_SESSION_WATCH,
              "{\"session_id\":\"" TWO "\",\"name\":\"two\",\"state\":\"restored\",\"change\":1,"
              "\"holder\":null,\"context\":{\"workspace\":{\"text\":\"of two\",\"cursor\":0}}}");
    cr_assert_str_eq (stage_text (&stage), "of two");
    ui_open_session (&stage.ui, "a", ONE, true);
    cr_assert_str_eq (stage_text (&stage), "");
    ui_open (&stage.ui, "a", true); /* the one used last */
    cr_assert_str_eq (stage.ui.current->session, ONE);
}

/* The evaluation that was sent last goes to IMAGE. */
static void
expect_evaluation_in (const char *image)
{
    const struct msg *msg = stage_asked (&stage, MSG_HOLD);
    cr_assert_not_null (msg);
    cr_assert_str_eq (msg->peer, image);
}

static void
evaluate_in (const char *image)
{
    ui_open_session (&stage.ui, image, ONE, true);
    stage_pass (&stage, 1);
    stage_ok (&stage, MSG_SESSION_WATCH,
              "{\"session_id\":\"" ONE "\",\"name\":\"one\",\"state\":\"restored\","
              "\"change\":1,\"holder\":null,\"context\":{\"workspace\":{\"text\":\"3 + 4\","
              "\"cursor\":0}}}");
    ui_evaluate (&stage.ui, EVAL_DO);
    stage_settle (&stage);
}

/* Symptom: of two images with a session of one id, the second one's was shown and evaluated in the first. */
Test (ui_sessions, one_id_in_two_images_is_two_sessions_and_each_evaluates_in_its_own)
{
    evaluate_in ("a");
    expect_evaluation_in ("image/a");
    evaluate_in ("c");
    cr_assert_str_eq (stage.ui.current->image, "c");
    expect_evaluation_in ("image/c");
    evaluate_in ("a");
    expect_evaluation_in ("image/a");
}

/* The same two in the list: it had only one of them, and cleaned both away. */
Test (ui_sessions, one_id_in_two_images_is_listed_twice_and_one_of_them_cleaned_away)
{
    static const char both[] =
        "{\"sessions\":[{\"session_id\":\"" ONE "\",\"image_id\":\"i\",\"image\":\"a\","
        "\"name\":\"one\",\"state\":\"stored\"},{\"session_id\":\"" ONE
        "\",\"image_id\":\"j\",\"image\":\"c\",\"name\":\"copy\",\"state\":\"orphaned\"}]}";
    for (int turn = 0; turn < 2; turn++) {
        stage_pass (&stage, UI_SESSIONS_MS);
        stage_ok (&stage, MSG_SESSIONS_LOAD, both);
        stage_ok (&stage, MSG_SESSION_LIST, "{\"sessions\":[]}"); /* of c, asked last */
        stage_ok (&stage, MSG_SESSION_LIST,
                  "{\"sessions\":[{\"session_id\":\"" ONE "\",\"image_id\":\"i\","
                  "\"image\":\"a\",\"name\":\"one\",\"state\":\"restored\"}]}");
        cr_assert_eq (stage.ui.sessions.count, 2);
        cr_assert_str_eq (stage.ui.sessions.items[0].name, "one");
        cr_assert_str_eq (stage.ui.sessions.items[1].name, "copy");
        cr_assert_eq (stage.ui.sessions.items[0].state, STUI_SESSION_RESTORED);
        cr_assert_eq (stage.ui.sessions.items[1].state, STUI_SESSION_ORPHANED);
        model_sessions_select (&stage.ui.sessions, 1);
    }
    cr_assert_eq (stage.ui.sessions.selected, 1, "the cursor stays");
    stage_keys (&stage, "d");
    stage_type (&stage, "y");
    expect_field (MSG_CLEANUP, 0,
                  "{\"sessions\":[{\"session_id\":\"" ONE "\",\"image_id\":\"j\"}],\"do\":true}");
}

Test (ui_sessions, keys_mean_what_this_screen_says)
{
    stage_keys (&stage, "d");
    stage_type (&stage, "y");
    expect_field (MSG_SESSION_CLOSE, 0, ONE);
    cr_assert_null (stage_asked (&stage, MSG_IMAGE_REMOVE));
    stage_keys (&stage, "R");
    stage_type (&stage, "s\n");
    expect_field (MSG_SESSION_SET, 1, "{\"name\":\"ones\"}");
    stage_keys (&stage, ":");
    stage_type (&stage, "keep th");
    stage_keys (&stage, "Tab Enter");
    expect_field (MSG_SESSION_RESOLVE, 1, "theirs");
    stage_keys (&stage, ":");
    stage_type (&stage, "tag money yearly\n");
    expect_field (MSG_SESSION_SET, 1, "{\"tags\":[\"money\",\"yearly\"]}");
    stage_keys (&stage, "1 d");
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CONFIRM, "the list of images asks to remove one");
}

/* Symptom: the sessions could not be filtered as the images can. */
Test (ui_sessions, a_filter_shows_those_that_hold_it_while_it_is_typed_and_Esc_shows_all)
{
    size_t all = model_sessions_count (&stage.ui.sessions);
    cr_assert_gt (all, 1);
    stage_keys (&stage, "/");
    stage_type (&stage, ONE);
    cr_assert_eq (model_sessions_count (&stage.ui.sessions), 1);
    cr_assert_str_eq (model_sessions_selected (&stage.ui.sessions)->id, ONE);
    stage_keys (&stage, "Enter");
    cr_assert_eq (stage.ui.screen, SCREEN_SESSIONS);
    cr_assert_str_eq (stage.ui.model.filter, "", "that of the images is another one");
    stage_keys (&stage, "Esc");
    cr_assert_eq (model_sessions_count (&stage.ui.sessions), all);
}

/* Symptom: what was typed behind `/` was put to the end of a filter that one had forgotten, and nothing was found.
 * The old one is the selection now: typing replaces it, a move goes on with it. */
Test (ui_sessions, typing_behind_the_slash_replaces_the_old_filter_and_a_move_keeps_it)
{
    stage_keys (&stage, "/");
    stage_type (&stage, "one\n");
    stage_keys (&stage, "1 4 /");
    stage_type (&stage, "two");
    cr_assert_str_eq (stage.ui.sessions.filter, "two");
    cr_assert_str_eq (model_sessions_selected (&stage.ui.sessions)->id, TWO);
    stage_keys (&stage, "Enter / Enter");
    cr_assert_str_eq (stage.ui.sessions.filter, "two", "Enter alone keeps it");
    stage_keys (&stage, "/ End");
    stage_type (&stage, " b");
    cr_assert_str_eq (stage.ui.sessions.filter, "two b");
}

/* Symptom: one that does not open for want of its key was not in the list; what was opened stayed at
 * "opening". */
Test (ui_sessions, a_locked_one_is_listed_and_says_why_it_does_not_open)
{
    model_sessions_take_stored (&stage.ui.sessions, NULL);
    struct json *locked = json_parse_text ("[{\"session_id\":\"" TWO
                                           "\",\"image\":\"b\",\"state\":\"locked\",\"bytes\":7,"
                                           "\"reason\":\"locked: `stui secret unlock`\"}]");
    model_sessions_take_stored (&stage.ui.sessions, locked);
    json_destroy (&locked);
    cr_assert_eq (model_sessions_selected (&stage.ui.sessions)->state, STUI_SESSION_LOCKED);
    cr_assert_str_eq (model_sessions_selected (&stage.ui.sessions)->name, "(encrypted)");
    stage_keys (&stage, "Enter");
    cr_assert_eq (stage.ui.screen, SCREEN_SESSIONS);
    cr_assert_null (stage_asked (&stage, MSG_SESSION_RESTORE));
    char *shown = stage_screen (&stage, 40, 120);
    cr_assert_not_null (strstr (shown, "It is locked: `stui secret unlock`"), "%s", shown);
    free (shown);
}

Test (ui_sessions, a_conflict_is_asked_about_and_one_key_settles_it)
{
    static const char watched[] =
        "{\"session_id\":\"" ONE "\",\"name\":\"one\",\"state\":\"failed\","
        "\"conflict\":true,\"change\":1,\"theirs\":{\"state\":{\"workspace\":{\"text\":\"other\"}}}"
        ","
        "\"holder\":\"" STAGE_ME "\",\"context\":{\"workspace\":{\"text\":\"mine\",\"cursor\":0}}}";
    static const char *const settled[][2] = {{"m", "mine"}, {"t", "theirs"}, {"b", "both"}};
    stage_keys (&stage, "Enter");
    stage_ok (&stage, MSG_SESSION_WATCH, watched);
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert_not_null (strstr (screen, "! Conflict"), "%s", screen);
    cr_assert_not_null (strstr (screen, "- mine"), "%s", screen);
    cr_assert_not_null (strstr (screen, "+ other"), "%s", screen);
    free (screen);
    stage_keys (&stage, "x"); /* typed as always */
    cr_assert_str_eq (stage_text (&stage), "xmine");
    for (size_t index = 0; index < 3; index++) {
        stage_keys (&stage, "M-k");
        stage_type (&stage, settled[index][0]);
        expect_field (MSG_SESSION_RESOLVE, 1, settled[index][1]);
        stage_ok (&stage, MSG_SESSION_RESOLVE, "{}");
    }
    stage_keys (&stage, "M-k");
    stage_type (&stage, "x"); /* none of them */
    cr_assert_null (stage_asked (&stage, MSG_SESSION_RESOLVE));
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CLOSED);
}

#define VERSION(number, at, text, history, screen)                                                 \
    "{\"generation\":" number ",\"written_at\":\"" at "\",\"name\":\"one\",\"context\":{"          \
    "\"workspace\":{\"text\":\"" text "\",\"cursor\":" number "},\"history\":[" history "],"       \
    "\"results\":[{\"code\":\"3 + 4\",\"result\":\"7\"}],\"view\":{\"screen\":\"" screen "\"}}}"

static const char three_versions[] = "{\"versions\":[" VERSION (
    "9", "2026-01-31T10:29:00.000Z", "newer", "\"3 + 4\"",
    "workspace") "," VERSION ("8", "2026-01-31T10:28:00.000Z", "older", "\"3 + 4\"",
                              "workspace") "," VERSION ("6", "2026-01-30T10:28:00.000Z", "oldest",
                                                        "", "images") "]}";

/* Symptom: what changed in a session could be seen on the command line only; then in names of members, and of
 * two of the three versions. */
Test (ui_sessions, v_says_how_all_stored_versions_differ_and_Esc_goes_back_to_the_list)
{
    static const char *const parts[] = {
        "Stored are, the newest first: version 9 (10:29:00), version 8 (10:28:00)",
        "From version 8 (10:28:00) to version 9 (10:29:00)",
        "-  older",
        "+  newer",
        "From version 6 (2026-01-30 10:28:00) to version 8 (10:28:00)",
        "-  oldest",
        "+evaluated",
        "+  3 + 4",
        "   3 + 4 → 7",
        "different too: the cursor, the screen it was left at",
    };
    stage_keys (&stage, "v");
    expect_field (MSG_SESSION_VERSIONS, 1, ONE);
    stage_ok (&stage, MSG_SESSION_VERSIONS, three_versions);
    char *screen = stage_screen (&stage, 40, 80);
    for (size_t at = 0; at < sizeof parts / sizeof *parts; at++)
        cr_assert (strstr (screen, parts[at]), "%s is not in\n%s", parts[at], screen);
    cr_assert_null (strstr (screen, "workspace.text"), "%s", screen);
    cr_assert_null (strstr (screen, "changed"), "it has the list's place");
    free (screen);
    stage_keys (&stage, "Esc");
    screen = stage_screen (&stage, 24, 80);
    cr_assert_null (strstr (screen, "version 8"), "%s", screen);
    cr_assert_eq (stage.ui.screen, SCREEN_SESSIONS);
    free (screen);
    stage_type (&stage, ":diff 7\n");
    stage_ok (&stage, MSG_SESSION_VERSIONS, three_versions);
    cr_assert_str_eq (stage.ui.model.message, "generation 7 is not stored; there are 9, 8, 6");
    stage_type (&stage, ":diff 6\n");
    stage_ok (&stage, MSG_SESSION_VERSIONS, three_versions);
    cr_assert (stage_shows (&stage, 80, "From version 6 (2026-01-30 10:28:00) to version 9"));
    stage_type (&stage, ":diff x\n");
    cr_assert_null (stage_asked (&stage, MSG_SESSION_VERSIONS));
}

Test (ui_sessions, in_a_conflict_mine_is_compared_with_theirs)
{
    stage.ui.sessions.items[stage.ui.sessions.selected].conflict = true;
    stage_keys (&stage, "v");
    expect_field (MSG_SESSION_SHOW, 0, ONE);
    stage_ok (&stage, MSG_SESSION_SHOW,
              "{\"name\":\"one\",\"last_modified\":\"t1\",\"context\":{\"workspace\":{\"text\":"
              "\"here\"}},\"theirs\":{\"version\":4,\"last_modified\":\"t2\",\"state\":"
              "{\"workspace\":{\"text\":\"there\"}}}}");
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert (strstr (screen, "- yours (t1)"), "%s", screen);
    cr_assert (strstr (screen, "+ the image's, its version 4 (t2)"), "%s", screen);
    cr_assert (strstr (screen, "-  here"), "%s", screen);
    cr_assert (strstr (screen, "+  there"), "%s", screen);
    free (screen);
}

Test (ui_sessions, an_answer_about_versions_that_comes_too_late_is_not_shown)
{
    stage_keys (&stage, "v Esc v");
    struct msg *first = NULL;
    for (int index = 0; !first; index++)
        if (stage.sent[index] && stage.sent[index]->verb == MSG_SESSION_VERSIONS)
            first = stage.sent[index];
    stage_give (&stage, msg_ok (first, "{\"versions\":[]}"));
    cr_assert_null (stage.ui.versions.text);
    cr_assert_str_eq (stage.ui.versions.id, ONE);
    stage_ok (&stage, MSG_SESSION_VERSIONS, three_versions);
    cr_assert_not_null (stage.ui.versions.text);
}

Test (ui_sessions, a_new_one_is_shown_as_soon_as_it_is_there)
{
    stage_keys (&stage, "n");
    stage_type (&stage, "fresh start\n");
    expect_field (MSG_SESSION_NEW, 0, "fresh start");
    stage_ok (&stage, MSG_SESSION_NEW, "{\"session_id\":\"" TWO "\"}");
    cr_assert_eq (stage.ui.screen, SCREEN_WORKSPACE);
    cr_assert_str_eq (stage.ui.current->session, TWO);
}

Test (ui_sessions, whose_variables_went_for_a_new_one_is_said)
{
    stage_keys (&stage, "n");
    stage_type (&stage, "sixth\n");
    stage_ok (&stage, MSG_SESSION_NEW,
              "{\"session_id\":\"" TWO "\",\"gave_place\":{\"session_id\":\"" TWO
              "\",\"name\":\"v1\"}}");
    char *screen = stage_screen (&stage, 24, 100);
    cr_assert_not_null (strstr (screen, "Session v1 gave its place on "), "%s", screen);
    cr_assert_not_null (strstr (screen, "its variables are gone"), "%s", screen);
    free (screen);
}

Test (ui_sessions, a_protected_image_wants_its_name_first)
{
    stage_keys (&stage, "j D");
    cr_assert_null (stage_asked (&stage, MSG_SESSION_SHOW));
    stage_type (&stage, "b\n");
    expect_field (MSG_SESSION_SHOW, 0, TWO);
    stage_ok (&stage, MSG_SESSION_SHOW, "{\"name\":\"two\",\"context\":{\"a\":1}}");
    expect_field (MSG_SESSION_IMPORT, 0, "{\"name\":\"two copy\",\"context\":{\"a\":1}}");
}

Test (ui_sessions, news_have_the_list_asked_for_again_and_the_cursor_stays)
{
    stage_keys (&stage, "j");
    stage_keys (&stage, ":");
    stage_type (&stage, "note x\n");
    stage_ok (&stage, MSG_SESSION_SET, "{}");
    stage_pass (&stage, 300);
    stage_ok (&stage, MSG_SESSIONS_LOAD,
              "{\"sessions\":[{\"session_id\":\"018f0000-0000-7000-8000-000000000000\","
              "\"image\":\"a\",\"name\":\"newer\",\"open\":true,"
              "\"last_modified\":\"2026-01-31T10:20:00.000Z\"},"
              "{\"session_id\":\"" TWO "\",\"image\":\"b\",\"name\":\"two\","
              "\"last_modified\":\"2026-01-31T10:00:00.000Z\"}]}");
    cr_assert_eq (stage.ui.sessions.count, 2, "what is gone is forgotten");
    cr_assert_str_eq (model_sessions_selected (&stage.ui.sessions)->id, TWO);
}

/* ---- who may evaluate, and where ---- */

static void
expect_said (const char *text)
{
    cr_assert_not_null (strstr (stage.ui.model.message, text), "'%s' was said",
                        stage.ui.model.message);
}

/* Symptom: ^P and ^D on the list of images, on events and on help evaluated the line of a workspace
 * that was not seen. */
Test (ui_sessions, code_that_is_not_seen_is_not_evaluated)
{
    static const char *const screens[] = {"M-1", "M-3", "M-4", "?"};
    stage_workspace (&stage, "a", "{\"workspace\":{\"text\":\"3 + 4\",\"cursor\":0}}", "");
    for (size_t at = 0; at < sizeof screens / sizeof *screens; at++) {
        stage_keys (&stage, screens[at]);
        stage_keys (&stage, "^P ^D F4");
        cr_assert_null (stage_asked (&stage, MSG_HOLD), "%s", screens[at]);
        stage_keys (&stage, ":");
        stage_type (&stage, "print-it\n");
        cr_assert_null (stage_asked (&stage, MSG_HOLD), "%s", screens[at]);
        expect_said ("Nothing was sent");
    }
    stage_keys (&stage, "M-2 ^P");
    cr_assert_not_null (stage_asked (&stage, MSG_HOLD));
}

/* Symptom: among results c, r, a and x meant what they mean in the list of images. */
Test (ui_sessions, keys_of_the_list_of_images_mean_nothing_among_results)
{
    stage_workspace (&stage, "a", "{}", "");
    stage_keys (&stage, "F6 r x d a /");
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CLOSED);
    cr_assert_null (stage_asked (&stage, MSG_RETRY));
    cr_assert_null (stage_asked (&stage, MSG_DISABLE));
    cr_assert_eq (stage.bells, 5);
    stage_keys (&stage, "M-x");
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_COMMAND, "M-x is there everywhere");
}

/* Symptom: what a terminal evaluated that did not edit the session was shown nowhere else, and gone
 * with it. */
Test (ui_sessions, who_edits_a_session_evaluates_in_it)
{
    stage_workspace (&stage, "a", "{\"workspace\":{\"text\":\"3 + 4\",\"cursor\":0}}", STAGE_OTHER);
    stage_keys (&stage, "^P");
    cr_assert_null (stage_asked (&stage, MSG_HOLD));
    expect_said ("M-e edits it here");
    stage_keys (&stage, "M-e");
    stage_ok (&stage, MSG_SESSION_LEASE, "{\"holder\":\"" STAGE_ME "\"}");
    expect_said ("This terminal edits it now");
    stage_keys (&stage, "^P");
    cr_assert_not_null (stage_asked (&stage, MSG_HOLD));
}

/* Symptom: M-e just after another terminal had taken the session over did nothing and said nothing. */
Test (ui_sessions, an_edit_that_is_refused_says_why)
{
    stage_workspace (&stage, "a", "{}", STAGE_OTHER);
    stage_keys (&stage, "M-e");
    stage_error (&stage, MSG_SESSION_LEASE, STUI_E_PERMISSION,
                 "another terminal has just taken session workspace over");
    expect_said ("Not yet: another terminal has just taken");
}

/* Symptom: :workspace with a name that no image has stayed at "opening" for ever. */
Test (ui_sessions, a_workspace_of_no_image_is_not_opened)
{
    stage_keys (&stage, ":");
    stage_type (&stage, "workspace nosuch\n");
    expect_said ("There is no image nosuch");
    cr_assert_null (stage.ui.current);
}

/* ---- cleanup, undo-cleanup, adopt ------------------------------------------------------------- */

static const char rows[] = "{\"sessions\":[{\"session_id\":\"" ONE "\",\"image_id\":\"i\","
                           "\"image\":\"a\",\"name\":\"one\",\"state\":\"orphaned\","
                           "\"age_ms\":5000,\"why\":\"its image is gone\",\"done\":%s}]}";

/* The registry answers VERB with the row, which is DONE or not. */
static void
answer_rows (enum msg_verb verb, const char *done)
{
    char text[sizeof rows + 8];
    snprintf (text, sizeof text, rows, done);
    stage_ok (&stage, verb, text);
}

Test (ui_sessions, cleanup_lists_first_and_moves_what_is_listed_after_a_yes)
{
    stage_type (&stage, ":cleanup\n");
    cr_assert_eq (stage.ui.screen, SCREEN_CLEANUP);
    expect_field (MSG_CLEANUP, 0, "{}");
    answer_rows (MSG_CLEANUP, "false");
    stage_keys (&stage, "Enter");
    stage_type (&stage, "n");
    cr_assert_null (stage_asked (&stage, MSG_CLEANUP));
    stage_keys (&stage, "Enter");
    stage_type (&stage, "y");
    expect_field (MSG_CLEANUP, 0,
                  "{\"sessions\":[{\"session_id\":\"" ONE "\",\"image_id\":\"i\"}],\"do\":true}");
    answer_rows (MSG_CLEANUP, "true");
    cr_assert (strstr (stage.ui.model.message, "1 session done"), "%s", stage.ui.model.message);
    stage_ok (&stage, MSG_CLEANUP, "{\"sessions\":[]}"); /* the list anew */
    stage_keys (&stage, "Enter");
    cr_assert_null (stage_asked (&stage, MSG_CLEANUP));
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_SESSIONS);
}

/* Symptom: a second Enter asked once more before the order was answered. */
Test (ui_sessions, what_was_ordered_is_not_asked_about_again)
{
    stage_type (&stage, ":cleanup\n");
    answer_rows (MSG_CLEANUP, "false");
    stage_keys (&stage, "Enter");
    stage_type (&stage, "y");
    stage_keys (&stage, "Enter");
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CLOSED);
    cr_assert (strstr (stage.ui.model.message, "under way"), "%s", stage.ui.model.message);
    answer_rows (MSG_CLEANUP, "true");
    answer_rows (MSG_CLEANUP, "false"); /* the list anew */
    stage_keys (&stage, "Enter");
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CONFIRM);
}

/* Symptom: a session that was orphaned a second ago was not listed until the user asked again. */
Test (ui_sessions, an_empty_cleanup_list_is_read_again_until_there_is_something)
{
    stage_type (&stage, ":cleanup\n");
    stage_ok (&stage, MSG_CLEANUP, "{\"sessions\":[]}");
    cr_assert_null (stage_asked (&stage, MSG_CLEANUP));
    stage_pass (&stage, UI_AGAIN_MS);
    stage_ok (&stage, MSG_CLEANUP, "{\"sessions\":[]}");
    stage_pass (&stage, UI_AGAIN_MS);
    cr_assert_null (stage_asked (&stage, MSG_CLEANUP), "less and less often");
    stage_pass (&stage, UI_AGAIN_MS);
    answer_rows (MSG_CLEANUP, "false");
    cr_assert_eq (json_count (stage.ui.cleanup.rows), 1);
    stage_pass (&stage, UI_SESSIONS_MS);
    cr_assert_null (stage_asked (&stage, MSG_CLEANUP), "a list is what a yes is said to");
}

/* Symptom: with the list in a pane and the keys in another one it stayed as it was. */
Test (ui_sessions, an_empty_cleanup_list_is_read_again_also_in_a_pane_without_the_keys)
{
    free (stage_screen (&stage, 24, 80));
    stage_type (&stage, ":cleanup\n");
    stage_ok (&stage, MSG_CLEANUP, "{\"sessions\":[]}");
    stage_type (&stage, ":split images\n");
    cr_assert_eq (stage.ui.panes.count, 2);
    stage_pass (&stage, UI_AGAIN_MS);
    cr_assert_not_null (stage_asked (&stage, MSG_CLEANUP));
}

/* Symptom: a list that could not be read said that there was nothing, and stayed so. */
Test (ui_sessions, a_cleanup_list_that_could_not_be_read_says_so_and_is_read_again)
{
    stage_type (&stage, ":cleanup\n");
    stage_error (&stage, MSG_CLEANUP, STUI_E_STORAGE, "the disk sleeps");
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert_not_null (strstr (screen, "The list could not be read"), "%s", screen);
    cr_assert_null (strstr (screen, "nothing to clean away"), "%s", screen);
    free (screen);
    stage_pass (&stage, UI_AGAIN_MS);
    answer_rows (MSG_CLEANUP, "false");
    cr_assert_eq (json_count (stage.ui.cleanup.rows), 1);
    stage_pass (&stage, UI_SESSIONS_MS);
    cr_assert_null (stage_asked (&stage, MSG_CLEANUP));
}

/* Symptom: when there was no place for the question it was never asked. */
Test (ui_sessions, a_cleanup_list_that_could_not_be_asked_for_is_asked_for_later)
{
    size_t open = stage.ui.ask_count;
    stage.ui.ask_count = UI_ASKS_MAX;
    stage.ui.asks = stui_realloc (stage.ui.asks, UI_ASKS_MAX * sizeof *stage.ui.asks);
    stage.ui.ask_capacity = UI_ASKS_MAX;
    ui_cleanup_show (&stage.ui, CLEANUP_AWAY, "");
    stage_settle (&stage);
    cr_assert_null (stage_asked (&stage, MSG_CLEANUP));
    stage.ui.ask_count = open;
    stage_pass (&stage, UI_AGAIN_MS);
    cr_assert_not_null (stage_asked (&stage, MSG_CLEANUP));
}

Test (ui_sessions, undo_cleanup_brings_back_what_it_lists)
{
    stage_type (&stage, ":undo-cleanup\n");
    answer_rows (MSG_UNDO_CLEANUP, "false");
    stage_keys (&stage, "Enter");
    stage_type (&stage, "y");
    expect_field (MSG_UNDO_CLEANUP, 0,
                  "{\"sessions\":[{\"session_id\":\"" ONE "\",\"image_id\":\"i\"}],\"do\":true}");
}

Test (ui_sessions, adopt_takes_what_is_kept_and_what_was_left_on_the_image)
{
    stage_type (&stage, ":adopt b\n");
    expect_field (MSG_ADOPT_STORED, 0, "{\"image\":\"b\"}");
    answer_rows (MSG_ADOPT_STORED, "false");
    stage_ok (&stage, MSG_SESSION_LEFT,
              "{\"sessions\":[{\"session_id\":\"x\",\"adoptable\":true,\"name\":\"n\"},"
              "{\"session_id\":\"y\",\"adoptable\":false,\"name\":\"m\"}]}");
    cr_assert_eq (json_count (stage.ui.cleanup.rows), 2);
    stage_keys (&stage, "Enter");
    stage_type (&stage, "b"); /* it is protected */
    stage_keys (&stage, "Enter");
    expect_field (MSG_SESSION_ADOPT, 0, "x");
    expect_field (MSG_ADOPT_STORED, 0,
                  "{\"image\":\"b\",\"sessions\":[{\"session_id\":\"" ONE
                  "\",\"image_id\":\"i\"}],\"do\":true}");
}

/* Symptom: on this screen alone the mouse did nothing. */
Test (ui_sessions, a_click_in_the_cleanup_list_selects_and_a_second_one_asks)
{
    struct mouse click = {.action = MOUSE_PRESS, .button = 1};
    stage_type (&stage, ":cleanup\n");
    stage_ok (&stage, MSG_CLEANUP,
              "{\"sessions\":[{\"session_id\":\"" ONE "\",\"image_id\":\"i\"},"
              "{\"session_id\":\"" TWO "\",\"image_id\":\"i\"}]}");
    free (stage_screen (&stage, 24, 80));
    click.row = stage.ui.list_area.row + 1;
    click.column = stage.ui.list_area.column + 5;
    ui_take_mouse (&stage.ui, &click, stage.now);
    cr_assert_eq (stage.ui.cleanup.selected, 1);
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CLOSED);
    ui_take_mouse (&stage.ui, &click, stage.now);
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CONFIRM);
}

/* Symptom: what one could adopt stood in the list of b, and was ordered for b. */
Test (ui_sessions, a_late_answer_does_not_get_into_the_list_of_another_image)
{
    stage_type (&stage, ":adopt a\n");
    struct msg *late = msg_ok (stage_asked (&stage, MSG_ADOPT_STORED),
                               "{\"sessions\":[{\"session_id\":\"" TWO "\",\"image_id\":\"i\"}]}");
    struct msg *left = msg_error (stage_asked (&stage, MSG_SESSION_LEFT), STUI_E_UNREACHABLE,
                                  "a is not online", NULL);
    stage_type (&stage, ":adopt b\n");
    stage_give (&stage, late);
    stage_give (&stage, left);
    cr_assert_eq (json_count (stage.ui.cleanup.rows), 0);
    cr_assert_null (strstr (stage.ui.model.message, "a is not online"));
    cr_assert_eq (stage.ui.cleanup.open, 2);
    answer_rows (MSG_ADOPT_STORED, "false");
    cr_assert_eq (json_count (stage.ui.cleanup.rows), 1);
}

/* Symptom: of several that were adopted, those whose answer came second stayed in the list. */
Test (ui_sessions, what_changes_while_a_list_is_read_has_it_read_again)
{
    stage_type (&stage, ":adopt a\n");
    stage_ok (&stage, MSG_ADOPT_STORED, "{\"sessions\":[]}");
    stage_ok (&stage, MSG_SESSION_LEFT,
              "{\"sessions\":[{\"session_id\":\"x\",\"adoptable\":true},"
              "{\"session_id\":\"y\",\"adoptable\":true}]}");
    stage_keys (&stage, "Enter");
    stage_type (&stage, "y");
    stage_ok (&stage, MSG_SESSION_ADOPT, "{\"session_id\":\"y\"}");
    cr_assert_eq (stage_open_count (&stage, MSG_SESSION_LEFT), 0, "not before all are done");
    stage_type (&stage, ":adopt a\n");
    cr_assert_eq (stage_open_count (&stage, MSG_SESSION_LEFT), 1);
    stage_ok (&stage, MSG_SESSION_ADOPT, "{\"session_id\":\"x\"}");
    cr_assert_eq (stage_open_count (&stage, MSG_SESSION_LEFT), 1);
    stage_ok (&stage, MSG_SESSION_LEFT,
              "{\"sessions\":[{\"session_id\":\"x\",\"adoptable\":true}]}");
    stage_ok (&stage, MSG_ADOPT_STORED, "{\"sessions\":[]}");
    stage_ok (&stage, MSG_SESSION_LEFT, "{\"sessions\":[]}");
    stage_ok (&stage, MSG_ADOPT_STORED, "{\"sessions\":[]}");
    cr_assert_eq (json_count (stage.ui.cleanup.rows), 0);
    cr_assert_eq (stage_open_count (&stage, MSG_SESSION_LEFT), 0);
}

Test (ui_sessions, d_on_an_orphan_asks_whether_it_goes_into_the_archive)
{
    stage.ui.sessions.items[stage.ui.sessions.selected].state = STUI_SESSION_ORPHANED;
    stage_keys (&stage, "d");
    stage_type (&stage, "y");
    expect_field (MSG_CLEANUP, 0,
                  "{\"sessions\":[{\"session_id\":\"" ONE "\",\"image\":\"a\"}],\"do\":true}");
    cr_assert_null (stage_asked (&stage, MSG_SESSION_CLOSE));
}
