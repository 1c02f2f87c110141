/* line_filter.c: see line_filter.h. Pure. */

#include "ui/line_filter.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { WORD_MAX = 128 }; /* bytes: as long as a filter can be */

/* Whether WORD stands in the field of NAME (of SIZE bytes), or without one (NULL) in any. */
static bool
word_stands (const char *word, const char *name, size_t size, const struct line_field *fields,
             size_t count)
{
    for (size_t index = 0; index < count; index++) {
        const struct line_field *field = &fields[index];
        bool meant = !name || (strlen (field->name) == size && !strncmp (field->name, name, size));
        if (meant && strcasestr (field->text ? field->text : "", word))
            return true;
    }
    return false;
}

/* The name before `=` in WORD when it is that of a field, and its *SIZE; else NULL: an `=` may be
 * looked for as well. */
static const char *
word_field (const char *word, const struct line_field *fields, size_t count, size_t *size)
{
    *size = strcspn (word, "=");
    for (size_t index = 0; word[*size] == '=' && index < count; index++)
        if (strlen (fields[index].name) == *size && !strncmp (fields[index].name, word, *size))
            return fields[index].name;
    return NULL;
}

bool
line_filter_passes (const char *filter, const struct line_field *fields, size_t count)
{
    for (filter += strspn (filter, " "); *filter; filter += strspn (filter, " ")) {
        char buffer[WORD_MAX + 1];
        size_t size = strcspn (filter, " "), name_size;
        snprintf (buffer, sizeof buffer, "%.*s", (int) (size < WORD_MAX ? size : WORD_MAX), filter);
        filter += size;
        const char *word = buffer;
        bool without = *word == '!';
        word += without;
        const char *name = word_field (word, fields, count, &name_size);
        if (name)
            word += name_size + 1;
        if (word_stands (word, name, name_size, fields, count) == without && *word)
            return false;
    }
    return true;
}
