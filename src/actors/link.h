/* link.h: how a terminal process holds on to its profile's owner, as a table: what happened, in
 * which state, and what to do about it. The relay does it. Pure.
 *
 *     apart ---- connected ----> greeting ---- greeted ----> linked
 *       ^  \                        | closed, silent            | closed
 *       |   `-- nobody --> launching -- no owner --> paused <---'  (at once, if it held)
 *       `------------ ready ---'    `----- time -------'
 *
 * When an owner dies, all its terminals find nobody and each starts an owner; the profile's lock
 * lets one win, the others lose the race and attach to that one. An owner of another version is looked at
 * again after a second, and less and less often, whether one of ours has taken its place: nobody starts one
 * beside an upgrade, unless the process is woken (^Z and fg, `r`).
 *
 * An owner that was stopped by order (`stui stop`) says so: then nobody starts another. The terminals
 * look every second whether somebody else has, until the user wakes them, or types: text that nobody stores
 * would be lost with its terminal. */

#ifndef STUI_ACTORS_LINK_H
#define STUI_ACTORS_LINK_H

#include <stui/types.h>

enum {
    LINK_PAUSE_FIRST_MS = 50, /* between attempts; doubled each time */
    LINK_PAUSE_MOST_MS = 1000,
    LINK_STEADY_MS = 1000,  /* a link that held for so long begins anew when it ends */
    LINK_HELLO_MS = 5000,   /* for an owner to greet, and to answer two questions */
    LINK_HELD_MS = 5000,    /* for an owner that holds the lock and does not listen yet */
    LINK_LAUNCH_MS = 60000, /* as LAUNCH_PATIENCE_MS */
    LINK_LOOK_MS = 1000,    /* between looks for an owner after one was stopped, … */
    LINK_LOOK_MOST_MS =
        30000, /* … and at most after one was of another version; doubled each time */
};

enum link_state {
    LINK_APART, /* an attempt is to be made now */
    LINK_LAUNCHING,
    LINK_GREETING,
    LINK_LINKED,
    LINK_PAUSED,
    LINK_REFUSED,
    LINK_STOPPED, /* by order: no owner is started until the user wants one */
    LINK_LOOKING, /* then: whether somebody else has started one is tried now */
    LINK_PEEKING, /* the same after one of another version */
    LINK_STATE_COUNT
};

enum link_event {
    /* of an attempt */
    LINK_CONNECTED, /* to the control socket */
    LINK_NOBODY,    /* nobody listens, nobody holds the profile */
    LINK_HELD,      /* nobody listens, but somebody holds the profile */
    LINK_FAILED,    /* for another reason: the owner is stopped, the kernel refuses */
    /* of an owner that was launched */
    LINK_READY,
    LINK_LOST_RACE, /* another one got the lock */
    LINK_NO_OWNER,
    /* of a connection */
    LINK_GREETED,    /* attached */
    LINK_MISMATCHED, /* it is of another version */
    LINK_CLOSED,
    LINK_DISMISSED, /* the owner was stopped by order, and says so */
    /* of everything */
    LINK_TIME,   /* the deadline has come */
    LINK_WAKE,   /* this process was stopped and goes on, or the user wants an owner */
    LINK_WANTED, /* there is text to be stored */
    LINK_EVENT_COUNT
};

enum link_act {
    LINK_DO_NOTHING,
    LINK_DO_TRY,      /* to connect */
    LINK_DO_LAUNCH,   /* an owner */
    LINK_DO_GREET,    /* the connection is new */
    LINK_DO_ANNOUNCE, /* that we are linked */
    LINK_DO_DROP,     /* the connection, or the owner that is not ready */
};

/* What to do, and whether the terminal is to be told what is wrong. */
struct link_step {
    enum link_act act;
    bool is_said;
};

struct link {
    enum link_state state;
    int64_t deadline_ms; /* STUI_NEVER, or when LINK_TIME comes */
    int64_t since_ms;    /* linked, or apart, since */
    int64_t pause_ms;    /* the next one */
    int64_t look_ms;     /* until the next look after another version */
};

/* An attempt is to be made. */
void link_begin (struct link *self, int64_t now_ms);
/* An event that the state does not expect does nothing. */
struct link_step link_take (struct link *self, enum link_event event, int64_t now_ms);

#endif
