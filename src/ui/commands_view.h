/* commands_view.h: commands about how this terminal shows things. Rows of the table in commands.c. */

#ifndef STUI_UI_COMMANDS_VIEW_H
#define STUI_UI_COMMANDS_VIEW_H

#include "ui/commands.h"

struct keymap_binding;
struct msg;
struct workspace;

/* Other colours, until this terminal ends; without a name the one that is used is said. */
void command_theme (struct ui *ui, const struct command *self, const char *argument);

/* VALUE 1, -1: the workspace that was opened after, before the current one, as it was left; round and
 * round. */
void command_step (struct ui *ui, const struct command *self, const char *argument);
/* The workspace of an image; without one a line is begun that completes them. */
void command_switch (struct ui *ui, const struct command *self, const char *argument);

/* Works on in WORKSPACE, as it was left (ui_step.c). */
void ui_go_to (struct ui *ui, struct workspace *workspace);

/* A `configured`: theme and keys hold from now on; or what is wrong with them is said as long as it is. */
void ui_configure (struct ui *ui, const struct msg *msg);

/* The keys of the user's own (keymap_remap); what is wrong with them is said as long as UI lives. */
void ui_remap (struct ui *ui, const struct keymap_binding *bindings, const char *name);

#endif
