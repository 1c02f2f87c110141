/* image_save.c: `stui image save`: has an image save itself, into the file that it saves itself in. */

#include "cli/command.h"
#include "cli/image.h"
#include "cli/images.h"
#include "cli/render.h"
#include "runtime/json.h"

#include <stdlib.h>

static int
save_do (const struct cli_options *cli, struct client *client, const char *name, int64_t wait_ms)
{
    int exit_status = STUI_EXIT_DONE;
    struct json *result =
        image_command (client, name, wait_ms, "snapshot", json_object (), &exit_status);
    if (result == NULL)
        return exit_status;
    const char *file = json_get_text (result, "file");
    bool saved = json_get_bool (result, "saved", false);
    if (cli->json) {
        json_set_text (result, "image", name);
        cli_print_json (result);
    }
    else if (saved) {
        char *line = render_line (file != NULL ? file : "");
        printf ("%s has saved itself%s%s\n", name, *line != '\0' ? " in " : "", line);
        free (line);
    }
    if (!saved)
        cli_complain ("%s answered that it did not save itself", name);
    json_destroy (&result);
    return saved ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
}

static int
image_save_run (const struct cli_options *cli, const struct arguments *arguments)
{
    return image_change (cli, arguments, "image save", &image_save, save_do);
}

static const struct option_row image_save_options[] = {
    {"wait", 0, "SECONDS", "for an image that is not online (5)"},
    IMAGES_YES_OPTION,
    {0},
};

const struct command image_save = {
    .name = "save",
    .changes = true,
    .usage = "NAME",
    .summary = "have an image save itself",
    .help =
        "Where, the image knows and says: the file that it was started from. Sessions and their\n"
        "variables are saved with it. An image that cannot save itself says so; exit status 1.",
    .options = image_save_options,
    .least = 1,
    .most = 1,
    .run = image_save_run,
};
