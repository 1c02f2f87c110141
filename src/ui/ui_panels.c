/* ui_panels.c: see ui_panels.h. Pure but for the heap. */

#include "ui/ui_panels.h"

#include <stdlib.h>

#include "ui/ui_cleanup.h"
#include "ui/ui_fan.h"

void
ui_panels_attach (struct ui *self)
{
    ui_fan_attach (self);
    ui_welcome_attach (self);
    ui_cleanup_attach (self);
}

int64_t
ui_panels_deadline (const struct ui *self)
{
    const int64_t deadlines[] = {
        ui_fan_deadline (self),
        ui_welcome_deadline (self),
        ui_cleanup_deadline (self),
        ui_probe_deadline (&self->diagnosis, self->now),
        ui_probe_deadline (&self->welcome.probe, self->now),
    };
    int64_t first = STUI_NEVER;
    for (size_t index = 0; index < sizeof deadlines / sizeof *deadlines; index++)
        first = deadlines[index] < first ? deadlines[index] : first;
    return first;
}

void
ui_panels_answer (struct ui *self, const struct ui_ask *ask, const struct msg *msg,
                  const struct json *result)
{
    if (ask->kind == UI_ASK_PROBE)
        ui_probe_answer (self, ask, msg, result);
    else if (ask->kind == UI_ASK_EDIT)
        ui_edit_answer (self, ask, msg, result);
    else if (ask->kind == UI_ASK_FAN)
        ui_fan_answer (self, ask, msg, result);
    else
        ui_welcome_answer (self, ask, msg, result);
}

void
ui_panels_fini (struct ui *self)
{
    ui_probe_fini (&self->diagnosis);
    ui_edit_fini (&self->edit);
    ui_welcome_fini (&self->welcome);
    model_fan_fini (&self->fan);
    free (self->fan_code);
    self->fan_code = NULL;
}
