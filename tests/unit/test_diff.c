/* test_diff.c: the difference of two texts, as diff -u shows it, and which versions of a session are
 * compared. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/diff.h"
#include "runtime/json.h"
#include "runtime/versions.h"

static void
expect (const char *one, const char *other, const char *wanted)
{
    char *text = diff_lines (one, "old", other, "new");
    cr_assert_str_eq (text, wanted);
    free (text);
}

Test (diff, equal_texts_have_none)
{
    expect ("", "", "");
    expect ("a\nb\n", "a\nb", "");
}

Test (diff, what_is_out_stands_before_what_is_new)
{
    expect ("a\nb\nc\n", "a\nB\nc\nd\n", "--- old\n+++ new\n@@ -1,3 +1,4 @@\n a\n-b\n+B\n c\n+d\n");
    expect ("", "a\n", "--- old\n+++ new\n@@ -0,0 +1 @@\n+a\n");
    expect ("a\n", "", "--- old\n+++ new\n@@ -1 +0,0 @@\n-a\n");
}

Test (diff, parts_that_are_far_from_each_other_are_told_apart)
{
    expect (
        "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\nx\n",
        "--- old\n+++ new\n@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n@@ -6,4 +7,4 @@\n 6\n 7\n 8\n-9\n+x\n");
    expect ("1\n2\n3\n4\n5\n6\n7\n", "0\n1\n2\n3\n4\n5\n6\nx\n",
            "--- old\n+++ new\n@@ -1,7 +1,8 @@\n+0\n 1\n 2\n 3\n 4\n 5\n 6\n-7\n+x\n");
}

/* What is left of TEXT, a difference with all lines in it, without those of SIGN. Caller frees. */
static char *
without (const char *text, char sign)
{
    char *left = calloc (1, strlen (text) + 1), *to = left;
    for (; *text; text += strcspn (text, "\n") + 1)
        if (*text != sign && *text != '@' && strncmp (text, "--- ", 4) != 0
            && strncmp (text, "+++ ", 4) != 0) {
            size_t size = strcspn (text, "\n");
            memcpy (to, text + 1, size);
            to += size;
        }
    return left;
}

/* Lines of a few words, so that many are the same. */
static void
random_text (char *text, unsigned *seed, int lines)
{
    for (*text = '\0'; lines > 0; lines--) {
        *seed = *seed * 1103515245 + 12345;
        text += sprintf (text, "%c\n", 'a' + (int) (*seed >> 16) % 3);
    }
}

Test (diff, both_texts_can_be_had_back_from_it)
{
    static char one[64], other[64];
    unsigned seed = 1;
    for (int round = 0; round < 2000; round++) {
        random_text (one, &seed, round % 7);
        random_text (other, &seed, round / 7 % 7);
        char *text = diff_lines (one, "one", other, "other");
        char *old = without (text, '+'), *new = without (text, '-');
        if (*text) { /* they are shorter than what is around a difference */
            cr_assert_not_null (strstr (one, old), "%s%s", one, text);
            cr_assert_not_null (strstr (other, new), "%s%s", other, text);
            cr_assert_leq (strlen (one) - strlen (old), 14);
        }
        else
            cr_assert_str_eq (one, other);
        free (new);
        free (old);
        free (text);
    }
}

Test (diff, of_texts_with_nothing_in_common_all_is_out_and_all_is_new)
{
    enum { LINES = 3000 };
    char *one = calloc (LINES, 8), *other = calloc (LINES, 8);
    char *one_at = one, *other_at = other;
    for (int line = 0; line < LINES; line++) {
        one_at += sprintf (one_at, "a%d\n", line);
        other_at += sprintf (other_at, "b%d\n", line);
    }
    char *text = diff_lines (one, "one", other, "other");
    cr_assert_not_null (strstr (text, "@@ -1,3000 +1,3000 @@\n-a0\n"));
    free (text);
    free (other);
    free (one);
}

/* ---- versions of a session ---- */

static const char stored[] = "[{\"generation\":9,\"written_at\":\"t9\",\"name\":\"n\",\"context\":{"
                             "\"workspace\":{\"text\":\"two\","
                             "\"undo\":[1]}}},{\"generation\":8,\"written_at\":\"t8\",\"name\":"
                             "\"n\",\"context\":{\"workspace\":"
                             "{\"text\":\"two\",\"undo\":[2]}}},{\"generation\":7,\"written_at\":"
                             "\"t7\",\"name\":\"n\",\"context\":"
                             "{\"workspace\":{\"text\":\"one\"}}}]";

static void
expect_versions (int64_t from, int64_t to, int64_t older, int64_t newer, const char *sentence)
{
    struct version one, other;
    struct stui_cause cause = {0};
    struct json *versions = json_parse_text (stored);
    int err = versions_choose (versions, from, to, &one, &other, &cause);
    cr_assert_eq (err < 0, sentence != NULL);
    if (sentence)
        cr_assert_str_eq (cause.text, sentence);
    else {
        cr_assert_eq (one.generation, older);
        cr_assert_eq (other.generation, newer);
        version_fini (&one);
        version_fini (&other);
    }
    json_destroy (&versions);
}

Test (diff, the_newest_version_is_compared_with_the_newest_one_that_differs)
{
    expect_versions (0, 0, 7, 9, NULL);
    expect_versions (8, 0, 8, 9, NULL);
    expect_versions (0, 8, 7, 8, NULL);
    expect_versions (0, 7, 0, 0, "no version before it is stored; there are 9, 8, 7");
    expect_versions (5, 0, 0, 0, "generation 5 is not stored; there are 9, 8, 7");
    expect_versions (7, 6, 0, 0, "generation 6 is not stored; there are 9, 8, 7");
}

Test (diff, a_version_is_compared_line_by_line_and_its_undo_only_as_a_whole)
{
    struct version one, other;
    struct stui_cause cause;
    struct json *versions = json_parse_text (stored);
    cr_assert_eq (versions_choose (versions, 7, 9, &one, &other, &cause), 0);
    char *text = versions_diff (&one, &other);
    cr_assert_str_eq (text,
                      "--- generation 7, stored t7\n+++ generation 9, stored t9\n@@ -1,3 +1,3 @@\n"
                      " name: n\n workspace.text:\n-  one\n+  two\n");
    cr_assert (versions_undo_differs (&one, &other));
    free (text);
    version_fini (&one);
    version_fini (&other);
    json_destroy (&versions);
}
