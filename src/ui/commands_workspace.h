/* commands_workspace.h: the functions of the rows of the command table that are about a workspace's
 * text: inputs of before, the clipboard. Own nothing. Pure but for the heap. */

#ifndef STUI_UI_COMMANDS_WORKSPACE_H
#define STUI_UI_COMMANDS_WORKSPACE_H

struct command;
struct ui;

/* `earlier-input` (VALUE 1) and `later-input` (-1): in the place of the selection. */
void command_workspace_history (struct ui *ui, const struct command *self, const char *argument);
void command_workspace_complete (struct ui *ui, const struct command *self, const char *argument);
void command_workspace_search (struct ui *ui, const struct command *self, const char *argument);
void command_workspace_buffers (struct ui *ui, const struct command *self, const char *argument);
void command_workspace_buffer (struct ui *ui, const struct command *self, const char *argument);
void command_workspace_next_buffer (struct ui *ui, const struct command *self,
                                    const char *argument);
/* `results [beside|place]`: whether print it puts the answer into the text. */
void command_workspace_answers (struct ui *ui, const struct command *self, const char *argument);
void command_workspace_open (struct ui *ui, const struct command *self, const char *argument);
void command_workspace_write (struct ui *ui, const struct command *self, const char *argument);
void command_workspace_external (struct ui *ui, const struct command *self, const char *argument);

enum { WORKSPACE_COPY, WORKSPACE_CUT, WORKSPACE_PASTE };
void command_workspace_clip (struct ui *ui, const struct command *self, const char *argument);

#endif
