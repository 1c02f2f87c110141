/* keymap.c: see keymap.h. */

#include "ui/keymap.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

/* The next word of *KEYS into NAME; false at the end. */
static bool
keys_next (const char **keys, char name[KEY_NAME_SIZE])
{
    const char *start = *keys + strspn (*keys, " ");
    size_t size = strcspn (start, " ");
    if (size == 0)
        return false;
    assert (size < KEY_NAME_SIZE);
    memcpy (name, start, size);
    name[size] = '\0';
    *keys = start + size;
    return true;
}

/* What KEY means among the commands of GROUP; NULL. */
static const struct command *
keymap_find_own (const struct keymap *self, enum keymap_mode mode, enum command_group group,
                 struct key key)
{
    for (size_t index = 0; index < self->counts[mode]; index++)
        if (self->entries[mode][index].command->group == group
            && key_is_equal (self->entries[mode][index].key, key))
            return self->entries[mode][index].command;
    return NULL;
}

static void
keymap_add (struct keymap *self, enum keymap_mode mode, const char *keys,
            const struct command *command)
{
    char name[KEY_NAME_SIZE];
    while (keys_next (&keys, name)) {
        struct key key;
        bool known = key_parse (name, &key);
        assert (known && !keymap_find_own (self, mode, command->group, key));
        stui_grow (&self->entries[mode], &self->capacities[mode], self->counts[mode],
                   sizeof *self->entries[mode]);
        self->entries[mode][self->counts[mode]++] = (struct keymap_entry){key, command};
    }
}

void
keymap_init (struct keymap *self)
{
    *self = (struct keymap){0};
    for (const struct command *command = commands_first (); command;
         command = commands_next (command)) {
        keymap_add (self, KEYMAP_LIST, command->list_keys, command);
        keymap_add (self, KEYMAP_TEXT, command->text_keys, command);
    }
}

void
keymap_fini (struct keymap *self)
{
    for (int mode = 0; mode < KEYMAP_MODE_COUNT; mode++)
        free (self->entries[mode]);
    *self = (struct keymap){0};
}

const struct command *
keymap_find (const struct keymap *self, enum keymap_mode mode, enum command_group group,
             struct key key)
{
    const struct command *own = keymap_find_own (self, mode, group, key);
    for (size_t index = 0; !own && index < self->counts[mode]; index++) {
        const struct keymap_entry *entry = &self->entries[mode][index];
        /* What belongs to another screen means nothing on this one: code that is not seen is not
         * evaluated, and no image is let go from among results. */
        bool common =
            entry->command->group == COMMAND_EVERYWHERE || entry->command->group == COMMAND_TEXT;
        if (common && key_is_equal (entry->key, key))
            return entry->command;
    }
    return own;
}

char *
keymap_first (const char *keys, char name[KEY_NAME_SIZE])
{
    if (!keys_next (&keys, name))
        name[0] = '\0';
    return name;
}
