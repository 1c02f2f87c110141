/* ui_files.h: files of the user's that become buffers, and buffers that are written to files. The actor
 * `worker` reads and writes; one file at a time. Pure but for the heap. See ui_step.h. */

#ifndef STUI_UI_UI_FILES_H
#define STUI_UI_UI_FILES_H

#include "ui/ui_step.h"

/* NAME as a path from the root: from HOME on when it begins with "~/", else from DIRECTORY on; each may
 * be NULL. NULL: nobody knows where that is. Caller frees. */
char *ui_file_path (const char *name, const char *directory, const char *home);

/* That path for SELF; NULL, and it was said what to do. Caller frees. */
char *ui_file_resolve (struct ui *self, const char *name);

/* Asks for the file; it comes as a buffer of its own. */
void ui_file_open (struct ui *self, const char *name);
/* Writes the buffer that is shown; NAME "" is its own file. A file that is there and not the buffer's
 * own is asked about, and one that another program changed since it was read or written here. */
void ui_file_write (struct ui *self, const struct command *command, const char *name);
/* Gives the buffer that is shown to the user's own editor; ui_take_external takes it back. */
void ui_edit_outside (struct ui *self);
void ui_file_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                     const struct json *result);

#endif
