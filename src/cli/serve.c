/* serve.c: `stui serve`: everything but the terminal, in the foreground; and, with --once, the owner
 * that commands and terminals start for themselves. */

#include "cli/command.h"
#include "runtime/clock.h"
#include "runtime/launch.h"

#include <fcntl.h>
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

/* Takes stdout away for the one line that says whether the owner is ready: whatever is printed by
 * mistake goes nowhere. -1 when there is no descriptor left. */
static int
serve_take_stdout (void)
{
    int taken = fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int null = open ("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2 (null, STDOUT_FILENO);
    close (null);
    return taken;
}

static int
serve_run (const struct cli_options *cli, const struct arguments *arguments)
{
    bool once = arguments_has (arguments, "once");
    struct owner_options options = {
        .profile = cli->profile,
        .config_path = cli->config_path,
        .log_file = cli->log_file,
        .log_level = cli->log_level,
        .autoconnect = !once,
        .once = once,
        .read_only = cli->read_only,
        .fresh = cli->fresh,
        .encrypt_sessions = cli->encrypt_sessions,
        .ready_fd = once ? serve_take_stdout () : -1,
    };
    if (!once)
        serve_await_leaving (cli->profile);
    return cli->services->run_owner (&options);
}

static const struct option_row serve_options[] = {
    {"once", 0, NULL, "end when the last client has left"},
    {0},
};

const struct command command_serve = {
    .name = "serve",
    .usage = "",
    .summary = "hold all images in the foreground, without a terminal, for a service manager",
    .help =
        "Connects every image that is not disabled, keeps the sessions, and serves the other\n"
        "commands until SIGTERM, SIGINT or `stui stop`. The log goes to stderr unless --log-file\n"
        "says otherwise.\n"
        "\n"
        "With --once it connects only what its clients ask for, and ends when the last of them "
        "has\n"
        "left. It says on stdout what became of it, in one line: `ready`, or `failed ERROR_TYPE\n"
        "SENTENCE`. Commands and terminals start such an owner when there is none.",
    .options = serve_options,
    .run = serve_run,
};
