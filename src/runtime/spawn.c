/* spawn.c: see spawn.h. */

#include "runtime/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

static void
spawn_output (posix_spawn_file_actions_t *files, int fd, int target)
{
    if (fd >= 0)
        posix_spawn_file_actions_adddup2 (files, fd, target);
    else
        posix_spawn_file_actions_addopen (files, target, "/dev/null", O_WRONLY, 0);
}

int
spawn_program (pid_t *pid, const struct spawn *spawn)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset (&none);
    sigfillset (&all);
    posix_spawn_file_actions_init (&files);
    posix_spawn_file_actions_addopen (&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    spawn_output (&files, spawn->out, STDOUT_FILENO);
    spawn_output (&files, spawn->err, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np (&files, STDERR_FILENO + 1);
    posix_spawnattr_init (&attributes);
    posix_spawnattr_setflags (&attributes,
                              POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask (&attributes, &none);
    posix_spawnattr_setsigdefault (&attributes, &all);
    int why = posix_spawn (pid, spawn->program, &files, &attributes, (char *const *) spawn->words,
                           spawn->environment ? spawn->environment : environ);
    posix_spawnattr_destroy (&attributes);
    posix_spawn_file_actions_destroy (&files);
    return why;
}
