/* eval.c: `stui eval` and `stui filein`: code or a file of chunks, in one or many images at once. What
 * is sent and how answers are waited for is fan.c's; how an answer looks is eval_print.c's and
 * filein_print.c's. */

#include "cli/command.h"
#include "cli/eval_print.h"
#include "cli/fan.h"
#include "cli/filein_print.h"
#include "cli/images.h"
#include "cli/session_list.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/path.h"
#include "runtime/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WAIT_MS = 5000,       /* for an image to be online */
    TIMEOUT_LEAST_MS = 1, /* 0 would end what has not begun; no limit is no option */
};

struct eval {
    const struct cli_options *cli;
    const struct arguments *arguments;
    const struct command *row;   /* eval's or filein's */
    bool files_in;               /* the code is a file of chunks */
    size_t image_operands;       /* the first so many words name images */
    const char *code_given;      /* -e; NULL: the code is in … */
    const char *file;            /* … this file, "-" for stdin; NULL: nothing was given */
    struct client *client;       /* owned */
    struct json *images;         /* owned: the configured ones */
    struct json *names;          /* owned: of those that are meant */
    char *code, *session;        /* owned; session NULL: none, or the current one */
    int64_t wait_ms, timeout_ms; /* timeout_ms -1: none */
};

static void
eval_fini (struct eval *self)
{
    free (self->session);
    free (self->code);
    json_destroy (&self->names);
    json_destroy (&self->images);
    client_close (&self->client);
}

/* ---- what is evaluated -------------------------------------------------------------------------- */

/* All of stdin; NULL after saying why not. */
static char *
eval_read_stdin (void)
{
    struct stui_cause cause = {0};
    char *text = path_read_stdin (STUI_MESSAGE_MAX, &cause);
    if (text == NULL)
        cli_complain ("%s, so it cannot be evaluated", cause.text);
    return text;
}

/* The text of FILE, which the owner's worker reads; NULL after saying why not. */
static char *
eval_read_file (struct client *client, const char *file)
{
    char *path = realpath (file, NULL);
    if (path == NULL) {
        cli_complain ("the file %s cannot be read: %s", file, strerror (errno));
        return NULL;
    }
    struct json *answer = images_ask (client, msg_new ("worker", MSG_FILE_READ, 0, path));
    const char *text = json_get_text (answer, "text");
    char *code = text != NULL ? stui_strdup (text) : NULL;
    json_destroy (&answer);
    free (path);
    return code;
}

/* What the code is called in messages. */
static const char *
eval_source (const struct eval *self)
{
    return strcmp (self->file, "-") == 0 ? "stdin" : self->file;
}

static char *
eval_make_parameters (const struct eval *self)
{
    const char *mode = arguments_value (self->arguments, "mode");
    struct json *parameters = json_object ();
    json_set_text (parameters, self->files_in ? "source" : "code", self->code);
    if (self->files_in)
        json_set_text (parameters, "name", eval_source (self));
    else
        json_set_text (parameters, "mode", mode != NULL ? mode : "printIt");
    if (self->session != NULL)
        json_set_text (parameters, "session_id", self->session);
    if (self->timeout_ms >= 0)
        json_set_number (parameters, "timeout_ms", self->timeout_ms);
    char *text = json_print (parameters);
    json_destroy (&parameters);
    return text;
}

/* ---- the command ------------------------------------------------------------------------------------ */

static bool
eval_mode_is_valid (const char *mode)
{
    return mode == NULL || strcmp (mode, "doIt") == 0 || strcmp (mode, "printIt") == 0
           || strcmp (mode, "inspectIt") == 0;
}

/* Finds where the code is and how many words name images. */
static void
eval_read_words (struct eval *self)
{
    size_t operands = arguments_operands (self->arguments);
    const char *filed = arguments_value (self->arguments, "file-in");
    self->code_given = arguments_value (self->arguments, "evaluate");
    self->image_operands = operands;
    if (filed != NULL) {
        self->files_in = true;
        self->file = filed;
    }
    else if (self->code_given == NULL && operands > 0)
        self->file = arguments_operand (self->arguments, --self->image_operands);
}

/* What is wrong with the options that say what is to be sent; NULL: nothing. */
static const char *
eval_wrong_words (const struct eval *self)
{
    if (self->files_in && self->code_given != NULL)
        return "give -e CODE or --file-in FILE, not both";
    if (self->files_in && arguments_has (self->arguments, "mode"))
        return "--mode is for code that is evaluated: a file that is filed in answers nothing";
    if (self->code_given == NULL && self->file == NULL)
        return self->files_in ? "there is nothing to file in: give a FILE or -"
                              : "there is nothing to evaluate: give -e CODE, a FILE or -";
    if (self->image_operands == 0 && !arguments_has (self->arguments, "all")
        && !arguments_has (self->arguments, "tag"))
        return self->files_in ? "no image is named; the last word is the file"
                              : "no image is named; without -e the last word is the file to "
                                "evaluate";
    if (self->code_given != NULL && !utf8_is_valid (self->code_given, strlen (self->code_given)))
        return "the code is not UTF-8";
    return NULL;
}

/* Checks what can be without an owner. 0, or STUI_EXIT_USAGE after saying what is wrong. */
static int
eval_check (struct eval *self)
{
    struct stui_cause cause = {0};
    const char *mode = arguments_value (self->arguments, "mode");
    self->wait_ms = arguments_seconds_ms (self->arguments, "wait", WAIT_MS, 0, &cause);
    self->timeout_ms =
        arguments_seconds_ms (self->arguments, "timeout", -1, TIMEOUT_LEAST_MS, &cause);
    if (!arguments_has (self->arguments, "wait") && self->timeout_ms >= 0
        && self->timeout_ms < self->wait_ms)
        self->wait_ms = self->timeout_ms; /* who gives it so long does not wait longer for less */
    if (cause.err != 0)
        return cli_misuse (self->row->name, self->row, "%s", cause.text);
    if (!eval_mode_is_valid (mode))
        return cli_misuse (self->row->name, self->row,
                           "--mode takes doIt, printIt or inspectIt, not '%s'", mode);
    const char *wrong = eval_wrong_words (self);
    return wrong != NULL ? cli_misuse (self->row->name, self->row, "%s", wrong) : 0;
}

/* Finds the session that ID means in the images. 0, or an exit status after saying why. */
static int
eval_find_session (struct eval *self, const char *id)
{
    struct json *states =
        images_settle (self->client, self->names, IMAGES_ATTEMPTED, self->wait_ms);
    struct json *list = states != NULL ? session_list_collect (self->client, self->images) : NULL;
    const struct json *session = list != NULL ? session_list_choose (list, self->names, id) : NULL;
    int wrong = session != NULL ? 0 : list != NULL ? STUI_EXIT_USAGE : STUI_EXIT_FAILED;
    if (session != NULL)
        self->session = stui_strdup (json_get_text (session, "session_id"));
    json_destroy (&list);
    json_destroy (&states);
    return wrong;
}

/* Starts the supervisors, and finds the session that the code is for. Which sessions an image has is
 * known only once it was read and the image asked, so code for one is sent no sooner. 0, or an exit
 * status after saying why. */
static int
eval_connect (struct eval *self)
{
    const char *given = arguments_value (self->arguments, "session");
    bool none = given != NULL && strcmp (given, "-") == 0;
    int wrong = images_connect (self->client, self->names) ? 0 : STUI_EXIT_FAILED;
    if (given == NULL && json_count (self->names) == 1)
        self->session = stui_strdup (MSG_SESSION_CURRENT);
    else if (wrong == 0 && given != NULL && !none)
        wrong = eval_find_session (self, given);
    return wrong;
}

/* Opens the client and finds code and images. 0, or an exit status after saying why. */
static int
eval_prepare (struct eval *self)
{
    if (self->code_given != NULL)
        self->code = stui_strdup (self->code_given);
    else if (strcmp (self->file, "-") == 0 && (self->code = eval_read_stdin ()) == NULL)
        return STUI_EXIT_FAILED;

    self->client = images_open (self->cli);
    self->images = self->client != NULL ? images_config (self->client) : NULL;
    if (self->images == NULL)
        return STUI_EXIT_FAILED;
    self->names = images_select (self->images, self->arguments, 0, self->image_operands);
    if (self->names == NULL || !images_confirm (self->images, self->names, self->arguments))
        return STUI_EXIT_USAGE;
    if (self->code == NULL && (self->code = eval_read_file (self->client, self->file)) == NULL)
        return STUI_EXIT_FAILED;
    return eval_connect (self);
}

static int
eval_print_reply (const struct fan *fan, const char *name, const struct reply *reply)
{
    return eval_print (fan->cli, name, fan_is_wide (fan), reply);
}

static int
filein_print_reply (const struct fan *fan, const char *name, const struct reply *reply)
{
    return filein_print (fan->cli, name, fan_is_wide (fan), fan->source, reply);
}

static int
eval_send (const struct eval *self)
{
    char *parameters = eval_make_parameters (self);
    struct fan fan = {
        .cli = self->cli,
        .client = self->client,
        .names = self->names,
        .command = self->files_in ? "file_in" : "evaluate",
        .parameters = parameters,
        .hold = arguments_has (self->arguments, "hold"),
        .source = self->files_in ? eval_source (self) : NULL,
        .wait_ms = self->wait_ms,
        .timeout_ms = self->timeout_ms,
        .print = self->files_in ? filein_print_reply : eval_print_reply,
    };
    int exit_status = fan_run (&fan);
    free (parameters);
    return exit_status;
}

static int
eval_do (struct eval *self)
{
    eval_read_words (self);
    int exit_status = eval_check (self);
    if (exit_status == 0)
        exit_status = eval_prepare (self);
    if (exit_status == 0)
        exit_status = eval_send (self);
    eval_fini (self);
    return exit_status;
}

static int
eval_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct eval self = {.cli = cli, .arguments = arguments, .row = &command_eval};
    return eval_do (&self);
}

static int
filein_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct eval self = {
        .cli = cli, .arguments = arguments, .row = &command_filein, .files_in = true};
    return eval_do (&self);
}

/* ---- the rows --------------------------------------------------------------------------------------- */

#define WHERE_OPTIONS                                                                              \
    {"all", 0, NULL, "in all images"},                                                             \
        {"tag", 0, "TAG", "in the images that have this tag (may be repeated)"},                   \
        {"session", 0, "ID",                                                                       \
         "in this session, whose variables stay; ID may be shortened; - for none"},                \
        {"timeout", 0, "SECONDS", "the image ends it then, from 0.001 on (no limit)"},             \
        {"wait", 0, "SECONDS", "for an image that is not online (5, or --timeout if less)"},       \
        {"hold", 0, NULL, "if it is not online then, keep it for `stui held send`"},               \
        IMAGES_YES_OPTION

static const struct option_row eval_options[] = {
    {"evaluate", 'e', "CODE", "the code; without it the last word is a FILE, or - for stdin"},
    {"file-in", 0, "FILE", "file this in instead, as `stui filein` does"},
    {"mode", 0, "MODE", "doIt, printIt or inspectIt (printIt)"},
    WHERE_OPTIONS,
    {0},
};

const struct command command_eval = {
    .name = "eval",
    .changes = true,
    .usage = "IMAGE… -e CODE | IMAGE… FILE | IMAGE… -",
    .summary = "evaluate code in images and print what it answers",
    .help =
        "All images work at the same time, and answers are printed as they come. ^C interrupts\n"
        "the code, ^C again gives up waiting. An image that is unknown is said before anything\n"
        "is sent to any. Without --session the code runs in the one that\n"
        "`stui session switch` chose, else in a throw-away scope; in several images always in "
        "that.\n\n"
        "With --hold what was not sent is kept, also when stui ends; `stui held` lists and sends "
        "it.\n\n"
        "exit status: 0 done; 1 the code raised an error or does not compile; 2 wrong usage, or a\n"
        "protected image without --yes; 3 an image could not be reached, nothing was run there;\n"
        "4 nobody can say whether it ran: do not repeat. Of several images the highest.\n\n"
        "    stui eval one -e '3 + 4'\n"
        "    echo 'Smalltalk version' | stui eval --all -",
    .options = eval_options,
    .most = SIZE_MAX,
    .run = eval_run,
};

static const struct option_row filein_options[] = {WHERE_OPTIONS, {0}};

const struct command command_filein = {
    .name = "filein",
    .changes = true,
    .usage = "IMAGE… FILE | IMAGE… -",
    .summary = "file source in chunk format into images and print what it defined",
    .help =
        "Prints what was defined, one a line, on stdout, and each error with file and line on\n"
        "stderr. A wrong chunk hinders none behind it. Otherwise it goes as with `stui eval`: all\n"
        "images at the same time, ^C interrupts.\n\n"
        "exit status: 0 done; 1 there were errors; 3 an image could not be reached, nothing was\n"
        "filed in there; 4 nobody can say what of it was: look before you repeat it.\n\n"
        "    stui filein one Point.st\n"
        "    stui fileout one Point | stui filein two -",
    .options = filein_options,
    .most = SIZE_MAX,
    .run = filein_run,
};
