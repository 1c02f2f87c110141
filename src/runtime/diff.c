/* diff.c: see diff.h. What both texts begin and end with is set aside; of what is between them the
 * shortest way from one to the other is looked for. */

#include "runtime/diff.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"

struct line {
    const char *text;
    size_t size;
    bool changed; /* it is out, or new */
};

struct side {
    struct line *lines; /* owned */
    size_t count, capacity;
};

static void
side_split (struct side *self, const char *text)
{
    *self = (struct side){0};
    while (*text) {
        size_t size = strcspn (text, "\n");
        stui_grow (&self->lines, &self->capacity, self->count, sizeof *self->lines);
        self->lines[self->count++] = (struct line){.text = text, .size = size};
        text += size + (text[size] == '\n');
    }
}

static bool
is_same (const struct line *one, const struct line *other)
{
    return one->size == other->size && memcmp (one->text, other->text, one->size) == 0;
}

/* ---- the shortest way ---- */

/* What is compared: COUNT lines of each, and for each number of edits how far each diagonal gets. */
struct search {
    struct line *one, *other;
    long one_count, other_count;
    long *reached[DIFF_EDITS_MAX + 1]; /* owned; [edits][edits + diagonal], 2 * edits + 1 of them */
};

/* How far the diagonal got before EDITS; -1: it was not there. */
static long
reached_before (const struct search *self, long edits, long diagonal)
{
    long before = edits - 1;
    bool inside = before >= 0 && diagonal >= -before && diagonal <= before;
    return inside ? self->reached[before][before + diagonal] : -1;
}

/* Whether the way to DIAGONAL with so many EDITS comes by a new line, not by one that is out. */
static bool
comes_by_insert (const struct search *self, long edits, long diagonal)
{
    return diagonal == -edits
           || (diagonal != edits
               && reached_before (self, edits, diagonal - 1)
                      < reached_before (self, edits, diagonal + 1));
}

/* One more edit on each diagonal. Whether the end was reached. */
static bool
search_step (struct search *self, long edits)
{
    long *reached = stui_alloc ((size_t) (2 * edits + 1) * sizeof *reached);
    bool done = false;
    self->reached[edits] = reached;
    for (long diagonal = -edits; diagonal <= edits; diagonal++) {
        long at = 0;
        if ((edits - diagonal) % 2 != 0) {
            reached[edits + diagonal] = -1;
            continue;
        }
        if (edits > 0)
            at = comes_by_insert (self, edits, diagonal)
                     ? reached_before (self, edits, diagonal + 1)
                     : reached_before (self, edits, diagonal - 1) + 1;
        while (at < self->one_count && at - diagonal < self->other_count && at - diagonal >= 0
               && is_same (&self->one[at], &self->other[at - diagonal]))
            at++;
        reached[edits + diagonal] = at;
        done = done || (at >= self->one_count && at - diagonal >= self->other_count);
    }
    return done;
}

/* Marks what is out and what is new on the way that was found, from its end. */
static void
search_mark (const struct search *self, long edits)
{
    long diagonal = self->one_count - self->other_count;
    for (; edits > 0; edits--) {
        bool insert = comes_by_insert (self, edits, diagonal);
        diagonal += insert ? 1 : -1;
        long at = reached_before (self, edits, diagonal);
        if (insert)
            self->other[at - diagonal].changed = true;
        else
            self->one[at].changed = true;
    }
}

static void
search_run (struct search *self)
{
    long edits = 0;
    bool found = false;
    while (!found && edits <= DIFF_EDITS_MAX)
        found = search_step (self, edits++);
    if (found)
        search_mark (self, edits - 1);
    for (long at = 0; !found && at < self->one_count; at++)
        self->one[at].changed = true;
    for (long at = 0; !found && at < self->other_count; at++)
        self->other[at].changed = true;
    while (edits > 0)
        free (self->reached[--edits]);
}

/* ---- as diff -u shows it ---- */

/* A line of what is shown: of both, or of one of them. */
struct row {
    char sign;
    const struct line *line;
    size_t one_at, other_at; /* lines before it */
};

struct rows {
    struct row *items; /* owned */
    size_t count, capacity;
};

static void
rows_add (struct rows *self, char sign, const struct line *line, size_t one_at, size_t other_at)
{
    stui_grow (&self->items, &self->capacity, self->count, sizeof *self->items);
    self->items[self->count++] = (struct row){sign, line, one_at, other_at};
}

static void
rows_collect (struct rows *self, const struct side *one, const struct side *other)
{
    size_t one_at = 0, other_at = 0;
    while (one_at < one->count || other_at < other->count)
        if (one_at < one->count && one->lines[one_at].changed) {
            rows_add (self, '-', &one->lines[one_at], one_at, other_at);
            one_at++;
        }
        else if (other_at < other->count && other->lines[other_at].changed) {
            rows_add (self, '+', &other->lines[other_at], one_at, other_at);
            other_at++;
        }
        else {
            rows_add (self, ' ', &one->lines[one_at], one_at, other_at);
            one_at++;
            other_at++;
        }
}

/* "-3,2": COUNT lines from AT on; of none the line before. */
static void
range_print (FILE *out, char sign, size_t at, size_t count)
{
    fprintf (out, count == 1 ? "%c%zu" : "%c%zu,", sign, count == 0 ? at : at + 1);
    if (count != 1)
        fprintf (out, "%zu", count);
}

/* Rows FIRST to END, one hunk. */
static void
hunk_print (FILE *out, const struct rows *rows, size_t first, size_t end)
{
    size_t one_count = 0, other_count = 0;
    for (size_t at = first; at < end; at++) {
        one_count += rows->items[at].sign != '+';
        other_count += rows->items[at].sign != '-';
    }
    fputs ("@@ ", out);
    range_print (out, '-', rows->items[first].one_at, one_count);
    fputc (' ', out);
    range_print (out, '+', rows->items[first].other_at, other_count);
    fputs (" @@\n", out);
    for (size_t at = first; at < end; at++)
        fprintf (out, "%c%.*s\n", rows->items[at].sign, (int) rows->items[at].line->size,
                 rows->items[at].line->text);
}

/* The first row from AT on that is changed; the count: there is none. */
static size_t
rows_next_changed (const struct rows *self, size_t at)
{
    while (at < self->count && self->items[at].sign == ' ')
        at++;
    return at;
}

static void
rows_print (FILE *out, const struct rows *self)
{
    size_t at = rows_next_changed (self, 0);
    while (at < self->count) {
        size_t first = at > DIFF_CONTEXT ? at - DIFF_CONTEXT : 0, last = at, next;
        while ((next = rows_next_changed (self, last + 1)) < self->count
               && next - last <= 2 * DIFF_CONTEXT + 1)
            last = next;
        size_t end = last + 1 + DIFF_CONTEXT;
        hunk_print (out, self, first, end < self->count ? end : self->count);
        at = next;
    }
}

char *
diff_lines (const char *one_text, const char *one_title, const char *other_text,
            const char *other_title)
{
    struct side one, other;
    struct rows rows = {0};
    char *text = NULL;
    size_t size, begin = 0, end = 0;
    side_split (&one, one_text);
    side_split (&other, other_text);
    size_t shorter = one.count < other.count ? one.count : other.count;
    while (begin < shorter && is_same (&one.lines[begin], &other.lines[begin]))
        begin++;
    while (end < shorter - begin
           && is_same (&one.lines[one.count - 1 - end], &other.lines[other.count - 1 - end]))
        end++;
    struct search search = {.one = one.lines + begin,
                            .other = other.lines + begin,
                            .one_count = (long) (one.count - begin - end),
                            .other_count = (long) (other.count - begin - end)};
    search_run (&search);
    rows_collect (&rows, &one, &other);
    FILE *out = open_memstream (&text, &size);
    if (rows_next_changed (&rows, 0) < rows.count)
        fprintf (out, "--- %s\n+++ %s\n", one_title, other_title);
    rows_print (out, &rows);
    fclose (out);
    free (rows.items);
    free (one.lines);
    free (other.lines);
    return text;
}
