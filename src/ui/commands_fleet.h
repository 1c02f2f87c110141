/* commands_fleet.h: the functions behind the rows of commands.c that change the list of images, how it
 * is shown, and who is alerted. */

#ifndef STUI_UI_COMMANDS_FLEET_H
#define STUI_UI_COMMANDS_FLEET_H

#include "ui/commands_sessions.h"

command_run command_fleet_alerts, command_fleet_group, command_fleet_image;

#endif
