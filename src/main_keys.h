/* main_keys.h: the user's own keys of a configuration. Commands and keys are the ui's, of which neither an
 * owner nor the command line knows. Pure but for the heap. */

#ifndef STUI_MAIN_KEYS_H
#define STUI_MAIN_KEYS_H

#include <stui/types.h>

struct config;
struct json;
struct keymap_binding;

/* Those of CONFIG, as keymap_remap takes them; the caller frees the array, its texts are CONFIG's. */
struct keymap_binding *main_keys_bindings (const struct config *config);

/* [[command, keys, line]…] of CONFIG, as `configured` carries them; caller owns. */
struct json *main_keys_record (const struct config *config);
/* Whether both have the same keys, at whatever lines. */
bool main_keys_are_same (const struct config *one, const struct config *other);

/* Whether a terminal could use them: 0; or an error with CAUSE, which names the file PATH and the line. */
int main_keys_check (const struct config *config, const char *path, struct stui_cause *cause);

#endif
