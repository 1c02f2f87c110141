/* session_current.c: `stui session switch`, and see session_current.h. */

#include "cli/session_current.h"

#include "cli/command.h"
#include "cli/render.h"
#include "cli/session.h"
#include "cli/session_choose.h"
#include "cli/session_list.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 20, FORM = 1 };

/* ---- the file ---- */

static char *
current_path (const char *profile)
{
    char *directory = path_state (profile);
    char *path = stui_printf ("%s/current", directory);
    free (directory);
    return path;
}

struct json *
session_current_all (const char *profile)
{
    struct stui_cause cause = {0};
    char *path = current_path (profile);
    char *text = path_read (path, FILE_MAX, &cause);
    struct json *whole = text != NULL ? json_parse_text (text) : NULL;
    struct json *sessions = NULL;
    if (json_get_number (whole, "stui_current", 0) == FORM
        && json_is_object (json_get (whole, "sessions")))
        sessions = json_take (whole, "sessions");
    else if (cause.err != STUI_E_NOT_FOUND)
        cli_complain ("%s cannot be read: no image has a current session; `stui session switch ID` "
                      "writes it anew",
                      path);
    json_destroy (&whole);
    free (text);
    free (path);
    return sessions != NULL ? sessions : json_object ();
}

char *
session_current (const char *profile, const char *image)
{
    struct json *all = session_current_all (profile);
    const char *id = json_get_text (all, image);
    char *copy = id != NULL ? stui_strdup (id) : NULL;
    json_destroy (&all);
    return copy;
}

int
session_current_set (const char *profile, const char *image, const char *id,
                     struct stui_cause *cause)
{
    struct json *all = session_current_all (profile), *kept = json_object (),
                *whole = json_object ();
    for (const struct json *one = json_first (all); one != NULL; one = json_next (one))
        if (strcmp (json_key (one), image) != 0)
            json_set (kept, json_key (one), json_copy (one));
    if (id != NULL)
        json_set_text (kept, image, id);
    json_set_number (whole, "stui_current", FORM);
    json_set (whole, "sessions", kept);
    char *text = json_print (whole), *path = current_path (profile);
    int err = path_replace (path, text, strlen (text), 0600, cause);
    free (path);
    free (text);
    json_destroy (&whole);
    json_destroy (&all);
    return err;
}

/* ---- the command ---- */

static int
switch_list (const struct cli_options *cli)
{
    static const struct render_column columns[] = {{.title = "IMAGE"}, {.title = "SESSION"}, {0}};
    struct json *all = session_current_all (cli->profile);
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
    return STUI_EXIT_DONE;
}

static int
switch_set (const struct cli_options *cli, const char *image, const char *id)
{
    struct stui_cause cause = {0};
    if (session_current_set (cli->profile, image, id, &cause) == 0)
        return STUI_EXIT_DONE;
    cli_complain ("%s", cause.text);
    return STUI_EXIT_FAILED;
}

/* No session of IMAGE is the current one any more. */
static int
switch_none (const struct cli_options *cli, const char *image)
{
    char *before = session_current (cli->profile, image);
    int exit_status = STUI_EXIT_USAGE;
    if (before == NULL)
        cli_complain ("%s has no current session; `stui session switch` lists those that have",
                      image);
    else
        exit_status = switch_set (cli, image, NULL);
    free (before);
    return exit_status;
}

static int
session_switch_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *none = arguments_value (arguments, "none");
    struct chosen self = {0};
    if (none != NULL && arguments_operands (arguments) > 0)
        return cli_misuse ("session switch", &command_session_switch,
                           "give ID or --none IMAGE, not both");
    if (none != NULL)
        return switch_none (cli, none);
    if (arguments_operands (arguments) == 0)
        return switch_list (cli);
    int exit_status = chosen_find (&self, cli, arguments_operand (arguments, 0));
    const char *state = exit_status == 0 ? json_get_text (self.session, "state") : NULL;
    bool resting =
        state != NULL && (strcmp (state, "closed") == 0 || strcmp (state, "stored") == 0);
    if (resting)
        cli_complain ("session %s is %s: `stui session restore %s` opens it first", self.id, state,
                      self.id);
    if (exit_status == 0)
        exit_status = resting ? STUI_EXIT_FAILED : switch_set (cli, self.image, self.id);
    if (exit_status == 0) {
        char *said = stui_printf ("is where `stui eval %s` works from now on", self.image);
        session_print (cli, self.session, said);
        free (said);
    }
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
        "chosen; --session ID is for one command, and --session - for none. Without ID says "
        "which\n"
        "images have one. ID may be shortened; terminals do not mind it.",
    .options = switch_options,
    .most = 1,
    .run = session_switch_run,
};
