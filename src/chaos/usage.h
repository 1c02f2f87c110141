/* usage.h: what a process uses, as /proc says. */

#ifndef STUI_CHAOS_USAGE_H
#define STUI_CHAOS_USAGE_H

#include <stdint.h>
#include <sys/types.h>

struct usage {
    int64_t sockets, descriptors, threads;
    int64_t resident_kb;
    int64_t cpu_ms; /* since it began */
};

/* Of process PID; zeroes when it is gone. */
struct usage usage_read (pid_t pid);
/* What the files of directory PATH hold, in kB; not those of directories in it. */
int64_t usage_directory_kb (const char *path);

#endif
