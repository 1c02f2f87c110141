/* crypt.h: what is encrypted, and with which key. crypt.c alone includes libsodium.
 *
 * Texts are sealed with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) under a random nonce, bound
 * to the place where they lie: one that was altered, moved to another place or sealed with another
 * key does not open. A sealed text is base64 (RFC 4648) of nonce, ciphertext and tag.
 *
 * A passphrase becomes a key by Argon2id (RFC 9106). Keys lie in memory of their own between guard
 * pages, out of swap and core files where the system allows it, and are wiped when destroyed.
 * Randomness is libsodium's own: a nonce that somebody could choose would be used twice. */

#ifndef STUI_RUNTIME_CRYPT_H
#define STUI_RUNTIME_CRYPT_H

#include <stui/types.h>

struct json;

enum {
    CRYPT_ID_SIZE = 17,  /* of a key's id with its NUL: 16 hex digits */
    CRYPT_HEX_SIZE = 65, /* of a key, or a SHA-256, as hex digits with the NUL */
    CRYPT_SALT_BYTES = 16,
    CRYPT_PASSPHRASE_MAX = 1024, /* bytes */
};

struct crypt_key; /* opaque */

/* How a passphrase becomes a key; kept beside what the key opens. */
struct crypt_kdf {
    uint64_t operations, memory_bytes;
    unsigned char salt[CRYPT_SALT_BYTES];
};

/* A new salt, and what a derivation costs today: 256 MB and most of a second. */
void crypt_kdf_new (struct crypt_kdf *kdf);
/* As an object {"salt","operations","memory_bytes"}, which the caller owns, and back: whether JSON
 * is such a one. */
struct json *crypt_kdf_to_json (const struct crypt_kdf *kdf);
bool crypt_kdf_from_json (const struct json *json, struct crypt_kdf *kdf);

/* Each makes a key that the caller destroys. From a passphrase: NULL with CAUSE when the parameters
 * are out of range or the memory cannot be had. From hex: NULL when HEX is no key. */
struct crypt_key *crypt_key_random (void);
struct crypt_key *crypt_key_from_passphrase (const char *passphrase, const struct crypt_kdf *kdf,
                                             struct stui_cause *cause);
struct crypt_key *crypt_key_from_hex (const char *hex);
struct crypt_key *crypt_key_copy (const struct crypt_key *key);
/* Wipes and frees *KEY and clears it; accepts NULL. */
void crypt_key_destroy (struct crypt_key **key);

/* The key itself, to be wiped by the caller. */
void crypt_key_hex (const struct crypt_key *key, char hex[CRYPT_HEX_SIZE]);
/* A name of the key by which it is not known: 16 hex digits of its hash. Borrowed from KEY. */
const char *crypt_key_id (const struct crypt_key *key);

/* Seals SIZE bytes for PLACE; caller frees the text. */
char *crypt_seal (const struct crypt_key *key, const char *place, const char *bytes, size_t size);
/* Opens SEALED, found at PLACE: the bytes with a NUL behind them, to be freed by crypt_free; NULL
 * when it does not open. */
char *crypt_open (const struct crypt_key *key, const char *place, const char *sealed, size_t *size);

/* Overwrites SIZE bytes so that no compiler leaves it out. */
void crypt_wipe (void *bytes, size_t size);
/* Wipes and frees a text that held a secret; accepts NULL. */
void crypt_free (char **text);

/* The SHA-256 (FIPS 180-4) of SIZE bytes as hex digits. */
void crypt_sha256 (const void *bytes, size_t size, char hex[CRYPT_HEX_SIZE]);

#endif
