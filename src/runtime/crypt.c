/* crypt.c: see crypt.h. Owns nothing but the keys that it makes. */

#include "runtime/crypt.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

enum {
    KEY_BYTES = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    ID_BYTES = CRYPT_ID_SIZE / 2,
};
static_assert (CRYPT_HEX_SIZE == 2 * KEY_BYTES + 1, "a key as hex");
static_assert (CRYPT_HEX_SIZE == 2 * crypto_hash_sha256_BYTES + 1, "a hash as hex");
static_assert (CRYPT_SALT_BYTES == crypto_pwhash_SALTBYTES, "Argon2id's salt");

static_assert (CRYPT_BOX_KEY_BYTES == crypto_box_PUBLICKEYBYTES
                   && CRYPT_BOX_KEY_BYTES == crypto_box_SECRETKEYBYTES
                   && CRYPT_BOX_KEY_BYTES == crypto_box_BEFORENMBYTES
                   && CRYPT_BOX_NONCE_BYTES == crypto_box_NONCEBYTES
                   && CRYPT_BOX_MAC_BYTES == crypto_box_MACBYTES,
               "NaCl's boxes");

/* What a record from a hostile or damaged file may cost us to try: four times today's. */
static const uint64_t operations_max = 4 * crypto_pwhash_OPSLIMIT_MODERATE;
static const uint64_t memory_max = 4 * (uint64_t) crypto_pwhash_MEMLIMIT_MODERATE;

static const int base64 = sodium_base64_VARIANT_ORIGINAL;

struct crypt_key {
    unsigned char bytes[KEY_BYTES];
    char id[CRYPT_ID_SIZE];
};

/* Libsodium begins once, whoever comes first: it may be called by all threads. */
static void
crypt_begin (void)
{
    int began = sodium_init ();
    assert (began >= 0); /* only without any source of randomness */
}

/* ---- Keys -------------------------------------------------------------------------------- */

static struct crypt_key *
key_new (void)
{
    crypt_begin ();
    return stui_alloc_check (sodium_malloc (sizeof (struct crypt_key)));
}

/* Its bytes are there: gives it its id. */
static struct crypt_key *
key_finish (struct crypt_key *self)
{
    static const unsigned char about[] = "stui key id";
    unsigned char hash[crypto_generichash_BYTES];
    crypto_generichash (hash, sizeof hash, self->bytes, sizeof self->bytes, about,
                        sizeof about - 1);
    sodium_bin2hex (self->id, sizeof self->id, hash, ID_BYTES);
    return self;
}

void
crypt_kdf_new (struct crypt_kdf *kdf)
{
    crypt_begin ();
    *kdf = (struct crypt_kdf){.operations = crypto_pwhash_OPSLIMIT_MODERATE,
                              .memory_bytes = crypto_pwhash_MEMLIMIT_MODERATE};
    randombytes_buf (kdf->salt, sizeof kdf->salt);
}

/* Whether TEXT is SIZE bytes as hex digits, which go to BYTES. */
static bool
hex_parse (const char *text, unsigned char *bytes, size_t size)
{
    size_t length = 0;
    const char *end;
    return strlen (text) == 2 * size
           && sodium_hex2bin (bytes, size, text, 2 * size, NULL, &length, &end) == 0
           && length == size;
}

struct json *
crypt_kdf_to_json (const struct crypt_kdf *kdf)
{
    char salt[2 * CRYPT_SALT_BYTES + 1];
    sodium_bin2hex (salt, sizeof salt, kdf->salt, sizeof kdf->salt);
    struct json *json = json_object ();
    json_set_text (json, "salt", salt);
    json_set_number (json, "operations", (int64_t) kdf->operations);
    json_set_number (json, "memory_bytes", (int64_t) kdf->memory_bytes);
    return json;
}

bool
crypt_kdf_from_json (const struct json *json, struct crypt_kdf *kdf)
{
    const char *salt = json_get_text (json, "salt");
    int64_t operations = json_get_number (json, "operations", 0);
    int64_t memory_bytes = json_get_number (json, "memory_bytes", 0);
    *kdf = (struct crypt_kdf){.operations = (uint64_t) operations,
                              .memory_bytes = (uint64_t) memory_bytes};
    return salt && operations > 0 && memory_bytes > 0
           && hex_parse (salt, kdf->salt, sizeof kdf->salt);
}

struct crypt_key *
crypt_key_random (void)
{
    struct crypt_key *self = key_new ();
    randombytes_buf (self->bytes, sizeof self->bytes);
    return key_finish (self);
}

struct crypt_key *
crypt_key_from_passphrase (const char *passphrase, const struct crypt_kdf *kdf,
                           struct stui_cause *cause)
{
    if (kdf->operations < crypto_pwhash_OPSLIMIT_MIN || kdf->operations > operations_max
        || kdf->memory_bytes < crypto_pwhash_MEMLIMIT_MIN || kdf->memory_bytes > memory_max) {
        stui_fail (cause, STUI_E_MALFORMED,
                   "Argon2id with %" PRIu64 " passes over %" PRIu64 " bytes is out of range",
                   kdf->operations, kdf->memory_bytes);
        return NULL;
    }
    struct crypt_key *self = key_new ();
    if (crypto_pwhash (self->bytes, sizeof self->bytes, passphrase, strlen (passphrase), kdf->salt,
                       kdf->operations, (size_t) kdf->memory_bytes, crypto_pwhash_ALG_ARGON2ID13)
        != 0) {
        stui_fail (cause, STUI_E_SYSTEM,
                   "the passphrase cannot be worked on: %" PRIu64 " MB of memory are not to be had",
                   kdf->memory_bytes >> 20);
        crypt_key_destroy (&self);
        return NULL;
    }
    return key_finish (self);
}

struct crypt_key *
crypt_key_from_hex (const char *hex)
{
    struct crypt_key *self = key_new ();
    if (hex_parse (hex, self->bytes, sizeof self->bytes))
        return key_finish (self);
    crypt_key_destroy (&self);
    return NULL;
}

struct crypt_key *
crypt_key_copy (const struct crypt_key *key)
{
    struct crypt_key *self = key_new ();
    *self = *key;
    return self;
}

void
crypt_key_destroy (struct crypt_key **key)
{
    sodium_free (*key); /* which wipes it */
    *key = NULL;
}

void
crypt_key_hex (const struct crypt_key *key, char hex[CRYPT_HEX_SIZE])
{
    sodium_bin2hex (hex, CRYPT_HEX_SIZE, key->bytes, sizeof key->bytes);
}

const char *
crypt_key_id (const struct crypt_key *key)
{
    return key->id;
}

/* ---- Sealing ----------------------------------------------------------------------------- */

char *
crypt_seal (const struct crypt_key *key, const char *place, const char *bytes, size_t size)
{
    size_t all_size = NONCE_BYTES + size + TAG_BYTES;
    unsigned char *all = stui_alloc (all_size);
    randombytes_buf (all, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt (
        all + NONCE_BYTES, NULL, (const unsigned char *) bytes, size, (const unsigned char *) place,
        strlen (place), NULL, all, key->bytes);
    size_t text_size = sodium_base64_encoded_len (all_size, base64);
    char *text = stui_alloc (text_size);
    sodium_bin2base64 (text, text_size, all, all_size, base64);
    free (all);
    return text;
}

char *
crypt_open (const struct crypt_key *key, const char *place, const char *sealed, size_t *size)
{
    size_t length = strlen (sealed), room = length / 4 * 3 + 3, all_size = 0;
    unsigned char *all = stui_alloc (room);
    const char *end;
    bool whole = sodium_base642bin (all, room, sealed, length, NULL, &all_size, &end, base64) == 0
                 && end == sealed + length && all_size >= NONCE_BYTES + TAG_BYTES;
    *size = whole ? all_size - NONCE_BYTES - TAG_BYTES : 0;
    char *bytes = stui_alloc (*size + 1);
    bytes[*size] = '\0';
    if (!whole
        || crypto_aead_xchacha20poly1305_ietf_decrypt (
               (unsigned char *) bytes, NULL, NULL, all + NONCE_BYTES, all_size - NONCE_BYTES,
               (const unsigned char *) place, strlen (place), all, key->bytes)
               != 0) {
        free (bytes);
        bytes = NULL;
    }
    free (all);
    return bytes;
}

/* ---- Boxes ------------------------------------------------------------------------------- */

void
crypt_box_pair (unsigned char public_key[CRYPT_BOX_KEY_BYTES],
                unsigned char secret_key[CRYPT_BOX_KEY_BYTES])
{
    crypt_begin ();
    crypto_box_keypair (public_key, secret_key);
}

void
crypt_box_public (const unsigned char secret_key[CRYPT_BOX_KEY_BYTES],
                  unsigned char public_key[CRYPT_BOX_KEY_BYTES])
{
    crypt_begin ();
    crypto_scalarmult_base (public_key, secret_key);
}

bool
crypt_box_share (const unsigned char their_public[CRYPT_BOX_KEY_BYTES],
                 const unsigned char my_secret[CRYPT_BOX_KEY_BYTES],
                 unsigned char shared[CRYPT_BOX_KEY_BYTES])
{
    crypt_begin ();
    return crypto_box_beforenm (shared, their_public, my_secret) == 0;
}

void
crypt_box_seal (const unsigned char shared[CRYPT_BOX_KEY_BYTES],
                const unsigned char nonce[CRYPT_BOX_NONCE_BYTES], const void *bytes, size_t size,
                void *box)
{
    crypto_box_easy_afternm (box, bytes, size, nonce, shared);
}

bool
crypt_box_open (const unsigned char shared[CRYPT_BOX_KEY_BYTES],
                const unsigned char nonce[CRYPT_BOX_NONCE_BYTES], const void *box, size_t box_size,
                void *bytes)
{
    return box_size >= CRYPT_BOX_MAC_BYTES
           && crypto_box_open_easy_afternm (bytes, box, box_size, nonce, shared) == 0;
}

void
crypt_random (void *bytes, size_t size)
{
    crypt_begin ();
    randombytes_buf (bytes, size);
}

/* ---- The rest ---------------------------------------------------------------------------- */

void
crypt_wipe (void *bytes, size_t size)
{
    sodium_memzero (bytes, size);
}

void
crypt_free (char **text)
{
    if (*text)
        sodium_memzero (*text, strlen (*text));
    free (*text);
    *text = NULL;
}

void
crypt_sha256 (const void *bytes, size_t size, char hex[CRYPT_HEX_SIZE])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256 (digest, bytes, size);
    sodium_bin2hex (hex, CRYPT_HEX_SIZE, digest, sizeof digest);
}
