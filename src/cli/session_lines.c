/* session_lines.c: see session_lines.h. */

#include "cli/session_lines.h"

#include "cli/render.h"
#include "runtime/alloc.h"
#include "runtime/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Adds TEXT to FILE, each of its lines behind BEFORE. */
static void
lines_add (FILE *file, const char *before, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn (text, "\n");
        char *raw = stui_strndup (text, length);
        char *line = render_line (raw);
        fprintf (file, "%s%s\n", before, line);
        free (line);
        free (raw);
        text += length + (text[length] == '\n');
    }
}

static void
lines_add_value (FILE *file, const char *title, const struct json *value)
{
    fprintf (file, "%s:\n", title);
    if (json_text (value) != NULL)
        lines_add (file, "  ", json_text (value));
    else if (json_is_array (value))
        for (const struct json *one = json_first (value); one != NULL; one = json_next (one)) {
            char *text = json_text (one) != NULL ? stui_strdup (json_text (one)) : json_print (one);
            lines_add (file, "  ", text);
            free (text);
        }
    else {
        char *text = json_print (value);
        lines_add (file, "  ", text);
        free (text);
    }
}

char *
session_lines (const char *name, const struct json *context)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream (&text, &size);
    if (name != NULL)
        lines_add (file, "name: ", name);
    for (const struct json *one = json_first (context); one != NULL; one = json_next (one)) {
        if (!json_is_object (one)) {
            lines_add_value (file, json_key (one), one);
            continue;
        }
        for (const struct json *inner = json_first (one); inner != NULL;
             inner = json_next (inner)) {
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
