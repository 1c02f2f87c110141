/* test_ui_conflict.c: what the terminal shows of a conflict before it asks. */

#include "ui/conflict.h"

#include <stdlib.h>

#include <criterion/criterion.h>

#include "runtime/json.h"

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
