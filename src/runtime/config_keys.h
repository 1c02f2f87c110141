/* config_keys.h: the keys of the configuration file, for documents and for shells that complete them.
 * The table is config.c's. */

#ifndef STUI_RUNTIME_CONFIG_KEYS_H
#define STUI_RUNTIME_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_key_info {
    const char *word;
    bool in_stui, in_alert, in_image; /* the sections that it may stand in */
    bool is_number;
    int64_t otherwise, low, high; /* of a number */
};

/* The key at INDEX; one without a word past the last. */
struct config_key_info config_key_at (size_t index);

#endif
