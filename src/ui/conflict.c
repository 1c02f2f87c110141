/* conflict.c: see conflict.h. */

#include "ui/conflict.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"

static const char *
workspace_text (const struct json *context)
{
    const char *text = json_get_text (json_get (context, "workspace"), "text");
    return text ? text : "";
}

/* The lines of TEXT from AT on that are not in the END bytes at its end, the first few. */
static void
side_print (FILE *out, char sign, const char *text, size_t at, size_t end)
{
    size_t lines = 0, size = strlen (text) - end;
    while (at < size && lines < CONFLICT_LINES_MAX) {
        size_t length = strcspn (text + at, "\n");
        fprintf (out, "%c %.*s\n", sign, (int) length, text + at);
        at += length + 1;
        lines++;
    }
    if (at < size)
        fprintf (out, "%c …\n", sign);
    if (lines == 0)
        fprintf (out, "%c (nothing)\n", sign);
}

static bool
is_line (const char *text, size_t at)
{
    return at == 0 || text[at - 1] == '\n';
}

/* How many bytes of whole lines MINE and THEIRS have in common at their beginning, and then at their
 * end. */
static void
common_find (const char *mine, const char *theirs, size_t *begin, size_t *end)
{
    size_t mine_size = strlen (mine), theirs_size = strlen (theirs);
    *begin = *end = 0;
    for (size_t at = 0; mine[at] && mine[at] == theirs[at]; at++)
        if (mine[at] == '\n')
            *begin = at + 1;
    for (size_t at = 1; at <= mine_size - *begin && at <= theirs_size - *begin
                        && mine[mine_size - at] == theirs[theirs_size - at];
         at++)
        if (is_line (mine, mine_size - at) && is_line (theirs, theirs_size - at))
            *end = at;
}

static bool
member_differs (const struct json *one, const struct json *other)
{
    char *text = one ? json_print (one) : NULL, *other_text = other ? json_print (other) : NULL;
    bool differs = !text || !other_text || strcmp (text, other_text) != 0;
    free (other_text);
    free (text);
    return differs;
}

/* The members of ONE that OTHER has otherwise (or, ALONE, not at all), but for the workspace. */
static void
members_print (FILE *out, const struct json *one, const struct json *other, bool alone,
               size_t *count)
{
    for (const struct json *member = json_first (one); member; member = json_next (member)) {
        const struct json *its = json_get (other, json_key (member));
        if (strcmp (json_key (member), "workspace") != 0 && !(alone && its)
            && member_differs (member, its))
            fprintf (out, "%s%s", (*count)++ ? ", " : "  different too: ", json_key (member));
    }
}

char *
conflict_lines (const struct json *mine, const struct json *theirs)
{
    char *text = NULL;
    size_t size, begin, end, count = 0;
    const char *mine_text = workspace_text (mine), *theirs_text = workspace_text (theirs);
    FILE *out = open_memstream (&text, &size);
    if (strcmp (mine_text, theirs_text) == 0)
        fputs ("  the texts are the same\n", out);
    else {
        common_find (mine_text, theirs_text, &begin, &end);
        side_print (out, '-', mine_text, begin, end);
        side_print (out, '+', theirs_text, begin, end);
    }
    members_print (out, mine, theirs, false, &count);
    members_print (out, theirs, mine, true, &count);
    if (count > 0)
        fputc ('\n', out);
    fclose (out);
    return text;
}
