/* session_left.c: see session_left.h; and `stui image sessions`, which lists them. */

#include "cli/session_left.h"

#include "cli/command.h"
#include "cli/image.h"
#include "cli/images.h"
#include "cli/render.h"
#include "cli/session.h"
#include "cli/session_choose.h"
#include "runtime/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct json *
session_left_ask (struct client *client, const char *name, int *exit_status)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    if (session_reach (client, name, peer))
        return image_ask (client, name, msg_new (peer, MSG_SESSION_LEFT, 0), exit_status);
    *exit_status = STUI_EXIT_FAILED;
    return NULL;
}

void
session_left_print (const struct cli_options *cli, const struct json *rows)
{
    static const struct render_column columns[] = {
        {.title = "SESSION"},
        {.title = "NAME", .flexible = true},
        {.title = "CLIENT", .flexible = true},
        {.title = "STATE"},
        {.title = "LAST USED"},
        {.title = "BYTES", .right = true},
        {.title = "WHY", .flexible = true},
        {0},
    };
    struct render_table *table = render_table_new (columns);
    for (const struct json *one = json_first (rows); one != NULL; one = json_next (one)) {
        const char *state = json_get_text (one, "state");
        char *age = render_duration (json_get_number (one, "age_ms", -1));
        render_cell (table, json_get_text (one, "session_id"), RENDER_PLAIN);
        render_cell (table, json_get_text (one, "name"), RENDER_PLAIN);
        render_cell (table, json_get_text (one, "client_id"), RENDER_PLAIN);
        render_cell (table, state, render_state_color (state));
        render_cell (table, age, RENDER_PLAIN);
        render_cell_number (table, json_get_number (one, "bytes", -1));
        render_cell (table, json_get_text (one, "why"), RENDER_PLAIN);
        free (age);
    }
    cli_print_table (cli, &table);
}

/* ---- image sessions ---------------------------------------------------------------------------- */

static int
sessions_do (const struct cli_options *cli, struct client *client, const char *name,
             int64_t wait_ms)
{
    (void) wait_ms;
    int exit_status = STUI_EXIT_DONE;
    struct json *answer = session_left_ask (client, name, &exit_status);
    const struct json *rows = json_get (answer, "sessions");
    int64_t orphaned = json_get_number (answer, "orphaned", 0);
    if (answer != NULL && cli->json)
        cli_print_json (rows);
    else if (answer != NULL && json_count (rows) == 0)
        printf ("%s has no sessions\n", name);
    else if (answer != NULL) {
        session_left_print (cli, rows);
        if (orphaned > 0)
            printf ("%lld left behind: `stui session adopt %s` takes over, `stui session cleanup "
                    "--on-image %s` clears away\n",
                    (long long) orphaned, name, name);
    }
    json_destroy (&answer);
    return exit_status;
}

static int
image_sessions_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *name = arguments_operand (arguments, 0);
    struct client *client = images_open (cli);
    struct json *images = client != NULL ? images_config (client) : NULL;
    int exit_status = STUI_EXIT_FAILED;
    if (images != NULL)
        exit_status =
            images_require (images, name) ? sessions_do (cli, client, name, 0) : STUI_EXIT_USAGE;
    json_destroy (&images);
    client_close (&client);
    return exit_status;
}

const struct command image_sessions = {
    .name = "sessions",
    .usage = "NAME",
    .summary = "the sessions that an image has, of all clients, and which were left behind",
    .help = "`ours` are this profile's, `in use` those of clients that are connected, `orphaned` "
            "those\n"
            "whose client is gone.",
    .least = 1,
    .most = 1,
    .run = image_sessions_run,
};

/* ---- session cleanup --on-image ---------------------------------------------------------------- */

enum { HOUR_MS = 3600000 };

static void
clean_print (const struct cli_options *cli, const struct json *rows)
{
    static const struct render_column columns[] = {
        {.title = "SESSION"},
        {.title = "CLIENT", .flexible = true},
        {.title = "LAST USED"},
        {.title = "WHY"},
        {0},
    };
    struct render_table *table = render_table_new (columns);
    for (const struct json *one = json_first (rows); one != NULL; one = json_next (one)) {
        char *age = render_duration (json_get_number (one, "idle_seconds", 0) * 1000);
        render_cell (table, json_get_text (one, "session_id"), RENDER_PLAIN);
        render_cell (table, json_get_text (one, "client_id"), RENDER_PLAIN);
        render_cell (table, age, RENDER_PLAIN);
        render_cell (table, json_get_text (one, "reason"), RENDER_PLAIN);
        free (age);
    }
    cli_print_table (cli, &table);
}

static int
clean_said (const struct cli_options *cli, const char *name, const struct json *result, bool acts)
{
    const struct json *rows = json_get (result, "cleanup_details");
    if (cli->json)
        cli_print_json (rows);
    else if (json_count (rows) == 0)
        printf ("nobody has left anything on %s\n", name);
    else
        clean_print (cli, rows);
    if (!cli->json && json_count (rows) > 0)
        puts (acts ? "closed on the image; there is no undo"
                   : "nothing was closed: --yes closes them on the image, `stui session adopt` "
                     "takes them over");
    return STUI_EXIT_DONE;
}

static int
clean_do (const struct cli_options *cli, struct client *client, const char *name, int64_t older_ms,
          bool acts)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    int exit_status = STUI_EXIT_FAILED;
    if (!session_reach (client, name, peer))
        return exit_status;
    struct json *parameters = json_object ();
    json_set_bool (parameters, "orphaned", true);
    json_set_number (parameters, "max_age_hours", older_ms / HOUR_MS);
    json_set_bool (parameters, "dry_run", !acts);
    struct json *result =
        image_command (client, name, 0, "cleanup_image_sessions", parameters, &exit_status);
    if (result != NULL)
        exit_status = clean_said (cli, name, result, acts);
    json_destroy (&result);
    return exit_status;
}

int
session_left_clean (const struct cli_options *cli, const struct arguments *arguments,
                    int64_t older_ms)
{
    const char *name = arguments_value (arguments, "on-image");
    const char *confirmed = arguments_value (arguments, "confirm");
    bool acts = arguments_has (arguments, "yes");
    if (older_ms % HOUR_MS != 0 || arguments_has (arguments, "image")
        || arguments_has (arguments, "state"))
        return cli_misuse ("session cleanup", &command_session_cleanup,
                           "--on-image goes with --older in whole hours (12h, 30d), without "
                           "--image and --state");
    struct client *client = images_open (cli);
    struct json *images = client != NULL ? images_config (client) : NULL;
    int exit_status = STUI_EXIT_FAILED;
    if (images != NULL && !images_require (images, name))
        exit_status = STUI_EXIT_USAGE;
    else if (images != NULL && acts
             && json_get_bool (images_find (images, name), "protected", false)
             && (confirmed == NULL || strcmp (confirmed, name) != 0)) {
        cli_complain ("%s is protected, so nothing was closed there; if it is to be, add "
                      "`--confirm %s`",
                      name, name);
        exit_status = STUI_EXIT_USAGE;
    }
    else if (images != NULL)
        exit_status = clean_do (cli, client, name, older_ms, acts);
    json_destroy (&images);
    client_close (&client);
    return exit_status;
}
