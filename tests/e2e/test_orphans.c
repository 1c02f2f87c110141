/* test_orphans.c: what a client that is gone for good has left on an image: seen, adopted with its text
 * and its variables, cleaned away. Real images; the client is the owner of another profile. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "support/stage.h"

#define TIMINGS "ping_ms = 100\nbackoff_min_ms = 10\nbackoff_max_ms = 200\n"

static struct stage stage;
static struct image *image;
static struct run_process other; /* the owner of the other profile */
static char *id;                 /* owned: the session that it left */

static void
setup (void)
{
    stage_open (&stage, TIMINGS);
    image = stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
}

static void
teardown (void)
{
    if (other.pid > 0)
        run_end (&other, SIGKILL);
    free (id);
    stage_close (&stage);
}

TestSuite (orphans, .init = setup, .fini = teardown, .timeout = 120);

#define printed(...)       run_printed (0, (const char *const[]){__VA_ARGS__, NULL})
#define done(...)          free (printed (__VA_ARGS__))
#define fails(status, ...) free (run_printed (status, (const char *const[]){__VA_ARGS__, NULL}))
#define other_done(...)    done ("--profile", "other", __VA_ARGS__)
#define parsed(...)        stage_parse_free (printed (__VA_ARGS__))

/* What TEXT, which it frees, says. Caller owns. */
static struct json *
stage_parse_free (char *text)
{
    struct json *json = stage_parse (text);
    free (text);
    return json;
}

/* The session as the image's list has it: its state, empty when it is not there, and its bytes. */
static int64_t
there (char state[32])
{
    struct json *list = parsed ("image", "sessions", "one", "--json");
    int64_t bytes = 0;
    state[0] = '\0';
    for (const struct json *one = json_first (list); one; one = json_next (one))
        if (strcmp (json_get_text (one, "session_id"), id) == 0) {
            snprintf (state, 32, "%s", json_get_text (one, "state"));
            bytes = json_get_number (one, "bytes", 0);
        }
    json_destroy (&list);
    return bytes;
}

/* The other profile begins a session with a text and a variable, and the image has been told. */
static void
other_begins (void)
{
    char now[32];
    other.out.fd = -1;
    run_serve (&other, &stage.place, "other", NULL);
    id = printed ("--profile", "other", "session", "new", "one", "left");
    id[strcspn (id, "\n")] = '\0';
    other_done ("eval", "one", "--session", id, "-e", "kept := 6 * 7");
    while (there (now) <= (int64_t) sizeof "{}")
        continue;
}

static void
expect_there (const char *state)
{
    char now[32];
    there (now);
    cr_assert_str_eq (now, state);
}

/* It is killed, and its state directory is never opened again. */
static void
other_vanishes (void)
{
    char now[32];
    run_end (&other, SIGKILL);
    do
        there (now);
    while (strcmp (now, "orphaned") != 0);
}

static size_t
count_of (char *text)
{
    struct json *list = stage_parse_free (text);
    size_t count = json_count (list);
    json_destroy (&list);
    return count;
}

/* ---- Tests ---- */

Test (orphans, what_a_vanished_client_left_is_adopted_with_text_and_variable)
{
    other_begins ();
    expect_there ("in use");
    fails (1, "session", "adopt", "one", id); /* it is not offered */
    other_vanishes ();
    cr_assert_eq (count_of (printed ("session", "adopt", "one", "--json")), 1);
    cr_assert_eq (count_of (printed ("session", "ls", "--json")), 0, "it was only asked");
    char *said = printed ("session", "adopt", "one", "--all");
    cr_assert (strstr (said, id), "%s", said);
    free (said);
    stage_pass (&stage, "one", "session_adopted");
    expect_there ("ours");
    char *value = printed ("eval", "one", "--session", id, "-e", "kept");
    cr_assert_str_eq (value, "42\n");
    free (value);
    char *shown = printed ("session", "export", id);
    cr_assert (strstr (shown, "kept := 6 * 7"), "%s", shown);
    free (shown);
    cr_assert_eq (count_of (printed ("session", "adopt", "one", "--json")), 0);
    cr_assert_eq (count_of (printed ("session", "ls", "--json")), 1);
}

Test (orphans, an_adopted_session_is_there_after_the_owner_and_the_image_were_killed)
{
    other_begins ();
    other_vanishes ();
    done ("session", "adopt", "one", id);
    stage_end_serve (&stage, SIGKILL);
    stage_restart_image (image);
    stage_serve (&stage);
    stage_pass (&stage, "one", "session_recreated");
    expect_there ("ours");
    char *shown = printed ("session", "export", id);
    cr_assert (strstr (shown, "kept := 6 * 7"), "%s", shown);
    free (shown);
}

Test (orphans, cleaning_takes_what_was_left_and_nothing_of_who_is_there)
{
    char mine[STUI_UUID_LEN + 1];
    other_begins ();
    stage_new_session ("one", "mine", mine);
    done ("session", "cleanup", "--on-image", "one", "--yes");
    expect_there ("in use");
    other_vanishes ();
    cr_assert_eq (count_of (printed ("session", "cleanup", "--on-image", "one", "--json")), 1);
    expect_there ("orphaned");
    cr_assert_eq (count_of (printed ("session", "cleanup", "--on-image", "one", "--older", "1h",
                                     "--json", "--yes")),
                  0, "it is not that old");
    fails (2, "session", "cleanup", "--on-image", "one", "--older", "5min");
    fails (2, "session", "cleanup", "--on-image", "none");
    done ("session", "cleanup", "--on-image", "one", "--yes");
    expect_there ("");
    done ("eval", "one", "--session", mine, "-e", "3");
}

/* ---- Another image at the address -------------------------------------------------------------- */

static size_t
count_stored (void)
{
    return count_of (printed ("session", "adopt", "one", "--json"));
}

/* The image is replaced by another one, which listens where it did. */
static void
replace_image (void)
{
    int port = image->port;
    image_stop (image);
    cr_assert_eq (image_start (image, "another", NULL, port, NULL), 0);
    stage_pass (&stage, "one", "replaced");
    stage_pass (&stage, "one", "online");
}

/* How often the session is in the list of all. */
static size_t
times_listed (void)
{
    struct json *list = parsed ("session", "ls", "--json");
    size_t times = 0;
    for (const struct json *one = json_first (list); one; one = json_next (one))
        times += strcmp (json_get_text (one, "session_id"), id) == 0;
    json_destroy (&list);
    return times;
}

/* It belongs to one of the two images, whole, whenever the owner is killed: while it goes, or back. */
Test (orphans, an_owner_killed_while_a_session_is_adopted_loses_nothing)
{
    enum { ROUNDS = 12 };
    id = printed ("session", "new", "one", "work");
    id[strcspn (id, "\n")] = '\0';
    done ("eval", "one", "--session", id, "-e", "kept := 6 * 7");
    replace_image ();
    while (count_stored () == 0)
        continue;
    for (int round = 0; round < ROUNDS; round++) {
        struct run_process moved = {.out.fd = -1};
        bool is_back = count_stored () == 0;
        run_start (&moved, &stage.place, NULL,
                   is_back ? (const char *const[]){"session", "undo", id, NULL}
                           : (const char *const[]){"session", "adopt", "one", id, NULL});
        usleep ((useconds_t) (3000 + 2000 * round)); /* a place to cut, not a wait */
        kill (stage.serve.pid, SIGKILL);
        stage_end_serve (&stage, 0);
        run_end (&moved, 0);
        stage_serve (&stage);
        cr_assert_eq (times_listed (), 1, "round %d", round);
        char *exported = printed ("session", "export", id);
        cr_assert (strstr (exported, "kept := 6 * 7"), "round %d: %s", round, exported);
        free (exported);
    }
}

/* Symptom: image diagnose counted the sessions of a replaced image as open ones of the new one. */
Test (orphans, sessions_of_a_replaced_image_are_told_apart_by_diagnose)
{
    done ("session", "new", "one", "work");
    replace_image ();
    while (count_stored () == 0) /* until the supervisor says that it is another one's */
        continue;
    char *said = printed ("image", "diagnose", "one");
    cr_assert (strstr (said, "0 open"), "%s", said);
    cr_assert (strstr (said, "1 of the image that was here before: 'stui session adopt one'"), "%s",
               said);
    free (said);
}

/* Symptom: what was held in a session of an image that was replaced could not be sent: "there is no session", and
 * nothing said what to do. */
Test (orphans, what_was_held_in_a_session_of_a_replaced_image_is_sent_as_it_says)
{
    id = printed ("session", "new", "one", "work");
    id[strcspn (id, "\n")] = '\0';
    image_kill (image);
    stage_pass (&stage, "one", "offline");
    fails (STUI_EXIT_UNREACHABLE, "eval", "one", "--hold", "--wait", "0", "--session", id, "-e",
           "6 * 7");
    replace_image ();
    while (count_stored () == 0)
        continue;
    struct run_result sent = run_stui ("held", "send", "one", "--yes", "one", "--anyway");
    cr_assert_eq (sent.status, STUI_EXIT_FAILED);
    char *adopt = stui_printf ("'stui session adopt one %.13s'", id);
    cr_assert (strstr (sent.err, adopt), "%s", sent.err);
    cr_assert (strstr (sent.err, "--yes one --anyway'"), "%s", sent.err);
    free (adopt);
    run_result_fini (&sent);
    done ("session", "adopt", "one", id);
    done ("session", "restore", id);
    sent = run_stui ("held", "send", "one", "--yes", "one", "--anyway");
    cr_assert_str_eq (sent.out, "42\n", "%s%s", sent.out, sent.err);
    run_result_fini (&sent);
}

Test (orphans, what_a_replaced_image_left_is_adopted_by_the_new_one_and_put_back)
{
    id = printed ("session", "new", "one", "work");
    id[strcspn (id, "\n")] = '\0';
    done ("eval", "one", "--session", id, "-e", "kept := 6 * 7");
    replace_image ();
    while (count_stored () == 0) /* until the supervisor says that it is another one's */
        continue;
    char *said = printed ("session", "ls");
    cr_assert (strstr (said, "one (gone)"), "%s", said);
    free (said);
    done ("session", "adopt", "one", "--all");
    stage_pass (&stage, "one", "session_adopted");
    cr_assert_eq (count_stored (), 0);
    cr_assert_eq (count_of (printed ("session", "undo", "--json")), 1);
    done ("session", "undo", id);
    done ("session", "adopt", "one", id);
    done ("session", "restore", id);
    fails (1, "session", "undo", id); /* it is open there */
    char *exported = printed ("session", "export", id);
    cr_assert (strstr (exported, "kept := 6 * 7"), "%s", exported);
    free (exported);
    done ("session", "close", id);
    int status;
    do { /* until the image has closed it */
        struct run_result undone = run_stui ("session", "undo", id);
        status = undone.status;
        run_result_fini (&undone);
    } while (status != 0);
    cr_assert_eq (count_of (printed ("session", "undo", "--json")), 0);
    done ("session", "adopt", "one", id);
    done ("session", "restore", id);
}
