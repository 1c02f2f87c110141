/* store_repair.c: see store_repair.h. Reads and writes the files of a closed database, which
 * are few and lie in one directory. */

#include "actors/store_repair.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/alloc.h"

static int
system_fail (const char *doing, const char *path, struct stui_cause *cause)
{
    return stui_fail (cause, STUI_E_SYSTEM, "cannot %s %.180s: %s", doing, path, strerror (errno));
}

static int
file_copy (const char *from, const char *to, struct stui_cause *cause)
{
    int in = open (from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (in < 0)
        return system_fail ("read", from, cause);
    int out = open (to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ssize_t sent = out < 0 ? -1 : 1;
    while (sent > 0)
        sent = sendfile (out, in, NULL, 1 << 20);
    int err = sent < 0 ? system_fail ("copy to", to, cause) : 0;
    if (out >= 0)
        close (out);
    close (in);
    return err;
}

/* Copies the plain files of the directory FROM into a new directory TO. */
static int
directory_copy (const char *from, const char *to, struct stui_cause *cause)
{
    DIR *directory = opendir (from);
    if (!directory)
        return system_fail ("read", from, cause);
    int err = mkdir (to, 0700) < 0 ? system_fail ("make", to, cause) : 0;
    struct dirent *file;
    while (!err && (file = readdir (directory))) {
        if (file->d_name[0] == '.' || strcmp (file->d_name, "LOCK") == 0)
            continue;
        char *source = stui_printf ("%s/%s", from, file->d_name);
        char *target = stui_printf ("%s/%s", to, file->d_name);
        struct stat stat;
        if (lstat (source, &stat) == 0 && S_ISREG (stat.st_mode))
            err = file_copy (source, target, cause);
        free (source);
        free (target);
    }
    closedir (directory);
    return err;
}

/* Removes a copy of ours. What cannot be removed stays: it does no harm but to the space. */
static void
directory_remove (const char *path)
{
    DIR *directory = opendir (path);
    struct dirent *file;
    while (directory && (file = readdir (directory)))
        unlinkat (dirfd (directory), file->d_name, 0);
    if (directory)
        closedir (directory);
    rmdir (path);
}

int
store_repair (const char *path, const struct engine_functions *functions, int64_t stamp,
              char **aside, struct stui_cause *cause)
{
    char *copy = stui_printf ("%s.copy-%" PRId64, path, stamp);
    *aside = stui_printf ("%s.damaged-%" PRId64, path, stamp);
    enum store_repair_outcome outcome = STORE_REPAIR_EMPTY;
    int err = directory_copy (path, copy, cause);
    if (!err) {
        struct engine *engine = NULL;
        if (functions->repair (copy, NULL) == 0 && functions->open (copy, &engine, NULL) == 0)
            outcome = STORE_REPAIR_REPAIRED;
        functions->close (&engine);
    }
    if (!err && rename (path, *aside) < 0)
        err = system_fail ("rename", path, cause);
    if (!err && outcome == STORE_REPAIR_REPAIRED && rename (copy, path) < 0)
        err = system_fail ("rename", copy, cause);
    else if (err || outcome == STORE_REPAIR_EMPTY)
        directory_remove (copy);
    free (copy);
    if (err) {
        free (*aside);
        *aside = NULL;
    }
    return err ? err : (int) outcome;
}
