/* sim.c: `stui sim N`: simulated images, for trying and for load. The images themselves are lent by
 * main: this file reads the options and says where they listen. */

#include "cli/command.h"
#include "runtime/address.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/path.h"

#include <stdlib.h>
#include <string.h>

enum {
    SIM_COUNT_MAX = 10000, /* of images in one process */
    SIM_PORT_MAX = 65535,
    SIM_DIGITS = 6, /* of "-10000" behind a name's prefix */
};

/* ---- what is said ---------------------------------------------------------------------------- */

static void
announce_json (const struct sim_listing *list, size_t count)
{
    struct json *array = json_array ();
    for (size_t i = 0; i < count; i++) {
        struct json *row = json_object ();
        char *address = stui_printf ("tcp://127.0.0.1:%d", list[i].port);
        json_set_text (row, "name", list[i].name);
        json_set_text (row, "address", address);
        json_set_text (row, "image_id", list[i].image_id);
        if (list[i].server_key != NULL)
            json_set_text (row, "server_key", list[i].server_key);
        json_push (array, row);
        free (address);
    }
    cli_print_json (array);
    json_destroy (&array);
}

/* Sections for a configuration; a last line says that all of them are there. */
static void
announce_config (const struct sim_options *options, const struct sim_listing *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        printf ("[image \"%s\"]\naddress = tcp://127.0.0.1:%d\n", list[i].name, list[i].port);
        if (options->token_file != NULL)
            printf ("token_file = %s\n", options->token_file);
        if (list[i].server_key != NULL)
            printf ("server_key = %s\n", list[i].server_key);
    }
    printf ("# %zu simulated image%s listening\n", count, count == 1 ? "" : "s");
}

static void
announce (const struct sim_options *options, const struct sim_listing *list, size_t count)
{
    if (options->prints_json)
        announce_json (list, count);
    else if (options->prints_config)
        announce_config (options, list, count);
    else
        for (size_t i = 0; i < count; i++)
            printf ("%s listening on tcp://127.0.0.1:%d%s%s\n", list[i].name, list[i].port,
                    list[i].server_key != NULL ? " with the server key " : "",
                    list[i].server_key != NULL ? list[i].server_key : "");
    cli_flush ();
}

/* ---- options --------------------------------------------------------------------------------- */

/* The token of the options, owned by the caller; NULL with OK: none. */
static char *
read_token (const struct sim_options *options, const char *token, bool *ok)
{
    struct stui_cause cause = {0};
    *ok = true;
    if (token != NULL || options->token_file == NULL)
        return token != NULL ? stui_strdup (token) : NULL;
    char *text = path_read (options->token_file, STUI_TOKEN_MAX, &cause);
    if (text != NULL)
        text[strcspn (text, "\r\n")] = '\0';
    *ok = text != NULL && *text != '\0';
    if (!*ok)
        cli_complain ("%s", text != NULL ? "the token file is empty" : cause.text);
    return text;
}

static void
list_fault (const char *word, const char *help)
{
    printf ("%-10s %s\n", word, help);
}

static int
sim_list_faults (const struct cli_options *cli)
{
    cli->services->list_sim_faults (list_fault);
    puts ("\nA script is an INI file: a section [FAULT] for each, with every = N or chance = 0.05 "
          "(of the\n"
          "replies that it is about; all, without), after = MS since the start, images = 1..5, 8 "
          "and\n"
          "command = evaluate, hello. The first that is due is done.");
    return STUI_EXIT_DONE;
}

static int
sim_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    if (arguments_has (arguments, "list-faults"))
        return sim_list_faults (cli);
    if (arguments_operands (arguments) == 0)
        return cli_misuse ("sim", &command_sim, "something is missing: how many images?");
    int64_t count =
        arguments_to_number ("sim", arguments_operand (arguments, 0), 1, SIM_COUNT_MAX, &cause);
    int64_t port =
        count < 0 ? -1 : arguments_number (arguments, "port", 0, 0, SIM_PORT_MAX, &cause);
    if (port > 0 && port + count - 1 > SIM_PORT_MAX)
        port = stui_fail (&cause, STUI_E_INVALID_REQUEST, "%lld ports from %lld on go beyond %d",
                          (long long) count, (long long) port, SIM_PORT_MAX);
    int64_t seed = port < 0 ? -1 : arguments_number (arguments, "seed", 1, 0, INT64_MAX, &cause);
    port = seed < 0 ? -1 : port;
    const char *prefix = arguments_value (arguments, "prefix");
    if (port >= 0 && prefix != NULL && !address_name_is_valid (prefix, STUI_NAME_MAX - SIM_DIGITS))
        port = stui_fail (&cause, STUI_E_INVALID_REQUEST,
                          "'%s' begins no name of an image: 1 to %d of A-Z a-z 0-9 . _ -", prefix,
                          STUI_NAME_MAX - SIM_DIGITS);
    if (port < 0)
        return cli_misuse ("sim", &command_sim, "%s", cause.text);
    struct sim_options options = {
        .count = (size_t) count,
        .base_port = (int) port,
        .prefix = prefix != NULL ? prefix : "sim",
        .token_file = arguments_value (arguments, "token-file"),
        .is_read_only = cli->read_only,
        .faults_file = arguments_value (arguments, "faults"),
        .seed = (uint64_t) seed,
        .is_encrypted = arguments_has (arguments, "curve"),
        .prints_config = arguments_has (arguments, "print-config"),
        .prints_json = cli->json,
        .announce = announce,
    };
    bool ok;
    char *token = read_token (&options, arguments_value (arguments, "token"), &ok);
    options.token = token;
    if (ok && cli->services->run_sim (&options, &cause) < 0) {
        cli_complain ("%s", cause.text);
        ok = false;
    }
    free (token);
    return ok ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
}

static const struct option_row sim_options[] = {
    {"port", 0, "BASE", "the first port; the others follow (free ones)"},
    {"prefix", 0, "NAME", "what the images are called: NAME-1 … (sim)"},
    {"token", 0, "T", "ask clients for this token; other users can read it here"},
    {"token-file", 0, "FILE", "the same, read from a file"},
    {"curve", 0, NULL, "encrypt: let in only who has the server key that is printed"},
    {"faults", 0, "FILE", "a script of faults: replies that are late, wrong, missing and so on"},
    {"seed", 0, "S", "of the script (1): with the same one the same replies go wrong"},
    {"list-faults", 0, NULL, "say which faults there are, and what a script looks like"},
    {"print-config", 0, NULL, "print [image] sections, ready to paste"},
    {0},
};

const struct command command_sim = {
    .name = "sim",
    .usage = "N [--port BASE] | --list-faults",
    .summary = "serve N simulated images from this process, for trying and for load",
    .help =
        "They speak the whole protocol and say of themselves that they are simulated: there is no\n"
        "Smalltalk behind them, only a small evaluator (integers, strings, symbols, arrays,\n"
        "blocks, variables, errors, delays, `Counter next`, and classes and methods that you\n"
        "define). They listen on the loopback interface only and serve until SIGINT or SIGTERM.\n"
        "With --read-only they refuse whatever evaluates or changes them. A name keeps its image\n"
        "id, and a prefix its key of CURVE, in $XDG_STATE_HOME/stui-image; nothing else is "
        "written.",
    .options = sim_options,
    .most = 1,
    .run = sim_run,
};
