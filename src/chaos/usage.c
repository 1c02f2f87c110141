/* usage.c: see usage.h. Owns nothing. */

#include "chaos/usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/alloc.h"

static void
usage_count_descriptors (struct usage *usage, pid_t pid)
{
    char *path = stui_printf ("/proc/%ld/fd", (long) pid);
    DIR *directory = opendir (path);
    struct dirent *entry;
    while (directory != NULL && (entry = readdir (directory)) != NULL) {
        char target[16];
        if (entry->d_name[0] == '.')
            continue;
        ssize_t size = readlinkat (dirfd (directory), entry->d_name, target, sizeof target);
        usage->descriptors++;
        usage->sockets += size > 7 && memcmp (target, "socket:", 7) == 0;
    }
    if (directory != NULL)
        closedir (directory);
    free (path);
}

/* The fields of /proc/PID/stat behind the name (proc(5)): the 14th and 15th are ticks of CPU, the 20th
 * threads, the 24th pages. */
static void
usage_read_stat (struct usage *usage, pid_t pid)
{
    char text[1024] = "";
    char *path = stui_printf ("/proc/%ld/stat", (long) pid);
    FILE *file = fopen (path, "re");
    size_t size = file != NULL ? fread (text, 1, sizeof text - 1, file) : 0;
    if (file != NULL)
        fclose (file);
    free (path);
    text[size] = '\0';
    const char *at = strrchr (text, ')');
    unsigned long long user = 0, system = 0;
    long threads = 0, pages = 0;
    if (at == NULL
        || sscanf (at + 1,
                   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %ld "
                   "%*d %*u %*u %ld",
                   &user, &system, &threads, &pages)
               != 4)
        return;
    usage->threads = threads;
    usage->resident_kb = pages * (sysconf (_SC_PAGESIZE) / 1024);
    usage->cpu_ms = (int64_t) (user + system) * 1000 / sysconf (_SC_CLK_TCK);
}

struct usage
usage_read (pid_t pid)
{
    struct usage usage = {0};
    if (pid <= 0)
        return usage;
    usage_count_descriptors (&usage, pid);
    usage_read_stat (&usage, pid);
    return usage;
}

int64_t
usage_directory_kb (const char *path)
{
    int64_t bytes = 0;
    DIR *directory = opendir (path);
    struct dirent *entry;
    struct stat status;
    while (directory != NULL && (entry = readdir (directory)) != NULL)
        if (fstatat (dirfd (directory), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0
            && S_ISREG (status.st_mode))
            bytes += status.st_size;
    if (directory != NULL)
        closedir (directory);
    return bytes / 1024;
}
