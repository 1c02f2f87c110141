/* model_fan.c: see model_fan.h. Pure but for the heap. */

#include "ui/model_fan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/json.h"

void
model_fan_fini (struct model_fan *self)
{
    for (size_t index = 0; index < self->count; index++)
        free (self->rows[index].text);
    free (self->rows);
    free (self->order);
    free (self->code);
    *self = (struct model_fan){0};
}

void
model_fan_begin (struct model_fan *self, const char *code, int64_t wall_ms)
{
    bool differing_first = self->differing_first;
    char *kept = stui_strdup (code); /* CODE may be what is forgotten */
    model_fan_fini (self);
    self->code = kept;
    self->began_wall_ms = wall_ms;
    self->differing_first = differing_first;
}

void
model_fan_add (struct model_fan *self, const char *image)
{
    size_t count = self->count + 1;
    self->rows = stui_realloc (self->rows, count * sizeof *self->rows);
    self->order = stui_realloc (self->order, count * sizeof *self->order);
    struct fan_row *row = &self->rows[self->count];
    *row = (struct fan_row){.state = FAN_WAITING, .took_ms = -1};
    snprintf (row->image, sizeof row->image, "%s", image);
    self->order[self->count] = self->count;
    self->count = count;
    self->counts[FAN_WAITING]++;
    self->majority = count;
    self->is_judged = false;
}

/* ---- what becomes of it --------------------------------------------------------------------- */

static void
row_enter (struct model_fan *self, struct fan_row *row, enum fan_state state)
{
    self->counts[row->state]--;
    row->state = state;
    self->counts[state]++;
    self->is_judged = false;
}

void
model_fan_send (struct model_fan *self, struct fan_row *row, uint64_t ref, int64_t now_ms)
{
    row_enter (self, row, FAN_SENT);
    row->ref = ref;
    row->sent_ms = now_ms;
}

struct fan_row *
model_fan_find (struct model_fan *self, uint64_t ref)
{
    for (size_t index = 0; index < self->count; index++)
        if (self->rows[index].state == FAN_SENT && self->rows[index].ref == ref)
            return &self->rows[index];
    return NULL;
}

/* FNV-1a: answers are compared by it. */
static uint64_t
hash_of (enum fan_state state, const char *text)
{
    uint64_t hash = 14695981039346656037u ^ (uint64_t) state;
    for (; *text; text++)
        hash = (hash ^ (unsigned char) *text) * 1099511628211u;
    return hash;
}

void
model_fan_end (struct model_fan *self, struct fan_row *row, enum fan_state state, const char *text,
               int64_t now_ms)
{
    if (row->state == FAN_SENT && state != FAN_HELD)
        row->took_ms = now_ms - row->sent_ms;
    row_enter (self, row, state);
    row->ref = 0;
    free (row->text);
    row->text = stui_strdup (text);
    row->hash = hash_of (state, text);
}

void
model_fan_wait (struct model_fan *self, struct fan_row *row, int64_t again_ms)
{
    row_enter (self, row, FAN_WAITING);
    row->ref = 0;
    row->again_ms = again_ms;
}

size_t
model_fan_give_up (struct model_fan *self)
{
    size_t count = 0;
    for (size_t index = 0; index < self->count; index++) {
        struct fan_row *row = &self->rows[index];
        if (row->state != FAN_WAITING)
            continue;
        model_fan_end (self, row, FAN_NOT_SENT, "it was given up before its turn: nothing was run",
                       0);
        count++;
    }
    return count;
}

size_t
model_fan_ended (const struct model_fan *self)
{
    return self->count - self->counts[FAN_WAITING] - self->counts[FAN_SENT];
}

/* ---- what most answered --------------------------------------------------------------------- */

static bool
has_answered (const struct fan_row *row)
{
    return row->state == FAN_ANSWERED || row->state == FAN_RAISED;
}

static int
by_answer (const void *one, const void *other, void *context)
{
    const struct fan_row *rows = context;
    size_t left = *(const size_t *) one, right = *(const size_t *) other;
    if (rows[left].hash != rows[right].hash)
        return rows[left].hash < rows[right].hash ? -1 : 1;
    return left < right ? -1 : left > right;
}

/* The longest run of equal answers among PLACES, sorted by answer; none when another is as long. */
static void
majority_find (struct model_fan *self, const size_t *places, size_t count)
{
    self->majority = self->count;
    self->majority_count = 0;
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from; to < count && self->rows[places[to]].hash == self->rows[places[from]].hash;)
            to++;
        if (to - from > self->majority_count) {
            self->majority_count = to - from;
            self->majority = places[from];
        }
        else if (to - from == self->majority_count)
            self->majority = self->count;
    }
    if (self->majority_count < 2)
        self->majority = self->count;
}

static void
order_make (struct model_fan *self)
{
    size_t place = 0, selected = 0;
    const struct fan_row *row = model_fan_selected (self);
    if (row)
        selected = (size_t) (row - self->rows);
    for (int pass = 0; pass < 2; pass++)
        for (size_t index = 0; index < self->count; index++) {
            bool first = !self->differing_first || self->rows[index].differs
                         || self->rows[index].state > FAN_ANSWERED;
            if (first == (pass == 0))
                self->order[place++] = index;
        }
    for (place = 0; row && place < self->count; place++)
        if (self->order[place] == selected)
            self->selected = place;
}

void
model_fan_judge (struct model_fan *self)
{
    if (self->is_judged || self->count == 0)
        return;
    size_t *places = stui_alloc (self->count * sizeof *places), count = 0;
    for (size_t index = 0; index < self->count; index++)
        if (has_answered (&self->rows[index]))
            places[count++] = index;
    qsort_r (places, count, sizeof *places, by_answer, self->rows);
    majority_find (self, places, count);
    free (places);
    self->differing = 0;
    for (size_t index = 0; index < self->count; index++) {
        struct fan_row *row = &self->rows[index];
        row->differs = self->majority < self->count && has_answered (row)
                       && row->hash != self->rows[self->majority].hash;
        self->differing += row->differs;
    }
    order_make (self);
    self->is_judged = true;
}

void
model_fan_set_differing_first (struct model_fan *self, bool first)
{
    self->differing_first = first;
    self->is_judged = false;
    model_fan_judge (self);
}

const struct fan_row *
model_fan_selected (const struct model_fan *self)
{
    return self->selected < self->count ? &self->rows[self->order[self->selected]] : NULL;
}

size_t
model_fan_common (const struct model_fan *self, const struct fan_row *row)
{
    size_t size = row->text ? strcspn (row->text, "\r\n") : 0, same = 0;
    if (!row->differs)
        return size;
    const char *most = self->rows[self->majority].text;
    while (same < size && row->text[same] == most[same])
        same++;
    while (same > 0 && ((unsigned char) row->text[same] & 0xC0) == 0x80)
        same--; /* no half of a character */
    return same;
}

/* ---- words ---------------------------------------------------------------------------------- */

static const struct {
    const char *word, *symbol, *json;
    enum role role;
} states[FAN_STATE_COUNT] = {
    [FAN_WAITING] = {"waiting", "·", "waiting", ROLE_DIM},
    [FAN_SENT] = {"sent", "→", "sent", ROLE_PENDING},
    [FAN_ANSWERED] = {"answered", "●", "success", ROLE_ONLINE},
    [FAN_RAISED] = {"raised", "!", "error", ROLE_ERROR},
    [FAN_REFUSED] = {"refused", "✗", "error", ROLE_OFFLINE},
    [FAN_HELD] = {"held", "─", "held", ROLE_PENDING},
    [FAN_DOUBT] = {"in doubt", "?", "in_doubt", ROLE_WARNING},
    [FAN_NOT_SENT] = {"not sent", "x", "not_sent", ROLE_DISABLED},
};

const char *
fan_state_word (enum fan_state state)
{
    return states[state].word;
}

const char *
fan_state_symbol (enum fan_state state)
{
    return states[state].symbol;
}

enum role
fan_state_role (enum fan_state state)
{
    return states[state].role;
}

/* ---- export --------------------------------------------------------------------------------- */

static char *
export_json (const struct model_fan *self)
{
    char when[CLOCK_TEXT_SIZE];
    struct json *out = json_object (), *images = json_array ();
    bool agrees = self->majority < self->count;
    json_set_text (out, "code", self->code);
    json_set_text (out, "at", clock_format (self->began_wall_ms, when));
    json_set_text (out, "majority", agrees ? self->rows[self->majority].text : NULL);
    json_set_number (out, "majority_count", agrees ? (int64_t) self->majority_count : 0);
    for (size_t index = 0; index < self->count; index++) {
        const struct fan_row *row = &self->rows[index];
        struct json *image = json_object ();
        bool good = row->state == FAN_ANSWERED;
        json_set_text (image, "image", row->image);
        json_set_text (image, "status", states[row->state].json);
        if (row->text)
            json_set_text (image, good ? "result" : "error", row->text);
        if (row->took_ms >= 0)
            json_set_number (image, "took_ms", row->took_ms);
        json_set_bool (image, "differs", row->differs);
        json_push (images, image);
    }
    json_set (out, "images", images);
    char *text = json_print_pretty (out);
    json_destroy (&out);
    return text;
}

/* TEXT, its lines after the first moved to the right by MARGIN. */
static void
lines_print (FILE *file, const char *text, int margin)
{
    for (;;) {
        size_t size = strcspn (text, "\r\n");
        fprintf (file, "%.*s\n", (int) size, text);
        text += size + strspn (text + size, "\r\n");
        if (!*text)
            return;
        fprintf (file, "%*s", margin, "");
    }
}

static char *
export_text (const struct model_fan *self)
{
    char when[CLOCK_TEXT_SIZE], *out = NULL;
    size_t size;
    int width = 0;
    FILE *file = open_memstream (&out, &size);
    for (size_t index = 0; index < self->count; index++) {
        int length = (int) strlen (self->rows[index].image);
        width = length > width ? length : width;
    }
    fprintf (file, "code      ");
    lines_print (file, self->code, 10);
    fprintf (file, "at        %s\n", clock_format (self->began_wall_ms, when));
    fprintf (file, "ended     %zu of %zu, %zu differ\n", model_fan_ended (self), self->count,
             self->differing);
    if (self->majority < self->count) {
        fprintf (file, "majority  (%zu) ", self->majority_count);
        lines_print (file, self->rows[self->majority].text, 10);
    }
    fprintf (file, "\n");
    for (size_t index = 0; index < self->count; index++) {
        const struct fan_row *row = &self->rows[index];
        fprintf (file, "%c %-*s  %-8s  ", row->differs ? '*' : ' ', width, row->image,
                 states[row->state].word);
        lines_print (file, row->text ? row->text : "", width + 14);
    }
    fclose (file);
    return out;
}

char *
model_fan_export (struct model_fan *self, bool as_json)
{
    model_fan_judge (self);
    return as_json ? export_json (self) : export_text (self);
}
