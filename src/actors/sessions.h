/* sessions.h: the session set of one image: the user's work, its states, what has to be saved,
 * and what the image has to be told. Its only writer is the image's supervisor. Pure.
 * sessions.c has the life, session_record.c what is stored and shown of each, sessions_wire.c
 * what the image is told and answers, session_marks.c what of it is from here, session_overtaken.c
 * what becomes of one that was saved elsewhere meanwhile, session_context.c what an export may bring,
 * session_variables.c what its variables were.
 *
 * Every change raises `change`. It is saved first (`saved`), then told to the image (`told`), so
 * that what the image has was ours and synced before: after a crash the image's state is either
 * the stored one or an older one, never an unknown one.
 *
 *   fresh --image knows it--> restored <--image told--/--edit--> modified
 *     any open one: image gone -> preserved --15 min--> orphaned
 *                   image back -> restoring -> restored | failed (with the reason)
 *   closed and stored ones are on no image.
 *     one that the reaper asked for is frozen, until it is archived or anybody touches it */

#ifndef STUI_ACTORS_SESSIONS_H
#define STUI_ACTORS_SESSIONS_H

#include <stui/types.h>

#include "actors/keys.h"

struct json;

/* What the image has to be told of a session. */
enum session_op {
    SESSION_OP_NONE,
    SESSION_OP_RESTORE, /* restore_session */
    SESSION_OP_CREATE,  /* create_session, under stui's own id */
    SESSION_OP_UPDATE,  /* update_session_state */
    SESSION_OP_CLOSE,   /* close_session */
    SESSION_OP_COUNT
};

/* What an image's answer meant. */
enum session_outcome {
    SESSION_SETTLING,  /* one step done, another to come */
    SESSION_IN_STEP,   /* image and stui have the same */
    SESSION_RECREATED, /* made again from stui's copy: the variables' values are gone */
    SESSION_OLDER,     /* the image was started from an older save: what was assigned since is gone;
                         * more to come unless nothing is due */
    SESSION_CONFLICT,  /* the image has a newer one that is not ours: nothing overwritten */
    SESSION_REFUSED,   /* with the image's reason */
    SESSION_CROWDED,   /* the image takes no more of ours: another has to give its place */
    SESSION_GONE,      /* closed on the image too */
    SESSION_OVERWRITES, /* a conflict: ours goes over the image's, as the user chose; more to come */
    SESSION_RESOLVED,   /* a conflict is over: the image's version is here */
    SESSION_PARTED,     /* likewise, and the user's own version is in `parted`: a session to be */
};

/* What a user chooses in a conflict. */
enum session_keep {
    SESSION_KEEP_NONE,
    SESSION_KEEP_MINE,   /* stui's version goes over the image's */
    SESSION_KEEP_THEIRS, /* the image's version comes in place of stui's */
    SESSION_KEEP_BOTH,   /* the image's stays here, stui's becomes a session of its own */
    SESSION_KEEP_COUNT
};

enum session_wait {
    SESSION_WAIT_SAVED,   /* until CHANGE is stored */
    SESSION_WAIT_SETTLED, /* until the image settled it */
    SESSION_WAIT_MADE, /* until CHANGE is stored, and made on an image that is there and answers */
    SESSION_WAIT_REAP, /* until all of it is stored: then it may be cleaned away */
    SESSION_WAIT_LEASE, /* until whoever asked for the edit lease has it, and all before that is stored */
    SESSION_WAIT_NEWS,    /* until it is at another change than CHANGE, or has another holder */
    SESSION_WAIT_NOTHING, /* it watched for news, and gives its place to another */
};

enum { SESSION_MARKS = 16 }; /* states that an image is known to have from here */

/* Who waits for what of a session. */
struct session_waiter {
    char peer[STUI_ACTOR_ID_MAX + 1];
    uint64_t ref;
    enum session_wait wait;
    uint64_t change;
    enum stui_session_state known; /* to whoever watches; STUI_SESSION_COUNT: states are no news */
};

struct session {
    char id[STUI_UUID_LEN + 1];
    char *remote_id;   /* owned; what the image calls it, when it chose an id of its own */
    char *name;        /* owned */
    char *note;        /* owned; the user's, NULL: none */
    struct json *tags; /* owned; an array of texts, NULL: none */
    enum stui_session_state state;
    bool open;
    bool terminal; /* a terminal has edited it */
    bool conflict;
    enum session_keep keep; /* what to make of the conflict when the image's version is there */
    struct json *theirs;    /* owned; in a conflict the image's {version, last_modified, state}:
                             * null where it is no object, or larger than a session may be */
    struct json *parted;    /* owned; after SESSION_PARTED, until it is taken */
    char reason[STUI_CAUSE_MAX]; /* why it failed */
    struct json
        *adopted_from; /* owned; {image_id, image} of the image it was taken over from; NULL */
    int64_t created_wall_ms, modified_wall_ms;
    int64_t version;      /* the image's, last acknowledged; 0: none */
    char *stamp;          /* owned; the image's last_modified with that version, or instead of it */
    struct json *context; /* owned */
    struct json
        *variables; /* owned; what the image said of them last, {at, total, list: [{name, value,
                             * class?}…]}; NULL: it was not asked, or cannot say */
    int64_t variables_ms;  /* mono; the image is not asked for them before */
    bool variables_wanted; /* it is to be asked for them */
    bool current;          /* code for the image runs in it when no other is named */
    int64_t evaluations, errors, opened;
    int64_t open_ms;      /* time open, up to open_mark_ms */
    int64_t open_mark_ms; /* mono; 0: not open, or not looked at since it was loaded */
    int64_t used_ms;      /* when it was last opened, edited or evaluated in; 0: not in this life */
    /* saving */
    uint64_t change, saved, saving; /* change numbers; saving: the one on its way, or 0 */
    int64_t changed_ms, unsaved_ms; /* last change, first unsaved one */
    int64_t meanwhile_ms;           /* first one since the save that is under way began */
    bool save_now;
    uint64_t generation;
    uint64_t worked;       /* the change that brought the user's own work last */
    uint64_t wished;       /* the last change that somebody made; those after it the image did */
    uint64_t base;         /* mark of the context that is stored; 0: not looked at, or none is */
    uint64_t saving_state; /* likewise of the one on its way */
    bool overtaken;        /* another one is stored by now: not saved before that was read */
    /* on the image */
    uint64_t told;    /* the change that the image has acknowledged */
    uint64_t telling; /* the change in the update on the wire */
    uint64_t
        marks[SESSION_MARKS]; /* of the states put on the wire, newest first; part of the record.
                                    * 0: none */
    enum session_op due;      /* the next op, NONE when settled */
    enum session_op on_wire;
    bool known_there; /* the image has had it in this connection */
    bool was_there;   /* the image has had it at some time */
    bool maybe_there; /* a create was sent: the image may have it */
    bool close_there; /* the image has to be told of the close */
    bool left_there;  /* stored by a fresh start: the image may have it yet */
    bool gave_place;  /* closed there for another: its variables went unasked */
    bool recreated;   /* made again, its variables gone: told to who waits */
    char as_of[32];   /* of an older save of the image, its last_modified there: told likewise */
    char displaced[STUI_UUID_LEN + 1]; /* which gave its place to this one: told likewise */
    bool theirs_taken;               /* the image's version came in its place: told likewise … */
    char mine_is[STUI_UUID_LEN + 1]; /* … with the session that ours is now; empty: none */
    int garbled;                     /* answers to its restore that nobody could read */
    int64_t lease_ms, renewed_ms;    /* images that need updates to keep it */
    char holder[STUI_UUID_LEN + 1];  /* the terminal that may write; empty: any */
    char holder_before[STUI_UUID_LEN + 1]; /* from whom it was taken … */
    int64_t held_since_ms;                 /* … and when: it may not know yet */
    char wanted_by[STUI_UUID_LEN + 1];     /* the terminal that has it next; empty: none … */
    int64_t wanted_ms;                     /* … then: until then the holder writes what it has */
    int64_t held_until_ms;                 /* unless it says by then that it is still there */
    bool held_anew;                        /* the holder changed: news */
    bool frozen;                           /* the reaper was told that it may go */
    bool unsaved;                          /* a save was refused since the last good one */
    char
        closed_by[STUI_UUID_LEN + 1]; /* the terminal or command that closed it; empty: not known */
    bool refused; /* its very first was: whoever began it was told that there is none */
    struct session_waiter *waiters; /* owned */
    size_t waiter_count, waiter_capacity;
};

struct sessions {
    struct session **items; /* owned */
    size_t count, capacity;
    char key[KEYS_IMAGE_MAX
             + 1];      /* the IMAGE of its records: image_id, or rep-…; empty until known */
    bool online, renew; /* the image is there and ours; it needs renewing updates */
    int64_t offline_ms; /* since when it is not */
    int64_t orphan_after_ms;
};

enum {
    SESSION_DEPTH_MAX =
        STUI_JSON_DEPTH - 6, /* of a context, in {sessions: [{context}]} and in a frame's answers */
    SESSION_CONTEXT_MAX = STUI_SESSION_MAX - 4096, /* the record holds some more than the context */
    SESSION_WATCHERS_MAX = 8,      /* beyond, the one that waits longest is answered as it is */
    SESSION_SAVE_QUIET_MS = 1000,  /* after the last change */
    SESSION_SAVE_LATEST_MS = 2000, /* after the first unsaved one */
    SESSION_HISTORY_MAX = 1000,    /* inputs kept */
    SESSION_LEASE_MS = 15000,      /* a terminal that is gone does not keep others out */
    SESSION_GARBLED_MAX = 2,       /* answers to a restore that cannot be read: not asked again */
    SESSION_HANDOVER_MS = 500,     /* from when another terminal wants it until it has it */
    SESSION_TAKEN_MS = 3000,       /* so long a renewal of who had it before takes nothing back */
};

enum {
    SESSION_NAME_MAX = STUI_SESSION_NAME_MAX,
    SESSION_NOTE_MAX = 4096, /* bytes */
    SESSION_TAGS_MAX = 32,
    SESSION_TAG_MAX = 64, /* bytes */
};

/* Of the variables that are kept of a session. */
enum {
    SESSION_VARIABLES_MAX = 100,      /* of them; how many there are is kept too */
    SESSION_VARIABLE_BYTES = 200,     /* of a name, a value or a class */
    SESSION_VARIABLES_BYTES = 16384,  /* of all together */
    SESSION_VARIABLES_EVERY_MS = 500, /* the image is asked no more often */
};

void sessions_fini (struct sessions *self);

/* Takes the records that store answered (an array) for the image KEY. Sessions of another key
 * are let go: the caller has saved them. Records that are open become preserved, an orphan stays
 * one. Those that are locked are passed over. Of several that are current the newest stays so. */
void sessions_load (struct sessions *self, const char *key, const struct json *records);

struct session *sessions_find (const struct sessions *self, const char *id);

/* A new open session; CONTEXT is taken over (NULL: empty). Unsaved, save at once. */
struct session *sessions_new (struct sessions *self, const char *id, const char *name,
                              struct json *context, int64_t now_ms, int64_t wall_ms);

/* Replaces the members of PATCH in the context. When the record would pass STUI_SESSION_MAX the
 * oldest of transcript, results and history go, counted in *DROPPED. 0, or STUI_E_TOO_LARGE when
 * that is not enough (nothing changed then). */
int session_edit (struct session *self, const struct json *patch, int64_t now_ms, int64_t wall_ms,
                  size_t *dropped, struct stui_cause *cause);

/* Takes what ABOUT has of name (text), note (text or null), tags (array of texts) and current (whether code
 * runs in it when no other is named); its other members are not looked at. 0, or STUI_E_INVALID_REQUEST with
 * what is wrong (nothing changed then). */
int session_set_about (struct session *self, const struct json *about, int64_t now_ms,
                       struct stui_cause *cause);

/* What is wrong with a session out of an export: {session_id?, name, note?, tags?, current?, created_at?,
 * last_modified?, counts?, variables?, context}; see session_to_json, and session_variables_check for
 * `variables`, which may be null. `current` is checked and not taken. 0, or INVALID_REQUEST, or TOO_LARGE for a
 * context or variables beyond their limits, with CAUSE. */
int session_import_check (const struct json *exported, struct stui_cause *cause);
/* Likewise of what another client has left on the image, {session_id?, name, created_at?, last_modified?,
 * context}: its context may have forms of that client's where stui only reads. */
int session_left_check (const struct json *exported, struct stui_cause *cause);
/* What is wrong with a context, or with what stands beside it as `variables`, in the places that stui reads:
 * 0, or an error with what and where in CAUSE. */
int session_context_check (const struct json *context, struct stui_cause *cause);
int session_context_check_left (const struct json *context, struct stui_cause *cause);
int session_variables_check (const struct json *variables, struct stui_cause *cause);
/* The same where they have to find room beside CONTEXT. */
int session_variables_check_beside (const struct json *variables, const struct json *context,
                                    struct stui_cause *cause);
/* The session here that one that was checked already is, with its id, name and context; NULL. */
struct session *sessions_same (struct sessions *self, const struct json *exported);
/* Takes one that was checked; it is stored, not open. It keeps its id when no session here has it,
 * else it gets FRESH_ID; one that is here already is answered as it is. */
struct session *sessions_import (struct sessions *self, const struct json *exported,
                                 const char *fresh_id, int64_t now_ms, int64_t wall_ms);

/* An evaluation was asked for: CODE joins the input history, saved at once. The oldest inputs go
 * when there are too many. Answers how many of transcript, results and history went because the
 * record would pass STUI_SESSION_MAX; CODE itself may be among them. */
size_t session_note_input (struct session *self, const char *code, int64_t now_ms, int64_t wall_ms);
void session_note_result (struct session *self, bool error, int64_t now_ms);

/* Code ran in it: the image is to be asked for its variables, if it can say. */
void session_variables_want (struct session *self, int64_t now_ms);
/* It is asked: not again before some time has passed. */
void session_variables_asked (struct session *self, int64_t now_ms);
/* RESULT of list_variables: {variables: [{name, value, class?}…], total_count?}. What differs from what is
 * known is saved at once. */
void session_variables_take (struct session *self, const struct json *result, int64_t now_ms,
                             int64_t wall_ms);
/* The one that code runs in when no other is named; NULL. SESSION was made it: no other is it any more. */
struct session *sessions_current (const struct sessions *self);
void sessions_set_current (struct sessions *self, struct session *session, int64_t now_ms);

/* Opens a stored or closed one, and tries again one that failed; closes an open one. */
void sessions_open (struct sessions *self, struct session *session, int64_t now_ms);
void sessions_close (struct sessions *self, struct session *session, int64_t now_ms,
                     int64_t wall_ms);

/* The image is there and ours; or it is not. */
void sessions_online (struct sessions *self, bool renew, int64_t now_ms);
/* The image is there, and those from FIRST on were read just now. */
void sessions_join (struct sessions *self, size_t first, int64_t now_ms);
void sessions_offline (struct sessions *self, int64_t now_ms);

/* Whether all that is not stored of SELF is what its image made of it, and is on its way to the store. */
bool session_saves_books (const struct session *self, const struct sessions *set);
/* Whether SESSION, in the store as GENERATION, may be cleaned away: NULL, or why not, for a sentence
 * that begins with its name; static text. */
const char *session_may_be_reaped (const struct session *self, const struct sessions *set,
                                   uint64_t generation, int64_t now_ms);
/* It is in the archive: true when it was still frozen and is forgotten. Else somebody went on with
 * it meanwhile, and it is saved anew. */
bool sessions_reaped (struct sessions *self, struct session *session, int64_t now_ms);

/* It is another session from here on, called ID; what the image has of it is its. */
void session_become (struct session *self, const char *id);

/* Time passed: orphans, renewals. Returns how many became orphans now. */
size_t sessions_tick (struct sessions *self, int64_t now_ms);

/* The next session with something to tell the image, its op in due; NULL when none. */
struct session *sessions_due (const struct sessions *self);
/* The wire command and its parameters for what is due; marks it as on the wire. Caller owns. */
const char *session_wire_command (enum session_op op);
struct json *session_wire_begin (struct session *self, const char *client_id);
/* The image answered: RESULT of a success, or ERR_TYPE, TEXT and DETAILS (may be NULL). */
enum session_outcome session_wire_end (struct session *self, const struct json *result,
                                       const char *err_type, const char *text,
                                       const struct json *details, int64_t now_ms);
/* All that are open become stored. What the image has of them is left there, variables and all,
 * until one of them is opened again or its place is wanted. How many they were. */
size_t sessions_store_open (struct sessions *self, int64_t now_ms);
/* Whether SESSION can give its place on the image to another: it has one, no terminal edits it, and it is
 * not the one that code runs in when no other is named. */
bool session_may_give_place (const struct session *self, int64_t now_ms);
/* Whether SESSION was used less recently than OTHER. */
bool session_is_older (const struct session *self, const struct session *other);
/* SESSION is stored from here on; once all of it is saved it is closed on the image, where its
 * variables go: that is said when it is made there again. */
void session_give_place (struct session *self, int64_t now_ms);

/* The image has handed SESSION over, as RESULT of adopt_session says: from here on it is open, and
 * the image has what is here. */
void session_adopted (struct session *self, const struct json *result, int64_t now_ms);

/* The user chose KEEP in the conflict of SESSION, whose image is online: its version is asked for
 * once more, and what comes is settled so. */
void session_resolve (struct session *self, enum session_keep keep);

/* The image sent something that cannot be read, perhaps the answer to a restore. After two of them
 * a session that was being restored has failed, until a user opens it. */
void sessions_garbled (struct sessions *self);

/* The image did not take up what was on the wire: it is due again. */
void session_wire_again (struct session *self);

/* The next session to be saved now, not already on its way; NULL when none. */
struct session *sessions_save_due (const struct sessions *self, int64_t now_ms);
/* Its record, owned by the caller; marks the change as on its way. */
struct json *session_save_begin (struct session *self, const char *image_key, const char *image);
/* What that builds on, {base, state}: the marks of the context that is stored and of this one. Caller
 * owns. */
struct json *session_save_about (const struct session *self);
void session_save_end (struct session *self, bool saved, uint64_t generation, int64_t now_ms);
/* The name of what is the user's own of SELF, when it becomes a session beside it. */
void session_name_mine (const struct session *self, char name[SESSION_NAME_MAX + 1]);
/* What was on its way was refused: another one is stored by now. It is taken by the next load; what is
 * here is not saved before. Whether there was work of the user's in it: a copy of that, name and
 * context, becomes a session ID of its own in SET, open if this one is. */
struct session *session_overtaken (struct session *self, struct sessions *set, const char *id,
                                   int64_t now_ms, int64_t wall_ms);
/* Whether every session is saved, those apart that are to be read anew. */
bool sessions_all_saved (const struct sessions *self);
/* Everything unsaved becomes due now: disconnection, exit. */
void sessions_save_all (struct sessions *self);

int64_t sessions_deadline (const struct sessions *self);

/* As users and --json see it; CONTEXT with the whole context, and with the variables if a record has room for
 * them beside it. Caller owns. */
struct json *session_to_json (const struct session *self, const struct sessions *set,
                              const char *image, bool context);

/* TERMINAL writes from now on (a change: watchers hear of it); whether its wish is but the renewal
 * of a lease that another has just taken; whether it may write without taking the lease. */
void session_hold (struct session *self, const char *terminal, int64_t now_ms);
bool session_was_taken (const struct session *self, const char *terminal, int64_t now_ms);
/* TERMINAL has it in SESSION_HANDOVER_MS: whoever holds it hears of that, and writes what is only in its memory. */
void session_want (struct session *self, const char *terminal, int64_t now_ms);
bool session_may_write (const struct session *self, const char *terminal, int64_t now_ms);

/* Whether WAITER hears at once that nothing can be stored. */
bool session_waits_for_save (const struct session_waiter *waiter);
void session_wait (struct session *self, const char *peer, uint64_t ref, enum session_wait wait,
                   uint64_t change);

/* ---- Between the seven files ------------------------------------------------------------------ */

struct session *sessions_push (struct sessions *self, const char *id, const char *name);
void sessions_forget (struct sessions *self);

/* It is open, or not, from here on: the time that it was open is counted. */
void session_set_open (struct session *self, bool open, int64_t now_ms);
/* The conflict is over, or is to be found out anew. */
void session_forget_conflict (struct session *self);
/* Lets the oldest of what CONTEXT can do without go until it can be saved: transcript first, then
 * results, then history. How many went; whether it was enough json_size says. */
size_t session_context_fit (struct json *context);
/* The context is about to change: what is stored of it is remembered. */
void session_base_keep (struct session *self);
/* A mark of a context; of the user's work in it alone: texts and inputs, not where the cursor is, what was
 * answered or is looked at. */
uint64_t session_context_mark (const struct json *context);
uint64_t session_work_mark (const struct json *context);
/* Takes what RECORD, the store's answer, says of SELF, whose id it has. */
void session_take_record (struct session *self, const struct json *record);
/* The same of one that was overtaken, when the image is there or not. */
void session_read_anew (struct session *self, const struct sessions *set,
                        const struct json *record);
/* Something of the record changed. CONTEXT: the user's own work, which the image is told too. */
void session_touch (struct session *self, bool context, int64_t now_ms);
/* The same of what the image made of it: nobody here wished that. */
void session_touch_there (struct session *self, int64_t now_ms);
void session_text_replace (char **text, const char *value);
/* Whether VALUE is true or false. */
bool session_is_flag (const struct json *value);
/* Takes VARIABLES, of a record or an export, if they are such. Whether they find room in a record beside the
 * context, which goes before them. */
void session_variables_load (struct session *self, const struct json *variables);
bool session_variables_fit (const struct session *self);
/* STATE goes to the image, or may have gone there; whether it may have, or is empty. */
void session_marks_add (struct session *self, const struct json *state);
bool session_marks_have (const struct session *self, const struct json *state);
/* For the record, and out of one. Caller owns. */
struct json *session_marks_to_json (const struct session *self);
void session_marks_load (struct session *self, const struct json *marks);

#endif
