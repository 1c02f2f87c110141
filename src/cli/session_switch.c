/* session_switch.c: `stui session switch`: which session of an image `stui eval` and `stui filein` work in when
 * they are not told. That is kept with the session (`current` of its record), so that it goes where that
 * goes, into a backup or out of the way; its supervisor sees to it that an image has one at most. */

#include "cli/command.h"
#include "cli/images.h"
#include "cli/render.h"
#include "cli/session.h"
#include "cli/session_choose.h"
#include "cli/session_list.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The sessions in LIST that are current, of IMAGE alone if that is not NULL: {IMAGE: ID}. Caller owns. */
static struct json *
current_of (const struct json *list, const char *image)
{
    struct json *all = json_object ();
    for (const struct json *one = json_first (list); one != NULL; one = json_next (one)) {
        const char *its = json_get_text (one, "image"), *id = json_get_text (one, "session_id");
        if (its != NULL && id != NULL && json_get_bool (one, "current", false)
            && (image == NULL || strcmp (its, image) == 0))
            json_set_text (all, its, id);
    }
    return all;
}

static void
switch_print (const struct cli_options *cli, const struct json *list)
{
    static const struct render_column columns[] = {{.title = "IMAGE"}, {.title = "SESSION"}, {0}};
    struct json *all = current_of (list, NULL);
    if (cli->json)
        cli_print_json (all);
    else if (json_count (all) == 0)
        puts ("no image has a current session");
    else {
        struct render_table *table = render_table_new (columns);
        for (const struct json *one = json_first (all); one != NULL; one = json_next (one)) {
            render_cell (table, json_key (one), RENDER_PLAIN);
            render_cell (table, json_text (one), RENDER_PLAIN);
        }
        cli_print_table (cli, &table);
    }
    json_destroy (&all);
}

/* Session ID of IMAGE is the current one, or not. The session as it is then; NULL after saying why. */
static struct json *
switch_set (struct client *client, const char *image, const char *id, bool current)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    return session_reach (client, image, peer) ? images_ask (
               client, msg_new (peer, MSG_SESSION_SET, 0, id,
                                current ? "{\"current\":true}" : "{\"current\":false}"))
                                               : NULL;
}

/* No session of IMAGE is the current one any more. */
static int
switch_none (struct chosen *self, const char *image)
{
    struct json *all = current_of (self->list, image), *session = NULL;
    const char *id = json_get_text (all, image);
    int exit_status = STUI_EXIT_USAGE;
    if (id == NULL)
        cli_complain ("%s has no current session; `stui session switch` lists those that have",
                      image);
    else {
        session = switch_set (self->client, image, id, false);
        exit_status = session != NULL ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
    }
    json_destroy (&session);
    json_destroy (&all);
    return exit_status;
}

static int
switch_to (struct chosen *self, const struct cli_options *cli, const char *id)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    int exit_status = chosen_pick (self, id);
    if (exit_status != 0)
        return exit_status;
    struct json *session =
        chosen_reach (self, peer) ? switch_set (self->client, self->image, self->id, true) : NULL;
    if (session == NULL)
        return STUI_EXIT_FAILED;
    char *said = stui_printf ("is where `stui eval %s` works from now on", self->image);
    session_print (cli, session, said);
    free (said);
    json_destroy (&session);
    return STUI_EXIT_DONE;
}

static int
session_switch_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *none = arguments_value (arguments, "none");
    struct chosen self = {0};
    if (none != NULL && arguments_operands (arguments) > 0)
        return cli_misuse ("session switch", &command_session_switch,
                           "give ID or --none IMAGE, not both");
    int exit_status = chosen_list (&self, cli) ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
    if (exit_status == STUI_EXIT_DONE && none != NULL)
        exit_status = switch_none (&self, none);
    else if (exit_status == STUI_EXIT_DONE && arguments_operands (arguments) > 0)
        exit_status = switch_to (&self, cli, arguments_operand (arguments, 0));
    else if (exit_status == STUI_EXIT_DONE)
        switch_print (cli, self.list);
    chosen_fini (&self);
    return exit_status;
}

static const struct option_row switch_options[] = {
    {"none", 0, "IMAGE", "code for IMAGE runs in a throw-away scope again"},
    {0},
};

const struct command command_session_switch = {
    .name = "switch",
    .usage = "[ID | --none IMAGE]",
    .summary = "the session that code is evaluated in when no other is named",
    .help =
        "`stui eval` and `stui filein` of that one image work in it from then on, until another "
        "is\n"
        "chosen or it is closed; --session ID is for one command, and --session - for none. "
        "Without\n"
        "ID says which images have one. It gives its place on the image to no other session. ID "
        "may\n"
        "be shortened; terminals do not mind it.",
    .options = switch_options,
    .most = 1,
    .run = session_switch_run,
};
