/* test_cleanup.c: sessions whose image was killed: orphaned, restored when it is back, cleaned away by
 * hand and by itself, and brought back as they were, also when the owner is killed around it. Real
 * images. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/stage.h"

#define TIMINGS "ping_ms = 100\nbackoff_min_ms = 10\nbackoff_max_ms = 200\norphan_after_s = 1\n"

enum { ROUNDS = 20 };

static struct stage stage;
static struct image *image;
static char *id; /* owned: the session that it is about */

static void
begin_with (const char *settings)
{
    stage_open (&stage, settings);
    image = stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
}

static void
teardown (void)
{
    free (id);
    stage_close (&stage);
}

TestSuite (cleanup_e2e, .fini = teardown, .timeout = 180);

#define printed(...) run_printed (0, (const char *const[]){__VA_ARGS__, NULL})
#define done(...)    free (printed (__VA_ARGS__))

static void
session_begin (void)
{
    id = printed ("session", "new", "one", "work");
    id[strcspn (id, "\n")] = '\0';
    done ("eval", "one", "--session", id, "-e", "| kept | kept := 3 + 4. kept");
}

/* How many objects the array TEXT has; TEXT is freed. */
static size_t
counted (char *text)
{
    struct json *list = stage_parse (text);
    size_t count = json_count (list);
    json_destroy (&list);
    free (text);
    return count;
}

/* The state of the session as `session ls` says it; empty: it is not there. */
static void
state_now (char state[32])
{
    char *text = printed ("session", "ls", "--json");
    struct json *list = stage_parse (text);
    state[0] = '\0';
    for (const struct json *one = json_first (list); one; one = json_next (one))
        if (strcmp (json_get_text (one, "session_id"), id) == 0) {
            cr_assert_eq (state[0], '\0', "it is there twice");
            snprintf (state, 32, "%s", json_get_text (one, "state"));
        }
    json_destroy (&list);
    free (text);
}

static void
state_await (const char *state)
{
    char now[32];
    do
        state_now (now);
    while (strcmp (now, state) != 0);
}

/* Until that it is an orphan is on the disk too. */
static void
kill_image (void)
{
    image_kill (image);
    stage_pass (&stage, "one", "orphaned");
    while (counted (printed ("session", "cleanup", "--state", "orphaned", "--json")) == 0)
        continue;
}

static size_t
archived (void)
{
    return counted (printed ("session", "undo", "--json"));
}

/* ---- Tests ---- */

Test (cleanup_e2e, what_a_killed_image_left_is_restored_cleaned_away_and_brought_back)
{
    begin_with (TIMINGS "reap_after_s = 3600\n");
    session_begin ();
    cr_assert_eq (counted (printed ("session", "cleanup", "--json")), 0);
    kill_image ();
    stage_restart_image (image);
    state_await ("restored");
    kill_image ();
    char *before = printed ("session", "export", id);
    char *said = printed ("session", "cleanup");
    cr_assert (strstr (said, id) && strstr (said, "its image is gone"), "%s", said);
    free (said);
    cr_assert_eq (archived (), 0, "it was only asked");
    cr_assert_eq (counted (printed ("session", "cleanup", "--older", "1h", "--json")), 0);
    cr_assert_eq (counted (printed ("session", "cleanup", "--state", "closed", "--json")), 0);
    free (run_printed (2, (const char *const[]){"session", "cleanup", "--image", "on", NULL}));
    free (run_printed (2, (const char *const[]){"session", "cleanup", "--older", "old", NULL}));
    free (run_printed (2, (const char *const[]){"session", "cleanup", "--state", "odd", NULL}));
    done ("session", "cleanup", "--image", "one", "--yes");
    stage_pass (&stage, "one", "session_reaped");
    state_await ("");
    cr_assert_eq (archived (), 1);
    free (run_printed (2, (const char *const[]){"session", "undo", "no such", NULL}));
    done ("session", "undo", id);
    stage_pass (&stage, "one", "session_returned");
    cr_assert_eq (archived (), 0);
    state_await ("stored");
    char *after = printed ("session", "export", id);
    cr_assert_str_eq (before, after);
    stage_restart_image (image);
    done ("eval", "--wait", "30", "one", "-e", "3 + 4");
    said = printed ("image", "show", "one");
    cr_assert_not_null (strstr (said, ": 1 its image is gone; 1 by a user's word; 1 brought back"),
                        "%s", said);
    free (said);
    done ("session", "restore", id);
    state_await ("restored");
    free (before);
    free (after);
}

/* Nothing but a deadline passes. */
Test (cleanup_e2e, what_was_away_long_enough_is_cleaned_away_by_itself)
{
    begin_with (TIMINGS "reap_after_s = 4\nundo_for_s = 3600\n");
    session_begin ();
    kill_image ();
    char *before = printed ("session", "export", id);
    stage_pass (&stage, "one", "session_reaped");
    cr_assert_eq (archived (), 1);
    done ("session", "undo", "--all");
    char *after = printed ("session", "export", id);
    cr_assert_str_eq (before, after);
    free (before);
    free (after);
}

Test (cleanup_e2e, the_archive_is_emptied_by_itself)
{
    begin_with (TIMINGS "reap_after_s = 2\nundo_for_s = 2\n");
    session_begin ();
    image_kill (image);
    stage_pass (&stage, "one", "session_reaped");
    stage_pass (&stage, NULL, "session_expired");
    cr_assert_eq (archived (), 0);
}

Test (cleanup_e2e, without_an_owner_it_is_done_and_undone_as_well)
{
    begin_with (TIMINGS "reap_after_s = 3600\n");
    session_begin ();
    kill_image ();
    char *before = printed ("session", "export", id);
    stage_end_serve (&stage, SIGTERM);
    cr_assert_eq (counted (printed ("session", "cleanup", "--json")), 1);
    done ("session", "cleanup", "--yes");
    cr_assert_eq (archived (), 1);
    done ("session", "undo", id);
    char *after = printed ("session", "export", id);
    cr_assert_str_eq (before, after);
    free (before);
    free (after);
}

#define CLEANUP                                                                                    \
    "session", "cleanup", "--yes", "--state", "orphaned", "--state", "preserved", "--state",       \
        "stored"

/* It is in one of the two places, whole, whenever the owner is killed: while it goes, or comes back. */
Test (cleanup_e2e, an_owner_killed_around_it_loses_nothing)
{
    begin_with (TIMINGS "reap_after_s = 3600\n");
    session_begin ();
    kill_image ();
    char *before = printed ("session", "export", id);
    for (int round = 0; round < ROUNDS; round++) {
        struct run_process moved = {.out.fd = -1};
        if (round % 2)
            done (CLEANUP);
        run_start (&moved, &stage.place, NULL,
                   round % 2 ? (const char *const[]){"session", "undo", "--all", NULL}
                             : (const char *const[]){CLEANUP, NULL});
        usleep ((useconds_t) (3000 + 400 * round)); /* a place to cut, not a wait */
        kill (stage.serve.pid, SIGKILL);
        stage_end_serve (&stage, 0);
        run_end (&moved, 0);
        stage_serve (&stage);
        char state[32];
        state_now (state);
        cr_assert_eq (archived () + (state[0] != '\0'), 1, "round %d: %s", round, state);
        if (!state[0])
            done ("session", "undo", "--all");
        char *after = printed ("session", "export", id);
        cr_assert_str_eq (before, after, "round %d", round);
        free (after);
    }
    free (before);
}
