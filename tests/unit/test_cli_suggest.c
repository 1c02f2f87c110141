/* test_cli_suggest.c: near misses. */

#include <criterion/criterion.h>
#include <stdlib.h>

#include "cli/suggest.h"

static const char *const commands[] = {"demo", "serve",   "stop",  "image",
                                       "eval", "session", "status"};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void
expect (const char *word, const char *text)
{
    char *got = suggest_text (word, commands, COMMANDS);
    cr_assert_str_eq (got, text, "%s gives '%s'", word, got);
    free (got);
}

Test (cli_suggest, counts_edits)
{
    cr_assert_eq (suggest_distance ("eval", "eval"), 0);
    cr_assert_eq (suggest_distance ("eval", "EVAL"), 0);
    cr_assert_eq (suggest_distance ("eval", "evla"), 1);
    cr_assert_eq (suggest_distance ("eval", "evl"), 1);
    cr_assert_eq (suggest_distance ("eval", "evaal"), 1);
    cr_assert_eq (suggest_distance ("eval", "oval"), 1);
    cr_assert_eq (suggest_distance ("", "abc"), 3);
}

Test (cli_suggest, names_what_is_near_and_nothing_else)
{
    expect ("evla", " (did you mean 'eval'?)");
    expect ("sesion", " (did you mean 'session'?)");
    expect ("xyzzy", "");
    expect ("", "");
}

Test (cli_suggest, takes_the_beginning_of_a_word_for_it)
{
    expect ("ima", " (did you mean 'image'?)");
    expect ("st", " (did you mean 'stop' or 'status'?)");
}

Test (cli_suggest, names_at_most_three_the_nearest_first)
{
    static const char *const images[] = {"lab-9", "lab-1", "lab-12", "lab-13", "lab-14"};
    char *got = suggest_text ("lab-12x", images, 5);
    cr_assert_str_eq (got, " (did you mean 'lab-12', 'lab-1' or 'lab-13'?)", "%s", got);
    free (got);
}

Test (cli_suggest, long_words_are_far_from_everything)
{
    char word[1000];
    for (size_t i = 0; i < sizeof word; i++)
        word[i] = 'a';
    word[sizeof word - 1] = '\0';
    cr_assert_eq (suggest_distance (word, "eval"), SUGGEST_WORD_MAX);
    expect (word, "");
}
