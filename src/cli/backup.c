/* backup.c: `stui backup` and `stui restore`: a whole profile in one file, and back. The file is what
 * the store makes of it, part after part; nothing here looks into it. */

#include "cli/client.h"
#include "cli/command.h"
#include "cli/passphrase.h"
#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/crypt.h"
#include "runtime/json.h"
#include "runtime/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- backup ---------------------------------------------------------------------------------- */

struct backup {
    struct client *client;
    char *options; /* owned: {key, argon2id} of a passphrase of its own; NULL: none */
    FILE *file;
    int64_t records, bytes;
    bool complete;
};

/* Takes all parts into the file. 0, or an error with CAUSE. */
static int
backup_copy (struct backup *self, const char *name, struct stui_cause *cause)
{
    bool more = true;
    self->complete = true;
    for (uint64_t part = 0; more; part++) {
        struct json *answer = client_ask (
            self->client, msg_new ("store", MSG_BACKUP, 0, part, part == 0 ? self->options : NULL),
            cause);
        const char *text = json_get_text (answer, "text");
        if (answer == NULL)
            return cause->err;
        if (text == NULL)
            text = "";
        bool written = fputs (text, self->file) >= 0;
        more = json_get_bool (answer, "more", false);
        self->records = json_get_number (answer, "records", 0);
        self->complete = self->complete && json_get_bool (answer, "complete", true);
        self->bytes += (int64_t) strlen (text);
        json_destroy (&answer);
        if (!written)
            return stui_fail (cause, STUI_E_SYSTEM, "%.180s cannot be written: %s", name,
                              strerror (errno));
    }
    return 0;
}

/* Beside FILE, synced, renamed: there is never half a backup under its name. */
static int
backup_write (struct backup *self, const char *name, struct stui_cause *cause)
{
    char *beside = stui_printf ("%s.part", name);
    int fd = open (beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    self->file = fd >= 0 ? fdopen (fd, "w") : NULL;
    int err = self->file == NULL ? stui_fail (cause, STUI_E_SYSTEM, "%.180s cannot be made: %s",
                                              beside, strerror (errno))
                                 : backup_copy (self, name, cause);
    if (!err && (fflush (self->file) != 0 || fsync (fd) < 0 || rename (beside, name) < 0))
        err = stui_fail (cause, STUI_E_SYSTEM, "%.180s cannot be written: %s", name,
                         strerror (errno));
    if (self->file != NULL)
        fclose (self->file);
    if (err && fd >= 0)
        unlink (beside);
    free (beside);
    return err;
}

/* Asks for the passphrase that is to open the secrets in the backup. 0, or an error with CAUSE. */
static int
backup_ask_passphrase (struct backup *self, int fd, struct stui_cause *cause)
{
    struct crypt_kdf kdf;
    int err = passphrase_unlock (self->client, fd, cause);
    struct crypt_key *key =
        err ? NULL : passphrase_new_key (fd, "passphrase of the backup", &kdf, cause);
    if (key == NULL)
        return cause->err;
    char hex[CRYPT_HEX_SIZE];
    crypt_key_hex (key, hex);
    struct json *options = json_object ();
    json_set_text (options, "key", hex);
    json_set (options, "argon2id", crypt_kdf_to_json (&kdf));
    self->options = json_print (options);
    json_destroy (&options);
    crypt_wipe (hex, sizeof hex);
    crypt_key_destroy (&key);
    return 0;
}

static int
backup_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *name = arguments_operand (arguments, 0);
    struct stui_cause cause = {0};
    struct backup self = {0};
    if (access (name, F_OK) == 0 && !arguments_has (arguments, "force")) {
        cli_complain ("%s is there already; --force replaces it", name);
        return STUI_EXIT_FAILED;
    }
    int fd = passphrase_fd (arguments);
    if (fd < -1)
        return STUI_EXIT_USAGE;
    self.client = client_open (cli, &cause);
    int err = self.client == NULL ? cause.err : 0;
    if (!err && arguments_has (arguments, "with-secrets"))
        err = backup_ask_passphrase (&self, fd, &cause);
    if (!err)
        err = backup_write (&self, name, &cause);
    crypt_free (&self.options);
    client_close (&self.client);
    if (err) {
        cli_complain ("%s", cause.text);
        return STUI_EXIT_FAILED;
    }
    if (cli->json) {
        struct json *out = json_object ();
        json_set_text (out, "file", name);
        json_set_number (out, "records", self.records);
        json_set_number (out, "bytes", self.bytes);
        json_set_bool (out, "complete", self.complete);
        cli_print_json (out);
        json_destroy (&out);
    }
    else
        printf ("%lld records, %lld bytes in %s\n", (long long) self.records,
                (long long) self.bytes, name);
    if (!self.complete) {
        cli_complain ("the database cannot be read at the moment: %s holds only what could not be "
                      "saved yet",
                      name);
        return STUI_EXIT_FAILED;
    }
    return STUI_EXIT_DONE;
}

static const struct option_row backup_options[] = {
    {"force", 'f', NULL, "replace FILE when it is there already"},
    {"with-secrets", 0, NULL, "ask for a passphrase that opens what is encrypted in it"},
    PASSPHRASE_FD_OPTION,
    {0},
};

const struct command command_backup = {
    .name = "backup",
    .usage = "FILE",
    .summary = "put all sessions and what is known of the images into one file",
    .help = "The file holds every session with its three newest states, what was learnt of the "
            "images,\n"
            "the events and the profile's identity; each line and the whole have checksums. The\n"
            "configuration is a file of its own and not in it. Nothing is disturbed meanwhile.\n"
            "\n"
            "Secrets and encrypted sessions are in it as they are: they open with the key file or\n"
            "passphrase that the profile has now. With --with-secrets they open with a passphrase\n"
            "of the backup's own, which the restored profile has then.\n"
            "\n"
            "While the disk refuses what is saved, the backup has also what waits to be written: "
            "it is\n"
            "the way to bring that elsewhere.",
    .options = backup_options,
    .least = 1,
    .most = 1,
    .run = backup_run,
};

/* ---- restore --------------------------------------------------------------------------------- */

static void
restore_print (const struct cli_options *cli, const char *name, const struct restore_report *report,
               bool dry_run)
{
    if (cli->json) {
        struct json *out = json_object ();
        json_set_text (out, "file", name);
        json_set_bool (out, "restored", !dry_run);
        json_set_number (out, "records", (int64_t) report->records);
        json_set_number (out, "sessions", (int64_t) report->sessions);
        json_set_number (out, "images", (int64_t) report->images);
        json_set_number (out, "events", (int64_t) report->events);
        json_set_number (out, "made_at_ms", report->made_at_ms);
        json_set_text (out, "opens_by", report->opens_by);
        cli_print_json (out);
        json_destroy (&out);
        return;
    }
    char made[CLOCK_TEXT_SIZE];
    printf ("%s %s, made %s: %zu sessions, %zu images, %zu events\n",
            dry_run ? "would restore" : "restored", name, clock_format (report->made_at_ms, made),
            report->sessions, report->images, report->events);
    if (report->opens_by != NULL)
        printf ("what is encrypted in it opens with %s\n", report->opens_by);
}

/* Who has the profile. A stui that only another command wanted is about to end: it gets a moment for that. */
static pid_t
restore_holder (const char *profile)
{
    enum { PATIENCE_MS = 2000, LOOK_US = 20000 };
    int64_t deadline_ms = clock_mono_ms () + PATIENCE_MS;
    pid_t pid = launch_read_holder (profile).pid;
    while (pid != 0 && clock_mono_ms () < deadline_ms) {
        usleep (LOOK_US);
        pid = launch_read_holder (profile).pid;
    }
    return pid;
}

static int
restore_run (const struct cli_options *cli, const struct arguments *arguments)
{
    const char *name = arguments_operand (arguments, 0);
    bool dry_run = arguments_has (arguments, "dry-run");
    struct stui_cause cause = {0};
    struct restore_report report = {0};
    pid_t holder = dry_run ? 0 : restore_holder (cli->profile);
    if (holder != 0) {
        cli_complain ("process %ld has the profile %s: end it first (`stui stop`)", (long) holder,
                      cli->profile);
        return STUI_EXIT_FAILED;
    }
    if (cli->services->run_restore (cli->profile, name, dry_run, &report, &cause) < 0) {
        cli_complain ("%s; nothing was changed", cause.text);
        return STUI_EXIT_FAILED;
    }
    restore_print (cli, name, &report, dry_run);
    return STUI_EXIT_DONE;
}

static const struct option_row restore_options[] = {
    {"dry-run", 'n', NULL, "only say what is in FILE, and whether it is whole"},
    {0},
};

const struct command command_restore = {
    .name = "restore",
    .usage = "FILE",
    .summary = "make the profile what a backup says",
    .help =
        "All that the profile holds now is put aside (as db.replaced-… in its directory) and "
        "becomes\n"
        "what the backup holds, with the backup's identity: any other stui that still uses that\n"
        "identity loses its images to this one. A file that is damaged, cut or not a backup is\n"
        "refused, and nothing is changed. No stui may run on the profile meanwhile.",
    .options = restore_options,
    .least = 1,
    .most = 1,
    .changes = true,
    .run = restore_run,
};
