/* handshake.h: why a ZMTP handshake failed, out of what libzmq's monitor says of it. A function of
 * its arguments. */

#ifndef STUI_ACTORS_HANDSHAKE_H
#define STUI_ACTORS_HANDSHAKE_H

#include <stui/trouble.h>

struct handshake_fault {
    enum stui_trouble trouble;
    const char *text; /* static: the sentence */
};

/* EVENT is one of ZMQ_EVENT_HANDSHAKE_FAILED_… with its VALUE; HAS_KEY: we spoke CURVE. */
struct handshake_fault handshake_fault (unsigned event, uint32_t value, bool has_key);

#endif
