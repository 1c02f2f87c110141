/* test_words.c: durations and shares as people read them. */

#include "runtime/words.h"

#include <criterion/criterion.h>

Test (words, durations_are_whole_ones_that_have_passed)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{-1, "-"},         {0, "0 ms"},
                 {999, "999 ms"},   {1000, "1 s"},
                 {59999, "59 s"},   {60000, "1 min"},
                 {3600000, "1 h"},  {86399999, "23 h"},
                 {86400000, "1 d"}, {INT64_C (864000000000), "10000 d"}};
    char text[WORDS_SIZE];
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++)
        cr_expect_str_eq (words_duration (cases[index].ms, text), cases[index].text);
}

/* Symptom: an image that had been away was shown as available for 100 %. */
Test (words, a_share_below_all_is_never_shown_as_all)
{
    char text[WORDS_SIZE];
    cr_expect_str_eq (words_share (1, text), "100.00 %");
    cr_expect_str_eq (words_share (0.999999, text), "99.99 %");
    cr_expect_str_eq (words_share (0.5, text), "50.00 %");
    cr_expect_str_eq (words_share (0, text), "0.00 %");
    cr_expect_str_eq (words_share (-1, text), "-");
}

/* Symptom: nothing but an event said that another image answered, or of what an image was a copy. */
Test (words, what_an_image_is_to_another_one)
{
    char text[WORDS_KIN_SIZE];
    cr_expect_str_eq (words_kin (NULL, NULL, false, text), "");
    cr_expect_str_eq (words_kin ("ours", "", false, text), "");
    cr_expect_str_eq (words_kin ("ours", "", true, text), "another image than before");
    cr_expect_str_eq (words_kin ("alias", "two", false, text), "another route to two");
    cr_expect_str_eq (words_kin ("copy", "two", true, text), "a copy of two, kept apart");
    cr_expect_str_eq (words_kin ("moved", "two", false, text), "the image that two was");
}
