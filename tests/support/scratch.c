/* scratch.c: see scratch.h. */

#include "support/scratch.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

void
scratch_open (char path[SCRATCH_SIZE])
{
    const char *parent = getenv ("TMPDIR");
    snprintf (path, SCRATCH_SIZE, "%s/stui-test-XXXXXX", parent ? parent : "/tmp");
    cr_assert_not_null (mkdtemp (path), "%s cannot be made", path);
}

static int
scratch_remove (const char *path, const struct stat *stat, int type, struct FTW *walk)
{
    (void) stat, (void) type, (void) walk;
    return remove (path);
}

void
scratch_close (const char *path)
{
    nftw (path, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
}
