/* held.h: what one image was asked to evaluate and has not settled: the list of what is held (it
 * was asked for and not sent), of what is on the wire, and of what is in doubt (it was sent, and
 * nobody can say whether it ran). Owned by the image's supervisor, kept by the store as one record.
 * Pure but for the heap.
 *
 *                 sent by the user's word            answered: gone
 *     held  ------------------------------>  sent  ----------------->
 *      ^  ^            never run               | nobody can say
 *      |  +------------------------------------+
 *      |           again                       v
 *      +------------------------------------ doubt  -- ran, not ran: gone
 *
 * What is sent straight away is noted as sent too: should stui end without a word, the next start
 * finds it here and asks the image for it.
 *
 * Bounds: HELD_MAX held ones; HELD_ALL_MAX of all kinds and HELD_BYTES_MAX of their code together.
 * Beyond, nothing more is held; what is sent is noted with the beginning of its code alone (it
 * cannot be sent again then), or not at all. */

#ifndef STUI_ACTORS_HELD_H
#define STUI_ACTORS_HELD_H

#include <stui/types.h>

#include "actors/keys.h"

struct json;

enum {
    HELD_MAX = 64,
    HELD_ALL_MAX = 192,       /* beside these, what the image may owe, twice */
    HELD_BYTES_MAX = 1 << 20, /* of code and parameters */
    HELD_DEPTH_MAX =
        STUI_JSON_DEPTH - 4, /* of parameters, in {held: {entries: [{…}]}} of the store */
    HELD_CUT_BYTES = 1024,   /* of code that does not fit */
    HELD_WORD_MAX = 128,     /* bytes of who asked, of a session's id */
    HELD_BOOT_MAX = STUI_UUID_LEN * 2,
};

#define HELD_STATES(X) X (HELD, "held") X (SENT, "sent") X (DOUBT, "doubt")

#define X(name, word) HELD_STATE_##name,
enum held_state { HELD_STATES (X) HELD_STATE_COUNT };
#undef X

struct held_entry {
    char id[STUI_UUID_LEN + 1]; /* for people */
    enum held_state state;
    bool
        earlier; /* it was sent by a run of stui that ended, or whoever asked for it has left: nobody
                     waits for its answer */
    bool anew;   /* its session was made anew since it was asked for: the variables are gone */
    char request[STUI_UUID_LEN + 1]; /* on the wire; empty while held */
    char boot[HELD_BOOT_MAX];        /* of the image that it was sent to */
    char image[KEYS_IMAGE_MAX + 1];  /* the id of the image it was asked of; empty: not known */
    char session[HELD_WORD_MAX];     /* stui's id of it; empty: a throw-away scope */
    char asked_by[HELD_WORD_MAX];
    char why[STUI_CAUSE_MAX]; /* it is held, or in doubt */
    char *command;            /* owned */
    char *parameters;         /* owned JSON text; NULL: too large to be kept */
    char *code;               /* owned: the beginning of what is not kept; else NULL */
    int64_t asked_at_ms;
    uint64_t change; /* of the list, when this entry changed last */
};

struct held {
    struct held_entry **items; /* owned, oldest first */
    size_t count, capacity;
    size_t bytes;
    uint64_t change; /* rises with each change of the list */
};

/* What is to be noted; borrowed. */
struct held_ask {
    const char *id, *command, *parameters, *image, *session, *asked_by;
    int64_t asked_at_ms;
};

/* Whether COMMAND carries a user's code, so that it can be held and is noted when it is sent. */
bool held_takes (const char *command);

void held_fini (struct held *self);

/* A new one that is held because of WHY; borrowed until it is removed. NULL with CAUSE (QUEUE_FULL)
 * when there is no room. */
struct held_entry *held_add (struct held *self, const struct held_ask *ask, const char *why,
                             struct stui_cause *cause);
/* One that is sent straight away, as REQUEST, to the image's start BOOT; NULL: there is no room. */
struct held_entry *held_note (struct held *self, const struct held_ask *ask, const char *request,
                              const char *boot);

/* The session with this id of stui's was made anew: what was asked for in it finds other variables.
 * Whether something was. */
bool held_session_anew (struct held *self, const char *session);
/* The changes of the picture above. */
void held_sent (struct held *self, struct held_entry *entry, const char *request, const char *boot);
/* Nobody waits any more for the answer to ENTRY, which is sent; WHY. */
void held_unawaited (struct held *self, struct held_entry *entry, const char *why);
void held_back (struct held *self, struct held_entry *entry, const char *why);
void held_doubt (struct held *self, struct held_entry *entry, const char *why);
/* STORED, an entry of the list as it is kept, is in doubt from now on if it was held. */
void held_doubt_stored (struct json *stored, const char *why);
/* What became of ENTRY, which is in doubt: HOW is ran, not-ran (it is gone) or again (it is held).
 * INVALID_REQUEST, UNSUPPORTED with CAUSE. */
int held_resolve (struct held *self, struct held_entry *entry, const char *how,
                  struct stui_cause *cause);
/* Frees *ENTRY and clears it. */
void held_remove (struct held *self, struct held_entry **entry);

struct held_entry *held_find (const struct held *self, const char *id);
struct held_entry *held_find_request (const struct held *self, const char *request);
/* The newest that was asked for by ASKED_BY, a tag. */
struct held_entry *held_find_asked (const struct held *self, const char *asked_by);
/* The oldest that belongs to the session with this id of stui's. */
struct held_entry *held_find_session (const struct held *self, const char *session);
/* Whether people see ENTRY among those in doubt: nobody waits for it any more. */
bool held_is_doubtful (const struct held_entry *entry);
size_t held_count (const struct held *self); /* held ones */
size_t held_count_doubtful (const struct held *self);

/* The list as the store keeps it, {entries: […]}; caller owns. */
struct json *held_to_json (const struct held *self);
/* Puts what an earlier run left before what is there; an entry that makes no sense is left out. */
void held_load (struct held *self, const struct json *json);

/* The list as people are shown it: [{id, state (held or doubt), command, code, …}…], without what is
 * sent and waited for; of a stored RECORD, or of SELF. Caller owns. */
struct json *held_show (const struct held *self);
struct json *held_show_record (const struct json *record);

#endif
