/* ui_transcript.c: see ui_transcript.h. The states of images say how far each transcript has come; who is
 * behind asks. Pure but for the heap. */

#include "ui/ui_transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"
#include "ui/commands_sessions.h"
#include "ui/ui_files.h"

/* Whether TAPE is to be asked for, now or at its retry. Its last is before what was had when the state is
 * older than the answer, or when the clock was set back and stui started again: asked for once. */
static bool
is_behind (const struct transcript_tape *tape, const struct model_image *image)
{
    return !tape->asked
           && (image->transcript > tape->had.after
               || (image->transcript < tape->had.after && image->transcript != tape->seen));
}

void
ui_transcript_attach (struct ui *self)
{
    if (!ui_sees (self, SCREEN_TRANSCRIPT) || self->model.link != MODEL_LINKED)
        return;
    for (size_t index = 0;
         index < self->model.image_count && self->transcripts_open < UI_TRANSCRIPTS_MAX; index++) {
        const struct model_image *image = &self->model.images[index];
        if (!ui_sees_transcript (self, image->name))
            continue;
        struct transcript_tape *tape = model_transcript_tape (&self->transcript, image->name);
        char peer[STUI_ACTOR_ID_MAX + 1];
        if (!is_behind (tape, image) || self->now.mono_ms < tape->retry_ms)
            continue;
        struct msg *msg =
            msg_new (ui_peer (image->name, peer), MSG_TRANSCRIPT_GET, self->last_ref + 1,
                     tape->had.after, (uint64_t) UI_TRANSCRIPT_BYTES, (uint64_t) 0);
        tape->asked = ui_ask (self, UI_ASK_TRANSCRIPT, image->name, msg) != NULL;
        tape->seen = tape->asked ? image->transcript : tape->seen;
        tape->retry_ms = tape->asked ? 0 : self->now.mono_ms + UI_AGAIN_MS;
        self->transcripts_open += tape->asked;
    }
}

int64_t
ui_transcript_deadline (const struct ui *self)
{
    int64_t deadline = STUI_NEVER;
    if (!ui_sees (self, SCREEN_TRANSCRIPT) || self->model.link != MODEL_LINKED
        || self->transcripts_open >= UI_TRANSCRIPTS_MAX)
        return deadline;
    for (size_t index = 0; index < self->transcript.tape_count; index++) {
        const struct transcript_tape *tape = &self->transcript.tapes[index];
        const struct model_image *image = model_find (&self->model, tape->image);
        if (image && ui_sees_transcript (self, image->name) && is_behind (tape, image)
            && tape->retry_ms < deadline)
            deadline = tape->retry_ms;
    }
    return deadline;
}

void
ui_transcript_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                      const struct json *result)
{
    if (ask->kind == UI_ASK_TRANSCRIPT_SAVE) {
        if (result)
            ui_say (self, ROLE_SUCCESS, "%s", ask->said);
        else
            ui_say (self, ROLE_ERROR, "Not saved: %s",
                    msg->verb == MSG_ERROR ? msg_text (msg, 1) : "the answer was damaged");
        return;
    }
    struct transcript_tape *tape = model_transcript_tape (&self->transcript, ask->image);
    tape->asked = false;
    self->transcripts_open--;
    if (result)
        model_transcript_take (&self->transcript, ask->image, result);
    else
        tape->retry_ms = self->now.mono_ms + UI_AGAIN_MS;
}

/* ---- commands --------------------------------------------------------------------------------- */

/* Shows that of IMAGE; empty: of all. */
static void
show (struct ui *ui, const char *image)
{
    struct model_transcript *transcript = &ui->transcript;
    if (strcmp (transcript->image, image) != 0)
        model_transcript_follow (transcript);
    snprintf (transcript->image, sizeof transcript->image, "%s", image);
    ui_show (ui, SCREEN_TRANSCRIPT);
}

/* What is shown goes into the file NAME. */
static void
save (struct ui *ui, const char *name)
{
    if (!*name) {
        ui_say (ui, ROLE_WARNING, "Save it where? :transcript save FILE");
        return;
    }
    char *path = ui_file_resolve (ui, name);
    if (!path)
        return;
    size_t count = model_transcript_passing (&ui->transcript);
    char *text = model_transcript_text (&ui->transcript, ui->now.zone_s);
    struct msg *msg =
        msg_new ("worker", MSG_FILE_WRITE, ui->last_ref + 1, path, text, (uint64_t) 0);
    struct ui_ask *ask = ui_ask (ui, UI_ASK_TRANSCRIPT_SAVE, "", msg);
    if (ask)
        snprintf (ask->said, sizeof ask->said, "%zu line%s in %.80s", count,
                  count == 1 ? " is" : "s are", path);
    free (text);
    free (path);
}

void
command_transcript_show (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    if (strncmp (argument, "save", 4) == 0 && (argument[4] == ' ' || !argument[4]))
        save (ui, argument + 4 + strspn (argument + 4, " "));
    else if (strcmp (argument, "all") == 0)
        show (ui, "");
    else if (*argument) {
        if (*command_target_image (ui, argument))
            show (ui, argument);
    }
    else if (ui->screen != SCREEN_TRANSCRIPT) {
        /* Of the image at hand; when none is, of all. */
        const struct model_image *selected =
            ui->screen == SCREEN_IMAGES ? model_selected (&ui->model) : NULL;
        show (ui, selected ? selected->name : ui->current ? ui->current->image : "");
    }
}

/* All images, or the one at hand again. */
void
command_transcript_all (struct ui *ui, const struct command *self, const char *argument)
{
    (void) self;
    (void) argument;
    const struct model_image *selected = model_selected (&ui->model);
    if (ui->transcript.image[0])
        show (ui, "");
    else
        show (ui, ui->current ? ui->current->image : selected ? selected->name : "");
}

/* With a text it is looked for from the end; VALUE 1: once more, further down; -1: further up. */
void
command_transcript_find (struct ui *ui, const struct command *self, const char *argument)
{
    struct model_transcript *transcript = &ui->transcript;
    if (*argument) {
        snprintf (transcript->find, sizeof transcript->find, "%s", argument);
        transcript->found = 0;
    }
    else if (self->value == 0 || !transcript->find[0]) {
        command_type_on (ui, commands_find ("find-text", strlen ("find-text")), "");
        return;
    }
    ui_show (ui, SCREEN_TRANSCRIPT);
    if (!model_transcript_find (transcript, self->value <= 0, ui->list_area.rows))
        ui_say (ui, ROLE_WARNING, "No line that is shown holds '%.80s'", transcript->find);
}
