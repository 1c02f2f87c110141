/* peer.h: an image's side that misbehaves at the test's bidding: a listening socket and ZMTP made by
 * hand, in a thread of its own, so that it can send what no library would. Behaving, it answers
 * hello, ping, get_result, the sessions' commands and evaluate as an image does.
 *
 * A change of behaviour ends the connection; the port stays. */

#ifndef TESTS_SUPPORT_PEER_H
#define TESTS_SUPPORT_PEER_H

#include <stddef.h>

/* What it does, again on each connection. */
enum peer_fault {
    PEER_BEHAVES,
    /* instead of the greeting */
    PEER_NOISE_FIRST,     /* bytes at random */
    PEER_OTHER_PROTOCOL,  /* an HTTP server's words */
    PEER_OTHER_MECHANISM, /* a greeting of ZMTP with a mechanism that nobody knows */
    PEER_HALF_GREETING,   /* and then silence */
    /* instead of the answer to hello */
    PEER_REFUSES, /* in a sentence of 2,000 letters of three bytes, after one blank more each time */
    PEER_LARGE_HELLO, /* 2 MB of it, and a thousand members */
    /* after the first ping was answered, when the image is online */
    PEER_NOISE_LATER, /* bytes at random instead of a frame */
    PEER_HUGE_LENGTH, /* a frame that says it has 2^62 bytes */
    PEER_HUGE_FRAME,  /* a frame of 20 MB, all of it */
    PEER_HALF_FRAME,  /* and then silence */
    PEER_NO_JSON,
    PEER_DEEP_JSON,      /* nested 10,000 deep */
    PEER_STRAY_REPLIES,  /* a hundred, to ids that nobody has */
    PEER_DOUBLE_REPLIES, /* each twice, for as long as the connection lasts */
    PEER_ESCAPES,        /* PEER_NASTY in every string, for as long as the connection lasts */
};

/* What a terminal must never be sent: a title, the screen cleared and left, colours by a C1
 * control, bidi overrides; as it stands in JSON. */
#define PEER_NASTY                                                                                 \
    "\\u001b]0;owned\\u0007\\u001b[2J\\u001b[?1049l\\u009b31m\\u202elive\\u2066\\r\\nend"

struct peer; /* opaque */

struct peer *peer_open (const char *name, enum peer_fault fault);
/* Ends its connection and the thread. Accepts NULL. */
void peer_close (struct peer **self);

/* tcp://127.0.0.1:PORT; borrowed. */
const char *peer_address (const struct peer *self);
void peer_set_fault (struct peer *self, enum peer_fault fault);
/* How often it did what it is told to (PEER_BEHAVES: answered a ping) since it is told to. */
size_t peer_count (struct peer *self);
/* Waits until it did that often. Fails the test when that takes longer than a minute. */
void peer_await (struct peer *self, size_t count);

#endif
