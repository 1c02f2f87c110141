/* test_utf8.c: well-formed UTF-8 told from the rest, and texts cut between characters. */

#include "runtime/utf8.h"

#include <criterion/criterion.h>

#include <string.h>

static bool
valid (const char *text)
{
    return utf8_is_valid (text, strlen (text));
}

Test (utf8, takes_the_first_and_last_of_every_length)
{
    cr_assert (valid (""));
    cr_assert (valid ("\x7f"));
    cr_assert (valid ("\xc2\x80\xdf\xbf"));
    cr_assert (valid ("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"));
    cr_assert (valid ("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
    cr_assert (utf8_is_valid ("a\0b", 3));
}

Test (utf8, refuses_what_is_not_well_formed)
{
    static const char *const texts[] = {
        "\x80",             /* a continuation alone */
        "\xc0\x80",         /* overlong */
        "\xc1\xbf",         /* overlong */
        "\xe0\x9f\xbf",     /* overlong */
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xed\xa0\x80",     /* a surrogate */
        "\xf4\x90\x80\x80", /* above U+10FFFF */
        "\xf5\x80\x80\x80",
        "\xff",
        "\xc3",         /* cut */
        "\xe2\x82",     /* cut */
        "\xf0\x9f\x98", /* cut */
        "\xe2\x82x",
        "\xf0\x9fxx",
    };
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++)
        cr_assert_not (valid (texts[index]), "text %zu", index);
}

Test (utf8, tells_how_far_a_text_is_good)
{
    cr_assert_eq (utf8_valid_prefix ("aé€😀", 10), 10);
    cr_assert_eq (utf8_valid_prefix ("aé\xffz", 5), 3);
    cr_assert_eq (utf8_valid_prefix ("aé€😀", 9), 6);
    cr_assert_eq (utf8_valid_prefix ("ab\xe2\x82", 4), 2);
    cr_assert_eq (utf8_valid_prefix ("\xf0\x9f\x98z", 4), 0);
}

Test (utf8, finds_what_is_wrong_at_each_place_of_a_long_text)
{
    char text[40];
    for (size_t size = 1; size <= sizeof text; size++)
        for (size_t place = 0; place < size; place++) {
            memset (text, 'a', size);
            cr_assert_eq (utf8_valid_prefix (text, size), size);
            text[place] = '\x80';
            cr_assert_eq (utf8_valid_prefix (text, size), place, "%zu of %zu", place, size);
        }
}

Test (utf8, cuts_between_characters)
{
    const char *text = "aé€😀";
    static const size_t cuts[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (size_t limit = 0; limit < sizeof cuts / sizeof *cuts; limit++)
        cr_assert_eq (utf8_cut (text, strlen (text), limit), cuts[limit], "at %zu", limit);
}
