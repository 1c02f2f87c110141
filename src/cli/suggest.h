/* suggest.h: near misses: which known words a mistyped one may have meant. Pure but for the
 * heap. */

#ifndef STUI_CLI_SUGGEST_H
#define STUI_CLI_SUGGEST_H

#include <stddef.h>

/* Edits between two words: a character put in, left out, replaced, or two neighbours swapped
 * (optimal string alignment). Longer words than SUGGEST_WORD_MAX count as far apart. */
size_t suggest_distance (const char *one, const char *other);

enum { SUGGEST_WORD_MAX = 64, SUGGEST_MAX = 3 };

/* " (did you mean 'one' or 'two'?)" with the nearest of COUNT words, at most SUGGEST_MAX, or
 * an empty text when none is near. Caller frees. */
char *suggest_text (const char *word, const char *const *known, size_t count);

#endif
