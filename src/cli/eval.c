/* eval.c: `stui eval`: code evaluated in one or many images at once, answers printed as they
 * come. In: replies of the images' supervisors, SIGINT. Out: one `command` an image, `interrupt`
 * after the first SIGINT. How an answer looks is eval_print.c's. */

#include "cli/command.h"
#include "cli/eval_print.h"
#include "cli/images.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "runtime/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WAIT_MS = 5000,  /* for an image to be online */
    GRACE_MS = 2000, /* the image is given to say itself that its time was over */
    INTERRUPT_ROOM = STUI_TERMINAL_ROOM / 2, /* each open command may need one more place */
};

struct eval_image {
    const char *name; /* borrowed from names */
    char *tag;        /* owned: names its command in an interrupt */
    uint64_t ref;     /* of the open command; 0: not sent yet, or answered */
};

struct eval {
    const struct cli_options *cli;
    struct client *client;     /* owned */
    struct json *names;        /* owned: of the images that are meant */
    struct eval_image *images; /* owned */
    size_t count, sent, open;
    char *code;                  /* owned */
    char *parameters;            /* owned: of the wire's evaluate, JSON text */
    int64_t wait_ms, timeout_ms; /* timeout_ms -1: none */
    int64_t deadline_ms;         /* when to give up here */
    int exit_status;             /* the highest so far */
    bool interrupted;
};

static void
eval_fini (struct eval *self)
{
    for (size_t i = 0; i < self->count; i++)
        free (self->images[i].tag);
    free (self->images);
    free (self->parameters);
    free (self->code);
    json_destroy (&self->names);
    client_close (&self->client);
}

static void
eval_raise (struct eval *self, int exit_status)
{
    if (exit_status > self->exit_status)
        self->exit_status = exit_status;
}

/* ---- what is evaluated -------------------------------------------------------------------------- */

/* All of stdin; NULL after saying why not. */
static char *
eval_read_stdin (void)
{
    char *text = stui_alloc (STUI_MESSAGE_MAX + 2);
    size_t size = 0;
    ssize_t got;
    while (size <= STUI_MESSAGE_MAX
           && ((got = read (STDIN_FILENO, text + size, STUI_MESSAGE_MAX + 1 - size)) > 0
               || (got < 0 && errno == EINTR)))
        size += got > 0 ? (size_t) got : 0;
    const char *wrong = size > STUI_MESSAGE_MAX             ? "is more than 10 MB"
                        : memchr (text, '\0', size) != NULL ? "holds a NUL character"
                        : !utf8_is_valid (text, size)       ? "is not UTF-8"
                                                            : NULL;
    if (wrong == NULL)
        return text;
    cli_complain ("what stdin gave %s, so it cannot be evaluated", wrong);
    free (text);
    return NULL;
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

static char *
eval_make_parameters (const struct eval *self, const struct arguments *arguments)
{
    const char *mode = arguments_value (arguments, "mode");
    const char *session = arguments_value (arguments, "session");
    struct json *parameters = json_object ();
    json_set_text (parameters, "code", self->code);
    json_set_text (parameters, "mode", mode != NULL ? mode : "printIt");
    if (session != NULL)
        json_set_text (parameters, "session_id", session);
    if (self->timeout_ms >= 0)
        json_set_number (parameters, "timeout_ms", self->timeout_ms);
    char *text = json_print (parameters);
    json_destroy (&parameters);
    return text;
}

/* ---- out ------------------------------------------------------------------------------------------ */

static void
eval_send_one (struct eval *self, struct eval_image *image)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    snprintf (peer, sizeof peer, "image/%s", image->name);
    struct msg *command = msg_new (peer, MSG_COMMAND, 0, "evaluate", self->parameters,
                                   (uint64_t) self->wait_ms, image->tag);
    struct stui_cause cause = {0};
    image->ref = client_send (self->client, &command, &cause);
    if (image->ref == 0) {
        struct reply lost = {
            .err = cause.err, .type = (char *) stui_err_word (cause.err), .text = cause.text};
        eval_raise (self, eval_print (self->cli, image->name, self->count > 1, &lost));
        return;
    }
    self->open++;
    if (self->timeout_ms >= 0)
        self->deadline_ms = clock_mono_ms () + self->wait_ms + self->timeout_ms + GRACE_MS;
}

/* Sends as many as there are places for. */
static void
eval_send (struct eval *self)
{
    while (self->sent < self->count && self->open < STUI_TERMINAL_ROOM - INTERRUPT_ROOM
           && !self->interrupted)
        eval_send_one (self, &self->images[self->sent++]);
}

static void
eval_interrupt (struct eval *self)
{
    self->interrupted = true;
    cli_complain ("interrupting; ^C again gives up waiting");
    size_t places = STUI_TERMINAL_ROOM - self->open;
    for (size_t i = 0; i < self->sent && places > 0; i++) {
        if (self->images[i].ref == 0)
            continue;
        char peer[STUI_ACTOR_ID_MAX + 1];
        snprintf (peer, sizeof peer, "image/%s", self->images[i].name);
        struct msg *interrupt = msg_new (peer, MSG_INTERRUPT, 0, self->images[i].tag);
        client_send (self->client, &interrupt, NULL); /* a lost owner is noticed by client_next */
        places--;
    }
}

/* ---- in ------------------------------------------------------------------------------------------- */

static void
eval_take (struct eval *self, const struct reply *reply)
{
    for (size_t i = 0; i < self->sent; i++) {
        if (self->images[i].ref != reply->ref)
            continue;
        self->images[i].ref = 0;
        self->open--;
        eval_raise (self, eval_print (self->cli, self->images[i].name, self->count > 1, reply));
    }
}

/* Says for each open one that nobody knows, because of WHY. */
static void
eval_give_up (struct eval *self, const char *why)
{
    for (size_t i = 0; i < self->sent; i++) {
        if (self->images[i].ref == 0)
            continue;
        struct reply reply = {.err = STUI_E_IN_DOUBT,
                              .type = (char *) stui_err_word (STUI_E_IN_DOUBT),
                              .text = (char *) why};
        self->images[i].ref = 0;
        eval_raise (self, eval_print (self->cli, self->images[i].name, self->count > 1, &reply));
    }
    self->open = 0;
}

/* Serves until every answer is there or nobody waits any more. */
static int
eval_wait (struct eval *self)
{
    client_catch_signals (self->client);
    eval_send (self);
    while (self->open > 0) {
        struct reply reply = {0};
        struct stui_cause cause = {0};
        switch (client_next (self->client, self->deadline_ms, &reply, &cause)) {
        case CLIENT_REPLY:
            eval_take (self, &reply);
            reply_fini (&reply);
            break;
        case CLIENT_SIGNAL:
            if (client_signal (self->client) == SIGINT && !self->interrupted) {
                eval_interrupt (self);
                break;
            }
            eval_give_up (self, "nobody waits for the answer any more; it may still run");
            return CLI_EXIT_INTERRUPTED;
        case CLIENT_TIMEOUT:
            eval_give_up (self,
                          "no answer in the time given; it still runs there, as far as anybody "
                          "knows");
            break;
        case CLIENT_LOST:
            eval_give_up (self, cause.text);
            break;
        }
        eval_send (self);
    }
    if (self->interrupted && self->sent < self->count)
        cli_complain ("%zu images were not asked any more", self->count - self->sent);
    return self->interrupted && self->exit_status == 0 ? STUI_EXIT_FAILED : self->exit_status;
}

/* ---- the command ------------------------------------------------------------------------------------ */

static bool
eval_mode_is_valid (const char *mode)
{
    return mode == NULL || strcmp (mode, "doIt") == 0 || strcmp (mode, "printIt") == 0
           || strcmp (mode, "inspectIt") == 0;
}

/* Checks what can be without an owner. 0, or STUI_EXIT_USAGE after saying what is wrong. */
static int
eval_check (struct eval *self, const struct arguments *arguments, size_t images)
{
    struct stui_cause cause = {0};
    self->wait_ms = arguments_seconds_ms (arguments, "wait", WAIT_MS, &cause);
    self->timeout_ms = arguments_seconds_ms (arguments, "timeout", -1, &cause);
    if (cause.err != 0)
        return cli_misuse ("eval", &command_eval, "%s", cause.text);
    if (!eval_mode_is_valid (arguments_value (arguments, "mode")))
        return cli_misuse ("eval", &command_eval,
                           "--mode takes doIt, printIt or inspectIt, not '%s'",
                           arguments_value (arguments, "mode"));
    if (!arguments_has (arguments, "evaluate") && arguments_operands (arguments) == 0)
        return cli_misuse ("eval", &command_eval,
                           "there is nothing to evaluate: give -e CODE, a FILE or -");
    if (images == 0 && !arguments_has (arguments, "all") && !arguments_has (arguments, "tag"))
        return cli_misuse ("eval", &command_eval,
                           "no image is named; without -e the last word is the "
                           "file to evaluate");
    return 0;
}

/* Starts the supervisors. Which sessions an image has is known only once it was read and the image
 * asked, so code for a session is sent no sooner. False after saying why. */
static bool
eval_connect (struct eval *self, const struct arguments *arguments)
{
    if (!images_connect (self->client, self->names))
        return false;
    if (!arguments_has (arguments, "session"))
        return true;
    struct json *states =
        images_settle (self->client, self->names, IMAGES_ATTEMPTED, self->wait_ms);
    bool settled = states != NULL;
    json_destroy (&states);
    return settled;
}

/* Opens the client and finds code and images. 0, or an exit status after saying why. */
static int
eval_prepare (struct eval *self, const struct arguments *arguments, size_t image_count)
{
    const char *code = arguments_value (arguments, "evaluate");
    const char *file = code == NULL ? arguments_operand (arguments, image_count) : NULL;
    bool from_stdin = file != NULL && strcmp (file, "-") == 0;
    if (code != NULL && !utf8_is_valid (code, strlen (code)))
        return cli_misuse ("eval", &command_eval, "the code is not UTF-8");
    if (code != NULL)
        self->code = stui_strdup (code);
    if (from_stdin && (self->code = eval_read_stdin ()) == NULL)
        return STUI_EXIT_FAILED;

    self->client = images_open (self->cli);
    struct json *images = self->client != NULL ? images_config (self->client) : NULL;
    if (images == NULL)
        return STUI_EXIT_FAILED;
    self->names = images_select (images, arguments, 0, image_count);
    json_destroy (&images);
    if (self->names == NULL)
        return STUI_EXIT_USAGE;
    if (self->code == NULL && (self->code = eval_read_file (self->client, file)) == NULL)
        return STUI_EXIT_FAILED;
    return eval_connect (self, arguments) ? 0 : STUI_EXIT_FAILED;
}

static int
eval_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct eval self = {.cli = cli, .deadline_ms = STUI_NEVER};
    size_t operands = arguments_operands (arguments);
    size_t image_count =
        arguments_has (arguments, "evaluate") || operands == 0 ? operands : operands - 1;
    int exit_status = eval_check (&self, arguments, image_count);
    if (exit_status == 0 && cli->read_only) {
        cli_complain ("nothing is evaluated with --read-only");
        exit_status = STUI_EXIT_FAILED;
    }
    if (exit_status == 0)
        exit_status = eval_prepare (&self, arguments, image_count);
    if (exit_status == 0) {
        self.parameters = eval_make_parameters (&self, arguments);
        self.count = json_count (self.names);
        self.images = stui_alloc (self.count * sizeof *self.images);
        size_t i = 0;
        for (const struct json *name = json_first (self.names); name != NULL;
             name = json_next (name))
            self.images[i++] = (struct eval_image){
                .name = json_text (name),
                .tag = stui_printf ("eval-%ld-%" PRId64, (long) getpid (), clock_wall_ms ()),
            };
        exit_status = eval_wait (&self);
    }
    eval_fini (&self);
    return exit_status;
}

static const struct option_row eval_options[] = {
    {"evaluate", 'e', "CODE", "the code; without it the last word is a FILE, or - for stdin"},
    {"all", 0, NULL, "in all images"},
    {"tag", 0, "TAG", "in the images that have this tag (may be repeated)"},
    {"mode", 0, "MODE", "doIt, printIt or inspectIt (printIt)"},
    {"session", 0, "ID", "in this session, whose variables stay; otherwise in a throw-away scope"},
    {"timeout", 0, "SECONDS", "the image ends it then (no limit)"},
    {"wait", 0, "SECONDS", "for an image that is not online (5)"},
    {0},
};

const struct command command_eval = {
    .name = "eval",
    .usage = "IMAGE… -e CODE | IMAGE… FILE | IMAGE… -",
    .summary = "evaluate code in images and print what it answers",
    .help =
        "All images work at the same time, and answers are printed as they come. ^C interrupts\n"
        "the code, ^C again gives up waiting. An image that is unknown is said before anything\n"
        "is sent to any.\n\n"
        "exit status: 0 done; 1 the code raised an error or does not compile; 3 an image could\n"
        "not be reached, nothing was run there; 4 nobody can say whether it ran: do not repeat.\n"
        "Of several images the highest.\n\n"
        "    stui eval one -e '3 + 4'\n"
        "    echo 'Smalltalk version' | stui eval --all -",
    .options = eval_options,
    .most = SIZE_MAX,
    .run = eval_run,
};
