/* keymap.c: see keymap.h. */

#include "ui/keymap.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

/* The next word of *KEYS into NAME, cut when it is too long for any key; false at the end. */
static bool
keys_next (const char **keys, char name[KEY_NAME_SIZE])
{
    const char *start = *keys + strspn (*keys, " \t");
    size_t size = strcspn (start, " \t");
    if (size == 0)
        return false;
    snprintf (name, KEY_NAME_SIZE, "%.*s", (int) size, start);
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

/* The groups of what holds on every screen. */
static const enum command_group common[] = {COMMAND_EVERYWHERE, COMMAND_PANES, COMMAND_TEXT};
enum { COMMON_COUNT = sizeof common / sizeof *common };

static bool
is_common (enum command_group group)
{
    bool is = false;
    for (int index = 0; index < COMMON_COUNT; index++)
        is = is || group == common[index];
    return is;
}

/* What else KEY would mean where COMMAND is meant by it; NULL. */
static const struct command *
keymap_rival (const struct keymap *self, enum keymap_mode mode, const struct command *command,
              struct key key)
{
    const struct command *rival = keymap_find_own (self, mode, command->group, key);
    for (int index = 0; !rival && is_common (command->group) && index < COMMON_COUNT; index++)
        rival = keymap_find_own (self, mode, common[index], key);
    return rival;
}

/* Enters the keys of COMMAND. The first that cannot be into NAME, with what it means already, or NULL
 * when it is no key; false then. */
static bool
keymap_add (struct keymap *self, enum keymap_mode mode, const struct command *command,
            char name[KEY_NAME_SIZE], const struct command **rival)
{
    const char *keys = keymap_keys (self, mode, command);
    while (keys_next (&keys, name)) {
        struct key key;
        *rival = NULL;
        if (!key_parse (name, &key))
            return false;
        *rival = keymap_rival (self, mode, command, key);
        if (*rival)
            return false;
        stui_grow (&self->entries[mode], &self->capacities[mode], self->counts[mode],
                   sizeof *self->entries[mode]);
        self->entries[mode][self->counts[mode]++] = (struct keymap_entry){key, command};
    }
    return true;
}

static size_t
row_of (const struct command *command)
{
    return (size_t) (command - commands_first ());
}

static size_t
row_count (void)
{
    size_t count = 0;
    for (const struct command *row = commands_first (); row; row = commands_next (row))
        count++;
    return count;
}

void
keymap_init (struct keymap *self)
{
    struct stui_cause cause = {0};
    *self = (struct keymap){0};
    int err = keymap_remap (self, NULL, "", &cause);
    assert (err == 0);
}

/* ---- the user's own -------------------------------------------------------------------------- */

/* KEYS without those that are text in a text field. */
static char *
keys_for_text (const char *keys)
{
    char name[KEY_NAME_SIZE], *out = stui_strdup (keys), *end = out;
    *out = '\0';
    while (keys_next (&keys, name)) {
        struct key key;
        bool is_key = key_parse (name, &key);
        bool text = is_key
                    && (key_is_text (key)
                        || (!key.modifiers && (key.symbol == KEY_ENTER || key.symbol == KEY_TAB)));
        if (!text)
            end += sprintf (end, "%s%s", end == out ? "" : " ", name);
    }
    return out;
}

/* Notes the keys of BINDING; they are entered with all others. */
static int
binding_take (struct keymap *self, const struct keymap_binding *binding, const char *name,
              struct stui_cause *cause)
{
    const struct command *command = NULL;
    char word[KEY_NAME_SIZE];
    struct key key;
    for (const struct command *row = commands_first (); row; row = commands_next (row))
        if (strcmp (row->name, binding->command) == 0)
            command = row;
    if (!command)
        return stui_fail (cause, STUI_E_MALFORMED,
                          "%.100s:%d: %.40s is no command, expected one of those that ? lists",
                          name, binding->line, binding->command);
    for (const char *keys = binding->keys; keys_next (&keys, word);)
        if (!key_parse (word, &key))
            return stui_fail (cause, STUI_E_MALFORMED,
                              "%.100s:%d: %s is no key, expected names as x, ^D, M-i, F4, Enter, "
                              "S-Tab or Space",
                              name, binding->line, word);
    bool both = !*command->list_keys == !*command->text_keys;
    for (int mode = 0; mode < KEYMAP_MODE_COUNT; mode++) {
        bool here = both || *(mode == KEYMAP_LIST ? command->list_keys : command->text_keys);
        if (!here)
            continue;
        char **own = &self->own[mode][row_of (command)];
        free (*own);
        *own = mode == KEYMAP_LIST ? stui_strdup (binding->keys) : keys_for_text (binding->keys);
    }
    return 0;
}

/* The line at which one of the two commands got its keys. */
static int
binding_line (const struct keymap_binding *bindings, const struct command *one,
              const struct command *other)
{
    int line = 0;
    for (; bindings && bindings->command; bindings++)
        if (strcmp (bindings->command, one->name) == 0
            || strcmp (bindings->command, other->name) == 0)
            line = bindings->line;
    return line;
}

static int
keymap_build (struct keymap *self, const struct keymap_binding *bindings, const char *name,
              struct stui_cause *cause)
{
    for (int mode = 0; mode < KEYMAP_MODE_COUNT; mode++)
        self->own[mode] = stui_alloc (row_count () * sizeof *self->own[mode]);
    for (const struct keymap_binding *one = bindings; one && one->command; one++)
        if (binding_take (self, one, name, cause) < 0)
            return cause->err;
    for (int mode = 0; mode < KEYMAP_MODE_COUNT; mode++)
        for (const struct command *row = commands_first (); row; row = commands_next (row)) {
            char key[KEY_NAME_SIZE];
            const struct command *rival;
            if (keymap_add (self, (enum keymap_mode) mode, row, key, &rival))
                continue;
            assert (rival); /* keys of the table are keys, the user's were looked at */
            return stui_fail (
                cause, STUI_E_MALFORMED,
                "%.100s:%d: %s would mean both %s and %s, expected another key for one "
                "of them (`%s =` takes its keys away)",
                name, binding_line (bindings, row, rival), key, rival->name, row->name,
                rival->name);
        }
    return 0;
}

int
keymap_remap (struct keymap *self, const struct keymap_binding *bindings, const char *name,
              struct stui_cause *cause)
{
    struct keymap made = {0};
    int err = keymap_build (&made, bindings, name, cause);
    if (err < 0) {
        keymap_fini (&made);
        return err;
    }
    keymap_fini (self);
    *self = made;
    return 0;
}

const char *
keymap_keys (const struct keymap *self, enum keymap_mode mode, const struct command *command)
{
    const char *own = self->own[mode][row_of (command)];
    return own ? own : mode == KEYMAP_LIST ? command->list_keys : command->text_keys;
}

void
keymap_fini (struct keymap *self)
{
    for (int mode = 0; mode < KEYMAP_MODE_COUNT; mode++) {
        for (size_t row = 0; self->own[mode] && row < row_count (); row++)
            free (self->own[mode][row]);
        free (self->own[mode]);
        free (self->entries[mode]);
    }
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
        if (is_common (entry->command->group) && key_is_equal (entry->key, key))
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
