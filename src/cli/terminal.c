/* terminal.c: `stui` without a command: the full-screen terminal on the profile. */

#include "cli/command.h"

#include <unistd.h>

bool
cli_has_terminal (void)
{
    return isatty (STDIN_FILENO) && isatty (STDOUT_FILENO);
}

int
cli_run_terminal (const struct cli_options *cli)
{
    struct terminal_options options = {
        .profile = cli->profile,
        .config_path = cli->config_path,
        .log_file = cli->log_file,
        .log_level = cli->log_level,
        .read_only = cli->read_only,
        .ascii = cli->ascii,
    };
    return cli->services->run_terminal (&options);
}

int
cli_default (const struct cli_options *cli)
{
    if (cli_has_terminal ())
        return cli_run_terminal (cli);
    cli_complain ("without a command stui is a full-screen terminal, and stdin or stdout is none; "
                  "`stui help` lists the commands");
    return STUI_EXIT_USAGE;
}
