/* json_scan.c: the strict reading of JSON that comes before the tree is built. Bytes of a
 * peer, the disk or a user come in; 0 or a sentence with the offset goes out. It owns nothing
 * after it returned. Pure but for the heap.
 *
 * It is a recursive descent over the grammar of RFC 8259: one scan_x per rule, each starting at
 * its first byte and ending behind its last. Recursion is bounded by STUI_JSON_DEPTH.
 *
 * Double keys: the keys of all objects still open lie on one stack, as places in the text. When
 * an object closes, a few keys are told apart by marks of what they spell; many, and those with one
 * mark, are sorted by what they spell (escapes decoded on the way) and neighbours compared. So n keys
 * cost n log n comparisons whatever a peer chose them to be, and a comparison reads no further than the
 * shorter key. */

#include "runtime/json_scan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/utf8.h"

enum {
    NUMBER_DIGITS_MAX = 15, /* before the point: a double holds every such integer */
    NUMBER_BYTES_MAX = 60,  /* cJSON copies a number into 64 bytes and cuts silently */
    MARKED_KEYS_MAX = 32,   /* more are sorted at once: all pairs of so many are compared sooner */
};

/* A key of an object that is open. */
struct scan_key {
    const char *text; /* behind the opening quote; first, for key_compare */
    uint32_t mark;    /* of its bytes, the same for the same bytes; 0: it has an escape */
};

/* Every value costs a node of 64 bytes and more on the heap: without a bound, 10 MB of "[[],[],"
 * would become 300. */
static const size_t values_max = 1000000;

struct scan {
    const char *start, *at, *end;
    int depth, deepest;
    size_t values;
    struct scan_key *keys; /* owned; of all open objects, innermost last */
    size_t key_count, key_capacity;
    struct stui_cause *cause;
    json_scan_member *visit; /* NULL: nobody wants to see them */
    void *context;
};

static bool scan_value (struct scan *self);

static bool
scan_fail (struct scan *self, const char *place, const char *what)
{
    stui_fail (self->cause, STUI_E_MALFORMED, "the JSON is wrong at byte %zu: %s",
               (size_t) (place - self->start), what);
    return false;
}

static bool
scan_sees (const struct scan *self, char wanted)
{
    return self->at < self->end && *self->at == wanted;
}

static bool
scan_takes (struct scan *self, char wanted)
{
    if (!scan_sees (self, wanted))
        return false;
    self->at++;
    return true;
}

static void
scan_space (struct scan *self)
{
    while (self->at < self->end && (unsigned char) *self->at <= ' '
           && memchr (" \t\r\n", *self->at, 4))
        self->at++;
}

static bool
scan_word (struct scan *self, const char *word)
{
    size_t length = strlen (word);
    if ((size_t) (self->end - self->at) < length || memcmp (self->at, word, length) != 0)
        return scan_fail (self, self->at, "a value was expected here");
    self->at += length;
    return true;
}

/* ---- Strings --------------------------------------------------------------------------- */

static int
hex_value (char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The number of the four hexadecimal digits at AT, or -1. */
static int
hex_unit (const char *at, const char *end)
{
    int unit = 0;
    if (end - at < 4)
        return -1;
    for (int index = 0; index < 4; index++) {
        int value = hex_value (at[index]);
        if (value < 0)
            return -1;
        unit = unit * 16 + value;
    }
    return unit;
}

/* Behind the backslash. */
static bool
scan_escape (struct scan *self)
{
    const char *place = self->at - 1;
    char letter = self->at < self->end ? *self->at++ : '\0';
    if (letter && strchr ("\"\\/bfnrt", letter))
        return true;
    if (letter != 'u')
        return scan_fail (self, place, "an unknown escape in a string");
    int unit = hex_unit (self->at, self->end);
    if (unit < 0)
        return scan_fail (self, place, "\\u without four hexadecimal digits");
    self->at += 4;
    if (unit == 0)
        return scan_fail (self, place, "an escaped NUL, which no text of ours may contain");
    if (unit < 0xD800 || unit > 0xDFFF)
        return true;
    bool paired =
        unit < 0xDC00 && self->end - self->at >= 6 && self->at[0] == '\\' && self->at[1] == 'u';
    int low = paired ? hex_unit (self->at + 2, self->end) : -1;
    if (low < 0xDC00 || low > 0xDFFF)
        return scan_fail (self, place, "a lone surrogate");
    self->at += 6;
    return true;
}

/* As many bytes as a processor compares at once; the compiler knows how. */
typedef unsigned char scan_block __attribute__ ((vector_size (16)));

/* How many bytes of the block at AT stand for themselves in a string, up to the first that does not. */
static size_t
block_plain (const char *at)
{
    scan_block block;
    uint64_t halves[2];
    memcpy (&block, at, sizeof block);
    scan_block special =
        (scan_block) (block < 0x20) | (scan_block) (block == '"') | (scan_block) (block == '\\');
    memcpy (halves, &special, sizeof halves);
    if ((halves[0] | halves[1]) == 0)
        return sizeof block;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    enum { BITS = 8 };
    return (size_t) (halves[0] ? __builtin_ctzll (halves[0]) : 64 + __builtin_ctzll (halves[1]))
           / BITS;
#else
    return 0;
#endif
}

/* Whether BYTE ends a string, begins an escape or may not be there. */
static bool
byte_is_special (char byte)
{
    return (unsigned char) byte < 0x20 || byte == '"' || byte == '\\';
}

size_t
json_scan_plain (const char *bytes, size_t size)
{
    const char *at = bytes, *end = bytes + size;
    while ((size_t) (end - at) >= sizeof (scan_block)) {
        size_t plain = block_plain (at);
        at += plain;
        if (plain < sizeof (scan_block))
            break;
    }
    while (at < end && !byte_is_special (*at))
        at++;
    return (size_t) (at - bytes);
}

static bool
scan_string (struct scan *self)
{
    const char *opening = self->at++;
    while (self->at += json_scan_plain (self->at, (size_t) (self->end - self->at)),
           self->at < self->end) {
        unsigned char byte = (unsigned char) *self->at++;
        if (byte == '"')
            return true;
        if (byte < 0x20)
            return scan_fail (self, self->at - 1, "a raw control character in a string");
        if (byte == '\\' && !scan_escape (self))
            return false;
    }
    return scan_fail (self, opening, "a string without an end");
}

/* ---- Numbers --------------------------------------------------------------------------- */

static size_t
scan_digits (struct scan *self)
{
    const char *first = self->at;
    while (self->at < self->end && *self->at >= '0' && *self->at <= '9')
        self->at++;
    return (size_t) (self->at - first);
}

static bool
scan_number (struct scan *self)
{
    const char *place = self->at;
    scan_takes (self, '-');
    const char *first = self->at;
    size_t digits = scan_digits (self);
    if (digits == 0)
        return scan_fail (self, place, "a value was expected here");
    if (digits > 1 && *first == '0')
        return scan_fail (self, place, "a number with a leading zero");
    if (digits > NUMBER_DIGITS_MAX)
        return scan_fail (self, place, "a number of more than 15 digits (ids are strings)");
    if (scan_takes (self, '.') && scan_digits (self) == 0)
        return scan_fail (self, place, "a number without digits behind its point");
    bool scaled = scan_takes (self, 'e') || scan_takes (self, 'E');
    if (scaled) {
        if (scan_sees (self, '-') || scan_sees (self, '+'))
            self->at++;
        if (scan_digits (self) == 0)
            return scan_fail (self, place, "a number without digits in its exponent");
    }
    if (self->at - place > NUMBER_BYTES_MAX)
        return scan_fail (self, place, "a number of more than 60 characters");
    if (!scaled)
        return true; /* with so few digits it is not great */
    char text[NUMBER_BYTES_MAX + 1] = {0};
    memcpy (text, place, (size_t) (self->at - place));
    if (!isfinite (strtod (text, NULL)))
        return scan_fail (self, place, "a number too great for us");
    return true;
}

/* ---- Keys ------------------------------------------------------------------------------ */

/* The next character of a string that was scanned before; 0 at its closing quote. */
static int
key_next (const char **at_p)
{
    const unsigned char *at = (const unsigned char *) *at_p;
    if (*at == '"')
        return 0;
    if (*at == '\\' && at[1] == 'u') {
        int unit = hex_unit (*at_p + 2, *at_p + 6);
        *at_p += 6;
        if (unit < 0xD800 || unit > 0xDFFF)
            return unit;
        int low = hex_unit (*at_p + 2, *at_p + 6);
        *at_p += 6;
        return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    if (*at == '\\') {
        static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
        *at_p += 2;
        return meanings[strchr (letters, at[1]) - letters];
    }
    int more = *at < 0x80 ? 0 : *at < 0xE0 ? 1 : *at < 0xF0 ? 2 : 3;
    int code = more ? *at & (0x3F >> more) : *at;
    *at_p += 1 + more;
    while (more-- > 0)
        code = code << 6 | (*++at & 0x3F);
    return code;
}

static int
key_compare (const void *one_p, const void *other_p)
{
    const char *one = *(const char *const *) one_p;
    const char *other = *(const char *const *) other_p;
    int left, right;
    do {
        /* What is spelt alike is skipped bytewise, back to where its last character began. */
        while (*one == *other && *one != '\\' && *one != '"')
            one++, other++;
        while ((*one & 0xC0) == 0x80)
            one--, other--;
        left = key_next (&one);
        right = key_next (&other);
    } while (left == right && left != 0);
    return left - right;
}

/* FNV-1a, of the bytes as they stand. */
static uint32_t
key_mark (const char *text, size_t size)
{
    uint32_t mark = 2166136261;
    for (size_t index = 0; index < size; index++) {
        if (text[index] == '\\')
            return 0;
        mark = (mark ^ (unsigned char) text[index]) * 16777619;
    }
    return mark ? mark : 1;
}

/* Whether marks alone show that COUNT keys are different. */
static bool
marks_differ (const struct scan_key *keys, size_t count)
{
    if (count > MARKED_KEYS_MAX)
        return false;
    for (size_t index = 0; index < count; index++) {
        uint32_t mark = keys[index].mark;
        bool same = mark == 0;
        for (size_t before = 0; before < index; before++)
            same = same || keys[before].mark == mark;
        if (same)
            return false;
    }
    return true;
}

/* Whether the keys above FIRST are different; takes them off the stack. */
static bool
scan_keys_differ (struct scan *self, size_t first)
{
    size_t count = self->key_count - first;
    self->key_count = first;
    struct scan_key *keys = self->keys + first;
    if (count < 2 || marks_differ (keys, count))
        return true;
    qsort (keys, count, sizeof *keys, key_compare);
    for (size_t index = 1; index < count; index++) {
        if (key_compare (&keys[index - 1], &keys[index]) != 0)
            continue;
        const char *one = keys[index - 1].text, *other = keys[index].text;
        const char *key = one > other ? one : other;
        const char *end = key;
        while (key_next (&end)) {
        }
        size_t shown = utf8_cut (key, (size_t) (end - key), 60);
        stui_fail (self->cause, STUI_E_MALFORMED,
                   "the JSON is wrong at byte %zu: the key \"%.*s\" a second time in one object",
                   (size_t) (key - 1 - self->start), (int) shown, key);
        return false;
    }
    return true;
}

/* ---- Values ---------------------------------------------------------------------------- */

/* Shows a value of the outermost container, from VALUE to here. */
static void
scan_show (struct scan *self, const char *key, size_t key_size, const char *value)
{
    if (!self->visit || self->depth != 1)
        return;
    const char *end = self->at;
    while (memchr (" \t\r\n", end[-1], 4))
        end--;
    self->visit (self->context, key, key_size, value, (size_t) (end - value));
}

static bool
scan_element (struct scan *self)
{
    scan_space (self);
    const char *value = self->at;
    if (!scan_value (self))
        return false;
    scan_show (self, "", 0, value);
    return true;
}

static bool
scan_member (struct scan *self)
{
    scan_space (self);
    if (!scan_sees (self, '"'))
        return scan_fail (self, self->at, "a key in quotes was expected here");
    stui_grow (&self->keys, &self->key_capacity, self->key_count, sizeof *self->keys);
    const char *key = self->at + 1;
    size_t place = self->key_count++;
    self->keys[place].text = key;
    if (!scan_string (self))
        return false;
    size_t key_size = (size_t) (self->at - 1 - key);
    self->keys[place].mark = key_mark (key, key_size);
    scan_space (self);
    if (!scan_takes (self, ':'))
        return scan_fail (self, self->at, "a colon was expected here");
    scan_space (self);
    const char *value = self->at;
    if (!scan_value (self))
        return false;
    scan_show (self, key, key_size, value);
    return true;
}

/* An object or array, by its closing bracket. */
static bool
scan_container (struct scan *self, char closing)
{
    if (self->depth == self->deepest)
        self->deepest++;
    if (++self->depth > STUI_JSON_DEPTH)
        return scan_fail (self, self->at, "nested deeper than 64");
    size_t first_key = self->key_count;
    self->at++;
    scan_space (self);
    bool ended = scan_takes (self, closing);
    while (!ended) {
        if (!(closing == '}' ? scan_member (self) : scan_element (self)))
            return false;
        ended = scan_takes (self, closing);
        if (!ended && !scan_takes (self, ','))
            return scan_fail (self, self->at, "a comma or a closing bracket was expected here");
    }
    self->depth--;
    return scan_keys_differ (self, first_key);
}
static_assert (STUI_JSON_DEPTH == 64, "as the sentence says");

/* With the white space on both sides. */
static bool
scan_value (struct scan *self)
{
    if (++self->values > values_max)
        return scan_fail (self, self->at, "more than a million values");
    scan_space (self);
    bool good;
    switch (self->at < self->end ? *self->at : '\0') {
    case '{':
        good = scan_container (self, '}');
        break;
    case '[':
        good = scan_container (self, ']');
        break;
    case '"':
        good = scan_string (self);
        break;
    case 't':
        good = scan_word (self, "true");
        break;
    case 'f':
        good = scan_word (self, "false");
        break;
    case 'n':
        good = scan_word (self, "null");
        break;
    default:
        good = scan_number (self);
    }
    scan_space (self);
    return good;
}

/* All of the text, by a scan that has its places set. */
static int
scan_all (struct scan *self)
{
    size_t size = (size_t) (self->end - self->start);
    size_t valid = utf8_valid_prefix (self->start, size);
    bool good = valid == size || scan_fail (self, self->start + valid, "bytes that are not UTF-8");
    good = good && scan_value (self);
    if (good && self->at < self->end)
        good = scan_fail (self, self->at, "something follows the value");
    free (self->keys);
    return good ? 0 : STUI_E_MALFORMED;
}

int
json_scan (const char *bytes, size_t size, struct stui_cause *cause)
{
    struct scan self = {.start = bytes, .at = bytes, .end = bytes + size, .cause = cause};
    return scan_all (&self);
}

int
json_scan_depth (const char *bytes, size_t size, struct stui_cause *cause)
{
    struct scan self = {.start = bytes, .at = bytes, .end = bytes + size, .cause = cause};
    int err = scan_all (&self);
    return err ? err : self.deepest;
}

/* A container that begins with OPENING, which WANTED names. */
static int
scan_shown (struct scan *self, char opening, const char *wanted)
{
    scan_space (self);
    if (scan_sees (self, opening))
        return scan_all (self);
    scan_fail (self, self->at, wanted);
    return STUI_E_MALFORMED;
}

int
json_scan_object (const char *bytes, size_t size, json_scan_member *visit, void *context,
                  struct stui_cause *cause)
{
    struct scan self = {.start = bytes,
                        .at = bytes,
                        .end = bytes + size,
                        .cause = cause,
                        .visit = visit,
                        .context = context};
    return scan_shown (&self, '{', "an object was expected here");
}

int
json_scan_array (const char *bytes, size_t size, json_scan_member *visit, void *context,
                 struct stui_cause *cause)
{
    struct scan self = {.start = bytes,
                        .at = bytes,
                        .end = bytes + size,
                        .cause = cause,
                        .visit = visit,
                        .context = context};
    return scan_shown (&self, '[', "an array was expected here");
}
