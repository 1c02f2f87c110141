/* sshd.h: a real sshd on a free port of loopback, with a host key, a user's key, configuration and
 * known_hosts of its own in a scratch folder, and $STUI_SSH pointing to an ssh that knows only these.
 * Needs openssh-server; as root it makes /run/sshd, as the package's service does. Linux. */

#ifndef TESTS_SUPPORT_SSHD_H
#define TESTS_SUPPORT_SSHD_H

#include <stddef.h>
#include <sys/types.h>

#include "support/scratch.h"

struct sshd {
    char directory[SCRATCH_SIZE];
    char via[64]; /* 127.0.0.1:PORT */
    int port;
    pid_t pid; /* 0: it does not run */
};

/* Makes keys and files for one that listens on HOST (NULL: 127.0.0.1); it does not run yet. */
void sshd_open (struct sshd *self, const char *host);
/* Ends it and its connections, and removes the folder. */
void sshd_close (struct sshd *self);

/* Starts it with LINE (NULL: none) added to its configuration, and waits until it listens. */
void sshd_start (struct sshd *self, const char *line);
/* Kills it and every process that serves a connection. */
void sshd_kill (struct sshd *self);

/* LINES come first in the user's configuration of ssh. */
void sshd_client (const struct sshd *self, const char *lines);
/* The user's key is accepted, or no more. */
void sshd_authorize (const struct sshd *self, int accepted);
/* What known_hosts says of it: 0: nothing, 1: its key, -1: another one. */
void sshd_known (const struct sshd *self, int known);

/* How many ssh clients run whose control socket lies below DIRECTORY. */
size_t sshd_count_clients (const char *directory);
/* Waits until there are COUNT. */
void sshd_await_clients (const char *directory, size_t count);

#endif
