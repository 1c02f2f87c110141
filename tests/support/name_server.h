/* name_server.h: a DNS server of a test's own, in a process that dies with it, and the file that tells
 * programs which servers to ask. Needs root, and a network namespace in which port 53 is free (lan.h).
 * Linux. */

#ifndef TESTS_SUPPORT_NAME_SERVER_H
#define TESTS_SUPPORT_NAME_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#define NAME_SERVER_HERE "127.0.0.1" /* where name_server_start listens */

struct name_server {
    char path[128]; /* of the resolv.conf */
    pid_t pid;      /* 0: none runs */
};

/* From now on programs started here read a resolv.conf that names SERVER, which need not be there. It is
 * made in DIRECTORY, which is the caller's. What then cannot be done ends the program.
 * The calling thread moves into a mount namespace of its own. False when that is not permitted here;
 * errno says why. */
bool name_server_open (struct name_server *self, const char *directory, const char *server);
void name_server_close (struct name_server *self);

/* That resolv.conf names another. */
void name_server_use (const struct name_server *self, const char *server);
/* Answers on NAME_SERVER_HERE: every name has the one ADDRESS (IPv4), from this call on. */
void name_server_answer (struct name_server *self, const char *address);

#endif
