/* test_commands.c: the one table of commands, the keys looked up in it, and the `:` line. */

#include "unit/ui_fixture.h"

#include "ui/commands.h"

static struct stage stage;

static void
setup (void)
{
    stage_open (&stage, "");
    stage_ok (
        &stage, MSG_WATCH,
        "{\"version\":1,\"images\":[{\"name\":\"one\",\"state\":\"online\"},"
        "{\"name\":\"other\",\"state\":\"offline\"},{\"name\":\"two\",\"state\":\"online\"}]}");
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (commands, .init = setup, .fini = teardown);

static void
expect_said (const char *text)
{
    cr_assert_not_null (strstr (stage.ui.model.message, text), "'%s' was said",
                        stage.ui.model.message);
}

Test (commands, each_row_has_a_name_of_its_own_and_help)
{
    for (const struct command *row = commands_first (); row; row = commands_next (row)) {
        cr_assert_eq (commands_find (row->name, strlen (row->name)), row, "%s", row->name);
        cr_assert (*row->help && row->run, "%s", row->name);
        cr_assert_leq (strlen (row->help), 28, "%s: a narrow help cuts it", row->name);
    }
}

Test (commands, each_action_has_a_key_or_is_typed)
{
    /* In a field, keys that some terminals cannot tell apart have a twin. */
    static const char *const keys[] = {"^D", "^P", "M-i", "F4", "^C", "M-x", "F6", "M-1", "Esc"};
    for (size_t index = 0; index < sizeof keys / sizeof *keys; index++) {
        struct key key;
        cr_assert (key_parse (keys[index], &key));
        cr_assert_not_null (keymap_find (&stage.ui.keymap, KEYMAP_TEXT, COMMAND_WORKSPACE, key),
                            "%s", keys[index]);
    }
}

Test (commands, every_hint_names_a_command_with_a_key)
{
    for (int id = 0; id < SCREEN_COUNT; id++) {
        const struct screen *screen = screen_of ((enum screen_id) id);
        for (const char *const *hint = screen->hints; *hint; hint++) {
            const struct command *command = commands_find (*hint, strlen (*hint));
            cr_assert (command && *command->list_keys, "%s", *hint);
        }
        for (const char *const *hint = screen->text_hints; hint && *hint; hint++) {
            const struct command *command = commands_find (*hint, strlen (*hint));
            cr_assert (command && *command->text_keys, "%s", *hint);
        }
    }
}

Test (commands, a_line_runs_a_command_by_its_name_or_a_beginning)
{
    commands_run_line (&stage.ui, " :sort latency ");
    cr_assert_eq (stage.ui.model.sort, SORT_LATENCY);
    commands_run_line (&stage.ui, "ev");
    cr_assert_eq (stage.ui.screen, SCREEN_EVENTS);
    commands_run_line (&stage.ui, "nonsense");
    expect_said ("no command nonsense");
    commands_run_line (&stage.ui, "   ");
}

Test (commands, the_line_completes_names_and_arguments)
{
    stage_keys (&stage, ":");
    stage_type (&stage, "ret");
    stage_keys (&stage, "Tab");
    cr_assert_str_eq (stage.ui.prompt.editor.text, "retry ");
    stage_type (&stage, "o");
    stage_keys (&stage, "Tab");
    cr_assert_str_eq (stage.ui.prompt.editor.text, "retry one");
    stage_keys (&stage, "Tab");
    cr_assert_str_eq (stage.ui.prompt.editor.text, "retry other");
    stage_keys (&stage, "Tab");
    cr_assert_str_eq (stage.ui.prompt.editor.text, "retry o");
    stage_keys (&stage, "S-Tab Enter");
    cr_assert_str_eq (stage_asked (&stage, MSG_RETRY)->peer, "image/other");
    stage_ok (&stage, MSG_RETRY, "{}");
    expect_said ("other is tried now");
}

Test (commands, the_line_remembers)
{
    stage_keys (&stage, ":");
    stage_type (&stage, "sort state");
    stage_keys (&stage, "Enter :");
    stage_type (&stage, "x");
    stage_keys (&stage, "Up");
    cr_assert_str_eq (stage.ui.prompt.editor.text, "sort state");
    stage_keys (&stage, "Down");
    cr_assert_str_eq (stage.ui.prompt.editor.text, "x");
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CLOSED);
}

Test (commands, a_filter_works_while_it_is_typed)
{
    stage_keys (&stage, "/");
    stage_type (&stage, "o");
    cr_assert_eq (stage.ui.model.shown_count, 3);
    stage_type (&stage, "ther");
    cr_assert_eq (stage.ui.model.shown_count, 1);
    stage_keys (&stage, "Enter");
    cr_assert_eq (stage.ui.model.shown_count, 1);
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.model.shown_count, 3);
}

/* Symptom: the same on the list of images. */
Test (commands, typing_behind_the_slash_replaces_the_old_filter_which_is_shown_as_selected)
{
    stage_keys (&stage, "/");
    stage_type (&stage, "other\n");
    stage_keys (&stage, "/");
    struct grid grid;
    grid_init (&grid, 24, 80);
    ui_draw (&stage.ui, &grid);
    const struct cell *first = grid_at (&grid, 23, 2), *behind = grid_at (&grid, 23, 7);
    cr_assert_eq (first->bytes[0], 'o');
    cr_assert (first->bg != behind->bg || first->attributes != behind->attributes);
    grid_fini (&grid);
    stage_type (&stage, "two");
    cr_assert_str_eq (stage.ui.model.filter, "two");
}

Test (commands, removing_asks_first)
{
    stage_keys (&stage, "j d n");
    cr_assert_null (stage_asked (&stage, MSG_IMAGE_REMOVE));
    expect_said ("Nothing was done");
    stage_keys (&stage, "d y");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_IMAGE_REMOVE), 0), "other");
    stage_error (&stage, MSG_IMAGE_REMOVE, STUI_E_SYSTEM, "the disk is full");
    expect_said ("the disk is full");
}

Test (commands, a_star_marks_an_image_and_takes_the_mark_away)
{
    stage_ok (&stage, MSG_IMAGE_MARKS, "{\"favourites\":[],\"recents\":[]}");
    stage_keys (&stage, "j *");
    const struct msg *mark = stage_asked (&stage, MSG_IMAGE_MARK);
    cr_assert_str_eq (msg_text (mark, 0), "other");
    cr_assert_eq (msg_number (mark, 1), 1);
    stage_ok (&stage, MSG_IMAGE_MARK, "{}");
    expect_said ("other is a favourite");
    stage_ok (&stage, MSG_IMAGE_MARKS, "{\"favourites\":[\"other\"],\"recents\":[]}");
    cr_assert (model_find (&stage.ui.model, "other")->favourite);
    stage_pass (&stage, UI_WATCH_MS);
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":2,\"images\":[{\"name\":\"other\",\"state\":\"online\"}]}");
    cr_assert (model_find (&stage.ui.model, "other")->favourite, "news take no mark away");
    commands_run_line (&stage.ui, "favourite other");
    stage_settle (&stage);
    cr_assert_eq (msg_number (stage_asked (&stage, MSG_IMAGE_MARK), 1), 0);
    stage_error (&stage, MSG_IMAGE_MARK, STUI_E_PERMISSION, "this terminal is read-only");
    expect_said ("this terminal is read-only");
}

Test (commands, adding_asks_for_what_is_missing)
{
    stage_keys (&stage, "a");
    cr_assert_str_eq (stage.ui.prompt.editor.text, "add ");
    stage_type (&stage, "new 127.0.0.1:4242");
    stage_keys (&stage, "Enter");
    const struct msg *msg = stage_asked (&stage, MSG_IMAGE_ADD);
    cr_assert_str_eq (msg_text (msg, 0), "new");
    cr_assert_str_eq (msg_text (msg, 1), "{\"address\":\"127.0.0.1:4242\"}");
}

Test (commands, adding_with_a_wrong_address_says_what_is_wrong_and_lets_it_be_put_right)
{
    stage_keys (&stage, "a");
    stage_type (&stage, "new nowhere\n");
    cr_assert_null (stage_asked (&stage, MSG_IMAGE_ADD));
    cr_assert_str_eq (stage.ui.prompt.editor.text, "add new nowhere");
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert (strstr (screen, "the address 'nowhere' has no port, expected HOST:PORT, as in "
                               "127.0.0.1:4242"),
               "%s", screen);
    free (screen);
    stage_type (&stage, ":4242\n");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_IMAGE_ADD), 1),
                      "{\"address\":\"nowhere:4242\"}");
}

/* Symptom: an image behind SSH could be added by the command line only. */
Test (commands, an_image_behind_ssh_is_added_with_its_host)
{
    stage_keys (&stage, "a");
    stage_type (&stage, "new 127.0.0.1:4242 me@gate:22\n");
    cr_assert_null (stage_asked (&stage, MSG_IMAGE_ADD));
    expect_said ("After the address comes nothing, or via=HOST to reach it by SSH");
    commands_run_line (&stage.ui, "add new 127.0.0.1:4242 via=-oProxyCommand=x");
    stage_settle (&stage);
    cr_assert_null (stage_asked (&stage, MSG_IMAGE_ADD));
    commands_run_line (&stage.ui, "image add new 127.0.0.1:4242 via=me@gate:22");
    stage_settle (&stage);
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_IMAGE_ADD), 1),
                      "{\"address\":\"127.0.0.1:4242\",\"via\":\"me@gate:22\"}");
}

Test (commands, an_unknown_image_is_said_and_nothing_is_sent)
{
    commands_run_line (&stage.ui, "retry nobody");
    stage_settle (&stage);
    expect_said ("no image nobody");
    cr_assert_null (stage_asked (&stage, MSG_RETRY));
}

Test (commands, retry_without_an_owner_asks_for_one)
{
    stage_give (&stage, msg_new ("registry", MSG_LINKED, 0, (uint64_t) 7));
    stage_give (&stage, msg_new ("registry", MSG_UNLINKED, 0, "stui was stopped"));
    stage_keys (&stage, "r");
    cr_assert_null (stage_asked (&stage, MSG_RETRY));
    cr_assert_str_eq (stage_asked (&stage, MSG_RESUME)->peer, "registry");
}

/* Symptom: `c` threw the results away unasked. */
Test (commands, clearing_the_results_asks_first)
{
    stage_workspace (&stage, "one",
                     "{\"results\":[{\"code\":\"3\",\"kind\":\"result\","
                     "\"text\":\"3\",\"mode\":\"printIt\"}]}",
                     "");
    size_t count = stage.ui.current->output_count;
    cr_assert_gt (count, 0);
    stage_keys (&stage, "F6 c");
    cr_assert_eq (stage.ui.current->output_count, count);
    stage_keys (&stage, "n");
    cr_assert_eq (stage.ui.current->output_count, count);
    stage_keys (&stage, "c y");
    cr_assert_eq (stage.ui.current->output_count, 0);
}

/* Symptom: which panel has the keys was told by a colour alone. */
Test (commands, the_panel_that_has_the_keys_is_told_by_shape_and_word)
{
    stage_workspace (&stage, "one", "{\"workspace\":{\"text\":\"3 + 4\"}}", "");
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert (strstr (screen, "\n│3 + 4") && strstr (screen, "the text has the keys"), "%s",
               screen);
    free (screen);
    stage_keys (&stage, "F6");
    screen = stage_screen (&stage, 24, 80);
    cr_assert (strstr (screen, "\n 3 + 4") && strstr (screen, "\n│ Answers appear")
                   && strstr (screen, "results have the keys"),
               "%s", screen);
    free (screen);
}

static void
expect_asked (enum msg_verb verb, const char *first, const char *second)
{
    const struct msg *msg = stage_asked (&stage, verb);
    cr_assert_not_null (msg, "%s was not sent", msg_word (verb));
    cr_assert_str_eq (msg_text (msg, 0), first);
    if (second)
        cr_assert_str_eq (msg_text (msg, 1), second);
}

Test (commands, the_list_is_changed_as_on_the_command_line)
{
    commands_run_line (&stage.ui, ":image add three 127.0.0.1:3");
    stage_settle (&stage);
    expect_asked (MSG_IMAGE_ADD, "three", "{\"address\":\"127.0.0.1:3\"}");
    commands_run_line (&stage.ui, ":image set one tags web, west");
    stage_settle (&stage);
    expect_asked (MSG_IMAGE_SET, "one", "{\"tags\":\"web, west\"}");
    commands_run_line (&stage.ui, ":image set one tags");
    stage_settle (&stage);
    expect_asked (MSG_IMAGE_SET, "one", "{\"tags\":null}");
    commands_run_line (&stage.ui, ":image set nobody tags x");
    expect_said ("There is no image nobody");
    commands_run_line (&stage.ui, ":image set one");
    expect_said ("a name, a key and a value");
    commands_run_line (&stage.ui, ":image rm two");
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CONFIRM);
    stage_keys (&stage, "y Enter");
    expect_asked (MSG_IMAGE_REMOVE, "two", NULL);
    commands_run_line (&stage.ui, ":image");
    expect_said ("image takes add");
}

Test (commands, alerts_are_let_off_for_a_while)
{
    static const char *const wrong[] = {"alerts", "alerts off 0", "alerts off x", "alerts on 5",
                                        "alerts off 99999999"};
    for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++) {
        commands_run_line (&stage.ui, wrong[index]);
        expect_said ("alerts takes");
    }
    stage_settle (&stage);
    cr_assert_null (stage_asked (&stage, MSG_ALERTS_SNOOZE));
    commands_run_line (&stage.ui, "alerts off");
    stage_settle (&stage);
    cr_assert_eq (msg_number (stage_asked (&stage, MSG_ALERTS_SNOOZE), 0), 60);
    commands_run_line (&stage.ui, "alerts on");
    stage_settle (&stage);
    cr_assert_eq (msg_number (stage_asked (&stage, MSG_ALERTS_SNOOZE), 0), 0);
}

Test (commands, groups_are_shown_beside_the_list)
{
    commands_run_line (&stage.ui, "group tag");
    cr_assert (stage.ui.model.grouped);
    commands_run_line (&stage.ui, "group");
    cr_assert_not (stage.ui.model.grouped);
    commands_run_line (&stage.ui, "group state");
    expect_said ("group takes tag or none");
}
