/* test_line_filter.c: which lines of events and transcripts a filter lets pass. */

#include <criterion/criterion.h>

#include "ui/line_filter.h"

static const struct line_field event[] = {
    {"image", "accounts"}, {"kind", "offline"}, {"text", "no answer to 5 pings; tried again"}};

static bool
passes (const char *filter)
{
    return line_filter_passes (filter, event, 3);
}

Test (line_filter, an_empty_one_lets_all_pass)
{
    cr_assert (passes (""));
    cr_assert (passes ("   "));
    cr_assert (line_filter_passes ("", NULL, 0));
}

Test (line_filter, a_word_may_stand_anywhere_in_any_case)
{
    cr_assert (passes ("count"));
    cr_assert (passes ("OFFLINE"));
    cr_assert (passes ("pings"));
    cr_assert_not (passes ("online"));
}

Test (line_filter, all_words_are_wanted)
{
    cr_assert (passes ("accounts pings"));
    cr_assert_not (passes ("accounts online"));
}

Test (line_filter, a_field_is_named_before_its_word)
{
    cr_assert (passes ("kind=off image=acc"));
    cr_assert_not (passes ("kind=accounts"));
    cr_assert_not (passes ("image=offline"));
    cr_assert (passes ("kind=")); /* while it is typed */
}

Test (line_filter, what_is_not_wanted_begins_with_an_exclamation_mark)
{
    cr_assert (passes ("!online"));
    cr_assert_not (passes ("!offline"));
    cr_assert_not (passes ("!kind=offline"));
    cr_assert (passes ("!image=offline"));
    cr_assert (passes ("!")); /* while it is typed */
    cr_assert (passes ("!kind="));
}

Test (line_filter, an_equals_sign_of_no_field_is_looked_for)
{
    const struct line_field line = {"text", "total=7"};
    cr_assert (line_filter_passes ("total=7", &line, 1));
    cr_assert_not (line_filter_passes ("total=8", &line, 1));
}

Test (line_filter, lines_without_a_text_are_none_that_hold_it)
{
    const struct line_field line = {"text", NULL};
    cr_assert_not (line_filter_passes ("a", &line, 1));
    cr_assert (line_filter_passes ("!a", &line, 1));
}
