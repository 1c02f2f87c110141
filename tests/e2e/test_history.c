/* test_history.c: what `stui image show` says of the connections of real images: an image killed, stui
 * killed, both; favourites and settings. */

#include <signal.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "support/stage.h"

static struct stage stage;

static void
setup (void)
{
    stage_open (&stage, "ping_ms = 100\nbackoff_min_ms = 10\nbackoff_max_ms = 200\n");
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (history, .init = setup, .fini = teardown, .timeout = 120);

/* `image show NAME --json`. Caller owns. */
static struct json *
show (const char *name)
{
    struct run_result result = run_stui ("image", "show", name, "--json");
    cr_assert_eq (result.status, 0, "%s%s", result.out, result.err);
    struct json *shown = stage_parse (result.out);
    run_result_fini (&result);
    return shown;
}

/* The connection that is INDEX before the newest of SHOWN. */
static const struct json *
connection (const struct json *shown, size_t index)
{
    const struct json *found =
        json_at (json_get (json_get (shown, "history"), "connections"), index);
    cr_assert_not_null (found, "there are only %zu connections",
                        json_count (json_get (json_get (shown, "history"), "connections")));
    return found;
}

static const struct json *
sum (const struct json *shown, const char *window)
{
    return json_get (json_get (shown, "history"), window);
}

static void
expect_run (int status, const char *part, const char *const *words)
{
    struct run_result result = run_words (NULL, words);
    cr_expect_eq (result.status, status, "%s: %s%s", words[1], result.out, result.err);
    cr_expect (strstr (result.out, part) || strstr (result.err, part), "'%s' is not in:\n%s%s",
               part, result.out, result.err);
    run_result_fini (&result);
}
#define EXPECT_RUN(status, part, ...)                                                              \
    expect_run (status, part, (const char *const[]){__VA_ARGS__, NULL})

Test (history, an_image_that_was_killed_and_came_back)
{
    struct image *image = stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    struct json *shown = show ("one");
    cr_expect_float_eq (json_get_real (sum (shown, "ever"), "availability", -1), 1, 1e-9);
    cr_expect_eq (json_get_number (connection (shown, 0), "ended_at_ms", -1), 0);
    json_destroy (&shown);

    image_kill (image);
    stage_pass (&stage, "one", "offline");
    stage_restart_image (image);
    stage_pass (&stage, "one", "online");
    shown = show ("one");
    const struct json *now = connection (shown, 0), *before = connection (shown, 1);
    cr_expect_str_eq (json_get_text (before, "cause"), "closed");
    cr_expect_not_null (strstr (json_get_text (before, "text"), "closed"));
    cr_expect (json_get_bool (before, "failed", false));
    cr_expect_gt (json_get_number (before, "up_ms", -1), 0);
    cr_expect_gt (json_get_number (before, "ended_at_ms", -1),
                  json_get_number (before, "online_at_ms", -1));
    cr_expect_gt (json_get_number (now, "down_ms", -1), 0);
    cr_expect_geq (json_get_number (now, "attempts", -1), 1);
    for (int window = 0; window < 3; window++) {
        const struct json *found =
            sum (shown, (const char *const[]){"day", "week", "ever"}[window]);
        cr_expect_lt (json_get_real (found, "availability", 2), 1);
        cr_expect_gt (json_get_real (found, "availability", -1), 0);
        cr_expect_eq (json_get_number (found, "failures", -1), 1);
        cr_expect_eq (json_get_number (found, "reconnects", -1), 1);
        cr_expect_eq (json_get_number (found, "reconnect_p99_ms", -1),
                      json_get_number (now, "down_ms", -2));
        cr_expect_geq (json_get_number (found, "mtbf_ms", -1),
                       json_get_number (before, "up_ms", -1));
    }
    json_destroy (&shown);
    EXPECT_RUN (0, "closed: the connection was closed", "image", "show", "one");
    EXPECT_RUN (0, "BETWEEN FAILURES", "image", "show", "one");
}

Test (history, an_image_that_is_away_is_down_the_longer_the_more)
{
    struct image *image = stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    image_kill (image);
    stage_pass (&stage, "one", "unreachable"); /* it was tried again, in vain */
    struct json *shown = show ("one"), *later = show ("one");
    cr_expect_eq (json_get_number (connection (shown, 0), "online_at_ms", -1), 0);
    cr_expect_gt (json_get_number (sum (later, "day"), "down_ms", -1),
                  json_get_number (sum (shown, "day"), "down_ms", -1));
    json_destroy (&later);
    json_destroy (&shown);
}

/* Time in which stui does not run counts neither way, and what was open then ended with it. */
Test (history, it_goes_on_when_stui_is_killed)
{
    stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    struct json *shown = show ("one");
    int64_t first = json_get_number (connection (shown, 0), "seq", -1);
    json_destroy (&shown);
    stage_end_serve (&stage, SIGKILL);
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    shown = show ("one");
    cr_expect_eq (json_get_number (connection (shown, 0), "seq", -1), first + 1);
    const struct json *before = connection (shown, 1);
    cr_expect_eq (json_get_number (before, "seq", -1), first);
    cr_expect_str_eq (json_get_text (before, "cause"), "stui_ended");
    cr_expect_not (json_get_bool (before, "failed", true));
    cr_expect_eq (json_get_number (sum (shown, "ever"), "failures", -1), 0);
    /* What part of the time it was there is a matter of ms here: the unit tests have a clock for it. */
    json_destroy (&shown);

    stage_end_serve (&stage, SIGTERM);
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    shown = show ("one");
    before = connection (shown, 1);
    cr_expect_eq (json_get_number (before, "seq", -1), first + 1);
    cr_expect_str_eq (json_get_text (before, "cause"), "stui_ended");
    cr_expect_gt (json_get_number (before, "up_ms", -1), 0);
    json_destroy (&shown);
}

Test (history, favourites_and_what_was_worked_with)
{
    stage_add_image (&stage, "one");
    stage_list (&stage, "two", run_closed_address ());
    stage_serve (&stage);
    EXPECT_RUN (0, "no image was worked with yet", "image", "ls", "--recent");
    stage_expect_eval ("one", "3 + 4", "7");
    /* Nobody waits for it to be stored that one was used; what is confirmed later is stored with it. */
    EXPECT_RUN (0, "favourite of one is on now", "image", "set", "one", "favourite", "on");
    EXPECT_RUN (0, "favourite", "image", "ls");
    EXPECT_RUN (2, "favourite is on or off", "image", "set", "one", "favourite", "perhaps");
    EXPECT_RUN (2, "there is no image 'three'", "image", "set", "three", "favourite", "on");
    stage_end_serve (&stage, SIGKILL);
    stage_serve (&stage);
    struct run_result result = run_stui ("image", "ls", "--json");
    struct json *list = stage_parse (result.out);
    cr_expect (json_get_bool (json_at (list, 0), "favourite", false), "%s", result.out);
    cr_expect_gt (json_get_number (json_at (list, 0), "used_at_ms", -1), 0, "%s", result.out);
    cr_expect_not (json_get_bool (json_at (list, 1), "favourite", true));
    cr_expect (json_is_null (json_get (json_at (list, 1), "used_at_ms")));
    json_destroy (&list);
    run_result_fini (&result);
    EXPECT_RUN (0, "LAST USED", "image", "ls", "--recent");
    result = run_stui ("image", "ls", "--recent", "--json");
    list = stage_parse (result.out);
    cr_expect_eq (json_count (list), 1, "two was not worked with: %s", result.out);
    cr_expect_str_eq (json_get_text (json_at (list, 0), "name"), "one");
    json_destroy (&list);
    run_result_fini (&result);
    EXPECT_RUN (0, "taken away", "image", "set", "one", "favourite");
    struct json *shown = show ("one");
    cr_expect_not (json_get_bool (shown, "favourite", true));
    json_destroy (&shown);
}

Test (history, a_setting_is_changed_in_the_configuration)
{
    struct image *image = stage_start_image (&stage, "one");
    stage_list (&stage, "one", run_closed_address ());
    stage_serve (&stage);
    EXPECT_RUN (2, "(did you mean 'one'?)", "image", "set", "ona", "tags", "lab");
    EXPECT_RUN (1, "colour", "image", "set", "one", "colour", "red");
    EXPECT_RUN (0, "tags of one is lab now", "image", "set", "one", "tags", "lab");
    EXPECT_RUN (0, "address of one is", "image", "set", "one", "address", image->address);
    stage_pass (&stage, "one", "online");
    char *path = stui_printf ("%s/config/stui/config", stage.place.directory);
    char *text = path_read (path, 1 << 20, NULL);
    cr_assert_not_null (text, "%s", path);
    cr_expect_not_null (strstr (text, "tags = lab"), "%s", text);
    cr_expect_not_null (strstr (text, "ping_ms = 100"), "%s", text);
    free (text);
    EXPECT_RUN (0, "tags of one is taken away", "image", "set", "one", "tags");
    text = path_read (path, 1 << 20, NULL);
    cr_expect_null (strstr (text, "tags"), "%s", text);
    free (text);
    free (path);
}
