/* test_main_keys.c: what is wrong with the keys of a configuration is known without a terminal. */

#include "main_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/config.h"
#include "runtime/json.h"

/* What is said of a configuration with LINE in [keys]; empty: nothing. */
static const char *
said_of (const char *line)
{
    static struct stui_cause cause;
    struct config config = {0};
    char text[200];
    cause = (struct stui_cause){0};
    snprintf (text, sizeof text, "[keys]\n%s\n", line);
    cr_assert_eq (config_parse (text, "FILE", &config, &cause), 0, "%s", cause.text);
    int err = main_keys_check (&config, "FILE", &cause);
    cr_assert_eq (err == 0, cause.text[0] == '\0');
    config_fini (&config);
    return cause.text;
}

/* Symptom: a wrong row of [keys] was told to nobody but a terminal that was started with it. */
Test (main_keys, what_is_wrong_is_said_with_file_and_line)
{
    cr_assert_str_eq (said_of ("retry = F5 R"), "");
    cr_assert_str_eq (said_of (""), "");
    cr_assert_not_null (strstr (said_of ("nope = R"), "FILE:2: nope is no command"));
    cr_assert_not_null (strstr (said_of ("retry = Ctrl-R"), "FILE:2: Ctrl-R is no key"));
    cr_assert_not_null (strstr (said_of ("retry = a"), "FILE:2: a would mean both"));
}

Test (main_keys, keys_are_the_same_at_whatever_lines_they_stand)
{
    struct config one = {0}, other = {0};
    struct stui_cause cause = {0};
    cr_assert_eq (config_parse ("[keys]\nretry = F5\n", "FILE", &one, &cause), 0);
    cr_assert_eq (config_parse ("\n\n[keys]\nretry = F5\n", "FILE", &other, &cause), 0);
    cr_assert (main_keys_are_same (&one, &other));
    struct json *record = main_keys_record (&other);
    char *text = json_print (record);
    cr_assert_str_eq (text, "[[\"retry\",\"F5\",4]]");
    free (text);
    json_destroy (&record);
    config_fini (&other);
    cr_assert_eq (config_parse ("[keys]\nretry = F6\n", "FILE", &other, &cause), 0);
    cr_assert_not (main_keys_are_same (&one, &other));
    config_fini (&other);
    config_fini (&one);
}
