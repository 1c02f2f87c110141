/* versions_view.c: see versions_view.h. */

#include "ui/versions_view.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/clock.h"
#include "runtime/diff.h"
#include "runtime/json.h"

enum { WHEN_SIZE = 64 };

/* ---- one version as lines ------------------------------------------------------------------- */

/* TEXT (NULL: nothing) behind TITLE, its lines indented. */
static void
part_print (FILE *out, const char *title, const char *text)
{
    if (!text || !*text)
        return;
    fprintf (out, "%s\n", title);
    while (*text) {
        size_t size = strcspn (text, "\n");
        fprintf (out, "  %.*s\n", (int) size, text);
        text += size + (text[size] == '\n');
    }
}

static void
texts_print (FILE *out, const struct json *workspace)
{
    const struct json *others = json_get (workspace, "buffers");
    const char *name = json_get_text (workspace, "name");
    char *title = others && name ? stui_printf ("text %s", name) : stui_strdup ("text");
    part_print (out, title, json_get_text (workspace, "text"));
    free (title);
    for (const struct json *one = json_first (others); one; one = json_next (one)) {
        name = json_get_text (one, "name");
        title = stui_printf ("text %s", name ? name : "");
        part_print (out, title, json_get_text (one, "text"));
        free (title);
    }
}

/* What was evaluated; of results what came of it too, "→ 7" or "! why". */
static void
evaluated_print (FILE *out, const char *title, const struct json *list)
{
    char *text = NULL;
    size_t size;
    FILE *lines = open_memstream (&text, &size);
    for (const struct json *one = json_first (list); one; one = json_next (one)) {
        const char *code = json_text (one) ? json_text (one) : json_get_text (one, "code");
        const char *result = json_get_text (one, "result"), *error = json_get_text (one, "error");
        fprintf (lines, "%s%s%s\n", code ? code : "",
                 result  ? " → "
                 : error ? " ! "
                         : "",
                 result  ? result
                 : error ? error
                         : "");
    }
    fclose (lines);
    part_print (out, title, text);
    free (text);
}

/* What a user reads of CONTEXT. Caller frees. */
static char *
version_lines (const char *name, const struct json *context)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream (&text, &size);
    part_print (out, "name", name);
    texts_print (out, json_get (context, "workspace"));
    evaluated_print (out, "evaluated", json_get (context, "history"));
    evaluated_print (out, "results", json_get (context, "results"));
    part_print (out, "inspected", json_get_text (json_get (context, "inspector"), "code"));
    fclose (out);
    return text;
}

/* ---- what nobody reads ---------------------------------------------------------------------- */

static bool
value_differs (const struct json *one, const struct json *other)
{
    char *text = one ? json_print (one) : stui_strdup ("");
    char *other_text = other ? json_print (other) : stui_strdup ("");
    bool differs = strcmp (text, other_text) != 0;
    free (other_text);
    free (text);
    return differs;
}

/* Whether the member MEMBER of the member GROUP (empty: at the top) of the two differs. */
static bool
member_differs (const struct json *one, const struct json *other, const char *group,
                const char *member)
{
    return value_differs (json_get (*group ? json_get (one, group) : one, member),
                          json_get (*group ? json_get (other, group) : other, member));
}

/* "different too: cursor, screen": of what is not among the lines. */
static void
rest_print (FILE *out, const struct json *one, const struct json *other)
{
    static const char *const rows[][3] = {
        {"workspace", "cursor", "the cursor"},
        {"workspace", "selection", "the selection"},
        {"workspace", "undo", "the undo list"},
        {"workspace", "place", "the order of its texts"},
        {"workspace", "file", "its file"},
        {"", "view", "the screen it was left at"},
        {"", "panes", "the panes"},
        {"", "transcript", "what was printed"},
        {"", "browser", "what was browsed"},
    };
    const char *before = "different too: ";
    for (size_t at = 0; at < sizeof rows / sizeof *rows; at++)
        if (member_differs (one, other, rows[at][0], rows[at][1])) {
            fprintf (out, "%s%s", before, rows[at][2]);
            before = ", ";
        }
    if (*before == ',')
        fputc ('\n', out);
}

/* ---- two of them ---------------------------------------------------------------------------- */

/* The difference without its titles; a gap between two places of it is a line "…". */
static void
difference_print (FILE *out, const char *older, const char *newer)
{
    char *difference = diff_lines (older, "", newer, "");
    bool first = true;
    for (const char *line = difference; *line;) {
        size_t size = strcspn (line, "\n");
        bool head = strncmp (line, "--- ", 4) == 0 || strncmp (line, "+++ ", 4) == 0;
        bool place = strncmp (line, "@@ ", 3) == 0;
        if (place && !first)
            fputs ("  …\n", out);
        if (!head && !place)
            fprintf (out, "%.*s\n", (int) size, line);
        first = first && !place;
        line += size + (line[size] == '\n');
    }
    if (!*difference)
        fputs ("  its texts, inputs and results are the same\n", out);
    free (difference);
}

static void
pair_print (FILE *out, const struct json *older, const char *older_name, const struct json *newer,
            const char *newer_name)
{
    char *old_lines = version_lines (older_name, older),
         *new_lines = version_lines (newer_name, newer);
    difference_print (out, old_lines, new_lines);
    rest_print (out, older, newer);
    free (new_lines);
    free (old_lines);
}

/* ---- when ----------------------------------------------------------------------------------- */

/* "16:38:03", with the day before it unless that is today's; AT as it is where it is no time. */
static char *
when_text (const char *at, struct ui_now now, char text[WHEN_SIZE])
{
    char when[CLOCK_TEXT_SIZE], today[CLOCK_TEXT_SIZE];
    int64_t wall_ms = clock_parse (at);
    snprintf (text, WHEN_SIZE, "%s", at ? at : "?");
    if (wall_ms < 0)
        return text;
    clock_format (wall_ms + now.zone_s * INT64_C (1000), when);
    clock_format (now.wall_ms + now.zone_s * INT64_C (1000), today);
    bool same_day = strncmp (when, today, 10) == 0;
    snprintf (text, WHEN_SIZE, "%.*s%s%.8s", same_day ? 0 : 10, when, same_day ? "" : " ",
              when + 11);
    return text;
}

/* "version 25 (16:38:03)" */
static void
version_print (FILE *out, const struct json *version, struct ui_now now)
{
    char when[WHEN_SIZE];
    fprintf (out, "version %lld (%s)", (long long) json_get_number (version, "generation", 0),
             when_text (json_get_text (version, "written_at"), now, when));
}

static void
stored_print (FILE *out, const struct json *older, const struct json *newer, struct ui_now now)
{
    fputs ("From ", out);
    version_print (out, older, now);
    fputs (" to ", out);
    version_print (out, newer, now);
    fputc ('\n', out);
    pair_print (out, json_get (older, "context"), json_get_text (older, "name"),
                json_get (newer, "context"), json_get_text (newer, "name"));
}

/* The one of generation WANTED. */
static const struct json *
version_of (const struct json *versions, int64_t wanted)
{
    const struct json *one = json_first (versions);
    while (one && json_get_number (one, "generation", 0) != wanted)
        one = json_next (one);
    return one;
}

char *
versions_view (const struct json *versions, int64_t from, int64_t to, struct ui_now now)
{
    char *text = NULL;
    size_t size, count = json_count (versions);
    FILE *out = open_memstream (&text, &size);
    fprintf (out, "Stored %s ", count == 1 ? "is one version:" : "are, the newest first:");
    for (const struct json *one = json_first (versions); one; one = json_next (one)) {
        version_print (out, one, now);
        fputs (json_next (one) ? ", " : "\n", out);
    }
    const struct json *newer = from ? version_of (versions, to) : json_first (versions);
    const struct json *older = from ? version_of (versions, from) : json_next (newer);
    if (count == 1)
        fputs ("There is none before it to compare it with yet.\n", out);
    for (; older && newer; newer = older, older = from ? NULL : json_next (older))
        stored_print (out, older, newer, now);
    fclose (out);
    return text;
}

char *
versions_view_conflict (const struct json *whole, struct ui_now now)
{
    char *text = NULL, when[WHEN_SIZE];
    size_t size;
    FILE *out = open_memstream (&text, &size);
    const struct json *theirs = json_get (whole, "theirs");
    const char *name = json_get_text (whole, "name");
    fprintf (out, "- yours (%s)\n", when_text (json_get_text (whole, "last_modified"), now, when));
    fprintf (out, "+ the image's, its version %lld (%s)\n",
             (long long) json_get_number (theirs, "version", 0),
             when_text (json_get_text (theirs, "last_modified"), now, when));
    pair_print (out, json_get (whole, "context"), name, json_get (theirs, "state"), name);
    fclose (out);
    return text;
}
