/* checksum.c: see checksum.h. The names follow the specification's steps. */

#include "actors/checksum.h"

#include <string.h>

static const uint64_t prime_1 = UINT64_C (0x9E3779B185EBCA87);
static const uint64_t prime_2 = UINT64_C (0xC2B2AE3D27D4EB4F);
static const uint64_t prime_3 = UINT64_C (0x165667B19E3779F9);
static const uint64_t prime_4 = UINT64_C (0x85EBCA77C2B2AE63);
static const uint64_t prime_5 = UINT64_C (0x27D4EB2F165667C5);

static uint64_t
rotate_left (uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

/* Little-endian whatever the machine: records travel between machines in backups. */
static uint64_t
read_little (const unsigned char *at, int bytes)
{
    uint64_t value = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy (&value, at, (size_t) bytes);
#else
    for (int index = bytes - 1; index >= 0; index--)
        value = value << 8 | at[index];
#endif
    return value;
}

static uint64_t
lane_round (uint64_t accumulator, uint64_t lane)
{
    return rotate_left (accumulator + lane * prime_2, 31) * prime_1;
}

static uint64_t
lane_merge (uint64_t hash, uint64_t accumulator)
{
    return (hash ^ lane_round (0, accumulator)) * prime_1 + prime_4;
}

static uint64_t
avalanche (uint64_t hash)
{
    hash = (hash ^ hash >> 33) * prime_2;
    hash = (hash ^ hash >> 29) * prime_3;
    return hash ^ hash >> 32;
}

uint64_t
checksum_xxh64 (const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    const unsigned char *end = at + size;
    uint64_t hash = prime_5;
    if (size >= 32) {
        uint64_t lanes[4] = {prime_1 + prime_2, prime_2, 0, 0 - prime_1};
        for (; end - at >= 32; at += 32)
            for (int lane = 0; lane < 4; lane++)
                lanes[lane] = lane_round (lanes[lane], read_little (at + 8 * lane, 8));
        hash = rotate_left (lanes[0], 1) + rotate_left (lanes[1], 7) + rotate_left (lanes[2], 12)
               + rotate_left (lanes[3], 18);
        for (int lane = 0; lane < 4; lane++)
            hash = lane_merge (hash, lanes[lane]);
    }
    hash += size;
    for (; end - at >= 8; at += 8)
        hash = rotate_left (hash ^ lane_round (0, read_little (at, 8)), 27) * prime_1 + prime_4;
    if (end - at >= 4) {
        hash = rotate_left (hash ^ read_little (at, 4) * prime_1, 23) * prime_2 + prime_3;
        at += 4;
    }
    for (; at < end; at++)
        hash = rotate_left (hash ^ *at * prime_5, 11) * prime_1;
    return avalanche (hash);
}
