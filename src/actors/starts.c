/* starts.c: see starts.h. */

#include "actors/starts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

void
starts_fini (struct starts *self)
{
    while (self->done < self->count) {
        struct start start = starts_take (self);
        free (start.name);
        free (start.settings);
    }
    free (self->items);
    *self = (struct starts){0};
}

void
starts_add (struct starts *self, char **name, char **settings)
{
    stui_grow (&self->items, &self->capacity, self->count, sizeof *self->items);
    self->items[self->count++] = (struct start){*name, *settings};
    *name = *settings = NULL;
}

void
starts_begin (struct starts *self, int64_t now_ms)
{
    if (self->count - self->done > STARTS_MANY)
        self->next_ms = now_ms + STARTS_FIRST_MS;
}

static void
starts_rest (struct starts *self)
{
    if (self->done < self->count)
        return;
    self->done = self->count = 0;
    self->held_ms = self->looked_ms = 0;
}

bool
starts_remove (struct starts *self, const char *name)
{
    size_t at = self->done;
    while (at < self->count && strcmp (self->items[at].name, name) != 0)
        at++;
    if (at == self->count)
        return false;
    free (self->items[at].name);
    free (self->items[at].settings);
    memmove (self->items + at, self->items + at + 1, (self->count - at - 1) * sizeof *self->items);
    self->count--;
    starts_rest (self);
    return true;
}

/* Counts the time that passes while they are held; whether they still may be. */
static bool
starts_may_be_held (struct starts *self, int64_t now_ms)
{
    if (self->looked_ms > 0)
        self->held_ms += now_ms - self->looked_ms;
    self->looked_ms = now_ms;
    return self->held_ms < STARTS_HELD_MS;
}

int
starts_due (struct starts *self, bool held, int64_t now_ms)
{
    size_t left = self->count - self->done;
    if (left == 0 || now_ms < self->next_ms)
        return 0;
    bool was_held = self->looked_ms > 0;
    if ((held || was_held) && starts_may_be_held (self, now_ms)) {
        self->next_ms = now_ms + (held ? STARTS_LOOK_MS : STARTS_AFTER_MS);
        self->looked_ms = held ? now_ms : 0;
        self->held_ms += held ? 0 : STARTS_AFTER_MS;
        return 0;
    }
    self->looked_ms = 0;
    self->next_ms = now_ms + STARTS_PAUSE_MS;
    return left < STARTS_A_TURN ? (int) left : STARTS_A_TURN;
}

struct start
starts_take (struct starts *self)
{
    assert (self->done < self->count);
    struct start start = self->items[self->done++];
    starts_rest (self);
    return start;
}

int64_t
starts_deadline (const struct starts *self)
{
    return self->count > 0 ? self->next_ms : STUI_NEVER;
}
