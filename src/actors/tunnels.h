/* tunnels.h: the SSH tunnels to hosts that images are behind, one for each host, shared by all its images:
 * what comes in are questions of supervisors, what ssh says and does, and time; what goes out are
 * actions. netwatch_tunnels.c performs them on real processes. A tunnel is begun when somebody asks for
 * it; after a failure not before its backoff is over, however many images ask, unless the user or a new
 * network wants it now. Whoever is refused meanwhile is told when it is up. Pure but for the heap. */

#ifndef STUI_ACTORS_TUNNELS_H
#define STUI_ACTORS_TUNNELS_H

#include <stui/msg.h>
#include <stui/trouble.h>

#include "actors/tunnel.h"
#include "runtime/random.h"

enum {
    TUNNELS_START_MS = 15000, /* until ssh is through; it gives a connection up after 10 s itself */
    TUNNELS_GAP_MS = 1000,    /* between two beginnings, whoever asks */
    TUNNELS_BACKOFF_MIN_MS = 1000,
    TUNNELS_BACKOFF_MAX_MS = 10000, /* as an image's own */
    TUNNELS_STEADY_MS = 10000,      /* one that falls sooner counts as a failure */
    TUNNELS_IDLE_MS = 60000,        /* one that nobody uses ends then */
    TUNNELS_CHECK_MS = 1000,        /* for a sign of life after the network changed */
    TUNNELS_WORDS_MS = 5000,        /* one that goes on longer did not fall for what ssh said */
};

enum tunnels_do {
    TUNNELS_SEND,    /* msg */
    TUNNELS_START,   /* run, via, path: of its control socket */
    TUNNELS_FORWARD, /* run, id, path, host, port: ask it for a way */
    TUNNELS_CHECK,   /* run, path: connect, and tell when anything comes back */
    TUNNELS_STOP,    /* run: it is not wanted any more */
    TUNNELS_EVENT,   /* kind, text */
};

struct tunnels_action {
    enum tunnels_do what;
    struct msg *msg; /* owned by whoever performs it */
    uint32_t run, id;
    struct via via;
    char path[TUNNEL_PATH_MAX];
    char host[256];
    int port;
    const char *kind;          /* static */
    char text[STUI_CAUSE_MAX]; /* a sentence */
};

struct tunnels {
    char *prefix;          /* owned: what paths of sockets begin with */
    struct tunnel **items; /* owned */
    size_t count, capacity;
    uint32_t last_run;
    struct random_source random;
    /* out */
    struct tunnels_action *actions; /* owned */
    size_t action_count, action_capacity;
};

/* PREFIX (copied): "DIR/UNIQUE", at most TUNNEL_PATH_MAX - 24 bytes. */
void tunnels_init (struct tunnels *self, const char *prefix, uint64_t seed);
void tunnels_fini (struct tunnels *self);

/* The steps; each appends actions, which the caller performs and forgets by setting the count to 0. */
void tunnels_ask (struct tunnels *self, const struct msg *msg, int64_t now_ms);  /* `tunnel` */
void tunnels_why (struct tunnels *self, const struct msg *msg, int64_t now_ms);  /* `tunnel_why` */
void tunnels_left (struct tunnels *self, const struct msg *msg, int64_t now_ms); /* `tunnel_left` */
/* Steps about a RUN that is over for us do nothing. */
void tunnels_said (struct tunnels *self, uint32_t run, const char *line, int64_t now_ms);
/* Its control socket takes requests. */
void tunnels_ready (struct tunnels *self, uint32_t run, int64_t now_ms);
/* The way ID is open; or WHY not. */
void tunnels_forwarded (struct tunnels *self, uint32_t run, uint32_t id, const char *why,
                        int64_t now_ms);
/* It gave a sign of life. */
void tunnels_checked (struct tunnels *self, uint32_t run, int64_t now_ms);
/* It ended, or never began: TROUBLE and TEXT when the caller knows why better than ssh said. */
void tunnels_ended (struct tunnels *self, uint32_t run, enum stui_trouble trouble, const char *text,
                    int64_t now_ms);
/* The network is another one, or this machine slept. */
void tunnels_changed (struct tunnels *self, int64_t now_ms);
void tunnels_time (struct tunnels *self, int64_t now_ms);

/* When tunnels_time wants to be called; STUI_NEVER. */
int64_t tunnels_deadline (const struct tunnels *self);

#endif
