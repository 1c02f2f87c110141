/* test_transcript.c: the transcript of real images through bad links: what is written while the link is
 * cut is replayed once it is back, in order, none twice; `stui transcript` shows it, of one image and of
 * several, also after stui was started anew. */

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "support/await.h"
#include "support/proxy.h"
#include "support/run.h"
#include "support/stage.h"

static struct stage stage;
static struct proxy *proxy;

/* An image behind a proxy, held by a `stui serve`. */
static void
setup (void)
{
    stage_open (&stage, STAGE_QUICK);
    struct image *image = stage_start_image (&stage, "one");
    proxy = proxy_open (image->address);
    stage_list (&stage, "one", proxy_address (proxy));
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
}

static void
teardown (void)
{
    stage_close (&stage);
    proxy_close (&proxy);
}

TestSuite (transcript_e2e, .init = setup, .fini = teardown, .timeout = 120);

/* What `stui transcript` with these words prints, without the times. Caller frees. */
#define shown(...) without_times (run_printed (0, (const char *const[]){__VA_ARGS__, NULL}))

static char *
without_times (char *printed)
{
    enum { TIME_WIDTH = 21 }; /* "2026-01-31 10:30:00  " */
    char *out = stui_strdup (""), *line = strtok (printed, "\n");
    for (; line; line = strtok (NULL, "\n")) {
        char *more =
            stui_printf ("%s%s\n", out, strlen (line) > TIME_WIDTH ? line + TIME_WIDTH : "");
        free (out);
        out = more;
    }
    free (printed);
    return out;
}

/* The next line that -f prints must have TEXT. */
static void
expect_next (struct run_process *follower, const char *text)
{
    const char *line = run_await (follower, NULL, NULL);
    cr_assert_not_null (strstr (line, text), "'%s' came, and not '%s'", line, text);
}

/* Runs CODE in the image while nobody can hear it: it begins once the link is down, and the link comes
 * back when it has ended, which files say. */
static void
write_while_cut (const char *code)
{
    char *go = stui_printf ("%s/go", stage.place.directory);
    char *done = stui_printf ("%s/done", stage.place.directory);
    char *forked =
        stui_printf ("[[(File name: '%s') exists] whileFalse: [(Delay forMilliseconds: 10) wait]. "
                     "[%s] value. (FileStream open: '%s' mode: FileStream write) close] fork. 2",
                     go, code, done);
    stage_expect_eval ("one", forked, "2");
    proxy_set_mode (proxy, PROXY_REFUSE);
    proxy_cut_all (proxy, PROXY_RST);
    stage_pass (&stage, "one", "offline");
    int watch = await_directory (stage.place.directory);
    fclose (fopen (go, "w"));
    while (access (done, F_OK) != 0)
        cr_assert (await_news (watch, 0, clock_mono_ms () + RUN_GUARD_MS), "it is never done");
    close (watch);
    stage_expect_alive (&stage.images[0]);
    proxy_set_mode (proxy, PROXY_PASS);
    stage_pass (&stage, "one", "online");
    free (forked);
    free (done);
    free (go);
}

Test (transcript_e2e, lines_that_were_written_while_the_link_was_cut_come_in_order_and_once)
{
    stage_expect_eval ("one", "Transcript showCr: 'before'. 1", "1");
    struct run_process follower;
    run_start (&follower, &stage.place, NULL,
               (const char *const[]){"transcript", "one", "-f", NULL});
    expect_next (&follower, "before");
    write_while_cut ("1 to: 50 do: [:each | Transcript showCr: 'cut ', each printString]");
    stage_expect_eval ("one", "Transcript showCr: 'after'. 3", "3");
    for (int each = 1; each <= 50; each++) {
        char *text = stui_printf ("cut %d", each);
        expect_next (&follower, text);
        free (text);
    }
    expect_next (&follower, "after");
    run_end (&follower, SIGTERM);
    char *all = shown ("transcript", "one", "-n", "52");
    cr_assert_not_null (strstr (all, "before\ncut 1\ncut 2\ncut 3\n"), "%s", all);
    cr_assert_not_null (strstr (all, "cut 50\nafter\n"), "%s", all);
    cr_assert_null (strstr (strstr (all, "cut 50") + 1, "cut 50"));
    free (all);
}

Test (transcript_e2e, the_next_stui_goes_on_where_the_last_one_ended)
{
    stage_expect_eval ("one", "Transcript showCr: 'first'. 1", "1");
    char *shown_first = shown ("transcript", "one");
    cr_assert_str_eq (shown_first, "first\n");
    free (shown_first);
    cr_assert_eq (stage_end_serve (&stage, SIGTERM), 0);
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    stage_expect_eval ("one", "Transcript showCr: 'second'. 2", "2");
    char *both = shown ("transcript", "one");
    cr_assert_str_eq (both, "first\nsecond\n");
    free (both);
}

Test (transcript_e2e, a_new_start_of_the_image_is_marked_between_its_lines)
{
    stage_expect_eval ("one", "Transcript showCr: 'first life'. 1", "1");
    free (shown ("transcript", "one"));
    stage_restart_image (&stage.images[0]);
    stage_pass (&stage, "one", "online");
    stage_expect_eval ("one", "Transcript showCr: 'second life'. 2", "2");
    char *both = shown ("transcript", "one");
    cr_assert_not_null (strstr (both, "first life\n-- the image was started again"), "%s", both);
    cr_assert_not_null (strstr (both, "--\nsecond life\n"), "%s", both);
    free (both);
}

Test (transcript_e2e, what_the_image_overwrote_meanwhile_is_shown_as_a_gap)
{
    stage_expect_eval ("one", "Transcript showCr: 'before'. 1", "1");
    free (shown ("transcript", "one"));
    /* More than an image keeps, in pieces that it can take. */
    write_while_cut ("| piece | piece := String new: 20000 withAll: $x. 1 to: 80 do: [:each | "
                     "Transcript showCr: piece. (Delay forMilliseconds: 25) wait]. Transcript "
                     "showCr: 'the end'");
    char *all = shown ("transcript", "one", "-n", "1000");
    cr_assert_not_null (strstr (all, " events are missing here: the image overwrote them"),
                        "%.300s", all);
    cr_assert_not_null (strstr (all, "before they could be fetched --\nxxx"));
    cr_assert_not_null (strstr (all, "the end\n"));
    free (all);
}

Test (transcript_e2e, several_images_are_merged_with_their_names)
{
    stage_add_image (&stage, "two");
    kill (stage.serve.pid, SIGHUP);
    stage_pass (&stage, "two", "online");
    stage_expect_eval ("one", "Transcript showCr: 'of one'. 1", "1");
    stage_expect_eval ("two", "Transcript show: 'of '; showCr: 'two'. 2", "2");
    char *merged = shown ("transcript", "--all");
    cr_assert_not_null (strstr (merged, "one          of one\n"), "%s", merged);
    cr_assert_not_null (strstr (merged, "two          of two\n"), "%s", merged);
    free (merged);
    char *json = run_printed (0, (const char *const[]){"--json", "transcript", "two", NULL});
    cr_assert_not_null (strstr (json, "\"image\":\"two\""), "%s", json);
    cr_assert_not_null (strstr (json, "\"kind\":\"text\""), "%s", json);
    cr_assert_null (strstr (json, "of one"));
    free (json);
}
