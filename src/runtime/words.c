/* words.c: see words.h. */

#include "runtime/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

char *
words_duration (int64_t ms, char text[WORDS_SIZE])
{
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}, {1, "ms"}};
    if (ms < 0)
        snprintf (text, WORDS_SIZE, "-");
    else
        snprintf (text, WORDS_SIZE, "0 ms");
    for (size_t index = 0; index < sizeof units / sizeof *units; index++)
        if (ms >= units[index].ms) {
            snprintf (text, WORDS_SIZE, "%" PRId64 " %s", ms / units[index].ms, units[index].unit);
            break;
        }
    return text;
}

char *
words_share (double share, char text[WORDS_SIZE])
{
    int hundredths = (int) (share * 10000);
    if (share < 0)
        snprintf (text, WORDS_SIZE, "-");
    else
        snprintf (text, WORDS_SIZE, "%d.%02d %%", hundredths / 100, hundredths % 100);
    return text;
}

char *
words_kin (const char *verdict, const char *other, bool replaced, char text[WORDS_KIN_SIZE])
{
    static const struct {
        const char *verdict, *before, *after;
    } rows[] = {
        {"alias", "another route to", ""},
        {"copy", "a copy of", ", kept apart"},
        {"moved", "the image that", " was"},
    };
    snprintf (text, WORDS_KIN_SIZE, "%s", replaced ? "another image than before" : "");
    for (size_t index = 0; verdict && other && *other && index < sizeof rows / sizeof *rows;
         index++)
        if (strcmp (rows[index].verdict, verdict) == 0)
            snprintf (text, WORDS_KIN_SIZE, "%s %.100s%s", rows[index].before, other,
                      rows[index].after);
    return text;
}

const char *
words_next_tag (const char *tags, size_t *size)
{
    tags += strspn (tags, ", \t");
    *size = strcspn (tags, ", \t");
    return tags;
}

bool
words_have_tag (const char *tags, const char *tag)
{
    size_t wanted = strlen (tag), size = 0;
    for (const char *at = tags; at && *at; at += size) {
        at = words_next_tag (at, &size);
        if (size == wanted && wanted > 0 && memcmp (at, tag, wanted) == 0)
            return true;
    }
    return false;
}
