/* plant.c: see plant.h. Pure. */

#include "chaos/plant.h"

#include <stdlib.h>

#include "runtime/alloc.h"

void
plant_fini (struct plant *self)
{
    free (self->held);
    *self = (struct plant){0};
}

bool
plant_strikes (struct plant *self, enum plant_kind kind)
{
    if (self->kind != kind || self->is_done || self->answers < PLANT_AFTER_ANSWERS)
        return false;
    self->is_done = true;
    return true;
}

bool
plant_waits (const struct plant *self)
{
    return self->kind != PLANT_NONE && self->kind != PLANT_SOCKET_LEAKED && !self->is_done;
}

bool
plant_holds (struct plant *self, size_t session, const char *text)
{
    if (!plant_strikes (self, PLANT_ANSWERS_SWAPPED))
        return false;
    self->held_session = session;
    self->held = stui_strdup (text);
    return true;
}
