/* passphrase.h: what a user types and nobody may read: secrets and passphrases, never from the command
 * line or the environment, where other users see them; and the keys that passphrases make. */

#ifndef STUI_CLI_PASSPHRASE_H
#define STUI_CLI_PASSPHRASE_H

#include "cli/client.h"
#include "cli/command.h"

struct crypt_key;
struct crypt_kdf;

#define PASSPHRASE_FD_OPTION                                                                       \
    {                                                                                              \
        "passphrase-fd", 0, "N", "read passphrases from this descriptor, one a line"               \
    }

/* A line: of the descriptor FD; below 0, of the terminal that stdin is, without echo and after
 * QUESTION, or of stdin. To be freed by crypt_free; NULL with CAUSE. */
char *passphrase_read_line (int fd, const char *question, struct stui_cause *cause);

/* Whether more than what was read waits in FD (below 0: stdin, unless it is a terminal). */
bool passphrase_has_more (int fd);

/* The descriptor of --passphrase-fd: -1 when it was not given, below that after saying what is wrong. */
int passphrase_fd (const struct arguments *arguments);

/* Asks for a new passphrase, of a terminal twice, and makes a key of it by KDF, which is new. Caller
 * destroys the key; NULL with CAUSE. */
struct crypt_key *passphrase_new_key (int fd, const char *question, struct crypt_kdf *kdf,
                                      struct stui_cause *cause);

/* What store says of the vault (`secret_list`); caller owns, NULL with CAUSE. */
struct json *passphrase_vault (struct client *client, struct stui_cause *cause);

/* The key of the passphrase that VAULT has, asked for. Caller destroys it; NULL with CAUSE. */
struct crypt_key *passphrase_key (const struct json *vault, int fd, struct stui_cause *cause);

/* Has the vault of CLIENT's owner open, asking for the passphrase where it is locked. 0, or an error
 * with CAUSE. */
int passphrase_unlock (struct client *client, int fd, struct stui_cause *cause);

#endif
