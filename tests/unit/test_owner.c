/* test_owner.c: one process owns a profile; the others learn who. Children are made with fork
 * and held by a pipe; states are waited for with waitpid. */

#include "actors/owner.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "support/scratch.h"

/* A child that owns DIR until the test lets go of it. */
struct child {
    pid_t pid;
    int hold; /* closing it ends the child */
};

static struct child
child_start (const char *dir)
{
    int ready[2], hold[2];
    cr_assert (pipe (ready) == 0 && pipe (hold) == 0);
    struct child child = {.pid = fork (), .hold = hold[1]};
    cr_assert_geq (child.pid, 0);
    if (child.pid == 0) {
        struct owner owner = {0};
        char result = owner_take (&owner, dir, NULL) == 0 ? 'y' : 'n';
        close (hold[1]);
        (void) !write (ready[1], &result, 1);
        (void) !read (hold[0], &result, 1);
        _exit (0);
    }
    close (hold[0]);
    close (ready[1]);
    char result = 'n';
    cr_assert_eq (read (ready[0], &result, 1), 1);
    close (ready[0]);
    cr_assert_eq (result, 'y');
    return child;
}

static void
child_end (struct child *child)
{
    close (child->hold);
    kill (child->pid, SIGCONT);
    cr_assert_eq (waitpid (child->pid, NULL, 0), child->pid);
}

Test (owner, nobody_owns_an_unused_profile)
{
    char dir[SCRATCH_SIZE];
    scratch_open (dir);
    struct owner_holder holder;
    cr_assert_eq (owner_read (dir, &holder, NULL), 0);
    cr_assert_eq (holder.pid, 0);
    scratch_close (dir);
}

Test (owner, the_owner_is_named_until_it_lets_go)
{
    char dir[SCRATCH_SIZE];
    scratch_open (dir);
    struct owner owner = {0};
    struct owner_holder holder;
    cr_assert_eq (owner_take (&owner, dir, NULL), 0);
    cr_assert_eq (owner_read (dir, &holder, NULL), 0);
    cr_assert_eq (holder.pid, getpid ());
    cr_assert_not (holder.stopped);
    cr_assert (fcntl (owner.fd, F_GETFD) & FD_CLOEXEC);
    owner_release (&owner);
    owner_release (&owner);
    cr_assert_eq (owner_read (dir, &holder, NULL), 0);
    cr_assert_eq (holder.pid, 0);
    cr_assert_eq (owner_take (&owner, dir, NULL), 0);
    owner_release (&owner);
    scratch_close (dir);
}

Test (owner, a_second_process_is_refused_and_told_who)
{
    char dir[SCRATCH_SIZE], pid[32];
    scratch_open (dir);
    struct child child = child_start (dir);
    struct owner owner = {0};
    struct stui_cause cause = {0};
    cr_assert_eq (owner_take (&owner, dir, &cause), STUI_E_OWNED);
    cr_assert_not (owner.held);
    snprintf (pid, sizeof pid, "process %ld", (long) child.pid);
    cr_assert (strstr (cause.text, pid), "%s", cause.text);
    child_end (&child);
    cr_assert_eq (owner_take (&owner, dir, &cause), 0);
    owner_release (&owner);
    scratch_close (dir);
}

Test (owner, a_stopped_owner_keeps_the_profile_and_is_shown_as_stopped)
{
    char dir[SCRATCH_SIZE];
    scratch_open (dir);
    struct child child = child_start (dir);
    kill (child.pid, SIGSTOP);
    cr_assert_eq (waitpid (child.pid, NULL, WUNTRACED), child.pid);
    struct owner_holder holder;
    cr_assert_eq (owner_read (dir, &holder, NULL), 0);
    cr_assert_eq (holder.pid, child.pid);
    cr_assert (holder.stopped);
    struct owner owner = {0};
    struct stui_cause cause = {0};
    cr_assert_eq (owner_take (&owner, dir, &cause), STUI_E_OWNED);
    cr_assert (strstr (cause.text, "stopped"), "%s", cause.text);
    child_end (&child);
    scratch_close (dir);
}

Test (owner, an_owner_that_was_killed_owns_nothing)
{
    char dir[SCRATCH_SIZE];
    scratch_open (dir);
    struct child child = child_start (dir);
    kill (child.pid, SIGKILL);
    siginfo_t info;
    cr_assert_eq (waitid (P_PID, (id_t) child.pid, &info, WEXITED | WNOWAIT), 0);
    struct owner_holder holder;
    cr_assert_eq (owner_read (dir, &holder, NULL), 0);
    cr_assert_eq (holder.pid, 0, "a zombie counts as an owner");
    struct owner owner = {0};
    cr_assert_eq (owner_take (&owner, dir, NULL), 0);
    owner_release (&owner);
    child_end (&child);
    scratch_close (dir);
}

Test (owner, a_process_number_used_again_is_not_the_owner)
{
    char dir[SCRATCH_SIZE], path[SCRATCH_SIZE + 8];
    scratch_open (dir);
    snprintf (path, sizeof path, "%s/owner", dir);
    char again[64], alone[64];
    snprintf (again, sizeof again, "%ld 1\n", (long) getpid ());
    snprintf (alone, sizeof alone, "%ld\n", (long) getpid ());
    const char *const texts[] = {again, alone, "-5 5\n", "nonsense\n", ""};
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++) {
        FILE *file = fopen (path, "w");
        fputs (texts[index], file);
        fclose (file);
        struct owner_holder holder;
        cr_assert_eq (owner_read (dir, &holder, NULL), 0);
        cr_assert_eq (holder.pid, 0, "%s", texts[index]);
    }
    scratch_close (dir);
}

Test (owner, a_lock_file_that_is_a_link_is_not_followed)
{
    char dir[SCRATCH_SIZE], path[SCRATCH_SIZE + 8];
    scratch_open (dir);
    snprintf (path, sizeof path, "%s/owner", dir);
    cr_assert_eq (symlink ("/etc/passwd", path), 0);
    struct owner owner = {0};
    struct stui_cause cause = {0};
    cr_assert_eq (owner_take (&owner, dir, &cause), STUI_E_SYSTEM);
    cr_assert (strstr (cause.text, path), "%s", cause.text);
    scratch_close (dir);
}
