/* session_about.c: `stui session rename | note | tag | duplicate`: what stui itself knows of a
 * session. The image is told nothing of it, but of a duplicate, which is opened there. */

#include "cli/command.h"
#include "cli/images.h"
#include "cli/session.h"
#include "cli/session_choose.h"
#include "cli/session_file.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#include <stdlib.h>
#include <string.h>

/* Sets the member KEY to VALUE in the session that the first operand means, and prints SAID of it. Both
 * are taken over. */
static int
about_set (const struct cli_options *cli, const struct arguments *arguments, const char *key,
           struct json *value, char *said)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    struct chosen self = {0};
    struct json *about = json_object (), *session = NULL;
    json_set (about, key, value);
    int exit_status = chosen_find (&self, cli, arguments_operand (arguments, 0));
    if (exit_status == 0 && chosen_reach (&self, peer)) {
        char *text = json_print (about);
        session = images_ask (self.client, msg_new (peer, MSG_SESSION_SET, 0, self.id, text));
        free (text);
    }
    if (exit_status == 0)
        exit_status = session != NULL ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
    if (session != NULL)
        session_print (cli, session, said);
    free (said);
    json_destroy (&session);
    json_destroy (&about);
    chosen_fini (&self);
    return exit_status;
}

static int
rename_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *name = arguments_operand (arguments, 1);
    if (!session_name_fits ("session rename", &command_session_rename, name))
        return STUI_EXIT_USAGE;
    return about_set (cli, arguments, "name", json_string (name),
                      stui_printf ("renamed to %s", name));
}

static int
note_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *note = arguments_operand (arguments, 1);
    if (note == NULL)
        return about_set (cli, arguments, "note", json_null (), stui_strdup ("has no note now"));
    return about_set (cli, arguments, "note", json_string (note),
                      stui_printf ("has the note: %s", note));
}

static int
tag_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct json *tags = json_array ();
    size_t count = arguments_operands (arguments);
    char *said = stui_strdup (count > 1 ? "tagged" : "has no tags now");
    for (size_t at = 1; at < count; at++) {
        const char *tag = arguments_operand (arguments, at);
        size_t before = 1; /* the same once more is left out, as it is by whoever keeps them */
        while (strcmp (arguments_operand (arguments, before), tag) != 0)
            before++;
        if (before < at)
            continue;
        char *longer = stui_printf ("%s%s %s", said, at > 1 ? "," : "", tag);
        free (said);
        said = longer;
        json_push (tags, json_string (tag));
    }
    return about_set (cli, arguments, "tags", tags, said);
}

static int
duplicate_run (const struct cli_options *cli, const struct arguments *arguments)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    struct chosen self = {0};
    struct json *whole = NULL, *made = NULL;
    if (!session_name_fits ("session duplicate", &command_session_duplicate,
                            arguments_operand (arguments, 1)))
        return STUI_EXIT_USAGE;
    int exit_status = chosen_begin (&self, cli, arguments);
    if (exit_status == 0)
        whole = chosen_whole (&self);
    if (whole != NULL && chosen_reach (&self, peer)) {
        const char *name = arguments_operand (arguments, 1);
        struct json *copy = session_file_duplicate (whole, name);
        char *text = json_print (copy);
        made = images_ask (
            self.client, msg_new (peer, MSG_SESSION_IMPORT, 0, text, (uint64_t) SESSION_FILE_OPEN));
        free (text);
        json_destroy (&copy);
    }
    if (exit_status == 0)
        exit_status = made != NULL ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
    if (made != NULL) {
        char *said = stui_printf ("begun as %s, with the texts of %s", json_get_text (made, "name"),
                                  self.id);
        session_print (cli, made, said);
        free (said);
    }
    json_destroy (&made);
    json_destroy (&whole);
    chosen_fini (&self);
    return exit_status;
}

/* ---- the rows ---- */

const struct command command_session_rename = {
    .name = "rename",
    .usage = "ID NAME",
    .summary = "give a session another name",
    .help = "ID may be shortened as long as it means one session only.",
    .least = 2,
    .most = 2,
    .changes = true,
    .run = rename_run,
};

const struct command command_session_note = {
    .name = "note",
    .usage = "ID [TEXT]",
    .summary = "keep a note with a session",
    .help = "Without TEXT the note is taken away. `stui session show` has it.",
    .least = 1,
    .most = 2,
    .changes = true,
    .run = note_run,
};

const struct command command_session_tag = {
    .name = "tag",
    .usage = "ID [TAG…]",
    .summary = "give a session these tags, in place of those it had",
    .help = "Without a TAG all are taken away.",
    .least = 1,
    .most = 33,
    .changes = true,
    .run = tag_run,
};

static const struct option_row duplicate_options[] = {IMAGES_YES_OPTION, {0}};

const struct command command_session_duplicate = {
    .name = "duplicate",
    .usage = "ID [NAME]",
    .summary = "begin a session with the texts of another",
    .help = "It is opened on the same image, under NAME or \"NAME copy\". Its variables are new: "
            "their\n"
            "values are the image's, and stay with the session that made them.",
    .options = duplicate_options,
    .least = 1,
    .most = 2,
    .changes = true,
    .run = duplicate_run,
};
