/* test_main_keys.c: what is wrong with the keys of a configuration is known without a terminal. */

#include "main_keys.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/config.h"

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
