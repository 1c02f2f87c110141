/* store_policy.h: when the store writes, and what it keeps when it cannot. Pure: a function of
 * what was put, what happened and the time; store.c carries out what it says.
 *
 * Group commit: what all actors put close together shares one synced batch: nobody else within
 * GROUP_MS, or GROUP_MAX_MS in all, ends the wait. It is cut short once as much came as the last time
 * that many came together: those who wait for an answer before they put again will not put more, and
 * one alone does not wait at all. What came while a batch was written belongs to those who came
 * together with it: a batch that was too small does not stay so.
 *
 * Writes of one subject are conflated while they wait: the newest body stays, in the oldest's
 * place; both askers are answered when it is on the disk.
 *
 * After a failed write the policy is degraded. The newest body of every session and image is
 * kept; events and connections are kept up to a bound, dropped oldest first, and counted. Nobody is kept
 * waiting: askers are refused, then and later, and may ask again. The database is reopened
 * after a delay that doubles, and a write must succeed before the policy is healthy. */

#ifndef STUI_ACTORS_STORE_POLICY_H
#define STUI_ACTORS_STORE_POLICY_H

#include <stui/types.h>

enum {
    STORE_POLICY_GROUP_MS = 2,           /* about what one sync takes */
    STORE_POLICY_GROUP_MAX_MS = 8,       /* while more and more come */
    STORE_POLICY_BATCH_BYTES = 4 << 20,  /* one batch; a body more when it is the first */
    STORE_POLICY_EVENTS_BYTES = 1 << 20, /* of events and connections kept while degraded */
    STORE_POLICY_REOPEN_MIN_MS = 500,    /* the first delay before reopening */
    STORE_POLICY_REOPEN_MAX_MS = 30000,
};

enum store_write_kind {
    STORE_WRITE_IDENTITY, /* no body: the newest one is taken when it is written */
    STORE_WRITE_SESSION,
    STORE_WRITE_IMAGE,
    STORE_WRITE_HELD,       /* what an image has held; sealed when sessions are */
    STORE_WRITE_EVENT,      /* never conflated */
    STORE_WRITE_CONNECTION, /* one that ended; bounded like events */
    STORE_WRITE_META,       /* what there is one of; as with connections, the subject is the key */
    STORE_WRITE_KIND_COUNT
};

/* Who waits for a write. */
struct store_ticket {
    char peer[STUI_ACTOR_ID_MAX + 1];
    uint64_t ref;
    char *result; /* owned; JSON, NULL when it is not known before the write */
};

/* Something to be written. Owns all that it points to. */
struct store_write {
    enum store_write_kind kind;
    char *subject;     /* a key or its prefix; "" for events */
    uint64_t mark;     /* a hash of it */
    char *body;        /* JSON text; NULL when the kind has none */
    size_t bytes;      /* of body */
    uint64_t number;   /* set by who writes: the generation or seq of the last attempt; 0: none */
    uint64_t work;     /* likewise: the mark of the work in it (store_work.h); 0: it has none */
    uint64_t replaces; /* likewise: the generation whose place that takes; 0: none's */
    bool archived;     /* likewise: it lies in the archive too, and goes from there */
    struct store_ticket *tickets;
    size_t ticket_count, ticket_capacity;
};

enum store_policy_state {
    STORE_POLICY_HEALTHY,
    STORE_POLICY_DEGRADED, /* waiting for the time to reopen */
    STORE_POLICY_TRIAL,    /* reopened, nothing written yet */
    STORE_POLICY_STATE_COUNT
};

/* Embedded; zeroed is a good start. Readers may look at all of it. */
struct store_policy {
    enum store_policy_state state;
    struct store_write *writes; /* owned, oldest first */
    size_t count, capacity;
    size_t batch;      /* the first so many writes are the batch being written */
    size_t locked;     /* the last so many wait for their keys: they are in no batch */
    size_t burst;      /* how many were written since nobody waited */
    size_t last_burst; /* how many came together the last time */
    size_t bytes, event_bytes;
    bool more; /* set by who asks or tells: more is to be put at once, it is only not read yet */
    int64_t since_ms; /* when the oldest write came */
    int64_t last_ms;  /* and the newest */
    int64_t reopen_at_ms, reopen_delay_ms;
    uint64_t dropped; /* events, since the policy was last healthy; who reports them clears it */
};

void store_policy_fini (struct store_policy *self);

/* Takes a write: SUBJECT is copied, *BODY taken over, *TICKET too with its result (TICKET may
 * be NULL). Answers whether the ticket will be answered after a write; false: degraded, the
 * body is kept, and the asker is to be refused now (the ticket stays the caller's). */
bool store_policy_put (struct store_policy *self, enum store_write_kind kind, const char *subject,
                       char **body, struct store_ticket *ticket, int64_t now_ms);

/* The waiting write of SUBJECT, newer than what is stored; borrowed until the next call. */
const struct store_write *store_policy_find (const struct store_policy *self, const char *subject);

enum store_policy_action {
    STORE_POLICY_WAIT,   /* until store_policy_deadline_ms or the next put */
    STORE_POLICY_COMMIT, /* write the first `batch` writes, then say committed or failed */
    STORE_POLICY_REOPEN, /* reopen the database, then say reopened or failed */
};

/* What to do now. FLUSH: do not wait for company (at the end). */
enum store_policy_action store_policy_next (struct store_policy *self, bool flush, int64_t now_ms);
int64_t store_policy_deadline_ms (const struct store_policy *self);

/* The batch is on the disk and its tickets are answered: forgets both. Answers whether this
 * healed a degraded policy. */
bool store_policy_committed (struct store_policy *self);

/* The batch may not be on the disk, or reopening failed; all tickets are answered: forgets
 * them. Answers whether the policy was healthy before. */
bool store_policy_failed (struct store_policy *self, int64_t now_ms);

/* What is sealed when sessions are cannot be: the keys are not there. Such writes leave the batch and are
 * kept, without tickets, until the keys are there; the others go on. Answers how many do. */
size_t store_policy_lock (struct store_policy *self);
void store_policy_unlock (struct store_policy *self);

/* The database is open again and LAST_SEQ is the newest event in it: forgets those that the
 * failed batch wrote after all. */
void store_policy_reopened (struct store_policy *self, uint64_t last_seq);

#endif
