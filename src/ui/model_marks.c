/* model_marks.c: images that are marked, for what is done in many of them (model.h): by this terminal or by another
 * one of the profile. Pure but for the heap. */

#include <stdio.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/words.h"
#include "ui/model.h"

/* ---- what is marked --------------------------------------------------------------------------- */

static struct model_mark *
mark_find (const struct model *self, const char *name)
{
    for (size_t index = 0; index < self->mark_count; index++)
        if (strcmp (self->marks[index].image, name) == 0)
            return &self->marks[index];
    return NULL;
}

/* That of NAME, made when it is not there. */
static struct model_mark *
mark_open (struct model *self, const char *name)
{
    struct model_mark *mark = mark_find (self, name);
    if (mark)
        return mark;
    stui_grow (&self->marks, &self->mark_capacity, self->mark_count, sizeof *self->marks);
    mark = &self->marks[self->mark_count++];
    *mark = (struct model_mark){.on = false};
    snprintf (mark->image, sizeof mark->image, "%s", name);
    return mark;
}

/* It is changed here. */
static void
mark_set (struct model *self, const char *name, bool on)
{
    struct model_mark *mark = mark_find (self, name);
    if (mark ? mark->on == on : !on)
        return;
    mark = mark_open (self, name);
    mark->on = mark->known = on;
    mark->change = ++self->mark_changes;
}

/* What is neither marked nor owed to the store is forgotten. */
static void
marks_tidy (struct model *self)
{
    size_t kept = 0;
    for (size_t index = 0; index < self->mark_count; index++)
        if (self->marks[index].on || self->marks[index].change > 0)
            self->marks[kept++] = self->marks[index];
    self->mark_count = kept;
}

void
model_apply_marked (struct model *self)
{
    for (size_t index = 0; index < self->image_count; index++)
        self->images[index].marked = false;
    for (size_t index = 0; index < self->mark_count; index++) {
        struct model_image *image =
            (struct model_image *) model_find (self, self->marks[index].image);
        if (image)
            image->marked = self->marks[index].on;
    }
}

void
model_marks_read (struct model *self, const struct json *names)
{
    for (size_t index = 0; index < self->mark_count; index++)
        self->marks[index].on = self->marks[index].on && self->marks[index].change > 0;
    for (const struct json *one = json_first (names); one; one = json_next (one)) {
        const char *name = json_text (one);
        struct model_mark *mark =
            name && strlen (name) <= STUI_NAME_MAX ? mark_open (self, name) : NULL;
        if (mark && mark->change == 0)
            mark->on = true; /* whether it is known is as it was */
    }
    marks_tidy (self);
}

struct json *
model_marks_owed (const struct model *self)
{
    struct json *mark = json_array (), *unmark = json_array (), *owed = json_object ();
    for (size_t index = 0; index < self->mark_count; index++)
        if (self->marks[index].change > 0)
            json_push (self->marks[index].on ? mark : unmark,
                       json_string (self->marks[index].image));
    bool any = json_count (mark) + json_count (unmark) > 0;
    json_set (owed, "mark", mark);
    json_set (owed, "unmark", unmark);
    if (!any)
        json_destroy (&owed);
    return owed;
}

void
model_marks_confirmed (struct model *self, uint64_t number)
{
    for (size_t index = 0; index < self->mark_count; index++)
        if (self->marks[index].change <= number)
            self->marks[index].change = 0;
    marks_tidy (self);
}

size_t
model_marks_unknown (const struct model *self, char *names, size_t size)
{
    enum { NAMED = 3 };
    size_t count = 0, at = 0;
    names[0] = '\0';
    for (size_t index = 0; index < self->mark_count; index++) {
        const struct model_mark *mark = &self->marks[index];
        if (!mark->on || mark->known || !model_find (self, mark->image))
            continue;
        if (count++ < NAMED && at < size)
            at += (size_t) snprintf (names + at, size - at, "%s%.40s", count > 1 ? ", " : "",
                                     mark->image);
    }
    if (count > NAMED && at < size)
        snprintf (names + at, size - at, " and %zu more", count - NAMED);
    return count;
}

void
model_marks_know (struct model *self)
{
    for (size_t index = 0; index < self->mark_count; index++)
        self->marks[index].known = self->marks[index].on;
}

size_t
model_marked_count (const struct model *self)
{
    size_t count = 0;
    for (size_t index = 0; index < self->image_count; index++)
        count += self->images[index].marked;
    return count;
}

struct model_marked
model_marked (const struct model *self)
{
    struct model_marked marked = {.hidden = model_marked_count (self)};
    for (size_t place = 0; place < self->shown_count; place++)
        marked.shown += self->images[self->shown[place]].marked;
    marked.hidden -= marked.shown;
    for (size_t index = 0; index < self->mark_count; index++)
        marked.absent += self->marks[index].on && !model_find (self, self->marks[index].image);
    return marked;
}

/* ---- marking ---------------------------------------------------------------------------------- */

/* What follows KEY and '=' or ':' in WHICH; NULL when it begins otherwise. */
static const char *
value_of (const char *which, const char *key)
{
    size_t size = strlen (key);
    bool begins = strncmp (which, key, size) == 0 && (which[size] == '=' || which[size] == ':');
    return begins && which[size + 1] ? which + size + 1 : NULL;
}

static void
mark_shown (struct model *self, bool on)
{
    for (size_t place = 0; place < self->shown_count; place++)
        mark_set (self, self->images[self->shown[place]].name, on);
}

/* Whether WHICH, a word, means the image; *KNOWN when it is a word that could. */
static bool
is_meant (const struct model_image *image, const char *which, bool *known)
{
    const char *tag = value_of (which, "tag"), *state = value_of (which, "state");
    if (strcmp (which, "all") == 0)
        return *known = true;
    if (strcmp (which, "protected") == 0) {
        *known = true;
        return image->is_protected;
    }
    if (strcmp (which, "favourites") == 0) {
        *known = true;
        return image->favourite;
    }
    bool meant = tag     ? words_have_tag (image->tags, tag)
                 : state ? strcmp (stui_image_state_word (image->state), state) == 0
                         : strcmp (image->name, which) == 0;
    *known = *known || meant || tag || state;
    return meant;
}

/* Takes all marks away, also those of images that are not listed. */
static void
marks_clear (struct model *self)
{
    for (size_t index = 0; index < self->mark_count; index++)
        mark_set (self, self->marks[index].image, false);
}

bool
model_mark (struct model *self, const char *which, bool on)
{
    bool known = false, none = strcmp (which, "none") == 0 || (!on && strcmp (which, "all") == 0);
    const struct model_mark *mark = on ? NULL : mark_find (self, which);
    if (none)
        marks_clear (self);
    else if (strcmp (which, "filter") == 0)
        mark_shown (self, on);
    else if (mark && mark->on)
        mark_set (self, which, false); /* also of one that is not listed */
    else
        for (size_t index = 0; index < self->image_count; index++)
            if (is_meant (&self->images[index], which, &known))
                mark_set (self, self->images[index].name, on);
    model_apply_marked (self);
    return known || none || (mark && !mark->on) || strcmp (which, "filter") == 0;
}

bool
model_mark_turn (struct model *self)
{
    if (self->selected >= self->shown_count)
        return false;
    const struct model_image *image = &self->images[self->shown[self->selected]];
    mark_set (self, image->name, !image->marked);
    model_apply_marked (self);
    return true;
}
