/* image.h: what the files of `stui image` share: rows that have files of their own, the conformance
 * kit that `image test` runs, and how an image is waited for. */

#ifndef STUI_CLI_IMAGE_H
#define STUI_CLI_IMAGE_H

#include "cli/command.h"
#include "cli/images.h"
#include "cli/render.h"

extern const struct command image_show, image_test, image_diagnose, image_interrupt;

/* Starts the supervisor of image NAME if it has to be, and waits for its state. A copy that the caller
 * owns, or NULL after saying why. */
struct json *image_settle (struct client *client, const char *name, enum images_patience patience,
                           int64_t limit_ms);

/* Puts {address, token?} of a configured image, or of an address, into TARGET. 0, or an exit status
 * after saying what is wrong. */
int image_find_target (struct client *client, const struct arguments *arguments,
                       struct json *target);
/* One attempt at TARGET, without claiming it. False after saying what is wrong with stui itself. */
bool image_probe (struct client *client, const struct json *target, struct reply *reply);
/* What came of it, a line a step. */
void image_print_steps (const struct reply *reply);
void image_print_step (const char *title, enum render_color color, const char *verdict,
                       const char *text);

/* An enum stui_exit. */
int image_conformance_run (const struct cli_options *cli, const struct arguments *arguments);

#endif
