/* ui_fan.c: see ui_fan.h. Pure but for the heap. */

#include "ui/ui_fan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "ui/eval_text.h"
#include "ui/ui_files.h"
#include "ui/ui_held.h"

void
ui_fan_begin (struct ui *self, const char *code)
{
    struct model_fan *fan = &self->fan;
    model_fan_begin (fan, code, self->now.wall_ms);
    for (size_t index = 0; index < self->model.image_count; index++)
        if (self->model.images[index].marked)
            model_fan_add (fan, self->model.images[index].name);
    if (self->screen != SCREEN_FAN && self->screen != SCREEN_HELP)
        self->fan_from = self->screen;
    self->fan_top = 0;
    ui_show (self, SCREEN_FAN);
}

/* The tag by which it is interrupted. */
static char *
tag_text (const struct ui *self, uint64_t ref, char tag[64])
{
    snprintf (tag, 64, "%.40s/%llu", self->terminal_id, (unsigned long long) ref);
    return tag;
}

static bool
row_send (struct ui *self, struct fan_row *row, const char *parameters)
{
    char peer[STUI_ACTOR_ID_MAX + 1], tag[64];
    struct msg *msg =
        msg_new (ui_peer (row->image, peer), MSG_HOLD, self->last_ref + 1, "evaluate", parameters,
                 ui_held_patience_ms (self, row->image), tag_text (self, self->last_ref + 1, tag));
    struct ui_ask *ask = ui_ask (self, UI_ASK_FAN, row->image, msg);
    if (ask)
        model_fan_send (&self->fan, row, ask->ref, self->now.mono_ms);
    return ask != NULL;
}

void
ui_fan_attach (struct ui *self)
{
    struct model_fan *fan = &self->fan;
    if (fan->counts[FAN_WAITING] == 0 || self->model.link != MODEL_LINKED || self->quitting)
        return;
    struct json *parameters = json_object ();
    json_set_text (parameters, "code", fan->code);
    json_set_text (parameters, "mode", eval_mode_wire (EVAL_PRINT));
    char *text = json_print (parameters);
    for (size_t index = 0; index < fan->count && fan->counts[FAN_SENT] < UI_FAN_OPEN_MAX
                           && self->ask_count + UI_FAN_ROOM < UI_ASKS_MAX;
         index++) {
        struct fan_row *row = &fan->rows[index];
        if (row->state == FAN_WAITING && self->now.mono_ms >= row->again_ms
            && !row_send (self, row, text))
            break;
    }
    free (text);
    json_destroy (&parameters);
}

int64_t
ui_fan_deadline (const struct ui *self)
{
    const struct model_fan *fan = &self->fan;
    int64_t deadline = STUI_NEVER;
    if (fan->counts[FAN_WAITING] == 0 || self->model.link != MODEL_LINKED)
        return deadline;
    for (size_t index = 0; index < fan->count; index++) {
        const struct fan_row *row = &fan->rows[index];
        if (row->state == FAN_WAITING && row->again_ms > self->now.mono_ms
            && row->again_ms < deadline)
            deadline = row->again_ms;
    }
    return deadline;
}

/* ---- answers -------------------------------------------------------------------------------- */

/* There is none: why, in words; and as what it ended. The caller frees. */
static char *
refusal_text (const struct msg *msg, int err, enum fan_state *state)
{
    struct json *details = json_parse_text (msg_text (msg, 2));
    char *text;
    *state = FAN_REFUSED;
    if (err == STUI_E_HELD) {
        *state = FAN_HELD;
        text = stui_printf ("it is away: held until it is back; 5 shows it");
    }
    else if (err == STUI_E_ACTOR_ENDED) /* its supervisor was not there, or it would be in doubt */
        text = stui_printf ("%s: nothing was sent", msg_text (msg, 1));
    else {
        if (err == STUI_E_IN_DOUBT)
            *state = FAN_DOUBT;
        text = eval_text_refused (err, msg_text (msg, 1), details);
    }
    json_destroy (&details);
    return text;
}

void
ui_fan_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
               const struct json *result)
{
    struct fan_row *row = model_fan_find (&self->fan, ask->ref);
    if (!row)
        return; /* of an evaluation that was left for another */
    int err = msg->verb == MSG_ERROR ? stui_err_from_word (msg_text (msg, 0)) : 0;
    enum fan_state state = FAN_ANSWERED;
    char *text;
    if (err == STUI_E_QUEUE_FULL) {
        model_fan_wait (&self->fan, row, self->now.mono_ms + UI_FAN_AGAIN_MS);
        return;
    }
    if (msg->verb == MSG_ERROR)
        text = refusal_text (msg, err, &state);
    else if (!result) {
        state = FAN_DOUBT;
        text = stui_strdup ("its answer was damaged");
    }
    else if (json_get_bool (result, "has_error", false)) {
        state = FAN_RAISED;
        text = eval_text_raised (result);
    }
    else
        text = eval_text_result (EVAL_PRINT, result);
    model_fan_end (&self->fan, row, state, text, self->now.mono_ms);
    free (text);
    if (model_fan_ended (&self->fan) == self->fan.count && !ui_sees (self, SCREEN_FAN))
        ui_news (self, ROLE_SUCCESS, "All %zu images have answered; 8 shows it", self->fan.count);
}

/* ---- what its user does --------------------------------------------------------------------- */

void
ui_fan_interrupt (struct ui *self)
{
    char peer[STUI_ACTOR_ID_MAX + 1], tag[64];
    size_t count = 0;
    for (size_t index = 0; index < self->fan.count; index++) {
        struct fan_row *row = &self->fan.rows[index];
        if (row->state != FAN_SENT)
            continue;
        struct ui_ask *ask = ui_ask (self, UI_ASK_FAN_INTERRUPT, row->image,
                                     msg_new (ui_peer (row->image, peer), MSG_INTERRUPT,
                                              self->last_ref + 1, tag_text (self, row->ref, tag)));
        if (!ask)
            return;
        count++;
    }
    ui_say (self, ROLE_NORMAL, count > 0 ? "Interrupting it in %zu images" : "It runs nowhere",
            count);
}

bool
ui_fan_give_up (struct ui *self)
{
    size_t count = model_fan_give_up (&self->fan);
    size_t open = self->fan.counts[FAN_SENT];
    if (count == 0)
        return false;
    ui_say (self, ROLE_WARNING,
            open > 0 ? "%zu will not be sent; the answers of %zu are still awaited"
                     : "%zu will not be sent",
            count, open);
    return true;
}

void
ui_fan_save (struct ui *self, const char *name)
{
    if (!self->fan.code) {
        ui_say (self, ROLE_WARNING,
                "There is nothing to save yet: :all evaluates in marked images");
        return;
    }
    char *path = ui_file_resolve (self, name);
    if (!path)
        return;
    size_t size = strlen (path);
    bool as_json = size > 5 && strcmp (path + size - 5, ".json") == 0;
    char *text = model_fan_export (&self->fan, as_json);
    struct ui_ask *ask =
        ui_ask (self, UI_ASK_ORDER, "",
                msg_new ("worker", MSG_FILE_WRITE, self->last_ref + 1, path, text, (uint64_t) 0));
    if (ask)
        snprintf (ask->said, sizeof ask->said, "%zu answers are in %.60s%s",
                  model_fan_ended (&self->fan), path, strlen (path) > 60 ? "…" : "");
    free (text);
    free (path);
}
