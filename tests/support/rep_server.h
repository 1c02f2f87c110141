/* rep_server.h: an image side of the published session protocol and nothing more, in a process of
 * its own: a bare libzmq REP that knows seven commands, chooses its own session ids, and answers
 * all else with an error that has no error_type, unless the test says what it answers. It tells each
 * command that it received, so that tests can wait for it. */

#ifndef TESTS_SUPPORT_REP_SERVER_H
#define TESTS_SUPPORT_REP_SERVER_H

#include <stddef.h>
#include <sys/types.h>

enum { REP_COMMANDS_MAX = 4096 };

struct rep_server {
    pid_t pid;
    char address[40];                 /* tcp://127.0.0.1:PORT */
    int told, words;                  /* owned: what it tells, what it is told */
    char *commands[REP_COMMANDS_MAX]; /* owned: received so far */
    size_t count;
};

/* Forks: to be called before the test has threads or sockets of libzmq. */
void rep_server_start (struct rep_server *self);
void rep_server_stop (struct rep_server *self);

/* How often COMMAND was received so far. */
size_t rep_server_count (struct rep_server *self, const char *command);
/* Waits until it was received that often. */
void rep_server_await (struct rep_server *self, const char *command, size_t count);

/* From now on COMMAND is answered with RESULT, a JSON object in one line; of several for one command
 * each is used once, the last for ever. Returns when the server has understood. */
void rep_server_answer (struct rep_server *self, const char *command, const char *result);

/* The next COMMAND is received and told, but answered only after rep_server_continue. Returns when
 * the server has understood. */
void rep_server_pause_at (struct rep_server *self, const char *command);
void rep_server_continue (struct rep_server *self);

#endif
