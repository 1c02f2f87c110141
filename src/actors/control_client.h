/* control_client.h: one client of the control socket: the bytes that came, the requests that
 * are open, the answers that wait for room. Knows its descriptor and nothing of actors; the
 * control actor owns it. */

#ifndef STUI_ACTORS_CONTROL_CLIENT_H
#define STUI_ACTORS_CONTROL_CLIENT_H

#include "runtime/frame.h"

enum {
    /* Above this no further frames are read from a client, below the other no parts are added:
     * who does not read its answers cannot ask on. */
    CLIENT_OUT_HIGH_BYTES = 256 * 1024,
    CLIENT_OUT_LOW_BYTES = 128 * 1024,
    /* Large answers that may wait for one client: six of the largest. Beyond it an answer is
     * replaced by an error that says so. */
    CLIENT_WAITING_BYTES = 64 * 1024 * 1024,
    /* Requests for whole files and whole histories that may be open at a time: what is made for
     * them is on its way before it can be counted above. */
    CLIENT_LARGE_MAX = 8,
};

/* A request that is not answered, or whose answer is not yet all on its way. */
struct client_open {
    uint64_t ours;                  /* its ref on the switchboard */
    uint64_t theirs;                /* its ref on the socket; 0: this place is free */
    bool is_large;                  /* the answer may be as large as any */
    char to[STUI_ACTOR_ID_MAX + 1]; /* who may bring it to an image; empty: nobody */
    char *text; /* the answer that goes in parts; owned, NULL while it is awaited */
    size_t length, offset;
};

struct control_client {
    int fd;                           /* owned */
    int reader;                       /* the actor's handle of it */
    bool is_greeted;                  /* hellos were exchanged */
    bool is_leaving;                  /* nothing more is read; closed when all is written */
    bool is_gone;                     /* the other end closed, or was given up */
    bool is_stopping;                 /* it had this owner stopped */
    char terminal[STUI_UUID_LEN + 1]; /* as which it edits sessions; empty: it edits none */
    int64_t moved_ms; /* when bytes last went, an acknowledgement came, or waiting began */
    struct frame_reader in;
    char *out; /* owned; frames, of which out_sent bytes are written */
    size_t out_size, out_sent, out_capacity;
    struct client_open open[STUI_TERMINAL_ROOM];
    size_t waiting_bytes; /* of the texts above */
    int next_part;        /* the place whose turn it is: large answers take turns */
    int unacked_parts;
};

/* Takes FD over. */
struct control_client *client_new (int fd, int64_t now_ms);
void client_destroy (struct control_client **self);

/* Reads once into `in`. False: the other end is gone. */
bool client_read (struct control_client *self);
/* Writes what the socket takes. False: the other end is gone. */
bool client_write (struct control_client *self, int64_t now_ms);

/* Queues a frame; takes *FRAME over. */
void client_put (struct control_client *self, char **frame, size_t size, int64_t now_ms);
/* Queues {"error": TEXT}; the client is leaving from then on. */
void client_expel (struct control_client *self, const char *text, int64_t now_ms);
/* Queues that another client had the owner stopped. */
void client_dismiss (struct control_client *self, int64_t now_ms);
/* Queues an error as the answer to request REF. */
void client_refuse (struct control_client *self, uint64_t ref, int err, const char *text,
                    int64_t now_ms);

/* Reserves a place for REQUEST, known as OURS on the switchboard. QUEUE_FULL, or INVALID_REQUEST
 * when its ref is open already, with CAUSE. */
int client_reserve (struct control_client *self, const struct msg *request, uint64_t ours,
                    struct stui_cause *cause);
/* Gives an awaited answer's place back. */
void client_release (struct control_client *self, uint64_t ours);
/* Queues ANSWER when its ref is one of this client's; false otherwise. */
bool client_answer (struct control_client *self, const struct msg *answer, int64_t now_ms);
/* One part of a large answer has arrived. */
void client_ack (struct control_client *self, int64_t now_ms);

/* Whether answers wait to be taken, whether some of them are ready to be written now, and
 * whether more may be read. */
bool client_is_owed (const struct control_client *self);
bool client_has_unwritten (const struct control_client *self);
bool client_may_ask (const struct control_client *self);
/* When patience with it ends; STUI_NEVER while it owes us nothing. */
int64_t client_deadline_ms (const struct control_client *self, int64_t patience_ms);

#endif
