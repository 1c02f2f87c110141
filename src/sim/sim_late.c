/* sim_late.c: see sim_late.h. */

#include "sim/sim_late.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

bool
sim_late_add (struct sim_late *self, size_t image, struct sim_output *output, int64_t due_ms)
{
    if (self->count == SIM_LATE_MAX)
        return false;
    stui_grow (&self->items, &self->room, self->count, sizeof *self->items);
    size_t place = self->count++;
    for (; place > 0 && self->items[place - 1].due_ms > due_ms; place--)
        self->items[place] = self->items[place - 1];
    self->items[place] = (struct sim_late_item){due_ms, image, *output};
    *output = (struct sim_output){.action = output->action};
    return true;
}

bool
sim_late_take (struct sim_late *self, int64_t now_ms, struct sim_late_item *item)
{
    if (self->count == 0 || self->items[0].due_ms > now_ms)
        return false;
    *item = self->items[0];
    memmove (self->items, self->items + 1, --self->count * sizeof *self->items);
    return true;
}

int64_t
sim_late_deadline (const struct sim_late *self)
{
    return self->count > 0 ? self->items[0].due_ms : STUI_NEVER;
}

void
sim_late_fini (struct sim_late *self)
{
    for (size_t i = 0; i < self->count; i++)
        sim_output_fini (&self->items[i].output);
    free (self->items);
    *self = (struct sim_late){0};
}
