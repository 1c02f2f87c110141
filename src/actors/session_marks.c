/* session_marks.c: which states of a session went to its image from here, as hashes: so that what an image
 * has is known for ours, whichever answer was lost and whoever was killed. The newest SESSION_MARKS are
 * kept, in the record too: an image that is started from an older save has an older one of them. Pure but
 * for the heap. */

#include "actors/sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/checksum.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

/* A hash of KEY (NULL: none) and MARK together. */
static uint64_t
marks_join (const char *key, uint64_t mark)
{
    char *text = stui_printf ("%016llx%s", (unsigned long long) mark, key ? key : "");
    uint64_t joined = checksum_xxh64 (text, strlen (text));
    free (text);
    return joined;
}

/* Members count in any order: images keep none. */
static uint64_t
state_mark (const struct json *state)
{
    bool object = json_is_object (state);
    if (object || json_is_array (state)) {
        uint64_t mark = object;
        for (const struct json *one = json_first (state); one; one = json_next (one))
            if (object)
                mark += marks_join (json_key (one), state_mark (one));
            else
                mark = marks_join (NULL, mark ^ state_mark (one));
        return marks_join (NULL, mark);
    }
    char *text = json_print (state);
    uint64_t mark = checksum_xxh64 (text, strlen (text));
    free (text);
    return mark;
}

/* MARK becomes the newest. */
static void
marks_push (struct session *self, uint64_t mark)
{
    int at = 0;
    while (at < SESSION_MARKS - 1 && self->marks[at] != mark)
        at++;
    memmove (self->marks + 1, self->marks, (size_t) at * sizeof *self->marks);
    self->marks[0] = mark;
}

uint64_t
session_context_mark (const struct json *context)
{
    return state_mark (context);
}

/* The texts in BUFFER, the active one of a workspace or another. */
static uint64_t
buffer_mark (const struct json *buffer)
{
    const struct json *text = json_get (buffer, "text"), *others = json_get (buffer, "buffers");
    uint64_t mark = text ? state_mark (text) : 0;
    for (const struct json *one = json_first (others); one; one = json_next (one))
        mark = marks_join (json_get_text (one, "name"), mark ^ buffer_mark (one));
    return mark;
}

uint64_t
session_work_mark (const struct json *context)
{
    static const char *const looks[] = {"view", "results", "transcript", "inspector", "browser"};
    enum { LOOKS = sizeof looks / sizeof *looks };
    uint64_t mark = 0;
    for (const struct json *one = json_first (context); one; one = json_next (one)) {
        const char *key = json_key (one);
        size_t at = 0;
        while (at < LOOKS && strcmp (looks[at], key) != 0)
            at++;
        if (at < LOOKS)
            continue;
        bool texts = strcmp (key, "workspace") == 0 && json_is_object (one);
        mark += marks_join (key, texts ? buffer_mark (one) : state_mark (one));
    }
    return marks_join (NULL, mark);
}

void
session_marks_add (struct session *self, const struct json *state)
{
    marks_push (self, state_mark (state));
}

bool
session_marks_have (const struct session *self, const struct json *state)
{
    if (!state)
        return false;
    uint64_t mark = state_mark (state);
    for (int at = 0; at < SESSION_MARKS; at++)
        if (self->marks[at] == mark)
            return true;
    return json_is_object (state) && !json_first (state); /* in an empty one is nobody's work */
}

struct json *
session_marks_to_json (const struct session *self)
{
    struct json *marks = json_array ();
    for (int at = 0; at < SESSION_MARKS && self->marks[at]; at++) {
        char text[17];
        snprintf (text, sizeof text, "%016llx", (unsigned long long) self->marks[at]);
        json_push (marks, json_string (text));
    }
    return marks;
}

void
session_marks_load (struct session *self, const struct json *marks)
{
    int at = 0;
    const struct json *mark = json_first (marks);
    for (; mark && at < SESSION_MARKS; mark = json_next (mark))
        self->marks[at++] = json_text (mark) ? strtoull (json_text (mark), NULL, 16) : 0;
}
