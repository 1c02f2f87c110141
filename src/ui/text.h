/* text.h: text of any origin made fit for cells. Images, peers and files send what they like:
 * escapes, bidi overrides, letters that cannot be seen, bytes that are no UTF-8. What comes out
 * here is clusters, each harmless, of known width and bounded size, so a cell takes nothing that
 * a terminal could take for a command. utf8proc knows the characters. Pure.
 *
 * A cluster is what a terminal without any extension shows in one cell or two: one character and
 * the marks upon it. Where Unicode's own clusters are longer they are several here:
 *   - emoji joined to one picture are shown as its members, without skin tone or variant;
 *   - a flag is shown as the two letters of its country.
 * What must not or cannot be shown has a visible stand-in:
 *   - C0 controls and DEL their pictures (U+2400…); a tab blanks up to the next tab stop;
 *   - bytes that are no UTF-8, C1 controls, bidi controls, invisible characters, line
 *     separators, private, unassigned and non-characters U+FFFD;
 *   - a mark upon nothing is put on U+25CC; marks above TEXT_MARKS_MAX are left out. */

#ifndef STUI_UI_TEXT_H
#define STUI_UI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TEXT_MARKS_MAX = 4,    /* marks shown upon one character: real scripts need three */
    TEXT_CLUSTER_MAX = 20, /* bytes that are shown: a character and its marks, 4 bytes each */
    TEXT_SPAN_MAX = 64,    /* bytes of source in one cluster; what is longer begins another */
    TEXT_TAB_WIDTH = 4,    /* columns; indentation in methods is one tab a level */
};

/* One cluster as it is shown. */
struct text_cluster {
    char bytes[TEXT_CLUSTER_MAX]; /* UTF-8, not terminated; a tab is one blank here */
    uint8_t size;                 /* of bytes */
    uint8_t width;                /* 1 or 2 columns; a tab up to TEXT_TAB_WIDTH */
    bool replaced;                /* a stand-in, not what the source has */
    bool unsettled;               /* terminals differ about its width: marks, emoji, rare scripts */
};

/* The first cluster of SIZE bytes at TEXT, to be shown at COLUMN of its line (tab stops), into
 * CLUSTER. Returns how many bytes of the source it took; 0 at the end. Line ends are not special
 * here: see text_line. */
size_t text_next (const char *text, size_t size, size_t column, struct text_cluster *cluster);
/* How many bytes the last cluster before OFFSET took; 0 at the start. Looks back at most one
 * line and 4 * TEXT_SPAN_MAX bytes. OFFSET is a place between clusters. */
size_t text_previous (const char *text, size_t size, size_t offset);

/* Bytes of the first line of TEXT without its end; *NEXT is where the following one begins (SIZE
 * when there is none). LF, CR and CR LF end lines: Smalltalk writes all three. */
size_t text_line (const char *text, size_t size, size_t *next);

/* Columns of TEXT, one line, begun at column 0; looking stops at LIMIT columns, however long the
 * line is. */
size_t text_width (const char *text, size_t size, size_t limit);

/* How many bytes of TEXT fit in COLUMNS, ended between clusters; *WIDTH (may be NULL) is what
 * they take. */
size_t text_fit (const char *text, size_t size, size_t columns, size_t *width);

/* TEXT made one harmless line of at most COLUMNS columns and CAPACITY - 1 bytes into OUT, NUL
 * terminated; what was cut off is told by an ellipsis ("…"; with ASCII "~", and all else that is
 * not ASCII is its twin). Line ends are shown as U+240A. Returns the columns taken. */
size_t text_cut (const char *text, size_t size, size_t columns, bool ascii, char *out,
                 size_t capacity);

/* Word boundaries for the keys that move by words: the offset after the word at or behind OFFSET;
 * the offset at which the word before OFFSET begins. Words are letters, digits, marks and '_'. */
size_t text_word_end (const char *text, size_t size, size_t offset);
size_t text_word_start (const char *text, size_t size, size_t offset);

/* The one ASCII character that stands for CLUSTER of SIZE bytes: lines, bullets, arrows, blocks,
 * the ellipsis have twins, ASCII is its own; all else is '?'. */
char text_ascii (const char *cluster, size_t size);

/* SIZE bytes as valid UTF-8 without NUL (U+2400), CR LF and CR as LF: for text that comes in by
 * the keyboard or by paste. Caller frees; *LENGTH is its bytes. */
char *text_clean (const char *bytes, size_t size, size_t *length);

/* Writes CODEPOINT as UTF-8 into OUT (4 bytes) and returns the bytes; U+FFFD for what is no
 * character. */
size_t text_encode (uint32_t codepoint, char out[4]);

#endif
