/* session_choose.c: see session_choose.h. */

#include "cli/session_choose.h"

#include "cli/command.h"
#include "cli/images.h"
#include "cli/render.h"
#include "cli/session_list.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#include <stdlib.h>
#include <string.h>

enum { REACH_PATIENCE_MS = 10000 }; /* for one attempt at an image */

void
chosen_fini (struct chosen *self)
{
    json_destroy (&self->list);
    json_destroy (&self->images);
    client_close (&self->client);
}

bool
chosen_list (struct chosen *self, const struct cli_options *cli)
{
    self->client = images_open (cli);
    if (self->client != NULL)
        self->images = images_config (self->client);
    if (self->images != NULL)
        self->list = session_list_collect (self->client, self->images);
    return self->list != NULL;
}

int
chosen_pick (struct chosen *self, const char *id)
{
    self->session = session_list_choose (self->list, NULL, id);
    if (self->session == NULL)
        return STUI_EXIT_USAGE;
    if (session_list_refuses (self->session))
        return STUI_EXIT_FAILED;
    self->id = json_get_text (self->session, "session_id");
    self->image = json_get_text (self->session, "image");
    return 0;
}

int
chosen_find (struct chosen *self, const struct cli_options *cli, const char *id)
{
    return chosen_list (self, cli) ? chosen_pick (self, id) : STUI_EXIT_FAILED;
}

int
chosen_begin (struct chosen *self, const struct cli_options *cli, const struct arguments *arguments)
{
    int exit_status = chosen_find (self, cli, arguments_operand (arguments, 0));
    if (exit_status == 0 && self->image != NULL
        && !images_confirm_one (self->images, self->image, arguments))
        return STUI_EXIT_USAGE;
    return exit_status;
}

bool
session_knows_images (const struct chosen *self, const struct arguments *arguments)
{
    size_t cursor = 0;
    const char *name;
    while ((name = arguments_next (arguments, "image", &cursor)) != NULL)
        if (session_list_count (self->list, name) == 0 && !images_require (self->images, name))
            return false;
    return true;
}

bool
session_is_of_images (const struct json *session, const struct arguments *arguments)
{
    const char *image = json_get_text (session, "image"), *name;
    size_t cursor = 0;
    while ((name = arguments_next (arguments, "image", &cursor)) != NULL)
        if (image != NULL && strcmp (image, name) == 0)
            return true;
    return false;
}

bool
session_reach (struct client *client, const char *image, char peer[STUI_ACTOR_ID_MAX + 1])
{
    struct json *names = json_array (), *states = NULL;
    json_push (names, json_string (image));
    if (images_connect (client, names))
        states = images_settle (client, names, IMAGES_ATTEMPTED, REACH_PATIENCE_MS);
    bool reached = states != NULL;
    json_destroy (&states);
    json_destroy (&names);
    snprintf (peer, STUI_ACTOR_ID_MAX + 1, "image/%s", image);
    return reached;
}

bool
chosen_reach (struct chosen *self, char peer[STUI_ACTOR_ID_MAX + 1])
{
    if (self->image == NULL || images_find (self->images, self->image) == NULL) {
        cli_complain ("the session's image '%s' is not in the configuration; "
                      "`stui image add` brings it back",
                      self->image != NULL ? self->image : "?");
        return false;
    }
    return session_reach (self->client, self->image, peer);
}

struct json *
chosen_ask (struct chosen *self, enum msg_verb verb)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    return chosen_reach (self, peer) ? images_ask (self->client, msg_new (peer, verb, 0, self->id))
                                     : NULL;
}

/* The whole record of the chosen session out of the store. Caller owns; NULL after saying why. */
static struct json *
chosen_stored (const struct chosen *self)
{
    const char *key = json_get_text (self->session, "image_id");
    struct json *answer =
        images_ask (self->client, msg_new ("store", MSG_SESSIONS_LOAD, 0, key != NULL ? key : ""));
    struct json *whole = NULL;
    size_t matches;
    const struct json *found =
        session_list_find (json_get (answer, "sessions"), self->id, &matches);
    if (found != NULL) {
        whole = json_copy (found);
        json_set_text (whole, "state", json_get_text (self->session, "state"));
    }
    else if (answer != NULL)
        cli_complain ("the store has no session %s any more", self->id);
    json_destroy (&answer);
    return whole;
}

struct json *
chosen_whole (struct chosen *self)
{
    return json_get (self->session, "saved") != NULL ? chosen_ask (self, MSG_SESSION_SHOW)
                                                     : chosen_stored (self);
}

bool
session_name_fits (const char *path, const struct command *command, const char *name)
{
    if (name == NULL || strlen (name) <= STUI_SESSION_NAME_MAX)
        return true;
    cli_misuse (path, command, "a session's name has at most %d bytes, this one has %zu",
                STUI_SESSION_NAME_MAX, strlen (name));
    return false;
}

void
session_print (const struct cli_options *cli, const struct json *session, const char *said)
{
    if (cli->json) {
        cli_print_json (session);
    }
    else {
        const char *state = json_get_text (session, "state");
        const char *id = json_get_text (session, "session_id");
        if (said == NULL && json_get_bool (session, "recreated", false))
            said = "restored from stui's copy: its texts are here, its variables' values are gone";
        const char *as_of = json_get_text (session, "as_of");
        char *older = stui_printf ("restored as of an earlier save of the image, with its state of "
                                   "%s: what was assigned later is gone",
                                   as_of != NULL ? as_of : "");
        const char *mine = json_get_text (json_get (session, "mine_is"), "name");
        char *apart =
            stui_printf ("is the image's version now; yours is session %s", mine ? mine : "");
        if (said == NULL && as_of != NULL)
            said = older;
        if (said == NULL && mine != NULL)
            said = apart;
        char *line = render_line (said != NULL ? said : state != NULL ? state : "closed");
        printf ("%s %s\n", id != NULL ? id : "-", line);
        free (line);
        free (apart);
        free (older);
    }
}

void
session_complain_place (const struct json *session)
{
    const struct json *place = json_get (session, "gave_place");
    const char *name = json_get_text (place, "name"), *id = json_get_text (place, "session_id");
    if (id != NULL)
        cli_complain ("session %s gave its place on the image: its text is kept, its variables are "
                      "gone; `stui session restore %s` opens it",
                      name != NULL ? name : "", id);
}
