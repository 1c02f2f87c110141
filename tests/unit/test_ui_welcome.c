/* test_ui_welcome.c: what greets a newcomer: a connection that is tried while it is typed, and what can be
 * resumed. */

#include "unit/ui_fixture.h"

#include "ui/commands.h"

static struct stage stage;

static void
open_with (const char *images)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 10));
    stage_ok (&stage, MSG_WATCH, images);
}

static void
open_empty (void)
{
    open_with ("{\"version\":1,\"images\":[]}");
}

static void
open_two (void)
{
    open_with ("{\"version\":1,\"images\":[{\"name\":\"one\",\"state\":\"online\"},"
               "{\"name\":\"three\",\"state\":\"online\"},"
               "{\"name\":\"two\",\"state\":\"offline\"}]}");
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (ui_welcome, .fini = teardown);

static void
expect_shown (const char *text)
{
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert_not_null (strstr (screen, text), "'%s' is not in\n%s", text, screen);
    free (screen);
}

Test (ui_welcome, it_comes_by_itself_when_there_is_no_image_and_goes_when_there_is_one)
{
    open_empty ();
    cr_assert_eq (stage.ui.screen, SCREEN_WELCOME);
    expect_shown ("stui demo");
    stage_pass (&stage, 300);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":2,\"images\":[{\"name\":\"one\",\"state\":\"waiting\"}]}");
    cr_assert_eq (stage.ui.screen, SCREEN_IMAGES);
}

/* Symptom: who had images was asked whether there was none at hand. */
Test (ui_welcome, who_has_images_is_not_shown_the_way_to_a_demonstration)
{
    open_two ();
    commands_run_line (&stage.ui, "welcome");
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert_null (strstr (screen, "stui demo"), "%s", screen);
    free (screen);
}

Test (ui_welcome, it_stays_away_where_there_are_images)
{
    open_two ();
    cr_assert_eq (stage.ui.screen, SCREEN_IMAGES);
}

Test (ui_welcome, an_address_is_judged_at_once_and_tried_when_typing_rests)
{
    open_empty ();
    stage_type (&stage, "127.0.0.1");
    expect_shown ("has no port");
    stage_pass (&stage, 2000);
    cr_assert_null (stage_asked (&stage, MSG_PROBE), "what is wrong is not tried");
    stage_type (&stage, ":42");
    stage_pass (&stage, WELCOME_PROBE_MS - 1);
    cr_assert_null (stage_asked (&stage, MSG_PROBE));
    stage_type (&stage, "42");
    stage_pass (&stage, WELCOME_PROBE_MS - 1);
    cr_assert_null (stage_asked (&stage, MSG_PROBE), "it is typed on");
    stage_pass (&stage, 1);
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_PROBE), 0),
                      "{\"address\":\"tcp://127.0.0.1:4242\"}");
    expect_shown ("it is tried");
    stage_error (&stage, MSG_PROBE, STUI_E_UNREACHABLE, "the connection was refused");
    expect_shown ("the connection was refused");
    expect_shown ("Enter adds it all the same");
    stage_keys (&stage, "Backspace");
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert_null (strstr (screen, "refused"), "that was another address\n%s", screen);
    free (screen);
}

Test (ui_welcome, enter_adds_the_image_under_its_own_name_and_opens_it)
{
    open_empty ();
    stage_type (&stage, "localhost:4242");
    stage_pass (&stage, WELCOME_PROBE_MS);
    stage_ok (&stage, MSG_PROBE,
              "{\"dialect\":\"Pharo\",\"hello\":{\"image_name\":\"My shop\"},\"latency_ms\":1}");
    expect_shown ("Enter adds it, and opens a workspace in it");
    stage_keys (&stage, "Enter");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_IMAGE_ADD), 0), "My-shop");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_IMAGE_ADD), 1),
                      "{\"address\":\"tcp://localhost:4242\"}");
    stage_ok (&stage, MSG_IMAGE_ADD, "{}");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_CONNECT), 0), "[\"My-shop\"]");
    cr_assert_eq (stage.ui.screen, SCREEN_WORKSPACE);
    cr_assert_str_eq (stage.ui.current->image, "My-shop");
}

Test (ui_welcome, enter_before_it_was_tried_adds_it_under_the_name_of_its_host)
{
    open_with ("{\"version\":1,\"images\":[{\"name\":\"shop\",\"state\":\"online\"}]}");
    commands_run_line (&stage.ui, "welcome");
    stage_keys (&stage, "M-9");
    stage_type (&stage, "shop.example.org:4242\n");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_IMAGE_ADD), 0), "shop-2",
                      "the name is not taken twice");
}

Test (ui_welcome, enter_on_what_is_wrong_adds_nothing_and_shows_where_it_is)
{
    open_empty ();
    stage_keys (&stage, "Enter");
    cr_assert_null (stage_asked (&stage, MSG_IMAGE_ADD));
    stage_type (&stage, "h:1\t");
    stage_keys (&stage, "Tab");
    stage_type (&stage, "a b");
    stage_keys (&stage, "Enter");
    cr_assert_null (stage_asked (&stage, MSG_IMAGE_ADD));
    cr_assert_eq (stage.ui.welcome.form.focus, WELCOME_NAME);
    expect_shown ("a name is made of");
}

Test (ui_welcome, a_token_is_read_before_it_is_tried)
{
    open_empty ();
    stage_type (&stage, "h:1");
    stage_keys (&stage, "Tab Tab Tab");
    stage_type (&stage, "/etc/token");
    stage_pass (&stage, WELCOME_PROBE_MS);
    stage_ok (&stage, MSG_FILE_READ, "{\"text\":\"abc\\n\"}");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_PROBE), 0),
                      "{\"address\":\"tcp://h:1\",\"token\":\"abc\"}");
    stage_keys (&stage, "Enter");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_IMAGE_ADD), 1),
                      "{\"address\":\"tcp://h:1\",\"token_file\":\"/etc/token\"}");
}

Test (ui_welcome, what_was_open_favourites_and_recents_are_opened)
{
    open_two ();
    stage_ok (&stage, MSG_IMAGE_MARKS,
              "{\"favourites\":[\"two\"],\"recents\":[{\"name\":\"one\",\"at_ms\":1769855000000},"
              "{\"name\":\"three\",\"at_ms\":1769855000000},"
              "{\"name\":\"gone\",\"at_ms\":1}]}");
    commands_run_line (&stage.ui, "welcome");
    stage_pass (&stage, 1);
    stage_ok (
        &stage, MSG_SESSIONS_LOAD,
        "{\"sessions\":[{\"session_id\":\"018f0000-0000-7000-8000-000000000001\","
        "\"image\":\"one\",\"name\":\"older\",\"open\":true,"
        "\"last_modified\":\"2026-01-30T10:00:00.000Z\"},"
        "{\"session_id\":\"018f0000-0000-7000-8000-000000000002\",\"image\":\"two\","
        "\"name\":\"newer\",\"open\":true,\"last_modified\":\"2026-01-31T10:00:00.000Z\"},"
        "{\"session_id\":\"018f0000-0000-7000-8000-000000000003\",\"image\":\"two\","
        "\"name\":\"closed\",\"open\":false,\"last_modified\":\"2026-01-31T10:10:00.000Z\"}]}");
    cr_assert_eq (stage.ui.welcome.count, 4);
    cr_assert_str_eq (stage.ui.welcome.rows[0].name, "newer");
    expect_shown ("resume      two");
    expect_shown ("favourite   two");
    expect_shown ("recent      three"); /* one is resumed, gone is not there */
    stage_keys (&stage, "j Enter");
    cr_assert_eq (stage.ui.screen, SCREEN_WORKSPACE);
    cr_assert_str_eq (stage.ui.current->image, "one");
    cr_assert_str_eq (stage.ui.current->session, "018f0000-0000-7000-8000-000000000001");
}

Test (ui_welcome, keys_are_text_only_in_the_form)
{
    open_two ();
    stage_ok (&stage, MSG_IMAGE_MARKS, "{\"favourites\":[\"two\",\"one\"],\"recents\":[]}");
    commands_run_line (&stage.ui, "welcome");
    cr_assert_not (ui_takes_text (&stage.ui));
    stage_keys (&stage, "j j");
    cr_assert (ui_takes_text (&stage.ui), "down from the last row is the form");
    stage_keys (&stage, "q k");
    cr_assert_str_eq (stage.ui.welcome.form.fields[0].editor.text, "qk");
    stage_keys (&stage, "Up");
    cr_assert_not (ui_takes_text (&stage.ui));
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_IMAGES);
}

Test (ui_welcome, a_click_selects_the_row_under_it_where_the_list_is_scrolled)
{
    open_with ("{\"version\":1,\"images\":[{\"name\":\"a1\",\"state\":\"online\"},"
               "{\"name\":\"a2\",\"state\":\"online\"},{\"name\":\"a3\",\"state\":\"online\"},"
               "{\"name\":\"a4\",\"state\":\"online\"},{\"name\":\"a5\",\"state\":\"online\"},"
               "{\"name\":\"a6\",\"state\":\"online\"},{\"name\":\"a7\",\"state\":\"online\"},"
               "{\"name\":\"a8\",\"state\":\"online\"},{\"name\":\"a9\",\"state\":\"online\"}]}");
    stage_ok (&stage, MSG_IMAGE_MARKS,
              "{\"favourites\":[\"a1\",\"a2\",\"a3\",\"a4\",\"a5\",\"a6\",\"a7\",\"a8\","
              "\"a9\"],\"recents\":[]}");
    commands_run_line (&stage.ui, "welcome");
    stage_keys (&stage, "j j j j j j j j");
    char *screen = stage_screen (&stage, 10, 40);
    cr_assert_null (strstr (screen, "a1"), "it is scrolled\n%s", screen);
    struct rect area = stage.ui.list_area;
    const char *line = screen;
    for (int row = 0; row < area.row; row++)
        line = strchr (line, '\n') + 1;
    struct mouse click = {.action = MOUSE_PRESS, .row = area.row, .column = area.column + 1};
    ui_take_mouse (&stage.ui, &click, stage.now);
    stage_settle (&stage);
    const char *selected = stage.ui.welcome.rows[stage.ui.welcome.selected].image;
    const char *at = strstr (line, selected);
    cr_assert (at && at < strchr (line, '\n'), "%s was selected in\n%s", selected, screen);
    free (screen);
}
