/* main_config.h: the configuration as main holds it: read from its file, changed through a lock
 * and a rename, told to registry. Owned by the main actor. */

#ifndef STUI_MAIN_CONFIG_H
#define STUI_MAIN_CONFIG_H

#include "runtime/config.h"

struct json;

struct main_config {
    const char *path; /* borrowed; absolute */
    struct config config;
};

/* Reads the file; one that is not there holds no images. On an error, with CAUSE, what was
 * read before stays. */
int main_config_load (struct main_config *self, struct stui_cause *cause);
void main_config_fini (struct main_config *self);

/* Adds image NAME with SETTINGS, changes those of them that SETTINGS has (null takes one away), or
 * removes it, in the file as it is now; then that is what we hold. 0 or an error with CAUSE; the file is then untouched. */
int main_config_add (struct main_config *self, const char *name, const struct json *settings,
                     struct stui_cause *cause);
int main_config_set (struct main_config *self, const char *name, const struct json *settings,
                     struct stui_cause *cause);
int main_config_remove (struct main_config *self, const char *name, struct stui_cause *cause);

/* The body of the `images` message: {autoconnect, read_only, fresh, alert, images}, with each image's token,
 * or token_error, read now from its token_file. Caller frees. Not to be logged. */
char *main_config_images (const struct main_config *self, bool autoconnect, bool read_only,
                          bool fresh);

/* {images: [settings…]} of image NAME, or of all when it is empty; no secrets. Caller frees;
 * NULL and CAUSE when there is no such image. */
char *main_config_show (const struct main_config *self, const char *name, struct stui_cause *cause);

#endif
