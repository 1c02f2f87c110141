/* shaper.c: see shaper.h. Pure. */

#include "chaos/shaper.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

enum {
    ROOM_BYTES = 262144,
    PACES_PER_S = 20, /* a slow line moves on so often */
};

void
shaper_fini (struct shaper *self)
{
    for (size_t i = self->first; i < self->count; i++)
        free (self->pieces[i].bytes);
    free (self->pieces);
    *self = (struct shaper){0};
}

void
shaper_set (struct shaper *self, const struct shaper_rules *rules)
{
    if (rules->limit_bytes != self->rules.limit_bytes)
        self->left = rules->limit_bytes;
    self->rules = *rules;
}

bool
shaper_has_room (const struct shaper *self)
{
    return self->waiting < ROOM_BYTES;
}

/* 0xFF is in no UTF-8 text, so that whoever reads the message can know that it is spoilt. Another
 * letter nobody could tell from what was meant: docs/chaos.md. */
static void
piece_spoil (struct shaper *self, struct shaper_piece *piece)
{
    uint64_t of = (uint64_t) self->rules.corrupt_of;
    for (size_t i = 0; of > 0 && i < piece->size; i++)
        if (random_below (&self->random, of) == 0) {
            piece->bytes[i] = (char) 0xFF;
            self->spoilt++;
        }
}

static int64_t
later (int64_t one_ms, int64_t other_ms)
{
    return one_ms > other_ms ? one_ms : other_ms;
}

static int64_t
piece_due_ms (struct shaper *self, int64_t now_ms, size_t size)
{
    const struct shaper_rules *rules = &self->rules;
    int64_t jitter_ms =
        (int64_t) random_below (&self->random, (uint64_t) (rules->latency_ms / 2) + 1);
    int64_t due_ms = later (now_ms + rules->latency_ms + jitter_ms, self->last_ms);
    if (rules->bytes_per_s > 0 || rules->slice_bytes > 0)
        due_ms = later (due_ms, self->free_ms);
    if (rules->bytes_per_s > 0)
        self->free_ms = due_ms + (int64_t) size * 1000 / rules->bytes_per_s;
    if (rules->slice_bytes > 0)
        self->free_ms = later (self->free_ms, due_ms + 1);
    return due_ms;
}

static void
shaper_add (struct shaper *self, int64_t now_ms, const char *bytes, size_t size)
{
    if (self->first > self->count / 2) { /* a stream that never pauses does not grow for ever */
        self->count -= self->first;
        memmove (self->pieces, self->pieces + self->first, self->count * sizeof *self->pieces);
        self->first = 0;
    }
    stui_grow (&self->pieces, &self->capacity, self->count, sizeof *self->pieces);
    struct shaper_piece *piece = &self->pieces[self->count++];
    *piece = (struct shaper_piece){.bytes = stui_memdup (bytes, size), .size = size};
    piece_spoil (self, piece);
    piece->due_ms = self->last_ms = piece_due_ms (self, now_ms, size);
    self->waiting += size;
}

/* How many of SIZE bytes go into one piece. */
static size_t
piece_size (const struct shaper *self, size_t size)
{
    int64_t most = (int64_t) size;
    int64_t pace = self->rules.bytes_per_s / PACES_PER_S + 1;
    if (self->rules.bytes_per_s > 0 && most > pace)
        most = pace;
    if (self->rules.slice_bytes > 0 && most > self->rules.slice_bytes)
        most = self->rules.slice_bytes;
    return (size_t) most;
}

void
shaper_put (struct shaper *self, int64_t now_ms, const char *bytes, size_t size)
{
    if (self->rules.limit_bytes > 0 && (int64_t) size >= self->left) {
        size = self->is_cut ? 0 : (size_t) self->left;
        self->is_cut = true;
    }
    if (self->rules.limit_bytes > 0)
        self->left -= (int64_t) size;
    while (size > 0) {
        size_t taken = piece_size (self, size);
        shaper_add (self, now_ms, bytes, taken);
        bytes += taken;
        size -= taken;
    }
}

size_t
shaper_ready (const struct shaper *self, int64_t now_ms, const char **bytes)
{
    if (shaper_due_ms (self) > now_ms)
        return 0;
    const struct shaper_piece *piece = &self->pieces[self->first];
    *bytes = piece->bytes + piece->sent;
    return piece->size - piece->sent;
}

void
shaper_took (struct shaper *self, size_t size)
{
    struct shaper_piece *piece = &self->pieces[self->first];
    piece->sent += size;
    self->waiting -= size;
    if (piece->sent < piece->size)
        return;
    free (piece->bytes);
    if (++self->first == self->count)
        self->first = self->count = 0;
}

int64_t
shaper_due_ms (const struct shaper *self)
{
    if (shaper_is_empty (self) || self->rules.holds)
        return INT64_MAX;
    return self->pieces[self->first].due_ms;
}

bool
shaper_is_empty (const struct shaper *self)
{
    return self->first == self->count;
}
