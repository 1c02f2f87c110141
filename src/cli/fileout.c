/* fileout.c: `stui fileout`: the source of a class or a package, fetched from an image in parts, put
 * together, and only then printed or written: nobody gets half of it. */

#include "cli/command.h"
#include "cli/eval_print.h"
#include "cli/fileout.h"
#include "cli/images.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    WAIT_MS = 5000,          /* for the image to be online */
    PART_CHARACTERS = 65536, /* asked for at once: at most 256 KB of UTF-8 */
};

struct fileout {
    const struct cli_options *cli;
    const char *image, *class_name, *package; /* one of the last two is NULL */
    const char *output;                       /* NULL or "-": stdout */
    char *path;                               /* owned: of output, absolute; NULL: stdout */
    struct client *client;                    /* owned */
    int64_t wait_ms;
    struct fileout_text text;
};

/* ---- putting together ------------------------------------------------------------------------------- */

static int64_t
count_characters (const char *text)
{
    int64_t count = 0;
    for (; *text != '\0'; text++)
        count += ((unsigned char) *text & 0xC0) != 0x80;
    return count;
}

int
fileout_add (struct fileout_text *self, const struct json *part, struct stui_cause *cause)
{
    const char *source = json_get_text (part, "source");
    if (source == NULL)
        return stui_fail (cause, STUI_E_MALFORMED, "the image answered without a source");
    int64_t characters = count_characters (source);
    int64_t from = json_get_number (part, "from", self->from);
    int64_t total = json_get_number (part, "total_size", self->from + characters);
    bool is_first = self->bytes == NULL;
    if (from != self->from || (!is_first && total != self->total))
        return stui_fail (cause, STUI_E_CONFLICT,
                          "the source changed while it was fetched: try again");
    if (characters == 0 && self->from < total)
        return stui_fail (cause, STUI_E_MALFORMED,
                          "the image sent %lld of %lld characters and no more",
                          (long long) self->from, (long long) total);
    size_t size = strlen (source);
    self->bytes = stui_realloc (self->bytes, self->size + size + 1);
    memcpy (self->bytes + self->size, source, size + 1);
    self->size += size;
    self->from += characters;
    self->total = total;
    return self->from < total ? 1 : 0;
}

void
fileout_text_fini (struct fileout_text *self)
{
    free (self->bytes);
    *self = (struct fileout_text){0};
}

/* ---- fetching --------------------------------------------------------------------------------------- */

/* Asks for the part that comes next. Caller owns; NULL with CAUSE. */
static struct json *
fileout_ask (struct fileout *self, struct stui_cause *cause)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    struct json *parameters = json_object ();
    json_set_text (parameters, self->package != NULL ? "package" : "class_name",
                   self->package != NULL ? self->package : self->class_name);
    json_set_number (parameters, "from", self->text.from);
    json_set_number (parameters, "count", PART_CHARACTERS);
    char *text = json_print (parameters);
    json_destroy (&parameters);
    snprintf (peer, sizeof peer, "image/%s", self->image);
    struct json *part = client_ask (
        self->client,
        msg_new (peer, MSG_COMMAND, 0, "file_out", text, (uint64_t) self->wait_ms, ""), cause);
    free (text);
    return part;
}

static int
fileout_fetch (struct fileout *self, struct stui_cause *cause)
{
    int more = 1;
    while (more > 0) {
        struct json *part = fileout_ask (self, cause);
        if (part == NULL)
            return cause->err;
        more = fileout_add (&self->text, part, cause);
        json_destroy (&part);
    }
    return more;
}

/* ---- where it goes ---------------------------------------------------------------------------------- */

/* The absolute path of FILE, which need not be there. A link stays one: what it leads to is written.
 * NULL after saying why. Caller frees. */
static char *
output_path (const char *file)
{
    char *path = realpath (file, NULL);
    if (path != NULL)
        return path;
    const char *slash = strrchr (file, '/');
    char *parent = slash == NULL   ? stui_strdup (".")
                   : slash == file ? stui_strdup ("/")
                                   : stui_strndup (file, (size_t) (slash - file));
    char *directory = realpath (parent, NULL);
    const char *name = slash != NULL ? slash + 1 : file;
    if (directory == NULL || *name == '\0')
        cli_complain ("the file %s cannot be written: %s", file,
                      directory == NULL ? strerror (errno) : "it is a directory");
    else
        path = stui_printf ("%s/%s", strcmp (directory, "/") == 0 ? "" : directory, name);
    free (directory);
    free (parent);
    return path;
}

static void
fileout_print_json (const struct fileout *self)
{
    struct json *out = json_object ();
    json_set_text (out, "image", self->image);
    json_set_text (out, "status", "success");
    json_set_text (out, self->package != NULL ? "package" : "class_name",
                   self->package != NULL ? self->package : self->class_name);
    json_set_number (out, "total_size", self->text.total);
    if (self->path != NULL)
        json_set_text (out, "file", self->path);
    else
        json_set_text (out, "source", self->text.bytes);
    cli_print_json (out);
    json_destroy (&out);
}

/* Writes what was fetched: the owner's worker writes beside the file and renames. */
static int
fileout_deliver (struct fileout *self, struct stui_cause *cause)
{
    if (self->path != NULL) {
        struct json *answer = client_ask (
            self->client,
            msg_new ("worker", MSG_FILE_WRITE, 0, self->path, self->text.bytes, (uint64_t) 1),
            cause);
        if (answer == NULL)
            return cause->err;
        json_destroy (&answer);
    }
    if (self->cli->json)
        fileout_print_json (self);
    else if (self->path == NULL)
        fputs (self->text.bytes, stdout);
    return 0;
}

/* ---- the command ------------------------------------------------------------------------------------ */

static int
fileout_fail (const struct fileout *self, const struct stui_cause *cause)
{
    struct reply reply = {
        .err = cause->err,
        .type = (char *) stui_err_word (cause->err),
        .text = (char *) cause->text,
    };
    return eval_print (self->cli, self->image, true, &reply);
}

static int
fileout_do (struct fileout *self)
{
    struct stui_cause cause = {0};
    if (self->output != NULL && strcmp (self->output, "-") != 0
        && (self->path = output_path (self->output)) == NULL)
        return STUI_EXIT_FAILED;
    self->client = images_open (self->cli);
    struct json *images = self->client != NULL ? images_config (self->client) : NULL;
    int exit_status = images == NULL                          ? STUI_EXIT_FAILED
                      : !images_require (images, self->image) ? STUI_EXIT_USAGE
                                                              : STUI_EXIT_DONE;
    json_destroy (&images);
    if (exit_status != STUI_EXIT_DONE)
        return exit_status;
    struct json *names = json_array ();
    json_push (names, json_string (self->image));
    bool connected = images_connect (self->client, names);
    json_destroy (&names);
    if (!connected)
        return STUI_EXIT_FAILED;
    if (fileout_fetch (self, &cause) < 0 || fileout_deliver (self, &cause) < 0)
        return fileout_fail (self, &cause);
    return STUI_EXIT_DONE;
}

static int
fileout_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    struct fileout self = {
        .cli = cli,
        .image = arguments_operand (arguments, 0),
        .class_name = arguments_operand (arguments, 1),
        .package = arguments_value (arguments, "package"),
        .output = arguments_value (arguments, "output"),
        .wait_ms = arguments_seconds_ms (arguments, "wait", WAIT_MS, 0, &cause),
    };
    if (cause.err != 0)
        return cli_misuse ("fileout", &command_fileout, "%s", cause.text);
    if ((self.class_name == NULL) == (self.package == NULL))
        return cli_misuse ("fileout", &command_fileout, "give a CLASS or --package NAME%s",
                           self.package != NULL ? ", not both" : "");
    int exit_status = fileout_do (&self);
    fileout_text_fini (&self.text);
    free (self.path);
    client_close (&self.client);
    return exit_status;
}

static const struct option_row fileout_options[] = {
    {"package", 0, "NAME", "all classes of this package, in place of one class"},
    {"output", 'o', "FILE", "where it goes; - is stdout (stdout)"},
    {"wait", 0, "SECONDS", "for an image that is not online (5)"},
    {0},
};

const struct command command_fileout = {
    .name = "fileout",
    .usage = "IMAGE CLASS | IMAGE --package NAME",
    .summary = "the source of a class or a package of an image, in chunk format",
    .help = "It is fetched whole before any of it is printed, and a FILE is replaced at once: "
            "there is\n"
            "never half of one. `stui filein` takes what it prints. Nothing in the image is "
            "changed.\n\n"
            "    stui fileout one Point -o Point.st\n"
            "    stui fileout one --package Geometry > Geometry.st",
    .options = fileout_options,
    .least = 1,
    .most = 2,
    .run = fileout_run,
};
