/* test_alerts.c: alerts of real images: events, the user's command, a terminal that rings. */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "support/stage.h"

static struct stage stage;

/* The command says what it was told in the log; it is one line in the configuration. */
static void
setup (void)
{
    stage_open (&stage, "ping_ms = 100\nbackoff_min_ms = 10\nbackoff_max_ms = 100\n"
                        "[alert]\non = all\nafter_s = 0\nquiet_s = 2\n"
                        "run = echo \"told $STUI_ALERT of $STUI_IMAGE: $STUI_TEXT\"");
}

static void
teardown (void)
{
    stage_close (&stage);
}

TestSuite (alerts, .init = setup, .fini = teardown, .timeout = 120);

/* The next alert; its text begins with BEGIN. */
static void
expect_alert (const char *begin)
{
    struct json *event = stage_await (&stage, NULL, "alert");
    const char *text = json_get_text (event, "text");
    cr_assert_eq (strncmp (text, begin, strlen (begin)), 0, "%s", text);
    json_destroy (&event);
}

/* Whether the owner's log has TEXT; it is looked at until it has. */
static void
await_log (const char *text)
{
    char *path = stui_printf ("%s/serve.log", stage.place.directory);
    struct timespec pause = {.tv_nsec = 20000000};
    for (bool found = false; !found; nanosleep (&pause, NULL)) {
        struct stui_cause cause = {0};
        char *log = path_read (path, 4 << 20, &cause);
        cr_assert_not_null (log, "%s", cause.text);
        found = strstr (log, text) != NULL;
        free (log);
    }
    free (path);
}

Test (alerts, an_image_that_dies_and_comes_back_is_told_of)
{
    struct image *image = stage_add_image (&stage, "one");
    stage_serve (&stage);
    stage_pass (&stage, "one", "online");
    image_kill (image);
    expect_alert ("one is offline: ");
    await_log ("told offline of one: one is offline: ");
    stage_restart_image (image);
    struct json *event = stage_await (&stage, NULL, "alert");
    const char *text = json_get_text (event, "text");
    bool back = strncmp (text, "one is back after ", 18) == 0;
    cr_assert (back || strcmp (text, "one was restarted") == 0, "%s", text);
    json_destroy (&event);
    expect_alert (back ? "one was restarted" : "one is back");
    await_log ("told restarted of one: one was restarted");
}

Test (alerts, images_that_are_away_together_are_one_alert)
{
    for (int index = 0; index < 20; index++) {
        char name[16];
        snprintf (name, sizeof name, "image%d", index);
        stage_list (&stage, name, run_closed_address ());
    }
    stage_serve (&stage);
    expect_alert ("20 images are offline: image0, image1, image2, image3, image4, image5, image6, "
                  "image7, …");
}

Test (alerts, a_wrong_kind_is_refused_with_what_was_expected)
{
    run_place_configure (&stage.place, "[alert]\non = oflline\n");
    struct run_result result = run_stui ("status");
    cr_assert_neq (result.status, 0);
    cr_assert_not_null (strstr (result.err, ":2: on is 'oflline', expected all, or words between"),
                        "%s", result.err);
    run_result_fini (&result);
}
