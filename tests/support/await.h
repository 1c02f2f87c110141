/* await.h: tests wait for what happens, not for time: for news of a directory (inotify), for the end of a process
 * that need not be a child (pidfd). Deadlines are of clock_mono_ms. */

#ifndef TESTS_SUPPORT_AWAIT_H
#define TESTS_SUPPORT_AWAIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Watches what is created, changed, moved and removed in the directory PATH, from now on: look at it after this, not
 * before. The caller closes the descriptor. */
int await_directory (const char *path);

/* Until there is news of WATCH, or the process PID (0: none) has ended; false: DEADLINE_MS came first. */
bool await_news (int watch, pid_t pid, int64_t deadline_ms);

/* Until the process PID has ended, whoever waits for it. */
bool await_end (pid_t pid, int64_t deadline_ms);

#endif
