/* test_store_lines.c: who may save over whom. */

#include "actors/store_lines.h"

#include <criterion/criterion.h>

#include "runtime/json.h"

static zhashx_t *lines;

static void
setup (void)
{
    lines = store_lines_new ();
}

static void
teardown (void)
{
    zhashx_destroy (&lines);
}

TestSuite (store_lines, .init = setup, .fini = teardown);

static bool
save (const char *writer, const char *base, const char *state)
{
    struct json *about = json_object ();
    json_set_text (about, "base", base);
    json_set_text (about, "state", state);
    bool may = store_lines_take (lines, "session/i/s/", writer, about);
    json_destroy (&about);
    return may;
}

/* Symptom: two names whose records have one image both read its sessions at a start; one of them became
 * orphans later, and by that an older text was saved over a newer one. */
Test (store_lines, an_older_text_of_another_name_is_not_saved_over_a_newer_one)
{
    cr_assert (save ("image/one#1", "a", "b"));
    cr_assert_not (save ("image/two#2", "a", "a"), "b would be gone");
    cr_assert_not (save ("image/two#2", "a", "c"), "likewise");
    cr_assert (save ("image/one#1", "b", "d"));
}

Test (store_lines, what_another_name_wrote_down_beside_the_text_keeps_nobody_from_saving)
{
    cr_assert (save ("image/two#2", "a", "a"));
    cr_assert (save ("image/one#1", "a", "b"));
    cr_assert (save ("image/two#2", "b", "b"), "it has read it");
    cr_assert (save ("image/one#1", "b", "b"));
    cr_assert (save ("image/one#1", "b", "c"));
}

Test (store_lines, who_has_read_it_goes_on_from_there)
{
    cr_assert (save ("image/one#1", "a", "b"));
    cr_assert (save ("image/one#2", "b", "c"), "it was started again");
    cr_assert_not (save ("image/one#1", "b", "d"), "it was given up, and goes on");
    cr_assert_not (save ("image/one#1", "b", "b"));
}

/* A save that the store could not write is kept, and counts as saved: whoever sent it builds on what
 * was stored before. */
Test (store_lines, its_own_save_that_was_refused_keeps_nobody_from_saving)
{
    cr_assert (save ("image/one#1", "a", "b"));
    cr_assert (save ("image/one#1", "a", "c"));
    cr_assert (save ("image/one#1", "a", "d"));
}

Test (store_lines, what_was_moved_there_is_gone_on_with_by_whoever_is_first)
{
    cr_assert (save ("image/one#1", "a", "b"));
    store_lines_forget (lines, "session/i/s/");
    cr_assert (save ("image/two#2", "x", "y"));
    cr_assert_not (save ("image/one#1", "b", "c"));
}
