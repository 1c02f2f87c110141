/* terminal.c: `stui` without a command: the full-screen terminal on the profile. */

#include "cli/client.h"
#include "cli/command.h"

#include <unistd.h>

bool
cli_has_terminal (void)
{
    return isatty (STDIN_FILENO) && isatty (STDOUT_FILENO);
}

/* An owner that runs with another configuration than the one asked for, or cannot encrypt sessions although
 * that is asked for, is said before the screen is taken. One that is not there, or cannot be attached to,
 * is the terminal's own matter. */
static bool
terminal_owner_is_right (const struct cli_options *cli)
{
    struct stui_cause cause = {0};
    bool is_asked = cli->config_named || cli->encrypt_sessions;
    struct client *client = is_asked ? client_attach (cli, NULL) : NULL;
    bool right = client == NULL
                 || (client_check_config (client, cli, &cause) == 0
                     && client_encrypt_sessions (client, cli, &cause) == 0);
    client_close (&client);
    if (!right)
        cli_complain ("%s", cause.text);
    return right;
}

int
cli_run_terminal (const struct cli_options *cli)
{
    if (!terminal_owner_is_right (cli))
        return STUI_EXIT_FAILED;
    struct terminal_options options = {
        .profile = cli->profile,
        .config_path = cli->config_path,
        .log_file = cli->log_file,
        .log_level = cli->log_level,
        .read_only = cli->read_only,
        .fresh = cli->fresh,
        .encrypt_sessions = cli->encrypt_sessions,
        .ascii = cli->ascii,
        .kiosk = cli->kiosk,
        .theme = cli->theme,
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
