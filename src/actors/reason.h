/* reason.h: why no TCP connection can be had: the kernel's word, which libzmq keeps to itself. A
 * connection of our own is tried, once, and says it. Owns its descriptor; one thread owns it. */

#ifndef STUI_ACTORS_REASON_H
#define STUI_ACTORS_REASON_H

#include <stdbool.h>

#include <stui/trouble.h>

struct reason {
    int fd; /* owned; to be polled for writing while it is tried; -1 */
    enum stui_trouble trouble;
    const char *text; /* static: the sentence, once it is known; NULL */
};

/* Tries ENDPOINT, "tcp://HOST:PORT" with a numeric host. The reason may be known at once: then fd is
 * -1 and text is there. */
void reason_open (struct reason *self, const char *endpoint);
/* After fd became writable: the same. */
void reason_settle (struct reason *self);
void reason_close (struct reason *self);

#endif
