/* serve.c: `stui serve`: everything but the terminal, in the foreground. */

#include "cli/command.h"

static int
serve_run (const struct cli_options *cli, const struct arguments *arguments)
{
    (void) arguments;
    struct owner_options options = {
        .profile = cli->profile,
        .config_path = cli->config_path,
        .log_file = cli->log_file,
        .log_level = cli->log_level,
        .autoconnect = true,
        .read_only = cli->read_only,
        .ready_fd = -1,
    };
    return cli->services->run_owner (&options);
}

const struct command command_serve = {
    .name = "serve",
    .usage = "",
    .summary = "hold all images in the foreground, without a terminal, for a service manager",
    .help = "Connects every image that is not disabled, keeps the sessions, and serves the other\n"
            "commands until SIGTERM, SIGINT or `stui stop`. The log goes to stderr unless --log-file\n"
            "says otherwise.",
    .run = serve_run,
};
