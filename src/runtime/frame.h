/* frame.h: the control socket's frames: a 4-byte big-endian length, then one JSON object. Both
 * ends use it: the owner's control actor and the clients of the command line. Pure but for the
 * heap.
 *
 * The client speaks first: its hello. The owner's first frame is its own hello, or
 * {"error": sentence} before it closes. Then requests go one way, answers the other:
 *
 *     {"to":"image/one","verb":"command","ref":7,"fields":["evaluate",{"code":"3+4"},5000,""]}
 *     {"verb":"ok","ref":7,"fields":[{…}]}
 *     {"verb":"error","ref":7,"fields":["ErrorType","sentence",{…}]}
 *
 * An owner that a client had stopped says {"stopped": sentence} to the others before it closes.
 *
 * An answer whose text is above FRAME_PART_BYTES comes in parts, which put together are the
 * text of the frame that it would have been: {"ref":7,"part":"…","more":true}, the last with
 * "more":false; each is acknowledged with {"ack":7}. Parts of one answer keep their order;
 * other answers may come between them. */

#ifndef STUI_RUNTIME_FRAME_H
#define STUI_RUNTIME_FRAME_H

#include <stui/msg.h>

struct json;

#define FRAME_MAX (STUI_MESSAGE_MAX + 65536) /* bytes of one frame's JSON: a message, and room */

enum {
    FRAME_HEAD_BYTES = 4,
    FRAME_PART_BYTES = 65536,              /* of an answer's text in one part */
    FRAME_UNACKED_PARTS = 16,              /* on their way unacknowledged: 1 MB */
    FRAME_DEPTH_MAX = STUI_JSON_DEPTH - 2, /* of a field: the frame around it adds two */
};

/* ---- bytes in ---- */

/* What was received and not yet taken. Zeroed is a good start. Feeding it one read at a time
 * and taking until 0 keeps it below FRAME_MAX and one read. */
struct frame_reader {
    char *bytes; /* owned */
    size_t size, capacity;
    size_t taken; /* bytes at the start that belong to frames already taken */
};

void frame_feed (struct frame_reader *self, const void *bytes, size_t size);

/* Takes the next frame: 1 and *JSON (an object, the caller owns it); 0 when more bytes are
 * needed; or TOO_LARGE, MALFORMED with CAUSE, after which the stream cannot be read on. */
int frame_take (struct frame_reader *self, struct json **json, struct stui_cause *cause);

/* Whether bytes of an unfinished frame wait: the stream must not end here. */
bool frame_is_inside (const struct frame_reader *self);

void frame_reader_fini (struct frame_reader *self);

/* ---- frames out: each returns head and text, SIZE bytes in all; the caller frees ---- */

/* TEXT of LENGTH bytes, at most FRAME_MAX, is the JSON object. */
char *frame_encode (const char *text, size_t length, size_t *size);
char *frame_encode_json (const struct json *json, size_t *size);

/* This build's hello, as process PID. */
char *frame_hello (int64_t pid, size_t *size);
/* 0; or UNSUPPORTED when JSON is a hello of another version or vocabulary, or the owner's
 * {"error"}; or MALFORMED; with CAUSE for a person. WE_OWN: whether this end is the owner's;
 * PID is then its own, named in the sentence; for a client it is unused. */
int frame_hello_check (const struct json *json, bool we_own, int64_t pid, struct stui_cause *cause);

/* The owner's last frame where a client had it stopped: nobody is to start another unasked. */
char *frame_stopped (const char *sentence, size_t *size);
/* The sentence of such a frame, borrowed; NULL when JSON is another one. */
const char *frame_stopped_text (const struct json *json);

/* The acknowledgement of one part. */
char *frame_ack (uint64_t ref, size_t *size);
/* The part of TEXT (LENGTH bytes) that begins at *OFFSET, which is moved on; the last one
 * reaches LENGTH. */
char *frame_part (uint64_t ref, const char *text, size_t length, size_t *offset, size_t *size);

/* ---- messages ---- */

/* The frame's text (without head) of a request, whose peer is `to`, or an answer, with REF in
 * place of the message's own. Caller frees. NULL and CAUSE: TOO_LARGE when it exceeds FRAME_MAX
 * or a field is nested deeper than FRAME_DEPTH_MAX, MALFORMED when a `j` field is no JSON. */
char *frame_text (const struct msg *msg, uint64_t ref, struct stui_cause *cause);

/* The message that JSON is: a request with `to` as its peer, or an answer (no `to`) with PEER.
 * Checks every field against the vocabulary. NULL and CAUSE otherwise; *REF (may be NULL) is the
 * frame's ref where there was a usable one, else 0, so that an error can be answered. */
struct msg *frame_msg (const struct json *json, const char *peer, uint64_t *ref,
                       struct stui_cause *cause);

/* ---- parts put together, by the client ---- */

/* One answer that is arriving in parts. Zeroed is a good start. */
struct frame_join {
    uint64_t ref;
    char *text; /* owned */
    size_t size, capacity;
};

/* Whether JSON is a part, and of which request. */
bool frame_is_part (const struct json *json, uint64_t *ref);
/* Adds a part: 1 when it was the last and SELF's text is the answer's frame, 0 when more follow;
 * MALFORMED or TOO_LARGE with CAUSE. */
int frame_join (struct frame_join *self, const struct json *part, struct stui_cause *cause);
/* The answer whose last part was added, as frame_msg has it. No tree is built of its JSON, which may
 * be of megabytes: it becomes the message's as it stands. */
struct msg *frame_join_msg (const struct frame_join *self, const char *peer,
                            struct stui_cause *cause);
void frame_join_fini (struct frame_join *self);

#endif
