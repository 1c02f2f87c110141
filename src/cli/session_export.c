/* session_export.c: `stui session export | import`: sessions out of a profile into a file, and from a
 * file into one. What is in a file is judged by the supervisors before any of it is taken. */

#include "cli/command.h"
#include "cli/images.h"
#include "cli/session.h"
#include "cli/session_choose.h"
#include "cli/session_file.h"
#include "cli/session_list.h"
#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- export ---- */

/* Adds the session picked to ENTRIES. False after saying why. */
static bool
export_one (struct chosen *self, struct json *entries)
{
    struct json *whole = chosen_whole (self);
    if (whole == NULL)
        return false;
    json_push (entries, session_file_entry (whole));
    json_destroy (&whole);
    return true;
}

/* Those that are meant, each once; not *WHOLE when some do not open, after saying so. 0, or an exit
 * status after saying why. */
static int
export_collect (struct chosen *self, const struct arguments *arguments, struct json *entries,
                bool *whole)
{
    for (size_t at = 0; at < arguments_operands (arguments); at++) {
        int exit_status = chosen_pick (self, arguments_operand (arguments, at));
        if (exit_status != 0)
            return exit_status;
        if (!export_one (self, entries))
            return STUI_EXIT_FAILED;
    }
    if (arguments_operands (arguments) > 0)
        return 0;
    for (const struct json *one = json_first (self->list); one != NULL; one = json_next (one)) {
        if (!arguments_has (arguments, "all") && !session_is_of_images (one, arguments))
            continue;
        if (session_list_refuses (one)) {
            *whole = false; /* the others are worth having all the same */
            continue;
        }
        self->session = one;
        self->id = json_get_text (one, "session_id");
        self->image = json_get_text (one, "image");
        if (!export_one (self, entries))
            return STUI_EXIT_FAILED;
    }
    return 0;
}

/* The file that --output names; NULL: stdout. */
static const char *
export_output (const struct arguments *arguments)
{
    const char *output = arguments_value (arguments, "output");
    return output != NULL && strcmp (output, "-") != 0 ? output : NULL;
}

/* Whether the export may go to where the user wants it; false after saying why not. */
static bool
export_may_write (const struct arguments *arguments)
{
    const char *output = export_output (arguments);
    struct stat there;
    if (output == NULL || stat (output, &there) < 0)
        return true;
    if (!S_ISREG (there.st_mode))
        cli_complain ("%s is no regular file", output);
    else if (!arguments_has (arguments, "force"))
        cli_complain ("%s is there already; --force replaces it", output);
    return S_ISREG (there.st_mode) && arguments_has (arguments, "force");
}

/* Prints TEXT or puts it into the file that --output names. */
static int
export_deliver (const struct arguments *arguments, const char *text)
{
    enum { MODE = 0600 }; /* it is somebody's work */
    const char *output = export_output (arguments);
    struct stui_cause cause = {0};
    if (output == NULL)
        fputs (text, stdout);
    else if (path_replace (output, text, strlen (text), MODE, &cause) < 0) {
        cli_complain ("%s", cause.text);
        return STUI_EXIT_FAILED;
    }
    return STUI_EXIT_DONE;
}

static int
export_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct chosen self = {0};
    bool by_option = arguments_has (arguments, "all") || arguments_has (arguments, "image");
    if (by_option == (arguments_operands (arguments) > 0))
        return cli_misuse ("session export", &command_session_export,
                           "give ids, or --image NAME, or --all");
    if (!export_may_write (arguments))
        return STUI_EXIT_FAILED;
    struct json *entries = json_array ();
    bool whole = true;
    int exit_status = chosen_list (&self, cli) ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
    if (exit_status == STUI_EXIT_DONE && !session_knows_images (&self, arguments))
        exit_status = STUI_EXIT_USAGE;
    if (exit_status == STUI_EXIT_DONE)
        exit_status = export_collect (&self, arguments, entries, &whole);
    if (exit_status == 0) {
        char *text = session_file_print (entries);
        exit_status = export_deliver (arguments, text);
        exit_status = whole ? exit_status : STUI_EXIT_FAILED;
        free (text);
    }
    json_destroy (&entries);
    chosen_fini (&self);
    return exit_status;
}

/* ---- import ---- */

struct import {
    struct client *client; /* owned */
    struct json *images;   /* owned */
    struct json *list;     /* owned: the sessions that are there */
    struct json *entries;  /* owned */
    struct json *already;  /* owned: of each that was checked, whether it is there as it is */
    const char *image;     /* --image; NULL: each entry's own */
    const char *path;      /* for what is said */
};

/* The text of the file at PATH ("-": stdin), or NULL after saying why. Caller frees. */
static char *
import_read (const char *path)
{
    struct stui_cause cause = {0};
    char *text = strcmp (path, "-") == 0 ? path_read_stdin (SESSION_FILE_BYTES_MAX, &cause)
                                         : path_read (path, SESSION_FILE_BYTES_MAX, &cause);
    if (text == NULL)
        cli_complain ("%s", cause.text);
    return text;
}

/* The image that entry AT is for, or NULL after saying why. */
static const char *
import_target (const struct import *self, const struct json *entry, size_t at)
{
    const char *name = self->image != NULL ? self->image : json_get_text (entry, "image");
    if (name != NULL && images_find (self->images, name) != NULL)
        return name;
    if (name == NULL)
        cli_complain ("%s: sessions[%zu] names no image: --image NAME says which it is for",
                      self->path, at);
    else
        cli_complain ("%s: sessions[%zu] is of image '%.64s', which is not in the configuration: "
                      "--image NAME says which it is for",
                      self->path, at, name);
    return NULL;
}

/* ENTRY for IMAGE, without its id when a session of another image has that. Caller owns. */
static struct json *
import_entry (const struct import *self, const struct json *entry, const char *image)
{
    struct json *copy = json_copy (entry);
    const char *id = json_get_text (entry, "session_id");
    for (const struct json *one = json_first (self->list); one != NULL && id != NULL;
         one = json_next (one)) {
        const char *its = json_get_text (one, "session_id"), *where = json_get_text (one, "image");
        if (its != NULL && strcmp (its, id) == 0 && where != NULL && strcmp (where, image) != 0)
            json_set (copy, "session_id", NULL);
    }
    return copy;
}

/* Hands entry AT to its supervisor in MODE. The answer, or NULL after saying why. */
static struct json *
import_send (const struct import *self, const struct json *entry, size_t at,
             enum session_file_mode mode)
{
    char peer[STUI_ACTOR_ID_MAX + 1];
    struct stui_cause cause = {0};
    const char *image = import_target (self, entry, at);
    if (image == NULL || !session_reach (self->client, image, peer))
        return NULL;
    size_t bytes = json_size (json_get (entry, "context"));
    if (bytes > STUI_SESSION_MAX) { /* it may not even fit into a message */
        cli_complain ("%s: sessions[%zu]: context has %zu bytes, a session may have %d", self->path,
                      at, bytes, STUI_SESSION_MAX);
        return NULL;
    }
    struct json *its = import_entry (self, entry, image);
    char *text = json_print (its);
    struct json *answer = client_ask (
        self->client, msg_new (peer, MSG_SESSION_IMPORT, 0, text, (uint64_t) mode), &cause);
    free (text);
    json_destroy (&its);
    if (answer == NULL)
        cli_complain ("%s: sessions[%zu]: %s", self->path, at, cause.text);
    return answer;
}

/* Whether the session that ENTRY at place AT is stands in the file before it already. */
static bool
import_is_repeated (const struct import *self, const struct json *entry, size_t at)
{
    const char *id = json_get_text (entry, "session_id");
    const struct json *before = json_first (self->entries);
    for (; id != NULL && at > 0; before = json_next (before), at--) {
        const char *its = json_get_text (before, "session_id");
        if (its != NULL && strcmp (its, id) == 0 && json_equal (before, entry))
            return true;
    }
    return false;
}

/* ALREADY: it was there as the file has it. */
static void
import_print (const struct cli_options *cli, const struct json *session, bool already)
{
    char *said = stui_printf (already ? "is %s in %s already, nothing was changed"
                                      : "imported as %s into %s, stored",
                              json_get_text (session, "name"), json_get_text (session, "image"));
    session_print (cli, session, said);
    free (said);
}

/* All entries in MODE, until one is refused. */
static bool
import_all (const struct import *self, enum session_file_mode mode, const struct cli_options *cli)
{
    size_t at = 0, taken = 0;
    for (const struct json *entry = json_first (self->entries); entry != NULL;
         entry = json_next (entry), at++) {
        if (import_is_repeated (self, entry, at)) {
            if (mode == SESSION_FILE_CHECK)
                cli_complain ("%s: sessions[%zu] is in the file before: it is taken once",
                              self->path, at);
            continue;
        }
        struct json *answer = import_send (self, entry, at, mode);
        if (answer == NULL)
            return false;
        if (mode == SESSION_FILE_CHECK)
            json_push (self->already, json_bool (json_get_bool (answer, "already", false)));
        else
            import_print (cli, answer, json_is_true (json_at (self->already, taken)));
        taken++;
        json_destroy (&answer);
    }
    return true;
}

/* With entries read: whether they were taken. */
static int
import_do (struct import *self, const struct cli_options *cli)
{
    self->client = images_open (cli);
    self->images = self->client != NULL ? images_config (self->client) : NULL;
    if (self->images != NULL)
        self->list = session_list_collect (self->client, self->images);
    if (self->list == NULL)
        return STUI_EXIT_FAILED;
    if (self->image != NULL && !images_require (self->images, self->image))
        return STUI_EXIT_USAGE;
    bool good = import_all (self, SESSION_FILE_CHECK, cli);
    if (!good)
        cli_complain ("nothing was imported");
    return good && import_all (self, SESSION_FILE_STORE, cli) ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
}

static int
import_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct import self = {
        .image = arguments_value (arguments, "image"),
        .path = arguments_operand (arguments, 0),
    };
    struct stui_cause cause = {0};
    char *text = import_read (self.path);
    if (text == NULL)
        return STUI_EXIT_FAILED;
    self.entries = session_file_parse (text, strlen (text), &cause);
    free (text);
    if (self.entries == NULL) {
        cli_complain ("%s: %s; nothing was imported", self.path, cause.text);
        return STUI_EXIT_FAILED;
    }
    self.already = json_array ();
    int exit_status = import_do (&self, cli);
    json_destroy (&self.entries);
    json_destroy (&self.already);
    json_destroy (&self.list);
    json_destroy (&self.images);
    client_close (&self.client);
    return exit_status;
}

/* ---- the rows ---- */

static const struct option_row export_options[] = {
    {"image", 0, "NAME", "all sessions of this image (may be repeated)"},
    {"all", 0, NULL, "all sessions"},
    {"output", 'o', "FILE", "where they go; - is stdout (stdout)"},
    {"force", 'f', NULL, "replace FILE when it is there already"},
    {0},
};

const struct command command_session_export = {
    .name = "export",
    .usage = "ID… | --image NAME | --all",
    .summary = "sessions as a file, to keep or to carry elsewhere",
    .help = "Texts, history, results, what was printed lately, names, notes, tags, times and "
            "counts;\n"
            "no secrets; of variables what they were, their values are the image's. `stui session "
            "import`\n"
            "takes it.",
    .options = export_options,
    .least = 0,
    .most = 10000,
    .run = export_run,
};

static const struct option_row import_options[] = {
    {"image", 0, "NAME", "the image that they are for (the one that each names)"},
    {0},
};

const struct command command_session_import = {
    .name = "import",
    .usage = "FILE | -",
    .summary = "take sessions from a file that export made",
    .help = "All of them are checked first: when one is wrong, what and where is said, and nothing "
            "is\n"
            "changed. They are stored, not opened: `stui session restore ID` opens one. A session "
            "keeps\n"
            "its id unless another one has it; none is overwritten.",
    .options = import_options,
    .least = 1,
    .most = 1,
    .changes = true,
    .run = import_run,
};
