/* checksum.h: XXH64 with seed 0, after the xxHash fast digest algorithm specification 0.1.1
 * by Yann Collet. It finds accidents, not forgers; taken instead of SHA-256 because every
 * stored session is verified at the start, and instead of LevelDB's own CRC-32C because a
 * second check should not share the first one's blind spots. Pure. */

#ifndef STUI_ACTORS_CHECKSUM_H
#define STUI_ACTORS_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t checksum_xxh64 (const void *bytes, size_t size);

#endif
