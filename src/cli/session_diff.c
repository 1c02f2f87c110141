/* session_diff.c: `stui session diff`: two versions of a session, made into lines and shown by
 * diff(1). In a conflict they are stui's and the image's, else two stored generations. */

#include "cli/command.h"
#include "cli/images.h"
#include "cli/render.h"
#include "cli/session.h"
#include "cli/session_choose.h"
#include "cli/session_lines.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* A version, as lines and with a title. */
struct version {
    char *title, *lines; /* owned */
};

static void
version_fini (struct version *self)
{
    free (self->title);
    free (self->lines);
}

/* ---- diff(1) ---- */

/* A file in memory that holds TEXT; -1 when there can be none. */
static int
memory_file (const char *text)
{
    int fd = memfd_create ("version", 0); /* the child inherits it */
    size_t size = strlen (text);
    if (fd >= 0 && write (fd, text, size) == (ssize_t) size)
        return fd;
    if (fd >= 0)
        close (fd);
    return -1;
}

/* Runs diff(1) on the two files. 0 or 1 as it says; -1 when it could not be run. */
static int
diff_run (const struct version *one, int one_fd, const struct version *other, int other_fd)
{
    char one_path[32], other_path[32];
    int status;
    pid_t pid;
    snprintf (one_path, sizeof one_path, "/proc/self/fd/%d", one_fd);
    snprintf (other_path, sizeof other_path, "/proc/self/fd/%d", other_fd);
    char *words[] = {"diff",       "-u",     "--label",  one->title, "--label",
                     other->title, one_path, other_path, NULL};
    if (posix_spawnp (&pid, words[0], NULL, NULL, words, environ) != 0)
        return -1;
    while (waitpid (pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED (status) && WEXITSTATUS (status) < 2 ? WEXITSTATUS (status) : -1;
}

static int
diff_show (const struct version *one, const struct version *other)
{
    int one_fd = memory_file (one->lines), other_fd = memory_file (other->lines);
    int said = -1;
    if (one_fd >= 0 && other_fd >= 0)
        said = diff_run (one, one_fd, other, other_fd);
    if (said == 0)
        puts ("no difference");
    if (said < 0)
        cli_complain ("diff(1) could not be run: is it installed (diffutils)?");
    if (one_fd >= 0)
        close (one_fd);
    if (other_fd >= 0)
        close (other_fd);
    return said >= 0 ? STUI_EXIT_DONE : STUI_EXIT_FAILED;
}

/* ---- which versions ---- */

/* Takes TITLE over, which an image may have had a part in. */
static struct version
version_of (const struct json *name, const struct json *context, char *title)
{
    struct version self = {.title = render_line (title),
                           .lines = session_lines (json_text (name), context)};
    free (title);
    return self;
}

/* In a conflict: WHOLE as it is here, and what the image holds. */
static int
diff_conflict (const struct json *whole)
{
    const struct json *theirs = json_get (whole, "theirs"), *name = json_get (whole, "name");
    const char *mine_at = json_get_text (whole, "last_modified");
    const char *theirs_at = json_get_text (theirs, "last_modified");
    struct version one = version_of (name, json_get (whole, "context"),
                                     stui_printf ("mine, %s", mine_at ? mine_at : "?"));
    struct version other = version_of (
        name, json_get (theirs, "state"),
        stui_printf ("theirs, version %lld, %s", (long long) json_get_number (theirs, "version", 0),
                     theirs_at ? theirs_at : "?"));
    int exit_status = diff_show (&one, &other);
    version_fini (&one);
    version_fini (&other);
    return exit_status;
}

static struct version
version_stored (const struct json *record)
{
    const char *at = json_get_text (record, "written_at");
    return version_of (json_get (record, "name"), json_get (record, "context"),
                       stui_printf ("generation %lld, stored %s",
                                    (long long) json_get_number (record, "generation", 0),
                                    at ? at : "?"));
}

/* The record of VERSIONS (newest first) with this generation, or the one at AT when WANTED is 0. */
static const struct json *
versions_find (const struct json *versions, int64_t wanted, size_t at)
{
    if (wanted == 0)
        return json_at (versions, at);
    for (const struct json *one = json_first (versions); one != NULL; one = json_next (one))
        if (json_get_number (one, "generation", 0) == wanted)
            return one;
    return NULL;
}

static int
diff_stored (const struct chosen *self, int64_t from, int64_t to)
{
    const char *key = json_get_text (self->session, "image_id");
    struct json *answer = images_ask (
        self->client, msg_new ("store", MSG_SESSION_VERSIONS, 0, key != NULL ? key : "", self->id));
    if (answer == NULL)
        return STUI_EXIT_FAILED;
    const struct json *versions = json_get (answer, "versions");
    const struct json *old = versions_find (versions, from, 1);
    const struct json *new = versions_find (versions, to, 0);
    int exit_status = STUI_EXIT_FAILED;
    if (old != NULL && new != NULL) {
        struct version one = version_stored (old), other = version_stored (new);
        exit_status = diff_show (&one, &other);
        version_fini (&one);
        version_fini (&other);
    }
    else if (from == 0 && to == 0)
        cli_complain ("only one version of it is stored");
    else {
        char *there = stui_strdup ("");
        for (const struct json *one = json_first (versions); one != NULL; one = json_next (one)) {
            char *more = stui_printf ("%s%s%lld", there, *there ? ", " : "",
                                      (long long) json_get_number (one, "generation", 0));
            free (there);
            there = more;
        }
        cli_complain ("generation %lld is not stored; there are %s",
                      (long long) (old == NULL ? from : to), there);
        free (there);
    }
    json_destroy (&answer);
    return exit_status;
}

static int
session_diff_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    int64_t from = arguments_number (arguments, "from", 0, 1, INT32_MAX, &cause);
    int64_t to = arguments_number (arguments, "to", 0, 1, INT32_MAX, &cause);
    if (cause.err != 0)
        return cli_misuse ("session diff", &command_session_diff, "%s", cause.text);
    struct chosen self = {0};
    struct json *whole = NULL;
    int exit_status = chosen_find (&self, cli, arguments_operand (arguments, 0));
    bool conflict = exit_status == 0 && json_get_bool (self.session, "conflict", false);
    if (conflict && from == 0 && to == 0) {
        whole = chosen_whole (&self);
        exit_status = whole != NULL ? diff_conflict (whole) : STUI_EXIT_FAILED;
    }
    else if (exit_status == 0)
        exit_status = diff_stored (&self, from, to);
    json_destroy (&whole);
    chosen_fini (&self);
    return exit_status;
}

static const struct option_row diff_options[] = {
    {"from", 0, "GENERATION", "the older one (the one before the newest)"},
    {"to", 0, "GENERATION", "the newer one (the newest)"},
    {0},
};

const struct command command_session_diff = {
    .name = "diff",
    .usage = "ID",
    .summary = "what changed between two versions of a session",
    .help = "Of a session in conflict: stui's version and the image's. Of any other the two newest "
            "that\n"
            "are stored; three are kept. As diff -u shows it.",
    .options = diff_options,
    .least = 1,
    .most = 1,
    .run = session_diff_run,
};
