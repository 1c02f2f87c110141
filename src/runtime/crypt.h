/* crypt.h: what is encrypted, and with which key. crypt.c alone includes libsodium.
 *
 * Texts are sealed with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) under a random nonce, bound
 * to the place where they lie: one that was altered, moved to another place or sealed with another
 * key does not open. A sealed text is base64 (RFC 4648) of nonce, ciphertext and tag.
 *
 * A passphrase becomes a key by Argon2id (RFC 9106). Keys lie in memory of their own between guard
 * pages, out of swap and core files where the system allows it, and are wiped when destroyed.
 * Randomness is libsodium's own: a nonce that somebody could choose would be used twice.
 *
 * Boxes are NaCl's crypto_box (Curve25519, XSalsa20-Poly1305), as CurveZMQ has them: bytes for one
 * peer, under a nonce that the caller never uses twice. */

#ifndef STUI_RUNTIME_CRYPT_H
#define STUI_RUNTIME_CRYPT_H

#include <stui/types.h>

struct json;

enum {
    CRYPT_ID_SIZE = 17,  /* of a key's id with its NUL: 16 hex digits */
    CRYPT_HEX_SIZE = 65, /* of a key, or a SHA-256, as hex digits with the NUL */
    CRYPT_SALT_BYTES = 16,
    CRYPT_PASSPHRASE_MAX = 1024, /* bytes */
    CRYPT_BOX_KEY_BYTES = 32,    /* of a public, a secret or a shared key */
    CRYPT_BOX_NONCE_BYTES = 24,
    CRYPT_BOX_MAC_BYTES = 16, /* by which a box is longer than what is in it */
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

/* A new pair; or the public key of a secret one. */
void crypt_box_pair (unsigned char public_key[CRYPT_BOX_KEY_BYTES],
                     unsigned char secret_key[CRYPT_BOX_KEY_BYTES]);
void crypt_box_public (const unsigned char secret_key[CRYPT_BOX_KEY_BYTES],
                       unsigned char public_key[CRYPT_BOX_KEY_BYTES]);
/* The key that the owners of the two pairs share; false for a public key that none has. Any 32 bytes
 * that are kept secret serve as one too, for boxes to oneself. */
bool crypt_box_share (const unsigned char their_public[CRYPT_BOX_KEY_BYTES],
                      const unsigned char my_secret[CRYPT_BOX_KEY_BYTES],
                      unsigned char shared[CRYPT_BOX_KEY_BYTES]);
/* SIZE bytes to a box of SIZE + CRYPT_BOX_MAC_BYTES, and back; both may lie at the same place. False:
 * the box of BOX_SIZE bytes does not open. */
void crypt_box_seal (const unsigned char shared[CRYPT_BOX_KEY_BYTES],
                     const unsigned char nonce[CRYPT_BOX_NONCE_BYTES], const void *bytes,
                     size_t size, void *box);
bool crypt_box_open (const unsigned char shared[CRYPT_BOX_KEY_BYTES],
                     const unsigned char nonce[CRYPT_BOX_NONCE_BYTES], const void *box,
                     size_t box_size, void *bytes);

void crypt_random (void *bytes, size_t size);

/* Overwrites SIZE bytes so that no compiler leaves it out. */
void crypt_wipe (void *bytes, size_t size);
/* Wipes and frees a text that held a secret; accepts NULL. */
void crypt_free (char **text);

/* The SHA-256 (FIPS 180-4) of SIZE bytes as hex digits. */
void crypt_sha256 (const void *bytes, size_t size, char hex[CRYPT_HEX_SIZE]);

#endif
