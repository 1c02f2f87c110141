/* test_ui_panes.c: split screens: what each pane shows, which one has the keys, what is seen, what is kept. */

#include "unit/ui_fixture.h"

#include "runtime/json.h"
#include "ui/commands.h"

static struct stage stage;

static const char images[] =
    "{\"version\":1,\"images\":[{\"name\":\"one\",\"state\":\"online\",\"tags\":\"prod, eu\","
    "\"protected\":true,\"transcript\":3},{\"name\":\"two\",\"state\":\"offline\",\"tags\":\"lab\"}"
    "]}";

static void
open_images (void)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    stage_ok (&stage, MSG_WATCH, images);
}

static void
draw (int rows, int columns)
{
    free (stage_screen (&stage, rows, columns));
}

static void
setup (void)
{
    open_images ();
    draw (24, 80);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (ui_panes, .init = setup, .fini = teardown);

static void
run (const char *line)
{
    commands_run_line (&stage.ui, line);
    stage_settle (&stage);
}

/* The session of the image opened last, with the text of its name. */
static void
answer_session (int number, const char *text)
{
    char *list = stui_printf ("{\"sessions\":[{\"session_id\":\"018f0000-0000-7000-8000-"
                              "00000000000%d\",\"name\":\"workspace\",\"state\":\"restored\"}]}",
                              number);
    char *session =
        stui_printf ("{\"session_id\":\"018f0000-0000-7000-8000-00000000000%d\",\"name\":"
                     "\"workspace\",\"state\":\"restored\",\"change\":3,\"holder\":\"\","
                     "\"context\":{\"workspace\":{\"text\":\"%s\",\"cursor\":0}}}",
                     number, text);
    stage_ok (&stage, MSG_SESSION_LIST, list);
    stage_ok (&stage, MSG_SESSION_WATCH, session);
    stage_ok (&stage, MSG_SESSION_LEASE, "{\"holder\":\"" STAGE_ME "\"}");
    free (list);
    free (session);
}

/* Workspaces of both images beside each other; that of two has the keys. */
static void
both (void)
{
    ui_open (&stage.ui, "one", true);
    stage_settle (&stage);
    answer_session (1, "code of one");
    run ("vsplit two");
    answer_session (2, "code of two");
}

static void
expect_seen (int rows, int columns, const char *text)
{
    char *screen = stage_screen (&stage, rows, columns);
    cr_assert_not_null (strstr (screen, text), "'%s' is not in\n%s", text, screen);
    free (screen);
}

static void
expect_unseen (int rows, int columns, const char *text)
{
    char *screen = stage_screen (&stage, rows, columns);
    cr_assert_null (strstr (screen, text), "'%s' is in\n%s", text, screen);
    free (screen);
}

Test (ui_panes, two_images_are_worked_in_beside_each_other)
{
    both ();
    expect_seen (24, 80, "code of one");
    expect_seen (24, 80, "code of two");
    stage_type (&stage, "typed ");
    stage_keys (&stage, "^O");
    cr_assert_str_eq (stage.ui.current->image, "one");
    stage_type (&stage, "new ");
    expect_seen (24, 80, "new code of one");
    expect_seen (24, 80, "typed code of two");
}

Test (ui_panes, each_title_says_image_protection_and_tags_in_words)
{
    both ();
    expect_seen (24, 61, "  one ● protected [prod, eu]");
    expect_seen (24, 80, "  one ● online, protected [prod, eu] ");
    expect_seen (24, 80, "▶ two ✗ offline [lab]  Workspace ");
    stage_keys (&stage, "^O");
    expect_seen (24, 80, "▶ one ");
    expect_seen (40, 120, "▶ one ● online, protected [prod, eu]  Workspace");
    expect_seen (40, 120, " has the keys ");
}

Test (ui_panes, code_goes_to_the_image_whose_pane_has_the_keys)
{
    both ();
    stage_keys (&stage, "M-Left");
    cr_assert_str_eq (stage.ui.current->image, "one");
    stage_keys (&stage, "M-Right ^D");
    const struct msg *evaluate = stage_asked (&stage, MSG_HOLD);
    cr_assert_not_null (evaluate);
    cr_assert_str_eq (evaluate->peer, "image/two");
    stage_keys (&stage, "^O ^D");
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CONFIRM, "one is protected");
}

Test (ui_panes, a_click_gives_the_keys_to_the_pane_under_it_and_the_wheel_does_not)
{
    both ();
    draw (24, 80);
    struct mouse mouse = {.action = MOUSE_WHEEL_DOWN, .row = 3, .column = 5};
    ui_take_mouse (&stage.ui, &mouse, stage.now);
    cr_assert_str_eq (stage.ui.current->image, "two");
    mouse.action = MOUSE_PRESS;
    mouse.button = 1;
    mouse.row = 1;
    ui_take_mouse (&stage.ui, &mouse, stage.now);
    stage_settle (&stage);
    cr_assert_str_eq (stage.ui.current->image, "one");
    cr_assert_eq (stage.ui.current->editor.cursor, 4, "and the cursor is where it was clicked");
}

static void
mouse_at (enum mouse_action action, int row, int column)
{
    struct mouse mouse = {.action = action, .button = 1, .row = row, .column = column};
    ui_take_mouse (&stage.ui, &mouse, stage.now);
    stage_settle (&stage);
}

Test (ui_panes, a_border_is_dragged_until_the_button_is_let_go)
{
    both ();
    draw (24, 100);
    int column = stage.ui.panes.nodes[panes_next (&stage.ui.panes, -1)].area.columns;
    mouse_at (MOUSE_PRESS, 5, column);
    mouse_at (MOUSE_DRAG, 7, 60);
    draw (24, 100);
    cr_assert_eq (stage.ui.panes.nodes[panes_next (&stage.ui.panes, -1)].area.columns, 60);
    mouse_at (MOUSE_RELEASE, 7, 60);
    mouse_at (MOUSE_DRAG, 7, 40); /* of a button that was pressed elsewhere */
    draw (24, 100);
    cr_assert_eq (stage.ui.panes.nodes[panes_next (&stage.ui.panes, -1)].area.columns, 60);
    cr_assert_str_eq (stage.ui.current->image, "two", "the keys stay where they were");
}

Test (ui_panes, closing_only_and_the_only_one)
{
    both ();
    stage_keys (&stage, "M-q");
    cr_assert_eq (stage.ui.panes.count, 1);
    cr_assert_str_eq (stage.ui.current->image, "one");
    run ("split transcript one");
    cr_assert_eq (stage.ui.screen, SCREEN_TRANSCRIPT);
    run ("only");
    cr_assert_eq (stage.ui.panes.count, 1);
    cr_assert_eq (stage.ui.screen, SCREEN_TRANSCRIPT);
    stage_keys (&stage, "^O");
    cr_assert_not_null (strstr (stage.ui.model.message, "This is the only pane"));
}

Test (ui_panes, a_split_without_room_or_of_nothing_that_is_known_is_refused)
{
    draw (10, 40);
    run ("vsplit");
    cr_assert_eq (stage.ui.panes.count, 1);
    cr_assert_not_null (strstr (stage.ui.model.message, "30 columns and 4 rows at least"));
    run ("split");
    cr_assert_eq (stage.ui.panes.count, 2);
    draw (24, 80);
    run ("split nonsense");
    cr_assert_eq (stage.ui.panes.count, 2);
    cr_assert_not_null (strstr (stage.ui.model.message, "nonsense is no image and no command"));
}

Test (ui_panes, a_small_terminal_shows_the_pane_with_the_keys_and_the_other_comes_back)
{
    both ();
    expect_unseen (10, 40, "code of one");
    expect_seen (10, 40, "code of two");
    expect_seen (10, 40, "1 more: no room");
    expect_seen (24, 80, "code of one");
}

Test (ui_panes, the_transcript_beside_goes_on_while_another_pane_has_the_keys)
{
    ui_open (&stage.ui, "one", true);
    stage_settle (&stage);
    answer_session (1, "code");
    run ("split transcript one");
    stage_keys (&stage, "^O");
    cr_assert_eq (stage.ui.screen, SCREEN_WORKSPACE);
    stage_pass (&stage, 1);
    cr_assert_not_null (stage_asked (&stage, MSG_TRANSCRIPT_GET));
    expect_seen (24, 80, "one ● online, protected [prod, eu]  Transcript");
}

Test (ui_panes, a_workspace_that_is_seen_keeps_its_lease)
{
    both ();
    stage_pass (&stage, UI_RENEW_MS + 10);
    stage_settle (&stage);
    cr_assert (stage.ui.workspaces[0]->mine && stage.ui.workspaces[1]->mine);
    run ("only");
    stage_pass (&stage, 10);
    cr_assert_eq (ui_sees_workspace (&stage.ui, stage.ui.workspaces[0]), false);
}

Test (ui_panes, every_screen_is_drawn_in_the_smallest_pane_and_stays_inside_it)
{
    both ();
    for (int screen = 0; screen < SCREEN_COUNT; screen++) {
        stage.ui.screen = (enum screen_id) screen;
        struct grid grid;
        grid_init (&grid, 6, 61);
        ui_draw (&stage.ui, &grid);
        grid_fini (&grid);
        expect_unseen (10, 61, "▶ two ● online, protected");
        stage_keys (&stage, "^O");
        stage.ui.screen = SCREEN_WORKSPACE;
        expect_seen (10, 61, "code of one");
        stage_keys (&stage, "^O");
    }
}

/* ---- kept ----------------------------------------------------------------------------------- */

/* The panes as the last write keeps them; caller frees. */
static char *
kept_panes (void)
{
    stage_pass (&stage, 500);
    const struct msg *write = stage_asked (&stage, MSG_SESSION_WRITE);
    cr_assert_not_null (write);
    struct json *patch = json_parse_text (msg_text (write, 2));
    struct json *kept = json_take (patch, "panes");
    cr_assert (json_is_object (kept), "%s", msg_text (write, 2));
    char *text = json_print (kept);
    json_destroy (&kept);
    json_destroy (&patch);
    return text;
}

/* A terminal starts, and finds the session of two, edited last, which keeps the panes TEXT. */
static void
start_again (const char *text)
{
    stage_close (&stage);
    open_images ();
    stage_ok (&stage, MSG_SESSIONS_LOAD,
              "{\"sessions\":[{\"session_id\":\"018f0000-0000-7000-8000-000000000002\","
              "\"image\":\"two\",\"name\":\"workspace\",\"open\":true,"
              "\"last_modified\":\"2026-01-31T10:25:00.000Z\"}]}");
    char *session = stui_printf (
        "{\"session_id\":\"018f0000-0000-7000-8000-000000000002\",\"name\":\"workspace\",\"state\":"
        "\"restored\",\"change\":3,\"holder\":\"\",\"context\":{\"workspace\":{\"text\":\"back\","
        "\"cursor\":0},\"view\":{\"screen\":\"workspace\"},\"panes\":%s}}",
        text);
    stage_ok (&stage, MSG_SESSION_WATCH, session);
    free (session);
}

Test (ui_panes, the_session_keeps_the_panes_and_a_start_has_them_again)
{
    both ();
    char *text = kept_panes ();
    start_again (text);
    cr_assert_eq (stage.ui.panes.count, 2);
    cr_assert_str_eq (stage.ui.current->image, "two");
    cr_assert_eq (stage.ui.workspace_count, 2);
    cr_assert_str_eq (stage.ui.workspaces[1]->session, "018f0000-0000-7000-8000-000000000001");
    expect_seen (24, 80, "▶ two ");
    expect_seen (24, 80, "  one ");
    free (text);
}

/* Symptom: after a restart another pane had the keys, unless something had been typed in the one that had
 * them. */
Test (ui_panes, which_pane_has_the_keys_is_kept_though_nothing_is_edited)
{
    both ();
    free (kept_panes ());
    stage_ok (&stage, MSG_SESSION_WRITE, "{\"change\":5}");
    stage_pass (&stage, 1000);
    if (stage_asked (&stage, MSG_SESSION_WRITE))
        stage_ok (&stage, MSG_SESSION_WRITE, "{\"change\":5}");
    cr_assert_null (stage_asked (&stage, MSG_SESSION_WRITE));
    stage_keys (&stage, "^O");
    char *text = kept_panes ();
    start_again (text);
    cr_assert_str_eq (stage.ui.current->image, "one");
    expect_seen (24, 80, "▶ one ");
    free (text);
}

/* ---- help ----------------------------------------------------------------------------------- */

Test (ui_panes, help_begins_with_the_keys_of_the_place_where_one_is)
{
    run ("events");
    stage_keys (&stage, "?");
    char *screen = stage_screen (&stage, 24, 80);
    char *events = strstr (screen, "Events\n"), *everywhere = strstr (screen, "Everywhere");
    cr_assert (events && everywhere && events < everywhere, "%s", screen);
    free (screen);
}
