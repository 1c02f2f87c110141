/* image_interrupt.c: `stui image interrupt`: ends what runs in an image, whoever asked for it. The image
 * says what has run longest in the answer to a ping; that is interrupted by its id. */

#include "cli/command.h"
#include "cli/image.h"
#include "cli/images.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#include <stdlib.h>

/* The id of what has run longest in image NAME, owned by the caller; NULL with DONE in *EXIT_STATUS when
 * nothing runs. */
static char *
interrupt_find (struct client *client, const char *name, int64_t wait_ms, int *exit_status)
{
    struct json *pong = image_command (client, name, wait_ms, "ping", json_object (), exit_status);
    const char *id = json_get_text (json_get (pong, "busy_with"), "id");
    char *found = id != NULL ? stui_strdup (id) : NULL;
    json_destroy (&pong);
    return found;
}

static void
interrupt_print (const struct cli_options *cli, const char *name, const char *id,
                 const struct json *result)
{
    const char *how = json_get_text (result, "how");
    bool interrupted = json_get_bool (result, "interrupted", false);
    if (cli->json) {
        struct json *out = json_object ();
        json_set_text (out, "image", name);
        json_set_text (out, "id", id);
        json_set_bool (out, "interrupted", interrupted);
        json_set_text (out, "how", how);
        cli_print_json (out);
        json_destroy (&out);
    }
    else if (id == NULL)
        printf ("%s: nothing runs there\n", name);
    else if (interrupted)
        printf ("%s: what ran longest was interrupted (%s)\n", name, how != NULL ? how : "ended");
    else
        printf ("%s: it had ended before it could be interrupted\n", name);
}

static int
interrupt_do (const struct cli_options *cli, struct client *client, const char *name,
              int64_t wait_ms)
{
    int exit_status = STUI_EXIT_DONE;
    struct json *result = NULL;
    char *id = interrupt_find (client, name, wait_ms, &exit_status);
    if (id != NULL) {
        struct json *parameters = json_object ();
        json_set_text (parameters, "id", id);
        result = image_command (client, name, wait_ms, "interrupt", parameters, &exit_status);
    }
    if (exit_status == STUI_EXIT_DONE)
        interrupt_print (cli, name, id, result);
    json_destroy (&result);
    free (id);
    return exit_status;
}

static int
image_interrupt_run (const struct cli_options *cli, const struct arguments *arguments)
{
    return image_change (cli, arguments, "image interrupt", &image_interrupt, interrupt_do);
}

static const struct option_row image_interrupt_options[] = {
    {"wait", 0, "SECONDS", "for an image that is not online (5)"},
    IMAGES_YES_OPTION,
    {0},
};

const struct command image_interrupt = {
    .name = "interrupt",
    .changes = true,
    .usage = "NAME",
    .summary = "interrupt the evaluation that has run longest in an image",
    .help =
        "Whoever asked for it, from whatever terminal or profile: it is told that it was\n"
        "interrupted. Nothing running is no failure. ^C in `stui eval` interrupts its own code.",
    .options = image_interrupt_options,
    .least = 1,
    .most = 1,
    .run = image_interrupt_run,
};
