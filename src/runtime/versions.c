/* versions.c: see versions.h. */

#include "runtime/versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/diff.h"
#include "runtime/json.h"
#include "runtime/utf8.h"

void
version_fini (struct version *self)
{
    free (self->title);
    free (self->lines);
    *self = (struct version){0};
}

/* ---- lines ---- */

/* Adds TEXT to FILE, each of its lines behind BEFORE. */
static void
lines_add (FILE *file, const char *before, const char *text)
{
    while (*text) {
        size_t length = strcspn (text, "\n");
        char *line = stui_strndup (text, length);
        utf8_blank_controls (line);
        fprintf (file, "%s%s\n", before, line);
        free (line);
        text += length + (text[length] == '\n');
    }
}

static void
lines_add_value (FILE *file, const char *title, const struct json *value)
{
    fprintf (file, "%s:\n", title);
    if (json_text (value))
        lines_add (file, "  ", json_text (value));
    else if (json_is_array (value))
        for (const struct json *one = json_first (value); one; one = json_next (one)) {
            char *text = json_text (one) ? stui_strdup (json_text (one)) : json_print (one);
            lines_add (file, "  ", text);
            free (text);
        }
    else {
        char *text = json_print (value);
        lines_add (file, "  ", text);
        free (text);
    }
}

static char *
lines_of (const char *name, const struct json *context)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream (&text, &size);
    if (name)
        lines_add (file, "name: ", name);
    for (const struct json *one = json_first (context); one; one = json_next (one)) {
        if (!json_is_object (one)) {
            lines_add_value (file, json_key (one), one);
            continue;
        }
        for (const struct json *inner = json_first (one); inner; inner = json_next (inner)) {
            if (strcmp (json_key (one), "workspace") == 0 && strcmp (json_key (inner), "undo") == 0)
                continue;
            char *title = stui_printf ("%s.%s", json_key (one), json_key (inner));
            lines_add_value (file, title, inner);
            free (title);
        }
    }
    fclose (file);
    return text;
}

/* ---- which versions ---- */

/* Takes TITLE over, which an image may have had a part in. */
static struct version
version_of (const struct json *name, const struct json *context, int64_t generation, char *title)
{
    utf8_blank_controls (title);
    return (struct version){.title = title,
                            .lines = lines_of (json_text (name), context),
                            .undo = json_get (json_get (context, "workspace"), "undo"),
                            .generation = generation};
}

void
versions_of_conflict (const struct json *whole, struct version *mine, struct version *theirs)
{
    const struct json *its = json_get (whole, "theirs"), *name = json_get (whole, "name");
    const char *mine_at = json_get_text (whole, "last_modified");
    const char *theirs_at = json_get_text (its, "last_modified");
    *mine = version_of (name, json_get (whole, "context"), 0,
                        stui_printf ("mine, %s", mine_at ? mine_at : "?"));
    *theirs = version_of (name, json_get (its, "state"), 0,
                          stui_printf ("theirs, version %lld, %s",
                                       (long long) json_get_number (its, "version", 0),
                                       theirs_at ? theirs_at : "?"));
}

static struct version
version_stored (const struct json *record)
{
    const char *at = json_get_text (record, "written_at");
    int64_t generation = json_get_number (record, "generation", 0);
    return version_of (
        json_get (record, "name"), json_get (record, "context"), generation,
        stui_printf ("generation %lld, stored %s", (long long) generation, at ? at : "?"));
}

/* The record of VERSIONS with generation WANTED; NULL: it is not stored. */
static const struct json *
versions_find (const struct json *versions, int64_t wanted)
{
    for (const struct json *one = json_first (versions); one; one = json_next (one))
        if (json_get_number (one, "generation", 0) == wanted)
            return one;
    return NULL;
}

/* The newest of VERSIONS (newest first) before NEW that differs from it, else the one just before it; a
 * save need not have changed anything. NULL: none is older. */
static const struct json *
versions_find_older (const struct json *versions, const struct json *new)
{
    struct version newer = version_stored (new);
    const struct json *found = NULL, *first = NULL;
    const struct json *one = json_first (versions);
    for (; one && !found; one = json_next (one)) {
        if (json_get_number (one, "generation", 0) >= newer.generation)
            continue;
        struct version older = version_stored (one);
        first = first ? first : one;
        if (strcmp (older.lines, newer.lines) != 0)
            found = one;
        version_fini (&older);
    }
    version_fini (&newer);
    return found ? found : first;
}

int
versions_choose (const struct json *versions, int64_t from, int64_t to, struct version *older,
                 struct version *newer, struct stui_cause *cause)
{
    const struct json *new = to == 0 ? json_first (versions) : versions_find (versions, to);
    const struct json *old = from != 0 ? versions_find (versions, from)
                             : new     ? versions_find_older (versions, new)
                                       : NULL;
    char *there = versions_generations (versions);
    int err = 0;
    if (old && new) {
        *older = version_stored (old);
        *newer = version_stored (new);
    }
    else if (!json_first (versions))
        err = stui_fail (cause, STUI_E_INVALID_REQUEST, "no version of it is stored yet");
    else if (!new || from != 0)
        err =
            stui_fail (cause, STUI_E_INVALID_REQUEST, "generation %lld is not stored; there are %s",
                       (long long) (new ? from : to), there);
    else
        err = stui_fail (cause, STUI_E_INVALID_REQUEST,
                         "no version before it is stored; there are %s", there);
    free (there);
    return err;
}

/* ---- what is said ---- */

char *
versions_generations (const struct json *versions)
{
    char *text = stui_strdup ("");
    for (const struct json *one = json_first (versions); one; one = json_next (one)) {
        char *more = stui_printf ("%s%s%lld", text, *text ? ", " : "",
                                  (long long) json_get_number (one, "generation", 0));
        free (text);
        text = more;
    }
    return text;
}

char *
versions_diff (const struct version *one, const struct version *other)
{
    return diff_lines (one->lines, one->title, other->lines, other->title);
}

bool
versions_undo_differs (const struct version *one, const struct version *other)
{
    char *text = one->undo ? json_print (one->undo) : stui_strdup ("");
    char *other_text = other->undo ? json_print (other->undo) : stui_strdup ("");
    bool differs = strcmp (text, other_text) != 0;
    free (other_text);
    free (text);
    return differs;
}
