/* session_diff.c: `stui session diff`: two versions of a session, made into lines and compared. In a conflict
 * they are stui's and the image's, else two stored generations. */

#include "cli/command.h"
#include "cli/images.h"
#include "cli/session.h"
#include "cli/session_choose.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/versions.h"

#include <stdlib.h>

/* ---- what is said ---- */

static struct json *
version_to_json (const struct version *self)
{
    struct json *json = json_object ();
    json_set_text (json, "title", self->title);
    json_set (json, "generation",
              self->generation > 0 ? json_number (self->generation) : json_null ());
    return json;
}

/* VERSIONS are those that are stored (NULL: that is not the question). */
static int
diff_show (const struct cli_options *cli, const struct version *one, const struct version *other,
           const struct json *versions)
{
    char *text = versions_diff (one, other);
    bool undo = versions_undo_differs (one, other);
    if (cli->json) {
        struct json *json = json_object (), *generations = json_array ();
        for (const struct json *its = json_first (versions); its != NULL; its = json_next (its))
            json_push (generations, json_number (json_get_number (its, "generation", 0)));
        json_set (json, "from", version_to_json (one));
        json_set (json, "to", version_to_json (other));
        json_set (json, "generations", generations);
        json_set_bool (json, "differs", *text != '\0');
        json_set_bool (json, "undo_differs", undo);
        json_set_text (json, "diff", text);
        cli_print_json (json);
        json_destroy (&json);
    }
    else {
        char *there = versions_generations (versions);
        if (versions != NULL)
            printf ("stored are generations %s\n", there);
        fputs (*text != '\0' ? text : "no difference\n", stdout);
        if (undo)
            puts ("undo differs");
        free (there);
    }
    free (text);
    return STUI_EXIT_DONE;
}

/* ---- which versions ---- */

static int
diff_conflict (const struct cli_options *cli, const struct json *whole)
{
    struct version mine, theirs;
    versions_of_conflict (whole, &mine, &theirs);
    int exit_status = diff_show (cli, &mine, &theirs, NULL);
    version_fini (&mine);
    version_fini (&theirs);
    return exit_status;
}

static int
diff_stored (const struct cli_options *cli, const struct chosen *self, int64_t from, int64_t to)
{
    const char *key = json_get_text (self->session, "image_id");
    struct json *answer = images_ask (
        self->client, msg_new ("store", MSG_SESSION_VERSIONS, 0, key != NULL ? key : "", self->id));
    if (answer == NULL)
        return STUI_EXIT_FAILED;
    const struct json *versions = json_get (answer, "versions");
    int exit_status = STUI_EXIT_FAILED;
    struct version older, newer;
    struct stui_cause cause;
    if (versions_choose (versions, from, to, &older, &newer, &cause) == 0) {
        exit_status = diff_show (cli, &older, &newer, versions);
        version_fini (&older);
        version_fini (&newer);
    }
    else
        cli_complain ("%s", cause.text);
    json_destroy (&answer);
    return exit_status;
}

static int
session_diff_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    int64_t from = arguments_number (arguments, "from", 0, 1, INT32_MAX, &cause);
    int64_t to = arguments_number (arguments, "to", 0, 1, INT32_MAX, &cause);
    if (cause.err != 0)
        return cli_misuse ("session diff", &command_session_diff, "%s", cause.text);
    struct chosen self = {0};
    struct json *whole = NULL;
    int exit_status = chosen_find (&self, cli, arguments_operand (arguments, 0));
    bool conflict = exit_status == 0 && json_get_bool (self.session, "conflict", false);
    if (conflict && from == 0 && to == 0) {
        whole = chosen_whole (&self);
        exit_status = whole != NULL ? diff_conflict (cli, whole) : STUI_EXIT_FAILED;
    }
    else if (exit_status == 0)
        exit_status = diff_stored (cli, &self, from, to);
    json_destroy (&whole);
    chosen_fini (&self);
    return exit_status;
}

static const struct option_row diff_options[] = {
    {"from", 0, "GENERATION", "the older one (the newest that differs)"},
    {"to", 0, "GENERATION", "the newer one (the newest)"},
    {0},
};

const struct command command_session_diff = {
    .name = "diff",
    .usage = "ID",
    .summary = "what changed between two versions of a session",
    .help =
        "Of a session in conflict: stui's version and the image's. Of any other the newest that "
        "is\n"
        "stored and the one before it that differs; three are kept. As diff -u shows it, without\n"
        "the undo list, of which only is said whether it differs.",
    .options = diff_options,
    .least = 1,
    .most = 1,
    .run = session_diff_run,
};
