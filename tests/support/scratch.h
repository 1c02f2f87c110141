/* scratch.h: a directory of a test's own, gone afterwards. */

#ifndef TESTS_SUPPORT_SCRATCH_H
#define TESTS_SUPPORT_SCRATCH_H

#include <stddef.h>

enum { SCRATCH_SIZE = 256 };

/* Makes an empty directory (0700) and writes its path. */
void scratch_open (char path[SCRATCH_SIZE]);
/* Removes it with all that is in it. */
void scratch_close (const char *path);

#endif
