/* keymap.h: keys looked up in the command table: one column for lists, one for text fields. Owned
 * by the ui, made once. Pure but for the heap. */

#ifndef STUI_UI_KEYMAP_H
#define STUI_UI_KEYMAP_H

#include "ui/key.h"

struct command;

enum keymap_mode { KEYMAP_LIST, KEYMAP_TEXT, KEYMAP_MODE_COUNT };

struct keymap_entry {
    struct key key;
    const struct command *command; /* static */
};

struct keymap {
    struct keymap_entry *entries[KEYMAP_MODE_COUNT]; /* owned */
    size_t counts[KEYMAP_MODE_COUNT], capacities[KEYMAP_MODE_COUNT];
};

/* From the command table; asserts that each key in it is one, and that none means two things. */
void keymap_init (struct keymap *self);
void keymap_fini (struct keymap *self);

/* What KEY means; NULL: nothing. */
const struct command *keymap_find (const struct keymap *self, enum keymap_mode mode,
                                   struct key key);

/* The first of KEYS ("M-i F4") into NAME; empty when there is none. Returns NAME. */
char *keymap_first (const char *keys, char name[KEY_NAME_SIZE]);

#endif
