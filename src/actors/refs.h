/* refs.h: what a terminal process has asked its owner and is not answered yet: whose request each
 * is, and under which ref it went over the control socket. Also keeps requests that wait for a
 * first link. Pure but for the heap. */

#ifndef STUI_ACTORS_REFS_H
#define STUI_ACTORS_REFS_H

#include <stui/msg.h>

struct refs_entry {
    char from[STUI_ACTOR_ID_MAX + 1]; /* who asked; empty: this place is free */
    char to[STUI_ACTOR_ID_MAX + 1];   /* whom */
    uint64_t theirs;                  /* its ref with the asker */
    uint64_t ours;                    /* and on the socket; 0: not sent yet */
    enum msg_verb verb;
    struct msg *held; /* owned: the request, until it is sent */
};

/* Zeroed is a good start. */
struct refs {
    struct refs_entry entries[STUI_TERMINAL_ROOM];
};

void refs_fini (struct refs *self);

/* Keeps a place for *REQUEST of the actor FROM, and holds the request itself, taking it over.
 * NULL: QUEUE_FULL, or INVALID_REQUEST when its ref is open already, with CAUSE. */
struct refs_entry *refs_add (struct refs *self, const char *from, struct msg **request,
                             struct stui_cause *cause);
/* The request that was sent as OURS, or NULL. */
struct refs_entry *refs_find (struct refs *self, uint64_t ours);
/* The next open one from *CURSOR on, which starts at 0; NULL after the last. It may be removed. */
struct refs_entry *refs_next (struct refs *self, size_t *cursor);
/* Frees the place. */
void refs_remove (struct refs_entry *entry);
/* Forgets what the actor FROM asked: it has ended. */
void refs_forget (struct refs *self, const char *from);

/* The answer to ENTRY, addressed to its asker, when the owner is gone: InDoubt for a command that
 * was sent, Unreachable for one that was not, else ActorEnded. WHY is a sentence. Caller owns. */
struct msg *refs_lost (const struct refs_entry *entry, const char *why);

/* Whether a terminal that is READ_ONLY may ask this: what is not known to look only is PERMISSION with
 * CAUSE. */
int refs_permit (const struct msg *request, bool is_read_only, struct stui_cause *cause);

#endif
