/* sim_image.h: a simulated image: the session protocol's server as a pure step, from a message or
 * the time to what is to be sent. It agrees with smalltalk/core in every answer, and says of
 * itself that it is simulated. Pure but for the heap.
 *
 * In: bytes of a peer's message, the end of a peer, the time. Out: an outbox. The owner moves
 * bytes; it closes a connection when told to and delivers nothing more from it then.
 *
 * Peers are numbers that the owner never uses twice. An envelope is what came before a message's
 * body (frames, as the owner keeps them) and goes back before its answer; the image only carries
 * it. None at all means the plain one, a single empty delimiter. */

#ifndef STUI_SIM_IMAGE_H
#define STUI_SIM_IMAGE_H

#include <stui/types.h>

enum {
    SIM_CLIENTS_MAX = 64,     /* client ids remembered; beyond, the one not seen for longest goes */
    SIM_UNFINISHED_MAX = 512, /* evaluations running and waiting in one image */
    SIM_UNFINISHED_BYTES_MAX = 33554432, /* of their requests together */
    SIM_EVENT_NAMES_MAX = 16,            /* of one subscription */
    SIM_SUSPENDED_MAX = 8,               /* suspended evaluations of one session */
    SIM_OBJECTS_MAX = 1000,              /* object ids of one session */
    SIM_REFUSAL_MS = 1000, /* before a wrong token is answered: that slows guessing down */
    SIM_HEAD_MAX = 1024,   /* bytes of a message too large that are looked at for its id */
};

struct sim_image;

struct sim_time {
    int64_t mono_ms, wall_ms;
};

struct sim_envelope { /* borrowed bytes */
    const void *bytes;
    size_t size;
};

enum sim_action {
    SIM_SEND,       /* an answer */
    SIM_SEND_EVENT, /* may be dropped for a peer that does not read: it asks again by last_seq */
    SIM_CLOSE, /* what was sent to it before still goes; nothing that it sent counts any more */
};

struct sim_output {
    enum sim_action action;
    uint64_t peer;
    void *envelope; /* owned; NULL: the plain one */
    size_t envelope_size;
    char *text; /* owned; NULL for SIM_CLOSE */
    size_t size;
    const char *command; /* static: what it replies to; NULL: no command, or no reply */
};

/* Zeroed is a good start. */
struct sim_outbox {
    struct sim_output *items; /* owned */
    size_t count, room;
};

void sim_output_fini (struct sim_output *self);
void sim_outbox_clear (struct sim_outbox *self); /* the outputs, not the room for them */
void sim_outbox_fini (struct sim_outbox *self);

struct sim_image_options { /* all copied */
    const char *name, *image_id, *boot_id;
    const char *token; /* NULL: none is asked for */
    bool is_read_only; /* refuses whatever evaluates or changes it */
    const char *host;
    int64_t pid;
    uint64_t seed; /* of the ids that it makes up */
};

struct sim_image *sim_image_new (const struct sim_image_options *options, struct sim_time now);
void sim_image_destroy (struct sim_image **self);

/* A message of PEER: SIZE bytes. */
void sim_image_receive (struct sim_image *self, uint64_t peer, struct sim_envelope envelope,
                        const char *bytes, size_t size, struct sim_time now,
                        struct sim_outbox *out);
/* One of SIZE bytes, too large to be taken; its first HEAD_SIZE ones. */
void sim_image_refuse (struct sim_image *self, uint64_t peer, struct sim_envelope envelope,
                       const char *head, size_t head_size, size_t size, struct sim_time now,
                       struct sim_outbox *out);
/* PEER has shown the token before its first message: none of its hellos needs it. */
void sim_image_prove (struct sim_image *self, uint64_t peer);
/* PEER's connection has ended. */
void sim_image_disconnected (struct sim_image *self, uint64_t peer, struct sim_time now);

/* Goes on with what runs or waits; to be called at or after the deadline (monotonic ms). */
void sim_image_advance (struct sim_image *self, struct sim_time now, struct sim_outbox *out);
int64_t sim_image_deadline (const struct sim_image *self);

/* As if it had forgotten the replies that it keeps: what is done is known to have been there, no more. */
void sim_image_forget (struct sim_image *self);
/* A session of a client that made it and never came back; none when there are too many. */
void sim_image_leak (struct sim_image *self, struct sim_time now);
/* Whether the protocol has such a command. */
bool sim_image_knows (const char *command);

/* It is about to end: says so to whoever subscribed. */
void sim_image_quit (struct sim_image *self, struct sim_time now, struct sim_outbox *out);

#endif
