/* vault.h: the profile's keys, and what they open: secrets, and sessions when they are to be
 * encrypted. Pure but for the randomness of crypt.h; store_vault.h has the files and records.
 *
 *     root key     in PROFILE/key, or made from a passphrase by Argon2id
 *       opens      the ring, in the record meta/vault
 *     ring         keys, the newest first, which seal and opens bodies of records
 *
 *     meta/vault   {"root":ID,"encrypt_sessions":…,"argon2id":{"salt","operations","memory_bytes"},
 *                  "ring":SEALED}     without "argon2id" the root key is in the file
 *     a body       {"by":ID,"sealed":SEALED}
 *
 * ID names a key and does not tell it. A body is bound to its record's key, the ring to all else
 * that meta/vault says. A new passphrase, or none, means a new root and a new key at the head of the
 * ring: what is written from then on opens for nobody who had the old one. The older keys stay for
 * the records that they sealed. One thread owns it: the store's. */

#ifndef STUI_ACTORS_VAULT_H
#define STUI_ACTORS_VAULT_H

#include <stui/types.h>

#include "runtime/crypt.h"

struct json;

enum vault_state {
    VAULT_EMPTY,   /* there never was a secret */
    VAULT_OPEN,    /* its keys are there */
    VAULT_LOCKED,  /* the passphrase is to be given */
    VAULT_KEYLESS, /* the key file is missing, damaged, another's, or open to others */
    VAULT_STATE_COUNT
};

/* Embedded by the database. Zeroed: empty. */
struct vault {
    enum vault_state state;
    bool has_passphrase;
    struct crypt_kdf kdf;        /* of the passphrase */
    bool encrypts_sessions;      /* they are sealed when they are saved */
    char root_id[CRYPT_ID_SIZE]; /* which key opens the ring */
    struct crypt_key *root;      /* owned; while open */
    struct crypt_key **ring;     /* owned, the newest first; while open */
    size_t ring_count;
    char *sealed_ring;        /* owned; as meta/vault has it */
    char why[STUI_CAUSE_MAX]; /* it is not open: a sentence with what to do */
};

void vault_fini (struct vault *self);

/* "empty", "open", "locked", "keyless". */
const char *vault_state_word (enum vault_state state);

/* Makes a new one, open, with ROOT (copied); KDF says how a passphrase becomes it, NULL: it goes to
 * the key file. OLD (may be NULL) is an open one whose ring and choices it takes on. */
void vault_make (struct vault *self, const struct vault *old, const struct crypt_key *root,
                 const struct crypt_kdf *kdf);

/* Takes what the record meta/vault says; it is locked then. MALFORMED with CAUSE when that is
 * not what vault_print makes, and it is empty then. */
int vault_read (struct vault *self, const struct json *body, struct stui_cause *cause);

/* The body of meta/vault, of an open one; caller frees. */
char *vault_print (const struct vault *self);

/* Opens it by ROOT (copied): PERMISSION with CAUSE when that is another key, MALFORMED when the
 * record was altered. */
int vault_unlock (struct vault *self, const struct crypt_key *root, struct stui_cause *cause);

/* What the keys of OTHER, open, sealed opens by SELF, open, too from now on. */
void vault_adopt (struct vault *self, const struct vault *other);

/* The sealed body of BODY, for the record KEY, of an open vault; caller frees. */
char *vault_seal (const struct vault *self, const char *key, const char *body);

/* Opens a sealed body of SIZE bytes found in the record KEY: its text, to be freed by crypt_free.
 * NULL with CAUSE: LOCKED when its key is not there, MALFORMED when it was altered or moved. */
char *vault_unseal (const struct vault *self, const char *key, const char *body, size_t size,
                    size_t *plain_size, struct stui_cause *cause);

#endif
