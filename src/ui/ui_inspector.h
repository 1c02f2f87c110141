/* ui_inspector.h: how an object that is inspected is asked for, refreshed, copied and let go. Part of the
 * ui's steps. */

#ifndef STUI_UI_UI_INSPECTOR_H
#define STUI_UI_UI_INSPECTOR_H

#include "ui/ui_step.h"

/* An inspect it of WORKSPACE's OUTPUT was answered with RESULT: its object is shown, when the image gave an
 * id for it. */
void ui_inspector_open (struct ui *self, const struct workspace *workspace, const char *code,
                        const struct json *result);
/* Asks for what is open and not there. */
void ui_inspector_attach (struct ui *self);
void ui_inspector_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                          const struct json *result);
/* ASK for the fields of an object is not waited for any more. */
void ui_inspector_give_up (struct ui *self, const struct ui_ask *ask);
/* What is kept of it with the session of WORKSPACE goes into PATCH; and what was kept comes back. */
void ui_inspector_keep (const struct ui *self, const struct workspace *workspace,
                        struct json *patch);
void ui_inspector_restore (struct ui *self, const struct workspace *workspace,
                           const struct json *session);

/* Commands, see commands.c. */
void command_inspector_refresh (struct ui *ui, const struct command *self, const char *argument);
void command_inspector_copy (struct ui *ui, const struct command *self, const char *argument);
void command_inspector_close (struct ui *ui, const struct command *self, const char *argument);

#endif
