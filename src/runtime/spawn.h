/* spawn.h: another program as a child with no tie to this process but its output: its own session,
 * no terminal, no signal blocked or ignored, no descriptor: who reads a pipe of ours would wait for as
 * long as the child lives. */

#ifndef STUI_RUNTIME_SPAWN_H
#define STUI_RUNTIME_SPAWN_H

#include <sys/types.h>

struct spawn {
    const char *program;      /* a path */
    const char *const *words; /* its arguments, from its name on; NULL after the last */
    char *const *environment; /* NULL: this process's */
    int out, err;             /* borrowed; become its stdout and stderr; -1: /dev/null */
};

/* 0 and *PID, which is the caller's to wait for, and the number of its process group; or an errno. */
int spawn_program (pid_t *pid, const struct spawn *spawn);

#endif
