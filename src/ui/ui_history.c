/* ui_history.c: see ui_history.h. */

#include "ui/ui_history.h"

#include <stdio.h>
#include <string.h>

#include "runtime/json.h"
#include "ui/ui_kiosk.h"
#include "ui/ui_layouts.h"

/* The image whose details are seen; NULL. */
static const struct model_image *
seen_image (const struct ui *self)
{
    bool linked = self->model.link == MODEL_LINKED;
    bool seen = ui_sees (self, SCREEN_IMAGES) || ui_sees (self, SCREEN_IMAGE);
    return linked && seen ? model_selected (&self->model) : NULL;
}

/* When the connections of IMAGE are asked for. */
static int64_t
due_ms (const struct ui *self, const struct model_image *image)
{
    bool known =
        strcmp (image->name, self->history_image) == 0 && image->state == self->history_state;
    return known ? self->history_ms : self->history_soon_ms;
}

static bool
marks_are_wanted (const struct ui *self)
{
    return self->marks_wanted && self->model.link == MODEL_LINKED;
}

int64_t
ui_history_deadline (const struct ui *self)
{
    const struct model_image *image = seen_image (self);
    int64_t history_ms = image && !self->history_open ? due_ms (self, image) : STUI_NEVER;
    int64_t marks_ms = marks_are_wanted (self) ? self->marks_ms : STUI_NEVER;
    return marks_ms < history_ms ? marks_ms : history_ms;
}

void
ui_history_attach (struct ui *self)
{
    if (marks_are_wanted (self) && self->now.mono_ms >= self->marks_ms) {
        if (!ui_awaits (self, UI_ASK_MARKED))
            ui_marks_keep (self); /* what was marked without an owner */
        self->marks_wanted =
            ui_ask (self, UI_ASK_MARKS, "", msg_new ("store", MSG_IMAGE_MARKS, self->last_ref + 1))
            == NULL;
        if (self->marks_wanted)
            self->marks_ms = self->now.mono_ms + UI_AGAIN_MS;
    }
    const struct model_image *image = seen_image (self);
    if (!image || self->history_open || self->now.mono_ms < due_ms (self, image))
        return;
    snprintf (self->history_image, sizeof self->history_image, "%s", image->name);
    self->history_state = image->state;
    struct msg *msg = msg_new ("store", MSG_IMAGE_HISTORY, self->last_ref + 1, image->name,
                               (uint64_t) MODEL_CONNECTIONS_MAX);
    self->history_open = ui_ask (self, UI_ASK_HISTORY, image->name, msg) != NULL;
    self->history_ms = self->now.mono_ms + UI_HISTORY_MS;
    self->history_soon_ms = self->now.mono_ms + UI_HISTORY_SOON_MS;
}

void
ui_history_forget (struct ui *self)
{
    self->marks_wanted = true;
    self->marks_ms = self->now.mono_ms;
    self->history_image[0] = '\0';
    self->history_soon_ms = self->now.mono_ms;
}

void
ui_history_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                   const struct json *result)
{
    const char *why = msg->verb == MSG_ERROR ? msg_text (msg, 1) : "the answer was damaged";
    switch (ask->kind) {
    case UI_ASK_MARKS:
        if (result) {
            model_take_marks (&self->model, result);
            ui_welcome_take_marks (self, result);
        }
        else { /* until they are there nothing is known of marks */
            self->marks_wanted = true;
            self->marks_ms = self->now.mono_ms + UI_AGAIN_MS;
        }
        ui_layouts_take (self, result, why);
        break;
    case UI_ASK_MARKED:
        if (result)
            model_marks_confirmed (&self->model, ask->edited);
        else
            ui_say (self, ROLE_ERROR, "Marks are not kept: %s", why);
        break;
    case UI_ASK_FAVOURITE:
    case UI_ASK_LAYOUT:
        self->marks_wanted = true;
        if (result)
            ui_say (self, ROLE_SUCCESS, "%s", ask->said);
        else if (ask->kind == UI_ASK_LAYOUT && msg->verb == MSG_ERROR
                 && stui_err_from_word (msg_text (msg, 0)) == STUI_E_EXISTS)
            ui_layouts_exists (self, ask);
        else
            ui_say (self, ROLE_ERROR, "%s", why);
        break;
    case UI_ASK_KIOSK:
        ui_kiosk_answer (self, ask, result);
        break;
    default:
        self->history_open = false;
        if (result)
            model_take_history (&self->model, ask->image, result);
    }
}
