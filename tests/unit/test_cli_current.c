/* test_cli_current.c: which session of an image is the current one, and the file that says so. */

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/session_current.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "support/scratch.h"

static char directory[SCRATCH_SIZE];

static void
setup (void)
{
    struct stui_cause cause = {0};
    scratch_open (directory);
    setenv ("XDG_STATE_HOME", directory, 1);
    char *path = path_state ("p");
    cr_assert_eq (path_make_private (path, &cause), 0, "%s", cause.text);
    free (path);
}

static void
teardown (void)
{
    scratch_close (directory);
}

TestSuite (cli_current, .init = setup, .fini = teardown);

static void
expect (const char *image, const char *wanted)
{
    char *id = session_current ("p", image);
    if (wanted)
        cr_assert_str_eq (id, wanted);
    else
        cr_assert_null (id);
    free (id);
}

Test (cli_current, each_image_has_its_own_until_it_has_none)
{
    struct stui_cause cause = {0};
    expect ("one", NULL);
    cr_assert_eq (session_current_set ("p", "one", "a", &cause), 0, "%s", cause.text);
    cr_assert_eq (session_current_set ("p", "two", "b", &cause), 0, "%s", cause.text);
    cr_assert_eq (session_current_set ("p", "one", "c", &cause), 0, "%s", cause.text);
    expect ("one", "c");
    expect ("two", "b");
    cr_assert_eq (session_current_set ("p", "one", NULL, &cause), 0, "%s", cause.text);
    expect ("one", NULL);
    expect ("two", "b");
}

Test (cli_current, a_file_that_is_none_of_ours_is_said_and_written_anew)
{
    struct stui_cause cause = {0};
    char *state = path_state ("p"), *path = stui_printf ("%s/current", state);
    static const char *const texts[] = {"", "[]",
                                        "{\"stui_current\":2,\"sessions\":{\"one\":\"a\"}}",
                                        "{\"stui_current\":1,\"sessions\":7}"};
    cr_redirect_stderr ();
    for (size_t at = 0; at < sizeof texts / sizeof *texts; at++) {
        cr_assert_eq (path_replace (path, texts[at], strlen (texts[at]), 0600, &cause), 0);
        expect ("one", NULL);
        cr_assert_eq (session_current_set ("p", "one", "c", &cause), 0, "%s", cause.text);
        expect ("one", "c");
    }
    fflush (stderr);
    cr_assert_stderr_neq_str ("");
    free (path);
    free (state);
}
