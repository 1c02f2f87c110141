/* store_parts.h: the store actor between its two files: store.c has its life, what is written and
 * what is waited for; store_verbs.c what it is asked. */

#ifndef STUI_ACTORS_STORE_PARTS_H
#define STUI_ACTORS_STORE_PARTS_H

#include <stui/actor.h>

#include "actors/owner.h"
#include "actors/store_db.h"
#include "actors/store_policy.h"
#include "actors/store_upkeep.h"

struct json;

enum {
    WAITERS_MAX = 256, /* events_get requests that wait: as many as a terminal has room */
};

/* An events_get that waits. */
struct waiter {
    struct store_ticket ticket; /* without a result */
    uint64_t after;
    size_t limit;
};

struct store {
    struct actor *actor; /* borrowed */
    char *state_dir;     /* owned */
    const struct engine_functions *functions;
    struct owner owner;
    struct store_db db;
    struct store_policy policy;
    zhashx_t *lines; /* owned: who saved each session last (store_lines.h) */
    struct store_upkeep upkeep;
    struct store_export backup;              /* being read by … */
    char backup_peer[STUI_ACTOR_ID_MAX + 1]; /* … this terminal; empty: none */
    uint64_t backup_part;                    /* the next one */
    bool connected;                          /* a connection was saved since the start … */
    int64_t alive_ms;                        /* … and when meta/alive was put (mono) */
    uint64_t marks;                          /* changes of favourites, marks, layouts */
    struct stui_cause cause;                 /* of the degraded state; empty while healthy */
    char why[2 * STUI_CAUSE_MAX];            /* it ends though nobody told it to; else empty */
    struct waiter *waiters;                  /* owned, oldest first */
    size_t waiter_count, waiter_capacity;
};

/* Its whole interface; ends with a NULL handle. */
extern const struct actor_verb store_verbs[];

/* Sessions are encrypted from here on, or no longer. */
void store_encrypt (struct store *self, bool encrypt);

/* Who is to be answered later. */
struct store_ticket store_ticket_from (const struct msg *msg);

/* Answers with *RESULT, which it takes over; or with an error. */
void store_answer (struct store *self, const struct msg *msg, struct json **result);
void store_refuse (struct store *self, const struct msg *msg, const struct stui_cause *cause);

/* Puts *BODY under SUBJECT for MSG (NULL: nobody waits), whose answer is *RESULT (NULL: what the
 * write makes it). Takes both over. */
void store_put (struct store *self, const struct msg *msg, enum store_write_kind kind,
                const char *subject, char **body, char **result);

/* A connection was saved: from now on it is written when stui last ran. */
void store_connected (struct store *self);

/* Answers what is after AFTER now, or once there is something. */
void store_answer_events (struct store *self, const struct msg *msg, uint64_t after, size_t limit);
void store_await_events (struct store *self, const struct msg *msg, uint64_t after, size_t limit);

#endif
