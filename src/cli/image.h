/* image.h: what the files of `stui image` share: rows that have files of their own, the conformance
 * kit that `image test` runs, and how an image is waited for. */

#ifndef STUI_CLI_IMAGE_H
#define STUI_CLI_IMAGE_H

#include "cli/command.h"
#include "cli/images.h"

extern const struct command image_show, image_test, image_interrupt;

/* Starts the supervisor of image NAME if it has to be, and waits for its state. A copy that the caller
 * owns, or NULL after saying why. */
struct json *image_settle (struct client *client, const char *name, enum images_patience patience,
                           int64_t limit_ms);

/* An enum stui_exit. */
int image_conformance_run (const struct cli_options *cli, const struct arguments *arguments);

#endif
