/* session_cleanup.c: `stui session cleanup | undo`: what is left of images that are gone, and closed
 * sessions, into the archive and back. Registry's reaper chooses and moves them (`cleanup`,
 * `undo_cleanup`); without --yes, or without an ID, it is only asked what there is. */

#include "cli/command.h"
#include "cli/images.h"
#include "cli/render.h"
#include "cli/session.h"
#include "cli/session_choose.h"
#include "cli/session_left.h"
#include "cli/session_list.h"
#include "runtime/json.h"

#include <stdlib.h>
#include <string.h>

/* The answer to VERB with WISH, which is taken over; NULL after saying why. */
static struct json *
reaper_ask (struct client *client, enum msg_verb verb, struct json *wish)
{
    char *text = json_print (wish);
    struct json *answer = images_ask (client, msg_new ("registry", verb, 0, text));
    free (text);
    json_destroy (&wish);
    return answer;
}

/* Says of each session that stayed where it was why, when it was to be moved. How many went. */
static size_t
count_moved (const struct json *list)
{
    size_t count = 0;
    for (const struct json *one = json_first (list); one != NULL; one = json_next (one)) {
        const char *kept = json_get_text (one, "kept");
        if (json_get_bool (one, "done", false))
            count++;
        else
            cli_complain ("session %s stays: %s", json_get_text (one, "session_id"),
                          kept != NULL ? kept : "it could not be moved");
    }
    return count;
}

/* ---- cleanup ---- */

/* Ms of "30d", "12h", "5min" or "90" seconds; -1 when it is nothing of the kind. */
static int64_t
age_to_ms (const char *text)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"", 1000}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}};
    char *end;
    long long number = strtoll (text, &end, 10);
    for (size_t at = 0; at < sizeof units / sizeof *units; at++)
        if (end != text && number >= 0 && number < 1000000 && strcmp (end, units[at].unit) == 0)
            return number * units[at].ms;
    return -1;
}

/* The values of the repeated option NAME. Caller owns; NULL: it was not given. */
static struct json *
option_values (const struct arguments *arguments, const char *name)
{
    size_t cursor = 0;
    const char *value;
    struct json *values = arguments_has (arguments, name) ? json_array () : NULL;
    while ((value = arguments_next (arguments, name, &cursor)) != NULL)
        json_push (values, json_string (value));
    return values;
}

static bool
is_state (const char *word)
{
    for (int state = 0; state < STUI_SESSION_COUNT; state++)
        if (strcmp (word, stui_session_state_word ((enum stui_session_state) state)) == 0)
            return true;
    return false;
}

/* The images that are meant are in the list, or were: sessions of them are kept. */
static bool
images_are_known (const struct chosen *self, const struct json *names)
{
    for (const struct json *name = json_first (names); name != NULL; name = json_next (name))
        if (session_list_count (self->list, json_text (name)) == 0
            && !images_require (self->images, json_text (name)))
            return false;
    return true;
}

static void
cleanup_print (const struct cli_options *cli, const struct json *list)
{
    static const struct render_column columns[] = {
        {.title = "SESSION"},
        {.title = "IMAGE"},
        {.title = "NAME"},
        {.title = "STATE"},
        {.title = "AGE"},
        {.title = "WHY", .flexible = true},
        {0},
    };
    struct render_table *table = render_table_new (columns);
    for (const struct json *one = json_first (list); one != NULL; one = json_next (one)) {
        const char *state = json_get_text (one, "state");
        char *age = render_duration (json_get_number (one, "age_ms", -1));
        render_cell (table, json_get_text (one, "session_id"), RENDER_PLAIN);
        render_cell (table, json_get_text (one, "image"), RENDER_PLAIN);
        render_cell (table, json_get_text (one, "name"), RENDER_PLAIN);
        render_cell (table, state, render_state_color (state));
        render_cell (table, age, RENDER_PLAIN);
        render_cell (table, json_get_text (one, "why"), RENDER_PLAIN);
        free (age);
    }
    cli_print_table (cli, &table);
}

/* What ANSWER says; an exit status. */
static int
cleanup_said (const struct cli_options *cli, const struct json *answer, bool acts)
{
    const struct json *list = json_get (answer, "sessions");
    const char *suspended = json_get_text (answer, "suspended");
    size_t count = json_count (list);
    if (cli->json)
        cli_print_json (list);
    else if (count == 0)
        puts ("there is nothing to clean away");
    else
        cleanup_print (cli, list);
    if (suspended != NULL)
        cli_complain ("%s", suspended);
    size_t moved = acts ? count_moved (list) : 0;
    if (!cli->json && acts && moved > 0) {
        char *for_ms = render_duration (json_get_number (answer, "undo_for_s", 0) * 1000);
        printf ("%zu put into the archive; `stui session undo ID` or --all brings them back "
                "within %s\n",
                moved, for_ms);
        free (for_ms);
    }
    else if (!cli->json && !acts && count > 0)
        puts ("nothing was moved: --yes puts them into the archive");
    return acts && moved < count ? STUI_EXIT_FAILED : STUI_EXIT_DONE;
}

static int
cleanup_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *older = arguments_value (arguments, "older"), *state;
    bool acts = arguments_has (arguments, "yes");
    int64_t older_ms = older != NULL ? age_to_ms (older) : 0;
    size_t cursor = 0;
    if (older_ms < 0)
        return cli_misuse ("session cleanup", &command_session_cleanup,
                           "--older is an age like 30d, 12h, 5min or 90s, not '%s'", older);
    while ((state = arguments_next (arguments, "state", &cursor)) != NULL)
        if (!is_state (state))
            return cli_misuse ("session cleanup", &command_session_cleanup,
                               "there is no state '%s': see `stui help session ls`", state);
    if (acts && cli->read_only)
        return cli_refuse ("session cleanup --yes");
    if (arguments_has (arguments, "on-image"))
        return session_left_clean (cli, arguments, older_ms);
    struct chosen self = {0};
    struct json *wish = json_object (), *names = option_values (arguments, "image"), *answer = NULL;
    int exit_status = STUI_EXIT_FAILED;
    json_set_number (wish, "older_ms", older_ms);
    json_set_bool (wish, "do", acts);
    if (names != NULL)
        json_set (wish, "images", json_copy (names));
    if (arguments_has (arguments, "state"))
        json_set (wish, "states", option_values (arguments, "state"));
    if (!chosen_list (&self, cli))
        json_destroy (&wish);
    else if (!images_are_known (&self, names)) {
        exit_status = STUI_EXIT_USAGE;
        json_destroy (&wish);
    }
    else
        answer = reaper_ask (self.client, MSG_CLEANUP, wish);
    if (answer != NULL)
        exit_status = cleanup_said (cli, answer, acts);
    json_destroy (&answer);
    json_destroy (&names);
    chosen_fini (&self);
    return exit_status;
}

/* ---- undo ---- */

static void
undo_print (const struct cli_options *cli, const struct json *list)
{
    static const struct render_column columns[] = {
        {.title = "SESSION"},
        {.title = "IMAGE"},
        {.title = "NAME"},
        {.title = "CLEANED AWAY"},
        {.title = "KEPT UNTIL"},
        {.title = "WHY", .flexible = true},
        {0},
    };
    static const char *const keys[] = {"session_id",  "image", "name",
                                       "archived_at", "until", "why"};
    struct render_table *table = render_table_new (columns);
    for (const struct json *one = json_first (list); one != NULL; one = json_next (one))
        for (size_t at = 0; at < sizeof keys / sizeof *keys; at++)
            render_cell (table, json_get_text (one, keys[at]), RENDER_PLAIN);
    cli_print_table (cli, &table);
}

/* What names those in LIST that the operands mean: of what lies in the archive, or of what was
 * ADOPTED. Caller owns; NULL after saying which means none. */
static struct json *
undo_ids (const struct json *list, const struct arguments *arguments, bool adopted)
{
    struct json *ids = json_array ();
    for (size_t at = 0; ids != NULL && at < arguments_operands (arguments); at++) {
        size_t matches;
        const char *id = arguments_operand (arguments, at);
        const struct json *found = session_list_find (list, id, &matches);
        if (found != NULL && (json_get_text (found, "archived_at") == NULL) == adopted)
            json_push (ids, session_list_name (found));
        else if (found == NULL) {
            cli_complain (matches > 1
                              ? "several sessions that can be brought back begin with '%s': give "
                                "more of the id, or IMAGE/ID"
                              : "no session '%s' can be brought back; `stui session undo` lists "
                                "those that can",
                          id);
            json_destroy (&ids);
        }
    }
    return ids;
}

/* Asks for VERB with WISH about IDS, which is taken over (NULL: all); into BACK what came of it. False
 * after saying why. */
static bool
undo_ask (struct client *client, enum msg_verb verb, struct json *ids, struct json *back)
{
    struct json *wish = json_object ();
    json_set_bool (wish, "undo", true);
    json_set_bool (wish, "all", ids == NULL);
    if (ids != NULL && json_count (ids) == 0) {
        json_destroy (&ids);
        json_destroy (&wish);
        return true;
    }
    if (ids != NULL)
        json_set (wish, "sessions", ids);
    struct json *answer = reaper_ask (client, verb, wish);
    const struct json *one = json_first (json_get (answer, "sessions"));
    for (; one != NULL; one = json_next (one))
        json_push (back, json_copy (one));
    bool answered = answer != NULL;
    json_destroy (&answer);
    return answered;
}

/* Brings back what the arguments mean of LIST; an exit status. */
static int
undo_do (const struct cli_options *cli, struct client *client, const struct json *list,
         const struct arguments *arguments)
{
    bool all = arguments_has (arguments, "all");
    struct json *ids = all ? NULL : undo_ids (list, arguments, false), *back = json_array ();
    struct json *adopted = ids != NULL ? undo_ids (list, arguments, true) : NULL;
    int exit_status = all || ids != NULL ? STUI_EXIT_FAILED : STUI_EXIT_USAGE;
    bool answered = exit_status == STUI_EXIT_FAILED
                    && undo_ask (client, MSG_UNDO_CLEANUP, ids, back)
                    && (all || undo_ask (client, MSG_ADOPT_STORED, adopted, back));
    if (answered) {
        size_t moved = count_moved (back);
        if (cli->json)
            cli_print_json (back);
        else
            printf ("%zu brought back; `stui session restore ID` opens one\n", moved);
        exit_status = moved < json_count (back) ? STUI_EXIT_FAILED : STUI_EXIT_DONE;
    }
    json_destroy (&back);
    return exit_status;
}

/* What lies in the archive, and behind it what was adopted from images that are not there any more.
 * Caller owns; NULL after saying why. */
static struct json *
undo_list (struct client *client)
{
    struct json *wish = json_object (), *list = json_array ();
    json_set_bool (wish, "undo", true);
    struct json *archive = reaper_ask (client, MSG_UNDO_CLEANUP, json_object ());
    struct json *adopted = archive != NULL ? reaper_ask (client, MSG_ADOPT_STORED, wish) : NULL;
    if (archive == NULL)
        json_destroy (&wish);
    const struct json *one = json_first (json_get (archive, "sessions"));
    for (; one != NULL; one = json_next (one))
        json_push (list, json_copy (one));
    for (one = json_first (json_get (adopted, "sessions")); one != NULL; one = json_next (one))
        json_push (list, json_copy (one));
    if (adopted == NULL)
        json_destroy (&list);
    json_destroy (&archive);
    json_destroy (&adopted);
    return list;
}

static int
undo_run (const struct cli_options *cli, const struct arguments *arguments)
{
    bool all = arguments_has (arguments, "all");
    bool acts = all || arguments_operands (arguments) > 0;
    if (all && arguments_operands (arguments) > 0)
        return cli_misuse ("session undo", &command_session_undo, "either IDs or --all, not both");
    if (acts && cli->read_only)
        return cli_refuse ("session undo");
    struct client *client = images_open (cli);
    struct json *list = client != NULL ? undo_list (client) : NULL;
    int exit_status = STUI_EXIT_FAILED;
    if (list != NULL && acts)
        exit_status = undo_do (cli, client, list, arguments);
    else if (list != NULL) {
        exit_status = STUI_EXIT_DONE;
        if (cli->json)
            cli_print_json (list);
        else if (json_count (list) == 0)
            puts ("the archive is empty");
        else
            undo_print (cli, list);
    }
    json_destroy (&list);
    client_close (&client);
    return exit_status;
}

/* ---- the rows ---- */

static const struct option_row cleanup_options[] = {
    {"image", 0, "NAME", "only sessions of this image (may be repeated)"},
    {"older", 0, "AGE", "only those that are older: 30d, 12h, 5min, 90s"},
    {"on-image", 0, "IMAGE", "instead, what clients that are gone have left on this image"},
    {"confirm", 0, "NAME", "with --on-image and --yes: its name again, where it is protected"},
    {"state", 0, "STATE", "those in this state (may be repeated)"},
    {"yes", 0, NULL, "put them into the archive; without it they are only listed"},
    {0},
};

const struct command command_session_cleanup = {
    .name = "cleanup",
    .usage = "[--image NAME… | --on-image IMAGE [--confirm NAME]] [--older AGE] [--state STATE…] "
             "[--yes]",
    .summary = "put what is left of images that are gone into the archive",
    .help = "Without --state: orphaned and closed sessions, and those whose image is not in the "
            "list.\n"
            "An open session of an image that is there, or one with unsaved work, stays. `stui "
            "session\n"
            "undo` brings back what went.\n"
            "\n"
            "--on-image asks the image itself, which closes what it takes: no undo. It spares\n"
            "sessions whose client is connected or in which code runs; --older is in whole hours "
            "then.",
    .options = cleanup_options,
    .run = cleanup_run,
};

static const struct option_row undo_options[] = {
    {"all", 0, NULL, "all that is in the archive (what was adopted stays)"},
    {0},
};

const struct command command_session_undo = {
    .name = "undo",
    .usage = "[ID… | --all]",
    .summary = "bring back sessions that were cleaned away or adopted; alone: list them",
    .help =
        "They come back as stored sessions; what was adopted from an image that is not there any "
        "more\n"
        "belongs to that again. An ID may be shortened as long as it means one only.",
    .options = undo_options,
    .most = 1000,
    .run = undo_run,
};
