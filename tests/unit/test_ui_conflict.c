/* test_ui_conflict.c: what the terminal shows of a conflict before it asks. */

#include "ui/conflict.h"

#include <stdlib.h>

#include <criterion/criterion.h>

#include "runtime/json.h"
#include "unit/golden_fixture.h"

/* The two contexts differ in LINES. */
static void
assert_lines (const char *mine, const char *theirs, const char *lines)
{
    struct json *one = json_parse_text (mine), *other = json_parse_text (theirs);
    char *found = conflict_lines (one, other);
    cr_assert_str_eq (found, lines);
    free (found);
    json_destroy (&other);
    json_destroy (&one);
}

/* Symptom: in a conflict the terminal asked which version to keep and showed neither. */
Test (ui_conflict, shows_the_lines_that_differ_and_names_what_differs_too)
{
    assert_lines ("{\"workspace\":{\"text\":\"a\\nmine\\nz\"},\"history\":[1]}",
                  "{\"workspace\":{\"text\":\"a\\ntheirs\\nz\"},\"history\":[2],\"view\":{}}",
                  "- mine\n+ theirs\n  different too: history, view\n");
    assert_lines ("{\"workspace\":{\"text\":\"1\\n2\\n3\\n4\"}}", "{\"workspace\":{\"text\":\"\"}}",
                  "- 1\n- 2\n- …\n+ (nothing)\n");
    assert_lines ("{\"workspace\":{\"text\":\"a\\nb\"}}",
                  "{\"workspace\":{\"text\":\"a\\nc\\nb\"}}", "- (nothing)\n+ c\n");
    assert_lines ("{\"workspace\":{\"text\":\"x\"},\"history\":[1]}",
                  "{\"workspace\":{\"text\":\"x\"},\"history\":[2]}",
                  "  the texts are the same\n  different too: history\n");
    assert_lines ("{}", "null", "  the texts are the same\n");
}

#define SESSION                                                                                    \
    "\"session_id\":\"018f0000-0000-7000-8000-000000000001\",\"name\":\"workspace\",\"change\":3," \
    "\"holder\":\"" STAGE_ME "\""

static void
show_conflict (void)
{
    stage_open (&stage, "");
    stage_give (&stage, msg_new ("relay", MSG_LINKED, 0, (uint64_t) 4711));
    stage_workspace (&stage, "one", "{\"workspace\":{\"text\":\"mine\"}}", STAGE_ME);
    stage_ok (&stage, MSG_SESSION_WATCH, "{" SESSION ",\"state\":\"failed\",\"conflict\":true}");
}

static void
give_versions (void)
{
    stage_ok (&stage, MSG_SESSION_WATCH,
              "{" SESSION ",\"state\":\"failed\",\"conflict\":true,"
              "\"context\":{\"workspace\":{\"text\":\"mine\"}},"
              "\"theirs\":{\"state\":{\"workspace\":{\"text\":\"other\"}}}}");
}

static void
show_versions (void)
{
    show_conflict ();
    give_versions ();
    stage_pass (&stage, 10000); /* until the message of the start is gone */
}

Test (screens, a_conflict_is_as_it_should_be)
{
    check_all ("workspace-conflict", show_versions);
}

/* The supervisor tells no text where only the state is another one than was known. Symptom: a conflict that
 * was told so was shown as "failed", and nothing said that there was something to settle. */
Test (ui_conflict, is_shown_also_when_it_was_told_without_the_text)
{
    show_conflict ();
    const struct msg *watch = stage_asked (&stage, MSG_SESSION_WATCH);
    cr_assert_eq (msg_number (watch, 1), 0, "everything is asked for");
    give_versions ();
    char *screen = stage_screen (&stage, 24, 80);
    cr_assert (strstr (screen, "! Conflict"), "%s", screen);
    cr_assert (strstr (screen, "+ other"), "%s", screen);
    free (screen);
    stage_ok (&stage, MSG_SESSION_WATCH, "{" SESSION ",\"state\":\"restored\",\"conflict\":false}");
    cr_assert_eq (msg_number (stage_asked (&stage, MSG_SESSION_WATCH), 1), 0);
    stage_close (&stage);
}

/* Symptom: `session restore --keep both` put another text into a terminal that had it open, without a word. */
Test (ui_conflict, one_that_is_settled_elsewhere_says_where_the_text_is_that_stood_here)
{
    static const char taken[] =
        "{\"session_id\":\"018f0000-0000-7000-8000-000000000001\",\"name\":\"workspace\","
        "\"change\":%d,\"holder\":\"" STAGE_ME "\",\"state\":\"restored\",\"conflict\":false,"
        "\"context\":{\"workspace\":{\"text\":\"other\"}},\"theirs_taken\":true%s}";
    show_versions ();
    char *both =
        stui_printf (taken, 4, ",\"mine_is\":{\"session_id\":\"018f\",\"name\":\"mine 2\"}");
    stage_ok (&stage, MSG_SESSION_WATCH, both);
    cr_assert_str_eq (stage_text (&stage), "other");
    cr_assert_str_eq (stage.ui.model.message,
                      "Session workspace is the version of one now; yours is session mine 2");
    char *theirs = stui_printf (taken, 5, "");
    stage_ok (&stage, MSG_SESSION_WATCH, theirs);
    stage_pass (&stage, MODEL_READ_MS);
    cr_assert_str_eq (
        stage.ui.model.message,
        "Session workspace is the version of one now; M-u brings back what stood here");
    free (theirs);
    free (both);
    stage_close (&stage);
}
