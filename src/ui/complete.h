/* complete.h: what a word may become, from what is here: the words of a text, of inputs of before, the
 * pseudo-variables. An image knows more; this is what there is without one, and before it answers. Pure
 * but for the heap. */

#ifndef STUI_UI_COMPLETE_H
#define STUI_UI_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

struct chooser;

/* Whether WORD begins with PREFIX of SIZE bytes, case of ASCII letters aside. */
bool complete_matches (const char *word, size_t word_size, const char *prefix, size_t size);

/* The words of TEXT that begin with PREFIX, but for the word at *SKIP, into CHOOSER: those that do so as
 * it is written first, then by how near they stand in the text, the last first. SKIP is SIZE_MAX when
 * none is left out. */
void complete_from_text (struct chooser *chooser, const char *text, size_t size, const char *prefix,
                         size_t prefix_size, size_t skip);
/* self, nil … */
void complete_from_pseudo (struct chooser *chooser, const char *prefix, size_t prefix_size);

/* What is typed for SELECTOR: "at:put:" with blanks behind its colons; *CURSOR is where the first
 * argument goes. In a SYMBOL, and without colons, as it is. Caller frees. */
char *complete_typed (const char *selector, bool symbol, size_t *cursor);

#endif
