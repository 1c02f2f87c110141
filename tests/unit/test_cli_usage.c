/* test_cli_usage.c: what the command line says of itself. */

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"

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
