/* ui_transcript.h: how transcripts are asked for, and what the commands about them do. Part of the ui's
 * steps. */

#ifndef STUI_UI_UI_TRANSCRIPT_H
#define STUI_UI_UI_TRANSCRIPT_H

#include "ui/ui_step.h"

enum {
    UI_TRANSCRIPTS_MAX = 16, /* asked for at a time */
    UI_TRANSCRIPT_BYTES = 262144
};

/* Asks for what is new of those that are shown. */
void ui_transcript_attach (struct ui *self);
int64_t ui_transcript_deadline (const struct ui *self);
void ui_transcript_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                           const struct json *result);

/* Commands, see commands.c. */
void command_transcript_show (struct ui *ui, const struct command *self, const char *argument);
void command_transcript_all (struct ui *ui, const struct command *self, const char *argument);
void command_transcript_find (struct ui *ui, const struct command *self, const char *argument);

#endif
