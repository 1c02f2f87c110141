/* test_types.c: the shared words, and sentences cut at a character. */

#include <stui/trouble.h>
#include <stui/types.h>

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/utf8.h"

Test (types, every_error_has_a_word_of_its_own)
{
    for (int err = -1; err > -STUI_ERR_INDEX_COUNT; err--)
        cr_assert_eq (stui_err_from_word (stui_err_word (err)), err, "%d", err);
    cr_assert_str_eq (stui_err_word (STUI_OK), "ok");
    cr_assert_str_eq (stui_err_word (STUI_E_FENCED), "Fenced");
}

Test (types, unknown_errors_are_internal)
{
    cr_assert_str_eq (stui_err_word (1), "InternalError");
    cr_assert_str_eq (stui_err_word (-STUI_ERR_INDEX_COUNT), "InternalError");
    cr_assert_str_eq (stui_err_word (INT32_MIN), "InternalError");
    cr_assert_eq (stui_err_from_word ("RuntimeError"), STUI_E_INTERNAL);
    cr_assert_eq (stui_err_from_word ("ok"), STUI_E_INTERNAL);
    cr_assert_eq (stui_err_from_word (NULL), STUI_E_INTERNAL);
}

Test (types, states_have_words)
{
    cr_assert_str_eq (stui_image_state_word (STUI_IMAGE_SUSPECT), "suspect");
    cr_assert_str_eq (stui_session_state_word (STUI_SESSION_CLOSED), "closed");
    cr_assert_str_eq (stui_network_word (STUI_NETWORK_NO_NAME), "no_name");
    cr_assert_str_eq (stui_link_word (STUI_LINK_DOWN), "down");
    cr_assert_str_eq (stui_answer_word (STUI_ANSWER_SILENT), "silent");
    cr_assert_str_eq (stui_evaluator_word (STUI_EVALUATOR_BUSY), "busy");
    cr_assert_str_eq (stui_image_state_word (STUI_IMAGE_COUNT), "unknown");
}

Test (types, a_failure_fills_its_cause)
{
    struct stui_cause cause = {0};
    cr_assert_eq (stui_fail (&cause, STUI_E_TIMEOUT, "after %d ms", 5), STUI_E_TIMEOUT);
    cr_assert_eq (cause.err, STUI_E_TIMEOUT);
    cr_assert_str_eq (cause.text, "after 5 ms");
    cr_assert_eq (stui_fail (NULL, STUI_E_TIMEOUT, "unheard"), STUI_E_TIMEOUT);
}

/* Characters of each length, at each distance from the end. */
Test (types, long_sentences_are_cut_at_a_character)
{
    static const char *const characters[] = {"x", "é", "€", "😀"};
    for (size_t which = 0; which < 4; which++)
        for (size_t before = STUI_CAUSE_MAX - 8; before < STUI_CAUSE_MAX; before++) {
            char *text = stui_alloc (before + 33);
            memset (text, '.', before);
            for (int times = 0; times < 8; times++)
                strcat (text, characters[which]);
            struct stui_cause cause;
            stui_fail (&cause, STUI_E_INTERNAL, "%s", text);
            size_t width = strlen (characters[which]);
            size_t fitting = (STUI_CAUSE_MAX - 1 - before) / width;
            size_t expected = before + (fitting < 8 ? fitting : 8) * width;
            cr_assert_eq (strlen (cause.text), expected, "%zu of %zu", which, before);
            cr_assert (utf8_is_valid (cause.text, strlen (cause.text)));
            free (text);
        }
}

Test (alloc, grows_and_keeps_zeroed_room)
{
    int *numbers = NULL;
    size_t capacity = 0;
    for (size_t count = 0; count < 100; count++) {
        stui_grow (&numbers, &capacity, count, sizeof *numbers);
        cr_assert_gt (capacity, count);
        cr_assert_eq (numbers[count], 0);
        numbers[count] = (int) count;
    }
    for (int index = 0; index < 100; index++)
        cr_assert_eq (numbers[index], index);
    free (numbers);
}

/* Symptom: a refusal that quoted a part of an answer in foreign letters reached nobody. */
Test (types, a_quotation_cut_within_a_character_leaves_the_sentence_whole)
{
    struct stui_cause cause;
    stui_fail (&cause, STUI_E_TIMEOUT, "it said %.3s; see %s", "\u00e4\u00f6\u00fc", "above");
    cr_expect_str_eq (cause.text, "it said \u00e4; see above");
}

Test (types, every_trouble_has_a_word_of_its_own_and_something_to_do)
{
    for (int trouble = STUI_TROUBLE_NONE + 1; trouble < STUI_TROUBLE_COUNT; trouble++) {
        cr_expect_eq (stui_trouble_from_word (stui_trouble_word (trouble)), trouble);
        cr_expect_gt (strlen (stui_trouble_next (trouble)), 0);
        cr_expect_gt (strlen (stui_trouble_advice (trouble)), 10);
        cr_expect_lt (stui_trouble_err (trouble), 0);
    }
    cr_expect_eq (stui_trouble_from_word ("nonsense"), STUI_TROUBLE_NONE);
    cr_expect_eq (stui_trouble_from_word (NULL), STUI_TROUBLE_NONE);
    cr_expect_str_eq (stui_trouble_word (STUI_TROUBLE_COUNT), "none");
}
