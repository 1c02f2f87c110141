/* test_session_words.c: what the commands about sessions refuse, wait for and say. Real images. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "support/stage.h"

static struct stage stage;

static void
setup (void)
{
    stage_open (&stage, STAGE_QUICK);
    stage_serve_one (&stage);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (session_words, .init = setup, .fini = teardown, .timeout = 120);

/* ---- helpers ---- */

/* The command has exited STATUS and said TEXT, on stdout or stderr. */
static void
expect (int status, const char *text, struct run_result result)
{
    cr_assert_eq (result.status, status, "exit %d: %s%s", result.status, result.out, result.err);
    cr_assert (strstr (result.out, text) || strstr (result.err, text), "'%s' is not in: %s%s", text,
               result.out, result.err);
    run_result_fini (&result);
}

/* A file in the test's place. Caller frees. */
static char *
file_path (const char *name)
{
    return stui_printf ("%s/%s", stage.place.directory, name);
}

static void
expect_content (const char *path, const char *text)
{
    char *content = path_read (path, 1 << 20, NULL);
    cr_assert_str_eq (content, text);
    free (content);
}

/* ---- files ---- */

/* Symptom: an export went over whatever was in the file, without a word. */
Test (session_words, an_export_goes_over_a_file_only_when_it_is_told_to)
{
    char id[STUI_UUID_LEN + 1], *path = file_path ("mine");
    stage_new_session ("one", "work", id);
    cr_assert_eq (path_replace (path, "precious", strlen ("precious"), 0600, NULL), 0);
    expect (1, "is there already; --force replaces it",
            run_stui ("session", "export", id, "-o", path));
    expect_content (path, "precious");
    expect (0, "", run_stui ("session", "export", id, "-o", path, "--force"));
    char *text = path_read (path, 1 << 20, NULL);
    cr_assert_not_null (strstr (text, id), "%s", text);
    free (text);
    /* What is no regular file is left as it is, also when one insists. */
    cr_assert_eq (unlink (path), 0);
    cr_assert_eq (mkfifo (path, 0600), 0);
    expect (1, "is no regular file", run_stui ("session", "export", id, "-o", path, "--force"));
    struct stat now;
    cr_assert_eq (lstat (path, &now), 0);
    cr_assert (S_ISFIFO (now.st_mode));
    free (path);
}

/* ---- cleaning up ---- */

/* Symptom: what was closed a moment before was not cleaned away: "it has work that is not saved yet". */
Test (session_words, what_was_just_closed_is_cleaned_away_once_that_is_saved)
{
    for (int round = 0; round < 5; round++) {
        char id[STUI_UUID_LEN + 1];
        stage_new_session ("one", "work", id);
        expect (0, "3", run_stui ("eval", "one", "--session", id, "-e", "x := 3"));
        expect (0, "closed", run_stui ("session", "close", id));
        expect (0, "1 put into the archive", run_stui ("session", "cleanup", "--yes"));
    }
}
