/* test_many.c: many images in the terminal, as its user sees it, on real images: the first connection from
 * the welcome screen, and one evaluation in three of which one answers otherwise. */

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "support/pty.h"
#include "support/stage.h"

#define SAVED  " saved  session"
#define CTRL_P "\x10"
#define CTRL_Q "\x11"
#define ESCAPE "\033"

static struct stage stage;
static struct pty terminal;

static void
setup (void)
{
    stage_open (&stage, STAGE_QUICK);
}

static void
teardown (void)
{
    pty_close (&terminal);
    stage_close (&stage);
}

TestSuite (many, .init = setup, .fini = teardown, .timeout = 180);

static void
quit (void)
{
    pty_type (&terminal, CTRL_Q);
    cr_assert_eq (pty_end (&terminal, 0), 0);
    cr_assert (pty_is_clean (&terminal));
}

Test (many, a_newcomer_is_connected_in_half_a_minute_without_reading)
{
    enum { HALF_A_MINUTE_MS = 30000 };
    struct image *image = stage_start_image (&stage, "shop");
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "Type where a Smalltalk image listens");
    int64_t began_ms = clock_mono_ms ();
    pty_type (&terminal, "127.0.0.1");
    pty_await (&terminal, "has no port");
    pty_type (&terminal, ":1");
    pty_await (&terminal, "TCP        x failed");
    pty_await (&terminal, "handshake  . not tried");
    pty_type (&terminal, "\x7f\x7f");
    pty_await (&terminal, "has no port");
    const char *port = strrchr (image->address, ':');
    pty_type (&terminal, port);
    pty_await (&terminal, "ping       * ok");
    pty_await (&terminal, "Enter adds it, and opens a workspace in it");
    pty_type (&terminal, "\r");
    pty_await (&terminal, SAVED);
    pty_type (&terminal, "6 * 7" CTRL_P);
    pty_await (&terminal, "6 * 7 42");
    cr_assert_lt (clock_mono_ms () - began_ms, HALF_A_MINUTE_MS);
    quit ();
}

/* What the fan-out wrote to PATH. */
static struct json *
saved_read (const char *path)
{
    struct stui_cause cause = {0};
    char *text = path_read (path, 1 << 20, &cause);
    cr_assert_not_null (text, "%s", cause.text);
    struct json *json = json_parse_text (text);
    free (text);
    return json;
}

Test (many, an_evaluation_in_three_shows_which_one_answers_otherwise)
{
    stage_add_image (&stage, "alpha");
    stage_add_image (&stage, "beta");
    struct image *gamma = stage_add_image (&stage, "gamma");
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "3 online");
    stage_expect_eval ("beta", "Smalltalk at: #Odd put: 7", "7");
    pty_type (&terminal, ":mark all\r");
    pty_await (&terminal, "3 marked");
    pty_type (&terminal, "ASmalltalk includesKey: #Odd\r");
    pty_await (&terminal, "3 of 3, 1 differs");
    pty_await (&terminal, "2 of 3: false");
    pty_await (&terminal, "* beta");

    image_kill (gamma);
    pty_type (&terminal, ESCAPE);
    pty_await (&terminal, "offline");
    pty_type (&terminal, ":all Smalltalk at: #Odd put: 8\r");
    pty_await (&terminal, "3 of 3, 1 held");
    pty_await (&terminal, "all 2: 8");
    char *path = stui_printf ("%s/answers.json", stage.place.directory), *line;
    line = stui_printf (":fanout save %s\r", path);
    pty_type (&terminal, line);
    pty_await (&terminal, "3 answers are in");
    struct json *saved = saved_read (path);
    const struct json *last = json_at (json_get (saved, "images"), 2);
    cr_assert_str_eq (json_get_text (saved, "majority"), "8");
    cr_assert_str_eq (json_get_text (last, "image"), "gamma");
    cr_assert_str_eq (json_get_text (last, "status"), "held");
    json_destroy (&saved);
    free (line);
    free (path);
    quit ();
}

Test (many, a_diagnosis_and_an_edit_bring_an_image_back_that_is_elsewhere)
{
    struct image *image = stage_start_image (&stage, "moved");
    stage_list (&stage, "moved", "tcp://127.0.0.1:1");
    pty_stui (&terminal, "--ascii");
    pty_await (&terminal, "offline");
    pty_type (&terminal, "D");
    pty_await (&terminal, "TCP        x failed");
    pty_type (&terminal, "e");
    pty_await (&terminal, "address    tcp://127.0.0.1:1");
    pty_type (&terminal, "\x7f\x7f");
    pty_type (&terminal, strrchr (image->address, ':'));
    pty_type (&terminal, "\r");
    pty_await (&terminal, "moved is changed");
    pty_await (&terminal, "1 online");
    quit ();
}
