/* key_file.c: see key_file.h. */

#include "actors/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/crypt.h"
#include "runtime/path.h"

#define THEN "then `stui secret unlock`"

/* What FD, opened as PATH, is; 0, or LOCKED with CAUSE. */
static int
file_check (int fd, const char *path, struct stui_cause *cause)
{
    struct stat info;
    if (fstat (fd, &info) < 0 || !S_ISREG (info.st_mode))
        return stui_fail (cause, STUI_E_LOCKED,
                          "locked: the key file %.120s is no file: move it away", path);
    if (info.st_uid != geteuid ())
        return stui_fail (cause, STUI_E_LOCKED,
                          "locked: the key file %.100s belongs to user %u: make it yours, " THEN,
                          path, (unsigned) info.st_uid);
    if ((info.st_mode & 077) != 0)
        return stui_fail (
            cause, STUI_E_LOCKED,
            "locked: the key file %.80s is open to others (mode %03o): chmod 600, " THEN, path,
            (unsigned) info.st_mode & 0777);
    return 0;
}

struct crypt_key *
key_file_read (const char *path, struct stui_cause *cause)
{
    char hex[CRYPT_HEX_SIZE + 2];
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        stui_fail (cause, errno == ENOENT ? STUI_E_NOT_FOUND : STUI_E_LOCKED,
                   errno == ENOENT ? "locked: the key file %.80s is missing: put it back, " THEN
                                   : "locked: the key file %.80s cannot be read: mend that, " THEN,
                   path);
        return NULL;
    }
    struct crypt_key *key = NULL;
    if (file_check (fd, path, cause) == 0) {
        ssize_t size = read (fd, hex, sizeof hex - 1);
        hex[size > 0 ? size : 0] = '\0';
        hex[strcspn (hex, "\n")] = '\0';
        key = crypt_key_from_hex (hex);
        if (!key)
            stui_fail (cause, STUI_E_LOCKED,
                       "locked: the key file %.80s is damaged: put it back as it was, " THEN, path);
        crypt_wipe (hex, sizeof hex);
    }
    close (fd);
    return key;
}

int
key_file_write (const char *path, const struct crypt_key *key, struct stui_cause *cause)
{
    char line[CRYPT_HEX_SIZE + 1];
    crypt_key_hex (key, line);
    memcpy (line + CRYPT_HEX_SIZE - 1, "\n", 2);
    int err = path_replace (path, line, CRYPT_HEX_SIZE, 0600, cause);
    crypt_wipe (line, sizeof line);
    return err;
}

struct crypt_key *
key_file_find (const char *path, const char *id, struct stui_cause *cause)
{
    static const char *const endings[] = {"", ".new", ".old"};
    struct crypt_key *found = NULL;
    for (size_t index = 0; !found && index < sizeof endings / sizeof *endings; index++) {
        char *name = stui_printf ("%s%s", path, endings[index]);
        found = key_file_read (name, index == 0 ? cause : NULL);
        if (found && strcmp (crypt_key_id (found), id) != 0) {
            crypt_key_destroy (&found);
            if (index == 0)
                stui_fail (cause, STUI_E_LOCKED,
                           "locked: the key file %.80s is of another profile or time: put back "
                           "the right one, " THEN,
                           path);
        }
        if (found && index > 0)
            rename (name, path);
        free (name);
    }
    if (found)
        key_file_drop_others (path);
    return found;
}

void
key_file_put_aside (const char *path, int64_t wall_ms)
{
    bool is_taken = true;
    while (is_taken) {
        char *aside = stui_printf ("%s.aside-%016" PRId64, path, wall_ms++);
        int why = renameat2 (AT_FDCWD, path, AT_FDCWD, aside, RENAME_NOREPLACE) < 0 ? errno : 0;
        is_taken = why == EEXIST;
        if (why == EINVAL) /* a file system that cannot say so */
            rename (path, aside);
        free (aside);
    }
}

struct crypt_key *
key_file_find_aside (const char *path, const char *id)
{
    glob_t names = {0};
    struct crypt_key *found = NULL;
    char *pattern = stui_printf ("%s.aside-*", path);
    glob (pattern, 0, NULL, &names);
    for (size_t index = 0; !found && index < names.gl_pathc; index++) {
        found = key_file_read (names.gl_pathv[index], NULL);
        if (found && strcmp (crypt_key_id (found), id) != 0)
            crypt_key_destroy (&found);
    }
    globfree (&names);
    free (pattern);
    return found;
}

int
key_file_put_by (const char *path, struct stui_cause *cause)
{
    char *old = stui_printf ("%s.old", path);
    int err = 0;
    if (rename (path, old) < 0 && errno != ENOENT)
        err = stui_fail (cause, STUI_E_STORAGE, "%.180s cannot be renamed: %s", path,
                         strerror (errno));
    free (old);
    return err;
}

void
key_file_drop_others (const char *path)
{
    static const char *const endings[] = {".new", ".old"};
    for (size_t index = 0; index < sizeof endings / sizeof *endings; index++) {
        char *name = stui_printf ("%s%s", path, endings[index]);
        unlink (name);
        free (name);
    }
}
