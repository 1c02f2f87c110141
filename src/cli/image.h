/* image.h: the row of `image test`, which has a file of its own, and the conformance kit's, which it
 * runs with --conformance. */

#ifndef STUI_CLI_IMAGE_H
#define STUI_CLI_IMAGE_H

#include "cli/command.h"

extern const struct command image_test;

/* An enum stui_exit. */
int image_conformance_run (const struct cli_options *cli, const struct arguments *arguments);

#endif
