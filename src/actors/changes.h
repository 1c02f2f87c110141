/* changes.h: what changed under this machine's connections, gathered: an interface that comes up
 * brings addresses and routes with it, and what is to be done is the same for all of them. Pure but
 * for the heap. */

#ifndef STUI_ACTORS_CHANGES_H
#define STUI_ACTORS_CHANGES_H

#include <stdbool.h>
#include <stdint.h>

/* Kinds of changes, as bits. */
enum changes_kind {
    CHANGES_LINK = 1,    /* an interface came, went, or has another state */
    CHANGES_ADDRESS = 2, /* of this machine */
    CHANGES_ROUTE = 4,
    CHANGES_WAKE = 8,   /* the machine slept */
    CHANGES_CLOCK = 16, /* the time of day was set: no connection suffers */
};

enum {
    CHANGES_QUIET_MS = 50,    /* after the last of a burst … */
    CHANGES_LONGEST_MS = 500, /* … or so long after its first */
    CHANGES_SLEPT_MS = 1000,  /* the least that counts as sleep, and as a clock that was set */
};

/* Zeroed: nothing changed. */
struct changes {
    unsigned kinds; /* not yet told */
    int64_t first_ms, last_ms;
    int64_t slept_ms, set_ms; /* how long it slept, by how much the clock was set */
};

/* Three clocks at one moment, in ms. */
struct changes_clocks {
    int64_t mono_ms; /* stands still in sleep */
    int64_t boot_ms; /* does not */
    int64_t wall_ms; /* may be set */
};

void changes_note (struct changes *self, unsigned kinds, int64_t now_ms);
/* Whether the machine slept or its clock was set between BEFORE and NOW. */
void changes_note_clocks (struct changes *self, const struct changes_clocks *before,
                          const struct changes_clocks *now);

/* When changes_take is to be called (mono ms); STUI_NEVER. */
int64_t changes_deadline (const struct changes *self);
/* What changed, as a sentence without its end ("links and routes changed"); *KINDS are the bits. All is
 * told then. Caller frees. */
char *changes_take (struct changes *self, unsigned *kinds);

#endif
