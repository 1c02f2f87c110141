/* do.c: `stui do ':COMMAND'`: any command of the terminal, without one. What it does is the
 * terminal's own (main_do.c). */

#include "cli/command.h"

#include "runtime/alloc.h"

#include <stdlib.h>
#include <string.h>

static int
do_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause said = {0};
    char *line = stui_strdup ("");
    for (size_t i = 0; i < arguments_operands (arguments); i++) {
        char *longer =
            stui_printf ("%s%s%s", line, i > 0 ? " " : "", arguments_operand (arguments, i));
        free (line);
        line = longer;
    }
    int exit_status = STUI_EXIT_USAGE;
    if (line[strspn (line, " :")] == '\0')
        exit_status = cli_misuse ("do", &command_do, "there is no command in '%s'", line);
    else {
        exit_status =
            cli->services->run_do (cli, line, arguments_value (arguments, "answer"), &said);
        if (exit_status != STUI_EXIT_DONE)
            cli_complain ("%s", said.text);
        else if (said.text[0] != '\0')
            puts (said.text);
    }
    free (line);
    return exit_status;
}

static const struct option_row do_options[] = {
    {"answer", 0, "TEXT", "what the command asks for before it does it: y, or an image's name"},
    {0},
};

const struct command command_do = {
    .name = "do",
    .changes = true,
    .usage = "':COMMAND [ARGUMENT…]'",
    .summary = "a command of the terminal, as behind its `:`",
    .help =
        "Does what the terminal does, and prints what its last line would say: `stui do ':retry "
        "one'`,\n"
        "`stui do ':alerts off 30'`. ? in a terminal lists the commands; what is about a screen "
        "or\n"
        "about a text that is shown there is refused. A name may be shortened, as there.",
    .options = do_options,
    .least = 1,
    .most = SIZE_MAX,
    .run = do_run,
};
