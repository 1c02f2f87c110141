/* model_transcript.c: see model_transcript.h. Pure but for the heap. */

#include "ui/model_transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "ui/line_filter.h"
#include "ui/model.h"

static void
drop_oldest (struct model_transcript *self)
{
    struct transcript_line *line = &self->lines[self->first++];
    self->bytes -= line->size;
    free (line->text);
    if (self->first * 2 < self->count)
        return;
    self->count -= self->first;
    memmove (self->lines, self->lines + self->first, self->count * sizeof *self->lines);
    self->first = 0;
}

void
model_transcript_fini (struct model_transcript *self)
{
    while (self->first < self->count)
        drop_oldest (self);
    free (self->lines);
    free (self->tapes);
    *self = (struct model_transcript){0};
}

struct transcript_tape *
model_transcript_tape (struct model_transcript *self, const char *image)
{
    for (size_t index = 0; index < self->tape_count; index++)
        if (strcmp (self->tapes[index].image, image) == 0)
            return &self->tapes[index];
    stui_grow (&self->tapes, &self->tape_capacity, self->tape_count, sizeof *self->tapes);
    struct transcript_tape *tape = &self->tapes[self->tape_count++];
    *tape = (struct transcript_tape){0};
    snprintf (tape->image, sizeof tape->image, "%s", image);
    return tape;
}

/* ---- pieces become lines ----------------------------------------------------------------------- */

static struct transcript_line *
line_find (struct model_transcript *self, uint64_t number)
{
    uint64_t oldest = self->first < self->count ? self->lines[self->first].number : 0;
    if (number == 0 || oldest == 0 || number < oldest || number > self->last_number)
        return NULL;
    return &self->lines[self->first + (size_t) (number - oldest)];
}

static struct transcript_line *
line_add (struct model_transcript *self, const char *image, int64_t at_ms, bool mark)
{
    stui_grow (&self->lines, &self->capacity, self->count, sizeof *self->lines);
    struct transcript_line *line = &self->lines[self->count++];
    *line = (struct transcript_line){
        .number = ++self->last_number, .at_ms = at_ms, .text = stui_strdup (""), .mark = mark};
    snprintf (line->image, sizeof line->image, "%s", image);
    return line;
}

static void
line_empty (struct model_transcript *self, struct transcript_line *line, int64_t at_ms)
{
    self->bytes -= line->size;
    line->size = 0;
    line->text[0] = '\0';
    line->at_ms = at_ms;
}

static void
line_append (struct model_transcript *self, struct transcript_line *line, const char *text,
             size_t size)
{
    line->text = stui_realloc (line->text, line->size + size + 1);
    memcpy (line->text + line->size, text, size);
    line->size += size;
    line->text[line->size] = '\0';
    self->bytes += size;
}

static void
take_text (struct model_transcript *self, struct transcript_tape *tape, const char *text,
           int64_t at_ms)
{
    struct pieces_part part;
    while (pieces_next (&tape->pieces, &text, &part)) {
        struct transcript_line *line = line_find (self, tape->open);
        if (!line)
            line = line_add (self, tape->image, at_ms, false);
        line_append (self, line, part.text, part.size);
        tape->open = part.ends ? 0 : line->number;
    }
}

static void
take_entry (struct model_transcript *self, struct transcript_tape *tape, const struct json *entry)
{
    const char *text = json_get_text (entry, "text"), *kind = json_get_text (entry, "kind");
    int64_t at_ms = json_get_number (entry, "at_ms", 0);
    if (!text || !kind)
        return;
    bool is_start = strcmp (kind, "start") == 0;
    struct transcript_line *line = is_start ? line_find (self, tape->start) : NULL;
    tape->start = 0;
    if (strcmp (kind, "text") == 0) {
        take_text (self, tape, text, at_ms);
        return;
    }
    tape->open = 0;
    tape->pieces = (struct pieces){0};
    if (line) /* it stands for this one as well */
        line_empty (self, line, at_ms);
    else
        line = line_add (self, tape->image, at_ms, true);
    line_append (self, line, text, strlen (text));
    tape->start = is_start ? line->number : 0;
}

void
model_transcript_take (struct model_transcript *self, const char *image, const struct json *answer)
{
    struct transcript_tape *tape = model_transcript_tape (self, image);
    const char *why = json_get_text (answer, "why");
    const struct json *entries = json_get (answer, "entries"),
                      *last = json_at (entries, json_count (entries) - 1);
    for (const struct json *entry = tape_first_new (&tape->had, entries); entry;
         entry = json_next (entry)) {
        take_entry (self, tape, entry);
        tape_pass (&tape->had, entry);
    }
    /* Also past what was had before, which may be all. */
    tape->had.after = (uint64_t) json_get_number (last ? last : answer, last ? "position" : "last",
                                                  (int64_t) tape->had.after);
    snprintf (tape->why, sizeof tape->why, "%s", why ? why : "");
    while (self->count - self->first > TRANSCRIPT_LINES_MAX
           || (self->bytes > TRANSCRIPT_LINES_BYTES && self->count - self->first > 1))
        drop_oldest (self);
}

/* ---- what is shown ------------------------------------------------------------------------------ */

bool
model_transcript_passes (const struct model_transcript *self, const struct transcript_line *line)
{
    const struct line_field fields[] = {{"image", line->image}, {"text", line->text}};
    return (!self->image[0] || strcmp (self->image, line->image) == 0)
           && line_filter_passes (self->filter, fields, sizeof fields / sizeof *fields);
}

size_t
model_transcript_passing (const struct model_transcript *self)
{
    size_t count = 0;
    for (size_t index = self->first; index < self->count; index++)
        count += model_transcript_passes (self, &self->lines[index]);
    return count;
}

size_t
model_transcript_next (const struct model_transcript *self, size_t place, bool back)
{
    while (place >= self->first && place < self->count) {
        if (model_transcript_passes (self, &self->lines[place]))
            return place;
        if (back && place == self->first)
            break;
        place = back ? place - 1 : place + 1;
    }
    return self->count;
}

void
model_transcript_follow (struct model_transcript *self)
{
    self->last = 0;
    self->cut = self->by = 0;
}

bool
model_transcript_find (struct model_transcript *self, bool back, int rows)
{
    size_t count = self->count - self->first;
    struct transcript_line *from = line_find (self, self->found);
    size_t start = from ? (size_t) (from - self->lines) - self->first : back ? 0 : count - 1;
    for (size_t step = 1; count > 0 && step <= count; step++) {
        size_t place = self->first + (back ? start + count - step : start + step) % count;
        const struct transcript_line *line = &self->lines[place];
        if (!model_transcript_passes (self, line) || !strcasestr (line->text, self->find))
            continue;
        self->found = self->last = line->number;
        self->cut = 0;
        self->by = -(rows / 2);
        return true;
    }
    return false;
}

char *
model_transcript_text (const struct model_transcript *self, int zone_s)
{
    char *out = NULL, at[AGE_SIZE];
    size_t size;
    FILE *file = open_memstream (&out, &size);
    if (!file)
        return stui_strdup ("");
    for (size_t index = self->first; index < self->count; index++) {
        const struct transcript_line *line = &self->lines[index];
        if (!model_transcript_passes (self, line))
            continue;
        fprintf (file, "%s  ", day_time_text (line->at_ms, zone_s, at));
        if (!self->image[0])
            fprintf (file, "%-12s ", line->image);
        fprintf (file, line->mark ? "-- %s --\n" : "%s\n", line->text);
    }
    fclose (file);
    return out;
}
