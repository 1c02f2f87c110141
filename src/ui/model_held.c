/* model_held.c: see model_held.h. Pure but for the heap. */

#include "ui/model_held.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"
#include "ui/model.h"

static void
entry_fini (struct model_held_entry *entry)
{
    free (entry->code);
    free (entry->why);
    free (entry->asked_by);
    free (entry->session);
}

void
model_held_fini (struct model_held *self)
{
    for (size_t index = 0; index < self->count; index++)
        entry_fini (&self->items[index]);
    free (self->items);
    *self = (struct model_held){0};
}

/* Takes those of IMAGE out; the place where they were, or where they belong. */
static size_t
take_out (struct model_held *self, const char *image)
{
    size_t kept = 0, place = 0;
    for (size_t index = 0; index < self->count; index++) {
        struct model_held_entry *entry = &self->items[index];
        int order = strcmp (entry->image, image);
        if (order == 0) {
            entry_fini (entry);
            continue;
        }
        self->items[kept++] = *entry;
        place = order < 0 ? kept : place;
    }
    self->count = kept;
    return place;
}

static char *
text_of (const struct json *json, const char *key)
{
    const char *text = json_get_text (json, key);
    return text ? stui_strdup (text) : NULL;
}

static void
insert (struct model_held *self, size_t place, const char *image, const struct json *json)
{
    const char *id = json_get_text (json, "id"), *state = json_get_text (json, "state"),
               *code = json_get_text (json, "code");
    if (!id || !state || strlen (id) > STUI_UUID_LEN)
        return;
    stui_grow (&self->items, &self->capacity, self->count, sizeof *self->items);
    memmove (self->items + place + 1, self->items + place,
             (self->count - place) * sizeof *self->items);
    self->count++;
    struct model_held_entry *entry = &self->items[place];
    *entry = (struct model_held_entry){
        .doubtful = strcmp (state, "doubt") == 0,
        .cut = json_get_bool (json, "cut", false),
        .anew = json_get_bool (json, "session_anew", false),
        .code = stui_strdup (code ? code : ""),
        .why = text_of (json, "why"),
        .asked_by = text_of (json, "asked_by"),
        .session = text_of (json, "session_id"),
        .asked_ms = clock_parse (json_get_text (json, "asked_at")),
    };
    snprintf (entry->id, sizeof entry->id, "%s", id);
    snprintf (entry->image, sizeof entry->image, "%s", image);
}

static void
select_id (struct model_held *self, const char *id)
{
    for (size_t index = 0; index < self->count; index++)
        if (strcmp (self->items[index].id, id) == 0)
            self->selected = index;
    if (self->selected >= self->count)
        self->selected = self->count > 0 ? self->count - 1 : 0;
}

void
model_held_take (struct model_held *self, const char *image, const struct json *entries)
{
    char selected[STUI_UUID_LEN + 1] = "";
    if (self->selected < self->count)
        memcpy (selected, self->items[self->selected].id, sizeof selected);
    size_t place = take_out (self, image);
    for (const struct json *one = json_first (entries); one; one = json_next (one)) {
        size_t before = self->count;
        insert (self, place, image, one);
        place += self->count - before;
    }
    select_id (self, selected);
}

void
model_held_sweep (struct model_held *self, const struct model *model)
{
    for (size_t index = 0; index < self->count;) {
        char name[STUI_NAME_MAX + 1];
        memcpy (name, self->items[index].image, sizeof name);
        const struct model_image *image = model_find (model, name);
        if (image && image->held + image->in_doubt > 0)
            index++;
        else
            model_held_take (self, name, NULL);
    }
}

const struct model_held_entry *
model_held_selected (const struct model_held *self)
{
    return self->selected < self->count ? &self->items[self->selected] : NULL;
}

void
model_held_select_first (struct model_held *self, bool doubtful)
{
    for (size_t index = self->count; index-- > 0;)
        if (self->items[index].doubtful == doubtful)
            self->selected = index;
}
