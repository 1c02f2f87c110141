/* suggest.c: see suggest.h. A word is near when at most a third of its characters (at least
 * one) are wrong, or when it is the beginning of a known word. */

#include "cli/suggest.h"

#include "runtime/alloc.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static size_t
least (size_t one, size_t other)
{
    return one < other ? one : other;
}

size_t
suggest_distance (const char *one, const char *other)
{
    size_t rows = strlen (one), columns = strlen (other);
    if (rows > SUGGEST_WORD_MAX || columns > SUGGEST_WORD_MAX)
        return SUGGEST_WORD_MAX;

    size_t cost[SUGGEST_WORD_MAX + 1][SUGGEST_WORD_MAX + 1];
    for (size_t i = 0; i <= rows; i++)
        cost[i][0] = i;
    for (size_t j = 0; j <= columns; j++)
        cost[0][j] = j;
    for (size_t i = 1; i <= rows; i++)
        for (size_t j = 1; j <= columns; j++) {
            bool same =
                tolower ((unsigned char) one[i - 1]) == tolower ((unsigned char) other[j - 1]);
            cost[i][j] = least (least (cost[i - 1][j], cost[i][j - 1]) + 1,
                                cost[i - 1][j - 1] + (same ? 0 : 1));
            if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                cost[i][j] = least (cost[i][j], cost[i - 2][j - 2] + 1);
        }
    return cost[rows][columns];
}

static bool
suggest_is_near (const char *word, const char *known, size_t *distance)
{
    size_t length = strlen (word);
    size_t allowed = length < 3 ? 1 : length / 3;
    *distance = suggest_distance (word, known);
    if (length >= 2 && strncmp (word, known, length) == 0)
        *distance = 1;
    return length <= SUGGEST_WORD_MAX && *distance <= (allowed > 0 ? allowed : 1)
           && *distance < length;
}

char *
suggest_text (const char *word, const char *const *known, size_t count)
{
    const char *nearest[SUGGEST_MAX];
    size_t distances[SUGGEST_MAX], found = 0;
    for (size_t i = 0; i < count; i++) {
        size_t distance, place;
        if (!suggest_is_near (word, known[i], &distance))
            continue;
        for (place = found; place > 0 && distances[place - 1] > distance; place--)
            ;
        if (place == SUGGEST_MAX)
            continue;
        if (found < SUGGEST_MAX)
            found++;
        for (size_t j = found - 1; j > place; j--) {
            nearest[j] = nearest[j - 1];
            distances[j] = distances[j - 1];
        }
        nearest[place] = known[i];
        distances[place] = distance;
    }

    char *text = stui_strdup ("");
    for (size_t i = 0; i < found; i++) {
        const char *before = i == 0 ? " (did you mean " : i + 1 < found ? ", " : " or ";
        char *longer =
            stui_printf ("%s%s'%s'%s", text, before, nearest[i], i + 1 == found ? "?)" : "");
        free (text);
        text = longer;
    }
    return text;
}
