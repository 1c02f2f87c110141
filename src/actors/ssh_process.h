/* ssh_process.h: a child that must not outlive us: started in a session of its own, its stderr read by
 * lines, its end seen by a descriptor. It gets SIGTERM from the kernel when the thread that started it
 * is gone, so also when this process is killed: that thread has to be one that lives as long as the
 * child is wanted. One thread owns a struct ssh_process. Linux. */

#ifndef STUI_ACTORS_SSH_PROCESS_H
#define STUI_ACTORS_SSH_PROCESS_H

#include <stui/types.h>

#include <sys/types.h>

enum {
    SSH_PROCESS_LINE_MAX = 1024, /* what is longer is cut */
    SSH_PROCESS_END_MS = 500,    /* between SIGTERM and SIGKILL at our own end */
};

struct ssh_process {
    pid_t pid;   /* 0: none */
    int end_fd;  /* owned: readable once it has ended; -1 */
    int said_fd; /* owned: its stderr; -1, also once it is at its end */
    char line[SSH_PROCESS_LINE_MAX];
    size_t size, taken; /* bytes in line; those of them that were given out */
};

/* Starts PROGRAM with WORDS (ending with NULL). 0, or STUI_E_SYSTEM with CAUSE. */
int ssh_process_start (struct ssh_process *self, const char *program, const char *const *words,
                       struct stui_cause *cause);
/* The next line that it said, without its end, valid until the next call; NULL when there is none
 * yet. */
const char *ssh_process_line (struct ssh_process *self);
/* Whether it has ended; then it was waited for, and *STATUS is its exit status, or 128 and the
 * signal. */
bool ssh_process_ended (struct ssh_process *self, int *status);
/* Tells it to end, and what it has started, without waiting. */
void ssh_process_stop (const struct ssh_process *self);
/* Ends it the hard way if it still runs, waits for that, and closes. Accepts one that is none. */
void ssh_process_close (struct ssh_process *self);

#endif
