/* test_ui_switch.c: from image to image by one key, each as it was left, and the status line that says
 * which one it is. */

#include "unit/ui_fixture.h"

static struct stage stage;

static const char images[] =
    "{\"version\":1,\"images\":[{\"name\":\"one\",\"state\":\"online\",\"tags\":\"prod, eu\","
    "\"protected\":true},{\"name\":\"three\",\"state\":\"online\"},"
    "{\"name\":\"two\",\"state\":\"offline\",\"tags\":\"lab\"}]}";

static void
setup (void)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    stage_ok (&stage, MSG_WATCH, images);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (ui_switch, .init = setup, .fini = teardown);

static void
expect_at (const char *image, enum screen_id screen)
{
    cr_assert_eq (stage.ui.screen, screen);
    cr_assert_str_eq (stage.ui.current->image, image);
}

/* A workspace each, with a session of its own. */
static void
open_both (void)
{
    static const char *const names[] = {"one", "two"};
    for (int index = 0; index < 2; index++) {
        ui_open (&stage.ui, names[index], true);
        stage_settle (&stage);
        char *list =
            stui_printf ("{\"sessions\":[{\"session_id\":\"018f0000-0000-7000-8000-"
                         "00000000000%d\",\"name\":\"workspace\",\"state\":\"restored\"}]}",
                         index + 1);
        stage_ok (&stage, MSG_SESSION_LIST, list);
        free (list);
        char *session = stui_printf (
            "{\"session_id\":\"018f0000-0000-7000-8000-00000000000%d\",\"name\":\"workspace\","
            "\"state\":\"restored\",\"change\":3,\"holder\":\"\",\"context\":{\"workspace\":"
            "{\"text\":\"first\\nsecond\\nthird\",\"cursor\":%d,\"selection\":null}}}",
            index + 1, index == 0 ? 8 : 2);
        stage_ok (&stage, MSG_SESSION_WATCH, session);
        free (session);
        stage_ok (&stage, MSG_SESSION_LEASE, "{\"holder\":\"" STAGE_ME "\"}");
    }
}

Test (ui_switch, one_key_goes_to_the_next_image_and_back_and_each_is_as_it_was_left)
{
    open_both ();
    expect_at ("two", SCREEN_WORKSPACE);
    stage_type (&stage, "typed ");
    stage_keys (&stage, "F8"); /* round */
    expect_at ("one", SCREEN_WORKSPACE);
    cr_assert_str_eq (stage_text (&stage), "first\nsecond\nthird");
    cr_assert_eq (stage.ui.current->editor.cursor, 8);
    stage_keys (&stage, "Down F7");
    expect_at ("two", SCREEN_WORKSPACE);
    cr_assert_str_eq (stage_text (&stage), "fityped rst\nsecond\nthird");
    cr_assert_eq (stage.ui.current->editor.cursor, 8);
    stage_keys (&stage, "F8");
    cr_assert_eq (stage.ui.current->editor.cursor, 15, "where Down had led");
}

Test (ui_switch, from_another_screen_it_comes_back_to_where_one_was)
{
    open_both ();
    stage_keys (&stage, "M-1 ]");
    expect_at ("two", SCREEN_WORKSPACE);
    stage_keys (&stage, "M-3 [");
    expect_at ("two", SCREEN_WORKSPACE);
}

Test (ui_switch, without_another_image_it_says_so)
{
    stage_keys (&stage, "]");
    cr_assert_not_null (strstr (stage.ui.model.message, "No workspace is open"));
    ui_open (&stage.ui, "one", true);
    stage_settle (&stage);
    stage_keys (&stage, "F8");
    cr_assert_not_null (strstr (stage.ui.model.message, "the only workspace"));
    expect_at ("one", SCREEN_WORKSPACE);
}

Test (ui_switch, a_name_is_completed_in_the_line)
{
    open_both ();
    stage_keys (&stage, "M-0");
    stage_type (&stage, "on");
    stage_keys (&stage, "Tab Enter");
    expect_at ("one", SCREEN_WORKSPACE);
    stage_keys (&stage, "M-0");
    stage_type (&stage, "nobody\n");
    expect_at ("one", SCREEN_WORKSPACE);
    cr_assert_not_null (strstr (stage.ui.model.message, "no image nobody"));
}

Test (ui_switch, the_status_line_says_image_tags_and_protection_in_words_and_colour)
{
    struct grid grid;
    open_both ();
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert_not_null (strstr (screen, " two ✗ offline [lab]"), "%s", screen);
    cr_assert_null (strstr (screen, "protected"), "%s", screen);
    free (screen);
    stage_keys (&stage, "F8");
    screen = stage_screen (&stage, 24, 80);
    cr_assert_not_null (strstr (screen, " one ● online, protected [prod, eu]"), "%s", screen);
    free (screen);
    grid_init (&grid, 24, 80);
    for (int mono = 0; mono < 2; mono++) {
        grid.theme = mono ? STUI_THEME_MONO : STUI_THEME_TERMINAL;
        struct style failed = style_of (&grid, ROLE_FAILED), status = style_of (&grid, ROLE_STATUS);
        ui_draw (&stage.ui, &grid);
        const struct cell *cell = grid_at (&grid, 22, 1);
        cr_assert_str_eq (cell->bytes, "o");
        cr_assert (cell->fg == failed.fg && cell->attributes == failed.attributes);
        cr_assert (cell->fg != status.fg || cell->attributes != status.attributes);
    }
    grid_fini (&grid);
}
