/* world.h: the world of the deterministic simulation: the real pure steps (switchboard, fleet,
 * reaper, supervisors, store policy and records) among modelled images, links, disk, names and
 * terminals, in one thread under a virtual clock. Everything random comes from the seed, so
 * that a seed replays exactly.
 *
 *   world_clock.c     the queue of what is to happen, the trace and its hash, failures
 *   world_board.c     the switchboard and the fleet as registry glues them; supervisors
 *   world_net.c       links: delays, cuts, silence, half-open ones; names
 *   world_image.c     images: at most once, fencing, sessions with versions, REP images
 *   world_session.c   their sessions
 *   world_store.c     the store: synced writes that fail
 *   world_disk.c      what is on its disk: generations, and the archive
 *   world_reaper.c    the reaper as registry glues it, and what may go when
 *   world_held.c      what is held and in doubt, and what users do about it
 *   world_await.c     what came of code is asked for, and leases are released, by dice of their own
 *   world_terminal.c  terminals: what they ask, and what may be answered
 *   world_fault.c     what goes wrong, and the calm at the end
 *   orphans.c         a table of cases about the reaper, each with its expected outcome
 *   world_check.c     what must hold after each step, and when all is calm */

#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include <stui/msg.h>

#include "actors/fleet.h"
#include "actors/reaper.h"
#include "actors/routes.h"
#include "actors/store_lines.h"
#include "actors/store_policy.h"
#include "actors/supervise.h"
#include "runtime/json.h"
#include "runtime/random.h"
#include "runtime/uuid.h"

enum {
    WORLD_IMAGES_MAX = 12,
    WORLD_TERMINALS_MAX = 4,
    WORLD_MS = 1000, /* microseconds */
    WORLD_S = 1000000,
    WORLD_ENTRIES_MAX = 40, /* ids that a simulated image remembers: few, so that it forgets */
};

/* X (symbol, word): what goes wrong, counted */
#define WORLD_FAULTS(X)                                                                            \
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
    X (NETWORK, "network changes")                                                                 \
    X (SETTINGS, "settings changed")                                                               \
    X (TERMINAL_LEFT, "terminals left")                                                            \
    X (STUI_OFF, "stui off for a month")                                                           \
    X (IMAGE_GONE, "images gone for long")                                                         \
    X (REAPING, "faults while reaping")

enum world_fault {
#define X(symbol, word) WORLD_FAULT_##symbol,
    WORLD_FAULTS (X)
#undef X
        WORLD_FAULT_COUNT
};

struct world;
struct world_event;
typedef void world_run (struct world *world, struct world_event *event);

struct world_event {
    int64_t at_us;
    uint64_t order;
    world_run *run;
    uint64_t epoch;  /* the run of stui that it belongs to; 0: it outlives stui */
    uint64_t number; /* of a link, a boot, a job: whatever RUN knows */
    int index;       /* of an image or a terminal */
    char *text;      /* owned */
    struct msg *msg; /* owned */
};

/* ---- The switchboard's actors -------------------------------------------------------------- */

enum world_kind { WORLD_SUPERVISOR, WORLD_STORE, WORLD_NETWATCH, WORLD_TERMINAL, WORLD_MAIN };

struct world_super {
    int image; /* which of the configured ones; -1: a probe's */
    struct supervise pure;
    uint64_t link;    /* the newest one's number; 0: none */
    int64_t timer_us; /* when supervise_time is scheduled; STUI_NEVER */
    bool ending;
};

struct world_node {
    char id[STUI_ACTOR_ID_MAX + 1];
    enum world_kind kind;
    int index;                 /* of a terminal */
    int64_t out_us, in_us;     /* the last message of each direction: order is kept */
    struct world_super *super; /* owned */
};

/* ---- Links and images ------------------------------------------------------------------------ */

struct world_held {
    bool up;
    char *text; /* owned */
};

struct world_link {
    uint64_t number;
    int target;                        /* the image at the other end */
    char super[STUI_ACTOR_ID_MAX + 1]; /* whose it is */
    bool stui_open, image_open;        /* each end's own belief */
    bool silent;                       /* nothing passes, nobody is told */
    bool lose_up, lose_down;           /* cut: what was on its way is lost */
    int64_t up_us, down_us;
    struct world_held *held; /* owned; sent while silent */
    size_t held_count, held_capacity;
    bool claimed, fenced; /* what the image knows of the connection */
    bool owes;            /* a REP image has not answered on it yet */
    int64_t generation, counter;
};

struct world_isession {
    char id[STUI_UUID_LEN + 1];
    struct json *state; /* owned */
    int64_t version;
    int64_t stamp;
    bool foreign;  /* somebody else wrote it last */
    bool saved;    /* this version came with a snapshot */
    bool leftover; /* of a snapshot, or of a run of stui that could not store that it was open */
};

struct world_entry { /* of a request that changes something */
    char id[STUI_UUID_LEN + 1];
    char *reply; /* owned; NULL while it runs */
};

struct world_job {
    char id[STUI_UUID_LEN + 1];
    uint64_t nonce, number;
    int64_t generation, counter;
};

struct world_inbox {
    uint64_t link;
    char *text; /* owned */
};

struct world_image {
    int index;
    bool rep, running, frozen, refuses, black; /* black: packets to it vanish */
    char image_id[STUI_UUID_LEN + 1], boot_id[STUI_UUID_LEN + 1];
    uint64_t boot;                              /* counts starts */
    struct world_isession *sessions, *snapshot; /* owned */
    size_t session_count, session_capacity, snapshot_count, snapshot_capacity;
    struct world_entry *entries; /* owned, oldest first */
    size_t entry_count, entry_capacity;
    char dropped[STUI_UUID_LEN + 1]; /* the greatest id that it forgot */
    struct world_job *jobs;          /* owned; the first one runs */
    size_t job_count, job_capacity;
    uint64_t last_job;
    int64_t generation, counter; /* the client's newest epoch */
    uint64_t newest;             /* link of the client */
    struct world_inbox *inbox;   /* owned; unread while frozen */
    size_t inbox_count, inbox_capacity;
};

/* One configured image: a name and an address, which may lead to another one's image. */
struct world_entry_of_list {
    char name[STUI_NAME_MAX + 1], address[STUI_ADDRESS_MAX];
    int target;
    int64_t orphan_after_s; /* changes when the settings change */
};

/* ---- The store --------------------------------------------------------------------------------- */

struct world_record {
    char *key;      /* owned */
    char *bytes[3]; /* owned; newest first; images use the first */
    size_t sizes[3];
    uint64_t generations[3];
    uint64_t work; /* what is in the newest, as store_work.h has it; 0: not known */
};

struct world_store {
    struct world_record *records; /* owned; what is on the disk */
    size_t record_count, record_capacity;
    struct json *counters, *counters_synced; /* owned */
    int64_t generation, generation_synced;
    zhashx_t *lines; /* owned; see store_lines.h */
    struct store_policy policy;
    struct msg **inbox; /* owned; come while it writes */
    size_t inbox_count, inbox_capacity;
    struct msg *limbo; /* owned; a step of the archive's that failed, and may be on the disk: until
                        * it is opened again nothing can be written. NULL: none */
    int64_t limbo_us;  /* when it was tried, in stui's running time */
    bool busy, closed, broken;
    int64_t timer_us;
};

/* ---- Terminals ------------------------------------------------------------------------------------- */

/* HELD: it was told to be held. */
enum world_verdict {
    WORLD_OPEN,
    WORLD_OK,
    WORLD_ZERO,
    WORLD_DOUBT,
    WORLD_LEFT,
    WORLD_HELD,
    WORLD_VERDICT_COUNT
};

/* A question of a terminal's; its index is its nonce. */
struct world_question {
    int image;
    enum msg_verb verb;
    bool evaluation, watch;
    enum world_verdict verdict;
    int runs;     /* how often its code ran, in whatever image */
    int sends;    /* how often a user said to send it, but for those that were answered: not sent */
    int agains;   /* how often a user said to run it again */
    bool dropped; /* a user said to forget it */
    uint64_t about; /* of a `held_send` or an `await`: the nonce of what is sent, and one more; 0 */
    bool kept;      /* what came of it was on the disk … */
    bool kept_ok;   /* … and was an answer … */
    int64_t months; /* … when the world's were so many */
    int64_t text;   /* of a `session_release`: what had been written by then */
    char terminal[STUI_ACTOR_ID_MAX + 1];
    char session[STUI_UUID_LEN + 1];
    int64_t asked_us;
};

struct world_known_session {
    char id[STUI_UUID_LEN + 1];
    char key[KEYS_IMAGE_MAX + 1]; /* the image it is kept under, once stored */
    int image;
    int64_t edits, promised; /* the newest text given, and told to be saved; -1: none */
    int64_t on_disk;         /* the newest text that is known to be there; 0: not looked at */
    int64_t told_us;         /* when the reaper sent `reaped` of it last; 0: never */
    int64_t archived_us;     /* of stui's running time, when it went into the archive last */
};

/* ---- The reaper -------------------------------------------------------------------------------------- */

/* When a supervisor was last live with the image of KEY: beginning and end of that, and of what was
 * before, in stui's running time. */
struct world_stay {
    char key[KEYS_IMAGE_MAX + 1];
    int64_t from_us, to_us, before_us;
};

struct world_reaper {
    struct reaper pure;
    int64_t timer_us;
    int64_t ran_us, started_us;  /* how long stui ran before this run, and when that began */
    int64_t base_ms;             /* the clock that it believes */
    int64_t jumped_us;           /* when that jumped further than is believed; STUI_NEVER */
    int64_t cleaning_us;         /* when it last looked by itself for what may go */
    uint64_t returns;            /* of the fleet's, as far as it knows of them */
    size_t sent[MSG_VERB_COUNT]; /* how often it has sent each */
    bool unlucky;                /* its next step meets a fault */
    struct world_stay *stays;    /* owned */
    size_t stay_count, stay_capacity;
};

struct world_terminal {
    bool here;
    uint64_t incarnation;
    char id[STUI_ACTOR_ID_MAX + 1];
    uint64_t watched; /* version */
    bool watching;
};

struct world {
    uint64_t seed;
    struct random_source random, ids;
    struct random_source
        aside; /* of world_await.c alone: the choices of all else stay as they are */
    struct uuid_source uuid;
    int64_t now_us, wall_base_ms, slept_ms;
    int64_t leapt_us;           /* when stui went on after a stop */
    int64_t months;             /* how often the clock jumped by one, also while stui was off */
    struct world_event *events; /* owned; a heap */
    size_t event_count, event_capacity;
    uint64_t last_order, steps, hash;
    bool trace, failed, calm, up; /* up: stui runs */
    bool scripted;                /* terminals ask nothing by themselves (orphans.c) */
    struct json *answer;          /* owned: the last one, when it is scripted */
    char failure[512];
    int64_t faults[WORLD_FAULT_COUNT];
    int64_t answered[WORLD_VERDICT_COUNT];
    /* stui */
    uint64_t epoch; /* counts its runs */
    struct routes *routes;
    struct fleet fleet;
    int64_t fleet_timer_us;
    struct world_reaper reaper;
    uint64_t incarnation;
    struct world_node **nodes; /* owned */
    size_t node_count, node_capacity;
    struct world_store store;
    bool names_fail;
    /* the world */
    struct world_entry_of_list list[WORLD_IMAGES_MAX];
    struct world_image images[WORLD_IMAGES_MAX];
    int image_count;
    struct config_timings timings;
    struct world_link **links; /* owned; index is number - 1; NULL: gone */
    size_t link_count, link_capacity;
    struct world_terminal terminals[WORLD_TERMINALS_MAX];
    int terminal_count;
    struct world_question *questions; /* owned; index is nonce */
    size_t question_count, question_capacity;
    struct world_known_session *known; /* owned */
    size_t known_count, known_capacity;
};

/* ---- simulate.c, orphans.c ----------------------------------------------------------------------------- */

/* An empty world. */
void world_init (struct world *world, uint64_t seed, bool trace);
void world_fini (struct world *world);
/* Runs the table of cases; the exit status. */
int orphans_run (bool trace);

/* ---- world_clock.c ------------------------------------------------------------------------------------- */

void world_push (struct world *world, struct world_event event);
bool world_step (struct world *world); /* false: nothing is left to happen */
void world_events_fini (struct world *world);
int64_t world_between (struct world *world, int64_t low, int64_t high);
bool world_chance (struct world *world, int percent);
int64_t world_wall_ms (const struct world *world);
void world_uuid (struct world *world, char text[STUI_UUID_LEN + 1]);
void world_trace (struct world *world, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));
/* The first one counts. */
void world_fail (struct world *world, const char *format, ...)
    __attribute__ ((format (printf, 2, 3)));
void world_fault_note (struct world *world, enum world_fault fault, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

/* ---- world_board.c ------------------------------------------------------------------------------------- */

void world_board_start (struct world *world);
void world_board_stop (struct world *world); /* at once: everything in memory is gone */
struct world_node *world_node_find (const struct world *world, const char *id);
/* The supervisor of configured image INDEX; NULL when none is up. */
struct world_node *world_node_of_image (const struct world *world, int index);
struct world_node *world_node_add (struct world *world, enum world_kind kind, const char *id);
/* It says `ended` with WHY as its last word. */
void world_node_end (struct world *world, struct world_node *node, const char *why);
/* Takes MSG over. */
void world_send (struct world *world, const char *from, struct msg *msg);
void world_super_link (struct world *world, const char *super, uint64_t link,
                       enum supervise_link_event event, const char *why);
void world_super_receive (struct world *world, const char *super, uint64_t link, const char *text);
void world_images_announce (struct world *world);
/* Registry's own messages; takes *MSG over. */
void world_board_send (struct world *world, struct msg **msg);

/* ---- world_net.c --------------------------------------------------------------------------------------- */

uint64_t world_net_open (struct world *world, const char *super, const char *endpoint);
void world_net_close (struct world *world, uint64_t link); /* by stui */
int world_net_up (struct world *world, uint64_t link, const char *text);
void world_net_down (struct world *world, uint64_t link, const char *text);
/* The image's end goes; TOLD: stui hears of it. */
void world_net_drop (struct world *world, uint64_t link, bool told);
void world_net_cut (struct world *world, uint64_t link);
void world_net_heal (struct world *world, uint64_t link);
struct world_link *world_net_find (const struct world *world, uint64_t number);
void world_net_fini (struct world *world);
void world_netwatch_take (struct world *world, const struct msg *msg);

/* ---- world_image.c, world_session.c ------------------------------------------------------------------------------------- */

void world_image_init (struct world *world, int index, bool rep);
void world_image_start (struct world *world, struct world_image *image, bool snapshot,
                        bool replaced);
void world_image_kill (struct world *world, struct world_image *image);
void world_image_thaw (struct world *world, struct world_image *image);
void world_image_receive (struct world *world, struct world_link *link, const char *text);
/* Carries out one of the session commands: *RESULT (caller owns), or the error type. */
const char *world_image_do_session (struct world *world, struct world_image *image,
                                    const char *command, const struct json *parameters,
                                    struct json **result);
void world_image_foreign_edit (struct world *world, struct world_image *image);
/* Marks the sessions that nobody is left to close. */
void world_image_leftovers (struct world *world);
struct world_isession *world_image_session (struct world_image *image, const char *id);
void world_image_fini (struct world_image *image);

/* ---- world_store.c ------------------------------------------------------------------------------------- */

void world_store_start (struct world *world);
void world_store_stop (struct world *world); /* at once; what is on the disk stays */
void world_store_take (struct world *world, const struct msg *msg);
/* What image NAME has held, as it is on the disk; caller owns, NULL when there is nothing. */
struct json *world_store_held (struct world *world, const char *name);
void world_store_fini (struct world_store *store);

/* ---- world_disk.c -------------------------------------------------------------------------------------- */

/* What is under KEY; NULL: nothing. */
const struct world_record *world_disk_find (const struct world *world, const char *key);
void world_disk_write (struct world *world, const struct store_write *write);
/* The newest good body of RECORD with its generation; caller owns. */
struct json *world_disk_read (struct world *world, const struct world_record *record);
/* Session ID of the image KEY, in one of its two places; NULL: it is not there. Caller owns. */
struct json *world_disk_session (struct world *world, const char *key, const char *id,
                                 bool archived);
/* Whether session ID is kept as open, under whatever key. */
bool world_disk_is_open (struct world *world, const char *id);
/* Its text number; -1 when it is not there. */
int64_t world_disk_text (struct world *world, const char *key, const char *id, bool archived);
/* Its newest text number in whatever place; in how many *PLACES outside of the archive it is. */
int64_t world_disk_anywhere (struct world *world, const char *id, int *places);
/* One of the four steps of the archive: NULL, or why not. */
const char *world_archive_step (struct world *world, const struct msg *msg);
void world_archive_settle (struct world *world); /* the database is opened */
struct json *world_archive_list (struct world *world);

/* ---- world_reaper.c ------------------------------------------------------------------------------------ */

/* How long stui has run, all in all. */
int64_t world_ran_us (const struct world *world);
void world_reaper_start (struct world *world);
void world_reaper_stop (struct world *world);
void world_reaper_fini (struct world *world);
/* A message for registry that is the reaper's; whether it was. */
bool world_reaper_take (struct world *world, const struct msg *msg);
/* At the end of each turn of the switchboard's. */
void world_reaper_turn (struct world *world);
/* SUPER was told `reaped` of a session that was as BEFORE, with TEXT (only values are looked at). */
void world_check_reaped (struct world *world, const struct world_super *super,
                         const struct session *before, int64_t text);
/* What is frozen may go, and SUPER's image is there. */
void world_check_frozen (struct world *world, const struct world_super *super);
bool world_reaper_is_calm (struct world *world, char *why, size_t size);

/* ---- world_terminal.c ---------------------------------------------------------------------------------- */

void world_terminal_arrive (struct world *world, int index);
void world_terminal_leave (struct world *world, int index);
void world_terminal_take (struct world *world, int index, const struct msg *msg);
/* Terminal 0 asks TO for VERB with one text; the answer comes into world->answer. */
void world_terminal_ask (struct world *world, const char *to, enum msg_verb verb, const char *text,
                         const char *more);
/* The user's own word at the end: try again what waits for it. */
void world_terminal_retry_all (struct world *world);
/* The code of question NONCE begins to run. */
void world_question_runs (struct world *world, uint64_t nonce);
void world_question_lost (struct world *world); /* stui died: all open ones are left */
void world_promise (struct world *world, const char *id, const char *key, int64_t text);
/* Session ID lies in the archive, since AT_US of stui's running time; it is deleted for good. */
void world_session_archived (struct world *world, const char *id, int64_t at_us);
void world_session_deleted (struct world *world, const char *id);
/* It is kept under the key TO from now on, for the image that is called NAME. */
void world_session_carried (struct world *world, const char *id, const char *to, const char *name);
struct world_known_session *world_session_known (struct world *world, const char *id);

/* A new one, asked by the terminal with that INDEX; its number into *REF. Borrowed until the next. */
struct world_question *world_question_new (struct world *world, int index, int image,
                                           enum msg_verb verb, uint64_t *ref);

/* ---- world_held.c ---------------------------------------------------------------------------------------- */

/* A user does something about one of those of IMAGE, whose supervisor is TO. */
void world_held_ask (struct world *world, int index, int image, const char *to);
/* What SUPER answers is true at that moment: held is stored, in doubt is listed. */
void world_held_check_answer (struct world *world, const struct world_super *super,
                              const struct msg *msg);
/* A `held_send` was answered by MSG. */
void world_held_take (struct world *world, const struct world_question *question,
                      const struct msg *msg);
/* Whether nothing that was told to be held is lost. */
bool world_held_is_kept (struct world *world, char *why, size_t size);

/* ---- world_await.c --------------------------------------------------------------------------------------- */

/* Terminal INDEX may ask what came of code, or release a lease. */
void world_await_act (struct world *world, int index);
/* How long MSG, on its way to ID, takes. */
int64_t world_await_delay (struct world *world, const char *id, const struct msg *msg);
/* What SUPER answers to an `await` or a `session_release` is true at that moment. */
void world_await_check_answer (struct world *world, const struct world_super *super,
                               const struct msg *msg);
/* SUPER took MSG, a `session_release` of a session that was as BEFORE (only values are looked at). */
void world_await_check_release (struct world *world, const struct world_super *super,
                                const struct msg *msg, const struct session *before);
/* BODY, what an image has held, is on the disk. */
void world_await_stored (struct world *world, const char *body);

/* ---- world_fault.c, world_check.c ------------------------------------------------------------------------ */

void world_faults_plan (struct world *world, int64_t until_us);
/* The reaper is about to send MSG: now and then something goes wrong just then. */
void world_fault_reaping (struct world *world, const struct msg *msg);
void world_calm_down (struct world *world);
void world_check_super (struct world *world, const struct world_super *super);
/* What SUPER tells a terminal to be saved is on the disk. */
void world_check_answer (struct world *world, const struct world_super *super,
                         const struct msg *msg);
void world_check_step (struct world *world);
/* Whether all is as it should be when nothing goes wrong any more; WHY says what is not yet. */
bool world_check_calm (struct world *world, char *why, size_t size);

#endif
