/* session_show.c: `stui session show`: one session, to be read by people; with --json all of it. */

#include "cli/command.h"
#include "cli/render.h"
#include "cli/session.h"
#include "cli/session_choose.h"
#include "cli/session_show.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#include <stdlib.h>
#include <string.h>

enum {
    SHOW_KEY_WIDTH = 13,
    SHOW_TEXT_LINES = 8, /* of the workspace: what it is about, not all of it */
    SHOW_VARIABLES = 20, /* --json has them all */
};

/* "KEY  TEXT", unless there is nothing to say. */
static void
show_text (FILE *out, const char *key, const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    char *line = render_line (text);
    fprintf (out, "%-*s%s\n", SHOW_KEY_WIDTH, key, line);
    free (line);
}

/* The same for a text made for it, which it takes over. */
static void
show_made (FILE *out, const char *key, char *text)
{
    show_text (out, key, text);
    free (text);
}

/* What a state means, in a few words: "restored" is said of new ones too. NULL: its word says it. */
static const char *
state_meaning (const char *state)
{
    static const struct {
        const char *state, *meaning;
    } rows[] = {
        {"fresh", "the image does not have it yet"},
        {"restoring", "the image is asked for it"},
        {"restored", "the image has all of it"},
        {"modified", "the image does not have the last edits yet"},
        {"preserved", "the image is away; all is kept here"},
        {"orphaned", "the image has been away for long; all is kept here"},
        {"stored", "it is on no image; `stui session restore` opens it"},
        {"closed", "`stui session restore` opens it again"},
    };
    for (size_t i = 0; state != NULL && i < sizeof rows / sizeof *rows; i++)
        if (strcmp (rows[i].state, state) == 0)
            return rows[i].meaning;
    return NULL;
}

static void
show_state (FILE *out, const struct json *session)
{
    const char *state = json_get_text (session, "state");
    const struct json *saved = json_get (session, "saved");
    const char *stored = saved == NULL                             ? ""
                         : json_get_bool (session, "saved", false) ? ", saved"
                                                                   : ", not saved yet";
    show_made (out, "state",
               stui_printf ("%s%s%s", state != NULL ? state : "unknown", stored,
                            json_get_bool (session, "conflict", false) ? ", in conflict" : ""));
    show_text (out, "", state_meaning (state));
    show_text (out, "reason", json_get_text (session, "reason"));
    if (json_get_bool (session, "current", false))
        show_text (out, "current", "`stui eval` of its image works in it");
}

static void
show_counts (FILE *out, const struct json *counts)
{
    long long opened = (long long) json_get_number (counts, "opened", 0);
    long long run = (long long) json_get_number (counts, "evaluations", 0);
    long long errors = (long long) json_get_number (counts, "errors", 0);
    char *open = render_duration (json_get_number (counts, "open_ms", 0));
    show_made (out, "opened",
               stui_printf ("%lld time%s, for %s in all", opened, opened == 1 ? "" : "s", open));
    show_made (out, "evaluations",
               errors > 0 ? stui_printf ("%lld, %lld with an error", run, errors)
                          : stui_printf ("%lld", run));
    free (open);
}

static void
show_tags (FILE *out, const struct json *tags)
{
    char *text = stui_strdup ("");
    for (const struct json *tag = json_first (tags); tag != NULL; tag = json_next (tag)) {
        const char *word = json_text (tag);
        char *longer =
            stui_printf ("%s%s%s", text, *text != '\0' ? ", " : "", word != NULL ? word : "?");
        free (text);
        text = longer;
    }
    show_made (out, "tags", text);
}

/* The first lines of the workspace, and how many follow. */
static void
show_workspace (FILE *out, const char *text)
{
    size_t shown = 0, lines = 0;
    if (text == NULL || *text == '\0') {
        show_text (out, "workspace", "empty");
        return;
    }
    fputs ("workspace\n", out);
    for (const char *at = text; *at != '\0'; lines++) {
        size_t length = strcspn (at, "\n");
        if (shown < SHOW_TEXT_LINES) {
            char *raw = stui_strndup (at, length), *line = render_line (raw);
            fprintf (out, "    %s\n", line);
            free (line);
            free (raw);
            shown++;
        }
        at += length + (at[length] == '\n');
    }
    if (lines > shown)
        fprintf (out, "    and %zu more line%s: --json has all of it\n", lines - shown,
                 lines - shown == 1 ? "" : "s");
}

/* What its variables were when code ran in it last, and how many are not shown. */
static void
show_variables (FILE *out, const struct json *variables)
{
    const struct json *list = json_get (variables, "list");
    size_t shown = 0;
    if (json_count (list) == 0)
        return;
    char *when = render_line (json_get_text (variables, "at"));
    fprintf (out, "variables    as they were at %s\n", when);
    free (when);
    for (const struct json *one = json_first (list); one != NULL && shown < SHOW_VARIABLES;
         one = json_next (one), shown++) {
        const char *name = json_get_text (one, "name"), *value = json_get_text (one, "value");
        char *raw = stui_printf ("%s = %s", name != NULL ? name : "?", value != NULL ? value : "?");
        char *line = render_line (raw);
        fprintf (out, "    %s\n", line);
        free (line);
        free (raw);
    }
    int64_t more = json_get_number (variables, "total", 0) - (int64_t) shown;
    if (more > 0)
        fprintf (out, "    and %lld more\n", (long long) more);
}

void
session_show_print (FILE *out, const struct json *session)
{
    const struct json *context = json_get (session, "context");
    const struct json *workspace = json_get (context, "workspace");
    show_text (out, "name", json_get_text (session, "name"));
    show_text (out, "session", json_get_text (session, "session_id"));
    show_text (out, "image", json_get_text (session, "image"));
    show_state (out, session);
    show_text (out, "note", json_get_text (session, "note"));
    show_tags (out, json_get (session, "tags"));
    show_text (out, "created", json_get_text (session, "created_at"));
    show_text (out, "modified", json_get_text (session, "last_modified"));
    show_counts (out, json_get (session, "counts"));
    show_made (out, "size",
               stui_printf ("%lld bytes, version %lld",
                            (long long) json_get_number (session, "bytes", 0),
                            (long long) json_get_number (session, "version", 0)));
    show_text (out, "edited by", json_get_text (session, "holder"));
    show_workspace (out, json_is_object (workspace) ? json_get_text (workspace, "text")
                                                    : json_text (workspace));
    show_variables (out, json_get (session, "variables"));
}

static int
session_show_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct chosen self = {0};
    struct json *whole = NULL;
    int exit_status = chosen_find (&self, cli, arguments_operand (arguments, 0));
    if (exit_status == 0) {
        whole = chosen_whole (&self);
        exit_status = whole != NULL ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
    }
    if (whole != NULL && cli->json)
        cli_print_json (whole);
    else if (whole != NULL)
        session_show_print (stdout, whole);
    json_destroy (&whole);
    chosen_fini (&self);
    return exit_status;
}

const struct command command_session_show = {
    .name = "show",
    .usage = "ID",
    .summary = "one session: its state, times, counts, note, tags, and how its text begins",
    .help =
        "ID may be shortened as long as it means one session only. With --json everything in it:\n"
        "texts, history, results. Variables are shown as they were when code ran in it last; "
        "their\n"
        "values are the image's, and go with it.",
    .least = 1,
    .most = 1,
    .run = session_show_run,
};
