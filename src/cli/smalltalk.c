/* smalltalk.c: see smalltalk.h. */

#include "cli/smalltalk.h"

#include "runtime/alloc.h"
#include "runtime/path.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* BELOW the directory of the executable, if it is a program. */
static char *
beside_executable (const char *below)
{
    return path_runnable (path_beside_program (below));
}

char *
smalltalk_find_gst (void)
{
    const char *named = getenv ("STUI_GST");
    if (named != NULL && *named != '\0')
        return path_runnable (stui_strdup (named));
    char *found = path_program ("gst");
    if (found == NULL)
        found = beside_executable ("gst/gst");
    return found != NULL ? found : beside_executable ("../lib/stui/gst-vm/gst");
}

char *
smalltalk_find_launcher (void)
{
    const char *named = getenv ("STUI_IMAGE");
    if (named != NULL && *named != '\0')
        return path_runnable (stui_strdup (named));
    char *found = beside_executable ("../smalltalk/gst/stui-image");
    return found != NULL ? found : beside_executable ("../lib/stui/gst/stui-image");
}

/* The first line that GST --version prints. False when it cannot be run. */
static bool
version_line (const char *gst, char *line, size_t size)
{
    int out[2];
    if (pipe2 (out, O_CLOEXEC) != 0)
        return false;
    char *const words[] = {(char *) gst, "--version", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init (&actions);
    posix_spawn_file_actions_addopen (&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen (&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2 (&actions, out[1], STDOUT_FILENO);
    pid_t pid;
    int failed = posix_spawn (&pid, gst, &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy (&actions);
    close (out[1]);
    FILE *stream = fdopen (out[0], "r");
    bool got = failed == 0 && stream != NULL && fgets (line, (int) size, stream) != NULL;
    char rest[256];
    while (got && fgets (rest, sizeof rest, stream) != NULL)
        ; /* or it would be stopped by a closed pipe */
    fclose (stream);
    if (failed == 0)
        waitpid (pid, NULL, 0);
    return got;
}

char *
smalltalk_version (const char *gst)
{
    char line[256];
    if (!version_line (gst, line, sizeof line))
        return NULL;
    char *at = line + strcspn (line, "0123456789");
    return stui_strndup (at, strspn (at, "0123456789."));
}
