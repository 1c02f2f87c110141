/* proxy.h: a TCP proxy between stui and one image, on loopback, in a thread of its own, that does
 * to the connection what a bad network does. It knows as much of ZMTP 3 (the NULL mechanism) as
 * finds frames: greeting, flags, length. Everything it does is at the bidding of the test, and
 * the test can wait until it was done.
 *
 * A cut closes both sides of one connection at a chosen point in the life of a request:
 *
 *   BEFORE_READ  it came from stui, whole; not one byte of its body is forwarded, so the image can
 *                neither have read nor begun it
 *   RUNNING      it was forwarded; proxy_cut_held cuts, when the test knows that it runs
 *                (until then nothing of what the image says is forwarded)
 *   REPLY        the reply began to arrive; half of its frame is forwarded */

#ifndef TESTS_SUPPORT_PROXY_H
#define TESTS_SUPPORT_PROXY_H

#include <stddef.h>

enum proxy_mode {
    PROXY_PASS,
    PROXY_BLACK_HOLE, /* accepts, and forwards nothing more either way; closes nothing */
    PROXY_REFUSE,     /* nobody listens any more; what is connected stays */
};

enum proxy_point { PROXY_BEFORE_READ, PROXY_RUNNING, PROXY_REPLY, PROXY_POINT_COUNT };

enum proxy_end {
    PROXY_FIN, /* an orderly close: the kernel says that the other side is done */
    PROXY_RST, /* a reset, as from a firewall or a host that forgot the connection */
};

struct proxy; /* opaque */

/* Listens on a free port, for the image at TARGET (tcp://127.0.0.1:PORT). */
struct proxy *proxy_open (const char *target);
/* Ends its connections and the thread. */
void proxy_close (struct proxy **self);

/* tcp://127.0.0.1:PORT, for stui; borrowed. */
const char *proxy_address (const struct proxy *self);

void proxy_set_mode (struct proxy *self, enum proxy_mode mode);
/* Whatever arrives is passed on this much later. */
void proxy_set_delay (struct proxy *self, int delay_ms);

/* The next COMMAND that comes by, on whichever connection, meets a cut at POINT. Of several armed
 * each waits for the one before. COMMAND is borrowed until then. */
void proxy_arm (struct proxy *self, const char *command, enum proxy_point point,
                enum proxy_end end);
/* Waits until a request was forwarded and its connection is held for the cut at RUNNING. */
void proxy_await_held (struct proxy *self);
/* That cut. */
void proxy_cut_held (struct proxy *self);
/* Cuts all connections there are, without regard to what they carry. */
void proxy_cut_all (struct proxy *self, enum proxy_end end);

/* How many cuts were made at POINT since the start, and how many connections came. */
size_t proxy_cuts (struct proxy *self, enum proxy_point point);
size_t proxy_connections (struct proxy *self);
/* Waits until that many connections came. */
void proxy_await_connections (struct proxy *self, size_t count);

#endif
