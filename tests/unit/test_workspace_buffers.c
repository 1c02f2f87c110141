/* test_workspace_buffers.c: the several texts of a workspace, their record, the files that they come from
 * and go to, and where answers are put. */

#include "unit/ui_fixture.h"

#include "runtime/json.h"
#include "ui/ui_files.h"
#include "ui/workspace_buffers.h"

static struct stage stage;

static void
setup (void)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    stage_workspace (&stage, "one", "{}", "");
    stage.ui.directory = stui_strdup ("/work");
    stage.ui.home = stui_strdup ("/home/ada");
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (buffers, .init = setup, .fini = teardown);

static struct workspace *
current (void)
{
    return stage.ui.current;
}

static void
command (const char *line)
{
    stage_keys (&stage, "M-x");
    stage_type (&stage, line);
    stage_keys (&stage, "Enter");
}

static void
expect_said (const char *text)
{
    cr_assert_not_null (strstr (stage.ui.model.message, text), "'%s' was said, not '%s'",
                        stage.ui.model.message, text);
}

static const char *
name (void)
{
    return buffers_current (current ())->name;
}

Test (buffers, each_has_its_text_cursor_and_undo)
{
    stage_type (&stage, "first text");
    stage_keys (&stage, "Left Left");
    command ("buffer new notes");
    cr_assert_str_eq (stage_text (&stage), "");
    stage_type (&stage, "second");
    stage_keys (&stage, "M-o");
    cr_assert_str_eq (name (), "main");
    cr_assert_str_eq (stage_text (&stage), "first text");
    cr_assert_eq (current ()->editor.cursor, 8);
    stage_keys (&stage, "M-u");
    cr_assert_str_eq (stage_text (&stage), "first");
    stage_keys (&stage, "M-o M-u");
    cr_assert_str_eq (stage_text (&stage), "");
    stage_keys (&stage, "M-r");
    cr_assert_str_eq (stage_text (&stage), "second");
    command ("buffer main");
    cr_assert_str_eq (name (), "main");
    command ("buffer nobody");
    expect_said ("There is no buffer nobody");
    command ("buffer new notes");
    expect_said ("already");
}

Test (buffers, one_is_chosen_from_a_list)
{
    command ("buffer new notes");
    command ("buffer new more");
    stage_keys (&stage, "M-O");
    cr_assert_eq (stage.ui.chooser.count, 3);
    stage_keys (&stage, "Up Enter");
    cr_assert_str_eq (name (), "notes");
    command ("buffer list");
    stage_keys (&stage, "M-O M-O Enter");
    cr_assert_str_eq (name (), "main");
    stage_keys (&stage, "M-O");
    stage_type (&stage, "x");
    cr_assert_eq (stage.ui.chooser.kind, CHOOSER_CLOSED);
}

Test (buffers, closing_one_that_holds_text_asks_first)
{
    stage_type (&stage, "main text");
    command ("buffer close");
    expect_said ("the only buffer");
    command ("buffer new notes");
    stage_type (&stage, "precious");
    command ("buffer close");
    stage_type (&stage, "n");
    cr_assert_eq (current ()->buffer_count, 2);
    command ("buffer close notes");
    stage_type (&stage, "y");
    cr_assert_eq (current ()->buffer_count, 1);
    cr_assert_str_eq (stage_text (&stage), "main text");
    command ("buffer new empty");
    command ("buffer close");
    cr_assert_eq (current ()->buffer_count, 1, "an empty one is not asked about");
}

/* What the next write carries. */
static struct json *
written (void)
{
    stage_pass (&stage, 600);
    const struct msg *msg = stage_asked (&stage, MSG_SESSION_WRITE);
    cr_assert_not_null (msg);
    return json_parse_text (msg_text (msg, 2));
}

Test (buffers, all_are_in_the_record_and_come_back_as_left)
{
    stage_type (&stage, "one two");
    command ("buffer new b");
    stage_type (&stage, "text of b");
    stage_keys (&stage, "Home S-Right");
    command ("buffer new c");
    stage_keys (&stage, "M-o M-o");
    free (buffers_current (current ())->path);
    buffers_current (current ())->path = stui_strdup ("/work/b.st");
    command ("results beside");
    stage_ok (&stage, MSG_SESSION_WRITE, "{\"change\":5}");
    struct json *patch = written (), *again;
    struct workspace *other = workspace_new ("one", "");
    buffers_from_json (other, json_get (patch, "workspace"), true);
    cr_assert_eq (other->buffer_count, 3);
    cr_assert_str_eq (buffers_current (other)->name, "b");
    cr_assert_str_eq (buffers_current (other)->path, "/work/b.st");
    cr_assert_str_eq (other->editor.text, "text of b");
    cr_assert_eq (other->editor.cursor, 1);
    cr_assert_eq (other->editor.mark, 0);
    again = buffers_to_json (other);
    char *text = json_print (json_get (patch, "workspace")), *back = json_print (again);
    cr_assert_str_eq (back, text);
    buffers_show (other, (size_t) buffers_find (other, "main"));
    cr_assert (editor_do (&other->editor, EDITOR_UNDO, 1));
    cr_assert_str_eq (other->editor.text, "one");
    cr_assert_str_eq (json_get_text (json_get (patch, "view"), "answers"), "beside");
    free (back);
    free (text);
    json_destroy (&again);
    json_destroy (&patch);
    workspace_destroy (&other);
}

Test (buffers, news_of_the_session_do_not_turn_to_another_buffer)
{
    static const char session[] =
        "{\"session_id\":\"018f0000-0000-7000-8000-000000000001\",\"name\":\"workspace\","
        "\"state\":\"restored\",\"change\":%d,\"holder\":\"" STAGE_OTHER "\",\"context\":"
        "{\"workspace\":{\"text\":\"theirs %d\",\"name\":\"b\","
        "\"buffers\":[{\"name\":\"main\",\"text\":\"main %d\"}]}}}";
    for (int change = 7; change < 9; change++) {
        char *text = stui_printf (session, change, change, change);
        stage_ok (&stage, MSG_SESSION_WATCH, text);
        cr_assert_str_eq (name (), "main");
        cr_assert_eq (current ()->buffer_count, 2);
        free (text);
    }
    cr_assert_str_eq (stage_text (&stage), "main 8");
    stage_keys (&stage, "M-o");
    cr_assert_str_eq (stage_text (&stage), "theirs 8");
}

Test (buffers, a_record_of_somebody_else_is_read_whatever_it_says)
{
    static const char *const documents[] = {
        "{\"text\":\"a\",\"name\":\"\",\"buffers\":[{\"text\":\"b\"},{\"text\":\"c\",\"name\":\"\"}"
        "]}",
        "{\"text\":\"a\",\"place\":-5,\"buffers\":7}",
        "{\"text\":\"a\",\"place\":99,\"buffers\":[1,null,{\"name\":\"x\"}]}",
        "{\"text\":\"a\",\"name\":5,\"file\":\"relative\"}",
    };
    for (size_t index = 0; index < sizeof documents / sizeof *documents; index++) {
        struct json *json = json_parse_text (documents[index]);
        buffers_from_json (current (), json, true);
        cr_assert_str_eq (stage_text (&stage), "a");
        cr_assert_lt (current ()->buffer, current ()->buffer_count);
        cr_assert_null (buffers_current (current ())->path);
        json_destroy (&json);
    }
}

Test (buffers, more_than_there_may_be_are_not_taken_and_the_one_shown_is)
{
    char *text = stui_strdup ("{\"text\":\"shown\",\"name\":\"shown\",\"buffers\":[");
    for (int number = 0; number < 40; number++) {
        char *longer = stui_printf ("%s%s{\"text\":\"%d\",\"name\":\"b%d\"}", text,
                                    number ? "," : "", number, number);
        free (text);
        text = longer;
    }
    char *whole = stui_printf ("%s]}", text);
    struct json *json = json_parse_text (whole);
    buffers_from_json (current (), json, true);
    cr_assert_str_eq (stage_text (&stage), "shown");
    cr_assert_leq (current ()->buffer_count, WORKSPACE_BUFFERS_MAX);
    json_destroy (&json);
    free (whole);
    free (text);
}

/* The text of the buffer NAME. */
static const char *
text_of (const char *name)
{
    int place = buffers_find (current (), name);
    cr_assert_geq (place, 0, "there is no buffer %s", name);
    return buffers_at (current (), (size_t) place)->text;
}

/* A document with NAME shown, and b0 and on beside, as many as there may be with EXTRA. */
static struct json *
full_document (const char *name, const char *extra)
{
    char *text = stui_printf ("{\"text\":\"%s\",\"name\":\"%s\",\"buffers\":[", name, name);
    for (int number = 0; number < WORKSPACE_BUFFERS_MAX - 2; number++) {
        char *longer = stui_printf ("%s{\"text\":\"%d\",\"name\":\"b%d\"},", text, number, number);
        free (text);
        text = longer;
    }
    char *whole = stui_printf ("%s{\"text\":\"%s\",\"name\":\"%s\"}]}", text, extra, extra);
    struct json *json = json_parse_text (whole);
    free (whole);
    free (text);
    return json;
}

/* Symptom: the holder of a full workspace closed one buffer and made another, and the reader lacked the
 * new one, or had the shown text in the place of another's. */
Test (buffers, one_closed_and_one_made_in_a_full_workspace_is_seen_by_the_reader)
{
    struct json *before = full_document ("shown", "old"), *after = full_document ("fresh", "shown");
    buffers_from_json (current (), before, true);
    cr_assert_eq (current ()->buffer_count, WORKSPACE_BUFFERS_MAX);
    cr_assert_str_eq (text_of ("old"), "old");
    buffers_from_json (current (), after, false);
    cr_assert_eq (current ()->buffer_count, WORKSPACE_BUFFERS_MAX);
    cr_assert_str_eq (text_of ("fresh"), "fresh");
    cr_assert_str_eq (text_of ("shown"), "shown");
    cr_assert_str_eq (text_of ("b13"), "13");
    cr_assert_str_eq (name (), "shown", "who reads stays where he was");
    json_destroy (&after);
    json_destroy (&before);
}

/* Symptom: a buffer named after a file with a line end in its name came back as "main", over main. */
Test (buffers, a_name_with_a_line_end_does_not_come_back_over_main)
{
    stage_type (&stage, "text of main");
    cr_assert (buffers_add (current (), "a\nb"));
    cr_assert_str_eq (name (), "a_b");
    stage_type (&stage, "other");
    struct json *json = buffers_to_json (current ());
    struct workspace *other = workspace_new ("one", "");
    buffers_from_json (other, json, true);
    cr_assert_eq (other->buffer_count, 2);
    cr_assert_str_eq (other->editor.text, "other");
    workspace_destroy (&other);
    json_destroy (&json);
    json = json_parse_text ("{\"text\":\"shown\",\"name\":\"a\\nb\",\"buffers\":"
                            "[{\"text\":\"m\"},{\"text\":\"again\",\"name\":\"main\"}]}");
    buffers_from_json (current (), json, true);
    cr_assert_eq (current ()->buffer_count, 3);
    cr_assert_str_eq (text_of ("main"), "m");
    cr_assert_str_eq (text_of ("main 2"), "again");
    cr_assert_str_eq (text_of ("a_b"), "shown");
    json_destroy (&json);
}

Test (buffers, an_answer_goes_to_the_text_that_it_was_asked_from)
{
    stage_type (&stage, "3 + 4");
    stage_keys (&stage, "^P");
    command ("buffer new other");
    stage_type (&stage, "here");
    stage_ok (&stage, MSG_HOLD, "{\"result\":\"7\",\"has_error\":false}");
    cr_assert_str_eq (stage_text (&stage), "here");
    stage_keys (&stage, "M-o");
    cr_assert_str_eq (stage_text (&stage), "3 + 4 7");
    stage_keys (&stage, "^End ^P M-o");
    command ("buffer main");
    command ("buffer close");
    stage_type (&stage, "y");
    stage_ok (&stage, MSG_HOLD, "{\"result\":\"8\",\"has_error\":false}");
    cr_assert_str_eq (stage_text (&stage), "here");
}

Test (buffers, answers_beside_leave_the_text_alone)
{
    command ("results beside");
    stage_type (&stage, "3 + 4");
    stage_keys (&stage, "^P");
    stage_ok (&stage, MSG_HOLD, "{\"result\":\"7\",\"has_error\":false}");
    cr_assert_str_eq (stage_text (&stage), "3 + 4");
    cr_assert_str_eq (current ()->outputs[0].text, "7");
    command ("results place");
    stage_keys (&stage, "^P");
    stage_ok (&stage, MSG_HOLD, "{\"result\":\"7\",\"has_error\":false}");
    cr_assert_str_eq (stage_text (&stage), "3 + 4 7");
    command ("results sideways");
    expect_said (":results beside");
}

Test (buffers, together_they_hold_what_one_may)
{
    static char text[EDITOR_TEXT_MAX - 10];
    memset (text, 'x', sizeof text);
    editor_insert (&current ()->editor, text, sizeof text, false);
    command ("buffer new b");
    stage_type (&stage, "0123456789a");
    cr_assert_str_eq (stage_text (&stage), "0123456789");
    expect_said ("buffers hold 256 KB together");
}

/* ---- the user's own editor ------------------------------------------------------------------ */

/* The text that the editor is given. */
static char *
given (void)
{
    ui_take_key (&stage.ui, (struct key){.codepoint = 'v', .modifiers = KEY_ALT}, stage.now);
    char *text = NULL;
    for (size_t index = 0; index < stage.ui.action_count; index++)
        if (stage.ui.actions[index].what == UI_EXTERNAL)
            text = stui_strdup (stage.ui.actions[index].text);
    stage_settle (&stage);
    return text;
}

Test (buffers, what_the_users_editor_made_is_one_step_of_undo)
{
    stage_type (&stage, "one line");
    char *text = given ();
    cr_assert_str_eq (text, "one line");
    ui_take_external (&stage.ui, "other\r\nlines\n", "", stage.now);
    stage_settle (&stage);
    cr_assert_str_eq (stage_text (&stage), "other\nlines");
    stage_keys (&stage, "M-u");
    cr_assert_str_eq (stage_text (&stage), "one line");
    free (text);
}

Test (buffers, what_the_users_editor_made_is_never_lost)
{
    stage_type (&stage, "one");
    command ("buffer new b");
    char *text = given ();
    ui_take_external (&stage.ui, NULL, "the editor ended with status 1", stage.now);
    expect_said ("status 1");
    free (text);
    text = given ();
    command ("buffer close");
    ui_take_external (&stage.ui, "work", "", stage.now);
    stage_settle (&stage);
    expect_said ("^V puts it in");
    cr_assert_str_eq (stage.ui.clip, "work");
    cr_assert_str_eq (stage_text (&stage), "one");
    free (text);
    text = given ();
    char *much = calloc (1, EDITOR_TEXT_MAX + 2);
    memset (much, 'x', EDITOR_TEXT_MAX + 1);
    ui_take_external (&stage.ui, much, "", stage.now);
    stage_settle (&stage);
    expect_said ("more than a workspace holds");
    cr_assert_str_eq (stage_text (&stage), "one");
    free (much);
    free (text);
}

Test (buffers, what_was_deleted_before_the_lease_was_here_does_not_come_back)
{
    stage_type (&stage, "one two");
    current ()->mine = false;
    current ()->holder[0] = '\0';
    current ()->saved = current ()->edited;
    stage_keys (&stage, "M-u");
    cr_assert_str_eq (stage_text (&stage), "one");
    stage_ok (&stage, MSG_SESSION_WATCH,
              "{\"session_id\":\"018f0000-0000-7000-8000-000000000001\",\"name\":\"workspace\","
              "\"state\":\"restored\",\"change\":9,\"holder\":\"\",\"context\":{\"workspace\":"
              "{\"text\":\"one two\"}}}");
    cr_assert_str_eq (stage_text (&stage), "one");
}

/* ---- files ---------------------------------------------------------------------------------- */

Test (buffers, paths_begin_where_the_user_is)
{
    static const char *const cases[][2] = {{"a.st", "/work/a.st"},
                                           {"/etc/x", "/etc/x"},
                                           {"~/a.st", "/home/ada/a.st"},
                                           {"../b", "/work/../b"}};
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        char *path = ui_file_path (cases[index][0], "/work", "/home/ada");
        cr_assert_str_eq (path, cases[index][1]);
        free (path);
    }
    cr_assert_null (ui_file_path ("a", NULL, NULL));
}

Test (buffers, a_file_is_opened_as_a_buffer_and_written_back)
{
    stage_type (&stage, "kept");
    command ("open lib/a.st");
    const struct msg *asked = stage_asked (&stage, MSG_FILE_READ);
    cr_assert_not_null (asked);
    cr_assert_str_eq (msg_text (asked, 0), "/work/lib/a.st");
    stage_ok (&stage, MSG_FILE_READ, "{\"text\":\"Object subclass: #A.\\r\\n\\\"x\\\"\\n\"}");
    cr_assert_str_eq (name (), "a.st");
    cr_assert_str_eq (stage_text (&stage), "Object subclass: #A.\n\"x\"\n");
    expect_said ("lib/a.st: 2 lines");
    stage_keys (&stage, "M-u");
    cr_assert_neq (current ()->editor.size, 0, "undo does not empty it");
    stage_type (&stage, "!");
    stage_keys (&stage, "M-s");
    stage_ok (&stage, MSG_FILE_READ, "{\"text\":\"Object subclass: #A.\\r\\n\\\"x\\\"\\n\"}");
    asked = stage_asked (&stage, MSG_FILE_WRITE);
    cr_assert_str_eq (msg_text (asked, 0), "/work/lib/a.st");
    cr_assert_str_eq (msg_text (asked, 1), "!Object subclass: #A.\n\"x\"\n");
    stage_ok (&stage, MSG_FILE_WRITE, "{\"bytes\":26}");
    expect_said ("is written, 26 bytes");
    stage_keys (&stage, "M-o");
    command ("open-file lib/a.st");
    cr_assert_null (stage_asked (&stage, MSG_FILE_READ));
    cr_assert_str_eq (name (), "a.st", "it is open already");
}

Test (buffers, a_file_that_is_there_is_not_written_over_unasked)
{
    stage_type (&stage, "text");
    command ("write b.st");
    cr_assert_null (stage_asked (&stage, MSG_FILE_WRITE));
    stage_ok (&stage, MSG_FILE_READ, "{\"text\":\"old\"}");
    stage_type (&stage, "n");
    cr_assert_null (stage_asked (&stage, MSG_FILE_WRITE));
    command ("write b.st");
    stage_ok (&stage, MSG_FILE_READ, "{\"text\":\"old\"}");
    stage_type (&stage, "y");
    stage_ok (&stage, MSG_FILE_WRITE, "{\"bytes\":4}");
    cr_assert_str_eq (buffers_current (current ())->path, "/work/b.st");
    command ("write c.st");
    stage_error (&stage, MSG_FILE_READ, STUI_E_NOT_FOUND, "no such file");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_FILE_WRITE), 0), "/work/c.st");
    stage_error (&stage, MSG_FILE_WRITE, STUI_E_SYSTEM, "the disk is full");
    expect_said ("the disk is full");
    cr_assert_str_eq (buffers_current (current ())->path, "/work/b.st");
}

/* Symptom: who turned to another buffer while a write was asked about had that one's text in the file;
 * or that one became the file's, and the next write went over it unasked. */
Test (buffers, turning_to_another_buffer_does_not_write_that_one_to_the_file)
{
    stage_type (&stage, "of main");
    command ("buffer new b");
    stage_type (&stage, "of b");
    stage_keys (&stage, "M-o");
    command ("write a.st");
    stage_keys (&stage, "M-o");
    stage_error (&stage, MSG_FILE_READ, STUI_E_NOT_FOUND, "no such file");
    cr_assert_null (stage_asked (&stage, MSG_FILE_WRITE));
    expect_said ("was not written");
    stage_keys (&stage, "M-o");
    command ("write a.st");
    stage_error (&stage, MSG_FILE_READ, STUI_E_NOT_FOUND, "no such file");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_FILE_WRITE), 1), "of main");
    stage_keys (&stage, "M-o");
    stage_ok (&stage, MSG_FILE_WRITE, "{\"bytes\":7}");
    cr_assert_null (buffers_current (current ())->path);
    stage_keys (&stage, "M-o");
    cr_assert_str_eq (buffers_current (current ())->path, "/work/a.st");
}

/* Symptom: a session of somebody else named a file of the user's, and :write without a name replaced
 * it. */
Test (buffers, a_file_that_only_the_session_names_is_asked_about_once)
{
    static const int errors[] = {0, STUI_E_NOT_FOUND};
    struct json *json = json_parse_text ("{\"text\":\"x\",\"file\":\"/home/ada/.profile\"}");
    for (size_t index = 0; index < sizeof errors / sizeof *errors; index++) {
        free (buffers_current (current ())->path);
        buffers_current (current ())->path = NULL;
        buffers_from_json (current (), json, true);
        command ("write");
        cr_assert_null (stage_asked (&stage, MSG_FILE_WRITE));
        if (errors[index])
            stage_error (&stage, MSG_FILE_READ, errors[index], "no such file");
        else
            stage_ok (&stage, MSG_FILE_READ, "{\"text\":\"old\"}");
        cr_assert_null (stage_asked (&stage, MSG_FILE_WRITE));
        stage_type (&stage, "y");
        stage_ok (&stage, MSG_FILE_WRITE, "{\"bytes\":1}");
        buffers_from_json (current (), json, true);
        command ("write");
        stage_ok (&stage, MSG_FILE_READ, "{\"text\":\"x\"}");
        cr_assert_not_null (stage_asked (&stage, MSG_FILE_WRITE), "it was said once");
        stage_ok (&stage, MSG_FILE_WRITE, "{\"bytes\":1}");
    }
    json_destroy (&json);
}

/* Symptom: M-s went over what another program had written into the file meanwhile. */
Test (buffers, a_file_that_another_program_changed_is_not_written_over_unasked)
{
    static const char changed[] = "{\"text\":\"theirs\"}";
    command ("open a.st");
    stage_ok (&stage, MSG_FILE_READ, "{\"text\":\"old\"}");
    stage_type (&stage, "my ");
    stage_keys (&stage, "M-s");
    stage_ok (&stage, MSG_FILE_READ, changed);
    cr_assert_null (stage_asked (&stage, MSG_FILE_WRITE));
    cr_assert_not_null (strstr (stage.ui.prompt.question, "Another program changed a.st"));
    stage_type (&stage, "c");
    cr_assert_null (stage_asked (&stage, MSG_FILE_WRITE));
    expect_said ("Not written");
    stage_keys (&stage, "M-s");
    stage_ok (&stage, MSG_FILE_READ, changed);
    stage_type (&stage, "o");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_FILE_WRITE), 1), "my old");
    stage_ok (&stage, MSG_FILE_WRITE, "{\"bytes\":6}");
    stage_keys (&stage, "M-s");
    stage_ok (&stage, MSG_FILE_READ, "{\"text\":\"my old\"}");
    cr_assert_not_null (stage_asked (&stage, MSG_FILE_WRITE), "it is as it was written here");
    stage_ok (&stage, MSG_FILE_WRITE, "{\"bytes\":6}");
    stage_keys (&stage, "M-s");
    stage_ok (&stage, MSG_FILE_READ, changed);
    stage_type (&stage, "k");
    stage_keys (&stage, "Enter");
    stage_error (&stage, MSG_FILE_READ, STUI_E_NOT_FOUND, "no such file");
    cr_assert_str_eq (msg_text (stage_asked (&stage, MSG_FILE_WRITE), 0), "/work/a-mine.st");
    stage_ok (&stage, MSG_FILE_WRITE, "{\"bytes\":6}");
    cr_assert_str_eq (buffers_current (current ())->path, "/work/a-mine.st");
}

Test (buffers, a_file_that_cannot_be_had_is_said)
{
    command ("open nothing.st");
    stage_error (&stage, MSG_FILE_READ, STUI_E_NOT_FOUND, "the file cannot be opened");
    expect_said ("cannot be opened");
    cr_assert_eq (current ()->buffer_count, 1);
    stage_keys (&stage, "M-s");
    expect_said ("To which file?");
    stage_keys (&stage, "Esc");
    command ("open slow.st");
    command ("open other.st");
    expect_said ("still at /work/slow.st");
}

Test (buffers, an_image_is_still_opened_by_its_name)
{
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":2,\"removed\":[],\"images\":["
              "{\"name\":\"two.st\",\"state\":\"online\"}]}");
    command ("open two.st");
    cr_assert_null (stage_asked (&stage, MSG_FILE_READ));
    cr_assert_str_eq (current ()->image, "two.st");
}
