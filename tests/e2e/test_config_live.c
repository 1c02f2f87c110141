/* test_config_live.c: the list of images changes while all runs, by its file and SIGHUP and by the
 * command line: what is not meant keeps its very connection, sessions stay with their image. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/proxy.h"
#include "support/stage.h"

static struct stage stage;

static void
setup (void)
{
    stage_open (&stage, STAGE_QUICK);
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (config_live, .init = setup, .fini = teardown, .timeout = 120);

/* What tells one connection to an image from another: since when it is online, and its boot. */
struct mark {
    int64_t since_ms;
    char boot_id[80];
};

static struct mark
mark_of (const char *name)
{
    struct mark mark = {0};
    struct json *state = stage_await_state (name, "state", "online");
    mark.since_ms = json_get_number (state, "since_ms", -1);
    snprintf (mark.boot_id, sizeof mark.boot_id, "%s", json_get_text (state, "boot_id"));
    json_destroy (&state);
    return mark;
}

static void
expect_mark (const char *name, struct mark before)
{
    struct mark now = mark_of (name);
    cr_assert_eq (now.since_ms, before.since_ms, "%s was connected anew", name);
    cr_assert_str_eq (now.boot_id, before.boot_id);
}

/* Of several images whichever comes first. */
static void
await_both (void)
{
    mark_of ("one");
    mark_of ("two");
}

static void
hang_up (void)
{
    cr_assert_eq (kill (stage.serve.pid, SIGHUP), 0);
}

/* Runs stui with WORDS, which must succeed and print PART. */
static void
expect_run (int status, const char *part, const char *const *words)
{
    struct run_result result = run_words (NULL, words);
    cr_assert_eq (result.status, status, "%s %s: %s%s", words[0], words[1], result.out, result.err);
    cr_assert (strstr (result.out, part) || strstr (result.err, part), "'%s' is not in:\n%s%s",
               part, result.out, result.err);
    run_result_fini (&result);
}
#define EXPECT_RUN(status, part, ...)                                                              \
    expect_run (status, part, (const char *const[]){__VA_ARGS__, NULL})

/* The state of the session ID, as `session show` says it. Caller frees. */
static void
expect_session (const char *id, const char *key, const char *value)
{
    for (bool is = false; !is;) {
        struct run_result result = run_stui ("session", "ls", "--json");
        cr_assert_eq (result.status, 0, "%s", result.err);
        struct json *sessions = stage_parse (result.out);
        for (const struct json *session = json_first (sessions); session && !is;
             session = json_next (session)) {
            const char *text = json_get_text (session, key);
            is = strcmp (json_get_text (session, "session_id"), id) == 0 && text
                 && strcmp (text, value) == 0;
        }
        json_destroy (&sessions);
        run_result_fini (&result);
    }
}

/* The configuration anew: an image "one" as ONE says, and "two" unless it is NULL. */
static void
configure (const char *one, const char *two)
{
    char *text = stui_printf ("[stui]\nping_ms = 100\nbackoff_min_ms = 10\nbackoff_max_ms = 100\n"
                              "[image \"one\"]\n%s\n%s%s\n",
                              one, two ? "[image \"two\"]\n" : "", two ? two : "");
    run_place_configure (&stage.place, text);
    free (text);
    hang_up ();
}

static char *
address_line (const char *address)
{
    return stui_printf ("address = %s", address);
}

Test (config_live, what_the_file_changes_of_one_image_leaves_the_others_connected)
{
    struct image *one = stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    char session[STUI_UUID_LEN + 1];
    stage_new_session ("one", "work", session);
    struct mark mark = mark_of ("one");
    char *first = address_line (one->address);

    struct image *two = stage_start_image (&stage, "two"); /* added */
    char *second = address_line (two->address);
    configure (first, second);
    stage_pass (&stage, "two", "online");
    expect_mark ("one", mark);

    struct mark other = mark_of ("two"); /* retagged and protected: itself stays connected too */
    char *tagged = stui_printf ("%s\ntags = web, west\nprotected = yes", second);
    configure (first, tagged);
    json_destroy (&(struct json *){stage_await_state ("two", "tags", "web, west")});
    expect_mark ("two", other);
    expect_mark ("one", mark);
    EXPECT_RUN (2, "protected", "eval", "two", "-e", "3 + 4");
    EXPECT_RUN (0, "7", "eval", "two", "-e", "3 + 4", "--yes", "two");

    configure (first, NULL); /* removed */
    while (true) {
        struct run_result gone = run_stui ("image", "show", "two");
        int status = gone.status;
        run_result_fini (&gone);
        if (status == 2)
            break;
    }
    expect_mark ("one", mark);
    expect_session (session, "state", "restored");
    free (first);
    free (second);
    free (tagged);
}

Test (config_live, a_wrong_file_is_reported_and_the_old_list_goes_on)
{
    stage_serve_one (&stage);
    struct mark mark = mark_of ("one");
    configure ("address = nowhere at all", NULL);
    struct json *event = stage_await (&stage, NULL, "config_error");
    const char *text = json_get_text (event, "text");
    cr_assert_not_null (strstr (text, "config:6: "), "%s", text);
    json_destroy (&event);
    expect_mark ("one", mark);
    stage_expect_eval ("one", "3 + 4", "7");
}

/* Symptom: of a wrong row of [keys] neither the events nor doctor knew anything. */
Test (config_live, a_wrong_key_is_reported_and_that_it_was_mended)
{
    struct image *one = stage_add_image (&stage, "one");
    stage_serve (&stage);
    struct mark mark = mark_of ("one");
    char *wrong = stui_printf ("address = %s\n[keys]\nnope = R", one->address);
    char *mended = stui_printf ("address = %s\n[keys]\nretry = R", one->address);
    configure (wrong, NULL);
    struct json *event = stage_await (&stage, NULL, "config_error");
    cr_assert_not_null (strstr (json_get_text (event, "text"), "config:8: nope is no command"));
    json_destroy (&event);
    EXPECT_RUN (1, "config:8: nope is no command", "doctor");
    configure (mended, NULL);
    event = stage_await (&stage, NULL, "config_read");
    json_destroy (&event);
    expect_mark ("one", mark);
    free (wrong);
    free (mended);
}

Test (config_live, re_addressing_keeps_the_sessions)
{
    struct image *image = stage_add_image (&stage, "one");
    struct proxy *proxy = proxy_open (image->address);
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    struct mark mark = mark_of ("one");
    char session[STUI_UUID_LEN + 1];
    stage_new_session ("one", "work", session);
    EXPECT_RUN (0, "42", "eval", "one", "--session", session, "-e", "x := 42");
    EXPECT_RUN (0, "address of one is", "image", "set", "one", "address", proxy_address (proxy));
    stage_pass (&stage, "one", "online");
    struct json *state = stage_await_state ("one", "state", "online");
    cr_assert_not_null (strstr (json_get_text (state, "address"), proxy_address (proxy)));
    cr_assert_str_eq (json_get_text (state, "boot_id"), mark.boot_id);
    json_destroy (&state);
    EXPECT_RUN (0, "43", "eval", "one", "--session", session, "-e", "x + 1");
    proxy_close (&proxy);
}

Test (config_live, removing_says_what_is_kept_and_adding_again_brings_it_back)
{
    struct image *image = stage_add_image (&stage, "one");
    stage_add_image (&stage, "two");
    stage_serve (&stage);
    await_both ();
    char session[STUI_UUID_LEN + 1];
    stage_new_session ("one", "work", session);
    struct mark mark = mark_of ("two");
    EXPECT_RUN (0, "removed one; 1 session is kept as stored", "image", "rm", "one");
    expect_mark ("two", mark);
    expect_session (session, "state", "stored");
    EXPECT_RUN (0, "uno", "image", "add", "uno", image->address); /* its name is not what it is */
    stage_pass (&stage, "uno", "online");
    expect_session (session, "image", "uno");
    EXPECT_RUN (0, "7", "eval", "uno", "--session", session, "-e", "3 + 4");
    expect_mark ("two", mark);
}

Test (config_live, tags_name_images_wherever_images_are_named)
{
    stage_add_image (&stage, "one");
    stage_add_image (&stage, "two");
    stage_serve (&stage);
    await_both ();
    EXPECT_RUN (0, "tags of two is web, west now", "image", "set", "two", "tags", "web, west");
    char session[STUI_UUID_LEN + 1];
    stage_new_session ("one", "work", session);
    EXPECT_RUN (0, "7", "eval", "--tag", "west", "-e", "3 + 4");
    EXPECT_RUN (0, "two: online", "image", "retry", "--tag", "web");
    EXPECT_RUN (0, "one: online", "image", "retry", "--all");
    EXPECT_RUN (2, "no image has the tag 'east'", "image", "stop", "--tag", "east");
    EXPECT_RUN (2, "no image is named: give its name, --tag TAG or --all", "image", "stop");
    EXPECT_RUN (0, "[]", "session", "ls", "--json", "--tag", "web");
    EXPECT_RUN (0, session, "session", "ls", "one");
    struct run_result status = run_stui ("status", "--tag", "web", "--json");
    struct json *json = stage_parse (status.out);
    cr_assert_eq (json_count (json_get (json, "images")), 1);
    const struct json *only = json_first (json_get (json, "images"));
    cr_assert_str_eq (json_get_text (only, "name"), "two");
    cr_assert_str_eq (json_get_text (only, "tags"), "web, west");
    json_destroy (&json);
    run_result_fini (&status);
    EXPECT_RUN (0, "two is let go", "image", "stop", "--tag", "web");
    json_destroy (&(struct json *){stage_await_state ("two", "state", "disabled")});
    json_destroy (&(struct json *){stage_await_state ("one", "state", "online")});
}
