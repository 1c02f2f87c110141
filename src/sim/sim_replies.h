/* sim_replies.h: at most once: what a simulated image knows of one client's requests that changed
 * something, exactly as the protocol says: 256 replies and 8 MB of them together, 10,000 ids, and
 * the greatest id that was dropped. A client's ids rise, so of an id that the table does not know
 * it can still say never_run (greater) or forgotten (not greater). Pure but for the heap. */

#ifndef STUI_SIM_REPLIES_H
#define STUI_SIM_REPLIES_H

#include <stui/types.h>

enum {
    SIM_REPLIES_MAX = 256,
    SIM_REPLY_BYTES_MAX = 8388608, /* of all replies of a client together */
    SIM_IDS_MAX = 10000,
};

/* One request. Owned by its table, until it is removed or its id is dropped: that happens to
 * entries that are done only, so an entry that runs may be pointed at. */
struct sim_entry {
    char id[STUI_UUID_LEN + 1];
    const char *command; /* static */
    char *session_id;    /* owned; may be NULL */
    char *reply;         /* owned: the whole reply; NULL while running, and when dropped */
    size_t reply_size;
    bool is_done;
    struct sim_entry *older, *newer;                 /* in order of arrival */
    struct sim_entry *replied_older, *replied_newer; /* those whose reply is kept, oldest first */
};

/* Zeroed is a good start. */
struct sim_replies {
    struct sim_entry **by_id; /* owned, with all entries; sorted */
    size_t count, room;
    struct sim_entry *oldest, *newest;
    struct sim_entry *replied_oldest, *replied_newest;
    size_t replied_count, reply_bytes;
    char greatest_dropped[STUI_UUID_LEN + 1]; /* "" when none was */
};

void sim_replies_fini (struct sim_replies *self);

/* The entry of ID, or NULL. */
struct sim_entry *sim_replies_find (const struct sim_replies *self, const char *id);
/* Of an ID without an entry: false when it certainly never ran. */
bool sim_replies_may_have_run (const struct sim_replies *self, const char *id);

/* A new request with an ID that has no entry. Ids above the limit are dropped: the oldest that are
 * done. COMMAND is static text; SESSION_ID (NULL: none) is copied. */
struct sim_entry *sim_replies_add (struct sim_replies *self, const char *id, const char *command,
                                   const char *session_id);
/* It was discarded before it began: it never ran. Frees *ENTRY. */
void sim_replies_remove (struct sim_replies *self, struct sim_entry **entry);
/* It is done. REPLY, SIZE bytes, is copied; the oldest ones that no longer fit are dropped. */
void sim_replies_finish (struct sim_replies *self, struct sim_entry *entry, const char *reply,
                         size_t size);

/* All that are done go, as if dropped. */
void sim_replies_forget (struct sim_replies *self);
/* ID and all below count as dropped. */
void sim_replies_note_dropped (struct sim_replies *self, const char *id);
/* The greatest id that was ever here; "" when there was none. */
const char *sim_replies_greatest (const struct sim_replies *self);
bool sim_replies_has_running (const struct sim_replies *self);

#endif
