/* keymap.h: keys looked up in the command table, and in what the user has instead: one column for
 * lists, one for text fields. Owned by the ui, made once. Pure but for the heap. */

#ifndef STUI_UI_KEYMAP_H
#define STUI_UI_KEYMAP_H

#include <stui/types.h>

#include "ui/commands.h"
#include "ui/key.h"

enum keymap_mode { KEYMAP_LIST, KEYMAP_TEXT, KEYMAP_MODE_COUNT };

struct keymap_entry {
    struct key key;
    const struct command *command; /* static */
};

/* Other keys of a command, as the user wants them: names as in key.h with blanks between; none: it
 * has no key. An array of them ends with one that has no command. */
struct keymap_binding {
    const char *command, *keys; /* borrowed */
    int line;                   /* where it stands in its file */
};

struct keymap {
    struct keymap_entry *entries[KEYMAP_MODE_COUNT]; /* owned */
    size_t counts[KEYMAP_MODE_COUNT], capacities[KEYMAP_MODE_COUNT];
    char *
        *own[KEYMAP_MODE_COUNT]; /* owned: by row of the command table; NULL: as the table has it */
};

/* From the command table; asserts that each key in it is one, and that none means two things on one
 * screen: a group of commands that belong to a screen may give a key a meaning of its own. */
void keymap_init (struct keymap *self);
void keymap_fini (struct keymap *self);

/* The same with BINDINGS (NULL: none) of the file NAME. A key that is text does not hold in text fields; a
 * command that has keys in one column only gets its new ones there. 0; or STUI_E_MALFORMED with CAUSE,
 * the first of what is wrong, with file, line and what was expected: no such command, no such key, two
 * commands for one key on one screen. Then all keys are as the table has them. */
int keymap_remap (struct keymap *self, const struct keymap_binding *bindings, const char *name,
                  struct stui_cause *cause);

/* What KEY means on a screen whose own commands are those of GROUP; NULL: nothing. */
const struct command *keymap_find (const struct keymap *self, enum keymap_mode mode,
                                   enum command_group group, struct key key);

/* The keys of COMMAND as they are: "M-i F4". Borrowed. */
const char *keymap_keys (const struct keymap *self, enum keymap_mode mode,
                         const struct command *command);
/* The first of KEYS ("M-i F4") into NAME; empty when there is none. Returns NAME. */
char *keymap_first (const char *keys, char name[KEY_NAME_SIZE]);

#endif
