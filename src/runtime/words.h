/* words.h: numbers as people read them and tags as they write them, the same in the terminal and on the command line. Pure. */

#ifndef STUI_RUNTIME_WORDS_H
#define STUI_RUNTIME_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WORDS_SIZE = 32 };

/* "350 ms", "12 s", "5 min", "3 h", "2 d", whole ones that have passed; "-" below 0. Returns TEXT. */
char *words_duration (int64_t ms, char text[WORDS_SIZE]);

/* "99.98 %" of a SHARE of 1, never rounded up to 100; "-" below 0. Returns TEXT. */
char *words_share (double share, char text[WORDS_SIZE]);

enum { WORDS_KIN_SIZE = 160 };

/* What an image is to another one, by registry's VERDICT (NULL: not judged) and the OTHER's name; REPLACED:
 * another one answered here before. An empty text when there is nothing to say. Returns TEXT. */
char *words_kin (const char *verdict, const char *other, bool replaced, char text[WORDS_KIN_SIZE]);

/* The first tag of TAGS ("lab, prod"), of *SIZE bytes: 0 when there is none. */
const char *words_next_tag (const char *tags, size_t *size);
/* Whether TAGS has TAG. TAGS may be NULL. */
bool words_have_tag (const char *tags, const char *tag);

#endif
