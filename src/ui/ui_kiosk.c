/* ui_kiosk.c: see ui_kiosk.h. */

#include "ui/ui_kiosk.h"

#include <stdlib.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

void
ui_kiosk_begin (struct ui *self)
{
    self->kiosk = stui_alloc (sizeof *self->kiosk);
    kiosk_init (self->kiosk);
    self->read_only = true;
    self->restored = true; /* nobody works here */
}

void
ui_kiosk_end (struct ui *self)
{
    kiosk_fini (self->kiosk);
    free (self->kiosk);
    self->kiosk = NULL;
}

void
ui_kiosk_key (struct ui *self, struct key key)
{
    static const char *const ends[] = {"q", "^C", "^Q"};
    for (size_t index = 0; index < sizeof ends / sizeof *ends; index++) {
        struct key end;
        if (key_parse (ends[index], &end) && key_is_equal (key, end))
            ui_quit (self);
    }
}

void
ui_kiosk_attach (struct ui *self)
{
    struct kiosk *kiosk = self->kiosk;
    kiosk_take (kiosk, &self->model, self->now);
    kiosk_step (kiosk, &self->model, self->now);
    const char *name = kiosk_wants (kiosk, &self->model, self->now);
    if (!name)
        return;
    struct msg *msg = msg_new ("store", MSG_IMAGE_HISTORY, self->last_ref + 1, name, (uint64_t) 0);
    kiosk->asking = ui_ask (self, UI_ASK_KIOSK, name, msg) != NULL;
}

int64_t
ui_kiosk_deadline (const struct ui *self)
{
    int64_t deadline = kiosk_deadline (self->kiosk, &self->model, self->now);
    if (!self->watching && self->watch_ms < deadline)
        deadline = self->watch_ms;
    return self->quitting && self->quit_ms < deadline ? self->quit_ms : deadline;
}

void
ui_kiosk_answer (struct ui *self, const struct ui_ask *ask, const struct json *result)
{
    self->kiosk->asking = false;
    if (result)
        kiosk_take_figures (self->kiosk, ask->image, result);
}
