/* image_test.c: `stui image test`: one attempt at an image, step by step, without claiming it; or
 * with --conformance every rule of the protocol, by the kit (image_conformance.c). The
 * attempt serves `stui image diagnose` too. */

#include "cli/images.h"
#include "cli/image.h"
#include "cli/render.h"
#include "runtime/address.h"
#include "runtime/alloc.h"
#include "runtime/attempt.h"
#include "runtime/via.h"
#include "runtime/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Those of the image that STATE is about. */
static const struct attempt_step *
test_steps (const struct json *state)
{
    return attempt_steps (json_get_text (state, "via") != NULL);
}

void
image_print_step (const char *title, enum render_color color, const char *verdict, const char *text)
{
    char *word = render_paint (verdict, color, cli_paints (stdout));
    char *line = render_line (text != NULL ? text : "");
    printf ("%-10s %s%s%s\n", title, word, *line != '\0' ? ": " : "", line);
    free (line);
    free (word);
}

static void
test_print_good (const struct json *result)
{
    char *introduction = attempt_introduction (result);
    char *latency = stui_printf ("%.1f ms", json_get_real (result, "latency_ms", 0));
    for (const struct attempt_step *step = test_steps (result); step->phase != NULL; step++)
        image_print_step (step->title, RENDER_GOOD, "ok",
                          strcmp (step->phase, "hello") == 0    ? introduction
                          : strcmp (step->phase, "ping") == 0   ? latency
                          : strcmp (step->phase, "tunnel") == 0 ? json_get_text (result, "via")
                                                                : NULL);
    free (latency);
    free (introduction);
}

/* Steps before the one that failed went well; those after it were not tried. */
static void
test_print_bad (const struct json *state, const char *text)
{
    const struct attempt_step *step = test_steps (state);
    const struct attempt_step *failed = step + attempt_failed (step, state);
    bool known = failed->phase != NULL;
    for (; known && step < failed; step++)
        image_print_step (step->title, RENDER_GOOD, "ok", NULL);
    image_print_step (known ? failed->title : "attempt", RENDER_BAD, "failed", text);
    for (step = known ? failed + 1 : failed; step->phase != NULL; step++)
        image_print_step (step->title, RENDER_FAINT, "not tried", NULL);
}

/* ---- what is asked for -------------------------------------------------------------------------------- */

/* The token in the file at PATH, without its line end. False after saying why not. */
static bool
test_read_token (struct client *client, const char *path, struct json *target)
{
    struct json *answer = images_ask (client, msg_new ("worker", MSG_FILE_READ, 0, path));
    const char *text = json_get_text (answer, "text");
    if (text != NULL) {
        char *token = stui_strndup (text, strcspn (text, "\r\n"));
        json_set_text (target, "token", token);
        free (token);
    }
    json_destroy (&answer);
    return text != NULL;
}

bool
image_add_via (const struct arguments *arguments, struct json *settings)
{
    struct stui_cause cause = {0};
    const char *text = arguments_value (arguments, "via");
    if (text != NULL && via_parse (text, &(struct via){.port = ""}, &cause) != 0) {
        cli_complain ("%s", cause.text);
        return false;
    }
    if (text != NULL)
        json_set_text (settings, "via", text);
    return true;
}

int
image_find_target (struct client *client, const struct arguments *arguments, struct json *target)
{
    const char *word = arguments_operand (arguments, 0);
    const char *given = arguments_value (arguments, "token-file");
    struct json *images = images_config (client);
    if (images == NULL)
        return STUI_EXIT_FAILED;
    const struct json *image = images_find (images, word);
    struct stui_cause cause = {0};
    struct address address;
    int exit_status = STUI_EXIT_DONE;
    const char *server_key = arguments_value (arguments, "server-key");
    if (server_key == NULL)
        server_key = json_get_text (image, "server_key");
    if (server_key != NULL && *server_key != '\0')
        json_set_text (target, "server_key", server_key);
    if (json_get_text (image, "client_key_secret") != NULL)
        json_set_text (target, "client_key_secret", json_get_text (image, "client_key_secret"));
    if (json_get_text (image, "via") != NULL)
        json_set_text (target, "via", json_get_text (image, "via"));
    if (!image_add_via (arguments, target))
        exit_status = STUI_EXIT_USAGE;
    else if (image != NULL)
        json_set_text (target, "address", json_get_text (image, "address"));
    else if (strchr (word, ':') == NULL) {
        images_require (images, word);
        exit_status = STUI_EXIT_USAGE;
    }
    else if (address_parse (word, &address, &cause) < 0) {
        cli_complain ("%s", cause.text);
        exit_status = STUI_EXIT_USAGE;
    }
    else {
        char text[STUI_ADDRESS_MAX];
        address_format (&address, text);
        json_set_text (target, "address", text);
    }
    char *path = given != NULL ? realpath (given, NULL) : NULL;
    const char *token_file = given != NULL ? path : json_get_text (image, "token_file");
    if (given != NULL && path == NULL) {
        cli_complain ("the token file %s cannot be read: %s", given, strerror (errno));
        exit_status = STUI_EXIT_FAILED;
    }
    if (token_file == NULL && json_get_text (image, "token_secret") != NULL)
        json_set_text (target, "token_secret", json_get_text (image, "token_secret"));
    if (exit_status == 0 && token_file != NULL && !test_read_token (client, token_file, target))
        exit_status = STUI_EXIT_FAILED;
    free (path);
    json_destroy (&images);
    return exit_status;
}

static void
test_print_json (const struct reply *reply, const struct json *target)
{
    struct json *out = json_object ();
    json_set_text (out, "address", json_get_text (target, "address"));
    json_set_text (out, "via", json_get_text (target, "via"));
    json_set_text (out, "status", reply->err == 0 ? "success" : "error");
    if (reply->err != 0) {
        json_set_text (out, "error", reply->text);
        json_set_text (out, "error_type", reply->type);
        json_set_text (out, "phase", json_get_text (reply->json, "phase"));
        json_set_text (out, "trouble", json_get_text (reply->json, "trouble"));
    }
    else
        json_set (out, "result", json_copy (reply->json));
    cli_print_json (out);
    json_destroy (&out);
}

bool
image_probe (struct client *client, const struct json *target, struct reply *reply)
{
    char *text = json_print (target);
    struct msg *probe = msg_new ("registry", MSG_PROBE, 0, text);
    free (text);
    struct stui_cause cause = {0};
    if (client_send (client, &probe, &cause) != 0
        && client_next (client, STUI_NEVER, reply, &cause) == CLIENT_REPLY)
        return true;
    cli_complain ("%s", cause.text);
    return false;
}

void
image_print_steps (const struct reply *reply)
{
    if (reply->err == 0)
        test_print_good (reply->json);
    else
        test_print_bad (reply->json, reply->text);
}

/* Sends the probe and prints what came of it. */
static int
test_probe (const struct cli_options *cli, struct client *client, const struct json *target)
{
    struct reply reply = {0};
    if (!image_probe (client, target, &reply))
        return STUI_EXIT_FAILED;
    if (cli->json)
        test_print_json (&reply, target);
    else
        image_print_steps (&reply);
    int exit_status = reply.err == 0 ? STUI_EXIT_DONE : STUI_EXIT_UNREACHABLE;
    reply_fini (&reply);
    return exit_status;
}

static int
image_test_run (const struct cli_options *cli, const struct arguments *arguments)
{
    if (arguments_has (arguments, "conformance") && arguments_has (arguments, "via"))
        return cli_misuse ("image test", &image_test, "--conformance connects directly: no --via");
    if (arguments_has (arguments, "conformance"))
        return image_conformance_run (cli, arguments);
    if (arguments_has (arguments, "check"))
        return cli_misuse ("image test", &image_test, "--check goes with --conformance");
    struct client *client = images_open (cli);
    if (client == NULL)
        return STUI_EXIT_FAILED;
    struct json *target = json_object ();
    int exit_status = image_find_target (client, arguments, target);
    if (exit_status == 0)
        exit_status = test_probe (cli, client, target);
    json_destroy (&target);
    client_close (&client);
    return exit_status;
}

static const struct option_row image_test_options[] = {
    {"token-file", 0, "FILE", "the file with the token, for an ADDRESS that is not configured"},
    IMAGE_SERVER_KEY_OPTION,
    IMAGE_VIA_OPTION,
    {"conformance", 0, NULL, "try every rule of the protocol; this changes the image (see below)"},
    {"check", 0, "CHECK,…", "of them only these (may be repeated)"},
    IMAGES_YES_OPTION,
    {0},
};

const struct command image_test = {
    .name = "test",
    .usage = "NAME | ADDRESS",
    .summary = "try once to reach an image, and say which step fails",
    .help =
        "The image is not claimed: work that others do in it is not disturbed.\n"
        "Exit status 3 when it does not answer.\n\n"
        "With --conformance every command, limit and rule of docs/protocol.md is tried against\n"
        "the image: a table of checks, each passed, failed (what was expected, what came) or not\n"
        "applicable (why). It goes by a client_id of its own and fences nobody, but it creates\n"
        "sessions, evaluates, and defines classes whose names begin with StuiConformance, and\n"
        "takes all that away again. An image that can save itself is saved once (check snapshot),\n"
        "and for a moment all its connections are taken (connections). The check cleanup has it\n"
        "clean up orphaned sessions: it is left out where there are some of others, but one whose\n"
        "client goes in that very moment is cleaned up too. Where others work, name the checks\n"
        "without these. A protected image is tried only with --yes NAME, by its address too. Exit\n"
        "status 1 when a check fails.",
    .options = image_test_options,
    .least = 1,
    .most = 1,
    .run = image_test_run,
};
