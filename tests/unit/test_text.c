/* test_text.c: text of any origin made harmless, and measured. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/utf8.h"
#include "ui/text.h"

enum { WIDE = 1000 };

/* All of TEXT as it is shown; borrowed until the next call. */
static const char *
shown (const char *text, size_t size)
{
    static char out[4096];
    text_cut (text, size, WIDE, false, out, sizeof out);
    return out;
}

#define cr_assert_shown(text, expected) cr_assert_str_eq (shown (text, sizeof text - 1), expected)

Test (text, controls_and_escapes_are_pictures)
{
    cr_assert_shown ("\033[31mred", "␛[31mred");
    cr_assert_shown ("a\0b\r\n\a\x7F", "a␀b␍␊␇␡");
    cr_assert_shown ("\xC2\x9B"
                     "31m",
                     "�31m"); /* CSI in one byte */
}

Test (text, bidi_controls_and_invisible_letters_show)
{
    cr_assert_shown ("if (a\u202E)b", "if (a�)b");
    cr_assert_shown ("\u2066x\u2069", "�x�");
    cr_assert_shown ("ad\u200Dmin", "ad�min");
    cr_assert_shown ("ad\u200Bmin\uFEFF", "ad�min�");
    cr_assert_shown ("a\u3164b", "a�b");
    cr_assert_shown ("one\u2028two", "one�two");
    cr_assert_shown ("\uE000\U0010FFFF\u0378", "���");
}

Test (text, a_joiner_between_persian_letters_is_no_abuse)
{
    cr_assert_shown ("می\u200Cخواهم", "میخواهم");
    cr_assert_shown ("می\u200C\u200Cخواهم", "می�خواهم");
}

Test (text, bytes_that_are_no_utf8_show_one_by_one)
{
    cr_assert_shown ("a\xFF\xC3(\xED\xA0\x80", "a��(���");
    cr_assert_shown ("cut \xE6\xBC", "cut ��");
}

Test (text, emoji_come_as_their_members)
{
    cr_assert_shown ("👨‍👩‍👧", "👨👩👧");
    cr_assert_shown ("👍🏽!", "👍!");
    cr_assert_shown ("🇩🇪", "DE");
    cr_assert_shown ("❤\uFE0F", "❤");
    cr_assert_eq (text_width ("👍🏽", strlen ("👍🏽"), WIDE), 2);
}

Test (text, marks_stay_with_their_letter_and_are_bounded)
{
    struct text_cluster cluster;
    char zalgo[1 + 2 * 200] = "e";
    for (size_t at = 1; at < sizeof zalgo; at += 2)
        memcpy (zalgo + at, "\u0301", 2);
    size_t taken = text_next (zalgo, sizeof zalgo, 0, &cluster);
    cr_assert_leq (taken, TEXT_SPAN_MAX);
    cr_assert_eq (cluster.size, 1 + 2 * TEXT_MARKS_MAX);
    cr_assert_eq (cluster.width, 1);
    cr_assert_gt (text_next (zalgo + taken, sizeof zalgo - taken, 0, &cluster), 0);
    cr_assert (cluster.replaced, "marks that go on have nothing to stand on");
    cr_assert_shown ("\u0301x", "◌\u0301x");
}

Test (text, widths_are_columns)
{
    cr_assert_eq (text_width ("abc", 3, WIDE), 3);
    cr_assert_eq (text_width ("漢字", 6, WIDE), 4);
    cr_assert_eq (text_width ("e\u0301", 3, WIDE), 1);
    cr_assert_eq (text_width ("a\tb", 3, WIDE), TEXT_TAB_WIDTH + 1);
    size_t size = 8 << 20;
    char *line = malloc (size);
    memset (line, 'x', size);
    cr_assert_eq (text_width (line, size, 80), 80);
    cr_assert_eq (text_fit (line, size, 80, NULL), 80);
    free (line);
}

Test (text, is_cut_to_width_with_an_ellipsis)
{
    char out[64];
    cr_assert_eq (text_cut ("abcdef", 6, 6, false, out, sizeof out), 6);
    cr_assert_str_eq (out, "abcdef");
    cr_assert_eq (text_cut ("abcdef", 6, 5, false, out, sizeof out), 5);
    cr_assert_str_eq (out, "abcd…");
    cr_assert_eq (text_cut ("abcdef", 6, 5, true, out, sizeof out), 5);
    cr_assert_str_eq (out, "abcd~");
    cr_assert_eq (text_cut ("漢字漢", 9, 4, false, out, sizeof out), 3);
    cr_assert_str_eq (out, "漢…");
    cr_assert_eq (text_cut ("é漢─●", strlen ("é漢─●"), 9, true, out, sizeof out), 5);
    cr_assert_str_eq (out, "\?\?\?-*");
    cr_assert_eq (text_cut ("abc", 3, 0, false, out, sizeof out), 0);
    cr_assert_str_eq (out, "");
    cr_assert_eq (text_cut ("abcdefgh", 8, 8, false, out, 6), 3);
    cr_assert_str_eq (out, "ab…");
}

Test (text, previous_undoes_next)
{
    static const char text[] =
        "aé漢\u0301👨‍👩‍👧🇩🇪e\u0301\u0302\tx\n\xFF\xE6y\r\n";
    size_t places[64], count = 0;
    struct text_cluster cluster;
    for (size_t at = 0; at < sizeof text - 1;) {
        places[count++] = at;
        at += text_next (text + at, sizeof text - 1 - at, 0, &cluster);
    }
    size_t at = sizeof text - 1;
    while (count > 0) {
        at -= text_previous (text, sizeof text - 1, at);
        cr_assert_eq (at, places[--count]);
    }
    cr_assert_eq (text_previous (text, sizeof text - 1, 0), 0);
}

Test (text, all_three_line_ends_end_lines)
{
    static const char text[] = "one\ntwo\rthree\r\n\nlast";
    static const char *const lines[] = {"one", "two", "three", "", "last"};
    size_t at = 0, next;
    for (size_t index = 0; index < sizeof lines / sizeof *lines; index++, at += next) {
        size_t length = text_line (text + at, sizeof text - 1 - at, &next);
        cr_assert_eq (length, strlen (lines[index]));
        cr_assert_eq (memcmp (text + at, lines[index], length), 0);
    }
    cr_assert_eq (at, sizeof text - 1);
}

Test (text, words_begin_and_end_at_letters)
{
    static const char text[] = "  self fooBar_2: größe + 3.";
    size_t size = sizeof text - 1, at = 0;
    static const size_t ends[] = {6, 15, 24, 28, 29};
    for (size_t index = 0; index < sizeof ends / sizeof *ends; index++) {
        at = text_word_end (text, size, at);
        cr_assert_eq (at, ends[index], "end %zu: %zu", index, at);
    }
    static const size_t starts[] = {27, 17, 7, 2, 0};
    for (size_t index = 0; index < sizeof starts / sizeof *starts; index++) {
        at = text_word_start (text, size, at);
        cr_assert_eq (at, starts[index], "start %zu: %zu", index, at);
    }
}

Test (text, clean_is_valid_without_nul_or_cr)
{
    static const char dirty[] = "a\r\nb\rc\0d\xFF";
    size_t length;
    char *clean = text_clean (dirty, sizeof dirty - 1, &length);
    cr_assert_str_eq (clean, "a\nb\nc␀d�");
    cr_assert_eq (length, strlen (clean));
    cr_assert (utf8_is_valid (clean, length));
    free (clean);
}

Test (text, no_two_bytes_make_a_control)
{
    for (int first = 0; first < 256; first++)
        for (int second = 0; second < 256; second++) {
            char pair[] = {(char) first, (char) second};
            const char *out = shown (pair, 2);
            cr_assert (utf8_is_valid (out, strlen (out)));
            for (const char *at = out; *at; at++) {
                unsigned char byte = (unsigned char) *at;
                cr_assert (byte >= 0x20 && byte != 0x7F, "%02x %02x", first, second);
                cr_assert (byte != 0xC2 || (unsigned char) at[1] >= 0xA0, "%02x %02x", first,
                           second);
            }
        }
}
