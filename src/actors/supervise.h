/* supervise.h: one image's supervision as pure steps: what comes in are messages, link events,
 * wire messages and time; what goes out are actions. The supervisor actor performs them on real
 * sockets; the simulation performs them on simulated ones. Pure but for the heap.
 *
 * It ties together the image's life (life.h), the request table (requests.h), the session set
 * (sessions.h) and the backoff. Split by what comes in:
 *
 *   supervise.c         the state itself, time, what is due at the end of a step
 *   supervise_life.c    the actions of life: connecting, claiming, serving, retreating
 *   supervise_route.c   the way to it: its name resolved, or a tunnel
 *   supervise_mail.c    messages of the switchboard: commands of terminals, answers of actors
 *   supervise_sessions.c  what terminals ask of sessions
 *   supervise_left.c    what other clients have left on the image
 *   supervise_wire.c    messages of the image
 *   supervise_held.c    evaluations that are held, and those in doubt
 *   supervise_transcript.c  its transcript: subscribed to, kept, handed on
 *   supervise_variables.c   what the variables of its sessions are
 *   supervise_history.c   its connections, as they are recorded
 *   supervise_report.c  the state and the events that others see */

#ifndef STUI_ACTORS_SUPERVISE_H
#define STUI_ACTORS_SUPERVISE_H

#include <stui/msg.h>
#include <stui/trouble.h>

#include "actors/backoff.h"
#include "actors/held.h"
#include "actors/history.h"
#include "actors/keys.h"
#include "actors/life.h"
#include "actors/outcomes.h"
#include "actors/requests.h"
#include "actors/sessions.h"
#include "actors/transcript.h"
#include "runtime/config.h"
#include "runtime/random.h"
#include "runtime/uuid.h"
#include "runtime/z85.h"

struct json;
struct wire_message;

/* The time of a step; passed in. */
struct supervise_now {
    int64_t mono_us; /* only rises */
    int64_t wall_ms;
};

enum supervise_link_event {
    SUPERVISE_LINK_CONNECTED,  /* TCP */
    SUPERVISE_LINK_HANDSHAKEN, /* ZMTP */
    SUPERVISE_LINK_CLOSED,
};

enum supervise_do {
    SUPERVISE_SEND, /* msg, to the switchboard */
    SUPERVISE_OPEN, /* text: numeric endpoint; a fresh socket */
    SUPERVISE_CLOSE,
    SUPERVISE_WIRE, /* text: one wire message */
    SUPERVISE_LOG,  /* text: a line for the program's log */
    SUPERVISE_END,  /* all done: the actor may end */
};

struct supervise_action {
    enum supervise_do what;
    struct msg *msg; /* owned by whoever performs it */
    char *text;      /* likewise */
};

/* What a supervisor asked another actor, until it is answered. */
enum supervise_purpose {
    ASK_PERMIT,
    ASK_SECRET, /* the token */
    ASK_CLIENT_KEY,
    ASK_RESOLVE,
    ASK_TUNNEL,
    ASK_TUNNEL_WHY,
    ASK_JUDGE,
    ASK_COUNT,
    ASK_IMAGE,
    ASK_SESSIONS,
    ASK_SAVE_SESSION,
    ASK_SAVE_IMAGE,
    ASK_EVENTS,
    ASK_CONNECTIONS,
    ASK_HELD,
    ASK_SAVE_HELD,
    ASK_STATE,
    ASK_PURPOSE_COUNT
};

struct supervise_ask {
    uint64_t ref;
    enum supervise_purpose purpose;
    uint32_t attempt; /* of the life's own questions: an older attempt's answer is stale */
    char session[STUI_UUID_LEN + 1];
};

#define SUPERVISE_UNSAVED UINT64_MAX /* of a number of changes: none is stored */

enum {
    SUPERVISE_LATENCY_MS = 10000,       /* a changed latency alone is news this often */
    SUPERVISE_EVENTS_MAX = 256,         /* waiting for store; beyond, oldest first, counted */
    SUPERVISE_CONNECTIONS_MAX = 32,     /* waiting for store; beyond, the oldest go */
    SUPERVISE_USED_MS = 60000,          /* that somebody works with the image is told so often */
    SUPERVISE_REP_PATIENCE_MS = 600000, /* a REP image may owe a reply so long */
    SUPERVISE_LOOK_MS = 500,            /* for the answer to a ping after the network changed … */
    SUPERVISE_LOOK_LATENCIES = 4,       /* … and so many latencies more */
    SUPERVISE_LOOK_SPREAD_MS = 200,     /* attempts begin within so long of each other */
    SUPERVISE_TUNNEL_MS = 20000,        /* for a tunnel: more than netwatch gives ssh */
    SUPERVISE_PERMIT_MS = 1000,         /* then the attempt goes on without */
    SUPERVISE_FINISH_MS = 1000,         /* for the last saves when told to end */
    SUPERVISE_INTERRUPTS_MAX = 8,       /* beside the commands: a full image can be interrupted */
    SUPERVISE_LOAD_MS = 1000, /* until sessions that could not be read are asked for again */
    SUPERVISE_HELD_MS = 100,  /* until it is stored that what was noted as sent was answered */
    SUPERVISE_STEP_MS =
        100,             /* a step of an attempt is news if it, or what follows, takes so long */
    SUPERVISE_SLOTS = 8, /* of the grid that the pings of all images of a period lie on */
    SUPERVISE_REPLACED_MS = 86400000, /* so long it is shown that another image came */
    SUPERVISE_TOCK_MS = 3000,         /* after so long a ping takes a word to registry with it */
    SUPERVISE_READERS_MAX = 8, /* of the transcript; beyond, who waits longest gets nothing new */
    SUPERVISE_FOLLOWERS_MAX = 256, /* who wait to be told what became of code; beyond, refused */
};

/* Who is answered once a change of what is held is stored. */
struct supervise_waiter {
    char peer[STUI_ACTOR_ID_MAX + 1];
    uint64_t ref;
    uint64_t change;
    char id[STUI_UUID_LEN
            + 1]; /* of what is held from then on; empty: `ok` is all there is to say */
};

/* Who asked what became of the evaluation with a tag (supervise_await.c). */
struct supervise_follower {
    char peer[STUI_ACTOR_ID_MAX + 1];
    uint64_t ref;
    char tag[HELD_WORD_MAX];
};

/* Who waits for more of the transcript. */
struct supervise_reader {
    char peer[STUI_ACTOR_ID_MAX + 1];
    uint64_t ref;
    uint64_t after;
    size_t max_bytes;
    bool until_caught_up; /* or until the image has sent all that it had */
};

/* What waits until the sessions are read. */
struct supervise_deferred {
    struct msg *msg; /* owned */
    int64_t since_ms, deadline_ms;
};

struct supervise {
    /* settings */
    char name[STUI_NAME_MAX + 1];
    char address[STUI_ADDRESS_MAX];
    char via[STUI_VIA_MAX]; /* the host that it is behind; empty: none */
    struct config_timings timings;
    char *token, *unusable; /* owned; unusable: why these settings cannot work, or NULL */
    char *token_secret;     /* owned: the name of the secret that is the token; NULL: none */
    char server_key[Z85_KEY_CHARACTERS + 1]; /* CURVE is spoken with who has it; empty: NULL is */
    char *client_key_secret;                 /* owned: the name of the secret of our own pair;
                                                NULL: it is new at each attempt … */
    char client_key[Z85_KEY_CHARACTERS + 1]; /* … else its secret key, while it is needed */
    bool read_only;
    bool fresh; /* sessions that were open are stored, once */
    /* a probe claims nothing: it introduces, pings, answers its asker and ends */
    bool probe;
    char asker[STUI_ACTOR_ID_MAX + 1];
    uint64_t asker_ref;
    /* now */
    int64_t now_ms, now_us, wall_ms;
    struct random_source random;
    struct uuid_source uuid;
    int64_t id_lead_ms; /* by how much the ids were put ahead of the clock the last time */
    char client_id[STUI_UUID_LEN + 1];
    /* life */
    enum life_phase phase, fault_phase; /* fault_phase: where the last attempt failed */
    int64_t phase_deadline_ms;
    struct backoff backoff;
    uint32_t attempt;
    bool permit, troubled; /* troubled: failed since it was last online */
    struct stui_cause cause;
    enum stui_trouble trouble;       /* of cause */
    char told_cause[STUI_CAUSE_MAX]; /* the last that was an event */
    enum stui_network network;
    char endpoint[STUI_ADDRESS_MAX];
    bool link_open;
    bool tunnelled; /* netwatch counts us as a user of the tunnel */
    struct stui_cause
        link_why; /* why a link through it was closed, until netwatch knows better … */
    enum stui_trouble link_trouble; /* … and which trouble that is */
    bool loaded;                    /* what was learnt of it has been read */
    bool unread;                    /* what was learnt is to be asked for, at load_ms */
    bool start_wanted;              /* begin once loaded */
    bool let_go;                    /* the user let go of it, until `retry`: kept over restarts */
    bool ordered;                   /* the user said which before what was learnt had been read */
    bool finishing;
    int64_t finish_ms;
    /* identity */
    char image_id[KEYS_IMAGE_MAX + 1], boot_id[STUI_UUID_LEN * 2];
    char verdict[16], other[STUI_NAME_MAX + 1];
    int64_t replaced_wall_ms;        /* when another image than before answered here; 0: none did */
    char *hello;                     /* owned JSON: what is kept of the introduction's result */
    char *dialect, *dialect_version; /* owned; of the same; may be NULL */
    bool claimed, rep;
    bool tells_variables;                  /* it carries list_variables out */
    bool served_before;                    /* the ids that the image remembers are known */
    char image_before[KEYS_IMAGE_MAX + 1]; /* the image_id that was served before this one */
    char wanted_key[KEYS_IMAGE_MAX + 1];   /* whose sessions belong here; empty until known */
    char loading_key[KEYS_IMAGE_MAX + 1];  /* whose were asked for */
    bool loading;
    int64_t load_ms;              /* not before */
    bool veiled;                  /* its sessions are encrypted: events name them by their ids */
    char locked[STUI_CAUSE_MAX];  /* why there are sessions that cannot be read, or saved, until a
                                     key is given; or empty */
    char refusal[STUI_CAUSE_MAX]; /* why none can be saved now; or empty */
    struct json *sealed;          /* owned: session_id -> why it does not open; NULL: none read */
    bool reload;                  /* they are to be read again: more may be there, or open */
    int64_t generation, counter;
    bool
        takes_back; /* once: the user wants the image though another stui of this identity has it … */
    uint64_t claim_above; /* … with this generation; 0 */
    /* pings */
    int slot;             /* on the grid */
    int64_t next_ping_ms; /* while live */
    int64_t tock_ms;      /* when registry last heard that this supervisor lives */
    int64_t look_ms;   /* when a ping that looks at the link must have been answered; STUI_NEVER */
    char look_why[80]; /* what happened to it */
    bool heard;
    int pings_out, missed;
    int64_t latency_us; /* of the last few pings, smoothed; 0: none yet on this link */
    int64_t reported_latency_us, reported_ms, heard_ms;
    char busy_id[STUI_UUID_LEN + 1];
    enum stui_image_state shown_before; /* as it was shown when the last step ended … */
    int64_t shown_since_wall_ms;        /* … and since when */
    int64_t busy_since_wall_ms;
    bool suspect;
    /* the rest */
    struct requests requests;
    struct sessions sessions;
    struct supervise_deferred *deferred; /* owned; about sessions that are still being read */
    size_t deferred_count, deferred_capacity;
    int64_t deferred_since_ms; /* when what is being done was asked, of what had waited; else 0 */
    struct supervise_ask *asks;
    size_t ask_count, ask_capacity;
    uint64_t last_ref;
    struct json *events; /* owned array, not yet sent to store */
    bool events_out;
    int64_t events_dropped;
    /* connections */
    struct history_row connection; /* this one, or the last */
    bool connected;                /* it has begun, be it with an outage, and not ended */
    int64_t connection_ms;         /* until when its durations are known */
    int64_t wanted_ms;             /* since when the image is wanted; STUI_NEVER: it is not … */
    uint32_t wanted_attempt;       /* … and the attempts before that */
    struct json *connections;      /* owned array, not yet sent to store */
    bool connections_out;
    int64_t used_ms; /* when store last heard that somebody works with it; STUI_NEVER */
    /* what is held and in doubt */
    struct held held;
    uint64_t held_saved, held_saving; /* its change that is stored; that is on its way; 0 */
    bool held_known;                  /* what an earlier run left has been read */
    bool held_loading;
    int64_t held_load_ms, held_save_ms; /* not before; STUI_NEVER: nothing is to be saved */
    char held_unread[STUI_CAUSE_MAX];   /* why it is not known; or empty */
    struct supervise_waiter *waiters;   /* owned */
    size_t waiter_count, waiter_capacity;
    struct supervise_follower *followers; /* owned */
    size_t follower_count, follower_capacity;
    struct outcomes outcomes;
    uint64_t outcomes_saving,
        outcomes_saved; /* the `settled` of the write that is on its way, and of
                                                 the last that was confirmed; SUPERVISE_UNSAVED: none
                                                 of this run's was, or one was not */
    /* the transcript */
    struct transcript transcript;
    int64_t transcript_quiet_seq; /* events up to here are of before anybody here knew of it */
    int64_t transcript_save_ms;   /* when its position is to be stored; STUI_NEVER */
    struct supervise_reader readers[SUPERVISE_READERS_MAX];
    size_t reader_count;
    bool report_dirty, report_out;
    int64_t report_ms; /* when a step of an attempt becomes news; STUI_NEVER */
    int64_t online_since_wall_ms;
    /* counters */
    int64_t malformed, late_replies;
    bool stray_told; /* on this link: answers that nobody waits for */
    /* out */
    struct supervise_action *actions; /* owned */
    size_t action_count, action_capacity;
};

/* SETTINGS: one element of the `images` message, plus "client_id", "read_only", "autoconnect",
 * "number" (its place on the grid of pings), and for a probe "probe_for", "probe_ref". Borrowed. Seeds its
 * randomness with SEED. */
void supervise_init (struct supervise *self, const struct json *settings, uint64_t seed);
void supervise_fini (struct supervise *self);

/* The steps. Each appends actions; the caller performs and clears them. */
void supervise_begin (struct supervise *self, struct supervise_now now);
void supervise_message (struct supervise *self, const struct msg *msg, struct supervise_now now);
void supervise_link (struct supervise *self, enum supervise_link_event event,
                     enum stui_trouble trouble, const char *why, struct supervise_now now);
void supervise_receive (struct supervise *self, const char *bytes, size_t size,
                        struct supervise_now now);
void supervise_time (struct supervise *self, struct supervise_now now);
/* Told to end: saves, answers what is open, then SUPERVISE_END. */
void supervise_finish (struct supervise *self, struct supervise_now now);

/* When supervise_time wants to be called. */
int64_t supervise_deadline (const struct supervise *self);

/* Empties the list of actions after they were performed (what they carried was taken over). */
void supervise_actions_clear (struct supervise *self);

/* The state as the `state` message and --json carry it: its text, which is told often, and as a tree. Caller
 * owns. */
char *supervise_state_text (const struct supervise *self);
struct json *supervise_state (const struct supervise *self);
enum stui_image_state supervise_shown (const struct supervise *self);

/* ---- Between its files --------------------------------------------------------------- */

/* What is known of the image, and whether it is let go, to the store. */
void supervise_image_save (struct supervise *self);
/* The user takes the image up, or lets go of it. */
void supervise_order (struct supervise *self, bool let_go);
/* What was kept of that has been read. */
void supervise_order_read (struct supervise *self, bool let_go);
/* What waits for the image, or was lost with its link, is answered: WHY. */
void supervise_give_up (struct supervise *self, const char *why);
/* *KEPT becomes a copy of TEXT, or NULL. */
void supervise_text_keep (char **kept, const char *text);
void supervise_live (struct supervise *self, enum life_event event);
void supervise_fail (struct supervise *self, enum life_event event, enum stui_trouble trouble,
                     const char *format, ...) __attribute__ ((format (printf, 4, 5)));
/* The cause alone: life goes on. */
void supervise_blame (struct supervise *self, enum stui_trouble trouble, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
void supervise_calm (struct supervise *self);
void supervise_do (struct supervise *self, enum supervise_do what, struct msg *msg, char *text);
void supervise_send (struct supervise *self, struct msg *msg);
void supervise_ping (struct supervise *self);
void supervise_ping_plan (struct supervise *self);
void supervise_look (struct supervise *self, const char *why);
/* Asks for the secrets that this attempt needs and does not have; then for the address. */
void supervise_secrets (struct supervise *self);
void supervise_resolve (struct supervise *self);
void supervise_route_explain (struct supervise *self, enum stui_trouble trouble, const char *why);
void supervise_route_tunnel (struct supervise *self, const struct msg *msg,
                             const struct json *result);
void supervise_route_explained (struct supervise *self, const struct msg *msg);
void supervise_route_leave (struct supervise *self);
void supervise_route_resolved (struct supervise *self, const struct json *result,
                               const char *error);
/* What an image that has no id of its own is known by: its address, and what it is behind. */
void supervise_place_key (const struct supervise *self, char key[KEYS_IMAGE_MAX + 1]);
void supervise_tock (struct supervise *self, uint64_t number);
uint64_t supervise_ask (struct supervise *self, enum supervise_purpose purpose,
                        const char *session);
void supervise_wire_send (struct supervise *self, struct request *request, const char *parameters);
void supervise_event (struct supervise *self, const char *kind, const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));
void supervise_answer (struct supervise *self, struct request **request, const struct json *result);
void supervise_refuse (struct supervise *self, struct request **request, int err,
                       const char *format, ...) __attribute__ ((format (printf, 4, 5)));
void supervise_mail_ok (struct supervise *self, const struct msg *msg, struct json *result);
void supervise_mail_refuse (struct supervise *self, const struct msg *msg, int err,
                            const char *format, ...) __attribute__ ((format (printf, 4, 5)));
/* Whether it is known as another route to the image that `other` is. */
bool supervise_is_alias (const struct supervise *self);

enum { SUPERVISE_ADVICE_SIZE = STUI_NAME_MAX + 64 };
/* What the user can do about an image that is not asked, or not yet: "'stui image enable one' takes
 * it up again". */
void supervise_advice (const struct supervise *self, char text[SUPERVISE_ADVICE_SIZE]);
/* Refuses a session where there is nothing to keep it under. */
bool supervise_session_has_no_key (struct supervise *self, const struct msg *msg);
void supervise_session_list (struct supervise *self, const struct msg *msg);
void supervise_session_new (struct supervise *self, const struct msg *msg);
void supervise_session_show (struct supervise *self, const struct msg *msg);
void supervise_session_edit (struct supervise *self, const struct msg *msg);
void supervise_session_lease (struct supervise *self, const struct msg *msg);
void supervise_session_release (struct supervise *self, const struct msg *msg);
void supervise_terminal_gone (struct supervise *self, const struct msg *msg);
void supervise_session_write (struct supervise *self, const struct msg *msg);
void supervise_session_watch (struct supervise *self, const struct msg *msg);
void supervise_session_restore (struct supervise *self, const struct msg *msg);
void supervise_session_close (struct supervise *self, const struct msg *msg);
void supervise_session_set (struct supervise *self, const struct msg *msg);
void supervise_session_import (struct supervise *self, const struct msg *msg);
void supervise_session_resolve (struct supervise *self, const struct msg *msg);
void supervise_session_left (struct supervise *self, const struct msg *msg);
void supervise_session_adopt (struct supervise *self, const struct msg *msg);
/* The image has answered what the two above asked for; REQUEST is taken over. */
void supervise_left_reply (struct supervise *self, struct request *request,
                           const struct json *result);
/* Notes which of the sessions in RESULT, the store's answer, do not open, and why none can be saved. */
void supervise_session_seal (struct supervise *self, const struct json *result);
/* Whether session ID is there and does not open: MSG was refused then. */
bool supervise_session_is_sealed (struct supervise *self, const struct msg *msg, const char *id);
/* Whether sessions of the image do not open, so that nobody can say which one is current: MSG was refused
 * then. */
bool supervise_session_hides_current (struct supervise *self, const struct msg *msg);
/* Refuses new work that could not be saved but in plain, though it is to be encrypted. */
bool supervise_session_would_be_plain (struct supervise *self, const struct msg *msg);
const char *supervise_session_word (const struct supervise *self, const struct session *session);
void supervise_may_reap (struct supervise *self, const struct msg *msg);
void supervise_reaped (struct supervise *self, const struct msg *msg);
void supervise_returned (struct supervise *self, const struct msg *msg);
void supervise_session_part (struct supervise *self, struct session *session);
void supervise_session_dropped (struct supervise *self, const struct session *session,
                                size_t dropped);
void supervise_session_let_go (struct supervise *self);
void supervise_session_gone (struct supervise *self, struct session *session);
/* The store refused a save of SESSION: another one is stored by now. */
void supervise_session_overtaken (struct supervise *self, struct session *session);
/* Sessions have been read, those that were overtaken among them. */
void supervise_sessions_read (struct supervise *self);
/* The sessions here are let go, and are those of another supervisor: it reads which there are. */
void supervise_sessions_hand_over (struct supervise *self);
bool supervise_session_make_place (struct supervise *self, struct session *session);
/* What was on the wire when the link went, or when an earlier run ended, is asked for. */
void supervise_recover (struct supervise *self);
/* What changed of what is held is stored in so many ms at the latest. */
void supervise_held_save (struct supervise *self, int64_t in_ms);
/* Nothing of what is held is on its way to the store, or waits to be. */
bool supervise_held_is_saved (const struct supervise *self);
int64_t supervise_held_deadline (const struct supervise *self);
void supervise_held_settle (struct supervise *self);
/* The answers of the store: what an earlier run left; a save. RESULT is NULL when it failed. */
void supervise_held_loaded (struct supervise *self, const struct json *result,
                            const struct msg *msg);
void supervise_held_saved (struct supervise *self, const struct json *result,
                           const struct msg *msg);
/* REQUEST goes to the image now. Whether it may: one that was held goes once that is stored; it may
 * be gone afterwards. */
bool supervise_held_may_go (struct supervise *self, struct request **request);
void supervise_held_went (struct supervise *self, const struct request *request);
/* The image answered REQUEST, with RESULT or (NULL) the error in MESSAGE. */
void supervise_held_answered (struct supervise *self, const struct request *request,
                              const struct json *result, const struct wire_message *message);
/* REQUEST is refused with CAUSE, and gone afterwards. True: it is held instead, and whoever asked is
 * told so once that is stored. */
bool supervise_held_refused (struct supervise *self, const struct request *request,
                             const struct stui_cause *cause);
/* What was sent and nobody waits for, by an earlier run or before the image was left alone, becomes a
 * request again: it is asked for like any that was on the wire. */
void supervise_held_revive (struct supervise *self);
/* Nobody waits any more for REQUEST, which was sent, because of WHY. Whether it is kept among those in
 * doubt: it is asked for as soon as the image can be. */
bool supervise_held_unawaited (struct supervise *self, struct request *request, const char *why);
/* SESSION was made anew, or is as of an earlier save: what is held for it finds other variables. */
void supervise_held_anew (struct supervise *self, const struct session *session);
/* Why session ID is wanted by what is held and in doubt; NULL: it is not. */
const char *supervise_held_wants (const struct supervise *self, const char *id);
/* The image served again: nothing of what is held is sent unasked, but it is said. */
void supervise_held_online (struct supervise *self);
/* Whether ENTRY (NULL: there is none) is one that a user may do something about, in STATE; else MSG is
 * answered. */
bool supervise_held_may_change (struct supervise *self, const struct msg *msg,
                                const struct held_entry *entry, enum held_state state);
/* Whether the session that ENTRY was asked for in is here, if another image has come since; else MSG is
 * answered. */
bool supervise_held_has_session (struct supervise *self, const struct msg *msg,
                                 const struct held_entry *entry);
void supervise_held_list (struct supervise *self, const struct msg *msg);
void supervise_held_drop (struct supervise *self, const struct msg *msg);
void supervise_doubt_resolve (struct supervise *self, const struct msg *msg);
/* PEER, who asked as REF, is told that ENTRY is held, which is stored. */
void supervise_held_say (struct supervise *self, const char *peer, uint64_t ref,
                         const struct held_entry *entry);
/* MSG asks what became of what was asked for by a tag: it is answered once that is known, which may be when the
 * image is back. It takes none of the STUI_IMAGE_ROOM places; QueueFull when SUPERVISE_FOLLOWERS_MAX wait. */
void supervise_await (struct supervise *self, const struct msg *msg);
/* The list changed, or was read: who waits for what is not sent any more is answered. */
void supervise_await_look (struct supervise *self);
/* What was asked for by TAG came to ONE: who asked what became of it is told. Whether somebody had. */
bool supervise_await_answer (struct supervise *self, const char *tag, const struct outcome *one);
/* REQUEST, which ENTRY is about, came to RESULT or (NULL) the error in MESSAGE: the same, and it is kept for who
 * asks later, unless only who asked for it is answered. Whether somebody had asked. */
bool supervise_await_answered (struct supervise *self, const struct request *request,
                               const struct held_entry *entry, const struct json *result,
                               const struct wire_message *message);
/* The same of the one with ID, which came to an error; it is kept for who asks later. */
void supervise_await_settled (struct supervise *self, const char *id, const char *tag, int err,
                              const char *text);
/* The image says that REQUEST still runs: people are told so who see it in doubt. */
void supervise_await_runs (struct supervise *self, const struct request *request);
/* PEER has left, or does not wait for REF any more. Whether it was among those that wait. */
bool supervise_await_drop (struct supervise *self, const char *peer, uint64_t ref);
/* stui ends: nobody is kept waiting. */
void supervise_await_end (struct supervise *self);
/* The type of an image's error as it is passed on; WORD may be NULL. */
const char *supervise_error_type (const char *word);
/* The image serves: its transcript goes on where the last link ended. */
void supervise_transcript_online (struct supervise *self);
/* It took the subscription; an event came. */
void supervise_transcript_subscribed (struct supervise *self, const struct json *result);
void supervise_transcript_event (struct supervise *self, const struct wire_message *message);
void supervise_transcript_get (struct supervise *self, const struct msg *msg);
int64_t supervise_transcript_deadline (const struct supervise *self);
void supervise_transcript_settle (struct supervise *self);
/* Its position to the store, if that is not there. */
void supervise_transcript_save (struct supervise *self);
/* What is stored of it; NULL: nothing. Caller owns. */
struct json *supervise_transcript_record (const struct supervise *self);
/* Whether its hello says that it can WORD. */
bool supervise_offers (const struct supervise *self, const char *word);
/* The image serves, what it can is known; REQUEST is answered: its session's variables may be others;
 * the image has told them, RESULT, or has not (NULL: ERR_TYPE). */
void supervise_variables_online (struct supervise *self);
void supervise_variables_note (struct supervise *self, const struct request *request);
void supervise_variables_told (struct supervise *self, struct request *request,
                               const struct json *result, const char *err_type);
/* Asks for those that are wanted; when that is. */
void supervise_variables_settle (struct supervise *self);
int64_t supervise_variables_deadline (const struct supervise *self);
void supervise_mail (struct supervise *self, const struct msg *msg);
/* Whether it is not known yet which sessions there are, or what is in those that did not open: they are
 * read again. */
bool supervise_deferred_awaits (const struct supervise *self);
/* Keeps a copy of MSG until they are, or until it has waited too long; the switchboard bounds how many
 * there can be. */
void supervise_deferred_add (struct supervise *self, const struct msg *msg);
/* What PEER asked as REF is given up. Whether it was among them. */
bool supervise_deferred_drop (struct supervise *self, const char *peer, uint64_t ref);
/* When what is being done was asked. */
int64_t supervise_deferred_since (const struct supervise *self);
int64_t supervise_deferred_deadline (const struct supervise *self);
void supervise_deferred_expire (struct supervise *self);
void supervise_deferred_settle (struct supervise *self);
void supervise_wire (struct supervise *self, const char *bytes, size_t size);
void supervise_tick (struct supervise *self);
void supervise_outcome (struct supervise *self, struct session *session,
                        enum session_outcome outcome);
void supervise_session_waiters (struct supervise *self, struct session *session, bool settled);
void supervise_session_unsaved (struct supervise *self, struct session *session, const char *why);
/* The image is wanted from now on. */
void supervise_history_want (struct supervise *self);
void supervise_history_online (struct supervise *self);
/* The connection, be it an outage so far, is over; cause and text are copied. */
void supervise_history_end (struct supervise *self, bool failed, const char *cause,
                            const char *text);
/* An attempt failed, or (WAS_UP) the link that served, by `cause`: it is down from now on. */
void supervise_history_fail (struct supervise *self, bool was_up);
void supervise_history_flush (struct supervise *self);
void supervise_used (struct supervise *self);
void supervise_report_phase (struct supervise *self);
void supervise_report_flush (struct supervise *self);
void supervise_settle (struct supervise *self);
void supervise_probe_done (struct supervise *self);

#endif
