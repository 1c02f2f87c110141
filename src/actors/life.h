/* life.h: an image's life as a table [phase][event]: where it goes next and what is to be done.
 * The supervisor's step carries the actions out. Pure.
 *
 *   disabled  waiting -> permitting -> resolving (-> tunnelling) -> connecting -> handshaking -> introducing
 *             -> judging -> counting -> claiming -> proving -> live
 *   waiting <- any failure    failed: waits for the user
 *
 * Suspect is no phase: it is a live image that has missed pings. */

#ifndef STUI_ACTORS_LIFE_H
#define STUI_ACTORS_LIFE_H

#include <stui/types.h>

/* X (symbol, word beside `offline`, state shown while nothing failed yet) */
#define LIFE_PHASES(X)                                                                             \
    X (DISABLED, "disabled", DISABLED)                                                             \
    X (WAITING, "waiting", WAITING)             /* for the backoff */                              \
    X (PERMITTING, "waiting", WAITING)          /* for the registry's permit */                    \
    X (RESOLVING, "resolving", RESOLVING)       /* name to addresses */                            \
    X (TUNNELLING, "tunnel", RESOLVING)         /* or to the host that it is behind */             \
    X (CONNECTING, "connecting", CONNECTING)    /* TCP */                                          \
    X (HANDSHAKING, "handshaking", HANDSHAKING) /* ZMTP */                                         \
    X (INTRODUCING, "hello", HANDSHAKING)       /* hello without epoch: who are you */             \
    X (JUDGING, "identity", HANDSHAKING)        /* registry: is it ours */                         \
    X (COUNTING, "claim", HANDSHAKING)          /* store: the next epoch, synced */                \
    X (CLAIMING, "claim", HANDSHAKING)          /* hello with epoch */                             \
    X (PROVING, "ping", HANDSHAKING)            /* the first ping */                               \
    X (LIVE, "online", ONLINE)                                                                     \
    X (FAILED, "failed", FAILED)

enum life_phase {
#define X(symbol, word, shown) LIFE_##symbol,
    LIFE_PHASES (X)
#undef X
        LIFE_PHASE_COUNT
};

enum life_event {
    LIFE_EV_START,   /* enabled, retry now, network changed: what has answered goes on */
    LIFE_EV_ANEW,    /* that too begins again */
    LIFE_EV_DISABLE, /* the user lets go of it */
    LIFE_EV_TIME,    /* the phase's deadline has come */
    LIFE_EV_GRANTED, /* permit */
    LIFE_EV_RESOLVED,
    LIFE_EV_BEHIND, /* nothing to resolve: it is reached through a tunnel */
    LIFE_EV_UNRESOLVED,
    LIFE_EV_CONNECTED,  /* TCP only: proves nothing */
    LIFE_EV_HANDSHAKEN, /* ZMTP */
    LIFE_EV_CLOSED,     /* the link is gone */
    LIFE_EV_INTRODUCED,
    LIFE_EV_REP,    /* an image of the seven commands: it cannot be claimed */
    LIFE_EV_JUDGED, /* may be claimed */
    LIFE_EV_ALIAS,  /* another route to an image that we have: ping only */
    LIFE_EV_COUNTED,
    LIFE_EV_UNCOUNTED, /* no epoch to be had: the store is degraded */
    LIFE_EV_CLAIMED,
    LIFE_EV_ANSWERED, /* the proving ping */
    LIFE_EV_SILENT,   /* too many pings missed */
    LIFE_EV_REFUSED,  /* token, protocol, fenced: waits for the user */
    LIFE_EV_COUNT
};

enum life_action {
    LIFE_DO_NOTHING,
    LIFE_DO_ASK_PERMIT,
    LIFE_DO_RESOLVE,
    LIFE_DO_TUNNEL,    /* ask for one */
    LIFE_DO_OPEN,      /* make a socket and connect it */
    LIFE_DO_SHAKE,     /* only the deadline moves on */
    LIFE_DO_INTRODUCE, /* hello without epoch */
    LIFE_DO_JUDGE,
    LIFE_DO_COUNT,
    LIFE_DO_CLAIM,   /* hello with epoch */
    LIFE_DO_PROVE,   /* first ping */
    LIFE_DO_SERVE,   /* online: sessions, requests */
    LIFE_DO_RETREAT, /* close, back off, try again */
    LIFE_DO_GIVE_UP, /* close, wait for the user */
    LIFE_DO_LET_GO,  /* close, disabled */
    LIFE_DO_RESTART, /* close, backoff anew, attempt at once */
    LIFE_DO_COUNT_
};

struct life_step {
    enum life_phase next;
    enum life_action action;
};

/* What EVENT in PHASE leads to. An event that means nothing there keeps the phase and does
 * nothing: late answers are no errors. */
struct life_step life_next (enum life_phase phase, enum life_event event);

const char *life_phase_word (enum life_phase phase);
enum stui_image_state life_phase_state (enum life_phase phase);

#endif
