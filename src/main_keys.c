/* main_keys.c: see main_keys.h. Pure but for the heap. */

#include "main_keys.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/config.h"
#include "runtime/json.h"
#include "ui/keymap.h"

struct keymap_binding *
main_keys_bindings (const struct config *config)
{
    struct keymap_binding *bindings = stui_alloc ((config->binding_count + 1) * sizeof *bindings);
    for (size_t index = 0; index < config->binding_count; index++) {
        const struct config_binding *from = &config->bindings[index];
        bindings[index] = (struct keymap_binding){from->command, from->keys, from->line};
    }
    return bindings;
}

struct json *
main_keys_record (const struct config *config)
{
    struct json *record = json_array ();
    for (size_t index = 0; index < config->binding_count; index++) {
        const struct config_binding *binding = &config->bindings[index];
        struct json *row = json_array ();
        json_push (row, json_string (binding->command));
        json_push (row, json_string (binding->keys));
        json_push (row, json_number (binding->line));
        json_push (record, row);
    }
    return record;
}

bool
main_keys_are_same (const struct config *one, const struct config *other)
{
    bool same = one->binding_count == other->binding_count;
    for (size_t index = 0; same && index < one->binding_count; index++)
        same = strcmp (one->bindings[index].command, other->bindings[index].command) == 0
               && strcmp (one->bindings[index].keys, other->bindings[index].keys) == 0;
    return same;
}

int
main_keys_check (const struct config *config, const char *path, struct stui_cause *cause)
{
    struct keymap keymap = {0};
    struct keymap_binding *bindings = main_keys_bindings (config);
    int err = keymap_remap (&keymap, bindings, path, cause);
    keymap_fini (&keymap);
    free (bindings);
    return err;
}
