/* digest.h: SHA-256 (FIPS 180-4) as text. digest.c alone includes libsodium. Pure. */

#ifndef STUI_ACTORS_DIGEST_H
#define STUI_ACTORS_DIGEST_H

#include <stddef.h>

enum { DIGEST_HEX_SIZE = 65 }; /* 64 lower-case hex digits and NUL */

void digest_sha256 (const void *bytes, size_t size, char hex[DIGEST_HEX_SIZE]);

#endif
