/* fleet.h: the list of images and what is known of each, as pure steps: which supervisors run,
 * which of them have fallen silent, who may attempt, whose identity is whose, and who hears of new states.
 * Registry performs the actions. Pure but for the heap. */

#ifndef STUI_ACTORS_FLEET_H
#define STUI_ACTORS_FLEET_H

#include <stui/msg.h>

#include "actors/alerts.h"
#include "actors/keys.h"

struct json;
struct reaper_image;

enum fleet_do {
    FLEET_SEND,    /* msg, through the switchboard, from registry */
    FLEET_SPAWN,   /* a supervisor: name (its actor name) and settings (JSON text) */
    FLEET_UNSPAWN, /* name: as of FLEET_SPAWN; not, if it was not done yet, and then it has ended */
    FLEET_GIVE_UP, /* name: the routing id of a supervisor that is not waited for any more */
    FLEET_TIDY,    /* attempts are over: what they took of memory can be given back */
};

struct fleet_action {
    enum fleet_do what;
    struct msg *msg; /* owned by whoever performs it */
    char *name;      /* likewise */
    char *settings;  /* likewise */
};

enum {
    FLEET_PERMITS = 64,        /* attempts at once in the fleet */
    FLEET_PERMIT_MS = 1000,    /* then a permit is given on */
    FLEET_LOOK_MS = 500,       /* so often it is looked who is silent */
    FLEET_ASK_MS = 5000,       /* not heard for so long: asked by a tick */
    FLEET_STUCK_MS = 6000,     /* and does not answer: shown as stuck */
    FLEET_RESTARTS_MAX = 5,    /* in … */
    FLEET_RESTARTS_MS = 10000, /* … this time; more, and it waits for the user */
    FLEET_JUDGE_MS = 800,      /* then none is given: an attempt has a second at least */
    FLEET_READING_MS = 5000,   /* what is not read so long after the one before is not waited for */
    FLEET_TIDY_MS = 4000,      /* after the last attempt; memory is given back … */
    FLEET_TIDY_MAX_MS = 60000, /* … so long after the first, if there is no end of them */
    FLEET_STARTING_MAX = 4096, /* supervisors at most */
    FLEET_ALERTS_KEPT = 8,     /* for watchers that are slow; events have them all */
};

enum fleet_life { FLEET_IDLE, FLEET_STARTING, FLEET_UP, FLEET_ENDING, FLEET_BROKEN };

struct fleet_image {
    /* What a judgement looks at in every image: in few lines of the processor's cache. */
    enum fleet_life life;
    bool wanted, removed, restart; /* restart: with new settings, once it has ended */
    bool begun;                    /* it has had a supervisor: a fresh start is over */
    bool asking, stuck;            /* asking: it was asked to say that it lives, and has not */
    bool answers;                  /* online or suspect */
    bool leaving;                  /* it has sessions of another key still, unsaved */
    bool key_known;                /* a supervisor has said which key its sessions have */
    char verdict[16];              /* as it was judged last; of an alias … */
    char image_id[128], boot_id[80];
    char key[KEYS_IMAGE_MAX + 1];  /* of its sessions, once that is known; empty: it has none */
    char word[16];                 /* of its newest report: the state */
    char other[STUI_NAME_MAX + 1]; /* … to which image */
    char name[STUI_NAME_MAX + 1];
    char actor[STUI_ACTOR_ID_MAX + 1]; /* image/NAME */
    char id[STUI_ACTOR_ID_MAX + 1];    /* its incarnation while it is up */
    /* As text: trees of a thousand images would be several MB, and are seldom looked into. */
    char *settings; /* owned JSON */
    char *state;    /* owned JSON; its newest report, or NULL */
    char *beside;   /* owned: the members that watchers get from the settings; NULL: not made yet */
    bool current;   /* the report is of the address and way that the settings have */
    uint64_t version; /* of state, in the fleet's own count */
    uint64_t number;  /* in the order of their coming, for the grid of pings */
    int64_t heard_ms; /* when its supervisor last said that it lives */
    int64_t asked_ms; /* when a tick last asked it to */
    int64_t restarts_ms[FLEET_RESTARTS_MAX];
    int64_t reap_after_ms, undo_for_ms; /* of its settings */
    int64_t gone_ms;             /* when it did not answer any more; 0: that has not happened */
    struct alerts_image *alerts; /* followed by the fleet's */
    char why[STUI_CAUSE_MAX];    /* its supervisor ended the last time; may be empty */
};

struct fleet_permit {
    char peer[STUI_ACTOR_ID_MAX + 1];
    uint64_t ref;      /* of the request, while it waits */
    uint64_t failures; /* fewest first */
    bool is_new;       /* the image has no sessions: whose it is depends on what the others have */
    int64_t until_ms;  /* once granted */
};

/* An image that is to be judged once it is known which images the others are. */
struct fleet_judgement {
    struct msg *msg; /* owned */
    int64_t until_ms;
};

struct fleet_watcher {
    char peer[STUI_ACTOR_ID_MAX + 1];
    uint64_t ref, version;
};

struct fleet_connecter {
    char peer[STUI_ACTOR_ID_MAX + 1];
    uint64_t ref;
    char **names; /* owned; still to come up */
    size_t name_count;
};

/* An alert that was given. */
struct fleet_alert {
    uint64_t version; /* in the fleet's count; 0: none */
    char *text;       /* owned JSON, as watchers get it */
};

struct fleet {
    struct fleet_image **images; /* owned, in the configuration's order */
    size_t image_count, image_capacity;
    void *by_actor; /* a search tree (POSIX tsearch) of the same, by actor */
    struct fleet_permit *granted, *asking;
    size_t granted_count, granted_capacity, asking_count, asking_capacity;
    struct fleet_judgement *judgements; /* owned */
    size_t judgement_count, judgement_capacity;
    size_t unknown; /* index of the image that they waited for when that was last asked */
    struct fleet_watcher *watchers;
    size_t watcher_count, watcher_capacity;
    struct fleet_connecter *connecters;
    size_t connecter_count, connecter_capacity;
    struct json *removed; /* owned object: name -> version of its removal */
    uint64_t version, tick, probes, numbers;
    int64_t look_ms;          /* when it is looked next who is silent */
    int64_t reading_until_ms; /* until then those who start may say what they know */
    int64_t tidy_ms;          /* when memory is given back; 0: nothing was attempted since it was */
    int64_t tidy_max_ms;      /* the latest that it may become */
    uint64_t given_up;        /* threads of supervisors that were */
    uint64_t returns;         /* counts images that answered and had not */
    int64_t reap_after_ms, undo_for_ms; /* of sessions whose image is not in the list */
    bool opened, listed, autoconnect, read_only, fresh, finishing;
    char client_id[STUI_UUID_LEN + 1];
    char store_trouble[STUI_CAUSE_MAX]; /* why the store cannot write; empty: it can */
    uint64_t marks;                     /* changes of favourites, marks and layouts in the store */
    struct alerts alerts;
    struct fleet_alert alerted[FLEET_ALERTS_KEPT]; /* newest last */
    char *alert_run;                               /* owned; NULL: no command */
    bool alert_bell, alert_notify;
    int64_t generation;
    char drain_peer[STUI_ACTOR_ID_MAX + 1];
    uint64_t drain_ref;
    int64_t now_ms;
    struct fleet_action *actions; /* owned */
    size_t action_count, action_capacity;
};

void fleet_init (struct fleet *self);
void fleet_fini (struct fleet *self);
void fleet_actions_clear (struct fleet *self);

/* The steps. */
void fleet_message (struct fleet *self, const struct msg *msg, int64_t now_ms);
void fleet_up (struct fleet *self, const char *id, int64_t now_ms);
/* WHY is empty when it was told to end. */
void fleet_ended (struct fleet *self, const char *id, const char *why, int64_t now_ms);
void fleet_time (struct fleet *self, int64_t now_ms);
/* MSG, of FROM, is for an actor (its peer). True when that is a stuck supervisor and MSG a request:
 * answered here, so that nobody waits for it. `retry` gives it up, and another takes its place;
 * all else is refused, and says so. */
bool fleet_stands_in (struct fleet *self, const char *from, const struct msg *msg, int64_t now_ms);
/* Whether PEER is an image's name whose supervisor is being started. */
bool fleet_is_starting (const struct fleet *self, const char *peer);
/* A supervisor that was given up has ended after all. */
void fleet_given_up_ended (struct fleet *self);
/* At the end of a turn: one batch to each watcher that has not seen the newest states. */
void fleet_flush (struct fleet *self);

int64_t fleet_deadline (const struct fleet *self);
/* A reaper_look (reaper.h) at the FLEET. */
bool fleet_reaper_look (const void *fleet, size_t index, struct reaper_image *image);
struct fleet_image *fleet_find (const struct fleet *self, const char *name);

/* ---- Between fleet.c, fleet_states.c, fleet_permits.c, fleet_alerts.c --------------------------- */

void fleet_send (struct fleet *self, struct msg *msg);
/* Takes RESULT over. */
void fleet_ok (struct fleet *self, const struct msg *msg, struct json *result);
/* The image whose supervisor bears the actor id or name ACTOR; NULL when it is none. */
struct fleet_image *fleet_image_of (const struct fleet *self, const char *actor);
/* Its supervisor lives. */
void fleet_heard (struct fleet *self, struct fleet_image *image);
/* Whether it answers, from here on. */
void fleet_answers (struct fleet *self, struct fleet_image *image, bool answers);
/* Its watchers are to hear of it. */
void fleet_changed (struct fleet *self, struct fleet_image *image);
/* Starts the supervisor of IMAGE, unless there is one or none may be yet. */
void fleet_spawn (struct fleet *self, struct fleet_image *image);
/* What the supervisor of IMAGE is told: its settings, and members that no settings have (config_to_json). Caller
 * owns. */
char *fleet_spawn_settings (const struct fleet *self, const struct fleet_image *image);
/* The verb `connect`: starts supervisors; whoever asked waits until all are up. */
void fleet_connect (struct fleet *self, const struct msg *msg);
/* The supervisor of NAME is up, or (ERROR) will not be: who waits for the last one is answered. */
void fleet_connecters_came (struct fleet *self, const char *name, const char *error);
void fleet_connecter_clear (struct fleet_connecter *connecter);
/* The image NAME is gone or let go: those that were other routes to it are judged anew. */
void fleet_free_aliases (struct fleet *self, const char *name);
void fleet_watch (struct fleet *self, const struct msg *msg);
void fleet_state (struct fleet *self, const struct msg *msg);
void fleet_store_trouble (struct fleet *self, const struct msg *msg);
void fleet_marks_changed (struct fleet *self, const struct msg *msg);
/* The section [alert] of the `images` message. */
void fleet_alerts_set (struct fleet *self, const struct json *list);
/* IMAGE has a new STATE. */
void fleet_alerts_see (struct fleet *self, struct fleet_image *image, const struct json *state);
void fleet_alerts_snooze (struct fleet *self, const struct msg *msg);
/* Gives what is due. */
void fleet_alerts_time (struct fleet *self);
/* Those newer than VERSION; none for 0: whoever begins to watch is not told of old ones. Caller owns. */
struct json *fleet_alerts_since (const struct fleet *self, uint64_t version);
void fleet_alerts_fini (struct fleet *self);
/* Another image than IMAGE (which may be NULL) of which nothing is known yet; NULL: none. */
const struct fleet_image *fleet_other_unknown (struct fleet *self, const struct fleet_image *image);
void fleet_judge (struct fleet *self, const struct msg *msg);
/* Judges those that need not wait any more. */
void fleet_judge_waiting (struct fleet *self);
int64_t fleet_judge_deadline (const struct fleet *self);
void fleet_judge_fini (struct fleet *self);
void fleet_permit (struct fleet *self, const struct msg *msg);
void fleet_permit_return (struct fleet *self, const struct msg *msg);
void fleet_permits_drop (struct fleet *self, const char *peer);
void fleet_permits_expire (struct fleet *self);
/* A supervisor starts, or has said what it knows: others may be about to. */
void fleet_reading (struct fleet *self);
/* Gives those that waited for it what they may have now. */
void fleet_permits_known (struct fleet *self);
int64_t fleet_permits_deadline (const struct fleet *self);

#endif
