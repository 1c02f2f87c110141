/* session_left.h: what clients that are gone have left on an image, for the subcommands that list,
 * adopt and clean it away. */

#ifndef STUI_CLI_SESSION_LEFT_H
#define STUI_CLI_SESSION_LEFT_H

#include <stdint.h>

#include "cli/client.h"

struct arguments;

/* What the image NAME says of all its sessions: the answer to `session_left`. Its supervisor is started
 * if it has to be. Caller owns; NULL, and in *EXIT_STATUS what that means, after saying why. */
struct json *session_left_ask (struct client *client, const char *name, int *exit_status);
/* A table of ROWS, sessions of that answer. */
void session_left_print (const struct cli_options *cli, const struct json *rows);

/* `session cleanup --on-image`: an enum stui_exit. */
int session_left_clean (const struct cli_options *cli, const struct arguments *arguments,
                        int64_t older_ms);

#endif
