/* test_path.c: where things lie for which environment, directories that others may not see,
 * and files read and replaced whole. Each test works in a directory of its own. */

#include "runtime/path.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/log.h"

static char place[] = "/tmp/stui-test-path-XXXXXX";

static void
begin (void)
{
    umask (022);
    cr_assert_not_null (mkdtemp (place));
    cr_assert_eq (chdir (place), 0);
}

static int
remove_entry (const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void) info, (void) type, (void) where;
    return remove (path);
}

static void
end (void)
{
    cr_assert_eq (chdir ("/"), 0);
    nftw (place, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite (path, .init = begin, .fini = end);
TestSuite (log, .init = begin, .fini = end);

static void
expect_text (char *text, const char *expected)
{
    cr_assert_not_null (text);
    cr_assert_str_eq (text, expected);
    free (text);
}

static int
mode_of (const char *path)
{
    struct stat info;
    cr_assert_eq (lstat (path, &info), 0);
    return info.st_mode & 07777;
}

static void
put (const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen (path, "w");
    fwrite (bytes, 1, size, file);
    fclose (file);
}

Test (path, xdg_variables_are_followed)
{
    setenv ("XDG_STATE_HOME", "/s", 1);
    setenv ("XDG_CONFIG_HOME", "/c", 1);
    setenv ("XDG_RUNTIME_DIR", "/r", 1);
    expect_text (path_state ("p"), "/s/stui/p");
    expect_text (path_config (), "/c/stui/config");
    expect_text (path_socket ("p", NULL), "/r/stui/p.sock");
}

Test (path, without_xdg_variables_the_home_directory_serves)
{
    setenv ("XDG_STATE_HOME", "", 1);
    setenv ("XDG_CONFIG_HOME", "relative/is/ignored", 1);
    setenv ("XDG_RUNTIME_DIR", "", 1);
    setenv ("HOME", "/home/x", 1);
    expect_text (path_state ("p"), "/home/x/.local/state/stui/p");
    expect_text (path_config (), "/home/x/.config/stui/config");
    char expected[64];
    snprintf (expected, sizeof expected, "/tmp/stui-%u/p.sock", (unsigned) getuid ());
    expect_text (path_socket ("p", NULL), expected);
    unsetenv ("XDG_RUNTIME_DIR");
    expect_text (path_socket ("p", NULL), expected);
}

Test (path, a_socket_path_that_does_not_fit_is_said)
{
    char base[120] = "/";
    memset (base + 1, 'r', 95);
    setenv ("XDG_RUNTIME_DIR", base, 1);
    free (path_socket ("p", NULL)); /* 96 + 11 bytes: the last that fit */
    struct stui_cause cause = {0};
    cr_assert_null (path_socket ("pp", &cause));
    cr_assert_eq (cause.err, STUI_E_SYSTEM);
    cr_assert (strstr (cause.text, "XDG_RUNTIME_DIR"));
}

Test (path, ssh_is_the_given_one_or_that_of_path)
{
    struct stui_cause cause = {0};
    setenv ("STUI_SSH", "/bin/sh", 1);
    char *program = path_ssh (&cause);
    cr_assert_str_eq (program, "/bin/sh");
    free (program);
    setenv ("STUI_SSH", "/nonexistent/ssh", 1);
    cr_assert_null (path_ssh (&cause));
    cr_assert_not_null (strstr (cause.text, "STUI_SSH"));
    setenv ("STUI_SSH", "", 1);
    setenv ("PATH", "/nonexistent::/also-not", 1);
    cr_assert_null (path_ssh (&cause));
    cr_assert_not_null (strstr (cause.text, "PATH"));
}

Test (path, private_directories_are_made_with_their_parents)
{
    cr_assert_eq (path_make_private ("a/b/c", NULL), 0);
    cr_assert_eq (mode_of ("a"), 0700);
    cr_assert_eq (mode_of ("a/b/c"), 0700);
    cr_assert_eq (path_make_private ("a/b/c", NULL), 0);
    cr_assert_eq (path_make_private ("a//b/c/", NULL), 0);
}

static void
expect_no_directory (const char *path, const char *sentence)
{
    struct stui_cause cause = {0};
    cr_assert_lt (path_make_private (path, &cause), 0, "%s", path);
    cr_assert (strstr (cause.text, sentence), "'%s'", cause.text);
}

Test (path, directories_that_are_not_private_are_refused)
{
    mkdir ("open", 0755);
    expect_no_directory ("open", "chmod 700");
    mkdir ("group", 0750);
    expect_no_directory ("group", "chmod 700");
    mkdir ("real", 0700);
    cr_assert_eq (symlink ("real", "link"), 0);
    expect_no_directory ("link", "symbolic link");
    expect_no_directory ("link/", "symbolic link");
    put ("file", "", 0);
    expect_no_directory ("file", "not a directory");
    expect_no_directory ("file/below", "cannot be made");
    if (geteuid () == 0) {
        mkdir ("foreign", 0700);
        cr_assert_eq (chown ("foreign", 12345, 12345), 0);
        expect_no_directory ("foreign", "another user (12345)");
    }
}

/* Symptom: another user's /tmp/stui-UID was taken for ours, because only what lay in it was looked at. */
Test (path, a_parent_that_is_not_private_is_refused)
{
    struct stui_cause cause = {0};
    cr_assert_eq (path_make_private_parent ("own/p.ssh", &cause), 0);
    cr_assert_eq (mode_of ("own"), 0700);
    cr_assert_eq (access ("own/p.ssh", F_OK), -1);
    mkdir ("shared", 0777);
    chmod ("shared", 0777);
    mkdir ("shared/p.ssh", 0700);
    cr_assert_eq (path_make_private ("shared/p.ssh", NULL), 0);
    cr_assert_eq (path_make_private_parent ("shared/p.ssh", &cause), STUI_E_PERMISSION);
    cr_assert (strstr (cause.text, "chmod 700"), "'%s'", cause.text);
}

static void
expect_unreadable (const char *path, int err, const char *sentence)
{
    struct stui_cause cause = {0};
    cr_assert_null (path_read (path, 100, &cause));
    cr_assert_eq (cause.err, err, "%s", cause.text);
    cr_assert (strstr (cause.text, sentence), "'%s'", cause.text);
}

Test (path, a_text_is_read_whole_or_not_at_all)
{
    put ("file", "héllo\n", 7);
    expect_text (path_read ("file", 7, NULL), "héllo\n");
    struct stui_cause cause;
    cr_assert_null (path_read ("file", 6, &cause));
    cr_assert_eq (cause.err, STUI_E_TOO_LARGE);
    put ("empty", "", 0);
    expect_text (path_read ("empty", 0, NULL), "");
    expect_unreadable ("absent", STUI_E_NOT_FOUND, "No such file");
    expect_unreadable (".", STUI_E_SYSTEM, "not a regular file");
    put ("nul", "ab\0c", 4);
    expect_unreadable ("nul", STUI_E_MALFORMED, "byte 2 is NUL");
    put ("latin", "ab\xe9", 3);
    expect_unreadable ("latin", STUI_E_MALFORMED, "byte 2 is part of no character");
    cr_assert_eq (mkfifo ("pipe", 0600), 0);
    expect_unreadable ("pipe", STUI_E_SYSTEM, "not a regular file");
}

Test (path, large_files_are_read_whole)
{
    enum { SIZE = 300000 };
    char *text = stui_alloc (SIZE + 1);
    memset (text, 'x', SIZE);
    put ("large", text, SIZE);
    expect_text (path_read ("large", SIZE, NULL), text);
    free (text);
}

Test (path, replacing_keeps_the_mode_and_leaves_nothing_beside)
{
    cr_assert_eq (path_replace ("file", "one", 3, 0600, NULL), 0);
    cr_assert_eq (mode_of ("file"), 0600);
    chmod ("file", 0640);
    cr_assert_eq (path_replace ("file", "two", 3, 0600, NULL), 0);
    cr_assert_eq (mode_of ("file"), 0640);
    expect_text (path_read ("file", 3, NULL), "two");
    mkdir ("file.d", 0700);
    cr_assert_lt (path_replace ("file.d", "x", 1, 0600, NULL), 0);
    cr_assert_eq (unlink ("file"), 0);
    cr_assert_eq (rmdir ("file.d"), 0);
    cr_assert_eq (rmdir (place), 0, "something was left beside the file");
    cr_assert_eq (mkdir (place, 0700), 0);
}

Test (path, replacing_through_a_link_keeps_the_link)
{
    mkdir ("dotfiles", 0700);
    put ("dotfiles/config", "old", 3);
    cr_assert_eq (symlink ("dotfiles/config", "config"), 0);
    cr_assert_eq (path_replace ("config", "new", 3, 0600, NULL), 0);
    struct stat info;
    cr_assert_eq (lstat ("config", &info), 0);
    cr_assert (S_ISLNK (info.st_mode));
    expect_text (path_read ("dotfiles/config", 3, NULL), "new");
}

Test (path, a_file_that_cannot_be_replaced_is_said)
{
    struct stui_cause cause = {0};
    cr_assert_eq (path_replace ("absent/file", "x", 1, 0600, &cause), STUI_E_SYSTEM);
    cr_assert (strstr (cause.text, "No such file"));
}

/* ---- The log, which writes to a file of this place --------------------------------------- */

/* What log_write wrote, behind the time. Caller frees. */
static char *
logged (const char *who, const char *text)
{
    int fd = open ("log", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    log_open (fd, LOG_LEVEL_INFO);
    log_debug (who, "too fine");
    log_warn (who, "%s", text);
    log_open (-1, LOG_LEVEL_DEBUG);
    log_error (who, "unheard");
    close (fd);
    char *line = path_read ("log", 5000, NULL);
    cr_assert_not_null (line);
    char *rest = stui_strdup (line + strlen ("2026-01-31T10:30:00.123Z "));
    free (line);
    return rest;
}

Test (log, a_line_has_level_who_and_text)
{
    expect_text (logged ("image/one", "gone é"), "warn  image/one: gone é\n");
}

Test (log, control_characters_are_shown)
{
    expect_text (logged ("x", "a\nb\033[0m\x7f \xc2\x9b \xff\xe9"),
                 "warn  x: a\\x0ab\\x1b[0m\\x7f \\xc2\\x9b \\xff\\xe9\n");
}

Test (log, long_lines_are_cut_and_end)
{
    char text[3000];
    memset (text, '\n', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    char *line = logged ("x", text);
    size_t size = strlen (line) + 25;
    cr_assert_leq (size, 2000);
    cr_assert_gt (size, 1990);
    cr_assert_eq (line[size - 26], '\n');
    free (line);
}

Test (log, levels_have_words)
{
    cr_assert_eq (log_level_from_word ("error"), LOG_LEVEL_ERROR);
    cr_assert_eq (log_level_from_word ("debug"), LOG_LEVEL_DEBUG);
    cr_assert_eq (log_level_from_word ("loud"), -1);
}
