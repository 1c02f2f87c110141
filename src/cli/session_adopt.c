/* session_adopt.c: `stui session adopt`: sessions that clients which are gone have left on an image
 * become this profile's; sessions of this profile that are kept under the id of an image which is not
 * there any more become those of the one that is. Without one it lists them. */

#include "cli/command.h"
#include "cli/image.h"
#include "cli/images.h"
#include "cli/render.h"
#include "cli/session.h"
#include "cli/session_left.h"
#include "cli/session_list.h"
#include "runtime/json.h"
#include "runtime/uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds those of ROWS that can be adopted to LIST. */
static void
add_adoptable (struct json *list, const struct json *rows)
{
    for (const struct json *one = json_first (rows); one != NULL; one = json_next (one))
        if (json_get_bool (one, "adoptable", false))
            json_push (list, json_copy (one));
}

/* Asks registry about what is kept under the id of an image that is not there any more; IDS is taken
 * over (NULL: only what there is). Its rows, owned by the caller, or NULL after saying why. */
static struct json *
ask_stored (struct client *client, const char *name, struct json *ids)
{
    struct json *wish = json_object ();
    json_set_text (wish, "image", name);
    if (ids != NULL)
        json_set (wish, "sessions", ids);
    char *text = json_print (wish);
    struct json *answer = images_ask (client, msg_new ("registry", MSG_ADOPT_STORED, 0, text));
    struct json *rows = answer != NULL ? json_copy (json_get (answer, "sessions")) : NULL;
    free (text);
    json_destroy (&wish);
    json_destroy (&answer);
    return rows;
}

/* Whether ONE is kept here, and not on the image. */
static bool
is_stored (const struct json *one)
{
    return json_get_text (one, "image_id") != NULL;
}

/* Those in LIST that the operands behind the first mean, or all with --all; a whole id that is not in
 * LIST may be that of a session that is kept. Caller owns; NULL after saying which means none. */
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
        else if (uuid_is_valid (id)) {
            struct json *stored = json_object ();
            json_set_text (stored, "session_id", id);
            json_set_text (stored, "image_id", "");
            json_push (chosen, stored);
        }
        else {
            cli_complain (matches > 1
                              ? "several sessions begin with '%s': give more of the id, or IMAGE/ID"
                              : "no session '%s' can be adopted; `stui session adopt "
                                "IMAGE` lists those that can",
                          id);
            json_destroy (&chosen);
        }
    }
    return chosen;
}

/* Adopts those of CHOSEN that are kept here; into ADOPTED those that were. An exit status. */
static int
adopt_stored (struct client *client, const char *name, const struct json *chosen,
              struct json *adopted)
{
    struct json *ids = json_array ();
    for (const struct json *one = json_first (chosen); one != NULL; one = json_next (one))
        if (is_stored (one))
            json_push (ids, session_list_name (one));
    size_t wanted = json_count (ids), done = 0;
    struct json *rows = wanted > 0 ? ask_stored (client, name, ids) : NULL;
    if (wanted == 0)
        json_destroy (&ids);
    for (const struct json *one = json_first (rows); one != NULL; one = json_next (one)) {
        const char *kept = json_get_text (one, "kept");
        if (json_get_bool (one, "done", false)) {
            json_push (adopted, json_copy (one));
            done++;
        }
        else
            cli_complain ("session %s stays: %s", json_get_text (one, "session_id"),
                          kept != NULL ? kept : "it could not be moved");
    }
    if (rows != NULL && json_count (rows) < wanted)
        cli_complain ("%zu of the sessions cannot be adopted by %s: `stui session adopt %s` lists "
                      "those that can",
                      wanted - json_count (rows), name, name);
    json_destroy (&rows);
    return done == wanted ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
}

/* Adopts each of CHOSEN; an exit status. */
static int
adopt_do (const struct cli_options *cli, struct client *client, const char *name,
          const struct json *chosen)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    struct json *adopted = json_array ();
    int worst = adopt_stored (client, name, chosen, adopted);
    snprintf (peer, sizeof peer, "image/%s", name);
    for (const struct json *one = json_first (chosen); one != NULL; one = json_next (one)) {
        int exit_status = STUI_EXIT_DONE;
        struct json *session = is_stored (one)
                                   ? NULL
                                   : image_ask (client, name,
                                                msg_new (peer, MSG_SESSION_ADOPT, 0,
                                                         json_get_text (one, "session_id")),
                                                &exit_status);
        worst = exit_status > worst ? exit_status : worst;
        if (session != NULL)
            json_push (adopted, session);
    }
    for (const struct json *one = json_first (adopted); one != NULL && !cli->json;
         one = json_next (one))
        puts (json_get_text (one, "session_id"));
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
        printf ("there is nothing that %s could adopt\n", name);
    else
        session_left_print (cli, list);
}

/* All that can be adopted: what clients have left on the image, if that can be asked, and what is kept
 * for an image that is not there any more. Caller owns; NULL after saying why. */
static struct json *
adopt_collect (struct client *client, const char *name, int *exit_status)
{
    struct json *list = json_array ();
    struct json *answer = session_left_ask (client, name, exit_status);
    struct json *stored = ask_stored (client, name, NULL);
    add_adoptable (list, json_get (answer, "sessions"));
    for (const struct json *one = json_first (stored); one != NULL; one = json_next (one))
        json_push (list, json_copy (one));
    bool nothing = answer == NULL && json_count (stored) == 0;
    json_destroy (&answer);
    json_destroy (&stored);
    if (nothing)
        json_destroy (&list);
    return list;
}

static int
adopt_begin (const struct cli_options *cli, struct client *client, const char *name,
             const struct arguments *arguments)
{
    bool acts = arguments_has (arguments, "all") || arguments_operands (arguments) > 1;
    int exit_status = STUI_EXIT_DONE;
    struct json *list = adopt_collect (client, name, &exit_status);
    struct json *chosen = list != NULL && acts ? adopt_chosen (list, arguments) : NULL;
    if (chosen != NULL) {
        int adopted = adopt_do (cli, client, name, chosen);
        exit_status = adopted > exit_status ? adopted : exit_status;
    }
    else if (list != NULL && acts)
        exit_status = STUI_EXIT_USAGE;
    else if (list != NULL)
        adopt_list (cli, name, list);
    json_destroy (&chosen);
    json_destroy (&list);
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
    .summary =
        "take over what clients that are gone, or another image, have left; IMAGE alone: list it",
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
