/* image.c: `stui image`: the list of images, and each one's connection. `image show`, `image set`,
 * `image test` and `image interrupt` have files of their own. */

#include "cli/command.h"
#include "cli/images.h"
#include "cli/held_list.h"
#include "cli/image.h"
#include "cli/render.h"
#include "cli/session_list.h"
#include "runtime/address.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

#include <stui/trouble.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    RETRY_PATIENCE_MS = 5000, /* for it to be online after `retry` */
    LIST_PATIENCE_MS = 2000,  /* for the states that registry has at hand */
    WAIT_MS = 5000,           /* for an image that is to be changed to be online, without --wait */
};

/* ---- add --------------------------------------------------------------------------------------------- */

/* The --tag options as the configuration writes them: "lab, prod". Caller frees. */
static char *
add_tags (const struct arguments *arguments)
{
    char *tags = NULL;
    const char *tag;
    size_t cursor = 0;
    while ((tag = arguments_next (arguments, "tag", &cursor)) != NULL) {
        char *longer =
            stui_printf ("%s%s%s", tags != NULL ? tags : "", tags != NULL ? ", " : "", tag);
        free (tags);
        tags = longer;
    }
    return tags;
}

/* The settings that the options ask for. NULL after saying what is wrong. Caller owns. */
static struct json *
add_settings (const struct arguments *arguments, const struct address *address)
{
    char text[STUI_ADDRESS_MAX];
    struct json *settings = json_object ();
    address_format (address, text);
    json_set_text (settings, "address", text);
    const char *token_file = arguments_value (arguments, "token-file");
    if (token_file != NULL) {
        char *path = realpath (token_file, NULL);
        if (path == NULL) {
            cli_complain ("the token file %s cannot be read: %s", token_file, strerror (errno));
            json_destroy (&settings);
            return NULL;
        }
        json_set_text (settings, "token_file", path);
        free (path);
    }
    if (arguments_has (arguments, "token-secret"))
        json_set_text (settings, "token_secret", arguments_value (arguments, "token-secret"));
    if (arguments_has (arguments, "server-key"))
        json_set_text (settings, "server_key", arguments_value (arguments, "server-key"));
    if (!image_add_via (arguments, settings)) {
        json_destroy (&settings);
        return NULL;
    }
    char *tags = add_tags (arguments);
    if (tags != NULL)
        json_set_text (settings, "tags", tags);
    free (tags);
    if (arguments_has (arguments, "protected"))
        json_set_text (settings, "protected", "true");
    return settings;
}

static int
image_add_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *name = arguments_operand (arguments, 0);
    struct stui_cause cause = {0};
    struct address address;
    if (!address_name_is_valid (name, STUI_NAME_MAX)) {
        cli_complain ("'%s' is no name for an image: 1 to %d of A-Z a-z 0-9 . _ -", name,
                      STUI_NAME_MAX);
        return STUI_EXIT_USAGE;
    }
    if (address_parse (arguments_operand (arguments, 1), &address, &cause) < 0) {
        cli_complain ("%s", cause.text);
        return STUI_EXIT_USAGE;
    }
    struct json *settings = add_settings (arguments, &address);
    if (settings == NULL)
        return STUI_EXIT_FAILED;
    const char *via = json_get_text (settings, "via");
    struct client *client = images_open (cli);
    struct json *answer = NULL;
    if (client != NULL) {
        char *text = json_print (settings);
        answer = images_ask (client, msg_new ("main", MSG_IMAGE_ADD, 0, name, text));
        free (text);
    }
    if (answer != NULL && cli->json)
        cli_print_json (settings);
    else if (answer != NULL)
        printf ("added %s at %s%s%s\n`stui image test %s` says whether it answers, "
                "`stui eval %s -e '3 + 4'` asks it something\n",
                name, json_get_text (settings, "address"), via != NULL ? " via " : "",
                via != NULL ? via : "", name, name);
    int exit_status = answer != NULL ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
    json_destroy (&answer);
    json_destroy (&settings);
    client_close (&client);
    return exit_status;
}

/* ---- rm ------------------------------------------------------------------------------------------------ */

/* How many of LIST stay behind when image NAME goes, and what lists them: `stui WORD ls`. */
static void
rm_print_held (const struct json *list, const char *name, const char *word)
{
    size_t count = held_list_count (list, name);
    if (count > 0)
        printf ("%zu evaluation%s %s: `stui %s ls`\n", count,
                count == 1 ? " of it is" : "s of it are",
                strcmp (word, "held") == 0 ? "held and can only be dropped now, or sent once it is "
                                             "added again"
                                           : "in doubt",
                word);
}

static int
image_rm_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *name = arguments_operand (arguments, 0);
    struct client *client = images_open (cli);
    struct json *images = client != NULL ? images_config (client) : NULL;
    struct json *sessions = NULL, *held = NULL, *doubt = NULL, *answer = NULL;
    int exit_status = STUI_EXIT_FAILED;
    if (images != NULL && !images_require (images, name))
        exit_status = STUI_EXIT_USAGE;
    else if (images != NULL)
        sessions = session_list_collect (client, images);
    if (sessions != NULL)
        held = held_list_collect (client, images, "held");
    if (held != NULL)
        doubt = held_list_collect (client, images, "doubt");
    if (doubt != NULL)
        answer = images_ask (client, msg_new ("main", MSG_IMAGE_REMOVE, 0, name));
    if (answer != NULL) {
        size_t stored = session_list_count (sessions, name);
        exit_status = STUI_EXIT_DONE;
        printf ("removed %s; ", name);
        if (stored == 0)
            puts ("it had no sessions");
        else
            printf ("%zu session%s kept as stored: `stui session ls`\n", stored,
                    stored == 1 ? " is" : "s are");
        rm_print_held (held, name, "held");
        rm_print_held (doubt, name, "doubt");
    }
    json_destroy (&answer);
    json_destroy (&doubt);
    json_destroy (&held);
    json_destroy (&sessions);
    json_destroy (&images);
    client_close (&client);
    return exit_status;
}

/* ---- ls --------------------------------------------------------------------------------------------- */

/* "favourite, protected, disabled", as far as IMAGE is it. Caller frees. */
static char *
ls_settings (const struct json *image, const struct json *marks)
{
    const bool is[] = {images_is_favourite (marks, json_get_text (image, "name")),
                       json_get_bool (image, "protected", false),
                       json_get_bool (image, "disabled", false)};
    static const char *const words[] = {"favourite", "protected", "disabled"};
    char *settings = stui_strdup ("");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is[i]) {
            char *longer =
                stui_printf ("%s%s%s", settings, *settings != '\0' ? ", " : "", words[i]);
            free (settings);
            settings = longer;
        }
    return settings;
}

/* Those of IMAGES that were worked with, the latest first. Caller owns. */
static struct json *
ls_recent (const struct json *images, const struct json *marks)
{
    struct json *list = json_array ();
    const struct json *one = json_first (json_get (marks, "recents"));
    for (; one != NULL; one = json_next (one)) {
        const char *name = json_get_text (one, "name");
        const struct json *image = name != NULL ? images_find (images, name) : NULL;
        if (image != NULL)
            json_push (list, json_copy (image));
    }
    return list;
}

static void
ls_print_used (struct render_table *table, const char *name, const struct json *marks)
{
    char used[CLOCK_TEXT_SIZE];
    struct json *at_ms = images_used_at (marks, name);
    clock_format (json_value (at_ms, 0), used);
    render_cell (table, used, RENDER_PLAIN);
    json_destroy (&at_ms);
}

static void
ls_print (const struct cli_options *cli, const struct json *images, const struct json *states,
          const struct json *marks, bool recent)
{
    static const struct render_column columns[] = {
        {.title = "IMAGE"},    {.title = "ADDRESS", .flexible = true},
        {.title = "STATE"},    {.title = "TAGS", .flexible = true},
        {.title = "SETTINGS"}, {0},
    };
    static const struct render_column recent_columns[] = {
        {.title = "IMAGE"},
        {.title = "LAST USED"},
        {.title = "ADDRESS", .flexible = true},
        {.title = "STATE"},
        {.title = "TAGS", .flexible = true},
        {.title = "SETTINGS"},
        {0},
    };
    struct render_table *table = render_table_new (recent ? recent_columns : columns);
    for (const struct json *image = json_first (images); image != NULL; image = json_next (image)) {
        const char *name = json_get_text (image, "name");
        const char *state = json_get_text (json_get (states, name), "state");
        char *settings = ls_settings (image, marks);
        render_cell (table, name, RENDER_PLAIN);
        if (recent)
            ls_print_used (table, name, marks);
        const char *via = json_get_text (image, "via");
        char *place = stui_printf ("%s%s%s", json_get_text (image, "address"),
                                   via != NULL ? " via " : "", via != NULL ? via : "");
        render_cell (table, place, RENDER_PLAIN);
        free (place);
        render_cell (table, state, render_state_color (state));
        render_cell (table, json_get_text (image, "tags"), RENDER_PLAIN);
        render_cell (table, settings, RENDER_PLAIN);
        free (settings);
    }
    cli_print_table (cli, &table);
}

static void
ls_print_json (const struct json *images, const struct json *states, const struct json *marks)
{
    struct json *list = json_array ();
    for (const struct json *one = json_first (images); one != NULL; one = json_next (one)) {
        struct json *image = json_copy (one);
        const char *name = json_get_text (one, "name");
        json_set_text (image, "state", json_get_text (json_get (states, name), "state"));
        json_set_bool (image, "favourite", images_is_favourite (marks, name));
        json_set (image, "used_at_ms", images_used_at (marks, name));
        json_push (list, image);
    }
    cli_print_json (list);
    json_destroy (&list);
}

static int
image_ls_run (const struct cli_options *cli, const struct arguments *arguments)
{
    bool recent = arguments_has (arguments, "recent");
    struct client *client = images_open (cli);
    struct json *all = client != NULL ? images_config (client) : NULL;
    struct json *states = NULL;
    struct json *marks =
        all != NULL ? images_ask (client, msg_new ("store", MSG_IMAGE_MARKS, 0)) : NULL;
    struct json *images = all != NULL && recent ? ls_recent (all, marks) : json_copy (all);
    /* Only an owner that holds connections can say how they are; none is made for a list. */
    if (all != NULL && json_count (images) > 0 && !client_started_owner (client)) {
        struct json *none = json_array ();
        states = images_settle (client, none, IMAGES_ATTEMPTED, LIST_PATIENCE_MS);
        json_destroy (&none);
    }
    if (all != NULL && cli->json)
        ls_print_json (images, states, marks);
    else if (all != NULL && json_count (images) > 0)
        ls_print (cli, images, states, marks, recent);
    else if (all != NULL)
        puts (json_count (all) > 0 ? "no image was worked with yet; `stui image ls` lists them"
                                   : "no images yet; `stui image add NAME ADDRESS` adds one");
    int exit_status = all != NULL ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
    json_destroy (&images);
    json_destroy (&marks);
    json_destroy (&states);
    json_destroy (&all);
    client_close (&client);
    return exit_status;
}

struct json *
image_settle (struct client *client, const char *name, enum images_patience patience,
              int64_t limit_ms)
{
    struct json *names = json_array (), *states = NULL;
    json_push (names, json_string (name));
    if (images_connect (client, names))
        states = images_settle (client, names, patience, limit_ms);
    struct json *state = states != NULL ? json_take (states, name) : NULL;
    if (states != NULL && state == NULL)
        state = json_object ();
    json_destroy (&states);
    json_destroy (&names);
    return state;
}

struct json *
image_ask (struct client *client, const char *name, struct msg *request, int *exit_status)
{
    struct stui_cause cause = {0};
    struct json *result = client_ask (client, request, &cause);
    if (result != NULL)
        return result;
    *exit_status = cause.err == STUI_E_UNREACHABLE || cause.err == STUI_E_NEVER_RUN
                       ? STUI_EXIT_UNREACHABLE
                   : cause.err == STUI_E_IN_DOUBT ? STUI_EXIT_IN_DOUBT
                                                  : STUI_EXIT_FAILED;
    cli_complain ("%s: %s", name, cause.text);
    return NULL;
}

struct json *
image_command (struct client *client, const char *name, int64_t wait_ms, const char *command,
               struct json *parameters, int *exit_status)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    char *text = json_print (parameters);
    json_destroy (&parameters);
    snprintf (peer, sizeof peer, "image/%s", name);
    struct json *result = image_ask (
        client, name, msg_new (peer, MSG_COMMAND, 0, command, text, (uint64_t) wait_ms, ""),
        exit_status);
    free (text);
    return result;
}

int
image_change (const struct cli_options *cli, const struct arguments *arguments, const char *path,
              const struct command *row, image_work *work)
{
    struct stui_cause cause = {0};
    const char *name = arguments_operand (arguments, 0);
    int64_t wait_ms = arguments_seconds_ms (arguments, "wait", WAIT_MS, 0, &cause);
    if (cause.err != 0)
        return cli_misuse (path, row, "%s", cause.text);
    struct client *client = images_open (cli);
    struct json *images = client != NULL ? images_config (client) : NULL;
    int exit_status = STUI_EXIT_FAILED;
    if (images != NULL
        && (!images_require (images, name) || !images_confirm_one (images, name, arguments)))
        exit_status = STUI_EXIT_USAGE;
    else if (images != NULL) {
        struct json *names = json_array ();
        json_push (names, json_string (name));
        if (images_connect (client, names))
            exit_status = work (cli, client, name, wait_ms);
        json_destroy (&names);
    }
    json_destroy (&images);
    client_close (&client);
    return exit_status;
}

/* ---- retry, stop, enable -------------------------------------------------------------------------------------- */

/* Prints how NAME is now; 3 when it is not online. */
static int
image_tell (struct client *client, const struct cli_options *cli, const char *name)
{
    struct json *state = image_settle (client, name, IMAGES_ONLINE, RETRY_PATIENCE_MS);
    if (state == NULL)
        return STUI_EXIT_FAILED;
    const char *word = json_get_text (state, "state"), *cause = json_get_text (state, "cause");
    if (cli->json)
        cli_print_json (state);
    else {
        char *line = render_line (cause != NULL ? cause : "");
        printf ("%s: %s%s%s\n", name, word != NULL ? word : "unknown", *line != '\0' ? ": " : "",
                line);
        free (line);
        const char *advice =
            stui_trouble_advice (stui_trouble_from_word (json_get_text (state, "trouble")));
        if (cause != NULL && *advice != '\0')
            printf ("what you can do: %s\n", advice);
    }
    int exit_status =
        word != NULL && strcmp (word, "online") == 0 ? STUI_EXIT_DONE : STUI_EXIT_UNREACHABLE;
    json_destroy (&state);
    return exit_status;
}

/* Sends VERB to the supervisor of each of NAMES, then tells what came of it. */
static int
image_order_all (struct client *client, const struct cli_options *cli, const struct json *names,
                 enum msg_verb verb)
{
    int exit_status = STUI_EXIT_DONE;
    if (!images_connect (client, names))
        return STUI_EXIT_FAILED;
    for (const struct json *name = json_first (names); name != NULL; name = json_next (name)) {
        char peer[STUI_ACTOR_ID_MAX + 1];
        snprintf (peer, sizeof peer, "image/%s", json_text (name));
        struct json *answer = images_ask (client, msg_new (peer, verb, 0));
        if (answer == NULL)
            return STUI_EXIT_FAILED;
        json_destroy (&answer);
    }
    for (const struct json *name = json_first (names); name != NULL; name = json_next (name)) {
        int one = STUI_EXIT_DONE;
        if (verb == MSG_RETRY)
            one = image_tell (client, cli, json_text (name));
        else
            printf ("%s is let go; `stui image enable %s` takes it up again\n", json_text (name),
                    json_text (name));
        exit_status = one > exit_status ? one : exit_status;
    }
    return exit_status;
}

/* The same for the images that ARGUMENTS name; supervisors are started if they have to be. */
static int
image_order (const struct cli_options *cli, const struct arguments *arguments, enum msg_verb verb)
{
    size_t count = arguments_operands (arguments);
    if (count == 0 && !arguments_has (arguments, "tag") && !arguments_has (arguments, "all")) {
        cli_complain ("no image is named: give its name, --tag TAG or --all");
        return STUI_EXIT_USAGE;
    }
    struct client *client = images_open (cli);
    struct json *images = client != NULL ? images_config (client) : NULL;
    struct json *names = images != NULL ? images_select (images, arguments, 0, count) : NULL;
    int exit_status = names != NULL    ? image_order_all (client, cli, names, verb)
                      : images != NULL ? STUI_EXIT_USAGE
                                       : STUI_EXIT_FAILED;
    json_destroy (&names);
    json_destroy (&images);
    client_close (&client);
    return exit_status;
}

static int
image_retry_run (const struct cli_options *cli, const struct arguments *arguments)
{
    return image_order (cli, arguments, MSG_RETRY);
}

static int
image_stop_run (const struct cli_options *cli, const struct arguments *arguments)
{
    return image_order (cli, arguments, MSG_DISABLE);
}

/* ---- the rows ------------------------------------------------------------------------------------------------ */

static const struct option_row image_add_options[] = {
    {"token-file", 0, "FILE", "the file that holds the token that the image asks for"},
    {"token-secret", 0, "NAME", "the secret that is this token (see `stui secret`)"},
    {"server-key", 0, "KEY", "encrypt, by CURVE: the public key of the image's server (Z85)"},
    IMAGE_VIA_OPTION,
    {"tag", 0, "TAG", "a word to find it by (may be repeated)"},
    {"protected", 0, NULL,
     "its name must be given again (--yes NAME) before anything in it changes"},
    {0},
};

static const struct command image_add = {
    .name = "add",
    .changes = true,
    .usage = "NAME ADDRESS",
    .summary = "add an image to the list: its name and where it listens",
    .help =
        "ADDRESS is tcp://HOST:PORT; tcp:// may be left out. The configuration file is changed,\n"
        "comments stay. Nothing is sent to the image yet.",
    .options = image_add_options,
    .least = 2,
    .most = 2,
    .run = image_add_run,
};

static const struct option_row image_ls_options[] = {
    {.name = "recent", .help = "only those that you worked with, the latest first"},
    {0},
};

static const struct command image_ls = {
    .name = "ls",
    .usage = "[--recent]",
    .summary = "the list of images; with their states where a stui runs",
    .options = image_ls_options,
    .run = image_ls_run,
};

static const struct command image_rm = {
    .name = "rm",
    .changes = true,
    .usage = "NAME",
    .summary = "take an image off the list; its sessions stay, stored",
    .least = 1,
    .most = 1,
    .run = image_rm_run,
};

static const struct option_row order_options[] = {IMAGES_TAG_OPTION, IMAGES_ALL_OPTION, {0}};

static const struct command image_retry = {
    .name = "retry",
    .changes = true,
    .usage = "[NAME…]",
    .summary = "try to connect now, with the backoff begun anew",
    .help =
        "A supervisor that answers nothing (`stui status` says so) is given up, and another one\n"
        "started in its place.",
    .options = order_options,
    .most = SIZE_MAX,
    .run = image_retry_run,
};

static const struct command image_stop = {
    .name = "stop",
    .changes = true,
    .usage = "[NAME…]",
    .summary = "let go of an image until `enable` or `retry`; the image goes on running",
    .options = order_options,
    .most = SIZE_MAX,
    .run = image_stop_run,
};

static const struct command image_enable = {
    .name = "enable",
    .changes = true,
    .usage = "[NAME…]",
    .summary = "take up an image that was let go",
    .options = order_options,
    .most = SIZE_MAX,
    .run = image_retry_run,
};

static const struct command *const image_commands[] = {
    &image_add,   &image_ls,       &image_show,      &image_set,  &image_rm,
    &image_test,  &image_diagnose, &image_interrupt, &image_save, &image_sessions,
    &image_retry, &image_stop,     &image_enable,    NULL,
};

const struct command command_image = {
    .name = "image",
    .usage = "add | ls | show | set | rm | test | diagnose | interrupt | save | sessions "
             "| retry | stop | enable",
    .summary = "the list of images, and each one's connection",
    .commands = image_commands,
};
