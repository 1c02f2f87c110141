/* test_details.c: what is longer than its place is reached by the keys that scroll elsewhere: events, fields of
 * the inspector, answers, lines of a transcript, results; also in the smallest pane. */

#include "unit/ui_fixture.h"

#include "ui/commands.h"

static struct stage stage;

static void
setup (void)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    stage_ok (&stage, MSG_WATCH,
              "{\"version\":1,\"images\":[{\"name\":\"one\",\"state\":\"online\",\"transcript\":3},"
              "{\"name\":\"two\",\"state\":\"online\"}]}");
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (details, .init = setup, .fini = teardown);

static bool
shows (int rows, int columns, const char *text)
{
    char *screen = stage_screen (&stage, rows, columns);
    bool is = strstr (screen, text) != NULL;
    free (screen);
    return is;
}

#define expect_seen(rows, columns, text)                                                           \
    cr_assert (shows (rows, columns, text), "'%s' is not in\n%s", text,                            \
               stage_screen (&stage, rows, columns))
#define expect_unseen(rows, columns, text)                                                         \
    cr_assert_not (shows (rows, columns, text), "'%s' is in\n%s", text,                            \
                   stage_screen (&stage, rows, columns))

/* COUNT words, "word1 word2 …", caller frees. */
static char *
words (int count, const char *between)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream (&text, &size);
    for (int word = 1; word <= count; word++)
        fprintf (file, "%sword%d", word > 1 ? between : "", word);
    fclose (file);
    return text;
}

/* ---- events ---------------------------------------------------------------------------------- */

/* The second of two events has 200 words. */
static void
give_events (void)
{
    char *text = words (200, " ");
    char *events = stui_printf (
        "{\"last_seq\":2,\"events\":[{\"seq\":1,\"at_ms\":1769855100000,\"image\":\"one\",\"kind\":"
        "\"online\",\"text\":\"connected\"},{\"seq\":2,\"at_ms\":1769855160000,\"image\":\"one\","
        "\"kind\":\"unreachable\",\"text\":\"%s\"}]}",
        text);
    stage_ok (&stage, MSG_EVENTS_GET, "{\"events\":[],\"last_seq\":2}");
    stage_pass (&stage, 1);
    stage_ok (&stage, MSG_EVENTS_GET, events);
    free (events);
    free (text);
    stage_keys (&stage, "3");
}

/* Symptom: of an event that was longer than the screen the end could not be read. */
Test (details, an_event_longer_than_its_place_scrolls_once_it_has_the_keys)
{
    give_events ();
    shows (24, 60, "");
    stage_keys (&stage, "Enter");
    expect_seen (24, 60, "\n   word1 ");
    expect_unseen (24, 60, "word200");
    expect_seen (24, 60, "more: Tab");
    expect_seen (24, 60, "Tab panel");
    stage_keys (&stage, "Tab");
    expect_seen (24, 60, " 1-17 of ");
    expect_seen (24, 60, "PageDown on a page");
    stage_keys (&stage, "Down");
    expect_unseen (24, 60, "\n   word1 ");
    stage_keys (&stage, "PageDown PageDown PageDown");
    expect_seen (24, 60, "word200");
    stage_keys (&stage, "g");
    expect_seen (24, 60, "\n   word1 ");
    stage_keys (&stage, "G");
    expect_seen (24, 60, "word200");
    stage_keys (&stage, "Esc k");
    expect_seen (24, 60, "one  online"); /* the list has the keys again */
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_EVENTS);
    cr_assert_not (stage.ui.event_open);
}

/* Symptom: in a pane of three rows Enter showed nothing. */
Test (details, in_the_smallest_pane_an_event_stands_in_the_place_of_the_list)
{
    give_events ();
    shows (10, 40, "");
    commands_run_line (&stage.ui, "split events");
    shows (10, 40, "");
    stage_keys (&stage, "Enter");
    expect_seen (10, 40, "word1 ");
    for (int row = 0; row < 60 && !shows (10, 40, "word200"); row++)
        stage_keys (&stage, "Down");
    expect_seen (10, 40, "word200");
    stage_keys (&stage, "Esc");
    cr_assert_not (stage.ui.event_open);
    expect_unseen (10, 40, "word200");
}

/* Symptom: one that left the list a row had the keys again whenever Esc had taken them away. */
Test (details, in_the_smallest_pane_a_short_event_leaves_the_keys_to_the_list)
{
    stage_ok (&stage, MSG_EVENTS_GET, "{\"events\":[],\"last_seq\":1}");
    stage_pass (&stage, 1);
    stage_ok (&stage, MSG_EVENTS_GET,
              "{\"last_seq\":1,\"events\":[{\"seq\":1,\"at_ms\":1769855100000,\"image\":\"one\","
              "\"kind\":\"online\",\"text\":\"connected\"}]}");
    shows (10, 40, "");
    commands_run_line (&stage.ui, "split events");
    shows (10, 40, "");
    stage_keys (&stage, "Enter");
    expect_seen (10, 40, "\n   connected\n");
    cr_assert_not (stage.ui.details.keys);
    stage_keys (&stage, "Tab");
    expect_seen (10, 40, "\n   connected\n");
    stage_keys (&stage, "Esc");
    expect_seen (10, 40, "\n   connected\n");
    stage_keys (&stage, "Esc");
    expect_unseen (10, 40, "\n   connected\n");
}

Test (details, the_wheel_scrolls_what_is_under_it_and_a_click_gives_the_keys)
{
    give_events ();
    shows (24, 60, "");
    stage_keys (&stage, "Enter");
    expect_seen (24, 60, "\n   word1 ");
    struct mouse mouse = {.action = MOUSE_WHEEL_DOWN, .row = 15, .column = 5};
    ui_take_mouse (&stage.ui, &mouse, stage.now);
    expect_unseen (24, 60, "\n   word1 ");
    cr_assert_not (stage.ui.details.keys);
    mouse.action = MOUSE_PRESS;
    mouse.button = 1;
    ui_take_mouse (&stage.ui, &mouse, stage.now);
    cr_assert (stage.ui.details.keys);
    mouse.row = 1;
    ui_take_mouse (&stage.ui, &mouse, stage.now);
    cr_assert_not (stage.ui.details.keys);
}

/* ---- the inspector --------------------------------------------------------------------------- */

static void
inspect (const char *value)
{
    stage_workspace (&stage, "one", "{}", "");
    stage_type (&stage, "x");
    stage_keys (&stage, "M-i");
    char *result = stui_printf (
        "{\"result\":\"%s\",\"result_type\":\"String\",\"has_error\":false,\"object_id\":\"o1\"}",
        value);
    stage_ok (&stage, MSG_HOLD, result);
    free (result);
}

Test (details, a_long_value_in_the_inspector_is_read_to_its_end)
{
    char *value = words (200, " ");
    inspect (value);
    expect_seen (24, 80, "Tab panel");
    stage_keys (&stage, "Tab G");
    expect_seen (24, 80, "word200");
    stage_keys (&stage, "Tab");
    expect_unseen (10, 40, "word200");
    stage_keys (&stage,
                "Tab G"); /* where there is no room below the list it has the list's place */
    expect_seen (10, 40, "word200");
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_INSPECTOR);
    expect_unseen (10, 40, "word200");
    free (value);
}

/* Symptom: F6 led from the text to the results, and not back. */
Test (details, the_key_that_leads_to_the_results_leads_back_to_the_text)
{
    stage_workspace (&stage, "one", "{}", "");
    stage_keys (&stage, "F6");
    cr_assert (stage.ui.current->in_results);
    stage_keys (&stage, "F6");
    cr_assert_not (stage.ui.current->in_results);
}

/* Symptom: in a pane of three rows a fan-out was all heading, and its answers were shown nowhere. */
Test (details, answers_of_a_fan_out_are_read_in_the_smallest_pane)
{
    char *value = words (100, " ");
    commands_run_line (&stage.ui, "mark all");
    commands_run_line (&stage.ui, "all 3 + 4");
    stage_pass (&stage, 1);
    char *result = stui_printf ("{\"result\":\"%s\",\"has_error\":false}", value);
    while (stage_asked (&stage, MSG_HOLD))
        stage_ok (&stage, MSG_HOLD, result);
    shows (10, 40, "");
    commands_run_line (&stage.ui, "split fanout");
    expect_seen (10, 40, "one       answered");
    stage_keys (&stage, "Tab");
    expect_seen (10, 40, "word1 ");
    stage_keys (&stage, "G");
    expect_seen (10, 40, "word100");
    stage_pass (&stage, MODEL_MESSAGE_MS + 1);
    expect_seen (10, 40, "PageDown on a page");
    free (result);
    free (value);
}

/* Symptom: what one can do about an image stood below the last row of a small screen, and nothing scrolled. */
Test (details, a_diagnosis_longer_than_the_screen_scrolls)
{
    commands_run_line (&stage.ui, "diagnose one");
    stage_settle (&stage);
    struct ui_probe *probe = &stage.ui.diagnosis;
    probe->stage = UI_PROBE_BAD;
    snprintf (probe->why, sizeof probe->why, "%s",
              "the name has no address: the resolver said that it knows nothing of it, and asked "
              "three servers, of which none answered within the time that they have for an answer, "
              "and it is asked again by itself, less and less often, until it says where the image "
              "is");
    expect_seen (10, 40, "attempt failed");
    expect_unseen (10, 40, "online");
    expect_seen (10, 40, "PageDown on a page");
    stage_keys (&stage, "G");
    expect_seen (10, 40, "online");
    expect_unseen (10, 40, "attempt failed");
    stage_keys (&stage, "Esc");
    cr_assert_eq (stage.ui.screen, SCREEN_IMAGES);
}

Test (details, a_panel_that_has_the_keys_says_so_also_when_all_of_it_is_seen)
{
    inspect ("short");
    expect_unseen (24, 80, " has the keys ");
    stage_keys (&stage, "Tab");
    expect_seen (24, 80, " has the keys ");
}

/* Symptom: what was said at the right of a title was written over it. */
Test (details, a_title_is_cut_for_what_is_said_beside_it)
{
    give_events ();
    shows (12, 40, "");
    stage_keys (&stage, "Enter Tab");
    expect_seen (12, 40, " 10:26:00  one  unreach… ");
    expect_seen (12, 40, " 1-5 of 46 ");
}

/* ---- transcripts ----------------------------------------------------------------------------- */

static void
give_line (const char *text)
{
    stage_keys (&stage, "6");
    char *answer = stui_printf (
        "{\"last\":3,\"entries\":[{\"position\":1,\"at_ms\":5,\"kind\":\"text\",\"text\":"
        "\"before\\n%s\\nafter\\n\",\"boot_id\":\"b\",\"seq\":1}]}",
        text);
    stage_ok (&stage, MSG_TRANSCRIPT_GET, answer);
    free (answer);
}

/* Symptom: what did not fit the width of a transcript was cut off, and shown nowhere. */
Test (details, a_long_line_of_a_transcript_is_wrapped_and_scrolls_row_by_row)
{
    char *line = words (100, " ");
    give_line (line);
    expect_seen (24, 100, "word100\n");
    expect_seen (24, 100, "before\n");
    expect_seen (10, 40, "word100\n");
    expect_seen (10, 40, "after\n");
    expect_unseen (10, 40, "before\n");
    expect_unseen (10, 40, "more below");
    stage_keys (&stage, "Up");
    expect_seen (10, 40, "1 more below");
    expect_unseen (10, 40, "after\n");
    stage_keys (&stage, "g");
    expect_seen (10, 40, "before\n");
    expect_seen (10, 40, "word1 ");
    stage_keys (&stage, "PageDown PageDown PageDown PageDown PageDown");
    expect_seen (10, 40, "after\n");
    expect_unseen (10, 40, "more below");
    cr_assert_eq (stage.ui.transcript.last, 0, "it follows what comes");
    free (line);
}

/* ---- results --------------------------------------------------------------------------------- */

/* Symptom: of a result the lines after the 400th were "… and more". */
Test (details, a_result_is_read_from_its_first_line_to_its_last)
{
    stage_workspace (&stage, "one", "{}", "");
    stage_type (&stage, "x");
    stage_keys (&stage, "^P");
    char *text = words (900, "\\n");
    char *result =
        stui_printf ("{\"result\":\"%s\",\"result_type\":\"String\",\"has_error\":false}", text);
    stage_ok (&stage, MSG_HOLD, result);
    expect_seen (24, 80, "word900");
    expect_seen (24, 80, " above: F6");
    stage_keys (&stage, "F6 g");
    expect_seen (24, 80, "→ word1\n");
    for (int page = 0; page < 200 && !shows (24, 80, "word500\n"); page++)
        stage_keys (&stage, "PageDown");
    expect_seen (24, 80, "word500\n");
    free (result);
    free (text);
}
