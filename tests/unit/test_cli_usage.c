/* test_cli_usage.c: what the command line says of itself. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "runtime/alloc.h"
#include "runtime/path.h"

/* Each option of COMMAND stands in its usage, before the first empty line of its help. */
static void
expect_options (const char *path, const struct command *command)
{
    char *help = NULL;
    size_t size;
    FILE *file = open_memstream (&help, &size);
    cli_print_help (file, path, command);
    fclose (file);
    *strstr (help, "\n\n") = '\0';
    for (const struct option_row *row = command->options; row && row->name; row++) {
        char name[40], letter[] = {'-', row->letter, '\0'};
        snprintf (name, sizeof name, "--%s", row->name);
        cr_expect (strstr (help, name) || (row->letter && strstr (help, letter)), "%s lacks %s: %s",
                   path, name, help);
    }
    free (help);
}

static void
expect_all (const char *before, const struct command *const *rows)
{
    for (; rows && *rows; rows++) {
        char path[80];
        snprintf (path, sizeof path, "%s%s%s", before, *before ? " " : "", (*rows)->name);
        expect_options (path, *rows);
        expect_all (path, (*rows)->commands);
    }
}

/* Symptom: `stui session diff` has --from and --to, and its usage line did not say so. */
Test (cli_usage, each_option_of_a_command_is_in_its_usage)
{
    expect_all ("", cli_commands);
}

Test (cli_usage, the_manual_page_has_every_option_and_subcommand)
{
    struct stui_cause cause = {0};
    char *manual = path_read ("docs/stui.1", 1 << 20, &cause);
    cr_assert_not_null (manual, "%s", cause.text);
    for (const struct option_row *row = cli_global_options; row->name; row++) {
        char *option = stui_printf ("-%s", row->name);
        cr_assert_not_null (strstr (manual, option), "-%s is not in docs/stui.1", option);
        free (option);
    }
    for (const struct command *const *row = cli_commands; *row; row++) {
        char *line = stui_printf (".Cm %s", (*row)->name);
        bool help = strcmp ((*row)->name, "help") == 0;
        cr_assert (help || strstr (manual, line), "%s is not in docs/stui.1", line);
        free (line);
    }
    free (manual);
}
