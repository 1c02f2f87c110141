/* test_ui_layouts.c: named layouts of panes, and marks of images that outlive the terminal. */

#include "unit/ui_fixture.h"

#include "runtime/json.h"
#include "ui/commands.h"

static struct stage stage;

/* What the store has of layouts and of marks. */
#define MARKS(marked, layouts)                                                                     \
    "{\"favourites\":[],\"recents\":[],\"marked\":[" marked "],\"layouts\":[" layouts "]}"
#define BOTH                                                                                       \
    "{\"name\":\"both\",\"panes\":{\"focus\":1,\"tree\":{\"split\":\"beside\",\"share\":500,"      \
    "\"panes\":["                                                                                  \
    "{\"screen\":\"images\"},{\"screen\":\"events\"}]}}}"

static void
images (const char *names)
{
    char *news = stui_printf ("{\"version\":1,\"images\":[%s]}", names);
    stage_ok (&stage, MSG_WATCH, news);
    free (news);
}

static void
begin (const char *marks)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    images ("{\"name\":\"one\",\"state\":\"online\"},{\"name\":\"two\",\"state\":\"online\"}");
    stage_ok (&stage, MSG_IMAGE_MARKS, marks);
    free (stage_screen (&stage, 24, 100));
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (ui_layouts, .fini = teardown);

static void
run (const char *line)
{
    commands_run_line (&stage.ui, line);
    stage_pass (&stage, 1);
}

static const char *
said (void)
{
    return stage.ui.model.message;
}

/* ---- layouts --------------------------------------------------------------------------------- */

Test (ui_layouts, a_layout_is_saved_by_its_name_and_replaced_only_after_a_yes)
{
    begin (MARKS ("", ""));
    run ("vsplit events");
    run ("layout save both");
    const struct msg *save = stage_asked (&stage, MSG_LAYOUT_SAVE);
    cr_assert_str_eq (msg_text (save, 0), "both");
    struct json *panes = json_parse_text (msg_text (save, 1));
    cr_assert_str_eq (json_get_text (json_get (panes, "tree"), "split"), "beside");
    json_destroy (&panes);
    stage_ok (&stage, MSG_LAYOUT_SAVE, "{}");
    cr_assert_str_eq (said (), "Layout both is saved");
    stage_ok (&stage, MSG_IMAGE_MARKS, MARKS ("", BOTH));
    run ("layout save both");
    cr_assert_null (stage_asked (&stage, MSG_LAYOUT_SAVE));
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CONFIRM);
    stage_type (&stage, "y");
    cr_assert_not_null (stage_asked (&stage, MSG_LAYOUT_SAVE));
}

Test (ui_layouts, a_layout_is_shown_as_it_was_saved_also_by_another_terminal)
{
    begin (MARKS ("", ""));
    run ("layout both");
    cr_assert_eq (stage.ui.panes.count, 1, "it is asked for first");
    stage_ok (&stage, MSG_IMAGE_MARKS, MARKS ("", BOTH));
    cr_assert_eq (stage.ui.panes.count, 2);
    cr_assert_eq (stage.ui.screen, SCREEN_EVENTS);
    run ("only");
    run ("layout both");
    stage_error (&stage, MSG_IMAGE_MARKS, STUI_E_STORAGE, "the disk is full");
    cr_assert_eq (stage.ui.panes.count, 2, "as it is known here");
}

/* Symptom: marks and layouts that could not be read once stayed unread until the owner was another one, and
 * each layout "was not there". */
Test (ui_layouts, what_could_not_be_read_is_asked_for_again)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    images ("{\"name\":\"one\",\"state\":\"online\"}");
    stage_error (&stage, MSG_IMAGE_MARKS, STUI_E_STORAGE, "the database is not open");
    run ("layout both");
    stage_pass (&stage, UI_AGAIN_MS - 2);
    cr_assert_null (stage_asked (&stage, MSG_IMAGE_MARKS), "not in a circle");
    stage_pass (&stage, 2);
    stage_error (&stage, MSG_IMAGE_MARKS, STUI_E_STORAGE, "the database is not open");
    cr_assert (strstr (said (), "cannot be read now: the database is not open"), "%s", said ());
    stage_pass (&stage, UI_AGAIN_MS);
    stage_ok (&stage, MSG_IMAGE_MARKS, MARKS ("\"one\"", BOTH));
    cr_assert_eq (model_marked_count (&stage.ui.model), 1);
    run ("layout both");
    stage_ok (&stage, MSG_IMAGE_MARKS, MARKS ("\"one\"", BOTH));
    cr_assert_str_eq (said (), "Layout both");
}

Test (ui_layouts, one_that_is_not_there_or_has_no_name_is_said)
{
    begin (MARKS ("", BOTH));
    run ("layout none");
    stage_ok (&stage, MSG_IMAGE_MARKS, MARKS ("", BOTH));
    cr_assert (strstr (said (), "no layout none"), "%s", said ());
    run ("layout save a/b");
    cr_assert (strstr (said (), "name is of"), "%s", said ());
    run ("layout save delete");
    cr_assert_null (stage_asked (&stage, MSG_LAYOUT_SAVE));
    run ("layout delete none");
    cr_assert_null (stage_asked (&stage, MSG_LAYOUT_SAVE));
}

Test (ui_layouts, a_deleted_one_is_gone)
{
    begin (MARKS ("", BOTH));
    run ("layout delete both");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_LAYOUT_SAVE), 1), "null");
    stage_ok (&stage, MSG_LAYOUT_SAVE, "{}");
    cr_assert_str_eq (said (), "Layout both is deleted");
}

Test (ui_layouts, the_line_lists_them)
{
    begin (MARKS ("", BOTH));
    run ("layout");
    char *screen = stage_screen (&stage, 24, 100);
    cr_assert (strstr (screen, "layout both"), "%s", screen);
    cr_assert (strstr (screen, "layout save"), "%s", screen);
    cr_assert (strstr (screen, "layout delete both"), "%s", screen);
    free (screen);
}

/* Symptom: a layout that another terminal had saved meanwhile was replaced without a question. */
Test (ui_layouts, one_that_another_terminal_saved_since_is_replaced_only_after_a_yes)
{
    begin (MARKS ("", ""));
    stage_type (&stage, ":layout save both\n");
    cr_assert_eq (msg_number (stage_asked (&stage, MSG_LAYOUT_SAVE), 2), 0);
    stage_error (&stage, MSG_LAYOUT_SAVE, STUI_E_EXISTS, "the layout both is there already");
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CONFIRM);
    cr_assert_not_null (strstr (stage.ui.prompt.question, "Another terminal saved a layout both"));
    stage_type (&stage, "y");
    cr_assert_eq (msg_number (stage_asked (&stage, MSG_LAYOUT_SAVE), 2), 1);
    stage_ok (&stage, MSG_LAYOUT_SAVE, "{}");
    cr_assert_str_eq (said (), "Layout both is saved");
}

/* What is typed for something else is no answer to it. */
Test (ui_layouts, who_typed_on_is_told_instead_of_asked)
{
    begin (MARKS ("", ""));
    stage_type (&stage, ":layout save both\n");
    stage_keys (&stage, "j");
    stage_error (&stage, MSG_LAYOUT_SAVE, STUI_E_EXISTS, "the layout both is there already");
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CLOSED);
    cr_assert_not_null (strstr (said (), "Not saved: another terminal saved a layout both"));
}

/* ---- marks ----------------------------------------------------------------------------------- */

#define CHANGES(mark, unmark) "{\"mark\":[" mark "],\"unmark\":[" unmark "]}"

static void
expect_told (const char *changes)
{
    const struct msg *msg = stage_asked (&stage, MSG_IMAGES_MARKED);
    cr_assert_not_null (msg, "the store was not told %s", changes);
    cr_assert_str_eq (msg_text (msg, 0), changes);
}

Test (ui_layouts, marks_are_kept_as_they_are_made)
{
    begin (MARKS ("", ""));
    run ("mark one two");
    expect_told (CHANGES ("\"one\",\"two\"", ""));
    stage_ok (&stage, MSG_IMAGES_MARKED, "{}");
    cr_assert_str_eq (said (), "2 marked; :all CODE evaluates in them");
    run ("unmark one");
    expect_told (CHANGES ("", "\"one\""));
    stage_error (&stage, MSG_IMAGES_MARKED, STUI_E_STORAGE, "the disk is full");
    cr_assert_str_eq (said (), "Marks are not kept: the disk is full");
}

/* What the other terminal of the profile has in the store by now is read. */
static void
others_changed (const char *version, const char *marks)
{
    char *news = stui_printf ("{\"version\":%s,\"images\":[],\"marks\":%s}", version, version);
    stage_pass (&stage, 300);
    stage_ok (&stage, MSG_WATCH, news);
    stage_ok (&stage, MSG_IMAGE_MARKS, marks);
    free (news);
}

/* Symptom: of two terminals that marked images each saw its own, and the last one wiped the other's. */
Test (ui_layouts, what_another_terminal_marks_is_seen_here_beside_what_is_marked_here)
{
    begin (MARKS ("", ""));
    run ("mark one");
    others_changed ("2", MARKS ("\"two\"", ""));
    cr_assert_eq (model_marked_count (&stage.ui.model), 2, "one is on its way to the store");
    stage_ok (&stage, MSG_IMAGES_MARKED, "{}");
    others_changed ("3", MARKS ("\"two\",\"one\"", ""));
    cr_assert_eq (model_marked_count (&stage.ui.model), 2);
    others_changed ("4", MARKS ("\"one\"", ""));
    cr_assert_eq (model_marked_count (&stage.ui.model), 1, "the other one took it away");
}

Test (ui_layouts, what_is_marked_without_an_owner_is_told_to_the_next)
{
    begin (MARKS ("", ""));
    stage_give (&stage, msg_new ("relay", MSG_UNLINKED, 0, "owner 4711 is gone"));
    run ("mark one");
    cr_assert_null (stage_asked (&stage, MSG_IMAGES_MARKED));
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4712));
    expect_told (CHANGES ("\"one\"", ""));
    stage_ok (&stage, MSG_IMAGE_MARKS, MARKS ("", ""));
    cr_assert_eq (model_marked_count (&stage.ui.model), 1);
}

/* Symptom: marks of another day were sent to without a count or a question. */
Test (ui_layouts, marks_that_were_not_set_here_are_named_and_asked_about_once)
{
    begin (MARKS ("\"two\",\"gone\"", ""));
    run ("mark one");
    run ("all 3 + 4");
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CONFIRM);
    cr_assert_str_eq (stage.ui.prompt.question,
                      "1 of the 2 marked were so before or elsewhere (two): send to all? y/n");
    cr_assert_null (stage_asked (&stage, MSG_HOLD));
    stage_type (&stage, "y");
    cr_assert_eq (stage_open_count (&stage, MSG_HOLD), 2);
    run ("all 5");
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CONFIRM, "answers are awaited");
    cr_assert_null (strstr (stage.ui.prompt.question, "elsewhere"), "%s", stage.ui.prompt.question);
}

Test (ui_layouts, marks_that_were_set_here_are_not_asked_about)
{
    begin (MARKS ("", ""));
    run ("mark all");
    stage_ok (&stage, MSG_IMAGES_MARKED, "{}");
    stage_pass (&stage, 300);
    others_changed ("2", MARKS ("\"one\",\"two\"", ""));
    run ("all 3 + 4");
    cr_assert_eq (stage.ui.prompt.kind, PROMPT_CLOSED);
    cr_assert_eq (stage_open_count (&stage, MSG_HOLD), 2);
}

Test (ui_layouts, marks_come_back_also_of_an_image_that_is_listed_later)
{
    begin (MARKS ("\"two\",\"late\"", ""));
    cr_assert_eq (model_marked_count (&stage.ui.model), 1);
    run ("mark one");
    expect_told (CHANGES ("\"one\"", ""));
    stage_ok (&stage, MSG_IMAGES_MARKED, "{}");
    stage_pass (&stage, 300);
    images ("{\"name\":\"late\",\"state\":\"online\"}");
    cr_assert_eq (model_marked_count (&stage.ui.model), 3);
    run ("unmark");
    expect_told (CHANGES ("", "\"two\",\"late\",\"one\""));
    stage_pass (&stage, 300);
    images ("{\"name\":\"late\",\"state\":\"offline\"}");
    cr_assert_eq (model_marked_count (&stage.ui.model), 0, "taken away for good");
}

/* Symptom: marks that were not seen were taken away, or stayed, without a word. */
Test (ui_layouts, unmarking_says_what_became_of_marks_that_are_not_seen)
{
    begin (MARKS ("\"one\",\"two\",\"gone\"", ""));
    run ("filter two");
    run ("unmark filter");
    cr_assert_str_eq (said (), "1 unmarked; 1 stays marked, hidden by the filter");
    run ("mark two");
    cr_assert_str_eq (said (),
                      "2 marked, 1 of them hidden by the filter; :all CODE evaluates in all");
    run ("unmark gone");
    cr_assert_str_eq (
        said (), "1 unmarked, 1 not on the list; 2 stay marked, 1 of them hidden by the filter");
    run ("unmark");
    cr_assert_str_eq (said (), "2 unmarked, 1 of them hidden by the filter; none is marked");
    run ("unmark two");
    cr_assert_str_eq (said (), "Nothing of that was marked; none is marked");
    run ("unmark nobody");
    cr_assert_not_null (strstr (said (), "There is no image nobody"));
}
