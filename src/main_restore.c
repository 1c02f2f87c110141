/* main_restore.c: see main_restore.h. Holds the profile's lock while it works. */

#include "main_restore.h"

#include <stdlib.h>

#include "actors/engine.h"
#include "actors/owner.h"
#include "actors/store_restore.h"
#include "runtime/clock.h"
#include "runtime/path.h"

int
main_restore_run (const char *profile, const char *file, bool dry_run,
                  struct restore_report *report, struct stui_cause *cause)
{
    struct store_restore_report found = {0};
    struct owner owner = {0};
    char *dir = path_state (profile);
    int err;
    if (dry_run)
        err = store_restore_look (file, &found, cause);
    else {
        err = path_make_private (dir, cause);
        if (!err)
            err = owner_take (&owner, dir, cause);
        if (!err)
            err = store_restore (dir, file, &engine_leveldb, clock_wall_ms (), &found, cause);
        owner_release (&owner);
    }
    *report = (struct restore_report){.records = found.records,
                                      .sessions = found.sessions,
                                      .images = found.images,
                                      .events = found.events,
                                      .made_at_ms = found.made_at_ms,
                                      .opens_by = found.has_passphrase ? "its passphrase"
                                                  : found.has_vault
                                                      ? "the key file that the profile had then"
                                                      : NULL};
    free (dir);
    return err;
}
