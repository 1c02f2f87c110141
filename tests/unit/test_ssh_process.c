/* test_ssh_process.c: a child's lines, its end, and that it goes when its starter does. */

#include "actors/ssh_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

enum { PATIENCE_MS = 30000 };

static struct ssh_process process;

static void
start (const char *script)
{
    struct stui_cause cause = {0};
    const char *const words[] = {"sh", "-c", script, NULL};
    cr_assert_eq (ssh_process_start (&process, "/bin/sh", words, &cause), 0, "%s", cause.text);
}

static void
await (int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    cr_assert_eq (poll (&ready, 1, PATIENCE_MS), 1);
}

static const char *
next_line (void)
{
    const char *line;
    while ((line = ssh_process_line (&process)) == NULL && process.said_fd >= 0)
        await (process.said_fd);
    return line;
}

static int
end (void)
{
    int status = -1;
    await (process.end_fd);
    cr_assert (ssh_process_ended (&process, &status));
    ssh_process_close (&process);
    return status;
}

Test (ssh_process, its_lines_are_read_and_its_status_is_told)
{
    start ("printf 'one\\r\\n\\ntwo\\nrest' >&2; echo unheard; exit 3");
    cr_assert_str_eq (next_line (), "one");
    cr_assert_str_eq (next_line (), "");
    cr_assert_str_eq (next_line (), "two");
    cr_assert_null (next_line ());
    cr_assert_eq (end (), 3);
}

Test (ssh_process, a_line_without_end_is_cut_and_the_next_one_is_whole)
{
    start ("head -c 5000 /dev/zero | tr '\\0' x >&2; printf '\\nlast\\n' >&2");
    size_t total = 0;
    const char *line;
    while ((line = next_line ()) != NULL && strcmp (line, "last") != 0) {
        cr_assert_lt (strlen (line), SSH_PROCESS_LINE_MAX);
        total += strlen (line);
    }
    cr_assert_eq (total, 5000);
    cr_assert_not_null (line);
    cr_assert_eq (end (), 0);
}

/* Waits until the process PID, which need not be a child, is no more. */
static void
await_gone (pid_t pid)
{
    int fd = pidfd_open (pid, 0);
    if (fd < 0) { /* so it is already */
        cr_assert_eq (errno, ESRCH);
        return;
    }
    await (fd);
    close (fd);
}

/* Symptom: the test was content when only the shell had ended, and ssh's own children went on. */
Test (ssh_process, told_to_end_it_ends_with_what_it_had_started)
{
    start ("sleep 1000 & echo $! >&2; wait");
    pid_t child = (pid_t) atoi (next_line ());
    cr_assert_eq (kill (child, 0), 0);
    ssh_process_stop (&process);
    cr_assert_eq (end (), 128 + SIGTERM);
    await_gone (child);
}

Test (ssh_process, one_that_does_not_listen_is_killed_and_waited_for)
{
    start ("trap '' TERM; echo deaf >&2; while :; do sleep 1; done");
    cr_assert_str_eq (next_line (), "deaf");
    pid_t pid = process.pid;
    ssh_process_stop (&process);
    ssh_process_close (&process);
    cr_assert_eq (waitpid (pid, NULL, WNOHANG), -1, "no zombie stays");
}

/* Symptom: stui was killed, and ssh went on for days. */
Test (ssh_process, it_goes_when_its_starter_is_killed)
{
    int ends[2];
    cr_assert_eq (pipe (ends), 0);
    pid_t starter = fork ();
    if (starter == 0) {
        start ("while :; do sleep 1; done");
        (void) !write (ends[1], &process.pid, sizeof process.pid);
        for (;;)
            pause ();
    }
    pid_t child = 0;
    await (ends[0]);
    cr_assert_eq (read (ends[0], &child, sizeof child), (ssize_t) sizeof child);
    kill (starter, SIGKILL);
    waitpid (starter, NULL, 0);
    await_gone (child);
    close (ends[0]);
    close (ends[1]);
}
