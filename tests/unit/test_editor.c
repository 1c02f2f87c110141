/* test_editor.c: the text of a workspace: moves by clusters, words and lines, selection, undo,
 * anchors, and the JSON that a session keeps. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

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
    for (int op = 0; op <= EDITOR_SELECT_ALL; op++) {
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

Test (editor, random_keys_never_break_a_character_and_undo_leads_back)
{
    static const char *const pieces[] = {"a",      " ",  "\n",         "\u00e4", "e\u0301",
                                         "\u4e2d", "\t", "\U0001f600", "word"};
    struct random_source random = {7};
    for (int step = 0; step < 20000; step++) {
        int op = (int) random_below (&random, EDITOR_SELECT_ALL + 12);
        const char *piece = pieces[random_below (&random, sizeof pieces / sizeof *pieces)];
        if (op > EDITOR_SELECT_ALL)
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
