/* test_cli_arguments.c: options and operands as people type them. */

#include <criterion/criterion.h>
#include <string.h>

#include "cli/arguments.h"

static const struct option_row own[] = {
    {"evaluate", 'e', "CODE", ""}, {"follow", 'f', NULL, ""}, {"count", 'n', "COUNT", ""},
    {"timeout", 0, "SECONDS", ""}, {"tag", 0, "TAG", ""},     {0},
};

static const struct option_row common[] = {
    {"json", 0, NULL, ""},
    {"profile", 0, "NAME", ""},
    {0},
};

static struct arguments arguments;
static struct stui_cause cause;

static int
read_words (bool stop_at_operand, const char *const *words)
{
    int count = 0;
    while (words[count] != NULL)
        count++;
    arguments = (struct arguments){0};
    cause = (struct stui_cause){0};
    return arguments_read (&arguments, own, common, count, (char *const *) words, stop_at_operand,
                           &cause);
}

#define read_all(...) read_words (false, (const char *const[]){__VA_ARGS__, NULL})

Test (cli_arguments, take_values_in_every_form)
{
    read_all ("-e", "3 + 4", "--timeout=2", "--count", "5", "one");
    cr_assert_str_eq (arguments_value (&arguments, "evaluate"), "3 + 4");
    cr_assert_str_eq (arguments_value (&arguments, "timeout"), "2");
    cr_assert_str_eq (arguments_value (&arguments, "count"), "5");
    cr_assert_str_eq (arguments_operand (&arguments, 0), "one");
    cr_assert_null (arguments_operand (&arguments, 1));
    arguments_fini (&arguments);
}

Test (cli_arguments, letters_go_together_and_take_what_follows)
{
    read_all ("-fn3");
    cr_assert (arguments_has (&arguments, "follow"));
    cr_assert_str_eq (arguments_value (&arguments, "count"), "3");
    arguments_fini (&arguments);
}

Test (cli_arguments, code_that_looks_like_an_option_is_a_value)
{
    read_all ("-e", "-3 abs", "--evaluate", "--x");
    size_t cursor = 0;
    cr_assert_str_eq (arguments_next (&arguments, "evaluate", &cursor), "-3 abs");
    cr_assert_str_eq (arguments_next (&arguments, "evaluate", &cursor), "--x");
    cr_assert_null (arguments_next (&arguments, "evaluate", &cursor));
    arguments_fini (&arguments);
}

Test (cli_arguments, a_dash_is_an_operand_and_two_end_the_options)
{
    read_all ("one", "-", "--", "--json", "-f");
    cr_assert_eq (arguments_operands (&arguments), 4);
    cr_assert_str_eq (arguments_operand (&arguments, 1), "-");
    cr_assert_str_eq (arguments_operand (&arguments, 2), "--json");
    cr_assert_not (arguments_has (&arguments, "json"));
    arguments_fini (&arguments);
}

Test (cli_arguments, an_unknown_option_is_said_with_its_near_miss)
{
    cr_assert_eq (read_all ("--timeot", "3"), STUI_E_INVALID_REQUEST);
    cr_assert_str_eq (cause.text, "unknown option '--timeot' (did you mean 'timeout'?)");
    cr_assert_eq (read_all ("-x"), STUI_E_INVALID_REQUEST);
    cr_assert_str_eq (cause.text, "unknown option '-x'");
}

/* Symptom: `image set NAME ping_ms -5` spoke of an unknown option, not of what is wrong with -5. */
Test (cli_arguments, a_negative_number_is_an_operand)
{
    cr_assert_eq (read_all ("one", "-5"), 2);
    cr_assert_str_eq (arguments_operand (&arguments, 1), "-5");
    arguments_fini (&arguments);
}

Test (cli_arguments, a_missing_or_needless_value_is_said)
{
    cr_assert_eq (read_all ("--profile"), STUI_E_INVALID_REQUEST);
    cr_assert_str_eq (cause.text, "option '--profile' needs its NAME");
    cr_assert_eq (read_all ("-n"), STUI_E_INVALID_REQUEST);
    cr_assert_str_eq (cause.text, "option '-n' needs its COUNT");
    cr_assert_eq (read_all ("--json=yes"), STUI_E_INVALID_REQUEST);
    cr_assert_str_eq (cause.text, "option '--json' takes no value");
}

Test (cli_arguments, global_options_stop_before_the_command)
{
    const char *const words[] = {"--profile", "lab", "--json", "eval", "--json", NULL};
    cr_assert_eq (read_words (true, words), 3);
    cr_assert_str_eq (arguments_value (&arguments, "profile"), "lab");
    arguments_fini (&arguments);
}

Test (cli_arguments, seconds_become_milliseconds_or_a_sentence)
{
    read_all ("--timeout", "0.25");
    cr_assert_eq (arguments_seconds_ms (&arguments, "timeout", 7, 0, &cause), 250);
    cr_assert_eq (arguments_seconds_ms (&arguments, "count", 7, 0, &cause), 7);
    arguments_fini (&arguments);
    const char *const wrong[] = {"", "x", "1s", "-1", "nan", "1e99"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        read_all ("--timeout", wrong[i]);
        cr_assert_eq (arguments_seconds_ms (&arguments, "timeout", 7, 0, &cause),
                      STUI_E_INVALID_REQUEST, "%s", wrong[i]);
        cr_assert_not_null (strstr (cause.text, "--timeout takes seconds"));
        arguments_fini (&arguments);
    }
}

/* Symptom: "--timeout takes seconds from 0 to 604800", and 0 was refused. */
Test (cli_arguments, seconds_are_said_from_the_least_that_is_taken)
{
    read_all ("--timeout", "0");
    cr_assert_eq (arguments_seconds_ms (&arguments, "timeout", 7, 0, &cause), 0);
    cr_assert_lt (arguments_seconds_ms (&arguments, "timeout", 7, 1, &cause), 0);
    cr_assert_str_eq (cause.text, "--timeout takes seconds from 0.001 to 604800, not '0'");
    arguments_fini (&arguments);
}

Test (cli_arguments, numbers_have_bounds)
{
    cr_assert_eq (arguments_to_number ("demo", "20", 1, 20, &cause), 20);
    cr_assert_lt (arguments_to_number ("demo", "21", 1, 20, &cause), 0);
    cr_assert_str_eq (cause.text, "demo takes a number from 1 to 20, not '21'");
    cr_assert_lt (arguments_to_number ("demo", "99999999999999999999", 1, INT64_MAX, &cause), 0);
}
