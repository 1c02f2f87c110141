/* launch.h: who owns a profile, and starting an owner for it when nobody does: a child process
 * in a session of its own, so that ^C in the terminal does not reach it, which ends by itself
 * when its last client has left. */

#ifndef STUI_CLI_LAUNCH_H
#define STUI_CLI_LAUNCH_H

#include "cli/cli.h"

#include <sys/types.h>

/* What PROFILE/owner says, checked against /proc. */
struct launch_holder {
    pid_t pid;    /* 0: nobody */
    bool stopped; /* suspended: it answers nobody until continued */
};

struct launch_holder launch_read_holder (const char *profile);

/* Fails with the sentence for a stopped owner. */
int launch_fail_stopped (pid_t pid, struct stui_cause *cause);

/* Forks an owner and waits until it is ready. Its process id (the caller may wait for it), or an
 * error with CAUSE: OWNED when another process holds the profile. No thread and no socket may
 * exist in the caller yet. */
pid_t launch_owner (const struct cli_options *cli, struct stui_cause *cause);

#endif
