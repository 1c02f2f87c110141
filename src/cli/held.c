/* held.c: `stui held` and `stui doubt`: evaluations that were not sent, and those of which nobody can
 * say whether they ran. Which there are is held_list.c's; how an answer looks is eval_print.c's. */

#include "cli/command.h"
#include "cli/eval_print.h"
#include "cli/held_list.h"
#include "cli/images.h"
#include "cli/render.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_MS = 5000 }; /* for an image to be online */

static const char HELD[] = "held", DOUBT[] = "doubt";

struct work {
    struct client *client; /* owned */
    struct json *images;   /* owned: the configured ones */
    struct json *list;     /* owned: all that are held, or in doubt */
    struct json *chosen;   /* owned: those that are meant */
    bool left;             /* some of them cannot be done, which was said */
};

static void
work_fini (struct work *self)
{
    json_destroy (&self->chosen);
    json_destroy (&self->list);
    json_destroy (&self->images);
    client_close (&self->client);
}

/* What users call those in STATE. */
static const char *
state_words (const char *state)
{
    return state == HELD ? "held" : "in doubt";
}

static bool
work_open (struct work *self, const struct cli_options *cli, const char *state)
{
    *self = (struct work){.client = images_open (cli), .chosen = json_array ()};
    self->images = self->client != NULL ? images_config (self->client) : NULL;
    self->list =
        self->images != NULL ? held_list_collect (self->client, self->images, state) : NULL;
    return self->list != NULL;
}

/* Adds those that WORD means. 0, or STUI_EXIT_USAGE after saying why not. */
static int
work_choose (struct work *self, const char *word, const char *state)
{
    size_t matches = held_list_choose (self->list, word, self->chosen);
    if (matches == 1)
        return 0;
    if (matches > 1)
        cli_complain ("%zu of those that are %s begin with '%s': give more of the id", matches,
                      state_words (state), word);
    else if (images_find (self->images, word) != NULL)
        cli_complain ("%s has nothing %s", word, state_words (state));
    else
        cli_complain ("nothing %s has the id '%s', nor is it an image that has any; `stui %s ls` "
                      "lists them",
                      state_words (state), word, state);
    return STUI_EXIT_USAGE;
}

/* The images of those that are chosen, each once: those on the list, or those that are on it no more
 * (GONE). Caller owns. */
static struct json *
work_names (const struct work *self, bool gone)
{
    struct json *names = json_array ();
    const char *last = "";
    for (const struct json *one = json_first (self->chosen); one != NULL; one = json_next (one)) {
        const char *image = json_get_text (one, "image");
        if (strcmp (image, last) != 0 && (images_find (self->images, image) == NULL) == gone)
            json_push (names, json_string (image));
        last = image;
    }
    return names;
}

/* Leaves out what is held of images that are on the list no more, and says of which: there is nobody
 * who could send it. */
static void
work_leave (struct work *self)
{
    struct json *gone = work_names (self, true), *kept = json_array ();
    for (const struct json *name = json_first (gone); name != NULL; name = json_next (name)) {
        const char *text = json_text (name);
        cli_complain (
            "%zu held of '%s' cannot be sent: it is not on the list of images; `stui image "
            "add %s ADDRESS` adds it, `stui held drop %s` forgets them",
            held_list_count (self->chosen, text), text, text, text);
        self->left = true;
    }
    for (const struct json *one = json_first (self->chosen); one != NULL; one = json_next (one))
        if (images_find (self->images, json_get_text (one, "image")) != NULL)
            json_push (kept, json_copy (one));
    json_destroy (&self->chosen);
    self->chosen = kept;
    json_destroy (&gone);
}

/* Those that ARGUMENTS name, whose images may be changed when something is sent to them, and whose
 * supervisors run. 0, or an exit status after saying why. */
static int
work_begin (struct work *self, const struct cli_options *cli, const struct arguments *arguments,
            const char *state, bool sends)
{
    int wrong = work_open (self, cli, state) ? 0 : STUI_EXIT_FAILED;
    for (size_t i = 0; wrong == 0 && i < arguments_operands (arguments); i++)
        wrong = work_choose (self, arguments_operand (arguments, i), state);
    if (wrong == 0 && arguments_operands (arguments) == 0)
        for (const struct json *one = json_first (self->list); one != NULL; one = json_next (one))
            json_push (self->chosen, json_copy (one));
    if (wrong == 0 && sends)
        work_leave (self);
    if (wrong == 0 && self->left && arguments_operands (arguments) > 0)
        wrong = STUI_EXIT_USAGE;
    struct json *names = work_names (self, false);
    if (wrong == 0 && sends && !images_confirm (self->images, names, arguments))
        wrong = STUI_EXIT_USAGE;
    if (wrong == 0 && json_count (names) > 0 && !images_connect (self->client, names))
        wrong = STUI_EXIT_FAILED;
    json_destroy (&names);
    return wrong;
}

static char *
peer_of (const struct json *entry)
{
    return stui_printf ("image/%s", json_get_text (entry, "image"));
}

/* ---- ls ------------------------------------------------------------------------------------------ */

static void
print_table (const struct cli_options *cli, const struct json *list)
{
    static const struct render_column columns[] = {
        {.title = "ID"},
        {.title = "IMAGE"},
        {.title = "ASKED AT"},
        {.title = "CODE", .flexible = true},
        {.title = "WHY", .flexible = true},
        {0},
    };
    struct render_table *table = render_table_new (columns);
    for (const struct json *one = json_first (list); one != NULL; one = json_next (one)) {
        render_cell (table, json_get_text (one, "id"), RENDER_PLAIN);
        render_cell (table, json_get_text (one, "image"), RENDER_PLAIN);
        render_cell (table, json_get_text (one, "asked_at"), RENDER_PLAIN);
        render_cell (table, json_get_text (one, "code"), RENDER_PLAIN);
        const char *why = json_get_text (one, "why");
        char *text = stui_printf ("%s%s",
                                  json_get_bool (one, "session_anew", false)
                                      ? "its session was made anew, its variables are gone; "
                                      : "",
                                  why != NULL ? why : "");
        render_cell (table, text, RENDER_FAINT);
        free (text);
    }
    cli_print_table (cli, &table);
}

/* Prints those in STATE, of the images that ARGUMENTS name, or all. */
static int
list_run (const struct cli_options *cli, const struct arguments *arguments, const char *state)
{
    struct work work;
    int wrong = work_open (&work, cli, state) ? 0 : STUI_EXIT_FAILED;
    for (size_t i = 0; wrong == 0 && i < arguments_operands (arguments); i++) {
        const char *name = arguments_operand (arguments, i);
        if (held_list_choose (work.list, name, work.chosen) == 0
            && !images_require (work.images, name))
            wrong = STUI_EXIT_USAGE;
    }
    const struct json *shown = arguments_operands (arguments) > 0 ? work.chosen : work.list;
    if (wrong == 0 && cli->json)
        cli_print_json (shown);
    else if (wrong == 0 && json_count (shown) == 0)
        printf ("nothing is %s\n", state_words (state));
    else if (wrong == 0)
        print_table (cli, shown);
    work_fini (&work);
    return wrong;
}

static int
held_ls_run (const struct cli_options *cli, const struct arguments *arguments)
{
    return list_run (cli, arguments, HELD);
}

static int
doubt_ls_run (const struct cli_options *cli, const struct arguments *arguments)
{
    return list_run (cli, arguments, DOUBT);
}

/* ---- send ---------------------------------------------------------------------------------------- */

/* Sends one, ALSO where msg.h says so, and prints its answer; an enum stui_exit. *LOST: the owner is gone. */
static int
send_one (struct work *self, const struct cli_options *cli, const struct json *entry,
          int64_t wait_ms, uint64_t also, bool *lost)
{
    static uint64_t number;
    struct stui_cause cause = {0};
    struct reply reply = {0};
    char *peer = peer_of (entry);
    char *tag = stui_printf ("held send of process %ld, %" PRIu64, (long) getpid (), ++number);
    struct msg *msg = msg_new (peer, MSG_HELD_SEND, 0, json_get_text (entry, "id"),
                               (uint64_t) wait_ms, tag, also);
    uint64_t ref = client_send (self->client, &msg, &cause);
    *lost = ref == 0 || client_next (self->client, STUI_NEVER, &reply, &cause) != CLIENT_REPLY;
    if (*lost)
        reply = (struct reply){
            .err = STUI_E_IN_DOUBT,
            .type = stui_strdup (stui_err_word (STUI_E_IN_DOUBT)),
            .text = stui_printf ("the stui that owned this profile (process %ld) is gone: the next "
                                 "one asks the image what came of it; `stui doubt ls` and `stui "
                                 "held ls` list it until then, `stui events` has the answer",
                                 (long) client_owner_pid (self->client)),
        };
    int exit_status =
        eval_print (cli, json_get_text (entry, "image"), json_count (self->chosen) > 1, &reply);
    reply_fini (&reply);
    free (tag);
    free (peer);
    return exit_status;
}

static int
held_send_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    struct work work = {0};
    bool all = arguments_has (arguments, "all"), lost = false;
    int64_t wait_ms = arguments_seconds_ms (arguments, "wait", WAIT_MS, 0, &cause);
    if (cause.err != 0) {
        cli_complain ("%s", cause.text);
        return STUI_EXIT_USAGE;
    }
    if (all == (arguments_operands (arguments) > 0)) {
        cli_complain ("name what is to be sent, by ids or images, or say --all");
        return STUI_EXIT_USAGE;
    }
    int highest = work_begin (&work, cli, arguments, HELD, true);
    /* One after the other, as they were asked for: one may need what another made. */
    const struct json *entry = highest == 0 ? json_first (work.chosen) : NULL;
    for (; entry != NULL && !lost; entry = json_next (entry)) {
        bool any_image = images_is_confirmed (arguments, json_get_text (entry, "image"));
        uint64_t also = (any_image ? MSG_SEND_ANY_IMAGE : 0u)
                        + (arguments_has (arguments, "anyway") ? MSG_SEND_ANYWAY : 0u);
        int exit_status = send_one (&work, cli, entry, wait_ms, also, &lost);
        highest = exit_status > highest ? exit_status : highest;
    }
    if (highest == STUI_EXIT_DONE && work.left)
        highest = STUI_EXIT_FAILED;
    work_fini (&work);
    return highest;
}

/* ---- drop, resolve ------------------------------------------------------------------------------- */

/* What settles ENTRY, which is resolved in the way HOW, or (NULL) dropped: asked of its supervisor, or
 * of the store when its image is on the list no more. Caller owns. */
static struct msg *
order_new (const struct work *self, const struct json *entry, const char *how)
{
    const char *id = json_get_text (entry, "id"), *image = json_get_text (entry, "image");
    char *peer = peer_of (entry);
    struct msg *msg = images_find (self->images, image) == NULL
                          ? msg_new ("store", MSG_HELD_SETTLE, 0, image, id, how ? how : "drop")
                      : how != NULL ? msg_new (peer, MSG_DOUBT_RESOLVE, 0, id, how)
                                    : msg_new (peer, MSG_HELD_DROP, 0, id);
    free (peer);
    return msg;
}

/* Has each that is chosen resolved in the way HOW, or (NULL) dropped. An enum stui_exit. */
static int
work_order (struct work *self, const struct cli_options *cli, const char *how)
{
    int exit_status = STUI_EXIT_DONE;
    for (const struct json *one = json_first (self->chosen); one != NULL; one = json_next (one)) {
        const char *id = json_get_text (one, "id");
        struct json *answer = images_ask (self->client, order_new (self, one, how));
        const char *said = how == NULL                  ? "dropped"
                           : strcmp (how, "again") == 0 ? "held"
                                                        : "resolved";
        if (answer == NULL)
            exit_status = STUI_EXIT_FAILED;
        else if (cli->json) {
            struct json *out = json_object ();
            json_set_text (out, "id", id);
            json_set_text (out, "image", json_get_text (one, "image"));
            json_set_text (out, "state", said);
            cli_print_json (out);
            json_destroy (&out);
        }
        else
            printf ("%s %s\n", id, said);
        json_destroy (&answer);
    }
    return exit_status;
}

static int
held_drop_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct work work = {0};
    bool all = arguments_has (arguments, "all");
    if (all == (arguments_operands (arguments) > 0)) {
        cli_complain ("name what is to be dropped, by ids or images, or say --all");
        return STUI_EXIT_USAGE;
    }
    int exit_status = work_begin (&work, cli, arguments, HELD, false);
    if (exit_status == 0)
        exit_status = work_order (&work, cli, NULL);
    work_fini (&work);
    return exit_status;
}

static int
doubt_resolve_run (const struct cli_options *cli, const struct arguments *arguments)
{
    static const char *const ways[] = {"ran", "not-ran", "again"};
    struct work work = {0};
    const char *how = NULL;
    size_t given = 0;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (arguments_has (arguments, ways[i])) {
            how = ways[i];
            given++;
        }
    if (given != 1) {
        cli_complain ("say what became of it: one of --ran, --not-ran, --again");
        return STUI_EXIT_USAGE;
    }
    if (arguments_has (arguments, "all") == (arguments_operands (arguments) > 0)) {
        cli_complain ("name what is to be resolved, by ids or images, or say --all");
        return STUI_EXIT_USAGE;
    }
    int exit_status = work_begin (&work, cli, arguments, DOUBT, false);
    if (exit_status == 0)
        exit_status = work_order (&work, cli, how);
    work_fini (&work);
    return exit_status;
}

/* ---- the rows ------------------------------------------------------------------------------------ */

static const struct option_row send_options[] = {
    {"all", 0, NULL, "all that is held"},
    {"wait", 0, "SECONDS", "for an image that is not online (5)"},
    {"anyway", 0, NULL, "also what finds its session made anew, without its variables"},
    IMAGES_YES_OPTION,
    {0},
};
static const struct option_row drop_options[] = {{"all", 0, NULL, "all that is held"}, {0}};
static const struct option_row resolve_options[] = {
    {"ran", 0, NULL, "it ran: forget it"},
    {"not-ran", 0, NULL, "it did not run: forget it"},
    {"all", 0, NULL, "all that is in doubt"},
    {"again", 0, NULL, "hold it, to be sent again by `stui held send`"},
    {0},
};

static const struct command held_ls = {
    .name = "ls",
    .usage = "[IMAGE…]",
    .summary = "list what is held: id, image, when, the code, why it was not sent",
    .most = SIZE_MAX,
    .run = held_ls_run,
};

static const struct command held_send = {
    .name = "send",
    .usage = "ID|IMAGE…",
    .summary = "send it now, one after the other, and print what each answers",
    .help =
        "ID may be shortened; an image's name means all that is held of it. What could not be\n"
        "sent stays held. What was asked of another image than there is now goes with --yes NAME\n"
        "alone, and what finds its session made anew, its variables gone, with --anyway alone. "
        "Exit\n"
        "status as of `stui eval`.",
    .options = send_options,
    .most = SIZE_MAX,
    .changes = true,
    .run = held_send_run,
};

static const struct command held_drop = {
    .name = "drop",
    .usage = "ID|IMAGE…",
    .summary = "forget it, unsent",
    .options = drop_options,
    .most = SIZE_MAX,
    .changes = true,
    .run = held_drop_run,
};

static const struct command *const held_commands[] = {&held_ls, &held_send, &held_drop, NULL};

const struct command command_held = {
    .name = "held",
    .usage = "[COMMAND]",
    .summary = "evaluations that were not sent: ls, send, drop",
    .help =
        "Code evaluated in a terminal or by `stui eval --hold` while its image is away is held,\n"
        "and so is code that an image never ran because its link went. Nothing of it is sent\n"
        "unless you say so. It is kept when stui ends or is killed. Without a command: ls.",
    .commands = held_commands,
    .run = held_ls_run,
};

static const struct command doubt_ls = {
    .name = "ls",
    .usage = "[IMAGE…]",
    .summary = "list what is in doubt: id, image, when, the code, why nobody can say",
    .most = SIZE_MAX,
    .run = doubt_ls_run,
};

static const struct command doubt_resolve = {
    .name = "resolve",
    .usage = "ID|IMAGE…",
    .summary = "say what became of it, after a look at the image",
    .help = "ID may be shortened; an image's name means all that is in doubt of it.",
    .options = resolve_options,
    .most = SIZE_MAX,
    .changes = true,
    .run = doubt_resolve_run,
};

static const struct command *const doubt_commands[] = {&doubt_ls, &doubt_resolve, NULL};

const struct command command_doubt = {
    .name = "doubt",
    .usage = "[COMMAND]",
    .summary = "evaluations of which nobody can say whether they ran: ls, resolve",
    .help = "An evaluation is in doubt when the image was started again before it answered, or\n"
            "cannot say what became of it. It is never sent again unless you say so. Without a\n"
            "command: ls.",
    .commands = doubt_commands,
    .run = doubt_ls_run,
};
