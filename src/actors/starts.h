/* starts.h: the supervisors that are to be started, and when: some a turn, with a pause between, and
 * none while somebody waits to see the stored sessions. A thousand threads and their first attempts
 * keep all processors for a second or two, and whoever has just started stui looks at it meanwhile.
 * Pure but for the heap. Owned by registry. */

#ifndef STUI_ACTORS_STARTS_H
#define STUI_ACTORS_STARTS_H

#include <stui/msg.h>

enum {
    /* A thousand in one turn would keep everybody's messages waiting. */
    STARTS_A_TURN = 8,
    STARTS_PAUSE_MS = 4, /* a thousand attempts take a second or two of all processors anyway */
    /* So many that nobody else would get a turn soon; whoever waits for this stui to listen can attach and ask
     * first. */
    STARTS_MANY = 64,
    STARTS_FIRST_MS = 50,
    /* How often it is looked whether somebody still reads. */
    STARTS_LOOK_MS = 20,
    /* After the answer has passed: so long it takes to be handed over and shown. */
    STARTS_AFTER_MS = 100,
    /* Whoever reads for longer does so beside the starts: all together are held for no longer than this
     * (and once more STARTS_AFTER_MS), and a disk that hangs keeps no image from being connected. */
    STARTS_HELD_MS = 400,
};

struct start {
    char *name, *settings; /* owned */
};

/* Embedded; zeroed is a good start. */
struct starts {
    struct start *items; /* owned; in the order of their coming, those before `done` are taken */
    size_t count, capacity, done;
    int64_t next_ms;   /* when the next ones are due */
    int64_t looked_ms; /* when they were last held; 0: they are not */
    int64_t held_ms;   /* for how long so far, since the list was last empty */
};

void starts_fini (struct starts *self);

/* Takes *NAME and *SETTINGS over. */
void starts_add (struct starts *self, char **name, char **settings);

/* The database is open, and all of the list was added: they may be started. */
void starts_begin (struct starts *self, int64_t now_ms);

/* Takes the one called NAME out, which is not to be started any more. Whether it was there. */
bool starts_remove (struct starts *self, const char *name);

/* How many of them are to be started now. HELD: somebody waits for what is stored. */
int starts_due (struct starts *self, bool held, int64_t now_ms);

/* Takes the oldest out; the caller owns both texts. There is one (starts_due). */
struct start starts_take (struct starts *self);

/* STUI_NEVER: there are none. */
int64_t starts_deadline (const struct starts *self);

#endif
