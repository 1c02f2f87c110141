/* test_store_files.c: files of which a part cannot be read are copied as far as they can, and a database
 * with such a file keeps all that lies in its others. The disk's errors are made here: this program's
 * own open, pread and sendfile answer EIO for one file. */

#include "unit/vault_fixture.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/sendfile.h>

#include "actors/store_files.h"

enum { SECTOR = 4096, FILE_BYTES = 40 * SECTOR + 100 };

static ino_t bad_inode;         /* of the file; 0: all is well */
static off_t bad_from, bad_end; /* what of it; bad_end 0: it cannot even be opened */

static bool
path_is_bad (const char *path)
{
    struct stat info;
    return bad_inode && stat (path, &info) == 0 && info.st_ino == bad_inode;
}

static bool
fd_is_bad (int fd)
{
    struct stat info;
    return bad_inode && fstat (fd, &info) == 0 && info.st_ino == bad_inode;
}

/* From now on PATH cannot be read. */
static void
spoil (const char *path, off_t from, off_t end)
{
    struct stat info;
    cr_assert_eq (stat (path, &info), 0, "%s", path);
    bad_inode = info.st_ino;
    bad_from = from;
    bad_end = end;
}

int
open (const char *path, int flags, ...)
{
    static int (*real) (const char *, int, ...);
    va_list args;
    va_start (args, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg (args, mode_t) : 0;
    va_end (args);
    if (!real)
        real = (int (*) (const char *, int, ...)) dlsym (RTLD_NEXT, "open");
    if (bad_end == 0 && (flags & O_ACCMODE) == O_RDONLY && path_is_bad (path)) {
        errno = EIO;
        return -1;
    }
    return real (path, flags, mode);
}

ssize_t
pread (int fd, void *bytes, size_t size, off_t offset)
{
    static ssize_t (*real) (int, void *, size_t, off_t);
    if (!real)
        real = (ssize_t (*) (int, void *, size_t, off_t)) dlsym (RTLD_NEXT, "pread");
    if (fd_is_bad (fd) && offset < bad_end && offset + (off_t) size > bad_from) {
        errno = EIO;
        return -1;
    }
    return real (fd, bytes, size, offset);
}

ssize_t
sendfile (int out, int in, off_t *offset, size_t count)
{
    static ssize_t (*real) (int, int, off_t *, size_t);
    if (!real)
        real = (ssize_t (*) (int, int, off_t *, size_t)) dlsym (RTLD_NEXT, "sendfile");
    off_t at = fd_is_bad (in) ? lseek (in, 0, SEEK_CUR) : bad_end;
    if (at < bad_from && at + (off_t) count > bad_from)
        count = (size_t) (bad_from - at);
    else if (at >= bad_from && at < bad_end) {
        errno = EIO;
        return -1;
    }
    return real (out, in, offset, count);
}

static void
heal (void)
{
    bad_inode = 0;
    bad_from = bad_end = 0;
}

static void
files_setup (void)
{
    heal ();
    setup ();
}

static void
files_teardown (void)
{
    heal ();
    teardown ();
}

TestSuite (store_files, .init = files_setup, .fini = files_teardown, .timeout = 60);

static void
file_write (const char *path, char with)
{
    char *bytes = stui_alloc (FILE_BYTES);
    memset (bytes, with, FILE_BYTES);
    FILE *file = fopen (path, "w");
    cr_assert_not_null (file);
    cr_assert_eq (fwrite (bytes, 1, FILE_BYTES, file), FILE_BYTES);
    fclose (file);
    free (bytes);
}

/* Symptom: behind the first sector that could not be read all of a file was missing from its copy. */
Test (store_files, a_copy_has_all_but_the_sector_that_cannot_be_read)
{
    char from[SCRATCH_SIZE + 16], to[SCRATCH_SIZE + 16], path[SCRATCH_SIZE + 32];
    char *bytes = stui_alloc (FILE_BYTES + 1);
    struct stui_cause cause = {0};
    snprintf (from, sizeof from, "%s/from", directory);
    snprintf (to, sizeof to, "%s/to", directory);
    cr_assert_eq (mkdir (from, 0700), 0);
    snprintf (path, sizeof path, "%s/000005.ldb", from);
    file_write (path, 'x');
    spoil (path, 7 * SECTOR + 1, 7 * SECTOR + 2);
    cr_assert_eq (store_files_copy (from, to, &cause), 0, "%s", cause.text);
    heal ();
    snprintf (path, sizeof path, "%s/000005.ldb", to);
    FILE *file = fopen (path, "r");
    cr_assert_not_null (file);
    cr_assert_eq (fread (bytes, 1, FILE_BYTES + 1, file), FILE_BYTES);
    fclose (file);
    for (int at = 0; at < FILE_BYTES; at++) {
        bool passed_over = at >= 7 * SECTOR && at < 8 * SECTOR;
        cr_assert (bytes[at] == 'x' || (passed_over && bytes[at] == '\0'), "%d", at);
    }
    free (bytes);
}

/* Symptom: one file that could not be opened, and nothing at all was copied. */
Test (store_files, the_others_are_copied_when_one_cannot_be_opened)
{
    char from[SCRATCH_SIZE + 16], to[SCRATCH_SIZE + 16], path[SCRATCH_SIZE + 32];
    struct stui_cause cause = {0};
    struct stat info;
    snprintf (from, sizeof from, "%s/from", directory);
    snprintf (to, sizeof to, "%s/to", directory);
    cr_assert_eq (mkdir (from, 0700), 0);
    for (int number = 1; number <= 3; number++) {
        snprintf (path, sizeof path, "%s/%06d.ldb", from, number);
        file_write (path, 'x');
    }
    snprintf (path, sizeof path, "%s/000002.ldb", from);
    spoil (path, 0, 0);
    cr_assert_eq (store_files_copy (from, to, &cause), 0, "%s", cause.text);
    for (int number = 1; number <= 3; number++) {
        snprintf (path, sizeof path, "%s/%06d.ldb", to, number);
        cr_assert_eq (stat (path, &info) == 0, number != 2, "%s", path);
    }
}

/* The first table of the database cannot be read from now on. */
static void
spoil_table (void)
{
    DIR *folder = opendir (db.path);
    struct dirent *entry;
    char least[64] = "~";
    while ((entry = readdir (folder)))
        if (strstr (entry->d_name, ".ldb") && strcmp (entry->d_name, least) < 0)
            snprintf (least, sizeof least, "%.60s", entry->d_name);
    closedir (folder);
    char *path = stui_printf ("%s/%s", db.path, least);
    spoil (path, 0, 0);
    free (path);
}

static size_t
sessions_count (void)
{
    struct json *result = load ("img");
    size_t count = json_count (json_get (result, "sessions"));
    json_destroy (&result);
    return count;
}

/* Symptom: a disk with one file that cannot be read, and the profile did not start any more. */
Test (store_files, what_lies_in_other_files_is_salvaged_when_one_cannot_be_read)
{
    save ("s1", "in the first table");
    restart ();
    save ("s2", "in the second table");
    restart ();
    save ("s3", "in the log");
    cr_assert_eq (sessions_count (), 3);
    spoil_table ();
    store_db_close (&db);
    char *command = stui_printf ("rm -rf '%s'/db.before* '%s'/exports; rm '%s'/db/CURRENT",
                                 directory, directory, directory);
    cr_assert_eq (system (command), 0);
    free (command);
    begin ();
    heal ();
    cr_assert_geq (sessions_count (), 2);
    bool named = false;
    for (const struct json *one = json_first (db.notices); one; one = json_next (one))
        named = named || strcmp (json_get_text (one, "kind"), "session_lost") == 0;
    cr_assert (named, "what could not be read is named");
}
