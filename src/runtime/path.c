/* path.c: where things lie, and the few ways in which stui touches files: made private, read
 * whole, replaced whole. Every descriptor is closed before a function returns. Owns nothing. */

#include "runtime/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/utf8.h"

/* An absolute path from the environment, or NULL: the XDG specification has relative ones
 * ignored. */
static const char *
path_environment (const char *variable)
{
    const char *value = getenv (variable);
    return value && value[0] == '/' ? value : NULL;
}

/* The value of VARIABLE, else BELOW_HOME under the home directory. Caller frees. */
static char *
path_base (const char *variable, const char *below_home)
{
    const char *base = path_environment (variable);
    if (base)
        return stui_strdup (base);
    const char *home = path_environment ("HOME");
    const struct passwd *user = home ? NULL : getpwuid (getuid ());
    return stui_printf ("%s/%s", home ? home : user ? user->pw_dir : "", below_home);
}

char *
path_state (const char *profile)
{
    char *base = path_base ("XDG_STATE_HOME", ".local/state");
    char *path = stui_printf ("%s/stui/%s", base, profile);
    free (base);
    return path;
}

char *
path_config (void)
{
    char *base = path_base ("XDG_CONFIG_HOME", ".config");
    char *path = stui_printf ("%s/stui/config", base);
    free (base);
    return path;
}

char *
path_socket (const char *profile, struct stui_cause *cause)
{
    const char *base = path_environment ("XDG_RUNTIME_DIR");
    char *path = base ? stui_printf ("%s/stui/%s.sock", base, profile)
                      : stui_printf ("/tmp/stui-%u/%s.sock", (unsigned) getuid (), profile);
    size_t room = sizeof ((struct sockaddr_un *) NULL)->sun_path;
    if (strlen (path) < room)
        return path;
    stui_fail (cause, STUI_E_SYSTEM,
               "the control socket '%.120s' has a path of %zu bytes and the system takes %zu; set "
               "XDG_RUNTIME_DIR to a shorter one",
               path, strlen (path), room - 1);
    free (path);
    return NULL;
}

char *
path_tunnels (const char *profile)
{
    enum { FITS = 66 }; /* names in it have 24 bytes, and ssh adds 17 while it makes one */
    const char *base = path_environment ("XDG_RUNTIME_DIR");
    char *path = base ? stui_printf ("%s/stui/%s.ssh", base, profile) : NULL;
    if (path && strlen (path) <= FITS)
        return path;
    free (path);
    return stui_printf ("/tmp/stui-%u/%s.ssh", (unsigned) getuid (), profile);
}

char *
path_beside_program (const char *below)
{
    char program[PATH_MAX];
    ssize_t length = readlink ("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return NULL;
    program[length] = '\0';
    const char *slash = strrchr (program, '/');
    return slash ? stui_printf ("%.*s/%s", (int) (slash - program), program, below) : NULL;
}

char *
path_runnable (char *path)
{
    struct stat status;
    if (path && stat (path, &status) == 0 && S_ISREG (status.st_mode) && access (path, X_OK) == 0)
        return path;
    free (path);
    return NULL;
}

char *
path_program (const char *name)
{
    const char *path = getenv ("PATH");
    for (const char *at = path ? path : "/usr/bin:/bin"; *at;) {
        size_t length = strcspn (at, ":");
        char *found =
            length > 0 ? path_runnable (stui_printf ("%.*s/%s", (int) length, at, name)) : NULL;
        if (found)
            return found;
        at += length + (at[length] == ':');
    }
    return NULL;
}

char *
path_ssh (struct stui_cause *cause)
{
    const char *given = getenv ("STUI_SSH");
    bool is_given = given && *given;
    char *program = is_given ? path_runnable (stui_strdup (given)) : path_program ("ssh");
    if (!program && is_given)
        stui_fail (cause, STUI_E_NOT_FOUND, "$STUI_SSH is '%.100s', which cannot be run", given);
    else if (!program)
        stui_fail (cause, STUI_E_NOT_FOUND, "there is no program `ssh` on PATH");
    return program;
}

/* ---- Directories ----------------------------------------------------------------------- */

static int
path_check_private (const char *path, struct stui_cause *cause)
{
    struct stat info;
    if (lstat (path, &info) < 0)
        return stui_fail (cause, STUI_E_SYSTEM, "the directory '%.120s' cannot be used: %m", path);
    if (S_ISLNK (info.st_mode))
        return stui_fail (cause, STUI_E_PERMISSION,
                          "'%.120s' is a symbolic link, expected a directory of your own", path);
    if (!S_ISDIR (info.st_mode))
        return stui_fail (cause, STUI_E_PERMISSION, "'%.120s' is not a directory", path);
    if (info.st_uid != geteuid ())
        return stui_fail (cause, STUI_E_PERMISSION,
                          "the directory '%.120s' belongs to another user (%u)", path,
                          (unsigned) info.st_uid);
    if (info.st_mode & 077)
        return stui_fail (cause, STUI_E_PERMISSION,
                          "the directory '%.120s' is open to others; say chmod 700", path);
    return 0;
}

int
path_make_private (const char *path, struct stui_cause *cause)
{
    char *copy = stui_strdup (path);
    size_t length = strlen (copy);
    while (length > 1 && copy[length - 1] == '/') /* lstat would follow a link before a slash */
        copy[--length] = '\0';
    int err = 0;
    for (size_t index = 1; index <= length && !err; index++) {
        if (copy[index] != '/' && copy[index] != '\0')
            continue;
        char slash = copy[index];
        copy[index] = '\0';
        if (mkdir (copy, 0700) < 0 && errno != EEXIST)
            err =
                stui_fail (cause, STUI_E_SYSTEM, "the directory '%.120s' cannot be made: %m", copy);
        copy[index] = slash;
    }
    if (!err)
        err = path_check_private (copy, cause);
    free (copy);
    return err;
}

int
path_make_private_parent (const char *path, struct stui_cause *cause)
{
    char *directory = stui_strndup (path, (size_t) (strrchr (path, '/') - path));
    int err = path_make_private (directory, cause);
    free (directory);
    return err;
}

/* ---- Reading --------------------------------------------------------------------------- */

/* All of FD into a text, with SIZE set; NULL and CAUSE when it is more than LIMIT. */
static char *
path_read_all (int fd, const char *path, size_t limit, size_t *size, struct stui_cause *cause)
{
    char *text = NULL;
    size_t capacity = 0;
    *size = 0;
    for (;;) {
        if (capacity < *size + 2) {
            capacity = capacity ? capacity * 2 : 4096;
            text = stui_realloc (text, capacity);
        }
        ssize_t got = read (fd, text + *size, capacity - *size - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            stui_fail (cause, STUI_E_SYSTEM, "the file '%.120s' cannot be read: %m", path);
        if (got > 0 && *size + (size_t) got > limit) {
            stui_fail (cause, STUI_E_TOO_LARGE, "the file '%.120s' is larger than %zu bytes", path,
                       limit);
            got = -1;
        }
        if (got < 0) {
            free (text);
            return NULL;
        }
        *size += (size_t) got;
        text[*size] = '\0';
        if (got == 0)
            return text;
    }
}

static char *
path_read_text (int fd, const char *path, size_t limit, struct stui_cause *cause)
{
    size_t size;
    char *text = path_read_all (fd, path, limit, &size, cause);
    if (!text)
        return NULL;
    size_t valid = utf8_valid_prefix (text, strlen (text));
    if (valid < size) {
        stui_fail (cause, STUI_E_MALFORMED, "the file '%.120s' is not UTF-8 text: byte %zu is %s",
                   path, valid, text[valid] ? "part of no character" : "NUL");
        free (text);
        return NULL;
    }
    return text;
}

char *
path_read_stdin (size_t limit, struct stui_cause *cause)
{
    return path_read_text (STDIN_FILENO, "stdin", limit, cause);
}

char *
path_read (const char *path, size_t limit, struct stui_cause *cause)
{
    /* Nonblocking, so that a pipe without a writer is refused and not waited for. */
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        stui_fail (cause, errno == ENOENT ? STUI_E_NOT_FOUND : STUI_E_SYSTEM,
                   "the file '%.120s' cannot be opened: %m", path);
        return NULL;
    }
    struct stat info;
    bool regular = fstat (fd, &info) == 0 && S_ISREG (info.st_mode);
    char *text = regular ? path_read_text (fd, path, limit, cause) : NULL;
    if (!regular)
        stui_fail (cause, STUI_E_SYSTEM, "'%.120s' is not a regular file", path);
    close (fd);
    return text;
}

/* ---- Replacing ------------------------------------------------------------------------- */

static bool
path_write_all (int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write (fd, text, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        text += written;
        size -= (size_t) written;
    }
    return true;
}

/* The new name survives a crash only once the directory is on the disk too. */
static bool
path_sync_directory (const char *path)
{
    const char *slash = strrchr (path, '/');
    char *directory = !slash ? stui_strdup (".") : stui_strndup (path, (size_t) (slash - path + 1));
    int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free (directory);
    bool synced = fd >= 0 && fsync (fd) == 0;
    if (fd >= 0)
        close (fd);
    return synced;
}

int
path_replace (const char *path, const char *text, size_t size, int mode, struct stui_cause *cause)
{
    /* A link (to a collection of dotfiles, say) stays: what it points to is replaced. */
    char *real = realpath (path, NULL);
    const char *target = real ? real : path;
    char *beside = stui_printf ("%s.XXXXXX", target);
    struct stat old;
    bool exists = stat (target, &old) == 0;
    int err = 0;
    int fd = mkostemp (beside, O_CLOEXEC);
    bool written = fd >= 0 && fchmod (fd, exists ? old.st_mode & 07777 : (mode_t) mode) == 0
                   && path_write_all (fd, text, size) && fsync (fd) == 0;
    if (!written || rename (beside, target) < 0) {
        err = stui_fail (cause, STUI_E_SYSTEM, "the file '%.120s' cannot be written: %m", target);
        if (fd >= 0)
            unlink (beside);
    }
    else if (!path_sync_directory (target))
        err = stui_fail (cause, STUI_E_SYSTEM,
                         "the file '%.120s' was written, but may not survive a power cut: %m",
                         target);
    if (fd >= 0)
        close (fd);
    free (beside);
    free (real);
    return err;
}
