/* key.c: see key.h. Pure. */

#include "ui/key.h"

#include <assert.h>
#include <string.h>

#include "runtime/utf8.h"
#include "ui/text.h"

static const char *const symbol_names[] = {[KEY_NONE] = "",
#define X(name, word) [KEY_##name] = word,
                                           KEY_SYMBOLS (X)
#undef X
};
static_assert (sizeof symbol_names / sizeof *symbol_names == KEY_COUNT, "one name a symbol");

static const struct {
    unsigned bit;
    const char *prefix;
} modifiers[] = {{KEY_ALT, "M-"}, {KEY_SHIFT, "S-"}, {KEY_CTRL, "^"}};
enum { MODIFIER_COUNT = sizeof modifiers / sizeof *modifiers };

bool
key_is_equal (struct key one, struct key other)
{
    return one.symbol == other.symbol && one.codepoint == other.codepoint
           && one.modifiers == other.modifiers;
}

bool
key_is_text (struct key key)
{
    return key.symbol == KEY_NONE && !(key.modifiers & (KEY_ALT | KEY_CTRL));
}

/* ^D is how everybody writes it. */
static uint32_t
as_written (uint32_t codepoint, unsigned held)
{
    bool small = codepoint >= 'a' && codepoint <= 'z';
    return small && held & KEY_CTRL ? codepoint - 'a' + 'A' : codepoint;
}

char *
key_name (struct key key, char text[KEY_NAME_SIZE])
{
    char character[5] = "";
    const char *name = key.symbol < KEY_COUNT ? symbol_names[key.symbol] : "";
    if (key.symbol == KEY_NONE && key.codepoint == ' ')
        name = "Space";
    else if (key.symbol == KEY_NONE) {
        text_encode (as_written (key.codepoint, key.modifiers), character);
        name = character;
    }
    text[0] = '\0';
    for (size_t index = 0; index < MODIFIER_COUNT; index++)
        if (key.modifiers & modifiers[index].bit)
            strcat (text, modifiers[index].prefix);
    return strcat (text, name);
}

/* The one character that NAME is, as its key. */
static bool
parse_character (const char *name, struct key *key)
{
    size_t size = strlen (name);
    unsigned char lead = (unsigned char) *name;
    size_t wanted = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (size != wanted || lead <= ' ' || !utf8_is_valid (name, size))
        return false;
    uint32_t codepoint = size == 1 ? lead : lead & (0x7Fu >> size);
    for (size_t index = 1; index < size; index++)
        codepoint = codepoint << 6 | ((unsigned char) name[index] & 0x3F);
    if (key->modifiers & KEY_CTRL && codepoint >= 'A' && codepoint <= 'Z')
        codepoint += 'a' - 'A';
    key->codepoint = codepoint;
    return true;
}

bool
key_parse (const char *name, struct key *key)
{
    *key = (struct key){0};
    for (size_t index = 0; index < MODIFIER_COUNT; index++) {
        size_t size = strlen (modifiers[index].prefix);
        if (strncmp (name, modifiers[index].prefix, size) == 0 && name[size]) {
            key->modifiers |= modifiers[index].bit;
            name += size;
        }
    }
    if (strcmp (name, "Space") == 0) {
        key->codepoint = ' ';
        return true;
    }
    for (size_t index = KEY_NONE + 1; index < KEY_COUNT; index++)
        if (strcmp (name, symbol_names[index]) == 0) {
            key->symbol = (enum key_symbol) index;
            return true;
        }
    return parse_character (name, key);
}
