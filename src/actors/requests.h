/* requests.h: what one image owes us: the table of wire requests, and what becomes of each when
 * the link is cut. At most once rests on this and on the image's own table of ids. Pure.
 *
 *   waiting --sent--> sent --reply--> gone
 *      ^               | cut
 *      | reads         v            claimed again, same boot: get_result
 *      +------------- lost --asked--> asking --done--> gone
 *                      ^                |  never_run, forgotten: gone, and said
 *                      +--- cut --------+--running--> running --reply--> gone
 *
 * A new boot_id, or an image without get_result, turns `lost` into "in doubt". */

#ifndef STUI_ACTORS_REQUESTS_H
#define STUI_ACTORS_REQUESTS_H

#include <stui/types.h>

#include "actors/keys.h"

enum request_state {
    REQUEST_WAITING, /* not on the wire: the image is not online, or it takes one at a time */
    REQUEST_SENT,
    REQUEST_LOST,    /* was on the wire when the link went */
    REQUEST_ASKING,  /* get_result is on the wire */
    REQUEST_RUNNING, /* the image said so; its reply will come */
    REQUEST_STATE_COUNT
};

enum request_kind {
    REQUEST_COMMAND, /* for somebody: peer and ref say whom to answer */
    REQUEST_RESULT,  /* get_result; about: the request id it asks for, or empty for the list */
    REQUEST_SESSION, /* keeps a session in step; about: the session's id */
    REQUEST_PING,
    REQUEST_HELLO, /* introduces */
    REQUEST_CLAIM,
    REQUEST_SUBSCRIBE, /* to its events */
    REQUEST_VARIABLES, /* of a session; about: its id */
    REQUEST_KIND_COUNT
};

/* What becomes of a command's result before it is answered: supervise_left.c. */
enum request_then {
    REQUEST_THEN_ANSWER, /* nothing */
    REQUEST_THEN_LIST,   /* what others have left on the image */
    REQUEST_THEN_LOOK,   /* a session that is to be adopted */
    REQUEST_THEN_KEEP,   /* one that is adopted */
};

struct request {
    char id[STUI_UUID_LEN + 1]; /* on the wire */
    enum request_kind kind;
    enum request_state state;
    enum request_then then;
    bool changes; /* its command changes something: never sent twice */
    int cuts;     /* links lost while its reply was being fetched */
    int64_t made_ms, sent_ms, sent_us;
    int64_t deadline_ms; /* of waiting for online; STUI_NEVER when sent */
    int64_t wait_ms;     /* how long it may wait for online, each time */
    char peer[STUI_ACTOR_ID_MAX + 1];
    uint64_t ref;
    char *tag;        /* owned; may be NULL */
    char *command;    /* owned */
    char *parameters; /* owned JSON text, kept while it may have to be sent */
    char about[STUI_UUID_LEN + 1];
    char boot[STUI_UUID_LEN * 2];    /* the image's start that it was sent to … */
    char image[KEYS_IMAGE_MAX + 1];  /* … and its image_id; empty: not known */
    bool hold;                       /* one that is not sent is held instead of refused */
    char held_id[STUI_UUID_LEN + 1]; /* it was held, and is sent by the user's word; or empty */
    bool any_image;                  /* also to another image than that was asked of */
    bool anyway;                     /* also in a session that was made anew since */
};

struct requests {
    struct request **items; /* owned, oldest first */
    size_t count, capacity;
};

void requests_fini (struct requests *self);

/* A new one at the end, WAITING, without id. Borrowed until removed. */
struct request *requests_add (struct requests *self, enum request_kind kind, const char *command,
                              int64_t now_ms);
/* Frees *REQUEST and clears it. */
void requests_remove (struct requests *self, struct request **request);

struct request *requests_find (const struct requests *self, const char *id);
/* The running or sent or waiting command with TAG; an empty TAG: the oldest evaluation on the wire. */
struct request *requests_find_tag (const struct requests *self, const char *tag);
/* The command that PEER, the very incarnation, asked for by REF. */
struct request *requests_find_asker (const struct requests *self, const char *peer, uint64_t ref);
struct request *requests_find_about (const struct requests *self, enum request_kind kind,
                                     const char *about);
/* Commands whose answer somebody waits for. */
size_t requests_count_owed (const struct requests *self);
size_t requests_count_kind (const struct requests *self, enum request_kind kind);

/* How many are on the wire unanswered; of all kinds (an image that takes one at a time). */
size_t requests_in_flight (const struct requests *self);
/* The oldest command on the wire or said to be running; NULL. What a silent image may be at. */
const struct request *requests_oldest_running (const struct requests *self);

/* The oldest on the wire that is no ping: what a REP image owes us; NULL. */
const struct request *requests_oldest_owed (const struct requests *self);

/* The link went: ours (pings, hellos, session upkeep, get_result) are removed; reads wait again;
 * what changes something is LOST, and the fetching of its reply counted. */
void requests_cut (struct requests *self, int64_t now_ms);

/* Whether REQUEST waits for the image, which is LIVE or not, and SILENT when it has missed its pings: what is to be
 * held rather than lost does not go to such a one either. */
bool request_waits (const struct request *request, bool live, bool silent);
/* The earliest deadline of one that does. */
int64_t requests_deadline (const struct requests *self, bool live, bool silent);

/* Replies lost twice while being fetched, or reads cut twice: too large or malformed; not asked
 * for again. */
enum { REQUEST_CUTS_MAX = 2 };

#endif
