/* model_marks.c: images that are marked, for what is done in many of them (model.h). Pure but for the
 * heap. */

#include <string.h>

#include "runtime/json.h"
#include "runtime/words.h"
#include "ui/model.h"

size_t
model_marked_count (const struct model *self)
{
    size_t count = 0;
    for (size_t index = 0; index < self->image_count; index++)
        count += self->images[index].marked;
    return count;
}

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
        self->images[self->shown[place]].marked = on;
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

bool
model_mark (struct model *self, const char *which, bool on)
{
    bool known = false;
    if (strcmp (which, "filter") == 0) {
        mark_shown (self, on);
        return true;
    }
    for (size_t index = 0; index < self->image_count; index++)
        if (is_meant (&self->images[index], which, &known))
            self->images[index].marked = on;
    return known;
}

void
model_marks_restore (struct model *self)
{
    if (json_count (self->marked) == 0)
        return;
    struct json *absent = json_array ();
    for (const struct json *one = json_first (self->marked); one; one = json_next (one)) {
        const char *name = json_text (one) ? json_text (one) : "";
        struct model_image *image = (struct model_image *) model_find (self, name);
        if (image)
            image->marked = true;
        else
            json_push (absent, json_copy (one));
    }
    json_destroy (&self->marked);
    self->marked = absent;
}

struct json *
model_marks_record (const struct model *self)
{
    struct json *names = self->marked ? json_copy (self->marked) : json_array ();
    for (size_t index = 0; index < self->image_count; index++)
        if (self->images[index].marked)
            json_push (names, json_string (self->images[index].name));
    return names;
}

void
model_marks_clear (struct model *self)
{
    model_mark (self, "all", false);
    json_destroy (&self->marked);
    self->marked = json_array ();
}

bool
model_mark_turn (struct model *self)
{
    if (self->selected >= self->shown_count)
        return false;
    struct model_image *image = &self->images[self->shown[self->selected]];
    image->marked = !image->marked;
    return true;
}
