/* test_code.c: Smalltalk as the editor reads it: tokens of finished and unfinished code, brackets that
 * belong together, words that can be completed. */

#include <criterion/criterion.h>
#include <string.h>

#include "runtime/random.h"
#include "ui/code.h"

/* The tokens of TEXT as letters, one a token. */
static const char *
kinds_of (const char *text)
{
    static const char letters[] = ".nGPkb=1sy$c()mo";
    static char kinds[200];
    size_t size = strlen (text), count = 0;
    for (struct code_token token = code_next (text, size, 0); token.kind != CODE_END;
         token = code_next (text, size, token.at + token.size))
        kinds[count++] = letters[token.kind];
    kinds[count] = '\0';
    return kinds;
}

static void
expect_kinds (const char *text, const char *kinds)
{
    cr_expect_str_eq (kinds_of (text), kinds, "'%s' is read as %s", text, kinds_of (text));
}

Test (code, tokens_are_what_a_smalltalker_sees)
{
    expect_kinds ("| a b | a := 3 + b. ^a", "bnnbn=1bnmbn");
    expect_kinds ("self at: #foo put: 'it''s'; yourself", "Pkyksmn");
    expect_kinds ("\"a comment\" Object new", "cGn");
    expect_kinds ("#(1 $a #b foo: #at:put:) #[1 2] {x}", "(1$yky)(11)(n)");
    expect_kinds ("[:each | each isNil]", "(mnbnn)");
    expect_kinds ("16r1F 1.5e3 2/3 -5 3-4 1e 12s2 $  1.", "111b111b11n1$1m");
    expect_kinds ("#+ #'a b' ##foo # ", "yyyo");
    expect_kinds ("a _ b. a_b", "n=nmn");
    expect_kinds ("x:=y", "n=n");
    expect_kinds ("x >= y ~~ z -> w", "nbnbnbn");
}

Test (code, what_has_no_end_is_told_so)
{
    static const char *const texts[] = {"'abc", "\"abc", "#'abc", "'it''"};
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++) {
        struct code_token token = code_next (texts[index], strlen (texts[index]), 0);
        cr_expect (token.unfinished, "%s", texts[index]);
        cr_expect_eq (token.size, strlen (texts[index]));
    }
    cr_expect_eq (code_next ("$", 1, 0).size, 1);
    cr_expect_eq (code_next ("$\u00e4", 3, 0).size, 3);
}

Test (code, any_bytes_have_tokens_that_follow_each_other_to_the_end)
{
    struct random_source random = {11};
    static const char common[] = "'\"#$()[]{}:=._-+|^ \n\tabAB09re\x80\xc3\xff";
    for (int round = 0; round < 3000; round++) {
        char text[64];
        size_t size = random_below (&random, sizeof text), end = 0;
        for (size_t at = 0; at < size; at++)
            text[at] = random_below (&random, 8) == 0
                           ? (char) random_below (&random, 256)
                           : common[random_below (&random, sizeof common)];
        for (struct code_token token = code_next (text, size, 0); token.kind != CODE_END;
             token = code_next (text, size, end)) {
            cr_assert_gt (token.size, 0);
            cr_assert_geq (token.at, end);
            end = token.at + token.size;
            cr_assert_leq (end, size);
        }
        size_t one, other;
        for (size_t at = 0; at <= size; at++) {
            if (code_match (text, size, at, &one, &other) != CODE_MATCH_NONE) {
                cr_assert_lt (one, size);
                cr_assert_lt (other, size);
            }
            cr_assert_leq (code_word_before (text, size, at), at);
        }
    }
}

static void
expect_match (const char *text, size_t at, enum code_match match, size_t other)
{
    size_t one, its;
    cr_expect_eq (code_match (text, strlen (text), at, &one, &its), match, "'%s' at %zu", text, at);
    if (match != CODE_MATCH_NONE)
        cr_expect_eq (its, other, "'%s' at %zu: %zu", text, at, its);
}

Test (code, brackets_find_each_other)
{
    static const char text[] = "(a at: [:x | '(' size]) \")\" $( #(1 (2))";
    expect_match (text, 0, CODE_MATCH_FOUND, 22);
    expect_match (text, 1, CODE_MATCH_FOUND, 22);
    expect_match (text, 23, CODE_MATCH_FOUND, 0);
    expect_match (text, 7, CODE_MATCH_FOUND, 21);
    expect_match (text, 22, CODE_MATCH_FOUND, 7); /* the left one first */
    expect_match (text, 15, CODE_MATCH_NONE, 0);  /* in a string */
    expect_match (text, 25, CODE_MATCH_NONE, 0);  /* in a comment */
    expect_match (text, 30, CODE_MATCH_NONE, 0);  /* a character */
    expect_match (text, strlen (text), CODE_MATCH_FOUND, 32);
}

Test (code, a_bracket_of_another_kind_or_none_is_wrong)
{
    expect_match ("(a]", 0, CODE_MATCH_WRONG, 2);
    expect_match ("(a]", 3, CODE_MATCH_WRONG, 0);
    expect_match ("(a", 0, CODE_MATCH_WRONG, 0);
    expect_match ("a)", 2, CODE_MATCH_WRONG, 1);
    expect_match ("a) (b)", 3, CODE_MATCH_FOUND, 5);
}

Test (code, only_words_are_completed)
{
    static const struct {
        const char *text;
        size_t start;
    } cases[] = {{"Transc", 0}, {"x foo", 2},   {"a at:", 2}, {"'stri", 5}, {"\"comm", 5},
                 {"#symb", 1},  {"x := 12", 7}, {"a + ", 4},  {"", 0},      {"$a", 2}};
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++) {
        size_t size = strlen (cases[index].text);
        cr_expect_eq (code_word_before (cases[index].text, size, size), cases[index].start,
                      "%s: %zu", cases[index].text,
                      code_word_before (cases[index].text, size, size));
    }
}
