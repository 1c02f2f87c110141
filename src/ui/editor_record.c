/* editor_record.c: an editor as a session's record has it, and back. Owns nothing. Pure but for the
 * heap. */

#include "ui/editor.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "ui/text.h"

/* ---- out ------------------------------------------------------------------------------------ */

static size_t
edit_size (const struct editor_edit *edit)
{
    return edit->removed_size + edit->inserted_size;
}

/* Which steps are stored, [*FIRST, *END): those nearest to where undo and redo stand, those that
 * can be undone before those that can be redone. */
static void
stored_steps (const struct editor *self, size_t *first, size_t *end)
{
    size_t bytes = 0, steps = 0;
    *first = *end = self->done;
    while (*first > 0 && steps < EDITOR_STORED_STEPS
           && bytes + edit_size (&self->edits[*first - 1]) <= EDITOR_STORED_BYTES) {
        bytes += edit_size (&self->edits[--*first]);
        steps++;
    }
    while (*end < self->edit_count && steps < EDITOR_STORED_STEPS
           && bytes + edit_size (&self->edits[*end]) <= EDITOR_STORED_BYTES) {
        bytes += edit_size (&self->edits[(*end)++]);
        steps++;
    }
}

static struct json *
edit_to_json (const struct editor_edit *edit)
{
    struct json *json = json_object ();
    json_set_number (json, "at", (int64_t) edit->at);
    json_set_text (json, "removed", edit->removed);
    json_set_text (json, "inserted", edit->inserted);
    json_set_number (json, "cursor", (int64_t) edit->cursor);
    json_set_number (json, "mark", (int64_t) edit->mark);
    if (edit->typed)
        json_set (json, "typed", json_bool (true));
    return json;
}

static struct json *
undo_to_json (const struct editor *self)
{
    size_t first = self->done, end = self->done;
    if (self->size <= EDITOR_TEXT_MAX)
        stored_steps (self, &first, &end);
    struct json *undo = json_object (), *edits = json_array ();
    json_set_number (undo, "done", (int64_t) (self->done - first));
    for (size_t index = first; index < end; index++)
        json_push (edits, edit_to_json (&self->edits[index]));
    json_set (undo, "edits", edits);
    return undo;
}

struct json *
editor_to_json (const struct editor *self)
{
    struct json *json = json_object ();
    json_set_text (json, "text", self->text ? self->text : "");
    json_set_number (json, "cursor", (int64_t) self->cursor);
    if (self->mark != self->cursor)
        json_set_number (json, "selection", (int64_t) self->mark);
    else
        json_set (json, "selection", json_null ());
    json_set (json, "undo", undo_to_json (self));
    return json;
}

/* ---- back ----------------------------------------------------------------------------------- */

static size_t
offset_from_json (const struct json *json, const char *key, size_t otherwise)
{
    int64_t value = json_get_number (json, key, (int64_t) otherwise);
    return value < 0 ? 0 : (size_t) value;
}

/* One step more; false when JSON is none. */
static bool
edit_from_json (struct editor *self, const struct json *json)
{
    const char *removed = json_get_text (json, "removed"),
               *inserted = json_get_text (json, "inserted");
    if (!removed || !inserted || self->edit_count == EDITOR_STORED_STEPS)
        return false;
    struct editor_edit edit = {
        .at = offset_from_json (json, "at", 0),
        .cursor = offset_from_json (json, "cursor", 0),
        .mark = offset_from_json (json, "mark", 0),
        .typed = json_get_bool (json, "typed", false),
    };
    edit.removed = text_clean (removed, strlen (removed), &edit.removed_size);
    edit.inserted = text_clean (inserted, strlen (inserted), &edit.inserted_size);
    stui_grow (&self->edits, &self->edit_capacity, self->edit_count, sizeof *self->edits);
    self->edits[self->edit_count++] = edit;
    self->edit_bytes += edit_size (&edit);
    return true;
}

/* In place of the list that is here. One that does not belong to the text is found out when it is
 * used (editor.c). */
static void
undo_from_json (struct editor *self, const struct json *undo)
{
    editor_forget (self);
    for (const struct json *edit = json_first (json_get (undo, "edits")); edit;
         edit = json_next (edit))
        if (!edit_from_json (self, edit)) {
            editor_forget (self);
            return;
        }
    size_t done = offset_from_json (undo, "done", 0);
    self->done = done < self->edit_count ? done : self->edit_count;
}

void
editor_from_json (struct editor *self, const struct json *json, bool as_left)
{
    const char *text = json_get_text (json, "text");
    if (!text)
        return;
    size_t size;
    char *clean = text_clean (text, strlen (text), &size);
    editor_replace_all (self, clean, size);
    free (clean);
    if (!as_left)
        return;
    size_t cursor = offset_from_json (json, "cursor", self->size);
    editor_set_cursor (self, offset_from_json (json, "selection", cursor), false);
    editor_set_cursor (self, cursor, true);
    undo_from_json (self, json_get (json, "undo"));
}
