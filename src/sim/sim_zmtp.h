/* sim_zmtp.h: ZMTP 3.0 with the mechanisms NULL and PLAIN, in the role of a ROUTER, as a function of
 * bytes: what a peer sent goes in, messages and what has to be written come out. Sources: ZMTP 3.0,
 * https://rfc.zeromq.org/spec/23/, and PLAIN, https://rfc.zeromq.org/spec/24/. Pure but for the
 * heap.
 *
 * libzmq's own ROUTER is not used, for what a simulated image must do and it cannot: close one
 * peer's connection (a fenced one), say when a peer has gone (its sessions are orphaned), and hold
 * a thousand images in one thread without 100 KB of queues for each. */

#ifndef STUI_SIM_ZMTP_H
#define STUI_SIM_ZMTP_H

#include <stui/types.h>

enum {
    SIM_ZMTP_ENVELOPE_MAX = 2048, /* bytes of the frames before the body, their heads included */
    SIM_ZMTP_ENVELOPE_FRAMES_MAX = 8,
    SIM_ZMTP_HEAD_MAX = 1024, /* bytes that are kept of a body too large to take */
};

struct sim_bytes { /* a growing buffer; zeroed is a good start */
    char *bytes;   /* owned */
    size_t size, room;
};

void sim_bytes_append (struct sim_bytes *self, const void *bytes, size_t size);
void sim_bytes_drop (struct sim_bytes *self, size_t size); /* from the front */
void sim_bytes_fini (struct sim_bytes *self);

enum sim_zmtp_phase {
    SIM_ZMTP_GREETING,
    SIM_ZMTP_HELLO,    /* of PLAIN */
    SIM_ZMTP_INITIATE, /* of PLAIN */
    SIM_ZMTP_READY,
    SIM_ZMTP_OPEN,
    SIM_ZMTP_BROKEN
};

/* What one peer sends. Zeroed is a good start. */
struct sim_zmtp {
    enum sim_zmtp_phase phase;
    struct sim_bytes in;
    size_t taken;              /* bytes of IN that are done with */
    struct sim_bytes envelope; /* of the message that is being read: its frames as they came */
    size_t envelope_frames;
    size_t too_large;      /* the size of a body that is too large; 0: there is none */
    size_t skipping;       /* bytes of it still to come */
    struct sim_bytes head; /* its first bytes */
    bool has_given;        /* a message is borrowed by the caller */
    const char *password;  /* that PLAIN asks for; borrowed; NULL: any will do */
    bool is_proven;        /* the peer has shown it */
};

enum sim_zmtp_item {
    SIM_ZMTP_MORE,      /* more bytes are needed */
    SIM_ZMTP_MESSAGE,   /* a body */
    SIM_ZMTP_TOO_LARGE, /* a body of TOO_LARGE bytes, of which only the first ones are here */
    SIM_ZMTP_REFUSED,   /* a wrong password: after a while sim_zmtp_refuse, and close */
    SIM_ZMTP_ERROR,     /* the peer speaks something else: its connection is to be closed */
};

/* The envelope's frames and the body, borrowed until the next call. */
struct sim_zmtp_message {
    const char *envelope, *body;
    size_t envelope_size, size;
};

/* What is written first: the greeting as far as it does not depend on the peer's mechanism. */
void sim_zmtp_greet (struct sim_bytes *out);
/* What a peer with a wrong password is told. */
void sim_zmtp_refuse (struct sim_bytes *out);

void sim_zmtp_feed (struct sim_zmtp *self, const void *bytes, size_t size);
/* The next of what was fed; appends to OUT what the protocol itself answers. */
enum sim_zmtp_item sim_zmtp_take (struct sim_zmtp *self, struct sim_zmtp_message *message,
                                  struct sim_bytes *out);
void sim_zmtp_fini (struct sim_zmtp *self);

/* Appends a message: the envelope's frames (none: an empty delimiter) and TEXT. */
void sim_zmtp_write (struct sim_bytes *out, const void *envelope, size_t envelope_size,
                     const char *text, size_t size);

#endif
