/* secret.h: what the files of `stui secret` share. */

#ifndef STUI_CLI_SECRET_H
#define STUI_CLI_SECRET_H

#include "cli/client.h"
#include "cli/command.h"

/* What a subcommand ends with: *CLIENT closed, 0 or ERR's CAUSE said; an exit status. */
int secret_end (struct client **client, int err, const struct stui_cause *cause);

/* secret_aside.c */
extern const struct command command_secret_restore;
extern const struct command command_secret_discard;

#endif
