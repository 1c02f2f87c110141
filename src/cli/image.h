/* image.h: the row of `image test`, which has a file of its own. */

#ifndef STUI_CLI_IMAGE_H
#define STUI_CLI_IMAGE_H

#include "cli/command.h"

extern const struct command image_test;

#endif
