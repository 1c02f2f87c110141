/* session.c: `stui session`: the work in images, listed, begun, opened and closed. */

#include "cli/command.h"
#include "cli/images.h"
#include "cli/render.h"
#include "cli/session.h"
#include "cli/session_choose.h"
#include "cli/session_list.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#include <stdlib.h>
#include <string.h>

/* ---- ls -------------------------------------------------------------------------------------- */

/* Leaves of the list what belongs to the images that ARGUMENTS name, if they name any. False after
 * saying which is unknown. */
static bool
ls_choose (struct chosen *self, const struct arguments *arguments)
{
    size_t count = arguments_operands (arguments);
    if (count == 0 && !arguments_has (arguments, "tag"))
        return true; /* those of images that are not in the list too */
    struct json *names = images_select (self->images, arguments, 0, count);
    if (names == NULL)
        return false;
    struct json *meant = session_list_of (self->list, names);
    json_destroy (&self->list);
    json_destroy (&names);
    self->list = meant;
    return true;
}

/* The image of SESSION, and whether that is not there any more. */
static void
image_cell (struct render_table *table, const struct json *session)
{
    const char *name = json_get_text (session, "image");
    bool gone = json_get_bool (session, "image_gone", false);
    char *text = stui_printf (gone ? "%s (gone)" : "%s", name != NULL ? name : "-");
    render_cell (table, text, gone ? RENDER_WARN : RENDER_PLAIN);
    free (text);
}

/* Its name, and whether it is the one that code of its image works in. */
static void
name_cell (struct render_table *table, const struct json *session)
{
    const char *name = json_get_text (session, "name");
    bool current = json_get_bool (session, "current", false);
    char *text = stui_printf (current ? "%s (current)" : "%s", name != NULL ? name : "");
    render_cell (table, text, RENDER_PLAIN);
    free (text);
}

/* There is no session: never one, or they were lost, which must not look the same. */
static void
session_ls_none (struct client *client)
{
    struct json *status = images_ask (client, msg_new ("store", MSG_STORE_STATUS, 0));
    size_t lost = 0;
    for (const struct json *loss = json_first (json_get (status, "losses")); loss != NULL;
         loss = json_next (loss)) {
        const char *id = json_get_text (loss, "session_id");
        lost += id != NULL && *id != '\0' && json_get_number (loss, "used", 0) == 0;
    }
    if (lost > 0)
        printf ("no sessions are left: %zu %s lost; `stui doctor` says which, and what to do\n",
                lost, lost == 1 ? "was" : "were");
    else
        puts ("no sessions yet; `stui session new IMAGE` begins one");
    json_destroy (&status);
}

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
    struct chosen self = {0};
    int exit_status = !chosen_list (&self, cli)       ? STUI_EXIT_FAILED
                      : !ls_choose (&self, arguments) ? STUI_EXIT_USAGE
                                                      : STUI_EXIT_DONE;
    if (exit_status != STUI_EXIT_DONE) {
        chosen_fini (&self);
        return exit_status;
    }
    bool some = arguments_operands (arguments) > 0 || arguments_has (arguments, "tag");
    if (cli->json)
        cli_print_json (self.list);
    else if (json_count (self.list) == 0 && some)
        puts ("no sessions there");
    else if (json_count (self.list) == 0)
        session_ls_none (self.client);
    else {
        struct render_table *table = render_table_new (columns);
        for (const struct json *one = json_first (self.list); one; one = json_next (one)) {
            const char *state = json_get_text (one, "state");
            render_cell (table, json_get_text (one, "session_id"), RENDER_PLAIN);
            image_cell (table, one);
            name_cell (table, one);
            render_cell (table, json_get_bool (one, "conflict", false) ? "in conflict" : state,
                         render_state_color (state));
            render_cell (table, json_get_text (one, "last_modified"), RENDER_PLAIN);
            render_cell_number (table, json_get_number (one, "bytes", -1));
        }
        cli_print_table (cli, &table);
    }
    chosen_fini (&self);
    return STUI_EXIT_DONE;
}

/* ---- new, restore, close ----------------------------------------------------------------------------- */

/* Makes a session called NAME in IMAGE. It, or NULL after saying why. */
static struct json *
session_make (struct client *client, const char *image, const char *name)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    if (!session_reach (client, image, peer))
        return NULL;
    return images_ask (client, msg_new (peer, MSG_SESSION_NEW, 0, name, "{}"));
}

static const struct command session_new;

static int
session_new_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *image = arguments_operand (arguments, 0);
    const char *name = arguments_operand (arguments, 1);
    if (!session_name_fits ("session new", &session_new, name))
        return STUI_EXIT_USAGE;
    struct client *client = images_open (cli);
    struct json *images = client != NULL ? images_config (client) : NULL;
    int exit_status = STUI_EXIT_FAILED;
    if (images != NULL
        && (!images_require (images, image) || !images_confirm_one (images, image, arguments)))
        exit_status = STUI_EXIT_USAGE;
    else if (images != NULL) {
        struct json *session = session_make (client, image, name != NULL ? name : "");
        if (session != NULL && cli->json)
            session_print (cli, session, NULL);
        else if (session != NULL)
            puts (json_get_text (session, "session_id")); /* alone, so that scripts can take it */
        if (session != NULL) {
            session_complain_place (session);
            exit_status = STUI_EXIT_DONE;
        }
        json_destroy (&session);
    }
    json_destroy (&images);
    client_close (&client);
    return exit_status;
}

/* What is said of a session that was closed. */
#define CLOSED "closed: its texts are kept, its variables are gone from the image"

/* Prints SESSION as it is now, and on stderr what is wrong with it; an exit status. */
static int
session_settled (const struct cli_options *cli, const struct json *session)
{
    const char *state = json_get_text (session, "state"),
               *id = json_get_text (session, "session_id");
    const char *reason = json_get_text (session, "reason");
    bool closed = state == NULL || strcmp (state, "closed") == 0;
    session_print (cli, session,
                   json_get_bool (session, "already", false) ? "is closed already"
                   : closed                                  ? CLOSED
                                                             : NULL);
    session_complain_place (session);
    if (state == NULL || strcmp (state, "failed") != 0)
        return STUI_EXIT_DONE;
    if (json_get_bool (session, "conflict", false))
        cli_complain ("it is in conflict: %s; `stui session diff %s` shows both versions, `stui "
                      "session restore %s --keep mine|theirs|both` settles it",
                      reason != NULL ? reason : "the image has another version", id, id);
    else
        cli_complain ("it has failed: %s", reason != NULL ? reason : "the image refused it");
    return STUI_EXIT_FAILED;
}

/* Opens the session that is meant; KEEP (NULL: none) is which version is kept in a conflict. */
static int
session_open (const struct cli_options *cli, const struct arguments *arguments, const char *keep)
{
    struct chosen self = {0};
    int exit_status = chosen_begin (&self, cli, arguments);
    if (exit_status == 0) {
        char peer[STUI_ACTOR_ID_MAX + 1];
        struct json *session = NULL;
        if (keep == NULL)
            session = chosen_ask (&self, MSG_SESSION_RESTORE);
        else if (chosen_reach (&self, peer))
            session =
                images_ask (self.client, msg_new (peer, MSG_SESSION_RESOLVE, 0, self.id, keep));
        exit_status = session != NULL ? session_settled (cli, session) : STUI_EXIT_FAILED;
        json_destroy (&session);
    }
    chosen_fini (&self);
    return exit_status;
}

static const struct command session_restore;

static int
session_restore_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *keep = arguments_value (arguments, "keep");
    if (keep != NULL && strcmp (keep, "mine") != 0 && strcmp (keep, "theirs") != 0
        && strcmp (keep, "both") != 0)
        return cli_misuse ("session restore", &session_restore,
                           "--keep is mine, theirs or both, not '%s'", keep);
    return session_open (cli, arguments, keep);
}

/* Asks its supervisor to close SELF; with --anyway in ARGUMENTS also where a terminal edits it. The answer, or
 * NULL after saying why. */
static struct json *
close_ask (struct chosen *self, const struct arguments *arguments)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    uint64_t anyway = arguments_has (arguments, "anyway");
    return chosen_reach (self, peer)
               ? images_ask (self->client, msg_new (peer, MSG_SESSION_CLOSE, 0, self->id, anyway,
                                                    "stui session close"))
               : NULL;
}

static int
session_close_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct chosen self = {0};
    int exit_status = chosen_begin (&self, cli, arguments);
    if (exit_status == 0) {
        struct json *closed = close_ask (&self, arguments);
        exit_status = closed != NULL ? session_settled (cli, closed) : STUI_EXIT_FAILED;
        if (closed != NULL && json_get_bool (self.session, "current", false))
            cli_complain (
                "it was the current one: `stui eval %s` works in a throw-away scope again",
                self.image);
        json_destroy (&closed);
    }
    chosen_fini (&self);
    return exit_status;
}

/* ---- the rows ------------------------------------------------------------------------------------------ */

static const struct option_row ls_options[] = {IMAGES_TAG_OPTION, {0}};

static const struct command session_ls = {
    .name = "ls",
    .usage = "[IMAGE…]",
    .summary = "all sessions: id, image, name, state",
    .help =
        "Open ones as they are now: `fresh` until the image has it, `restored` when it has all of\n"
        "it, be it new or not, `modified` while it lacks the last edits; `preserved` where the "
        "image\n"
        "is away and the work is kept, `stored` where nothing of it is on an image; `locked` ones "
        "are\n"
        "encrypted with a key that is not here, and stay where they are. `(current)` is the one "
        "that\n"
        "`stui session switch` chose.",
    .options = ls_options,
    .most = SIZE_MAX,
    .run = session_ls_run,
};

static const struct option_row session_options[] = {IMAGES_YES_OPTION, {0}};

static const struct command session_new = {
    .name = "new",
    .changes = true,
    .usage = "IMAGE [NAME]",
    .summary = "begin a session in an image",
    .help =
        "Prints its id, once it is stored. `stui eval IMAGE --session ID` works in it.\n"
        "\n"
        "An image takes five sessions of a profile, unless it says another number. For one more "
        "the\n"
        "one that was used least recently, and that nobody edits, gives its place: its text is "
        "kept,\n"
        "its variables go, and stderr says which it was.",
    .options = session_options,
    .least = 1,
    .most = 2,
    .run = session_new_run,
};

static const struct option_row restore_options[] = {
    {"keep", 0, "VERSION", "in a conflict: mine (stui's), theirs (the image's) or both"},
    IMAGES_YES_OPTION,
    {0},
};

static const struct command session_restore = {
    .name = "restore",
    .changes = true,
    .usage = "ID",
    .summary = "open a stored session on its image, settle one in conflict",
    .help = "ID may be shortened as long as it means one session only; IMAGE/ID means one of that "
            "image, when two images have sessions of one id.\n"
            "\n"
            "A session is in conflict when the image holds a version of it that did not come from\n"
            "here; nothing is overwritten then. `stui session diff ID` shows both, --keep says "
            "which\n"
            "one is kept; with `both` yours becomes a session of its own.",
    .options = restore_options,
    .least = 1,
    .most = 1,
    .run = session_restore_run,
};

static const struct option_row close_options[] = {
    {"anyway", 0, NULL, "also one that a terminal edits"},
    IMAGES_YES_OPTION,
    {0},
};

static const struct command session_close = {
    .name = "close",
    .changes = true,
    .usage = "ID",
    .summary = "close a session; its texts are kept, its variables go",
    .help = "ID may be shortened as long as it means one session only. Its variables are values in "
            "the\n"
            "image, which lets them go; texts, history and results can be had again with `session\n"
            "restore`. An open session that is not needed now may stay open. One that a terminal\n"
            "edits is closed with --anyway alone: there it is said to be closed.",
    .options = close_options,
    .least = 1,
    .most = 1,
    .run = session_close_run,
};

static const struct command *const session_commands[] = {
    &session_ls,
    &command_session_show,
    &session_new,
    &session_restore,
    &session_close,
    &command_session_switch,
    &command_session_rename,
    &command_session_note,
    &command_session_tag,
    &command_session_duplicate,
    &command_session_export,
    &command_session_import,
    &command_session_diff,
    &command_session_cleanup,
    &command_session_undo,
    &command_session_adopt,
    NULL,
};

const struct command command_session = {
    .name = "session",
    .usage = "ls | show | new | restore | close | switch | rename | note | tag | duplicate | "
             "export | import "
             "| diff | cleanup | undo | adopt",
    .summary = "the work in images: list, show, begin, open, close, carry about",
    .commands = session_commands,
};
