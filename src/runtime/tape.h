/* tape.h: how far a reader has come in an image's transcript, which comes in entries of `transcript_get`.
 * The actor that answers may be another one than before, started from what was stored: it sends entries
 * again, at other positions, and the reader passes over them. Pure. */

#ifndef STUI_RUNTIME_TAPE_H
#define STUI_RUNTIME_TAPE_H

#include <stui/types.h>

struct json;

enum { TAPE_MARK_BYTES = 200 };

/* Zeroed is before all. */
struct tape {
    uint64_t after;               /* the last position that was had … */
    char boot[STUI_UUID_LEN * 2]; /* … the image's own number of the last text … */
    int64_t seq;
    int64_t
        mark_ms; /* … and the last mark: text is missing there, or the image was started again */
    char mark[TAPE_MARK_BYTES];
};

/* The first of ENTRIES that was not had; NULL: there is none. Borrowed from ENTRIES. */
const struct json *tape_first_new (const struct tape *self, const struct json *entries);
/* It was had now. */
void tape_pass (struct tape *self, const struct json *entry);

#endif
