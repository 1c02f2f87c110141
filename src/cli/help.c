/* help.c: `stui help [COMMAND…]`, printed from the rows of the command tables. */

#include "cli/command.h"

#include <stdlib.h>

enum { HELP_WORDS_MAX = 2 }; /* "image add" */

static int
help_run (const struct cli_options *cli, const struct arguments *arguments)
{
    (void) cli;
    const char *words[HELP_WORDS_MAX];
    size_t count = arguments_operands (arguments);
    for (size_t i = 0; i < count; i++)
        words[i] = arguments_operand (arguments, i);

    char *path;
    const struct command *command = cli_find_command (count, words, &path);
    int status = STUI_EXIT_USAGE;
    if (command != NULL || count == 0) {
        cli_print_help (stdout, path, command);
        status = STUI_EXIT_DONE;
    }
    free (path);
    return status;
}

const struct command command_help = {
    .name = "help",
    .usage = "[COMMAND]",
    .summary = "what a command does and takes",
    .most = HELP_WORDS_MAX,
    .run = help_run,
};
