/* session_adopt.c: `stui session adopt`: sessions that clients which are gone have left on an image
 * become this profile's. Without one it lists them. */

#include "cli/command.h"
#include "cli/image.h"
#include "cli/images.h"
#include "cli/render.h"
#include "cli/session.h"
#include "cli/session_left.h"
#include "cli/session_list.h"
#include "runtime/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Those of ROWS that can be adopted. Caller owns. */
static struct json *
adoptable (const struct json *rows)
{
    struct json *list = json_array ();
    for (const struct json *one = json_first (rows); one != NULL; one = json_next (one))
        if (json_get_bool (one, "adoptable", false))
            json_push (list, json_copy (one));
    return list;
}

/* Those in LIST that the operands behind the first mean, or all with --all. Caller owns; NULL after
 * saying which means none. */
static struct json *
adopt_chosen (const struct json *list, const struct arguments *arguments)
{
    struct json *chosen = arguments_has (arguments, "all") ? json_copy (list) : json_array ();
    for (size_t at = 1; chosen != NULL && at < arguments_operands (arguments); at++) {
        size_t matches;
        const char *id = arguments_operand (arguments, at);
        const struct json *found = session_list_find (list, id, &matches);
        if (found != NULL)
            json_push (chosen, json_copy (found));
        else {
            cli_complain (matches > 1 ? "several sessions begin with '%s': give more of the id"
                                      : "no session '%s' is left there; `stui session adopt "
                                        "IMAGE` lists them",
                          id);
            json_destroy (&chosen);
        }
    }
    return chosen;
}

/* Adopts each of CHOSEN; an exit status. */
static int
adopt_do (const struct cli_options *cli, struct client *client, const char *name,
          const struct json *chosen)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    int worst = STUI_EXIT_DONE;
    struct json *adopted = json_array ();
    snprintf (peer, sizeof peer, "image/%s", name);
    for (const struct json *one = json_first (chosen); one != NULL; one = json_next (one)) {
        int exit_status = STUI_EXIT_DONE;
        struct json *session = image_ask (
            client, name, msg_new (peer, MSG_SESSION_ADOPT, 0, json_get_text (one, "session_id")),
            &exit_status);
        worst = exit_status > worst ? exit_status : worst;
        if (session != NULL && !cli->json)
            puts (json_get_text (session, "session_id"));
        if (session != NULL)
            json_push (adopted, session);
    }
    if (cli->json)
        cli_print_json (adopted);
    json_destroy (&adopted);
    return worst;
}

static void
adopt_list (const struct cli_options *cli, const char *name, const struct json *list)
{
    if (cli->json)
        cli_print_json (list);
    else if (json_count (list) == 0)
        printf ("there is nothing to adopt on %s\n", name);
    else
        session_left_print (cli, list);
}

static int
adopt_begin (const struct cli_options *cli, struct client *client, const char *name,
             const struct arguments *arguments)
{
    bool acts = arguments_has (arguments, "all") || arguments_operands (arguments) > 1;
    int exit_status = STUI_EXIT_DONE;
    struct json *answer = session_left_ask (client, name, &exit_status);
    struct json *list = answer != NULL ? adoptable (json_get (answer, "sessions")) : NULL;
    struct json *chosen = list != NULL && acts ? adopt_chosen (list, arguments) : NULL;
    if (chosen != NULL)
        exit_status = adopt_do (cli, client, name, chosen);
    else if (list != NULL && acts)
        exit_status = STUI_EXIT_USAGE;
    else if (list != NULL)
        adopt_list (cli, name, list);
    json_destroy (&chosen);
    json_destroy (&list);
    json_destroy (&answer);
    return exit_status;
}

static int
adopt_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *name = arguments_operand (arguments, 0);
    bool all = arguments_has (arguments, "all"), named = arguments_operands (arguments) > 1;
    if (all && named)
        return cli_misuse ("session adopt", &command_session_adopt,
                           "either SESSIONs or --all, not both");
    if ((all || named) && cli->read_only)
        return cli_refuse ("session adopt");
    struct client *client = images_open (cli);
    struct json *images = client != NULL ? images_config (client) : NULL;
    int exit_status = STUI_EXIT_FAILED;
    bool asks = all || named;
    if (images != NULL
        && (!images_require (images, name)
            || (asks && !images_confirm_one (images, name, arguments))))
        exit_status = STUI_EXIT_USAGE;
    else if (images != NULL)
        exit_status = adopt_begin (cli, client, name, arguments);
    json_destroy (&images);
    client_close (&client);
    return exit_status;
}

static const struct option_row adopt_options[] = {
    {"all", 0, NULL, "all that can be adopted"},
    IMAGES_YES_OPTION,
    {0},
};

const struct command command_session_adopt = {
    .name = "adopt",
    .usage = "IMAGE [SESSION… | --all]",
    .summary = "take over sessions that clients which are gone left on an image; alone: list them",
    .help =
        "The session becomes this profile's, with its texts and, where the image hands sessions\n"
        "over, with its variables and their values; an older image keeps the old one, and a "
        "copy\n"
        "is made. A session whose client is connected stays its. SESSION may be shortened.",
    .options = adopt_options,
    .least = 1,
    .most = 1000,
    .run = adopt_run,
};
