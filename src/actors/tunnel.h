/* tunnel.h: one SSH tunnel: its state, the ways through it to addresses behind its host, who waits for
 * them, and who uses it. tunnels.c decides what becomes of it. Pure but for the heap. */

#ifndef STUI_ACTORS_TUNNEL_H
#define STUI_ACTORS_TUNNEL_H

#include <stui/msg.h>
#include <stui/trouble.h>

#include "actors/backoff.h"
#include "runtime/address.h"
#include "runtime/via.h"

enum { TUNNEL_PATH_MAX = 108 /* sun_path, with its NUL */ };

enum tunnel_state {
    TUNNEL_DOWN,     /* its trouble says why, when it failed */
    TUNNEL_STARTING, /* ssh runs, and is not through yet */
    TUNNEL_UP,
};

enum tunnel_forward_state { FORWARD_CLOSED, FORWARD_ASKED, FORWARD_OPEN };

/* The way to one address behind the host: a socket here. */
struct tunnel_forward {
    char address[STUI_ADDRESS_MAX]; /* as whoever asks for it writes it */
    char host[256];
    int port;
    uint32_t id;
    enum tunnel_forward_state state;
    struct msg **waiters; /* owned: questions to be answered */
    size_t waiter_count, waiter_capacity;
    enum stui_trouble
        trouble;      /* of the last connection that came to nothing, since it was asked for */
    const char *text; /* static */
};

/* A connection through it that came to nothing, until it is known whose. */
struct tunnel_failure {
    int channel;
    enum stui_trouble trouble;
    const char *text; /* static */
};

/* More than that are not waited for: the oldest is forgotten. */
enum { TUNNEL_FAILURES_MAX = 64 };

struct tunnel {
    char name[STUI_VIA_MAX]; /* as the configuration has it */
    struct via via;
    enum tunnel_state state;
    uint32_t run; /* of ssh, while there is one; else 0 */
    int64_t started_ms, up_ms;
    int64_t retry_ms; /* not begun again before, unless now */
    bool wanted;      /* somebody was refused because of that */
    int64_t idle_ms, check_ms;
    struct backoff backoff;
    enum stui_trouble trouble;        /* of the last that is no more; up: what ssh just said */
    char text[STUI_CAUSE_MAX];        /* the same as a sentence */
    int64_t blamed_ms;                /* when it was noted */
    char said[120];                   /* what ssh said last that is not known */
    int64_t said_ms;                  /* when */
    struct tunnel_forward **forwards; /* owned */
    size_t forward_count, forward_capacity;
    struct tunnel_failure failures[TUNNEL_FAILURES_MAX];
    size_t failure_count;
    char **users; /* owned: names of actors */
    size_t user_count, user_capacity;
};

/* One that is down, and was never begun. Caller owns. */
struct tunnel *tunnel_new (const char *name, const struct via *via);
void tunnel_destroy (struct tunnel **tunnel_p);

/* The way to ADDRESS, written so; NULL. Borrowed, as that of the next. */
struct tunnel_forward *tunnel_forward_find (const struct tunnel *tunnel, const char *address);
struct tunnel_forward *tunnel_forward_add (struct tunnel *tunnel, const char *text,
                                           const struct address *address);
/* PREFIX is what paths of sockets begin with. */
void tunnel_forward_path (const struct tunnel *tunnel, const struct tunnel_forward *forward,
                          const char *prefix, char path[TUNNEL_PATH_MAX]);
/* Keeps a copy of the question MSG. */
void tunnel_forward_wait (struct tunnel_forward *forward, const struct msg *msg);
/* Whether anybody waits for any of them. */
bool tunnel_is_awaited (const struct tunnel *tunnel);

/* A connection came to nothing: it is not known yet whose. What was noted of a channel of the same number
 * before is forgotten. */
void tunnel_failure_note (struct tunnel *tunnel, int channel, enum stui_trouble trouble,
                          const char *text);
/* It was for the socket PATH: that way failed, if the connection did. */
void tunnel_failure_place (struct tunnel *tunnel, int channel, const char *prefix,
                           const char *path);

/* PEER is an actor's id: a supervisor that was started again is the same user. */
void tunnel_user_add (struct tunnel *tunnel, const char *peer);
/* Whether it was one. */
bool tunnel_user_remove (struct tunnel *tunnel, const char *peer);

#endif
