/* utf8.h: UTF-8 checked as RFC 3629 has it. Pure. */

#ifndef STUI_RUNTIME_UTF8_H
#define STUI_RUNTIME_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether BYTES are well-formed UTF-8: no overlong forms, surrogates or values above U+10FFFF.
 * NUL counts as well-formed. */
bool utf8_is_valid (const char *bytes, size_t size);

/* How many of SIZE BYTES, from the first, are well-formed: SIZE, or the offset of the first
 * byte that belongs to no character. */
size_t utf8_valid_prefix (const char *bytes, size_t size);

/* The greatest length not above LIMIT that ends TEXT (of SIZE bytes) between characters. */
size_t utf8_cut (const char *text, size_t size, size_t limit);

/* Takes out of TEXT the bytes that belong to no character: what a limit in bytes has cut, say. */
void utf8_repair (char *text);

/* Whether CODEPOINT drives what shows it instead of being shown: C0 and C1 controls, DEL, and those
 * that reorder text (bidi embeddings, overrides, isolates and marks). */
bool utf8_is_control (uint32_t codepoint);

/* Puts a blank in the place of each such character of TEXT, which is well-formed. */
void utf8_blank_controls (char *text);

#endif
