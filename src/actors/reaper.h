/* reaper.h: which sessions are cleaned away, when, and back: as pure steps of registry's. What comes
 * in are the wishes of terminals (`cleanup`, `undo_cleanup`, `adopt_stored`), answers of store and supervisors, and
 * time; what goes out are messages. Pure but for the heap.
 *
 * By itself it cleans away what is left of images that are gone, and closed sessions; a user's `cleanup` is
 * the same walk with other conditions:
 *
 *     list what the store has -> choose -> for each: may_reap (its supervisor, if there is one)
 *     -> archive (store) -> reaped (supervisor)
 *
 * Ages count time in which stui itself ran: `ran_ms`, all of it, and for each IMAGE key how much
 * while that image was away. Both are saved once a step, which is an hour, or an eighth of the
 * shortest time that is configured; what a crash takes of a step makes nothing older. A session is
 * never older than its own last change. The archive's ages are times of `ran_ms` as well, so a clock
 * that jumps deletes nothing; it suspends all that happens by itself for a day, and is told. A machine that
 * sleeps has not run, and its clock has not jumped.
 *
 * It runs in the switchboard's thread: a long list is read in slices, one a turn.
 *
 * A session that is adopted goes the same way, with `session_carry` in place of `archive`. What clients
 * that vanished have left on images is the images' own list: supervise_left.c. */

#ifndef STUI_ACTORS_REAPER_H
#define STUI_ACTORS_REAPER_H

#include <stui/msg.h>

#include "actors/keys.h"
#include "actors/wall_trust.h"
#include "runtime/json_walk.h"

struct json;

enum {
    REAPER_STEP_MIN_MS = 250,
    REAPER_STEP_MAX_MS = 3600000,
    REAPER_STEPS = 8,         /* in the shortest time that is configured */
    REAPER_CLOSED_DAYS = 30,  /* after a session was closed it goes, whatever its image does */
    REAPER_JUMP_MS = 3600000, /* a clock that jumps further … */
    REAPER_SUSPENDED_MS = 86400000, /* … suspends for so long */
    REAPER_FLIGHTS = 8,             /* sessions that are asked about or moved at a time */
    REAPER_ANSWER_MS = 15000, /* a supervisor has to answer in; later it is known to be stuck */
    REAPER_EVENTS_MAX = 100,  /* of one order; then how many more there were */
    REAPER_SLICE = 64,        /* sessions that are read or begun in one turn … */
    REAPER_PAUSE_MS = 1,      /* … and then others are served: it is the switchboard's thread */
    REAPER_ORDERS_MAX = 16,   /* of terminals at a time */
};

/* What is known of a listed image. Borrowed texts. */
struct reaper_image {
    const char *name;
    const char *key;      /* of its sessions; NULL: not known yet; "": it has none */
    const char *image_id; /* of the image that answered last; "": none did */
    const char *id;       /* of its supervisor; "": there is none */
    bool starting;        /* its supervisor is not up yet */
    bool stuck;           /* its supervisor answers nothing */
    bool answers;         /* the image is there */
    bool away;            /* it was tried, and is not */
    int64_t gone_ms;      /* since when it does not answer (mono); 0: it never did in this life */
    int64_t reap_after_ms, undo_for_ms;
};

/* Shows the listed images by their INDEX; false beyond the last. */
typedef bool reaper_look (const void *context, size_t index, struct reaper_image *image);

/* Ages are of mono, which stands still while the machine sleeps; boot does not, so it is what the wall
 * clock is judged by. */
struct reaper_now {
    int64_t mono_ms, boot_ms, wall_ms;
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
    char *list;                       /* owned: what there is, while it is read; NULL */
    struct json_walk walk;            /* in it */
    struct reaper_row **rows;         /* owned */
    size_t count, capacity, begun, ended;
    size_t told; /* events */
};

/* A question about one row. Only supervisors are given a time: what the store was told may be done
 * though it has not said so yet, and as long the session stays frozen. */
struct reaper_flight {
    uint64_t ref;   /* 0: this place is free */
    int64_t due_ms; /* then it is not waited for any more; STUI_NEVER */
    enum msg_verb verb;
    struct reaper_order *order;
    struct reaper_row *row;
};

/* How long the image KEY was away while stui ran, up to the last step. */
struct reaper_absence {
    char key[KEYS_IMAGE_MAX + 1];
    int64_t away_ms;
    bool met; /* there are sessions of it */
};

/* What the request VERB, one of the three, is an order for. Pure. */
enum reaper_order_kind reaper_kind (enum msg_verb verb);
/* Whether WISH, of such an order, is more than a question for what there is. Pure. */
bool reaper_acts (enum reaper_order_kind kind, const struct json *wish);

struct reaper {
    reaper_look *look;
    const void *context;
    int64_t reap_after_ms, undo_for_ms; /* of images that are not listed */
    struct reaper_now now;
    bool begun, loaded;
    uint64_t load_ref;
    int64_t load_ms; /* when the store is asked again what was saved; STUI_NEVER */
    int64_t ran_ms;
    /* owned: IMAGE key -> name, where a session may be though its return failed */
    struct json *doubtful;
    struct json *counts;              /* owned: reaper_counts.h */
    bool counted;                     /* there are more than were saved */
    struct reaper_absence **absences; /* owned, by key */
    size_t absence_count, absence_capacity;
    int64_t step_ms;              /* between two */
    int64_t stepped_ms;           /* when the last one was */
    int64_t returned_ms;          /* when images that are back are looked at; STUI_NEVER */
    int64_t go_on_ms;             /* when the next slice is due; STUI_NEVER */
    bool looked;                  /* at the clock: the next look can be compared */
    int64_t wall_offset_ms;       /* of the wall clock to boot, when it was looked at last */
    int64_t suspended_ms;         /* until then; 0: it is not */
    struct wall_trust clock;      /* whether the wall clock is believed, over starts */
    struct reaper_order **orders; /* owned, oldest first */
    size_t order_count, order_capacity;
    struct reaper_flight flights[REAPER_FLIGHTS];
    uint64_t last_ref;
    struct msg **out; /* owned by whoever sends them */
    size_t out_count, out_capacity;
};

void reaper_init (struct reaper *self, reaper_look *look, const void *context);
void reaper_fini (struct reaper *self);

/* The list of images is another, or a time of one of them; these are for images that are not in it. */
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

/* ---- Between reaper.c, reaper_choose.c, reaper_images.c ----------------------------------------- */

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

/* The listed images in an order in which they are found quickly, for many looks in one turn: the texts are
 * borrowed from whoever lists them. */
struct reaper_listed {
    struct reaper_image image;
    size_t place; /* in the list */
};
struct reaper_index {
    struct reaper_listed *known, *unknown; /* owned: by key, one of each; by name */
    size_t known_count, unknown_count;
};
void reaper_index_init (struct reaper_index *index, const struct reaper *self);
void reaper_index_fini (struct reaper_index *index);
/* How long stui has run so far, with the part of a step that has passed. */
int64_t reaper_ran_ms (const struct reaper *self);
/* As reaper_presence. */
enum reaper_presence reaper_index_find (const struct reaper_index *index, const char *key,
                                        const char *name, struct reaper_image *image);

/* There are sessions of KEY. */
void reaper_meet (struct reaper *self, const char *key);
/* Keys that are not met between the two are forgotten. */
void reaper_meet_begin (struct reaper *self);
void reaper_meet_end (struct reaper *self);
/* The absence of each becomes that of now. */
void reaper_count_away (struct reaper *self);
/* That of images that are there becomes none; true when any was. */
bool reaper_forget_away (struct reaper *self);
/* As they are saved: IMAGE key -> ms. Caller owns. */
struct json *reaper_absences_to_json (const struct reaper *self);
void reaper_absences_read (struct reaper *self, const struct json *saved);
void reaper_absences_fini (struct reaper *self);
/* How long stui ran without the image of KEY, which is PRESENCE. */
int64_t reaper_away_ms (const struct reaper *self, const char *key, enum reaper_presence presence,
                        const struct reaper_image *image);
bool reaper_is_suspended (const struct reaper *self);

/* Reads on in ORDER's list, sessions as the store shows them: as rows it gets those that it is about.
 * True when there is more to be read. */
bool reaper_choose (struct reaper *self, struct reaper_order *order);

#endif
