/* digest.c: see digest.h. */

#include "actors/digest.h"

#include <sodium.h>

void
digest_sha256 (const void *bytes, size_t size, char hex[DIGEST_HEX_SIZE])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256 (digest, bytes, size);
    sodium_bin2hex (hex, DIGEST_HEX_SIZE, digest, sizeof digest);
}
