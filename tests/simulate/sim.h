/* sim.h: the world of the deterministic simulation: the real pure steps (switchboard, fleet,
 * supervisors, store policy and records) among modelled images, links, disk, names and
 * terminals, in one thread under a virtual clock. Everything random comes from the seed, so
 * that a seed replays exactly.
 *
 *   sim_clock.c     the queue of what is to happen, the trace and its hash, failures
 *   sim_board.c     the switchboard and the fleet as registry glues them; supervisors
 *   sim_net.c       links: delays, cuts, silence, half-open ones; names
 *   sim_image.c     images: at most once, fencing, sessions with versions, REP images
 *   sim_store.c     the store: a disk with synced writes that fail
 *   sim_terminal.c  terminals: what they ask, and what may be answered
 *   sim_fault.c     what goes wrong, and the calm at the end
 *   sim_check.c     what must hold after each step, and when all is calm */

#ifndef TESTS_SIM_H
#define TESTS_SIM_H

#include <stui/msg.h>

#include "actors/fleet.h"
#include "actors/routes.h"
#include "actors/store_policy.h"
#include "actors/supervise.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "runtime/uuid.h"

enum {
    SIM_IMAGES_MAX = 12,
    SIM_TERMINALS_MAX = 4,
    SIM_MS = 1000,     /* microseconds */
    SIM_S = 1000000,
    SIM_ENTRIES_MAX = 40, /* ids that a simulated image remembers: few, so that it forgets */
};

/* X (symbol, word): what goes wrong, counted */
#define SIM_FAULTS(X)                                                                              \
    X (CUT, "links cut")                                                                           \
    X (SILENCE, "links silent")                                                                    \
    X (HALF_OPEN, "links half-open")                                                               \
    X (BLACK_HOLE, "black holes")                                                                  \
    X (IMAGE_KILLED, "images killed")                                                              \
    X (IMAGE_REPLACED, "images replaced")                                                          \
    X (IMAGE_FROZEN, "images frozen")                                                              \
    X (IMAGE_REFUSES, "images refusing")                                                           \
    X (FOREIGN_EDIT, "foreign edits")                                                              \
    X (MALFORMED, "malformed messages")                                                            \
    X (SUPERVISOR_KILLED, "supervisors killed")                                                    \
    X (DISK, "disk failures")                                                                      \
    X (STUI_KILLED, "stui killed")                                                                 \
    X (NAMES, "name failures")                                                                     \
    X (CLOCK, "clock jumps")                                                                       \
    X (SETTINGS, "settings changed")                                                               \
    X (TERMINAL_LEFT, "terminals left")

enum sim_fault {
#define X(symbol, word) SIM_FAULT_##symbol,
    SIM_FAULTS (X)
#undef X
        SIM_FAULT_COUNT
};

struct sim;
struct sim_event;
typedef void sim_run (struct sim *sim, struct sim_event *event);

struct sim_event {
    int64_t at_us;
    uint64_t order;
    sim_run *run;
    uint64_t epoch;  /* the run of stui that it belongs to; 0: it outlives stui */
    uint64_t number; /* of a link, a boot, a job: whatever RUN knows */
    int index;       /* of an image or a terminal */
    char *text;      /* owned */
    struct msg *msg; /* owned */
};

/* ---- The switchboard's actors -------------------------------------------------------------- */

enum sim_kind { SIM_SUPERVISOR, SIM_STORE, SIM_NETWATCH, SIM_TERMINAL, SIM_MAIN };

struct sim_super {
    int image; /* which of the configured ones; -1: a probe's */
    struct supervise pure;
    uint64_t link;    /* the newest one's number; 0: none */
    int64_t timer_us; /* when supervise_time is scheduled; STUI_NEVER */
    bool ending;
};

struct sim_node {
    char id[STUI_ACTOR_ID_MAX + 1];
    enum sim_kind kind;
    int index;               /* of a terminal */
    int64_t out_us, in_us;   /* the last message of each direction: order is kept */
    struct sim_super *super; /* owned */
};

/* ---- Links and images ------------------------------------------------------------------------ */

struct sim_held {
    bool up;
    char *text; /* owned */
};

struct sim_link {
    uint64_t number;
    int target;                        /* the image at the other end */
    char super[STUI_ACTOR_ID_MAX + 1]; /* whose it is */
    bool stui_open, image_open;        /* each end's own belief */
    bool silent;                       /* nothing passes, nobody is told */
    bool lose_up, lose_down;           /* cut: what was on its way is lost */
    int64_t up_us, down_us;
    struct sim_held *held; /* owned; sent while silent */
    size_t held_count, held_capacity;
    bool claimed, fenced; /* what the image knows of the connection */
    bool owes;            /* a REP image has not answered on it yet */
    int64_t generation, counter;
};

struct sim_isession {
    char id[STUI_UUID_LEN + 1];
    struct json *state; /* owned */
    int64_t version;
    int64_t stamp;
    bool foreign; /* somebody else wrote it last */
};

struct sim_entry { /* of a request that changes something */
    char id[STUI_UUID_LEN + 1];
    char *reply; /* owned; NULL while it runs */
};

struct sim_job {
    char id[STUI_UUID_LEN + 1];
    uint64_t nonce, number;
    int64_t generation, counter;
};

struct sim_inbox {
    uint64_t link;
    char *text; /* owned */
};

struct sim_image {
    int index;
    bool rep, running, frozen, refuses, black; /* black: packets to it vanish */
    char image_id[STUI_UUID_LEN + 1], boot_id[STUI_UUID_LEN + 1];
    uint64_t boot; /* counts starts */
    struct sim_isession *sessions, *snapshot; /* owned */
    size_t session_count, session_capacity, snapshot_count, snapshot_capacity;
    struct sim_entry *entries; /* owned, oldest first */
    size_t entry_count, entry_capacity;
    char dropped[STUI_UUID_LEN + 1]; /* the greatest id that it forgot */
    struct sim_job *jobs;            /* owned; the first one runs */
    size_t job_count, job_capacity;
    uint64_t last_job;
    int64_t generation, counter; /* the client's newest epoch */
    uint64_t newest;             /* link of the client */
    struct sim_inbox *inbox;     /* owned; unread while frozen */
    size_t inbox_count, inbox_capacity;
};

/* One configured image: a name and an address, which may lead to another one's image. */
struct sim_entry_of_list {
    char name[STUI_NAME_MAX + 1], address[STUI_ADDRESS_MAX];
    int target;
    int64_t orphan_after_s; /* changes when the settings change */
};

/* ---- The store --------------------------------------------------------------------------------- */

struct sim_record {
    char *key;    /* owned */
    char *bytes[3]; /* owned; newest first; images use the first */
    size_t sizes[3];
    uint64_t generations[3];
};

struct sim_store {
    struct sim_record *records; /* owned; what is on the disk */
    size_t record_count, record_capacity;
    struct json *counters, *counters_synced; /* owned */
    int64_t generation, generation_synced;
    struct store_policy policy;
    struct msg **inbox; /* owned; come while it writes */
    size_t inbox_count, inbox_capacity;
    bool busy, closed, broken;
    int64_t timer_us;
};

/* ---- Terminals ------------------------------------------------------------------------------------- */

enum sim_verdict { SIM_OPEN, SIM_OK, SIM_ZERO, SIM_DOUBT, SIM_LEFT };

/* A question of a terminal's; its index is its nonce. */
struct sim_question {
    int image;
    enum msg_verb verb;
    bool evaluation, watch;
    enum sim_verdict verdict;
    int runs; /* how often its code ran, in whatever image */
    char terminal[STUI_ACTOR_ID_MAX + 1];
    char session[STUI_UUID_LEN + 1];
    int64_t asked_us;
};

struct sim_known_session {
    char id[STUI_UUID_LEN + 1];
    char key[KEYS_IMAGE_MAX + 1]; /* the image it is kept under, once stored */
    int image;
    int64_t edits, promised; /* the newest text given, and told to be saved; -1: none */
};

struct sim_terminal {
    bool here;
    uint64_t incarnation;
    char id[STUI_ACTOR_ID_MAX + 1];
    uint64_t watched; /* version */
    bool watching;
};

struct sim {
    uint64_t seed;
    struct random_source random, ids;
    struct uuid_source uuid;
    int64_t now_us, wall_base_ms;
    struct sim_event *events; /* owned; a heap */
    size_t event_count, event_capacity;
    uint64_t last_order, steps, hash;
    bool trace, failed, calm, up; /* up: stui runs */
    char failure[512];
    int64_t faults[SIM_FAULT_COUNT];
    int64_t answered[5]; /* by enum sim_verdict */
    /* stui */
    uint64_t epoch; /* counts its runs */
    struct routes *routes;
    struct fleet fleet;
    int64_t fleet_timer_us;
    uint64_t incarnation;
    struct sim_node **nodes; /* owned */
    size_t node_count, node_capacity;
    struct sim_store store;
    bool names_fail;
    /* the world */
    struct sim_entry_of_list list[SIM_IMAGES_MAX];
    struct sim_image images[SIM_IMAGES_MAX];
    int image_count;
    struct config_timings timings;
    struct sim_link **links; /* owned; index is number - 1; NULL: gone */
    size_t link_count, link_capacity;
    struct sim_terminal terminals[SIM_TERMINALS_MAX];
    int terminal_count;
    struct sim_question *questions; /* owned; index is nonce */
    size_t question_count, question_capacity;
    struct sim_known_session *known; /* owned */
    size_t known_count, known_capacity;
};

/* ---- sim_clock.c ------------------------------------------------------------------------------------- */

void sim_push (struct sim *sim, struct sim_event event);
bool sim_step (struct sim *sim); /* false: nothing is left to happen */
void sim_events_fini (struct sim *sim);
int64_t sim_between (struct sim *sim, int64_t low, int64_t high);
bool sim_chance (struct sim *sim, int percent);
int64_t sim_wall_ms (const struct sim *sim);
void sim_uuid (struct sim *sim, char text[STUI_UUID_LEN + 1]);
void sim_trace (struct sim *sim, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
/* The first one counts. */
void sim_fail (struct sim *sim, const char *format, ...) __attribute__ ((format (printf, 2, 3)));
void sim_fault_note (struct sim *sim, enum sim_fault fault, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

/* ---- sim_board.c ------------------------------------------------------------------------------------- */

void sim_board_start (struct sim *sim);
void sim_board_stop (struct sim *sim); /* at once: everything in memory is gone */
struct sim_node *sim_node_find (const struct sim *sim, const char *id);
/* The supervisor of configured image INDEX; NULL when none is up. */
struct sim_node *sim_node_of_image (const struct sim *sim, int index);
struct sim_node *sim_node_add (struct sim *sim, enum sim_kind kind, const char *id);
/* It says `ended` with WHY as its last word. */
void sim_node_end (struct sim *sim, struct sim_node *node, const char *why);
/* Takes MSG over. */
void sim_send (struct sim *sim, const char *from, struct msg *msg);
void sim_super_link (struct sim *sim, const char *super, uint64_t link,
                     enum supervise_link_event event, const char *why);
void sim_super_receive (struct sim *sim, const char *super, uint64_t link, const char *text);
void sim_images_announce (struct sim *sim);

/* ---- sim_net.c --------------------------------------------------------------------------------------- */

uint64_t sim_net_open (struct sim *sim, const char *super, const char *endpoint);
void sim_net_close (struct sim *sim, uint64_t link); /* by stui */
int sim_net_up (struct sim *sim, uint64_t link, const char *text);
void sim_net_down (struct sim *sim, uint64_t link, const char *text);
/* The image's end goes; TOLD: stui hears of it. */
void sim_net_drop (struct sim *sim, uint64_t link, bool told);
void sim_net_cut (struct sim *sim, uint64_t link);
void sim_net_heal (struct sim *sim, uint64_t link);
struct sim_link *sim_net_find (const struct sim *sim, uint64_t number);
void sim_net_fini (struct sim *sim);
void sim_netwatch_take (struct sim *sim, const struct msg *msg);

/* ---- sim_image.c ------------------------------------------------------------------------------------- */

void sim_image_init (struct sim *sim, int index, bool rep);
void sim_image_start (struct sim *sim, struct sim_image *image, bool snapshot, bool replaced);
void sim_image_kill (struct sim *sim, struct sim_image *image);
void sim_image_thaw (struct sim *sim, struct sim_image *image);
void sim_image_receive (struct sim *sim, struct sim_link *link, const char *text);
void sim_image_foreign_edit (struct sim *sim, struct sim_image *image);
struct sim_isession *sim_image_session (struct sim_image *image, const char *id);
void sim_image_fini (struct sim_image *image);

/* ---- sim_store.c ------------------------------------------------------------------------------------- */

void sim_store_start (struct sim *sim);
void sim_store_stop (struct sim *sim); /* at once; what is on the disk stays */
void sim_store_take (struct sim *sim, const struct msg *msg);
/* The stored text number of session ID under KEY; -1 when it is not on the disk. */
int64_t sim_store_text (struct sim *sim, const char *key, const char *id);
void sim_store_fini (struct sim_store *store);

/* ---- sim_terminal.c ---------------------------------------------------------------------------------- */

void sim_terminal_arrive (struct sim *sim, int index);
void sim_terminal_leave (struct sim *sim, int index);
void sim_terminal_take (struct sim *sim, int index, const struct msg *msg);
/* The user's own word at the end: try again what waits for it. */
void sim_terminal_retry_all (struct sim *sim);
/* The code of question NONCE begins to run. */
void sim_question_runs (struct sim *sim, uint64_t nonce);
void sim_question_lost (struct sim *sim); /* stui died: all open ones are left */
void sim_promise (struct sim *sim, const char *id, const char *key, int64_t text);

/* ---- sim_fault.c, sim_check.c ------------------------------------------------------------------------ */

void sim_faults_plan (struct sim *sim, int64_t until_us);
void sim_calm_down (struct sim *sim);
void sim_check_super (struct sim *sim, const struct sim_super *super);
void sim_check_step (struct sim *sim);
/* Whether all is as it should be when nothing goes wrong any more; WHY says what is not yet. */
bool sim_check_calm (struct sim *sim, char *why, size_t size);

#endif
