/* ui_held.c: see ui_held.h. Pure but for the heap. */

#include "ui/ui_held.h"

#include <stdio.h>
#include <stdlib.h>

#include "runtime/json.h"
#include "ui/eval_text.h"

void
ui_held_tell (struct ui *self)
{
    const struct model_image *first = NULL;
    long long images = 0, count = 0;
    bool fresh = false;
    for (size_t index = 0; index < self->model.image_count; index++) {
        struct model_image *image = &self->model.images[index];
        bool waits = image->state == STUI_IMAGE_ONLINE && image->held > 0;
        fresh = fresh || (waits && !image->held_told && !ui_sees (self, SCREEN_HELD));
        first = first || !waits ? first : image;
        images += waits;
        count += waits ? image->held : 0;
        image->held_told = waits;
    }
    if (images == 0) {
        model_recall (&self->model, self->now, MODEL_TOPIC_HELD);
        return;
    }
    char key[KEY_NAME_SIZE], more[64] = "", text[STUI_CAUSE_MAX];
    if (images > 1)
        snprintf (more, sizeof more, " and %lld more", images - 1);
    snprintf (
        text, sizeof text,
        count == 1
            ? "%s%s %s online, and %lld evaluation of %s is held: %s shows it, s sends it"
            : "%s%s %s online, and %lld evaluations of %s are held: %s shows them, s sends one",
        first->name, more, images == 1 ? "is" : "are", count, images == 1 ? "it" : "them",
        ui_key (self, "held", key));
    if (fresh || model_told_other (&self->model, MODEL_TOPIC_HELD, text))
        model_tell (&self->model, self->now, ROLE_WARNING, MODEL_TOPIC_HELD, text);
}

void
ui_held_attach (struct ui *self)
{
    if (self->held_open > 0 || !ui_sees (self, SCREEN_HELD)
        || (self->held_next == 0 && !self->held_wanted))
        return;
    /* What is wanted meanwhile waits until all were asked: else the last never are. */
    size_t at = self->held_next;
    self->held_next = 0;
    self->held_wanted = self->held_wanted && at > 0;
    model_held_sweep (&self->held, &self->model);
    for (; at < self->model.image_count && self->held_open < UI_HELD_IMAGES_MAX; at++) {
        const struct model_image *image = &self->model.images[at];
        char peer[STUI_ACTOR_ID_MAX + 1];
        if (image->held + image->in_doubt == 0)
            continue;
        struct msg *msg = msg_new (ui_peer (image->name, peer), MSG_HELD_LIST, self->last_ref + 1);
        if (!ui_ask (self, UI_ASK_HELD, image->name, msg))
            return;
        self->held_open++;
    }
    self->held_next = at < self->model.image_count ? at : 0;
}

void
ui_held_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                const struct json *result)
{
    if (ask->kind == UI_ASK_HELD) {
        self->held_open--;
        if (result)
            model_held_take (&self->held, ask->image, json_get (result, "held"));
        return;
    }
    self->held_wanted = self->held_wanted || ui_sees (self, SCREEN_HELD);
    if (!result) {
        int err = stui_err_from_word (msg_text (msg, 0));
        char *text =
            err == STUI_E_IN_DOUBT ? eval_text_refused (err, msg_text (msg, 1), NULL) : NULL;
        ui_say (self, ROLE_ERROR, "%s: %s", ask->image, text ? text : msg_text (msg, 1));
        free (text);
        return;
    }
    bool raised = json_get_bool (result, "has_error", false);
    char *text = raised ? eval_text_raised (result) : eval_text_result (EVAL_PRINT, result);
    ui_say (self, raised ? ROLE_ERROR : ROLE_SUCCESS, "%s: %s", ask->image, text);
    free (text);
}

void
ui_held_send (struct ui *self, const struct model_held_entry *entry)
{
    char peer[STUI_ACTOR_ID_MAX + 1], tag[64];
    snprintf (tag, sizeof tag, "%.40s/%llu", self->terminal_id,
              (unsigned long long) self->last_ref + 1);
    ui_ask (self, UI_ASK_HELD_SEND, entry->image,
            msg_new (ui_peer (entry->image, peer), MSG_HELD_SEND, self->last_ref + 1, entry->id,
                     (uint64_t) 0, tag, (uint64_t) (entry->anew ? MSG_SEND_ANYWAY : 0)));
}

uint64_t
ui_held_patience_ms (const struct ui *self, const char *name)
{
    const struct model_image *image = model_find (&self->model, name);
    bool away = !image || image->state == STUI_IMAGE_OFFLINE || image->state == STUI_IMAGE_FAILED
                || image->state == STUI_IMAGE_DISABLED;
    return away ? 0 : UI_HELD_PATIENCE_MS;
}
