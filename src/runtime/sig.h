/* sig.h: signals as messages. main blocks them before the first thread starts (threads inherit
 * the mask, so no system call of an actor is ever interrupted) and reads them from a
 * descriptor that it polls. Owns one saved mask; main's thread only. */

#ifndef STUI_RUNTIME_SIG_H
#define STUI_RUNTIME_SIG_H

#include <stui/types.h>

/* Blocks SIGINT SIGTERM SIGHUP SIGPIPE SIGTSTP SIGCONT SIGWINCH SIGUSR1 SIGUSR2, and keeps the
 * mask that was there. */
void sig_block (void);

/* Gives the calling thread that mask back: for a child between fork and exec, and for main
 * when its actors are gone. Safe after fork. */
void sig_restore (void);

/* A descriptor that is readable while a blocked signal waits; the caller closes it. Negative
 * with CAUSE when the kernel refuses. */
int sig_open (struct stui_cause *cause);

/* Takes the next signal's number; 0 when none waits. */
int sig_next (int fd);

#endif
