/* outcomes.c: see outcomes.h. Pure but for the heap. */

#include "actors/outcomes.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

static size_t
text_bytes (const char *text)
{
    return text ? strlen (text) : 0;
}

static size_t
outcome_bytes (const struct outcome *one)
{
    return text_bytes (one->tag) + text_bytes (one->result) + text_bytes (one->err)
           + text_bytes (one->text) + text_bytes (one->details);
}

static void
outcomes_remove (struct outcomes *self, size_t index)
{
    struct outcome *one = &self->items[index];
    self->bytes -= outcome_bytes (one);
    free (one->tag);
    free (one->result);
    free (one->err);
    free (one->text);
    free (one->details);
    memmove (one, one + 1, (--self->count - index) * sizeof *one);
}

void
outcomes_fini (struct outcomes *self)
{
    while (self->count > 0)
        outcomes_remove (self, self->count - 1);
    free (self->items);
    *self = (struct outcomes){0};
}

static char *
text_copy (const char *text)
{
    return text ? stui_strdup (text) : NULL;
}

void
outcomes_keep (struct outcomes *self, const struct outcome *one)
{
    if (!one->tag[0])
        return;
    self->settled++;
    for (size_t index = self->count; index-- > 0;)
        if (strcmp (self->items[index].tag, one->tag) == 0)
            outcomes_remove (self, index);
    size_t bytes = outcome_bytes (one);
    if (bytes > OUTCOMES_BYTES_MAX)
        return;
    while (self->count >= OUTCOMES_MAX || self->bytes + bytes > OUTCOMES_BYTES_MAX)
        outcomes_remove (self, 0);
    stui_grow (&self->items, &self->capacity, self->count, sizeof *self->items);
    self->items[self->count++] = (struct outcome){.tag = stui_strdup (one->tag),
                                                  .result = text_copy (one->result),
                                                  .err = text_copy (one->err),
                                                  .text = text_copy (one->text),
                                                  .details = text_copy (one->details)};
    self->bytes += bytes;
}

const struct outcome *
outcomes_find (const struct outcomes *self, const char *tag)
{
    for (size_t index = 0; index < self->count; index++)
        if (strcmp (self->items[index].tag, tag) == 0)
            return &self->items[index];
    return NULL;
}
