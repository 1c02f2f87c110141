/* test_complete.c: completion of words in a workspace: from what is here and from the image, with answers
 * that come late, not at all, or after the user went on; and the search in inputs of before. */

#include "unit/ui_fixture.h"

static struct stage stage;

static const char text_of_session[] =
    "{\"workspace\":{\"text\":\"| transfer |\\ntransfer := Transcript transferAll: #transformed "
    "'transquoted'.\\n\",\"cursor\":78,\"selection\":null},"
    "\"history\":[\"transmute\",\"3 + 4\",\"Transcript showCr: 'a'\\nand more\"]}";

static void
setup (void)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    stage_workspace (&stage, "one", text_of_session, "");
    stage_keys (&stage, "^End");
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (complete, .init = setup, .fini = teardown);

/* What the list has, with blanks between. */
static const char *
listed (void)
{
    static char text[2000];
    text[0] = '\0';
    for (size_t index = 0; index < stage.ui.chooser.count; index++) {
        strcat (text, index ? " " : "");
        strcat (text, stage.ui.chooser.items[index].text);
    }
    return text;
}

static const char *
last_line (void)
{
    return strrchr (stage_text (&stage), '\n') + 1;
}

Test (complete, words_from_here_are_listed_before_the_image_answers)
{
    stage_type (&stage, "trans");
    stage_keys (&stage, "M-/");
    cr_assert_str_eq (listed (), "transformed transferAll: transfer Transcript transmute");
    stage_keys (&stage, "Down Down Enter");
    cr_assert_str_eq (last_line (), "transfer");
    cr_assert_eq (stage.ui.chooser.kind, CHOOSER_CLOSED);
}

Test (complete, the_image_is_asked_with_the_code_and_its_candidates_come_first)
{
    ui_take_paste (&stage.ui, "'\u4e2d' trans", 11, stage.now);
    stage_settle (&stage);
    stage_keys (&stage, "^N");
    const struct msg *asked = stage_asked (&stage, MSG_COMMAND);
    cr_assert_not_null (asked);
    cr_assert_str_eq (msg_text (asked, 0), "complete");
    cr_assert_not_null (strstr (msg_text (asked, 1), "\"prefix\":\"trans\""), "%s",
                        msg_text (asked, 1));
    cr_assert_not_null (strstr (msg_text (asked, 1), "\"position\":86"), "%s", msg_text (asked, 1));
    stage_ok (
        &stage, MSG_COMMAND,
        "{\"candidates\":[{\"text\":\"transpose\",\"kind\":\"selector\"},"
        "{\"text\":\"Transcript\",\"kind\":\"global\"},{\"text\":\"other\",\"kind\":\"class\"}]}");
    cr_assert_str_eq (listed (),
                      "transpose Transcript transformed transferAll: transfer transmute");
    stage_keys (&stage, "Tab");
    cr_assert_str_eq (last_line (), "'\u4e2d' transpose");
    stage_keys (&stage, "M-u");
    cr_assert_str_eq (last_line (), "'\u4e2d' trans");
}

Test (complete, a_choice_stays_when_the_image_answers)
{
    stage_type (&stage, "trans");
    stage_keys (&stage, "M-/ Down Down");
    stage_ok (&stage, MSG_COMMAND,
              "{\"candidates\":[{\"text\":\"transit\",\"kind\":\"selector\"}]}");
    cr_assert_str_eq (chooser_chosen (&stage.ui.chooser), "transfer");
}

Test (complete, typing_narrows_the_list_and_the_image_is_asked_once_at_a_time)
{
    stage_type (&stage, "tra");
    stage_keys (&stage, "M-/");
    stage_type (&stage, "nsf");
    cr_assert_str_eq (listed (), "transformed transferAll: transfer");
    cr_assert_eq (stage_open_count (&stage, MSG_COMMAND), 1);
    stage_ok (&stage, MSG_COMMAND,
              "{\"candidates\":[{\"text\":\"trap\",\"kind\":\"selector\"},"
              "{\"text\":\"transfix\",\"kind\":\"selector\"}]}");
    cr_assert_str_eq (listed (), "transfix transformed transferAll: transfer");
    const struct msg *asked = stage_asked (&stage, MSG_COMMAND);
    cr_assert_not_null (strstr (msg_text (asked, 1), "\"prefix\":\"transf\""));
    stage_keys (&stage, "Backspace");
    cr_assert_eq (stage_open_count (&stage, MSG_COMMAND), 1);
    stage_type (&stage, " ");
    cr_assert_eq (stage.ui.chooser.kind, CHOOSER_CLOSED);
    stage_ok (&stage, MSG_COMMAND, "{\"candidates\":[{\"text\":\"transit\",\"kind\":\"class\"}]}");
    cr_assert_eq (stage.ui.chooser.kind, CHOOSER_CLOSED);
    cr_assert_str_eq (last_line (), "trans ");
}

Test (complete, without_the_image_the_words_from_here_stay)
{
    stage_type (&stage, "trans");
    stage_keys (&stage, "M-/");
    stage_error (&stage, MSG_COMMAND, STUI_E_UNREACHABLE, "one is offline");
    cr_assert_str_eq (stage.ui.chooser.title, "words from here");
    cr_assert_eq (stage.ui.chooser.count, 5);
    stage_keys (&stage, "Esc");
    stage_type (&stage, " qqq");
    stage_keys (&stage, "M-/");
    stage_error (&stage, MSG_COMMAND, STUI_E_UNREACHABLE, "one is offline");
    cr_assert_eq (stage.ui.chooser.kind, CHOOSER_CLOSED);
    cr_assert_not_null (strstr (stage.ui.model.message, "one is offline"));
}

Test (complete, nothing_is_said_to_be_nothing)
{
    stage_keys (&stage, "M-/");
    cr_assert_not_null (strstr (stage.ui.model.message, "beginning of a word"));
    stage_type (&stage, "qqq");
    stage_keys (&stage, "M-/");
    stage_ok (&stage, MSG_COMMAND, "{\"candidates\":[]}");
    cr_assert_str_eq (stage.ui.model.message, "Nothing known begins with qqq");
    stage_type (&stage, " 'tra");
    stage_keys (&stage, "M-/");
    cr_assert_eq (stage.ui.chooser.kind, CHOOSER_CLOSED, "in a string nothing is completed");
}

Test (complete, a_selector_with_colons_leaves_room_for_its_arguments)
{
    stage_type (&stage, "a inj");
    stage_keys (&stage, "M-/");
    stage_ok (&stage, MSG_COMMAND,
              "{\"candidates\":[{\"text\":\"inject:into:\",\"kind\":\"selector\"}]}");
    stage_keys (&stage, "Enter");
    stage_type (&stage, "0");
    cr_assert_str_eq (last_line (), "a inject: 0into: ");
    stage_keys (&stage, "^End");
    stage_type (&stage, "#inj");
    stage_keys (&stage, "M-/");
    stage_ok (&stage, MSG_COMMAND,
              "{\"candidates\":[{\"text\":\"inject:into:\",\"kind\":\"selector\"}]}");
    stage_keys (&stage, "Enter");
    cr_assert_not_null (strstr (last_line (), "#inject:into:"));
}

Test (complete, other_keys_close_the_list_and_do_what_they_do)
{
    stage_type (&stage, "trans");
    stage_keys (&stage, "M-/ Left");
    cr_assert_eq (stage.ui.chooser.kind, CHOOSER_CLOSED);
    cr_assert_eq (stage.ui.current->editor.cursor, stage.ui.current->editor.size - 1);
    stage_keys (&stage, "End M-/ M-1");
    cr_assert_eq (stage.ui.chooser.kind, CHOOSER_CLOSED);
    cr_assert_eq (stage.ui.screen, SCREEN_IMAGES);
}

Test (complete, inputs_of_before_are_searched_while_one_types)
{
    stage_keys (&stage, "^R");
    cr_assert_str_eq (listed (), "Transcript showCr: 'a'\nand more 3 + 4 transmute");
    stage_type (&stage, "TRANS");
    cr_assert_eq (stage.ui.chooser.count, 2);
    stage_keys (&stage, "^R Enter");
    cr_assert_str_eq (last_line (), "transmute");
    cr_assert_eq (editor_selection_end (&stage.ui.current->editor)
                      - editor_selection_start (&stage.ui.current->editor),
                  9);
    stage_keys (&stage, "^R");
    stage_type (&stage, "zzz");
    cr_assert_eq (stage.ui.chooser.count, 0);
    stage_keys (&stage, "Enter");
    cr_assert_str_eq (last_line (), "transmute");
    stage_keys (&stage, "^R Esc M-x");
    stage_type (&stage, "search-input 3\n");
    cr_assert_str_eq (listed (), "3 + 4");
}

Test (complete, a_read_only_terminal_completes_nothing)
{
    stage.ui.read_only = true;
    stage_keys (&stage, "^R");
    cr_assert_eq (stage.ui.chooser.kind, CHOOSER_CLOSED);
}
