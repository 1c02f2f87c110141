/* test_editor.c: the text of a workspace: moves by clusters, words and lines, selection, undo,
 * anchors, and the JSON that a session keeps. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "runtime/utf8.h"
#include "ui/editor.h"

static struct editor editor;

static void
type (const char *text)
{
    for (const char *at = text; *at; at++)
        editor_insert (&editor, at, 1, true);
}

static void
set (const char *text)
{
    editor_fini (&editor);
    editor_insert (&editor, text, strlen (text), false);
}

static void
expect (const char *text, size_t cursor)
{
    cr_assert_str_eq (editor.text, text);
    cr_assert_eq (editor.cursor, cursor, "the cursor is at %zu", editor.cursor);
}

Test (editor, an_empty_text_takes_every_key)
{
    for (int op = 0; op < EDITOR_OP_COUNT; op++) {
        editor_do (&editor, op, 5);
        editor_do (&editor, op | EDITOR_SELECT, 5);
    }
    cr_assert_eq (editor.size, 0);
    editor_fini (&editor);
}

Test (editor, moves_by_what_a_reader_takes_for_a_character)
{
    set ("a\u00e4e\u0301\u4e2d\n!");
    editor_do (&editor, EDITOR_TEXT_START, 1);
    static const size_t places[] = {1, 3, 6, 9, 10, 11, 11};
    for (size_t index = 0; index < sizeof places / sizeof *places; index++) {
        editor_do (&editor, EDITOR_RIGHT, 1);
        cr_assert_eq (editor.cursor, places[index]);
    }
    for (size_t index = 5; index-- > 0;) {
        editor_do (&editor, EDITOR_LEFT, 1);
        cr_assert_eq (editor.cursor, places[index]);
    }
    editor_fini (&editor);
}

Test (editor, moves_up_and_down_keep_the_column)
{
    set ("first line\nno\nthird line");
    editor_set_cursor (&editor, 7, false);
    editor_do (&editor, EDITOR_DOWN, 1);
    cr_assert_eq (editor.cursor, 13);
    editor_do (&editor, EDITOR_DOWN, 1);
    cr_assert_eq (editor.cursor, 21);
    editor_do (&editor, EDITOR_PAGE_UP, 10);
    cr_assert_eq (editor.cursor, 7);
    editor_fini (&editor);
}

Test (editor, typing_replaces_the_selection)
{
    set ("one two three");
    editor_set_cursor (&editor, 4, false);
    editor_do (&editor, EDITOR_SELECT + EDITOR_WORD_RIGHT, 1);
    cr_assert_eq (editor_selection_start (&editor), 4);
    cr_assert_eq (editor_selection_end (&editor), 7);
    type ("2");
    expect ("one 2 three", 5);
    editor_fini (&editor);
}

Test (editor, undo_takes_words_back_and_redo_makes_them_again)
{
    type ("ab cd");
    editor_do (&editor, EDITOR_BACKSPACE, 1);
    expect ("ab c", 4);
    editor_do (&editor, EDITOR_UNDO, 1);
    expect ("ab cd", 5);
    editor_do (&editor, EDITOR_UNDO, 1);
    expect ("ab", 2);
    editor_do (&editor, EDITOR_UNDO, 1);
    expect ("", 0);
    cr_assert_not (editor_do (&editor, EDITOR_UNDO, 1));
    while (editor_do (&editor, EDITOR_REDO, 1))
        ;
    expect ("ab c", 4);
    type ("!");
    cr_assert_not (editor_do (&editor, EDITOR_REDO, 1));
    editor_fini (&editor);
}

Test (editor, undo_is_bounded)
{
    char block[4096];
    memset (block, 'x', sizeof block);
    for (int round = 0; round < 3 * EDITOR_UNDO_MAX; round++) {
        editor_insert (&editor, block, sizeof block, false);
        editor_do (&editor, EDITOR_SELECT_ALL, 1);
    }
    cr_assert_leq (editor.edit_count, EDITOR_UNDO_MAX);
    cr_assert_leq (editor.edit_bytes, EDITOR_UNDO_BYTES + 2 * sizeof block);
    editor_fini (&editor);
}

Test (editor, a_text_that_grows_too_long_is_refused_whole)
{
    char *block = calloc (1, EDITOR_TEXT_MAX);
    memset (block, 'x', EDITOR_TEXT_MAX - 1);
    cr_assert (editor_insert (&editor, block, EDITOR_TEXT_MAX - 1, false));
    cr_assert_not (editor_insert (&editor, "ab", 2, true));
    cr_assert_eq (editor.size, EDITOR_TEXT_MAX - 1);
    free (block);
    editor_fini (&editor);
}

Test (editor, a_text_longer_than_can_be_typed_comes_whole_and_can_be_shortened)
{
    enum { SIZE = 900000 };
    char *text = calloc (1, SIZE + 1);
    memset (text, 'x', SIZE);
    struct json *json = json_object ();
    json_set_text (json, "text", text);
    json_set_number (json, "cursor", SIZE);
    editor_from_json (&editor, json, true);
    cr_assert_eq (editor.size, SIZE);
    cr_assert_not (editor_insert (&editor, "a", 1, true));
    cr_assert (editor_do (&editor, EDITOR_BACKSPACE, 1));
    cr_assert_eq (editor.size, SIZE - 1);
    editor_set_cursor (&editor, 0, false);
    editor_set_cursor (&editor, 10, true);
    cr_assert (editor_insert (&editor, "shorter", 7, false));
    cr_assert_eq (editor.size, SIZE - 4);
    struct json *written = editor_to_json (&editor);
    cr_assert_eq (strlen (json_get_text (written, "text")), SIZE - 4);
    cr_assert_lt (json_size (written), SIZE + 200); /* undo would not fit beside it */
    json_destroy (&written);
    json_destroy (&json);
    free (text);
    editor_fini (&editor);
}

Test (editor, code_is_the_selection_or_the_line)
{
    size_t start, end;
    set ("3 + 4\n5 * 6\n");
    editor_set_cursor (&editor, 8, false);
    editor_code (&editor, &start, &end);
    cr_assert_eq (start, 6);
    cr_assert_eq (end, 11);
    editor_set_cursor (&editor, 0, false);
    editor_set_cursor (&editor, 1, true);
    editor_code (&editor, &start, &end);
    cr_assert_eq (start, 0);
    cr_assert_eq (end, 1);
    editor_fini (&editor);
}

Test (editor, a_printed_answer_finds_its_place_after_other_edits)
{
    set ("3 + 4\nrest");
    int anchor = editor_anchor (&editor, 5);
    editor_set_cursor (&editor, 0, false);
    type ("x := ");
    size_t at = editor_anchor_take (&editor, anchor);
    cr_assert_eq (at, 10);
    cr_assert (editor_insert_at (&editor, at, " 7", 2, false));
    expect ("x := 3 + 4 7\nrest", 5);
    cr_assert (editor_insert_at (&editor, 12, " 8", 2, true));
    cr_assert_eq (editor_selection_start (&editor), 12);
    cr_assert_eq (editor_selection_end (&editor), 14);
    editor_fini (&editor);
}

Test (editor, json_brings_back_text_cursor_and_selection)
{
    set ("h\u00e4\n\tgo");
    editor_set_cursor (&editor, 1, false);
    editor_set_cursor (&editor, 3, true);
    struct json *json = editor_to_json (&editor);
    struct editor other = {0};
    editor_from_json (&other, json, true);
    cr_assert_str_eq (other.text, editor.text);
    cr_assert_eq (other.cursor, 3);
    cr_assert_eq (other.mark, 1);
    json_destroy (&json);
    editor_fini (&other);
    editor_fini (&editor);
}

Test (editor, json_of_somebody_else_cannot_place_the_cursor_wrongly)
{
    static const char *const hostile[] = {
        "{\"text\":\"\u00e4\",\"cursor\":1,\"selection\":999999}",
        "{\"text\":\"a\\r\\nb\",\"cursor\":-5,\"selection\":\"x\"}",
        "{\"text\":5}",
        "[]",
    };
    for (size_t index = 0; index < sizeof hostile / sizeof *hostile; index++) {
        struct json *json = json_parse_text (hostile[index]);
        editor_from_json (&editor, json, true);
        json_destroy (&json);
        cr_assert_leq (editor.cursor, editor.size);
        cr_assert_leq (editor.mark, editor.size);
        cr_assert (editor.size == 0
                   || utf8_cut (editor.text, editor.size, editor.cursor) == editor.cursor);
        cr_assert (!editor.text || !strchr (editor.text, '\r'));
    }
    editor_fini (&editor);
}

/* An editor as it is after its record was read again. */
static struct editor
read_again (const struct editor *from)
{
    struct json *json = editor_to_json (from);
    struct editor other = {0};
    editor_from_json (&other, json, true);
    json_destroy (&json);
    return other;
}

/* Symptom: after stui was killed and started, undo took back all of the text at once. */
Test (editor, what_was_typed_before_a_restart_can_be_undone_and_redone)
{
    editor_insert (&editor, "one", 3, true);
    editor_insert (&editor, "\n", 1, true);
    editor_insert (&editor, "two", 3, true);
    editor_do (&editor, EDITOR_UNDO, 1);
    struct editor other = read_again (&editor);
    cr_assert_str_eq (other.text, "one");
    cr_assert (editor_do (&other, EDITOR_REDO, 1));
    cr_assert_str_eq (other.text, "one\ntwo");
    cr_assert (editor_do (&other, EDITOR_UNDO, 1));
    cr_assert (editor_do (&other, EDITOR_UNDO, 1));
    cr_assert_str_eq (other.text, "");
    cr_assert_not (editor_do (&other, EDITOR_UNDO, 1));
    editor_fini (&other);
    editor_fini (&editor);
}

Test (editor, of_long_undo_lists_the_record_has_the_steps_nearest_to_the_text)
{
    char *paste = stui_alloc (EDITOR_STORED_BYTES + 2);
    memset (paste, 'x', EDITOR_STORED_BYTES + 1);
    editor_insert (&editor, paste, EDITOR_STORED_BYTES + 1, false);
    for (int step = 0; step < 5; step++)
        editor_insert (&editor, "y", 1, false);
    struct editor other = read_again (&editor);
    cr_assert_eq (other.edit_count, 5);
    cr_assert_eq (other.done, 5);
    editor_fini (&other);
    for (int step = 0; step < EDITOR_STORED_STEPS; step++)
        editor_insert (&editor, "z", 1, false);
    other = read_again (&editor);
    cr_assert_eq (other.edit_count, EDITOR_STORED_STEPS);
    for (int step = 0; step < EDITOR_STORED_STEPS; step++)
        cr_assert (editor_do (&other, EDITOR_UNDO, 1));
    cr_assert_eq (other.size, EDITOR_STORED_BYTES + 1 + 5);
    editor_fini (&other);
    editor_fini (&editor);
    free (paste);
}

Test (editor, an_undo_list_that_is_not_of_this_text_is_forgotten)
{
    static const char *const undo[] = {
        "{\"done\":1,\"edits\":[{\"at\":7,\"removed\":\"\",\"inserted\":\"abc\"}]}",
        "{\"done\":1,\"edits\":[{\"at\":0,\"removed\":\"\",\"inserted\":\"abcd\"}]}",
        "{\"done\":9,\"edits\":[{\"at\":-1,\"removed\":\"\",\"inserted\":\"b\"}]}",
        "{\"done\":1,\"edits\":[{\"at\":900000000000000,\"inserted\":\"a\",\"removed\":\"\"}]}",
        "{\"done\":1,\"edits\":[{\"at\":0}]}",
        "{\"done\":1,\"edits\":7}",
        "[1,2]",
    };
    for (size_t index = 0; index < sizeof undo / sizeof *undo; index++) {
        char *text = stui_printf ("{\"text\":\"abc\",\"undo\":%s}", undo[index]);
        struct json *json = json_parse_text (text);
        cr_assert_not_null (json, "%s", text);
        editor_from_json (&editor, json, true);
        cr_assert_not (editor_do (&editor, EDITOR_UNDO, 1), "%s", undo[index]);
        cr_assert_not (editor_do (&editor, EDITOR_REDO, 1), "%s", undo[index]);
        cr_assert_str_eq (editor.text, "abc");
        cr_assert (editor_insert (&editor, "d", 1, true) && editor_do (&editor, EDITOR_UNDO, 1));
        json_destroy (&json);
        free (text);
        editor_fini (&editor);
    }
}

Test (editor, random_keys_never_break_a_character_and_undo_leads_back)
{
    static const char *const pieces[] = {"a",      " ",  "\n",         "\u00e4", "e\u0301",
                                         "\u4e2d", "\t", "\U0001f600", "word"};
    struct random_source random = {7};
    for (int step = 0; step < 20000; step++) {
        int op = (int) random_below (&random, EDITOR_OP_COUNT + 11);
        const char *piece = pieces[random_below (&random, sizeof pieces / sizeof *pieces)];
        if (op >= EDITOR_OP_COUNT)
            editor_insert (&editor, piece, strlen (piece), random_below (&random, 2));
        else
            editor_do (&editor,
                       op < EDITOR_MOVE_COUNT && random_below (&random, 3) == 0 ? op | EDITOR_SELECT
                                                                                : op,
                       3);
        cr_assert (editor.size == 0 || utf8_is_valid (editor.text, editor.size));
        cr_assert_leq (editor.cursor, editor.size);
        cr_assert_leq (editor.mark, editor.size);
    }
    while (editor_do (&editor, EDITOR_UNDO, 1))
        ;
    while (editor_do (&editor, EDITOR_REDO, 1))
        cr_assert (editor.size == 0 || utf8_is_valid (editor.text, editor.size));
    editor_fini (&editor);
}

Test (editor, keys_that_delete_one_after_the_other_are_one_step)
{
    type ("one two");
    for (int key = 0; key < 5; key++)
        editor_do (&editor, EDITOR_BACKSPACE, 1);
    expect ("on", 2);
    editor_do (&editor, EDITOR_TEXT_START, 1);
    editor_do (&editor, EDITOR_DELETE, 1);
    editor_do (&editor, EDITOR_DELETE, 1);
    expect ("", 0);
    editor_do (&editor, EDITOR_UNDO, 1);
    expect ("on", 0);
    editor_do (&editor, EDITOR_UNDO, 1);
    expect ("one two", 7);
    editor_do (&editor, EDITOR_REDO, 1);
    expect ("on", 2);
    editor_fini (&editor);
}

Test (editor, deleting_a_line_end_begins_a_step)
{
    set ("ab\ncd");
    editor_set_cursor (&editor, 4, false);
    for (int key = 0; key < 3; key++)
        editor_do (&editor, EDITOR_BACKSPACE, 1);
    expect ("ad", 1);
    editor_do (&editor, EDITOR_UNDO, 1);
    expect ("abd", 2);
    editor_do (&editor, EDITOR_UNDO, 1);
    expect ("ab\nd", 3);
    editor_fini (&editor);
}

Test (editor, from_a_mark_on_moves_select_until_the_text_changes)
{
    set ("one two");
    editor_do (&editor, EDITOR_TEXT_START, 1);
    editor_do (&editor, EDITOR_SET_MARK, 1);
    editor_do (&editor, EDITOR_WORD_RIGHT, 1);
    cr_assert_eq (editor_selection_start (&editor), 0);
    cr_assert_eq (editor_selection_end (&editor), 3);
    editor_insert (&editor, "1", 1, true);
    expect ("1 two", 1);
    editor_do (&editor, EDITOR_RIGHT, 1);
    cr_assert_eq (editor.mark, editor.cursor);
    editor_fini (&editor);
}

Test (editor, a_word_or_what_a_bracket_holds_is_selected)
{
    static const struct {
        size_t cursor, start, end;
    } cases[] = {{5, 5, 8},   {0, 0, 3},    {3, 3, 4},   {4, 5, 13},
                 {13, 5, 13}, {10, 10, 12}, {9, 10, 12}, {18, 15, 21}};
    set ("foo (bar 'ab') \u4e2d\u6587");
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        editor_set_cursor (&editor, cases[index].cursor, false);
        editor_do (&editor, EDITOR_SELECT_WORD, 1);
        cr_assert_eq (editor_selection_start (&editor), cases[index].start, "case %zu: %zu", index,
                      editor_selection_start (&editor));
        cr_assert_eq (editor_selection_end (&editor), cases[index].end, "case %zu: %zu", index,
                      editor_selection_end (&editor));
    }
    editor_set_cursor (&editor, 2, false);
    editor_do (&editor, EDITOR_SELECT_LINE, 1);
    cr_assert_eq (editor_selection_end (&editor), editor.size);
    editor_fini (&editor);
}
