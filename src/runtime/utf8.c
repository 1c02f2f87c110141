/* utf8.c: see utf8.h. Pure. */

#include "runtime/utf8.h"

#include <stdint.h>
#include <string.h>

/* Steps over bytes below 0x80, many at a time while there are so many: most of what is said is
 * ASCII, and each message is looked at by everybody whom it passes. */
static const unsigned char *
ascii_skip (const unsigned char *at, const unsigned char *end)
{
    uint64_t words[4];
    for (; (size_t) (end - at) >= sizeof words; at += sizeof words) {
        memcpy (words, at, sizeof words);
        if ((words[0] | words[1] | words[2] | words[3]) & UINT64_C (0x8080808080808080))
            break;
    }
    for (; (size_t) (end - at) >= sizeof *words; at += sizeof *words) {
        memcpy (words, at, sizeof *words);
        if (words[0] & UINT64_C (0x8080808080808080))
            break;
    }
    while (at < end && *at < 0x80)
        at++;
    return at;
}

size_t
utf8_valid_prefix (const char *bytes, size_t size)
{
    const unsigned char *start = (const unsigned char *) bytes;
    const unsigned char *at = start;
    const unsigned char *end = start + size;
    while (at < end) {
        unsigned char lead = *at;
        if (lead < 0x80) {
            at = ascii_skip (at, end);
            continue;
        }
        int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
        if (lead < 0xC2 || lead > 0xF4 || end - at <= more)
            break;
        /* The second byte carries what the lead leaves open: overlong, surrogate, too great. */
        unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (at[1] < low || at[1] > high)
            break;
        int index = 2;
        while (index <= more && (at[index] & 0xC0) == 0x80)
            index++;
        if (index <= more)
            break;
        at += index;
    }
    return (size_t) (at - start);
}

bool
utf8_is_valid (const char *bytes, size_t size)
{
    return utf8_valid_prefix (bytes, size) == size;
}

size_t
utf8_cut (const char *text, size_t size, size_t limit)
{
    if (size <= limit)
        return size;
    while (limit > 0 && ((unsigned char) text[limit] & 0xC0) == 0x80)
        limit--;
    return limit;
}

void
utf8_repair (char *text)
{
    size_t size = strlen (text), good = 0;
    while ((good += utf8_valid_prefix (text + good, size - good)) < size) {
        memmove (text + good, text + good + 1, size - good);
        size--;
    }
}

bool
utf8_is_control (uint32_t codepoint)
{
    return codepoint < 0x20 || (codepoint >= 0x7F && codepoint < 0xA0) || codepoint == 0x061C
           || codepoint == 0x200E || codepoint == 0x200F
           || (codepoint >= 0x202A && codepoint <= 0x202E)
           || (codepoint >= 0x2066 && codepoint <= 0x2069);
}

/* The character at AT, well-formed; *SIZE is how many bytes it has. */
static uint32_t
utf8_decode (const char *at, size_t *size)
{
    const unsigned char *bytes = (const unsigned char *) at;
    size_t more = bytes[0] >= 0xF0 ? 3 : bytes[0] >= 0xE0 ? 2 : bytes[0] >= 0xC0 ? 1 : 0;
    uint32_t codepoint = more ? bytes[0] & (0x3FU >> more) : bytes[0];
    for (size_t index = 1; index <= more; index++)
        codepoint = codepoint << 6 | (bytes[index] & 0x3F);
    *size = more + 1;
    return codepoint;
}

void
utf8_blank_controls (char *text)
{
    char *to = text;
    size_t size;
    for (const char *from = text; *from; from += size) {
        bool control = utf8_is_control (utf8_decode (from, &size));
        memmove (to, control ? " " : from, control ? 1 : size);
        to += control ? 1 : size;
    }
    *to = '\0';
}
