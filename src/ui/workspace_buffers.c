/* workspace_buffers.c: see workspace_buffers.h. */

#include "ui/workspace_buffers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/utf8.h"

#define FIRST_NAME "main"

/* ---- the list ------------------------------------------------------------------------------- */

static void
buffer_append (struct workspace *self, const char *name)
{
    stui_grow (&self->buffers, &self->buffer_capacity, self->buffer_count, sizeof *self->buffers);
    self->buffers[self->buffer_count++] = (struct workspace_buffer){
        .number = ++self->last_buffer,
        .name = stui_strndup (name, utf8_cut (name, strlen (name), WORKSPACE_BUFFER_NAME_MAX)),
    };
}

static void
buffer_fini (struct workspace_buffer *buffer)
{
    free (buffer->name);
    free (buffer->path);
    editor_fini (&buffer->editor);
}

void
buffers_init (struct workspace *self)
{
    buffer_append (self, FIRST_NAME);
}

void
buffers_fini (struct workspace *self)
{
    for (size_t place = 0; place < self->buffer_count; place++)
        buffer_fini (&self->buffers[place]);
    free (self->buffers);
    editor_fini (&self->editor);
}

struct workspace_buffer *
buffers_current (const struct workspace *self)
{
    return &self->buffers[self->buffer];
}

int
buffers_find (const struct workspace *self, const char *name)
{
    for (size_t place = 0; place < self->buffer_count; place++)
        if (strcmp (self->buffers[place].name, name) == 0)
            return (int) place;
    return -1;
}

int
buffers_find_path (const struct workspace *self, const char *path)
{
    for (size_t place = 0; place < self->buffer_count; place++)
        if (self->buffers[place].path && strcmp (self->buffers[place].path, path) == 0)
            return (int) place;
    return -1;
}

const struct editor *
buffers_at (const struct workspace *self, size_t place)
{
    return place == self->buffer ? &self->editor : &self->buffers[place].editor;
}

struct workspace_buffer *
buffers_numbered (const struct workspace *self, uint64_t number)
{
    for (size_t place = 0; place < self->buffer_count; place++)
        if (self->buffers[place].number == number)
            return &self->buffers[place];
    return NULL;
}

struct editor *
buffers_editor (struct workspace *self, uint64_t number)
{
    for (size_t place = 0; place < self->buffer_count; place++)
        if (self->buffers[place].number == number)
            return place == self->buffer ? &self->editor : &self->buffers[place].editor;
    return NULL;
}

/* What the others hold counts against what can be typed here: all are in one record. */
static void
count_others (struct workspace *self)
{
    self->editor.others = 0;
    for (size_t place = 0; place < self->buffer_count; place++)
        if (place != self->buffer)
            self->editor.others += self->buffers[place].editor.size;
}

void
buffers_show (struct workspace *self, size_t place)
{
    struct workspace_buffer *from = buffers_current (self), *to = &self->buffers[place];
    if (from != to) {
        from->editor = self->editor;
        from->view = self->view;
        self->editor = to->editor;
        self->view = to->view;
        to->editor = (struct editor){0};
        self->buffer = place;
    }
    count_others (self);
}

/* NAME on one line and short enough, in CLEAN. */
static const char *
name_clean (const char *name, char clean[WORKSPACE_BUFFER_NAME_MAX + 1])
{
    size_t size = utf8_cut (name, strlen (name), WORKSPACE_BUFFER_NAME_MAX);
    for (size_t index = 0; index < size; index++)
        clean[index] = (unsigned char) name[index] < ' ' || name[index] == 0x7F ? '_' : name[index];
    clean[size] = '\0';
    return clean;
}

bool
buffers_add (struct workspace *self, const char *name)
{
    char unique[WORKSPACE_BUFFER_NAME_MAX + 16], clean[WORKSPACE_BUFFER_NAME_MAX + 1];
    const char *stem = *name ? name_clean (name, clean) : "buffer";
    int length = (int) utf8_cut (stem, strlen (stem), WORKSPACE_BUFFER_NAME_MAX - 8);
    if (self->buffer_count >= WORKSPACE_BUFFERS_MAX)
        return false;
    snprintf (unique, sizeof unique, "%.*s", length, stem);
    for (int number = 2; buffers_find (self, unique) >= 0; number++)
        snprintf (unique, sizeof unique, "%.*s %d", length, stem, number);
    buffer_append (self, unique);
    buffers_show (self, self->buffer_count - 1);
    return true;
}

void
buffers_close (struct workspace *self, size_t place)
{
    if (self->buffer_count < 2)
        return;
    if (place == self->buffer)
        buffers_show (self, place > 0 ? place - 1 : 1);
    buffer_fini (&self->buffers[place]);
    self->buffer_count--;
    memmove (self->buffers + place, self->buffers + place + 1,
             (self->buffer_count - place) * sizeof *self->buffers);
    if (self->buffer > place)
        self->buffer--;
    count_others (self);
}

/* ---- the record ----------------------------------------------------------------------------- */

static struct json *
buffer_to_json (const struct workspace *self, size_t place)
{
    struct json *json = editor_to_json (buffers_at (self, place));
    json_set_text (json, "name", self->buffers[place].name);
    if (self->buffers[place].path)
        json_set_text (json, "file", self->buffers[place].path);
    return json;
}

struct json *
buffers_to_json (struct workspace *self)
{
    struct json *json = buffer_to_json (self, self->buffer), *others = json_array ();
    json_set_number (json, "place", (int64_t) self->buffer);
    for (size_t place = 0; place < self->buffer_count; place++)
        if (place != self->buffer)
            json_push (others, buffer_to_json (self, place));
    if (self->buffer_count > 1)
        json_set (json, "buffers", others);
    else
        json_destroy (&others);
    return json;
}

/* What a document says of one buffer. */
struct entry {
    const struct json *json;
    char name[WORKSPACE_BUFFER_NAME_MAX + 1];
    uint64_t number; /* of the buffer here that it is about; 0: none yet */
};

struct entries {
    struct entry list[WORKSPACE_BUFFERS_MAX];
    size_t count;
};

/* One more, about the buffer of its name unless another entry is about that already. The name may come
 * from anybody. */
static void
entry_add (struct entries *entries, struct workspace *self, const struct json *json)
{
    struct entry *entry = &entries->list[entries->count++];
    const char *name = json_get_text (json, "name");
    *entry = (struct entry){.json = json};
    name_clean (name && *name ? name : FIRST_NAME, entry->name);
    int place = buffers_find (self, entry->name);
    if (place < 0 || self->buffers[place].told)
        return;
    self->buffers[place].told = true;
    entry->number = self->buffers[place].number;
}

/* All of DOCUMENT, the one that is shown there last: there is always a place for that. */
static void
entries_take (struct entries *entries, struct workspace *self, const struct json *document)
{
    for (size_t place = 0; place < self->buffer_count; place++)
        self->buffers[place].told = false;
    const struct json *other = json_first (json_get (document, "buffers"));
    for (; other && entries->count < WORKSPACE_BUFFERS_MAX - 1; other = json_next (other))
        if (json_get_text (other, "text"))
            entry_add (entries, self, other);
    entry_add (entries, self, document);
}

/* Closes what the document does not have, but for the only one. */
static void
close_untold (struct workspace *self)
{
    for (size_t place = self->buffer_count; place-- > 0;)
        if (!self->buffers[place].told)
            buffers_close (self, place);
}

static void
show_number (struct workspace *self, uint64_t number)
{
    for (size_t place = 0; place < self->buffer_count; place++)
        if (self->buffers[place].number == number)
            buffers_show (self, place);
}

/* The file is PATH, as a document says. */
static void
buffer_path (struct workspace_buffer *buffer, const char *path)
{
    if (path && buffer->path && strcmp (buffer->path, path) == 0)
        return;
    free (buffer->path);
    buffer->path = path ? stui_strdup (path) : NULL;
    buffer->path_told = path != NULL;
}

/* The buffer that ENTRY is about, made if need be and shown. */
static void
buffer_from_entry (struct workspace *self, const struct entry *entry, bool as_left)
{
    const char *path = json_get_text (entry->json, "file");
    if (entry->number)
        show_number (self, entry->number);
    else if (buffers_find (self, entry->name) >= 0)
        buffers_add (self, entry->name);
    else {
        buffer_append (self, entry->name);
        buffers_show (self, self->buffer_count - 1);
    }
    buffer_path (buffers_current (self), path && *path == '/' ? path : NULL);
    buffers_current (self)->told = true;
    close_untold (self); /* the only one may be left of before */
    editor_from_json (&self->editor, entry->json, as_left);
}

/* Puts the one shown at PLACE of the list, the others in their order. */
static void
move_current (struct workspace *self, size_t place)
{
    struct workspace_buffer moved = *buffers_current (self);
    if (place >= self->buffer_count)
        return;
    memmove (self->buffers + self->buffer, self->buffers + self->buffer + 1,
             (self->buffer_count - self->buffer - 1) * sizeof *self->buffers);
    memmove (self->buffers + place + 1, self->buffers + place,
             (self->buffer_count - place - 1) * sizeof *self->buffers);
    self->buffers[place] = moved;
    self->buffer = place;
}

void
buffers_from_json (struct workspace *self, const struct json *document, bool as_left)
{
    uint64_t shown = buffers_current (self)->number;
    if (!json_get_text (document, "text"))
        return;
    struct entries entries = {0};
    entries_take (&entries, self, document);
    close_untold (self);
    for (size_t index = 0; index < entries.count; index++)
        buffer_from_entry (self, &entries.list[index], as_left);
    if (as_left)
        move_current (self, (size_t) json_get_number (document, "place", (int64_t) self->buffer));
    else
        show_number (self, shown);
}
