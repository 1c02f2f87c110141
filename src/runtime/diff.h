/* diff.h: how two texts differ, line by line (E. W. Myers, "An O(ND) Difference Algorithm and Its
 * Variations", 1986), as diff -u shows it. Pure but for the heap. */

#ifndef STUI_RUNTIME_DIFF_H
#define STUI_RUNTIME_DIFF_H

enum {
    DIFF_CONTEXT = 3, /* lines around what differs */
    DIFF_EDITS_MAX =
        1000 /* lines out and in; of texts that differ in more, the part is told as a whole */
};

/* The difference from ONE to OTHER, which are called by their titles; empty when there is none. Caller
 * frees. */
char *diff_lines (const char *one, const char *one_title, const char *other,
                  const char *other_title);

#endif
