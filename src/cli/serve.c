/* serve.c: `stui serve`: everything but the terminal, in the foreground. */

#include "cli/command.h"
#include "cli/launch.h"
#include "runtime/clock.h"

#include <unistd.h>

enum {
    LEAVE_PATIENCE_MS = 2000, /* for an owner that some other command started */
    LEAVE_LOOK_MS = 20,
};

/* An owner that a command started for itself ends with it: it is waited for. */
static void
serve_await_leaving (const char *profile)
{
    int64_t deadline = clock_mono_ms () + LEAVE_PATIENCE_MS;
    struct launch_holder holder;
    while ((holder = launch_read_holder (profile)).pid != 0 && !holder.stopped
           && clock_mono_ms () < deadline)
        usleep (LEAVE_LOOK_MS * 1000);
}

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
    serve_await_leaving (cli->profile);
    return cli->services->run_owner (&options);
}

const struct command command_serve = {
    .name = "serve",
    .usage = "",
    .summary = "hold all images in the foreground, without a terminal, for a service manager",
    .help =
        "Connects every image that is not disabled, keeps the sessions, and serves the other\n"
        "commands until SIGTERM, SIGINT or `stui stop`. The log goes to stderr unless --log-file\n"
        "says otherwise.",
    .run = serve_run,
};
