/* session.c: `stui session`: the work in images, listed, shown, begun, opened and closed. */

#include "cli/command.h"
#include "cli/images.h"
#include "cli/render.h"
#include "cli/session_list.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#include <stdlib.h>
#include <string.h>

enum { REACH_PATIENCE_MS = 10000 }; /* for one attempt at an image */

static void
print_json (const struct json *json, bool pretty)
{
    char *text = pretty ? json_print_pretty (json) : json_print (json);
    puts (text);
    free (text);
}

/* ---- which session ------------------------------------------------------------------------------- */

/* What a subcommand about one session starts with. */
struct chosen {
    struct client *client;      /* owned */
    struct json *images, *list; /* owned */
    const struct json *session; /* in list */
    const char *id, *image;     /* in session */
};

static void
chosen_fini (struct chosen *self)
{
    json_destroy (&self->list);
    json_destroy (&self->images);
    client_close (&self->client);
}

/* Opens the client and reads the list. False after saying why. */
static bool
chosen_list (struct chosen *self, const struct cli_options *cli)
{
    self->client = images_open (cli);
    if (self->client != NULL)
        self->images = images_config (self->client);
    if (self->images != NULL)
        self->list = session_list_collect (self->client, self->images);
    return self->list != NULL;
}

/* Finds the session ID, which may be shortened. 0, or an exit status after saying why. */
static int
chosen_find (struct chosen *self, const struct cli_options *cli, const char *id)
{
    if (!chosen_list (self, cli))
        return STUI_EXIT_FAILED;
    self->session = session_list_choose (self->list, NULL, id);
    if (self->session == NULL)
        return STUI_EXIT_USAGE;
    self->id = json_get_text (self->session, "session_id");
    self->image = json_get_text (self->session, "image");
    return 0;
}

/* Starts the supervisor of IMAGE if it has to be, and waits for one attempt: it knows its sessions
 * then. False after saying why. */
static bool
session_reach (struct client *client, const char *image)
{
    struct json *names = json_array (), *states = NULL;
    json_push (names, json_string (image));
    if (images_connect (client, names))
        states = images_settle (client, names, IMAGES_ATTEMPTED, REACH_PATIENCE_MS);
    bool reached = states != NULL;
    json_destroy (&states);
    json_destroy (&names);
    return reached;
}

/* Sends a request about the chosen session to its image's supervisor, which is started if it has to
 * be. The answer, or NULL after saying why. */
static struct json *
chosen_ask (struct chosen *self, enum msg_verb verb)
{
    if (self->image == NULL || images_find (self->images, self->image) == NULL) {
        cli_complain ("the session's image '%s' is not in the configuration; "
                      "`stui image add` brings it back",
                      self->image != NULL ? self->image : "?");
        return NULL;
    }
    if (!session_reach (self->client, self->image))
        return NULL;
    char peer[STUI_ACTOR_ID_MAX + 1];
    snprintf (peer, sizeof peer, "image/%s", self->image);
    return images_ask (self->client, msg_new (peer, verb, 0, self->id));
}

/* ---- ls, show -------------------------------------------------------------------------------------- */

static int
session_ls_run (const struct cli_options *cli, const struct arguments *arguments)
{
    static const struct render_column columns[] = {
        {.title = "SESSION"},
        {.title = "IMAGE"},
        {.title = "NAME", .flexible = true},
        {.title = "STATE"},
        {.title = "LAST MODIFIED"},
        {.title = "BYTES", .right = true},
        {0},
    };
    (void) arguments;
    struct chosen self = {0};
    bool listed = chosen_list (&self, cli);
    if (listed && cli->json)
        print_json (self.list, false);
    else if (listed && json_count (self.list) == 0)
        puts ("no sessions yet; `stui session new IMAGE` begins one");
    else if (listed) {
        struct render_table *table = render_table_new (columns);
        for (const struct json *one = json_first (self.list); one != NULL; one = json_next (one)) {
            const char *state = json_get_text (one, "state");
            render_cell (table, json_get_text (one, "session_id"), RENDER_PLAIN);
            render_cell (table, json_get_text (one, "image"), RENDER_PLAIN);
            render_cell (table, json_get_text (one, "name"), RENDER_PLAIN);
            render_cell (table, state, render_state_color (state));
            render_cell (table, json_get_text (one, "last_modified"), RENDER_PLAIN);
            render_cell_number (table, json_get_number (one, "bytes", -1));
        }
        cli_print_table (cli, &table);
    }
    chosen_fini (&self);
    return listed ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
}

/* The whole record of the chosen session out of the store. Caller owns; NULL after saying why. */
static struct json *
session_stored (const struct chosen *self)
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

static int
session_show_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct chosen self = {0};
    int exit_status = chosen_find (&self, cli, arguments_operand (arguments, 0));
    if (exit_status == 0) {
        /* A live session is newer than its record; only its supervisor says `saved`. */
        bool live = json_get (self.session, "saved") != NULL;
        struct json *whole = live ? chosen_ask (&self, MSG_SESSION_SHOW) : session_stored (&self);
        if (whole != NULL)
            print_json (whole, !cli->json);
        exit_status = whole != NULL ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
        json_destroy (&whole);
    }
    chosen_fini (&self);
    return exit_status;
}

/* ---- new, restore, close ----------------------------------------------------------------------------- */

static int
session_refuse (void)
{
    cli_complain ("sessions are not changed with --read-only");
    return STUI_EXIT_FAILED;
}

static void
session_print (const struct cli_options *cli, const struct json *session)
{
    if (cli->json)
        print_json (session, false);
    else {
        const char *state = json_get_text (session, "state");
        const char *id = json_get_text (session, "session_id");
        printf ("%s %s\n", id != NULL ? id : "-", state != NULL ? state : "closed");
    }
}

/* Makes a session called NAME in IMAGE. It, or NULL after saying why. */
static struct json *
session_make (struct client *client, const char *image, const char *name)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    if (!session_reach (client, image))
        return NULL;
    snprintf (peer, sizeof peer, "image/%s", image);
    return images_ask (client, msg_new (peer, MSG_SESSION_NEW, 0, name, "{}"));
}

static int
session_new_run (const struct cli_options *cli, const struct arguments *arguments)
{
    if (cli->read_only)
        return session_refuse ();
    const char *image = arguments_operand (arguments, 0);
    const char *name = arguments_operand (arguments, 1);
    struct client *client = images_open (cli);
    struct json *images = client != NULL ? images_config (client) : NULL;
    int exit_status = STUI_EXIT_FAILED;
    if (images != NULL
        && (!images_require (images, image) || !images_confirm_one (images, image, arguments)))
        exit_status = STUI_EXIT_USAGE;
    else if (images != NULL) {
        struct json *session = session_make (client, image, name != NULL ? name : "");
        if (session != NULL && cli->json)
            session_print (cli, session);
        else if (session != NULL)
            puts (json_get_text (session, "session_id")); /* alone, so that scripts can take it */
        if (session != NULL)
            exit_status = STUI_EXIT_DONE;
        json_destroy (&session);
    }
    json_destroy (&images);
    client_close (&client);
    return exit_status;
}

static int
session_change (const struct cli_options *cli, const struct arguments *arguments,
                enum msg_verb verb)
{
    if (cli->read_only)
        return session_refuse ();
    struct chosen self = {0};
    int exit_status = chosen_find (&self, cli, arguments_operand (arguments, 0));
    if (exit_status == 0 && self.image != NULL
        && !images_confirm_one (self.images, self.image, arguments))
        exit_status = STUI_EXIT_USAGE;
    if (exit_status == 0) {
        struct json *session = chosen_ask (&self, verb);
        exit_status = session != NULL ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
        if (session != NULL)
            session_print (cli, session);
        json_destroy (&session);
    }
    chosen_fini (&self);
    return exit_status;
}

static int
session_restore_run (const struct cli_options *cli, const struct arguments *arguments)
{
    return session_change (cli, arguments, MSG_SESSION_RESTORE);
}

static int
session_close_run (const struct cli_options *cli, const struct arguments *arguments)
{
    return session_change (cli, arguments, MSG_SESSION_CLOSE);
}

/* ---- the rows ------------------------------------------------------------------------------------------ */

static const struct command session_ls = {
    .name = "ls",
    .usage = "",
    .summary = "all sessions: id, image, name, state",
    .help = "Open ones as they are now; `preserved` where the image is away and the work is kept,\n"
            "`stored` where nothing of it is on an image.",
    .run = session_ls_run,
};

static const struct command session_show = {
    .name = "show",
    .usage = "ID",
    .summary = "everything in one session",
    .help = "ID may be shortened as long as it means one session only.",
    .least = 1,
    .most = 1,
    .run = session_show_run,
};

static const struct option_row session_options[] = {IMAGES_YES_OPTION, {0}};

static const struct command session_new = {
    .name = "new",
    .usage = "IMAGE [NAME]",
    .summary = "begin a session in an image",
    .help = "Prints its id, once it is stored. `stui eval IMAGE --session ID` works in it.",
    .options = session_options,
    .least = 1,
    .most = 2,
    .run = session_new_run,
};

static const struct command session_restore = {
    .name = "restore",
    .usage = "ID",
    .summary = "open a stored session on its image",
    .help = "ID may be shortened as long as it means one session only.",
    .options = session_options,
    .least = 1,
    .most = 1,
    .run = session_restore_run,
};

static const struct command session_close = {
    .name = "close",
    .usage = "ID",
    .summary = "close a session; what was in it is kept",
    .help = "ID may be shortened as long as it means one session only.",
    .options = session_options,
    .least = 1,
    .most = 1,
    .run = session_close_run,
};

static const struct command *const session_commands[] = {
    &session_ls, &session_show, &session_new, &session_restore, &session_close, NULL,
};

const struct command command_session = {
    .name = "session",
    .usage = "ls | show | new | restore | close",
    .summary = "the work in images: list, show, begin, open, close",
    .commands = session_commands,
};
