/* secret_aside.c: `stui secret restore | discard`: the way back to what `secret reset` set aside, and
 * its end. */

#include "cli/passphrase.h"
#include "cli/secret.h"
#include "runtime/crypt.h"
#include "runtime/json.h"

#include <stdlib.h>

/* What one key after the other opened. */
struct restored {
    struct client *client;
    size_t secrets, kept;
    int64_t quarantined; /* records that lie damaged under quarantine/ */
    bool any;
};

/* Has all brought back that the key in HEX (empty: one in a file) opens. 0, also when it opens nothing,
 * or an error with CAUSE. */
static int
restore_by (struct restored *self, const char *hex, struct stui_cause *cause)
{
    struct json *answer =
        client_ask (self->client, msg_new ("store", MSG_VAULT_RESTORE, 0, hex), cause);
    int err = answer != NULL ? 0 : cause->err;
    self->any = self->any || answer != NULL;
    self->secrets += json_count (json_get (answer, "secrets"));
    self->kept += json_count (json_get (answer, "kept"));
    self->quarantined = json_get_number (answer, "quarantined", self->quarantined);
    json_destroy (&answer);
    return err == STUI_E_PERMISSION ? 0 : err;
}

/* Tries the passphrase TEXT on each of ASIDE that is behind one. */
static int
restore_by_passphrase (struct restored *self, const struct json *aside, const char *text,
                       struct stui_cause *cause)
{
    int err = 0;
    for (const struct json *one = json_first (aside); one != NULL && err == 0;
         one = json_next (one)) {
        struct crypt_kdf kdf;
        char hex[CRYPT_HEX_SIZE];
        if (!crypt_kdf_from_json (json_get (one, "argon2id"), &kdf))
            continue;
        struct crypt_key *key = crypt_key_from_passphrase (text, &kdf, cause);
        if (key == NULL)
            return cause->err;
        crypt_key_hex (key, hex);
        crypt_key_destroy (&key);
        err = restore_by (self, hex, cause);
        crypt_wipe (hex, sizeof hex);
    }
    return err;
}

/* How many of ASIDE are behind a passphrase. */
static size_t
count_passphrases (const struct json *aside)
{
    size_t count = 0;
    for (const struct json *one = json_first (aside); one != NULL; one = json_next (one))
        count += json_is_object (json_get (one, "argon2id"));
    return count;
}

static int
restore_all (struct restored *self, int fd, struct stui_cause *cause)
{
    int err = passphrase_unlock (self->client, fd, cause);
    struct json *vault = err == 0 ? passphrase_vault (self->client, cause) : NULL;
    const struct json *aside = json_get (vault, "aside");
    size_t behind = count_passphrases (aside);
    if (vault == NULL)
        return cause->err;
    if (json_count (aside) == 0)
        err = stui_fail (cause, STUI_E_NOT_FOUND, "no `stui secret reset` set anything aside");
    if (err == 0 && json_count (aside) > behind)
        err = restore_by (self, "", cause);
    if (err == 0 && behind > 0) {
        char *text = passphrase_read_line (fd, "passphrase of then", cause);
        err = text != NULL ? restore_by_passphrase (self, aside, text, cause) : cause->err;
        crypt_free (&text);
    }
    if (err == 0 && !self->any)
        err = cause->err; /* why the last one opened nothing */
    json_destroy (&vault);
    return err;
}

static int
restore_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    int fd = passphrase_fd (arguments);
    if (fd < -1)
        return STUI_EXIT_USAGE;
    struct restored self = {.client = client_open (cli, &cause)};
    int err = self.client != NULL ? restore_all (&self, fd, &cause) : cause.err;
    if (err == 0 && self.kept > 0)
        printf ("%zu secrets are back; %zu have been set anew since and stay so\n", self.secrets,
                self.kept);
    else if (err == 0)
        printf ("%zu secrets are back, and sessions of that key open again\n", self.secrets);
    if (err == 0 && self.quarantined > 0)
        printf ("%lld damaged records of secrets stay under quarantine/: `stui doctor --repair` "
                "removes them\n",
                (long long) self.quarantined);
    return secret_end (&self.client, err, &cause);
}

static int
discard_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    if (!arguments_has (arguments, "yes")) {
        cli_complain ("what `stui secret reset` set aside would be deleted for good, and sessions "
                      "that are encrypted with its key could never be opened: add --yes to have it "
                      "done");
        return STUI_EXIT_FAILED;
    }
    struct client *client = client_open (cli, &cause);
    struct json *answer = client != NULL
                              ? client_ask (client, msg_new ("store", MSG_VAULT_DISCARD, 0), &cause)
                              : NULL;
    int err = answer != NULL ? 0 : cause.err;
    if (err == 0 && json_get_number (answer, "resets", 0) == 0)
        puts ("nothing was set aside");
    json_destroy (&answer);
    return secret_end (&client, err, &cause);
}

static const struct option_row restore_options[] = {PASSPHRASE_FD_OPTION, {0}};

static const struct option_row discard_options[] = {
    {"yes", 'y', NULL, "do it"},
    {0},
};

const struct command command_secret_restore = {
    .name = "restore",
    .usage = "",
    .summary = "bring back what reset set aside, with its key or passphrase",
    .help = "Asks for the passphrase of then; a key file is looked for in the profile's directory, "
            "as\n"
            "key.aside-ANYTHING. Its secrets come back, but for those that were set anew, and "
            "sessions\n"
            "that were encrypted with it open again. What is sealed from now on is so by the "
            "present\n"
            "key.",
    .options = restore_options,
    .changes = true,
    .run = restore_run,
};

const struct command command_secret_discard = {
    .name = "discard",
    .usage = "",
    .summary = "delete what reset set aside, for good",
    .help = "Nothing else deletes it. Key files (key.aside-…) stay: older backups open with them.",
    .options = discard_options,
    .changes = true,
    .run = discard_run,
};
