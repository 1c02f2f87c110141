/* temporary.c: see temporary.h. */

#include "cli/temporary.h"

#include "cli/command.h"
#include "runtime/alloc.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool
temporary_make (struct temporary *self, const char *word)
{
    static const struct {
        const char *variable, *name;
    } places[] = {
        {"XDG_STATE_HOME", "state"},
        {"XDG_CONFIG_HOME", "config"},
        {"XDG_RUNTIME_DIR", "run"},
    };
    const char *base = getenv ("TMPDIR");
    if (base == NULL || *base != '/' || strlen (base) > sizeof self->directory / 2)
        base = "/tmp"; /* the control socket's path must be short */
    snprintf (self->directory, sizeof self->directory, "%s/stui-%s-XXXXXX", base, word);
    if (mkdtemp (self->directory) == NULL) {
        cli_complain ("no directory could be made in %s: %s", base, strerror (errno));
        self->directory[0] = '\0';
        return false;
    }
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *path = stui_printf ("%s/%s", self->directory, places[i].name);
        bool made = mkdir (path, 0700) == 0;
        setenv (places[i].variable, path, 1);
        if (!made)
            cli_complain ("%s could not be made: %s", path, strerror (errno));
        free (path);
        if (!made)
            return false;
    }
    return true;
}

static int
remove_entry (const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void) status;
    (void) kind;
    (void) place;
    return remove (path);
}

void
temporary_remove (struct temporary *self)
{
    enum { REMOVE_FILES_OPEN = 16 };
    if (self->directory[0] != '\0')
        nftw (self->directory, remove_entry, REMOVE_FILES_OPEN, FTW_DEPTH | FTW_PHYS);
    self->directory[0] = '\0';
}
