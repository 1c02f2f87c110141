/* z85.c: see z85.h. */

#include "runtime/z85.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { GROUP_BYTES = 4, GROUP_CHARACTERS = 5, BASE = 85 };

static const char digits[BASE + 1] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

void
z85_from_key (const unsigned char key[Z85_KEY_BYTES], char text[Z85_KEY_CHARACTERS + 1])
{
    for (size_t at = 0; at < Z85_KEY_BYTES; at += GROUP_BYTES) {
        uint32_t number = 0;
        for (size_t i = 0; i < GROUP_BYTES; i++)
            number = number << 8 | key[at + i];
        char *group = text + at / GROUP_BYTES * GROUP_CHARACTERS;
        for (size_t i = GROUP_CHARACTERS; i-- > 0; number /= BASE)
            group[i] = digits[number % BASE];
    }
    text[Z85_KEY_CHARACTERS] = '\0';
}

bool
z85_to_key (const char *text, unsigned char key[Z85_KEY_BYTES])
{
    unsigned char bytes[Z85_KEY_BYTES];
    if (strlen (text) != Z85_KEY_CHARACTERS)
        return false;
    for (size_t at = 0; at < Z85_KEY_CHARACTERS; at += GROUP_CHARACTERS) {
        uint64_t number = 0;
        for (size_t i = 0; i < GROUP_CHARACTERS; i++) {
            const char *digit = strchr (digits, text[at + i]);
            if (!digit)
                return false;
            number = number * BASE + (uint64_t) (digit - digits);
        }
        if (number > UINT32_MAX)
            return false;
        unsigned char *group = bytes + at / GROUP_CHARACTERS * GROUP_BYTES;
        for (size_t i = GROUP_BYTES; i-- > 0; number >>= 8)
            group[i] = (unsigned char) number;
    }
    if (key)
        memcpy (key, bytes, sizeof bytes);
    return true;
}
