/* commands_held.h: the functions behind the rows of commands.c that are about what is held and in
 * doubt. */

#ifndef STUI_UI_COMMANDS_HELD_H
#define STUI_UI_COMMANDS_HELD_H

#include "ui/commands.h"

void command_show_held (struct ui *ui, const struct command *self, const char *argument);
void command_held_send (struct ui *ui, const struct command *self, const char *argument);
void command_held_drop (struct ui *ui, const struct command *self, const char *argument);
void command_show_doubt (struct ui *ui, const struct command *self, const char *argument);

#endif
