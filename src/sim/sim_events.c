/* sim_events.c: an array whose front is given up as events grow old, and closed when half of it is
 * empty. */

#include "sim/sim_events.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

static void
drop_oldest (struct sim_events *self)
{
    struct sim_event *event = &self->items[self->first++];
    self->bytes -= event->size;
    free (event->session_id);
    free (event->text);
    *event = (struct sim_event){0};
    if (self->first * 2 < self->count)
        return;
    self->count -= self->first;
    memmove (self->items, self->items + self->first, self->count * sizeof *self->items);
    self->first = 0;
}

void
sim_events_fini (struct sim_events *self)
{
    while (self->first < self->count)
        drop_oldest (self);
    free (self->items);
    *self = (struct sim_events){0};
}

const struct sim_event *
sim_events_add (struct sim_events *self, const char *name, const char *session_id,
                struct json *data, int64_t wall_ms)
{
    char time[CLOCK_TEXT_SIZE];
    struct json *json = json_object ();
    json_set_text (json, "event", name);
    json_set_number (json, "seq", ++self->last_seq);
    json_set_text (json, "session_id", session_id);
    json_set (json, "data", data);
    json_set_text (json, "timestamp", clock_format (wall_ms, time));
    stui_grow (&self->items, &self->room, self->count, sizeof *self->items);
    struct sim_event *event = &self->items[self->count++];
    event->name = name;
    event->seq = self->last_seq;
    event->session_id = session_id ? stui_strdup (session_id) : NULL;
    event->text = json_print (json);
    event->size = strlen (event->text);
    json_destroy (&json);
    self->bytes += event->size;
    while (self->bytes > SIM_EVENTS_BYTES_MAX && self->count - self->first > 1)
        drop_oldest (self);
    return &self->items[self->count - 1];
}

int64_t
sim_events_oldest (const struct sim_events *self)
{
    return self->first < self->count ? self->items[self->first].seq : self->last_seq + 1;
}

const struct sim_event *
sim_events_next (const struct sim_events *self, int64_t *seq)
{
    int64_t oldest = sim_events_oldest (self), wanted = *seq + 1 > oldest ? *seq + 1 : oldest;
    if (wanted > self->last_seq)
        return NULL;
    *seq = wanted;
    return &self->items[self->first + (size_t) (wanted - oldest)];
}
