/* commands_fan.h: the functions behind the rows of commands.c about many images at once: marks, and an
 * evaluation in all that are marked. */

#ifndef STUI_UI_COMMANDS_FAN_H
#define STUI_UI_COMMANDS_FAN_H

#include "ui/commands_sessions.h"

command_run command_fan_all, command_fan_show, command_fan_order, command_fan_interrupt,
    command_image_mark;

#endif
