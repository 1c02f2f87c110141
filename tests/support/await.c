/* await.c: see await.h. */

#include "support/await.h"

#include <errno.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/clock.h"

int
await_directory (const char *path)
{
    int watch = inotify_init1 (IN_CLOEXEC | IN_NONBLOCK);
    cr_assert_geq (watch, 0);
    cr_assert_geq (inotify_add_watch (watch, path,
                                      IN_CREATE | IN_MODIFY | IN_MOVE | IN_DELETE | IN_CLOSE_WRITE),
                   0, "%s cannot be watched", path);
    return watch;
}

/* Waits for one of COUNT. False: DEADLINE_MS came first. */
static bool
await_any (struct pollfd *fds, nfds_t count, int64_t deadline_ms)
{
    for (;;) {
        int64_t left_ms = deadline_ms - clock_mono_ms ();
        int ready = poll (fds, count, left_ms > 0 ? (int) left_ms : 0);
        if (ready > 0 || (ready == 0 && left_ms <= 0))
            return ready > 0;
    }
}

bool
await_news (int watch, pid_t pid, int64_t deadline_ms)
{
    char events[4096];
    int process = pid > 0 ? (int) syscall (SYS_pidfd_open, pid, 0) : -1;
    if (pid > 0 && process < 0 && errno == ESRCH)
        return true;
    struct pollfd fds[] = {{.fd = watch, .events = POLLIN}, {.fd = process, .events = POLLIN}};
    bool came = await_any (fds, 2, deadline_ms);
    while (watch >= 0 && read (watch, events, sizeof events) > 0)
        ;
    if (process >= 0)
        close (process);
    return came;
}

bool
await_end (pid_t pid, int64_t deadline_ms)
{
    return await_news (-1, pid, deadline_ms);
}
