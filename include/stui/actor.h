/* actor.h: what every actor is made of: a thread, an id that is never reused, one mailbox at
 * the switchboard, and a turn that serves control first, then its other readers, then data.
 *
 * An actor file ends with its life:
 *
 *     void worker_actor (zsock_t *pipe, void *args)
 *     {
 *         struct actor *actor = actor_open (pipe, args);   // signals readiness, says `up`
 *         struct worker self = {.actor = actor};
 *         actor_run (actor, &worker_table, &self);         // until told to stop
 *         …                                                // tear down all else
 *         actor_close (&actor, NULL);                      // says `ended`, last of all
 *     }
 *
 * One thread owns a struct actor: the one that opened it. */

#ifndef STUI_ACTOR_H
#define STUI_ACTOR_H

#include <stui/msg.h>

#include <pthread.h>
#include <stdatomic.h>

#include <czmq.h>

struct actor;  /* opaque */
struct letter; /* below */

/* Arguments of an actor thread: copied by actor_open before it signals, so that the spawner
 * may keep them on its stack until zactor_new returns. */
struct actor_args {
    const char *name;     /* "store", "image/one" */
    uint64_t incarnation; /* never used before in this process for this name */
    const void *extra;    /* the actor's own; copied by the actor before actor_ready () */
    atomic_bool *taken;   /* set by actor_spawn */
};

/* Starts a thread that runs FUNCTION, and returns when it has copied ARGS. Caller owns; it is
 * destroyed only after its `ended` came. */
zactor_t *actor_spawn (zactor_fn *function, const struct actor_args *args);

/* The same without a control pipe, which is two sockets and two queues, and without waiting: for the
 * many whose end is asked for by a message of theirs. NAME and TEXT are copied; ARGS->extra is TEXT.
 * 0, or an errno; then there is no thread. It is joined after its `ended` came. */
int actor_start (zactor_fn *function, const char *name, uint64_t incarnation, const char *text,
                 pthread_t *thread);
void actor_join (pthread_t thread);

/* A verb that an actor understands. HANDLE borrows MSG until it returns; for a request it
 * answers now, or keeps a copy of peer and ref and answers later. */
struct actor_verb {
    enum msg_verb verb;
    void (*handle) (void *self, const struct msg *msg);
};

/* An actor's whole interface: its verbs and what it does when time passes. */
struct actor_table {
    const struct actor_verb *verbs;                        /* ends with a NULL handle */
    void (*on_answer) (void *self, const struct msg *msg); /* `ok` and `error`; may be NULL */
    /* The switchboard's, instead of verbs: the peer in LETTER is who it is for. May move it away. What is found
     * to be no message when its fields are read is complained of afterwards, by the actor. */
    void (*on_mail) (void *self, struct letter *letter);
    int64_t (*deadline_ms) (void *self); /* when it wants to be called; NULL: never */
    void (*on_deadline) (void *self);    /* called at or after it */
    void (*after_turn) (void *self);     /* at the end of each turn; may be NULL */
};

/* Opens the calling thread's actor: connects its mailbox, and says `up`. The caller then does
 * its own copying of ARGS->extra and calls actor_ready, or actor_open does so itself when
 * extra is NULL. PIPE is borrowed (NULL for main, and after actor_start). Never
 * fails: what it needs was checked before the spawn; our invariants are asserted. */
struct actor *actor_open (zsock_t *pipe, const struct actor_args *args);

/* The same for the one actor that is the switchboard: its mailbox is the ROUTER, bound here. */
struct actor *actor_open_switchboard (zsock_t *pipe, const struct actor_args *args);
zsock_t *actor_mailbox (struct actor *actor); /* borrowed */

/* Tells the spawner that ARGS are no longer needed. Once, at once, unconditionally. */
void actor_ready (struct actor *actor);

/* Says `ended` with WHY (NULL: told to), closes the mailbox, frees. */
void actor_close (struct actor **actor, const char *why);

/* Serves until the pipe says $TERM or actor_stop is called. Order of a turn: control, other
 * readers, then at most ACTOR_TURN_MAX messages of the mailbox; then deadline, then
 * after_turn. A verb that the table lacks is answered UnknownVerb and logged. */
void actor_run (struct actor *actor, const struct actor_table *table, void *self);

enum { ACTOR_TURN_MAX = 64 }; /* data messages a turn, so that others get served */

/* Ends actor_run after this turn. */
void actor_stop (struct actor *actor);
bool actor_is_stopping (const struct actor *actor);

/* Whether there is mail that was not handed out yet. */
bool actor_has_mail (struct actor *actor);

/* Other readers, of a descriptor: EVENTS are ZMQ_POLLIN, ZMQ_POLLOUT and ZMQ_POLLERR. HANDLE may
 * add and remove readers, itself too. Returns a handle that stays valid until actor_unwatch. */
typedef void actor_reader (void *self, void *context, short events);
int actor_watch_fd (struct actor *actor, int fd, short events, actor_reader *handle, void *context);

/* And of a socket (libzmq's own handle), borrowed until actor_unwatch. READ takes what has come, as much as is
 * good for one turn, without waiting; there may be nothing. It answers true when it read until
 * nothing was left, false to be called again before the actor waits. It may add and remove readers.
 * Whoever sends on the socket says so by actor_sent_on: sending may take in, unseen, that something
 * has come. */
typedef bool actor_socket_reader (void *self, void *context);
int actor_watch_socket (struct actor *actor, void *sock, actor_socket_reader *read, void *context);
void actor_sent_on (struct actor *actor, int reader);

void actor_watch_events (struct actor *actor, int reader, short events);
void actor_unwatch (struct actor *actor, int reader);

/* The id NAME#INCARNATION; borrowed. */
const char *actor_id (const struct actor *actor);

/* A fresh ref for a request. Strictly rising. */
uint64_t actor_next_ref (struct actor *actor);

/* Sends *MSG and takes it over; never blocks. A full mailbox is our bug: counted and logged;
 * the message is dropped and -1 returned. */
int actor_send (struct actor *actor, struct msg **msg);

/* The switchboard's: sends MSG (borrowed; its peer becomes FROM) to the routing id TO, which lies outside of it;
 * never blocks. 0; EHOSTUNREACH when nobody is there; EAGAIN when its mailbox is full. */
int actor_deliver (struct actor *actor, const char *to, const char *from, struct msg *msg);

/* The same with what came, as it came: its fields were perhaps never read. What LETTER holds beyond its envelope is
 * gone then, whatever the result. */
int actor_pass (struct actor *actor, const char *to, struct letter *letter);

/* The common short forms, built on msg_new. */
void actor_answer (struct actor *actor, const struct msg *request, const char *result);
void actor_refuse (struct actor *actor, const struct msg *request, int err, const char *format, ...)
    __attribute__ ((format (printf, 4, 5)));

/* Where the switchboard is bound. */
#define ACTOR_SWITCHBOARD "inproc://switchboard"

/* Turns off what czmq does behind one's back (handlers, stdout), sets its limits. Before the
 * first socket, in main, signals blocked. SOCKETS is how many will be needed. 0 or an error
 * with CAUSE: a hard limit of descriptors that is too low is a sentence. */
int actor_system_init (size_t sockets, struct stui_cause *cause);
void actor_system_fini (void);
size_t actor_system_sockets (void); /* the room that actor_system_init made */

/* ---- Messages on a socket: what actors send and take by the functions above ---- */

/* What came, as the frame that it is. Its envelope is read at once, its fields when somebody asks for them: the
 * switchboard passes most of what comes on without looking. */
struct letter {
    char from[STUI_ACTOR_ID_MAX + 1]; /* at a ROUTER: who sent it; else empty */
    zmq_msg_t frame;                  /* owned */
    const char *fields;               /* in `frame`; NULL once they were read */
    struct stui_cause cause;          /* its err is 0, or says that it is no message, and why */
    struct msg msg; /* its envelope: peer, verb and ref; and fields once they were read */
};

/* A message by itself, which stays when its frame goes. */
struct mail {
    char from[STUI_ACTOR_ID_MAX + 1]; /* at a ROUTER: who sent it; else empty */
    struct msg *msg;                  /* owned; NULL when what came is no message … */
    struct stui_cause cause;          /* … and why … */
    struct msg *complaint; /* … owned; what is to be answered, when it was a request as far as one
                              can tell; else NULL */
};

/* Sends MSG (borrowed) on SOCK without waiting; at a ROUTER to the routing id TO, else TO is NULL.
 * 0 or an errno. */
int mailbox_send (zsock_t *sock, const char *to, const struct msg *msg);

/* Takes what came on SOCK; FLAGS are 0, to wait, or ZMQ_DONTWAIT. Whatever came, it never reaches an assert. False
 * when nothing came; else LETTER is to be cleared. */
bool mailbox_take (zsock_t *sock, int flags, struct letter *letter);
void letter_clear (struct letter *letter);

/* The message in LETTER with its fields, borrowed until LETTER is cleared or passed on; NULL with its cause when
 * they are not as the verb's row says. */
const struct msg *letter_msg (struct letter *letter);

/* What is to be answered to LETTER, which is no message (its cause says why), when it was a request as far as one
 * can tell; else NULL. Caller owns. */
struct msg *letter_complaint (struct letter *letter);

/* Moves a letter whose fields were not read; FROM is to be cleared as before. */
void letter_move (struct letter *to, struct letter *from);

/* At a ROUTER: sends on what is in LETTER to the routing id TO, as from FROM, without waiting. 0 or an errno. LETTER,
 * to be cleared as before, keeps its envelope, and loses its fields. */
int mailbox_pass (zsock_t *sock, const char *to, const char *from, struct letter *letter);

/* The two steps in one. Takes what came on SOCK; FLAGS are 0, to wait, or ZMQ_DONTWAIT. Whatever came, it never
 * reaches an assert. False when nothing came. mail_clear frees what is in MAIL. */
bool mailbox_receive (zsock_t *sock, int flags, struct mail *mail);
void mail_clear (struct mail *mail);

#endif
