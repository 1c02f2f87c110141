/* secret.c: `stui secret`: tokens and keys in the profile's vault, and the passphrase before it.
 * Values come from stdin or a terminal and are never printed. */

#include "cli/secret.h"

#include "cli/passphrase.h"
#include "runtime/crypt.h"
#include "runtime/json.h"

#include <stdlib.h>
#include <string.h>

int
secret_end (struct client **client, int err, const struct stui_cause *cause)
{
    client_close (client);
    if (!err)
        return STUI_EXIT_DONE;
    cli_complain ("%s", cause->text);
    return STUI_EXIT_FAILED;
}

/* Sends REQUEST; 0 or an error with CAUSE. */
static int
secret_ask (struct client *client, struct msg *request, struct stui_cause *cause)
{
    struct json *answer = client_ask (client, request, cause);
    int err = answer ? 0 : cause->err;
    json_destroy (&answer);
    return err;
}

/* ---- set, ls, rm --------------------------------------------------------------------------------- */

static int
secret_set_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    int fd = passphrase_fd (arguments);
    if (fd < -1)
        return STUI_EXIT_USAGE;
    char *value = passphrase_read_line (-1, "value", &cause);
    struct client *client = value ? client_open (cli, &cause) : NULL;
    int err = client ? passphrase_unlock (client, fd, &cause) : cause.err;
    if (!err)
        err = secret_ask (
            client, msg_new ("store", MSG_SECRET_SET, 0, arguments_operand (arguments, 0), value),
            &cause);
    crypt_free (&value);
    return secret_end (&client, err, &cause);
}

static int
secret_ls_run (const struct cli_options *cli, const struct arguments *arguments)
{
    (void) arguments;
    struct stui_cause cause = {0};
    struct client *client = client_open (cli, &cause);
    struct json *vault = client ? passphrase_vault (client, &cause) : NULL;
    if (vault && cli->json) {
        json_set_bool (vault, "passphrase", json_is_object (json_get (vault, "argon2id")));
        json_set (vault, "argon2id", NULL);
        char *text = json_print (vault);
        puts (text);
        free (text);
    }
    else if (vault) {
        const struct json *name = json_first (json_get (vault, "names"));
        for (; name; name = json_next (name))
            puts (json_text (name));
        const char *why = json_get_text (vault, "why");
        if (why && *why)
            cli_complain ("%s", why);
    }
    int err = vault ? 0 : cause.err;
    json_destroy (&vault);
    return secret_end (&client, err, &cause);
}

static int
secret_rm_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    struct client *client = client_open (cli, &cause);
    int err = client ? secret_ask (
                  client, msg_new ("store", MSG_SECRET_REMOVE, 0, arguments_operand (arguments, 0)),
                  &cause)
                     : cause.err;
    return secret_end (&client, err, &cause);
}

/* ---- unlock, passphrase, reset ------------------------------------------------------------------- */

static int
secret_unlock_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    int fd = passphrase_fd (arguments);
    if (fd < -1)
        return STUI_EXIT_USAGE;
    struct client *client = client_attach (cli, &cause);
    int err = client ? passphrase_unlock (client, fd, &cause) : cause.err;
    if (cause.err == STUI_E_NOT_FOUND && !client)
        stui_fail (&cause, STUI_E_NOT_FOUND,
                   "no stui runs on the profile %.32s: what is unlocked stays so while one does; "
                   "start `stui` or `stui serve` first",
                   cli->profile);
    return secret_end (&client, err, &cause);
}

/* The key of the passphrase so far as hex, empty when there is none. 0, or an error with CAUSE. */
static int
passphrase_current (struct client *client, int fd, char hex[CRYPT_HEX_SIZE],
                    struct stui_cause *cause)
{
    hex[0] = '\0';
    struct json *vault = passphrase_vault (client, cause);
    if (!vault)
        return cause->err;
    const char *state = json_get_text (vault, "state");
    int err = 0;
    if (json_is_object (json_get (vault, "argon2id"))) {
        struct crypt_key *key = passphrase_key (vault, fd, cause);
        if (key)
            crypt_key_hex (key, hex);
        err = key ? 0 : cause->err;
        crypt_key_destroy (&key);
    }
    if (!err && state && strcmp (state, "locked") == 0)
        err = secret_ask (client, msg_new ("store", MSG_VAULT_UNLOCK, 0, hex), cause);
    json_destroy (&vault);
    return err;
}

static int
secret_passphrase_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    bool removes = arguments_has (arguments, "remove");
    char current[CRYPT_HEX_SIZE] = "", hex[CRYPT_HEX_SIZE] = "", *kdf_text = NULL;
    int fd = passphrase_fd (arguments);
    if (fd < -1)
        return STUI_EXIT_USAGE;
    struct client *client = client_open (cli, &cause);
    int err = client ? passphrase_current (client, fd, current, &cause) : cause.err;
    if (!err && !removes) {
        struct crypt_kdf kdf;
        struct crypt_key *key = passphrase_new_key (fd, "new passphrase", &kdf, &cause);
        struct json *json = crypt_kdf_to_json (&kdf);
        kdf_text = json_print (json);
        json_destroy (&json);
        if (key)
            crypt_key_hex (key, hex);
        err = key ? 0 : cause.err;
        if (!err && current[0] == '\0' && passphrase_has_more (fd))
            err = stui_fail (&cause, STUI_E_INVALID_REQUEST,
                             "this profile has no passphrase yet, so that one line is expected, "
                             "the new one, and there are more: nothing was changed");
        crypt_key_destroy (&key);
    }
    else if (!err && current[0] == '\0')
        err = stui_fail (&cause, STUI_E_NOT_FOUND, "this profile has no passphrase");
    if (!err)
        err = secret_ask (client, msg_new ("store", MSG_VAULT_REKEY, 0, current, hex, kdf_text),
                          &cause);
    crypt_wipe (current, sizeof current);
    crypt_wipe (hex, sizeof hex);
    free (kdf_text);
    if (!err)
        puts (removes ? "the passphrase is gone: the key is in the profile's directory again"
                      : "all secrets are behind the new passphrase");
    return secret_end (&client, err, &cause);
}

static int
secret_reset_run (const struct cli_options *cli, const struct arguments *arguments)
{
    struct stui_cause cause = {0};
    if (!arguments_has (arguments, "yes")) {
        cli_complain ("all secrets would be set aside, and encrypted sessions stay closed without "
                      "their key: add --yes to have it done");
        return STUI_EXIT_FAILED;
    }
    struct client *client = client_open (cli, &cause);
    int err =
        client ? secret_ask (client, msg_new ("store", MSG_VAULT_RESET, 0), &cause) : cause.err;
    if (!err)
        puts ("all secrets are set aside; `stui secret restore` brings them back with their key");
    return secret_end (&client, err, &cause);
}

/* ---- the rows ------------------------------------------------------------------------------------ */

static const struct option_row passphrase_fd_options[] = {PASSPHRASE_FD_OPTION, {0}};

static const struct option_row secret_passphrase_options[] = {
    {"remove", 0, NULL, "do without one: the key goes into a file again"},
    PASSPHRASE_FD_OPTION,
    {0},
};

static const struct option_row secret_reset_options[] = {
    {"yes", 'y', NULL, "do it"},
    {0},
};

static const struct command secret_set = {
    .name = "set",
    .usage = "NAME",
    .summary = "keep a value under this name",
    .help = "The value is a line of stdin, or typed without echo. A configuration refers to it by\n"
            "`token_secret = NAME`, `stui image add` by --token-secret NAME.",
    .options = passphrase_fd_options,
    .least = 1,
    .most = 1,
    .changes = true,
    .run = secret_set_run,
};

static const struct command secret_ls = {
    .name = "ls",
    .usage = "",
    .summary = "list the names; the values are never shown",
    .run = secret_ls_run,
};

static const struct command secret_rm = {
    .name = "rm",
    .usage = "NAME",
    .summary = "remove a secret",
    .least = 1,
    .most = 1,
    .changes = true,
    .run = secret_rm_run,
};

static const struct command secret_unlock = {
    .name = "unlock",
    .usage = "",
    .summary = "give the passphrase to the stui that runs on this profile",
    .help =
        "Images that wait for a secret are connected at once. Without a passphrase the key file\n"
        "is looked at again. It stays unlocked until that stui ends.",
    .options = passphrase_fd_options,
    .run = secret_unlock_run,
};

static const struct command secret_passphrase = {
    .name = "passphrase",
    .usage = "",
    .summary = "set, change or remove the passphrase",
    .help = "Asks for the one so far, where there is one, and for the new one, without echo; from\n"
            "stdin or --passphrase-fd they are one line each. All is encrypted anew in one step.\n"
            "A passphrase that is forgotten cannot be had back by anybody.",
    .options = secret_passphrase_options,
    .changes = true,
    .run = secret_passphrase_run,
};

static const struct command secret_reset = {
    .name = "reset",
    .usage = "",
    .summary = "begin anew when the key or the passphrase is lost",
    .help =
        "Sets all secrets and their key aside, still encrypted. Sessions that were encrypted stay\n"
        "where they are, locked, until their key is there again: `stui secret restore`.",
    .options = secret_reset_options,
    .changes = true,
    .run = secret_reset_run,
};

static const struct command *const secret_commands[] = {
    &secret_set,
    &secret_ls,
    &secret_rm,
    &secret_unlock,
    &secret_passphrase,
    &secret_reset,
    &command_secret_restore,
    &command_secret_discard,
    NULL,
};

const struct command command_secret = {
    .name = "secret",
    .usage = "COMMAND",
    .summary = "keep tokens encrypted: set, ls, rm, unlock, passphrase, reset, restore",
    .help =
        "Secrets are encrypted with a key in the profile's directory (file `key`, mode 0600) or\n"
        "one that a passphrase makes. They are in no log, event, export of sessions or list of\n"
        "processes.",
    .commands = secret_commands,
};
