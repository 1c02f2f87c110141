/* sim_curve.h: the mechanism CURVE of ZMTP in the role of the server, as a function of bytes (and of
 * libsodium's randomness): what stands in a peer's commands HELLO, INITIATE and MESSAGE goes in, what
 * stands in WELCOME, READY and MESSAGE comes out. Source: CurveZMQ, https://rfc.zeromq.org/spec/26/.
 * Pure but for the heap.
 *
 * Between WELCOME and INITIATE nothing is kept of the peer's keys or of the ones made for it: they lie
 * in the cookie, which opens for this connection alone. So a handshake that was recorded and is sent
 * again ends there. Any client that knows the public key is let in: who somebody is, tokens say. */

#ifndef STUI_SIM_CURVE_H
#define STUI_SIM_CURVE_H

#include <stui/types.h>

#include "runtime/crypt.h"
#include "sim/sim_bytes.h"

struct sim_curve_keys { /* of a server */
    unsigned char public_key[CRYPT_BOX_KEY_BYTES], secret_key[CRYPT_BOX_KEY_BYTES];
};

enum { SIM_CURVE_OVERHEAD = 33 }; /* bytes by which MESSAGE is longer than what is in it */

/* One peer. Zeroed but for its keys is a good start. */
struct sim_curve {
    const struct sim_curve_keys *keys;             /* borrowed */
    unsigned char cookie_key[CRYPT_BOX_KEY_BYTES]; /* until INITIATE */
    unsigned char shared[CRYPT_BOX_KEY_BYTES];     /* of both short-term pairs, from then on */
    uint64_t their_nonce, our_nonce;               /* the last ones; both only rise */
};

enum sim_curve_verdict {
    SIM_CURVE_GOOD,
    SIM_CURVE_WRONG_KEY, /* it was not meant for the owner of our key */
    SIM_CURVE_MALFORMED, /* cut, altered, sent again, or something else */
};

/* SIZE bytes, the body of a command. Appends the body of WELCOME to OUT. */
enum sim_curve_verdict sim_curve_hello (struct sim_curve *self, const char *bytes, size_t size,
                                        struct sim_bytes *out);
/* Appends to METADATA the properties that the peer sent. */
enum sim_curve_verdict sim_curve_initiate (struct sim_curve *self, const char *bytes, size_t size,
                                           struct sim_bytes *metadata);
/* Appends the body of READY, with SIZE bytes of properties. */
void sim_curve_ready (struct sim_curve *self, const char *metadata, size_t size,
                      struct sim_bytes *out);

/* The body of a MESSAGE, opened where it lies: FLAGS as ZMTP has them in front of a frame (more,
 * command), and the frame's BODY of BODY_SIZE bytes, in BYTES. */
enum sim_curve_verdict sim_curve_open (struct sim_curve *self, char *bytes, size_t size,
                                       unsigned *flags, char **body, size_t *body_size);
/* Appends the body of a MESSAGE with a frame of SIZE bytes, which is SIM_CURVE_OVERHEAD longer. */
void sim_curve_seal (struct sim_curve *self, unsigned flags, const char *bytes, size_t size,
                     struct sim_bytes *out);

#endif
