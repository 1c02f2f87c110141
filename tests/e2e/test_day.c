/* test_day.c: a day in the terminal on real images, driven in tmux, from a newcomer's first connection to the
 * evening's quit and the next morning: nothing here looks into the program, but for the second profile
 * that somebody else changes a session from. */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "support/stage.h"
#include "support/tmux.h"

#define SAVED " saved  session"

enum { COLUMNS = 100, ROWS = 30 };

static struct stage stage;
static struct tmux terminal;
static struct run_process other; /* `serve` of a second profile */
static struct image *alpha, *beta, *gamma_image;

static void
setup (void)
{
    /* Pings need not be quick: who is killed closes its connections. On a busy machine quick ones are missed,
     * and then nobody is sure of an image that is well. */
    stage_open (&stage, "ping_ms = 1000\nbackoff_min_ms = 10\nbackoff_max_ms = 200\n"
                        "orphan_after_s = 1\nreap_after_s = 3600\n");
    alpha = stage_start_image (&stage, "alpha");
    beta = stage_start_image (&stage, "beta");
    gamma_image = stage_start_image (&stage, "gamma");
    tmux_open (&terminal, &stage.place, "--ascii", COLUMNS, ROWS);
}

static void
teardown (void)
{
    run_end (&other, SIGTERM);
    tmux_close (&terminal);
    stage_close (&stage);
}

TestSuite (day, .init = setup, .fini = teardown, .timeout = 500);

/* ---- what a user does ------------------------------------------------------------------------------- */

/* A command, from a list or from a text. */
static void
command (const char *line)
{
    tmux_keys (&terminal, "M-x");
    tmux_type (&terminal, line);
    tmux_keys (&terminal, "Enter");
}

/* An image's workspace, with TEXT in it. */
static void
go_to (const char *image, const char *text)
{
    char *line = stui_printf ("switch %s", image), *title = stui_printf ("Workspace  %s", image);
    command (line);
    tmux_await (&terminal, title);
    tmux_await (&terminal, text);
    free (line);
    free (title);
}

static void
add (const char *name, const struct image *image)
{
    char *line = stui_printf ("add %s %s", name, image->address);
    command (line);
    free (line);
}

/* ---- the hours --------------------------------------------------------------------------------------- */

/* Nothing was read before: the address is typed, what is found is shown, Enter. */
static void
first_connection (void)
{
    tmux_await (&terminal, "Type where a Smalltalk image listens");
    tmux_type (&terminal, alpha->address);
    tmux_await (&terminal, "calls itself alpha");
    tmux_await (&terminal, "Enter adds it");
    tmux_keys (&terminal, "Enter");
    tmux_await (&terminal, "alpha is added");
    tmux_await (&terminal, SAVED);
    tmux_type (&terminal, "6 * 7");
    tmux_keys (&terminal, "C-p");
    tmux_await (&terminal, "6 * 7 42");
}

static void
work_in_two (void)
{
    add ("beta", beta);
    tmux_await (&terminal, "2 online");
    go_to ("beta", SAVED);
    tmux_type (&terminal, "Smalltalk at: #Stock put: 7");
    tmux_keys (&terminal, "C-d");
    tmux_await (&terminal, "> done in");
    tmux_keys (&terminal, "M-1");
    go_to ("alpha", "6 * 7 42");
    tmux_keys (&terminal, "M->");
    tmux_type (&terminal, " \"alpha's\"");
    tmux_await (&terminal, "6 * 7 42 \"alpha's\"");
    go_to ("beta", "Smalltalk at: #Stock put: 7");
}

static void
fan_out (void)
{
    add ("gamma", gamma_image);
    tmux_await (&terminal, "3 online");
    stage_expect_eval ("alpha", "Smalltalk at: #Stock put: 7", "7");
    stage_expect_eval ("gamma", "Smalltalk at: #Stock put: 8", "8");
    tmux_keys (&terminal, "M-1");
    command ("mark all");
    command ("all Smalltalk at: #Stock");
    tmux_await (&terminal, "3 of 3, 1 differs");
    tmux_await (&terminal, "gamma     differs");
    tmux_await (&terminal, "beta      answered");
}

static void
killed_and_back (void)
{
    tmux_keys (&terminal, "M-1");
    image_kill (alpha);
    tmux_await (&terminal, "1 offline, 2 online");
    go_to ("alpha", "alpha's");
    tmux_await (&terminal, "alpha x offline");
    stage_restart_image (alpha);
    tmux_await (&terminal, "3 online");
    tmux_await (&terminal, SAVED);
    tmux_keys (&terminal, "Enter");
    tmux_type (&terminal, "3 + 4");
    tmux_keys (&terminal, "C-p");
    tmux_await (&terminal, "3 + 4 7");
}

/* The session is one that nobody has open, so that nobody makes it anew. */
static void
cleaned_and_brought_back (void)
{
    char id[STUI_UUID_LEN + 1];
    stage_new_session ("gamma", "left", id);
    free (run_printed (
        0, (const char *const[]){"eval", "gamma", "--session", id, "-e", "3 + 4", NULL}));
    tmux_keys (&terminal, "M-4");
    tmux_await (&terminal, "left");
    image_kill (gamma_image);
    tmux_await (&terminal, "orphaned");
    command ("cleanup");
    tmux_await (&terminal, "its image is gone");
    tmux_keys (&terminal, "Enter");
    tmux_await (&terminal, "into the archive? y/n");
    tmux_type (&terminal, "y");
    tmux_await (&terminal, "1 session done");
    tmux_keys (&terminal, "M-4");
    tmux_await_gone (&terminal, "orphaned");
    command ("undo-cleanup");
    tmux_await (&terminal, "Cleanup  1");
    tmux_await (&terminal, "left");
    tmux_keys (&terminal, "Enter");
    tmux_await (&terminal, "y/n");
    tmux_type (&terminal, "y");
    tmux_await (&terminal, "The archive is empty");
    tmux_keys (&terminal, "M-4");
    tmux_await (&terminal, "left");
    stage_restart_image (gamma_image);
    tmux_await (&terminal, "3 online");
    tmux_type (&terminal, "/left");
    tmux_keys (&terminal, "Enter");
    tmux_await (&terminal, "1 of 3 with left");
    tmux_keys (&terminal, "Enter");
    tmux_await (&terminal, " saved  session left");
}

/* ---- conflicts --------------------------------------------------------------------------------------- */

#define printed(...) run_printed (0, (const char *const[]){__VA_ARGS__, NULL})

/* The id of the only session of IMAGE. */
static void
session_of (const char *image, char id[STUI_UUID_LEN + 1])
{
    char *text = printed ("session", "ls", image, "--json");
    struct json *list = stage_parse (text);
    cr_assert_eq (json_count (list), 1, "%s", text);
    snprintf (id, STUI_UUID_LEN + 1, "%s", json_get_text (json_first (list), "session_id"));
    json_destroy (&list);
    free (text);
}

/* The session of IMAGE, shown here, is changed by somebody else too, who evaluates 'theirs' in it. */
static void
conflict (const char *image)
{
    char id[STUI_UUID_LEN + 1];
    session_of (image, id);
    char *file = stui_printf ("%s/session.json", stage.place.directory);
    char *exported = printed ("session", "export", id);
    cr_assert_eq (path_replace (file, exported, strlen (exported), 0600, NULL), 0);
    free (printed ("--profile", "other", "session", "import", file));
    free (printed ("--profile", "other", "session", "restore", id));
    free (printed ("--profile", "other", "eval", image, "--session", id, "-e", "'theirs'"));
    for (bool told = false; !told;) {
        char *text = printed ("--profile", "other", "session", "show", id, "--json");
        struct json *session = stage_parse (text);
        told = strcmp (json_get_text (session, "state"), "restored") == 0;
        json_destroy (&session);
        free (text);
    }
    go_to (image, "");
    tmux_keys (&terminal, "M->");
    tmux_type (&terminal, " \"mine\"");
    tmux_await (&terminal, "! Conflict");
    tmux_keys (&terminal, "M-k");
    tmux_await (&terminal, "b keeps both");
    free (exported);
    free (file);
}

static void
conflicts_settled_each_way (void)
{
    run_serve (&other, &stage.place, "other", NULL);
    conflict ("alpha");
    tmux_type (&terminal, "m");
    tmux_await_gone (&terminal, "onflict");
    tmux_await (&terminal, "3 + 4 7 \"mine\"");
    conflict ("beta");
    tmux_type (&terminal, "t");
    tmux_await_gone (&terminal, "onflict");
    tmux_await_gone (&terminal, "\"mine\"");
    tmux_await (&terminal, "#Stock put: 7");
    conflict ("gamma");
    tmux_type (&terminal, "b");
    tmux_await_gone (&terminal, "onflict");
    tmux_keys (&terminal, "M-4");
    tmux_await (&terminal, "left (mine)");
}

/* ---- the evening, and the next morning --------------------------------------------------------------- */

/* Both images on one screen, the keys in beta's pane. */
static void
await_both (void)
{
    tmux_await (&terminal, "> beta * online");
    tmux_await (&terminal, "  alpha * online");
    tmux_await (&terminal, "3 + 4 7 \"mine\"");
    tmux_await (&terminal, "#Stock put: 7");
}

static void
quit (void)
{
    tmux_keys (&terminal, "C-q");
    cr_assert_eq (tmux_await_end (&terminal), 0);
}

static void
as_it_was_left (void)
{
    go_to ("alpha", "3 + 4 7 \"mine\"");
    command ("split beta");
    await_both ();
    tmux_keys (&terminal, "M->");
    tmux_type (&terminal, " \"good night\"");
    tmux_await (&terminal, "#Stock put: 7 \"good night\"");
    tmux_await (&terminal, "beta * online  saved  session");
    quit ();
    tmux_again (&terminal, "--ascii");
    await_both ();
    tmux_await (&terminal, "#Stock put: 7 \"good night\"");
    quit ();
}

/* ---- the test ---------------------------------------------------------------------------------------- */

Test (day, everything_that_a_day_brings_and_the_next_morning_it_is_as_it_was_left)
{
    first_connection ();
    work_in_two ();
    fan_out ();
    killed_and_back ();
    cleaned_and_brought_back ();
    conflicts_settled_each_way ();
    as_it_was_left ();
}
