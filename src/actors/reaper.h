/* reaper.h: which sessions are cleaned away, when, and back: as pure steps of registry's. What comes
 * in are the wishes of terminals (`cleanup`, `undo_cleanup`, `adopt_stored`), answers of store and supervisors, and
 * time; what goes out are messages. Pure but for the heap.
 *
 * By itself it cleans away what is left of images that are gone, and closed sessions; a user's `cleanup` is the same walk
 * with other conditions:
 *
 *     list what the store has -> choose -> for each: may_reap (its supervisor, if there is one)
 *     -> archive (store) -> reaped (supervisor)
 *
 * Ages count time in which stui itself ran: `ran_ms`, all of it, and for each IMAGE key how much
 * while that image was away. Both are saved once a step, which is an hour, or an eighth of the
 * shortest time that is configured; what a crash takes of a step makes nothing older. A session is
 * never older than its own last change. The archive's ages are times of `ran_ms` as well, so a clock
 * that jumps deletes nothing; it suspends all that happens by itself for a day, and is told.
 *
 * A session that is adopted goes the same way, with `session_carry` in place of `archive`. What clients
 * that vanished have left on images is the images' own list: supervise_left.c. */

#ifndef STUI_ACTORS_REAPER_H
#define STUI_ACTORS_REAPER_H

#include <stui/msg.h>

#include "actors/keys.h"

struct json;

enum {
    REAPER_STEP_MIN_MS = 250,
    REAPER_STEP_MAX_MS = 3600000,
    REAPER_STEPS = 8,         /* in the shortest time that is configured */
    REAPER_CLOSED_DAYS = 30,  /* after a session was closed it goes, whatever its image does */
    REAPER_JUMP_MS = 3600000, /* a clock that jumps further … */
    REAPER_SUSPENDED_MS = 86400000, /* … suspends for so long */
    REAPER_FLIGHTS = 8,             /* sessions that are asked about or moved at a time */
    REAPER_EVENTS_MAX = 100,        /* of one order; then how many more there were */
    REAPER_ORDERS_MAX = 16,         /* of terminals at a time */
};

/* What is known of a listed image. Borrowed texts. */
struct reaper_image {
    const char *name;
    const char *key;      /* of its sessions; NULL: not known yet; "": it has none */
    const char *image_id; /* of the image that answered last; "": none did */
    const char *id;       /* of its supervisor; "": there is none */
    bool starting;        /* its supervisor is not up yet */
    bool answers;         /* the image is there */
    bool away;            /* it was tried, and is not */
    int64_t gone_ms;      /* since when it does not answer (mono); 0: it never did in this life */
    int64_t reap_after_ms, undo_for_ms;
};

/* Shows the listed images by their INDEX; false beyond the last. */
typedef bool reaper_look (const void *context, size_t index, struct reaper_image *image);

struct reaper_now {
    int64_t mono_ms, wall_ms;
};

enum reaper_order_kind {
    REAPER_CLEAN, /* into the archive: for a terminal, or by itself */
    REAPER_BACK,  /* out of it, for a terminal */
    REAPER_DROP,  /* out of it for good, by itself */
    REAPER_CARRY, /* from an image that is not there any more to another one, for a terminal, or back */
};

/* What `reaped` says of a session. */
enum reaper_end {
    REAPER_STAYS,
    REAPER_ARCHIVED,
    REAPER_CARRIED, /* it is another image's */
};

/* A session that an order is about. */
struct reaper_row {
    struct json *json; /* owned: as the terminal gets it */
    char image[STUI_NAME_MAX + 1], key[KEYS_IMAGE_MAX + 1], id[KEYS_SESSION_MAX + 1];
    char to[KEYS_IMAGE_MAX + 1], to_image[STUI_NAME_MAX + 1]; /* REAPER_CARRY: key and name */
    char supervisor[STUI_ACTOR_ID_MAX + 1]; /* that said yes; empty: none was asked */
    uint64_t generation;
    bool same;  /* REAPER_CARRY: the very image, at another address */
    bool quiet; /* nothing is said of it */
    bool stays; /* it is open on an image that is there: nobody is asked */
};

struct reaper_order {
    enum reaper_order_kind kind;
    char peer[STUI_ACTOR_ID_MAX + 1]; /* who is answered; empty: by itself */
    bool waiting;                     /* for what there is to be asked for */
    uint64_t ref, listing;            /* listing: the open question for what there is, or 0 */
    struct json *wish;                /* owned; what the terminal said; NULL by itself */
    struct reaper_row **rows;         /* owned */
    size_t count, capacity, begun, ended;
    size_t told; /* events */
};

/* A question about one row. */
struct reaper_flight {
    uint64_t ref; /* 0: this place is free */
    enum msg_verb verb;
    struct reaper_order *order;
    struct reaper_row *row;
};

struct reaper {
    reaper_look *look;
    const void *context;
    int64_t reap_after_ms, undo_for_ms; /* of images that are not listed */
    struct reaper_now now;
    bool begun, loaded;
    uint64_t load_ref;
    int64_t load_ms; /* when the store is asked again what was saved; STUI_NEVER */
    int64_t ran_ms;
    struct json *away; /* owned: IMAGE key -> ms */
    struct json
        *doubtful; /* owned: IMAGE key -> name, where a session may be though its return failed */
    int64_t stepped_ms;
    int64_t returned_ms;                  /* when images that are back are looked at; STUI_NEVER */
    int64_t wall_offset_ms, suspended_ms; /* suspended_ms: until then; 0: it is not */
    struct reaper_order **orders;         /* owned, oldest first */
    size_t order_count, order_capacity;
    struct reaper_flight flights[REAPER_FLIGHTS];
    uint64_t last_ref;
    struct msg **out; /* owned by whoever sends them */
    size_t out_count, out_capacity;
};

void reaper_init (struct reaper *self, reaper_look *look, const void *context);
void reaper_fini (struct reaper *self);

/* The times for images that are not listed. */
void reaper_settings (struct reaper *self, int64_t reap_after_ms, int64_t undo_for_ms);

/* The steps. Each appends messages to `out`; the caller sends them and sets out_count to 0. */
/* The store is open. */
void reaper_begin (struct reaper *self, struct reaper_now now);
/* `cleanup`, `undo_cleanup` or `adopt_stored`. */
void reaper_message (struct reaper *self, const struct msg *msg, struct reaper_now now);
/* The answer to a question in `out`. */
void reaper_answer (struct reaper *self, const struct msg *msg, struct reaper_now now);
/* An image answers that did not: what was counted of its absence is void, and saved as that within a
 * second, though stui be killed before the next step. */
void reaper_returned (struct reaper *self, struct reaper_now now);
/* The database is written to again, after it was not: a return that failed is on the disk by now, or
 * never will be. The supervisors concerned are told to read what is stored. */
void reaper_healed (struct reaper *self, struct reaper_now now);
void reaper_time (struct reaper *self, struct reaper_now now);
int64_t reaper_deadline (const struct reaper *self);

/* ---- Between the two files: reaper.c, reaper_choose.c ------------------------------------------- */

/* What becomes of the sessions of an IMAGE key, now. */
enum reaper_presence {
    REAPER_PRESENT,  /* the image is there */
    REAPER_AWAY,     /* it was tried, and is not */
    REAPER_RESTING,  /* nobody tries it, or nobody knows which image it is */
    REAPER_UNLISTED, /* no image of the list has it */
};

/* IMAGE becomes the listed image with KEY, or, when that is not known of it, the one called NAME; its
 * name is NULL when there is none. */
enum reaper_presence reaper_presence (const struct reaper *self, const char *key, const char *name,
                                      struct reaper_image *image);
/* How long stui ran without the image of KEY, which is PRESENCE. */
int64_t reaper_away_ms (const struct reaper *self, const char *key, enum reaper_presence presence,
                        const struct reaper_image *image);
bool reaper_is_suspended (const struct reaper *self);

/* Adds to ORDER the rows of LIST, sessions as the store shows them, that it is about. */
void reaper_choose (struct reaper *self, struct reaper_order *order, const struct json *list);

#endif
