/* transcript.c: see transcript.h. An array whose front is given up as text grows old, and closed when
 * half of it is empty. Pure but for the heap. */

#include "actors/transcript.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/json.h"
#include "runtime/utf8.h"

/* Positions are above those of any earlier start: at most so many texts come in a millisecond. They have
 * 15 digits, which is all that a number in JSON keeps here. */
enum { POSITIONS_A_MS = 100 };

static const char *const kind_words[TRANSCRIPT_KIND_COUNT] = {
    [TRANSCRIPT_TEXT] = "text",
    [TRANSCRIPT_GAP] = "gap",
    [TRANSCRIPT_START] = "start",
};

void
transcript_init (struct transcript *self, int64_t wall_ms)
{
    *self = (struct transcript){.last = (uint64_t) (wall_ms > 0 ? wall_ms : 0) * POSITIONS_A_MS};
}

static size_t
entry_bytes (const struct transcript_entry *entry)
{
    return sizeof *entry + entry->size + (entry->session ? strlen (entry->session) + 1 : 0);
}

static void
drop_oldest (struct transcript *self)
{
    struct transcript_entry *entry = &self->items[self->first++];
    self->bytes -= entry_bytes (entry);
    free (entry->session);
    free (entry->text);
    if (self->first * 2 < self->count)
        return;
    self->count -= self->first;
    memmove (self->items, self->items + self->first, self->count * sizeof *self->items);
    self->first = 0;
}

void
transcript_fini (struct transcript *self)
{
    while (self->first < self->count)
        drop_oldest (self);
    free (self->items);
    *self = (struct transcript){0};
}

/* ---- What comes ------------------------------------------------------------------------------ */

/* When an entry of AT_MS counts as written: never before the one in front of it, and what is missing was
 * right behind that, whenever this was found out. */
static int64_t
entry_time (const struct transcript *self, enum transcript_kind kind, int64_t at_ms)
{
    int64_t before_ms = self->first < self->count ? self->items[self->count - 1].at_ms : 0;
    return before_ms > 0 && (kind == TRANSCRIPT_GAP || at_ms < before_ms) ? before_ms : at_ms;
}

/* That the image was started again is noted when it is found out. What it wrote before that, at AT_MS, says that
 * it was earlier. */
static void
start_correct (struct transcript *self, int64_t at_ms)
{
    size_t index = self->count;
    while (index > self->first && self->items[index - 1].kind != TRANSCRIPT_TEXT)
        index--;
    int64_t before_ms = index > self->first ? self->items[index - 1].at_ms : 0;
    int64_t earliest_ms = at_ms > before_ms ? at_ms : before_ms;
    for (; index < self->count; index++)
        if (earliest_ms < self->items[index].at_ms)
            self->items[index].at_ms = earliest_ms;
}

static void
entry_add (struct transcript *self, enum transcript_kind kind, int64_t seq, const char *session,
           const char *text, int64_t at_ms)
{
    at_ms = entry_time (self, kind, at_ms);
    stui_grow (&self->items, &self->capacity, self->count, sizeof *self->items);
    struct transcript_entry *entry = &self->items[self->count++];
    size_t size = utf8_cut (text, strlen (text), TRANSCRIPT_TEXT_BYTES);
    *entry = (struct transcript_entry){.position = ++self->last,
                                       .kind = kind,
                                       .at_ms = at_ms,
                                       .seq = seq,
                                       .session = session ? stui_strdup (session) : NULL,
                                       .text = stui_strndup (text, size),
                                       .size = size};
    memcpy (entry->boot, self->boot, sizeof entry->boot);
    self->bytes += entry_bytes (entry);
    while (self->bytes > TRANSCRIPT_BYTES && self->count - self->first > 1)
        drop_oldest (self);
}

static void
drop_newest (struct transcript *self)
{
    struct transcript_entry *entry = &self->items[--self->count];
    self->bytes -= entry_bytes (entry);
    free (entry->session);
    free (entry->text);
}

/* One entry for all starts between which nothing was written: an image that comes and goes for weeks would push
 * out all that it ever wrote. */
static void
start_add (struct transcript *self, int64_t wall_ms)
{
    char text[160], times[40] = "";
    if (self->first < self->count && self->items[self->count - 1].kind == TRANSCRIPT_START) {
        drop_newest (self);
        self->starts = self->starts > 0 ? self->starts + 1 : 2;
        snprintf (times, sizeof times, " %d times", self->starts);
    }
    else
        self->starts = 1;
    snprintf (text, sizeof text,
              "the image was started again%s; what it wrote last before that may be missing",
              times);
    entry_add (self, TRANSCRIPT_START, 0, NULL, text, wall_ms);
}

void
transcript_begin (struct transcript *self, const char *boot, int64_t wall_ms)
{
    self->sure_seq = 0;
    if (strcmp (self->boot, boot) == 0) {
        self->is_known = true;
        return;
    }
    bool again = self->boot[0] != '\0';
    snprintf (self->boot, sizeof self->boot, "%s", boot);
    self->seq = 0;
    self->is_known = again;
    if (again)
        start_add (self, wall_ms);
}

void
transcript_subscribed (struct transcript *self, int64_t oldest, int64_t last, int64_t wall_ms)
{
    int64_t missing = oldest - self->seq - 1;
    /* What an image wrote before anybody here knew of it is not missed. */
    if (missing > 0 && self->is_known) {
        char text[160];
        snprintf (text, sizeof text,
                  "%" PRId64 " event%s missing here: the image overwrote %s before %s could be "
                  "fetched",
                  missing, missing == 1 ? " is" : "s are", missing == 1 ? "it" : "them",
                  missing == 1 ? "it" : "they");
        entry_add (self, TRANSCRIPT_GAP, 0, NULL, text, wall_ms);
    }
    if (missing > 0)
        self->seq = oldest - 1;
    self->sure_seq = last;
    self->is_known = true;
}

enum transcript_step
transcript_event (struct transcript *self, int64_t seq, const char *session, const char *text,
                  int64_t lost_bytes, int64_t wall_ms)
{
    if (seq <= self->seq)
        return TRANSCRIPT_OLD;
    if (seq > self->seq + 1 && seq > self->sure_seq)
        return TRANSCRIPT_MISSED;
    self->seq = seq;
    if (text && *text) {
        start_correct (self, wall_ms);
        entry_add (self, TRANSCRIPT_TEXT, seq, session, text, wall_ms);
    }
    if (text && strlen (text) > TRANSCRIPT_TEXT_BYTES)
        lost_bytes += (int64_t) (strlen (text) - TRANSCRIPT_TEXT_BYTES);
    if (lost_bytes > 0) {
        char why[120];
        snprintf (why, sizeof why,
                  "%" PRId64 " bytes are missing here: written faster than they can be kept",
                  lost_bytes);
        entry_add (self, TRANSCRIPT_GAP, seq, session, why, wall_ms);
    }
    return TRANSCRIPT_TAKEN;
}

/* ---- What goes ------------------------------------------------------------------------------- */

static struct json *
entry_json (const struct transcript_entry *entry)
{
    struct json *json = json_object ();
    json_set_number (json, "position", (int64_t) entry->position);
    json_set_number (json, "at_ms", entry->at_ms);
    json_set_text (json, "kind", kind_words[entry->kind]);
    json_set_text (json, "text", entry->text);
    json_set_text (json, "boot_id", entry->boot);
    json_set_number (json, "seq", entry->seq);
    if (entry->session)
        json_set_text (json, "session_id", entry->session);
    return json;
}

/* The index of the first entry after the position AFTER. */
static size_t
place_after (const struct transcript *self, uint64_t after)
{
    size_t low = self->first, high = self->count;
    /* A position that was never given is of a clock that ran ahead: all there is comes after it. */
    if (after > self->last)
        return low;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (self->items[middle].position > after)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bool
transcript_has_after (const struct transcript *self, uint64_t after)
{
    return place_after (self, after) < self->count;
}

struct json *
transcript_after (const struct transcript *self, uint64_t after, size_t max_bytes)
{
    struct json *answer = json_object (), *entries = json_array ();
    size_t used = 0;
    for (size_t index = place_after (self, after); index < self->count; index++) {
        const struct transcript_entry *entry = &self->items[index];
        if (used > 0 && used + entry->size > max_bytes)
            break;
        used += entry->size;
        json_push (entries, entry_json (entry));
    }
    json_set (answer, "entries", entries);
    json_set_number (
        answer, "first",
        (int64_t) (self->first < self->count ? self->items[self->first].position : self->last + 1));
    json_set_number (answer, "last", (int64_t) self->last);
    return answer;
}

/* ---- What is kept ---------------------------------------------------------------------------- */

static bool
entry_is_of (const struct transcript_entry *entry, const char *session)
{
    return entry->session && strcmp (entry->session, session) == 0;
}

struct json *
transcript_tail (const struct transcript *self, const char *session)
{
    struct json *tail = NULL;
    size_t from = self->count, bytes = 0;
    for (size_t at = self->count; at-- > self->first;) {
        if (!entry_is_of (&self->items[at], session))
            continue;
        bytes += self->items[at].size + sizeof (struct transcript_entry);
        if (bytes > TRANSCRIPT_TAIL_BYTES)
            break;
        from = at;
    }
    for (; from < self->count; from++) {
        if (!entry_is_of (&self->items[from], session))
            continue;
        tail = tail ? tail : json_array ();
        json_push (tail, entry_json (&self->items[from]));
    }
    return tail;
}

struct json *
transcript_record (const struct transcript *self)
{
    struct json *record = json_object (), *tail = json_array ();
    size_t from = self->count, bytes = 0;
    while (from > self->first
           && (bytes += self->items[from - 1].size + sizeof (struct transcript_entry))
                  <= TRANSCRIPT_TAIL_BYTES)
        from--;
    json_set_text (record, "boot_id", self->boot);
    json_set_number (record, "seq", self->seq);
    for (; from < self->count; from++)
        json_push (tail, entry_json (&self->items[from]));
    json_set (record, "tail", tail);
    return record;
}

static enum transcript_kind
kind_from_word (const char *word)
{
    for (int kind = 0; kind < TRANSCRIPT_KIND_COUNT; kind++)
        if (word && strcmp (kind_words[kind], word) == 0)
            return (enum transcript_kind) kind;
    return TRANSCRIPT_TEXT;
}

void
transcript_load (struct transcript *self, const struct json *record)
{
    const char *boot = json_get_text (record, "boot_id");
    if (!boot || !*boot || strlen (boot) >= sizeof self->boot || self->boot[0])
        return; /* none was kept, or it is read already */
    const struct json *entry = json_first (json_get (record, "tail"));
    for (; entry; entry = json_next (entry)) {
        const char *text = json_get_text (entry, "text"),
                   *its_boot = json_get_text (entry, "boot_id");
        snprintf (self->boot, sizeof self->boot, "%s", its_boot ? its_boot : "");
        if (text)
            entry_add (self, kind_from_word (json_get_text (entry, "kind")),
                       json_get_number (entry, "seq", 0), json_get_text (entry, "session_id"), text,
                       json_get_number (entry, "at_ms", 0));
    }
    snprintf (self->boot, sizeof self->boot, "%s", boot);
    int64_t seq = json_get_number (record, "seq", 0);
    self->seq = seq > 0 ? seq : 0;
}
