/* doctor.c: `stui doctor`: checks of what stui needs, one line each, and what to do about what is
 * wrong. */

#include "cli/client.h"
#include "cli/command.h"
#include "cli/render.h"
#include "cli/smalltalk.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/config.h"
#include "runtime/json.h"
#include "runtime/launch.h"
#include "runtime/path.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_BYTES_MAX 10485760
#define FREE_MEGABYTES   64   /* below that a profile may not be written for long */
#define FILES_WANTED     4096 /* about 8 sockets for each of 500 images */

struct doctor {
    const struct cli_options *cli;
    struct json *findings; /* owned: what --json prints */
    bool sick;
    bool repair, yes; /* --repair: say what would be done; and do it */
};

enum verdict { VERDICT_OK, VERDICT_NOTE, VERDICT_PROBLEM, VERDICT_COUNT };

static const char *const verdict_words[VERDICT_COUNT] = {"ok", "note", "problem"};

/* One finding about CHECK; TODO (NULL: nothing) says what to do. */
static void doctor_find (struct doctor *self, const char *check, enum verdict verdict,
                         const char *todo, const char *format, ...)
    __attribute__ ((format (printf, 5, 6)));

static void
doctor_find (struct doctor *self, const char *check, enum verdict verdict, const char *todo,
             const char *format, ...)
{
    static const enum render_color colors[VERDICT_COUNT] = {RENDER_GOOD, RENDER_WARN, RENDER_BAD};
    va_list list;
    char *text;
    va_start (list, format);
    if (vasprintf (&text, format, list) < 0)
        abort ();
    va_end (list);
    struct json *finding = json_object ();
    json_set_text (finding, "check", check);
    json_set_text (finding, "verdict", verdict_words[verdict]);
    json_set_text (finding, "text", text);
    json_set_text (finding, "todo", todo);
    json_push (self->findings, finding);
    self->sick = self->sick || verdict == VERDICT_PROBLEM;
    if (!self->cli->json) {
        char word[16];
        snprintf (word, sizeof word, "%-8s", verdict_words[verdict]);
        char *painted = render_paint (word, colors[verdict], cli_paints (stdout));
        printf ("%s %-11s %s%s%s\n", painted, check, text, todo != NULL ? "; " : "",
                todo != NULL ? todo : "");
        free (painted);
    }
    free (text);
}

/* ---- the checks --------------------------------------------------------------------------------------- */

static void
doctor_check_directory (struct doctor *self)
{
    char *path = path_state (self->cli->profile);
    struct stat status;
    int why = lstat (path, &status) == 0 ? 0 : errno;
    if (why == ENOENT)
        doctor_find (self, "profile", VERDICT_OK, NULL,
                     "%s is not there yet: it is made when needed", path);
    else if (why != 0)
        doctor_find (self, "profile", VERDICT_PROBLEM, "make it accessible", "%s: %s", path,
                     strerror (why));
    else if (!S_ISDIR (status.st_mode))
        doctor_find (self, "profile", VERDICT_PROBLEM, "move it away", "%s is no directory", path);
    else if (status.st_uid != getuid ())
        doctor_find (self, "profile", VERDICT_PROBLEM, "run stui as its owner",
                     "%s belongs to user %u", path, (unsigned) status.st_uid);
    else if ((status.st_mode & 077) != 0)
        doctor_find (self, "profile", VERDICT_PROBLEM, "take the rights away with chmod 700",
                     "%s is open to others (mode %03o)", path, (unsigned) status.st_mode & 0777);
    else if (access (path, W_OK | X_OK) != 0)
        doctor_find (self, "profile", VERDICT_PROBLEM,
                     "make it writable; or copy it, and set XDG_STATE_HOME to where the copy is",
                     "nothing can be written in %s: %s", path, strerror (errno));
    else
        doctor_find (self, "profile", VERDICT_OK, NULL, "%s, mode %03o", path,
                     (unsigned) status.st_mode & 0777);
    free (path);
}

/* Whether there is an ssh, when images are behind one. */
static void
doctor_check_ssh (struct doctor *self, const struct config *config)
{
    struct stui_cause cause = {0};
    size_t behind = 0;
    for (size_t index = 0; index < config->image_count; index++)
        behind += config->images[index].via != NULL;
    if (behind == 0)
        return;
    char *program = path_ssh (&cause);
    if (program != NULL)
        doctor_find (self, "ssh", VERDICT_OK, NULL, "%s, for %zu image%s with via", program, behind,
                     behind == 1 ? "" : "s");
    else
        doctor_find (
            self, "ssh", VERDICT_PROBLEM, "install OpenSSH's client (the package openssh-client)",
            "%zu image%s via, and %s", behind, behind == 1 ? " has" : "s have", cause.text);
    free (program);
}

static void
doctor_check_config (struct doctor *self)
{
    const char *path = self->cli->config_path;
    struct stui_cause cause = {0};
    struct config config;
    char *text = path_read (path, CONFIG_BYTES_MAX, &cause);
    if (text == NULL && cause.err == STUI_E_NOT_FOUND)
        doctor_find (self, "config", VERDICT_NOTE, "`stui image add NAME ADDRESS` makes it",
                     "there is no %s yet", path);
    else if (text == NULL || config_parse (text, path, &config, &cause) < 0)
        doctor_find (self, "config", VERDICT_PROBLEM, "mend that line", "%s", cause.text);
    else {
        doctor_find (self, "config", VERDICT_OK, NULL, "%s, %zu image%s", path, config.image_count,
                     config.image_count == 1 ? "" : "s");
        if (self->cli->services->check_keys (&config, path, &cause) < 0)
            doctor_find (self, "keys", VERDICT_PROBLEM,
                         "mend that line; until then no key is other than `?` says", "%s",
                         cause.text);
        doctor_check_ssh (self, &config);
        config_fini (&config);
    }
    free (text);
}

/* ---- the database ------------------------------------------------------------------------------------- */

/* One loss: of a session all, or its newest state, or what was learnt of an image. */
static void
doctor_find_loss (struct doctor *self, const struct json *loss)
{
    static const char *const todo =
        "restore a backup that has it (`stui restore FILE`), or take note of it: `stui doctor "
        "--repair --yes`";
    const char *session = json_get_text (loss, "session_id"),
               *image = json_get_text (loss, "image");
    bool noted = json_get_bool (loss, "noted", false);
    enum verdict bad = noted ? VERDICT_NOTE : VERDICT_PROBLEM;
    char when[CLOCK_TEXT_SIZE];
    clock_format (json_get_number (loss, "at_ms", 0), when);
    long long due = json_get_number (loss, "generation", 0);
    long long used = json_get_number (loss, "used", 0);
    if (session == NULL || session[0] == '\0')
        doctor_find (self, "losses", VERDICT_NOTE, "it is learnt anew when the image is online",
                     "%s: of image %s what was learnt of it", when, image != NULL ? image : "?");
    else if (used > 0)
        doctor_find (self, "losses", bad, noted ? NULL : todo,
                     "%s: of session %s the state %lld; %lld was used instead", when, session, due,
                     used);
    else
        doctor_find (self, "losses", bad, noted ? "a backup may have it" : todo,
                     "%s: session %s, all of it", when, session);
}

static void
doctor_check_losses (struct doctor *self, const struct json *status)
{
    const struct json *losses = json_get (status, "losses");
    for (const struct json *loss = json_first (losses); loss != NULL; loss = json_next (loss))
        doctor_find_loss (self, loss);
    if (json_count (losses) == 0)
        doctor_find (self, "losses", VERDICT_OK, NULL, "nothing was ever lost");
}

/* FOUND (may be NULL) is what the store read of them. */
static void
doctor_check_exports (struct doctor *self, const struct json *status, const struct json *found)
{
    int64_t exports = json_get_number (status, "exports", 0);
    long long damaged = json_get_number (found, "exports_damaged", 0);
    bool did = self->repair && self->yes;
    char when[CLOCK_TEXT_SIZE];
    clock_format (json_get_number (status, "exported_at_ms", 0), when);
    if (exports == 0)
        doctor_find (self, "exports", VERDICT_NOTE, "one is made at a quiet moment",
                     "there is none yet from which a damaged database could be rebuilt");
    else if (damaged > 0)
        doctor_find (self, "exports", did ? VERDICT_NOTE : VERDICT_PROBLEM,
                     did ? "a new one was made" : "`stui doctor --repair --yes` makes a new one",
                     "%lld, of which %lld %s damaged: %s", (long long) exports, damaged,
                     damaged == 1 ? "is" : "are", json_get_text (found, "export_damaged"));
    else
        doctor_find (self, "exports", VERDICT_OK, NULL, "%lld, the newest of %s%s",
                     (long long) exports, when, found != NULL ? ", whole" : "");
    int64_t megabytes = json_get_number (status, "free_bytes", 0) >> 20;
    if (megabytes < FREE_MEGABYTES)
        doctor_find (self, "space", megabytes < FREE_MEGABYTES / 8 ? VERDICT_PROBLEM : VERDICT_NOTE,
                     "make room", "%lld MB are free", (long long) megabytes);
    else
        doctor_find (self, "space", VERDICT_OK, NULL, "%lld MB are free", (long long) megabytes);
}

/* What the store found, or would do, when it read everything. */
static void
doctor_check_records (struct doctor *self, const struct json *found)
{
    long long damaged = json_get_number (found, "damaged", 0);
    long long missing = json_get_number (found, "missing", 0);
    long long records = json_get_number (found, "records", 0);
    long long aside = json_get_number (found, "quarantined", 0);
    long long databases = json_get_number (found, "databases_aside", 0);
    bool did = self->repair && self->yes;
    const char *todo = did ? "put right, as far as it was to be had; see `stui events`"
                           : "`stui doctor --repair --yes` fetches them from the exports";
    if (damaged + missing > 0)
        doctor_find (self, "records", did ? VERDICT_NOTE : VERDICT_PROBLEM, todo,
                     "of %lld records %lld are damaged and %lld missing", records, damaged,
                     missing);
    else
        doctor_find (self, "records", VERDICT_OK, NULL, "all of %lld are whole", records);
    if (aside + databases > 0)
        doctor_find (self, "set aside", VERDICT_NOTE,
                     did ? NULL : "`stui doctor --repair --yes` removes them",
                     "%lld damaged records, %lld damaged databases%s", aside, databases,
                     did ? ": removed" : "");
    if (self->repair)
        doctor_find (self, "repair", VERDICT_NOTE, did ? NULL : "add --yes to have it done",
                     did ? "every record was read and an export was made"
                         : "would read every record, fetch what is damaged or missing, make an "
                           "export, and remove what was set aside");
}

/* Secrets, and sessions that are to be encrypted. */
static void
doctor_check_vault (struct doctor *self, const struct json *vault, const struct json *found)
{
    const char *state = json_get_text (vault, "state"), *why = json_get_text (vault, "why");
    bool locked = state != NULL && strcmp (state, "locked") == 0;
    if (why != NULL && *why != '\0')
        doctor_find (self, "secrets", locked ? VERDICT_NOTE : VERDICT_PROBLEM, NULL, "%s", why);
    else if (state != NULL && strcmp (state, "empty") != 0)
        doctor_find (self, "secrets", VERDICT_OK, NULL, "encrypted, with %s",
                     json_is_object (json_get (vault, "argon2id"))
                         ? "a passphrase"
                         : "a key in a file of the profile's directory");
    for (const struct json *one = json_first (json_get (vault, "aside")); one != NULL;
         one = json_next (one)) {
        char when[CLOCK_TEXT_SIZE];
        clock_format (json_get_number (one, "at_ms", 0), when);
        bool typed = json_is_object (json_get (one, "argon2id"));
        doctor_find (self, "secrets", VERDICT_NOTE,
                     typed ? "kept; `stui secret restore` brings them back with their passphrase"
                           : "kept; `stui secret restore` brings them back with their key file",
                     "%s: %lld were set aside by `stui secret reset`", when,
                     (long long) json_get_number (one, "secrets", 0));
    }
    if (found == NULL || !json_get_bool (vault, "encrypt_sessions", false))
        return;
    long long plain = json_get_number (found, "plain_sessions", 0);
    if (plain > 0)
        doctor_find (self, "encryption", VERDICT_NOTE,
                     "they are within a minute, while stui runs and the secrets are unlocked",
                     "%lld states of sessions are not encrypted yet", plain);
    else if (!json_get_bool (found, "sealed", false))
        doctor_find (
            self, "encryption", VERDICT_NOTE,
            "they are written anew within a minute, while stui runs",
            "the database's files may hold what was deleted before sessions were encrypted");
    else
        doctor_find (self, "encryption", VERDICT_OK, NULL, "all states of sessions are encrypted");
    long long aside =
        json_get_number (found, "databases_aside", 0) + json_get_number (found, "quarantined", 0);
    if (aside > 0)
        doctor_find (self, "encryption", VERDICT_NOTE,
                     "`stui doctor --repair` removes them once all is well",
                     "%lld damaged databases and records that were set aside may hold sessions as "
                     "they were before they were encrypted",
                     aside);
}

static void
doctor_check_database (struct doctor *self, struct client *client)
{
    struct stui_cause cause = {0};
    struct json *status = client_ask (client, msg_new ("store", MSG_STORE_STATUS, 0), &cause);
    const char *why = json_get_text (status, "cause"), *path = json_get_text (status, "path");
    if (status == NULL) {
        doctor_find (self, "database", VERDICT_PROBLEM, NULL, "%s", cause.text);
        return;
    }
    bool degraded = json_get_bool (status, "degraded", false);
    if (degraded)
        doctor_find (self, "database", VERDICT_PROBLEM,
                     "nothing is lost while stui runs: make room or mend the disk first, or take "
                     "it elsewhere with `stui backup FILE`",
                     "%s cannot be written: %s", path != NULL ? path : "it",
                     why != NULL ? why : "the cause is unknown");
    else
        doctor_find (self, "database", VERDICT_OK, NULL, "%s opens: %lld sessions, %lld events",
                     path != NULL ? path : "it",
                     (long long) json_get_number (status, "sessions", 0),
                     (long long) json_get_number (status, "events", 0));
    struct json *found = degraded ? NULL
                                  : client_ask (client,
                                                msg_new ("store", MSG_STORE_CHECK, 0,
                                                         (uint64_t) (self->repair && self->yes)),
                                                &cause);
    if (found != NULL)
        doctor_check_records (self, found);
    else if (!degraded)
        doctor_find (self, "records", VERDICT_PROBLEM, NULL, "%s", cause.text);
    json_destroy (&status);
    status = client_ask (client, msg_new ("store", MSG_STORE_STATUS, 0), &cause);
    doctor_check_vault (self, json_get (status, "vault"), found);
    doctor_check_losses (self, status);
    doctor_check_exports (self, status, found);
    json_destroy (&found);
    json_destroy (&status);
}

/* What the owner says, which is started for this when there is none. */
static void
doctor_check_owner (struct doctor *self)
{
    struct launch_holder holder = launch_read_holder (self->cli->profile);
    struct stui_cause cause = {0};
    if (holder.stopped) {
        doctor_find (self, "owner", VERDICT_PROBLEM, "continue it (`fg`) or end it",
                     "owner %ld stopped", (long) holder.pid);
        return;
    }
    if (holder.pid != 0)
        doctor_find (self, "owner", VERDICT_OK, NULL, "process %ld runs", (long) holder.pid);
    else
        doctor_find (self, "owner", VERDICT_OK, NULL,
                     "none ran; one is started for each command, as for this one");

    struct client *client = client_open (self->cli, &cause);
    char *socket_path = path_socket (self->cli->profile, NULL);
    if (client == NULL) {
        doctor_find (self, "socket", VERDICT_PROBLEM, "mend that first, and try again",
                     "no owner can be reached: %s", cause.text);
        free (socket_path);
        return;
    }
    doctor_find (self, "socket", VERDICT_OK, NULL, "process %ld answers on %s",
                 (long) client_owner_pid (client), socket_path != NULL ? socket_path : "?");
    free (socket_path);

    doctor_check_database (self, client);
    client_close (&client);
}

static void
doctor_check_smalltalk (struct doctor *self)
{
    char *gst = smalltalk_find_gst ();
    char *version = gst != NULL ? smalltalk_version (gst) : NULL;
    const char *named = getenv ("STUI_GST");
    if (gst == NULL && named != NULL && *named != '\0')
        doctor_find (self, "gst", VERDICT_PROBLEM, "correct STUI_GST or unset it",
                     "STUI_GST names %s, which is no program", named);
    else if (gst == NULL)
        doctor_find (self, "gst", VERDICT_NOTE,
                     "`make demo` fetches it; only `stui demo` and the tests need it",
                     "GNU Smalltalk was not found");
    else if (version == NULL)
        doctor_find (self, "gst", VERDICT_PROBLEM, "install it again", "%s does not run", gst);
    else if (strcmp (version, "3.2.5") == 0)
        doctor_find (self, "gst", VERDICT_NOTE, "do not rely on such figures from it",
                     "%s, version 3.2.5: its integer products beyond 62 bits are wrong without any "
                     "error (100 factorial is negative)",
                     gst);
    else
        doctor_find (self, "gst", VERDICT_OK, NULL, "%s, version %s", gst, version);
    free (version);
    free (gst);

    char *launcher = smalltalk_find_launcher ();
    if (launcher != NULL)
        doctor_find (self, "launcher", VERDICT_OK, NULL, "%s", launcher);
    else
        doctor_find (self, "launcher", VERDICT_NOTE,
                     "set STUI_IMAGE to smalltalk/gst/stui-image; only `stui demo` needs it",
                     "stui-image was not found");
    free (launcher);
}

static void
doctor_check_limits (struct doctor *self)
{
    struct rlimit limit;
    if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
        return;
    if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < FILES_WANTED)
        doctor_find (self, "descriptors", VERDICT_PROBLEM,
                     "raise it (`ulimit -Hn 65536`, or LimitNOFILE= of the service)",
                     "at most %llu may be open, enough for about %llu images",
                     (unsigned long long) limit.rlim_max, (unsigned long long) limit.rlim_max / 10);
    else
        doctor_find (self, "descriptors", VERDICT_OK, NULL, "up to %llu may be open",
                     (unsigned long long) limit.rlim_max);
}

static int
doctor_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct doctor self = {.cli = cli,
                          .findings = json_array (),
                          .repair = arguments_has (arguments, "repair"),
                          .yes = arguments_has (arguments, "yes")};
    if (self.yes && self.repair && cli->read_only) {
        json_destroy (&self.findings);
        return cli_refuse ("doctor --repair --yes");
    }
    if (self.yes && !self.repair) {
        json_destroy (&self.findings);
        return cli_misuse ("doctor", &command_doctor, "--yes goes with --repair");
    }
    doctor_check_directory (&self);
    doctor_check_config (&self);
    doctor_check_owner (&self);
    doctor_check_smalltalk (&self);
    doctor_check_limits (&self);
    if (cli->json) {
        cli_print_json (self.findings);
    }
    json_destroy (&self.findings);
    return self.sick ? STUI_EXIT_FAILED : STUI_EXIT_DONE;
}

static const struct option_row doctor_options[] = {
    {"repair", 0, NULL, "say what would be done about the database, and change nothing"},
    {"yes", 'y', NULL, "with --repair: do it"},
    {0},
};

const struct command command_doctor = {
    .name = "doctor",
    .usage = "",
    .summary = "check what stui needs, and say what to do about what is wrong",
    .help =
        "Every record of the database is read and compared with what was confirmed as saved, and\n"
        "every export is read through; what was lost at any time is named, and is a problem until\n"
        "--repair --yes takes note of it. Exit status 1 when there is a problem.",
    .options = doctor_options,
    .run = doctor_run,
};
