/* test_workspace.c: a day's work in the workspace on a real image, as its user sees it: completion, search
 * in inputs, buffers, files, the user's own editor, and all of it there again after a kill. */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/launch.h"
#include "runtime/path.h"
#include "support/pty.h"
#include "support/stage.h"

#define SAVED   " saved  session"
#define CTRL_P  "\x10"
#define CTRL_Q  "\x11"
#define CTRL_R  "\x12"
#define COMMAND "\033x"

static struct stage stage;
static struct pty terminal;

static void
setup (void)
{
    stage_open (&stage, "ping_ms = 200\nbackoff_min_ms = 10\nbackoff_max_ms = 200\n");
}

static void
teardown (void)
{
    pty_close (&terminal);
    stage_close (&stage);
}

TestSuite (workspace, .init = setup, .fini = teardown, .timeout = 180);

/* A program of TEXT at PATH. */
static void
make_script (const char *path, const char *text)
{
    struct stui_cause cause = {0};
    cr_assert_eq (path_replace (path, text, strlen (text), 0755, &cause), 0, "%s", cause.text);
    cr_assert_eq (chmod (path, 0755), 0);
}

static void
open_workspace (void)
{
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "1 online");
    pty_type (&terminal, "\r");
    pty_await (&terminal, SAVED);
}

Test (workspace, words_are_completed_by_the_image_and_inputs_are_found_again)
{
    stage_add_image (&stage, "alpha");
    open_workspace ();
    pty_type (&terminal, "OrderedColl\033/");
    pty_await (&terminal, "OrderedCollection");
    pty_await (&terminal, "Enter takes it");
    pty_type (&terminal, "\r");
    pty_await_gone (&terminal, "Enter takes it");
    pty_type (&terminal, " new size" CTRL_P);
    pty_await (&terminal, "OrderedCollection new size 0");
    pty_type (&terminal, "\033>\r" CTRL_R "collection");
    pty_await (&terminal, "holds: collection");
    pty_type (&terminal, "\r");
    pty_await_gone (&terminal, "holds:");
    pty_type (&terminal, "\033>\r[1) ");
    pty_await (&terminal, "This ) meets the [ of line 3");
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
}

Test (workspace, buffers_files_and_the_users_editor_survive_a_kill)
{
    char *script = stui_printf ("%s/editor", stage.place.directory);
    char *file = stui_printf ("%s/work.st", stage.place.directory);
    make_script (script, "#!/bin/sh\necho \"edited outside\" > \"$1\"\n");
    make_script (file, "\"from a file\"\n");
    setenv ("VISUAL", script, 1);
    stage_add_image (&stage, "alpha");
    open_workspace ();
    pty_type (&terminal, "first" COMMAND "buffer new second\r");
    pty_await (&terminal, "[second]");
    pty_type (&terminal, "draft");
    pty_await (&terminal, "draft");
    pty_type (&terminal, "\033v");
    pty_await (&terminal, "edited outside");
    pty_type (&terminal, "\033u");
    pty_await (&terminal, "draft");
    pty_type (&terminal, "\033r");
    pty_await (&terminal, "edited outside");

    pty_type (&terminal, COMMAND "open ");
    pty_type (&terminal, file);
    pty_type (&terminal, "\r");
    pty_await (&terminal, "[work.st]");
    pty_await (&terminal, "\"from a file\"");
    pty_type (&terminal, "changed \033s");
    pty_await (&terminal, "is written");
    struct stui_cause cause = {0};
    char *text = path_read (file, 1000, &cause);
    cr_assert_str_eq (text, "changed \"from a file\"\n");
    free (text);
    pty_await (&terminal, SAVED);

    pid_t owner = launch_read_holder ("default").pid;
    cr_assert_gt (owner, 0);
    kill (owner, SIGKILL);
    cr_assert_eq (pty_end (&terminal, SIGKILL), 128 + SIGKILL);
    pty_close (&terminal);
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "[work.st]");
    pty_await (&terminal, "changed \"from a file\"");
    pty_type (&terminal, "\033o");
    pty_await (&terminal, "first");
    pty_type (&terminal, "\033o");
    pty_await (&terminal, "edited outside");
    pty_type (&terminal, "\033u");
    pty_await (&terminal, "draft");
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
    cr_assert (pty_is_clean (&terminal));
    free (file);
    free (script);
}

Test (workspace, the_terminal_is_the_users_editors_while_it_runs_and_its_interrupt_too)
{
    char *script = stui_printf ("%s/editor", stage.place.directory);
    make_script (script, "#!/bin/sh\necho outside now\nread line\n");
    setenv ("VISUAL", script, 1);
    stage_add_image (&stage, "alpha");
    open_workspace ();
    pty_type (&terminal, "kept");
    pty_type (&terminal, "\033v");
    pty_await (&terminal, "outside now");
    cr_assert (pty_is_clean (&terminal));
    pty_type (&terminal, "\x03");
    pty_await (&terminal, "signal 2");
    pty_await (&terminal, "kept");
    pty_await (&terminal, SAVED);
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
    cr_assert (pty_is_clean (&terminal));
    free (script);
}

/* Symptom: what the editor had saved, and its file, stayed behind when stui was told to end meanwhile. */
Test (workspace, what_the_editor_saved_is_kept_when_stui_is_told_to_end_meanwhile)
{
    char *script = stui_printf ("%s/editor", stage.place.directory);
    make_script (script,
                 "#!/bin/sh\necho saved outside > \"$1\"\necho outside now\nexec sleep 60\n");
    setenv ("VISUAL", script, 1);
    stage_add_image (&stage, "alpha");
    open_workspace ();
    pty_type (&terminal, "\033v");
    pty_await (&terminal, "outside now");
    cr_assert_eq (pty_end (&terminal, SIGTERM), 0);
    cr_assert (pty_is_clean (&terminal));
    pty_close (&terminal);
    char *left = stui_printf ("ls %s/run/stui-*.st", stage.place.directory);
    cr_assert_neq (system (left), 0, "the editor's file is there still");
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "saved outside");
    free (left);
    free (script);
}
