/* reaper_images.c: what the reaper knows of listed images, and how long those were away whose sessions
 * there are. Part of reaper.h. Pure but for the heap. */

#include "actors/reaper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"

/* ---- Images ------------------------------------------------------------------------------------ */

/* Several may be routes to one: the one that answers counts, or that answered last. */
static void
image_join (struct reaper_image *joined, const struct reaper_image *one)
{
    int64_t gone_ms = joined->gone_ms > one->gone_ms ? joined->gone_ms : one->gone_ms;
    if (!joined->name || one->answers)
        *joined = *one;
    joined->gone_ms = gone_ms;
}

/* UNKNOWN: there are images of which nobody knows yet which they are. */
static enum reaper_presence
image_presence (const struct reaper_image *image, bool unknown)
{
    if (!image->name)
        return unknown ? REAPER_RESTING : REAPER_UNLISTED;
    return image->answers ? REAPER_PRESENT : image->away ? REAPER_AWAY : REAPER_RESTING;
}

enum reaper_presence
reaper_presence (const struct reaper *self, const char *key, const char *name,
                 struct reaper_image *image)
{
    struct reaper_image one, named = {0};
    bool unknown = false;
    *image = (struct reaper_image){0};
    for (size_t index = 0; self->look (self->context, index, &one); index++) {
        unknown = unknown || !one.key;
        if (!one.key && name && strcmp (one.name, name) == 0)
            named = one;
        if (one.key && strcmp (one.key, key) == 0)
            image_join (image, &one);
    }
    if (!image->name)
        *image = named;
    return image_presence (image, unknown);
}

/* ---- Many at a time ---------------------------------------------------------------------------- */

static int
by_key (const void *one, const void *other)
{
    const struct reaper_listed *a = one, *b = other;
    int order = strcmp (a->image.key, b->image.key);
    return order ? order : a->place < b->place ? -1 : a->place > b->place;
}

static int
by_name (const void *one, const void *other)
{
    const struct reaper_listed *a = one, *b = other;
    return strcmp (a->image.name, b->image.name);
}

void
reaper_index_init (struct reaper_index *index, const struct reaper *self)
{
    struct reaper_listed one = {0};
    size_t known_capacity = 0, unknown_capacity = 0, kept = 0;
    *index = (struct reaper_index){0};
    for (; self->look (self->context, one.place, &one.image); one.place++)
        if (one.image.key) {
            stui_grow (&index->known, &known_capacity, index->known_count, sizeof one);
            index->known[index->known_count++] = one;
        }
        else {
            stui_grow (&index->unknown, &unknown_capacity, index->unknown_count, sizeof one);
            index->unknown[index->unknown_count++] = one;
        }
    if (index->unknown_count > 0)
        qsort (index->unknown, index->unknown_count, sizeof one, by_name);
    if (index->known_count > 0)
        qsort (index->known, index->known_count, sizeof one, by_key);
    for (size_t at = 0; at < index->known_count; at++)
        if (kept > 0 && strcmp (index->known[kept - 1].image.key, index->known[at].image.key) == 0)
            image_join (&index->known[kept - 1].image, &index->known[at].image);
        else
            index->known[kept++] = index->known[at];
    index->known_count = kept;
}

void
reaper_index_fini (struct reaper_index *index)
{
    free (index->known);
    free (index->unknown);
    *index = (struct reaper_index){0};
}

enum reaper_presence
reaper_index_find (const struct reaper_index *index, const char *key, const char *name,
                   struct reaper_image *image)
{
    const struct reaper_listed wanted = {.image = {.key = key, .name = name}};
    size_t low = 0, high = index->known_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp (index->known[middle].image.key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    const struct reaper_listed *found = NULL;
    if (low < index->known_count && strcmp (index->known[low].image.key, key) == 0)
        found = &index->known[low];
    else if (name && index->unknown_count > 0)
        found = bsearch (&wanted, index->unknown, index->unknown_count, sizeof wanted, by_name);
    *image = found ? found->image : (struct reaper_image){0};
    return image_presence (image, index->unknown_count > 0);
}

/* ---- Their absence ----------------------------------------------------------------------------- */

/* Where KEY is, or would be. */
static size_t
absence_place (const struct reaper *self, const char *key)
{
    size_t low = 0, high = self->absence_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp (self->absences[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct reaper_absence *
absence_find (const struct reaper *self, const char *key)
{
    size_t place = absence_place (self, key);
    bool found = place < self->absence_count && strcmp (self->absences[place]->key, key) == 0;
    return found ? self->absences[place] : NULL;
}

static struct reaper_absence *
absence_meet (struct reaper *self, const char *key)
{
    struct reaper_absence *absence = absence_find (self, key);
    if (absence)
        return absence;
    size_t place = absence_place (self, key);
    stui_grow (&self->absences, &self->absence_capacity, self->absence_count,
               sizeof *self->absences);
    memmove (self->absences + place + 1, self->absences + place,
             (self->absence_count - place) * sizeof *self->absences);
    self->absence_count++;
    absence = self->absences[place] = stui_alloc (sizeof *absence);
    *absence = (struct reaper_absence){0};
    snprintf (absence->key, sizeof absence->key, "%s", key);
    return absence;
}

void
reaper_meet (struct reaper *self, const char *key)
{
    absence_meet (self, key)->met = true;
}

void
reaper_meet_begin (struct reaper *self)
{
    for (size_t at = 0; at < self->absence_count; at++)
        self->absences[at]->met = false;
}

void
reaper_meet_end (struct reaper *self)
{
    size_t kept = 0;
    for (size_t at = 0; at < self->absence_count; at++)
        if (self->absences[at]->met)
            self->absences[kept++] = self->absences[at];
        else
            free (self->absences[at]);
    self->absence_count = kept;
}

void
reaper_absences_fini (struct reaper *self)
{
    reaper_meet_begin (self);
    reaper_meet_end (self);
    free (self->absences);
}

/* How much of the time since the last step IMAGE was away. */
static int64_t
away_since_step_ms (const struct reaper *self, const struct reaper_image *image)
{
    int64_t from_ms =
        image->name && image->gone_ms > self->stepped_ms ? image->gone_ms : self->stepped_ms;
    int64_t since_ms = self->now.mono_ms - from_ms;
    return since_ms > 0 ? since_ms : 0;
}

/* Whether IMAGE has answered since the last step. */
static bool
was_there (const struct reaper *self, enum reaper_presence presence,
           const struct reaper_image *image)
{
    return presence == REAPER_PRESENT || (image->name && image->gone_ms > self->stepped_ms);
}

int64_t
reaper_away_ms (const struct reaper *self, const char *key, enum reaper_presence presence,
                const struct reaper_image *image)
{
    const struct reaper_absence *absence = absence_find (self, key);
    /* One that was there since the last step begins anew. */
    int64_t away_ms = absence && !was_there (self, presence, image) ? absence->away_ms : 0;
    bool rests = presence == REAPER_PRESENT || presence == REAPER_RESTING;
    return away_ms + (rests ? 0 : away_since_step_ms (self, image));
}

void
reaper_count_away (struct reaper *self)
{
    struct reaper_index index;
    reaper_index_init (&index, self);
    for (size_t at = 0; at < self->absence_count; at++) {
        struct reaper_absence *absence = self->absences[at];
        struct reaper_image image;
        enum reaper_presence presence = reaper_index_find (&index, absence->key, NULL, &image);
        absence->away_ms = reaper_away_ms (self, absence->key, presence, &image);
    }
    reaper_index_fini (&index);
}

bool
reaper_forget_away (struct reaper *self)
{
    bool changed = false;
    struct reaper_index index;
    reaper_index_init (&index, self);
    for (size_t at = 0; at < self->absence_count; at++) {
        struct reaper_absence *absence = self->absences[at];
        struct reaper_image image;
        enum reaper_presence presence = reaper_index_find (&index, absence->key, NULL, &image);
        if (absence->away_ms > 0 && was_there (self, presence, &image)) {
            absence->away_ms = 0;
            changed = true;
        }
    }
    reaper_index_fini (&index);
    return changed;
}

void
reaper_absences_read (struct reaper *self, const struct json *saved)
{
    if (!json_is_object (saved))
        return;
    for (const struct json *one = json_first (saved); one; one = json_next (one))
        if (strlen (json_key (one)) <= KEYS_IMAGE_MAX)
            absence_meet (self, json_key (one))->away_ms = json_value (one, 0);
}

struct json *
reaper_absences_to_json (const struct reaper *self)
{
    struct json *away = json_object ();
    for (size_t at = 0; at < self->absence_count; at++)
        json_add (away, self->absences[at]->key, json_number (self->absences[at]->away_ms));
    return away;
}
