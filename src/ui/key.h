/* key.h: a key and its name. One spelling for key tables, help and logs: "x", "^D", "M-i", "F4",
 * "Enter", "S-Tab", "M-S-Up", "^Left", "Space". Pure. */

#ifndef STUI_UI_KEY_H
#define STUI_UI_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_SYMBOLS(X)                                                                             \
    X (BACKSPACE, "Backspace")                                                                     \
    X (TAB, "Tab")                                                                                 \
    X (ENTER, "Enter")                                                                             \
    X (ESCAPE, "Esc")                                                                              \
    X (UP, "Up")                                                                                   \
    X (DOWN, "Down")                                                                               \
    X (LEFT, "Left")                                                                               \
    X (RIGHT, "Right")                                                                             \
    X (INSERT, "Insert")                                                                           \
    X (DELETE, "Delete")                                                                           \
    X (HOME, "Home")                                                                               \
    X (END, "End")                                                                                 \
    X (PAGE_UP, "PageUp")                                                                          \
    X (PAGE_DOWN, "PageDown")                                                                      \
    X (F1, "F1")                                                                                   \
    X (F2, "F2")                                                                                   \
    X (F3, "F3")                                                                                   \
    X (F4, "F4")                                                                                   \
    X (F5, "F5")                                                                                   \
    X (F6, "F6")                                                                                   \
    X (F7, "F7")                                                                                   \
    X (F8, "F8")                                                                                   \
    X (F9, "F9")                                                                                   \
    X (F10, "F10")                                                                                 \
    X (F11, "F11")                                                                                 \
    X (F12, "F12")

enum key_symbol {
    KEY_NONE, /* the key is a character: see codepoint */
#define X(name, word) KEY_##name,
    KEY_SYMBOLS (X)
#undef X
        KEY_COUNT
};

enum key_modifier { KEY_SHIFT = 1 << 0, KEY_ALT = 1 << 1, KEY_CTRL = 1 << 2 };

/* Characters have symbol KEY_NONE; Shift is in the codepoint then ('A'). Ctrl with a letter has
 * the small letter. Tab, Enter, Esc and Backspace are symbols whatever keys make them (^I is Tab),
 * the space bar is the character ' '. */
struct key {
    enum key_symbol symbol;
    uint32_t codepoint;
    unsigned modifiers; /* of enum key_modifier */
};

enum { KEY_NAME_SIZE = 24 };

bool key_is_equal (struct key one, struct key other);
/* Whether it is text to be typed: a character without Ctrl and Alt. */
bool key_is_text (struct key key);
/* The key's name into TEXT. Returns TEXT. */
char *key_name (struct key key, char text[KEY_NAME_SIZE]);
/* The key that NAME means; false when there is none. */
bool key_parse (const char *name, struct key *key);

#endif
