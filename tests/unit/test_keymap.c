/* test_keymap.c: keys of the user's own: what they mean, where they are shown, and what is said of
 * wrong ones. */

#include "unit/ui_fixture.h"

#include "ui/commands_view.h"

static struct stage stage;

static void
setup (void)
{
    stage_open (&stage, "");
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":1,\"images\":[{\"name\":\"one\",\"state\":\"online\"},"
              "{\"name\":\"two\",\"state\":\"offline\"}]}");
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (keymap, .init = setup, .fini = teardown);

static const struct command *
meant (enum keymap_mode mode, enum command_group group, const char *name)
{
    struct key key;
    cr_assert (key_parse (name, &key));
    return keymap_find (&stage.ui.keymap, mode, group, key);
}

#define remap(...)                                                                                 \
    ui_remap (&stage.ui, (const struct keymap_binding[]){__VA_ARGS__, {NULL, NULL, 0}}, "FILE")

static void
expect_trouble (const char *text)
{
    cr_assert_not_null (strstr (stage.ui.keys_trouble, text), "'%s' was said",
                        stage.ui.keys_trouble);
    /* All keys are as they were. */
    cr_assert_str_eq (meant (KEYMAP_LIST, COMMAND_IMAGES, "r")->name, "retry");
    char *screen = stage_screen (&stage, 24, 160);
    cr_assert_not_null (strstr (screen, text), "'%s' is not seen in\n%s", text, screen);
    free (screen);
}

Test (keymap, a_command_has_the_keys_that_the_user_gives_it)
{
    remap ({"retry", "F5 R", 2}, {"print-it", "^P F8 p", 3});
    cr_assert_str_eq (stage.ui.keys_trouble, "");
    cr_assert_str_eq (meant (KEYMAP_LIST, COMMAND_IMAGES, "F5")->name, "retry");
    cr_assert_str_eq (meant (KEYMAP_LIST, COMMAND_IMAGES, "R")->name, "retry");
    cr_assert_null (meant (KEYMAP_LIST, COMMAND_IMAGES, "r"));
    cr_assert_str_eq (meant (KEYMAP_TEXT, COMMAND_WORKSPACE, "F8")->name, "print-it");
    cr_assert_null (meant (KEYMAP_TEXT, COMMAND_WORKSPACE, "p"), "there it is text");
    cr_assert_str_eq (meant (KEYMAP_LIST, COMMAND_WORKSPACE, "p")->name, "print-it");
    stage_keys (&stage, "F5");
    cr_assert_not_null (stage_asked (&stage, MSG_RETRY));
}

Test (keymap, hints_and_help_show_the_keys_as_they_are)
{
    remap ({"retry", "F5", 2});
    char *screen = stage_screen (&stage, 24, 160);
    cr_assert_not_null (strstr (screen, "F5 retry"), "%s", screen);
    free (screen);
    stage_keys (&stage, "?");
    screen = stage_screen (&stage, 200, 160);
    cr_assert_not_null (strstr (screen, " F5 "), "%s", screen);
    free (screen);
}

Test (keymap, keys_can_be_taken_away_and_given_to_another)
{
    remap ({"retry", "", 2}, {"reverse", "r", 3});
    cr_assert_str_eq (meant (KEYMAP_LIST, COMMAND_IMAGES, "r")->name, "reverse");
    cr_assert_null (meant (KEYMAP_LIST, COMMAND_IMAGES, "S"));
}

Test (keymap, a_command_that_is_none_is_said_with_its_line)
{
    remap ({"open", "o", 1}, {"retyr", "F5", 7});
    expect_trouble ("FILE:7: retyr is no command, expected");
}

Test (keymap, a_key_that_is_none_is_said_with_its_line)
{
    remap ({"retry", "F5 Hyper-x", 4});
    expect_trouble ("FILE:4: Hyper-x is no key, expected names as");
}

Test (keymap, a_key_with_a_very_long_name_is_none)
{
    remap ({"retry", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", 4});
    expect_trouble ("is no key, expected");
}

Test (keymap, two_commands_for_one_key_are_said_with_both_names)
{
    remap ({"retry", "s", 5});
    expect_trouble ("FILE:5: s would mean both sort and retry, expected another key");
}

Test (keymap, what_holds_everywhere_is_not_taken_by_what_moves)
{
    remap ({"images", "j", 3});
    expect_trouble ("FILE:3: j would mean both images and down");
}

Test (keymap, a_screens_own_command_may_have_a_key_that_means_another_thing_elsewhere)
{
    remap ({"retry", "q", 5});
    cr_assert_str_eq (stage.ui.keys_trouble, "");
    cr_assert_str_eq (meant (KEYMAP_LIST, COMMAND_IMAGES, "q")->name, "retry");
    cr_assert_str_eq (meant (KEYMAP_LIST, COMMAND_SESSIONS, "q")->name, "close");
}

Test (keymap, themes_are_told_and_chosen_by_name)
{
    commands_run_line (&stage.ui, "theme color-blind");
    cr_assert_eq (stage.ui.theme, STUI_THEME_COLOR_BLIND);
    commands_run_line (&stage.ui, "theme pink");
    cr_assert_not_null (strstr (stage.ui.model.message, "no theme pink"), "%s",
                        stage.ui.model.message);
    cr_assert_eq (stage.ui.theme, STUI_THEME_COLOR_BLIND);
    stage_keys (&stage, ":");
    stage_type (&stage, "theme li");
    stage_keys (&stage, "Tab");
    cr_assert_str_eq (stage.ui.prompt.editor.text, "theme light ");
}
