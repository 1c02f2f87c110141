/* test_external.c: the user's own editor on a terminal of the test's: a process of its own whose controlling
 * terminal that is, since an editor opens /dev/tty. */

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ui/external.h"

enum { GUARD_MS = 20000 };
enum { GOOD, NOT_STARTED, NOT_ENDED, OTHER_TEXT };

static char directory[64];

static void
setup (void)
{
    strcpy (directory, "/tmp/test-external-XXXXXX");
    cr_assert_not_null (mkdtemp (directory));
    setenv ("XDG_RUNTIME_DIR", directory, 1);
}

static void
teardown (void)
{
    cr_assert_eq (rmdir (directory), 0, "the editor's file was left behind");
}

TestSuite (external, .init = setup, .fini = teardown);

/* Runs BODY in a process that has a terminal, TERMINAL_FD; its exit status. */
static int
on_terminal (int (*body) (int terminal_fd))
{
    int user_fd, terminal_fd, status;
    cr_assert_eq (openpty (&user_fd, &terminal_fd, NULL, NULL, NULL), 0);
    pid_t pid = fork ();
    if (pid == 0) {
        setsid ();
        ioctl (terminal_fd, TIOCSCTTY, 0);
        signal (SIGHUP, SIG_IGN);
        _exit (body (terminal_fd));
    }
    cr_assert_eq (waitpid (pid, &status, 0), pid);
    close (user_fd);
    close (terminal_fd);
    cr_assert (WIFEXITED (status), "signal %d", WTERMSIG (status));
    return WEXITSTATUS (status);
}

/* The kernel knows no pidfd_open from now on. */
static void
forget_pidfd (void)
{
    struct sock_filter rows[] = {
        BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
        BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
        BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof rows / sizeof *rows, rows};
    prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}

/* An editor that appends a word; what it made of the text. */
static int
edit (int terminal_fd)
{
    struct external external;
    struct stui_cause cause = {0};
    if (external_start (&external, "sh -c 'printf %s more >> \"$0\"'", "text ", &cause) != 0)
        return NOT_STARTED;
    struct pollfd end = {.fd = external.fd, .events = POLLIN};
    if (poll (&end, 1, GUARD_MS) != 1)
        return NOT_ENDED;
    char *text = external_finish (&external, terminal_fd, &cause);
    int result = text && strcmp (text, "text more") == 0 ? GOOD : OTHER_TEXT;
    free (text);
    return result;
}

static int
edit_without_pidfd (int terminal_fd)
{
    forget_pidfd ();
    return edit (terminal_fd);
}

Test (external, gives_back_what_the_editor_made_of_the_text)
{
    cr_assert_eq (on_terminal (edit), GOOD);
}

/* Symptom: on a kernel without pidfd_open the terminal stayed the editor's for ever. */
Test (external, its_end_is_seen_without_a_pidfd_too)
{
    cr_assert_eq (on_terminal (edit_without_pidfd), GOOD);
}

/* Starts one that says on the terminal that it has begun, and waits; hangs it up. */
static char *
hang_up (int terminal_fd, const char *command, int *result)
{
    struct external external;
    struct stui_cause cause = {0};
    char path[128];
    *result = external_start (&external, command, "text", &cause) == 0 ? GOOD : NOT_STARTED;
    if (*result != GOOD)
        return NULL;
    snprintf (path, sizeof path, "%s/begun", directory);
    while (access (path, F_OK) != 0 && kill (external.pid, 0) == 0)
        poll (NULL, 0, 1);
    unlink (path);
    return external_hang_up (&external, terminal_fd);
}

static int
hang_up_unsaved (int terminal_fd)
{
    int result;
    char *text =
        hang_up (terminal_fd, "sh -c ': > $XDG_RUNTIME_DIR/begun; exec sleep 60'", &result);
    return text ? OTHER_TEXT : result;
}

static int
hang_up_saved (int terminal_fd)
{
    int result;
    char *text =
        hang_up (terminal_fd,
                 "sh -c 'echo saved > \"$0\"; : > $XDG_RUNTIME_DIR/begun; exec sleep 60'", &result);
    result = result == GOOD && (!text || strcmp (text, "saved\n") != 0) ? OTHER_TEXT : result;
    free (text);
    return result;
}

/* Symptom: each time stui was told to end while the editor ran, its file stayed in /tmp. */
Test (external, leaves_no_file_when_it_is_hung_up)
{
    cr_assert_eq (on_terminal (hang_up_unsaved), GOOD);
}

Test (external, gives_what_the_editor_had_saved_when_it_is_hung_up)
{
    cr_assert_eq (on_terminal (hang_up_saved), GOOD);
}
