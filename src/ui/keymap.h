/* keymap.h: keys looked up in the command table: one column for lists, one for text fields. Owned
 * by the ui, made once. Pure but for the heap. */

#ifndef STUI_UI_KEYMAP_H
#define STUI_UI_KEYMAP_H

#include "ui/commands.h"
#include "ui/key.h"

enum keymap_mode { KEYMAP_LIST, KEYMAP_TEXT, KEYMAP_MODE_COUNT };

struct keymap_entry {
    struct key key;
    const struct command *command; /* static */
};

struct keymap {
    struct keymap_entry *entries[KEYMAP_MODE_COUNT]; /* owned */
    size_t counts[KEYMAP_MODE_COUNT], capacities[KEYMAP_MODE_COUNT];
};

/* From the command table; asserts that each key in it is one, and that none means two things on one
 * screen: a group of commands that belong to a screen may give a key a meaning of its own. */
void keymap_init (struct keymap *self);
void keymap_fini (struct keymap *self);

/* What KEY means on a screen whose own commands are those of GROUP; NULL: nothing. */
const struct command *keymap_find (const struct keymap *self, enum keymap_mode mode,
                                   enum command_group group, struct key key);

/* The first of KEYS ("M-i F4") into NAME; empty when there is none. Returns NAME. */
char *keymap_first (const char *keys, char name[KEY_NAME_SIZE]);

#endif
