/* main_keys.c: see main_keys.h. Pure but for the heap. */

#include "main_keys.h"

#include <stdlib.h>

#include "runtime/alloc.h"
#include "runtime/config.h"
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
