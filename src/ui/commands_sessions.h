/* commands_sessions.h: the functions behind the rows of commands.c that are about sessions, and what
 * they share with the others. */

#ifndef STUI_UI_COMMANDS_SESSIONS_H
#define STUI_UI_COMMANDS_SESSIONS_H

#include <stdbool.h>

#include "ui/commands.h"

/* The image that a command is about: the one named, else the one under the cursor, else the one
 * whose workspace is shown. Empty after a word to the user. */
const char *command_target_image (struct ui *ui, const char *argument);

/* Asks the question of FORMAT, unless it is answered: SELF runs again with ARGUMENT when EXPECTED was
 * typed. Whether it was asked. */
bool command_asks (struct ui *ui, const struct command *self, const char *argument,
                   const char *expected, const char *format, ...)
    __attribute__ ((format (printf, 5, 6)));
/* Opens the line with SELF's name and TEXT, to be typed on. */
void command_type_on (struct ui *ui, const struct command *self, const char *text);

typedef void command_run (struct ui *ui, const struct command *self, const char *argument);

/* What command_work_about sets: the row's value. */
enum { ABOUT_NAME, ABOUT_NOTE, ABOUT_TAGS };

command_run command_sessions, command_work_new, command_work_about, command_work_duplicate,
    command_work_close, command_work_keep, command_work_diff, command_cleanup;

#endif
