/* attach.h: the client's end of the control socket, as steps: bytes in, answers out, requests and
 * acknowledgements as bytes to write. Whoever owns the descriptor (the command line, a terminal's
 * relay) reads, writes and waits. frame.h says what crosses. Pure but for the heap.
 *
 * Attaching is the exchange of hellos and two questions. An owner whose last client has just left
 * still greets for a moment; if it was leaving before the first question, it is known to be when
 * that is answered, and the second is refused. */

#ifndef STUI_RUNTIME_ATTACH_H
#define STUI_RUNTIME_ATTACH_H

#include <stui/msg.h>

#include "runtime/frame.h"

enum attach_phase {
    ATTACH_GREETING,
    ATTACH_ASKING, /* the two questions */
    ATTACH_DONE,
};

/* One connection's; attach_begin makes it. */
struct attach {
    enum attach_phase phase;
    int64_t owner_pid; /* from the hello on */
    bool is_stopped;   /* a client had the owner stopped: none is to be started in its place */
    bool is_once;      /* the owner is one that clients start for themselves; once attached */
    uint64_t last_ref;
    struct frame_reader in;
    struct frame_join *joins; /* owned: answers that are arriving in parts */
    size_t join_count, join_capacity;
    char *out; /* owned: bytes to write, of which out_sent are written */
    size_t out_size, out_sent, out_capacity;
};

/* Of process PID; its hello waits to be written. */
void attach_begin (struct attach *self, int64_t pid);
/* Accepts a zeroed one, and zeroes. */
void attach_fini (struct attach *self);

void attach_feed (struct attach *self, const void *bytes, size_t size);
/* Takes what came: 1 and the next *ANSWER (the caller owns it; its ref is that of the request); 0
 * when more bytes are needed, by which time the phase may be another; or an error with CAUSE, after
 * which the connection is of no use: UNSUPPORTED for another version, STOPPING when the owner
 * leaves, MALFORMED, TOO_LARGE. */
int attach_take (struct attach *self, struct msg **answer, struct stui_cause *cause);

/* Queues REQUEST (borrowed) under a ref of its own, which is returned; 0 with CAUSE. */
uint64_t attach_ask (struct attach *self, const struct msg *request, struct stui_cause *cause);

/* What is to be written, and that SIZE bytes of it were. Borrowed until the next call. */
size_t attach_unwritten (const struct attach *self, const char **bytes);
void attach_written (struct attach *self, size_t size);

#endif
