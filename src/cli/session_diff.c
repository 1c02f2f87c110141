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
    const struct json *undo;
    int64_t generation; /* 0: the image's, or not stored yet */
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

/* What is in FD, from its beginning; caller frees. */
static char *
memory_read (int fd)
{
    char *text = NULL, part[4096];
    size_t size;
    ssize_t got;
    FILE *file = open_memstream (&text, &size);
    lseek (fd, 0, SEEK_SET);
    while ((got = read (fd, part, sizeof part)) > 0)
        fwrite (part, 1, (size_t) got, file);
    fclose (file);
    return text;
}

/* Runs diff(1) on the two files, into OUT_FD. 0 or 1 as it says; -1 when it could not be run. */
static int
diff_run (const struct version *one, int one_fd, const struct version *other, int other_fd,
          int out_fd)
{
    char one_path[32], other_path[32];
    int status;
    pid_t pid;
    posix_spawn_file_actions_t actions;
    snprintf (one_path, sizeof one_path, "/proc/self/fd/%d", one_fd);
    snprintf (other_path, sizeof other_path, "/proc/self/fd/%d", other_fd);
    char *words[] = {"diff",       "-u",     "--label",  one->title, "--label",
                     other->title, one_path, other_path, NULL};
    posix_spawn_file_actions_init (&actions);
    posix_spawn_file_actions_adddup2 (&actions, out_fd, STDOUT_FILENO);
    int err = posix_spawnp (&pid, words[0], &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy (&actions);
    if (err != 0)
        return -1;
    while (waitpid (pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED (status) && WEXITSTATUS (status) < 2 ? WEXITSTATUS (status) : -1;
}

/* The difference as diff -u shows it, empty when there is none; caller frees. NULL after saying why
 * there is nothing to show. */
static char *
diff_text (const struct version *one, const struct version *other)
{
    int one_fd = memory_file (one->lines), other_fd = memory_file (other->lines);
    int out_fd = memory_file ("");
    int said = -1;
    if (one_fd >= 0 && other_fd >= 0 && out_fd >= 0)
        said = diff_run (one, one_fd, other, other_fd, out_fd);
    char *text = said >= 0 ? memory_read (out_fd) : NULL;
    if (said < 0)
        cli_complain ("diff(1) could not be run: is it installed (diffutils)?");
    int fds[] = {one_fd, other_fd, out_fd};
    for (size_t at = 0; at < sizeof fds / sizeof *fds; at++)
        if (fds[at] >= 0)
            close (fds[at]);
    return text;
}

static bool
undo_differs (const struct version *one, const struct version *other)
{
    char *text = one->undo != NULL ? json_print (one->undo) : stui_strdup ("");
    char *other_text = other->undo != NULL ? json_print (other->undo) : stui_strdup ("");
    bool differs = strcmp (text, other_text) != 0;
    free (other_text);
    free (text);
    return differs;
}

/* ---- what is said ---- */

static struct json *
version_to_json (const struct version *self)
{
    struct json *json = json_object ();
    json_set_text (json, "title", self->title);
    json_set (json, "generation",
              self->generation > 0 ? json_number (self->generation) : json_null ());
    return json;
}

/* "9, 8, 7" of VERSIONS; caller frees. */
static char *
generations_text (const struct json *versions)
{
    char *text = stui_strdup ("");
    for (const struct json *one = json_first (versions); one != NULL; one = json_next (one)) {
        char *more = stui_printf ("%s%s%lld", text, *text != '\0' ? ", " : "",
                                  (long long) json_get_number (one, "generation", 0));
        free (text);
        text = more;
    }
    return text;
}

/* VERSIONS are those that are stored (NULL: that is not the question). */
static int
diff_show (const struct cli_options *cli, const struct version *one, const struct version *other,
           const struct json *versions)
{
    char *text = diff_text (one, other);
    bool undo = undo_differs (one, other);
    if (text == NULL)
        return STUI_EXIT_FAILED;
    if (cli->json) {
        struct json *json = json_object (), *generations = json_array ();
        for (const struct json *its = json_first (versions); its != NULL; its = json_next (its))
            json_push (generations, json_number (json_get_number (its, "generation", 0)));
        json_set (json, "from", version_to_json (one));
        json_set (json, "to", version_to_json (other));
        json_set (json, "generations", generations);
        json_set_bool (json, "differs", *text != '\0');
        json_set_bool (json, "undo_differs", undo);
        json_set_text (json, "diff", text);
        cli_print_json (json);
        json_destroy (&json);
    }
    else {
        char *there = generations_text (versions);
        if (versions != NULL)
            printf ("stored are generations %s\n", there);
        fputs (*text != '\0' ? text : "no difference\n", stdout);
        if (undo)
            puts ("undo differs");
        free (there);
    }
    free (text);
    return STUI_EXIT_DONE;
}

/* ---- which versions ---- */

/* Takes TITLE over, which an image may have had a part in. */
static struct version
version_of (const struct json *name, const struct json *context, int64_t generation, char *title)
{
    struct version self = {.title = render_line (title),
                           .lines = session_lines (json_text (name), context),
                           .undo = json_get (json_get (context, "workspace"), "undo"),
                           .generation = generation};
    free (title);
    return self;
}

/* In a conflict: WHOLE as it is here, and what the image holds. */
static int
diff_conflict (const struct cli_options *cli, const struct json *whole)
{
    const struct json *theirs = json_get (whole, "theirs"), *name = json_get (whole, "name");
    const char *mine_at = json_get_text (whole, "last_modified");
    const char *theirs_at = json_get_text (theirs, "last_modified");
    struct version one = version_of (name, json_get (whole, "context"), 0,
                                     stui_printf ("mine, %s", mine_at ? mine_at : "?"));
    struct version other = version_of (
        name, json_get (theirs, "state"), 0,
        stui_printf ("theirs, version %lld, %s", (long long) json_get_number (theirs, "version", 0),
                     theirs_at ? theirs_at : "?"));
    int exit_status = diff_show (cli, &one, &other, NULL);
    version_fini (&one);
    version_fini (&other);
    return exit_status;
}

static struct version
version_stored (const struct json *record)
{
    const char *at = json_get_text (record, "written_at");
    int64_t generation = json_get_number (record, "generation", 0);
    return version_of (
        json_get (record, "name"), json_get (record, "context"), generation,
        stui_printf ("generation %lld, stored %s", (long long) generation, at ? at : "?"));
}

/* The record of VERSIONS with generation WANTED; NULL: it is not stored. */
static const struct json *
versions_find (const struct json *versions, int64_t wanted)
{
    for (const struct json *one = json_first (versions); one != NULL; one = json_next (one))
        if (json_get_number (one, "generation", 0) == wanted)
            return one;
    return NULL;
}

/* The newest of VERSIONS (newest first) before NEW that differs from it, else the one just before it; a
 * save need not have changed anything. NULL: none is older. */
static const struct json *
versions_find_older (const struct json *versions, const struct json *new)
{
    struct version newer = version_stored (new);
    const struct json *found = NULL, *first = NULL;
    const struct json *one = json_first (versions);
    for (; one != NULL && found == NULL; one = json_next (one)) {
        if (json_get_number (one, "generation", 0) >= newer.generation)
            continue;
        struct version older = version_stored (one);
        first = first != NULL ? first : one;
        if (strcmp (older.lines, newer.lines) != 0)
            found = one;
        version_fini (&older);
    }
    version_fini (&newer);
    return found != NULL ? found : first;
}

static int
diff_stored (const struct cli_options *cli, const struct chosen *self, int64_t from, int64_t to)
{
    const char *key = json_get_text (self->session, "image_id");
    struct json *answer = images_ask (
        self->client, msg_new ("store", MSG_SESSION_VERSIONS, 0, key != NULL ? key : "", self->id));
    if (answer == NULL)
        return STUI_EXIT_FAILED;
    const struct json *versions = json_get (answer, "versions");
    const struct json *new = to == 0 ? json_first (versions) : versions_find (versions, to);
    const struct json *old = from != 0     ? versions_find (versions, from)
                             : new != NULL ? versions_find_older (versions, new)
                                           : NULL;
    int exit_status = STUI_EXIT_FAILED;
    char *there = generations_text (versions);
    if (old != NULL && new != NULL) {
        struct version one = version_stored (old), other = version_stored (new);
        exit_status = diff_show (cli, &one, &other, versions);
        version_fini (&one);
        version_fini (&other);
    }
    else if (new == NULL || from != 0)
        cli_complain ("generation %lld is not stored; there are %s",
                      (long long) (new == NULL ? to : from), there);
    else
        cli_complain ("no version before it is stored; there are %s", there);
    free (there);
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
        exit_status = whole != NULL ? diff_conflict (cli, whole) : STUI_EXIT_FAILED;
    }
    else if (exit_status == 0)
        exit_status = diff_stored (cli, &self, from, to);
    json_destroy (&whole);
    chosen_fini (&self);
    return exit_status;
}

static const struct option_row diff_options[] = {
    {"from", 0, "GENERATION", "the older one (the newest that differs)"},
    {"to", 0, "GENERATION", "the newer one (the newest)"},
    {0},
};

const struct command command_session_diff = {
    .name = "diff",
    .usage = "ID",
    .summary = "what changed between two versions of a session",
    .help =
        "Of a session in conflict: stui's version and the image's. Of any other the newest that "
        "is\n"
        "stored and the one before it that differs; three are kept. As diff -u shows it, without\n"
        "the undo list, of which only is said whether it differs.",
    .options = diff_options,
    .least = 1,
    .most = 1,
    .run = session_diff_run,
};
