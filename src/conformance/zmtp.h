/* zmtp.h: ZMTP 3.0 by hand, for checks that look at each byte: greetings, frames and commands made
 * and taken apart. Source: https://rfc.zeromq.org/spec/23/. Pure but for the heap. */

#ifndef STUI_CONFORMANCE_ZMTP_H
#define STUI_CONFORMANCE_ZMTP_H

#include <stui/types.h>

struct kit_bytes { /* a growing buffer; zeroed is a good start */
    char *bytes;   /* owned */
    size_t size, capacity;
    size_t taken; /* of its start, done with */
};

void kit_bytes_add (struct kit_bytes *self, const void *bytes, size_t size);
void kit_bytes_fini (struct kit_bytes *self);

enum { KIT_GREETING_BYTES = 64 };
enum kit_flags { KIT_FRAME_MORE = 1, KIT_FRAME_LONG = 2, KIT_FRAME_COMMAND = 4 };

/* A frame as it arrived. BYTES are borrowed until the buffer is added to. */
struct kit_frame {
    unsigned flags;
    const char *bytes;
    size_t size;
};

void kit_greeting (char greeting[KIT_GREETING_BYTES], int version, const char *mechanism);
/* 0, or MALFORMED with CAUSE when no server may greet so. */
int kit_greeting_check (const char greeting[KIT_GREETING_BYTES], struct stui_cause *cause);

/* Appends a frame; KIT_FRAME_LONG in FLAGS asks for 8 length bytes however short it is. */
void kit_frame_put (struct kit_bytes *out, unsigned flags, const void *bytes, size_t size);
/* The next frame of IN: 1; 0 when more bytes are needed; MALFORMED or TOO_LARGE with CAUSE. */
int kit_frame_take (struct kit_bytes *in, struct kit_frame *frame, struct stui_cause *cause);

/* Appends a command NAME with SIZE bytes of BODY. */
void kit_command_put (struct kit_bytes *out, const char *name, const void *body, size_t size);
/* Appends READY (or INITIATE) with an empty Identity and this Socket-Type. */
void kit_ready_put (struct kit_bytes *out, const char *name, const char *socket_type);
/* Whether FRAME is the command NAME; then *BODY and *SIZE are what follows the name. */
bool kit_command_is (const struct kit_frame *frame, const char *name, const char **body,
                     size_t *size);
/* The value of the property NAME in the SIZE bytes of BODY of a READY, as text that the caller
 * frees; NULL when it is not there or the body is damaged. */
char *kit_property (const char *body, size_t size, const char *name);

#endif
