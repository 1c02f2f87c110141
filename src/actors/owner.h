/* owner.h: who owns a profile. Ownership is a lock (flock) on DIR/owner, held by the kernel for
 * as long as the descriptor is open: it ends with the process however that ends. The file also
 * says who: `PID START`, START being the process's start time in clock ticks since boot
 * (field 22 of /proc/PID/stat), so that a number used again is not taken for the owner. The
 * file is never unlinked: two processes would lock two files.
 *
 * Not LevelDB's own lock, which is a POSIX one and lost when anybody in the process closes the
 * file. Descriptors are close-on-exec; whoever forks without exec shares the lock. */

#ifndef STUI_ACTORS_OWNER_H
#define STUI_ACTORS_OWNER_H

#include <stui/types.h>

#include <sys/types.h>

/* Embedded by the one who owns. Zeroed: not held. */
struct owner {
    bool held;
    int fd; /* while held */
};

struct owner_holder {
    pid_t pid;    /* 0: nobody holds the profile */
    bool stopped; /* it is suspended (^Z), and will not answer until continued */
};

/* Takes the profile whose directory DIR is there already; never waits. 0, STUI_E_OWNED with a
 * sentence about the holder, or STUI_E_SYSTEM. */
int owner_take (struct owner *self, const char *dir, struct stui_cause *cause);

/* Whether the file in DIR is still the one that is locked: another one, or none, keeps nobody out. */
bool owner_is_intact (const struct owner *self, const char *dir);

/* Gives it up; accepts one that is not held. */
void owner_release (struct owner *self);

/* Who holds the profile in DIR, without touching the lock. 0, or STUI_E_SYSTEM with CAUSE. */
int owner_read (const char *dir, struct owner_holder *holder, struct stui_cause *cause);

#endif
