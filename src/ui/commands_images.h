/* commands_images.h: the functions behind the rows of commands.c about one image: its details, what is
 * wrong with it, how it is reached, whether it is protected. */

#ifndef STUI_UI_COMMANDS_IMAGES_H
#define STUI_UI_COMMANDS_IMAGES_H

#include "ui/commands_sessions.h"

command_run command_image_details, command_image_diagnose, command_image_edit,
    command_image_protect, command_welcome;

#endif
