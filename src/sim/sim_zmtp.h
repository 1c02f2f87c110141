/* sim_zmtp.h: ZMTP 3.0 with the mechanisms NULL and PLAIN, or with CURVE alone, in the role of a
 * ROUTER, as a function of bytes: what a peer sent goes in, messages and what has to be written come
 * out. Sources: ZMTP 3.0, https://rfc.zeromq.org/spec/23/, PLAIN, https://rfc.zeromq.org/spec/24/, and
 * CURVE (sim_curve.h). Pure but for the heap.
 *
 * What was encrypted is opened frame by frame into what a peer would have sent without: from there on
 * nothing knows of it. So a frame is here as a whole before it is looked at, and one that is larger
 * than any peer should send is not taken.
 *
 * libzmq's own ROUTER is not used, for what a simulated image must do and it cannot: close one
 * peer's connection (a fenced one), say when a peer has gone (its sessions are orphaned), and hold
 * a thousand images in one thread without 100 KB of queues for each. */

#ifndef STUI_SIM_ZMTP_H
#define STUI_SIM_ZMTP_H

#include <stui/types.h>

#include "sim/sim_bytes.h"
#include "sim/sim_curve.h"

enum {
    SIM_ZMTP_ENVELOPE_MAX = 2048, /* bytes of the frames before the body, their heads included */
    SIM_ZMTP_ENVELOPE_FRAMES_MAX = 8,
    SIM_ZMTP_HEAD_MAX = 1024, /* bytes that are kept of a body too large to take */
};

enum sim_zmtp_phase {
    SIM_ZMTP_GREETING,
    SIM_ZMTP_HELLO,    /* of PLAIN */
    SIM_ZMTP_INITIATE, /* of PLAIN */
    SIM_ZMTP_CURVE_HELLO,
    SIM_ZMTP_CURVE_INITIATE,
    SIM_ZMTP_READY,
    SIM_ZMTP_OPEN,
    SIM_ZMTP_BROKEN
};

/* What one peer sends. Zeroed is a good start. */
struct sim_zmtp {
    enum sim_zmtp_phase phase;
    const struct sim_curve_keys *keys; /* borrowed: CURVE is spoken and nothing else; or NULL */
    struct sim_curve *curve;           /* owned; NULL but where it is spoken */
    struct sim_bytes sealed;           /* of it, what was not opened yet */
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
    SIM_ZMTP_DISMISSED, /* another mechanism, or key: it was told which or that; after a while close */
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
/* Bytes of a message of which more is to come, or that was not taken yet. */
size_t sim_zmtp_waiting (const struct sim_zmtp *self);
void sim_zmtp_fini (struct sim_zmtp *self);

/* Appends a message to the peer: as sim_zmtp_write, encrypted where that is spoken. */
void sim_zmtp_send (struct sim_zmtp *self, struct sim_bytes *out, const void *envelope,
                    size_t envelope_size, const char *text, size_t size);
/* Appends a message: the envelope's frames (none: an empty delimiter) and TEXT. */
void sim_zmtp_write (struct sim_bytes *out, const void *envelope, size_t envelope_size,
                     const char *text, size_t size);

#endif
