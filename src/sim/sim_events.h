/* sim_events.h: the newest events of a simulated image, numbered from 1 at each start, at most 1 MB
 * of them, so that a client that was away can ask for what it missed. Pure but for the heap. */

#ifndef STUI_SIM_EVENTS_H
#define STUI_SIM_EVENTS_H

#include <stui/types.h>

struct json;

#define SIM_EVENTS_BYTES_MAX 1048576

struct sim_event {
    const char *name; /* static */
    int64_t seq;
    char *session_id; /* owned; NULL: of no session */
    char *text;       /* owned: the whole event as JSON */
    size_t size;
};

/* Zeroed is a good start. */
struct sim_events {
    struct sim_event *items; /* owned; oldest first, from FIRST on */
    size_t first, count, room, bytes;
    int64_t last_seq;
};

void sim_events_fini (struct sim_events *self);
/* Numbers and keeps an event; takes DATA over. Borrowed until the next call. */
const struct sim_event *sim_events_add (struct sim_events *self, const char *name,
                                        const char *session_id, struct json *data, int64_t wall_ms);
/* Of those that are kept; with none, the number that the next one will have. */
int64_t sim_events_oldest (const struct sim_events *self);
/* The event after number *SEQ, which is moved on to it; NULL when there is none. */
const struct sim_event *sim_events_next (const struct sim_events *self, int64_t *seq);

#endif
