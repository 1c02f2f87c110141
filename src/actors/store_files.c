/* store_files.c: see store_files.h. */

#include "actors/store_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "actors/logscan.h"
#include "runtime/alloc.h"
#include "runtime/log.h"

static int
system_fail (const char *doing, const char *path, struct stui_cause *cause)
{
    return stui_fail (cause, STUI_E_STORAGE, "cannot %s %.180s: %s", doing, path, strerror (errno));
}

static bool
name_ends (const char *name, const char *end)
{
    size_t length = strlen (name), wanted = strlen (end);
    return length > wanted && strcmp (name + length - wanted, end) == 0;
}

/* Counts what LevelDB would know; *CURRENT tells whether that is among it. */
static size_t
count_database (const char *path, bool *current)
{
    size_t count = 0;
    *current = false;
    DIR *directory = opendir (path);
    struct dirent *file;
    while (directory && (file = readdir (directory))) {
        *current = *current || strcmp (file->d_name, "CURRENT") == 0;
        count += strncmp (file->d_name, "MANIFEST", 8) == 0 || name_ends (file->d_name, ".ldb")
                 || name_ends (file->d_name, ".sst") || name_ends (file->d_name, ".log");
    }
    if (directory)
        closedir (directory);
    return count;
}

bool
store_files_are_headless (const char *path)
{
    bool current;
    return count_database (path, &current) > 0 && !current;
}

bool
store_files_are_none (const char *path)
{
    bool current;
    return count_database (path, &current) == 0 && !current;
}

/* ---- Tables and logs ----------------------------------------------------------------------- */

#define UNSOUND ".unsound"

static bool
name_is_table (const char *name)
{
    return name_ends (name, ".ldb") || name_ends (name, ".sst");
}

static bool
varint_take (const unsigned char **at, const unsigned char *end, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
        unsigned char byte = *(*at)++;
        *value |= (uint64_t) (byte & 127) << shift;
        if (byte < 128)
            return true;
    }
    return false;
}

/* A table ends with two handles (offset and size, as varints, of the metaindex and the index) in 40
 * bytes and a magic number; each block has 5 bytes more than its size. */
static bool
table_is_sound (const char *path)
{
    enum { FOOTER = 48, HANDLES = 40, TRAILER = 5 };
    unsigned char footer[FOOTER];
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat info = {0};
    bool sound = fd >= 0 && fstat (fd, &info) == 0 && info.st_size >= FOOTER
                 && pread (fd, footer, FOOTER, info.st_size - FOOTER) == FOOTER;
    const unsigned char *at = footer;
    for (int handle = 0; sound && handle < 2; handle++) {
        uint64_t offset, size, end = (uint64_t) info.st_size - FOOTER;
        sound = varint_take (&at, footer + HANDLES, &offset)
                && varint_take (&at, footer + HANDLES, &size) && offset <= end
                && size <= end - offset && TRAILER <= end - offset - size;
    }
    if (fd >= 0)
        close (fd);
    return sound;
}

void
store_files_hide_unsound (const char *path)
{
    DIR *directory = opendir (path);
    struct dirent *file;
    while (directory && (file = readdir (directory))) {
        char *name = stui_printf ("%s/%s", path, file->d_name);
        char *aside = stui_printf ("%s" UNSOUND, name);
        if (name_is_table (file->d_name) && !table_is_sound (name))
            rename (name, aside);
        free (aside);
        free (name);
    }
    if (directory)
        closedir (directory);
}

void
store_files_show_unsound (const char *path, bool drop)
{
    DIR *directory = opendir (path);
    struct dirent *file;
    while (directory && (file = readdir (directory))) {
        if (!name_ends (file->d_name, UNSOUND))
            continue;
        char *aside = stui_printf ("%s/%s", path, file->d_name);
        char *name = stui_strndup (aside, strlen (aside) - strlen (UNSOUND));
        if (drop)
            unlink (aside);
        else
            rename (aside, name);
        free (name);
        free (aside);
    }
    if (directory)
        closedir (directory);
}

void
store_files_keep_tables (const char *path)
{
    DIR *directory = opendir (path);
    struct dirent *file;
    while (directory && (file = readdir (directory))) {
        char *name = stui_printf ("%s/%s", path, file->d_name);
        if (name_ends (file->d_name, ".log")
            || (name_is_table (file->d_name) && !table_is_sound (name)))
            unlink (name);
        free (name);
    }
    if (directory)
        closedir (directory);
}

/* Whether the last error says of what is on the disk that it cannot be read; others may pass. */
static bool
is_unreadable (void)
{
    return errno == EIO || errno == EBADMSG || errno == EUCLEAN;
}

enum { SECTOR = 4096 }; /* what is passed over when it cannot be read */

/* Up to SIZE bytes of a file at OFFSET, 0 at its end, -1 with errno. What cannot be read is zeros, which
 * no checksum fits. */
static ssize_t
sector_read (int fd, char bytes[SECTOR], off_t offset, size_t size)
{
    ssize_t got = pread (fd, bytes, size, offset);
    if (got >= 0 || !is_unreadable ())
        return got;
    memset (bytes, 0, size);
    return (ssize_t) size;
}

/* The bytes of a file, as many as can be read. Caller frees. */
static char *
file_bytes (const char *path, size_t *size)
{
    struct stat info;
    int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    *size = 0;
    if (fd < 0 || fstat (fd, &info) < 0 || !S_ISREG (info.st_mode))
        info.st_size = 0;
    char *bytes = stui_alloc ((size_t) info.st_size + 1);
    for (ssize_t got = 1; got > 0 && *size < (size_t) info.st_size;) {
        size_t left = (size_t) info.st_size - *size;
        got = sector_read (fd, bytes + *size, (off_t) *size, left < SECTOR ? left : SECTOR);
        *size += got > 0 ? (size_t) got : 0;
    }
    if (fd >= 0)
        close (fd);
    return bytes;
}

static int
entry_is_log (const struct dirent *entry)
{
    return name_ends (entry->d_name, ".log");
}

void
store_files_each_log (const char *path, store_files_visitor *visit, void *context)
{
    struct dirent **found = NULL;
    int count = scandir (path, &found, entry_is_log, alphasort);
    for (int index = 0; index < count; index++) {
        size_t size;
        char *name = stui_printf ("%s/%s", path, found[index]->d_name);
        char *bytes = file_bytes (name, &size);
        visit (context, bytes, size);
        free (bytes);
        free (name);
        free (found[index]);
    }
    free (found);
}

/* ---- Copies ------------------------------------------------------------------------------ */

/* From where IN stands to its end, sector by sector. */
static ssize_t
sectors_copy (int out, int in)
{
    char bytes[SECTOR];
    struct stat info;
    off_t at = lseek (in, 0, SEEK_CUR);
    ssize_t done = at < 0 || fstat (in, &info) < 0 ? -1 : 1;
    while (done > 0 && at < info.st_size) {
        off_t left = SECTOR - at % SECTOR;
        if (left > info.st_size - at)
            left = info.st_size - at;
        done = sector_read (in, bytes, at, (size_t) left);
        if (done > 0 && pwrite (out, bytes, (size_t) done, at) != done)
            done = -1;
        at += done > 0 ? done : 0;
    }
    return done;
}

/* What cannot be read of it is zeros in the copy; a file that cannot even be opened is not there. */
static int
file_copy (const char *from, const char *to, struct stui_cause *cause)
{
    int in = open (from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (in < 0 && is_unreadable ()) {
        log_warn ("store", "%s cannot be read and is passed over: %s", from, strerror (errno));
        return 0;
    }
    if (in < 0)
        return system_fail ("read", from, cause);
    int out = open (to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ssize_t sent = out < 0 ? -1 : 1;
    while (sent > 0)
        sent = sendfile (out, in, NULL, 1 << 20);
    if (sent < 0 && out >= 0 && is_unreadable ())
        sent = sectors_copy (out, in);
    int err = sent < 0 ? system_fail ("copy to", to, cause) : 0;
    if (out >= 0)
        close (out);
    close (in);
    return err;
}

/* The number in the name of a table or a log; 0: it is neither. */
static uint64_t
name_number (const char *name)
{
    return name_is_table (name) || name_ends (name, ".log") ? strtoull (name, NULL, 10) : 0;
}

/* What LevelDB will not write again, by the manifest that CURRENT names: below this number. */
static uint64_t
manifest_floor (const char *path)
{
    size_t size;
    char *name = stui_printf ("%s/CURRENT", path);
    char *current = file_bytes (name, &size);
    current[strcspn (current, "\n")] = '\0';
    free (name);
    name = stui_printf ("%s/%s", path, current);
    char *manifest = file_bytes (name, &size);
    uint64_t floor = strchr (current, '/') ? 0 : logscan_manifest_floor (manifest, size);
    free (manifest);
    free (name);
    free (current);
    return floor;
}

/* Copies the files in FROM, or links tables and logs with a number below LINKS_BELOW. */
static int
directory_double (const char *from, const char *to, uint64_t links_below, struct stui_cause *cause)
{
    int err = mkdir (to, 0700) < 0 ? system_fail ("make", to, cause) : 0;
    DIR *directory = opendir (from);
    if (!directory && errno != ENOENT)
        err = system_fail ("read", from, cause);
    struct dirent *file;
    while (directory && !err && (file = readdir (directory))) {
        if (file->d_name[0] == '.' || strncmp (file->d_name, "LO", 2) == 0)
            continue; /* LOCK is not to be opened, and LOG is for people */
        char *source = stui_printf ("%s/%s", from, file->d_name);
        char *target = stui_printf ("%s/%s", to, file->d_name);
        uint64_t number = name_number (file->d_name);
        struct stat stat;
        bool is_file = lstat (source, &stat) == 0 && S_ISREG (stat.st_mode);
        bool links = number > 0 && number < links_below;
        if (is_file && !(links && link (source, target) == 0))
            err = file_copy (source, target, cause);
        free (source);
        free (target);
    }
    if (directory)
        closedir (directory);
    return err;
}

int
store_files_copy (const char *from, const char *to, struct stui_cause *cause)
{
    return directory_double (from, to, 0, cause);
}

int
store_files_rescue (const char *from, const char *to, struct stui_cause *cause)
{
    return directory_double (from, to, manifest_floor (from), cause);
}

int
store_files_room (const char *path, struct stui_cause *cause)
{
    enum { SPARE = 1 << 20 };
    uint64_t bytes = 0, has = store_files_free (path);
    DIR *directory = opendir (path);
    struct dirent *file;
    while (directory && (file = readdir (directory))) {
        struct stat stat;
        if (fstatat (dirfd (directory), file->d_name, &stat, AT_SYMLINK_NOFOLLOW) == 0
            && S_ISREG (stat.st_mode))
            bytes += (uint64_t) stat.st_size;
    }
    if (directory)
        closedir (directory);
    uint64_t wanted = 2 * bytes + SPARE;
    return !directory || has >= wanted
               ? 0
               : stui_fail (cause, STUI_E_STORAGE,
                            "to repair %.150s takes %" PRIu64 " MB, and the disk has %" PRIu64
                            " free: make room",
                            path, (wanted >> 20) + 1, has >> 20);
}

static int
remove_visit (const char *path, const struct stat *stat, int type, struct FTW *walk)
{
    (void) stat, (void) type, (void) walk;
    remove (path);
    return 0;
}

void
store_files_remove (const char *path)
{
    enum { DESCRIPTORS = 8 };
    nftw (path, remove_visit, DESCRIPTORS, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* ---- Names ------------------------------------------------------------------------------- */

int
store_files_sync (const char *path, struct stui_cause *cause)
{
    int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int err = fd < 0 || fsync (fd) < 0 ? system_fail ("sync", path, cause) : 0;
    if (fd >= 0)
        close (fd);
    return err;
}

static int
sync_parent (const char *path, struct stui_cause *cause)
{
    char *parent = stui_strdup (path);
    char *slash = strrchr (parent, '/');
    if (slash)
        *slash = '\0';
    int err = store_files_sync (slash ? parent : ".", cause);
    free (parent);
    return err;
}

int
store_files_replace (const char *old, const char *new, const char *aside, struct stui_cause *cause)
{
    int err = store_files_sync (new, cause);
    if (!err && renameat2 (AT_FDCWD, old, AT_FDCWD, new, RENAME_EXCHANGE) == 0)
        rename (new, aside); /* the old one; should it keep this name, it is aside all the same */
    else if (!err && rename (old, aside) < 0 && errno != ENOENT)
        err = system_fail ("rename", old, cause);
    else if (!err && rename (new, old) < 0)
        err = system_fail ("rename", new, cause);
    return err ? err : sync_parent (old, cause);
}

/* The parts of PATH: its directory (caller frees), and what names beside it must begin with. */
static char *
path_split (const char *path, const char *suffix, char **prefix)
{
    const char *slash = strrchr (path, '/');
    *prefix = stui_printf ("%s%s", slash ? slash + 1 : path, suffix);
    return slash ? stui_strndup (path, (size_t) (slash - path)) : stui_strdup (".");
}

size_t
store_files_bound (const char *path, const char *suffix, size_t keep)
{
    char *prefix;
    char *parent = path_split (path, suffix, &prefix);
    struct dirent **found = NULL;
    int count = scandir (parent, &found, NULL, alphasort);
    size_t stay = 0;
    for (int index = count; index-- > 0;) {
        if (strncmp (found[index]->d_name, prefix, strlen (prefix)) == 0 && stay++ >= keep) {
            char *gone = stui_printf ("%s/%s", parent, found[index]->d_name);
            store_files_remove (gone);
            free (gone);
            stay--;
        }
        free (found[index]);
    }
    free (found);
    free (prefix);
    free (parent);
    return stay;
}

int
store_files_probe (const char *path, struct stui_cause *cause)
{
    enum { BYTES = 65536 }; /* a little more than a database needs to be opened */
    char *name = stui_printf ("%s/probe", path);
    char *bytes = stui_alloc (BYTES);
    int fd = open (name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    errno = fd < 0 ? errno : ENOSPC; /* of a write that is short and says nothing */
    bool taken = fd >= 0 && write (fd, bytes, BYTES) == BYTES && fsync (fd) == 0;
    int err = taken ? 0
                    : stui_fail (cause, STUI_E_STORAGE, "nothing can be written in %.150s: %s",
                                 path, strerror (errno));
    if (fd >= 0)
        close (fd);
    unlink (name);
    free (bytes);
    free (name);
    return err;
}

uint64_t
store_files_free (const char *path)
{
    struct statvfs info;
    return statvfs (path, &info) < 0 ? 0 : (uint64_t) info.f_bavail * info.f_frsize;
}
